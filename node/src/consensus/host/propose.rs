//! Building a block, and sending its parts.

use std::time::Duration;

use ledger::codec::{self, Bytes};
use ledger::crypto::{Hash, KeyId};
use ledger::executor::{BuildParams, Built, build_block};
use ledger::types::Height;
use malachitebft_app_channel::app::types::LocallyProposedValue;
use malachitebft_app_channel::{NetworkMsg, Reply};
use malachitebft_core_types::Round;

use super::super::Fault;
use super::super::context::{EngineHeight, LedgerContext, ValueHash, engine_round, ledger_round};
use super::super::parts::{Proposed, split};
use super::super::ports::{BlockStore, StatementPool, Undecided};
use super::{Checked, Host, Next, blocking, start};
use crate::clock::Clock;
use crate::fail_points::{Point, pass};

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Gives the block of this round: the one given before if there is one, else a new one.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn propose(
        &mut self,
        height: Height,
        round: Round,
        timeout: Duration,
        reply: Reply<LocallyProposedValue<LedgerContext>>,
    ) -> Result<(), Fault> {
        if height != self.next.height {
            tracing::warn!(%height, next = %self.next.height, "asked to propose for another height than the next");
            return Ok(());
        }
        let undecided = match self.proposed_before(round).await? {
            Some(undecided) => undecided,
            None => self.build(round, timeout).await?,
        };
        #[cfg(feature = "byzantine")]
        let undecided = self.lie(undecided).await?;
        let (round, value) = (engine_round(Some(undecided.round)), ValueHash(undecided.hash));
        pass(Point::ProposalKept);
        let _ = reply.send(LocallyProposedValue::new(EngineHeight(height), round, value));
        pass(Point::PartsUnsent);
        self.send_parts(&undecided).await;
        Ok(())
    }

    /// A block that this node proposed in this very round before a restart.
    async fn proposed_before(&self, round: Round) -> Result<Option<Undecided>, Fault> {
        let own = self.rooms.own;
        let same = |known: &Undecided| known.proposer == own && Some(known.round) == ledger_round(round);
        Ok(self.undecided().await?.into_iter().find(same))
    }

    async fn build(&mut self, round: Round, timeout: Duration) -> Result<Undecided, Fault> {
        let (store, pool, own, next) =
            (self.rooms.store.clone(), self.rooms.pool.clone(), self.rooms.own, self.next.clone());
        let (clock, begun) = (self.rooms.clock.clone(), self.rooms.clock.instant());
        let built = blocking(move || build(store.as_ref(), pool.as_ref(), &next, own, timeout / 4, &clock)).await??;
        let (height, hash) = (built.block.header.height, built.block.header.hash());
        let statements = built.block.statements.len();
        let took = self.rooms.clock.instant().saturating_duration_since(begun);
        tracing::debug!(%height, %round, %hash, statements, ?took, "built a block");
        let round = start::round_or_first(round);
        let undecided = Undecided {
            height,
            round,
            valid_round: None,
            proposer: own,
            hash,
            signature: Some(self.rooms.signer.sign_part(height, round, hash).0),
            block: Bytes(codec::encode(&built.block)),
        };
        self.remember(Checked { block: built.block.into(), executed: built.executed.into() });
        pass(Point::ProposalBuilt);
        self.keep(undecided.clone()).await?;
        Ok(undecided)
    }

    /// Keeps an undecided block on disk. Only then may the engine hear of it.
    pub(super) async fn keep(&self, undecided: Undecided) -> Result<(), Fault> {
        let store = self.rooms.store.clone();
        Ok(self.rooms.writes.run(move || store.put_undecided(&undecided)).await??)
    }

    /// Sends a proposal again: in this node's name in a new round, or as its proposer sent it.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn restream(
        &mut self,
        height: Height,
        round: Round,
        valid_round: Round,
        proposer: KeyId,
        hash: Hash,
    ) -> Result<(), Fault> {
        let known = self.undecided().await?.into_iter().filter(|known| known.hash == hash && known.height == height);
        let round = start::round_or_first(round);
        let (mut same_round, mut other): (Vec<_>, Vec<_>) =
            known.partition(|known| known.proposer == proposer && known.round == round && known.signature.is_some());
        let undecided = match (same_round.pop(), other.pop()) {
            (Some(undecided), _) => undecided,
            (None, Some(other)) if proposer == self.rooms.own => {
                let signature = Some(self.rooms.signer.sign_part(height, round, hash).0);
                let valid_round = ledger_round(valid_round);
                let undecided = Undecided { round, valid_round, proposer, signature, ..other };
                self.keep(undecided.clone()).await?;
                undecided
            }
            _ => {
                tracing::warn!(%height, %round, %hash, "asked to send a proposal again that this node does not have");
                return Ok(());
            }
        };
        self.send_parts(&undecided).await;
        Ok(())
    }

    pub(super) async fn send_parts(&mut self, undecided: &Undecided) {
        let Some(signature) = undecided.signature else { return };
        let proposed = Proposed {
            height: undecided.height,
            round: undecided.round,
            valid_round: undecided.valid_round,
            proposer: undecided.proposer,
            hash: undecided.hash,
            signature,
            block: undecided.block.0.clone(),
        };
        self.nonce = self.nonce.wrapping_add(1);
        for message in split(&proposed, self.nonce) {
            if self.parts_out.send(NetworkMsg::PublishProposalPart(message)).await.is_err() {
                return;
            }
            pass(Point::PartsHalf);
        }
    }
}

/// Builds on the head; stops taking statements after `time_max`.
fn build<S: BlockStore, P: StatementPool>(
    store: &S,
    pool: &P,
    next: &Next,
    proposer: KeyId,
    time_max: Duration,
    clock: &Clock,
) -> Result<Built, Fault> {
    let begun = clock.instant();
    let is_late = || clock.instant().saturating_duration_since(begun) >= time_max;
    let last_commit = if next.head.height == Height(0) { None } else { store.certificate(next.head.height)? };
    let view = store.view()?;
    let params = BuildParams { time: clock.now(), proposer, last_commit };
    let mut built = build_block(&view, pool, params, pool.candidates(), is_late)?;
    if !built.refused.is_empty() {
        pool.on_rejected(std::mem::take(&mut built.refused));
    }
    Ok(built)
}
