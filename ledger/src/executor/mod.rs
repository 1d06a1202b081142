//! Execution: one `execute_block` for proposing, validating, syncing, restoring and auditing.
//!
//! ```text
//! parent state ─┬─ statement 1 ─ statement 2 ─ ... ─┬─ values -> tree -> state root ─┐
//!               └─ log of parent + header h-1 + each statement ────> log root ───────┴─> header h
//! ```
//! A block holds only what took effect: a statement that the rules refuse makes the whole block invalid. Whether a
//! block is valid depends on it and its parent alone, never on a clock, the round or who sent it.

mod build;
mod session;

pub use build::{BuildParams, Built, build_block};
pub use session::CheckError;

use crate::block::{Block, HEADER_VERSION, Header, PROTOCOL_VERSION};
use crate::crypto::{Hash, KeyId, PublicKey};
use crate::error::{Fault, VerifyError};
use crate::record::ValidatorSchedule;
use crate::rejection::Rejection;
use crate::rules::{SignatureCache, key_record, verify_all};
use crate::state::{ChainView, ListAppend, Overlay, StateKey, StateView};
use crate::statement::{SignedStatement, StatementId};
use crate::types::{Height, TimeMs};
use crate::validator::ValidatorSet;
use jmt::storage::TreeUpdateBatch;
use session::Session;
use std::collections::BTreeMap;

/// What a block does to the chain; everything a store has to persist, in one batch.
#[derive(Debug, Clone)]
pub struct Executed {
    /// Header that follows from execution; of a valid block it is the block's own.
    pub header: Header,
    /// Version of the tree after the block; the parent's if nothing was written.
    pub tree_version: u64,
    /// Nodes and values of that version; `None` if nothing was written.
    pub tree: Option<TreeUpdateBatch>,
    /// Written values by path.
    pub values: BTreeMap<StateKey, Vec<u8>>,
    /// Items appended to lists, in order.
    pub appends: Vec<ListAppend>,
    /// Hashes of the log to store: index in append order, hash.
    pub log_nodes: Vec<(u64, Hash)>,
    /// Statements in order.
    pub statements: Vec<ExecutedStatement>,
    /// Set that decides the next height.
    pub next_validators: ValidatorSet,
}

/// Where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutedStatement {
    /// Its id.
    pub id: StatementId,
    /// What bars a replay up to its expiry, whatever the endorsements.
    pub act: Hash,
    /// Its expiry: the act is remembered up to this block time.
    pub expires: TimeMs,
    /// Its entry in the log.
    pub log_index: u64,
}

/// Why a block is invalid. Names the rule; never a fault of this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockInvalid {
    /// A field of the header differs from what follows from parent and content.
    #[error("{field} of the header: expected {expected}, found {actual}")]
    Header {
        /// Which field.
        field: &'static str,
        /// What follows from the parent and the content.
        expected: String,
        /// What the header says.
        actual: String,
    },
    /// The certificate of the parent that the block carries is missing or fails.
    #[error("the block's certificate of its parent fails: {0}")]
    LastCommit(VerifyError),
    /// The certificate of the parent is absent, or present at height 1.
    #[error("the block carries no certificate of its parent, or one at height 1")]
    LastCommitPresence,
    /// A statement cannot be read.
    #[error("statement {index} cannot be read: {source}")]
    Unreadable {
        /// Position in the block.
        index: usize,
        /// Why.
        #[source]
        source: crate::codec::CodecError,
    },
    /// A statement is refused by the rules.
    #[error("statement {index} is refused: {rejection}")]
    Refused {
        /// Position in the block.
        index: usize,
        /// Which rule.
        rejection: Rejection,
    },
    /// More bytes or weight than the parameters allow.
    #[error("the block is above its {0}")]
    TooLarge(&'static str),
}

/// A block cannot be executed: it is invalid, or this machine fails. Never one for the other.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The block is invalid.
    #[error(transparent)]
    Invalid(#[from] BlockInvalid),
    /// This machine fails.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Executes a block over its parent and checks every field of its header.
///
/// What it does NOT check: that anybody signed the block, and that its time is near any clock.
///
/// # Errors
/// [`ExecuteError::Invalid`] with the first rule that fails; [`ExecuteError::Fault`] when the store fails.
pub fn execute_block<V: ChainView>(
    view: &V,
    cache: &dyn SignatureCache,
    block: &Block,
) -> Result<Executed, ExecuteError> {
    let executed = derive_block(view, cache, block)?;
    compare_headers(&executed.header, &block.header)?;
    Ok(executed)
}

/// Executes a block as [`execute_block`] does, but leaves it to the caller to compare the header that follows with the
/// block's own. For finding out what differs when a decided block does not come out as decided.
///
/// # Errors
/// As [`execute_block`], for everything but roots and sets.
pub fn derive_block<V: ChainView>(
    view: &V,
    cache: &dyn SignatureCache,
    block: &Block,
) -> Result<Executed, ExecuteError> {
    let mut session = Session::begin(view, cache, block.header.time)?;
    check_parent(&session, block)?;
    for (index, encoded) in block.statements.iter().enumerate() {
        let statement =
            SignedStatement::decode(encoded).map_err(|source| BlockInvalid::Unreadable { index, source })?;
        session.apply(&statement).map_err(|error| match error {
            CheckError::Rejected(Rejection::BlockFull) => BlockInvalid::TooLarge("weight or size").into(),
            CheckError::Rejected(rejection) => BlockInvalid::Refused { index, rejection }.into(),
            CheckError::Fault(fault) => ExecuteError::Fault(fault),
        })?;
    }
    Ok(session.finish(view, block.last_commit.as_ref(), block.header.proposer)?)
}

/// What can be checked before any statement is looked at.
fn check_parent(session: &Session<'_>, block: &Block) -> Result<(), ExecuteError> {
    let (parent, header) = (&session.tip().header, &block.header);
    let field = |field, expected: String, actual: String| {
        if expected == actual { Ok(()) } else { Err(BlockInvalid::Header { field, expected, actual }) }
    };
    field("version", HEADER_VERSION.to_string(), header.version.to_string())?;
    field("protocol", PROTOCOL_VERSION.to_string(), header.protocol.to_string())?;
    field("height", parent.height.next().to_string(), header.height.to_string())?;
    field("parent", parent.hash().to_string(), header.parent.to_string())?;
    if header.time <= parent.time {
        return Err(BlockInvalid::Header {
            field: "time",
            expected: format!("above {}", parent.time),
            actual: header.time.to_string(),
        }
        .into());
    }
    if session.schedule().current.get(&header.proposer).is_none() {
        let expected = "a validator of this height".to_owned();
        return Err(BlockInvalid::Header { field: "proposer", expected, actual: header.proposer.to_string() }.into());
    }
    match &block.last_commit {
        None if parent.height == Height(0) => Ok(()),
        Some(certificate) if parent.height > Height(0) && certificate.height == parent.height => {
            let set = deciding_set(session.schedule(), parent)?;
            let verified = certificate.verify(session.chain(), set, parent.hash());
            Ok(verified.map_err(BlockInvalid::LastCommit)?)
        }
        _ => Err(BlockInvalid::LastCommitPresence.into()),
    }
}

/// The set that decided the tip: the current one, or the one before if the tip itself changed it.
///
/// # Errors
/// `Damaged` if neither has the hash that the header carries.
pub fn deciding_set<'s>(schedule: &'s ValidatorSchedule, tip: &Header) -> Result<&'s ValidatorSet, Fault> {
    let mut sets = core::iter::once(&schedule.current).chain(schedule.previous.as_ref());
    sets.find(|set| set.hash() == tip.validators)
        .ok_or_else(|| Fault::damaged("the schedule of validators does not hold the set that decided the tip"))
}

/// Every field that follows from execution must be the block's own.
fn compare_headers(expected: &Header, actual: &Header) -> Result<(), BlockInvalid> {
    let pairs = [
        ("chain", expected.chain.to_string(), actual.chain.to_string()),
        ("log_size", expected.log_size.to_string(), actual.log_size.to_string()),
        ("log_root", expected.log_root.to_string(), actual.log_root.to_string()),
        ("state_root", expected.state_root.to_string(), actual.state_root.to_string()),
        ("validators", expected.validators.to_string(), actual.validators.to_string()),
        ("next_validators", expected.next_validators.to_string(), actual.next_validators.to_string()),
        ("last_commit", expected.last_commit.to_string(), actual.last_commit.to_string()),
    ];
    let different = pairs.into_iter().find(|(_, expected, actual)| expected != actual);
    match different {
        Some((field, expected, actual)) => Err(BlockInvalid::Header { field, expected, actual }),
        None if expected == actual => Ok(()),
        None => Err(BlockInvalid::Header {
            field: "header",
            expected: expected.hash().to_string(),
            actual: actual.hash().to_string(),
        }),
    }
}

/// Checks a statement against the state at the tip as if a block were made at `now`, and writes nothing.
///
/// # Errors
/// [`CheckError::Rejected`] with the rule it breaks; [`CheckError::Fault`] when the store fails.
pub fn check_statement(
    view: &dyn StateView,
    cache: &dyn SignatureCache,
    statement: &SignedStatement,
    now: TimeMs,
) -> Result<(), CheckError> {
    let after_tip = view.tip()?.header.time.plus(1);
    Session::without_log(view, cache, now.max(after_tip))?.apply(statement)
}

/// Verifies a statement's signatures ahead of execution, for a [`SignatureCache`]: the keys under which all of them
/// verify, the main one first; `None` if a key is not known yet or a signature fails.
///
/// Says nothing about whether these keys may sign.
///
/// # Errors
/// A fault of the store.
pub fn verified_keys(view: &dyn StateView, statement: &SignedStatement) -> Result<Option<Vec<PublicKey>>, Fault> {
    let ids =
        core::iter::once(statement.key()).chain(statement.endorsements().iter().map(|endorsement| endorsement.key));
    let mut keys = Vec::new();
    for id in ids {
        match known_key(view, &id)? {
            Some(key) => keys.push(key),
            None => return Ok(None),
        }
    }
    Ok(verify_all(statement, &keys).is_ok().then_some(keys))
}

fn known_key(view: &dyn StateView, id: &KeyId) -> Result<Option<PublicKey>, Fault> {
    Ok(key_record(&Overlay::new(view), id)?.map(|found| found.key))
}
