//! A department retires; the one that governance names answers for its records.

use ledger::action::Action;
use ledger::action::identity::Revoke;
use ledger::action::key::RegisterKey;
use ledger::action::notarial::Annul;
use ledger::record::{
    CertificateStatus, Change, Department, IdentityAttestation, IdentityStatus, Item, NotarialCertificate, Purpose,
    RetireDepartment,
};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::KeyUse;
use ledger::types::{DepartmentId, OfficerId};
use yinxin_tests::sample::{SampleChain, approve, draft, id, issue, key, word};
use yinxin_tests::story::{administer, change_validators, issued, new_key, pass, person};

fn retire(successor: Option<&str>) -> Change {
    Change::RetireDepartment(RetireDepartment { department: word("notary"), successor: successor.map(word) })
}

/// Proposed by the police, approved by court and justice: the notary office is about to leave.
fn pass_without_the_office(chain: &mut SampleChain, name: &str, change: Change) -> Result<(), Rejection> {
    administer(chain, "police", yinxin_tests::story::propose(name, change))?;
    administer(chain, "court", yinxin_tests::story::vote(name, true))?;
    administer(chain, "justice", yinxin_tests::story::vote(name, true))
}

/// The justice bureau becomes a notary office with a notary and a head, and exercises the item.
fn a_second_office(chain: &mut SampleChain) {
    let justice: Department = chain.record(&StateKey::department(&word("justice"))).unwrap();
    let roles = [&justice.roles[..], &[word("notary-office")]].concat();
    pass(chain, "office", Change::PutDepartment(Department { roles, ..justice })).unwrap();
    let item: Item = chain.record(&StateKey::item(&word("notarial.birth"))).unwrap();
    let exercising: Vec<DepartmentId> = vec![word("justice"), word("notary")];
    pass(chain, "item", Change::PutItem(Item { version: 2, exercising, ..item })).unwrap();
    for (name, person, title) in [("j-notary", "ma", "notary"), ("j-head", "hu", "head")] {
        let officer = OfficerId(id(person).0);
        let body = RegisterKey {
            key: new_key(chain, "justice", KeyUse::Officer(officer), &key(name)),
            purpose: Purpose::Officer,
            officer: Some(officer),
            titles: vec![word(title)],
            unit: None,
            not_before: chain.time(),
            not_after: chain.time().plus(100_000_000_000),
        };
        administer(chain, "justice", Action::RegisterKey(body)).unwrap();
    }
}

fn annul(chain: &mut SampleChain) -> Result<(), Rejection> {
    let body = Annul { certificate: id("first"), reason: word("forged-paper"), text: None };
    chain.submit("justice", &["j-notary", "j-head"], Action::Annul(body))
}

fn story() -> SampleChain {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "first");
    chain.submit("notary", &["notary-zhang"], draft("second", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("second")).unwrap();
    a_second_office(&mut chain);
    assert_eq!(annul(&mut chain), Err(Rejection::OtherDepartment), "only the issuing office, while it is there");
    change_validators(&mut chain, "leaves", &["court", "justice", "police"]);
    chain
}

#[test]
fn the_successor_of_an_office_annuls_its_certificates_and_says_so() {
    let mut chain = story();
    pass_without_the_office(&mut chain, "retire", retire(Some("justice"))).unwrap();
    assert_eq!(annul(&mut chain), Ok(()));
    let record: NotarialCertificate = chain.record(&StateKey::certificate(&id("first"))).unwrap();
    assert_eq!((record.status, &record.office), (CertificateStatus::Annulled, &word("notary")));
    assert_eq!(record.ended.unwrap().by, Some(word("justice")));
    let outcome = chain.submit("justice", &["j-notary", "j-head"], issue("second"));
    assert!(outcome.is_err(), "numbers are the old office's own: {outcome:?}");
}

#[test]
fn a_successor_is_named_later_too_and_must_be_a_member() {
    let mut chain = story();
    pass_without_the_office(&mut chain, "retire", retire(None)).unwrap();
    assert_eq!(annul(&mut chain), Err(Rejection::OtherDepartment));
    for nobody in ["notary", "stranger"] {
        let outcome = pass_without_the_office(&mut chain, nobody, retire(Some(nobody)));
        assert_eq!(outcome, Err(Rejection::ChangeInvalid), "{nobody}");
    }
    pass_without_the_office(&mut chain, "named", retire(Some("justice"))).unwrap();
    assert_eq!(annul(&mut chain), Ok(()));
}

/// The police retire, then their successor does; its own successor answers for both.
#[test]
fn attestations_of_a_retired_department_are_revoked_by_who_succeeds_it() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    let court: Department = chain.record(&StateKey::department(&word("court"))).unwrap();
    let roles = [&court.roles[..], &[word("public-security")]].concat();
    pass(&mut chain, "role", Change::PutDepartment(Department { roles, ..court })).unwrap();
    let item: Item = chain.record(&StateKey::item(&word("identity.natural"))).unwrap();
    pass(&mut chain, "item", Change::PutItem(Item { version: 2, exercising: vec![word("court")], ..item })).unwrap();
    let revoke = || Action::RevokeIdentity(Revoke { identity: id("wang"), reason: word("forged"), text: None });
    assert_eq!(chain.submit("court", &["court-judge"], revoke()), Err(Rejection::OtherDepartment));
    change_validators(&mut chain, "police leave", &["court", "justice", "notary"]);
    let retired = |department: &str, successor: &str| {
        Change::RetireDepartment(RetireDepartment { department: word(department), successor: Some(word(successor)) })
    };
    pass(&mut chain, "police retire", retired("police", "justice")).unwrap();
    assert_eq!(chain.submit("court", &["court-judge"], revoke()), Err(Rejection::OtherDepartment));
    let left = ["court", "justice", "notary"];
    for (name, change) in [
        ("justice leaves", yinxin_tests::story::validators_of(&["court", "notary"])),
        ("justice retires", retired("justice", "court")),
    ] {
        administer(&mut chain, left[2], yinxin_tests::story::propose(name, change)).unwrap();
        administer(&mut chain, left[0], yinxin_tests::story::vote(name, true)).unwrap();
        administer(&mut chain, left[1], yinxin_tests::story::vote(name, true)).unwrap();
        chain.block_at(chain.time().plus(3_600_000), Vec::new());
    }
    chain.submit("court", &["court-judge"], revoke()).unwrap();
    let record: IdentityAttestation = chain.record(&StateKey::identity(&id("wang"))).unwrap();
    assert_eq!((record.status, record.changed.unwrap().by), (IdentityStatus::Revoked, Some(word("court"))));
}
