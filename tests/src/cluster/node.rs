//! One node's part in a story, and copies of its directories.

use super::{Cluster, home};
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// A node in a story, which goes on from call to call: `cluster.add()?.start()?.wait_until(2)?.crash()?`.
pub struct Node<'a> {
    cluster: &'a mut Cluster,
    node: usize,
}

impl<'a> Node<'a> {
    pub(super) fn new(cluster: &'a mut Cluster, node: usize) -> Self {
        Self { cluster, node }
    }

    /// Its place in the cluster.
    #[must_use]
    pub fn index(&self) -> usize {
        self.node
    }

    /// Starts it, if it does not run.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start(self) -> Result<Self> {
        self.cluster.start(self.node)?;
        Ok(self)
    }

    /// Starts it after a pause.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_after(self, pause: Duration) -> Result<Self> {
        std::thread::sleep(pause);
        self.start()
    }

    /// Waits until it has reached a height.
    ///
    /// # Errors
    /// As [`Cluster::wait_for`].
    pub fn wait_until(self, height: u64) -> Result<Self> {
        self.cluster.wait_for(&[self.node], height)?;
        Ok(self)
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// If it does not run.
    pub fn crash(self) -> Result<Self> {
        self.cluster.crash(self.node)?;
        Ok(self)
    }

    /// SIGTERM; it must end in order.
    ///
    /// # Errors
    /// If it does not run, or ends otherwise than with 0.
    pub fn stop(self) -> Result<Self> {
        let code = self.cluster.stop(self.node)?;
        anyhow::ensure!(code == Some(0), "node {} ended with {code:?}", self.node);
        Ok(self)
    }
}

/// Copies of directories of a home.
pub struct Kept {
    folder: TempDir,
    directories: Vec<String>,
}

impl Kept {
    pub(super) fn of(home: &Path, directories: &[&str]) -> Result<Self> {
        let folder = TempDir::with_prefix("yinxin-kept-")?;
        let directories: Vec<String> =
            directories.iter().filter(|name| home.join(name).is_dir()).map(|name| (*name).to_owned()).collect();
        for name in &directories {
            home::copy(&home.join(name), &folder.path().join(name))?;
        }
        Ok(Self { folder, directories })
    }

    pub(super) fn put_into(&self, home: &Path) -> Result<()> {
        for name in &self.directories {
            let place = home.join(name);
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            home::copy(&self.folder.path().join(name), &place)?;
        }
        Ok(())
    }
}
