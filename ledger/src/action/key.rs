//! Keys of departments: registered by their administration, suspended, resumed, revoked, frozen.

use super::Rule;
use crate::crypto::KeyId;
use crate::limits::FREEZE_MS;
use crate::record::{KeyRecord, KeyStatus, NewKey, Purpose};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, require};
use crate::state::StateKey;
use crate::statement::possession_bytes;
use crate::types::{Code, OfficerId, TimeMs, Unit};

cbor_map! {
    /// A department's administration registers a key.
    pub struct RegisterKey {
        /// The key, with proof of possession.
        1 => key: NewKey,
        /// Officer or seal; other purposes have ways of their own.
        2 => purpose: Purpose,
        /// Pseudonym of the person; required for an officer's key.
        3 => officer: Option<OfficerId>,
        /// Titles, at most 8.
        4 => titles: Vec<Code>,
        /// Unit inside the department.
        5 => unit: Option<Unit>,
        /// First block time at which it may sign.
        6 => not_before: TimeMs,
        /// First block time at which it may no longer sign; within 10 years.
        7 => not_after: TimeMs,
    }
}

cbor_map! {
    /// A key stops: by itself at once, or by its department's administration.
    pub struct SuspendKey {
        /// The key.
        1 => key: KeyId,
        /// Ground.
        2 => reason: Code,
    }
}

cbor_map! {
    /// The department's administration lets a suspended key sign again.
    pub struct ResumeKey {
        /// The key.
        1 => key: KeyId,
    }
}

cbor_map! {
    /// The department's administration ends a key for good.
    pub struct RevokeKey {
        /// The key.
        1 => key: KeyId,
        /// Ground.
        2 => reason: Code,
    }
}

cbor_map! {
    /// Administration keys of two departments together freeze any key for 72 hours.
    pub struct FreezeKey {
        /// The key.
        1 => key: KeyId,
        /// Ground.
        2 => reason: Code,
    }
}

const VALIDITY_MS_MAX: u64 = 10 * 366 * 24 * 3600 * 1000;
const TITLES_MAX: usize = 8;

impl Rule for RegisterKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key.key.id())
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.administration()?;
        let known_purpose = matches!(self.purpose, Purpose::Officer | Purpose::Seal);
        require(known_purpose, Rejection::WrongPurpose)?;
        require((self.purpose == Purpose::Officer) == self.officer.is_some(), Rejection::OutOfRange)?;
        require(self.titles.len() <= TITLES_MAX, Rejection::OutOfRange)?;
        let latest = context.time.plus(VALIDITY_MS_MAX);
        let in_range = self.not_before < self.not_after && context.time < self.not_after && self.not_after <= latest;
        require(in_range, Rejection::ValidityOutOfRange)?;
        context.vacant::<KeyRecord>(&self.subject())?;
        require_possession(context, &self.key)?;
        let record = KeyRecord {
            department: context.signers.department.id.clone(),
            suite: self.key.suite,
            key: self.key.key,
            purpose: self.purpose,
            officer: self.officer,
            titles: self.titles.clone(),
            unit: self.unit.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            status: KeyStatus::Active,
            status_since: context.time,
            frozen_until: None,
        };
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

/// The new key signed for this chain and the signing department.
fn require_possession(context: &Context<'_, '_>, new: &NewKey) -> Result<(), RuleError> {
    let message = possession_bytes(&context.chain.chain, &context.signers.department.id, &new.key.id());
    require(new.key.verify(&message, &new.possession).is_ok(), Rejection::PossessionUnproven)
}

/// A key of the signing department, which its administration manages.
fn own_key(context: &Context<'_, '_>, id: &KeyId) -> Result<KeyRecord, RuleError> {
    context.signers.administration()?;
    let record: KeyRecord = context.record(&StateKey::key(id))?;
    require(record.department == context.signers.department.id, Rejection::OtherDepartment)?;
    // Administration keys change by governance, so that a department cannot lock itself out.
    require(record.purpose != Purpose::Administration, Rejection::WrongPurpose)?;
    Ok(record)
}

fn put_status(context: &mut Context<'_, '_>, mut record: KeyRecord, status: KeyStatus) {
    record.status = status;
    record.status_since = context.time;
    context.state.put(StateKey::key(&record.key.id()), &record);
}

impl Rule for SuspendKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let itself = context.signers.main.key.id() == self.key && context.signers.endorsers.is_empty();
        let record = if itself { context.signers.main.clone() } else { own_key(context, &self.key)? };
        require(record.status == KeyStatus::Active, Rejection::WrongStatus)?;
        put_status(context, record, KeyStatus::Suspended);
        Ok(())
    }
}

impl Rule for ResumeKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let record = own_key(context, &self.key)?;
        require(record.status == KeyStatus::Suspended, Rejection::WrongStatus)?;
        put_status(context, record, KeyStatus::Active);
        Ok(())
    }
}

impl Rule for RevokeKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let record = own_key(context, &self.key)?;
        require(record.status != KeyStatus::Revoked, Rejection::WrongStatus)?;
        put_status(context, record, KeyStatus::Revoked);
        Ok(())
    }
}

impl Rule for FreezeKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let signers = &context.signers;
        require(signers.main.purpose == Purpose::Administration, Rejection::WrongPurpose)?;
        let [other] = signers.endorsers.as_slice() else { return Err(Rejection::SecondSignerMissing.into()) };
        require(other.purpose == Purpose::Administration, Rejection::WrongPurpose)?;
        require(other.department != signers.department.id, Rejection::SecondSignerMissing)?;
        let mut record: KeyRecord = context.record(&self.subject())?;
        record.frozen_until = Some(context.time.plus(FREEZE_MS));
        context.state.put(self.subject(), &record);
        Ok(())
    }
}
