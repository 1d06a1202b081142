//! Proof that a validator signed twice.
//!
//! ```text
//! height u64 | number u32  ->  ledger::evidence::Evidence, encoded
//! ```

use super::Table;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::types::Height;

pub(in crate::storage) const TABLE: Table = Table::records("evidence");

/// Records kept for one height.
pub(in crate::storage) const A_HEIGHT_MAX: u32 = ledger::limits::MISCONDUCT_MAX as u32;

/// The key of a record.
pub(in crate::storage) fn key(height: Height, number: u32) -> Vec<u8> {
    [&height.0.to_be_bytes()[..], &number.to_be_bytes()].concat()
}

/// Reads a row with its key: number and evidence.
pub(in crate::storage) fn read(key: &[u8], row: &[u8]) -> Result<(u32, Evidence), Fault> {
    let number = key.last_chunk::<4>().ok_or_else(|| TABLE.damaged("the key is too short"))?;
    let evidence = Evidence::decode(row).map_err(|error| TABLE.damaged(error))?;
    Ok((u32::from_be_bytes(*number), evidence))
}
