//! The maps behind the pool's lock. Nothing here waits for anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ledger::crypto::KeyId;
use ledger::rejection::{Rejection, RejectionClass};
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::{DepartmentId, Height, TimeMs};
use tokio::sync::oneshot;

use super::outcomes::{Outcomes, StatementStatus};
use super::shares::Shares;
use super::{SubmitError, Watched};

/// Statements that wait at once: some tens of full blocks.
pub(super) const STATEMENTS_MAX: usize = 32_768;
/// Their encoded bytes; decoded they take about three times as much memory.
pub(super) const BYTES_MAX: usize = 48 * 1024 * 1024;
/// Waiters for one statement.
const WAITERS_MAX: usize = 16;

/// A waiting statement.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its id.
    pub(super) id: StatementId,
    /// The statement.
    pub(super) statement: Arc<SignedStatement>,
    /// When it was last told to the peers, or came, by this machine's clock.
    pub(super) told_at: TimeMs,
    /// From a client of this node.
    pub(super) local: bool,
    /// Refused for now, in the light of an earlier one about the same record.
    pub(super) held: bool,
}

impl Entry {
    fn subject(&self) -> &str {
        &self.statement.claims().sub
    }

    /// Whose it is, as the rules have compared with its key.
    fn department(&self) -> &DepartmentId {
        &self.statement.claims().iss
    }

    fn expires(&self) -> TimeMs {
        self.statement.claims().expires()
    }

    fn tell(&mut self, now: TimeMs) -> Arc<SignedStatement> {
        self.told_at = now;
        Arc::clone(&self.statement)
    }

    fn size_bytes(&self) -> usize {
        self.statement.encoded().len()
    }
}

/// How much is told at once.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Statements.
    pub statements_max: usize,
    /// Their encoded bytes; one is always told.
    pub bytes_max: usize,
}

impl Share {
    fn of<E: core::borrow::Borrow<Entry>>(self, entries: impl Iterator<Item = E>) -> Vec<E> {
        let mut bytes = 0;
        let mut first = true;
        let within = entries.take(self.statements_max).take_while(|entry| {
            let entry: &Entry = entry.borrow();
            bytes += entry.size_bytes();
            core::mem::take(&mut first) || bytes <= self.bytes_max
        });
        within.collect()
    }
}

/// Waiting statements in order of arrival, with what bounds and finds them.
#[derive(Debug)]
pub(super) struct Pool {
    tip: Height,
    next: u64,
    entries: BTreeMap<u64, Entry>,
    arrivals: HashMap<StatementId, u64>,
    by_subject: HashMap<String, BTreeSet<u64>>,
    by_expiry: BTreeSet<(TimeMs, u64)>,
    shares: Shares,
    waiters: HashMap<StatementId, Vec<oneshot::Sender<StatementStatus>>>,
    outcomes: Outcomes,
    bytes: usize,
}

impl Pool {
    pub(super) fn new(tip: Height, departments: usize) -> Self {
        Self {
            tip,
            next: 0,
            entries: BTreeMap::new(),
            arrivals: HashMap::new(),
            by_subject: HashMap::new(),
            by_expiry: BTreeSet::new(),
            shares: Shares::new(departments),
            waiters: HashMap::new(),
            outcomes: Outcomes::default(),
            bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn in_order(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Local statements last told before `before`, oldest first, at most so many and so many bytes; they count as told
    /// at `now` then.
    pub(super) fn tell_again(&mut self, before: TimeMs, now: TimeMs, share: Share) -> Vec<Arc<SignedStatement>> {
        let due = self.entries.values_mut().filter(|entry| entry.local && entry.told_at < before);
        share.of(due).into_iter().map(|entry| entry.tell(now)).collect()
    }

    /// Local statements, oldest first, at most so many and so many bytes.
    pub(super) fn local(&self, share: Share) -> Vec<Arc<SignedStatement>> {
        let local = self.entries.values().filter(|entry| entry.local);
        share.of(local).into_iter().map(|entry| Arc::clone(&entry.statement)).collect()
    }

    pub(super) fn contains(&self, id: &StatementId) -> bool {
        self.arrivals.contains_key(id)
    }

    /// A statement that waits.
    pub(super) fn statement(&self, id: &StatementId) -> Option<Arc<SignedStatement>> {
        let entry = self.arrivals.get(id).and_then(|arrival| self.entries.get(arrival))?;
        Some(Arc::clone(&entry.statement))
    }

    /// A block was committed, after which there are so many departments, if that is known.
    pub(super) fn advance(&mut self, tip: Height, departments: Option<usize>) {
        self.tip = self.tip.max(tip);
        if let Some(departments) = departments {
            self.shares.set_departments(departments);
        }
    }

    /// The height that answers are as of.
    pub(super) fn tip(&self) -> Height {
        self.tip
    }

    /// Fails if a statement of this key, department and size has no room.
    pub(super) fn room(&self, key: &KeyId, department: &DepartmentId, size_bytes: usize) -> Result<(), SubmitError> {
        if self.entries.len() >= STATEMENTS_MAX || self.bytes + size_bytes > BYTES_MAX {
            return Err(SubmitError::PoolFull);
        }
        self.shares.room(key, department, size_bytes)
    }

    /// True if a statement about this record waits.
    pub(super) fn has_about(&self, subject: &str) -> bool {
        self.by_subject.contains_key(subject)
    }

    /// Takes a statement. The caller has asked for [`Pool::room`] under the same lock, and it does not wait yet.
    pub(super) fn insert(&mut self, entry: Entry) {
        let arrival = self.next;
        self.next += 1;
        self.bytes += entry.size_bytes();
        self.shares.put(entry.statement.key(), entry.department(), entry.size_bytes());
        if entry.held {
            self.shares.hold(entry.department());
        }
        self.by_subject.entry(entry.subject().to_owned()).or_default().insert(arrival);
        self.by_expiry.insert((entry.expires(), arrival));
        self.arrivals.insert(entry.id, arrival);
        self.outcomes.remove(&entry.id);
        self.entries.insert(arrival, entry);
    }

    /// A client of this node sent it too: its outcome is remembered, as of any other.
    pub(super) fn adopt(&mut self, id: &StatementId) {
        if let Some(entry) = self.arrivals.get(id).and_then(|arrival| self.entries.get_mut(arrival)) {
            entry.local = true;
        }
    }

    /// True if one more of this department may be held.
    pub(super) fn may_hold(&self, department: &DepartmentId) -> bool {
        self.shares.may_hold(department)
    }

    fn remove(&mut self, id: &StatementId) -> Option<Entry> {
        let arrival = self.arrivals.remove(id)?;
        let entry = self.entries.remove(&arrival)?;
        self.bytes -= entry.size_bytes();
        if entry.held {
            self.shares.release(entry.department());
        }
        self.by_expiry.remove(&(entry.expires(), arrival));
        take_from(&mut self.by_subject, entry.subject(), arrival);
        self.shares.take(&entry.statement.key(), entry.department(), entry.size_bytes());
        Some(entry)
    }

    /// Ends the wait of a statement; only a local one's outcome is remembered.
    fn finish(&mut self, id: &StatementId, status: StatementStatus) {
        let Some(entry) = self.remove(id) else { return };
        if entry.local {
            self.outcomes.put(*id, status, entry.expires());
        }
        for waiter in self.waiters.remove(id).unwrap_or_default() {
            // Who gave up waiting is gone.
            let _ = waiter.send(status);
        }
    }

    /// A block holds the statement.
    pub(super) fn commit(&mut self, id: &StatementId, height: Height) {
        self.finish(id, StatementStatus::Committed(height));
    }

    /// The rules refuse the statement on the last committed state, or in a block being built on it.
    ///
    /// It is held instead if an earlier one about the same record waits. A replay may be this very statement, in a block
    /// that the pool is about to hear of: who asks looks into the store first.
    pub(super) fn refuse(&mut self, id: &StatementId, rejection: Rejection) {
        match rejection {
            Rejection::Expired => self.finish(id, StatementStatus::Expired),
            _ if may_depend(rejection) && self.earlier_about_same(id) && self.has_place(id) => self.set_held(id, true),
            _ => self.finish(id, StatementStatus::Rejected(rejection, self.tip)),
        }
    }

    /// The rules have nothing against the statement any more.
    pub(super) fn release(&mut self, id: &StatementId) {
        self.set_held(id, false);
    }

    fn set_held(&mut self, id: &StatementId, held: bool) {
        let entry = self.arrivals.get(id).and_then(|arrival| self.entries.get_mut(arrival));
        if let Some(entry) = entry.filter(|entry| entry.held != held) {
            entry.held = held;
            match held {
                true => self.shares.hold(entry.department()),
                false => self.shares.release(entry.department()),
            }
        }
    }

    fn has_place(&self, id: &StatementId) -> bool {
        let entry = self.arrivals.get(id).and_then(|arrival| self.entries.get(arrival));
        entry.is_some_and(|entry| self.may_hold(entry.department()))
    }

    fn earlier_about_same(&self, id: &StatementId) -> bool {
        let Some(arrival) = self.arrivals.get(id) else { return false };
        let about = self.entries.get(arrival).and_then(|entry| self.by_subject.get(entry.subject()));
        about.and_then(BTreeSet::first).is_some_and(|first| first < arrival)
    }

    /// Ends the wait of what is too late at `now`, and forgets old outcomes.
    pub(super) fn expire(&mut self, now: TimeMs) {
        while let Some((_, arrival)) = self.by_expiry.first().filter(|(expires, _)| *expires <= now).copied() {
            let Some(id) = self.entries.get(&arrival).map(|entry| entry.id) else { break };
            self.finish(&id, StatementStatus::Expired);
        }
        self.outcomes.expire(now);
    }

    /// Waiting statements about these records, in order of arrival, at most `count_max`.
    pub(super) fn about(&self, subjects: &BTreeSet<&str>, count_max: usize) -> Vec<Entry> {
        let arrivals: BTreeSet<u64> =
            subjects.iter().filter_map(|subject| self.by_subject.get(*subject)).flatten().copied().collect();
        arrivals.iter().take(count_max).filter_map(|arrival| self.entries.get(arrival)).cloned().collect()
    }

    /// Remembers the refusal of a statement that never waited here.
    pub(super) fn remember_refused(&mut self, id: StatementId, rejection: Rejection, expires: TimeMs) {
        self.outcomes.put(id, StatementStatus::Rejected(rejection, self.tip), expires);
    }

    pub(super) fn status(&self, id: &StatementId) -> StatementStatus {
        if self.contains(id) {
            return StatementStatus::Pending;
        }
        self.outcomes.get(id).unwrap_or(StatementStatus::Unknown)
    }

    pub(super) fn watch(&mut self, id: &StatementId) -> Watched {
        if !self.contains(id) {
            return Watched::Done(self.status(id));
        }
        let waiters = self.waiters.entry(*id).or_default();
        waiters.retain(|waiter| !waiter.is_closed());
        if waiters.len() >= WAITERS_MAX {
            return Watched::Done(StatementStatus::Pending);
        }
        let (sender, receiver) = oneshot::channel();
        waiters.push(sender);
        Watched::Pending(receiver)
    }
}

fn take_from(by_subject: &mut HashMap<String, BTreeSet<u64>>, subject: &str, arrival: u64) {
    if let Some(arrivals) = by_subject.get_mut(subject) {
        arrivals.remove(&arrival);
        if arrivals.is_empty() {
            by_subject.remove(subject);
        }
    }
}

/// True if another statement about the same record could turn this refusal round. None makes a statement new or small.
pub(super) fn may_depend(rejection: Rejection) -> bool {
    !matches!(rejection, Rejection::Replayed | Rejection::BlockFull)
        && matches!(rejection.class(), RejectionClass::Conflict | RejectionClass::NotFound)
}
