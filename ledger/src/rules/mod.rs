//! What every rule needs: the state so far, the block's time, and who signed, judged at this block.

mod authority;
mod change;
mod signers;

pub use authority::SignatureCache;
pub(crate) use authority::{authenticate, check_claims, verify_all};
pub(crate) use change::{apply_change, check_change};
pub(crate) use signers::{Signers, title};

use crate::codec::Cbor;
use crate::commit::ChainContext;
use crate::crypto::{Hash, KeyId};
use crate::error::Fault;
use crate::record::{Item, ItemKind, ItemRef, KeyRecord, Reason, ValidatorSchedule};
use crate::rejection::Rejection;
use crate::state::{Overlay, StateKey};
use crate::statement::StatementId;
use crate::types::{Code, ItemCode, TimeMs};

/// Why a rule stops: the statement is refused, or this machine fails. Never one for the other.
#[derive(Debug)]
pub enum RuleError {
    /// The statement breaks a rule.
    Rejected(Rejection),
    /// This machine fails.
    Fault(Fault),
}

impl From<Rejection> for RuleError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Fault> for RuleError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Refuses with `rejection` unless `condition` holds.
pub(crate) fn require(condition: bool, rejection: Rejection) -> Result<(), RuleError> {
    if condition { Ok(()) } else { Err(rejection.into()) }
}

/// What a rule works on.
pub(crate) struct Context<'c, 'v> {
    /// State of the parent with what this block has written.
    pub(crate) state: &'c mut Overlay<'v>,
    /// Chain.
    pub(crate) chain: &'c ChainContext,
    /// Block time.
    pub(crate) time: TimeMs,
    /// Id of the statement.
    pub(crate) statement: StatementId,
    /// Who signed.
    pub(crate) signers: Signers,
}

impl Context<'_, '_> {
    /// A record that must exist.
    pub(crate) fn record<T: Cbor>(&self, key: &StateKey) -> Result<T, RuleError> {
        self.state.get(key)?.ok_or_else(|| Rejection::RecordUnknown.into())
    }

    /// The key must hold nothing yet.
    pub(crate) fn vacant<T: Cbor>(&self, key: &StateKey) -> Result<(), RuleError> {
        require(self.state.get::<T>(key)?.is_none(), Rejection::AlreadyExists)
    }

    /// A key that is new: not registered, and no validator's.
    pub(crate) fn unused_key(&self, id: &KeyId) -> Result<(), RuleError> {
        self.vacant::<KeyRecord>(&StateKey::key(id))?;
        let schedule: ValidatorSchedule = self.record(&StateKey::validators())?;
        let pending = schedule.pending.as_ref().map(|pending| &pending.validators);
        let sets = [Some(&schedule.current), schedule.previous.as_ref(), pending];
        let validates = sets.into_iter().flatten().any(|set| set.get(id).is_some());
        require(!validates, Rejection::AlreadyExists)
    }

    /// The newest version of an item, under which something new may be opened.
    pub(crate) fn current_item(&self, reference: &ItemRef, kind: ItemKind) -> Result<Item, RuleError> {
        let item = self.item(&reference.code)?;
        require(item.kind == kind, Rejection::ItemOfOtherKind)?;
        require(item.version == reference.version, Rejection::ItemVersionOld)?;
        require(item.active, Rejection::ItemWithdrawn)?;
        Ok(item)
    }

    /// The item in the version that a record was opened under.
    pub(crate) fn item_of_record(&self, reference: &ItemRef) -> Result<Item, RuleError> {
        let key = StateKey::item_version(&reference.code, reference.version);
        self.state.get(&key)?.ok_or_else(|| Rejection::ItemUnknown.into())
    }

    fn item(&self, code: &ItemCode) -> Result<Item, RuleError> {
        self.state.get(&StateKey::item(code))?.ok_or_else(|| Rejection::ItemUnknown.into())
    }

    /// The signing department must exercise the item and have the power to act. 清单之外无权力
    pub(crate) fn require_power(&self, item: &Item, act: &str) -> Result<(), RuleError> {
        require(item.permits(&self.signers.department, act), Rejection::PowerMissing)
    }

    /// A ground, at this block's time.
    pub(crate) fn reason(&self, code: &Code, text: Option<Hash>) -> Reason {
        Reason { code: code.clone(), text, at: self.time }
    }
}
