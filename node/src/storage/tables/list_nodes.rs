//! Hashes of lists: each leaf and each complete subtree, in append order, as those of the log.
//!
//! ```text
//! path of the list, ASCII | 0x00 | index u64  ->  hash 32 B
//! ```

use super::{Table, take};
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::state::StateKey;

pub(in crate::storage) const TABLE: Table = Table::hashes("list_nodes");

/// The key of a hash.
pub(in crate::storage) fn key(list: &StateKey, index: u64) -> Vec<u8> {
    [list.path().as_bytes(), &[0], &index.to_be_bytes()].concat()
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<Hash, Fault> {
    take::<32>(&TABLE, bytes).map(|(hash, _)| Hash(hash))
}
