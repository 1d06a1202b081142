//! Heights whose header hands over to another set of validators.
//!
//! ```text
//! height u64  ->  nothing
//! ```

use super::{Table, take};
use ledger::error::Fault;
use ledger::types::Height;

pub(in crate::storage) const TABLE: Table = Table::hashes("handovers");

/// Reads a key.
pub(in crate::storage) fn read_key(key: &[u8]) -> Result<Height, Fault> {
    take::<8>(&TABLE, key).map(|(height, _)| Height(u64::from_be_bytes(height)))
}
