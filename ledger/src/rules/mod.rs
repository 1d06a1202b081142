//! What every rule needs: the state so far, the block's time, and who signed, judged at this block.

mod authority;
mod change;
mod signers;

pub use authority::SignatureCache;
pub(crate) use authority::{authenticate, check_claims, key_record, verify_all};
pub(crate) use change::{apply_change, check_change, item_fits};
pub(crate) use signers::Signers;

use crate::codec::Cbor;
use crate::commit::ChainContext;
use crate::crypto::{Hash, KeyId, PublicKey, Signature};
use crate::error::Fault;
use crate::record::{
    Department, GivenGround, Grounds, Item, ItemKind, ItemRef, KeyRecord, Parameters, ValidatorSchedule,
};
use crate::rejection::Rejection;
use crate::state::{Overlay, StateKey};
use crate::statement::StatementId;
use crate::types::{Code, DepartmentId, ItemCode, TimeMs};
use std::cell::Cell;
use std::sync::Arc;

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
    /// What the rule has cost so far beside the statement's own signatures and what it writes, in [`EFFORT_OF_WEIGHT`].
    pub(crate) effort: Cell<u64>,
}

/// Effort that weighs one: a signature check. Reading a small record takes about an eighth of it.
pub(crate) const EFFORT_OF_WEIGHT: u64 = 8;

/// Departments in a row of which each succeeded the one before and retired; after that governance names a newer one.
const SUCCESSORS_MAX: usize = 16;

impl Context<'_, '_> {
    /// True if the key signed these bytes; weighs as the statement's own signatures do.
    pub(crate) fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        self.effort.set(self.effort.get() + EFFORT_OF_WEIGHT);
        key.verify(message, signature).is_ok()
    }

    /// Reads one of many records; weighs what a rule reads in proportion to its input or to the consortium.
    pub(crate) fn one_of_many<T: Cbor>(&self, key: &StateKey) -> Result<Option<T>, RuleError> {
        self.effort.set(self.effort.get() + 1);
        Ok(self.state.get(key)?)
    }

    /// The parameters.
    pub(crate) fn parameters(&self) -> Result<Arc<Parameters>, RuleError> {
        self.state.shared(&StateKey::parameters(), |_| {})?.ok_or_else(|| Rejection::RecordUnknown.into())
    }

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
    pub(crate) fn current_item(&self, reference: &ItemRef, kind: ItemKind) -> Result<Arc<Item>, RuleError> {
        let item = self.item(&reference.code)?;
        require(item.kind == kind, Rejection::ItemOfOtherKind)?;
        require(item.version == reference.version, Rejection::ItemVersionOld)?;
        require(item.active, Rejection::ItemWithdrawn)?;
        Ok(item)
    }

    /// The item in the version that a record was opened under.
    pub(crate) fn item_of_record(&self, reference: &ItemRef) -> Result<Arc<Item>, RuleError> {
        let key = StateKey::item_version(&reference.code, reference.version);
        self.state.shared(&key, |_| {})?.ok_or_else(|| Rejection::ItemUnknown.into())
    }

    /// The item in its newest version, for what a record that was opened before still becomes.
    pub(crate) fn newest_item(&self, reference: &ItemRef) -> Result<Arc<Item>, RuleError> {
        let item = self.item(&reference.code)?;
        require(item.active, Rejection::ItemWithdrawn)?;
        Ok(item)
    }

    fn item(&self, code: &ItemCode) -> Result<Arc<Item>, RuleError> {
        self.state.shared(&StateKey::item(code), |_| {})?.ok_or_else(|| Rejection::ItemUnknown.into())
    }

    /// The signing department must exercise the item and have the power to act. 清单之外无权力
    pub(crate) fn require_power(&self, item: &Item, act: &str) -> Result<(), RuleError> {
        require(item.permits(&self.signers.department, act), Rejection::PowerMissing)
    }

    /// The item under which the signing department may act on a department's record: its own in the version that the
    /// record was opened under; as the successor of a retired department, in the newest.
    pub(crate) fn answers_for(&self, owner: &DepartmentId, item: &ItemRef, act: &str) -> Result<Arc<Item>, RuleError> {
        let item = if *owner == self.signers.department.id {
            self.item_of_record(item)?
        } else {
            require(self.succeeds(owner)?, Rejection::OtherDepartment)?;
            self.item(&item.code)?
        };
        self.require_power(&item, act)?;
        Ok(item)
    }

    /// True if the signing department is where the line of successors of a retired department ends.
    fn succeeds(&self, retired: &DepartmentId) -> Result<bool, RuleError> {
        let mut at = retired.clone();
        for _ in 0..SUCCESSORS_MAX {
            let department: Option<Department> = self.one_of_many(&StateKey::department(&at))?;
            match department.filter(|found| !found.active).and_then(|found| found.successor) {
                Some(successor) if successor == self.signers.department.id => return Ok(true),
                Some(successor) => at = successor,
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The code must be one of the grounds that governance gave the act.
    pub(crate) fn require_ground(&self, act: &str, code: &Code) -> Result<(), RuleError> {
        let act = Code::new(act).map_err(|_| Rejection::GroundUnknown)?;
        let grounds: Option<Grounds> = self.state.get(&StateKey::grounds(&act))?;
        require(grounds.is_some_and(|found| found.has(code)), Rejection::GroundUnknown)
    }

    /// A ground as it is given at this block's time, for a record of this department.
    pub(crate) fn given_ground(&self, owner: &DepartmentId, code: &Code, text: Option<Hash>) -> GivenGround {
        let by = &self.signers.department.id;
        let by = (by != owner).then(|| by.clone());
        GivenGround { code: code.clone(), text, at: self.time, by }
    }
}
