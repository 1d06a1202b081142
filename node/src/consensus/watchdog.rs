//! The watchdog: a node that stands still where it should not builds its engine again, then ends its process.
//!
//! ```text
//! more than f peers are ahead, or statements wait while a quorum is connected ── and the head does not move
//!     ── for `stall_max` ─▶ the engine is built again ── at the same head again ─▶ the process ends with its own code
//! ```
//! Peers' heights are claims: of more than f of them one is an honest node's, which has certified its head. Without a
//! quorum nothing can be decided, so standing still is no fault then.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ledger::crypto::KeyId;
use ledger::types::Height;
use malachitebft_app_channel::NetworkRequest;
use malachitebft_engine::network::NetworkStateDump;
use tokio::sync::mpsc;

use super::Fault;
use super::context::Members;
use super::guard::SignerGuard;
use super::host::{Rooms, blocking};
use super::mesh::connected_power;
use super::ports::{BlockStore, StatementPool};
use super::status::Mode;

/// How often the status is refreshed and progress is looked at.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// A node that is connected to enough peers and yet has heard of too little voting power for this long builds its
/// engine again: peers greet only a peer that is new to them, and one that lost its power is not.
const UNGREETED_MAX: Duration = Duration::from_secs(20);

/// What is to be done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarm {
    /// No progress.
    Stalled(Stall),
    /// Connected, but not greeted.
    Ungreeted,
}

/// How a node stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stall {
    /// Others go on.
    Behind,
    /// Statements wait, a quorum is connected, and nothing is decided. The cause may be with the others.
    Undecided,
}

impl Stall {
    /// Engines that are built again at one head before the process ends.
    fn rebuilds_max(self) -> u32 {
        match self {
            Self::Behind => 1,
            Self::Undecided => 3,
        }
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Behind => "no progress while others go on",
            Self::Undecided => "statements wait, a quorum is connected, and nothing is decided",
        })
    }
}

/// Engines built again at one head.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    head: Height,
    rebuilt: u32,
}

impl Stalls {
    /// Counts a stall at a head; true if enough engines were built for it.
    pub(super) fn is_last(&mut self, head: Height, stall: Stall) -> bool {
        if self.head != head {
            *self = Self { head, rebuilt: 0 };
        }
        self.rebuilt += 1;
        self.rebuilt > stall.rebuilds_max()
    }
}

/// Since when a node stands still where it should not.
struct Progress {
    head: Height,
    since: Instant,
    stall_max: Duration,
}

impl Progress {
    fn new(now: Instant, stall_max: Duration) -> Self {
        Self { head: Height(0), since: now, stall_max }
    }

    /// Notes the head and whether it should move; gives the stall if that has lasted too long.
    fn observe(&mut self, now: Instant, head: Height, stall: Option<Stall>) -> Option<Stall> {
        if head > self.head || stall.is_none() {
            (self.head, self.since) = (head, now);
        }
        stall.filter(|_| now.saturating_duration_since(self.since) > self.stall_max)
    }
}

/// Watches one engine's life.
pub(super) struct Watchdog<'a, S, P> {
    rooms: &'a Rooms<S, P>,
    guard: &'a Mutex<SignerGuard>,
    requests: mpsc::Sender<NetworkRequest>,
    progress: Progress,
    greeted: Instant,
}

impl<'a, S: BlockStore, P: StatementPool> Watchdog<'a, S, P> {
    /// A watchdog for an engine that has just been built.
    pub(super) fn new(
        rooms: &'a Rooms<S, P>,
        guard: &'a Mutex<SignerGuard>,
        requests: mpsc::Sender<NetworkRequest>,
        stall_max: Duration,
    ) -> Self {
        let now = Instant::now();
        Self { rooms, guard, requests, progress: Progress::new(now, stall_max), greeted: now }
    }

    /// Refreshes the status; returns when something has to be done.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn run(mut self) -> Result<Alarm, Fault> {
        let mut ticks = tokio::time::interval(WATCH_INTERVAL);
        loop {
            ticks.tick().await;
            if let Some(alarm) = self.look().await? {
                return Ok(alarm);
            }
        }
    }

    async fn look(&mut self) -> Result<Option<Alarm>, Fault> {
        let store = Arc::clone(&self.rooms.store);
        let (tip, set) = blocking(move || {
            let tip = store.tip()?;
            let set = store.validators(tip.height.next())?;
            Ok::<_, ledger::error::Fault>((tip, set))
        })
        .await??;
        let Some(set) = set else { return Ok(None) };
        let (faults, total) = (set.faults_tolerated(), set.total_power());
        let members = Members::new(set);
        let dump = NetworkRequest::dump_state(&self.requests).await.ok().flatten();
        let power = dump.as_ref().map(|dump| connected_power(dump, &members, self.rooms.own));
        let claimed = self.rooms.tips.height_of_more_than(faults);
        let mut voting = false;
        self.rooms.status.update(|status| {
            (status.head, status.head_time, status.power_total) = (tip.height, tip.time, total);
            (status.faults_tolerated, status.claimed) = (faults, claimed);
            if let Ok(guard) = self.guard.try_lock() {
                status.guarded = guard.height();
            }
            if let (Some(dump), Some(power)) = (&dump, power) {
                (status.peers, status.power) = (dump.peers.len(), power);
            }
            voting = status.mode == Mode::Voting;
        });
        let now = Instant::now();
        if dump.is_none_or(|dump| is_greeted(&dump, &members, self.rooms.own)) {
            self.greeted = now;
        }
        if now.saturating_duration_since(self.greeted) > UNGREETED_MAX {
            return Ok(Some(Alarm::Ungreeted));
        }
        let behind = claimed > tip.height;
        let quorum = voting && members.ledger().is_quorum(power.unwrap_or(0));
        let stall = match (behind, quorum && !self.rooms.pool.is_empty()) {
            (true, _) => Some(Stall::Behind),
            (false, true) => Some(Stall::Undecided),
            (false, false) => None,
        };
        Ok(self.progress.observe(now, tip.height, stall).map(Alarm::Stalled))
    }
}

/// False if the peers that are connected would be enough, and those among them that have proven who they are would not.
fn is_greeted(dump: &NetworkStateDump, members: &Members, own: KeyId) -> bool {
    let set = members.ledger();
    let enough = set.is_quorum(dump.peers.len() as u64 + 1);
    !enough || set.is_quorum(connected_power(dump, members, own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_still_is_a_stall_only_where_the_head_should_move() {
        let start = Instant::now();
        let mut progress = Progress::new(start, Duration::from_secs(30));
        let mut at = |seconds: u64, head: u64, stall: Option<Stall>| {
            progress.observe(start + Duration::from_secs(seconds), Height(head), stall)
        };
        assert_eq!(at(0, 5, None), None);
        assert_eq!(at(100, 5, None), None, "idle, or without a quorum");
        assert_eq!(at(110, 5, Some(Stall::Behind)), None);
        assert_eq!(at(130, 5, Some(Stall::Behind)), None, "30 s are not over");
        assert_eq!(at(131, 5, Some(Stall::Behind)), Some(Stall::Behind));
        assert_eq!(at(131, 6, Some(Stall::Behind)), None, "it moved");
        assert_eq!(at(150, 6, Some(Stall::Undecided)), None);
        assert_eq!(at(162, 6, Some(Stall::Undecided)), Some(Stall::Undecided));
        assert_eq!(at(163, 6, None), None);
        assert_eq!(at(193, 6, Some(Stall::Undecided)), None, "counted from when it should have moved");
    }

    #[test]
    fn the_process_ends_after_engines_enough_at_one_head() {
        let mut stalls = Stalls::default();
        assert!(!stalls.is_last(Height(7), Stall::Behind));
        assert!(stalls.is_last(Height(7), Stall::Behind));
        assert!(!stalls.is_last(Height(8), Stall::Behind), "it had moved in between");
        let mut stalls = Stalls::default();
        let ends: Vec<bool> = (0..4).map(|_| stalls.is_last(Height(7), Stall::Undecided)).collect();
        assert_eq!(ends, [false, false, false, true]);
    }
}
