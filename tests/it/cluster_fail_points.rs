//! Four departments under load; a node dies at each fail point that its program names (`node/src/fail_points.rs`), comes
//! back to the head and signs again. Of what is committed nothing is lost, nothing forks, and no key signs twice.
//!
//! The list is asked of the program: a point that no part of this story drives a node to, or that is not passed when it
//! is driven, fails it.

use anyhow::{Context, Result, bail, ensure};
use ledger::action::Action;
use ledger::action::governance::Propose;
use ledger::record::{ValidatorSchedule, base_of};
use ledger::state::StateKey;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use yinxin_tests::cluster::{Cluster, FailPoint, PATIENCE, Witness, fail_points, now, program};
use yinxin_tests::sample::{id, register_identity};
use yinxin_tests::scale::{Dice, scaled, seed};
use yinxin_tests::story::{administrators, validators_of, vote};

/// Statements a second.
const RATE: u32 = 10;
/// At the head, voting and signing again, each within this time: far more than it takes, and not for ever.
const RETURNS: Duration = Duration::from_secs(60);
/// Fewer named points than this are too few.
const POINTS_MIN: usize = 20;
/// Blocks that a node lacks when it has to catch up.
const BEHIND: usize = 3;
/// States that stay provable: so few that there is something to prune every time.
const VERSIONS_KEPT: u64 = 20;
/// The node that signs twice when evidence is wanted, and leaves the validators afterwards: that of the police.
const LIAR: usize = 3;

/// Names of points by what drives a node to them.
type Drives = BTreeMap<String, Vec<String>>;

/// The story so far.
struct Story {
    cluster: Cluster,
    witness: Witness,
    dice: Dice,
    names: u64,
    /// Nodes that may be chosen to die.
    mortal: Vec<usize>,
    /// Kinds of points to which nodes were driven.
    driven: BTreeSet<String>,
    /// How long each return took, by point and role.
    returns: Vec<(String, Duration)>,
}

impl Story {
    fn choose(&mut self) -> usize {
        self.mortal[self.dice.below(self.mortal.len())]
    }

    /// So many more blocks, by way of a node that lives.
    fn blocks(&mut self, dead: usize, count: usize) -> Result<()> {
        for _ in 0..count {
            self.names += 1;
            let action = register_identity(self.witness.context(), &format!("point-{}", self.names));
            let statement = self.witness.statement("police", &["police-officer"], action);
            self.witness.submit((dead + 1) % self.cluster.len(), &statement)?;
        }
        Ok(())
    }

    /// Starts nodes that have died; each comes to the head of the others, votes, and signs something new.
    fn return_of(&mut self, nodes: &[usize], what: &str) -> Result<()> {
        let started = Instant::now();
        for node in nodes {
            self.cluster.start(*node)?;
        }
        for node in nodes.iter().copied() {
            self.cluster.wait_at_head(node, RETURNS).with_context(|| what.to_owned())?;
            self.cluster.wait_voting(node, RETURNS).with_context(|| what.to_owned())?;
            let (votes, before) = (Instant::now(), self.cluster.signed_bytes(node));
            while self.cluster.signed_bytes(node) == before {
                ensure!(
                    votes.elapsed() < RETURNS,
                    "after {what} node {node} says that it votes, and signs nothing: {:?}\n{}",
                    self.cluster.health(node),
                    self.cluster.log_tail(node)
                );
                self.blocks(node, 1)?;
            }
        }
        self.returns.push((what.to_owned(), started.elapsed()));
        Ok(())
    }

    /// A node dies at a point while it runs, in a role if one is given.
    fn die_running(&mut self, point: &str, role: Option<&str>) -> Result<()> {
        let (node, count) = (self.choose(), 1 + self.dice.below(2));
        let role = role.map_or_else(String::new, |role| format!(":{role}"));
        self.cluster.arm_point(node, &format!("{point}:{count}{role}"))?;
        self.cluster.wait_dead_at(node, point)?;
        self.return_of(&[node], &format!("{point}{role}"))
    }

    /// A node that is down dies at a point of its start.
    fn die_starting(&mut self, node: usize, point: &str) -> Result<()> {
        self.cluster.arm_point(node, &format!("{point}:1"))?;
        self.cluster.start(node)?;
        self.cluster.wait_dead_at(node, point)
    }

    /// The same for a node that runs, whose others go on without it before it starts.
    fn die_returning(&mut self, point: &str) -> Result<()> {
        let node = self.choose();
        self.cluster.crash(node)?;
        self.blocks(node, BEHIND)?;
        self.die_starting(node, point)?;
        self.return_of(&[node], point)
    }

    /// A node dies while it makes a backup of its running store.
    fn die_in_backup(&mut self, point: &str) -> Result<()> {
        let node = self.choose();
        self.cluster.arm_point(node, &format!("{point}:1"))?;
        let mut asking = self.backup(node, "torn")?.stderr(Stdio::null()).spawn()?;
        self.cluster.wait_dead_at(node, point)?;
        ensure!(!asking.wait()?.success(), "a backup that was broken off at {point} is called done");
        self.return_of(&[node], point)?;
        let left = fs::read_dir(self.cluster.home(node).join("backups"))?.count();
        ensure!(left == 0, "{left} directories of a broken backup are left after a start");
        Ok(())
    }

    fn backup(&self, node: usize, name: &str) -> Result<Command> {
        let mut command = Command::new(program("yinxin-node")?);
        command.arg("backup").arg("--home").arg(self.cluster.home(node)).arg("--to").arg(self.backup_place(name));
        Ok(command)
    }

    fn backup_place(&self, name: &str) -> PathBuf {
        self.cluster.home(0).with_file_name(name)
    }

    /// The restore of a node dies at each point, and the node starts on what is left. At last it is made in full.
    fn die_in_restore(&mut self, points: &[String]) -> Result<()> {
        let node = self.choose();
        let made = self.backup(node, "sound")?.output()?;
        ensure!(made.status.success(), "backup: {}", String::from_utf8_lossy(&made.stderr));
        let backup = self.backup_place("sound").display().to_string();
        self.blocks(node, BEHIND)?;
        for point in points {
            self.cluster.crash(node)?;
            self.cluster.dies_at(node, point, &["restore", "--from", &backup])?;
            self.return_of(&[node], point)?;
        }
        self.cluster.crash(node)?;
        let mut restoring = Command::new(program("yinxin-node")?);
        restoring.args(["restore", "--replace", "--from", &backup, "--home"]).arg(self.cluster.home(node));
        let output = restoring.output()?;
        ensure!(output.status.success(), "restored again: {}", String::from_utf8_lossy(&output.stderr));
        fs::remove_dir_all(self.backup_place("sound"))?;
        self.return_of(&[node], "a restore after broken ones")
    }

    /// A node whose store is given up dies while that is set aside; the next start is an ordinary one.
    fn die_in_resync(&mut self, point: &str) -> Result<()> {
        let node = self.choose();
        self.cluster.crash(node)?.set_arguments(node, &["--resync"]);
        self.die_starting(node, point)?;
        self.cluster.set_arguments(node, &[]);
        self.return_of(&[node], point)
    }

    /// One node begins to sign twice; each point that keeps the proof of it ends another one.
    fn evidence(&mut self, points: &[String]) -> Result<()> {
        let lies = "equivocate_votes = { mode = \"always\" }\nequivocate_proposals = { mode = \"always\" }\n";
        self.mortal.retain(|node| *node != LIAR);
        self.cluster.set_guilty(LIAR).crash(LIAR)?.set_variable(LIAR, "YINXIN_LIES", lies).start(LIAR)?;
        for point in points {
            self.die_running(point, None)?;
        }
        self.cluster.crash(LIAR)?.unset_variable(LIAR, "YINXIN_LIES").start(LIAR)?;
        self.cluster.wait_voting(LIAR, RETURNS)?;
        Ok(())
    }

    /// The department that lied leaves the validators. Each point of the block after which the others decide alone ends
    /// one of them, all at the same height.
    fn handover(&mut self, points: &[String]) -> Result<()> {
        ensure!(points.len() <= self.mortal.len(), "more points of a handover than nodes");
        let three = ["court", "justice", "notary"];
        self.vote_for(&three)?;
        let schedule = self.schedule()?;
        let not_before = schedule.pending.context("the change is scheduled")?.not_before;
        let dying: Vec<(usize, String)> = self.mortal.iter().copied().zip(points.iter().cloned()).collect();
        for (node, point) in &dying {
            self.cluster.arm_point(*node, &format!("{point}:1"))?;
        }
        while now() < not_before {
            self.cluster.advance_clocks(Duration::from_secs(90))?;
            std::thread::sleep(Duration::from_millis(500));
        }
        for (node, point) in &dying {
            self.cluster.wait_dead_at(*node, point)?;
        }
        let nodes: Vec<usize> = dying.iter().map(|(node, _)| *node).collect();
        self.return_of(&nodes, &points.join(" and "))?;
        // By the nodes' own word; the checkers hold each certificate against the set of its height.
        let waited = Instant::now();
        while !self.mortal.iter().all(|node| self.power_in_all(*node) == Some(three.len() as u64)) {
            ensure!(waited.elapsed() < RETURNS, "the three are not in force: {:?}", self.cluster.health(0));
            self.blocks(LIAR, 1)?;
        }
        Ok(())
    }

    fn vote_for(&self, departments: &[&str]) -> Result<()> {
        let change = validators_of(departments);
        let replaced = change.replaces();
        let read = self.cluster.bundle(0, std::slice::from_ref(&replaced))?;
        let base = read.entries().find(|(path, _)| *path == replaced.path()).and_then(|(_, value)| value).map(base_of);
        self.administer("notary", Action::Propose(Propose { proposal: id("the liar leaves"), change, base }))?;
        for department in ["court", "justice"] {
            self.administer(department, vote("the liar leaves", true))?;
        }
        Ok(())
    }

    fn administer(&self, department: &str, action: Action) -> Result<()> {
        let [first, second] = administrators(department);
        let statement = self.cluster.statement(department, &[&first, &second], action);
        self.cluster.submit(0, &statement)?.height()?;
        Ok(())
    }

    /// The voting power of all validators, by a node's word.
    fn power_in_all(&self, node: usize) -> Option<u64> {
        self.cluster.health(node).ok()?.detail["power"]["total"].as_u64()
    }

    fn schedule(&self) -> Result<ValidatorSchedule> {
        let key = StateKey::validators();
        self.cluster.bundle(0, std::slice::from_ref(&key))?.record(&key)?.context("a schedule of validators")
    }

    /// Drives nodes to all points of these kinds under a load of its own; gives how many statements were acknowledged.
    fn drive_loaded(&mut self, drives: &Drives, kinds: &[&str]) -> Result<u64> {
        let load = self.cluster.load(RATE, self.dice.roll())?;
        self.drive_all(drives, kinds)?;
        Ok(load.stop()?.acknowledged)
    }

    /// The same without a load: who reads from a node whose store is put back sees it go back, and should.
    fn drive_all(&mut self, drives: &Drives, kinds: &[&str]) -> Result<()> {
        for (drive, points) in kinds.iter().filter_map(|kind| drives.get_key_value(*kind)) {
            self.drive(drive, points)?;
            self.driven.insert(drive.clone());
        }
        Ok(())
    }

    /// Drives nodes to all points of a kind.
    fn drive(&mut self, drive: &str, points: &[String]) -> Result<()> {
        match drive {
            "evidence" => return self.evidence(points),
            "handover" => return self.handover(points),
            "restore" => return self.die_in_restore(points),
            _ => {}
        }
        for point in points {
            match drive {
                "any" => self.die_running(point, None)?,
                "proposer" => self.die_running(point, Some("proposer"))?,
                "both" => {
                    self.die_running(point, Some("proposer"))?;
                    self.die_running(point, Some("other"))?;
                }
                "start" | "behind" => self.die_returning(point)?,
                "backup" => self.die_in_backup(point)?,
                "resync" => self.die_in_resync(point)?,
                _ => bail!("no part of this story drives a node to {point}: {drive}"),
            }
        }
        Ok(())
    }
}

/// The points by what drives a node to them.
fn by_drive(points: Vec<FailPoint>) -> Drives {
    let mut drives = Drives::new();
    for point in points {
        drives.entry(point.drive).or_default().push(point.name);
    }
    drives
}

/// Four nodes with fail points; all but the last run, which dies at each point of a first start before it comes too.
fn begin(first: &[String], dice: Dice) -> Result<Story> {
    let mut cluster = Cluster::four()?;
    cluster.with_fail_points().preload()?.preload_clock()?;
    for node in 0..cluster.len() {
        let file = cluster.home(node).join("node.toml");
        let config = fs::read_to_string(&file)? + &format!("\n[storage]\nversions_kept = {VERSIONS_KEPT}\n");
        fs::write(file, config)?;
    }
    let (late, witness) = (cluster.len() - 1, cluster.witness("points")?);
    for node in 0..late {
        cluster.start(node)?;
    }
    cluster.wait_for(&[0, 1, 2], 1)?;
    let mortal = (0..cluster.len()).collect();
    let mut story = Story { cluster, witness, dice, names: 0, mortal, driven: BTreeSet::new(), returns: Vec::new() };
    for point in first {
        story.die_starting(late, point)?;
    }
    story.blocks(late, 1)?;
    story.cluster.start(late)?.wait_until(2)?;
    story.cluster.wait_voting(late, PATIENCE)?;
    Ok(story)
}

#[test]
fn a_node_dies_at_every_fail_point_and_returns() -> Result<()> {
    let (seed, begun) = (seed("fail points"), Instant::now());
    let points = fail_points()?;
    ensure!(points.len() >= POINTS_MIN, "the program names {} points", points.len());
    let (named, mut drives) = (points.len(), by_drive(points));
    let first = drives.remove("first").unwrap_or_default();
    let mut story = begin(&first, Dice::new(seed))?;
    let mut acknowledged = 0;
    for _ in 0..scaled(1).min(20) {
        story.drive_all(&drives, &["restore", "resync"])?;
        acknowledged += story.drive_loaded(&drives, &["start", "any", "proposer", "both", "behind", "backup"])?;
    }
    // A handover is driven last: with three validators nobody may lie any more.
    acknowledged += story.drive_loaded(&drives, &["evidence", "handover"])?;
    ensure!(story.driven == drives.keys().cloned().collect(), "some are not driven: {drives:?}");
    let returns = &mut story.returns;
    returns.sort_by_key(|(_, took)| *took);
    let (worst, middle) = (returns.last().context("nobody died")?, returns[returns.len() / 2].1);
    println!(
        "{named} fail points, {} returns ({} deaths at a first start besides) under {acknowledged} statements in {:?}: at the head \
         and signing again after {middle:?} in the middle, {:?} at worst ({})",
        returns.len(),
        first.len(),
        begun.elapsed(),
        worst.1,
        worst.0
    );
    story.cluster.check()?;
    Ok(())
}
