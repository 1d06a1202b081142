//! Proposals of others: put together, checked against everything but votes, executed, kept.

use std::sync::Arc;

use bytes::Bytes;
use ledger::block::{Block, Header};
use ledger::codec;
use ledger::commit::{ChainContext, CommitCertificate};
use ledger::crypto::KeyId;
use ledger::executor::{BlockInvalid, ExecuteError, Executed, execute_block};
use ledger::limits::{BLOCK_BYTES_MAX, CLOCK_AHEAD_MS_MAX};
use ledger::types::{Height, TimeMs};
use malachitebft_app_channel::Reply;
use malachitebft_core_consensus::ProposedValue;
use malachitebft_core_types::{Round, Validity};
use malachitebft_engine::host::SyncedValueOutcome;
use malachitebft_engine::util::streaming::StreamMessage;
use malachitebft_peer::PeerId;

use super::super::context::{
    Address, EngineHeight, LedgerContext, ProposalPart, ValueHash, engine_round, part_sign_bytes, proposer,
};
use super::super::parts::Proposed;
use super::super::ports::{BlockStore, StatementPool, Undecided};
use super::super::{Exit, Fault};
use super::body::{Fit, fit};
use super::serve::SyncedBlock;
use super::{Checked, EARLY_MAX, End, Host, blocking, divergence, start};
use crate::fail_points::{Point, pass};

/// What executing a block of somebody else says.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is valid; this is what it does.
    Valid(Box<(Block, Executed)>),
    /// It is invalid, and its header alone or the body that the header binds shows it.
    Invalid(BlockInvalid),
    /// The body is not the one of the header: says nothing about the proposal.
    Foreign,
}

/// What the engine hears of an undecided block that this node found valid.
pub(super) fn valid(undecided: &Undecided) -> ProposedValue<LedgerContext> {
    value(undecided, Validity::Valid)
}

fn value(undecided: &Undecided, validity: Validity) -> ProposedValue<LedgerContext> {
    ProposedValue {
        height: EngineHeight(undecided.height),
        round: engine_round(Some(undecided.round)),
        valid_round: engine_round(undecided.valid_round),
        proposer: Address(undecided.proposer),
        value: ValueHash(undecided.hash),
        validity,
    }
}

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Takes a part in and answers with the proposal when it is complete and its height can be checked.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn received_part(
        &mut self,
        neighbour: PeerId,
        publisher: PeerId,
        message: StreamMessage<ProposalPart>,
        reply: Reply<Option<ProposedValue<LedgerContext>>>,
    ) -> Result<Option<End>, Fault> {
        let complete = self.streams.insert(neighbour, publisher, message, self.rooms.clock.instant());
        let complete = complete.unwrap_or_else(|dropped| {
            tracing::warn!(%neighbour, %publisher, %dropped, "a stream of proposal parts is dropped");
            None
        });
        let value = match complete {
            Some(proposed) if proposed.height == self.next.height => self.check(proposed).await?,
            Some(proposed) if proposed.height == self.next.height.next() => {
                self.keep_for_later(proposed);
                None
            }
            _ => None,
        };
        #[cfg(feature = "byzantine")]
        let value = super::super::byzantine::doubted(value);
        let _ = reply.send(value);
        Ok(None)
    }

    /// Proposals of the height after the next come when this node is a step behind; they wait for it.
    fn keep_for_later(&mut self, proposed: Proposed) {
        let (height, proposer) = (proposed.height, proposed.proposer);
        let sets = std::iter::once(&self.next.members).chain(&self.next.pending);
        if self.later.keep(proposed, &self.rooms.chain, sets) {
            self.see(height);
        } else {
            tracing::warn!(%height, %proposer, "a proposal of a later height is dropped");
        }
    }

    /// Ends a rest at a lower height.
    fn see(&self, height: Height) {
        self.proposal_seen.send_if_modified(|seen| {
            let higher = *seen < height;
            *seen = height.max(*seen);
            higher
        });
    }

    /// Checks a complete proposal of the next height. `None` if it is not one that the proposer of its round signed.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn check(&mut self, proposed: Proposed) -> Result<Option<ProposedValue<LedgerContext>>, Fault> {
        pass(Point::PartsWhole);
        let (height, round) = (proposed.height, engine_round(Some(proposed.round)));
        let expected = proposer(&self.next.members, EngineHeight(height), round);
        let message = part_sign_bytes(&self.rooms.chain, height, proposed.round, proposed.hash);
        let signed =
            expected.address.0 == proposed.proposer && expected.key.verify(&message, &proposed.signature).is_ok();
        if !signed {
            tracing::warn!(%height, %round, proposer = %proposed.proposer, "a proposal is not signed by the proposer of its round");
            return Ok(None);
        }
        self.see(height);
        self.check_undecided(Undecided {
            height,
            round: proposed.round,
            valid_round: proposed.valid_round,
            proposer: proposed.proposer,
            hash: proposed.hash,
            signature: Some(proposed.signature),
            block: codec::Bytes(proposed.block),
        })
        .await
    }

    /// Checks clock and content, keeps what is valid, and says what the engine is to hear.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn check_undecided(
        &mut self,
        undecided: Undecided,
    ) -> Result<Option<ProposedValue<LedgerContext>>, Fault> {
        if self.kept_enough(&undecided).await? {
            return Ok(None);
        }
        let block = match self.executed(undecided.hash) {
            Some(checked) => checked.block.header.clone(),
            None => match self.execute(&undecided).await? {
                Outcome::Valid(done) => {
                    let (block, executed) = *done;
                    let header = block.header.clone();
                    self.remember(Checked { block: Arc::new(block), executed: Arc::new(executed) });
                    header
                }
                Outcome::Invalid(reason) => {
                    let (height, round) = (undecided.height, undecided.round);
                    tracing::warn!(%height, %round, proposer = %undecided.proposer, %reason, "a proposal is invalid");
                    return Ok(Some(value(&undecided, Validity::Invalid)));
                }
                Outcome::Foreign => {
                    tracing::warn!(height = %undecided.height, "a proposal came with a body that is not its own; dropped");
                    return Ok(None);
                }
            },
        };
        let (height, round, named) = (undecided.height, undecided.round, block.proposer);
        if named != undecided.proposer && undecided.valid_round.is_none() {
            tracing::warn!(%height, %round, proposer = %undecided.proposer, %named, "a fresh proposal names another proposer");
            return Ok(Some(value(&undecided, Validity::Invalid)));
        }
        if self.wants_polka(&undecided, &block) {
            tracing::warn!(%height, %round, time = %block.time, %named, "a proposal is ahead of this node's clock, or names another proposer, and had no polka here");
            let refused = value(&undecided, Validity::Invalid);
            if self.early.len() < EARLY_MAX {
                self.early.push(undecided);
            }
            return Ok(Some(refused));
        }
        let valid = valid(&undecided);
        pass(Point::ProposalExecuted);
        self.keep(undecided).await?;
        pass(Point::ProposalValid);
        Ok(Some(valid))
    }

    /// True if the proposer of this round has already given two other blocks: more is not kept of one who signs twice.
    async fn kept_enough(&self, undecided: &Undecided) -> Result<bool, Fault> {
        let others = |known: &&Undecided| known.round == undecided.round && known.hash != undecided.hash;
        Ok(self.undecided().await?.iter().filter(others).count() >= 2)
    }

    /// Clock and name are asked of a fresh proposal alone: one that had a polka before was within the bound for more
    /// than two thirds, and named its proposer. The polka must have been seen here; the proposer's word
    /// for it is not enough: it could move the chain's time, or bear witness in the names of others
    /// (`ledger::record::Rotation`).
    fn wants_polka(&self, undecided: &Undecided, header: &Header) -> bool {
        let ahead = header.time > TimeMs(self.rooms.clock.now().0.saturating_add(CLOCK_AHEAD_MS_MAX));
        let set = self.next.members.ledger();
        (ahead || header.proposer != undecided.proposer)
            && !self.rooms.polkas.has_polka(undecided.height, undecided.round, undecided.hash, set)
    }

    async fn execute(&self, undecided: &Undecided) -> Result<Outcome, Fault> {
        let (store, pool) = (self.rooms.store.clone(), self.rooms.pool.clone());
        let (bytes, hash) = (undecided.block.clone(), undecided.hash);
        blocking(move || match codec::decode::<Block>(&bytes, BLOCK_BYTES_MAX) {
            Ok(block) if block.header.hash() == hash => execute(store.as_ref(), pool.as_ref(), block),
            _ => Ok(Outcome::Foreign),
        })
        .await?
    }

    /// Checks a decided block from value sync: everything but the clock.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn synced_value(
        &mut self,
        height: Height,
        round: Round,
        proposer: KeyId,
        bytes: Bytes,
        reply: Reply<SyncedValueOutcome<LedgerContext>>,
    ) -> Result<Option<End>, Fault> {
        if height != self.next.height {
            let _ = reply.send(SyncedValueOutcome::LocalTransientError);
            return Ok(None);
        }
        let Some(synced) = SyncedBlock::decode(&bytes) else {
            let _ = reply.send(SyncedValueOutcome::PeerFault);
            return Ok(None);
        };
        let undecided = Undecided {
            height,
            round: start::round_or_first(round),
            valid_round: None,
            proposer,
            hash: synced.hash,
            signature: None,
            block: codec::Bytes(synced.block),
        };
        // Nothing is executed or kept on a peer's word: a block that is valid and was not decided is refused here.
        if !self.is_decided(&synced.certificate, &undecided) {
            let _ = reply.send(SyncedValueOutcome::PeerFault);
            return Ok(None);
        }
        pass(Point::SyncedVerified);
        match self.execute(&undecided).await? {
            Outcome::Valid(done) => {
                let (block, executed) = *done;
                self.remember(Checked { block: Arc::new(block), executed: Arc::new(executed) });
                self.synced = Some(height);
                pass(Point::SyncedExecuted);
                self.keep(undecided.clone()).await?;
                pass(Point::SyncedKept);
                let _ = reply.send(SyncedValueOutcome::Verdict(valid(&undecided)));
                Ok(None)
            }
            Outcome::Invalid(reason) => self.diverged(&undecided, &reason).await.map(Some),
            Outcome::Foreign => {
                let _ = reply.send(SyncedValueOutcome::PeerFault);
                Ok(None)
            }
        }
    }

    fn is_decided(&self, certificate: &CommitCertificate, undecided: &Undecided) -> bool {
        let (chain, set): (&ChainContext, _) = (&self.rooms.chain, self.next.members.ledger());
        certificate.height == undecided.height && certificate.verify(chain, set, undecided.hash).is_ok()
    }

    /// This node's execution disagrees with a decided block: tells what differs and ends the node.
    pub(super) async fn diverged(&self, undecided: &Undecided, reason: &BlockInvalid) -> Result<End, Fault> {
        let (store, pool) = (self.rooms.store.clone(), self.rooms.pool.clone());
        let (bytes, reason) = (undecided.block.clone(), reason.clone());
        blocking(move || divergence::report(store.as_ref(), pool.as_ref(), &bytes, &reason)).await??;
        Ok(End::Exit(Exit::Diverged { height: undecided.height }))
    }
}

/// Executes a block over the head, its signatures verified on all cores first. One whose body is not its header's is
/// told apart from an invalid one.
fn execute<S: BlockStore, P: StatementPool>(store: &S, pool: &P, block: Block) -> Result<Outcome, Fault> {
    let view = store.view()?;
    pool.verify_ahead(&block.statements)?;
    match execute_block(&view, pool, &block) {
        Ok(executed) => Ok(Outcome::Valid(Box::new((block, executed)))),
        Err(ExecuteError::Fault(fault)) => Err(fault.into()),
        Err(ExecuteError::Invalid(reason)) => match fit(&view, &block)? {
            Fit::Foreign => Ok(Outcome::Foreign),
            Fit::Fits | Fit::OtherParent => Ok(Outcome::Invalid(reason)),
        },
    }
}
