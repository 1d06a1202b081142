//! Which values have a polka, as far as this node has verified prevotes itself.
//!
//! The engine checks all prevotes through our verifier, one by one or inside certificates. Counting them there tells
//! the host whether a proposer's claim "this value had a polka in an earlier round" is true: only then is the clock
//! not asked again (`consensus::host`). A proposer's word is not enough, or one validator could move the chain's time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use ledger::crypto::{Hash, KeyId};
use ledger::types::{Height, Round};
use ledger::validator::ValidatorSet;

/// Pairs of round and value counted at one height: a Byzantine third can sign many values, each only once a round.
const VALUES_MAX: usize = 4096;

/// Verified prevotes of the height under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polkas {
    tally: Arc<Mutex<Tally>>,
}

#[derive(Debug, Default)]
struct Tally {
    height: Height,
    prevotes: BTreeMap<(Round, Hash), BTreeSet<KeyId>>,
}

impl Polkas {
    /// Counts a prevote whose signature is good. Lower heights are ignored, a higher one forgets the rest.
    pub(crate) fn count(&self, height: Height, round: Round, value: Hash, validator: KeyId) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        if height < tally.height {
            return;
        }
        if height > tally.height {
            *tally = Tally { height, prevotes: BTreeMap::new() };
        }
        if tally.prevotes.len() < VALUES_MAX || tally.prevotes.contains_key(&(round, value)) {
            tally.prevotes.entry((round, value)).or_default().insert(validator);
        }
    }

    /// True if more than two thirds of the power prevoted for this value in one round below `before`.
    pub(crate) fn has_polka(&self, height: Height, before: Round, value: Hash, set: &ValidatorSet) -> bool {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let power =
            |voters: &BTreeSet<KeyId>| voters.iter().filter_map(|key| set.get(key)).map(|found| found.power).sum();
        let mut counted = tally.prevotes.iter().filter(|((round, counted), _)| *round < before && *counted == value);
        tally.height == height && counted.any(|(_, voters)| set.is_quorum(power(voters)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::consensus::context::tests::ledger_set;

    #[test]
    fn more_than_two_thirds_in_one_round_are_a_polka() {
        let set = ledger_set(4);
        let keys: Vec<KeyId> = set.validators().iter().map(|validator| validator.key.id()).collect();
        let (polkas, value, height) = (Polkas::default(), Hash([1; 32]), Height(7));
        polkas.count(height, Round(0), value, keys[0]);
        polkas.count(height, Round(0), value, keys[1]);
        polkas.count(height, Round(0), value, keys[1]);
        polkas.count(height, Round(1), value, keys[2]);
        polkas.count(height, Round(0), Hash([2; 32]), keys[3]);
        assert!(!polkas.has_polka(height, Round(5), value, &set));
        polkas.count(height, Round(0), value, keys[3]);
        assert!(polkas.has_polka(height, Round(1), value, &set));
        assert!(!polkas.has_polka(height, Round(0), value, &set), "only rounds below count");
        polkas.count(Height(8), Round(0), value, keys[0]);
        assert!(!polkas.has_polka(height, Round(1), value, &set), "a new height forgets");
    }
}
