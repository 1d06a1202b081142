//! Validators as the engine wants them: addresses computed once, the set shared.

use std::sync::Arc;

use ledger::crypto::PublicKey;
use ledger::validator::ValidatorSet;
use malachitebft_core_types as core;
use malachitebft_core_types::VotingPower;

use super::{Address, LedgerContext};

/// A validator with its address at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Id of the key.
    pub(crate) address: Address,
    /// The consensus key.
    pub(crate) key: PublicKey,
    /// Voting power.
    pub(crate) power: VotingPower,
}

/// A validator set in the ledger's order, ascending by address, and who of it takes turns at proposing.
///
/// Cloning is cheap: the engine clones it for every certificate it checks.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    set: Arc<ValidatorSet>,
    members: Arc<[Member]>,
    /// Positions, ascending; at least one.
    turns: Arc<[usize]>,
    total: VotingPower,
}

impl Members {
    /// All take turns.
    pub(crate) fn new(set: ValidatorSet) -> Self {
        let turns = (0..set.len()).collect();
        Self::with_turns(set, turns)
    }

    /// Those at the positions `turns` take turns, ascending as `ledger::record::Rotation::turns` gives them. Computes
    /// the addresses once.
    pub(crate) fn with_turns(set: ValidatorSet, turns: Vec<usize>) -> Self {
        let member = |validator: &ledger::validator::Validator| Member {
            address: Address(validator.key.id()),
            key: validator.key,
            power: validator.power,
        };
        let members = set.validators().iter().map(member).collect();
        Self { total: set.total_power(), members, turns: turns.into(), set: Arc::new(set) }
    }

    /// Who proposes at turn number `turn`; past the last one it begins anew.
    pub(crate) fn at_turn(&self, turn: u128) -> &Member {
        let place = turn % (self.turns.len() as u128);
        let place = usize::try_from(place).expect("a remainder is smaller than the number of turns");
        &self.members[self.turns[place]]
    }

    /// The ledger's own set.
    pub(crate) fn ledger(&self) -> &ValidatorSet {
        &self.set
    }

    /// The member with this address.
    pub(crate) fn get(&self, address: &Address) -> Option<&Member> {
        let index = self.members.binary_search_by_key(address, |member| member.address).ok()?;
        self.members.get(index)
    }

    /// All members in order.
    pub(crate) fn all(&self) -> &[Member] {
        &self.members
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members && self.turns == other.turns
    }
}

impl Eq for Members {}

impl core::Validator<LedgerContext> for Member {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> VotingPower {
        self.power
    }
}

impl core::ValidatorSet<LedgerContext> for Members {
    fn count(&self) -> usize {
        self.members.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.total
    }

    fn get_by_address(&self, address: &Address) -> Option<&Member> {
        self.get(address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.members.get(index)
    }
}
