//! One department one vote, more than two thirds; safe ranges; nobody is held up, nobody locked out.

use ledger::action::Action;
use ledger::action::notarial::Annul;
use ledger::codec::Cbor;
use ledger::limits::PROPOSAL_LIFETIME_MS;
use ledger::record::{
    Change, Department, Item, KeyStatus, Parameters, Power, Proposal, ProposalStatus, RetireDepartment,
    SetAdministration,
};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::KeyUse;
use ledger::types::{DepartmentId, Text};
use yinxin_tests::sample::{SampleChain, approve, draft, genesis, id, key, word};
use yinxin_tests::story::{
    administer, change_validators, issued, new_key, pass, person, propose, set_administration, vote,
};

fn record<T: Cbor>(chain: &SampleChain, key: &StateKey) -> T {
    chain.record(key).unwrap()
}

fn proposal(chain: &SampleChain, name: &str) -> Proposal {
    record(chain, &StateKey::proposal(&id(name)))
}

fn pace(pace_ms: u64) -> Change {
    Change::SetParameters(Parameters { pace_ms, ..Parameters::default() })
}

fn department(chain: &SampleChain, name: &str) -> Department {
    record(chain, &StateKey::department(&word(name)))
}

fn newcomer(chain: &SampleChain) -> Department {
    let (administration, administration_threshold) = (Vec::new(), 0);
    Department {
        id: word("archive"),
        roles: vec![word("archive")],
        administration,
        administration_threshold,
        ..department(chain, "court")
    }
}

fn item(chain: &SampleChain) -> Item {
    record(chain, &StateKey::item(&word("notarial.birth")))
}

#[test]
fn more_than_two_thirds_of_the_departments_carry_a_change_and_the_last_vote_does_it() {
    let mut chain = SampleChain::default();
    administer(&mut chain, "notary", propose("faster", pace(50))).unwrap();
    administer(&mut chain, "court", vote("faster", true)).unwrap();
    assert_eq!(record::<Parameters>(&chain, &StateKey::parameters()).pace_ms, 100, "two of four are not enough");
    administer(&mut chain, "police", vote("faster", true)).unwrap();
    assert_eq!(record::<Parameters>(&chain, &StateKey::parameters()).pace_ms, 50);
    assert_eq!(proposal(&chain, "faster").status, ProposalStatus::Passed);
    assert_eq!(administer(&mut chain, "justice", vote("faster", true)), Err(Rejection::ProposalClosed));
}

#[test]
fn a_proposal_that_cannot_pass_any_more_is_rejected() {
    let mut chain = SampleChain::default();
    administer(&mut chain, "notary", propose("faster", pace(50))).unwrap();
    administer(&mut chain, "court", vote("faster", false)).unwrap();
    assert_eq!(proposal(&chain, "faster").status, ProposalStatus::Open, "three of four could still pass it");
    administer(&mut chain, "police", vote("faster", false)).unwrap();
    assert_eq!(proposal(&chain, "faster").status, ProposalStatus::Rejected);
    assert_eq!(administer(&mut chain, "justice", vote("faster", true)), Err(Rejection::ProposalClosed));
}

#[test]
fn each_department_votes_once_and_nobody_after_thirty_days() {
    let mut chain = SampleChain::default();
    administer(&mut chain, "notary", propose("faster", pace(50))).unwrap();
    assert_eq!(administer(&mut chain, "notary", vote("faster", true)), Err(Rejection::AlreadyVoted));
    administer(&mut chain, "court", vote("faster", false)).unwrap();
    assert_eq!(administer(&mut chain, "court", vote("faster", false)), Err(Rejection::AlreadyVoted));
    assert_eq!(administer(&mut chain, "court", vote("unknown", true)), Err(Rejection::RecordUnknown));
    assert_eq!(administer(&mut chain, "court", propose("faster", pace(60))), Err(Rejection::AlreadyExists));
    let end = proposal(&chain, "faster").proposed_at.plus(PROPOSAL_LIFETIME_MS);
    chain.block_at(end, Vec::new());
    assert_eq!(administer(&mut chain, "police", vote("faster", true)), Err(Rejection::ProposalClosed));
}

#[test]
fn every_parameter_has_a_safe_range() {
    const HOUR: u64 = 3_600_000;
    let mut chain = SampleChain::default();
    type Set = fn(&mut Parameters, u64);
    let ranges: [(&str, Set, u64, u64); 8] = [
        ("pace_ms", |set, value| set.pace_ms = value, 0, 5_000),
        ("block_weight_max", |set, value| set.block_weight_max = value, 1_000, 20_000),
        ("block_bytes_max", |set, value| set.block_bytes_max = value, 262_144, 4_194_304),
        ("issue_within_ms", |set, value| set.issue_within_ms = value, HOUR, 180 * 24 * HOUR),
        ("propose_timeout_ms", |set, value| set.propose_timeout_ms = value, 300, 1_000),
        ("vote_timeout_ms", |set, value| set.vote_timeout_ms = value, 100, 1_000),
        ("validator_delay_ms", |set, value| set.validator_delay_ms = value, 600_000, 720 * HOUR),
        ("absences_max", |set, value| set.absences_max = Some(value), 4, 1_000),
    ];
    for (name, set, low, high) in ranges {
        for (value, safe) in
            [(low, true), (high, true), (low.wrapping_sub(1), false), (high + 1, false), (u64::MAX, false)]
        {
            let mut parameters = Parameters::default();
            set(&mut parameters, value);
            let expected = if safe { Ok(()) } else { Err(Rejection::ParameterUnsafe) };
            let change = propose(&format!("{name} {value} {safe}"), Change::SetParameters(parameters));
            assert_eq!(administer(&mut chain, "notary", change), expected, "{name} = {value}");
        }
    }
}

#[test]
fn a_member_whose_keys_are_still_to_come_holds_nobody_up() {
    let mut chain = SampleChain::default();
    let put = Change::PutDepartment(newcomer(&chain));
    pass(&mut chain, "archive joins", put).unwrap();
    let all: Vec<DepartmentId> = record(&chain, &StateKey::departments());
    assert_eq!(all.len(), 5);
    pass(&mut chain, "three of four still do", pace(50)).unwrap();
    assert_eq!(record::<Parameters>(&chain, &StateKey::parameters()).pace_ms, 50);
    let keys = set_administration(&chain, "archive", &["archive-admin-1", "archive-admin-2", "archive-admin-3"], 2);
    pass(&mut chain, "its keys", keys).unwrap();
    pass(&mut chain, "three of five do not", pace(60)).unwrap();
    assert_eq!(proposal(&chain, "three of five do not").status, ProposalStatus::Open);
    administer(&mut chain, "archive", vote("three of five do not", true)).unwrap();
    assert_eq!(record::<Parameters>(&chain, &StateKey::parameters()).pace_ms, 60);
}

#[test]
fn new_administration_keys_end_the_old_ones() {
    let mut chain = SampleChain::default();
    let change = set_administration(&chain, "police", &["police-new-1", "police-new-2", "police-new-3"], 2);
    pass(&mut chain, "new keys", change).unwrap();
    let old = chain.record::<ledger::record::KeyRecord>(&StateKey::key(&key("police-admin-1").public().id())).unwrap();
    assert_eq!((old.status, old.status_since), (KeyStatus::Revoked, chain.time()));
    assert_eq!(administer(&mut chain, "police", propose("by old keys", pace(50))), Err(Rejection::KeyRevoked));
    assert_eq!(
        chain.submit("police", &["police-new-1"], propose("by one", pace(50))),
        Err(Rejection::ThresholdMissing)
    );
    chain.submit("police", &["police-new-1", "police-new-3"], propose("by two", pace(50))).unwrap();
}

#[test]
fn a_department_that_lost_its_keys_is_given_new_ones_by_the_others() {
    let mut chain = SampleChain::default();
    for number in 1..=3 {
        let name = format!("court-admin-{number}");
        let stop = ledger::action::key::SuspendKey { key: key(&name).public().id(), reason: word("lost") };
        chain.submit("court", &[&name], Action::SuspendKey(stop)).unwrap();
    }
    let resume = ledger::action::key::ResumeKey { key: key("court-admin-1").public().id() };
    assert_eq!(administer(&mut chain, "court", Action::ResumeKey(resume)), Err(Rejection::KeySuspended));
    let change = set_administration(&chain, "court", &["court-new-1", "court-new-2", "court-new-3"], 2);
    pass(&mut chain, "new keys", change).unwrap();
    chain.submit("court", &["court-new-1", "court-new-2"], propose("back again", pace(50))).unwrap();
}

#[test]
fn administration_keys_are_three_to_five_new_ones_each_with_its_consent() {
    let mut chain = SampleChain::default();
    let names = ["n1", "n2", "n3", "n4", "n5"];
    let mut tried = 0;
    let mut refused = |chain: &mut SampleChain, change: Change, expected: Rejection| {
        tried += 1;
        assert_eq!(administer(chain, "notary", propose(&format!("keys {tried}"), change)), Err(expected));
    };
    for (count, threshold) in [(0, 0), (1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 5), (5, 6)] {
        let change = set_administration(&chain, "police", &names[..count], threshold);
        refused(&mut chain, change, Rejection::ChangeInvalid);
    }
    let doubled = set_administration(&chain, "police", &["n1", "n1", "n2"], 2);
    refused(&mut chain, doubled, Rejection::ChangeInvalid);
    let old = set_administration(&chain, "police", &["n1", "police-admin-1", "n2"], 2);
    refused(&mut chain, old, Rejection::AlreadyExists);
    let keys = vec![
        new_key(&chain, "police", KeyUse::Administration, &key("n1")),
        new_key(&chain, "court", KeyUse::Administration, &key("n2")),
        new_key(&chain, "police", KeyUse::Administration, &key("n3")),
    ];
    let other = Change::SetAdministration(SetAdministration { department: word("police"), keys, threshold: 2 });
    refused(&mut chain, other, Rejection::PossessionUnproven);
    let unknown = set_administration(&chain, "nobody", &["n1", "n2", "n3"], 2);
    refused(&mut chain, unknown, Rejection::RecordUnknown);
}

#[test]
fn a_department_is_changed_without_touching_its_keys() {
    let mut chain = SampleChain::default();
    let police = department(&chain, "police");
    let mut refused = Vec::new();
    for change in [
        Department { administration: vec![key("thief").public().id()], administration_threshold: 1, ..police.clone() },
        Department { administration_threshold: 1, ..police.clone() },
        Department { administration: Vec::new(), ..police.clone() },
        Department { active: false, ..police.clone() },
        Department { roles: vec![word("court"); 17], ..police.clone() },
        Department { administration: vec![key("thief").public().id()], ..newcomer(&chain) },
        Department { administration_threshold: 1, ..newcomer(&chain) },
    ] {
        let name = format!("change {}", refused.len());
        refused.push(administer(&mut chain, "notary", propose(&name, Change::PutDepartment(change))));
    }
    assert_eq!(refused, vec![Err(Rejection::ChangeInvalid); 7]);
    let renamed = Department { name_en: Text::new("public security bureau").unwrap(), ..police };
    pass(&mut chain, "renamed", Change::PutDepartment(renamed.clone())).unwrap();
    assert_eq!(department(&chain, "police"), renamed);
}

#[test]
fn a_department_leaves_the_validators_before_it_retires() {
    let mut chain = SampleChain::default();
    let retire = || Change::RetireDepartment(RetireDepartment { department: word("court"), successor: None });
    assert_eq!(administer(&mut chain, "notary", propose("too soon", retire())), Err(Rejection::ChangeInvalid));
    change_validators(&mut chain, "court leaves", &["justice", "notary", "police"]);
    pass(&mut chain, "retire", retire()).unwrap();
    assert!(!department(&chain, "court").active);
    assert_eq!(administer(&mut chain, "notary", propose("twice", retire())), Err(Rejection::ChangeInvalid));
    // Three members are left, and all three are needed for more than two thirds.
    administer(&mut chain, "notary", propose("faster", pace(50))).unwrap();
    administer(&mut chain, "justice", vote("faster", true)).unwrap();
    assert_eq!(proposal(&chain, "faster").status, ProposalStatus::Open);
    administer(&mut chain, "police", vote("faster", true)).unwrap();
    assert_eq!(proposal(&chain, "faster").status, ProposalStatus::Passed);
}

#[test]
fn items_change_version_by_version_and_old_records_keep_theirs() {
    let mut chain = SampleChain::default();
    let birth = item(&chain);
    let mut tried = 0;
    let mut refused = |chain: &mut SampleChain, changed: Item| {
        tried += 1;
        let outcome = administer(chain, "notary", propose(&format!("item {tried}"), Change::PutItem(changed)));
        assert_eq!(outcome, Err(Rejection::ChangeInvalid));
    };
    for version in [0, 1, 3, u32::MAX] {
        refused(&mut chain, Item { version, ..birth.clone() });
    }
    refused(&mut chain, Item { version: 2, kind: ledger::record::ItemKind::Correction, ..birth.clone() });
    refused(&mut chain, Item { version: 2, exercising: vec![word("nobody")], ..birth.clone() });
    refused(&mut chain, Item { version: 2, powers: vec![birth.powers[0].clone(); 129], ..birth.clone() });
    refused(&mut chain, Item { code: word("notarial.new"), version: 2, ..birth.clone() });
    person(&mut chain, "wang");
    issued(&mut chain, "issued");
    chain.submit("notary", &["notary-zhang"], draft("before", &["wang"])).unwrap();
    let kept = |power: &&Power| !["approve", "annul"].contains(&power.act.as_str());
    let fewer = birth.powers.iter().filter(kept).cloned().collect();
    pass(&mut chain, "second version", Change::PutItem(Item { version: 2, powers: fewer, ..birth.clone() })).unwrap();
    assert_eq!(chain.submit("notary", &["notary-zhang"], draft("after", &["wang"])), Err(Rejection::ItemVersionOld));
    let approval = chain.submit("notary", &["notary-head"], approve("before"));
    assert_eq!(approval, Err(Rejection::PowerMissing), "what is new needs today's power");
    let annul = Annul { certificate: id("issued"), reason: word("forged-paper"), text: None };
    let outcome = chain.submit("notary", &["notary-li", "notary-head"], Action::Annul(annul));
    assert_eq!(outcome, Ok(()), "what was issued ends by the version it began with");
    let withdrawn = Item { version: 3, active: false, ..birth };
    pass(&mut chain, "withdrawn", Change::PutItem(withdrawn)).unwrap();
    let Action::Draft(body) = draft("after", &["wang"]) else { panic!("a draft") };
    let newest = ledger::record::ItemRef { version: 3, ..body.item.clone() };
    let after = Action::Draft(ledger::action::notarial::Draft { item: newest, ..body });
    assert_eq!(chain.submit("notary", &["notary-zhang"], after), Err(Rejection::ItemWithdrawn));
}

#[test]
fn a_vote_for_a_change_that_no_longer_fits_is_refused_and_leaves_no_trace() {
    let mut chain = SampleChain::default();
    let second = Item { version: 2, ..item(&chain) };
    administer(&mut chain, "notary", propose("first", Change::PutItem(second.clone()))).unwrap();
    administer(&mut chain, "court", vote("first", true)).unwrap();
    pass(&mut chain, "rival", Change::PutItem(second)).unwrap();
    let before = proposal(&chain, "first");
    assert_eq!(administer(&mut chain, "police", vote("first", true)), Err(Rejection::ProposalStale));
    assert_eq!(proposal(&chain, "first"), before);
}

#[test]
fn a_genesis_that_contradicts_itself_is_refused() {
    let good = genesis();
    assert!(good.check().is_ok());
    let refused = |change: fn(&mut ledger::genesis::Genesis)| {
        let mut genesis = genesis();
        change(&mut genesis);
        assert!(genesis.check().is_err());
    };
    refused(|genesis| genesis.version = 2);
    refused(|genesis| genesis.departments.reverse());
    refused(|genesis| genesis.keys.reverse());
    refused(|genesis| genesis.items.reverse());
    refused(|genesis| genesis.items[0].version = 2);
    refused(|genesis| genesis.departments.push(genesis.departments[0].clone()));
    refused(|genesis| drop(genesis.departments.remove(0)));
    refused(|genesis| genesis.departments[0].administration_threshold = 0);
    refused(|genesis| genesis.departments[0].administration_threshold = 4);
    refused(|genesis| genesis.departments[0].administration.push(key("nobody").public().id()));
    refused(|genesis| genesis.items[0].exercising.push(word("nobody")));
    refused(|genesis| genesis.validators.clear());
    refused(|genesis| genesis.validators[0].power = 0);
    refused(|genesis| genesis.validators[0].department = word("nobody"));
    refused(|genesis| genesis.parameters.pace_ms = 5_001);
    refused(|genesis| genesis.name = word("a-name-of-more-than-24-characters"));
}
