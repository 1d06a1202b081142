//! Pruning of the state tree: nodes and values that no kept version needs.
//!
//! With `oldest` the oldest version to stay readable, a node replaced in a version up to `oldest` is needed by none
//! that stays; of a key's values up to `oldest` only the newest is. Pruning runs beside the chain, a bounded number of
//! rows a call; what it removes is never what a block writes, and a view taken before keeps its rows.

use super::database::{Batch, Scan};
use super::tables::{meta, stale_nodes, tree_nodes, tree_values};
use super::{Durability, Store, StoreView};
use crate::fail_points::{Point, pass};
use jmt::KeyHash;
use jmt::storage::Node;
use ledger::error::Fault;

/// Rows of replaced nodes that one call looks at.
const NODES_A_CALL_MAX: usize = 4_096;

/// What a call of [`Store::prune`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Rows removed.
    pub rows: usize,
    /// True if there is more to prune at once.
    pub more: bool,
}

impl Store {
    /// Prunes the tree by the rule of the options, a bounded number of rows.
    ///
    /// # Errors
    /// [`Fault`] of the disk.
    pub fn prune(&self) -> Result<Pruned, Fault> {
        let view = self.view()?;
        let oldest = view.tip_ref().tree_version.saturating_sub(self.options.versions_kept);
        drop(view);
        self.prune_below(oldest)
    }

    /// Prunes what versions from `oldest` on do not need; never makes readable again what was pruned before.
    pub(super) fn prune_below(&self, oldest: u64) -> Result<Pruned, Fault> {
        let mut writer = self.writer();
        let view = self.view()?;
        let oldest = oldest.max(view.oldest_tree_version()?);
        let mut batch = self.database.batch();
        if oldest > view.oldest_tree_version()? {
            batch.put(&meta::TABLE, meta::PRUNED, oldest.to_be_bytes());
        }
        let marks = batch.len();
        let (mut looked_at, mut last) = (0, None);
        let end = oldest.saturating_add(1).to_be_bytes();
        view.snapshot().scan(&stale_nodes::TABLE, &writer.pruned_below, Some(&end), |key, _| {
            forget_node(&mut batch, &view, key, oldest)?;
            looked_at += 1;
            last = Some(key.to_vec());
            Ok(if looked_at < NODES_A_CALL_MAX { Scan::On } else { Scan::Stop })
        })?;
        let rows = batch.len() - marks;
        if batch.len() > 0 {
            // Not synced: a prune that a crash undoes is done again.
            pass(Point::PruneUnwritten);
            self.write(batch, Durability::Later)?;
            pass(Point::PruneWritten);
        }
        if let Some(last) = last {
            writer.pruned_below = last;
        }
        Ok(Pruned { rows, more: looked_at == NODES_A_CALL_MAX })
    }
}

/// Removes a replaced node, its mark, and if it was a leaf the values that only pruned versions saw.
fn forget_node(batch: &mut Batch, view: &StoreView, stale: &[u8], oldest: u64) -> Result<(), Fault> {
    let (_, node_key) = stale_nodes::read_key(stale)?;
    let row = view.snapshot().get(&tree_nodes::TABLE, node_key)?;
    if let Some(Node::Leaf(leaf)) = row.map(|row| tree_nodes::read(&row)).transpose()? {
        forget_values(batch, view, &leaf.key_hash(), oldest)?;
    }
    batch.delete(&tree_nodes::TABLE, node_key);
    batch.delete(&stale_nodes::TABLE, stale);
    Ok(())
}

/// Removes all values of a key up to `oldest` but the newest of them.
fn forget_values(batch: &mut Batch, view: &StoreView, key: &KeyHash, oldest: u64) -> Result<(), Fault> {
    let (from, end) = (tree_values::key(key, 0), tree_values::key(key, oldest.saturating_add(1)));
    let mut older: Option<Vec<u8>> = None;
    view.snapshot().scan(&tree_values::TABLE, &from, Some(&end), |row, _| {
        if let Some(older) = older.replace(row.to_vec()) {
            batch.delete(&tree_values::TABLE, older);
        }
        Ok(Scan::On)
    })
}
