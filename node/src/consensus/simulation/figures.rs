//! What is counted over all runs, and how it is shown.

use std::collections::BTreeMap;
use std::fmt;

use super::checks::Checks;
use super::schedule::{Kind, Lie, MS, Micros, Schedule};

/// Counts of one run or of many.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub(super) schedules: u64,
    pub(super) reached: u64,
    pub(super) heights: u64,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) liars: BTreeMap<&'static str, u64>,
    pub(super) boots: u64,
    pub(super) followed: u64,
    /// Starts at which the log lacked something that the guard had signed; those at which it was not the last alone.
    pub(super) lacking: u64,
    pub(super) holes: u64,
    pub(super) refused: u64,
    pub(super) replays_failed: u64,
    pub(super) synced: u64,
    pub(super) blamed: u64,
    pub(super) lost: u64,
    pub(super) evidence: u64,
    pub(super) heights_later: u64,
    /// The highest round in which a height was decided, with the seed.
    pub(super) worst_round: (u32, u64),
    /// The longest time from the last healed fault to the end of a run that reached its height, with the seed.
    pub(super) worst_recovery: (Micros, u64),
    /// Seeds of runs that did not reach their height.
    pub(super) still: Vec<u64>,
}

impl Figures {
    /// A fault begins.
    pub(super) fn fault(&mut self, kind: &Kind) {
        let name = match kind {
            Kind::Loss { .. } => "loss",
            Kind::Delay { .. } => "delay and reordering",
            Kind::Duplicate { .. } => "duplication",
            Kind::Partition { .. } => "partition",
            Kind::Mute { .. } => "one-way link",
            Kind::Crash { power: false, .. } => "crash",
            Kind::Crash { power: true, .. } => "power loss",
            Kind::CrashAll { .. } => "all down",
            Kind::OldCopy { .. } => "old copy of the data",
            Kind::GuardLost { .. } => "guard lost",
            Kind::LogLost { .. } => "log lost",
        };
        *self.faults.entry(name).or_default() += 1;
    }

    /// A run is over.
    pub(super) fn finish(&mut self, schedule: &Schedule, checks: &Checks, reached: bool, recovery: Micros) {
        self.schedules = 1;
        self.heights = checks.heights();
        self.evidence = checks.evidence;
        self.heights_later = checks.rounds.values().filter(|round| **round > 0).count() as u64;
        self.worst_round = (checks.rounds.values().copied().max().unwrap_or(0), schedule.seed);
        for (_, lie) in &schedule.liars {
            let name = match lie {
                Lie::Votes { .. } => "two votes",
                Lie::Proposals => "two proposals",
                Lie::Everything => "two of both",
                Lie::BadBlocks => "bad blocks",
                Lie::Sync => "lying sync",
                Lie::Withholds => "withholds",
            };
            *self.liars.entry(name).or_default() += 1;
        }
        if reached {
            self.reached = 1;
            self.worst_recovery = (recovery, schedule.seed);
        } else {
            self.still.push(schedule.seed);
        }
    }

    /// Adds the counts of other runs.
    pub(super) fn add(&mut self, other: Self) {
        for (name, count) in other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        for (name, count) in other.liars {
            *self.liars.entry(name).or_default() += count;
        }
        for (sum, part) in [
            (&mut self.schedules, other.schedules),
            (&mut self.reached, other.reached),
            (&mut self.heights, other.heights),
            (&mut self.boots, other.boots),
            (&mut self.followed, other.followed),
            (&mut self.lacking, other.lacking),
            (&mut self.holes, other.holes),
            (&mut self.refused, other.refused),
            (&mut self.replays_failed, other.replays_failed),
            (&mut self.synced, other.synced),
            (&mut self.blamed, other.blamed),
            (&mut self.lost, other.lost),
            (&mut self.evidence, other.evidence),
            (&mut self.heights_later, other.heights_later),
        ] {
            *sum += part;
        }
        self.worst_round = self.worst_round.max(other.worst_round);
        self.worst_recovery = self.worst_recovery.max(other.worst_recovery);
        self.still.extend(other.still);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |counts: &BTreeMap<&'static str, u64>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(
            f,
            "schedules {}, heights decided {} ({} after round 0)",
            self.schedules, self.heights, self.heights_later
        )?;
        writeln!(f, "faults {}: {}", self.faults.values().sum::<u64>(), listed(&self.faults))?;
        writeln!(f, "liars {}: {}", self.liars.values().sum::<u64>(), listed(&self.liars))?;
        writeln!(
            f,
            "starts of a process {}, of them following only {}; signatures refused {}, logs not replayed {}",
            self.boots, self.followed, self.refused, self.replays_failed
        )?;
        writeln!(
            f,
            "starts with a log that lacks a signature {}, of them not the last one alone {}",
            self.lacking, self.holes
        )?;
        writeln!(
            f,
            "messages lost {}, blocks by value sync {}, answers of value sync refused {}, double signatures proven {}",
            self.lost, self.synced, self.blamed, self.evidence
        )?;
        writeln!(
            f,
            "worst round {} (seed {}), longest way to the height after the last fault {} ms (seed {})",
            self.worst_round.0,
            self.worst_round.1,
            self.worst_recovery.0 / MS,
            self.worst_recovery.1
        )?;
        let share = 100.0 * self.reached as f64 / self.schedules.max(1) as f64;
        write!(f, "reached their height: {} of {} ({share:.2} %)", self.reached, self.schedules)
    }
}
