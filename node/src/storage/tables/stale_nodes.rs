//! Nodes of the tree that were replaced, by the version that replaced them: what pruning works through.
//!
//! ```text
//! stale since version u64 | key of the node (see tree_nodes)  ->  nothing
//! ```
//! A row goes together with the node that it names.

use super::{Table, take, tree_nodes};
use jmt::storage::NodeKey;
use ledger::error::Fault;

pub(in crate::storage) const TABLE: Table = Table::hashes("stale_nodes");

/// The key of a replaced node.
pub(in crate::storage) fn key(since: u64, node: &NodeKey) -> Vec<u8> {
    [&since.to_be_bytes()[..], &tree_nodes::key(node)].concat()
}

/// The version and the key of the node.
pub(in crate::storage) fn read_key(key: &[u8]) -> Result<(u64, &[u8]), Fault> {
    let (since, node) = take::<8>(&TABLE, key)?;
    Ok((u64::from_be_bytes(since), node))
}
