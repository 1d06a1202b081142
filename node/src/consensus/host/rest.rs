//! Resting between heights: the reply to `Finalized` is held while there is nothing to do.
//!
//! What ends the rest: a statement in the pool, a proposal or vote of a later height by a member, more than f peers that
//! have more than we, or five seconds. Proposals and votes are not verified here: a false alarm costs one near-empty
//! block. A single peer's claim ends no rest: it could claim for ever.

use std::sync::Arc;
use std::time::Duration;

use ledger::types::Height;
use malachitebft_core_consensus::SignedConsensusMsg;
use malachitebft_engine::util::events::{Event, RxEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::super::context::{LedgerContext, Members};
use super::super::peers::PeerTips;
use super::super::ports::StatementPool;

/// The longest rest: an idle chain makes one block in this time.
const REST_MAX: Duration = Duration::from_secs(5);
/// How often the peers' statuses are looked at.
const TIPS_POLL: Duration = Duration::from_millis(200);

/// What a rest listens to.
pub(super) struct Rest<P> {
    /// Statements that wait.
    pub(super) pool: Arc<P>,
    /// What peers say of their tips.
    pub(super) tips: PeerTips,
    /// The last persisted height.
    pub(super) head: Height,
    /// Who decides the next height.
    pub(super) members: Members,
    /// The engine's events.
    pub(super) events: RxEvent<LedgerContext>,
    /// The highest height of a proposal that was seen.
    pub(super) proposals: watch::Receiver<Height>,
}

impl<P: StatementPool> Rest<P> {
    /// Waits until there is something to do.
    pub(super) async fn wait(mut self) {
        let deadline = tokio::time::sleep(REST_MAX);
        tokio::pin!(deadline);
        let mut poll = tokio::time::interval(TIPS_POLL);
        let (wake, faults) = (self.pool.wake(), self.members.ledger().faults_tolerated());
        loop {
            if !self.pool.is_empty()
                || self.tips.height_of_more_than(faults) > self.head
                || *self.proposals.borrow_and_update() > self.head
            {
                return;
            }
            tokio::select! {
                () = &mut deadline => return,
                () = wake.notified() => {}
                _ = poll.tick() => {}
                changed = self.proposals.changed() => if changed.is_err() { return },
                event = self.events.recv() => if self.is_call(event) { return },
            }
        }
    }

    /// True for a message of a later height by a member, and if messages were missed.
    fn is_call(&self, event: Result<Event<LedgerContext>, RecvError>) -> bool {
        match event {
            Ok(Event::Received(message)) => {
                let sender = match &message {
                    SignedConsensusMsg::Vote(vote) => &vote.message.validator,
                    SignedConsensusMsg::Proposal(proposal) => &proposal.message.proposer,
                };
                message.height().0 > self.head && self.members.get(sender).is_some()
            }
            Ok(_) => false,
            Err(_) => true,
        }
    }
}
