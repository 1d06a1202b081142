//! Building a store again from its blocks alone, and comparing the two row by row.

use super::database::Row;
use super::tables::{ALL, Table, evidence, undecided};
use super::{Durability, OpenError, Store, StoreOptions};
use ledger::error::Fault;
use ledger::genesis::Genesis;
use std::path::Path;

/// Rows that are compared at a time.
const PAGE_ROWS: usize = 1_000;

/// A store that is built for comparing and then thrown away; nothing of it is synced.
#[derive(Debug)]
pub struct Rebuilt {
    store: Store,
}

/// The first row that differs between a store and the one rebuilt from its blocks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, key {key}: {what}")]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// Key of the row, in hex.
    pub key: String,
    /// What differs, in plain words.
    pub what: &'static str,
}

impl Rebuilt {
    /// Begins at height 0 in an empty directory.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn begin(path: &Path, genesis: &Genesis) -> Result<Self, OpenError> {
        let options = StoreOptions { disk_free_percent_min: 0, ..StoreOptions::default() };
        Ok(Self { store: Store::open_unchecked(path, genesis, options, Durability::None)? })
    }

    /// The store, as far as it is built.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Compares every row but those that are of one node alone (undecided blocks, evidence). Pruning is first brought
    /// to the same version on both sides.
    ///
    /// # Errors
    /// [`Fault`] of the disk.
    pub fn compare(&self, original: &Store) -> Result<Option<Difference>, Fault> {
        let oldest = original.view()?.oldest_tree_version()?;
        for store in [original, &self.store] {
            while store.prune_below(oldest)?.more {}
        }
        let own = [undecided::TABLE.name, evidence::TABLE.name];
        for table in ALL.iter().filter(|table| !own.contains(&table.name)) {
            if let Some(difference) = self.compare_table(original, table)? {
                return Ok(Some(difference));
            }
        }
        Ok(None)
    }

    fn compare_table(&self, original: &Store, table: &Table) -> Result<Option<Difference>, Fault> {
        let (ours, theirs) = (self.store.view()?, original.view()?);
        let mut after: Option<Vec<u8>> = None;
        loop {
            let expected = ours.snapshot().page(table, after.as_deref(), PAGE_ROWS)?;
            let actual = theirs.snapshot().page(table, after.as_deref(), PAGE_ROWS)?;
            if let Some(difference) = first_difference(table, &expected, &actual) {
                return Ok(Some(difference));
            }
            match expected.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => return Ok(None),
            }
        }
    }
}

fn first_difference(table: &Table, expected: &[Row], actual: &[Row]) -> Option<Difference> {
    let found = |key: &[u8], what| Some(Difference { table: table.name, key: hex::encode(key), what });
    for index in 0..expected.len().max(actual.len()) {
        match (expected.get(index), actual.get(index)) {
            (Some(expected), Some(actual)) if expected == actual => {}
            (Some(expected), Some(actual)) if expected.0 == actual.0 => {
                return found(&actual.0, "the row does not follow from the blocks");
            }
            (Some(expected), None) => return found(&expected.0, "the row is missing"),
            (Some(expected), Some(actual)) if expected.0 < actual.0 => return found(&expected.0, "the row is missing"),
            (_, Some(actual)) => return found(&actual.0, "the row should not be there"),
            (None, None) => {}
        }
    }
    None
}
