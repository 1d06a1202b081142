//! RocksDB: opened once, read through snapshots, written by whole batches. The only file that names its types.

use super::tables::{ALL, Content, Table};
use ledger::error::Fault;
use rocksdb::checkpoint::Checkpoint;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode, Direction,
    IteratorMode, Options, ReadOptions, WriteBatch, WriteOptions,
};
use self_cell::self_cell;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Memory for unwritten rows of all tables together.
const WRITE_BUFFERS_BYTES: usize = 64 * 1024 * 1024;
/// Memory for blocks of files, their indices and filters.
const CACHE_BYTES: usize = 128 * 1024 * 1024;
/// Write-ahead logs together, before tables that are seldom written are flushed for their sake.
const WAL_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bits of a Bloom filter for each key: one look-up in a hundred reads in vain.
const FILTER_BITS: f64 = 10.0;
/// Share of a table's unwritten rows that a Bloom filter over their keys may take: 10 bits a key for rows of 60 bytes.
const MEMORY_FILTER_SHARE: f64 = 0.02;
/// Files of a table's first level before they are merged into the next: rows are rewritten half as often as with RocksDB's
/// own 4, and a look-up asks each file's filter first.
const FIRST_LEVEL_FILES: i32 = 8;
/// Open files.
const FILES_MAX: i32 = 512;
/// File whose lock says that a process holds the directory.
const LOCK: &str = "store.lock";

/// Whether a write is on disk when the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It is.
    Synced,
    /// It is after the next synced write; a crash before leaves it out as a whole.
    Later,
    /// Never, unless flushed: for a store that is thrown away.
    None,
}

/// Why a directory could not be opened.
#[derive(Debug)]
pub(super) enum Refused {
    /// Another process holds it.
    Locked,
    /// The disk or RocksDB.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The lock of a directory: whoever holds it alone may open the directory.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a directory that is there.
    pub(super) fn take(path: &Path) -> Result<Self, Refused> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK));
        let file = file.map_err(|error| Fault::storage("opening the lock of the data directory", error))?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs4::TryLockError::WouldBlock) => Err(Refused::Locked),
            Err(fs4::TryLockError::Error(error)) => Err(Fault::storage("locking the data directory", error).into()),
        }
    }
}

/// What keeps a directory open. The order of the fields is the order of closing: the lock goes last.
struct Held {
    db: DB,
    _lock: Lock,
}

/// An open directory. Clones share it; it closes with the last clone and the last snapshot.
#[derive(Clone)]
pub(super) struct Database {
    held: Arc<Held>,
}

/// Writes that take effect together or not at all.
pub(super) struct Batch {
    held: Arc<Held>,
    writes: WriteBatch,
}

/// A snapshot of the database with the options of a look-up in it, which are the same each time.
struct Looking<'a> {
    options: ReadOptions,
    snapshot: rocksdb::Snapshot<'a>,
}

impl<'a> Looking<'a> {
    fn at(db: &'a DB) -> Self {
        let (snapshot, mut options) = (db.snapshot(), ReadOptions::default());
        options.set_snapshot(&snapshot);
        Self { options, snapshot }
    }
}

self_cell!(
    struct OwnedSnapshot {
        owner: Arc<Held>,
        #[covariant]
        dependent: Looking,
    }
);

/// One consistent view of all tables. It keeps the directory open.
pub(super) struct Snapshot {
    owned: OwnedSnapshot,
}

/// Words of the system for a disk without room, which RocksDB passes on.
const NO_SPACE: &str = "No space left on device";

/// What RocksDB reports as corrupt is damage; everything else is the disk, full or failing, or the system.
fn failed(doing: &'static str) -> impl FnOnce(rocksdb::Error) -> Fault {
    move |error| match error.kind() {
        rocksdb::ErrorKind::Corruption => Fault::damaged(format!("{doing}: {error}")),
        _ if error.as_ref().contains(NO_SPACE) => Fault::disk_full(doing, error),
        _ => Fault::storage(doing, error),
    }
}

impl Held {
    fn table(&self, table: &Table) -> &ColumnFamily {
        self.db.cf_handle(table.name).expect("every table was opened")
    }
}

impl Database {
    /// Opens or creates a directory and takes its lock.
    pub(super) fn open(path: &Path) -> Result<Self, Refused> {
        fs::create_dir_all(path).map_err(|error| Fault::storage("making the data directory", error))?;
        let lock = Lock::take(path)?;
        let cache = Cache::new_lru_cache(CACHE_BYTES);
        let tables = ALL.iter().map(|table| ColumnFamilyDescriptor::new(table.name, table_options(table, &cache)));
        let db = DB::open_cf_descriptors(&options(), path, tables).map_err(failed("opening the data directory"))?;
        Ok(Self { held: Arc::new(Held { db, _lock: lock }) })
    }

    /// A view of all tables as they are now.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot { owned: OwnedSnapshot::new(self.held.clone(), |held| Looking::at(&held.db)) }
    }

    /// An empty batch.
    pub(super) fn batch(&self) -> Batch {
        Batch { held: self.held.clone(), writes: WriteBatch::default() }
    }

    /// Writes a batch.
    pub(super) fn write(&self, batch: Batch, durability: Durability) -> Result<(), Fault> {
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Synced);
        options.disable_wal(durability == Durability::None);
        self.held.db.write_opt(batch.writes, &options).map_err(failed("writing to the data directory"))
    }

    /// Makes a copy of the whole directory as it is now, in a directory that does not exist yet. Files are linked
    /// where the file system allows it.
    pub(super) fn checkpoint(&self, target: &Path) -> Result<(), Fault> {
        let doing = "making a checkpoint of the data directory";
        let checkpoint = Checkpoint::new(&self.held.db).map_err(failed(doing))?;
        checkpoint.create_checkpoint(target).map_err(failed(doing))
    }

    /// The directory.
    pub(super) fn path(&self) -> PathBuf {
        self.held.db.path().to_owned()
    }
}

impl Batch {
    /// Sets a row.
    pub(super) fn put(&mut self, table: &Table, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.writes.put_cf(self.held.table(table), key, value);
    }

    /// Removes a row.
    pub(super) fn delete(&mut self, table: &Table, key: impl AsRef<[u8]>) {
        self.writes.delete_cf(self.held.table(table), key);
    }

    /// Number of writes so far.
    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }
}

/// Key and value.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// Whether a scan goes on after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// Give the next row.
    On,
    /// That was the last one.
    Stop,
}

impl Snapshot {
    /// A row.
    pub(super) fn get(&self, table: &Table, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Fault> {
        self.owned
            .with_dependent(|held, looking| held.db.get_cf_opt(held.table(table), key, &looking.options))
            .map_err(failed("reading a row"))
    }

    /// The rows from `from` on and below `end` in order, as long as `each` wants more.
    pub(super) fn scan(
        &self,
        table: &Table,
        from: &[u8],
        end: Option<&[u8]>,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<Scan, Fault>,
    ) -> Result<(), Fault> {
        let mut options = ReadOptions::default();
        if let Some(end) = end {
            options.set_iterate_upper_bound(end);
        }
        self.owned.with_dependent(|held, looking| {
            let start = IteratorMode::From(from, Direction::Forward);
            for row in looking.snapshot.iterator_cf_opt(held.table(table), options, start) {
                let (key, value) = row.map_err(failed("reading rows"))?;
                if each(&key, &value)? == Scan::Stop {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Up to `limit` rows, in order, from the first one after `after` on, or from the beginning.
    pub(super) fn page(&self, table: &Table, after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, Fault> {
        let from = after.map_or_else(Vec::new, |key| [key, &[0]].concat());
        let mut rows = Vec::new();
        self.scan(table, &from, None, |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            Ok(if rows.len() < limit { Scan::On } else { Scan::Stop })
        })?;
        Ok(rows)
    }

    /// The last row at or before a key.
    pub(super) fn last_up_to(&self, table: &Table, key: &[u8]) -> Result<Option<Row>, Fault> {
        let mut last = None;
        self.scan_back(table, key, |key, value| {
            last = Some((key.to_vec(), value.to_vec()));
            Ok(Scan::Stop)
        })?;
        Ok(last)
    }

    /// Gives the rows at and before a key, the last one first.
    pub(super) fn scan_back(
        &self,
        table: &Table,
        from: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Result<Scan, Fault>,
    ) -> Result<(), Fault> {
        self.owned.with_dependent(|held, looking| {
            let start = IteratorMode::From(from, Direction::Reverse);
            for row in looking.snapshot.iterator_cf(held.table(table), start) {
                let (key, value) = row.map_err(failed("reading rows backwards"))?;
                if each(&key, &value)? == Scan::Stop {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Options of the whole directory.
///
/// Recovery: a torn tail of the log is cut off, since its write was never reported as done; anything else that does
/// not fit refuses to open. Point-in-time recovery would silently drop synced writes after a damaged one, absolute
/// consistency would refuse to start after each power cut.
fn options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    options.set_atomic_flush(true);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_max_open_files(FILES_MAX);
    options.set_keep_log_file_num(4);
    options.set_max_background_jobs(2);
    options
}

fn table_options(table: &Table, cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    blocks.set_bloom_filter(FILTER_BITS, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_level_zero_file_num_compaction_trigger(FIRST_LEVEL_FILES);
    if table.asks_for_absent {
        options.set_memtable_whole_key_filtering(true);
        options.set_memtable_prefix_bloom_ratio(MEMORY_FILTER_SHARE);
    }
    options.set_compression_type(match table.content {
        Content::Records => DBCompressionType::Lz4,
        Content::Hashes => DBCompressionType::None,
    });
    options
}
