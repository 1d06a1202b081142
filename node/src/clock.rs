//! This machine's clock. It decides what is kept here and how long; what enters a block is judged by block time.

use ledger::types::TimeMs;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC; 0 for a clock before that.
#[must_use]
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
