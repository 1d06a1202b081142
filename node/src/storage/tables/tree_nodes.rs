//! Nodes of the state tree.
//!
//! ```text
//! version u64 | number of nibbles u8 | nibbles, two a byte, the last half zero if odd  ->  Node, Borsh
//! ```
//! A node is never changed, only replaced by one of a later version. New nodes stand at the end of the table.

use super::Table;
use jmt::storage::{Node, NodeKey};
use ledger::error::Fault;

pub(in crate::storage) const TABLE: Table = Table::hashes("tree_nodes");

/// The key of a node.
pub(in crate::storage) fn key(node: &NodeKey) -> Vec<u8> {
    let path = node.nibble_path();
    let nibbles: Vec<u8> = path.nibbles().map(u8::from).collect();
    let count = u8::try_from(nibbles.len()).expect("a path has at most 64 nibbles");
    let mut key = node.version().to_be_bytes().to_vec();
    key.push(count);
    key.extend(nibbles.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)));
    key
}

/// The row of a node.
pub(in crate::storage) fn value(node: &Node) -> Vec<u8> {
    borsh::to_vec(node).expect("writing to memory does not fail")
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<Node, Fault> {
    borsh::from_slice(bytes).map_err(|error| TABLE.damaged(error))
}
