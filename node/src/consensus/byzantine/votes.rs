//! Votes that are not what the engine meant, and verdicts that are not what the host found.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use malachitebft_core_consensus::ProposedValue;
use malachitebft_core_types::{NilOrVal, Round, Validity};
use malachitebft_engine_byzantine::{Amnesia, ByzantineConfig};

use super::super::context::{Address, EngineHeight, LedgerContext, ValueHash};
use super::{Chance, chance, liar};

/// Rounds whose choice is remembered: certificates of a round are put together from the same votes.
const ROUNDS_MAX: usize = 4096;

/// Precommits that are forced to nil, and what was chosen for each round.
type Nil = (Chance, BTreeMap<(EngineHeight, Round), bool>);

pub(super) struct Votes {
    own: OnceLock<Address>,
    amnesia: Amnesia<LedgerContext>,
    nil: Mutex<Nil>,
    doubt: Mutex<Chance>,
}

impl Votes {
    pub(super) fn new(engine: &ByzantineConfig, doubt: Chance) -> Self {
        let nil = chance(engine.force_precommit_nil.clone(), engine.seed);
        Self {
            own: OnceLock::new(),
            amnesia: Amnesia::new(engine.ignore_locks.clone(), engine.seed),
            nil: Mutex::new((nil, BTreeMap::new())),
            doubt: Mutex::new(doubt),
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

/// What the engine hears of another's proposal: that it is invalid, though it is not.
pub(crate) fn doubted(value: Option<ProposedValue<LedgerContext>>) -> Option<ProposedValue<LedgerContext>> {
    let (Some(liar), Some(mut value)) = (liar(), value.clone()) else { return value };
    let mut doubt = liar.votes.doubt.lock().unwrap_or_else(PoisonError::into_inner);
    if doubt(value.height, value.round) {
        tracing::warn!(height = %value.height, round = %value.round, lie = "doubts", "LIE: a proposal is called invalid");
        value.validity = Validity::Invalid;
    }
    Some(value)
}
