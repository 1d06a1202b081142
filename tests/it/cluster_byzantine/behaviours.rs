//! The engine's seven byzantine behaviours, always and with p = 0.3: no fork, and the honest nodes go on.

use super::evidence::{accused, of_node};
use super::load::Load;
use super::{HONEST, all_live, cluster, heights_more, no_fork, now_lies, told, wait};
use anyhow::{Result, ensure};
use ledger::crypto::KeyId;
use std::collections::BTreeSet;
use yinxin_tests::sample::key;
use yinxin_tests::scale::scaled;

/// Heights of each run: 20, and at least 200 in `make test-long`.
fn heights() -> u64 {
    scaled(20).min(250)
}

/// Runs one behaviour in both ways. `words` is what the liar's log says each time, `more` are lies told beside.
fn behaves(behaviour: &str, words: &str, more: &str, guilty: bool) -> Result<()> {
    let ways = ["{ mode = \"always\" }", "{ mode = \"random\", probability = 0.3 }"];
    let lies = |way: &str| format!("{behaviour} = {way}\nseed = 7\n{more}");
    let mut cluster = cluster(&lies(ways[0]))?;
    cluster.start_all()?.wait_for(&HONEST, 1)?;
    let load = Load::on(&cluster, &HONEST);
    for (number, way) in ways.into_iter().enumerate() {
        if number > 0 {
            now_lies(&mut cluster, &lies(way))?;
        }
        let before = told(&cluster, words);
        let from = heights_more(&mut cluster, heights())?;
        wait(
            &mut cluster,
            &format!("{behaviour} {way}: the lie is told"),
            |cluster| Ok(told(cluster, words) > before),
        )?;
        let lies = told(&cluster, words) - before;
        let decided = no_fork(&cluster)?;
        let (heights, late) =
            (decided.range(from..).count(), decided.range(from..).filter(|(_, one)| one.round > 0).count());
        println!("{behaviour} {way}: {heights} heights, {lies} lies, {late} heights decided after round 0");
    }
    let statements = load.end()?;
    let person = yinxin_tests::sample::register_identity(&cluster.genesis().context(), "last");
    let last = cluster.statement("police", &["police-officer"], person);
    let height = cluster.submit(0, &last)?.height()?;
    cluster.wait_for(&HONEST, height)?;
    let decided = no_fork(&cluster)?.len();
    all_live(&mut cluster)?;
    let own = key("police-consensus").public().id();
    let mut named: BTreeSet<KeyId> = BTreeSet::new();
    for node in HONEST {
        named.extend(accused(&cluster, &of_node(&cluster, node)?)?);
    }
    println!("{behaviour}: {decided} heights, 0 forks, {statements} statements taken, accused: {named:?}");
    ensure!(named.iter().all(|key| *key == own), "somebody else than the liar is accused: {named:?}");
    ensure!(named.is_empty() != guilty, "{behaviour}: accused are {named:?}");
    Ok(())
}

#[test]
fn votes_are_doubled() -> Result<()> {
    behaves("equivocate_votes", "BYZANTINE: Equivocating vote", "", true)
}

#[test]
fn proposals_are_doubled() -> Result<()> {
    behaves("equivocate_proposals", "BYZANTINE: Sending conflicting proposal", "", true)
}

#[test]
fn votes_are_dropped() -> Result<()> {
    behaves("drop_votes", "BYZANTINE: Dropping vote", "", false)
}

#[test]
fn proposals_are_dropped() -> Result<()> {
    behaves("drop_proposals", "BYZANTINE: Dropping proposal", "", false)
}

/// The engine prevotes nil for what it cannot vote for, a lock or not; this node votes for it all the same. So that it
/// comes to that often, the engine is told that the others' proposals are invalid.
#[test]
fn locks_are_ignored() -> Result<()> {
    let more = "doubts = { mode = \"always\" }\n";
    behaves("ignore_locks", "BYZANTINE AMNESIA: Overriding", more, false)
}

#[test]
fn precommits_are_forced_to_nil() -> Result<()> {
    behaves("force_precommit_nil", "LIE: a precommit for nil", "", false)
}

#[test]
fn proposals_are_not_heard() -> Result<()> {
    behaves("drop_inbound_proposals", "BYZANTINE: Dropping inbound proposal", "", false)
}
