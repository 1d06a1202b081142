//! Values of the state tree by version.
//!
//! ```text
//! key hash 32 B | version u64  ->  0x01 | value      0x00 = removed in this version
//! ```
//! The value at a version is the row with the largest version at or below it.

use super::{Table, take};
use jmt::KeyHash;
use ledger::error::Fault;

pub(in crate::storage) const TABLE: Table = Table::records("tree_values");

/// The key of a value.
pub(in crate::storage) fn key(hash: &KeyHash, version: u64) -> [u8; 40] {
    let mut key = [0; 40];
    key[..32].copy_from_slice(&hash.0);
    key[32..].copy_from_slice(&version.to_be_bytes());
    key
}

/// The row of a value.
pub(in crate::storage) fn value(value: Option<&[u8]>) -> Vec<u8> {
    value.map_or_else(|| vec![0], |value| [&[1], value].concat())
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    match take::<1>(&TABLE, bytes)? {
        ([1], value) => Ok(Some(value.to_vec())),
        ([0], []) => Ok(None),
        _ => Err(TABLE.damaged("neither a value nor its removal")),
    }
}
