//! Four nodes of a consortium founded for one run, and what the system says of their processes.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ledger::memory::MemoryTip;
use ledger::trust::TrustFile;
use serde_json::Value;

use super::{refused, worthless};
use crate::app::{App, random};
use crate::commands::network::found::{Founded, found};
use crate::commands::network::layout::Layout;
use crate::commands::network::plan::Plan;
use crate::commands::network::process;
use crate::commands::network::sample::{Choice, render};
use crate::commands::network::{Health, ask, taken};
use crate::error::CliError;
use crate::reason::why;

/// How long the nodes may take until they are ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often nodes are asked.
const MOMENT: Duration = Duration::from_millis(20);
const GRACE: Duration = Duration::from_secs(10);
/// The first ports of towns lie so far apart, above those of the sample, which may run beside a measurement.
const PORTS_APART: usize = 1_000;
/// From here on Linux takes the ports of connections that go out (ip(7), `ip_local_port_range`).
const PORTS_OF_THE_SYSTEM: u16 = 32_768;

/// A consortium of four nodes; they end with it, and its files go.
pub(super) struct Town {
    layout: Layout,
    founded: Founded,
    /// Keys of the state before the load.
    pub(super) keys: u64,
    /// Height that the nodes begin with.
    pub(super) preloaded: u64,
}

/// What the four processes have used since they started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Processor time.
    pub(super) cpu: Duration,
    /// Bytes handed to the disk.
    pub(super) written_bytes: u64,
    /// Keys of the tree that were written, at one node.
    pub(super) tree_keys: u64,
    /// Height of one node.
    pub(super) height: u64,
}

impl Town {
    /// Founds it at this pace; none of its nodes runs yet.
    ///
    /// # Errors
    /// A file cannot be written, no port is free.
    pub(super) fn found(app: &App, pace_ms: u64) -> Result<Self, CliError> {
        let (text, mut plan) = planned()?;
        plan.parameters.pace_ms = pace_ms;
        let founded = found(&plan, app.now())?;
        let root = std::env::temp_dir().join(format!("yinxin-bench-{}", hex::encode(random::<8>())));
        let layout = Layout::at(root);
        layout.claim()?;
        let keys = MemoryTip::new(&founded.genesis).map_err(refused)?.keys() as u64;
        let town = Self { layout, founded, keys, preloaded: 0 };
        town.layout.write(&town.founded, &text)?;
        Ok(town)
    }

    /// Starts its nodes; gives the time from the start of the first process to the first new block at every node.
    ///
    /// # Errors
    /// A node is not ready in time.
    pub(super) fn start_all(&self) -> Result<Duration, CliError> {
        let started = Instant::now();
        for node in &self.founded.nodes {
            process::start(&self.layout, &node.department, self.founded.nodes.len())?;
        }
        let new = |health| matches!(health, Health::Ready { height: Some(height) } if height > self.preloaded);
        while !self.all(new) {
            if started.elapsed() > PATIENCE {
                return Err(worthless(why("reason-bench-late").with("seconds", PATIENCE.as_secs())));
            }
            std::thread::sleep(MOMENT);
        }
        Ok(started.elapsed())
    }

    /// Waits until every node has what the first one has: a node refuses what builds on a block that it does not have yet.
    ///
    /// # Errors
    /// One of them does not come to it in time.
    pub(super) fn level(&self) -> Result<(), CliError> {
        let started = Instant::now();
        // What the first one has just answered from, it shows a moment later.
        std::thread::sleep(MOMENT);
        let height = self.height(0).ok_or_else(|| refused("a node does not tell its height"))?;
        while !(1..self.founded.nodes.len()).all(|node| self.height(node).is_some_and(|other| other >= height)) {
            if started.elapsed() > PATIENCE {
                return Err(refused(format!("a node does not come to height {height}")));
            }
            std::thread::sleep(MOMENT);
        }
        Ok(())
    }

    fn all(&self, holds: impl Fn(Health) -> bool) -> bool {
        self.founded.nodes.iter().all(|node| {
            let process = process::running(&self.layout, &node.department);
            process.is_some() && holds(ask(node.place.ops_address(), process))
        })
    }

    /// Addresses of the nodes' APIs.
    pub(super) fn nodes(&self) -> Vec<SocketAddr> {
        self.founded.nodes.iter().map(|node| node.place.api_address()).collect()
    }

    /// Address of the first node's operations.
    pub(super) fn operations(&self) -> SocketAddr {
        self.founded.nodes[0].place.ops_address()
    }

    /// Directory of the town.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Homes of the nodes.
    pub(super) fn homes(&self) -> Vec<PathBuf> {
        self.founded.nodes.iter().map(|node| self.layout.node(&node.department)).collect()
    }

    /// What it was founded on, every key among it.
    pub(super) fn founded(&self) -> &Founded {
        &self.founded
    }

    /// What its verifiers trust.
    pub(super) fn trust(&self) -> Result<TrustFile, CliError> {
        TrustFile::of_genesis(&self.founded.genesis).map_err(|error| CliError::value("genesis", error))
    }

    /// Ends a node.
    pub(super) fn stop(&self, node: usize) -> Result<(), CliError> {
        process::end(&self.layout, &self.founded.nodes[node].department, GRACE).map(|_| ())
    }

    /// Starts a node that was ended.
    pub(super) fn start(&self, node: usize) -> Result<(), CliError> {
        let nodes = &self.founded.nodes;
        process::start(&self.layout, &nodes[node].department, nodes.len()).map(|_| ())
    }

    /// Height that a node says it has.
    pub(super) fn height(&self, node: usize) -> Option<u64> {
        ask(self.founded.nodes[node].place.ops_address(), None).height()
    }

    /// Resident memory of each node.
    pub(super) fn memory_bytes(&self) -> Result<Vec<u64>, CliError> {
        self.processes()?.into_iter().map(|process| field(process, "status", "VmRSS:").map(|kib| kib * 1024)).collect()
    }

    fn processes(&self) -> Result<Vec<u32>, CliError> {
        let running = |department: &str| {
            process::running(&self.layout, department).ok_or_else(|| refused(format!("the node of {department} ended")))
        };
        self.founded.nodes.iter().map(|node| running(&node.department)).collect()
    }

    /// What the nodes have used so far.
    ///
    /// # Errors
    /// A node has ended, or the system does not say.
    pub(super) fn used(&self) -> Result<Used, CliError> {
        let mut used = Used::default();
        for process in self.processes()? {
            used.cpu += cpu(process)?;
            used.written_bytes += field(process, "io", "write_bytes:")?;
        }
        used.tree_keys = self.metric("yinxin_tree_keys")?;
        used.height = self.metric("yinxin_height")?;
        Ok(used)
    }

    /// A figure of the first node's own.
    fn metric(&self, name: &str) -> Result<u64, CliError> {
        let agent = ureq::Agent::new_with_defaults();
        let answer = agent.get(format!("http://{}/metrics", self.operations())).call();
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string()).map_err(refused)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.and_then(|value| value.split('.').next()?.parse().ok());
        value.ok_or_else(|| refused(format!("the node says nothing of {name}")))
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        for node in &self.founded.nodes {
            // Ended already is as good.
            let _ = process::end(&self.layout, &node.department, GRACE);
        }
        let _ = fs::remove_dir_all(self.layout.root());
    }
}

fn proc_file(process: u32, name: &str) -> Result<String, CliError> {
    fs::read_to_string(format!("/proc/{process}/{name}")).map_err(|error| refused(format!("/proc: {error}")))
}

/// The number after a word in a file of the process.
fn field(process: u32, file: &str, word: &str) -> Result<u64, CliError> {
    let text = proc_file(process, file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(word));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| refused(format!("/proc/{process}/{file} has no {word}")))
}

/// Processor time of a process: fields 14 and 15 of `stat`, in ticks of 10 ms (proc(5)).
fn cpu(process: u32) -> Result<Duration, CliError> {
    let text = proc_file(process, "stat")?;
    // The name in parentheses may hold spaces: count from behind it.
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The most memory that a process has had.
///
/// # Errors
/// The system does not say.
pub(super) fn peak_bytes(process: u32) -> Result<u64, CliError> {
    field(process, "status", "VmHWM:").map(|kib| kib * 1024)
}

/// The plan of a town at whose addresses nobody listens.
fn planned() -> Result<(String, Plan), CliError> {
    let first = Choice::default().base_port;
    for base_port in (first..PORTS_OF_THE_SYSTEM).step_by(PORTS_APART).skip(1) {
        let text = render(&Choice { name: "bench".to_owned(), nodes: 4, base_port });
        let plan = Plan::parse(&text).map_err(|reason| CliError::value("network.toml", reason))?;
        if plan.departments.iter().filter_map(|department| department.node.as_ref()).all(|node| taken(node).is_none()) {
            return Ok((text, plan));
        }
    }
    Err(refused("no free ports for four nodes"))
}

/// The answer of `yinxin-node measure` about the disk or the engine, as JSON.
///
/// # Errors
/// The program cannot be run or answers something else.
pub(super) fn node_measure(layout: &Layout, what: &str) -> Result<Value, CliError> {
    let place = layout.root().join("measure");
    let program = process::program()?;
    let output = std::process::Command::new(&program).args(["measure", what, "--at"]).arg(&place).output();
    let output = output.map_err(CliError::read(&program))?;
    let value = serde_json::from_slice(&output.stdout);
    value.map_err(|_| refused(format!("yinxin-node measure: {}", String::from_utf8_lossy(&output.stderr))))
}
