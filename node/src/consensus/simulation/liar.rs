//! Byzantine validators: they take part with the engine as it is, and change what leaves them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ledger::block::Block;
use ledger::codec;
use ledger::commit::{ChainContext, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, SecretKey};
use ledger::executor::{BuildParams, build_block};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::statement::SignedStatement;
use ledger::types::{Height, Round};
use malachitebft_core_consensus::SignedConsensusMsg;
use malachitebft_core_types::{ExtendedCommitSignature, NilOrVal, SignedMessage};
use malachitebft_engine::util::streaming::StreamMessage;
use malachitebft_sync::RawDecidedValue;

use super::dice::Dice;
use super::disk::SimStore;
use super::founding::Founding;
use super::schedule::Lie;
use super::wire::Wire;
use crate::consensus::context::{Address, EngineSignature, LedgerContext, Proposal, ProposalPart, ValueHash, Vote};
use crate::consensus::context::{ledger_round, part_sign_bytes};
use crate::consensus::parts::{Proposed, split};
use crate::consensus::ports::BlockStore;

/// What is sent to whom.
pub(super) type Sent = Vec<(Wire, Vec<usize>)>;

/// A proposal that has a second one, or a bad one in its place.
struct Twin {
    hash: Hash,
    /// Who gets the second one.
    victims: Vec<usize>,
}

/// One liar.
pub(super) struct Liar {
    pub(super) lie: Lie,
    secret: SecretKey,
    chain: ChainContext,
    founding: Arc<Founding>,
    dice: Dice,
    nonce: u64,
    twins: BTreeMap<Hash, Twin>,
    /// Hashes that were proposed at a height, to vote for.
    known: BTreeMap<Height, Vec<Hash>>,
}

impl Liar {
    /// A liar with its key.
    pub(super) fn new(lie: Lie, secret: SecretKey, founding: &Arc<Founding>, dice: Dice) -> Self {
        let (chain, founding) = (founding.chain.clone(), founding.clone());
        Self { lie, secret, chain, founding, dice, nonce: 1 << 40, twins: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Remembers what others propose.
    pub(super) fn hears(&mut self, wire: &Wire) {
        if let Wire::Consensus(SignedConsensusMsg::Proposal(proposal)) = wire {
            self.known.entry(proposal.message.height.0).or_default().push(proposal.message.value.0);
        }
    }

    /// Changes what this node sends to `peers`.
    pub(super) fn twist(&mut self, wire: Wire, peers: Vec<usize>, store: &SimStore) -> Sent {
        match (&wire, self.lie) {
            (Wire::Consensus(SignedConsensusMsg::Vote(vote)), Lie::Votes { percent }) if self.dice.chance(percent) => {
                self.second_vote(vote.message.clone(), wire.clone(), peers)
            }
            (Wire::Consensus(SignedConsensusMsg::Vote(vote)), Lie::Everything) => {
                self.second_vote(vote.message.clone(), wire.clone(), peers)
            }
            (Wire::Stream(parts), Lie::Proposals | Lie::Everything | Lie::BadBlocks) => {
                let own = own_proposal(parts, Address(self.secret.public().id()));
                match own {
                    Some((block, round)) => self.second_block(block, round, wire, peers, store),
                    None => vec![(wire, peers)],
                }
            }
            (Wire::Consensus(SignedConsensusMsg::Proposal(proposal)), _) => {
                self.second_proposal(proposal.message.clone(), wire.clone(), peers)
            }
            (Wire::Status(height), Lie::Sync) if self.dice.chance(30) => {
                vec![(Wire::Status(Height(height.0 + self.dice.below(40))), peers)]
            }
            (_, Lie::Withholds) => {
                let kept = peers.into_iter().filter(|_| !self.dice.chance(40)).collect();
                vec![(wire, kept)]
            }
            _ => vec![(wire, peers)],
        }
    }

    /// Divides peers in two; sometimes both get everything.
    fn divide(&mut self, peers: &[usize]) -> (Vec<usize>, Vec<usize>) {
        if self.dice.chance(30) {
            return (peers.to_vec(), peers.to_vec());
        }
        peers.iter().partition(|_| self.dice.chance(50))
    }

    fn second_vote(&mut self, vote: Vote, wire: Wire, peers: Vec<usize>) -> Sent {
        let known = self.known.get(&vote.height.0).cloned().unwrap_or_default();
        let other = match vote.value {
            NilOrVal::Val(_) if known.is_empty() || self.dice.chance(60) => NilOrVal::Nil,
            _ if known.is_empty() => NilOrVal::Val(ValueHash(Hash([0x5a; 32]))),
            _ => NilOrVal::Val(ValueHash(known[self.dice.index(known.len())])),
        };
        if other == vote.value {
            return vec![(wire, peers)];
        }
        let second = Vote { value: other, ..vote };
        let Some(bytes) = second.sign_bytes(&self.chain) else { return vec![(wire, peers)] };
        let signature = EngineSignature(self.secret.sign(&bytes));
        let second = Wire::Consensus(SignedConsensusMsg::Vote(SignedMessage::new(second, signature)));
        let (believers, victims) = self.divide(&peers);
        vec![(wire, believers), (second, victims)]
    }

    /// A second valid block for some peers, or a bad one for all.
    fn second_block(&mut self, block: Block, round: Round, wire: Wire, peers: Vec<usize>, store: &SimStore) -> Sent {
        let first = block.header.hash();
        let bad = self.lie == Lie::BadBlocks;
        let second = if bad { Some(self.spoil(block)) } else { self.rebuild(&block, store) };
        let Some(second) = second else { return vec![(wire, peers)] };
        let (height, hash) = (second.header.height, second.header.hash());
        let (believers, victims) = if bad { (Vec::new(), peers) } else { self.divide(&peers) };
        self.twins.insert(first, Twin { hash, victims: victims.clone() });
        self.nonce += 1;
        let proposed = Proposed {
            height,
            round,
            valid_round: None,
            proposer: self.secret.public().id(),
            hash,
            signature: self.secret.sign(&part_sign_bytes(&self.chain, height, round, hash)),
            block: codec::encode(&second),
        };
        vec![(wire, believers), (Wire::Stream(split(&proposed, self.nonce)), victims)]
    }

    /// Another valid block on the same parent: a little later, and without its last statement.
    fn rebuild(&mut self, block: &Block, store: &SimStore) -> Option<Block> {
        let view = store.view().ok()?;
        let time = block.header.time.plus(self.dice.between(1, 50));
        let params = BuildParams { time, proposer: block.header.proposer, last_commit: block.last_commit.clone() };
        let decode = |bytes: &codec::Bytes| SignedStatement::decode(bytes).unwrap();
        let fewer = block.statements.len().saturating_sub(1);
        let statements: Vec<_> = block.statements.iter().take(fewer).map(decode).collect();
        let built = build_block(&view, &(), params, statements, || false).ok()?.block;
        (built.header.parent == block.header.parent).then_some(built)
    }

    /// A block that breaks a rule.
    fn spoil(&mut self, mut block: Block) -> Block {
        match self.dice.below(9) {
            0 => block.header.state_root = Hash([1; 32]),
            1 => block.header.log_root = Hash([2; 32]),
            2 => block.header.parent = Hash([3; 32]),
            3 => block.header.time = ledger::types::TimeMs(0),
            4 => block.header.next_validators = Hash([4; 32]),
            5 => block.header.log_size += 1,
            6 => block.last_commit = None,
            7 => block.header.height = block.header.height.next(),
            _ => match block.statements.first().cloned() {
                Some(statement) => block.statements.push(statement),
                None => block.header.proposer = ledger::crypto::KeyId(Hash([5; 32])),
            },
        }
        if block.header.height.0 > 1 && block.last_commit.is_none() {
            block.header.last_commit = Hash::default();
        }
        // A block whose body alone is wrong must have another header too, or it is the good one with a torn body.
        block.header.version += u64::from(self.dice.chance(5));
        block
    }

    fn second_proposal(&mut self, proposal: Proposal, wire: Wire, peers: Vec<usize>) -> Sent {
        self.known.entry(proposal.height.0).or_default().push(proposal.value.0);
        let own = proposal.proposer == Address(self.secret.public().id());
        let Some(twin) = self.twins.get(&proposal.value.0).filter(|_| own) else { return vec![(wire, peers)] };
        let believers = if self.lie == Lie::BadBlocks {
            Vec::new()
        } else if twin.victims.len() == peers.len() {
            peers.clone()
        } else {
            peers.iter().copied().filter(|peer| !twin.victims.contains(peer)).collect()
        };
        let victims = twin.victims.iter().copied().filter(|peer| peers.contains(peer)).collect();
        let second = Proposal { value: ValueHash(twin.hash), ..proposal };
        self.known.entry(second.height.0).or_default().push(second.value.0);
        let Some(bytes) = second.sign_bytes(&self.chain) else { return vec![(wire, peers)] };
        let signature = EngineSignature(self.secret.sign(&bytes));
        let second = Wire::Consensus(SignedConsensusMsg::Proposal(SignedMessage::new(second, signature)));
        vec![(wire, believers), (second, victims)]
    }

    /// Changes an answer of value sync.
    pub(super) fn falsify(
        &mut self,
        mut values: Vec<RawDecidedValue<LedgerContext>>,
        store: &SimStore,
    ) -> Vec<RawDecidedValue<LedgerContext>> {
        if self.lie != Lie::Sync || values.is_empty() {
            return values;
        }
        let which = self.dice.index(values.len());
        let value = &mut values[which];
        match self.dice.below(8) {
            0 | 1 => self.forge(value, store),
            2 => drop(value.certificate.commit_signatures.pop()),
            3 => value.value_bytes = Bytes::from_static(b"no block"),
            4 => values.clear(),
            5 => value.certificate.commit_signatures[0].signature.0.0[7] ^= 1,
            6 => value.certificate.value_id = ValueHash(Hash([7; 32])),
            _ => {
                let last = values.len() - 1;
                let other = values[last].value_bytes.clone();
                values[0].value_bytes = other;
            }
        }
        values
    }

    /// A valid block that nobody decided, under this liar's own signature as often as a quorum needs.
    fn forge(&self, value: &mut RawDecidedValue<LedgerContext>, store: &SimStore) {
        let height = value.certificate.height.0;
        let Some(block) = self.block_beside(height, store) else { return };
        let hash = block.header.hash();
        let round = ledger_round(value.certificate.round).unwrap_or_default();
        let bytes = vote_sign_bytes(&self.chain, height, round, VoteStep::Precommit, Some(hash));
        let own = Address(self.secret.public().id());
        let signature = ExtendedCommitSignature::new(own, EngineSignature(self.secret.sign(&bytes)), None);
        let count = value.certificate.commit_signatures.len();
        value.certificate.commit_signatures = vec![signature; count];
        value.certificate.value_id = ValueHash(hash);
        let certificate = store.certificate(height).unwrap().map(|kept| codec::encode(&kept)).unwrap_or_default();
        value.value_bytes = Bytes::from(borsh::to_vec(&(certificate, codec::encode(&block))).unwrap());
    }

    /// Another valid block of a height that was decided.
    fn block_beside(&self, height: Height, store: &SimStore) -> Option<Block> {
        let mut chain = self.founding.start.clone();
        let read = |height| -> Option<Block> { codec::decode(&store.block(height).ok()??, BLOCK_BYTES_MAX).ok() };
        for below in 1..height.0 {
            chain.apply(&(), &read(Height(below))?).ok()?;
        }
        let decided = read(height)?;
        let time = decided.header.time.plus(9);
        let params = BuildParams { time, proposer: self.secret.public().id(), last_commit: decided.last_commit };
        Some(build_block(&chain, &(), params, Vec::new(), || false).ok()?.block)
    }
}

/// The block and round of a fresh proposal of this node itself.
fn own_proposal(parts: &[StreamMessage<ProposalPart>], own: Address) -> Option<(Block, Round)> {
    let mut bytes = Vec::new();
    let mut found = None;
    for part in parts.iter().filter_map(|message| message.content.as_data()) {
        match part {
            ProposalPart::Init { round, valid_round, proposer, .. } if *proposer == own && valid_round.is_nil() => {
                found = ledger_round(*round);
            }
            ProposalPart::Data(data) => bytes.extend_from_slice(data),
            _ => {}
        }
    }
    let block = codec::decode(&bytes, BLOCK_BYTES_MAX).ok()?;
    Some((block, found?))
}
