//! A node that was away: how long it needs to be connected again, and how fast it catches up then.

use std::time::{Duration, Instant};

use super::{rate, refused, worthless};
use crate::error::CliError;
use crate::reason::why;

/// How often the node is asked.
const TICK: Duration = Duration::from_millis(2);
/// How long it may take altogether.
const PATIENCE: Duration = Duration::from_secs(120);

/// A node that was away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sync {
    /// Heights that it lacked.
    pub(super) missed: u64,
    /// From the start of its process to the first height that it got from the others: opening the store, meeting the
    /// others, hearing how far they are, the first answer.
    pub(super) connected: Duration,
    /// Heights that it caught up on after that.
    pub(super) heights: u64,
    /// Heights a second that the others had made meanwhile.
    pub(super) live: f64,
    /// Heights a second at which it caught up, once connected.
    pub(super) caught_up: f64,
}

impl Sync {
    /// How many times as fast as the heights were made.
    pub(super) fn ratio(&self) -> f64 {
        self.caught_up / self.live.max(1e-3)
    }
}

/// A node on its way to a height; begins when its process is started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watched {
    to: u64,
    started: Instant,
    /// The first height that it showed: its own.
    own: Option<u64>,
    /// The first height beyond its own, and when it was there.
    first: Option<(u64, Duration)>,
}

impl Watched {
    /// A node that was started just now.
    pub(super) fn new(to: u64) -> Self {
        Self { to, started: Instant::now(), own: None, first: None }
    }

    /// Asks it until it is there.
    ///
    /// # Errors
    /// It does not come in time, or there was too little to catch up on.
    pub(super) fn until_there(mut self, live: f64, height: impl Fn() -> Option<u64>) -> Result<Sync, CliError> {
        loop {
            let shown = height().unwrap_or_default();
            if let Some(sync) = self.see(shown, self.started.elapsed(), live)? {
                return Ok(sync);
            }
            if self.started.elapsed() > PATIENCE {
                return Err(refused(format!("a node that returned is at {shown}, not at {}", self.to)));
            }
            std::thread::sleep(TICK);
        }
    }

    /// Takes in what it shows at a time after its start. `None` as long as it is not there.
    fn see(&mut self, shown: u64, at: Duration, live: f64) -> Result<Option<Sync>, CliError> {
        // Before its store is open it shows nothing.
        if shown == 0 {
            return Ok(None);
        }
        let own = *self.own.get_or_insert(shown);
        if shown > own && self.first.is_none() {
            self.first = Some((shown, at));
        }
        if shown < self.to {
            return Ok(None);
        }
        let (reached, connected) = self
            .first
            .filter(|(reached, _)| *reached < self.to)
            .ok_or_else(|| worthless(why("reason-bench-little")))?;
        let heights = self.to - reached;
        let caught_up = rate(heights, at.saturating_sub(connected));
        Ok(Some(Sync { missed: self.to - own, connected, heights, live, caught_up }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_connecting_is_not_the_time_of_catching_up() {
        let mut watched = Watched::new(300);
        let shown = [(0, 100), (100, 400), (100, 3_000), (140, 4_000), (299, 5_999), (301, 6_000)];
        let seen = shown.map(|(height, at)| watched.see(height, Duration::from_millis(at), 8.0).unwrap());
        assert!(seen[..5].iter().all(Option::is_none));
        let sync = seen[5].unwrap();
        assert_eq!((sync.missed, sync.heights, sync.connected), (200, 160, Duration::from_secs(4)));
        assert!((sync.caught_up - 80.0).abs() < 1e-9, "{}", sync.caught_up);
    }

    #[test]
    fn a_node_that_missed_nothing_has_no_speed() {
        assert!(Watched::new(100).see(100, Duration::from_secs(1), 8.0).is_err());
        let mut all_at_once = Watched::new(100);
        assert!(all_at_once.see(60, Duration::from_secs(1), 8.0).unwrap().is_none());
        assert!(all_at_once.see(100, Duration::from_secs(2), 8.0).is_err());
    }
}
