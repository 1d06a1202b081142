//! Blocks that somebody else decided, taken one after the other: each certificate is verified under the set in force,
//! each signature on all cores, each block by the one `execute_block`.

use super::{AdminError, Unsound};
use crate::mempool::VerifiedStatements;
use crate::storage::Store;
use ledger::block::{Block, SignedHeader};
use ledger::commit::CommitCertificate;
use ledger::executor::{ExecuteError, Executed, execute_block};
use ledger::types::Height;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// A store that takes blocks from outside.
pub(super) struct Replay<'s> {
    store: &'s Store,
    verified: VerifiedStatements,
}

/// What a block did, and what it cost.
pub(super) struct Replayed {
    /// What it did.
    pub(super) executed: Executed,
    /// Processor time of the process for executing and writing it; its signatures were verified before.
    pub(super) cpu: Duration,
}

impl<'s> Replay<'s> {
    /// Goes on behind the tip of a store.
    pub(super) fn onto(store: &'s Store) -> Self {
        Self { store, verified: VerifiedStatements::default() }
    }

    /// Verifies and executes the block that follows the tip, and makes it the new tip.
    ///
    /// # Errors
    /// [`Unsound`] with what does not hold; nothing is written then. Others if the store fails.
    pub(super) fn take(&self, block: &Block, certificate: &CommitCertificate) -> Result<Replayed, AdminError> {
        let (view, height) = (self.store.view()?, block.header.height);
        let set = view.validators(height)?.ok_or(Unsound::Missing { height, what: "set of validators" })?;
        let signed = SignedHeader { header: block.header.clone(), certificate: certificate.clone() };
        signed.verify(self.store.context(), &set).map_err(|source| Unsound::Certificate { height, source })?;
        self.verified.verify_ahead(|| Ok(Box::new(self.store.view()?)), &block.statements)?;
        let before = processor_time();
        let executed = execute_block(&view, &self.verified, block).map_err(|error| unsound(height, error))?;
        self.store.persist(block, certificate, &executed)?;
        Ok(Replayed { executed, cpu: processor_time().saturating_sub(before) })
    }
}

fn unsound(height: Height, error: ExecuteError) -> AdminError {
    match error {
        ExecuteError::Invalid(source) => Unsound::Block { height, source: Box::new(source) }.into(),
        ExecuteError::Fault(fault) => fault.into(),
    }
}

/// What all threads of this process have used so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("no process has used less than nothing")
}
