//! Items of lists, in the order in which they were appended. The state holds only a list's length and root.
//!
//! ```text
//! path of the list, ASCII | 0x00 | index u64  ->  item, canonical CBOR
//! ```
//! Paths hold no zero byte, so no list's rows stand among those of another.

use super::Table;
use ledger::state::StateKey;

pub(in crate::storage) const TABLE: Table = Table::records("lists");

/// The key of an item.
pub(in crate::storage) fn key(list: &StateKey, index: u64) -> Vec<u8> {
    [list.path().as_bytes(), &[0], &index.to_be_bytes()].concat()
}
