//! Founding: from a plan and fresh keys to the genesis document.

use ledger::crypto::{SecretKey, Suite};
use ledger::genesis::{GENESIS_VERSION, Genesis};
use ledger::record::{
    Approval, Department, Grounds, Item, ItemKind, KeyRecord, KeyStatus, NumberWord, Parameters, Power, Purpose,
};
use ledger::types::{Code, OfficerId, Text, TimeMs};
use ledger::validator::Validator;
use zeroize::Zeroizing;

use super::super::{beijing, grounds};
use super::plan::{DepartmentPlan, ItemPlan, NodePlan, OfficerPlan, ParametersPlan, Plan, PowerPlan};
use crate::app::random;
use crate::error::CliError;
use crate::keys::KeyCard;
use crate::reason::{Reason, why};

/// Administration keys are kept offline and changed by governance.
/// Officers' and seal keys are registered anew every two years.
const OFFICER_DAYS: u32 = 730;

/// A consortium about to be written down.
pub(crate) struct Founded {
    /// The genesis document, checked.
    pub(crate) genesis: Genesis,
    /// Keys for the key ring.
    pub(crate) keys: Vec<RingKey>,
    /// Seeds of the nodes.
    pub(crate) nodes: Vec<NodeKeys>,
}

/// A key for the key ring.
pub(crate) struct RingKey {
    /// Name within its department.
    pub(crate) name: String,
    /// Public side.
    pub(crate) card: KeyCard,
    /// Secret side.
    pub(crate) key: SecretKey,
}

/// The two keys of a node.
pub(crate) struct NodeKeys {
    /// Its department.
    pub(crate) department: String,
    /// Where it listens.
    pub(crate) place: NodePlan,
    /// Votes in consensus.
    pub(crate) consensus: SecretKey,
    /// Identifies the node to its peers.
    pub(crate) network: SecretKey,
}

/// Makes every key and the genesis document.
///
/// # Errors
/// A value of the plan that does not fit, by its place in the file.
pub(crate) fn found(plan: &Plan, now: TimeMs) -> Result<Founded, CliError> {
    let keys: Vec<Vec<RingKey>> = plan.departments.iter().map(ring_keys).collect::<Result<_, _>>()?;
    let keys: Vec<RingKey> = keys.into_iter().flatten().collect();
    let nodes: Vec<NodeKeys> = plan
        .nodes()
        .map(|(department, place)| NodeKeys {
            department: department.id.clone(),
            place: place.clone(),
            consensus: fresh(),
            network: fresh(),
        })
        .collect();
    let grounds: Vec<Grounds> =
        plan.grounds.iter().map(|(act, names)| grounds::record(act, names)).collect::<Result<_, _>>()?;
    let mut genesis = Genesis {
        version: GENESIS_VERSION,
        name: plan.name.parse().map_err(|_| CliError::value("NAME", why("reason-name")))?,
        time: now,
        departments: plan
            .departments
            .iter()
            .map(|department| department_record(department, &keys))
            .collect::<Result<_, _>>()?,
        keys: keys.iter().map(|key| key_record(&key.card, now)).collect(),
        items: plan.items.iter().map(|item| item_record(item, plan)).collect::<Result<_, _>>()?,
        validators: nodes.iter().map(validator).collect::<Result<_, _>>()?,
        parameters: parameters(&plan.parameters),
        grounds: (!plan.grounds.is_empty()).then_some(grounds),
    };
    genesis.departments.sort_by(|a, b| a.id.cmp(&b.id));
    genesis.keys.sort_by_key(|record| record.key.id());
    genesis.items.sort_by(|a, b| a.code.cmp(&b.code));
    genesis.validators.sort_by_key(|validator| validator.key.id());
    fit("network.toml", genesis.check())?;
    Ok(Founded { genesis, keys, nodes })
}

/// A value of the plan in its ledger type; says where it stands if it does not fit.
fn fit<T, E: Into<Reason>>(place: &str, value: Result<T, E>) -> Result<T, CliError> {
    value.map_err(|error| CliError::value(place, error))
}

fn fresh() -> SecretKey {
    let seed = Zeroizing::new(random::<32>());
    SecretKey::from_seed(&seed)
}

fn ring_keys(plan: &DepartmentPlan) -> Result<Vec<RingKey>, CliError> {
    let mut keys = Vec::new();
    for number in 1..=plan.administration.keys {
        keys.push(ring_key(plan, format!("admin-{number}"), Purpose::Administration, None)?);
    }
    for officer in &plan.officers {
        keys.push(ring_key(plan, officer.name.clone(), Purpose::Officer, Some(officer))?);
    }
    if plan.seal {
        keys.push(ring_key(plan, "seal".to_owned(), Purpose::Seal, None)?);
    }
    Ok(keys)
}

fn ring_key(
    plan: &DepartmentPlan,
    name: String,
    purpose: Purpose,
    officer: Option<&OfficerPlan>,
) -> Result<RingKey, CliError> {
    let key = fresh();
    let place = format!("{}/{name}", plan.id);
    let titles = officer.map(|officer| codes(&officer.titles)).transpose();
    let unit = officer.and_then(|officer| officer.unit.as_ref()).map(|unit| unit.parse()).transpose();
    let card = KeyCard {
        public: key.public(),
        purpose,
        department: fit(&place, plan.id.parse())?,
        unit: fit(&place, unit)?,
        officer: officer.map(|_| OfficerId(random())),
        titles: fit(&place, titles)?.unwrap_or_default(),
    };
    Ok(RingKey { name, card, key })
}

fn codes<T: std::str::FromStr>(words: &[String]) -> Result<Vec<T>, T::Err> {
    words.iter().map(|word| word.parse()).collect()
}

fn department_record(plan: &DepartmentPlan, keys: &[RingKey]) -> Result<Department, CliError> {
    let place = format!("department {}", plan.id);
    let own = |key: &&RingKey| key.card.department.as_str() == plan.id && key.card.purpose == Purpose::Administration;
    let numbering = plan
        .numbering
        .iter()
        .map(|entry| Ok(NumberWord { class: entry.class.parse()?, word: entry.word.parse()? }))
        .collect::<Result<_, ledger::codec::CodecError>>();
    let mut administration: Vec<_> = keys.iter().filter(own).map(|key| key.card.id()).collect();
    administration.sort();
    Ok(Department {
        id: fit(&place, plan.id.parse())?,
        name_zh: fit(&place, Text::new(plan.name.zh.as_str()))?,
        name_en: fit(&place, Text::new(plan.name.en.as_str()))?,
        roles: fit(&place, codes(&plan.roles))?,
        administration,
        administration_threshold: plan.administration.threshold,
        numbering: fit(&place, numbering)?,
        active: true,
        credit_code: plan.credit_code.as_deref().map(|code| credit_code(&place, code)).transpose()?,
        successor: None,
    })
}

fn credit_code(place: &str, code: &str) -> Result<Text, CliError> {
    let checked = fit(place, identity::china::CreditCode::parse(code, &identity::china::Regions::bundled()))?;
    fit(place, Text::new(checked.value.as_str()))
}

fn key_record(card: &KeyCard, now: TimeMs) -> KeyRecord {
    // An administration key holds until governance replaces it.
    let administers = card.purpose == Purpose::Administration;
    KeyRecord {
        department: card.department.clone(),
        suite: Suite::Ed25519Sha256,
        key: card.public,
        purpose: card.purpose,
        officer: card.officer,
        titles: card.titles.clone(),
        unit: card.unit.clone(),
        not_before: now,
        not_after: if administers { TimeMs(u64::MAX) } else { now.plus(beijing::days_ms(OFFICER_DAYS)) },
        status: KeyStatus::Active,
        status_since: now,
        frozen_until: None,
    }
}

fn validator(node: &NodeKeys) -> Result<Validator, CliError> {
    Ok(Validator {
        department: fit("department", node.department.parse())?,
        suite: Suite::Ed25519Sha256,
        key: node.consensus.public(),
        power: 1,
    })
}

fn parameters(plan: &ParametersPlan) -> Parameters {
    Parameters {
        pace_ms: plan.pace_ms,
        block_weight_max: plan.block_weight_max,
        block_bytes_max: plan.block_bytes_max,
        issue_within_ms: plan.issue_within_hours.saturating_mul(3600 * 1000),
        propose_timeout_ms: plan.propose_timeout_ms,
        vote_timeout_ms: plan.vote_timeout_ms,
        validator_delay_ms: plan.validator_delay_s.saturating_mul(1000),
        absences_max: plan.absences_max,
    }
}

fn item_record(plan: &ItemPlan, network: &Plan) -> Result<Item, CliError> {
    let place = format!("item {}", plan.code);
    let unknown = |what: &str, word: &str| {
        CliError::value(&place, why("reason-unknown-word").with("what", what).with("word", word))
    };
    let set = network.powers.get(&plan.powers).ok_or_else(|| unknown("set of powers", &plan.powers))?;
    let approval = plan
        .approval
        .as_deref()
        .map(|word| Approval::from_word(word).ok_or_else(|| unknown("approval", word)))
        .transpose()?;
    Ok(Item {
        code: fit(&place, plan.code.parse())?,
        version: 1,
        kind: ItemKind::from_word(&plan.kind).ok_or_else(|| unknown("kind", &plan.kind))?,
        name_zh: fit(&place, Text::new(plan.name.zh.as_str()))?,
        name_en: fit(&place, Text::new(plan.name.en.as_str()))?,
        legal_basis: fit(&place, Text::new(plan.legal_basis.as_str()))?,
        exercising: fit(&place, codes(&plan.exercising))?,
        powers: set.iter().map(|(act, power)| power_record(&place, act, power)).collect::<Result<_, _>>()?,
        active: true,
        approval,
        number_class: fit(&place, plan.number_class.as_deref().map(str::parse::<Code>).transpose())?,
        promised_minutes: plan.promised_minutes,
        statutory_days: plan.statutory_days,
        in_person: plan.in_person,
        parties: fit(&place, codes(&plan.parties))?,
        variants: fit(&place, codes(&plan.variants))?,
        subjects_min: plan.subjects_min,
    })
}

fn power_record(place: &str, act: &str, plan: &PowerPlan) -> Result<Power, CliError> {
    Ok(Power {
        act: fit(place, act.parse())?,
        roles: fit(place, codes(&plan.roles))?,
        name_zh: fit(place, Text::new(plan.zh.as_str()))?,
        name_en: fit(place, Text::new(plan.en.as_str()))?,
    })
}
