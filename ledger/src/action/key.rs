//! Keys of departments: registered by their administration, suspended, resumed, revoked, frozen.

use super::Rule;
use crate::crypto::KeyId;
use crate::limits::FREEZE_MS;
use crate::record::{Department, FreezeMark, KeyRecord, KeyStatus, NewKey, Purpose};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, require};
use crate::state::StateKey;
use crate::statement::{KeyUse, possession_bytes};
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
    /// A key stops: by itself at once, or by its department's administration. An administration key without which too
    /// few are left freezes itself for 72 hours in its place, and not again within the 72 hours after them.
    pub struct SuspendKey {
        /// The key.
        1 => key: KeyId,
        /// Ground.
        2 => reason: Code,
    }
}

cbor_map! {
    /// The department's administration lets a suspended key sign again, one of its own included.
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
    /// Two departments together, each by its administration, freeze any key for 72 hours, and not again within the 72
    /// hours after them.
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
        let meant = match (self.purpose, self.officer) {
            (Purpose::Officer, Some(officer)) => KeyUse::Officer(officer),
            (Purpose::Seal, None) => KeyUse::Seal,
            (Purpose::Officer | Purpose::Seal, _) => return Err(Rejection::OutOfRange.into()),
            _ => return Err(Rejection::WrongPurpose.into()),
        };
        require(self.titles.len() <= TITLES_MAX, Rejection::OutOfRange)?;
        let latest = context.time.plus(VALIDITY_MS_MAX);
        let in_range = self.not_before < self.not_after && context.time < self.not_after && self.not_after <= latest;
        require(in_range, Rejection::ValidityOutOfRange)?;
        context.unused_key(&self.key.key.id())?;
        require_possession(context, &self.key, meant)?;
        // While others freeze keys of the department, a new one begins with its rest: else it would be frozen at once too.
        let mark: Option<FreezeMark> = context.state.get(&StateKey::frozen(&context.signers.department.id))?;
        let rests = mark.is_some_and(|mark| context.time < mark.until.plus(FREEZE_MS));
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
            frozen_until: rests.then_some(context.time),
        };
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

/// The new key signed for this chain and the signing department.
fn require_possession(context: &Context<'_, '_>, new: &NewKey, meant: KeyUse) -> Result<(), RuleError> {
    let (chain, department) = (&context.chain.chain, &context.signers.department.id);
    let message = possession_bytes(chain, department, meant, &new.key.id());
    require(context.verifies(&new.key, &message, &new.possession), Rejection::PossessionUnproven)
}

/// A key of the signing department, whose administration signed.
fn own_key(context: &Context<'_, '_>, id: &KeyId) -> Result<KeyRecord, RuleError> {
    context.signers.administration()?;
    let record: KeyRecord = context.record(&StateKey::key(id))?;
    require(record.department == context.signers.department.id, Rejection::OtherDepartment)?;
    Ok(record)
}

/// A key that the department's administration may end: administration keys change by governance, so that a department
/// cannot lock itself out.
fn key_to_end(context: &Context<'_, '_>, id: &KeyId) -> Result<KeyRecord, RuleError> {
    let record = own_key(context, id)?;
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
        let record = if itself { KeyRecord::clone(&context.signers.main) } else { own_key(context, &self.key)? };
        require(record.status == KeyStatus::Active, Rejection::WrongStatus)?;
        context.require_ground("suspend-key", &self.reason)?;
        if record.purpose == Purpose::Administration && !others_suffice(context, &record)? {
            require(itself, Rejection::LastKeys)?;
            return freeze_itself(context, record);
        }
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
        let record = key_to_end(context, &self.key)?;
        require(record.status != KeyStatus::Revoked, Rejection::WrongStatus)?;
        context.require_ground("revoke-key", &self.reason)?;
        put_status(context, record, KeyStatus::Revoked);
        Ok(())
    }
}

/// One of the last administration keys stops itself. For good would let single stolen keys end a department's part in
/// governance for ever, so it is frozen; and it leaves the department 72 hours to act before it can do so again.
fn freeze_itself(context: &mut Context<'_, '_>, mut record: KeyRecord) -> Result<(), RuleError> {
    require(has_rested(&record, context.time), Rejection::LastKeys)?;
    record.frozen_until = Some(context.time.plus(FREEZE_MS));
    context.state.put(StateKey::key(&record.key.id()), &record);
    Ok(())
}

/// True if 72 hours are over since the key's last freeze ended.
fn has_rested(record: &KeyRecord, time: TimeMs) -> bool {
    record.frozen_until.is_none_or(|until| time >= until.plus(FREEZE_MS))
}

/// True if as many other administration keys of the department as its threshold asks can sign now.
fn others_suffice(context: &Context<'_, '_>, stopped: &KeyRecord) -> Result<bool, RuleError> {
    let department: Department = context.record(&StateKey::department(&stopped.department))?;
    let mut usable = 0;
    for id in department.administration.iter().filter(|id| **id != stopped.key.id()) {
        let record: KeyRecord = context.record(&StateKey::key(id))?;
        let thawed = record.frozen_until.is_none_or(|until| context.time >= until);
        usable += usize::from(record.status == KeyStatus::Active && thawed);
    }
    Ok(usable >= usize::from(department.administration_threshold))
}

impl Rule for FreezeKey {
    fn subject(&self) -> StateKey {
        StateKey::key(&self.key)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let other = context.signers.other_department()?.ok_or(Rejection::SecondSignerMissing)?;
        let other: Department = context.record(&StateKey::department(&other))?;
        context.signers.two_administrations(&other)?;
        let mut record: KeyRecord = context.record(&self.subject())?;
        require(record.status != KeyStatus::Revoked, Rejection::WrongStatus)?;
        // Two departments together could lock all others out of governance, again every 72 hours.
        let spared = record.purpose == Purpose::Administration && !others_suffice(context, &record)?;
        require(!spared, Rejection::LastKeys)?;
        // Nor keep an office from working for ever: it has these hours to act, or a new key.
        require(has_rested(&record, context.time), Rejection::FreezeRests)?;
        context.require_ground("freeze-key", &self.reason)?;
        let until = context.time.plus(FREEZE_MS);
        record.frozen_until = Some(until);
        // Who has a key of their own frozen is not kept from working by others: it earns their new keys no rest.
        if ![&context.signers.department.id, &other.id].contains(&&record.department) {
            context.state.put(StateKey::frozen(&record.department), &FreezeMark { until });
        }
        context.state.put(self.subject(), &record);
        Ok(())
    }
}
