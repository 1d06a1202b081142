//! Proof that a validator signed twice, as the engine saw it, for audit.
//!
//! ```text
//! height u64 | number u32  ->  key id of the validator 32 B | evidence, opaque
//! ```

use super::{Table, take};
use ledger::crypto::{Hash, KeyId};
use ledger::error::Fault;
use ledger::types::Height;

pub(in crate::storage) const TABLE: Table = Table::records("evidence");

/// Records kept for one height: a validator that signs a thousand times needs no more proof than one that signs twice.
pub(in crate::storage) const A_HEIGHT_MAX: u32 = 256;

/// The key of a record.
pub(in crate::storage) fn key(height: Height, number: u32) -> Vec<u8> {
    [&height.0.to_be_bytes()[..], &number.to_be_bytes()].concat()
}

/// The row of a record.
pub(in crate::storage) fn value(validator: &KeyId, evidence: &[u8]) -> Vec<u8> {
    [&validator.0.0[..], evidence].concat()
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<(KeyId, Vec<u8>), Fault> {
    take::<32>(&TABLE, bytes).map(|(key, evidence)| (KeyId(Hash(key)), evidence.to_vec()))
}
