//! What must never lead to a second signature: old copies of a node's store, two processes with one key, damaged files.
//! The checkers read everything that each key ever signed, and the node has to vote again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use yinxin_tests::cluster::{Cluster, Witness};
use yinxin_tests::sample::register_identity;
use yinxin_tests::scale::{Dice, scaled, seed, short_or_long};

/// A node that was given old or damaged files votes again within this time.
const VOTES: Duration = Duration::from_secs(30);
/// Exit code for what another process holds.
const EXIT_CONFLICT: i32 = 6;

/// So many more blocks, each by a statement that a node takes.
fn blocks(witness: &Witness, node: usize, name: &str, count: u64) -> anyhow::Result<()> {
    for number in 0..count {
        let action = register_identity(witness.context(), &format!("{name}-{number}"));
        witness.submit(node, &witness.statement("police", &["police-officer"], action))?;
    }
    Ok(())
}

/// Starts a node, waits until it votes at the head of the others and has signed something new; says how long that took.
fn comes_back(cluster: &mut Cluster, witness: &Witness, node: usize, name: &str) -> anyhow::Result<Duration> {
    let (started, signed) = (Instant::now(), cluster.signed_bytes(node));
    cluster.start(node)?.wait_at_head(node, VOTES)?;
    cluster.wait_voting(node, VOTES)?;
    for number in 0.. {
        blocks(witness, (node + 1) % cluster.len(), &format!("{name}-again-{number}"), 1)?;
        if cluster.signed_bytes(node) > signed {
            break;
        }
        assert!(started.elapsed() < VOTES, "the node says that it votes, and signs nothing:\n{}", cluster.log(node));
    }
    assert!(started.elapsed() < VOTES, "the node voted again after {:?} only", started.elapsed());
    Ok(started.elapsed())
}

#[test]
fn a_store_that_is_copied_back_signs_nothing_twice() -> anyhow::Result<()> {
    let mut dice = Dice::new(seed("copied back"));
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(1)?;
    let witness = cluster.witness("copied")?;
    let depths = [1, 10, 1_000];
    for depth in &depths[..usize::try_from(short_or_long(2, 3))?] {
        for directories in [&["data", "wal"][..], &["data"]] {
            let node = dice.below(4);
            let name = format!("copied-{depth}-{}", directories.len());
            cluster.node(node).stop()?;
            let kept = cluster.keep(node, directories)?;
            cluster.start(node)?.wait_voting(node, VOTES)?;
            blocks(&witness, node, &name, *depth)?;
            cluster.crash(node)?.put_back(node, &kept)?;
            let took = comes_back(&mut cluster, &witness, node, &name)?;
            println!("{directories:?} of node {node} put back {depth} blocks: it voted again after {took:?}");
        }
    }
    cluster.check()?;
    Ok(())
}

#[test]
fn a_restored_backup_signs_nothing_twice() -> anyhow::Result<()> {
    let mut dice = Dice::new(seed("restored"));
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(1)?;
    let (witness, node) = (cluster.witness("restored")?, dice.below(4));
    blocks(&witness, node, "before", 2)?;
    let (home, backup) = (cluster.home(node), cluster.home(node).with_file_name("backup"));
    admin(&["backup", "--home", &text(&home), "--to", &text(&backup)])?;
    blocks(&witness, node, "after", 5)?;
    cluster.crash(node)?;
    admin(&["restore", "--home", &text(&home), "--from", &text(&backup), "--replace"])?;
    let took = comes_back(&mut cluster, &witness, node, "restored")?;
    println!("node {node} was restored from a backup of its running store and voted again after {took:?}");
    cluster.check()?;
    Ok(())
}

/// A node loses its store and gets it from another one's export, which is older than what it has signed.
#[test]
fn a_store_made_anew_of_an_export_signs_nothing_twice() -> anyhow::Result<()> {
    let mut dice = Dice::new(seed("imported"));
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(1)?;
    let (witness, node) = (cluster.witness("imported")?, dice.below(4));
    let other = (node + 1) % 4;
    blocks(&witness, node, "before", 3)?;
    let (home, file) = (text(&cluster.home(node)), text(&cluster.home(other).with_file_name("blocks")));
    cluster.node(other).stop()?;
    admin(&["export", "--home", &text(&cluster.home(other)), "--to", &file])?;
    cluster.start(other)?.wait_at_head(other, VOTES)?;
    blocks(&witness, node, "after", 5)?;

    let import = ["import", "--home", &home, "--from", &file];
    let refused = Command::new(yinxin_tests::cluster::program("yinxin-node")?).args(import).output()?;
    assert_eq!(refused.status.code(), Some(EXIT_CONFLICT), "{}", String::from_utf8_lossy(&refused.stderr));
    cluster.crash(node)?;
    fs::remove_dir_all(cluster.home(node).join("data"))?;
    admin(&import)?;
    let took = comes_back(&mut cluster, &witness, node, "imported")?;
    println!("node {node} got its store from an export of node {other} and voted again after {took:?}");
    cluster.check()?;
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn admin(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(yinxin_tests::cluster::program("yinxin-node")?).args(arguments).output()?;
    anyhow::ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn of_two_processes_with_one_key_one_votes() -> anyhow::Result<()> {
    let mut dice = Dice::new(seed("one key twice"));
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(1)?;
    let (witness, node) = (cluster.witness("twice")?, dice.below(4));
    blocks(&witness, node, "before", 2)?;

    // In the same home: the second refuses.
    let second = Command::new(yinxin_tests::cluster::program("yinxin-node")?)
        .args(["start", "--home", &text(&cluster.home(node))])
        .output()?;
    assert_eq!(second.status.code(), Some(EXIT_CONFLICT), "{}", String::from_utf8_lossy(&second.stderr));

    // In a copy of it on another address, guard and all: it refuses too, and says what would have to be known.
    let load = cluster.load(10, dice.roll())?;
    let mut twin = cluster.twin(node)?;
    assert_eq!(twin.wait_ended()?, Some(EXIT_CONFLICT), "{}", twin.log());
    assert!(twin.log().contains("was copied from another place"), "{}", twin.log());
    assert_eq!(twin.signed_bytes(), 0);
    cluster.wait_at_head(node, VOTES)?;
    load.stop()?;
    cluster.check()?;
    Ok(())
}

/// Which file is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    /// One copy of the guard's record.
    GuardCopy,
    /// Both copies.
    GuardBoth,
    /// The engine's log.
    Log,
}

/// Bytes of one copy of the guard's record.
const SLOT_BYTES: usize = 32 * 1024;
/// Bytes of a copy before its payload, whose length stands at byte 8.
const SLOT_HEAD_BYTES: usize = 16;

/// Flips a random bit, of each copy that is to be damaged; false if there is nothing to flip.
fn flip(home: &Path, damage: Damage, dice: &mut Dice) -> anyhow::Result<bool> {
    let file: PathBuf = match damage {
        Damage::Log => home.join("wal/consensus.wal"),
        _ => home.join("guard/signer.guard"),
    };
    let mut bytes = fs::read(&file)?;
    let used = |bytes: &[u8], start: usize| {
        let length = bytes[start + 8..start + 12].try_into().expect("four bytes");
        start..start + SLOT_HEAD_BYTES + u32::from_le_bytes(length) as usize
    };
    let whole = 0..bytes.len();
    let ranges = match damage {
        Damage::Log => vec![whole],
        Damage::GuardCopy => vec![used(&bytes, dice.below(2) * SLOT_BYTES)],
        Damage::GuardBoth => vec![used(&bytes, 0), used(&bytes, SLOT_BYTES)],
    };
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        bytes[range.start + dice.below(range.len())] ^= 1 << dice.below(8);
    }
    fs::write(&file, bytes)?;
    Ok(!ranges[0].is_empty())
}

/// What a node said about a damaged file, from its log since then.
fn said(log: &str) -> &'static str {
    let words = [
        ("found=Lost", "the guard is lost"),
        ("found=Healed", "the guard is healed"),
        ("cannot be opened", "the log cannot be opened"),
        ("cannot be read from here on", "the log is cut"),
        ("the engine's log lacks", "the log lacks a vote"),
        ("that the signer guard does not know", "the log has a vote that the guard has not"),
        ("could not replay its log", "the log cannot be replayed"),
    ];
    words.iter().find(|(mark, _)| log.contains(mark)).map_or("nothing", |(_, word)| word)
}

#[test]
fn a_flipped_bit_signs_nothing_twice() -> anyhow::Result<()> {
    let mut dice = Dice::new(seed("flipped"));
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(1)?;
    let witness = cluster.witness("flipped")?;
    let mut outcomes: BTreeMap<(Damage, &str), usize> = BTreeMap::new();
    let mut worst = Duration::ZERO;
    for round in 0..scaled(8) {
        let node = dice.below(4);
        let load = cluster.load(20, dice.roll())?;
        std::thread::sleep(Duration::from_millis(300 + dice.roll() % 700));
        cluster.crash(node)?;
        load.stop()?;
        let damage = [Damage::Log, Damage::GuardCopy, Damage::Log, Damage::GuardBoth][(round % 4) as usize];
        if !flip(&cluster.home(node), damage, &mut dice)? {
            continue;
        }
        let before = cluster.log(node).len();
        worst = worst.max(comes_back(&mut cluster, &witness, node, &format!("flipped-{round}"))?);
        let word = said(&cluster.log(node)[before..]);
        match damage {
            Damage::GuardCopy => assert_eq!(word, "the guard is healed", "{}", &cluster.log(node)[before..]),
            Damage::GuardBoth => assert_eq!(word, "the guard is lost", "{}", &cluster.log(node)[before..]),
            // A log of a height that is decided is not read.
            Damage::Log => {}
        }
        *outcomes.entry((damage, word)).or_insert(0) += 1;
    }
    println!("flipped bits, and what the node said: {outcomes:?}; it voted again after {worst:?} at worst");
    cluster.check()?;
    Ok(())
}
