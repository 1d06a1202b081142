//! What an attacker found open once, and must not find open again. Each test says how it ought to be.

use ledger::action::Action;
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::block::SignedHeader;
use ledger::bundle::Bundle;
use ledger::executor::check_statement;
use ledger::genesis::Genesis;
use ledger::light;
use ledger::record::{Change, NewKey, Parameters, Purpose, SetValidators};
use ledger::rejection::Rejection;
use ledger::statement::KeyUse;
use ledger::types::{OfficerId, Text};
use yinxin_tests::sample::{
    DEPARTMENTS, SampleChain, approve, draft, draft_copy, genesis, id, issue, key, register_identity, validator_set,
    word,
};
use yinxin_tests::story::{
    administer, certified_by, change_validators, consensus_keys, new_key, person, propose, ready, schedule,
    validators_of, vote,
};

fn freeze(name: &str) -> Action {
    Action::FreezeKey(FreezeKey { key: key(name).public().id(), reason: word("stolen") })
}

fn register(chain: &SampleChain, name: &str, person: &str, titles: &[&str]) -> Action {
    Action::RegisterKey(RegisterKey {
        key: new_key(chain, "notary", KeyUse::Officer(OfficerId(id(person).0)), &key(name)),
        purpose: Purpose::Officer,
        officer: Some(OfficerId(id(person).0)),
        titles: titles.iter().map(|title| word(title)).collect(),
        unit: None,
        not_before: chain.time(),
        not_after: chain.time().plus(1_000_000_000),
    })
}

/// Freezes every administration key but the freezers' own, and says whose administration still works.
fn after_freezing_all_others(freezers: &[&str]) -> [Result<(), Rejection>; 4] {
    let mut chain = SampleChain::default();
    for department in DEPARTMENTS {
        for number in 1..=3 {
            let name = format!("{department}-admin-{number}");
            if !freezers.contains(&name.as_str()) {
                let _ = chain.submit("court", freezers, freeze(&name));
            }
        }
    }
    let change = || Change::SetParameters(Parameters::default());
    DEPARTMENTS.map(|department| administer(&mut chain, department, propose(department, change())))
}

/// Two thieves with ONE administration key each, of two departments, below every threshold.
#[test]
fn two_leaked_keys_do_not_lock_everybody_out() {
    let outcomes = after_freezing_all_others(&["court-admin-1", "police-admin-1"]);
    assert_eq!(outcomes, [Ok(()); 4]);
}

/// Two departments as a whole freeze the administration keys of all others, and again every 72 hours: nobody else can
/// propose, vote, revoke or register any more, and two of four can change nothing by themselves.
#[test]
fn two_departments_do_not_lock_everybody_else_out() {
    let freezers = ["court-admin-1", "court-admin-2", "police-admin-1", "police-admin-2"];
    let mut chain = SampleChain::default();
    let mut freezing = |name: &str| chain.submit("court", &freezers, freeze(name));
    assert_eq!(freezing("notary-admin-1"), Ok(()));
    assert_eq!(freezing("notary-admin-2"), Err(Rejection::LastKeys));
    let change = propose("still here", Change::SetParameters(Parameters::default()));
    assert_eq!(chain.submit("notary", &["notary-admin-2", "notary-admin-3"], change), Ok(()));
}

/// Two of three consent to let a key sign again; the statement is made with both consents. Later both suspend the key.
/// The third, who holds both consents, repeats the action with one of them left out: another id, the same nonce.
#[test]
fn a_consent_given_once_counts_once() {
    let mut chain = SampleChain::default();
    let officer = key("notary-zhang").public().id();
    let suspend = || Action::SuspendKey(SuspendKey { key: officer, reason: word("lost") });
    administer(&mut chain, "notary", suspend()).unwrap();
    let unsigned = chain.unsigned("notary", "notary-admin-1", Action::ResumeKey(ResumeKey { key: officer }));
    let one = unsigned.clone().endorsed_by(&key("notary-admin-2"));
    let both = one.clone().endorsed_by(&key("notary-admin-3"));
    assert!(chain.block(vec![both.sign(&key("notary-admin-1"))]).is_empty());
    chain.submit("notary", &["notary-admin-2", "notary-admin-3"], suspend()).unwrap();
    let again = one.sign(&key("notary-admin-1"));
    assert_eq!(chain.block(vec![again]), vec![Rejection::Replayed], "one administrator alone let it sign again");
}

/// Characters that Unicode calls default-ignorable: they show as nothing at all.
#[test]
fn invisible_characters_are_refused_in_texts() {
    let invisible = "\u{ad}\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180c}\u{180d}\u{180f}\u{3164}\u{ffa0}\u{1bca0}\u{1d173}\u{1d17a}\u{fff0}\u{2800}";
    let taken: Vec<String> = invisible
        .chars()
        .filter(|c| Text::new(format!("公证{c}处")).is_ok())
        .map(|c| format!("U+{:04X}", u32::from(c)))
        .collect();
    assert!(taken.is_empty(), "{taken:?}");
}

/// A key has exactly one purpose, and a consensus key is used for nothing else.
#[test]
fn a_consensus_key_is_no_officers_key_and_the_other_way_round() {
    let mut chain = SampleChain::default();
    let action = register(&chain, "notary-consensus", "zhang", &["notary"]);
    let as_officer = administer(&mut chain, "notary", action);
    let mut validators = validator_set(&DEPARTMENTS).validators().to_vec();
    let own = validators.iter_mut().find(|validator| validator.department == word("notary")).unwrap();
    own.key = key("notary-admin-1").public();
    let as_validator =
        administer(&mut chain, "notary", propose("officer's key", Change::SetValidators(SetValidators { validators })));
    assert!(as_officer.is_err() && as_validator.is_err(), "{as_officer:?} {as_validator:?}");
}

/// The power that moves is counted by key: a key that changes its department moves nothing.
#[test]
fn a_validator_that_changes_its_department_is_a_change() {
    let mut chain = SampleChain::default();
    let mut validators = validator_set(&DEPARTMENTS).validators().to_vec();
    let first = validators[0].department.clone();
    for index in 0..3 {
        validators[index].department = validators[index + 1].department.clone();
    }
    validators[3].department = first;
    let change = Change::SetValidators(SetValidators { validators });
    assert_eq!(administer(&mut chain, "notary", propose("swap", change)), Err(Rejection::ValidatorChangeUnsafe));
}

/// Zhang was a notary when drafting; the office has taken the title since. Issuing needs a notary's signature.
#[test]
fn who_is_no_notary_any_more_issues_nothing() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    chain.submit("notary", &["notary-zhang"], draft("first", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("first")).unwrap();
    for name in ["notary-zhang", "notary-zhang-spare"] {
        let action = RevokeKey { key: key(name).public().id(), reason: word("no-longer-notary") };
        administer(&mut chain, "notary", Action::RevokeKey(action)).unwrap();
    }
    let clerk = register(&chain, "zhang-as-clerk", "zhang", &[]);
    administer(&mut chain, "notary", clerk).unwrap();
    let outcome = chain.submit("notary", &["zhang-as-clerk", "notary-seal"], issue("first"));
    assert_eq!(outcome, Err(Rejection::TitleMissing));
}

/// The checkpoint holds a header's hash, and nothing compares it: a second header of that height is taken.
#[test]
fn another_header_of_the_checkpoints_height_is_told() {
    let mut chain = SampleChain::default();
    (0..3).for_each(|_| drop(chain.block(Vec::new())));
    let genesis = chain.trust();
    let trust = light::verify(&chain.bundle(&[]), &genesis).unwrap().ratchet(&genesis);
    let SignedHeader { mut header, .. } = chain.signed.last().unwrap().clone();
    header.state_root = ledger::crypto::Hash::sha256(b"a fork");
    let fork = certified_by(&chain, &header, &validator_set(&DEPARTMENTS), &consensus_keys(&DEPARTMENTS));
    assert!(light::verify(&Bundle::of_head(fork), &trust).is_err());
}

/// The founding document with so many more powers of 3 kB in the item that `draft` reads.
fn genesis_with_powers(count: usize) -> Genesis {
    let mut large: Genesis = genesis();
    let item = large.items.iter_mut().find(|item| item.code == word("notarial.copy")).unwrap();
    let name = Text::new("证".repeat(500)).unwrap();
    let power = ledger::record::Power { name_zh: name.clone(), name_en: name, ..item.powers[0].clone() };
    let named = |number| ledger::record::Power { act: word(&format!("act-{number}")), ..power.clone() };
    item.powers.extend((0..count).map(named));
    large
}

/// A document that passes the check, and whose chain fails as if the disk were broken when a record of it is read.
#[test]
fn a_genesis_whose_values_cannot_be_read_is_refused() {
    let most = (0..100).rev().find(|count| genesis_with_powers(*count).check().is_ok()).unwrap();
    assert!((80..90).contains(&most), "{most} powers of 3 kB fit 262,144 bytes");
    assert!(genesis_with_powers(most + 1).check().is_err());
    let mut chain = SampleChain::new(genesis_with_powers(most));
    let statement = chain.statement("notary", &["notary-zhang"], draft_copy("first"));
    let outcome = check_statement(&chain.chain, &(), &statement, chain.time());
    assert!(outcome.is_ok(), "the largest item that is taken can be read: {outcome:?}");
}

/// Administration keys that end leave nobody who could vote for new ones.
#[test]
fn administration_keys_do_not_all_expire() {
    let mut ending = genesis();
    let one = ending.keys.iter_mut().find(|record| record.purpose == Purpose::Administration).unwrap();
    one.not_after = ending.time.plus(4 * 366 * 24 * 3600 * 1000);
    assert!(ending.check().is_err(), "an administration key that ends");
    let mut chain = SampleChain::default();
    chain.block_at(chain.time().plus(4 * 366 * 24 * 3600 * 1000), Vec::new());
    let change = propose("new keys", Change::SetParameters(Parameters::default()));
    assert_eq!(administer(&mut chain, "notary", change), Ok(()));
}

/// A department of the genesis document whose threshold no statement can reach.
#[test]
fn a_founding_department_can_reach_its_threshold() {
    let mut doubled = genesis();
    let department = &mut doubled.departments[0];
    let one = department.administration[0];
    department.administration = vec![one, one];
    assert!(doubled.check().is_err(), "two of the same key");
    let mut unsorted = genesis();
    unsorted.validators.reverse();
    assert!(unsorted.check().is_err(), "validators are documented as ascending by key id");
}

/// The citizen's key consented to being a holder's key. The same signature makes it an officer's key of the police.
#[test]
fn a_holders_consent_makes_no_officer() {
    let mut chain = SampleChain::default();
    let Action::RegisterIdentity(body) = register_identity(&chain.context(), "wang") else { panic!("a registration") };
    chain.submit("police", &["police-officer"], Action::RegisterIdentity(body.clone())).unwrap();
    let Action::RegisterKey(officer) = register(&chain, "unused", "wang", &[]) else { panic!("a registration") };
    let key = NewKey { suite: body.holder_suite, key: body.holder, possession: body.possession };
    let outcome = administer(&mut chain, "police", Action::RegisterKey(RegisterKey { key, ..officer }));
    assert_eq!(outcome, Err(Rejection::PossessionUnproven));
}

/// A node that was up once need not be up when the vote passes a month later.
#[test]
fn a_joining_node_is_up_when_the_change_is_scheduled() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "court leaves", &["justice", "notary", "police"]);
    administer(&mut chain, "notary", propose("court returns", validators_of(&DEPARTMENTS))).unwrap();
    let up = ready(&chain, "court returns", "court");
    let _ = administer(&mut chain, "court", up);
    chain.block_at(chain.time().plus(29 * 24 * 3600 * 1000), Vec::new());
    administer(&mut chain, "justice", vote("court returns", true)).unwrap();
    administer(&mut chain, "police", vote("court returns", true)).unwrap();
    assert_eq!(schedule(&chain).pending, None);
}

/// The handed-over set decides from the height after the handover on, and none before.
#[test]
fn a_set_decides_nothing_before_it_is_in_force() {
    let three = ["justice", "notary", "police"];
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let genesis = chain.trust();
    let trust = light::verify(&chain.bundle(&[]), &genesis).unwrap().ratchet(&genesis);
    (0..3).for_each(|_| drop(chain.block(Vec::new())));
    let handover = change_validators(&mut chain, "court leaves", &three);
    let mut header = chain.signed[2].header.clone();
    (header.validators, header.next_validators) = (validator_set(&three).hash(), validator_set(&three).hash());
    let head = certified_by(&chain, &header, &validator_set(&three), &consensus_keys(&three));
    let bundle = Bundle { handovers: vec![handover], ..Bundle::of_head(head) };
    assert!(light::verify(&bundle, &trust).is_err());
}

/// Each subject of a certificate stands in it once.
#[test]
fn a_subject_stands_once_in_a_certificate() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    let outcome = chain.submit("notary", &["notary-zhang"], draft("first", &["wang", "wang"]));
    assert_eq!(outcome, Err(Rejection::OutOfRange));
}
