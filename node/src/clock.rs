//! This machine's clock. It decides what is kept here and how long; what enters a block is judged by block time.

#[cfg(test)]
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(test)]
use std::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ledger::types::TimeMs;

/// Milliseconds since 1970, UTC; 0 for a clock before that.
#[must_use]
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The clock that the host of the engine goes by: this machine's, or in tests one that stands until it is set.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// This machine's.
    Machine,
    /// Set by hand.
    #[cfg(test)]
    Hand(Hand),
}

impl Clock {
    /// Milliseconds since 1970, UTC.
    pub(crate) fn now(&self) -> TimeMs {
        match self {
            Self::Machine => now(),
            #[cfg(test)]
            Self::Hand(hand) => hand.start.plus(hand.passed_us.load(Ordering::SeqCst) / 1000),
        }
    }

    /// A moment that never goes back, for spans of time.
    pub(crate) fn instant(&self) -> Instant {
        match self {
            Self::Machine => Instant::now(),
            #[cfg(test)]
            Self::Hand(hand) => hand.origin + Duration::from_micros(hand.passed_us.load(Ordering::SeqCst)),
        }
    }
}

/// A clock that goes on only when it is told to; copies show the same time.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    start: TimeMs,
    origin: Instant,
    passed_us: Arc<AtomicU64>,
}

#[cfg(test)]
impl Hand {
    /// A clock that shows `start`.
    pub(crate) fn at(start: TimeMs) -> Self {
        Self { start, origin: Instant::now(), passed_us: Arc::default() }
    }

    /// Shows so many microseconds after the start.
    pub(crate) fn set(&self, passed_us: u64) {
        self.passed_us.store(passed_us, Ordering::SeqCst);
    }
}
