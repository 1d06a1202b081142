//! What bars a replay: the act of each statement, whatever its endorsements, until it expires.
//!
//! ```text
//! act 32 B  ->  expires u64 (ms)
//! ```
//! A row goes, together with that of [`super::expiries`], with the first block at or after its expiry; the rules then
//! refuse the statement by its expiry. It is in every copy of the store, so a restored node needs no rebuilding before
//! it votes.

use super::Table;

pub(in crate::storage) const TABLE: Table = Table::hashes("acts").asked_for_absent();
