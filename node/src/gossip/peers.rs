//! What is still to be told to each of the other members' nodes.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use ledger::codec::Bytes;
use ledger::statement::{SignedStatement, StatementId};
use libp2p::PeerId;

use super::batch::{BATCH_BYTES_MAX, BATCH_STATEMENTS_MAX, Batch};
use crate::mempool::Share;

/// What waits for one peer; beyond it the oldest are dropped first, to be told again later.
pub(super) const QUEUE: Share = Share { statements_max: 4096, bytes_max: 16 * BATCH_BYTES_MAX };
/// Batches that one peer has not answered yet.
const IN_FLIGHT_MAX: usize = 4;

/// What is to be told to one peer.
#[derive(Debug, Default)]
struct Line {
    connected: bool,
    in_flight: usize,
    queue: VecDeque<(StatementId, Arc<SignedStatement>)>,
    /// Ids of the queue: nothing stands in it twice.
    queued: HashSet<StatementId>,
    bytes: usize,
}

/// What is to be told to whom.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: BTreeMap<PeerId, Line>,
}

impl Lines {
    /// A line to each of these members and to nobody else; what waits for one that stays is kept.
    pub(super) fn keep(&mut self, members: &BTreeSet<PeerId>) {
        self.lines.retain(|peer, _| members.contains(peer));
        for peer in members {
            self.lines.entry(*peer).or_default();
        }
    }

    /// Queues statements for every connected peer.
    pub(super) fn push_all(&mut self, statements: &[Arc<SignedStatement>]) {
        for line in self.lines.values_mut().filter(|line| line.connected) {
            line.push(statements);
        }
    }

    /// A peer is there; it is told what still waits here.
    pub(super) fn connected(&mut self, peer: &PeerId, pending: &[Arc<SignedStatement>]) {
        if let Some(line) = self.lines.get_mut(peer) {
            line.connected = true;
            line.push(pending);
        }
    }

    /// A peer is gone; what waits for it is told again when it returns.
    pub(super) fn disconnected(&mut self, peer: &PeerId) {
        if let Some(line) = self.lines.get_mut(peer) {
            *line = Line::default();
        }
    }

    /// A batch was answered, or failed.
    pub(super) fn answered(&mut self, peer: &PeerId) {
        if let Some(line) = self.lines.get_mut(peer) {
            line.in_flight = line.in_flight.saturating_sub(1);
        }
    }

    /// Peers that are not connected.
    pub(super) fn missing(&self) -> Vec<PeerId> {
        self.lines.iter().filter(|(_, line)| !line.connected).map(|(peer, _)| *peer).collect()
    }

    /// Number of connected peers.
    pub(super) fn connected_count(&self) -> usize {
        self.lines.values().filter(|line| line.connected).count()
    }

    /// True if a batch may be sent now.
    pub(super) fn can_send(&self) -> bool {
        self.lines.values().any(Line::can_send)
    }

    /// The next batches that may be sent now.
    pub(super) fn take_batches(&mut self) -> Vec<(PeerId, Batch)> {
        let mut batches = Vec::new();
        for (peer, line) in &mut self.lines {
            while line.can_send() {
                line.in_flight += 1;
                batches.push((*peer, line.next_batch()));
            }
        }
        batches
    }
}

impl Line {
    fn can_send(&self) -> bool {
        self.connected && self.in_flight < IN_FLIGHT_MAX && !self.queue.is_empty()
    }

    fn push(&mut self, statements: &[Arc<SignedStatement>]) {
        for statement in statements {
            let id = statement.id();
            if self.queued.insert(id) {
                self.bytes += statement.encoded().len();
                self.queue.push_back((id, Arc::clone(statement)));
            }
        }
        while self.queue.len() > QUEUE.statements_max || self.bytes > QUEUE.bytes_max {
            if self.pop().is_none() {
                break;
            }
            metrics::counter!("yinxin_gossip_dropped").increment(1);
        }
    }

    fn pop(&mut self) -> Option<Arc<SignedStatement>> {
        let (id, statement) = self.queue.pop_front()?;
        self.queued.remove(&id);
        self.bytes -= statement.encoded().len();
        Some(statement)
    }

    fn next_batch(&mut self) -> Batch {
        let (mut batch, mut size_bytes) = (Vec::new(), 0);
        while let Some((_, next)) = self.queue.front() {
            size_bytes += next.encoded().len();
            if size_bytes > BATCH_BYTES_MAX || batch.len() >= BATCH_STATEMENTS_MAX {
                break;
            }
            batch.extend(self.pop().map(|statement| Bytes::clone(statement.encoded())));
        }
        batch
    }
}
