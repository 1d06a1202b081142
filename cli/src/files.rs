//! Files: read with a bound, written whole or not at all, never silently overwritten.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::CliError;
use crate::reason::why;

/// Reads a file of at most `size_bytes_max` bytes.
///
/// # Errors
/// `FileRead`; `FileTooBig`, after reading no more than the bound.
pub(crate) fn read(path: &Path, size_bytes_max: u64) -> Result<Vec<u8>, CliError> {
    let file = File::open(path).map_err(CliError::read(path))?;
    let mut bytes = Vec::new();
    file.take(size_bytes_max + 1).read_to_end(&mut bytes).map_err(CliError::read(path))?;
    if bytes.len() as u64 > size_bytes_max {
        return Err(CliError::FileTooBig { path: path.to_owned(), size_bytes_max });
    }
    Ok(bytes)
}

/// Reads a text file of at most `size_bytes_max` bytes.
///
/// # Errors
/// As [`read`]; `FileFormat` for what is not UTF-8.
pub(crate) fn read_text(path: &Path, size_bytes_max: u64) -> Result<String, CliError> {
    String::from_utf8(read(path, size_bytes_max)?).map_err(|_| CliError::format(path, why("reason-not-utf8")))
}

/// Writes a new file that others may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write_new(path, bytes, 0o644)
}

/// Writes a new file that its owner alone may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write_new(path, bytes, 0o600)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CliError> {
    reserve_as(path, mode)?.fill(bytes)
}

/// A new file that is there and still empty: what cannot be written is known before anything takes effect.
///
/// Dropped without having been filled, it is removed again.
pub(crate) struct Reserved {
    path: PathBuf,
    file: File,
    filled: bool,
}

/// Reserves the name of a new file that others may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn reserve(path: &Path) -> Result<Reserved, CliError> {
    reserve_as(path, 0o644)
}

/// Reserves the name of a new file that its owner alone may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn reserve_private(path: &Path) -> Result<Reserved, CliError> {
    reserve_as(path, 0o600)
}

fn reserve_as(path: &Path, mode: u32) -> Result<Reserved, CliError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::FileExists { path: path.to_owned() },
        _ => CliError::write(path)(error),
    })?;
    Ok(Reserved { path: path.to_owned(), file, filled: false })
}

impl Reserved {
    /// Its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content, whole or not at all.
    ///
    /// # Errors
    /// `FileWrite`.
    pub(crate) fn fill(mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.file.write_all(bytes).and_then(|()| self.file.sync_all()).map_err(CliError::write(&self.path))?;
        self.filled = true;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.filled {
            // An empty file in the way of the next try would help nobody; that it stays is no harm either.
            let _ = fs::remove_file(&self.path);
        }
    }
}
