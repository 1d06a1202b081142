//! What must hold at every moment, watched from outside: over what is sent, and over what is persisted.

use std::collections::{BTreeMap, BTreeSet};

use ledger::block::Block;
use ledger::commit::{ChainContext, CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId};
use ledger::evidence::Evidence;
use ledger::memory::MemoryChain;
use ledger::types::{Height, Round};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::VoteType;

use super::disk::Kept;
use super::founding::Founding;
use super::tools::once;
use super::wire::Wire;
use crate::consensus::codec::voted;
use crate::consensus::context::{LedgerContext, Members, Vote, ledger_round};

/// Proposal, prevote, precommit.
type Step = u8;
/// Who signed at which height, round and step.
type Place = (usize, Height, Round, Step);

const PRECOMMIT: Step = 2;

/// The observer of one run.
pub(super) struct Checks {
    chain: ChainContext,
    members: Members,
    nodes: BTreeMap<KeyId, usize>,
    liars: BTreeSet<usize>,
    /// The bytes signed by honest nodes.
    signed: BTreeMap<Place, Vec<u8>>,
    /// Who prevoted what, liars included.
    prevotes: BTreeMap<(Height, Round, Hash), BTreeSet<usize>>,
    /// The last value that an honest node precommitted at a height, and in which round.
    locks: BTreeMap<(usize, Height), (Round, Hash)>,
    decided: BTreeMap<Height, Hash>,
    /// Certificates that were verified, each with the block that it was verified for.
    verified: BTreeSet<(Hash, Hash)>,
    /// Executes every decided block by itself.
    observer: MemoryChain,
    /// The first rule that was broken.
    pub(super) violation: Option<String>,
    /// Double signatures that were found by honest nodes.
    pub(super) evidence: u64,
    /// Rounds in which heights were decided.
    pub(super) rounds: BTreeMap<Height, u32>,
}

impl Checks {
    /// An observer at genesis.
    pub(super) fn new(founding: &Founding, nodes: &[KeyId], liars: BTreeSet<usize>) -> Self {
        Self {
            chain: founding.chain.clone(),
            members: founding.members.clone(),
            nodes: nodes.iter().enumerate().map(|(index, key)| (*key, index)).collect(),
            liars,
            signed: BTreeMap::new(),
            prevotes: BTreeMap::new(),
            locks: BTreeMap::new(),
            decided: BTreeMap::new(),
            verified: BTreeSet::new(),
            observer: founding.start.clone(),
            violation: None,
            evidence: 0,
            rounds: BTreeMap::new(),
        }
    }

    /// Notes that a rule was broken.
    pub(super) fn fail(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    /// Looks at a message that `node` puts on the wire.
    pub(super) fn sent(&mut self, node: usize, wire: &Wire) {
        match wire {
            Wire::Consensus(message) => self.signed_by(node, message),
            Wire::Liveness(LivenessMsg::Vote(vote)) => {
                self.signed_by(node, &SignedConsensusMsg::Vote(vote.clone()));
            }
            _ => {}
        }
    }

    fn signed_by(&mut self, node: usize, message: &SignedConsensusMsg<LedgerContext>) {
        let (author, height, round, step, bytes) = match message {
            SignedConsensusMsg::Vote(vote) => {
                let step = if vote.message.kind == VoteType::Prevote { 1 } else { PRECOMMIT };
                let vote = &vote.message;
                (vote.validator, vote.height.0, vote.round, step, vote.sign_bytes(&self.chain))
            }
            SignedConsensusMsg::Proposal(proposal) => {
                let proposal = &proposal.message;
                (proposal.proposer, proposal.height.0, proposal.round, 0, proposal.sign_bytes(&self.chain))
            }
        };
        let (Some(round), Some(bytes)) = (ledger_round(round), bytes) else {
            return self.fail(format!("node {node} signed a message without a round"));
        };
        // A proposal may be passed on by another node that is locked on it; a vote is its author's alone.
        let Some(author) = self.nodes.get(&author.0).copied().filter(|author| *author == node) else { return };
        if !self.liars.contains(&author) {
            let known = self.signed.entry((author, height, round, step)).or_insert_with(|| bytes.clone());
            if *known != bytes {
                return self.fail(format!("node {author} signed twice at height {height} round {round} step {step}"));
            }
        }
        if let SignedConsensusMsg::Vote(vote) = message {
            self.locked(author, height, round, &vote.message);
        }
    }

    /// A vote for another value than the one precommitted before needs a later polka for it.
    fn locked(&mut self, author: usize, height: Height, round: Round, vote: &Vote) {
        let Some(value) = voted(&vote.value).map(|value| value.0) else { return };
        if vote.kind == VoteType::Prevote {
            self.prevotes.entry((height, round, value)).or_default().insert(author);
        }
        if self.liars.contains(&author) {
            return;
        }
        let lock = self.locks.get(&(author, height)).copied();
        match (lock, vote.kind) {
            (Some((since, held)), VoteType::Prevote) if held != value && since < round => {
                let polka = |at: u32| self.has_polka(height, Round(at), value);
                if !(since.0..round.0).any(polka) {
                    self.fail(format!(
                        "node {author} left its lock of round {since} at height {height} round {round}, and no polka allowed it"
                    ));
                }
            }
            (lock, VoteType::Precommit) if lock.is_none_or(|(since, _)| since < round) => {
                self.locks.insert((author, height), (round, value));
            }
            _ => {}
        }
    }

    fn has_polka(&self, height: Height, round: Round, value: Hash) -> bool {
        let voters = self.prevotes.get(&(height, round, value)).map_or(0, BTreeSet::len);
        self.members.ledger().is_quorum(voters as u64)
    }

    /// Looks at what an honest node has persisted.
    pub(super) fn kept(&mut self, node: usize, kept: Kept) {
        match kept {
            Kept::Block(block, certificate) => self.kept_block(node, &block, &certificate),
            Kept::Evidence(evidence) => self.kept_evidence(node, &evidence),
        }
    }

    fn kept_block(&mut self, node: usize, block: &Block, certificate: &CommitCertificate) {
        let (height, hash) = (block.header.height, block.header.hash());
        if !self.verified.contains(&(certificate.hash(), hash)) {
            if !self.proves(certificate, hash) {
                return self.fail(format!("node {node} keeps a certificate of height {height} that fails"));
            }
            self.verified.insert((certificate.hash(), hash));
        }
        self.signers_signed(certificate, hash);
        match self.decided.get(&height) {
            Some(decided) if *decided != hash => {
                self.fail(format!("FORK: node {node} decided another block at height {height}"));
            }
            Some(_) => {}
            None => {
                self.decided.insert(height, hash);
                self.rounds.insert(height, certificate.round.0);
                if let Err(error) = self.observer.apply(&(), block) {
                    self.fail(format!("the block decided at height {height} is invalid: {error}"));
                }
            }
        }
    }

    /// True if more than two thirds signed the block, each of them validly. Nodes keep different certificates made of the
    /// same votes, so a signature is verified when it is seen for the first time.
    fn proves(&self, certificate: &CommitCertificate, hash: Hash) -> bool {
        let set = self.members.ledger();
        let Ok(votes) = certificate.votes(set) else { return false };
        let signers: Vec<_> = votes.iter().filter_map(|(key, _)| set.get(key)).collect();
        let (height, round) = (certificate.height, certificate.round);
        let bytes = vote_sign_bytes(&self.chain, height, round, VoteStep::Precommit, Some(hash));
        signers.len() == votes.len()
            && set.is_quorum(signers.iter().map(|signer| signer.power).sum())
            && signers.iter().zip(&votes).all(|(signer, (_, signature))| {
                once(&signer.key, signature, &bytes, || signer.key.verify(&bytes, signature).is_ok())
            })
    }

    /// Honest nodes whose signatures stand in a certificate have sent that very precommit.
    fn signers_signed(&mut self, certificate: &CommitCertificate, hash: Hash) {
        let (height, round) = (certificate.height, certificate.round);
        let bytes = vote_sign_bytes(&self.chain, height, round, VoteStep::Precommit, Some(hash));
        let Ok(votes) = certificate.votes(self.members.ledger()) else { return };
        for (key, _) in votes {
            let signer = self.nodes[&key];
            let sent = self.signed.get(&(signer, height, round, PRECOMMIT)) == Some(&bytes);
            if !sent && !self.liars.contains(&signer) {
                self.fail(format!("a certificate of height {height} names node {signer}, which did not sign that"));
            }
        }
    }

    /// Evidence names only the guilty, and proves it.
    fn kept_evidence(&mut self, node: usize, evidence: &Evidence) {
        self.evidence += 1;
        let (key, height) = (evidence.key, evidence.height);
        let accused = self.nodes.get(&key).copied();
        if accused.is_none_or(|accused| !self.liars.contains(&accused)) {
            return self.fail(format!("node {node} accuses an honest validator at height {height}"));
        }
        if evidence.verify(&self.chain, self.members.ledger()).is_err() {
            self.fail(format!("node {node} keeps evidence of height {height} that proves nothing"));
        }
    }

    /// Heights that were decided.
    pub(super) fn heights(&self) -> u64 {
        self.decided.len() as u64
    }
}
