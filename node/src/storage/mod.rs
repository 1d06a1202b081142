//! The store: everything a node keeps on disk about the chain, in RocksDB.
//!
//! ```text
//! Store ── persist(block, certificate, executed)   ONE synced batch over all tables, then the next height may start
//!   │  └── put_undecided, set_certificate, put_evidence, prune
//!   └── view() -> StoreView                         one snapshot: headers, state, tree, log, lists, statements
//! ```
//! * A batch is on disk as a whole or not at all. After a write that failed, the store refuses all others: what is on
//!   disk is then not known, and the node ends.
//! * One process holds a directory; a second one is refused by a lock.
//! * At start the tip is checked against what it claims (`check`): certificate, roots, log, validators.
//! * Nodes of the state tree that no kept version needs are pruned ([`Store::prune`]). Headers, blocks, certificates,
//!   the log, the lists and the last state never are.

mod check;
mod database;
mod measure;
mod newest;
mod persist;
mod port;
mod prune;
mod rebuild;
mod space;
mod tables;
mod view;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod damage;
#[cfg(test)]
mod tests;

pub use check::verify_headers;
pub use measure::synced_batches_per_second;
pub use prune::Pruned;
pub use rebuild::{Difference, Rebuilt};
pub use space::Space;
pub use tables::StatementLocation;
pub use view::StoreView;

use crate::fail_points::{Point, pass};
use database::{Batch, Database, Durability, Lock, Refused};
use ledger::commit::ChainContext;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::genesis::Genesis;
use newest::Newest;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tables::meta;

/// How a store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreOptions {
    /// Versions of the state tree that stay readable and provable behind the last one.
    pub versions_kept: u64,
    /// Below this share of free disk nothing is persisted any more.
    pub disk_free_percent_min: u8,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { versions_kept: 10_000, disk_free_percent_min: 5 }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the directory.
    #[error("another process holds the data directory {}", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds another chain.
    #[error("the data directory holds the chain with genesis {actual}, not {expected}")]
    OtherGenesis {
        /// Hash of the genesis document given.
        expected: Hash,
        /// Hash in the directory.
        actual: Hash,
    },
    /// The directory was written by another version of this program.
    #[error("the data directory has format {actual}, this program reads format {expected}")]
    OtherFormat {
        /// Format of this program.
        expected: u32,
        /// Format in the directory.
        actual: String,
    },
    /// There is no store to open.
    #[error("there is no data directory at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The disk fails or the store contradicts itself.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps others from opening a store, also one that is too damaged to be opened.
#[derive(Debug)]
pub struct StoreLock {
    _lock: Lock,
}

impl StoreLock {
    /// Takes the lock of a data directory that is there; it stays with the directory when that is moved.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if a process holds it; `Fault` of the disk.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        Lock::take(path).map(|lock| Self { _lock: lock }).map_err(|refused| refused.at(path))
    }
}

impl Refused {
    fn at(self, path: &Path) -> OpenError {
        match self {
            Self::Locked => OpenError::Locked { path: path.to_owned() },
            Self::Fault(fault) => OpenError::Fault(fault),
        }
    }
}

/// The store of one chain. Share it by `Arc`; it closes with the last view.
pub struct Store {
    database: Database,
    context: ChainContext,
    options: StoreOptions,
    durability: Durability,
    /// Held during each write, so that writes come one at a time.
    writer: Mutex<Writer>,
    out_of_use: AtomicBool,
    newest: Newest,
}

/// What a writer remembers between writes.
#[derive(Default)]
struct Writer {
    /// Rows of stale nodes below this key are gone.
    pruned_below: Vec<u8>,
    /// Rows of expiries below this key are gone.
    expired_below: Vec<u8>,
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Store({} in {})", self.context.chain, self.database.path().display())
    }
}

impl Store {
    /// Opens the store in `path`, or makes one that holds height 0, with the default options.
    ///
    /// # Errors
    /// As [`Store::open_with`].
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, OpenError> {
        Self::open_with(path, genesis, StoreOptions::default())
    }

    /// Opens the store in `path`, or makes one that holds height 0, and checks its tip.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if a process holds it, `OtherGenesis` if it holds another chain, `OtherFormat` for another
    /// layout, `Fault` if the disk fails or the tip contradicts itself.
    pub fn open_with(path: &Path, genesis: &Genesis, options: StoreOptions) -> Result<Self, OpenError> {
        let store = Self::open_unchecked(path, genesis, options, Durability::Synced)?;
        pass(Point::TipUnchecked);
        check::check_tip(&store.view()?, &store.context)?;
        Ok(store)
    }

    /// Opens a store that must be there already.
    ///
    /// # Errors
    /// [`OpenError::Missing`] if it is not; else as [`Store::open_with`].
    pub fn open_existing(path: &Path, genesis: &Genesis, options: StoreOptions) -> Result<Self, OpenError> {
        if !path.join("CURRENT").is_file() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        Self::open_with(path, genesis, options)
    }

    fn open_unchecked(
        path: &Path,
        genesis: &Genesis,
        options: StoreOptions,
        durability: Durability,
    ) -> Result<Self, OpenError> {
        let database = Database::open(path).map_err(|refused| refused.at(path))?;
        let context = genesis.context();
        let (writer, out_of_use, newest) = (Mutex::default(), AtomicBool::new(false), Newest::default());
        let store = Self { database, context, options, durability, writer, out_of_use, newest };
        if !store.holds_chain()? {
            pass(Point::GenesisUnwritten);
            store.write(persist::genesis_batch(&store.database, genesis)?, durability)?;
        }
        Ok(store)
    }

    /// True if the directory holds this chain, false if it is new.
    fn holds_chain(&self) -> Result<bool, OpenError> {
        let snapshot = self.database.snapshot();
        let format = snapshot.get(&meta::TABLE, meta::FORMAT)?;
        let Some(format) = format else { return Ok(false) };
        let expected = meta::FORMAT_VERSION;
        if format != expected.to_be_bytes() {
            return Err(OpenError::OtherFormat { expected, actual: hex::encode(format) });
        }
        let genesis = snapshot.get(&meta::TABLE, meta::GENESIS)?.unwrap_or_default();
        let actual = Hash(genesis.try_into().map_err(|_| meta::TABLE.damaged("the genesis hash is missing"))?);
        let expected = self.context.genesis;
        if actual == expected { Ok(true) } else { Err(OpenError::OtherGenesis { expected, actual }) }
    }

    /// The chain's id and genesis hash.
    #[must_use]
    pub fn context(&self) -> &ChainContext {
        &self.context
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.database.path()
    }

    /// The chain as it is now.
    ///
    /// # Errors
    /// [`Fault`] of the disk.
    pub fn view(&self) -> Result<StoreView, Fault> {
        StoreView::newest(&self.database, &self.newest)
    }

    /// Copies the whole store as it is now into a directory that does not exist yet; the store stays in use.
    ///
    /// # Errors
    /// [`Fault`] of the disk.
    pub fn checkpoint(&self, target: &Path) -> Result<(), Fault> {
        self.database.checkpoint(target)
    }

    /// Free space of the disk that holds the store.
    ///
    /// # Errors
    /// [`Fault`] of the disk.
    pub fn space(&self) -> Result<Space, Fault> {
        Space::of(&self.path())
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // What a writer remembers is only where to look; a panic in another one leaves it usable.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a batch. After a failure the store takes no more.
    fn write(&self, batch: Batch, durability: Durability) -> Result<(), Fault> {
        if self.out_of_use.load(Ordering::Acquire) {
            return Err(Fault::storage(
                "writing to the data directory",
                "an earlier write failed; start the node again",
            ));
        }
        let durability = if self.durability == Durability::None { Durability::None } else { durability };
        let written = self.database.write(batch, durability);
        self.newest.forget();
        if written.is_err() {
            self.out_of_use.store(true, Ordering::Release);
        }
        written
    }
}
