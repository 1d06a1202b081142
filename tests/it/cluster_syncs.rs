//! A node is ended in the place of each sync (fsync, fdatasync, `sync_file_range`) that it makes in three heights, and in
//! the start that follows: it comes back each time, agrees with the others, and never signs twice.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use yinxin_tests::cluster::{Cluster, Witness};
use yinxin_tests::sample::register_identity;
use yinxin_tests::scale::{Dice, seed, short_or_long};

/// Heights whose syncs are all tried.
const HEIGHTS: u64 = 3;
/// Back at the head within this time.
const AT_HEAD: Duration = Duration::from_secs(30);
/// A number that no count reaches: the node only counts.
const NEVER: u64 = 1 << 40;

/// One more block, by way of a node that is not the one under test.
fn block(witness: &Witness, node: usize, name: &str) -> anyhow::Result<u64> {
    let action = register_identity(witness.context(), name);
    Ok(witness.submit(node, &witness.statement("police", &["police-officer"], action))?.1)
}

/// What a sync is for, from the line that the preloaded library wrote about it: its call, and the kind of file.
fn kind(line: &str) -> String {
    let (call, path) = (line.split(' ').nth(1).unwrap_or_default(), line.split(' ').nth(2).unwrap_or_default());
    let file = path.rsplit('/').next().unwrap_or_default();
    let room = path.rsplit('/').nth(1).unwrap_or_default();
    let suffix = file.rsplit('.').next().unwrap_or_default();
    format!("{call} {room}/*.{suffix}")
}

fn told(lines: &[String]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for line in lines {
        *kinds.entry(kind(line)).or_insert(0) += 1;
    }
    kinds
}

/// The story of one node under test.
struct Victim<'a> {
    cluster: &'a mut Cluster,
    witness: Witness,
    node: usize,
    other: usize,
    names: u64,
    died_at: BTreeMap<String, usize>,
}

impl Victim<'_> {
    fn block(&mut self) -> anyhow::Result<u64> {
        self.names += 1;
        block(&self.witness, self.other, &format!("sync-{}-{}", self.node, self.names))
    }

    /// The syncs of three heights, counted.
    fn count_heights(&mut self) -> anyhow::Result<Vec<String>> {
        self.cluster.arm_sync(self.node, NEVER)?;
        for _ in 0..HEIGHTS {
            let height = self.block()?;
            self.cluster.wait_for(&[self.node], height)?;
        }
        self.cluster.disarm_sync(self.node)
    }

    /// The syncs from a start to the head, counted.
    fn count_start(&mut self) -> anyhow::Result<Vec<String>> {
        self.cluster.crash(self.node)?.arm_sync(self.node, NEVER)?;
        self.cluster.start(self.node)?;
        self.cluster.wait_voting(self.node, AT_HEAD)?;
        let counted = self.cluster.disarm_sync(self.node)?;
        self.cluster.wait_at_head(self.node, AT_HEAD)?;
        Ok(counted)
    }

    /// Ends the node at a sync while the chain goes on, and has it come back.
    fn die_at(&mut self, at: u64) -> anyhow::Result<()> {
        self.cluster.arm_sync(self.node, at)?;
        // A height that the others decide without it costs the node fewer syncs than one that it votes on.
        for _ in 0..10 * HEIGHTS {
            self.block()?;
            if !self.cluster.is_alive(self.node)? {
                break;
            }
        }
        self.bury(at)
    }

    /// Ends the node at a sync of its start, and has it come back. How many syncs a start makes differs from one to the
    /// next with what the store has to tidy up; one that was over before is none of this story's.
    fn die_at_start(&mut self, at: u64) -> anyhow::Result<()> {
        self.cluster.crash(self.node)?.arm_sync(self.node, at)?;
        self.cluster.start(self.node)?;
        let started = Instant::now();
        while self.cluster.is_alive(self.node)? {
            if self.cluster.health(self.node).is_ok_and(|health| health.votes) {
                println!("a start was over before its sync {at}");
                self.cluster.disarm_sync(self.node)?;
                return Ok(());
            }
            assert!(started.elapsed() < AT_HEAD, "the node neither votes nor dies at sync {at} of its start");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.bury(at)
    }

    fn bury(&mut self, at: u64) -> anyhow::Result<()> {
        let code = self.cluster.wait_ended(self.node)?;
        assert_eq!(code, None, "the node ended by itself before sync {at}:\n{}", self.cluster.log(self.node));
        let lines = self.cluster.disarm_sync(self.node)?;
        assert_eq!(lines.len() as u64, at, "the node dies at the sync that it was told");
        *self.died_at.entry(kind(lines.last().expect("at least one sync"))).or_insert(0) += 1;
        self.cluster.start(self.node)?.wait_at_head(self.node, AT_HEAD)?;
        self.cluster.wait_voting(self.node, AT_HEAD)?;
        Ok(())
    }
}

#[test]
fn a_node_dies_at_every_sync_of_three_heights() -> anyhow::Result<()> {
    let seed = seed("every sync");
    let (mut cluster, mut dice) = (Cluster::four()?, Dice::new(seed));
    cluster.preload()?.start_all()?.wait_until(1)?;
    let node = dice.below(4);
    let witness = cluster.witness("syncs")?;
    let mut victim =
        Victim { cluster: &mut cluster, witness, node, other: (node + 1) % 4, names: 0, died_at: BTreeMap::new() };
    let (heights, start) = (victim.count_heights()?, victim.count_start()?);
    println!("node {node}: {} syncs in {HEIGHTS} heights {:?}", heights.len(), told(&heights));
    println!("node {node}: {} syncs from its start on {:?}", start.len(), told(&start));
    // All of them in the long run; here about so many, evenly, from a random one on.
    let step = |count: usize, few: u64| short_or_long((count as u64).div_ceil(few), 1);
    let (step_heights, step_start) = (step(heights.len(), 26), step(start.len(), 4));
    let first = dice.roll();
    for at in (1..=heights.len() as u64).filter(|at| at % step_heights == first % step_heights) {
        victim.die_at(at)?;
    }
    let in_heights: usize = victim.died_at.values().sum();
    for at in (1..=start.len() as u64).filter(|at| at % step_start == first % step_start) {
        victim.die_at_start(at)?;
    }
    let all: usize = victim.died_at.values().sum();
    println!(
        "node {node} died {in_heights} times in three heights, {} times in a start: {:?}",
        all - in_heights,
        victim.died_at
    );
    cluster.check()?;
    Ok(())
}
