//! Nodes are killed under load and return: nothing acknowledged is lost, nothing forks, everybody is soon at the head.

use std::time::{Duration, Instant};
use yinxin_tests::cluster::Cluster;
use yinxin_tests::scale::{Dice, scaled, seed, short_or_long};

/// Statements a second.
const RATE: u32 = 20;
/// A node that was started again is at the head of the others within this time.
const AT_HEAD: Duration = Duration::from_secs(30);
/// After all were killed, or a quorum was missing, the next block comes within this time of their return.
const FIRST_BLOCK: Duration = Duration::from_secs(15);
const FIRST_COMMIT: Duration = Duration::from_secs(10);

/// Up to `most`, short ones more often.
fn pause(dice: &mut Dice, most: Duration) -> Duration {
    let share = dice.below(1_000) as f64 / 1_000.0;
    most.mul_f64(share * share)
}

/// Kills `count` nodes at a random time, starts them again after up to five seconds, and waits until each is at the
/// head; gives how long the slowest took.
fn kill_and_return(cluster: &mut Cluster, dice: &mut Dice, count: usize) -> anyhow::Result<Duration> {
    let mut nodes: Vec<usize> = (0..cluster.len()).collect();
    dice.shuffle(&mut nodes);
    nodes.truncate(count);
    std::thread::sleep(pause(dice, Duration::from_millis(1_000)));
    for node in &nodes {
        cluster.crash(*node)?;
    }
    std::thread::sleep(pause(dice, Duration::from_secs(5)));
    for node in &nodes {
        cluster.start(*node)?;
    }
    let started = Instant::now();
    for node in &nodes {
        cluster.wait_at_head(*node, AT_HEAD)?;
    }
    Ok(started.elapsed())
}

/// The story of a number of rounds over a running cluster; the checkers have the last word.
fn rounds(mut cluster: Cluster, seed: u64, count: u64, killed: usize) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed);
    cluster.preload()?.start_all()?.wait_until(1)?;
    let (load, mut took) = (cluster.load(RATE, seed)?, Vec::new());
    for _ in 0..count {
        took.push(kill_and_return(&mut cluster, &mut dice, killed)?);
    }
    let (before, target) = (load.acknowledged(), load.acknowledged() + u64::from(RATE));
    let started = Instant::now();
    while load.acknowledged() < target {
        assert!(
            started.elapsed() < AT_HEAD,
            "{before} statements were acknowledged, and no {RATE} more with all nodes up"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let loaded = load.stop()?;
    took.sort();
    println!(
        "{killed} of {} killed {count} times under {} statements: at the head again within {:?} at worst, {:?} in the middle",
        cluster.len(),
        loaded.acknowledged,
        took.last().expect("at least one round"),
        took[took.len() / 2],
    );
    cluster.check()?;
    Ok(())
}

#[test]
fn one_of_four_is_killed_again_and_again() -> anyhow::Result<()> {
    rounds(Cluster::four()?, seed("one of four"), scaled(20), 1)
}

#[test]
fn two_of_seven_are_killed_again_and_again() -> anyhow::Result<()> {
    rounds(Cluster::seven()?, seed("two of seven"), short_or_long(3, 50), 2)
}

#[test]
fn with_more_down_than_may_be_nothing_is_decided() -> anyhow::Result<()> {
    let seed = seed("more than f down");
    let (mut cluster, mut dice) = (Cluster::four()?, Dice::new(seed));
    cluster.preload()?.start_all()?.wait_until(1)?;
    for round in 0..short_or_long(1, 20) {
        let load = cluster.load(RATE, seed ^ round)?;
        std::thread::sleep(Duration::from_secs(1));
        let mut nodes = [0, 1, 2, 3];
        dice.shuffle(&mut nodes);
        let ([up, other], [first, second]) = ([nodes[0], nodes[1]], [nodes[2], nodes[3]]);
        cluster.crash(first)?.crash(second)?;
        // What the dead had signed may still decide the height that was under way.
        std::thread::sleep(Duration::from_secs(1));
        let before = cluster.height(up)?.max(cluster.height(other)?);
        std::thread::sleep(Duration::from_secs(short_or_long(8, 30)));
        assert_eq!((cluster.height(up)?, cluster.height(other)?), (before, before), "two of four decided something");
        cluster.start(first)?.start(second)?;
        let took = wait_above(&cluster, before, FIRST_COMMIT)?;
        println!("two of four were back, and the next block came after {took:?}");
        load.stop()?;
    }
    cluster.check()?;
    Ok(())
}

#[test]
fn all_four_are_killed_at_once() -> anyhow::Result<()> {
    let seed = seed("all four at once");
    let (mut cluster, mut dice) = (Cluster::four()?, Dice::new(seed));
    cluster.preload()?.start_all()?.wait_until(1)?;
    for round in 0..short_or_long(3, 200) {
        let load = cluster.load(RATE, seed ^ round)?;
        std::thread::sleep(Duration::from_millis(500) + pause(&mut dice, Duration::from_secs(1)));
        let before = cluster.head();
        for node in 0..cluster.len() {
            cluster.crash(node)?;
        }
        cluster.start_all()?;
        let took = wait_above(&cluster, before, FIRST_BLOCK)?;
        println!("all four were killed at {before}; the next block came {took:?} after their start");
        load.stop()?;
    }
    cluster.check()?;
    Ok(())
}

/// Waits until some node's head is above a height.
fn wait_above(cluster: &Cluster, height: u64, patience: Duration) -> anyhow::Result<Duration> {
    let started = Instant::now();
    while cluster.head() <= height {
        anyhow::ensure!(started.elapsed() < patience, "no block above {height} within {patience:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(started.elapsed())
}
