//! The tables of the store: one column family a file, with its key and value drawn.
//!
//! Numbers in keys are big-endian, so that RocksDB's order of bytes is the order of the numbers. What is a format of
//! the ledger is stored in its canonical encoding; the nodes of the tree in `jmt`'s own (Borsh), which nobody outside
//! this directory sees.
//!
//! | table | key | kept |
//! |---|---|---|
//! | [`meta`] | word | for ever |
//! | [`headers`], [`bodies`], [`certificates`], [`tree_versions`] | height | for ever |
//! | [`handovers`] | height | for ever |
//! | [`validator_sets`] | hash | for ever |
//! | [`log_nodes`], [`statements`], [`values`] | index, id, path | for ever |
//! | [`lists`], [`list_nodes`] | list and index | for ever |
//! | [`tree_nodes`], [`tree_values`], [`stale_nodes`] | version and place | while a kept version needs them |
//! | [`acts`], [`expiries`] | act, expiry and act | until the act expires |
//! | [`undecided`] | height, round, hash | until the height is decided |
//! | [`evidence`] | height, number | for ever |

pub(super) mod acts;
pub(super) mod bodies;
pub(super) mod certificates;
pub(super) mod evidence;
pub(super) mod expiries;
pub(super) mod handovers;
pub(super) mod headers;
pub(super) mod list_nodes;
pub(super) mod lists;
pub(super) mod log_nodes;
pub(super) mod meta;
pub(super) mod stale_nodes;
pub(super) mod statements;
pub(super) mod tree_nodes;
pub(super) mod tree_values;
pub(super) mod tree_versions;
pub(super) mod undecided;
pub(super) mod validator_sets;
pub(super) mod values;

pub use statements::StatementLocation;

use ledger::error::Fault;
use ledger::types::Height;

/// How a table's content looks, which decides how it lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Encoded records: compressed.
    Records,
    /// Mostly hashes: compressing them is wasted work.
    Hashes,
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    /// Name of its column family.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) content: Content,
    /// It is often asked for a key that it does not hold: that something is new.
    pub(super) asks_for_absent: bool,
}

impl Table {
    const fn records(name: &'static str) -> Self {
        Self { name, content: Content::Records, asks_for_absent: false }
    }

    const fn hashes(name: &'static str) -> Self {
        Self { name, content: Content::Hashes, asks_for_absent: false }
    }

    const fn asked_for_absent(self) -> Self {
        Self { asks_for_absent: true, ..self }
    }

    /// The fault for a row that cannot be read.
    pub(super) fn damaged(&self, reason: impl core::fmt::Display) -> Fault {
        Fault::damaged(format!("a row of {}: {reason}", self.name))
    }
}

/// Every table.
pub(super) const ALL: [Table; 19] = [
    meta::TABLE,
    headers::TABLE,
    bodies::TABLE,
    certificates::TABLE,
    handovers::TABLE,
    validator_sets::TABLE,
    tree_nodes::TABLE,
    tree_values::TABLE,
    tree_versions::TABLE,
    stale_nodes::TABLE,
    values::TABLE,
    lists::TABLE,
    list_nodes::TABLE,
    log_nodes::TABLE,
    statements::TABLE,
    acts::TABLE,
    expiries::TABLE,
    undecided::TABLE,
    evidence::TABLE,
];

/// The key of a height.
pub(super) fn height_key(height: Height) -> [u8; 8] {
    height.0.to_be_bytes()
}

/// Splits a fixed number of bytes off the front.
pub(super) fn take<'a, const N: usize>(table: &Table, bytes: &'a [u8]) -> Result<([u8; N], &'a [u8]), Fault> {
    let split = bytes.split_first_chunk::<N>();
    split.map(|(head, rest)| (*head, rest)).ok_or_else(|| table.damaged("it is too short"))
}

/// A row that is exactly one big-endian number.
pub(super) fn number(table: &Table, bytes: &[u8]) -> Result<u64, Fault> {
    let (head, rest) = take::<8>(table, bytes)?;
    if rest.is_empty() { Ok(u64::from_be_bytes(head)) } else { Err(table.damaged("it is too long")) }
}
