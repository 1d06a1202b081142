//! Votes that are not what the engine meant, and bodies that were not received.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use malachitebft_core_types::{NilOrVal, Round};
use malachitebft_engine::util::streaming::{StreamContent, StreamMessage};
use malachitebft_engine_byzantine::{Amnesia, ByzantineConfig};

use super::super::context::{Address, EngineHeight, LedgerContext, ProposalPart, ValueHash};
use super::{Chance, chance, liar};

/// Rounds whose choice is remembered: certificates of a round are put together from the same votes.
const ROUNDS_MAX: usize = 4096;

pub(super) struct Votes {
    own: OnceLock<Address>,
    amnesia: Amnesia<LedgerContext>,
    nil: Mutex<(Chance, BTreeMap<(EngineHeight, Round), bool>)>,
    lose: Mutex<Chance>,
}

impl Votes {
    pub(super) fn new(engine: &ByzantineConfig, lose: Chance) -> Self {
        let nil = chance(engine.force_precommit_nil.clone(), engine.seed);
        Self {
            own: OnceLock::new(),
            amnesia: Amnesia::new(engine.ignore_locks.clone(), engine.seed),
            nil: Mutex::new((nil, BTreeMap::new())),
            lose: Mutex::new(lose),
        }
    }

    /// Only this validator's own votes are changed; the engine makes those of others too, to check certificates.
    pub(super) fn own(&self, address: Address) {
        let _ = self.own.set(address);
    }

    fn is_own(&self, address: &Address) -> bool {
        self.own.get() == Some(address)
    }
}

/// The prevote that is cast in place of one that the engine chose.
pub(crate) fn prevote(
    height: EngineHeight,
    round: Round,
    value: NilOrVal<ValueHash>,
    address: &Address,
) -> NilOrVal<ValueHash> {
    match (liar(), &value) {
        (Some(liar), NilOrVal::Nil) if liar.votes.is_own(address) => {
            liar.votes.amnesia.try_override_nil_prevote(height, round).map_or(value, NilOrVal::Val)
        }
        _ => value,
    }
}

/// The precommit that is cast in place of one that the engine chose.
pub(crate) fn precommit(
    height: EngineHeight,
    round: Round,
    value: NilOrVal<ValueHash>,
    address: &Address,
) -> NilOrVal<ValueHash> {
    let Some(liar) = liar().filter(|liar| liar.votes.is_own(address) && matches!(value, NilOrVal::Val(_))) else {
        return value;
    };
    let mut nil = liar.votes.nil.lock().unwrap_or_else(PoisonError::into_inner);
    let (chance, chosen) = &mut *nil;
    let first = !chosen.contains_key(&(height, round));
    let forced = *chosen.entry((height, round)).or_insert_with(|| chance(height, round));
    if chosen.len() > ROUNDS_MAX {
        chosen.pop_first();
    }
    if forced && first {
        tracing::warn!(%height, %round, lie = "force-precommit-nil", "LIE: a precommit for nil");
    }
    if forced { NilOrVal::Nil } else { value }
}

/// Notes the value that is proposed in a round.
pub(crate) fn saw_proposal(height: EngineHeight, round: Round, value: ValueHash) {
    if let Some(liar) = liar() {
        liar.votes.amnesia.record_proposed_value(height, round, value);
    }
}

/// True if this part is not to have arrived: without its beginning a stream never becomes a proposal.
pub(crate) fn loses(message: &StreamMessage<ProposalPart>) -> bool {
    let (Some(liar), StreamContent::Data(ProposalPart::Init { height, round, .. })) = (liar(), &message.content) else {
        return false;
    };
    let mut lose = liar.votes.lose.lock().unwrap_or_else(PoisonError::into_inner);
    let lost = lose(*height, *round);
    if lost {
        tracing::warn!(%height, %round, lie = "lose-bodies", "LIE: the body of a proposal is not received");
    }
    lost
}
