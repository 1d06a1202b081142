//! Files and directories: hashed, copied, synced, moved.

use super::{AdminError, io_error};
use ledger::crypto::Hash;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

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

/// Characters that a directory's name has after its prefix.
const RANDOM_CHARS: usize = 6;

/// Makes a directory of a name that nothing has; it is removed when it is no longer needed.
pub(super) fn temporary(parent: &Path, prefix: &str) -> Result<TempDir, AdminError> {
    let made = tempfile::Builder::new().prefix(prefix).rand_bytes(RANDOM_CHARS).tempdir_in(parent);
    made.map_err(io_error("making a directory in", parent))
}

/// Puts a directory in its place, which must be free, and keeps it.
pub(super) fn place(made: TempDir, target: &Path) -> Result<(), AdminError> {
    require_free(target)?;
    rename(made.path(), target)?;
    // Nothing is left there to remove.
    let _ = made.keep();
    Ok(())
}

/// Fails if something is there already.
pub(super) fn require_free(target: &Path) -> Result<(), AdminError> {
    match target.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(AdminError::Exists { path: target.to_owned(), advice: "name a directory that does not exist yet" }),
    }
}

/// Removes directories that [`temporary`] made in a process that is gone. The caller holds the lock under which they
/// are made.
pub(super) fn clear_leftovers(parent: &Path, prefix: &str) -> Result<(), AdminError> {
    let entries = match fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io_error("reading", parent))?,
    };
    for entry in entries {
        let entry = entry.map_err(io_error("reading", parent))?;
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let ours = random.is_some_and(|random| {
            random.len() == RANDOM_CHARS && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if ours && entry.file_type().map_err(io_error("reading", &entry.path()))?.is_dir() {
            remove_directory(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_here_is_cleared() {
        let parent = TempDir::new().unwrap();
        let left = temporary(parent.path(), "fsck-").unwrap().keep();
        fs::write(left.join("file"), "x").unwrap();
        let others = ["fsck-", "fsck-old", "fsck-12345", "fsck-1234567", "fsck-ab.def", "doctor-abcdef", "fsckabcdef"];
        others.iter().for_each(|name| fs::create_dir(parent.path().join(name)).unwrap());
        fs::write(parent.path().join("fsck-abcdef"), "a file").unwrap();
        clear_leftovers(parent.path(), "fsck-").unwrap();
        assert!(!left.exists());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), others.len() + 1);
        clear_leftovers(&parent.path().join("nowhere"), "fsck-").unwrap();
    }
}
