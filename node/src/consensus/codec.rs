//! The engine's own wire bytes: borsh, with a bound on every input before anything is decoded.
//!
//! These are not formats of ours: nothing here is hashed, signed or kept beyond the engine's log of one height.
//! Decoding never panics and never allocates more than the input's length. Heights and rounds far beyond what a
//! chain can reach are refused here, because the engine counts on from them.

use std::io;
use std::ops::RangeInclusive;

use borsh::BorshDeserialize;
use bytes::Bytes;
use ledger::limits::BLOCK_BYTES_MAX;
use malachitebft_app_channel::app::types::codec::{Codec, HasEncodedLen};
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, Round, RoundCertificate,
    ValidatorProof,
};
use malachitebft_engine::util::streaming::{StreamContent, StreamMessage};
use malachitebft_sync::{RawDecidedValue, Request, Response, Status, ValueResponse};

use super::context::{Address, DATA_BYTES_MAX, EngineHeight, EngineSignature, LedgerContext, Proposal, ProposalPart};
use super::context::{ValueHash, Vote};
use crate::fail_points::{Point, pass};

/// A vote, a proposal, a status, a request: fixed fields only.
pub(crate) const SMALL_BYTES_MAX: usize = 1024;
/// A polka or round certificate of 256 validators at 130 bytes each.
pub(crate) const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;
/// A part with its stream id.
pub(crate) const PART_BYTES_MAX: usize = DATA_BYTES_MAX + SMALL_BYTES_MAX;
/// What value sync may answer: two full blocks and their certificates.
pub(crate) const RESPONSE_BYTES_MAX: usize = 2 * BLOCK_BYTES_MAX + 2 * 1024 * 1024;
/// Height or round beyond which a message is refused; a chain reaches neither.
const HEIGHT_MAX: u64 = 1 << 62;
const ROUND_MAX: u32 = 1 << 24;
/// Blocks of one answer of value sync.
const VALUES_MAX: usize = 256;
/// Bytes of a stream id: height, round, nonce.
const STREAM_ID_BYTES_MAX: usize = 64;

/// Encodes and decodes what the engine sends, receives and logs. It keeps nothing: who sent a message is checked only
/// after it was decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireCodec;

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Numbers inside a decoded message that the engine would count on from.
trait InRange {
    fn in_range(&self) -> bool;
}

fn height_fits(height: EngineHeight) -> bool {
    height.0.0 <= HEIGHT_MAX
}

fn round_fits(round: Round) -> bool {
    round.as_u32().is_none_or(|round| round <= ROUND_MAX)
}

impl InRange for Vote {
    fn in_range(&self) -> bool {
        height_fits(self.height) && round_fits(self.round)
    }
}

impl InRange for Proposal {
    fn in_range(&self) -> bool {
        height_fits(self.height) && round_fits(self.round) && round_fits(self.pol_round)
    }
}

impl InRange for SignedConsensusMsg<LedgerContext> {
    fn in_range(&self) -> bool {
        match self {
            Self::Vote(vote) => vote.message.in_range(),
            Self::Proposal(proposal) => proposal.message.in_range(),
        }
    }
}

impl InRange for PolkaCertificate<LedgerContext> {
    fn in_range(&self) -> bool {
        height_fits(self.height) && round_fits(self.round)
    }
}

impl InRange for RoundCertificate<LedgerContext> {
    fn in_range(&self) -> bool {
        height_fits(self.height) && round_fits(self.round)
    }
}

impl InRange for LivenessMsg<LedgerContext> {
    fn in_range(&self) -> bool {
        match self {
            Self::Vote(vote) => vote.message.in_range(),
            Self::PolkaCertificate(certificate) => certificate.in_range(),
            Self::SkipRoundCertificate(certificate) => certificate.in_range(),
        }
    }
}

impl InRange for ProposalPart {
    fn in_range(&self) -> bool {
        match self {
            Self::Init { height, round, valid_round, .. } => {
                height_fits(*height) && round_fits(*round) && round_fits(*valid_round)
            }
            Self::Data(data) => data.len() <= DATA_BYTES_MAX,
            Self::Fin { .. } => true,
        }
    }
}

impl InRange for StreamMessage<ProposalPart> {
    fn in_range(&self) -> bool {
        let content = match &self.content {
            StreamContent::Data(part) => part.in_range(),
            StreamContent::Fin => true,
        };
        content && self.stream_id.to_bytes().len() <= STREAM_ID_BYTES_MAX
    }
}

impl InRange for ProposedValue<LedgerContext> {
    fn in_range(&self) -> bool {
        height_fits(self.height) && round_fits(self.round) && round_fits(self.valid_round)
    }
}

impl InRange for Request<LedgerContext> {
    fn in_range(&self) -> bool {
        let Self::ValueRequest(request) = self;
        height_fits(*request.range.start()) && height_fits(*request.range.end())
    }
}

impl InRange for Status<LedgerContext> {
    fn in_range(&self) -> bool {
        height_fits(self.tip_height) && height_fits(self.history_min_height)
    }
}

/// Types whose borsh form comes with the engine: bound, decode whole, check numbers.
macro_rules! derived {
    ($($kind:ty, $max:expr;)*) => {$(
        impl Codec<$kind> for WireCodec {
            type Error = io::Error;

            fn decode(&self, bytes: Bytes) -> io::Result<$kind> {
                decode_bounded(&bytes, $max)
            }

            fn encode(&self, message: &$kind) -> io::Result<Bytes> {
                borsh::to_vec(message).map(Bytes::from)
            }
        }
    )*};
}

fn decode_bounded<T: BorshDeserialize + InRange>(bytes: &[u8], max: usize) -> io::Result<T> {
    if bytes.len() > max {
        return Err(invalid("the message is above its bound"));
    }
    let value = T::try_from_slice(bytes)?;
    if value.in_range() { Ok(value) } else { Err(invalid("a height, round or length is out of range")) }
}

derived! {
    ProposalPart, PART_BYTES_MAX;
    LivenessMsg<LedgerContext>, CERTIFICATE_BYTES_MAX;
    StreamMessage<ProposalPart>, PART_BYTES_MAX;
    ProposedValue<LedgerContext>, SMALL_BYTES_MAX;
    PolkaCertificate<LedgerContext>, CERTIFICATE_BYTES_MAX;
    Request<LedgerContext>, SMALL_BYTES_MAX;
}

/// Votes and proposals: into the engine's log, then, once that is synced, to the peers.
impl Codec<SignedConsensusMsg<LedgerContext>> for WireCodec {
    type Error = io::Error;

    fn decode(&self, bytes: Bytes) -> io::Result<SignedConsensusMsg<LedgerContext>> {
        decode_bounded(&bytes, SMALL_BYTES_MAX)
    }

    fn encode(&self, message: &SignedConsensusMsg<LedgerContext>) -> io::Result<Bytes> {
        pass(Point::MessageUnsent);
        borsh::to_vec(message).map(Bytes::from)
    }
}

impl Codec<Status<LedgerContext>> for WireCodec {
    type Error = io::Error;

    fn decode(&self, bytes: Bytes) -> io::Result<Status<LedgerContext>> {
        decode_bounded(&bytes, SMALL_BYTES_MAX)
    }

    fn encode(&self, status: &Status<LedgerContext>) -> io::Result<Bytes> {
        #[cfg(feature = "byzantine")]
        let status = &super::byzantine::status(status);
        borsh::to_vec(status).map(Bytes::from)
    }
}

impl Codec<ValidatorProof<LedgerContext>> for WireCodec {
    type Error = io::Error;

    fn decode(&self, bytes: Bytes) -> io::Result<ValidatorProof<LedgerContext>> {
        if bytes.len() > SMALL_BYTES_MAX {
            return Err(invalid("a validator proof is above its bound"));
        }
        let (public_key, peer_id, signature) = <(Vec<u8>, Vec<u8>, EngineSignature)>::try_from_slice(&bytes)?;
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }

    fn encode(&self, proof: &ValidatorProof<LedgerContext>) -> io::Result<Bytes> {
        borsh::to_vec(&(&proof.public_key, &proof.peer_id, &proof.signature)).map(Bytes::from)
    }
}

/// One decided value on the wire: the value's bytes, then its certificate without extensions, which are unused.
type WireValue = (Vec<u8>, EngineHeight, Round, ValueHash, Vec<(Address, EngineSignature)>);

fn to_wire(value: &RawDecidedValue<LedgerContext>) -> WireValue {
    let certificate = &value.certificate;
    let signatures = certificate.commit_signatures.iter().map(|found| (found.address, found.signature)).collect();
    (value.value_bytes.to_vec(), certificate.height, certificate.round, certificate.value_id, signatures)
}

fn from_wire(wire: WireValue) -> io::Result<RawDecidedValue<LedgerContext>> {
    let (bytes, height, round, value_id, signatures) = wire;
    if !height_fits(height) || !round_fits(round) {
        return Err(invalid("a height or round is out of range"));
    }
    let signature = |(address, signature)| ExtendedCommitSignature::new(address, signature, None);
    let commit_signatures = signatures.into_iter().map(signature).collect();
    let certificate = ExtendedCommitCertificate { height, round, value_id, commit_signatures };
    Ok(RawDecidedValue::new(bytes.into(), certificate))
}

impl Codec<Response<LedgerContext>> for WireCodec {
    type Error = io::Error;

    fn decode(&self, bytes: Bytes) -> io::Result<Response<LedgerContext>> {
        if bytes.len() > RESPONSE_BYTES_MAX {
            return Err(invalid("an answer of value sync is above its bound"));
        }
        let (start, values) = <(EngineHeight, Vec<WireValue>)>::try_from_slice(&bytes)?;
        if !height_fits(start) || values.len() > VALUES_MAX {
            return Err(invalid("an answer of value sync is out of range"));
        }
        let values = values.into_iter().map(from_wire).collect::<io::Result<_>>()?;
        Ok(Response::ValueResponse(ValueResponse::new(start, values)))
    }

    fn encode(&self, response: &Response<LedgerContext>) -> io::Result<Bytes> {
        #[cfg(feature = "byzantine")]
        if let Some(lie) = super::byzantine::answer(response) {
            return lie;
        }
        encode_response(response)
    }
}

/// An answer of value sync on the wire: its first height, then the values.
pub(crate) fn encode_response(response: &Response<LedgerContext>) -> io::Result<Bytes> {
    let Response::ValueResponse(response) = response;
    let values: Vec<WireValue> = response.values.iter().map(to_wire).collect();
    borsh::to_vec(&(response.start_height, values)).map(Bytes::from)
}

impl HasEncodedLen<Response<LedgerContext>> for WireCodec {
    fn encoded_len(&self, response: &Response<LedgerContext>) -> io::Result<usize> {
        const SIGNATURE: usize = 32 + 64;
        const FIXED: usize = 4 + 8 + 5 + 32 + 4;
        let Response::ValueResponse(response) = response;
        let value = |value: &RawDecidedValue<LedgerContext>| {
            let nil = usize::from(value.certificate.round.is_nil()) * 4;
            value.value_bytes.len() + FIXED - nil + value.certificate.commit_signatures.len() * SIGNATURE
        };
        Ok(8 + 4 + response.values.iter().map(value).sum::<usize>())
    }
}

/// The range of a request, as a check for who serves it.
pub(crate) fn range_len(range: &RangeInclusive<EngineHeight>) -> u64 {
    let (start, end) = (range.start().0.0, range.end().0.0);
    if end < start { 0 } else { (end - start).saturating_add(1) }
}

/// The value of a vote as an option.
pub(crate) fn voted(value: &NilOrVal<ValueHash>) -> Option<ValueHash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(value) => Some(*value),
    }
}

#[cfg(test)]
mod tests;
