//! Where each statement of the log stands, and until when its id bars a replay.
//!
//! ```text
//! id 32 B  ->  height u64 | log index u64 | expires u64 (ms)
//! ```
//! One row answers both questions. An id bars a replay while its expiry is above the time of the tip; after that the
//! rules refuse the statement by its expiry, and the row only tells where it stands. So nothing has to be removed
//! when an id expires, and a restored node needs no rebuilding before it votes.

use super::{Table, take};
use ledger::error::Fault;
use ledger::types::{Height, TimeMs};

pub(in crate::storage) const TABLE: Table = Table::hashes("statements");

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementLocation {
    /// Height of its block.
    pub height: Height,
    /// Its entry in the log.
    pub log_index: u64,
    /// Its expiry.
    pub expires: TimeMs,
}

/// The row of a statement.
pub(in crate::storage) fn value(location: &StatementLocation) -> Vec<u8> {
    [location.height.0, location.log_index, location.expires.0].iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<StatementLocation, Fault> {
    let (height, rest) = take::<8>(&TABLE, bytes)?;
    let (log_index, rest) = take::<8>(&TABLE, rest)?;
    let expires = super::number(&TABLE, rest)?;
    Ok(StatementLocation {
        height: Height(u64::from_be_bytes(height)),
        log_index: u64::from_be_bytes(log_index),
        expires: TimeMs(expires),
    })
}
