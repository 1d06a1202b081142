//! What the store says of itself.
//!
//! ```text
//! "format"   ->  u32      version of this layout
//! "genesis"  ->  32 B     hash of the genesis document
//! "tip"      ->  height u64 | header hash 32 B
//! "pruned"   ->  u64      oldest version of the tree that can still be read
//! ```

use super::{Table, take};
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::types::Height;

pub(in crate::storage) const TABLE: Table = Table::records("meta");

pub(in crate::storage) const FORMAT: &[u8] = b"format";
pub(in crate::storage) const GENESIS: &[u8] = b"genesis";
pub(in crate::storage) const TIP: &[u8] = b"tip";
pub(in crate::storage) const PRUNED: &[u8] = b"pruned";

/// Version of the layout that this program reads and writes.
pub(in crate::storage) const FORMAT_VERSION: u32 = 2;

/// The row of the tip.
pub(in crate::storage) fn tip_value(height: Height, hash: &Hash) -> Vec<u8> {
    [&height.0.to_be_bytes()[..], &hash.0].concat()
}

/// Reads the row of the tip.
pub(in crate::storage) fn read_tip(bytes: &[u8]) -> Result<(Height, Hash), Fault> {
    let (height, rest) = take::<8>(&TABLE, bytes)?;
    let (hash, _) = take::<32>(&TABLE, rest)?;
    Ok((Height(u64::from_be_bytes(height)), Hash(hash)))
}
