//! `restore`: puts a backup in place of a node's store.
//!
//! ```text
//! manifest ─ genesis is this home's ─ every file as hashed, copied to data.restoring
//!          ─ opened: the tip agrees with itself ─ headers followed from genesis ─ head is the manifest's
//!          ─ signer guard moved forward ─ engine's log and old store set aside ─ data.restoring becomes data
//! ```
//! The guard never goes back. If it is here, it knows what this key signed, and the node follows without voting up to
//! there. If it is not (a new machine), nothing is written in its place: a node with a store and without a guard asks
//! its peers for their height at start and follows up to that first. If the guard itself came out of an old copy of
//! the disk, only the operator knows: `above` names the height that the others show now.

use super::{AdminError, Manifest, files};
use crate::consensus::{Found, GUARD_FILE, SignerGuard};
use crate::fail_points::{Point, pass};
use crate::home::Home;
use crate::storage::{OpenError, Store, StoreLock, StoreOptions, verify_headers};
use ledger::genesis::Genesis;
use ledger::types::Height;
use std::path::{Path, PathBuf};

/// How to restore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restore {
    /// Sets a store that is there aside instead of refusing.
    pub replace: bool,
    /// No height up to this one is ever signed by this key again.
    pub above: Option<Height>,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// The guard's height, if there is a guard.
    pub guarded: Option<Height>,
    /// Where the old store lies now.
    pub old_data: Option<PathBuf>,
}

/// Puts the backup `from` in place of a stopped node's store.
///
/// # Errors
/// [`AdminError`]; the old store is untouched then, and the guard at most further forward.
pub fn restore(home: &Home, from: &Path, how: &Restore) -> Result<Restored, AdminError> {
    let (manifest, theirs) = Manifest::read(from)?;
    let genesis = home.genesis()?;
    if theirs.hash() != genesis.hash() {
        let (expected, actual) = (genesis.hash(), theirs.hash());
        return Err(OpenError::OtherGenesis { expected, actual }.into());
    }
    let data = home.data();
    // Held to the end: no node may start on the store that is being set aside.
    let _old = hold(&data)?;
    if data.exists() && !how.replace {
        return Err(AdminError::Exists { path: data, advice: "say --replace to set it aside" });
    }
    let fresh = home.root().join("data.restoring");
    files::remove_directory(&fresh)?;
    manifest.copy_data(from, &fresh)?;
    pass(Point::RestoreCopied);
    check(&manifest, &fresh, &genesis)?;
    pass(Point::RestoreChecked);
    // Nor on the new one before it is in its place.
    let _new = hold(&fresh)?;
    let guarded = advance_guard(home, &genesis, manifest.height(), how.above)?;
    pass(Point::RestoreGuarded);
    files::set_aside(&home.wal(), "before-restore")?;
    pass(Point::RestoreLogAside);
    let old_data = files::set_aside(&data, "before-restore")?;
    pass(Point::RestoreStoreAside);
    files::rename(&fresh, &data)?;
    pass(Point::RestorePlaced);
    Ok(Restored { manifest, guarded, old_data })
}

/// Sets a stopped node's store and the engine's log aside, so that the next start begins at height 0 and fetches every
/// block from the other members. The guard stays, so the node follows without voting up to where it has signed.
///
/// # Errors
/// [`AdminError`] if a node runs here, or nothing can be moved.
pub fn set_store_aside(home: &Home) -> Result<Option<PathBuf>, AdminError> {
    let _held = hold(&home.data())?;
    files::set_aside(&home.wal(), "before-resync")?;
    pass(Point::ResyncLogAside);
    files::set_aside(&home.data(), "before-resync")
}

/// Takes the lock of a store, if there is one. It is not opened: it may be damaged, which is why it is restored.
fn hold(data: &Path) -> Result<Option<StoreLock>, OpenError> {
    if data.exists() { StoreLock::take(data).map(Some) } else { Ok(None) }
}

/// The copy is whole, descends from genesis, and ends where its manifest says.
fn check(manifest: &Manifest, data: &Path, genesis: &Genesis) -> Result<(), AdminError> {
    let store = Store::open_existing(data, genesis, StoreOptions::default())?;
    let view = store.view()?;
    verify_headers(&view, store.context())?;
    let header = &view.tip_ref().header;
    if header.height == manifest.height() && header.hash().to_string() == manifest.header {
        return Ok(());
    }
    Err(AdminError::Backup(format!("it ends at height {} and its manifest says {}", header.height, manifest.height)))
}

/// Moves the guard to the head or beyond, if there is a guard.
pub(super) fn advance_guard(
    home: &Home,
    genesis: &Genesis,
    head: Height,
    above: Option<Height>,
) -> Result<Option<Height>, AdminError> {
    let file = home.guard().join(GUARD_FILE);
    if !file.exists() && above.is_none() {
        return Ok(None);
    }
    let key = home.consensus_key()?.public().id();
    let mut guard = SignerGuard::open(&home.guard(), key, genesis.hash())?;
    if guard.found() == Found::Lost && above.is_none() {
        // The damaged file was set aside. An empty one must not look like a guard that knows.
        drop(guard);
        std::fs::remove_file(&file).map_err(super::io_error("removing", &file))?;
        files::sync_directory(&home.guard())?;
        return Ok(None);
    }
    guard.advance_to(above.map_or(head, |above| above.max(head)))?;
    if above.is_some() {
        // Who gives a height says that this key signed nothing above it.
        guard.settle()?;
    }
    Ok(Some(guard.height()))
}
