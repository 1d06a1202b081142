//! What travels between nodes, and inside one.

use std::rc::Rc;
use std::time::Duration;

use ledger::types::Height;
use malachitebft_core_consensus::SignedConsensusMsg;
use malachitebft_core_consensus::{LivenessMsg, LocallyProposedValue, MisbehaviorEvidence, ProposedValue};
use malachitebft_core_types::{
    CommitCertificate, HeightParams, Round, Timeout, ValueOrigin, ValueResponse, VoteExtensions,
};
use malachitebft_engine::util::streaming::StreamMessage;
use malachitebft_sync::RawDecidedValue;

use crate::consensus::context::{Address, EngineHeight, LedgerContext, ProposalPart, ValueHash};

/// A message between nodes.
#[derive(Debug, Clone)]
pub(super) enum Wire {
    /// A vote or proposal, sent once and passed on.
    Consensus(SignedConsensusMsg<LedgerContext>),
    /// A vote sent again, or a certificate; to all peers, not passed on.
    Liveness(LivenessMsg<LedgerContext>),
    /// The parts of one proposal; passed on.
    Stream(Vec<StreamMessage<ProposalPart>>),
    /// The sender's head.
    Status(Height),
    /// Asks one peer for decided blocks, both heights included.
    Request { first: Height, last: Height },
    /// What the peer has of them.
    Answer { values: Vec<RawDecidedValue<LedgerContext>> },
}

impl Wire {
    /// True for what gossip passes on.
    pub(super) fn is_gossip(&self) -> bool {
        matches!(self, Self::Consensus(_) | Self::Stream(_))
    }
}

/// A message under way, with what keeps copies of it apart from other messages.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The same for all copies.
    pub(super) id: u64,
    /// Who published it.
    pub(super) publisher: usize,
    /// What it says.
    pub(super) wire: Wire,
}

/// A message of a node to itself: the engine's and the host's mailboxes, one after the other.
#[derive(Debug)]
pub(super) enum Mail {
    /// The host is to build a block.
    GetValue(EngineHeight, Round, Duration),
    /// The host is to send a proposal again.
    Restream(EngineHeight, Round, Round, Address, ValueHash),
    /// The host is to persist a decided block.
    Decided(CommitCertificate<LedgerContext>, VoteExtensions<LedgerContext>),
    /// The host is to say what comes next.
    Finalized(CommitCertificate<LedgerContext>, VoteExtensions<LedgerContext>, MisbehaviorEvidence<LedgerContext>),
    /// The host is to check a block from value sync.
    Synced(ValueResponse<LedgerContext>, Address),
    /// The host has built a block.
    Propose(LocallyProposedValue<LedgerContext>),
    /// The host has checked a block.
    Value(ProposedValue<LedgerContext>, ValueOrigin),
    /// The host has said what comes next.
    Start(EngineHeight, HeightParams<LedgerContext>),
}

/// What a node wants to have done after it has worked.
#[derive(Debug)]
pub(super) enum Output {
    /// To all peers.
    Send(Wire),
    /// To itself.
    Mail(Mail),
    /// A timer, with the number that tells it from a cancelled one.
    Timer(Timeout, Duration, u64),
    /// Value sync: this peer's answer was no good.
    Blame(usize),
    /// Value sync: ask once more, nobody is to blame.
    AskAgain,
}

/// Something that happens at a moment.
#[derive(Debug)]
pub(super) enum Event {
    /// A message arrives.
    Deliver { to: usize, from: usize, envelope: Rc<Envelope> },
    /// A message of a node to itself, in one life of its process.
    Mail { node: usize, life: u64, mail: Mail },
    /// A timer runs out.
    Timer { node: usize, life: u64, timeout: Timeout, number: u64 },
    /// A node tells its head and looks after value sync.
    Tick { node: usize, life: u64 },
    /// A statement reaches a node's pool.
    Statement { node: usize, number: u8 },
    /// A fault begins.
    Break { fault: usize },
    /// A fault ends.
    Heal { fault: usize },
    /// An armed process that has not come to its point ends all the same.
    Kill { node: usize, life: u64 },
    /// A process starts.
    Boot { node: usize },
}
