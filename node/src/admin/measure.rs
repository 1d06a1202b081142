//! Measures what lies under every height: this disk, and the engine with a no-op application.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{AdminError, io_error};
use crate::consensus::{self, NoopRun};
use crate::storage::synced_batches_per_second;

/// How long the disk is measured.
const DISK_LENGTH: Duration = Duration::from_secs(2);
/// How long the engine is.
const ENGINE_LENGTH: Duration = Duration::from_secs(4);

/// Synced batches of 4 KiB a second in a new store, which is removed again.
///
/// # Errors
/// `Exists` if the directory does; the disk fails.
pub fn measure_disk(at: &Path) -> Result<f64, AdminError> {
    in_new_directory(at, |at| Ok(synced_batches_per_second(at, DISK_LENGTH)?))
}

/// Heights of four nodes on this machine with a no-op application: the engine alone.
///
/// # Errors
/// `Exists` if the directory does; `Consensus` if the engine does not run.
pub fn measure_engine(at: &Path) -> Result<NoopRun, AdminError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(io_error("starting threads for", at))?;
    in_new_directory(at, |at| Ok(runtime.block_on(consensus::run_noop(at, ENGINE_LENGTH))?))
}

fn in_new_directory<T>(at: &Path, measure: impl FnOnce(&Path) -> Result<T, AdminError>) -> Result<T, AdminError> {
    if at.exists() {
        return Err(AdminError::Exists { path: at.to_owned(), advice: "name a directory that does not exist yet" });
    }
    fs::create_dir_all(at).map_err(io_error("making", at))?;
    let measured = measure(at);
    let removed = fs::remove_dir_all(at);
    let measured = measured?;
    removed.map_err(io_error("removing", at))?;
    Ok(measured)
}
