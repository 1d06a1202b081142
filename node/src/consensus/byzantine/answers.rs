//! Value sync: tips that are not true, and answers that are not what was asked for.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ledger::block::Block;
use ledger::codec;
use ledger::crypto::{SecretKey, Signature};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::{Height, TimeMs};
use malachitebft_core_types::Height as _;
use malachitebft_peer::PeerId;
use malachitebft_sync::{RawDecidedValue, Response, Status, ValueResponse};

use super::super::codec::encode_response;
use super::super::context::{Address, EngineHeight, EngineSignature, LedgerContext};
use super::{Kind, Turns, liar, lies};

/// Statuses told in a row of one kind.
const STATUSES_A_TURN: u64 = 12;
/// How far above its tip a liar claims to be.
const FAR: u64 = 1_000_000;
/// Longer than a request waits.
const TOO_LONG: Duration = Duration::from_secs(6);
/// Bytes of an answer without end: above what a reader takes.
const ENDLESS: usize = 24 * 1024 * 1024;

lies! {
    /// What is wrong with a tip.
    pub(super) enum StatusLie {
        /// Far above any.
        FarAbove "far-above",
        /// Up and down.
        GoesDown "goes-down",
        /// Always the first height.
        Stale "stale",
        /// In the name of peers that do not exist, far above.
        Forged "forged",
    }
}

lies! {
    /// What is wrong with an answer.
    pub(super) enum AnswerLie {
        /// Another block under a height's certificate.
        OtherBlock "other-block",
        /// The right block, its time changed: valid, and never decided.
        OtherTime "other-time",
        /// One byte of a statement's signature, in the right block.
        SwappedSignatureByte "swapped-signature-byte",
        /// Another height's certificate under this height.
        OtherCertificate "other-certificate",
        /// Too few signatures.
        FewSignatures "few-signatures",
        /// One signature as often as signatures are needed.
        DoubledSignature "doubled-signature",
        /// Signatures of strangers.
        ForeignSignatures "foreign-signatures",
        /// Signatures that do not verify, of the right validators.
        ForgedSignatures "forged-signatures",
        /// Half of a block.
        Truncated "truncated",
        /// No answer of the protocol.
        Undecodable "undecodable",
        /// No values.
        Empty "empty",
        /// Other heights than were asked for.
        OtherHeights "other-heights",
        /// More bytes than anybody takes.
        Endless "endless",
        /// The stream is closed without an answer.
        Silence "silence",
        /// An answer after the asker gave up.
        TooLate "too-late",
    }
}

pub(super) struct Answers {
    answers: Turns<AnswerLie>,
    statuses: Turns<StatusLie>,
    counted: AtomicU64,
    /// A decided value of an earlier answer.
    earlier: Mutex<Option<RawDecidedValue<LedgerContext>>>,
}

impl Answers {
    pub(super) fn new(answers: Vec<AnswerLie>, statuses: Vec<StatusLie>) -> Self {
        Self {
            answers: Turns::new(answers),
            statuses: Turns::new(statuses),
            counted: AtomicU64::new(0),
            earlier: Mutex::new(None),
        }
    }
}

/// The status that is told in place of the true one.
pub(crate) fn status(status: &Status<LedgerContext>) -> Status<LedgerContext> {
    let mut told = status.clone();
    let Some((liar, kind)) = liar().and_then(|liar| liar.answers.statuses.current().map(|kind| (liar, kind))) else {
        return told;
    };
    let count = liar.answers.counted.fetch_add(1, Ordering::Relaxed);
    let far = EngineHeight(Height(status.tip_height.0.0.saturating_add(FAR)));
    match kind {
        StatusLie::FarAbove => told.tip_height = far,
        StatusLie::GoesDown if count % 2 == 0 => told.tip_height = far,
        StatusLie::GoesDown | StatusLie::Stale => told.tip_height = EngineHeight::INITIAL,
        StatusLie::Forged => {
            let stranger = SecretKey::from_seed(&[u8::try_from(count % 32).unwrap_or(0); 32]).public().to_bytes();
            // A peer id is the identity multihash of an Ed25519 key in its protobuf form.
            let bytes = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20][..], &stranger].concat();
            (told.peer_id, told.tip_height) = (PeerId::from_bytes(&bytes).unwrap_or(status.peer_id), far);
        }
    }
    tracing::warn!(tip = %told.tip_height, lie = kind.word(), "LIE: a status");
    if count % STATUSES_A_TURN == STATUSES_A_TURN - 1 {
        liar.answers.statuses.told();
    }
    told
}

/// The bytes that are sent in place of an answer; `None` to send the answer as it is.
pub(crate) fn answer(response: &Response<LedgerContext>) -> Option<io::Result<Bytes>> {
    let liar = liar()?;
    let kind = liar.answers.answers.current()?;
    let Response::ValueResponse(honest) = response;
    let earlier = {
        let mut earlier = liar.answers.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        let other =
            |known: &RawDecidedValue<LedgerContext>| honest.values.iter().all(|one| one.height() != known.height());
        let found = earlier.clone().filter(other).or_else(|| honest.values.get(1).cloned());
        if let Some(last) = honest.values.last() {
            *earlier = Some(last.clone());
        }
        found
    };
    let told = match kind {
        AnswerLie::Undecodable => Ok(Bytes::from(vec![0xff; 4096])),
        AnswerLie::Endless => Ok(Bytes::from(vec![0; ENDLESS])),
        AnswerLie::Silence => Err(io::Error::other("LIE: no answer")),
        AnswerLie::TooLate => {
            std::thread::sleep(TOO_LONG);
            encode_response(response)
        }
        AnswerLie::Empty => encode_response(&of(honest.start_height, Vec::new())),
        _ => encode_response(&twisted(kind, honest, earlier)?),
    };
    let (from, count) = (honest.start_height, honest.values.len());
    tracing::warn!(%from, count, lie = kind.word(), "LIE: an answer of value sync");
    liar.answers.answers.told();
    Some(told)
}

fn of(start: EngineHeight, values: Vec<RawDecidedValue<LedgerContext>>) -> Response<LedgerContext> {
    Response::ValueResponse(ValueResponse::new(start, values))
}

/// The answer with its first value (for a statement's signature: the first that has one) changed.
fn twisted(
    kind: AnswerLie,
    honest: &ValueResponse<LedgerContext>,
    earlier: Option<RawDecidedValue<LedgerContext>>,
) -> Option<Response<LedgerContext>> {
    let (mut start, mut values) = (honest.start_height, honest.values.clone());
    let first = values.first_mut()?;
    let signatures = &mut first.certificate.commit_signatures;
    match kind {
        AnswerLie::OtherBlock => first.value_bytes = earlier?.value_bytes,
        AnswerLie::OtherCertificate => {
            let height = first.certificate.height;
            first.certificate = earlier?.certificate;
            first.certificate.height = height;
        }
        AnswerLie::FewSignatures => signatures.truncate(2),
        AnswerLie::DoubledSignature => {
            let count = signatures.len();
            let one = signatures.first()?.clone();
            *signatures = vec![one; count];
        }
        AnswerLie::ForeignSignatures => {
            for (index, found) in signatures.iter_mut().enumerate() {
                let stranger = SecretKey::from_seed(&[u8::try_from(index).unwrap_or(0); 32]);
                found.address = Address(stranger.public().id());
                found.signature = EngineSignature(stranger.sign(b"a stranger"));
            }
        }
        AnswerLie::ForgedSignatures => {
            for found in signatures.iter_mut() {
                found.signature = EngineSignature(Signature([0x11; 64]));
            }
        }
        AnswerLie::Truncated => first.value_bytes.truncate(first.value_bytes.len() / 2),
        AnswerLie::OtherHeights => {
            start = start.increment();
            values.iter_mut().for_each(|value| value.certificate.height = value.certificate.height.increment());
        }
        AnswerLie::OtherTime => {
            let changed = rewritten(&first.value_bytes, |block| {
                block.header.time = TimeMs(block.header.time.0 + 1);
                Some(())
            })?;
            first.value_bytes = changed;
        }
        AnswerLie::SwappedSignatureByte => {
            let changed = |value: &RawDecidedValue<LedgerContext>| rewritten(&value.value_bytes, swap_signature_byte);
            let (index, bytes) = values.iter().enumerate().find_map(|(index, value)| Some((index, changed(value)?)))?;
            values[index].value_bytes = bytes;
        }
        _ => return None,
    }
    Some(of(start, values))
}

fn swap_signature_byte(block: &mut Block) -> Option<()> {
    let statement = block.statements.first_mut()?;
    let at = statement.0.len().checked_sub(40)?;
    statement.0[at] ^= 1;
    Some(())
}

/// The bytes of a decided value with its block changed.
fn rewritten(bytes: &Bytes, change: impl Fn(&mut Block) -> Option<()>) -> Option<Bytes> {
    let (certificate, block): (Vec<u8>, Vec<u8>) = borsh::from_slice(bytes).ok()?;
    let mut block: Block = codec::decode(&block, BLOCK_BYTES_MAX).ok()?;
    change(&mut block)?;
    borsh::to_vec(&(certificate, codec::encode(&block))).ok().map(Bytes::from)
}
