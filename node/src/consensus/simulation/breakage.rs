//! Faults: how they begin, what they do to a node, and how they end.

use ledger::types::Height;

use super::node::Node;
use super::schedule::{Kind, MS, Micros, Point, SECOND};
use super::shell::Ended;
use super::wire::Event;
use super::world::World;

/// An armed process that has not come to its point ends after this.
const ARMED_MAX: Micros = 2 * SECOND;

impl World {
    pub(super) fn begin_faults(&mut self, reached: Height) {
        for fault in 0..self.schedule.faults.len() {
            let Self { begun, schedule, .. } = self;
            if !begun[fault] && schedule.faults[fault].height <= reached.0 {
                begun[fault] = true;
                let after = schedule.faults[fault].after;
                self.open.insert(fault, 1);
                self.at(self.now + after, Event::Break { fault });
            }
        }
    }

    pub(super) fn damage(&mut self, number: usize) {
        let fault = self.schedule.faults[number].clone();
        self.trace.note(self.now, || format!("FAULT {number}: {:?} for {} ms", fault.kind, fault.lasts / MS));
        self.figures.fault(&fault.kind);
        match fault.kind {
            Kind::Crash { node, point, power } => self.arm(number, node, point, power),
            Kind::CrashAll { power } => {
                let nodes: Vec<usize> = (0..self.nodes.len()).collect();
                self.open.insert(number, nodes.len());
                for node in nodes {
                    let point = Point::Effect { number: self.dice.below(40), torn: self.dice.chance(50) };
                    self.arm(number, node, point, power);
                }
            }
            Kind::OldCopy { node, .. } | Kind::GuardLost { node } | Kind::LogLost { node } => {
                if self.arm_at(number, node, true) {
                    self.kill(node);
                    self.lose(node, &fault.kind);
                }
            }
            kind => {
                self.links.damage(number, kind);
                self.at(self.now + fault.lasts, Event::Heal { fault: number });
            }
        }
    }

    /// What a node that is down finds changed when it starts again.
    fn lose(&self, node: usize, kind: &Kind) {
        let Node { store, files, .. } = &self.nodes[node];
        match kind {
            Kind::GuardLost { .. } => files.damage_guard(),
            Kind::OldCopy { back, .. } => {
                store.turn_back(*back);
                files.remove_log();
            }
            _ => files.remove_log(),
        }
    }

    /// False if the node is down or about to be: then this fault is over for it.
    fn arm_at(&mut self, fault: usize, node: usize, power: bool) -> bool {
        if self.nodes[node].running.is_none() || self.down.contains_key(&node) {
            self.heal_one(fault);
            return false;
        }
        let lasts = self.schedule.faults[fault].lasts + self.dice.below(50 * MS);
        self.down.insert(node, (fault, lasts, power));
        true
    }

    fn arm(&mut self, fault: usize, node: usize, point: Point, power: bool) {
        if !self.arm_at(fault, node, power) {
            return;
        }
        let life = self.nodes[node].life;
        match point {
            Point::Effect { number, torn } => {
                self.nodes[node].running.as_mut().expect("it runs").shell.dies = Some((number, torn));
            }
            Point::Write { number, done } => self.nodes[node].store.die_at(Some((number + 1, done))),
        }
        self.at(self.now + ARMED_MAX, Event::Kill { node, life });
    }

    /// Ends a process for the fault that it is armed for.
    pub(super) fn kill(&mut self, node: usize) {
        let (_, lasts, power) = self.down.get(&node).copied().unwrap_or((0, 500 * MS, false));
        self.trace.note(self.now, || format!("node {node} ends (power: {power})"));
        let Self { nodes, dice, .. } = self;
        nodes[node].end(power.then_some(dice));
        self.at(self.now + lasts, Event::Boot { node });
    }

    pub(super) fn ended(&mut self, node: usize, ended: Ended) {
        self.trace.note(self.now, || format!("node {node}: {ended:?}"));
        let honest = self.schedule.lie(node).is_none();
        let wait = match ended {
            Ended::Died => return self.kill(node),
            Ended::CaughtUp => 5 * MS,
            Ended::Refused(_) => {
                self.figures.refused += u64::from(honest);
                500 * MS
            }
            Ended::Replay(reason) => {
                self.figures.replays_failed += u64::from(honest);
                self.nodes[node].end(None);
                self.nodes[node].close_next();
                self.trace.note(self.now, || reason);
                100 * MS
            }
            Ended::Failed(what) => {
                if honest {
                    self.checks.fail(format!("node {node}: {what}"));
                }
                500 * MS
            }
        };
        self.nodes[node].end(None);
        self.at(self.now + wait, Event::Boot { node });
    }

    pub(super) fn heal_one(&mut self, fault: usize) {
        if let Some(left) = self.open.get_mut(&fault) {
            *left -= 1;
            if *left == 0 {
                self.open.remove(&fault);
                self.healed = self.now;
            }
        }
    }
}
