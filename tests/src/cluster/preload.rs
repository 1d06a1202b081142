//! The library that is preloaded into the nodes of a story: it counts syncs, ends a node at one of them, and keeps a
//! trace of everything that its signer guard lets out (`tests/preload/syncs.c`).

use super::Cluster;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a library of `tests/preload` into a folder.
pub(super) fn compile(folder: &Path, name: &str) -> Result<PathBuf> {
    let source = crate::folder().join(format!("preload/{name}.c"));
    let library = folder.join(format!("{name}.so"));
    let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    let made =
        command.args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    ensure!(made.status().context("no C compiler")?.success(), "the preloaded library does not compile");
    Ok(library)
}

impl Cluster {
    /// From their next starts on, all nodes keep a trace of what their keys sign, and can be ended at a sync.
    ///
    /// # Errors
    /// If the library does not compile.
    pub fn preload(&mut self) -> Result<&mut Self> {
        let library = compile(self.folder.path(), "syncs")?.display().to_string();
        fs::create_dir_all(self.story_folder().join("signed"))?;
        for node in 0..self.len() {
            let (trace, arm) = (self.trace(node).display().to_string(), self.arm(node).display().to_string());
            self.set_variable(node, "LD_PRELOAD", &library);
            self.set_variable(node, "YINXIN_GUARD_TRACE", &trace).set_variable(node, "YINXIN_SYNC_ARM", &arm);
        }
        Ok(self)
    }

    fn trace(&self, node: usize) -> PathBuf {
        self.story_folder().join("signed").join(self.department(node))
    }

    fn arm(&self, node: usize) -> PathBuf {
        self.folder.path().join(format!("arm-{}", self.department(node)))
    }

    /// Bytes of a node's trace: it grows with everything that its key signs.
    #[must_use]
    pub fn signed_bytes(&self, node: usize) -> u64 {
        fs::metadata(self.trace(node)).map_or(0, |found| found.len())
    }

    /// From now on a node counts its syncs, and ends itself in the place of number `at` (from 1).
    ///
    /// # Errors
    /// If the file that tells it cannot be written.
    pub fn arm_sync(&self, node: usize, at: u64) -> Result<&Self> {
        let (arm, fresh) = (self.arm(node), self.arm(node).with_extension("new"));
        fs::write(&fresh, at.to_string())?;
        fs::rename(fresh, arm)?;
        Ok(self)
    }

    /// Ends the counting; gives what was counted, a line a sync.
    ///
    /// # Errors
    /// If the files cannot be read or removed.
    pub fn disarm_sync(&self, node: usize) -> Result<Vec<String>> {
        let (arm, report) = (self.arm(node), PathBuf::from(format!("{}.report", self.arm(node).display())));
        fs::remove_file(arm)?;
        if !report.exists() {
            return Ok(Vec::new());
        }
        let lines = fs::read_to_string(&report)?.lines().map(str::to_owned).collect();
        fs::remove_file(report)?;
        Ok(lines)
    }
}
