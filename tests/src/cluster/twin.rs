//! A second process with a node's keys: its home copied to another address, guard and all.

use super::{Cluster, PATIENCE, home, process::Process};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A second process with a node's keys. Ended when it is dropped.
pub struct Twin {
    home: PathBuf,
    trace: PathBuf,
    process: Process,
}

impl Cluster {
    /// Copies a running node's home, and starts the copy on an address of its own. What it signs is judged together with
    /// what the node signs.
    ///
    /// The node is ended for the copy, and started again beside it.
    ///
    /// # Errors
    /// If the node does not run, or a file cannot be copied.
    pub fn twin(&mut self, node: usize) -> Result<Twin> {
        let folder = self.home(node).with_file_name("twin");
        self.crash(node)?;
        home::copy(&self.home(node), &folder)?;
        self.start(node)?;
        let config = fs::read_to_string(folder.join("node.toml"))?;
        let host = self.addresses[node].host();
        let other = host.rsplit_once('.').context("an address has dots")?.0.to_owned() + ".99";
        fs::write(folder.join("node.toml"), config.replace(host, &other))?;
        let _ = fs::remove_file(folder.join("log"));
        let trace = self.story_folder().join("signed").join(format!("{}.twin", self.department(node)));
        let mut launch = self.launches[node].clone();
        launch.variables.insert("YINXIN_GUARD_TRACE".to_owned(), trace.display().to_string());
        let process = Process::start(&folder, &launch)?;
        Ok(Twin { home: folder, trace, process })
    }
}

impl Twin {
    /// Bytes of its trace.
    #[must_use]
    pub fn signed_bytes(&self) -> u64 {
        fs::metadata(&self.trace).map_or(0, |found| found.len())
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    /// Waits until it has ended by itself; gives its exit code.
    ///
    /// # Errors
    /// If it still runs after [`PATIENCE`].
    pub fn wait_ended(&mut self) -> Result<Option<i32>> {
        let started = Instant::now();
        loop {
            if let Some(code) = self.process.ended()? {
                return Ok(code);
            }
            ensure!(started.elapsed() < PATIENCE, "the twin still runs after {PATIENCE:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
