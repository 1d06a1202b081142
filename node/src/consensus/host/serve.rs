//! Value sync, the serving side.

use std::ops::RangeInclusive;

use borsh::{BorshDeserialize, BorshSerialize};
use bytes::Bytes;
use ledger::block::Block;
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::crypto::Hash;
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::Height;
use malachitebft_app_channel::Reply;
use malachitebft_app_channel::app::types::sync::RawDecidedValue;
use malachitebft_core_consensus::{VoteExtensionError, VoteExtensionVerdicts};
use malachitebft_core_types::{ExtendedCommitCertificate, ExtendedCommitSignature};

use super::super::Fault;
use super::super::codec::{CERTIFICATE_BYTES_MAX, range_len};
use super::super::context::{Address, EngineHeight, EngineSignature, LedgerContext, ValueHash, engine_round};
use super::super::ports::{BlockStore, StatementPool};
use super::{Host, blocking};

/// Blocks of one answer.
const VALUES_MAX: u64 = 64;
/// Bytes of one answer, but for its last block.
const BYTES_MAX: usize = BLOCK_BYTES_MAX;

/// A decided block as value sync carries it: block and certificate in our own encodings.
///
/// The engine checks a certificate of its own form; ours travels with the block so that the receiver can tell a block
/// that was decided and does not come out as decided (it stops) from one that a peer made up (it asks another).
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Wire {
    certificate: Vec<u8>,
    block: Vec<u8>,
}

/// A block from value sync; decoded, not checked.
#[derive(Debug)]
pub(super) struct SyncedBlock {
    /// Its certificate.
    pub(super) certificate: CommitCertificate,
    /// Hash of its header.
    pub(super) hash: Hash,
    /// The encoded block.
    pub(super) block: Vec<u8>,
}

impl SyncedBlock {
    /// Reads both parts; `None` if anything does not fit.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BLOCK_BYTES_MAX + CERTIFICATE_BYTES_MAX {
            return None;
        }
        let Wire { certificate, block } = Wire::try_from_slice(bytes).ok()?;
        let certificate = codec::decode(&certificate, CERTIFICATE_BYTES_MAX).ok()?;
        let hash = codec::decode::<Block>(&block, BLOCK_BYTES_MAX).ok()?.header.hash();
        Some(Self { certificate, hash, block })
    }
}

/// The answer to extensions, which no vote of this chain carries.
pub(super) fn no_extensions(extensions: Vec<(Address, ())>) -> VoteExtensionVerdicts<LedgerContext> {
    let refused = |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
    extensions.into_iter().map(refused).collect()
}

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Gives a peer the blocks it lacks, as many as one answer holds.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn serve_decided(
        &self,
        range: RangeInclusive<EngineHeight>,
        reply: Reply<Vec<RawDecidedValue<LedgerContext>>>,
    ) -> Result<(), Fault> {
        let (store, head) = (self.rooms.store.clone(), self.next.head.height);
        let values = blocking(move || decided(store.as_ref(), &range, head)).await??;
        let _ = reply.send(values);
        Ok(())
    }

    /// Tells the oldest height that can be asked for.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn serve_history(&self, reply: Reply<EngineHeight>) -> Result<(), Fault> {
        let store = self.rooms.store.clone();
        let _ = reply.send(EngineHeight(blocking(move || store.history_min_height()).await??));
        Ok(())
    }
}

fn decided<S: BlockStore>(
    store: &S,
    range: &RangeInclusive<EngineHeight>,
    head: Height,
) -> Result<Vec<RawDecidedValue<LedgerContext>>, Fault> {
    let first = range.start().0.0;
    let count = range_len(range).min(VALUES_MAX);
    let (mut values, mut bytes) = (Vec::new(), 0usize);
    for height in (first..first.saturating_add(count)).map(Height).take_while(|height| *height <= head) {
        let Some(value) = decided_at(store, height)? else { break };
        bytes += value.value_bytes.len();
        values.push(value);
        if bytes > BYTES_MAX {
            break;
        }
    }
    Ok(values)
}

fn decided_at<S: BlockStore>(store: &S, height: Height) -> Result<Option<RawDecidedValue<LedgerContext>>, Fault> {
    let (Some(block), Some(certificate), Some(set)) =
        (store.block(height)?, store.certificate(height)?, store.validators(height)?)
    else {
        return Ok(None);
    };
    let damaged = |what: String| Fault::from(ledger::error::Fault::damaged(what));
    let header = codec::decode::<Block>(&block, BLOCK_BYTES_MAX)
        .map_err(|error| damaged(format!("block {height} cannot be read: {error}")))?
        .header;
    let votes = certificate.votes(&set).map_err(|error| damaged(format!("certificate of block {height}: {error}")))?;
    let signature = |(key, signature)| ExtendedCommitSignature::new(Address(key), EngineSignature(signature), None);
    let engine_certificate = ExtendedCommitCertificate {
        height: EngineHeight(height),
        round: engine_round(Some(certificate.round)),
        value_id: ValueHash(header.hash()),
        commit_signatures: votes.into_iter().map(signature).collect(),
    };
    let wire = Wire { certificate: codec::encode(&certificate), block };
    let bytes = borsh::to_vec(&wire).map_err(|error| damaged(format!("block {height} cannot be sent: {error}")))?;
    Ok(Some(RawDecidedValue::new(Bytes::from(bytes), engine_certificate)))
}
