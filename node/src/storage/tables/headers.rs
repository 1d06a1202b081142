//! Headers, from height 0 to the tip without a gap.
//!
//! ```text
//! height u64  ->  Header, canonical CBOR
//! ```

use super::Table;
use ledger::block::Header;
use ledger::codec;
use ledger::error::Fault;
use ledger::limits::HEADER_BYTES_MAX;

pub(in crate::storage) const TABLE: Table = Table::records("headers");

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<Header, Fault> {
    codec::decode(bytes, HEADER_BYTES_MAX).map_err(|error| TABLE.damaged(error))
}
