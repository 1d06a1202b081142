//! Which version of the state tree a height has: only blocks that change the state make a new one.
//!
//! ```text
//! height u64  ->  version u64
//! ```

use super::Table;

pub(in crate::storage) const TABLE: Table = Table::hashes("tree_versions");
