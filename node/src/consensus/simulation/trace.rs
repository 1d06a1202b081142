//! What happened, line by line, in words that are the same in every run of a seed.
//!
//! Hashes depend on the clock that the host puts into blocks, so they are named in the order in which they appear.

use std::collections::BTreeMap;

use ledger::crypto::Hash;
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::Round;

use super::schedule::Micros;
use super::wire::{Event, Mail, Wire};
use crate::consensus::codec::voted;
use crate::consensus::context::{LedgerContext, ProposalPart, Vote};

/// Lines, if they are wanted.
#[derive(Debug, Default)]
pub(super) struct Trace {
    wanted: bool,
    names: BTreeMap<Hash, usize>,
    /// What happened so far.
    pub(super) lines: Vec<String>,
}

impl Trace {
    /// Keeps lines only if they are wanted.
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// A line in plain words.
    pub(super) fn note(&mut self, now: Micros, words: impl FnOnce() -> String) {
        if self.wanted {
            let words = words();
            self.lines.push(format!("{:>10.3} ms  {words}", now as f64 / 1000.0));
        }
    }

    /// Something happens.
    pub(super) fn event(&mut self, now: Micros, event: &Event) {
        if !self.wanted {
            return;
        }
        let words = match event {
            Event::Deliver { to, from, envelope } => {
                format!("{from} -> {to}: #{} {}", envelope.id, self.wire(&envelope.wire))
            }
            Event::Mail { node, mail, .. } => format!("{node}: {}", self.mail(mail)),
            Event::Timer { node, timeout, number, .. } => format!("{node}: timer {number} {timeout:?}"),
            other => format!("{other:?}"),
        };
        self.note(now, || words);
    }

    /// Something is sent.
    pub(super) fn sent(&mut self, now: Micros, node: usize, peers: &[usize], wire: &Wire) {
        if self.wanted {
            let words = format!("{node} sends to {peers:?}: {}", self.wire(wire));
            self.note(now, || words);
        }
    }

    fn name(&mut self, hash: Hash) -> String {
        let next = self.names.len();
        format!("block-{}", self.names.entry(hash).or_insert(next))
    }

    fn vote(&mut self, vote: &Vote) -> String {
        let value = voted(&vote.value).map_or_else(|| "nil".to_owned(), |value| self.name(value.0));
        format!("{:?} {}/{} {value}", vote.kind, vote.height, shown(vote.round))
    }

    fn consensus(&mut self, message: &SignedConsensusMsg<LedgerContext>) -> String {
        match message {
            SignedConsensusMsg::Vote(vote) => self.vote(&vote.message),
            SignedConsensusMsg::Proposal(proposal) => {
                let proposal = &proposal.message;
                let (round, polka) = (shown(proposal.round), shown(proposal.pol_round));
                format!("proposal {}/{round} {} polka {polka}", proposal.height, self.name(proposal.value.0))
            }
        }
    }

    fn wire(&mut self, wire: &Wire) -> String {
        match wire {
            Wire::Consensus(message) => self.consensus(message),
            Wire::Liveness(LivenessMsg::Vote(vote)) => format!("again {}", self.vote(&vote.message)),
            Wire::Liveness(LivenessMsg::PolkaCertificate(certificate)) => {
                let name = self.name(certificate.value_id.0);
                format!("polka {}/{} {name}", certificate.height, shown(certificate.round))
            }
            Wire::Liveness(LivenessMsg::SkipRoundCertificate(certificate)) => {
                let (kind, votes) = (&certificate.cert_type, certificate.round_signatures.len());
                format!("{kind:?} {}/{} of {votes}", certificate.height, shown(certificate.round))
            }
            Wire::Stream(parts) => {
                let hash = parts.iter().find_map(|part| match part.content.as_data() {
                    Some(ProposalPart::Fin { hash, .. }) => Some(hash.0),
                    _ => None,
                });
                format!("parts of {}", hash.map_or_else(|| "nothing".to_owned(), |hash| self.name(hash)))
            }
            Wire::Status(height) => format!("head {height}"),
            Wire::Request { first, last } => format!("asks for {first} to {last}"),
            Wire::Answer { values } => format!("answers with {} blocks", values.len()),
        }
    }

    fn mail(&mut self, mail: &Mail) -> String {
        match mail {
            Mail::GetValue(height, round, _) => format!("get value {height}/{}", shown(*round)),
            Mail::Restream(height, round, _, _, value) => {
                format!("restream {height}/{} {}", shown(*round), self.name(value.0))
            }
            Mail::Decided(certificate, _) => {
                let (round, name) = (shown(certificate.round), self.name(certificate.value_id.0));
                format!("decided {}/{round} {name} by {}", certificate.height, certificate.commit_signatures.len())
            }
            Mail::Finalized(certificate, _, _) => format!("finalized {}", certificate.height),
            Mail::Synced(value, _) => format!("synced {}", value.certificate.height),
            Mail::Propose(value) => {
                format!("propose {}/{} {}", value.height, shown(value.round), self.name(value.value.0))
            }
            Mail::Value(value, origin) => {
                let (round, name) = (shown(value.round), self.name(value.value.0));
                format!("value {}/{round} {name} {:?} {origin:?}", value.height, value.validity)
            }
            Mail::Start(height, _) => format!("start {height}"),
        }
    }
}

fn shown(round: Round) -> i64 {
    round.as_i64()
}
