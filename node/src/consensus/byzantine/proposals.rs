//! Bad blocks of many kinds, and second proposals of a round.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ledger::action::Action;
use ledger::action::governance::Vote;
use ledger::block::Block;
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::crypto::{Hash, KeyId, SecretKey};
use ledger::error::Fault;
use ledger::executor::derive_block;
use ledger::limits::{BLOCK_BYTES_MAX, STATEMENT_BYTES_MAX};
use ledger::log::Peaks;
use ledger::rules::SignatureCache;
use ledger::state::ChainView;
use ledger::statement::{SignedStatement, StatementBuilder};
use ledger::types::{RecordId, Round, TimeMs};
use ledger::validator::ValidatorSet;

use super::super::context::ValueHash;
use super::{Kind, Turns, liar, lies};

/// Second proposals that are remembered.
const TWINS_MAX: usize = 64;
/// An hour.
const HOUR_MS: u64 = 60 * 60 * 1000;

lies! {
    /// What is wrong with a block; everything else is right, so that this alone can be the reason to refuse it.
    pub(crate) enum BadBlock {
        /// Another state root.
        WrongStateRoot "wrong-state-root",
        /// Another log root.
        WrongLogRoot "wrong-log-root",
        /// Another parent.
        WrongParent "wrong-parent",
        /// The next height but one.
        WrongHeight "wrong-height",
        /// The parent's own time.
        TimeOfParent "time-of-parent",
        /// An hour ahead of the clock; valid but for that.
        TimeAnHourAhead "time-an-hour-ahead",
        /// A well-formed statement by a key that nobody registered.
        RefusedStatement "refused-statement",
        /// One byte of the signature of a statement that every mempool holds, verified.
        SwappedSignatureByte "swapped-signature-byte",
        /// A statement twice.
        DuplicateStatement "duplicate-statement",
        /// Two statements swapped, under the log root of their right order.
        Reordered "reordered",
        /// Above 4 MiB.
        Oversize "oversize",
        /// Bytes that are no block.
        Undecodable "undecodable",
        /// The parent's certificate with two signatures.
        FewSignatures "few-signatures",
        /// The parent's certificate with two signatures swapped.
        SwappedSignatures "swapped-signatures",
        /// Another set of validators.
        WrongValidators "wrong-validators",
        /// Another set of validators for the next height.
        WrongNextValidators "wrong-next-validators",
        /// A proposer that is no validator.
        WrongProposer "wrong-proposer",
        /// Another version of the rules.
        WrongProtocol "wrong-protocol",
    }
}

pub(super) struct Proposals {
    turns: Turns<BadBlock>,
    /// The two values of a round in which this node proposes twice.
    twins: Mutex<BTreeMap<Hash, Hash>>,
}

impl Proposals {
    pub(super) fn new(kinds: Vec<BadBlock>) -> Self {
        Self { turns: Turns::new(kinds), twins: Mutex::new(BTreeMap::new()) }
    }
}

/// True if this node proposes twice.
pub(crate) fn twins() -> bool {
    liar().is_some_and(|liar| liar.engine.equivocate_proposals.is_set())
}

/// Remembers the two values of a round.
pub(crate) fn note_twin(one: Hash, other: Hash) {
    let Some(liar) = liar() else { return };
    let mut twins = liar.proposals.twins.lock().unwrap_or_else(PoisonError::into_inner);
    if twins.len() >= TWINS_MAX {
        twins.clear();
    }
    twins.insert(one, other);
    twins.insert(other, one);
}

/// A value that contradicts this one: the round's other value, else one that nobody proposed.
pub(super) fn other_than(value: ValueHash) -> ValueHash {
    let twins = liar().map(|liar| liar.proposals.twins.lock().unwrap_or_else(PoisonError::into_inner));
    let known = twins.and_then(|twins| twins.get(&value.0).copied());
    ValueHash(known.unwrap_or_else(|| flipped(value.0)))
}

fn flipped(mut hash: Hash) -> Hash {
    hash.0[31] ^= 1;
    hash
}

/// A bad block in place of an honest one: its hash and its bytes. `None` if there are no lies to tell, or if the honest
/// block has not what the next kind needs; then that kind's turn comes again.
///
/// # Errors
/// A fault of the store.
pub(crate) fn bad_block<V: ChainView>(
    view: &V,
    cache: &dyn SignatureCache,
    set: &ValidatorSet,
    honest: &Block,
    round: Round,
) -> Result<Option<(Hash, Vec<u8>)>, Fault> {
    let Some((liar, kind)) = liar().and_then(|liar| liar.proposals.turns.current().map(|kind| (liar, kind))) else {
        return Ok(None);
    };
    let bad = match kind {
        BadBlock::Undecodable => {
            let mut bytes = codec::encode(honest);
            bytes.truncate(bytes.len() / 2);
            Some((honest.header.hash(), bytes))
        }
        _ => twisted(view, cache, set, kind, honest.clone())?.map(|block| (block.header.hash(), codec::encode(&block))),
    };
    if let Some((hash, bytes)) = &bad {
        let (height, size) = (honest.header.height, bytes.len());
        tracing::warn!(%height, %round, %hash, size, lie = kind.word(), "LIE: a bad block is proposed");
        liar.proposals.turns.told();
    }
    Ok(bad)
}

fn twisted<V: ChainView>(
    view: &V,
    cache: &dyn SignatureCache,
    set: &ValidatorSet,
    kind: BadBlock,
    mut block: Block,
) -> Result<Option<Block>, Fault> {
    let tip = view.tip()?.header;
    let header = &mut block.header;
    match kind {
        BadBlock::WrongStateRoot => header.state_root = flipped(header.state_root),
        BadBlock::WrongLogRoot => header.log_root = flipped(header.log_root),
        BadBlock::WrongParent => header.parent = flipped(header.parent),
        BadBlock::WrongHeight => header.height = header.height.next(),
        BadBlock::TimeOfParent => header.time = tip.time,
        BadBlock::WrongValidators => header.validators = flipped(header.validators),
        BadBlock::WrongNextValidators => header.next_validators = flipped(header.next_validators),
        BadBlock::WrongProposer => header.proposer = KeyId(Hash([7; 32])),
        BadBlock::WrongProtocol => header.protocol += 1,
        BadBlock::TimeAnHourAhead => {
            header.time = TimeMs(header.time.0.saturating_add(HOUR_MS));
            block.statements.clear();
            let derived = derive_block(view, cache, &block).map_err(|error| Fault::damaged(error.to_string()))?;
            block.header = derived.header;
        }
        BadBlock::FewSignatures | BadBlock::SwappedSignatures => {
            let Some(last) = &block.last_commit else { return Ok(None) };
            let changed = if kind == BadBlock::FewSignatures { few(last, set) } else { swapped(last) };
            block.header.last_commit = changed.hash();
            block.last_commit = Some(changed);
        }
        BadBlock::Reordered => {
            if block.statements.len() < 2 {
                return Ok(None);
            }
            block.statements.swap(0, 1);
        }
        _ => return with_statements(view, kind, block),
    }
    Ok(Some(block))
}

/// Kinds that change the statements under a log root that fits the change.
fn with_statements<V: ChainView>(view: &V, kind: BadBlock, mut block: Block) -> Result<Option<Block>, Fault> {
    match (kind, block.statements.first().cloned()) {
        (BadBlock::RefusedStatement, _) => block.statements.push(by_a_stranger(&block).encoded().clone()),
        (BadBlock::Oversize, _) => {
            let junk = vec![0xa5; STATEMENT_BYTES_MAX];
            block.statements.extend((0..=BLOCK_BYTES_MAX / STATEMENT_BYTES_MAX).map(|_| junk.clone().into()));
        }
        (BadBlock::DuplicateStatement, Some(first)) => block.statements.push(first),
        (BadBlock::SwappedSignatureByte, Some(mut first)) => {
            // The signature is the statement's last 64 bytes; each time another of them.
            let at = first.0.len() - 64 + usize::try_from(block.header.height.0 % 64).unwrap_or(0);
            first.0[at] ^= 1;
            block.statements[0] = first;
        }
        _ => return Ok(None),
    }
    let tip = view.tip()?.header;
    let mut peaks = Peaks::load(tip.log_size, |index| view.log_node(index))?;
    peaks.append(&codec::encode(&tip));
    for statement in &block.statements {
        peaks.append(statement);
    }
    (block.header.log_size, block.header.log_root) = (peaks.size(), peaks.root());
    Ok(Some(block))
}

fn by_a_stranger(block: &Block) -> SignedStatement {
    let stranger = SecretKey::from_seed(&[0x77; 32]);
    let builder = StatementBuilder {
        chain: block.header.chain.clone(),
        department: "stranger".parse().expect("a department's word"),
        now: block.header.time,
        nonce: [0x77; 16],
    };
    let action = Action::Vote(Vote { proposal: RecordId([0x77; 16]), approve: true, proposed: None });
    builder.build(action, stranger.public().id()).sign(&stranger)
}

fn few(certificate: &CommitCertificate, set: &ValidatorSet) -> CommitCertificate {
    let votes = certificate.votes(set).unwrap_or_default();
    CommitCertificate::build(certificate.height, certificate.round, set, votes.into_iter().take(2))
}

fn swapped(certificate: &CommitCertificate) -> CommitCertificate {
    let mut certificate = certificate.clone();
    certificate.signatures.0.rotate_left(64);
    certificate
}
