//! Votes and proposals. What is signed for them is `ledger::commit`'s, not their wire form here.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger::commit::{ChainContext, VoteStep, proposal_sign_bytes, vote_sign_bytes};
use ledger::types::Round as LedgerRound;
use malachitebft_core_types as core;
use malachitebft_core_types::{NilOrVal, Round, SignedExtension, VoteType};

use super::{Address, EngineHeight, LedgerContext, ValueHash, ledger_round};

/// A proposal of a block, by the hash of its header.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Proposal {
    /// Height.
    pub(crate) height: EngineHeight,
    /// Round.
    pub(crate) round: Round,
    /// The block's header hash.
    pub(crate) value: ValueHash,
    /// Round of an earlier polka for the same value, or nil.
    pub(crate) pol_round: Round,
    /// Who proposes.
    pub(crate) proposer: Address,
}

/// A prevote or precommit. Carries no extension: they are switched off by the height's parameters.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Vote {
    /// Which of the two votes.
    pub(crate) kind: VoteType,
    /// Height.
    pub(crate) height: EngineHeight,
    /// Round.
    pub(crate) round: Round,
    /// The block's header hash, or nil.
    pub(crate) value: NilOrVal<ValueHash>,
    /// Who votes.
    pub(crate) validator: Address,
}

impl Proposal {
    /// The bytes that are signed; `None` for a proposal without a round, which nobody signs.
    pub(crate) fn sign_bytes(&self, chain: &ChainContext) -> Option<Vec<u8>> {
        let round = ledger_round(self.round)?;
        Some(proposal_sign_bytes(chain, self.height.0, round, self.value.0, ledger_round(self.pol_round)))
    }
}

impl Vote {
    /// The bytes that are signed; `None` for a vote without a round, which nobody signs.
    pub(crate) fn sign_bytes(&self, chain: &ChainContext) -> Option<Vec<u8>> {
        let round: LedgerRound = ledger_round(self.round)?;
        let step = match self.kind {
            VoteType::Prevote => VoteStep::Prevote,
            VoteType::Precommit => VoteStep::Precommit,
        };
        let value = match self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(value) => Some(value.0),
        };
        Some(vote_sign_bytes(chain, self.height.0, round, step, value))
    }
}

impl core::Proposal<LedgerContext> for Proposal {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &ValueHash {
        &self.value
    }

    fn take_value(self) -> ValueHash {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}

impl core::Vote<LedgerContext> for Vote {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<ValueHash> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<ValueHash> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<LedgerContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<LedgerContext>> {
        None
    }

    fn extend(self, _extension: SignedExtension<LedgerContext>) -> Self {
        self
    }
}
