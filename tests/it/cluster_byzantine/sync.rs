//! A peer that lies about what was decided: a node that lags catches up all the same, and stores nothing wrong.

use super::evidence::program;
use super::load::Load;
use super::{HONEST, all_live, cluster, lies_told, missing, no_fork, wait};
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use yinxin_tests::cluster::Cluster;

const ANSWERS: [&str; 15] = [
    "other-block",
    "other-time",
    "swapped-signature-byte",
    "other-certificate",
    "few-signatures",
    "doubled-signature",
    "foreign-signatures",
    "forged-signatures",
    "truncated",
    "undecodable",
    "empty",
    "other-heights",
    "endless",
    "silence",
    "too-late",
];
const STATUSES: [&str; 4] = ["far-above", "goes-down", "stale", "forged"];
/// The node that lags.
const LATE: usize = 2;
/// Heights to catch up with: several requests.
const CHAIN: u64 = 100;
/// Returns of the late node before the liar must have been asked often enough.
const RETURNS_MAX: usize = 60;

/// Takes directories of a stopped node away.
fn wipe(cluster: &Cluster, directories: &[&str]) -> Result<()> {
    for directory in directories {
        let path = cluster.home(LATE).join(directory);
        if path.exists() {
            std::fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

/// The late node comes back without its blocks; gives the seconds until it is where the others were.
fn comes_back(cluster: &mut Cluster, without: &[&str]) -> Result<f64> {
    cluster.stop(LATE)?;
    wipe(cluster, without)?;
    let head = cluster.height(0)?;
    let started = Instant::now();
    cluster.start(LATE)?.wait_for(&[LATE], head)?;
    all_live(cluster)?;
    Ok(started.elapsed().as_secs_f64())
}

fn votes(cluster: &Cluster) -> bool {
    let answer = ureq::get(format!("{}/readyz", cluster.operations(LATE))).call();
    let detail = answer.ok().and_then(|mut answer| answer.body_mut().read_json::<serde_json::Value>().ok());
    detail.is_some_and(|detail| detail["votes"] == true || detail["detail"]["votes"] == true)
}

#[test]
fn a_node_that_lags_catches_up_whatever_one_peer_answers() -> Result<()> {
    let mut cluster = cluster("answers = [\"all\"]\nstatuses = [\"all\"]\n")?;
    cluster.start_all()?.wait_for(&HONEST, 1)?;
    let load = Load::on(&cluster, &[0, 1]);
    for height in (20..=CHAIN).step_by(20) {
        cluster.wait_for(&HONEST, height)?;
    }
    let (mut returns, mut worst) = (0, 0f64);
    loop {
        let left = missing(&lies_told(&cluster, "LIE: an answer of value sync"), &ANSWERS, 1);
        if left.is_empty() && returns > 0 {
            break;
        }
        ensure!(returns < RETURNS_MAX, "after {returns} returns nobody was told {left:?}");
        // The guard stays: it knows how far this node has signed.
        worst = worst.max(comes_back(&mut cluster, &["data", "wal"])?);
        returns += 1;
    }
    wait(&mut cluster, "every kind of untrue tip is told", |cluster| {
        Ok(missing(&lies_told(cluster, "LIE: a status"), &STATUSES, 1).is_empty())
    })?;
    // As a new department's node: it knows nothing, and must not be told to keep silent for ever.
    worst = worst.max(comes_back(&mut cluster, &["data", "wal", "guard"])?);
    wait(&mut cluster, "the late node votes again", |cluster| Ok(votes(cluster)))?;
    load.end()?;
    let head = cluster.height(0)?;
    cluster.wait_for(&HONEST, head)?;
    all_live(&mut cluster)?;
    no_fork(&cluster)?;
    let answers = lies_told(&cluster, "LIE: an answer of value sync");
    let (told, kinds) = (answers.values().sum::<usize>(), answers.len());
    println!("{told} untrue answers of {kinds} kinds, {returns} returns, {head} heights, worst return {worst:.1} s");
    ensure!(cluster.stop(LATE)? == Some(0), "the late node did not end in order");
    fsck(&cluster.home(LATE))?;
    Ok(())
}

/// Derives everything that the node stored again.
fn fsck(home: &Path) -> Result<()> {
    let output = Command::new(program("yinxin-node")?).arg("fsck").arg("--home").arg(home).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "fsck: {said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", said.trim());
    Ok(())
}
