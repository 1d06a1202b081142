//! The engine's view of our types: one concrete `Context` of thin newtypes over `ledger`.
//!
//! ```text
//! Address      KeyId of a consensus key, 32 bytes        Value = ValueId   hash of a block's header
//! Height       ledger Height                             ProposalPart      Init, Data (<= 128 KiB), Fin (signed)
//! Validator    key, address, power                       SigningScheme     Ed25519, verify_strict
//! ```
//! The engine decides header hashes; bodies travel beside it as parts.

mod message;
mod part;
mod primitive;
mod validator;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use message::{Proposal, Vote};
pub(crate) use part::{DATA_BYTES_MAX, ProposalPart, part_sign_bytes};
pub(crate) use primitive::{Address, Ed25519, EngineHeight, EngineSignature, ValueHash, engine_round, ledger_round};
pub(crate) use validator::{Member, Members};

use malachitebft_core_types as core;
use malachitebft_core_types::{LinearTimeouts, NilOrVal, Round};

/// The one context of this node. Stateless: what depends on the chain stands in the signer and verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LedgerContext;

impl core::Context for LedgerContext {
    type Address = Address;
    type Height = EngineHeight;
    type ProposalPart = ProposalPart;
    type Proposal = Proposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = LinearTimeouts;
    type Value = ValueHash;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(&self, set: &'a Members, height: EngineHeight, round: Round) -> &'a Member {
        proposer(set, height, round)
    }

    fn new_proposal(
        &self,
        height: EngineHeight,
        round: Round,
        value: ValueHash,
        pol_round: Round,
        address: Address,
    ) -> Proposal {
        #[cfg(feature = "byzantine")]
        super::byzantine::saw_proposal(height, round, value);
        Proposal { height, round, value, pol_round, proposer: address }
    }

    fn new_prevote(&self, height: EngineHeight, round: Round, value: NilOrVal<ValueHash>, address: Address) -> Vote {
        #[cfg(feature = "byzantine")]
        let value = super::byzantine::prevote(height, round, value, &address);
        Vote { kind: core::VoteType::Prevote, height, round, value, validator: address }
    }

    fn new_precommit(&self, height: EngineHeight, round: Round, value: NilOrVal<ValueHash>, address: Address) -> Vote {
        #[cfg(feature = "byzantine")]
        let value = super::byzantine::precommit(height, round, value, &address);
        Vote { kind: core::VoteType::Precommit, height, round, value, validator: address }
    }
}

/// Who proposes: those in the rotation take turns in the order of the set, one step each height and one each round.
///
/// All have the same power (one department, one validator), so turns need no weights. Who stays away is not in the
/// rotation (`ledger::record::Rotation`): the set of a height comes with it.
pub(crate) fn proposer(set: &Members, height: EngineHeight, round: Round) -> &Member {
    set.at_turn(u128::from(height.0.0) + u128::from(round.as_u32().unwrap_or(0)))
}
