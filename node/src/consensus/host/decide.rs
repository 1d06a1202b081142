//! Decided blocks: persisted before anything else happens; then the next height.

use std::sync::Arc;

use ledger::block::Block;
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::crypto::Hash;
use ledger::executor::{BlockInvalid, ExecuteError, execute_block};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::Height;
use malachitebft_app_channel::Reply;
use malachitebft_app_channel::app::types::MisbehaviorEvidence;
use malachitebft_core_types as core;
use malachitebft_engine::host::Next as EngineNext;

use super::super::Fault;
use super::super::context::{EngineHeight, LedgerContext, Members};
use super::super::ports::{BlockStore, StatementPool, Undecided};
use super::super::status::Mode;
use super::rest::Rest;
use super::{Checked, End, Host, blocking, start};
use crate::fail_points::{Point, pass};

type EngineCertificate = core::CommitCertificate<LedgerContext>;

/// A decided block as this node has it.
enum Decided {
    /// Executed and valid.
    Ready(Checked),
    /// Decided by the others, and invalid by our execution.
    Differs(Box<(Undecided, BlockInvalid)>),
    /// Not on this disk, though the engine's log knows that it was here: the store is an older copy than the log.
    Missing,
}

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Persists a decided block, then tells the engine.
    ///
    /// # Errors
    /// [`Fault`] if it could not be persisted.
    pub(super) async fn decided(
        &mut self,
        certificate: EngineCertificate,
        reply: Reply<()>,
    ) -> Result<Option<End>, Fault> {
        let (height, hash) = (certificate.height.0, certificate.value_id.0);
        if height == self.next.head.height && hash == self.next.head_hash {
            let _ = reply.send(());
            return Ok(None);
        }
        pass(Point::Decided);
        let checked = match self.find_decided(height, hash).await? {
            Decided::Ready(checked) => checked,
            Decided::Differs(differs) => return self.diverged(&differs.0, &differs.1).await.map(Some),
            Decided::Missing => {
                tracing::error!(%height, %hash, "a block was decided that is not on this disk; the others have to give it");
                return Ok(Some(End::Lacking(height)));
            }
        };
        self.persist(checked, certificate).await?;
        pass(Point::Persisted);
        let _ = reply.send(());
        Ok(None)
    }

    async fn find_decided(&self, height: Height, hash: Hash) -> Result<Decided, Fault> {
        if let Some(checked) = self.executed(hash).filter(|checked| checked.block.header.height == height) {
            return Ok(Decided::Ready(checked));
        }
        let (store, pool) = (self.rooms.store.clone(), self.rooms.pool.clone());
        blocking(move || execute_undecided(store.as_ref(), pool.as_ref(), height, hash)).await?
    }

    async fn persist(&mut self, checked: Checked, certificate: EngineCertificate) -> Result<(), Fault> {
        let (store, pool) = (self.rooms.store.clone(), self.rooms.pool.clone());
        let (members, chain) = (self.next.members.clone(), self.rooms.chain.clone());
        let persisted = move || {
            let packed = pack(&certificate, &members)?;
            let verified = packed.verify(&chain, members.ledger(), checked.block.header.hash());
            verified
                .map_err(|error| ledger::error::Fault::damaged(format!("the engine's certificate fails: {error}")))?;
            store.persist(&checked.block, &packed, &checked.executed)?;
            pool.on_committed(&checked.block, &checked.executed);
            pass(Point::PoolTold);
            start::next_height(store.as_ref()).map(|next| (next, checked.block.statements.len(), packed.round))
        };
        let (next, statements, round) = self.rooms.writes.run(persisted).await??;
        tracing::info!(height = %next.head.height, %round, statements, hash = %next.head_hash, "decided and persisted");
        self.next = next;
        self.checked.clear();
        self.early.clear();
        self.rooms.status.head(self.next.head.height, self.next.head.time);
        Ok(())
    }

    /// Keeps what came in after the decision, and starts the next height when there is something to do.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn finalized(
        &mut self,
        certificate: EngineCertificate,
        evidence: MisbehaviorEvidence<LedgerContext>,
        reply: Reply<EngineNext<LedgerContext>>,
    ) -> Result<Option<End>, Fault> {
        pass(Point::Finalized);
        let height = certificate.height.0;
        self.keep_certificate(certificate).await?;
        self.keep_evidence(height, &evidence).await?;
        if matches!(&self.mode, Mode::SyncOnly { until, .. } if self.next.head.height >= *until) {
            return Ok(Some(if self.unguarded && !self.asked { End::Unasked } else { End::CaughtUp }));
        }
        pass(Point::NextUntold);
        let start = EngineNext::Start(EngineHeight(self.next.height), self.height_params());
        if self.synced == Some(height) || matches!(self.mode, Mode::SyncOnly { .. }) {
            let _ = reply.send(start);
            return Ok(None);
        }
        let rest = Rest {
            pool: self.rooms.pool.clone(),
            tips: self.rooms.tips.clone(),
            head: self.next.head.height,
            members: self.next.members.clone(),
            events: self.events.subscribe(),
            proposals: self.proposal_seen.subscribe(),
        };
        tokio::spawn(async move {
            rest.wait().await;
            let _ = reply.send(start);
        });
        Ok(None)
    }

    /// Replaces the kept certificate if this one has more signatures.
    async fn keep_certificate(&self, certificate: EngineCertificate) -> Result<(), Fault> {
        let store = self.rooms.store.clone();
        let (chain, head) = (self.rooms.chain.clone(), self.next.head.clone());
        let kept = move || {
            let (Some(kept), Some(set)) = (store.certificate(head.height)?, store.validators(head.height)?) else {
                return Ok(());
            };
            let packed = pack(&certificate, &Members::new(set.clone()))?;
            let larger = packed.signatures.len() > kept.signatures.len() && packed.height == head.height;
            if larger && packed.verify(&chain, &set, head.hash()).is_ok() {
                store.set_certificate(&packed)?;
            }
            Ok(())
        };
        self.rooms.writes.run(kept).await?
    }
}

/// The ledger's form of the engine's certificate.
fn pack(certificate: &EngineCertificate, members: &Members) -> Result<CommitCertificate, Fault> {
    let votes = certificate.commit_signatures.iter().map(|found| (found.address.0, found.signature.0));
    let round = start::round_or_first(certificate.round);
    Ok(CommitCertificate::build(certificate.height.0, round, members.ledger(), votes))
}

/// Executes a decided block that is on disk and whose execution is not at hand, as after a restart.
fn execute_undecided<S: BlockStore, P: StatementPool>(
    store: &S,
    pool: &P,
    height: Height,
    hash: Hash,
) -> Result<Decided, Fault> {
    let damaged = |what: &str| Fault::from(ledger::error::Fault::damaged(format!("block {height} {hash}: {what}")));
    let undecided = store.undecided(height)?.into_iter().find(|undecided| undecided.hash == hash);
    let Some(undecided) = undecided else { return Ok(Decided::Missing) };
    let block: Block = codec::decode(&undecided.block, BLOCK_BYTES_MAX).map_err(|_| damaged("cannot be read"))?;
    match execute_block(&store.view()?, pool, &block) {
        Ok(executed) => Ok(Decided::Ready(Checked { block: Arc::new(block), executed: Arc::new(executed) })),
        Err(ExecuteError::Invalid(reason)) => Ok(Decided::Differs(Box::new((undecided, reason)))),
        Err(ExecuteError::Fault(fault)) => Err(fault.into()),
    }
}
