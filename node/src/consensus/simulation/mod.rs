//! Seeded simulation of consensus and ledger: a virtual clock, a network that fails, processes that end, and liars.
//!
//! ```text
//!            seed ─▶ schedule (who lies, what breaks, when)
//!                      │
//!  world ── events ──▶ node: core (sans-I/O) ◀─ effects ─▶ shell ─▶ signer, guard, log, host, ledger: the product's
//!    ▲                   │ sent, persisted
//!    └── links ◀─────────┴──────────▶ checks
//! ```
//! The core of the engine, the host with its parts and blocks, the signer with its guard file, the verifier, the
//! engine's log and the comparison of log and guard are what the node runs. Written here are only the engine's
//! actors (timers, mailboxes, value sync's asking side) and the network.
//!
//! A failing seed is printed with the command that replays it and shows everything that happens.
#![allow(clippy::unwrap_used, reason = "tests")]

mod breakage;
mod checks;
mod dice;
mod disk;
mod figures;
mod founding;
mod inbox;
mod liar;
mod links;
mod node;
mod pool;
mod runner;
mod schedule;
mod shell;
mod tools;
mod trace;
mod wire;
mod world;

use crate::consensus::context::{Address, LedgerContext as Context};

use std::rc::Rc;

use runner::{run_all, run_one, seeds, wanted_seed};
use schedule::{Lie, Plant, Schedule};
use tools::Tools;
pub(super) use tools::{is_of_a_schedule, once};

/// Schedules of `make test`; a hundred times as many at the scale of `make test-long`.
const SCHEDULES: u64 = 1_000;
/// Schedules in which a bug is put in.
const PLANTED: u64 = 40;

#[test]
fn schedules_keep_every_promise_and_reach_their_height() {
    if let Some(seed) = wanted_seed() {
        return runner::replay(seed);
    }
    let seeds = seeds(SCHEDULES);
    println!("seeds {seeds:?}");
    let (figures, failures) = run_all(seeds, Schedule::draw);
    println!("{figures}");
    for seed in figures.still.iter().take(20) {
        println!("did not reach its height: {}", runner::command(*seed));
    }
    for (seed, violation) in &failures {
        println!("seed {seed}: {violation}\n  replay: {}", runner::command(*seed));
    }
    assert!(failures.is_empty(), "{} schedules broke a rule", failures.len());
    assert!(figures.heights >= 10 * figures.reached);
    assert!(figures.faults.values().sum::<u64>() >= 3 * figures.reached);
    assert!(figures.reached * 10 >= figures.schedules * 9, "fewer than 90 % reached their height");
}

/// Seeds whose nodes crash again and again between the guard's write and the log's at one height.
const CRASHED_BETWEEN: [u64; 3] = [38, 176, 627];

#[test]
fn crashes_between_guard_and_log_close_no_height() {
    let tools = Rc::new(Tools::new());
    let mut holes = 0;
    for seed in CRASHED_BETWEEN {
        let outcome = run_one(&tools, Schedule::draw(seed), false);
        println!("seed {seed}\n{}", outcome.figures);
        assert_eq!(outcome.violation, None, "seed {seed}");
        assert_eq!(outcome.figures.still, [0; 0], "seed {seed} did not reach its height");
        holes += outcome.figures.holes;
    }
    assert!(holes >= 2, "no log lacked more than the last signature");
}

#[test]
fn the_same_seed_gives_the_same_trace_and_the_same_blocks() {
    let tools = Rc::new(Tools::new());
    for seed in 0..12 {
        let first = run_one(&tools, Schedule::draw(seed), true);
        let second = run_one(&tools, Schedule::draw(seed), true);
        let different = first.trace.lines.iter().zip(&second.trace.lines).find(|(one, other)| one != other);
        assert_eq!(different, None, "seed {seed}");
        assert_eq!(first.trace.lines.len(), second.trace.lines.len(), "seed {seed}");
        assert!(first.trace.lines.len() > 1_000);
        assert_eq!(first.heads, second.heads, "seed {seed}");
    }
}

/// Runs schedules with a bug put in; one at least must be caught by a rule.
fn caught(plant: Plant, rule: &str) {
    let (_, failures) = run_all(0..PLANTED, |seed| Schedule { plant: Some(plant), ..Schedule::draw(seed) });
    let by_rule = failures.iter().filter(|(_, violation)| violation.contains(rule)).count();
    println!("{plant:?}: {} of {PLANTED} schedules caught it, {by_rule} by '{rule}'", failures.len());
    for (seed, violation) in failures.iter().take(3) {
        println!("  seed {seed}: {violation}");
    }
    assert!(by_rule > 0, "{plant:?} was not caught by '{rule}': {failures:?}");
}

#[test]
fn a_planted_double_signer_is_caught() {
    caught(Plant::DoubleSigner, "signed twice");
}

/// The engine's check of certificates counts a signer twice, and a peer answers value sync with such certificates: the
/// host verifies them by the ledger's own rule, so that no block comes in by them.
#[test]
fn a_quorum_that_the_engine_counts_twice_lets_nothing_in() {
    let (_, failures) = run_all(0..PLANTED, |seed| {
        let liars = vec![(0, Lie::Sync)];
        Schedule { plant: Some(Plant::QuorumTwice), liars, ..Schedule::draw(seed) }
    });
    assert!(failures.is_empty(), "{failures:?}");
}

#[test]
fn a_planted_leak_of_state_is_caught() {
    caught(Plant::StateLeak, "execution differs");
}
