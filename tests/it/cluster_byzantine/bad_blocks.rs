//! A proposer of bad blocks: none is committed, the next round commits, nobody ends.

use super::load::Load;
use super::{HONEST, LIAR, all_live, cluster, field, lies_told, missing, no_fork, number, wait};
use anyhow::{Context, Result, ensure};
use yinxin_tests::cluster::Cluster;
use yinxin_tests::scale::scaled;

const KINDS: [&str; 18] = [
    "wrong-state-root",
    "wrong-log-root",
    "wrong-parent",
    "wrong-height",
    "time-of-parent",
    "time-an-hour-ahead",
    "refused-statement",
    "swapped-signature-byte",
    "duplicate-statement",
    "reordered",
    "oversize",
    "undecodable",
    "few-signatures",
    "swapped-signatures",
    "wrong-validators",
    "wrong-next-validators",
    "wrong-proposer",
    "wrong-protocol",
];

const MESSAGE: &str = "LIE: a bad block is proposed";

/// Height, round, hash and kind of each bad block.
fn bad_blocks(cluster: &Cluster) -> Result<Vec<(u64, u64, String, String)>> {
    let read = |line: &str| {
        let place = (number(line, "height")?, number(line, "round")?);
        Some((place.0, place.1, field(line, "hash")?.to_owned(), field(line, "lie")?.to_owned()))
    };
    let log = cluster.log(LIAR);
    let lines = log.lines().filter(|line| line.contains(MESSAGE));
    lines.map(|line| read(line).with_context(|| line.to_owned())).collect()
}

#[test]
fn a_bad_block_of_any_kind_is_never_committed_and_the_next_round_commits() -> Result<()> {
    let times = usize::try_from(scaled(1).min(20))?;
    let mut cluster = cluster("bad_blocks = [\"all\"]\n")?;
    cluster.start_all()?.wait_for(&HONEST, 1)?;
    let load = Load::on(&cluster, &HONEST);
    for round in 1..=times {
        // Patience is for a few kinds at a time: each costs a round.
        for upto in [6, 12, KINDS.len()] {
            let what = format!("every one of the first {upto} kinds is told {round} times");
            wait(&mut cluster, &what, |cluster| {
                Ok(missing(&lies_told(cluster, MESSAGE), &KINDS[..upto], round).is_empty())
            })?;
        }
    }
    let last = bad_blocks(&cluster)?.last().context("no bad block")?.0;
    cluster.wait_for(&HONEST, last + 1)?;
    let statements = load.end()?;
    all_live(&mut cluster)?;
    let decided = no_fork(&cluster)?;
    let bad = bad_blocks(&cluster)?;
    let mut committed = 0;
    for (height, round, hash, kind) in bad.iter().filter(|(height, ..)| *height <= last) {
        let one = decided.get(height).with_context(|| format!("height {height} was not decided"))?;
        committed += usize::from(one.hash == *hash);
        ensure!(one.hash != *hash, "{kind} was committed at height {height}");
        ensure!(one.round > *round, "{kind} in round {round} of height {height}, decided in round {}", one.round);
    }
    println!("{} bad blocks of {} kinds, {committed} committed; {statements} statements taken", bad.len(), KINDS.len());
    Ok(())
}
