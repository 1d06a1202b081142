//! What became of statements that this node took.

use std::collections::{BTreeSet, HashMap};

use ledger::limits::STATEMENT_LIFETIME_MS_MAX;
use ledger::rejection::Rejection;
use ledger::statement::StatementId;
use ledger::types::{Height, TimeMs};

/// Outcomes remembered at once, about 12 MiB; the ones soonest to be forgotten go first.
const OUTCOMES_MAX: usize = 65_536;

/// Where a statement stands, as far as this pool knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementStatus {
    /// It waits for a block.
    Pending,
    /// It is in the block of this height.
    Committed(Height),
    /// The rules refuse it, on the state after this height.
    Rejected(Rejection, Height),
    /// Its time ended before a block took it.
    Expired,
    /// Never seen, or forgotten.
    Unknown,
}

/// Final outcomes, each kept until the statement could not be sent again anyway, and an hour more.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    known: HashMap<StatementId, (StatementStatus, TimeMs)>,
    by_end: BTreeSet<(TimeMs, StatementId)>,
}

impl Outcomes {
    pub(super) fn get(&self, id: &StatementId) -> Option<StatementStatus> {
        self.known.get(id).map(|(status, _)| *status)
    }

    /// Remembers an outcome; a later one replaces it.
    pub(super) fn put(&mut self, id: StatementId, status: StatementStatus, expires: TimeMs) {
        self.remove(&id);
        let end = expires.plus(STATEMENT_LIFETIME_MS_MAX);
        self.known.insert(id, (status, end));
        self.by_end.insert((end, id));
        if self.by_end.len() > OUTCOMES_MAX {
            self.forget_first();
        }
    }

    /// Forgets one, because it waits again.
    pub(super) fn remove(&mut self, id: &StatementId) {
        if let Some((_, end)) = self.known.remove(id) {
            self.by_end.remove(&(end, *id));
        }
    }

    /// Forgets what is over at `now`.
    pub(super) fn expire(&mut self, now: TimeMs) {
        while self.by_end.first().is_some_and(|(end, _)| *end <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, id)) = self.by_end.pop_first() {
            self.known.remove(&id);
        }
    }
}
