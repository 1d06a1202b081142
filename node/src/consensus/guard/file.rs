//! The guard's file and its lock in a directory of their own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::error::{GuardError, failed};
use super::slot::{self, FILE_BYTES, Record, SLOT_BYTES};
use crate::fail_points::{Point, pass};

/// Name of the guard's file.
pub(crate) const FILE: &str = "signer.guard";
/// Name of the file that is locked.
const LOCK: &str = "lock";

/// Takes the lock of a directory, which holds until the file is dropped.
pub(super) fn take_lock(directory: &Path) -> Result<File, GuardError> {
    let path = directory.join(LOCK);
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(failed("opening its lock"))?;
    match fs4::FileExt::try_lock(&lock) {
        Ok(()) => Ok(lock),
        Err(fs4::TryLockError::WouldBlock) => Err(GuardError::Locked { path: directory.to_owned() }),
        Err(fs4::TryLockError::Error(source)) => Err(GuardError::Io { doing: "taking its lock", source }),
    }
}

/// The file's bytes, at most as many as it may have; `None` if there is no file.
pub(super) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, GuardError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(GuardError::Io { doing: "opening it", source }),
    };
    let mut bytes = Vec::with_capacity(FILE_BYTES);
    file.take(FILE_BYTES as u64).read_to_end(&mut bytes).map_err(failed("reading it"))?;
    Ok(Some(bytes))
}

/// Writes a whole file under another name and renames it, so that a crash leaves the old one or the new one.
pub(super) fn create_file(directory: &Path, path: &Path, record: &Record) -> Result<(), GuardError> {
    let temporary = directory.join("signer.guard.new");
    let mut bytes = vec![0; FILE_BYTES];
    let slot = slot::encode(record);
    for offset in [0, SLOT_BYTES] {
        bytes[offset..offset + slot.len()].copy_from_slice(&slot);
    }
    fs::write(&temporary, &bytes).map_err(failed("writing a new file"))?;
    File::open(&temporary).and_then(|file| file.sync_all()).map_err(failed("syncing a new file"))?;
    pass(Point::GuardUnnamed);
    fs::rename(&temporary, path).map_err(failed("renaming a new file"))?;
    sync_directory(directory)
}

/// Keeps a file that cannot be read, for who examines it.
pub(super) fn set_aside(directory: &Path, path: &Path) -> Result<(), GuardError> {
    let free = (0u32..).map(|number| directory.join(format!("signer.guard.damaged-{number}")));
    let target = free.into_iter().find(|target| !target.exists()).expect("there are more numbers than files");
    fs::rename(path, target).map_err(failed("setting the damaged file aside"))?;
    sync_directory(directory)
}

fn sync_directory(directory: &Path) -> Result<(), GuardError> {
    File::open(directory).and_then(|file| file.sync_all()).map_err(failed("syncing its directory"))
}
