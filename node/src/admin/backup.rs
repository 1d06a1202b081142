//! `backup`: a copy of the store that can be taken while the node runs.
//!
//! A RocksDB checkpoint, opened once to see that it is whole, with a manifest of hashes and the certified head. A running node makes it
//! itself, in its own `backups/` ([`super::control`]); of a stopped one the store is opened here. Keys, configuration,
//! the engine's log and the signer guard are not in it, on purpose.

use super::manifest::{DATA, GENESIS, MANIFEST};
use super::{AdminError, Manifest, control, files, io_error};
use crate::fail_points::{Point, pass};
use crate::home::Home;
use crate::storage::{OpenError, Store, StoreOptions};
use ledger::codec;
use ledger::genesis::Genesis;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// Directories of backups that are not whole yet begin so.
pub(super) const PARTIAL: &str = ".partial-";

/// Copies a node's store into `to`, which must not exist yet.
///
/// # Errors
/// [`AdminError`]; nothing is left at `to` then.
pub fn backup(home: &Home, to: &Path) -> Result<Manifest, AdminError> {
    files::require_free(to)?;
    let genesis = home.genesis()?;
    match Store::open_existing(&home.data(), &genesis, StoreOptions::default()) {
        Ok(store) => write(&store, &genesis, to),
        Err(OpenError::Locked { .. }) => by_running_node(home, to),
        Err(error) => Err(error.into()),
    }
}

/// Writes a backup of an open store: beside its place first, so that a directory of that name is always whole.
pub(super) fn write(store: &Store, genesis: &Genesis, target: &Path) -> Result<Manifest, AdminError> {
    files::require_free(target)?;
    let partial = beside(target)?;
    let manifest = write_into(store, genesis, partial.path())?;
    pass(Point::BackupWhole);
    files::place(partial, target)?;
    Ok(manifest)
}

/// A directory of a fresh name beside a place that is made if need be.
fn beside(target: &Path) -> Result<TempDir, AdminError> {
    let parent = files::parent(target);
    fs::create_dir_all(&parent).map_err(io_error("making", &parent))?;
    files::temporary(&parent, PARTIAL)
}

fn write_into(store: &Store, genesis: &Genesis, partial: &Path) -> Result<Manifest, AdminError> {
    store.checkpoint(&partial.join(DATA))?;
    pass(Point::BackupCopied);
    files::create(&partial.join(GENESIS), &codec::encode(genesis))?;
    let manifest = Manifest::of(partial, genesis)?;
    files::sync_directory(&partial.join(DATA))?;
    let json = serde_json::to_vec_pretty(&manifest).expect("a manifest holds words and numbers only");
    files::create(&partial.join(MANIFEST), &json)?;
    files::sync_directory(partial)?;
    Ok(manifest)
}

/// Has the running node make the backup, then moves it to where it is wanted.
fn by_running_node(home: &Home, to: &Path) -> Result<Manifest, AdminError> {
    let name = control::fresh_name(home)?;
    let made = control::ask_backup(home, &name)?;
    fs::create_dir_all(files::parent(to)).map_err(io_error("making", &files::parent(to)))?;
    match fs::rename(&made, to) {
        Ok(()) => files::sync_directory(&files::parent(to))?,
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => carry_over(&made, to)?,
        Err(error) => return Err(io_error("moving", &made)(error)),
    }
    Ok(Manifest::read(to)?.0)
}

/// Copies a backup to another file system, checks the copy, and removes the first one.
fn carry_over(made: &Path, to: &Path) -> Result<(), AdminError> {
    let partial = beside(to)?;
    let (manifest, _) = Manifest::read(made)?;
    manifest.copy_data(made, &partial.path().join(DATA))?;
    for name in files::plain_names(made)? {
        files::hash(&made.join(&name), Some(&partial.path().join(&name)))?;
    }
    files::sync_directory(partial.path())?;
    files::place(partial, to)?;
    files::remove_directory(made)
}
