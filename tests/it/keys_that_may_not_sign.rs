//! Suspended, revoked, frozen, expired, not yet valid, unknown, of a retired department: judged at the block's time.

use ledger::action::Action;
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::executor::{CheckError, check_statement};
use ledger::limits::FREEZE_MS;
use ledger::record::{KeyRecord, KeyStatus, Purpose, RetireDepartment};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::KeyUse;
use ledger::types::{OfficerId, TimeMs};
use yinxin_tests::sample::{SampleChain, approve, draft, draft_copy, id, issue, key, word};
use yinxin_tests::story::{administer, change_validators, new_key, pass, person};

/// Two departments, each by its administration.
const FREEZERS: [&str; 4] = ["court-admin-1", "court-admin-2", "police-admin-1", "police-admin-3"];
const DAY: u64 = 24 * 3600 * 1000;

fn register(chain: &SampleChain, name: &str, not_before: TimeMs, not_after: TimeMs) -> Action {
    Action::RegisterKey(RegisterKey {
        key: new_key(chain, "notary", KeyUse::Officer(OfficerId(id(name).0)), &key(name)),
        purpose: Purpose::Officer,
        officer: Some(OfficerId(id(name).0)),
        titles: vec![word("notary")],
        unit: Some(word("centre")),
        not_before,
        not_after,
    })
}

fn suspend(name: &str) -> Action {
    Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: word("lost") })
}

fn resume(name: &str) -> Action {
    Action::ResumeKey(ResumeKey { key: key(name).public().id() })
}

fn revoke(name: &str) -> Action {
    Action::RevokeKey(RevokeKey { key: key(name).public().id(), reason: word("left-office") })
}

fn freeze(name: &str) -> Action {
    Action::FreezeKey(FreezeKey { key: key(name).public().id(), reason: word("stolen") })
}

/// A draft by this key, judged as if a block were made at `time`.
fn drafts_at(chain: &mut SampleChain, name: &str, time: TimeMs) -> Result<(), Rejection> {
    let exp = time.0 / 1000 + 60;
    let statement = chain.unsigned("notary", name, draft_copy("new")).expiring(exp).sign(&key(name));
    check_statement(&chain.chain, &(), &statement, time).map_err(|error| match error {
        CheckError::Rejected(rejection) => rejection,
        CheckError::Fault(fault) => panic!("{fault}"),
    })
}

fn drafts(chain: &mut SampleChain, name: &str) -> Result<(), Rejection> {
    let time = chain.time().plus(1_000);
    drafts_at(chain, name, time)
}

fn status(chain: &SampleChain, name: &str) -> KeyRecord {
    chain.record(&StateKey::key(&key(name).public().id())).unwrap()
}

#[test]
fn a_suspended_key_signs_nothing_until_it_is_resumed() {
    let mut chain = SampleChain::default();
    assert_eq!(drafts(&mut chain, "notary-zhang"), Ok(()));
    chain.submit("notary", &["notary-zhang"], suspend("notary-zhang")).unwrap();
    assert_eq!(drafts(&mut chain, "notary-zhang"), Err(Rejection::KeySuspended));
    assert_eq!(chain.submit("notary", &["notary-zhang"], resume("notary-zhang")), Err(Rejection::KeySuspended));
    assert_eq!(drafts(&mut chain, "notary-zhang-spare"), Ok(()), "the person's other key stands");
    administer(&mut chain, "notary", resume("notary-zhang")).unwrap();
    assert_eq!(drafts(&mut chain, "notary-zhang"), Ok(()));
    assert_eq!(administer(&mut chain, "notary", resume("notary-zhang")), Err(Rejection::WrongStatus));
}

#[test]
fn a_revoked_key_is_gone_for_good() {
    let mut chain = SampleChain::default();
    administer(&mut chain, "notary", revoke("notary-zhang")).unwrap();
    assert_eq!(drafts(&mut chain, "notary-zhang"), Err(Rejection::KeyRevoked));
    assert_eq!(administer(&mut chain, "notary", resume("notary-zhang")), Err(Rejection::WrongStatus));
    assert_eq!(administer(&mut chain, "notary", suspend("notary-zhang")), Err(Rejection::WrongStatus));
    assert_eq!(administer(&mut chain, "notary", revoke("notary-zhang")), Err(Rejection::WrongStatus));
    let (now, later) = (chain.time(), chain.time().plus(DAY));
    let again = register(&chain, "notary-zhang", now, later);
    assert_eq!(administer(&mut chain, "notary", again), Err(Rejection::AlreadyExists));
    assert_eq!(status(&chain, "notary-zhang").status, KeyStatus::Revoked);
}

#[test]
fn two_departments_freeze_a_key_for_72_hours() {
    let mut chain = SampleChain::default();
    assert_eq!(chain.submit("court", &["court-admin-1"], freeze("notary-zhang")), Err(Rejection::SecondSignerMissing));
    chain.submit("court", &["court-admin-1", "police-admin-3"], freeze("notary-zhang")).unwrap_err();
    chain.submit("court", &FREEZERS, freeze("notary-zhang")).unwrap();
    let thaw = chain.time().plus(FREEZE_MS);
    assert_eq!(status(&chain, "notary-zhang").frozen_until, Some(thaw));
    assert_eq!(drafts(&mut chain, "notary-zhang"), Err(Rejection::KeyFrozen));
    assert_eq!(chain.submit("notary", &["notary-zhang"], suspend("notary-zhang")), Err(Rejection::KeyFrozen));
    assert_eq!(drafts_at(&mut chain, "notary-zhang", TimeMs(thaw.0 - 1)), Err(Rejection::KeyFrozen));
    assert_eq!(drafts_at(&mut chain, "notary-zhang", thaw), Ok(()));
    administer(&mut chain, "notary", suspend("notary-zhang")).unwrap();
    administer(&mut chain, "notary", resume("notary-zhang")).unwrap();
    assert_eq!(drafts(&mut chain, "notary-zhang"), Err(Rejection::KeyFrozen), "resuming does not thaw");
}

#[test]
fn validity_begins_and_ends_at_its_block_time() {
    let mut chain = SampleChain::default();
    let begin = chain.time().plus(DAY);
    let end = begin.plus(DAY);
    let new = register(&chain, "notary-new", begin, end);
    administer(&mut chain, "notary", new).unwrap();
    let mut at = |time| drafts_at(&mut chain, "notary-new", time);
    assert_eq!(at(TimeMs(begin.0 - 1)), Err(Rejection::KeyNotYetValid));
    assert_eq!(at(begin), Ok(()));
    assert_eq!(at(TimeMs(end.0 - 1)), Ok(()));
    assert_eq!(at(end), Err(Rejection::KeyExpired));
}

#[test]
fn a_key_is_registered_with_a_validity_of_at_most_ten_years_and_its_own_consent() {
    let mut chain = SampleChain::default();
    let now = chain.time();
    let year = 366 * DAY;
    for (not_before, not_after) in [
        (now, now),
        (now.plus(2), now.plus(1)),
        (TimeMs(0), now),
        (now, now.plus(10 * year + DAY)),
        (now, TimeMs(u64::MAX)),
    ] {
        let action = register(&chain, "notary-new", not_before, not_after);
        assert_eq!(administer(&mut chain, "notary", action), Err(Rejection::ValidityOutOfRange));
    }
    let Action::RegisterKey(good) = register(&chain, "notary-new", now, now.plus(year)) else {
        panic!("a registration")
    };
    let refused = |chain: &mut SampleChain, body: RegisterKey| {
        administer(chain, "notary", Action::RegisterKey(body)).unwrap_err()
    };
    for purpose in
        [Purpose::Administration, Purpose::Consensus, Purpose::Network, Purpose::RelyingParty, Purpose::Holder]
    {
        assert_eq!(refused(&mut chain, RegisterKey { purpose, ..good.clone() }), Rejection::WrongPurpose);
    }
    assert_eq!(refused(&mut chain, RegisterKey { officer: None, ..good.clone() }), Rejection::OutOfRange);
    assert_eq!(refused(&mut chain, RegisterKey { purpose: Purpose::Seal, ..good.clone() }), Rejection::OutOfRange);
    assert_eq!(refused(&mut chain, RegisterKey { titles: vec![word("a"); 9], ..good.clone() }), Rejection::OutOfRange);
    let meant = KeyUse::Officer(OfficerId(id("notary-new").0));
    let for_police = new_key(&chain, "police", meant, &key("notary-new"));
    assert_eq!(refused(&mut chain, RegisterKey { key: for_police, ..good.clone() }), Rejection::PossessionUnproven);
    administer(&mut chain, "notary", Action::RegisterKey(good)).unwrap();
}

#[test]
fn an_endorsement_by_a_key_that_may_not_sign_counts_for_nothing() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    chain.submit("notary", &["notary-zhang"], draft("first", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("first")).unwrap();
    chain.submit("notary", &["notary-seal"], suspend("notary-seal")).unwrap();
    let keys = ["notary-zhang", "notary-seal"];
    assert_eq!(chain.submit("notary", &keys, issue("first")), Err(Rejection::KeySuspended));
    administer(&mut chain, "notary", resume("notary-seal")).unwrap();
    chain.submit("court", &FREEZERS, freeze("notary-seal")).unwrap();
    assert_eq!(chain.submit("notary", &keys, issue("first")), Err(Rejection::KeyFrozen));
    administer(&mut chain, "notary", revoke("notary-seal")).unwrap();
    assert_eq!(chain.submit("notary", &keys, issue("first")), Err(Rejection::KeyRevoked));
    assert_eq!(chain.submit("notary", &["notary-zhang", "nobody"], issue("first")), Err(Rejection::KeyUnknown));
}

#[test]
fn keys_that_are_no_officers_are_unknown_to_the_rules() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    for name in ["nobody", "notary-consensus", "wang-holder"] {
        assert_eq!(drafts(&mut chain, name), Err(Rejection::KeyUnknown), "{name}");
    }
}

#[test]
fn a_retired_department_signs_nothing_more() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "court leaves", &["justice", "notary", "police"]);
    let change =
        ledger::record::Change::RetireDepartment(RetireDepartment { department: word("court"), successor: None });
    pass(&mut chain, "retire court", change).unwrap();
    let opened = yinxin_tests::story::open_case("case");
    assert_eq!(chain.submit("court", &["court-judge"], opened), Err(Rejection::DepartmentInactive));
    assert_eq!(
        chain.submit("police", &["police-admin-1", "court-admin-1"], freeze("notary-zhang")),
        Err(Rejection::DepartmentInactive)
    );
    let vote = yinxin_tests::story::vote("retire court", true);
    assert_eq!(administer(&mut chain, "court", vote), Err(Rejection::DepartmentInactive));
}
