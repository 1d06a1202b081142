//! A view as execution and proofs read it.

use super::super::tables::{acts, log_nodes, number, tree_nodes, tree_values, values};
use super::{StoreView, header_in};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use ledger::block::Header;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::state::{Memo, StateKey, StateView, Tip};
use ledger::types::Height;

impl StateView for StoreView {
    fn tip(&self) -> Result<Tip, Fault> {
        Ok(Tip::clone(&self.shared.tip))
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.shared.snapshot.get(&values::TABLE, values::key(key))
    }

    fn memo(&self) -> Option<&Memo> {
        Some(&self.shared.rows.memo)
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        let row = self.shared.snapshot.get(&acts::TABLE, act.0)?;
        let expires = row.map(|row| number(&acts::TABLE, &row)).transpose()?;
        Ok(expires.is_some_and(|expires| expires > self.shared.tip.header.time.0))
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        if let Some(known) = self.shared.rows.log_node(index) {
            return Ok(known);
        }
        let row = self.shared.snapshot.get(&log_nodes::TABLE, index.to_be_bytes())?;
        let row = row.ok_or_else(|| log_nodes::TABLE.damaged(format!("hash {index} is missing")))?;
        let hash = log_nodes::read(&row)?;
        self.shared.rows.keep_log_node(index, hash);
        Ok(hash)
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        if height == self.shared.tip.header.height {
            return Ok(Some(self.shared.tip.header.clone()));
        }
        header_in(&self.shared.snapshot, height)
    }
}

impl TreeReader for StoreView {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let row = self.shared.snapshot.get(&tree_nodes::TABLE, tree_nodes::key(key))?;
        Ok(row.map(|row| tree_nodes::read(&row)).transpose()?)
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let wanted = tree_values::key(&key, max_version);
        match self.shared.snapshot.last_up_to(&tree_values::TABLE, &wanted)? {
            Some((found, row)) if found.starts_with(&key.0) => Ok(tree_values::read(&row)?),
            _ => Ok(None),
        }
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("the store is never rebuilt leaf by leaf, the one use that `jmt` has for this")
    }
}
