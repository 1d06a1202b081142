//! Keys that others freeze: for 72 hours, and then there is a rest, so that nobody is kept from working for ever.

use ledger::action::Action;
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::limits::FREEZE_MS;
use ledger::record::{FreezeMark, KeyRecord, Purpose};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::KeyUse;
use yinxin_tests::sample::{SampleChain, key, word};
use yinxin_tests::story::{administer, new_key};

const FREEZERS: [&str; 4] = ["court-admin-1", "court-admin-2", "police-admin-1", "police-admin-2"];
const OTHERS: [&str; 4] = ["court-admin-1", "court-admin-2", "justice-admin-1", "justice-admin-2"];

fn freeze(chain: &mut SampleChain, by: &[&str; 4], name: &str) -> Result<(), Rejection> {
    let action = FreezeKey { key: key(name).public().id(), reason: word("stolen") };
    chain.submit("court", by, Action::FreezeKey(action))
}

fn record(chain: &SampleChain, name: &str) -> KeyRecord {
    chain.record(&StateKey::key(&key(name).public().id())).unwrap()
}

fn frozen(chain: &SampleChain, name: &str) -> bool {
    record(chain, name).frozen_until.is_some_and(|until| chain.time() < until)
}

fn register_seal(chain: &mut SampleChain, name: &str) {
    let new = Action::RegisterKey(RegisterKey {
        key: new_key(chain, "notary", KeyUse::Seal, &key(name)),
        purpose: Purpose::Seal,
        officer: None,
        titles: vec![],
        unit: None,
        not_before: chain.time(),
        not_after: chain.time().plus(100 * FREEZE_MS),
    });
    administer(chain, "notary", new).unwrap();
}

fn wait(chain: &mut SampleChain, span_ms: u64) {
    chain.block_at(chain.time().plus(span_ms), Vec::new());
}

#[test]
fn a_freeze_is_not_lengthened_and_a_rest_follows_it() {
    let mut chain = SampleChain::default();
    let rests = Err(Rejection::FreezeRests);
    freeze(&mut chain, &FREEZERS, "notary-seal").unwrap();
    let until = record(&chain, "notary-seal").frozen_until.unwrap();
    wait(&mut chain, FREEZE_MS / 2);
    assert_eq!(freeze(&mut chain, &OTHERS, "notary-seal"), rests, "nor by another pair of departments");
    chain.block_at(until, Vec::new());
    assert!(!frozen(&chain, "notary-seal"));
    assert_eq!(freeze(&mut chain, &FREEZERS, "notary-seal"), rests);
    assert_eq!(record(&chain, "notary-seal").frozen_until, Some(until));
    chain.block_at(until.plus(FREEZE_MS - 2_000), Vec::new());
    assert_eq!(freeze(&mut chain, &FREEZERS, "notary-seal"), rests);
    chain.block_at(until.plus(FREEZE_MS), Vec::new());
    assert_eq!(freeze(&mut chain, &FREEZERS, "notary-seal"), Ok(()), "two departments freeze any key");
}

#[test]
fn a_key_registered_while_others_freeze_its_department_begins_with_its_rest() {
    let mut chain = SampleChain::default();
    register_seal(&mut chain, "before");
    assert_eq!(record(&chain, "before").frozen_until, None);
    freeze(&mut chain, &FREEZERS, "notary-seal").unwrap();
    freeze(&mut chain, &FREEZERS, "before").expect("a key from before is frozen too");
    let mark: FreezeMark = chain.record(&StateKey::frozen(&word("notary"))).unwrap();
    assert_eq!(Some(mark.until), record(&chain, "before").frozen_until);
    register_seal(&mut chain, "meanwhile");
    let found = record(&chain, "meanwhile");
    assert!(!frozen(&chain, "meanwhile") && found.frozen_until == Some(chain.time()));
    assert_eq!(freeze(&mut chain, &FREEZERS, "meanwhile"), Err(Rejection::FreezeRests));
    chain.block_at(mark.until.plus(FREEZE_MS), Vec::new());
    register_seal(&mut chain, "after");
    assert_eq!(record(&chain, "after").frozen_until, None);
    freeze(&mut chain, &FREEZERS, "after").expect("two departments freeze any key");
    let justice: Option<FreezeMark> = chain.record(&StateKey::frozen(&word("justice")));
    assert_eq!(justice, None, "the mark is of the department whose key it is");
}

#[test]
fn who_freezes_a_key_of_their_own_earns_no_rest_for_new_ones() {
    let mut chain = SampleChain::default();
    let own = ["notary-admin-1", "notary-admin-2", "police-admin-1", "police-admin-2"];
    let action = FreezeKey { key: key("notary-seal").public().id(), reason: word("stolen") };
    chain.submit("notary", &own, Action::FreezeKey(action)).unwrap();
    let mark: Option<FreezeMark> = chain.record(&StateKey::frozen(&word("notary")));
    assert_eq!(mark, None);
    register_seal(&mut chain, "new");
    assert_eq!(freeze(&mut chain, &FREEZERS, "new"), Ok(()));
}

/// Two departments freeze whatever they may, every three hours of a month; the office registers a key when it has
/// none left.
#[test]
fn two_departments_do_not_stop_an_office_for_ever() {
    const STEP_MS: u64 = 3 * 3_600_000;
    let mut chain = SampleChain::default();
    let mut seals = vec!["notary-seal".to_owned()];
    let mut refused = 0;
    for _ in 0..30 * 8 {
        for seal in &seals {
            refused += u32::from(freeze(&mut chain, &FREEZERS, seal).is_err());
        }
        if seals.iter().all(|seal| frozen(&chain, seal)) {
            let new = format!("seal-{}", seals.len());
            register_seal(&mut chain, &new);
            seals.push(new);
            assert_eq!(freeze(&mut chain, &FREEZERS, &seals[seals.len() - 1]), Err(Rejection::FreezeRests));
        }
        assert!(seals.iter().any(|seal| !frozen(&chain, seal)), "{} keys", seals.len());
        wait(&mut chain, STEP_MS);
    }
    assert!(refused > 0 && seals.len() < 20, "{refused} {}", seals.len());
}

fn suspend(name: &str) -> Action {
    Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: word("lost") })
}

#[test]
fn a_lost_administration_key_is_declared_and_the_others_are_spared() {
    let mut chain = SampleChain::default();
    administer(&mut chain, "notary", suspend("notary-admin-3")).expect("two others can sign");
    for rest in ["notary-admin-1", "notary-admin-2"] {
        assert_eq!(freeze(&mut chain, &FREEZERS, rest), Err(Rejection::LastKeys));
        assert_eq!(administer(&mut chain, "notary", suspend(rest)), Err(Rejection::LastKeys));
    }
    let revoke = RevokeKey { key: key("notary-admin-3").public().id(), reason: word("lost") };
    let revoked = administer(&mut chain, "notary", Action::RevokeKey(revoke));
    assert_eq!(revoked, Err(Rejection::WrongPurpose), "for good by governance alone");
    let resume = ResumeKey { key: key("notary-admin-3").public().id() };
    administer(&mut chain, "notary", Action::ResumeKey(resume)).expect("it was found again");
    freeze(&mut chain, &FREEZERS, "notary-admin-1").expect("two others can sign");
    assert_eq!(administer(&mut chain, "court", suspend("notary-admin-3")), Err(Rejection::OtherDepartment));
}

#[test]
fn a_revoked_key_is_not_frozen_and_earns_no_rest() {
    let mut chain = SampleChain::default();
    let revoke = RevokeKey { key: key("notary-seal").public().id(), reason: word("stolen") };
    administer(&mut chain, "notary", Action::RevokeKey(revoke)).unwrap();
    assert_eq!(freeze(&mut chain, &FREEZERS, "notary-seal"), Err(Rejection::WrongStatus));
    let mark: Option<FreezeMark> = chain.record(&StateKey::frozen(&word("notary")));
    assert_eq!(mark, None);
}
