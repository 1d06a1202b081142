//! Where each statement of the log stands.
//!
//! ```text
//! id 32 B  ->  height u64 | log index u64
//! ```

use super::{Table, number, take};
use ledger::error::Fault;
use ledger::types::Height;

pub(in crate::storage) const TABLE: Table = Table::hashes("statements");

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementLocation {
    /// Height of its block.
    pub height: Height,
    /// Its entry in the log.
    pub log_index: u64,
}

/// The row of a statement.
pub(in crate::storage) fn value(location: &StatementLocation) -> [u8; 16] {
    let mut row = [0; 16];
    row[..8].copy_from_slice(&location.height.0.to_be_bytes());
    row[8..].copy_from_slice(&location.log_index.to_be_bytes());
    row
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<StatementLocation, Fault> {
    let (height, rest) = take::<8>(&TABLE, bytes)?;
    Ok(StatementLocation { height: Height(u64::from_be_bytes(height)), log_index: number(&TABLE, rest)? })
}
