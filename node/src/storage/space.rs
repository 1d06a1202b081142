//! Free space of a disk.

use ledger::error::Fault;
use std::path::Path;

/// How full the disk below a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this process may still write.
    pub available_bytes: u64,
    /// Bytes of the whole file system.
    pub total_bytes: u64,
}

impl Space {
    /// Asks the file system that holds `path`.
    ///
    /// # Errors
    /// [`Fault`] if it does not answer.
    pub fn of(path: &Path) -> Result<Self, Fault> {
        let stats = fs4::statvfs(path).map_err(|error| Fault::storage("asking the disk for its free space", error))?;
        Ok(Self { available_bytes: stats.available_space(), total_bytes: stats.total_space() })
    }

    /// Share that is free, in whole percent, rounded down; a file system without a size counts as free.
    #[must_use]
    pub fn free_percent(&self) -> u8 {
        let percent = u128::from(self.available_bytes) * 100 / u128::from(self.total_bytes.max(1));
        u8::try_from(if self.total_bytes == 0 { 100 } else { percent.min(100) }).unwrap_or(100)
    }

    /// Fails if less than `percent` is free.
    ///
    /// # Errors
    /// [`Fault::DiskFull`] that says how much is free and how much is needed.
    pub fn require(&self, percent: u8) -> Result<(), Fault> {
        let free = self.free_percent();
        if free >= percent {
            return Ok(());
        }
        let reason =
            format!("only {free} % of the disk is free, {percent} % is needed; free some and start the node again");
        Err(Fault::disk_full("making room for the next block", reason))
    }
}
