//! What consensus needs of the rooms beside it: a store of blocks and a pool of statements.
//!
//! The store is called from blocking threads (`spawn_blocking`), never from an async task, so it may do disk I/O and
//! wait for locks. All methods take `&self`: implementations are shared by `Arc` and lock inside.

use std::sync::Arc;

use ledger::block::{Block, Header};
use ledger::codec::Bytes;
use ledger::commit::CommitCertificate;
use ledger::crypto::{Hash, KeyId, Signature};
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::executor::Executed;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::state::ChainView;
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::{Height, Round};
use ledger::validator::ValidatorSet;
use tokio::sync::Notify;

/// A block that was proposed for a height and is not decided yet, with what is needed to send it to others again.
///
/// One record stands for one proposal: the same block proposed in two rounds is two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// Height it was proposed for.
    pub height: Height,
    /// Round it was proposed in.
    pub round: Round,
    /// Round of an earlier polka that the proposer claimed for it; `None` for a fresh proposal.
    pub valid_round: Option<Round>,
    /// The proposer of that round, who signed `signature`; not always the one named in the header.
    pub proposer: KeyId,
    /// Hash of the block's header.
    pub hash: Hash,
    /// The proposer's signature over the end of its stream (see `consensus::context::part_sign_bytes`); `None` for a
    /// block that came by value sync.
    pub signature: Option<Signature>,
    /// The encoded [`Block`], as it travelled.
    pub block: Bytes,
}

/// Blocks, certificates and state of this node (implemented by `storage`).
///
/// Durability: a method that writes returns only after the write is on disk (fsync); it is applied as a whole or not
/// at all. A fault on a write stops the node, so no method need be callable after it.
///
/// Concurrency: writes come from consensus alone and one at a time; reads come from several threads while a write is
/// under way and see the state before or after it, never half of it.
pub trait BlockStore: Send + Sync + 'static {
    /// One snapshot of the state, as the executor reads it.
    type View: ChainView + Send + 'static;

    /// The header of the last persisted block; at a fresh node the header of genesis (height 0).
    ///
    /// # Errors
    /// [`Fault`] if it cannot be read.
    fn tip(&self) -> Result<Header, Fault>;

    /// A snapshot of the state at the tip.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be taken.
    fn view(&self) -> Result<Self::View, Fault>;

    /// The set that decides a height: any height from 1 to tip + 1 whose block is kept; `None` for others.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be read.
    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Fault>;

    /// Makes a decided block the new tip: block, certificate, tree nodes, values, log nodes, lists, statement ids and
    /// tip in ONE synced batch. The same batch removes all undecided blocks of this and lower heights.
    ///
    /// The caller guarantees: `block.header.height` is tip + 1, `executed` is the execution of this block on the tip,
    /// and the certificate was verified for it. Idempotent: called again for the tip itself with the same header
    /// hash it changes nothing and succeeds.
    ///
    /// # Errors
    /// [`Fault`] if anything of it could not be written; then nothing of it was.
    fn persist(&self, block: &Block, certificate: &CommitCertificate, executed: &Executed) -> Result<(), Fault>;

    /// The encoded block of a height, `None` if there is none or it is no longer kept.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be read.
    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, Fault>;

    /// The certificate kept for a height.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be read.
    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, Fault>;

    /// Replaces the certificate of a persisted height by a larger one for the same header.
    ///
    /// Need not be synced: losing it leaves the smaller one, which is as good a proof.
    ///
    /// # Errors
    /// [`Fault`] if it could not be written.
    fn set_certificate(&self, certificate: &CommitCertificate) -> Result<(), Fault>;

    /// Height of the oldest block that [`BlockStore::block`] can give; 1 on a node that prunes nothing.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be read.
    fn history_min_height(&self) -> Result<Height, Fault>;

    /// Keeps an undecided block. Synced: it is on disk when this returns. The key is (height, round, hash); a record
    /// with the same key is replaced.
    ///
    /// # Errors
    /// [`Fault`] if it could not be written.
    fn put_undecided(&self, undecided: &Undecided) -> Result<(), Fault>;

    /// All undecided blocks of a height, in the order of round, then hash.
    ///
    /// # Errors
    /// [`Fault`] if they cannot be read.
    fn undecided(&self, height: Height) -> Result<Vec<Undecided>, Fault>;

    /// Keeps proof that a validator signed twice, which the caller has verified; false if there is one of the same key,
    /// height, round and step already, or enough of the height. Need not be synced. Records of one height are kept
    /// side by side, the number of each counting from zero.
    ///
    /// # Errors
    /// [`Fault`] if it could not be written.
    fn put_evidence(&self, evidence: &Evidence) -> Result<bool, Fault>;
}

/// Statements that wait for a block (implemented by `mempool`). Its signature cache is the executor's.
///
/// Concurrency: all methods may be called at any time from any thread, `is_empty` and `wake` also from async tasks;
/// none waits for the network, and none but `verify_ahead` reads the disk.
pub trait StatementPool: SignatureCache + Send + Sync + 'static {
    /// Verifies statements of a block that came from elsewhere, on all cores, for the execution that follows: it finds
    /// them in this cache. Unreadable and forged ones are passed over; execution judges. Called from blocking threads.
    ///
    /// # Errors
    /// [`Fault`] if the state cannot be read.
    fn verify_ahead(&self, statements: &[Bytes]) -> Result<(), Fault>;

    /// Statements to try for the next block, the best first, at most as many as a full block could hold.
    /// Statements of one record come in the order in which they depend on each other.
    fn candidates(&self) -> Vec<SignedStatement>;

    /// True if [`StatementPool::candidates`] would give none.
    fn is_empty(&self) -> bool;

    /// Forgets the statements of a block that is now persisted, and those that it made invalid or expired. Called
    /// once for each height in order, after [`BlockStore::persist`] returned; `executed` is the execution of this block.
    fn on_committed(&self, block: &Block, executed: &Executed);

    /// Statements that the proposer's own execution refused: to be dropped, with the answer for who submitted them.
    fn on_rejected(&self, rejected: Vec<(StatementId, Rejection)>);

    /// Is notified (`notify_one`, so that a permit stays when nobody waits) each time a statement enters. For one
    /// submitted here: only after it was handed to the gossip towards all peers, so that they wake at the same time.
    fn wake(&self) -> Arc<Notify>;
}
