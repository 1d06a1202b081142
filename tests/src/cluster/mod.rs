//! Real nodes as real processes on loopback, each with its own directory, keys and address.
//!
//! ```text
//! Cluster ── Node 1  127.x.1.1  home/  process
//!         ├─ Node 2  127.x.2.1  home/  process        submit, bundle: over HTTP, every answer verified
//!         └─ ...
//! ```
//! A test reads as a story: `cluster.start_all()?.wait_until(3)?`, or one node's part of it,
//! `cluster.add()?.start()?.wait_until(2)?.crash()?`. Whatever a test started is ended
//! by its pid when the cluster is dropped.

mod check;
mod client;
mod clock;
mod fail_point;
mod health;
mod home;
mod load;
mod node;
mod preload;
mod process;
mod twin;
mod witness;

pub use client::{Outcome, Submitted};
pub use fail_point::{FailPoint, TEST_PROGRAM, fail_points};
pub use health::{Health, until};
pub use load::{Load, Loaded};
pub use node::{Kept, Node};
pub use process::program;
pub use twin::Twin;
pub use witness::Witness;

use crate::sample;
use anyhow::{Context, Result, bail};
use home::Address;
use ledger::bundle::Bundle;
use ledger::genesis::Genesis;
use ledger::light::{self, Verified};
use ledger::state::StateKey;
use ledger::statement::{SignedStatement, UnsignedStatement};
use ledger::trust::TrustFile;
use ledger::types::TimeMs;
use process::{Launch, Process};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// How long a story waits for anything before it fails.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The nodes of a genesis document's departments, in the order of their names. The sample's are court, justice, notary,
/// police.
pub struct Cluster {
    folder: TempDir,
    genesis: Genesis,
    addresses: Vec<Address>,
    launches: Vec<Launch>,
    processes: Vec<Option<Process>>,
    added: usize,
    guilty: BTreeSet<usize>,
    nonce: Arc<AtomicU64>,
}

impl Cluster {
    /// Writes the homes of four nodes; none is started.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn four() -> Result<Self> {
        Self::of(sample::genesis_at(now()))
    }

    /// Writes the homes of seven nodes; none is started.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn seven() -> Result<Self> {
        Self::of(sample::at(sample::genesis_of_seven(), now()))
    }

    /// Writes a home for each department of a genesis document, with its sample keys, whether it is a validator or not
    /// yet. None is started.
    ///
    /// # Errors
    /// If the files cannot be written.
    pub fn of(genesis: Genesis) -> Result<Self> {
        let folder = TempDir::with_prefix("yinxin-cluster-")?;
        let departments: Vec<String> =
            genesis.departments.iter().map(|department| department.id.as_str().to_owned()).collect();
        let addresses = home::addresses(&departments);
        for address in &addresses {
            home::write(folder.path(), address, &addresses, &genesis)?;
        }
        let launches = vec![Launch::default(); addresses.len()];
        let processes = addresses.iter().map(|_| None).collect();
        Ok(Self {
            folder,
            genesis,
            addresses,
            launches,
            processes,
            added: 0,
            guilty: BTreeSet::new(),
            nonce: Arc::default(),
        })
    }

    /// The part of one node in the story.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn node(&mut self, node: usize) -> Node<'_> {
        assert!(node < self.len(), "there is no node {node}");
        Node::new(self, node)
    }

    /// The part of the next node that was not added yet.
    ///
    /// # Errors
    /// If all are in the story.
    pub fn add(&mut self) -> Result<Node<'_>> {
        let node = self.added;
        anyhow::ensure!(node < self.len(), "all {} nodes are in the story", self.len());
        self.added += 1;
        Ok(Node::new(self, node))
    }

    /// The program that a node runs from its next start on: a file name, looked for beside the test's own program.
    pub fn set_program(&mut self, node: usize, program: &str) -> &mut Self {
        program.clone_into(&mut self.launches[node].program);
        self
    }

    /// Sets a variable of a node's environment from its next start on.
    pub fn set_variable(&mut self, node: usize, name: &str, value: &str) -> &mut Self {
        self.launches[node].variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes a variable away again.
    pub fn unset_variable(&mut self, node: usize, name: &str) -> &mut Self {
        self.launches[node].variables.remove(name);
        self
    }

    /// What comes after `start --home DIR` from a node's next start on.
    pub fn set_arguments(&mut self, node: usize, arguments: &[&str]) -> &mut Self {
        self.launches[node].arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// Process id of a running node.
    #[must_use]
    pub fn pid(&self, node: usize) -> Option<u32> {
        self.processes[node].as_ref().map(Process::pid)
    }

    /// Short name of a node's department.
    #[must_use]
    pub fn department(&self, node: usize) -> &str {
        &self.addresses[node].department
    }

    /// Copies directories of a stopped node's home (`data`, `wal`, `guard`) aside; one that is not there is left out.
    ///
    /// # Errors
    /// If the node runs, or a file cannot be copied.
    pub fn keep(&self, node: usize, directories: &[&str]) -> Result<Kept> {
        anyhow::ensure!(self.processes[node].is_none(), "node {node} runs");
        Kept::of(&self.home(node), directories)
    }

    /// Puts what was kept in the place of what a stopped node has now.
    ///
    /// # Errors
    /// If the node runs, or a file cannot be copied.
    pub fn put_back(&self, node: usize, kept: &Kept) -> Result<&Self> {
        anyhow::ensure!(self.processes[node].is_none(), "node {node} runs");
        kept.put_into(&self.home(node))?;
        Ok(self)
    }

    /// Home directory of a node.
    #[must_use]
    pub fn home(&self, node: usize) -> PathBuf {
        home::path(self.folder.path(), &self.addresses[node])
    }

    /// What a node has logged so far.
    #[must_use]
    pub fn log(&self, node: usize) -> String {
        std::fs::read_to_string(self.home(node).join("log")).unwrap_or_default()
    }

    /// The last lines of a node's log that are its own, for a failure's message.
    #[must_use]
    pub fn log_tail(&self, node: usize) -> String {
        tail(&self.log(node))
    }

    /// The genesis document.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The trust file of genesis.
    #[must_use]
    pub fn trust(&self) -> TrustFile {
        TrustFile::of_genesis(&self.genesis).expect("a checked genesis")
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Starts a node that is not running.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(&mut self, node: usize) -> Result<&mut Self> {
        if self.processes[node].is_none() {
            self.processes[node] = Some(Process::start(&self.home(node), &self.launches[node])?);
        }
        Ok(self)
    }

    /// Starts every node that is not running.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_all(&mut self) -> Result<&mut Self> {
        for node in 0..self.len() {
            self.start(node)?;
        }
        Ok(self)
    }

    /// Ends a node at once, as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// If it was not running.
    pub fn crash(&mut self, node: usize) -> Result<&mut Self> {
        self.processes[node].take().context("the node is not running")?.kill()?;
        Ok(self)
    }

    /// Asks a node to end, SIGTERM, and waits; gives its exit code.
    ///
    /// # Errors
    /// If it was not running or does not end.
    pub fn stop(&mut self, node: usize) -> Result<Option<i32>> {
        self.processes[node].take().context("the node is not running")?.terminate(PATIENCE)
    }

    /// Exit code of a node that has ended by itself.
    ///
    /// # Errors
    /// If it was not started.
    pub fn exit_code(&mut self, node: usize) -> Result<Option<i32>> {
        self.processes[node].as_mut().context("the node was not started")?.exit_code()
    }

    /// Height of a node's head, by its own word.
    ///
    /// # Errors
    /// If it does not answer.
    pub fn height(&self, node: usize) -> Result<u64> {
        Ok(self.bundle(node, &[StateKey::parameters()])?.header().height.0)
    }

    /// Waits until each of these nodes has reached a height.
    ///
    /// # Errors
    /// With the heights seen last, after [`PATIENCE`].
    pub fn wait_for(&self, nodes: &[usize], height: u64) -> Result<&Self> {
        let started = Instant::now();
        loop {
            let heights: Vec<_> = nodes.iter().map(|node| self.height(*node).ok()).collect();
            if heights.iter().all(|seen| seen.is_some_and(|seen| seen >= height)) {
                return Ok(self);
            }
            if started.elapsed() > PATIENCE {
                let logs: Vec<String> = nodes.iter().map(|node| tail(&self.log(*node))).collect();
                bail!("nodes {nodes:?} are at {heights:?}, not at {height}:\n{}", logs.join("\n--\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until every node has reached a height.
    ///
    /// # Errors
    /// As [`Cluster::wait_for`].
    pub fn wait_until(&self, height: u64) -> Result<&Self> {
        let all: Vec<usize> = (0..self.len()).collect();
        self.wait_for(&all, height)
    }

    /// An unsigned statement made now.
    #[must_use]
    pub fn unsigned(&self, department: &str, key: &str, action: ledger::action::Action) -> UnsignedStatement {
        witness::unsigned(&self.genesis.context().chain, &self.nonce, department, key, action)
    }

    /// A statement made now, signed by the first key and endorsed by the others.
    #[must_use]
    pub fn statement(&self, department: &str, keys: &[&str], action: ledger::action::Action) -> SignedStatement {
        let (main, others) = keys.split_first().expect("at least one key");
        witness::sign(self.unsigned(department, main, action), main, others)
    }

    /// Submits a statement to a node and waits for its outcome.
    ///
    /// # Errors
    /// If the node cannot be reached or answers what it should not.
    pub fn submit(&self, node: usize, statement: &SignedStatement) -> Result<Outcome> {
        client::submit(&self.addresses[node].api(), statement)
    }

    /// A verified bundle about some keys from a node.
    ///
    /// # Errors
    /// If the node cannot be reached or its answer does not verify.
    pub fn bundle(&self, node: usize, keys: &[StateKey]) -> Result<Verified> {
        let bundle: Bundle = client::bundle(&self.addresses[node].api(), keys)?;
        Ok(light::verify(&bundle, &self.trust())?)
    }

    /// Base URL of a node's API.
    #[must_use]
    pub fn api(&self, node: usize) -> String {
        self.addresses[node].api()
    }

    /// Base URL of a node's operations listener.
    #[must_use]
    pub fn operations(&self, node: usize) -> String {
        self.addresses[node].operations()
    }
}

/// The last lines of a log that are the node's own, for a failure's message.
fn tail(log: &str) -> String {
    let own = |line: &&str| line.contains("yinxin_node") && !line.contains(": yinxin_node::gossip");
    let lines: Vec<&str> = log.lines().rev().filter(own).take(40).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// This machine's clock, as far ahead as those of the story's nodes were set.
#[must_use]
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let now = TimeMs(u64::try_from(since.as_millis()).expect("a clock before the year 500,000,000"));
    now.plus(clock::AHEAD_MS.load(std::sync::atomic::Ordering::SeqCst))
}
