//! One run: a virtual clock, a queue of events, nodes, and what goes wrong between them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use ledger::crypto::{Hash, KeyId};
use ledger::types::Height;

use super::checks::Checks;
use super::dice::Dice;
use super::figures::Figures;
use super::founding::{Founding, START, STATEMENTS};
use super::liar::Liar;
use super::links::Links;
use super::node::{Common, Node};
use super::schedule::{MS, Micros, Plant, SECOND, Schedule};
use super::tools::Tools;
use super::trace::Trace;
use super::wire::{Envelope, Event, Output, Wire};
use crate::clock::Hand;
use crate::consensus::context::tests::secret;

/// Least time between the decision of one height and the start of the next.
const PACE: Micros = 100 * MS;
/// How often a node tells its head.
const TICK: Micros = SECOND;
/// After the last fault has healed: the time without a new height after which the run has not reached its height.
const STILL_MAX: Micros = 90 * SECOND;
/// The end of every run.
const END: Micros = 1_200 * SECOND;

/// How a run ended.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The first rule that was broken.
    pub(super) violation: Option<String>,
    pub(super) figures: Figures,
    pub(super) trace: Trace,
    /// The newest header of each node.
    pub(super) heads: Vec<Option<Hash>>,
}

/// A run under way.
pub(super) struct World {
    pub(super) schedule: Schedule,
    pub(super) nodes: Vec<Node>,
    pub(super) liars: BTreeMap<usize, Liar>,
    pub(super) checks: Checks,
    pub(super) figures: Figures,
    pub(super) trace: Trace,
    pub(super) dice: Dice,
    pub(super) now: Micros,
    /// What the hosts read: it shows `now`.
    clock: Hand,
    queue: BTreeMap<(Micros, u64), Event>,
    events: u64,
    envelopes: u64,
    pub(super) links: Links,
    founding: Arc<Founding>,
    submitted: Vec<u8>,
    /// Highest height of an honest node, and when it was reached.
    reached: (Height, Micros),
    /// Faults that have not begun, and those under way with the number of nodes that are still to start.
    pub(super) begun: Vec<bool>,
    pub(super) open: BTreeMap<usize, usize>,
    pub(super) healed: Micros,
    /// Which fault a node's process ended for.
    pub(super) down: BTreeMap<usize, (usize, Micros, bool)>,
}

impl World {
    /// All nodes at genesis, about to start.
    pub(super) fn new(tools: Rc<Tools>, schedule: Schedule, traced: bool) -> Self {
        tools.begin();
        let founding = tools.foundings.of(schedule.count);
        let plant = schedule.plant;
        let liars: BTreeSet<usize> = schedule.liars.iter().map(|(node, _)| *node).collect();
        let mut dice = Dice::new(schedule.seed);
        let clock = Hand::at(START);
        let common = Rc::new(Common { tools, founding: founding.clone(), plant, clock: clock.clone() });
        let leaking = (0..schedule.count).find(|index| !liars.contains(index));
        let leaks = |index: usize| plant == Some(Plant::StateLeak) && leaking == Some(index);
        let node = |index: usize| Node::new(&common, secret(index as u8 + 1), leaks(index));
        let nodes: Vec<Node> = (0..schedule.count).map(node).collect();
        let keys: Vec<KeyId> = nodes.iter().map(|node| node.address().0).collect();
        let liar = |index: &usize| {
            let lie = schedule.lie(*index).unwrap();
            let own = Dice::new(schedule.seed.wrapping_mul(31).wrapping_add(*index as u64));
            (*index, Liar::new(lie, nodes[*index].secret.clone(), &founding, own))
        };
        let liars_by_node = liars.iter().map(liar).collect();
        let checks = Checks::new(&founding, &keys, liars);
        let trace = Trace::new(traced);
        let first = dice.roll();
        let mut world = Self {
            begun: vec![false; schedule.faults.len()],
            schedule,
            nodes,
            liars: liars_by_node,
            checks,
            figures: Figures::default(),
            trace,
            dice: Dice::new(first),
            now: 0,
            clock,
            queue: BTreeMap::new(),
            events: 0,
            envelopes: 0,
            links: Links::default(),
            founding,
            submitted: Vec::new(),
            reached: (Height(0), 0),
            open: BTreeMap::new(),
            healed: 0,
            down: BTreeMap::new(),
        };
        world.prepare();
        world
    }

    fn prepare(&mut self) {
        for node in 0..self.nodes.len() {
            let at = self.dice.below(100 * MS);
            self.at(at, Event::Boot { node });
        }
        let mut at = 0;
        for number in 0..STATEMENTS {
            at += self.dice.between(20, 300) * MS;
            for node in 0..self.nodes.len() {
                let late = self.dice.below(300 * MS);
                self.at(at + late, Event::Statement { node, number });
            }
        }
        self.begin_faults(Height(0));
    }

    /// Something is to happen at a moment.
    pub(super) fn at(&mut self, time: Micros, event: Event) {
        self.events += 1;
        self.queue.insert((time, self.events), event);
    }

    /// Runs until all honest nodes have the height and all faults are over, or time is.
    pub(super) fn run(mut self) -> Outcome {
        let mut done = false;
        while let Some(((time, _), event)) = self.queue.pop_first() {
            self.now = time;
            self.clock.set(time);
            self.trace.event(time, &event);
            self.happen(event);
            done = self.is_done();
            if done || self.checks.violation.is_some() || self.is_over() {
                break;
            }
        }
        self.compare_heads();
        self.figures.finish(&self.schedule, &self.checks, done, self.now.saturating_sub(self.healed));
        let heads = self.nodes.iter().map(|node| node.store.hash(node.store.head())).collect();
        Outcome { violation: self.checks.violation, figures: self.figures, trace: self.trace, heads }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { to, from, envelope } => self.deliver(to, from, envelope),
            Event::Mail { node, life, mail } => {
                if self.is_alive(node, life) {
                    self.open_mail(node, mail);
                }
            }
            Event::Timer { node, life, timeout, number } => {
                if self.is_alive(node, life) {
                    let running = self.nodes[node].running.as_mut().expect("it is alive");
                    if running.shell.take_timer(timeout, number) {
                        running.process(malachitebft_core_consensus::Input::TimeoutElapsed(timeout));
                    }
                    self.settle(node);
                }
            }
            Event::Tick { node, life } => {
                if self.is_alive(node, life) {
                    let status = Wire::Status(self.nodes[node].store.head());
                    self.send(node, status);
                    self.catch_up(node);
                    self.at(self.now + TICK, Event::Tick { node, life });
                }
            }
            Event::Statement { node, number } => {
                if !self.submitted.contains(&number) {
                    self.submitted.push(number);
                }
                self.submit(node, number);
            }
            Event::Break { fault } => self.damage(fault),
            Event::Heal { fault } => {
                self.links.heal(fault);
                self.heal_one(fault);
            }
            Event::Kill { node, life } => {
                if self.is_alive(node, life) {
                    self.kill(node);
                }
            }
            Event::Boot { node } => self.boot(node),
        }
    }

    /// Hands a statement to a node's pool, unless the node is down or has it on the chain.
    fn submit(&self, node: usize, number: u8) {
        let (node, statement) = (&self.nodes[node], &self.founding.statements[usize::from(number)]);
        if let Some(running) = node.running.as_ref().filter(|_| !node.store.has(statement)) {
            running.pool.submit(statement.clone());
        }
    }

    fn is_alive(&self, node: usize, life: u64) -> bool {
        self.nodes[node].running.is_some() && self.nodes[node].life == life
    }

    fn boot(&mut self, node: usize) {
        self.nodes[node].boot();
        self.figures.boots += 1;
        let life = self.nodes[node].life;
        let running = self.nodes[node].running.as_ref().unwrap();
        if !running.shell.voting {
            self.figures.followed += 1;
        }
        let guard = running.shell.guard.lock().unwrap();
        let (missing, last) = (guard.expected_again().clone(), guard.entries().last());
        let holes = missing.iter().any(|at| last.is_none_or(|last| *at != (last.round, last.step)));
        drop(guard);
        self.figures.lacking += u64::from(!missing.is_empty());
        self.figures.holes += u64::from(holes);
        self.trace.note(self.now, || format!("node {node} starts, life {life}, {}", running.mode));
        let height = running.state.height();
        for number in self.submitted.clone() {
            self.submit(node, number);
        }
        let mail = super::wire::Mail::Start(height, self.nodes[node].height_params());
        let wait = self.dice.between(5, 200) * MS;
        self.at(self.now + wait, Event::Mail { node, life, mail });
        let tick = self.dice.below(TICK);
        self.at(self.now + wait + tick, Event::Tick { node, life });
        if let Some((fault, _, _)) = self.down.remove(&node) {
            self.heal_one(fault);
        }
    }

    /// Does what a node's work has brought about.
    pub(super) fn settle(&mut self, node: usize) {
        let told = self.nodes[node].store.take_told();
        let outputs = match self.nodes[node].running.as_mut() {
            Some(running) => std::mem::take(&mut running.shell.out),
            None => Vec::new(),
        };
        let mut again = false;
        for output in outputs {
            again |= self.put_out(node, output);
        }
        if self.schedule.lie(node).is_none() {
            for kept in told {
                self.checks.kept(node, kept);
            }
            let head = self.nodes[node].store.head();
            if head > self.reached.0 {
                self.reached = (head, self.now);
                self.begin_faults(head);
            }
        }
        if let Some(ended) = self.nodes[node].running.as_ref().and_then(|running| running.shell.ended.clone()) {
            self.ended(node, ended);
        } else if again {
            self.catch_up(node);
        }
    }

    /// True if value sync is to ask again.
    fn put_out(&mut self, node: usize, output: Output) -> bool {
        let life = self.nodes[node].life;
        match output {
            Output::Send(wire) => self.send(node, wire),
            Output::Timer(timeout, lasts, number) => {
                let lasts = Micros::try_from(lasts.as_micros()).unwrap();
                self.at(self.now + lasts, Event::Timer { node, life, timeout, number });
            }
            Output::Mail(mail) => {
                let late = self.dice.below(3 * MS);
                let running = self.nodes[node].running.as_mut().expect("it has just worked");
                running.mailbox = running.mailbox.max(self.now + late) + 1;
                let time = running.mailbox;
                self.at(time, Event::Mail { node, life, mail });
            }
            Output::Blame(peer) => {
                self.figures.blamed += 1;
                let running = self.nodes[node].running.as_mut().expect("it has just worked");
                running.catching_up.blamed.insert(peer);
                running.catching_up.values.retain(|_, (from, _)| *from != peer);
                return true;
            }
            Output::AskAgain => return true,
        }
        false
    }

    /// The reply to "finalized": the next height starts after the pace.
    pub(super) fn start_later(&mut self, node: usize, mail: super::wire::Mail) {
        let life = self.nodes[node].life;
        let late = self.dice.below(10 * MS);
        self.at(self.now + PACE + late, Event::Mail { node, life, mail });
    }

    /// Sends to all peers, or what a liar makes of it.
    fn send(&mut self, node: usize, wire: Wire) {
        let peers: Vec<usize> = (0..self.nodes.len()).filter(|peer| *peer != node).collect();
        let sent = match self.liars.get_mut(&node) {
            Some(liar) => liar.twist(wire, peers, &self.nodes[node].store),
            None => vec![(wire, peers)],
        };
        for (wire, peers) in sent {
            self.send_to(node, wire, &peers);
        }
    }

    /// Sends to some peers.
    pub(super) fn send_to(&mut self, node: usize, wire: Wire, peers: &[usize]) {
        self.checks.sent(node, &wire);
        self.trace.sent(self.now, node, peers, &wire);
        self.envelopes += 1;
        let envelope = Rc::new(Envelope { id: self.envelopes, publisher: node, wire });
        if let Some(running) = self.nodes[node].running.as_mut() {
            running.seen.insert(envelope.id);
        }
        for peer in peers {
            self.pass(node, *peer, &envelope);
        }
    }

    /// One message over one link.
    pub(super) fn pass(&mut self, from: usize, to: usize, envelope: &Rc<Envelope>) {
        let times = self.links.deliveries(from, to, self.schedule.latency_max, &mut self.dice);
        self.figures.lost += u64::from(times.is_empty());
        for late in times {
            self.at(self.now + late, Event::Deliver { to, from, envelope: envelope.clone() });
        }
    }

    /// True if parts of a stream may be lost.
    pub(super) fn loses_parts(&mut self) -> bool {
        self.links.loses() && self.dice.chance(4)
    }

    fn is_done(&self) -> bool {
        let there = |(index, node): (usize, &Node)| {
            self.schedule.lie(index).is_some() || node.store.head().0 >= self.schedule.target
        };
        self.open.is_empty() && self.begun.iter().all(|begun| *begun) && self.nodes.iter().enumerate().all(there)
    }

    fn is_over(&self) -> bool {
        let since = self.healed.max(self.reached.1);
        self.now > END || (self.open.is_empty() && self.now > since + STILL_MAX)
    }

    /// At the end: the stores of all honest nodes hold the same headers, hence the same roots.
    fn compare_heads(&mut self) {
        let honest: Vec<usize> = (0..self.nodes.len()).filter(|node| self.schedule.lie(*node).is_none()).collect();
        for height in (1..=self.reached.0.0).map(Height) {
            let hashes: BTreeSet<_> = honest.iter().filter_map(|node| self.nodes[*node].store.hash(height)).collect();
            if hashes.len() > 1 {
                self.checks.fail(format!("FORK: the stores hold different headers at height {height}"));
            }
        }
    }
}
