//! What a node says of itself on its operations port, and waiting for it.

use super::{Cluster, PATIENCE, client, tail};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How a node is, by its own word: nothing here is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Height of its head.
    pub height: u64,
    /// Height of its signer guard.
    pub guarded: u64,
    /// `voting`, or why not.
    pub mode: String,
    /// True if it votes and is connected to enough others.
    pub votes: bool,
    /// What its operations port says in all.
    pub detail: Value,
}

impl Health {
    fn read(answer: &Value) -> Option<Self> {
        let detail = &answer["detail"];
        Some(Self {
            height: detail["height"].as_u64()?,
            guarded: detail["guarded"].as_u64()?,
            mode: detail["mode"].as_str()?.to_owned(),
            votes: detail["votes"].as_bool()?,
            detail: detail.clone(),
        })
    }
}

impl Cluster {
    /// How a node is.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn health(&self, node: usize) -> Result<Health> {
        let answer = client::get_json(&format!("{}/readyz", self.operations(node)))?;
        Health::read(&answer).with_context(|| format!("node {node} says {answer}"))
    }

    /// The highest head of the nodes that run; 0 if none answers.
    #[must_use]
    pub fn head(&self) -> u64 {
        let running = (0..self.len()).filter(|node| self.pid(*node).is_some());
        running.filter_map(|node| self.health(node).ok()).map(|health| health.height).max().unwrap_or(0)
    }

    /// Waits until a node has the head that the others have, while the chain may go on; gives how long that took.
    ///
    /// # Errors
    /// If it takes longer than `patience`.
    pub fn wait_at_head(&self, node: usize, patience: Duration) -> Result<Duration> {
        let others: Vec<usize> = (0..self.len()).filter(|other| *other != node).collect();
        self.wait_while(node, patience, "at the head of the others", |health| {
            let heads = others.iter().filter(|other| self.pid(**other).is_some());
            let head = heads.filter_map(|other| self.health(*other).ok()).map(|other| other.height).max();
            // Asked for after the node itself: the others may have decided one more in between.
            head.is_none_or(|head| health.height + 1 >= head)
        })
    }

    /// Waits until a node votes; gives how long that took.
    ///
    /// # Errors
    /// If it takes longer than `patience`.
    pub fn wait_voting(&self, node: usize, patience: Duration) -> Result<Duration> {
        self.wait_while(node, patience, "voting", |health| health.votes)
    }

    fn wait_while(
        &self,
        node: usize,
        patience: Duration,
        what: &str,
        reached: impl Fn(&Health) -> bool,
    ) -> Result<Duration> {
        let started = Instant::now();
        loop {
            let health = self.health(node);
            if health.as_ref().is_ok_and(&reached) {
                return Ok(started.elapsed());
            }
            if started.elapsed() > patience {
                let log = tail(&self.log(node));
                bail!("node {node} is not {what} after {patience:?}: {health:?}\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// True if a node that was started has not ended.
    ///
    /// # Errors
    /// If it was not started.
    pub fn is_alive(&mut self, node: usize) -> Result<bool> {
        let process = self.processes[node].as_mut().context("the node was not started")?;
        Ok(process.ended()?.is_none())
    }

    /// Waits until a node has ended by itself; gives its exit code, none if a signal ended it.
    ///
    /// # Errors
    /// If it still runs after [`PATIENCE`], or was not started.
    pub fn wait_ended(&mut self, node: usize) -> Result<Option<i32>> {
        let started = Instant::now();
        loop {
            let process = self.processes[node].as_mut().context("the node was not started")?;
            if let Some(code) = process.ended()? {
                self.processes[node] = None;
                return Ok(code);
            }
            if started.elapsed() > PATIENCE {
                bail!("node {node} still runs after {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Waits until something is so; an error counts as not yet.
///
/// # Errors
/// What it was not, with the last answer, after [`PATIENCE`].
pub fn until(what: &str, mut reached: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    loop {
        match reached() {
            Ok(true) => return Ok(()),
            last => ensure!(started.elapsed() < PATIENCE, "{what} did not come to be: {last:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
