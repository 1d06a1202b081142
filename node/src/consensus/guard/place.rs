//! Where a guard was made: a copy of it stands elsewhere, and the process at the old place may still sign.
//!
//! The file `place` beside the guard names the guard's file by what no copy of it shares: its number in the file system
//! and the time at which it was made. A guard that was copied, by whatever program, is found by it and refused; a block
//! by block clone of a whole disk is not. Who knows that nothing runs at the old place any more removes `place`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Name of the file.
const FILE: &str = "place";

/// What no copy of a file shares with it.
fn name(guard: &Path) -> io::Result<String> {
    let metadata = fs::metadata(guard)?;
    // A file system that does not know when a file was made leaves the number alone.
    let made = metadata.created().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Ok(format!("{} {}\n", metadata.ino(), made.as_nanos()))
}

/// True if a guard's file was made where it lies, or nothing is known of it.
///
/// # Errors
/// The system's error.
pub(super) fn is_here(directory: &Path, guard: &Path) -> io::Result<bool> {
    match fs::read_to_string(directory.join(FILE)) {
        Ok(written) => Ok(written == name(guard)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Forgets the place, before a new guard's file takes the place of one that is gone.
///
/// # Errors
/// The system's error.
pub(super) fn forget(directory: &Path) -> io::Result<()> {
    match fs::remove_file(directory.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Notes where a guard's file lies, if that does not stand there already.
///
/// # Errors
/// The system's error.
pub(super) fn note(directory: &Path, guard: &Path) -> io::Result<()> {
    let (file, fresh, name) = (directory.join(FILE), directory.join("place.new"), name(guard)?);
    if fs::read_to_string(&file).is_ok_and(|written| written == name) {
        return Ok(());
    }
    fs::write(&fresh, name)?;
    File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, &file)
}
