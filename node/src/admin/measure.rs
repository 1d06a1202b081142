//! Measures this disk.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::AdminError;
use crate::storage::synced_batches_per_second;

/// How long it is measured.
const LENGTH: Duration = Duration::from_secs(2);

/// Synced batches of 4 KiB a second in a new store, which is removed again.
///
/// # Errors
/// `Exists` if the directory does; the disk fails.
pub fn measure(at: &Path) -> Result<f64, AdminError> {
    if at.exists() {
        return Err(AdminError::Exists { path: at.to_owned(), advice: "name a directory that does not exist yet" });
    }
    let rate = synced_batches_per_second(at, LENGTH);
    let removed = fs::remove_dir_all(at);
    let rate = rate?;
    removed.map_err(|source| AdminError::Io { doing: "removing", path: at.to_owned(), source })?;
    Ok(rate)
}
