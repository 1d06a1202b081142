//! The change of a proposal, as a TOML file with exactly one table.
//!
//! ```text
//! [set-parameters]      seven parameters, and absences_max where it is not to be 8
//! [put-item]            an item; its version and, for a known department, its keys are taken from the ledger
//! [put-department]
//! [retire-department]   department = "...", and successor = "..." where another answers for its records
//! [[set-validators]]    every validator after the change: department, key, power
//! [set-administration]  department, threshold, keys with the signature of each that shows who holds it
//! [set-grounds]         act, and grounds: code = { zh, en }, the whole new list
//! ```
//!
//! docs/changes.md shows a whole file of each.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use ledger::crypto::{PublicKey, Signature, Suite};
use ledger::record::{
    Approval, Change, Department, Item, ItemKind, NewKey, NumberWord, Parameters, Power, RetireDepartment,
    SetAdministration, SetValidators,
};
use ledger::types::Text;
use ledger::validator::Validator;
use serde::Deserialize;

use super::super::grounds::{self, GroundNames};
use crate::error::CliError;
use crate::files;
use crate::reason::{Reason, from_toml, why};

/// A full item is some 12 KiB.
const CHANGE_BYTES_MAX: u64 = 256 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ChangeFile {
    set_parameters: Option<ParametersFile>,
    put_item: Option<ItemFile>,
    put_department: Option<DepartmentFile>,
    retire_department: Option<RetireFile>,
    set_validators: Option<Vec<ValidatorFile>>,
    set_administration: Option<AdministrationFile>,
    set_grounds: Option<GroundsFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundsFile {
    act: String,
    grounds: GroundNames,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParametersFile {
    pace_ms: u64,
    block_weight_max: u64,
    block_bytes_max: u64,
    issue_within_ms: u64,
    propose_timeout_ms: u64,
    vote_timeout_ms: u64,
    validator_delay_ms: u64,
    #[serde(default)]
    absences_max: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    zh: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PowerFile {
    roles: Vec<String>,
    zh: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFile {
    code: String,
    kind: String,
    name: Name,
    legal_basis: String,
    exercising: Vec<String>,
    powers: BTreeMap<String, PowerFile>,
    #[serde(default = "yes")]
    active: bool,
    approval: Option<String>,
    number_class: Option<String>,
    promised_minutes: Option<u32>,
    statutory_days: Option<u32>,
    #[serde(default)]
    in_person: bool,
    #[serde(default)]
    parties: Vec<String>,
    #[serde(default)]
    variants: Vec<String>,
    subjects_min: Option<u8>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberingFile {
    class: String,
    word: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentFile {
    id: String,
    name: Name,
    roles: Vec<String>,
    credit_code: Option<String>,
    #[serde(default)]
    numbering: Vec<NumberingFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetireFile {
    department: String,
    successor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValidatorFile {
    department: String,
    key: String,
    #[serde(default = "one")]
    power: u64,
}

fn one() -> u64 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdministrationFile {
    department: String,
    threshold: u8,
    keys: Vec<KeyFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    key: String,
    possession: String,
}

/// Reads a change.
///
/// # Errors
/// The file cannot be read or is no such table; `Value` names the part that does not fit.
pub(super) fn read(path: &Path) -> Result<Change, CliError> {
    parse(path, &files::read_text(path, CHANGE_BYTES_MAX)?)
}

/// The change of a text, which stands in this file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Change, CliError> {
    fields::check(text).map_err(|reason| CliError::format(path, reason))?;
    let file: ChangeFile = from_toml(text).map_err(|reason| CliError::format(path, reason))?;
    let mut found = Vec::new();
    found.extend(file.set_parameters.map(|table| parameters(&table)));
    found.extend(file.put_item.map(|table| item(&table)));
    found.extend(file.put_department.map(|table| department(&table)));
    found.extend(file.retire_department.map(|table| {
        Ok(Change::RetireDepartment(RetireDepartment {
            department: fit("retire-department", table.department.parse())?,
            successor: fit("retire-department", table.successor.map(|word| word.parse()).transpose())?,
        }))
    }));
    found.extend(file.set_validators.map(|tables| validators(&tables)));
    found.extend(file.set_administration.map(|table| administration(&table)));
    found.extend(file.set_grounds.map(|table| grounds::record(&table.act, &table.grounds).map(Change::SetGrounds)));
    match (found.pop(), found.is_empty()) {
        (Some(change), true) => change,
        _ => Err(CliError::format(path, why("reason-change-tables"))),
    }
}

fn fit<T, E: Into<Reason>>(place: &str, value: Result<T, E>) -> Result<T, CliError> {
    value.map_err(|error| CliError::value(place, error))
}

fn words<T: std::str::FromStr>(place: &str, texts: &[String]) -> Result<Vec<T>, CliError>
where
    T::Err: Into<Reason>,
{
    texts.iter().map(|text| fit(place, text.parse())).collect()
}

fn parameters(table: &ParametersFile) -> Result<Change, CliError> {
    let parameters = Parameters {
        pace_ms: table.pace_ms,
        block_weight_max: table.block_weight_max,
        block_bytes_max: table.block_bytes_max,
        issue_within_ms: table.issue_within_ms,
        propose_timeout_ms: table.propose_timeout_ms,
        vote_timeout_ms: table.vote_timeout_ms,
        validator_delay_ms: table.validator_delay_ms,
        absences_max: table.absences_max,
    };
    fit("set-parameters", parameters.check())?;
    Ok(Change::SetParameters(parameters))
}

fn item(table: &ItemFile) -> Result<Change, CliError> {
    let place = format!("put-item {}", table.code);
    let unknown = |what: &str, word: &str| {
        CliError::value(&place, why("reason-unknown-word").with("what", what).with("word", word))
    };
    let approval =
        table.approval.as_deref().map(|word| Approval::from_word(word).ok_or_else(|| unknown("approval", word)));
    let mut powers = Vec::new();
    for (act, power) in &table.powers {
        powers.push(Power {
            act: fit(&place, act.parse())?,
            roles: words(&place, &power.roles)?,
            name_zh: fit(&place, Text::new(power.zh.as_str()))?,
            name_en: fit(&place, Text::new(power.en.as_str()))?,
        });
    }
    Ok(Change::PutItem(Item {
        code: fit(&place, table.code.parse())?,
        version: 1,
        kind: ItemKind::from_word(&table.kind).ok_or_else(|| unknown("kind", &table.kind))?,
        name_zh: fit(&place, Text::new(table.name.zh.as_str()))?,
        name_en: fit(&place, Text::new(table.name.en.as_str()))?,
        legal_basis: fit(&place, Text::new(table.legal_basis.as_str()))?,
        exercising: words(&place, &table.exercising)?,
        powers,
        active: table.active,
        approval: approval.transpose()?,
        number_class: table.number_class.as_deref().map(|class| fit(&place, class.parse())).transpose()?,
        promised_minutes: table.promised_minutes,
        statutory_days: table.statutory_days,
        in_person: table.in_person,
        parties: words(&place, &table.parties)?,
        variants: words(&place, &table.variants)?,
        subjects_min: table.subjects_min,
    }))
}

fn department(table: &DepartmentFile) -> Result<Change, CliError> {
    let place = format!("put-department {}", table.id);
    let mut numbering = Vec::new();
    for entry in &table.numbering {
        numbering.push(NumberWord { class: fit(&place, entry.class.parse())?, word: fit(&place, entry.word.parse())? });
    }
    let regions = identity::china::Regions::bundled();
    let credit_code = match &table.credit_code {
        Some(text) => {
            let checked = fit(&place, identity::china::CreditCode::parse(text, &regions))?;
            Some(fit(&place, Text::new(checked.value.as_str()))?)
        }
        None => None,
    };
    Ok(Change::PutDepartment(Department {
        id: fit(&place, table.id.parse())?,
        name_zh: fit(&place, Text::new(table.name.zh.as_str()))?,
        name_en: fit(&place, Text::new(table.name.en.as_str()))?,
        roles: words(&place, &table.roles)?,
        administration: Vec::new(),
        administration_threshold: 0,
        numbering,
        active: true,
        credit_code,
        successor: None,
    }))
}

fn validators(tables: &[ValidatorFile]) -> Result<Change, CliError> {
    let place = "set-validators";
    let mut validators = Vec::new();
    for table in tables {
        let (department, key) = (fit(place, table.department.parse())?, public_key(place, &table.key)?);
        validators.push(Validator { department, suite: Suite::Ed25519Sha256, key, power: table.power });
    }
    let set = fit(place, ledger::validator::ValidatorSet::new(validators))?;
    Ok(Change::SetValidators(SetValidators { validators: set.validators().to_vec() }))
}

fn administration(table: &AdministrationFile) -> Result<Change, CliError> {
    let place = "set-administration";
    let mut keys = Vec::new();
    for entry in &table.keys {
        let mut possession = [0; 64];
        fit(place, hex::decode_to_slice(&entry.possession, &mut possession))?;
        keys.push(NewKey {
            suite: Suite::Ed25519Sha256,
            key: public_key(place, &entry.key)?,
            possession: Signature(possession),
        });
    }
    let department = fit(place, table.department.parse())?;
    Ok(Change::SetAdministration(SetAdministration { department, keys, threshold: table.threshold }))
}

fn public_key(place: &str, text: &str) -> Result<PublicKey, CliError> {
    let mut bytes = [0; 32];
    fit(place, hex::decode_to_slice(text, &mut bytes))?;
    fit(place, PublicKey::from_bytes(&bytes))
}
