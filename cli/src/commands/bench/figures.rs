//! What was measured, for a person and for a program; and whether it can be true.

use std::time::Duration;

use serde_json::{Value, json};

use super::floors::Floors;
use super::phase::Phase;
use super::preload::Preloaded;
use super::sync::Sync;
use super::{rate, refused, worthless};
use crate::app::App;
use crate::error::CliError;
use crate::output::table;
use crate::reason::why;

/// A floor that moves by more than this share between its two measurements: the machine was busy with something else.
const MOVED_MAX: f64 = 0.15;
/// Columns of the table of loads, in the words of the catalogue.
const COLUMNS: [&str; 10] = [
    "bench-column-load",
    "bench-column-pace",
    "bench-column-rate",
    "bench-column-p50",
    "bench-column-p95",
    "bench-column-p99",
    "bench-column-cpu",
    "bench-column-written",
    "bench-column-keys",
    "bench-column-bound",
];
/// Nodes of the town.
const NODES: f64 = 4.0;

/// Proven reads of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reads {
    /// Answers that verified.
    pub(super) count: u64,
    /// In this time.
    pub(super) elapsed: Duration,
    /// Processor time of all nodes.
    pub(super) cpu: Duration,
}

/// Proofs of certificates.
#[derive(Clone, Debug, Default)]
pub(super) struct Proofs {
    /// Bytes of state proofs, ascending.
    pub(super) sizes: Vec<usize>,
    /// Times of whole verifications, ascending.
    pub(super) times: Vec<Duration>,
    /// Keys of the state, by what this program has brought into it.
    pub(super) keys: u64,
}

/// All figures of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// What was there before the loads.
    pub(super) preloaded: Option<Preloaded>,
    /// From the start of the first process to the first new block at every node.
    pub(super) first_block: Option<Duration>,
    /// Phases of load.
    pub(super) phases: Vec<Phase>,
    /// Reads.
    pub(super) reads: Option<Reads>,
    /// Proofs.
    pub(super) proofs: Option<Proofs>,
    /// Resident memory of each node after the load.
    pub(super) memory_bytes: Vec<u64>,
    /// Catching up.
    pub(super) sync: Option<Sync>,
    /// The floors, before and after.
    pub(super) floors: Option<(Floors, Floors)>,
}

/// Milliseconds with one decimal.
fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

impl Proofs {
    /// Bytes that a state proof of so many keys may have: half as much again as a path of a balanced binary tree.
    #[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
    fn size_max(&self) -> f64 {
        1.5 * 32.0 * (self.keys as f64).log2()
    }
}

/// A rate a second above the floor that bounds it.
fn beaten(key: &'static str, rate: f64, floor: f64) -> CliError {
    worthless(why(key).with("rate", format!("{rate:.0}")).with("floor", format!("{floor:.0}")))
}

impl Figures {
    /// Refuses what cannot be true.
    ///
    /// # Errors
    /// `Bench`: a statement failed, a floor moved, or a result beats its own floor.
    pub(super) fn judge(&self) -> Result<(), CliError> {
        if let Some(failed) = self.phases.iter().find_map(|phase| phase.failed.first()) {
            let count: usize = self.phases.iter().map(|phase| phase.failed.len()).sum();
            return Err(worthless(why("reason-bench-failed").with("count", count).said(failed)));
        }
        let (before, after) = self.floors.as_ref().ok_or_else(|| refused("the floors were not measured"))?;
        let moved = before.moved(after);
        if moved > MOVED_MAX {
            return Err(worthless(why("reason-bench-moved").with("percent", format!("{:.0}", moved * 100.0))));
        }
        let bound = self.bound();
        for phase in &self.phases {
            if phase.rate() > bound {
                return Err(beaten("reason-bench-bound", phase.rate(), bound));
            }
            let heights = rate(phase.heights(), phase.elapsed);
            if heights > after.synced_batch {
                return Err(beaten("reason-bench-disk", heights, after.synced_batch));
            }
            let floor = before.heights.max(after.heights);
            if heights > floor {
                return Err(beaten("reason-bench-engine", heights, floor));
            }
        }
        Ok(())
    }

    /// L: signature checks a second of all cores, shared by the nodes.
    fn bound(&self) -> f64 {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = f64::from(u32::try_from(cores).unwrap_or(u32::MAX));
        self.floors.map_or(0.0, |(before, _)| cores * before.verify / NODES)
    }

    /// For a person.
    pub(super) fn text(&self, app: &App) -> String {
        let mut rows = vec![COLUMNS.map(|column| app.words.say(column)).to_vec()];
        for phase in &self.phases {
            rows.push(vec![
                phase.name(app),
                format!("{} ms", phase.pace_ms),
                format!("{:.0}/s", phase.rate()),
                ms(phase.quantile(0.5)),
                ms(phase.quantile(0.95)),
                ms(phase.quantile(0.99)),
                format!("{:.0}", phase.cpu_us()),
                format!("{:.0}", phase.each(|used| used.written_bytes)),
                format!("{:.1}", phase.each(|used| used.tree_keys)),
                format!("{:.3}", phase.rate() / self.bound().max(1.0)),
            ]);
        }
        let mut lines = vec![table(&rows)];
        lines.extend(self.lines(app));
        lines.join("\n")
    }

    /// The engine alone, beside what the whole node makes of it when no pace holds it back.
    fn engine_line(&self, app: &App, floors: &Floors) -> String {
        let unpaced = self.phases.iter().find(|phase| phase.pace_ms == 0);
        let ratio = unpaced.map(|phase| phase.quantile(0.5).as_secs_f64() / floors.decided.as_secs_f64().max(1e-9));
        app.say(
            "bench-line-engine",
            &[
                ("rate", &format!("{:.0}", floors.heights)),
                ("time", &ms(floors.decided)),
                ("ratio", &format!("{:.1}", ratio.unwrap_or_default())),
            ],
        )
    }

    fn lines(&self, app: &App) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(preloaded) = &self.preloaded {
            lines.extend(preloaded.lines(app));
        }
        if let Some((floors, _)) = &self.floors {
            lines.push(app.say(
                "bench-line-floors",
                &[
                    ("verify", &format!("{:.0}", floors.verify)),
                    ("synced", &format!("{:.0}", floors.synced_batch)),
                    ("http", &format!("{:.0}", floors.http)),
                    ("bound", &format!("{:.0}", self.bound())),
                ],
            ));
            lines.push(self.engine_line(app, floors));
        }
        if let Some(reads) = &self.reads {
            lines.push(app.say("bench-line-reads", &[("rate", &format!("{:.0}", rate(reads.count, reads.elapsed)))]));
        }
        if let Some(proofs) = &self.proofs {
            let (size, time) = (proofs.sizes[proofs.sizes.len() / 2], proofs.times[proofs.times.len() / 2]);
            let largest = proofs.sizes.last().copied().unwrap_or_default();
            lines.push(app.say(
                "bench-line-proofs",
                &[
                    ("size", &size.to_string()),
                    ("largest", &largest.to_string()),
                    ("keys", &proofs.keys.to_string()),
                    ("bound", &format!("{:.0}", proofs.size_max())),
                    ("time", &ms(time)),
                ],
            ));
        }
        if let Some(sync) = &self.sync {
            lines.push(app.say(
                "bench-line-sync",
                &[
                    ("missed", &sync.missed.to_string()),
                    ("connected", &ms(sync.connected)),
                    ("heights", &sync.heights.to_string()),
                    ("rate", &format!("{:.0}", sync.caught_up)),
                    ("live", &format!("{:.1}", sync.live)),
                    ("ratio", &format!("{:.1}", sync.ratio())),
                ],
            ));
        }
        let largest = self.memory_bytes.iter().max().copied().unwrap_or_default() >> 20;
        let first = self.first_block.map(ms).unwrap_or_default();
        lines.push(app.say("bench-line-rest", &[("memory", &largest.to_string()), ("first", &first)]));
        lines
    }

    /// For a program.
    pub(super) fn json(&self) -> Value {
        let seconds = |time: Duration| time.as_secs_f64();
        let phases: Vec<Value> = self
            .phases
            .iter()
            .map(|phase| {
                json!({
                    "load": format!("{:?}", phase.pace), "pace_ms": phase.pace_ms, "statements": phase.count(),
                    "seconds": seconds(phase.elapsed), "per_second": phase.rate(), "heights": phase.heights(),
                    "p50_s": seconds(phase.quantile(0.5)), "p95_s": seconds(phase.quantile(0.95)),
                    "p99_s": seconds(phase.quantile(0.99)), "cpu_us": phase.cpu_us(),
                    "written_bytes": phase.each(|used| used.written_bytes),
                    "tree_keys": phase.each(|used| used.tree_keys), "of_bound": phase.rate() / self.bound().max(1.0),
                })
            })
            .collect();
        let floors = self.floors.map(|(before, after)| {
            json!({
                "verify": before.verify, "synced_batch": before.synced_batch, "http": before.http,
                "heights": before.heights, "decided_s": seconds(before.decided), "moved": before.moved(&after),
            })
        });
        json!({
            "phases": phases,
            "floors": floors,
            "bound": self.bound(),
            "reads_per_second": self.reads.map(|reads| rate(reads.count, reads.elapsed)),
            "read_cpu_us": self.reads.map(|reads| reads.cpu.as_secs_f64() * 1e6 / rate(reads.count, Duration::from_secs(1))),
            "proof_bytes_median": self.proofs.as_ref().map(|proofs| proofs.sizes[proofs.sizes.len() / 2]),
            "proof_bytes_max": self.proofs.as_ref().map(Proofs::size_max),
            "state_keys": self.proofs.as_ref().map(|proofs| proofs.keys),
            "bundle_verify_s": self.proofs.as_ref().map(|proofs| seconds(proofs.times[proofs.times.len() / 2])),
            "sync": self.sync.map(|sync| json!({
                "missed": sync.missed, "connected_s": seconds(sync.connected), "heights": sync.heights,
                "per_second": sync.caught_up, "live_per_second": sync.live,
            })),
            "preload": self.preloaded.as_ref().map(Preloaded::json),
            "memory_bytes": self.memory_bytes,
            "first_block_s": self.first_block.map(seconds),
        })
    }
}
