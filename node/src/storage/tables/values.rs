//! The state at the tip, by path.
//!
//! ```text
//! path, ASCII  ->  record, canonical CBOR
//! ```

use super::Table;
use ledger::state::StateKey;

pub(in crate::storage) const TABLE: Table = Table::records("values").asked_for_absent();

/// The key of a path.
pub(in crate::storage) fn key(path: &StateKey) -> &[u8] {
    path.path().as_bytes()
}
