//! Streams of proposal parts: cutting a block into parts, and putting parts together again, within bounds.
//!
//! Parts of one stream may come in any order and through different neighbours; those of one publisher and stream id
//! belong together. A stream that breaks a rule is dropped whole. Nothing here is trusted yet: the signature at the
//! end and the block itself are checked by `host::receive`.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ledger::crypto::{Hash, KeyId, Signature};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::{Height, Round};
use malachitebft_engine::util::streaming::{StreamContent, StreamId, StreamMessage};
use malachitebft_peer::PeerId;

use super::context::{Address, DATA_BYTES_MAX, EngineHeight, EngineSignature, ProposalPart, ValueHash};
use super::context::{engine_round, ledger_round};

/// Messages of one stream: the pieces of a full block, Init, Fin and the end.
pub(crate) const STREAM_MESSAGES_MAX: u64 = (BLOCK_BYTES_MAX / DATA_BYTES_MAX) as u64 + 3;
/// Streams under way that one neighbour has begun: it relays at most one proposal a round of two heights.
pub(crate) const STREAMS_OF_PEER_MAX: usize = 8;
/// Bytes of all streams under way: 16 full blocks.
pub(crate) const BYTES_MAX: usize = 16 * BLOCK_BYTES_MAX;
/// A stream that is not complete after this is dropped; a full block takes about 0.1 s.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(20);

/// The proposal that a stream carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposed {
    /// Height.
    pub(crate) height: Height,
    /// Round it is proposed in.
    pub(crate) round: Round,
    /// Round of an earlier polka that the proposer claims.
    pub(crate) valid_round: Option<Round>,
    /// Who proposes it.
    pub(crate) proposer: KeyId,
    /// Hash of the header, as the proposer says.
    pub(crate) hash: Hash,
    /// The proposer's signature over height, round and hash.
    pub(crate) signature: Signature,
    /// The encoded block.
    pub(crate) block: Vec<u8>,
}

/// Why a stream was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Dropped {
    /// A sequence number beyond the largest stream.
    #[error("more messages than the largest block needs")]
    TooLong,
    /// The neighbour has begun too many streams.
    #[error("too many streams of one neighbour")]
    TooMany,
    /// All streams together are too large.
    #[error("too many bytes under way")]
    TooLarge,
    /// The parts do not come as Init, Data, Fin.
    #[error("parts in the wrong order")]
    Disordered,
    /// A round is missing where one is needed.
    #[error("a proposal without a round")]
    NoRound,
}

/// Streams under way.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    streams: HashMap<(PeerId, StreamId), Stream>,
    bytes: usize,
}

#[derive(Debug)]
struct Stream {
    begun: Instant,
    neighbour: PeerId,
    parts: BTreeMap<u64, ProposalPart>,
    /// Sequence of the message that ends the stream.
    end: Option<u64>,
    bytes: usize,
}

impl Streams {
    /// Takes a message in. Gives the proposal when its stream is complete.
    ///
    /// # Errors
    /// [`Dropped`] if the stream breaks a bound or the order of parts; all of it is forgotten.
    pub(crate) fn insert(
        &mut self,
        neighbour: PeerId,
        publisher: PeerId,
        message: StreamMessage<ProposalPart>,
        now: Instant,
    ) -> Result<Option<Proposed>, Dropped> {
        self.forget_old(now);
        let key = (publisher, message.stream_id.clone());
        let result = self.take(&key, neighbour, message, now);
        match result {
            Ok(false) => Ok(None),
            Ok(true) => self.remove(&key).map(assemble).transpose(),
            Err(dropped) => {
                self.remove(&key);
                Err(dropped)
            }
        }
    }

    /// True if the stream is now complete.
    fn take(
        &mut self,
        key: &(PeerId, StreamId),
        neighbour: PeerId,
        message: StreamMessage<ProposalPart>,
        now: Instant,
    ) -> Result<bool, Dropped> {
        if message.sequence >= STREAM_MESSAGES_MAX {
            return Err(Dropped::TooLong);
        }
        if !self.streams.contains_key(key) {
            let begun = self.streams.values().filter(|stream| stream.neighbour == neighbour).count();
            if begun >= STREAMS_OF_PEER_MAX {
                return Err(Dropped::TooMany);
            }
        }
        let size = match &message.content {
            StreamContent::Data(ProposalPart::Data(data)) => data.len(),
            _ => 0,
        };
        if self.bytes + size > BYTES_MAX {
            return Err(Dropped::TooLarge);
        }
        let stream = self.streams.entry(key.clone()).or_insert_with(|| Stream::begin(neighbour, now));
        match message.content {
            StreamContent::Fin => stream.end = Some(message.sequence),
            StreamContent::Data(part) => {
                if stream.parts.insert(message.sequence, part).is_none() {
                    stream.bytes += size;
                    self.bytes += size;
                }
            }
        }
        Ok(stream.is_complete())
    }

    fn remove(&mut self, key: &(PeerId, StreamId)) -> Option<Stream> {
        let stream = self.streams.remove(key)?;
        self.bytes = self.bytes.saturating_sub(stream.bytes);
        Some(stream)
    }

    fn forget_old(&mut self, now: Instant) {
        self.streams.retain(|_, stream| now.saturating_duration_since(stream.begun) < AGE_MAX);
        self.bytes = self.streams.values().map(|stream| stream.bytes).sum();
    }
}

impl Stream {
    fn begin(neighbour: PeerId, now: Instant) -> Self {
        Self { begun: now, neighbour, parts: BTreeMap::new(), end: None, bytes: 0 }
    }

    fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| self.parts.len() as u64 == end)
    }
}

/// Init, Data ..., Fin to a proposal.
fn assemble(stream: Stream) -> Result<Proposed, Dropped> {
    let mut parts = stream.parts.into_values();
    let Some(ProposalPart::Init { height, round, valid_round, proposer }) = parts.next() else {
        return Err(Dropped::Disordered);
    };
    let mut block = Vec::with_capacity(stream.bytes);
    for part in parts.by_ref() {
        match part {
            ProposalPart::Data(data) => block.extend_from_slice(&data),
            ProposalPart::Fin { hash, signature } if parts.next().is_none() => {
                return Ok(Proposed {
                    height: height.0,
                    round: ledger_round(round).ok_or(Dropped::NoRound)?,
                    valid_round: ledger_round(valid_round),
                    proposer: proposer.0,
                    hash: hash.0,
                    signature: signature.0,
                    block,
                });
            }
            _ => return Err(Dropped::Disordered),
        }
    }
    Err(Dropped::Disordered)
}

/// Cuts a proposal into the messages of one stream. `nonce` keeps a stream sent again apart from the first.
pub(crate) fn split(proposed: &Proposed, nonce: u64) -> Vec<StreamMessage<ProposalPart>> {
    let mut id = Vec::with_capacity(20);
    id.extend_from_slice(&proposed.height.0.to_be_bytes());
    id.extend_from_slice(&proposed.round.0.to_be_bytes());
    id.extend_from_slice(&nonce.to_be_bytes());
    let id = StreamId::new(Bytes::from(id));
    let init = ProposalPart::Init {
        height: EngineHeight(proposed.height),
        round: engine_round(Some(proposed.round)),
        valid_round: engine_round(proposed.valid_round),
        proposer: Address(proposed.proposer),
    };
    let fin = ProposalPart::Fin { hash: ValueHash(proposed.hash), signature: EngineSignature(proposed.signature) };
    let data = proposed.block.chunks(DATA_BYTES_MAX).map(|chunk| ProposalPart::Data(chunk.to_vec()));
    let parts = std::iter::once(init).chain(data).chain(std::iter::once(fin)).map(StreamContent::Data);
    let contents = parts.chain(std::iter::once(StreamContent::Fin));
    let message = |(sequence, content)| StreamMessage::new(id.clone(), sequence, content);
    (0u64..).zip(contents).map(message).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::consensus::peers::tests::peer;

    fn proposed(size: usize) -> Proposed {
        Proposed {
            height: Height(7),
            round: Round(1),
            valid_round: Some(Round(0)),
            proposer: KeyId(Hash([1; 32])),
            hash: Hash([2; 32]),
            signature: Signature([3; 64]),
            block: (0..size).map(|index| (index % 251) as u8).collect(),
        }
    }

    fn feed(streams: &mut Streams, messages: Vec<StreamMessage<ProposalPart>>) -> Option<Proposed> {
        let (peer, now) = (peer(1), Instant::now());
        let mut results = messages.into_iter().map(|message| streams.insert(peer, peer, message, now).unwrap());
        let complete = results.find_map(|result| result);
        assert!(results.all(|rest| rest.is_none()));
        complete
    }

    #[test]
    fn blocks_of_all_sizes_come_back_in_any_order() {
        for size in [0, 1, DATA_BYTES_MAX, DATA_BYTES_MAX + 1, BLOCK_BYTES_MAX] {
            let whole = proposed(size);
            let mut messages = split(&whole, 5);
            assert!(messages.len() as u64 <= STREAM_MESSAGES_MAX);
            assert_eq!(feed(&mut Streams::default(), messages.clone()), Some(whole.clone()), "{size}");
            messages.reverse();
            let mut streams = Streams::default();
            assert_eq!(feed(&mut streams, messages), Some(whole), "{size}");
            assert_eq!((streams.bytes, streams.streams.len()), (0, 0));
        }
    }

    #[test]
    fn a_missing_part_is_waited_for_and_then_forgotten() {
        let (mut streams, peer, start) = (Streams::default(), peer(1), Instant::now());
        let messages = split(&proposed(1000), 0);
        for message in messages.iter().skip(1) {
            assert_eq!(streams.insert(peer, peer, message.clone(), start).unwrap(), None);
        }
        let late = start + AGE_MAX;
        assert_eq!(streams.insert(peer, peer, messages[0].clone(), late).unwrap(), None);
        assert_eq!((streams.streams.len(), streams.bytes), (1, 0));
    }

    #[test]
    fn disorder_is_dropped() {
        let now = Instant::now();
        let peer = peer(1);
        let messages = split(&proposed(1000), 0);
        let wrong: [&[usize]; 4] = [&[1, 2], &[0, 1], &[0, 2, 1], &[0, 0, 1, 2]];
        for order in wrong {
            let mut streams = Streams::default();
            let mut last = Ok(None);
            for (sequence, index) in order.iter().enumerate() {
                let mut message = messages[*index].clone();
                message.sequence = sequence as u64;
                last = streams.insert(peer, peer, message, now);
            }
            let end = StreamMessage::new(messages[0].stream_id.clone(), order.len() as u64, StreamContent::Fin);
            last = last.and_then(|_| streams.insert(peer, peer, end, now));
            assert_eq!(last, Err(Dropped::Disordered), "{order:?}");
            assert!(streams.streams.is_empty());
        }
    }

    #[test]
    fn bounds_hold() {
        let (mut streams, other, peer, now) = (Streams::default(), peer(2), peer(1), Instant::now());
        let mut message = split(&proposed(10), 0).remove(1);
        message.sequence = STREAM_MESSAGES_MAX;
        assert_eq!(streams.insert(peer, peer, message, now), Err(Dropped::TooLong));
        for nonce in 0..STREAMS_OF_PEER_MAX as u64 {
            assert_eq!(streams.insert(peer, peer, split(&proposed(10), nonce).remove(0), now), Ok(None));
        }
        let one_more = split(&proposed(10), 99).remove(0);
        assert_eq!(streams.insert(peer, other, one_more.clone(), now), Err(Dropped::TooMany));
        assert_eq!(streams.insert(other, peer, one_more, now), Ok(None));
        assert_eq!(streams.streams.len(), STREAMS_OF_PEER_MAX + 1);
    }

    #[test]
    fn all_streams_together_are_bounded() {
        let (mut streams, now) = (Streams::default(), Instant::now());
        let mut refused = None;
        'peers: for number in 0..100 {
            let peer = peer(number);
            for message in split(&proposed(BLOCK_BYTES_MAX), 0).into_iter().skip(1) {
                if let Err(dropped) = streams.insert(peer, peer, message, now) {
                    refused = Some(dropped);
                    break 'peers;
                }
            }
        }
        assert_eq!(refused, Some(Dropped::TooLarge));
        assert!(streams.bytes <= BYTES_MAX);
    }
}
