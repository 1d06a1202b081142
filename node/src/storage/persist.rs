//! Writing a decided block.

use super::database::{Batch, Database, Scan};
use super::tables::{
    StatementLocation, acts, bodies, certificates, expiries, handovers, headers, height_key, list_nodes, lists,
    log_nodes, meta, stale_nodes, statements, tree_nodes, tree_values, tree_versions, undecided, validator_sets,
    values,
};
use super::{Durability, Store, StoreView};
use crate::fail_points::{Point, pass};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Version};
use ledger::block::{Block, Header};
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::error::Fault;
use ledger::executor::Executed;
use ledger::genesis::Genesis;
use ledger::log::Peaks;
use ledger::state::{ListAppend, StateKey};
use ledger::types::{Height, TimeMs};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Expired acts that one block forgets: twice as many as a busy block brings.
const EXPIRED_A_BLOCK_MAX: usize = 4_096;

impl Store {
    /// Makes a decided block the new tip: block, certificate, tree, values, log, lists, statements and tip in one
    /// synced batch, which also removes the undecided blocks of its height.
    ///
    /// The caller has verified the certificate for this block. Idempotent: the tip's own block changes nothing.
    ///
    /// # Errors
    /// [`Fault::Damaged`] for a block that does not follow the tip or was executed to another header, before anything
    /// is written; [`Fault::DiskFull`] if the disk is too full, [`Fault::Storage`] if it fails.
    pub fn persist(&self, block: &Block, certificate: &CommitCertificate, executed: &Executed) -> Result<(), Fault> {
        let mut writer = self.writer();
        let view = self.view()?;
        if view.tip_ref().header == block.header {
            return Ok(());
        }
        require_next(&view, block, certificate, executed)?;
        self.space()?.require(self.options.disk_free_percent_min)?;
        let mut batch = self.block_batch(&view, block, certificate, executed)?;
        let expired = forget_expired(&mut batch, &view, &writer.expired_below, block.header.time)?;
        let hands_over = block.header.next_validators != block.header.validators;
        pass(if hands_over { Point::HandoverUnwritten } else { Point::BatchUnwritten });
        self.write(batch, Durability::Synced)?;
        pass(if hands_over { Point::HandoverWritten } else { Point::BatchWritten });
        metrics::counter!("yinxin_tree_keys").increment(executed.values.len() as u64);
        writer.expired_below = expired.unwrap_or_else(|| core::mem::take(&mut writer.expired_below));
        Ok(())
    }

    fn block_batch(
        &self,
        view: &StoreView,
        block: &Block,
        certificate: &CommitCertificate,
        executed: &Executed,
    ) -> Result<Batch, Fault> {
        let height = block.header.height;
        let mut batch = self.database.batch();
        put_header(&mut batch, &block.header, executed.tree_version);
        batch.put(&bodies::TABLE, height_key(height), bodies::value(block));
        batch.put(&certificates::TABLE, height_key(height), codec::encode(certificate));
        if block.header.next_validators != block.header.validators {
            let set = &executed.next_validators;
            batch.put(&validator_sets::TABLE, set.hash().0, codec::encode(set));
            batch.put(&handovers::TABLE, height_key(height), []);
        }
        pass(Point::BatchHalf);
        if let Some(tree) = &executed.tree {
            put_tree(&mut batch, tree);
        }
        for (path, value) in &executed.values {
            batch.put(&values::TABLE, values::key(path), value);
        }
        put_lists(&mut batch, view, &executed.appends)?;
        for (index, hash) in &executed.log_nodes {
            batch.put(&log_nodes::TABLE, index.to_be_bytes(), hash.0);
        }
        for found in &executed.statements {
            let location = StatementLocation { height, log_index: found.log_index };
            batch.put(&statements::TABLE, found.id.0.0, statements::value(&location));
            batch.put(&acts::TABLE, found.act.0, found.expires.0.to_be_bytes());
            batch.put(&expiries::TABLE, expiries::key(found.expires, &found.act), []);
        }
        forget_undecided(&mut batch, view, height)?;
        Ok(batch)
    }
}

/// The block, its certificate and its execution belong together and follow the tip.
fn require_next(
    view: &StoreView,
    block: &Block,
    certificate: &CommitCertificate,
    executed: &Executed,
) -> Result<(), Fault> {
    let (tip, header) = (&view.tip_ref().header, &block.header);
    let refuse = |what: &str| Err(Fault::damaged(format!("block {} after tip {}: {what}", header.height, tip.height)));
    if header.height != tip.height.next() || header.parent != tip.hash() {
        return refuse("it does not follow the tip");
    }
    if executed.header != *header {
        return refuse("its execution gives another header");
    }
    if certificate.height != header.height {
        return refuse("its certificate is of another height");
    }
    Ok(())
}

/// What every height has, 0 included.
fn put_header(batch: &mut Batch, header: &Header, tree_version: u64) {
    let key = height_key(header.height);
    batch.put(&headers::TABLE, key, codec::encode(header));
    batch.put(&tree_versions::TABLE, key, tree_version.to_be_bytes());
    batch.put(&meta::TABLE, meta::TIP, meta::tip_value(header.height, &header.hash()));
}

fn put_tree(batch: &mut Batch, tree: &TreeUpdateBatch) {
    for (key, node) in tree.node_batch.nodes() {
        batch.put(&tree_nodes::TABLE, tree_nodes::key(key), tree_nodes::value(node));
    }
    for ((version, key), value) in tree.node_batch.values() {
        batch.put(&tree_values::TABLE, tree_values::key(key, *version), tree_values::value(value.as_deref()));
    }
    for stale in &tree.stale_node_index_batch {
        batch.put(&stale_nodes::TABLE, stale_nodes::key(stale.stale_since_version, &stale.node_key), []);
    }
}

/// Items of lists, and the hashes that they complete.
fn put_lists(batch: &mut Batch, view: &StoreView, appends: &[ListAppend]) -> Result<(), Fault> {
    let mut trees: BTreeMap<&StateKey, Peaks> = BTreeMap::new();
    for append in appends {
        let list = &append.list;
        let peaks = match trees.entry(list) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Peaks::load(append.index, |node| view.list_node(list, node))?),
        };
        if peaks.size() != append.index {
            return Err(Fault::damaged(format!(
                "item {} of {list} does not follow item {}",
                append.index,
                peaks.size()
            )));
        }
        for (index, hash) in peaks.append(&append.item) {
            batch.put(&list_nodes::TABLE, list_nodes::key(list, index), hash.0);
        }
        batch.put(&lists::TABLE, lists::key(list, append.index), &append.item);
    }
    Ok(())
}

/// Removes the undecided blocks of a height. Lower heights have none: each was removed when its height was persisted.
fn forget_undecided(batch: &mut Batch, view: &StoreView, height: Height) -> Result<(), Fault> {
    let end = height_key(height.next());
    view.snapshot().scan(&undecided::TABLE, &height_key(height), Some(&end), |key, _| {
        batch.delete(&undecided::TABLE, key);
        Ok(Scan::On)
    })
}

/// Removes acts that have expired at a block time, a bounded number; gives the key of the last one. Those that remain
/// bar nothing, since their expiry is looked at, and go with the next blocks.
fn forget_expired(batch: &mut Batch, view: &StoreView, from: &[u8], time: TimeMs) -> Result<Option<Vec<u8>>, Fault> {
    let (mut last, mut count) = (None, 0);
    let end = time.0.saturating_add(1).to_be_bytes();
    view.snapshot().scan(&expiries::TABLE, from, Some(&end), |key, _| {
        batch.delete(&acts::TABLE, expiries::read_key(key)?.0);
        batch.delete(&expiries::TABLE, key);
        last = Some(key.to_vec());
        count += 1;
        Ok(if count < EXPIRED_A_BLOCK_MAX { Scan::On } else { Scan::Stop })
    })?;
    Ok(last)
}

/// Height 0 and what the store says of itself.
pub(super) fn genesis_batch(database: &Database, genesis: &Genesis) -> Result<Batch, Fault> {
    let state = genesis.state(&EmptyTree)?;
    let mut batch = database.batch();
    batch.put(&meta::TABLE, meta::FORMAT, meta::FORMAT_VERSION.to_be_bytes());
    batch.put(&meta::TABLE, meta::GENESIS, genesis.hash().0);
    put_header(&mut batch, &state.header, 0);
    put_tree(&mut batch, &state.tree);
    for (path, value) in &state.values {
        batch.put(&values::TABLE, values::key(path), value);
    }
    let set = &state.validators;
    batch.put(&validator_sets::TABLE, set.hash().0, codec::encode(set));
    Ok(batch)
}

/// The tree before height 0.
struct EmptyTree;

impl TreeReader for EmptyTree {
    fn get_node_option(&self, _: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(None)
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(None)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}
