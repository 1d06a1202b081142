//! The application's side of the engine: one loop, one message at a time, one call for each kind of message.
//!
//! ```text
//! engine ── ConsensusReady ─▶ start      wait for the mesh, give the first height
//!        ── StartedRound ───▶ round      give undecided blocks back from disk
//!        ── GetValue ───────▶ propose    build, keep (fsync), reply, send the parts
//!        ── ReceivedPart ───▶ receive    put together, check, execute, keep (fsync), reply
//!        ── Decided ────────▶ decide     persist in one synced batch, then reply
//!        ── Finalized ──────▶ decide     larger certificate, evidence; `rest` holds the reply while idle
//!        ── sync messages ──▶ serve, receive
//! ```
//! The engine's connector waits for each reply (but those of Decided and Finalized), so the loop needs no locks: its
//! state is its own. Work that reads the disk or computes runs on blocking threads.

mod body;
mod decide;
mod divergence;
mod evidence;
mod later;
#[cfg(feature = "byzantine")]
mod lies;
mod propose;
mod receive;
mod rest;
mod serve;
mod start;
mod writes;

use std::sync::Arc;

use ledger::block::{Block, Header};
use ledger::commit::ChainContext;
use ledger::crypto::{Hash, KeyId};
use ledger::executor::Executed;
use ledger::record::Parameters;
use ledger::types::Height;
use malachitebft_app_channel::{AppMsg, Channels, NetworkMsg, NetworkRequest};
use malachitebft_engine::host::HeightParams;
use malachitebft_engine::util::events::TxEvent;
use tokio::sync::{mpsc, watch};

use super::context::{LedgerContext, Members};
use super::parts::Streams;
use super::peers::PeerTips;
use super::polka::Polkas;
use super::ports::{BlockStore, StatementPool, Undecided};
use super::signing::GuardedSigner;
use super::status::{Mode, StatusSender};
use super::{Exit, Fault};
use crate::clock::Clock;
use crate::fail_points::begin_round;
use later::Later;
pub(super) use start::params_of;
#[cfg(test)]
pub(super) use start::{height_params, next_height};
pub(crate) use writes::Writes;

/// Proposals refused for want of a polka or by the clock alone that are kept; each is at most a full block.
const EARLY_MAX: usize = 8;
/// Blocks of the next height whose execution is kept; a decided one beyond them is executed again.
const EXECUTED_MAX: usize = 4;

/// How a host's loop ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The engine closed its channel.
    Closed,
    /// Sync-only mode has reached the height it was for: the engine is to be built again, to vote.
    CaughtUp,
    /// The guard is not settled, and others have run the chain: this node must follow up to this height before it may
    /// vote. A claim of more than f peers; nothing durable may come of it.
    Behind(Height),
    /// The engine's log knows the decision of this height, and the store, an older copy, lacks its block: the others
    /// have to give it, and the height must not be voted on.
    Lacking(Height),
    /// The guard is not settled, and too few peers are here to ask how far the chain is.
    Unasked,
    /// The node must end.
    Exit(Exit),
}

/// What a host needs that outlives one engine.
pub(crate) struct Rooms<S, P> {
    /// Blocks and state.
    pub(crate) store: Arc<S>,
    /// Statements that wait.
    pub(crate) pool: Arc<P>,
    /// The chain.
    pub(crate) chain: ChainContext,
    /// This node's consensus key.
    pub(crate) own: KeyId,
    /// Signs the ends of streams.
    pub(crate) signer: GuardedSigner,
    /// What peers say of their tips.
    pub(crate) tips: PeerTips,
    /// Prevotes that were verified.
    pub(crate) polkas: Polkas,
    /// What the node shows of consensus.
    pub(crate) status: StatusSender,
    /// The store's writes.
    pub(crate) writes: Writes,
    /// What time it is.
    pub(crate) clock: Clock,
}

impl<S, P> Clone for Rooms<S, P> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            pool: self.pool.clone(),
            chain: self.chain.clone(),
            own: self.own,
            signer: self.signer.clone(),
            tips: self.tips.clone(),
            polkas: self.polkas.clone(),
            status: self.status.clone(),
            writes: self.writes.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// The height that runs or comes next, and what it is built on. Replaced as a whole after each persisted block.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    /// The last persisted header.
    pub(crate) head: Header,
    /// Its hash.
    pub(crate) head_hash: Hash,
    /// Height of the next block.
    pub(crate) height: Height,
    /// Who decides it.
    pub(crate) members: Members,
    /// The set of a change that is voted and not in force: it may decide the height after that.
    pub(crate) pending: Option<Members>,
    /// Parameters of the network at the head.
    pub(crate) parameters: Parameters,
}

/// A block of the next height that this node executed and found valid.
#[derive(Clone)]
pub(crate) struct Checked {
    /// The block.
    pub(crate) block: Arc<Block>,
    /// What it does.
    pub(crate) executed: Arc<Executed>,
}

/// The host of one engine.
pub(crate) struct Host<S, P> {
    rooms: Rooms<S, P>,
    next: Next,
    mode: Mode,
    /// True while the guard is not settled: then peers with blocks mean "follow first".
    unguarded: bool,
    /// True if enough of the others were here to say how far the chain is.
    asked: bool,
    streams: Streams,
    later: Later,
    /// Proposals refused for want of a polka or by the clock alone, to be asked again.
    early: Vec<Undecided>,
    checked: Vec<Checked>,
    /// Height that was last handed over by value sync.
    synced: Option<Height>,
    /// Height whose undecided blocks were given back already.
    recalled: Option<Height>,
    /// Highest height of which a whole proposal was seen.
    proposal_seen: watch::Sender<Height>,
    parts_out: mpsc::Sender<NetworkMsg<LedgerContext>>,
    requests: mpsc::Sender<NetworkRequest>,
    events: TxEvent<LedgerContext>,
    nonce: u64,
}

/// Runs `work` on a blocking thread.
///
/// # Errors
/// [`Fault::Panicked`] if it panicked.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    #[cfg(test)]
    if super::simulation::is_of_a_schedule() {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::Panicked { reason: error.to_string() })
}

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// A host for an engine that has just been built.
    ///
    /// # Errors
    /// [`Fault`] if the store cannot be read.
    pub(crate) async fn new(
        rooms: Rooms<S, P>,
        channels: &Channels<LedgerContext>,
        mode: Mode,
        unguarded: bool,
    ) -> Result<Self, Fault> {
        let store = rooms.store.clone();
        let next = blocking(move || start::next_height(store.as_ref())).await??;
        let nonce = start::stream_nonce(&rooms.clock);
        Ok(Self {
            rooms,
            next,
            mode,
            unguarded,
            asked: false,
            streams: Streams::default(),
            later: Later::default(),
            early: Vec::new(),
            checked: Vec::new(),
            synced: None,
            recalled: None,
            proposal_seen: watch::Sender::new(Height(0)),
            parts_out: channels.network.clone(),
            requests: channels.net_requests.clone(),
            events: channels.events.clone(),
            nonce,
        })
    }

    /// Answers the engine until it or the node ends.
    ///
    /// # Errors
    /// [`Fault`] if this machine fails; nothing was replied to the message under way.
    pub(crate) async fn run(mut self, messages: &mut mpsc::Receiver<AppMsg<LedgerContext>>) -> Result<End, Fault> {
        while let Some(message) = messages.recv().await {
            if let Some(end) = self.answer(message).await? {
                return Ok(end);
            }
        }
        Ok(End::Closed)
    }

    async fn answer(&mut self, message: AppMsg<LedgerContext>) -> Result<Option<End>, Fault> {
        match message {
            AppMsg::ConsensusReady { reply } => return self.start(reply).await,
            AppMsg::StartedRound { height, round, proposer, reply_value, .. } => {
                begin_round(proposer.0 == self.rooms.own);
                self.started_round(height.0, round, reply_value).await?;
            }
            AppMsg::GetValue { height, round, timeout, reply } => {
                self.propose(height.0, round, timeout, reply).await?;
            }
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                return self.received_part(from, published_by.unwrap_or(from), part, reply).await;
            }
            AppMsg::Decided { certificate, reply, .. } => return self.decided(certificate, reply).await,
            AppMsg::Finalized { certificate, evidence, reply, .. } => {
                return self.finalized(certificate, evidence, reply).await;
            }
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                self.restream(height.0, round, valid_round, address.0, value_id.0).await?;
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                return self.synced_value(height.0, round, proposer.0, value_bytes, reply).await;
            }
            AppMsg::GetDecidedValues { range, reply } => self.serve_decided(range, reply).await?,
            AppMsg::GetHistoryMinHeight { reply } => self.serve_history(reply).await?,
            AppMsg::ExtendVote { reply, .. } => drop(reply.send(None)),
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                drop(reply.send(serve::no_extensions(extensions)))
            }
        }
        Ok(None)
    }

    /// What the engine needs to run the next height.
    fn height_params(&self) -> HeightParams<LedgerContext> {
        start::height_params(&self.next)
    }

    fn remember(&mut self, checked: Checked) {
        self.checked.retain(|known| known.block.header != checked.block.header);
        if self.checked.len() >= EXECUTED_MAX {
            self.checked.remove(0);
        }
        self.checked.push(checked);
    }

    fn executed(&self, hash: Hash) -> Option<Checked> {
        self.checked.iter().find(|checked| checked.block.header.hash() == hash).cloned()
    }
}
