//! What gives no certificate: persons whose attestation ended, items withdrawn, signers who are no notaries any more.

use ledger::action::Action;
use ledger::action::identity::Revoke;
use ledger::action::key::{RegisterKey, RevokeKey};
use ledger::action::notarial::{Approve, Draft, Issue, Supersede, Void};
use ledger::crypto::Hash;
use ledger::record::{CertificateStatus, Change, Item, NotarialCertificate, Purpose};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::{OfficerId, RecordId};
use yinxin_tests::sample::{
    SampleChain, approve, draft, draft_copy, id, issue, issue_about, item_ref, key, register_identity, word,
};
use yinxin_tests::story::{administer, issued, new_key, pass, person};

fn drafted(name: &str, subjects: &[&str]) -> SampleChain {
    let mut chain = SampleChain::default();
    ["wang", "li"].into_iter().for_each(|one| person(&mut chain, one));
    chain.submit("notary", &["notary-zhang"], draft(name, subjects)).unwrap();
    chain
}

fn revoke(chain: &mut SampleChain, name: &str) {
    let revoke = Revoke { identity: id(name), reason: word("forged"), text: None };
    chain.submit("police", &["police-officer"], Action::RevokeIdentity(revoke)).unwrap();
}

fn approve_about(name: &str, subjects: &[&str]) -> Action {
    let subjects = Some(subjects.iter().map(|subject| id(subject)).collect::<Vec<RecordId>>());
    Action::Approve(Approve { certificate: id(name), year: 2026, serial: None, subjects })
}

/// MISSION 3: issuing is refused unless every attestation is current; this one was revoked between draft and issue.
#[test]
fn nothing_is_issued_about_a_revoked_attestation() {
    let mut chain = drafted("first", &["wang", "li"]);
    revoke(&mut chain, "wang");
    let named = chain.submit("notary", &["notary-head"], approve_about("first", &["wang", "li"]));
    assert_eq!(named, Err(Rejection::SubjectNotInForce), "who knows the subjects uses no number up");
    chain.submit("notary", &["notary-head"], approve("first")).unwrap();
    let outcome = chain.submit("notary", &["notary-zhang", "notary-seal"], issue_about("first", &["wang", "li"]));
    assert_eq!(outcome, Err(Rejection::SubjectNotInForce));
}

#[test]
fn who_issues_names_the_subjects_of_the_draft() {
    let mut chain = drafted("first", &["wang", "li"]);
    person(&mut chain, "zhao");
    chain.submit("notary", &["notary-head"], approve_about("first", &["li", "wang"])).unwrap();
    for other in [&[][..], &["wang"], &["wang", "zhao"], &["wang", "li", "zhao"], &["wang", "wang"]] {
        let outcome = chain.submit("notary", &["notary-zhang", "notary-seal"], issue_about("first", other));
        assert_eq!(outcome, Err(Rejection::SubjectsNotNamed), "{other:?}");
    }
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue_about("first", &["li", "wang"])).unwrap();
}

#[test]
fn an_item_says_how_many_persons_its_certificates_are_about() {
    let mut chain = SampleChain::default();
    let nobody = chain.submit("notary", &["notary-zhang"], draft("first", &[]));
    assert_eq!(nobody, Err(Rejection::SubjectsTooFew), "left out, the item asks for one");
    chain.submit("notary", &["notary-zhang"], draft_copy("copy")).unwrap();
    chain.submit("notary", &["notary-zhang"], approve("copy")).unwrap();
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue_about("copy", &[])).unwrap();
    let item: Item = chain.record(&StateKey::item(&word("notarial.copy"))).unwrap();
    let many = Item { version: 2, subjects_min: Some(9), ..item };
    assert_eq!(pass(&mut chain, "nine", Change::PutItem(many)), Err(Rejection::ChangeInvalid));
}

/// Governance withdraws an item, or gives it to another office; drafts kept in stock give no certificates any more.
#[test]
fn a_withdrawn_item_gives_no_new_certificates() {
    for (active, rejection) in [(false, Rejection::ItemWithdrawn), (true, Rejection::PowerMissing)] {
        let mut chain = drafted("first", &["wang"]);
        chain.submit("notary", &["notary-zhang"], draft("second", &["wang"])).unwrap();
        chain.submit("notary", &["notary-head"], approve("second")).unwrap();
        issued(&mut chain, "third");
        let item: Item = chain.record(&StateKey::item(&word("notarial.birth"))).unwrap();
        let changed = Item { version: 2, active, exercising: vec![word("justice")], ..item };
        pass(&mut chain, "withdraw", Change::PutItem(changed)).unwrap();
        assert_eq!(chain.submit("notary", &["notary-head"], approve("first")), Err(rejection));
        assert_eq!(chain.submit("notary", &["notary-zhang", "notary-seal"], issue("second")), Err(rejection));
        let void = Void { certificate: id("second"), reason: word("not-collected") };
        chain.submit("notary", &["notary-zhang"], Action::Void(void)).unwrap();
        let annul =
            ledger::action::notarial::Annul { certificate: id("third"), reason: word("forged-paper"), text: None };
        assert_eq!(chain.submit("notary", &["notary-li", "notary-head"], Action::Annul(annul)), Ok(()));
    }
}

/// Zhang's keys lose the title; a key of a clerk who is the same person remains.
fn zhang_is_no_notary_any_more(chain: &mut SampleChain) {
    for name in ["notary-zhang", "notary-zhang-spare"] {
        let action = RevokeKey { key: key(name).public().id(), reason: word("no-longer-notary") };
        administer(chain, "notary", Action::RevokeKey(action)).unwrap();
    }
    let officer = OfficerId(id("zhang").0);
    let clerk = RegisterKey {
        key: new_key(chain, "notary", KeyUse::Officer(officer), &key("clerk")),
        purpose: Purpose::Officer,
        officer: Some(officer),
        titles: Vec::new(),
        unit: None,
        not_before: chain.time(),
        not_after: chain.time().plus(1_000_000_000),
    };
    administer(chain, "notary", Action::RegisterKey(clerk)).unwrap();
}

/// The item needs no second person, so the approval is the notary's own; the number too.
#[test]
fn who_is_no_notary_any_more_uses_no_number_up() {
    let mut chain = SampleChain::default();
    for name in ["first", "second"] {
        chain.submit("notary", &["notary-zhang"], draft_copy(name)).unwrap();
    }
    chain.submit("notary", &["notary-zhang"], approve("second")).unwrap();
    zhang_is_no_notary_any_more(&mut chain);
    assert_eq!(chain.submit("notary", &["clerk"], approve("first")), Err(Rejection::TitleMissing));
    let void = || Action::Void(Void { certificate: id("second"), reason: word("not-collected") });
    assert_eq!(chain.submit("notary", &["clerk"], void()), Err(Rejection::TitleMissing));
    chain.submit("notary", &["notary-head"], void()).unwrap();
}

/// A birth certificate is "replaced" by a stranger's copy.
#[test]
fn a_replacement_is_of_the_same_item() {
    let mut chain = drafted("unused", &["wang"]);
    issued(&mut chain, "birth");
    let body = Draft {
        certificate: id("copy"),
        item: item_ref("notarial.copy"),
        matter: Hash::sha256(b"m"),
        subjects: vec![id("li")],
    };
    chain.submit("notary", &["notary-zhang"], Action::Draft(body)).unwrap();
    chain.submit("notary", &["notary-head"], approve("copy")).unwrap();
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue_about("copy", &["li"])).unwrap();
    let body = Supersede { certificate: id("birth"), replacement: id("copy"), reason: word("wrong-fact"), text: None };
    let outcome = chain.submit("notary", &["notary-zhang", "notary-head"], Action::Supersede(body));
    assert_eq!(outcome, Err(Rejection::WrongReplacement));
    let birth: NotarialCertificate = chain.record(&StateKey::certificate(&id("birth"))).unwrap();
    assert_eq!(birth.status, CertificateStatus::Issued);
}

/// A key has one use: a validator's or an officer's is no holder's.
#[test]
fn a_key_in_use_is_no_holders_key() {
    let mut chain = SampleChain::default();
    for name in ["court-consensus", "notary-head", "police-admin-1"] {
        let Action::RegisterIdentity(mut body) = register_identity(&chain.context(), name) else { panic!() };
        body.holder = key(name).public();
        let meant = KeyUse::Holder(id(name));
        let message = possession_bytes(&chain.context().chain, &word("police"), meant, &body.holder.id());
        body.possession = key(name).sign(&message);
        let outcome = chain.submit("police", &["police-officer"], Action::RegisterIdentity(body));
        assert_eq!(outcome, Err(Rejection::AlreadyExists), "{name}");
    }
}

/// What an office states about a certificate never names more subjects than a certificate can have.
#[test]
fn more_subjects_than_a_certificate_can_have_are_not_even_read() {
    let mut chain = drafted("first", &["wang"]);
    chain.submit("notary", &["notary-head"], approve("first")).unwrap();
    let body = Issue {
        certificate: id("first"),
        document: Hash::sha256(b"d"),
        lookup: Hash::sha256(b"l"),
        subjects: Some(vec![id("wang"); 9]),
    };
    let statement = chain.statement("notary", &["notary-zhang", "notary-seal"], Action::Issue(body));
    assert!(ledger::statement::SignedStatement::decode(statement.encoded()).is_err());
}
