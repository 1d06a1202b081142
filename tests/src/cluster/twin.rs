//! A second process with a node's keys: its home copied to another address, guard and all.

use super::{Cluster, home, process::Process};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

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

    /// Exit code, if it has ended by itself.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn exit_code(&mut self) -> Result<Option<i32>> {
        self.process.exit_code()
    }
}
