//! A chain in memory: for tests, for measuring, and for auditing a store from genesis.

use crate::block::{Block, Header};
use crate::codec::{self, Bytes};
use crate::crypto::Hash;
use crate::error::Fault;
use crate::executor::{ExecuteError, Executed, execute_block};
use crate::genesis::Genesis;
use crate::rules::SignatureCache;
use crate::state::{StateKey, StateView, Tip};
use crate::types::{Height, TimeMs};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Version};
use std::collections::BTreeMap;

mod tip;

pub use tip::MemoryTip;

/// Everything a chain has persisted, in ordered maps.
#[derive(Debug, Clone, Default)]
pub struct MemoryChain {
    headers: Vec<Header>,
    genesis: Hash,
    tree_versions: Vec<u64>,
    values: BTreeMap<StateKey, Vec<u8>>,
    nodes: BTreeMap<NodeKey, Node>,
    history: BTreeMap<(KeyHash, Version), Option<OwnedValue>>,
    log_nodes: Vec<Hash>,
    log_items: Vec<Bytes>,
    lists: BTreeMap<StateKey, Vec<Vec<u8>>>,
    seen: BTreeMap<Hash, TimeMs>,
}

impl MemoryChain {
    /// The chain at height 0.
    ///
    /// # Errors
    /// As [`Genesis::state`].
    pub fn new(genesis: &Genesis) -> Result<Self, Fault> {
        let mut chain = Self::default();
        let state = genesis.state(&chain)?;
        chain.genesis = genesis.hash();
        chain.values = state.values;
        chain.write_tree(&state.tree);
        chain.tree_versions.push(0);
        chain.headers.push(state.header);
        Ok(chain)
    }

    /// Executes a block and keeps what it does.
    ///
    /// # Errors
    /// As [`execute_block`]; nothing is kept then.
    pub fn apply(&mut self, cache: &dyn SignatureCache, block: &Block) -> Result<Executed, ExecuteError> {
        let executed = execute_block(self, cache, block)?;
        self.keep(block, &executed);
        Ok(executed)
    }

    /// Keeps what an executed block does.
    pub fn keep(&mut self, block: &Block, executed: &Executed) {
        let parent = self.headers.last().map(codec::encode).unwrap_or_default();
        self.log_items.push(parent.into());
        self.log_items.extend(block.statements.iter().cloned());
        self.log_nodes.extend(executed.log_nodes.iter().map(|(_, hash)| *hash));
        self.values.extend(executed.values.iter().map(|(key, value)| (key.clone(), value.clone())));
        if let Some(tree) = &executed.tree {
            self.write_tree(tree);
        }
        for append in &executed.appends {
            self.lists.entry(append.list.clone()).or_default().push(append.item.clone());
        }
        let time = executed.header.time;
        self.seen.retain(|_, expires| *expires > time);
        self.seen.extend(executed.statements.iter().map(|statement| (statement.act, statement.expires)));
        self.tree_versions.push(executed.tree_version);
        self.headers.push(executed.header.clone());
    }

    fn write_tree(&mut self, batch: &TreeUpdateBatch) {
        for (key, node) in batch.node_batch.nodes() {
            self.nodes.insert(key.clone(), node.clone());
        }
        for ((version, key), value) in batch.node_batch.values() {
            self.history.insert((*key, *version), value.clone());
        }
    }

    /// Version of the tree after a height.
    #[must_use]
    pub fn tree_version(&self, height: Height) -> Option<u64> {
        usize::try_from(height.0).ok().and_then(|height| self.tree_versions.get(height)).copied()
    }

    /// Items of a list.
    #[must_use]
    pub fn list(&self, key: &StateKey) -> &[Vec<u8>] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }

    /// Every value by path, after the tip.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<StateKey, Vec<u8>> {
        &self.values
    }

    /// Entries of the log.
    #[must_use]
    pub fn log_items(&self) -> &[Bytes] {
        &self.log_items
    }
}

impl StateView for MemoryChain {
    fn tip(&self) -> Result<Tip, Fault> {
        let header = self.headers.last().ok_or_else(|| Fault::damaged("a chain without genesis"))?.clone();
        let tree_version = *self.tree_versions.last().ok_or_else(|| Fault::damaged("a chain without genesis"))?;
        Ok(Tip { header, tree_version, genesis: self.genesis })
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.values.get(key).cloned())
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        Ok(self.seen.contains_key(act))
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        let node = usize::try_from(index).ok().and_then(|index| self.log_nodes.get(index)).copied();
        node.ok_or_else(|| Fault::damaged(format!("log hash {index} is missing")))
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        Ok(usize::try_from(height.0).ok().and_then(|height| self.headers.get(height)).cloned())
    }
}

impl TreeReader for MemoryChain {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let newest = self.history.range((key, 0)..=(key, max_version)).next_back();
        Ok(newest.and_then(|(_, value)| value.clone()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}
