//! Evidence against validators, for members: each record proves itself by its two signatures.

use axum::extract::State;
use axum::response::Response;
use ledger::access::ReadClass;
use ledger::codec;
use ledger::evidence::Evidence;
use ledger::types::Height;
use serde_json::{Value, json};

use super::Api;
use super::ask::Ask;
use super::error::{ApiError, Problem, ProblemDocument};
use super::read::{Answer, Found, Read};

/// Records of one page.
const RECORDS_MAX: u64 = 200;

/// Proofs that validators signed twice, as this node has them. Another node may have seen others: what is here proves
/// guilt, what is not here proves nothing.
#[utoipa::path(
    get, path = "/v1/evidence", tag = "network",
    params(
        ("start" = Option<String>, Query, description = "HEIGHT or HEIGHT.NUMBER of the first record"),
        ("limit" = Option<u64>, Query, description = "Records, at most 200"),
    ),
    responses(
        (status = 200, body = Answer),
        (status = 401, description = "A signed request is needed", body = ProblemDocument),
    )
)]
pub(super) async fn evidence(State(api): State<Api>, ask: Ask) -> Result<Response, ApiError> {
    let (height, number) = start(ask.parameter("start").unwrap_or("0"))?;
    let limit = ask.number("limit")?.unwrap_or(RECORDS_MAX).clamp(1, RECORDS_MAX);
    api.read(ask, move |read, _| {
        read.permit(ReadClass::Consortium, &[])?;
        let limit = usize::try_from(limit).unwrap_or(1);
        let mut found = read.view.0.evidence_from(height, number, limit + 1)?;
        let more = found.len() > limit;
        let next = found.get(limit).map(|(number, next)| format!("{}.{number}", next.height)).filter(|_| more);
        found.truncate(limit);
        let records = found.iter().map(|(number, evidence)| shown(read, *number, evidence));
        let data = json!({ "evidence": records.collect::<Result<Vec<_>, _>>()?, "next": next });
        Ok(Found { data, bundle: read.head_only(), class: ReadClass::Consortium })
    })
    .await
}

fn start(text: &str) -> Result<(Height, u32), ApiError> {
    let wrong = || ApiError::with(Problem::BadRequest, "start is HEIGHT or HEIGHT.NUMBER");
    let (height, number) = text.split_once('.').unwrap_or((text, "0"));
    Ok((height.parse().map(Height).map_err(|_| wrong())?, number.parse().map_err(|_| wrong())?))
}

fn shown(read: &Read, number: u32, evidence: &Evidence) -> Result<Value, ApiError> {
    let set = read.view.0.validators(evidence.height)?;
    let department = set.as_ref().and_then(|set| set.get(&evidence.key)).map(|found| found.department.as_str());
    Ok(json!({
        "height": evidence.height.0,
        "number": number,
        "round": evidence.round.0,
        "step": evidence.step.word(),
        "department": department,
        "key": evidence.key.to_string(),
        "encoded": hex::encode(codec::encode(evidence)),
    }))
}
