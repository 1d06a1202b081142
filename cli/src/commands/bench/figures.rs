//! What was measured, for a person and for a program; and whether it can be true.

use std::time::Duration;

use serde_json::{Value, json};

use super::floors::Floors;
use super::load::Pace;
use super::town::Used;
use super::{rate, refused};
use crate::app::App;
use crate::error::CliError;
use crate::output::table;

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

/// One phase of load.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    pace: Pace,
    pace_ms: u64,
    elapsed: Duration,
    before: Used,
    after: Used,
    /// From the intended time of sending to the verified answer, ascending.
    pub(super) latencies: Vec<Duration>,
    /// What went wrong with statements that were not committed.
    pub(super) failed: Vec<String>,
}

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
    /// Keys of the tree that were written so far: about as many as it holds, or more.
    pub(super) tree_keys: u64,
}

/// A node that was away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sync {
    /// Heights that it caught up on.
    pub(super) heights: u64,
    /// Heights a second that the others made meanwhile.
    pub(super) live: f64,
    /// Heights a second at which it caught up.
    pub(super) caught_up: f64,
}

/// All figures of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// From the start of the first process to the first block at every node.
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

impl Phase {
    /// A phase without its results.
    pub(super) fn new(pace: Pace, pace_ms: u64, elapsed: Duration, before: Used, after: Used) -> Self {
        Self { pace, pace_ms, elapsed, before, after, latencies: Vec::new(), failed: Vec::new() }
    }

    fn count(&self) -> u64 {
        self.latencies.len() as u64
    }

    fn name(&self, app: &App) -> String {
        match self.pace {
            Pace::Even(rate) => format!("{rate}/s"),
            Pace::FlatOut => app.words.say("bench-flat-out"),
        }
    }

    /// Committed statements a second.
    fn rate(&self) -> f64 {
        rate(self.count(), self.elapsed)
    }

    /// A figure of the system for each statement.
    #[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
    fn each(&self, of: impl Fn(&Used) -> u64) -> f64 {
        of(&self.after).saturating_sub(of(&self.before)) as f64 / self.count().max(1) as f64
    }

    fn cpu_us(&self) -> f64 {
        self.each(|used| u64::try_from(used.cpu.as_micros()).unwrap_or(u64::MAX))
    }

    fn heights(&self) -> u64 {
        self.after.height.saturating_sub(self.before.height)
    }
}

/// Milliseconds with one decimal.
fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

impl Figures {
    /// Refuses what cannot be true.
    ///
    /// # Errors
    /// `Bench`: a statement failed, a floor moved, or a result beats its own floor.
    pub(super) fn judge(&self) -> Result<(), CliError> {
        if let Some(failed) = self.phases.iter().find_map(|phase| phase.failed.first()) {
            let count: usize = self.phases.iter().map(|phase| phase.failed.len()).sum();
            return Err(refused(format!("{count} statements failed; the first: {failed}")));
        }
        let (before, after) = self.floors.as_ref().ok_or_else(|| refused("the floors were not measured"))?;
        let moved = before.moved(after);
        if moved > MOVED_MAX {
            return Err(refused(format!(
                "a floor moved by {:.0} % during the run: the machine was busy with something else",
                moved * 100.0
            )));
        }
        let bound = self.bound();
        for phase in &self.phases {
            if phase.rate() > bound {
                return Err(refused(format!(
                    "{:.0} statements a second beat the signature bound {bound:.0}",
                    phase.rate()
                )));
            }
            let heights = rate(phase.heights(), phase.elapsed);
            if heights > after.synced_batch {
                return Err(refused(format!("{heights:.0} heights a second beat the synced writes of the disk")));
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

    fn lines(&self, app: &App) -> Vec<String> {
        let mut lines = Vec::new();
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
                    ("keys", &proofs.tree_keys.to_string()),
                    ("time", &ms(time)),
                ],
            ));
        }
        if let Some(sync) = &self.sync {
            lines.push(app.say(
                "bench-line-sync",
                &[
                    ("heights", &sync.heights.to_string()),
                    ("rate", &format!("{:.0}", sync.caught_up)),
                    ("ratio", &format!("{:.1}", sync.caught_up / sync.live.max(0.001))),
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
            json!({"verify": before.verify, "synced_batch": before.synced_batch, "http": before.http, "moved": before.moved(&after)})
        });
        json!({
            "phases": phases,
            "floors": floors,
            "bound": self.bound(),
            "reads_per_second": self.reads.map(|reads| rate(reads.count, reads.elapsed)),
            "read_cpu_us": self.reads.map(|reads| reads.cpu.as_secs_f64() * 1e6 / rate(reads.count, Duration::from_secs(1))),
            "proof_bytes_median": self.proofs.as_ref().map(|proofs| proofs.sizes[proofs.sizes.len() / 2]),
            "bundle_verify_s": self.proofs.as_ref().map(|proofs| seconds(proofs.times[proofs.times.len() / 2])),
            "sync": self.sync.map(|sync| json!({"heights": sync.heights, "per_second": sync.caught_up, "live_per_second": sync.live})),
            "memory_bytes": self.memory_bytes,
            "first_block_s": self.first_block.map(seconds),
        })
    }
}
