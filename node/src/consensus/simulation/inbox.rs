//! What a node does with what reaches it: messages of peers, messages to itself, and value sync.

use std::rc::Rc;

use ledger::types::Height;
use malachitebft_app_channel::AppMsg;
use malachitebft_core_consensus::{Input, LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::{ValueOrigin, ValueResponse};
use malachitebft_engine::host::{Next, SyncedValueOutcome};
use malachitebft_engine::util::streaming::StreamMessage;

use super::schedule::{Micros, SECOND};
use super::wire::{Envelope, Mail, Output, Wire};
use super::world::World;
use crate::consensus::context::{EngineHeight, ProposalPart};

/// How long an answer of value sync is waited for, as `engine` configures it.
const ANSWER_WITHIN: Micros = 5 * SECOND;
/// Blocks asked for at once.
const ASKED_MAX: u64 = 8;

impl World {
    /// A message arrives: gossip is taken once and passed on, everything waits for the first height.
    pub(super) fn deliver(&mut self, to: usize, from: usize, envelope: Rc<Envelope>) {
        let Some(running) = self.nodes[to].running.as_mut() else { return };
        if envelope.wire.is_gossip() {
            if !running.seen.insert(envelope.id) {
                return;
            }
            if self.schedule.relay {
                let others = |peer: &usize| *peer != to && *peer != from && *peer != envelope.publisher;
                for peer in (0..self.nodes.len()).filter(others).collect::<Vec<_>>() {
                    self.pass(to, peer, &envelope);
                }
            }
        }
        if let Some(liar) = self.liars.get_mut(&to) {
            liar.hears(&envelope.wire);
        }
        let running = self.nodes[to].running.as_mut().expect("it was there a moment ago");
        if running.is_started() {
            self.receive(to, from, envelope.publisher, envelope.wire.clone());
        } else {
            running.keep_early(from, envelope.wire.clone());
        }
    }

    fn receive(&mut self, node: usize, from: usize, publisher: usize, wire: Wire) {
        let Some(running) = self.nodes[node].running.as_mut() else { return };
        match wire {
            Wire::Consensus(SignedConsensusMsg::Vote(vote)) => running.process(Input::Vote(vote)),
            Wire::Consensus(SignedConsensusMsg::Proposal(proposal)) => running.process(Input::Proposal(proposal)),
            Wire::Liveness(LivenessMsg::Vote(vote)) => running.process(Input::Vote(vote)),
            Wire::Liveness(LivenessMsg::PolkaCertificate(certificate)) => {
                running.process(Input::PolkaCertificate(certificate));
            }
            Wire::Liveness(LivenessMsg::SkipRoundCertificate(certificate)) => {
                running.process(Input::RoundCertificate(certificate));
            }
            Wire::Stream(parts) => self.receive_parts(node, from, publisher, parts),
            Wire::Status(height) => {
                running.catching_up.tips.insert(from, height);
                self.catch_up(node);
            }
            Wire::Request { first, last } => self.serve(node, from, first, last),
            Wire::Answer { values } => {
                let catching_up = &mut running.catching_up;
                if catching_up.asked.is_some_and(|(peer, _)| peer == from) {
                    catching_up.asked = None;
                    if values.is_empty() {
                        catching_up.blamed.insert(from);
                    }
                    for value in values {
                        catching_up.values.insert(value.certificate.height.0, (from, value));
                    }
                    self.feed(node);
                }
            }
        }
        self.settle(node);
    }

    /// Parts come in any order; now and then one is missing.
    fn receive_parts(
        &mut self,
        node: usize,
        from: usize,
        publisher: usize,
        mut parts: Vec<StreamMessage<ProposalPart>>,
    ) {
        if self.loses_parts() {
            parts.remove(self.dice.index(parts.len()));
        }
        for last in (1..parts.len()).rev() {
            let other = self.dice.index(last + 1);
            parts.swap(last, other);
        }
        let running = self.nodes[node].running.as_mut().expect("it receives");
        let tools = running.shell.tools.clone();
        let (from, published_by) = (tools.peer(from), Some(tools.peer(publisher)));
        for part in parts {
            if running.shell.ended.is_some() {
                return;
            }
            let answer = running.shell.ask(|reply| AppMsg::ReceivedProposalPart { from, published_by, part, reply });
            if let Some(Some(value)) = answer {
                running.shell.out.push(Output::Mail(Mail::Value(value, ValueOrigin::Consensus)));
            }
        }
    }

    fn serve(&mut self, node: usize, from: usize, first: Height, last: Height) {
        let running = self.nodes[node].running.as_mut().expect("it receives");
        let range = EngineHeight(first)..=EngineHeight(last);
        let Some(values) = running.shell.ask(|reply| AppMsg::GetDecidedValues { range, reply }) else { return };
        let values = match self.liars.get_mut(&node) {
            Some(liar) => liar.falsify(values, &self.nodes[node].store),
            None => values,
        };
        self.send_to(node, Wire::Answer { values }, &[from]);
    }

    /// A message of a node to itself: the host's mailbox or the engine's.
    pub(super) fn open_mail(&mut self, node: usize, mail: Mail) {
        let running = self.nodes[node].running.as_mut().expect("it is alive");
        let shell = &mut running.shell;
        match mail {
            Mail::GetValue(height, round, timeout) => {
                let message = |reply| AppMsg::GetValue { height, round, timeout, reply };
                if let Some(value) = shell.ask(message) {
                    shell.out.push(Output::Mail(Mail::Propose(value)));
                }
            }
            Mail::Restream(height, round, valid_round, address, value_id) => {
                shell.tell(AppMsg::RestreamProposal { height, round, valid_round, address, value_id });
            }
            Mail::Decided(certificate, extensions) => {
                shell.ask(|reply| AppMsg::Decided { certificate, extensions, reply });
            }
            Mail::Finalized(certificate, extensions, evidence) => {
                let message = |reply| AppMsg::Finalized { certificate, extensions, evidence, reply };
                if let Some(Next::Start(height, params)) = shell.ask(message) {
                    self.start_later(node, Mail::Start(height, params));
                }
            }
            Mail::Synced(value, proposer) => self.synced(node, value, proposer),
            Mail::Propose(value) => running.process(Input::Propose(value)),
            Mail::Value(value, origin) => running.process(Input::ProposedValue(value, origin)),
            Mail::Start(height, params) => {
                running.start_height(height, params);
                running.catching_up.blamed.clear();
                let early = std::mem::take(&mut running.early);
                self.settle(node);
                for (from, wire) in early {
                    self.receive(node, from, from, wire);
                }
                self.feed(node);
            }
        }
        self.settle(node);
    }

    fn synced(&mut self, node: usize, value: ValueResponse<super::Context>, proposer: super::Address) {
        let shell = &mut self.nodes[node].running.as_mut().expect("it is alive").shell;
        let (height, round) = (value.certificate.height, value.certificate.round);
        let value_bytes = value.value_bytes.clone();
        let message = |reply| AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply };
        let blame = Output::Blame(shell.tools.index_of(value.peer));
        let output = match shell.ask(message) {
            Some(SyncedValueOutcome::Verdict(mut proposed)) if proposed.value == value.certificate.value_id => {
                proposed.round = round;
                Output::Mail(Mail::Value(proposed, ValueOrigin::Sync))
            }
            Some(SyncedValueOutcome::Verdict(_) | SyncedValueOutcome::PeerFault) => blame,
            Some(SyncedValueOutcome::LocalTransientError) | None => Output::AskAgain,
        };
        shell.out.push(output);
    }

    /// Hands the core the block that it needs next, if a peer has sent it.
    fn feed(&mut self, node: usize) {
        let Some(running) = self.nodes[node].running.as_mut() else { return };
        let height = running.state.height().0;
        running.catching_up.values.retain(|kept, _| *kept >= height);
        if running.state.decided_value().is_some() {
            return;
        }
        if let Some((peer, value)) = running.catching_up.values.remove(&height) {
            self.figures.synced += 1;
            let peer = running.shell.tools.peer(peer);
            running.process(Input::SyncValueResponse(ValueResponse::new(peer, value.value_bytes, value.certificate)));
        }
    }

    /// Asks a peer that claims to have what this node lacks.
    pub(super) fn catch_up(&mut self, node: usize) {
        let now = self.now;
        let head = self.nodes[node].store.head();
        let Some(running) = self.nodes[node].running.as_mut().filter(|running| running.is_started()) else { return };
        let needed = running.state.height().0;
        let catching_up = &mut running.catching_up;
        if catching_up.asked.is_some_and(|(_, until)| until < now) {
            catching_up.asked = None;
        }
        if head >= needed || catching_up.asked.is_some() || catching_up.values.contains_key(&needed) {
            return;
        }
        let able = |(_, tip): &(&usize, &Height)| **tip >= needed;
        let all: Vec<(usize, Height)> = catching_up.tips.iter().filter(able).map(|(peer, tip)| (*peer, *tip)).collect();
        let trusted: Vec<_> = all.iter().filter(|(peer, _)| !catching_up.blamed.contains(peer)).copied().collect();
        if trusted.is_empty() {
            catching_up.blamed.clear();
            return;
        }
        let (peer, tip) = trusted[self.dice.index(trusted.len())];
        catching_up.asked = Some((peer, now + ANSWER_WITHIN));
        let last = tip.min(Height(needed.0 + ASKED_MAX - 1));
        self.send_to(node, Wire::Request { first: needed, last }, &[peer]);
    }
}
