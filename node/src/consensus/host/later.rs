//! Proposals of the height after the next: they come when this node is a step behind, and wait for it.
//!
//! Whose turn it is there is not known before the next block is executed. So one is kept only if a member signed it, and
//! one of each member: liars fill their own places, never those of others.

use ledger::commit::ChainContext;
use ledger::types::Height;

use super::super::context::{Address, Members, part_sign_bytes};
use super::super::parts::Proposed;

/// Proposals kept above one for each validator that may lie; each came complete and is at most a full block.
const HONEST_MAX: usize = 4;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Later {
    kept: Vec<Proposed>,
}

impl Later {
    /// Keeps a proposal if a member of one of these sets, which may decide its height, signed it. Of one member the one
    /// of the lowest round is kept, and of all those of the lowest rounds. False if it was not kept.
    pub(super) fn keep<'a>(
        &mut self,
        proposed: Proposed,
        chain: &ChainContext,
        sets: impl Iterator<Item = &'a Members>,
    ) -> bool {
        let (mut signed, mut count_max) = (false, 0);
        for set in sets {
            signed |= is_signed(&proposed, chain, set);
            count_max = count_max.max(set.ledger().faults_tolerated() + HONEST_MAX);
        }
        if !signed {
            return false;
        }
        let (height, round, proposer) = (proposed.height, proposed.round, proposed.proposer);
        self.kept.push(proposed);
        // Stable: of equal rounds the first that came stays.
        self.kept.sort_by_key(|kept| kept.round);
        let mut proposers = std::collections::BTreeSet::new();
        self.kept.retain(|kept| proposers.insert((kept.height, kept.proposer)));
        self.kept.truncate(count_max);
        self.kept.iter().any(|kept| (kept.height, kept.round, kept.proposer) == (height, round, proposer))
    }

    /// Those of a height, which has come; lower ones are forgotten.
    pub(super) fn take(&mut self, height: Height) -> Vec<Proposed> {
        let (now, rest): (Vec<_>, Vec<_>) = self.kept.drain(..).partition(|proposed| proposed.height == height);
        self.kept = rest.into_iter().filter(|proposed| proposed.height > height).collect();
        now
    }
}

/// True if the member of this set that the proposal names has signed it.
fn is_signed(proposed: &Proposed, chain: &ChainContext, set: &Members) -> bool {
    let message = || part_sign_bytes(chain, proposed.height, proposed.round, proposed.hash);
    let member = set.get(&Address(proposed.proposer));
    member.is_some_and(|member| member.key.verify(&message(), &proposed.signature).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::consensus::context::tests::{chain, ledger_set, secret};
    use ledger::crypto::{Hash, Signature};
    use ledger::types::Round;

    const HEIGHT: Height = Height(8);

    fn proposed(signer: u8, round: u32) -> Proposed {
        let (key, round, hash) = (secret(signer), Round(round), Hash([signer; 32]));
        let signature = key.sign(&part_sign_bytes(&chain(), HEIGHT, round, hash));
        let proposer = key.public().id();
        Proposed { height: HEIGHT, round, valid_round: None, proposer, hash, signature, block: vec![signer; 10] }
    }

    fn keep(later: &mut Later, proposed: Proposed) -> bool {
        later.keep(proposed, &chain(), [Members::new(ledger_set(7))].iter())
    }

    #[test]
    fn a_liar_fills_its_own_place_alone() {
        let mut later = Later::default();
        assert!(keep(&mut later, proposed(1, 0)));
        for round in 0..100 {
            assert!(!keep(&mut later, proposed(200, round)), "no member");
            let forged = Proposed { proposer: secret(2).public().id(), ..proposed(200, round) };
            assert!(!keep(&mut later, forged), "in the name of a member");
            assert!(!keep(&mut later, Proposed { signature: Signature([0; 64]), ..proposed(3, round) }), "not signed");
            let kept = keep(&mut later, Proposed { block: vec![0; 10], ..proposed(4, round) });
            assert_eq!(kept, round == 0, "one of a member");
        }
        assert!(keep(&mut later, proposed(5, 1)));
        let mut signers: Vec<u8> = later.kept.iter().map(|kept| kept.hash.0[0]).collect();
        signers.sort_unstable();
        assert_eq!(signers, [1, 4, 5]);
    }

    #[test]
    fn the_lowest_rounds_stay_and_are_given_back_at_their_height() {
        let mut later = Later::default();
        for signer in 1..=7 {
            keep(&mut later, proposed(signer, 20 - u32::from(signer)));
        }
        let max = ledger_set(7).faults_tolerated() + HONEST_MAX;
        let rounds: Vec<u32> = later.kept.iter().map(|kept| kept.round.0).collect();
        assert_eq!(rounds, (13..13 + max as u32).collect::<Vec<_>>());
        assert!(!keep(&mut later, proposed(1, 19)), "there is no place for it");
        assert!(later.take(Height(7)).is_empty());
        assert_eq!(later.take(HEIGHT).len(), max);
        assert!(keep(&mut later, proposed(1, 0)));
        assert!(later.take(Height(9)).is_empty());
        assert!(later.kept.is_empty(), "a height that is over is forgotten");
    }
}
