//! The store under blocks of the sample consortium.

#![allow(clippy::unwrap_used, reason = "tests")]

mod crash;
mod guarantees;
mod history;

use super::tables::Table;
use super::{Store, StoreOptions};
use crate::shared::sample::{SampleChain, busy_block};
use ledger::block::Block;
use ledger::commit::CommitCertificate;
use ledger::executor::execute_block;
use ledger::types::Height;
use std::path::Path;
use tempfile::TempDir;

/// A store beside a chain in memory that holds the same blocks.
struct Twin {
    chain: SampleChain,
    store: Store,
    directory: TempDir,
    options: StoreOptions,
}

impl Twin {
    fn new(options: StoreOptions) -> Self {
        let (chain, directory) = (SampleChain::default(), TempDir::new().unwrap());
        let store = Store::open_with(&directory.path().join("data"), &chain.genesis, options).unwrap();
        Self { chain, store, directory, options }
    }

    /// A twin with some busy blocks.
    fn of(blocks: u64) -> Self {
        let mut twin = Self::new(StoreOptions::default());
        twin.grow(blocks);
        twin
    }

    /// Adds busy blocks to both.
    fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            let number = self.chain.blocks.len() as u64;
            busy_block(&mut self.chain, number);
            self.follow();
        }
    }

    /// Persists what the chain has and the store has not.
    fn follow(&self) {
        let have = self.store.view().unwrap().height().0;
        for height in have + 1..=self.chain.blocks.len() as u64 {
            apply(&self.store, self.block(height), self.certificate(height));
        }
    }

    fn block(&self, height: u64) -> &Block {
        &self.chain.blocks[usize::try_from(height).unwrap() - 1]
    }

    fn certificate(&self, height: u64) -> &CommitCertificate {
        &self.chain.signed[usize::try_from(height).unwrap() - 1].certificate
    }

    fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    /// Closes the store and opens it again.
    fn reopen(self) -> Self {
        let Self { chain, store, directory, options } = self;
        drop(store);
        let store = Store::open_with(&directory.path().join("data"), &chain.genesis, options).unwrap();
        Self { chain, store, directory, options }
    }
}

fn apply(store: &Store, block: &Block, certificate: &CommitCertificate) {
    let executed = execute_block(&store.view().unwrap(), &(), block).unwrap();
    store.persist(block, certificate, &executed).unwrap();
}

/// Number of rows of a table.
fn rows(store: &Store, table: &Table) -> usize {
    let mut rows = 0;
    let view = store.view().unwrap();
    view.snapshot()
        .scan(table, &[], None, |_, _| {
            rows += 1;
            Ok(crate::storage::database::Scan::On)
        })
        .unwrap();
    rows
}

/// Everything that can be asked of a store about a chain is as the chain has it.
fn assert_same(store: &Store, chain: &SampleChain) {
    use ledger::state::StateView;
    let view = store.view().unwrap();
    assert_eq!(view.tip().unwrap(), chain.chain.tip().unwrap());
    for signed in &chain.signed {
        let height = signed.header.height;
        assert_eq!(view.signed_header(height).unwrap().as_ref(), Some(signed));
        assert_eq!(view.tree_version(height).unwrap(), chain.chain.tree_version(height));
    }
    assert_eq!(view.header(Height(0)).unwrap(), chain.chain.header(Height(0)).unwrap());
    assert_eq!(view.signed_header(Height(0)).unwrap(), None);
    for block in &chain.blocks {
        assert_eq!(view.block_bytes(block.header.height).unwrap(), Some(ledger::codec::encode(block)));
        assert_eq!(view.block(block.header.height).unwrap().as_ref(), Some(block));
    }
    let values: Vec<_> = chain.chain.values().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    assert_eq!(view.values_under("", None, usize::MAX).unwrap(), values);
    for (key, _) in &values {
        let items = chain.chain.list(key);
        assert_eq!(view.list_items(key, 0, u64::MAX).unwrap(), items);
    }
    assert_eq!(view.block_bytes(view.height().next()).unwrap(), None);
    assert_eq!(view.block_bytes(Height(0)).unwrap(), None);
}

/// Copies a directory while its store is open: what a disk holds when the process dies.
fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
