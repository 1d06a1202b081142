#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::consensus::context::tests::{chain, secret};
use crate::consensus::peers::tests::peer;
use ledger::crypto::{Hash, Signature};
use ledger::types::Height;
use malachitebft_core_types::{
    PolkaSignature, RoundCertificateType, RoundSignature, SignedMessage, Validity, VoteType,
};
use malachitebft_engine::util::streaming::StreamId;
use malachitebft_sync::ValueRequest;
use std::fmt::Debug;

fn codec() -> WireCodec {
    WireCodec
}

fn address() -> Address {
    Address(secret(1).public().id())
}

fn signature() -> EngineSignature {
    EngineSignature(Signature([7; 64]))
}

fn value() -> ValueHash {
    ValueHash(Hash([5; 32]))
}

fn height(number: u64) -> EngineHeight {
    EngineHeight(Height(number))
}

fn vote(round: Round) -> Vote {
    let value = NilOrVal::Val(value());
    Vote { kind: VoteType::Precommit, height: height(9), round, value, validator: address() }
}

fn proposal(at: u64, round: Round) -> Proposal {
    Proposal { height: height(at), round, value: value(), pol_round: Round::Nil, proposer: address() }
}

fn part(size: usize) -> StreamMessage<ProposalPart> {
    let data = ProposalPart::Data(vec![1; size]);
    StreamMessage::new(StreamId::new(Bytes::from_static(b"stream")), 3, StreamContent::Data(data))
}

fn response(values: usize, signatures: usize, round: Round) -> Response<LedgerContext> {
    let found = ExtendedCommitSignature::new(address(), signature(), None);
    let certificate = ExtendedCommitCertificate {
        height: height(4),
        round,
        value_id: value(),
        commit_signatures: vec![found; signatures],
    };
    let value = RawDecidedValue::new(Bytes::from(vec![8; 300]), certificate);
    Response::ValueResponse(ValueResponse::new(height(4), vec![value; values]))
}

fn round_trip<T: PartialEq + Debug>(message: &T) -> Vec<u8>
where
    WireCodec: Codec<T>,
{
    let bytes = codec().encode(message).unwrap_or_else(|error| panic!("{error:?}"));
    let back = codec().decode(bytes.clone()).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(&back, message);
    bytes.to_vec()
}

fn refused<T: Debug>(bytes: Vec<u8>)
where
    WireCodec: Codec<T>,
{
    assert!(Codec::<T>::decode(&codec(), Bytes::from(bytes)).is_err());
}

/// A message's bytes, and what decodes them.
type Sample = (Vec<u8>, fn(Vec<u8>));

/// Every message there is, encoded, with a decoder that must not panic whatever it is given.
fn samples() -> Vec<Sample> {
    fn decode<T>(bytes: Vec<u8>)
    where
        WireCodec: Codec<T>,
    {
        drop(Codec::<T>::decode(&codec(), Bytes::from(bytes)));
    }
    type Consensus = SignedConsensusMsg<LedgerContext>;
    type Liveness = LivenessMsg<LedgerContext>;
    let vote = SignedMessage::new(vote(Round::new(1)), signature());
    let proposal = SignedMessage::new(proposal(9, Round::new(2)), signature());
    let polka_signature = PolkaSignature::new(address(), signature());
    let polka = PolkaCertificate {
        height: height(9),
        round: Round::new(1),
        value_id: value(),
        polka_signatures: vec![polka_signature; 3],
    };
    let round_signature = RoundSignature::new(VoteType::Prevote, NilOrVal::Nil, address(), signature());
    let skip = RoundCertificate {
        height: height(9),
        round: Round::new(1),
        cert_type: RoundCertificateType::Skip,
        round_signatures: vec![round_signature; 2],
    };
    let proposed = ProposedValue {
        height: height(9),
        round: Round::new(0),
        valid_round: Round::Nil,
        proposer: address(),
        value: value(),
        validity: Validity::Invalid,
    };
    let status = Status { peer_id: peer(1), tip_height: height(7), history_min_height: height(1) };
    let proof = ValidatorProof::<LedgerContext>::new(vec![1; 32], vec![2; 38], signature());
    let init =
        ProposalPart::Init { height: height(9), round: Round::new(0), valid_round: Round::Nil, proposer: address() };
    vec![
        (round_trip(&Consensus::Vote(vote.clone())), decode::<Consensus>),
        (round_trip(&Consensus::Proposal(proposal)), decode::<Consensus>),
        (round_trip(&Liveness::Vote(vote)), decode::<Liveness>),
        (round_trip(&Liveness::PolkaCertificate(polka.clone())), decode::<Liveness>),
        (round_trip(&Liveness::SkipRoundCertificate(skip)), decode::<Liveness>),
        (round_trip(&polka), decode::<PolkaCertificate<LedgerContext>>),
        (round_trip(&proposed), decode::<ProposedValue<LedgerContext>>),
        (round_trip(&status), decode::<Status<LedgerContext>>),
        (round_trip(&proof), decode::<ValidatorProof<LedgerContext>>),
        (round_trip(&init), decode::<ProposalPart>),
        (round_trip(&ProposalPart::Fin { hash: value(), signature: signature() }), decode::<ProposalPart>),
        (round_trip(&part(100)), decode::<StreamMessage<ProposalPart>>),
        (
            round_trip(&Request::<LedgerContext>::ValueRequest(ValueRequest::new(height(1)..=height(5)))),
            decode::<Request<LedgerContext>>,
        ),
        (round_trip(&response(2, 3, Round::new(1))), decode::<Response<LedgerContext>>),
    ]
}

#[test]
fn all_messages_come_back() {
    assert_eq!(samples().len(), 14);
    assert_eq!(chain().genesis, Hash([9; 32]));
}

#[test]
fn damaged_messages_never_panic() {
    for (bytes, decode) in samples() {
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            decode(damaged);
        }
        for cut in 0..bytes.len() {
            decode(bytes[..cut].to_vec());
            let mut padded = bytes[..cut].to_vec();
            padded.resize(bytes.len(), 0xff);
            decode(padded);
        }
    }
}

#[test]
fn bounds_are_checked_before_and_after_decoding() {
    round_trip(&part(DATA_BYTES_MAX));
    let mut long = codec().encode(&part(DATA_BYTES_MAX)).unwrap().to_vec();
    long.extend_from_slice(&[0; 2 * SMALL_BYTES_MAX]);
    refused::<StreamMessage<ProposalPart>>(long);
    refused::<StreamMessage<ProposalPart>>(codec().encode(&part(DATA_BYTES_MAX + 1)).unwrap().to_vec());
    let far = |message: Proposal| {
        let message = SignedConsensusMsg::<LedgerContext>::Proposal(SignedMessage::new(message, signature()));
        codec().encode(&message).unwrap().to_vec()
    };
    refused::<SignedConsensusMsg<LedgerContext>>(far(proposal(9, Round::new(u32::MAX))));
    refused::<SignedConsensusMsg<LedgerContext>>(far(proposal(u64::MAX, Round::new(0))));
    refused::<Response<LedgerContext>>(codec().encode(&response(VALUES_MAX + 1, 0, Round::Nil)).unwrap().to_vec());
}

#[test]
fn the_length_of_an_answer_is_known_without_encoding_it() {
    for (values, signatures, round) in
        [(0, 0, Round::Nil), (1, 0, Round::Nil), (3, 4, Round::new(7)), (2, 1, Round::Nil)]
    {
        let response = response(values, signatures, round);
        assert_eq!(codec().encoded_len(&response).unwrap(), codec().encode(&response).unwrap().len());
    }
}

#[test]
fn ranges_have_a_length_whatever_they_are() {
    assert_eq!(range_len(&(height(1)..=height(5))), 5);
    assert_eq!(range_len(&(height(5)..=height(1))), 0);
    assert_eq!(range_len(&(height(0)..=height(u64::MAX))), u64::MAX);
}
