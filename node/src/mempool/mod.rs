//! Statements that wait for a block: bounded in number, bytes and shares of keys and departments; nothing lives beyond its expiry.
//!
//! ```text
//! submit ─ decode once ─ verify once, remember ─ rules against the last committed state ─┬─> pending ─> candidates
//!                                                                                        └─> held, pending too
//! pending ─ in a block ──> committed(height)      ─ refused while building ─> rejected(code, height)
//!         ─ after expiry ─> expired
//! ```
//! **Held**: a statement that the rules refuse with a conflict or a missing record, while an earlier statement about
//! the same record still waits here, may depend on that one (an approval sent right after its draft). It is kept in
//! its turn, and judged again each time that record changes; once nothing earlier about the record waits, the rules'
//! answer is final. Dependence across records (a draft about an attestation that still waits) is not looked for: the
//! client waits for the first to be committed.
//!
//! Verification needs no lock; the one lock guards maps only and is never held over a look-up or a signature check.

mod error;
mod outcomes;
mod pool;
mod shares;
mod signatures;
mod submit;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use error::SubmitError;
pub use outcomes::StatementStatus;
pub use pool::Share;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ledger::block::Block;
use ledger::codec::Bytes;
use ledger::crypto::{Hash, PublicKey};
use ledger::error::Fault;
use ledger::executor::{CheckError, Executed, check_statement};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::state::{Overlay, StateKey, StateView};
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::{DepartmentId, Height, TimeMs};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::clock::now;
use crate::consensus::ports::{BlockStore, StatementPool};
use pool::{Entry, Pool};
pub(crate) use signatures::VerifiedStatements;

/// Local statements on their way to the gossip. A full queue drops: the gossip sends pending ones again by itself.
const ANNOUNCEMENTS_MAX: usize = 4096;
/// Candidates of one block: a weight of at least 2 each under the highest weight cap.
const CANDIDATES_MAX: usize = 10_000;
/// Statements judged again after one block; the others are judged when a block is built.
const RECHECKS_MAX: usize = 1024;

/// Where a statement came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A client of this node: its outcome is remembered, and it is sent to all peers.
    Local,
    /// Another node.
    Peer,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// Id of the statement.
    pub id: StatementId,
    /// False if it was waiting here already.
    pub fresh: bool,
}

/// What one can wait for.
#[derive(Debug)]
pub enum Watched {
    /// Nothing more will happen here.
    Done(StatementStatus),
    /// Gives the outcome when there is one.
    Pending(oneshot::Receiver<StatementStatus>),
}

/// Gives views of the last committed state.
pub trait Snapshots: Send + Sync + 'static {
    /// A fresh view.
    ///
    /// # Errors
    /// A fault of the store.
    fn snapshot(&self) -> Result<Box<dyn StateView + Send>, Fault>;
}

impl<S: BlockStore> Snapshots for S {
    fn snapshot(&self) -> Result<Box<dyn StateView + Send>, Fault> {
        Ok(Box::new(self.view()?))
    }
}

/// The pool of a node, shared by `Arc`.
pub struct Mempool {
    this: Weak<Self>,
    chain: Arc<dyn Snapshots>,
    pool: Mutex<Pool>,
    verified: VerifiedStatements,
    announcements: mpsc::Sender<Arc<SignedStatement>>,
    wake: Arc<Notify>,
    heights: watch::Sender<Height>,
}

impl Mempool {
    /// An empty pool over a chain, and the queue of local statements for the gossip.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn new(chain: Arc<dyn Snapshots>) -> Result<(Arc<Self>, mpsc::Receiver<Arc<SignedStatement>>), Fault> {
        let view = chain.snapshot()?;
        let (tip, departments) = (view.tip()?.header.height, departments(view.as_ref())?);
        let (announcements, queue) = mpsc::channel(ANNOUNCEMENTS_MAX);
        let pool = Arc::new_cyclic(|this| Self {
            this: this.clone(),
            chain,
            pool: Mutex::new(Pool::new(tip, departments)),
            verified: VerifiedStatements::default(),
            announcements,
            wake: Arc::new(Notify::new()),
            heights: watch::Sender::new(tip),
        });
        Ok((pool, queue))
    }

    /// What is known of a statement here. The store knows committed ones that this does not.
    pub fn status(&self, id: &StatementId) -> StatementStatus {
        let mut pool = self.lock();
        pool.expire(now());
        pool.status(id)
    }

    /// Waits for the outcome of a statement.
    pub fn watch(&self, id: &StatementId) -> Watched {
        let mut pool = self.lock();
        pool.expire(now());
        pool.watch(id)
    }

    /// Local statements that peers were last told of before `before`, oldest first, to be told again; a share at a
    /// time, so that each has its turn.
    pub fn tell_again(&self, before: TimeMs, share: Share) -> Vec<Arc<SignedStatement>> {
        self.lock().tell_again(before, now(), share)
    }

    /// Local statements that wait, oldest first, for a peer that knows none of them.
    pub fn local(&self, share: Share) -> Vec<Arc<SignedStatement>> {
        self.lock().local(share)
    }

    /// Tells each height once its block is persisted.
    #[must_use]
    pub fn heights(&self) -> watch::Receiver<Height> {
        self.heights.subscribe()
    }

    /// Number of waiting statements and their bytes.
    pub fn size(&self) -> (usize, usize) {
        let pool = self.lock();
        (pool.len(), pool.bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        // No code panics while it holds the lock, and every change is complete between two statements.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges statements again on another thread: their record has changed.
    fn recheck_later(&self, entries: Vec<Entry>) {
        let Some(this) = self.this.upgrade().filter(|_| !entries.is_empty()) else { return };
        rayon::spawn(move || {
            if let Err(fault) = this.recheck(&entries) {
                tracing::error!(%fault, "pending statements could not be judged again");
            }
        });
    }

    fn recheck(&self, entries: &[Entry]) -> Result<(), Fault> {
        let view = self.chain.snapshot()?;
        for entry in entries {
            match check_statement(view.as_ref(), self, &entry.statement, now()) {
                Ok(()) => self.lock().release(&entry.id),
                Err(CheckError::Rejected(rejection)) => self.lock().refuse(&entry.id, rejection),
                Err(CheckError::Fault(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    fn report_size(&self) {
        let (count, size_bytes) = self.size();
        metrics::gauge!("yinxin_mempool_statements").set(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("yinxin_mempool_bytes").set(u32::try_from(size_bytes).unwrap_or(u32::MAX));
    }
}

impl SignatureCache for Mempool {
    fn is_verified(&self, whole: &Hash, keys: &[PublicKey]) -> bool {
        self.verified.is_verified(whole, keys)
    }
}

impl StatementPool for Mempool {
    fn verify_ahead(&self, statements: &[Bytes]) -> Result<(), Fault> {
        self.verified.verify_ahead(|| self.chain.snapshot(), statements)
    }

    fn candidates(&self) -> Vec<SignedStatement> {
        let statements: Vec<Arc<SignedStatement>> = {
            let pool = self.lock();
            pool.in_order().take(CANDIDATES_MAX).map(|entry| Arc::clone(&entry.statement)).collect()
        };
        let mut size_bytes = 0;
        let within = statements.iter().take_while(|statement| {
            size_bytes += statement.encoded().len();
            size_bytes <= BLOCK_BYTES_MAX
        });
        within.map(|statement| SignedStatement::clone(statement)).collect()
    }

    fn is_empty(&self) -> bool {
        self.lock().len() == 0
    }

    fn on_committed(&self, block: &Block, executed: &Executed) {
        let (height, time) = (block.header.height, block.header.time);
        let ids: Vec<StatementId> = executed.statements.iter().map(|statement| statement.id).collect();
        let waiting: Vec<Option<Arc<SignedStatement>>> = {
            let pool = self.lock();
            ids.iter().map(|id| pool.statement(id)).collect()
        };
        let touched: Vec<String> = waiting
            .iter()
            .zip(&block.statements)
            .filter_map(|(known, encoded)| subject(known.as_deref(), encoded))
            .collect();
        let touched: BTreeSet<&str> = touched.iter().map(String::as_str).collect();
        // A store that fails ends the node elsewhere; the shares stay as they are until then.
        let departments = self.chain.snapshot().and_then(|view| departments(view.as_ref())).ok();
        // Under one lock: what was judged on an older state finds the pool moved on, and is judged again.
        let rechecks = {
            let mut pool = self.lock();
            pool.advance(height, departments);
            for id in &ids {
                pool.commit(id, height);
            }
            pool.expire(time);
            pool.about(&touched, RECHECKS_MAX)
        };
        self.recheck_later(rechecks);
        self.heights.send_replace(height);
        self.report_size();
    }

    fn on_rejected(&self, rejected: Vec<(StatementId, Rejection)>) {
        let mut pool = self.lock();
        for (id, rejection) in rejected {
            pool.refuse(&id, rejection);
        }
    }

    fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }
}

/// How many departments the state lists.
fn departments(view: &dyn StateView) -> Result<usize, Fault> {
    let all: Option<Vec<DepartmentId>> = Overlay::new(view).get(&StateKey::departments())?;
    Ok(all.map_or(0, |all| all.len()))
}

/// What a statement of a decided block is about. One that waits here was read before; every other one can be.
fn subject(known: Option<&SignedStatement>, encoded: &[u8]) -> Option<String> {
    let of = |statement: &SignedStatement| statement.claims().sub.clone();
    known.map(of).or_else(|| SignedStatement::decode(encoded).ok().as_ref().map(of))
}
