//! A client that writes down what it saw: the acknowledgements and answers that the checkers hold against the chain.
//!
//! It insists: what was not answered for certain is submitted again, to another node too, since submitting the same
//! bytes twice is harmless. Only an answer that says "committed" counts as an acknowledgement.

use super::{Cluster, check, now};
use crate::sample;
use anyhow::{Result, bail};
use ledger::action::Action;
use ledger::bundle::BUNDLE_MEDIA_TYPE;
use ledger::commit::ChainContext;
use ledger::crypto::Hash;
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::{SignedStatement, StatementBuilder, UnsignedStatement};
use ledger::types::ChainId;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a statement is submitted again and again.
const INSIST: Duration = Duration::from_secs(90);
/// How long a refusal is doubted: a node that is a little behind does not know yet what the statement builds on.
const DOUBT: Duration = Duration::from_secs(20);
/// Pause before a node is asked that just did not answer.
const PAUSE: Duration = Duration::from_millis(100);

/// What a node answered to a submission.
enum Answer {
    Committed(u64),
    Refused(u64),
    Uncertain(String),
}

/// A client that writes down what it saw. Clones share their file.
#[derive(Clone)]
pub struct Witness {
    context: ChainContext,
    apis: Arc<Vec<String>>,
    nonce: Arc<AtomicU64>,
    file: Arc<Mutex<File>>,
    name: String,
}

impl Cluster {
    /// A client of this name, which writes down what it sees for [`Cluster::check`].
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn witness(&self, name: &str) -> Result<Witness> {
        let folder = self.story_folder();
        fs::create_dir_all(&folder)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join(check::CLIENTS))?;
        let apis = (0..self.len()).map(|node| self.api(node)).collect();
        Ok(Witness {
            context: self.genesis().context(),
            apis: Arc::new(apis),
            nonce: self.nonce.clone(),
            file: Arc::new(Mutex::new(file)),
            name: name.to_owned(),
        })
    }
}

impl Witness {
    /// The same client under another name: sessions of its own, the same file.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// Chain id and genesis hash.
    #[must_use]
    pub fn context(&self) -> &ChainContext {
        &self.context
    }

    /// A statement made now, signed by the first key and endorsed by the others.
    #[must_use]
    pub fn statement(&self, department: &str, keys: &[&str], action: Action) -> SignedStatement {
        let (main, others) = keys.split_first().expect("at least one key");
        sign(unsigned(&self.context.chain, &self.nonce, department, main, action), main, others)
    }

    /// Submits a statement to nodes in turn, `first` first, until one says what became of it; gives node and height.
    ///
    /// # Errors
    /// If it is refused, or nobody says anything certain in time.
    pub fn submit(&self, first: usize, statement: &SignedStatement) -> Result<(usize, u64)> {
        let (started, id) = (Instant::now(), statement.id().to_string());
        for node in (first..).map(|node| node % self.apis.len()) {
            let last = match self.ask(node, &id, statement) {
                Ok(Answer::Committed(height)) => {
                    let session = self.session(node);
                    self.write(&json!({ "kind": "ack", "id": id, "height": height, "session": session }))?;
                    return Ok((node, height));
                }
                Ok(Answer::Refused(code)) if started.elapsed() < DOUBT => format!("refused with code {code}"),
                Ok(Answer::Refused(code)) => {
                    self.write(&json!({ "kind": "refused", "id": id, "code": code }))?;
                    bail!("node {node} refused the {} {id} with code {code}", statement.action().word());
                }
                Ok(Answer::Uncertain(what)) => what,
                Err(error) => error.to_string(),
            };
            if started.elapsed() > INSIST {
                bail!("{id} was submitted for {INSIST:?}, last to node {node}: {last}");
            }
            std::thread::sleep(PAUSE);
        }
        unreachable!("there is always another node to ask")
    }

    fn ask(&self, node: usize, id: &str, statement: &SignedStatement) -> Result<Answer> {
        let url = format!("{}/v1/transactions", self.apis[node]);
        let request = agent().post(url).header("content-type", "application/cose").header("prefer", "wait=5");
        let mut answer = request.send(statement.encoded().0.as_slice())?;
        let status = answer.status().as_u16();
        let body: Value = answer.body_mut().read_json()?;
        if status == 200 && body["data"]["status"] == "committed" {
            return Ok(body["data"]["height"].as_u64().map_or(Answer::Uncertain(body.to_string()), Answer::Committed));
        }
        match body["code"].as_u64().or_else(|| body["data"]["code"].as_u64()) {
            Some(code) if code == u64::from(Rejection::Replayed.code()) => self.look_up(node, id),
            Some(code) if code < 1_000 && status < 500 => Ok(Answer::Refused(code)),
            _ => Ok(Answer::Uncertain(format!("{status}: {body}"))),
        }
    }

    fn look_up(&self, node: usize, id: &str) -> Result<Answer> {
        let mut answer = agent().get(format!("{}/v1/transactions/{id}", self.apis[node])).call()?;
        let body: Value = answer.body_mut().read_json()?;
        match (body["data"]["status"].as_str(), body["data"]["height"].as_u64()) {
            (Some("committed"), Some(height)) => Ok(Answer::Committed(height)),
            _ => Ok(Answer::Uncertain(body.to_string())),
        }
    }

    /// Asks a node for records and writes its answer down; false if it did not answer.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn read(&self, node: usize, keys: &[StateKey]) -> Result<bool> {
        let paths: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let query: Vec<String> = paths.iter().map(|path| format!("path={path}")).collect();
        let url = format!("{}/v1/records?{}", self.apis[node], query.join("&"));
        let Ok(mut answer) = agent().get(url).header("accept", BUNDLE_MEDIA_TYPE).call() else { return Ok(false) };
        let bytes = answer.body_mut().with_config().limit(BUNDLE_BYTES_MAX as u64).read_to_vec();
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let (Ok(bytes), true) = (bytes, kind == Some(BUNDLE_MEDIA_TYPE)) else { return Ok(false) };
        let (bundle, session) = (hex::encode(bytes), self.session(node));
        self.write(&json!({ "kind": "answer", "session": session, "paths": paths, "bundle": bundle }))?;
        Ok(true)
    }

    /// What a client and a node say to each other is a session: heights in it never go back.
    fn session(&self, node: usize) -> String {
        format!("{}@{node}", self.name)
    }

    fn write(&self, line: &Value) -> Result<()> {
        let mut file = self.file.lock().expect("no other client panics while it writes");
        Ok(file.write_all(format!("{line}\n").as_bytes())?)
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(12)));
    config.http_status_as_error(false).build().into()
}

/// An unsigned statement made now.
pub(super) fn unsigned(
    chain: &ChainId,
    nonce: &AtomicU64,
    department: &str,
    key: &str,
    action: Action,
) -> UnsignedStatement {
    let count = nonce.fetch_add(1, Ordering::Relaxed);
    let seed = [now().0.to_be_bytes(), count.to_be_bytes()].concat();
    let nonce = Hash::sha256(&seed).0[..16].try_into().expect("16 of 32 bytes");
    let builder = StatementBuilder { chain: chain.clone(), department: sample::word(department), now: now(), nonce };
    builder.build(action, sample::key(key).public().id())
}

/// Endorses by the other keys, then signs.
pub(super) fn sign(unsigned: UnsignedStatement, main: &str, others: &[&str]) -> SignedStatement {
    let endorsed = others.iter().fold(unsigned, |unsigned, name| unsigned.endorsed_by(&sample::key(name)));
    endorsed.sign(&sample::key(main))
}
