//! What a block holds besides its header, from height 1 to the tip without a gap.
//!
//! ```text
//! height u64  ->  statements CBOR | certificate of the parent CBOR
//!
//! encoded block = 0x83 | header | row        so a block is put together without decoding it
//! ```

use super::Table;
use ledger::block::Block;
use ledger::codec;

pub(in crate::storage) const TABLE: Table = Table::records("bodies");

/// Head of the CBOR array of three that a block is.
const BLOCK_HEAD: u8 = 0x83;

/// The row of a block.
pub(in crate::storage) fn value(block: &Block) -> Vec<u8> {
    let header_bytes = codec::encode(&block.header).len();
    codec::encode(block).split_off(1 + header_bytes)
}

/// The encoded block, of an encoded header and its row.
pub(in crate::storage) fn block(header: &[u8], row: &[u8]) -> Vec<u8> {
    [&[BLOCK_HEAD], header, row].concat()
}
