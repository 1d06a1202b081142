//! `yinxin bench`: what a consortium of four node processes does on this machine, beside the floors under it.
//!
//! ```text
//! town     four nodes of a consortium founded for this run; what the system says of their processes
//! preload  a state filled before the loads: chain writes real blocks of the office's statements, a node imports them
//! load     certificates, open loop: each statement has its time, whether or not the one before was answered
//! sync     a node that was away
//! wire     the bench's own HTTP
//! floors   signature checks, synced writes, bare HTTP answers, the engine alone: no result may beat them
//! figures  what was measured, each phase of it, as ratios; refuses to be printed when it cannot be true
//! ```
//! Latency runs from the time at which a statement was to be sent to the answer whose proof was verified here, so a
//! client that falls behind is charged for it. The load comes from this process, on the same cores as the nodes.

mod chain;
mod figures;
mod floors;
mod load;
mod office;
mod phase;
mod preload;
mod sync;
mod town;
mod wire;

use std::time::Duration;

use crate::app::App;
use crate::args::Bench;
use crate::error::CliError;
use crate::exit::Exit;
use crate::reason::{Reason, why};
use figures::Figures;
use floors::Floors;
use load::Load;
use phase::Pace;
use town::Town;

/// Pace of a network as it is founded, milliseconds a height.
const PACE_MS: u64 = 100;
/// Statements a second of the two even loads.
const RATES: [u32; 2] = [50, 500];

/// Measures.
///
/// # Errors
/// `Bench` when a figure cannot be true or a statement failed; a node does not come up.
pub(crate) fn run(app: &App, args: &Bench) -> Result<Exit, CliError> {
    let length = Duration::from_secs(args.seconds);
    let mut figures = Figures::default();
    app.out.note(&app.words.say("bench-founding"));
    let mut town = Town::found(app, PACE_MS)?;
    if let Some(records) = args.preload {
        figures.preloaded = Some(preload::fill(app, &mut town, records)?);
    }
    figures.first_block = Some(town.start_all()?);
    app.out.note(&app.words.say("bench-floors"));
    let before = Floors::measure(&town)?;
    let mut load = Load::new(&town)?;
    for rate in RATES {
        say(app, &format!("{rate}/s"), PACE_MS);
        figures.phases.push(load.phase(&town, Pace::Even(rate), length, PACE_MS)?);
    }
    say(app, &app.words.say("bench-flat-out"), PACE_MS);
    figures.phases.push(load.phase(&town, Pace::FlatOut, length, PACE_MS)?);
    app.out.note(&app.words.say("bench-reads"));
    figures.reads = Some(load.reads(&town, length / 2)?);
    figures.proofs = Some(load.proofs()?);
    figures.memory_bytes = town.memory_bytes()?;
    app.out.note(&app.words.say("bench-sync"));
    figures.sync = Some(load.sync(&town, length)?);
    figures.floors = Some((before, Floors::measure(&town)?));
    drop(town);
    let town = Town::found(app, 0)?;
    town.start_all()?;
    let mut load = Load::new(&town)?;
    say(app, "50/s", 0);
    figures.phases.push(load.phase(&town, Pace::Even(RATES[0]), length, 0)?);
    drop(town);
    figures.judge()?;
    app.out.result(&figures.text(app), &figures.json());
    Ok(Exit::Done)
}

fn say(app: &App, load: &str, pace_ms: u64) {
    app.out.note(&app.say("bench-load", &[("load", load), ("pace", &pace_ms.to_string())]));
}

/// A run in which a step failed, as the step says it.
fn refused(reason: impl ToString) -> CliError {
    worthless(why("reason-bench").said(reason))
}

/// A run that cannot be believed.
fn worthless(reason: Reason) -> CliError {
    CliError::Bench { reason }
}

/// Rate of a count over a time.
#[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

/// So much for each.
#[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
fn per(sum: u64, count: u64) -> f64 {
    sum as f64 / count.max(1) as f64
}
