//! The certificate that this node keeps for each height from 1 to the tip; another node's may hold other signatures.
//!
//! ```text
//! height u64  ->  CommitCertificate, canonical CBOR
//! ```

use super::Table;
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::error::Fault;
use ledger::limits::VALIDATORS_MAX;

pub(in crate::storage) const TABLE: Table = Table::hashes("certificates");

/// 64 bytes for each signature, bitmap, height, round and framing.
const BYTES_MAX: usize = VALIDATORS_MAX * 65 + 64;

/// Reads a row.
pub(in crate::storage) fn read(bytes: &[u8]) -> Result<CommitCertificate, Fault> {
    codec::decode(bytes, BYTES_MAX).map_err(|error| TABLE.damaged(error))
}
