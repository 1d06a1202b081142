//! One of four departments lies, with real processes: the engine's seven behaviours, bad blocks, untrue answers.
//!
//! The liar is `yinxin-node-byzantine`, built apart with the feature `byzantine`; what lies it tells stands in
//! `YINXIN_LIES`. What it told and what the honest nodes decided is read from their logs.

mod bad_blocks;
mod behaviours;
mod evidence;
mod load;
mod product;
mod sync;

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use yinxin_tests::cluster::{Cluster, PATIENCE};

/// The node that lies: that of the police.
const LIAR: usize = 3;
/// The others.
const HONEST: [usize; 3] = [0, 1, 2];
/// The program that lies.
const PROGRAM: &str = yinxin_tests::cluster::TEST_PROGRAM;

/// Four nodes of which one will lie; none is started.
fn cluster(lies: &str) -> Result<Cluster> {
    let mut cluster = Cluster::four()?;
    cluster.set_program(LIAR, PROGRAM).set_variable(LIAR, "YINXIN_LIES", lies);
    Ok(cluster)
}

/// Ends the liar and starts it with other lies.
fn now_lies(cluster: &mut Cluster, lies: &str) -> Result<()> {
    cluster.stop(LIAR)?;
    cluster.set_variable(LIAR, "YINXIN_LIES", lies).start(LIAR)?;
    Ok(())
}

/// A block as a node persisted it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decided {
    /// Round of the certificate that this node had: nodes may differ in it.
    round: u64,
    hash: String,
}

/// The value of a field in a log line, without quotes.
fn field<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let value = line.split(&format!(" {name}=")).nth(1)?;
    Some(value.split(' ').next().unwrap_or(value).trim_matches('"'))
}

fn number(line: &str, name: &str) -> Option<u64> {
    field(line, name)?.parse().ok()
}

/// What a node decided, by its own log, height by height without a gap; each height once.
fn decided(cluster: &Cluster, node: usize) -> Result<BTreeMap<u64, Decided>> {
    let mut found = BTreeMap::new();
    for line in cluster.log(node).lines().filter(|line| line.contains("decided and persisted")) {
        let read = || Some((number(line, "height")?, number(line, "round")?, field(line, "hash")?.to_owned()));
        let (height, round, hash) = read().with_context(|| line.to_owned())?;
        let known: Option<Decided> = found.insert(height, Decided { round, hash: hash.clone() });
        // A node whose store was taken away decides old heights again: the same ones.
        ensure!(known.is_none_or(|known| known.hash == hash), "node {node} decided height {height} twice");
    }
    let heights = found.len() as u64;
    ensure!(found.keys().copied().eq(1..=heights), "node {node} left a height out");
    Ok(found)
}

/// No fork: wherever two honest nodes decided a height, they decided the same header. Gives the heights that all have,
/// with the highest round that any of them saw decide.
fn no_fork(cluster: &Cluster) -> Result<BTreeMap<u64, Decided>> {
    let mut all: BTreeMap<u64, Decided> = BTreeMap::new();
    for node in HONEST {
        for (height, one) in decided(cluster, node)? {
            let known = all.entry(height).or_insert_with(|| one.clone());
            ensure!(known.hash == one.hash, "FORK at height {height}: {} and {} at node {node}", known.hash, one.hash);
            known.round = known.round.max(one.round);
        }
    }
    Ok(all)
}

/// No honest node has ended or said that it differs.
fn all_live(cluster: &mut Cluster) -> Result<()> {
    for node in HONEST {
        let code = cluster.exit_code(node)?;
        ensure!(code.is_none(), "honest node {node} ended with {code:?}:\n{}", tail(&cluster.log(node)));
    }
    Ok(())
}

/// Lines of the liar's log that say so in these words.
fn told(cluster: &Cluster, words: &str) -> usize {
    cluster.log(LIAR).lines().filter(|line| line.contains(words)).count()
}

/// Waits until it holds, looking at the honest nodes between.
fn wait(cluster: &mut Cluster, what: &str, holds: impl Fn(&Cluster) -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !holds(cluster)? {
        all_live(cluster)?;
        if started.elapsed() > PATIENCE {
            let logs: Vec<String> = (0..cluster.len()).map(|node| tail(&cluster.log(node))).collect();
            bail!("not after {PATIENCE:?}: {what}\n{}", logs.join("\n--\n"));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok(())
}

/// Waits until the honest nodes have decided so many heights more, in steps for each of which there is patience.
fn heights_more(cluster: &mut Cluster, heights: u64) -> Result<u64> {
    let highest = |cluster: &Cluster| HONEST.iter().filter_map(|node| cluster.height(*node).ok()).max().unwrap_or(0);
    let begun = highest(cluster);
    let mut next = begun;
    while next < begun + heights {
        next = (next + 10).min(begun + heights);
        cluster.wait_for(&HONEST, next)?;
        all_live(cluster)?;
    }
    Ok(begun)
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(15).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// The words of lies that the liar's log names, with how often.
fn lies_told(cluster: &Cluster, message: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in cluster.log(LIAR).lines().filter(|line| line.contains(message)) {
        *found.entry(field(line, "lie").unwrap_or_default().to_owned()).or_default() += 1;
    }
    found
}

/// Fails for kinds that are not among those told often enough.
fn missing(told: &BTreeMap<String, usize>, kinds: &[&str], times: usize) -> BTreeSet<String> {
    let often = |kind: &&&str| told.get(**kind).copied().unwrap_or(0) < times;
    kinds.iter().filter(often).map(|kind| (*kind).to_owned()).collect()
}
