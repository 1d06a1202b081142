//! The acts by their expiry: what is to be forgotten next.
//!
//! ```text
//! expires u64 (ms) | act 32 B  ->  nothing
//! ```

use super::{Table, take};
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::types::TimeMs;

pub(in crate::storage) const TABLE: Table = Table::hashes("expiries");

/// The key of an act.
pub(in crate::storage) fn key(expires: TimeMs, act: &Hash) -> Vec<u8> {
    [&expires.0.to_be_bytes()[..], &act.0].concat()
}

/// The act of a key.
pub(in crate::storage) fn read_key(key: &[u8]) -> Result<Hash, Fault> {
    let (_, rest) = take::<8>(&TABLE, key)?;
    take::<32>(&TABLE, rest).map(|(act, _)| Hash(act))
}
