//! The network: who hears whom, how late, how often.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::schedule::{Kind, MS, Micros};

/// Faults of the network that are under way.
#[derive(Debug, Default)]
pub(super) struct Links {
    broken: BTreeMap<usize, Kind>,
}

impl Links {
    /// A fault begins.
    pub(super) fn damage(&mut self, fault: usize, kind: Kind) {
        self.broken.insert(fault, kind);
    }

    /// A fault ends.
    pub(super) fn heal(&mut self, fault: usize) {
        self.broken.remove(&fault);
    }

    /// How long each copy of a message takes that is sent now: none if it is lost.
    pub(super) fn deliveries(&self, from: usize, to: usize, latency_max: Micros, dice: &mut Dice) -> Vec<Micros> {
        let mut copies = 1;
        let mut later = 0;
        for kind in self.broken.values() {
            match kind {
                Kind::Loss { percent } if dice.chance(*percent) => return Vec::new(),
                Kind::Partition { side } if side.contains(&from) != side.contains(&to) => return Vec::new(),
                Kind::Mute { node } if *node == from => return Vec::new(),
                Kind::Delay { longest } => later += dice.below(*longest),
                Kind::Duplicate { percent } if dice.chance(*percent) => copies += 1,
                _ => {}
            }
        }
        (0..copies).map(|_| later + dice.between(MS / 2, latency_max)).collect()
    }

    /// True if parts of one stream may be missing.
    pub(super) fn loses(&self) -> bool {
        self.broken.values().any(|kind| matches!(kind, Kind::Loss { .. }))
    }
}
