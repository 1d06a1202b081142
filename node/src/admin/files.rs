//! Files and directories: hashed, copied, synced, moved.

use super::{AdminError, io_error};
use ledger::crypto::Hash;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const CHUNK_BYTES: usize = 1 << 20;

/// Size and SHA-256 of a file, which is copied to `copy` on the way if there is one.
pub(super) fn hash(path: &Path, copy: Option<&Path>) -> Result<(u64, Hash), AdminError> {
    let mut from = File::open(path).map_err(io_error("reading", path))?;
    let mut to = match copy {
        Some(copy) => Some((copy, File::create(copy).map_err(io_error("writing", copy))?)),
        None => None,
    };
    let (mut hasher, mut size, mut chunk) = (Sha256::new(), 0u64, vec![0; CHUNK_BYTES]);
    loop {
        let read = from.read(&mut chunk).map_err(io_error("reading", path))?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        size += read as u64;
        if let Some((copy, to)) = &mut to {
            to.write_all(bytes).map_err(io_error("writing", copy))?;
        }
    }
    if let Some((copy, to)) = to {
        to.sync_all().map_err(io_error("syncing", copy))?;
    }
    Ok((size, Hash(hasher.finalize().into())))
}

/// Writes a new file and syncs it.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), AdminError> {
    let mut file = File::create_new(path).map_err(io_error("creating", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io_error("writing", path))
}

/// Makes a directory's entries durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), AdminError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io_error("syncing", path))
}

/// Names of the files of a directory, sorted. What is no plain file is refused.
pub(super) fn names(directory: &Path) -> Result<Vec<String>, AdminError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error("reading", directory))? {
        let entry = entry.map_err(io_error("reading", directory))?;
        let plain = entry.file_type().map_err(io_error("reading", &entry.path()))?.is_file();
        match entry.file_name().into_string() {
            Ok(name) if plain => names.push(name),
            _ => return Err(AdminError::Backup(format!("{} is no plain file", entry.path().display()))),
        }
    }
    names.sort();
    Ok(names)
}

/// Names of the plain files of a directory, whatever else is in it.
pub(super) fn plain_names(directory: &Path) -> Result<Vec<String>, AdminError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error("reading", directory))? {
        let entry = entry.map_err(io_error("reading", directory))?;
        if entry.file_type().map_err(io_error("reading", &entry.path()))?.is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

/// Removes a directory and all in it, if it is there.
pub(super) fn remove_directory(path: &Path) -> Result<(), AdminError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("removing", path)(error)),
        _ => Ok(()),
    }
}

/// The directory that holds a path.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Moves a file or directory within one file system and makes the move durable.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), AdminError> {
    fs::rename(from, to).map_err(io_error("moving", from))?;
    sync_directory(&parent(to))
}

/// Sets something aside under a name that is free.
pub(super) fn set_aside(path: &Path, why: &str) -> Result<Option<PathBuf>, AdminError> {
    if !path.exists() {
        return Ok(None);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let free = (1u32..).map(|number| path.with_file_name(format!("{name}.{why}-{number}")));
    let target = free.into_iter().find(|target| !target.exists()).expect("there are more numbers than files");
    rename(path, &target)?;
    Ok(Some(target))
}

/// A directory that is removed when it is no longer needed.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// Makes one, named after what it is for and this process.
    pub(super) fn make(parent: &Path, what: &str) -> Result<Self, AdminError> {
        let path = parent.join(format!("{what}-{}", std::process::id()));
        fs::create_dir(&path).map_err(io_error("making", &path))?;
        Ok(Self(path))
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What stays behind is in the way of nobody.
        let _ = remove_directory(&self.0);
    }
}
