//! Files: read with a bound, written whole or not at all, never silently overwritten.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::CliError;

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
    String::from_utf8(read(path, size_bytes_max)?).map_err(|_| CliError::format(path, "not UTF-8 text"))
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
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::FileExists { path: path.to_owned() },
        _ => CliError::write(path)(error),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        CliError::write(path)(error)
    })
}
