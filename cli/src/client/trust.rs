//! The trust file: read, and moved forward as newer headers are verified.

use std::fs;
use std::path::Path;

use ledger::codec;
use ledger::light::Verified;
use ledger::limits::TRUST_BYTES_MAX;
use ledger::trust::TrustFile;

use crate::app::{App, random};
use crate::error::CliError;
use crate::files;

/// Reads a trust file.
///
/// # Errors
/// `TrustMissing`; it cannot be read or is none.
pub(crate) fn read_trust(path: &Path) -> Result<TrustFile, CliError> {
    if !path.exists() {
        return Err(CliError::TrustMissing { path: path.to_owned() });
    }
    let bytes = files::read(path, TRUST_BYTES_MAX as u64)?;
    TrustFile::decode(&bytes).map_err(|error| CliError::format(path, error))
}

/// Writes the trust file of the home directory anew when a newer header was verified: no node can go back behind it.
///
/// A file that was named with `--trust` is somebody's reference and stays as it is.
///
/// # Errors
/// It cannot be written.
pub(super) fn ratchet(app: &App, old: &TrustFile, verified: &Verified) -> Result<(), CliError> {
    let path = app.home.trust_path();
    if app.trust_path() != path {
        return Ok(());
    }
    let new = verified.ratchet(old);
    if new == *old {
        return Ok(());
    }
    // Whole or not at all: two runs at once leave one of two good files.
    let draft = path.with_extension(format!("{}.draft", hex::encode(random::<8>())));
    files::create(&draft, &codec::encode(&new))?;
    fs::rename(&draft, &path).map_err(CliError::write(&path))
}
