//! What is at hand of the store's newest state: the last view, and rows that were read through it.
//!
//! Between two writes every reader sees the same, so all of them share one snapshot; a few rows (records that the rules
//! ask for with every statement, the upper part of the log's tree, the tip's certificate) are asked for again and again.

use super::StoreView;
use ledger::block::SignedHeader;
use ledger::crypto::Hash;
use ledger::state::{Memo, Tip};
use ledger::types::Height;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Hashes of the log that are kept of one snapshot.
const LOG_NODES_MAX: usize = 4_096;

/// The newest view until the next write, and the tip that was read last.
#[derive(Default)]
pub(super) struct Newest(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// Writes so far: a view that was taken before one of them is not kept.
    writes: u64,
    view: Option<StoreView>,
    /// Under the hash of its header.
    tip: Option<(Hash, Arc<Tip>)>,
}

impl Newest {
    /// The number of writes so far, and the view if one was taken since the last of them.
    pub(super) fn look(&self) -> (u64, Option<StoreView>) {
        let known = self.read();
        (known.writes, known.view.clone())
    }

    /// Keeps a view that was taken after so many writes, if there was none since.
    pub(super) fn keep(&self, view: &StoreView, writes: u64) {
        let mut known = self.write();
        if known.writes == writes {
            known.view = Some(view.clone());
        }
    }

    /// The store was written to: called before the write is reported as done.
    pub(super) fn forget(&self) {
        let old = {
            let mut known = self.write();
            known.writes += 1;
            known.view.take()
        };
        // Its snapshot ends outside the lock, if nobody else reads from it.
        drop(old);
    }

    /// The tip that was read last, if its header has this hash.
    pub(super) fn tip(&self, hash: &Hash) -> Option<Arc<Tip>> {
        let known = self.read();
        known.tip.as_ref().filter(|(known, _)| known == hash).map(|(_, tip)| Arc::clone(tip))
    }

    /// Keeps the tip that was read last.
    pub(super) fn keep_tip(&self, hash: Hash, tip: &Arc<Tip>) {
        self.write().tip = Some((hash, Arc::clone(tip)));
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows of one snapshot that were read already. What a snapshot says never changes, so nothing here grows old.
#[derive(Default)]
pub(super) struct ReadRows {
    log_nodes: RwLock<HashMap<u64, Hash>>,
    head: OnceLock<SignedHeader>,
    newest_handover: OnceLock<Option<Height>>,
    /// Records that the rules ask for, decoded.
    pub(super) memo: Memo,
}

impl ReadRows {
    /// A hash of the log.
    pub(super) fn log_node(&self, index: u64) -> Option<Hash> {
        self.log_nodes.read().unwrap_or_else(PoisonError::into_inner).get(&index).copied()
    }

    /// Keeps a hash of the log, while there is room.
    pub(super) fn keep_log_node(&self, index: u64, hash: Hash) {
        let mut nodes = self.log_nodes.write().unwrap_or_else(PoisonError::into_inner);
        if nodes.len() < LOG_NODES_MAX {
            nodes.insert(index, hash);
        }
    }

    /// The tip's header with its certificate.
    pub(super) fn head(&self) -> Option<SignedHeader> {
        self.head.get().cloned()
    }

    /// Keeps that.
    pub(super) fn keep_head(&self, head: &SignedHeader) {
        // Another reader may have been faster, with the same.
        let _ = self.head.set(head.clone());
    }

    /// The highest height that hands over to another set; the inner `None` if there is none.
    pub(super) fn newest_handover(&self) -> Option<Option<Height>> {
        self.newest_handover.get().copied()
    }

    /// Keeps that.
    pub(super) fn keep_newest_handover(&self, height: Option<Height>) {
        let _ = self.newest_handover.set(height);
    }
}
