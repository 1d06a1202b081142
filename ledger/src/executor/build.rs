//! Building a block from candidate statements.

use super::Executed;
use super::session::{CheckError, Session};
use crate::block::Block;
use crate::codec::Bytes;
use crate::commit::CommitCertificate;
use crate::crypto::KeyId;
use crate::error::Fault;
use crate::rejection::Rejection;
use crate::rules::SignatureCache;
use crate::state::ChainView;
use crate::statement::{SignedStatement, StatementId};
use crate::types::TimeMs;

/// What a block is built with besides its statements.
#[derive(Debug, Clone)]
pub struct BuildParams {
    /// Block time; raised to one millisecond above the parent's if it is not above it.
    pub time: TimeMs,
    /// Consensus key of the proposer.
    pub proposer: KeyId,
    /// Certificate of the parent; `None` at height 1 alone.
    pub last_commit: Option<CommitCertificate>,
}

/// A block, what it does, and the candidates that did not get in for good.
#[derive(Debug)]
pub struct Built {
    /// The block.
    pub block: Block,
    /// What it does.
    pub executed: Executed,
    /// Candidates that the rules refuse, one that no block has room for among them; those that merely found no room in
    /// this one are not.
    pub refused: Vec<(StatementId, Rejection)>,
}

/// Candidates that found no room and were passed over, after which a block counts as full.
const PASSED_OVER_MAX: usize = 16;

/// Builds a block after the tip of `view`: candidates in their order, leaving out what the rules refuse, up to the cost
/// cap or until `stop` says that time is over. A candidate that finds no room is passed over for smaller ones behind it.
///
/// # Errors
/// A fault of the store.
pub fn build_block<V: ChainView>(
    view: &V,
    cache: &dyn SignatureCache,
    params: BuildParams,
    candidates: impl IntoIterator<Item = SignedStatement>,
    mut stop: impl FnMut() -> bool,
) -> Result<Built, Fault> {
    let time = params.time.max(view.tip()?.header.time.plus(1));
    let mut session = Session::begin(view, cache, time)?;
    let (mut statements, mut refused, mut passed_over) = (Vec::<Bytes>::new(), Vec::new(), 0);
    for statement in candidates {
        if stop() {
            break;
        }
        match session.apply(&statement) {
            Ok(()) => statements.push(statement.encoded().clone()),
            // Nothing stands before it: it fits no block at all under these parameters.
            Err(CheckError::Rejected(Rejection::BlockFull)) if !statements.is_empty() => {
                passed_over += 1;
                if passed_over >= PASSED_OVER_MAX {
                    break;
                }
            }
            Err(CheckError::Rejected(rejection)) => refused.push((statement.id(), rejection)),
            Err(CheckError::Fault(fault)) => return Err(fault),
        }
    }
    let executed = session.finish(view, params.last_commit.as_ref(), params.proposer)?;
    let block = Block { header: executed.header.clone(), statements, last_commit: params.last_commit };
    Ok(Built { block, executed, refused })
}
