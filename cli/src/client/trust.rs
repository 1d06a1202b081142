//! The trust file: read, and moved forward as newer headers are verified.

use std::fs::{self, File};
use std::path::Path;

use ledger::codec::{self, ValueRule};
use ledger::light::Verified;
use ledger::limits::TRUST_BYTES_MAX;
use ledger::trust::TrustFile;

use crate::app::{App, random};
use crate::error::CliError;
use crate::files;

/// Reads a trust file.
///
/// # Errors
/// `TrustMissing`; `NotTrust` for another file; it cannot be read.
pub(crate) fn read_trust(path: &Path) -> Result<TrustFile, CliError> {
    if !path.exists() {
        return Err(CliError::TrustMissing { path: path.to_owned() });
    }
    let bytes = files::read(path, TRUST_BYTES_MAX as u64)?;
    TrustFile::decode(&bytes).map_err(|error| match error.rule() {
        // It says itself what it is, and of which version.
        Some(ValueRule::Version(_)) => CliError::format(path, error),
        _ => CliError::NotTrust { path: path.to_owned(), reason: error.into() },
    })
}

/// Moves the trust file of the home directory forward when a newer header was verified: no node can go back behind it.
///
/// Runs take turns: each reads the file again once it holds the lock, so that the highest checkpoint stays. A file that
/// was named with `--trust` is somebody's reference and stays as it is.
///
/// # Errors
/// It cannot be read, locked or written.
pub(super) fn ratchet(app: &App, known: &TrustFile, verified: &Verified) -> Result<(), CliError> {
    let path = app.home.trust_path();
    if app.trust_path() != path || verified.ratchet(known) == *known {
        return Ok(());
    }
    let _turn = lock(&path)?;
    let old = read_trust(&path)?;
    let new = verified.ratchet(&old);
    // A file of another ledger was put in place meanwhile: it is not ours to move.
    if new == old || old.context() != known.context() {
        return Ok(());
    }
    // Whole or not at all, also for those who only read.
    let draft = path.with_extension(format!("{}.draft", hex::encode(random::<8>())));
    files::create(&draft, &codec::encode(&new))?;
    fs::rename(&draft, &path).map_err(CliError::write(&path))
}

/// Waits for the lock on the directory of a file; it is given up when the value goes out of scope.
fn lock(path: &Path) -> Result<File, CliError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let held = File::open(directory).map_err(CliError::read(directory))?;
    held.lock().map_err(CliError::write(path))?;
    Ok(held)
}
