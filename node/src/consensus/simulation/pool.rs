//! Statements that wait at one node. Lost with the process, as the product's are.

use std::sync::{Arc, Mutex};

use ledger::block::Block;
use ledger::codec::Bytes;
use ledger::crypto::{Hash, PublicKey};
use ledger::error::Fault;
use ledger::executor::Executed;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::statement::{SignedStatement, StatementId};
use tokio::sync::Notify;

use crate::consensus::ports::StatementPool;

/// Statements of one block at most: small blocks, so that there are many.
const CANDIDATES_MAX: usize = 3;

/// A pool in memory.
#[derive(Default)]
pub(super) struct SimPool {
    statements: Mutex<Vec<SignedStatement>>,
    wake: Arc<Notify>,
}

impl SimPool {
    /// Takes a statement in.
    pub(super) fn submit(&self, statement: SignedStatement) {
        self.statements.lock().unwrap().push(statement);
    }

    fn forget(&self, ids: &[StatementId]) {
        self.statements.lock().unwrap().retain(|statement| !ids.contains(&statement.id()));
    }
}

impl SignatureCache for SimPool {
    fn is_verified(&self, _whole: &Hash, _keys: &[PublicKey]) -> bool {
        false
    }
}

impl StatementPool for SimPool {
    fn candidates(&self) -> Vec<SignedStatement> {
        self.statements.lock().unwrap().iter().take(CANDIDATES_MAX).cloned().collect()
    }

    /// Never empty: a rest would wait for the real clock. The pace of the chain is the schedule's.
    fn is_empty(&self) -> bool {
        false
    }

    fn on_committed(&self, block: &Block, _executed: &Executed) {
        let ids = block.statements.iter().map(|bytes| SignedStatement::decode(bytes).unwrap().id());
        self.forget(&ids.collect::<Vec<_>>());
    }

    /// Nothing: each node verifies by itself in execution.
    fn verify_ahead(&self, _statements: &[Bytes]) -> Result<(), Fault> {
        Ok(())
    }

    /// A statement that comes again after it was committed is refused; nothing else is.
    fn on_rejected(&self, rejected: Vec<(StatementId, Rejection)>) {
        self.forget(&rejected.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
