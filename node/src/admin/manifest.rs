//! What a backup says of itself.
//!
//! ```text
//! manifest.json    this, written last           genesis.cbor   the genesis document
//! head.cbor        header and certificate of the last block, canonical CBOR; none at height 0
//! data/            RocksDB checkpoint, one plain file beside the other
//! ```
//! The hashes find damage; they do not prove that the backup is honest. That does the certificate of the head, which
//! is checked against genesis when the backup comes back.

use super::{AdminError, files};
use crate::storage::{Store, StoreOptions, verify_headers};
use ledger::codec;
use ledger::crypto::Hash;
use ledger::genesis::Genesis;
use ledger::limits::GENESIS_BYTES_MAX;
use ledger::types::Height;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// Version of this form.
pub(super) const FORMAT: u32 = 1;
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const GENESIS: &str = "genesis.cbor";
pub(super) const HEAD: &str = "head.cbor";
pub(super) const DATA: &str = "data";
/// Bytes of a manifest: some 150 for each file of the store.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files of RocksDB and ours that say nothing about the chain.
const LEFT_OUT: [&str; 2] = ["LOCK", "store.lock"];

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form.
    pub format: u32,
    /// Chain id.
    pub chain: String,
    /// Hash of the genesis document, hex.
    pub genesis: String,
    /// Height of the last block.
    pub height: u64,
    /// Hash of its header, hex.
    pub header: String,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Files of `data/`, ascending by name.
    pub files: Vec<FileEntry>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name; no directories.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub sha256: String,
}

impl Manifest {
    /// Opens the store in `backup/data` once, to see that it is whole, writes the head beside it, and hashes it.
    pub(super) fn of(backup: &Path, genesis: &Genesis) -> Result<Self, AdminError> {
        let data = backup.join(DATA);
        let store = Store::open_existing(&data, genesis, StoreOptions::default())?;
        let view = store.view()?;
        verify_headers(&view, store.context())?;
        let header = view.tip_ref().header.clone();
        if let Some(head) = view.signed_header(header.height)? {
            files::create(&backup.join(HEAD), &codec::encode(&head))?;
        }
        let context = store.context().clone();
        drop((view, store));
        let mut entries = Vec::new();
        for name in files::names(&data)? {
            let path = data.join(&name);
            if LEFT_OUT.contains(&name.as_str()) || name.starts_with("LOG") {
                std::fs::remove_file(&path).map_err(super::io_error("removing", &path))?;
                continue;
            }
            let (bytes, hash) = files::hash(&path, None)?;
            entries.push(FileEntry { name, bytes, sha256: hash.to_string() });
        }
        Ok(Self {
            format: FORMAT,
            chain: context.chain.to_string(),
            genesis: context.genesis.to_string(),
            height: header.height.0,
            header: header.hash().to_string(),
            time_ms: header.time.0,
            files: entries,
        })
    }

    /// Reads a backup's manifest and genesis document, and checks that they belong together.
    pub(super) fn read(backup: &Path) -> Result<(Self, Genesis), AdminError> {
        let damaged = |what: String| AdminError::Backup(what);
        let bytes = crate::home::read(&backup.join(MANIFEST), BYTES_MAX)?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(AdminError::Manifest)?;
        if manifest.format != FORMAT {
            return Err(damaged(format!("its form is {}, this program reads {FORMAT}", manifest.format)));
        }
        let bytes = crate::home::read(&backup.join(GENESIS), GENESIS_BYTES_MAX as u64)?;
        let genesis = Genesis::decode(&bytes).map_err(AdminError::Genesis)?;
        if genesis.hash().to_string() != manifest.genesis {
            return Err(damaged("its genesis document is not the one that its manifest names".to_owned()));
        }
        Ok((manifest, genesis))
    }

    /// Copies `backup/data` to `target`, a new directory, and checks every file on the way. A file that is not listed
    /// is refused, as is one that is listed and not there.
    pub(super) fn copy_data(&self, backup: &Path, target: &Path) -> Result<(), AdminError> {
        let data = backup.join(DATA);
        let listed: BTreeSet<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        let there = files::names(&data)?;
        if listed.len() != self.files.len() || !there.iter().map(String::as_str).eq(listed.iter().copied()) {
            return Err(AdminError::Backup("the files in data/ are not those that the manifest lists".to_owned()));
        }
        std::fs::create_dir(target).map_err(super::io_error("making", target))?;
        for file in &self.files {
            let (bytes, hash): (u64, Hash) = files::hash(&data.join(&file.name), Some(&target.join(&file.name)))?;
            if bytes != file.bytes || hash.to_string() != file.sha256 {
                return Err(AdminError::Backup(format!("data/{} is not the file that was backed up", file.name)));
            }
        }
        files::sync_directory(target)
    }

    /// The height of the last block.
    #[must_use]
    pub fn height(&self) -> Height {
        Height(self.height)
    }
}
