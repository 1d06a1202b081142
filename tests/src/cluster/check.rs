//! The end of every story: the checkers in Python read what the nodes kept and signed, and what clients saw.

use super::Cluster;
use super::process::program;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Name of the file with what clients saw.
pub(super) const CLIENTS: &str = "clients.jsonl";

impl Cluster {
    /// Where the parts of the story lie that the checkers read.
    pub(super) fn story_folder(&self) -> PathBuf {
        self.folder.path().join("story")
    }

    /// This node lies from now on: what it holds is not judged, and it may be accused.
    pub fn set_guilty(&mut self, node: usize) -> &mut Self {
        self.guilty.insert(node);
        self
    }

    /// Stops all nodes and has the checkers read what they kept; gives what these say when everything holds.
    ///
    /// Checked are: one block at each height on all honest nodes, each following by a second state machine to the same
    /// roots; every certificate; every acknowledged statement once, at the height that was said; every answer the state at
    /// its height, and none going back within a session; nobody honest accused; no key that signed twice.
    ///
    /// # Errors
    /// With what does not hold.
    pub fn check(&mut self) -> Result<String> {
        for node in 0..self.len() {
            if self.pid(node).is_some() {
                self.stop(node)?;
            }
        }
        let story = self.story_folder();
        let blocks = story.join("blocks");
        if blocks.exists() {
            fs::remove_dir_all(&blocks)?;
        }
        fs::create_dir_all(&blocks)?;
        let honest: Vec<usize> = (0..self.len()).filter(|node| !self.guilty.contains(node)).collect();
        let honest: Vec<usize> = honest.into_iter().filter(|node| self.home(*node).join("data").is_dir()).collect();
        for node in &honest {
            export(&self.home(*node), &blocks.join(self.department(*node)))?;
        }
        let names = |nodes: &[usize]| nodes.iter().map(|node| self.department(*node)).collect::<Vec<_>>();
        let guilty: Vec<usize> = self.guilty.iter().copied().collect();
        let told = serde_json::json!({ "honest": names(&honest), "guilty": names(&guilty) });
        fs::write(story.join("story.json"), told.to_string())?;
        let said = python(&["check_chain.py".as_ref(), story.as_os_str()])?;
        println!("{said}");
        Ok(said)
    }
}

fn export(home: &Path, to: &Path) -> Result<()> {
    let made =
        Command::new(program("yinxin-node")?).arg("export").arg("--home").arg(home).arg("--to").arg(to).output()?;
    ensure!(made.status.success(), "export of {}: {}", home.display(), String::from_utf8_lossy(&made.stderr));
    Ok(())
}

/// Runs a program of `tests/python` in its virtual environment.
fn python(arguments: &[&std::ffi::OsStr]) -> Result<String> {
    let folder = crate::folder().join("python");
    let output = Command::new(folder.join("python.sh")).args(arguments).output().context("the checkers in Python")?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}
