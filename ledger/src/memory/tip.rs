//! A chain in memory of which only the tip is remembered.

use super::Executed;
use crate::block::Header;
use crate::crypto::Hash;
use crate::error::Fault;
use crate::genesis::Genesis;
use crate::log::Peaks;
use crate::state::{StateKey, StateView, Tip};
use crate::types::{Height, TimeMs};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Version};
use std::collections::{BTreeMap, BTreeSet};

/// What the next block needs of a chain: the last state with the newest version of its tree, the peaks of the log, the
/// acts that have not expired, and the headers. It grows with the state, not with the history.
///
/// It proves nothing: old versions, values in the tree, items of lists and of the log are forgotten at once.
#[derive(Debug)]
pub struct MemoryTip {
    headers: Vec<Header>,
    genesis: Hash,
    tree_version: Version,
    values: BTreeMap<StateKey, Vec<u8>>,
    nodes: BTreeMap<NodeKey, Node>,
    peaks: BTreeMap<u64, Hash>,
    acts: BTreeSet<Hash>,
    expiries: BTreeSet<(TimeMs, Hash)>,
}

impl MemoryTip {
    /// The chain at height 0.
    ///
    /// # Errors
    /// As [`Genesis::state`].
    pub fn new(genesis: &Genesis) -> Result<Self, Fault> {
        let state = genesis.state(&super::MemoryChain::default())?;
        let mut tip = Self {
            headers: vec![state.header],
            genesis: genesis.hash(),
            tree_version: 0,
            values: state.values,
            nodes: BTreeMap::new(),
            peaks: BTreeMap::new(),
            acts: BTreeSet::new(),
            expiries: BTreeSet::new(),
        };
        tip.write_tree(&state.tree);
        Ok(tip)
    }

    /// Goes on to the block that was executed or built here, and forgets what the one after it does not need.
    ///
    /// # Errors
    /// `Damaged` if it was executed over another tip.
    pub fn keep(&mut self, executed: Executed) -> Result<(), Fault> {
        self.values.extend(executed.values);
        if let Some(tree) = &executed.tree {
            self.write_tree(tree);
        }
        self.tree_version = executed.tree_version;
        self.keep_peaks(executed.header.log_size, executed.log_nodes)?;
        for statement in &executed.statements {
            self.acts.insert(statement.act);
            self.expiries.insert((statement.expires, statement.act));
        }
        self.forget_expired(executed.header.time);
        self.headers.push(executed.header);
        Ok(())
    }

    /// Number of keys of the state.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.values.len()
    }

    /// Everything that is remembered besides headers, in rows: what a growing chain costs in memory.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() + self.nodes.len() + self.peaks.len() + self.acts.len()
    }

    fn write_tree(&mut self, batch: &TreeUpdateBatch) {
        for (key, node) in batch.node_batch.nodes() {
            self.nodes.insert(key.clone(), node.clone());
        }
        for stale in &batch.stale_node_index_batch {
            self.nodes.remove(&stale.node_key);
        }
    }

    fn keep_peaks(&mut self, log_size: u64, completed: Vec<(u64, Hash)>) -> Result<(), Fault> {
        self.peaks.extend(completed);
        let mut needed = BTreeMap::new();
        Peaks::load(log_size, |index| {
            let hash = self.log_node(index)?;
            needed.insert(index, hash);
            Ok(hash)
        })?;
        self.peaks = needed;
        Ok(())
    }

    fn forget_expired(&mut self, time: TimeMs) {
        while let Some((expires, act)) = self.expiries.first().copied().filter(|(expires, _)| *expires <= time) {
            self.expiries.remove(&(expires, act));
            self.acts.remove(&act);
        }
    }

    fn last(&self) -> Result<&Header, Fault> {
        self.headers.last().ok_or_else(|| Fault::damaged("a chain without genesis"))
    }
}

impl StateView for MemoryTip {
    fn tip(&self) -> Result<Tip, Fault> {
        Ok(Tip { header: self.last()?.clone(), tree_version: self.tree_version, genesis: self.genesis })
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.values.get(key).cloned())
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        Ok(self.acts.contains(act))
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        let node = self.peaks.get(&index).copied();
        node.ok_or_else(|| Fault::damaged(format!("log hash {index} is missing")))
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        Ok(usize::try_from(height.0).ok().and_then(|height| self.headers.get(height)).cloned())
    }
}

impl TreeReader for MemoryTip {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        anyhow::bail!("values of the tree are needed for proofs alone, and nothing is proven here")
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}
