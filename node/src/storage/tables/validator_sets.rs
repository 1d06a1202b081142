//! Every set of validators that ever was in force, by the hash that headers carry.
//!
//! ```text
//! hash 32 B  ->  ValidatorSet, canonical CBOR
//! ```

use super::Table;
use ledger::codec;
use ledger::error::Fault;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::validator::ValidatorSet;

pub(in crate::storage) const TABLE: Table = Table::records("validator_sets");

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<ValidatorSet, Fault> {
    codec::decode(bytes, VALUE_BYTES_MAX).map_err(|error| TABLE.damaged(error))
}
