//! One load, and what came of it.

use std::time::Duration;

use super::rate;
use super::town::Used;
use crate::app::App;

/// How statements follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// So many a second, at even distances, whatever comes back.
    Even(u32),
    /// Always as many on their way as may be.
    FlatOut,
}

/// One phase of load.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    /// How statements followed each other.
    pub(super) pace: Pace,
    /// The network's pace.
    pub(super) pace_ms: u64,
    /// How long it took, the last answers included.
    pub(super) elapsed: Duration,
    before: Used,
    after: Used,
    /// From the intended time of sending to the verified answer, ascending.
    pub(super) latencies: Vec<Duration>,
    /// What went wrong with statements that were not committed.
    pub(super) failed: Vec<String>,
}

impl Phase {
    /// A phase without its results.
    pub(super) fn new(pace: Pace, pace_ms: u64, elapsed: Duration, before: Used, after: Used) -> Self {
        Self { pace, pace_ms, elapsed, before, after, latencies: Vec::new(), failed: Vec::new() }
    }

    /// Statements that were committed.
    pub(super) fn count(&self) -> u64 {
        self.latencies.len() as u64
    }

    /// What it is called.
    pub(super) fn name(&self, app: &App) -> String {
        match self.pace {
            Pace::Even(rate) => format!("{rate}/s"),
            Pace::FlatOut => app.words.say("bench-flat-out"),
        }
    }

    /// Committed statements a second.
    pub(super) fn rate(&self) -> f64 {
        rate(self.count(), self.elapsed)
    }

    /// A figure of the system for each statement.
    #[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
    pub(super) fn each(&self, of: impl Fn(&Used) -> u64) -> f64 {
        of(&self.after).saturating_sub(of(&self.before)) as f64 / self.count().max(1) as f64
    }

    /// Microseconds of processor time for each statement, over all nodes.
    pub(super) fn cpu_us(&self) -> f64 {
        self.each(|used| u64::try_from(used.cpu.as_micros()).unwrap_or(u64::MAX))
    }

    /// Heights that were decided meanwhile.
    pub(super) fn heights(&self) -> u64 {
        self.after.height.saturating_sub(self.before.height)
    }

    /// The latency that this share of the statements did not exceed.
    pub(super) fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index below the length"
        )]
        let index = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(index.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}
