//! Hashes of the log: each leaf and each complete subtree, in append order.
//!
//! ```text
//! index u64  ->  hash 32 B
//! ```

use super::{Table, take};
use ledger::crypto::Hash;
use ledger::error::Fault;

pub(in crate::storage) const TABLE: Table = Table::hashes("log_nodes");

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<Hash, Fault> {
    take::<32>(&TABLE, bytes).map(|(hash, _)| Hash(hash))
}
