//! What governance proposals may change, and carrying them out.

use super::{Context, RuleError, require};
use crate::crypto::KeyId;
use crate::limits::{
    ADMINISTRATION_KEYS_MAX, ADMINISTRATION_THRESHOLD_MIN, DEPARTMENTS_MAX, READY_LIFETIME_MS, SUBJECTS_MAX,
    VALIDATOR_CHANGE_DELAY_MS_MIN,
};
use crate::record::{
    Change, Department, Item, KeyRecord, KeyStatus, NumberWord, NumberWordHolder, Parameters, PendingSet, Proposal,
    Purpose, RetireDepartment, SetAdministration, SetValidators, ValidatorSchedule,
};
use crate::rejection::Rejection;
use crate::state::StateKey;
use crate::statement::{KeyUse, possession_bytes};
use crate::types::{DepartmentId, TimeMs};
use crate::validator::{POWER, Validator, ValidatorSet};
use std::collections::BTreeSet;

/// Checks a change against the state as it is; asked when it is proposed and again when it takes effect.
pub(crate) fn check_change(context: &Context<'_, '_>, change: &Change) -> Result<(), RuleError> {
    match change {
        Change::PutDepartment(department) => check_department(context, department),
        Change::SetAdministration(change) => check_administration(context, change),
        Change::RetireDepartment(change) => check_retirement(context, change),
        Change::PutItem(item) => check_item(context, item),
        Change::SetParameters(parameters) => {
            parameters.check().map_err(|_| RuleError::Rejected(Rejection::ParameterUnsafe))
        }
        Change::SetValidators(change) => check_validators(context, change).map(|_| ()),
        Change::SetGrounds(grounds) => require(grounds.fits(), Rejection::ChangeInvalid),
    }
}

/// Carries a change out; false if it has to wait for something else first.
pub(crate) fn apply_change(context: &mut Context<'_, '_>, proposal: &Proposal) -> Result<bool, RuleError> {
    match &proposal.change {
        Change::PutDepartment(department) => put_department(context, department)?,
        Change::SetAdministration(change) => set_administration(context, change)?,
        Change::RetireDepartment(change) => {
            let key = StateKey::department(&change.department);
            let department: Department = context.record(&key)?;
            let successor = change.successor.clone();
            context.state.put(key, &Department { active: false, successor, ..department });
        }
        Change::PutItem(item) => {
            context.state.put(StateKey::item_version(&item.code, item.version), item);
            context.state.put(StateKey::item(&item.code), item);
        }
        Change::SetParameters(parameters) => context.state.put(StateKey::parameters(), parameters),
        Change::SetGrounds(grounds) => context.state.put(StateKey::grounds(&grounds.act), grounds),
        Change::SetValidators(change) => return schedule_validators(context, proposal, change),
    }
    Ok(true)
}

fn check_department(context: &Context<'_, '_>, department: &Department) -> Result<(), RuleError> {
    let known: Option<Department> = context.state.get(&StateKey::department(&department.id))?;
    // Who has retired is no member any more; it joins again under another name, and its records stay as they are.
    require(known.as_ref().is_none_or(|old| old.active), Rejection::DepartmentInactive)?;
    let all: Vec<DepartmentId> = context.record(&StateKey::departments())?;
    let room = known.is_some() || all.len() < DEPARTMENTS_MAX;
    // Papers bear them, and are looked up by them.
    let kept = known.iter().flat_map(|old| &old.numbering).all(|entry| department.numbering.contains(entry));
    let (keys, threshold) = known.map_or((Vec::new(), 0), |old| (old.administration, old.administration_threshold));
    let untouched = department.administration == keys && department.administration_threshold == threshold;
    let own = untouched && department.active && department.successor.is_none();
    let sizes = department.roles.len() <= ROLES_MAX && department.numbering.len() <= NUMBERINGS_MAX;
    require(own && room && sizes && distinct(&department.roles), Rejection::ChangeInvalid)?;
    require(distinct(department.numbering.iter().map(|entry| &entry.class)), Rejection::ChangeInvalid)?;
    require(distinct(department.numbering.iter().map(|entry| &entry.word)), Rejection::NumberWordTaken)?;
    for entry in &department.numbering {
        let holder: Option<NumberWordHolder> = context.one_of_many(&StateKey::number_word(&entry.word))?;
        let own = |holder: NumberWordHolder| holder.office == department.id && holder.class == entry.class;
        require(holder.is_none_or(own), Rejection::NumberWordTaken)?;
    }
    require(kept, Rejection::NumberWordFixed)
}

const ROLES_MAX: usize = 16;
const NUMBERINGS_MAX: usize = 32;

/// True if nothing stands in a list twice.
fn distinct<T: Ord>(list: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    list.into_iter().all(|one| seen.insert(one))
}

fn put_department(context: &mut Context<'_, '_>, department: &Department) -> Result<(), RuleError> {
    let key = StateKey::departments();
    let mut all: Vec<DepartmentId> = context.record(&key)?;
    if !all.contains(&department.id) {
        all.push(department.id.clone());
        all.sort();
        context.state.put(key, &all);
    }
    for NumberWord { class, word } in &department.numbering {
        let holder = NumberWordHolder { office: department.id.clone(), class: class.clone() };
        context.state.put(StateKey::number_word(word), &holder);
    }
    context.state.put(StateKey::department(&department.id), department);
    Ok(())
}

fn check_administration(context: &Context<'_, '_>, change: &SetAdministration) -> Result<(), RuleError> {
    let department: Department = context.record(&StateKey::department(&change.department))?;
    require(department.active, Rejection::DepartmentInactive)?;
    let threshold = usize::from(change.threshold);
    // One key may be lost or stolen, and the others still act: ADR 7.
    let reachable = change.threshold >= ADMINISTRATION_THRESHOLD_MIN && threshold < change.keys.len();
    let sizes = change.keys.len() <= ADMINISTRATION_KEYS_MAX && reachable;
    require(sizes, Rejection::ChangeInvalid)?;
    for (index, new) in change.keys.iter().enumerate() {
        let id = new.key.id();
        let doubled = change.keys[..index].iter().any(|other| other.key.id() == id);
        require(!doubled, Rejection::ChangeInvalid)?;
        context.unused_key(&id)?;
        let message = possession_bytes(&context.chain.chain, &change.department, KeyUse::Administration, &id);
        require(context.verifies(&new.key, &message, &new.possession), Rejection::PossessionUnproven)?;
    }
    Ok(())
}

fn set_administration(context: &mut Context<'_, '_>, change: &SetAdministration) -> Result<(), RuleError> {
    let department_key = StateKey::department(&change.department);
    let mut department: Department = context.record(&department_key)?;
    for old in &department.administration {
        let key = StateKey::key(old);
        let record: KeyRecord = context.record(&key)?;
        let revoked = KeyRecord { status: KeyStatus::Revoked, status_since: context.time, ..record };
        context.state.put(key, &revoked);
    }
    for new in &change.keys {
        let record = administration_key(&change.department, new, context.time);
        context.state.put(StateKey::key(&new.key.id()), &record);
    }
    department.administration = change.keys.iter().map(|new| new.key.id()).collect();
    department.administration_threshold = change.threshold;
    context.state.put(department_key, &department);
    Ok(())
}

/// The record of an administration key: it holds until governance replaces it.
fn administration_key(department: &DepartmentId, new: &crate::record::NewKey, time: TimeMs) -> KeyRecord {
    KeyRecord {
        department: department.clone(),
        suite: new.suite,
        key: new.key,
        purpose: Purpose::Administration,
        officer: None,
        titles: Vec::new(),
        unit: None,
        not_before: time,
        not_after: TimeMs(u64::MAX),
        status: KeyStatus::Active,
        status_since: time,
        frozen_until: None,
    }
}

fn check_retirement(context: &Context<'_, '_>, change: &RetireDepartment) -> Result<(), RuleError> {
    let department: Department = context.record(&StateKey::department(&change.department))?;
    let schedule: ValidatorSchedule = context.record(&StateKey::validators())?;
    let validates =
        |set: &ValidatorSet| set.validators().iter().any(|validator| validator.department == change.department);
    let free = !validates(&schedule.current) && !schedule.pending.is_some_and(|pending| validates(&pending.validators));
    // A department first leaves the validators, by a change of its own with its own delay. Of one that has retired
    // only the successor is named.
    require(free && (department.active || change.successor.is_some()), Rejection::ChangeInvalid)?;
    let Some(successor) = &change.successor else { return Ok(()) };
    let successor: Option<Department> = context.state.get(&StateKey::department(successor))?;
    let fits = successor.is_some_and(|found| found.active && found.id != change.department);
    require(fits, Rejection::ChangeInvalid)
}

fn check_item(context: &Context<'_, '_>, item: &Item) -> Result<(), RuleError> {
    let newest: Option<Item> = context.state.get(&StateKey::item(&item.code))?;
    let next = newest.as_ref().map_or(1, |found| found.version.saturating_add(1));
    let same_kind = newest.is_none_or(|found| found.kind == item.kind);
    require(item.version == next && same_kind && item_fits(item), Rejection::ChangeInvalid)?;
    for department in &item.exercising {
        let known: Option<Department> = context.one_of_many(&StateKey::department(department))?;
        require(known.is_some(), Rejection::ChangeInvalid)?;
    }
    Ok(())
}

/// Lists of a catalogue item: bounded, and nothing in them twice.
pub(crate) fn item_fits(item: &Item) -> bool {
    let sizes = item.powers.len() <= 128
        && item.exercising.len() <= DEPARTMENTS_MAX
        && item.variants.len() <= 64
        && item.parties.len() <= 64
        && item.powers.iter().all(|power| power.roles.len() <= 64)
        && item.subjects_min.is_none_or(|least| usize::from(least) <= SUBJECTS_MAX);
    sizes
        && distinct(&item.exercising)
        && distinct(&item.variants)
        && distinct(&item.parties)
        && distinct(item.powers.iter().map(|power| &power.act))
        && item.powers.iter().all(|power| distinct(&power.roles))
}

/// The new set, if the change is allowed now.
fn check_validators(context: &Context<'_, '_>, change: &SetValidators) -> Result<ValidatorSet, RuleError> {
    let schedule: ValidatorSchedule = context.record(&StateKey::validators())?;
    require(schedule.pending.is_none(), Rejection::ValidatorChangeUnsafe)?;
    require(change.validators.iter().all(|validator| validator.power == POWER), Rejection::VotesUnequal)?;
    let set = ValidatorSet::new(change.validators.clone()).map_err(|_| Rejection::ValidatorChangeUnsafe)?;
    for validator in set.validators() {
        let department: Option<Department> = context.one_of_many(&StateKey::department(&validator.department))?;
        require(department.is_some_and(|found| found.active), Rejection::ValidatorChangeUnsafe)?;
        // A consensus key is used for nothing else.
        let other_use: Option<KeyRecord> = context.one_of_many(&StateKey::key(&validator.key.id()))?;
        require(other_use.is_none(), Rejection::ValidatorChangeUnsafe)?;
    }
    let moved = moved_power(&schedule.current, &set);
    let third = u128::from(schedule.current.total_power());
    require(u128::from(moved) * 3 <= third, Rejection::ValidatorChangeUnsafe)?;
    Ok(set)
}

/// Power that one of the sets has and the other has not, whichever is larger; a key that changes its department counts
/// as another validator.
fn moved_power(old: &ValidatorSet, new: &ValidatorSet) -> u64 {
    let surplus = |a: &ValidatorSet, b: &ValidatorSet| -> u64 {
        let same =
            |validator: &Validator| b.get(&validator.key.id()).filter(|other| other.department == validator.department);
        let other = |validator: &Validator| same(validator).map_or(0, |found| found.power);
        a.validators().iter().map(|validator| validator.power.saturating_sub(other(validator))).sum()
    };
    surplus(old, new).max(surplus(new, old))
}

/// Schedules the set once every joining key has shown that its node is up.
fn schedule_validators(
    context: &mut Context<'_, '_>,
    proposal: &Proposal,
    change: &SetValidators,
) -> Result<bool, RuleError> {
    let validators = check_validators(context, change)?;
    let schedule: ValidatorSchedule = context.record(&StateKey::validators())?;
    let time = context.time;
    let up = |key: KeyId| proposal.ready.iter().any(|mark| mark.key == key && time < mark.at.plus(READY_LIFETIME_MS));
    let joins = |validator: &&Validator| {
        schedule.current.get(&validator.key.id()).is_none_or(|found| found.department != validator.department)
    };
    if validators.validators().iter().filter(joins).any(|validator| !up(validator.key.id())) {
        return Ok(false);
    }
    let parameters: Parameters = context.record(&StateKey::parameters())?;
    let delay = parameters.validator_delay_ms.max(VALIDATOR_CHANGE_DELAY_MS_MIN);
    let pending = Some(PendingSet { validators, not_before: context.time.plus(delay) });
    context.state.put(StateKey::validators(), &ValidatorSchedule { pending, ..schedule });
    Ok(true)
}
