//! Named places in the node at which a story ends it (`node/src/fail_points.rs`).

use super::process::program;
use super::{Cluster, tail};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The node that lies and dies when it is told to, and behaves like any other when it is not.
pub const TEST_PROGRAM: &str = "yinxin-node-byzantine";
/// Names the file that says where a node is to end.
const VARIABLE: &str = "YINXIN_FAIL_POINT";

/// A fail point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailPoint {
    /// What was done before it and what comes after.
    pub name: String,
    /// What drives a node to it.
    pub drive: String,
}

/// All fail points of the program, by its own word.
///
/// # Errors
/// If it is not built or says something else.
pub fn fail_points() -> Result<Vec<FailPoint>> {
    let output = Command::new(program(TEST_PROGRAM)?).arg("fail-points").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |line: &str| {
        let (name, drive) = line.split_once(' ').with_context(|| line.to_owned())?;
        Ok(FailPoint { name: name.to_owned(), drive: drive.to_owned() })
    };
    String::from_utf8(output.stdout)?.lines().map(read).collect()
}

impl Cluster {
    /// From their next starts on, all nodes run the program with fail points.
    pub fn with_fail_points(&mut self) -> &mut Self {
        for node in 0..self.len() {
            let file = self.fail_point_file(node).display().to_string();
            self.set_program(node, TEST_PROGRAM).set_variable(node, VARIABLE, &file);
        }
        self
    }

    fn fail_point_file(&self, node: usize) -> PathBuf {
        self.home(node).with_file_name(format!("fail-point-{}", self.department(node)))
    }

    /// From now on a node ends itself where this says: `NAME:COUNT`, with `:proposer` or `:other` behind it in that role
    /// alone.
    ///
    /// # Errors
    /// If the file that tells it cannot be written.
    pub fn arm_point(&self, node: usize, order: &str) -> Result<&Self> {
        let (file, fresh) = (self.fail_point_file(node), self.fail_point_file(node).with_extension("new"));
        fs::write(&fresh, order)?;
        fs::rename(fresh, file)?;
        Ok(self)
    }

    /// Waits until a node has died at the point that it was told, and takes the order back.
    ///
    /// # Errors
    /// If it never passed the point, or ended in another place.
    pub fn wait_dead_at(&mut self, node: usize, name: &str) -> Result<()> {
        let ended = self.wait_ended(node);
        let log = self.log(node);
        let code = ended.with_context(|| format!("node {node} never passed {name}:\n{}", tail(&log)))?;
        fs::remove_file(self.fail_point_file(node))?;
        let last = log.lines().rev().find(|line| line.starts_with("fail point ")).unwrap_or_default();
        ensure!(
            code.is_none() && last == format!("fail point {name}: the process ends itself"),
            "node {node} ended with {code:?} before it passed {name} ({last}):\n{}",
            tail(&log)
        );
        Ok(())
    }

    /// Runs an order of the program over a stopped node's home until it dies at a point.
    ///
    /// # Errors
    /// If it ends otherwise.
    pub fn dies_at(&self, node: usize, name: &str, arguments: &[&str]) -> Result<()> {
        self.arm_point(node, &format!("{name}:1"))?;
        let file = self.fail_point_file(node);
        let mut command = Command::new(program(TEST_PROGRAM)?);
        let output = command.args(arguments).arg("--home").arg(self.home(node)).env(VARIABLE, &file).output()?;
        fs::remove_file(file)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code().is_none() && said.contains(&format!("fail point {name}: ")),
            "{arguments:?} ended with {:?} and never passed {name}: {said}",
            output.status
        );
        Ok(())
    }
}
