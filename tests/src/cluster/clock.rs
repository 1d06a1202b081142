//! Clocks that are set ahead: of all nodes of a story and of its clients, at one instant (`tests/preload/clock.c`).
//!
//! Delays that the rules do not allow below ten minutes are waited out so: nodes see the same jump that they would see
//! after an operator had mended a clock, and apply their own rules to it.

use super::Cluster;
use super::preload::compile;
use anyhow::Result;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How far the clocks of this process's stories are ahead; a test is a process of its own.
pub(super) static AHEAD_MS: AtomicU64 = AtomicU64::new(0);

impl Cluster {
    /// From their next starts on, the clocks of all nodes can be set ahead. To be called after other preloads.
    ///
    /// # Errors
    /// If the library does not compile.
    pub fn preload_clock(&mut self) -> Result<&mut Self> {
        let library = compile(self.folder.path(), "clock")?.display().to_string();
        let file = self.folder.path().join("clock-ahead");
        File::create(&file)?.write_all_at(&[0; 8], 0)?;
        for node in 0..self.len() {
            let others = self.launches[node].variables.get("LD_PRELOAD").map(|others| format!("{others}:"));
            let preload = format!("{}{library}", others.unwrap_or_default());
            self.set_variable(node, "LD_PRELOAD", &preload);
            self.set_variable(node, "YINXIN_CLOCK_AHEAD", &file.display().to_string());
        }
        Ok(self)
    }

    /// Sets all clocks further ahead.
    ///
    /// # Errors
    /// If the file that they read cannot be written.
    pub fn advance_clocks(&self, by: Duration) -> Result<&Self> {
        let ahead = AHEAD_MS.load(Ordering::SeqCst) + u64::try_from(by.as_millis())?;
        let file = OpenOptions::new().write(true).open(self.folder.path().join("clock-ahead"))?;
        file.write_all_at(&ahead.to_ne_bytes(), 0)?;
        AHEAD_MS.store(ahead, Ordering::SeqCst);
        Ok(self)
    }
}
