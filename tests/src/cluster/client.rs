//! The harness's own small client: plain HTTP, and every proof verified by the caller.

use anyhow::{Context, Result, bail};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::state::StateKey;
use ledger::statement::SignedStatement;
use serde_json::Value;
use std::time::Duration;

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// On the ledger.
    Committed(Submitted),
    /// Refused with this stable code.
    Rejected(u64),
}

/// Where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Height of its block.
    pub height: u64,
}

impl Outcome {
    /// The height; fails if it was refused.
    ///
    /// # Errors
    /// With the code of the refusal.
    pub fn height(self) -> Result<u64> {
        match self {
            Self::Committed(submitted) => Ok(submitted.height),
            Self::Rejected(code) => bail!("refused with code {code}"),
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(40)));
    config.http_status_as_error(false).build().into()
}

/// Submits a statement and waits up to 30 s for its outcome.
pub(super) fn submit(base: &str, statement: &SignedStatement) -> Result<Outcome> {
    let mut answer = agent()
        .post(format!("{base}/v1/transactions"))
        .header("content-type", "application/cose")
        .header("prefer", "wait=30")
        .send(statement.encoded().0.as_slice())?;
    let status = answer.status().as_u16();
    let body: Value = answer.body_mut().read_json().context("the node's answer is no JSON")?;
    outcome(status, &body).with_context(|| format!("{status}: {body}"))
}

fn outcome(status: u16, body: &Value) -> Result<Outcome> {
    if status == 200 {
        let height = body["data"]["height"].as_u64().context("no height in the answer")?;
        return Ok(Outcome::Committed(Submitted { height }));
    }
    let code = body["code"].as_u64().or_else(|| body["rejection"]["code"].as_u64());
    match code {
        Some(code) if (400..500).contains(&status) => Ok(Outcome::Rejected(code)),
        _ => bail!("neither committed nor refused"),
    }
}

/// The JSON of an answer, whatever its status.
pub(super) fn get_json(url: &str) -> Result<Value> {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
    let agent: ureq::Agent = config.http_status_as_error(false).build().into();
    agent.get(url).call()?.body_mut().read_json().with_context(|| format!("{url} gives no JSON"))
}

/// A bundle about some keys.
pub(super) fn bundle(base: &str, keys: &[StateKey]) -> Result<Bundle> {
    let query: Vec<String> = keys.iter().map(|key| format!("path={key}")).collect();
    let mut answer =
        agent().get(format!("{base}/v1/records?{}", query.join("&"))).header("accept", BUNDLE_MEDIA_TYPE).call()?;
    let bytes = answer.body_mut().with_config().limit(BUNDLE_BYTES_MAX as u64).read_to_vec()?;
    let status = answer.status().as_u16();
    Bundle::decode(&bytes).with_context(|| format!("{status}: {}", String::from_utf8_lossy(&bytes)))
}
