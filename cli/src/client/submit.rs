//! Statements: made, signed, sent, waited for, and found in the log.

use ledger::access::{ReadClass, class_of};
use ledger::action::Action;
use ledger::bundle::BUNDLE_MEDIA_TYPE;
use ledger::light::Verified;
use ledger::rejection::Rejection;
use ledger::statement::{SignedStatement, StatementBuilder, StatementId};
use serde_json::Value;

use super::http::{Answer, Request};
use super::{Client, path};
use crate::app::{App, Signer, random};
use crate::error::CliError;
use crate::given::Next;
use crate::output::inert;
use crate::reason::why;

/// Media type of a statement.
const STATEMENT_MEDIA_TYPE: &str = "application/cose";

/// A statement that is on the ledger, proven.
pub(crate) struct Committed {
    /// Its id.
    pub(crate) id: StatementId,
    /// What came with the proof; its header is at or above the height of the statement.
    pub(crate) verified: Verified,
}

/// What a node says of a transaction, without proof.
enum Standing {
    /// It is in the block of this height: its proof is for who may see it.
    InBlock(u64),
    /// It is not, for this reason.
    Not(CliError),
}

/// HTTP status of a statement that came too late.
const GONE: u16 = 410;

/// A refusal by nodes that may all be lying, with the command that shows where the statement stands.
fn doubted(app: &App, id: StatementId, error: CliError) -> CliError {
    match error {
        CliError::Refused { status: GONE, .. } => CliError::Expired { transaction: id.to_string(), doubtful: true },
        error => error.follow(Next::Whole(app.given.signed(&["transaction", "show", &id.to_string()]))),
    }
}

/// What an answer of success means.
enum Outcome {
    /// It is on the ledger, and here is the proof.
    Proven(Box<Committed>),
    /// The node says that it is in the block of this height, and shows no proof.
    InBlock(u64),
}

/// Reads a JSON answer: `{data: {status, ...}}`, or the status at the top.
fn standing(app: &App, id: StatementId, answer: &Answer) -> Result<Standing, CliError> {
    let body: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| CliError::Answer { node: answer.node.clone(), reason: error.into() })?;
    let data = body.get("data").unwrap_or(&body);
    let text = |name: &str| inert(data.get(name).and_then(Value::as_str).unwrap_or_default());
    let transaction = id.to_string();
    Ok(match data.get("status").and_then(Value::as_str) {
        Some("committed") => Standing::InBlock(data.get("height").and_then(Value::as_u64).unwrap_or_default()),
        Some("pending") => Standing::Not(CliError::Pending { transaction, record: None }),
        Some("expired") => Standing::Not(CliError::Expired { transaction, doubtful: false }),
        Some("rejected") => {
            let code = data.get("code").or_else(|| data.pointer("/rejection/code")).and_then(Value::as_u64);
            let code = code.and_then(|code| u32::try_from(code).ok()).unwrap_or_default();
            Standing::Not(match Rejection::ALL.iter().find(|rejection| u32::from(rejection.code()) == code) {
                Some(rejection) => CliError::rejected(*rejection, app.language()).by(&answer.node),
                None => {
                    let (slug, detail) = (text("slug"), text("detail"));
                    let nodes = vec![answer.node.clone()];
                    let (here, follow, doubtful, reads) = (Vec::new(), None, false, false);
                    CliError::Refused { status: 409, slug, code, detail, nodes, doubtful, reads, here, follow }
                }
            })
        }
        _ => Standing::Not(CliError::TransactionUnknown { transaction }),
    })
}

impl Committed {
    /// Height of the header that proves it.
    pub(crate) fn height(&self) -> u64 {
        self.verified.header().height.0
    }

    /// What is done here after it took effect; where that fails, the error says that it did.
    ///
    /// # Errors
    /// `Unfinished`.
    pub(crate) fn then<T>(&self, app: &App, outcome: Result<T, CliError>) -> Result<T, CliError> {
        self.or_follow(outcome, app.given.signed(&["transaction", "show", &self.id.to_string()]))
    }

    /// The same, with the command that makes up for what failed.
    ///
    /// # Errors
    /// `Unfinished`.
    pub(crate) fn or_follow<T>(&self, outcome: Result<T, CliError>, follow: String) -> Result<T, CliError> {
        let transaction = self.id.to_string();
        outcome.map_err(|source| {
            let (source, here) = (Box::new(source), Vec::new());
            CliError::Unfinished { transaction, source, follow, here }
        })
    }

    /// JSON for the result of a command.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"transaction": self.id.to_string(), "height": self.height()})
    }
}

impl Client {
    /// Makes a statement by the first signer, endorsed by the others.
    pub(crate) fn statement(&self, app: &App, action: Action, signers: &[Signer]) -> Result<SignedStatement, CliError> {
        let nobody = || CliError::fault("a statement needs a signer");
        let (first, further) = signers.split_first().ok_or_else(nobody)?;
        let builder = StatementBuilder {
            chain: self.trust.chain.clone(),
            department: first.card.department.clone(),
            now: app.now(),
            nonce: random(),
        };
        let unsigned = builder.build(action, first.card.id());
        let endorsed = further.iter().fold(unsigned, |statement, signer| statement.endorsed_by(&signer.key));
        Ok(endorsed.sign(&first.key))
    }

    /// Submits a statement. It carries its own id, so sending it to a second node is harmless, after a broken link or a
    /// refusal: no node's word alone is believed to have left the ledger as it was.
    ///
    /// Where its proof has to be asked for and it is not public, the first of `signers` signs that request.
    ///
    /// # Errors
    /// `Refused` by the rules, `Pending` when the wait is over, `Unreachable`, `Forged`.
    pub(crate) fn submit(
        &self,
        app: &App,
        statement: &SignedStatement,
        signers: &[Signer],
        wait: u64,
    ) -> Result<Committed, CliError> {
        let id = statement.id();
        // What is public needs none, and a key may just have revoked itself.
        let reader = signers.first().filter(|_| class_of(&statement.claims().sub) != ReadClass::Public);
        let request = Request {
            path: path::TRANSACTIONS,
            body: Some((statement.encoded(), STATEMENT_MEDIA_TYPE)),
            accept: BUNDLE_MEDIA_TYPE,
            wait,
            signer: None,
            now: app.now(),
        };
        match self.ask(app, &request, |answer| self.outcome(app, id, &answer).map(Some)) {
            Ok(Some(Outcome::Proven(committed))) => Ok(*committed),
            Ok(Some(Outcome::InBlock(_))) => self.transaction(app, id, reader),
            Ok(None) => Err(CliError::NodesMissing),
            // An earlier node took it before the link broke: it is there, so ask for its proof.
            Err(CliError::Refused { code, .. }) if code == u32::from(Rejection::Replayed.code()) => {
                self.transaction(app, id, reader)
            }
            Err(error @ CliError::Refused { doubtful: true, .. }) => {
                // Whoever refused it may have passed it on: only a proof says that it took effect.
                self.transaction(app, id, reader).map_err(|found| match found {
                    CliError::Pending { .. } => found,
                    _ => doubted(app, id, error),
                })
            }
            Err(CliError::Refused { status: GONE, .. }) => {
                Err(CliError::Expired { transaction: id.to_string(), doubtful: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Asks where a transaction stands; committed comes with proof. `reader` signs the request, for statements that are
    /// not public.
    ///
    /// # Errors
    /// `Pending`, `Expired`, `Refused`, `TransactionUnknown`, and what any read can meet; `CannotTell` if it is on the ledger, as
    /// the nodes say, and not to be seen by this reader.
    pub(crate) fn transaction(
        &self,
        app: &App,
        id: StatementId,
        reader: Option<&Signer>,
    ) -> Result<Committed, CliError> {
        let path = path::transaction(&id);
        let request =
            Request { path: &path, body: None, accept: BUNDLE_MEDIA_TYPE, wait: 0, signer: reader, now: app.now() };
        let mut hidden = None;
        let found = self.ask(app, &request, |answer| match self.outcome(app, id, &answer)? {
            Outcome::Proven(committed) => Ok(Some(committed)),
            Outcome::InBlock(height) => {
                hidden = Some(height);
                Ok(None)
            }
        })?;
        let transaction = id.to_string();
        match (found, hidden) {
            (Some(committed), _) => Ok(*committed),
            (None, None) => Err(CliError::Pending { transaction, record: None }),
            (None, Some(height)) => {
                let reason = why("reason-hidden").with("transaction", transaction).with("height", height);
                Err(CliError::CannotTell { reason })
            }
        }
    }

    /// What an answer of success says of a statement.
    fn outcome(&self, app: &App, id: StatementId, answer: &Answer) -> Result<Outcome, CliError> {
        if !answer.is(BUNDLE_MEDIA_TYPE) {
            return match standing(app, id, answer)? {
                Standing::InBlock(height) => Ok(Outcome::InBlock(height)),
                Standing::Not(error) => Err(error),
            };
        }
        let verified = self.proven(answer)?.verified;
        if !verified.statements().iter().any(|(_, statement)| statement.id() == id) {
            let reason = why("reason-other-transaction");
            return Err(CliError::Answer { node: answer.node.clone(), reason });
        }
        self.reached(app, &verified)?;
        Ok(Outcome::Proven(Box::new(Committed { id, verified })))
    }
}
