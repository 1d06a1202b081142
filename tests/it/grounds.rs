//! A reason is one of the grounds that the consortium gave the act, and no other word.

use ledger::action::Action;
use ledger::action::identity::{Resume, Revoke, Suspend};
use ledger::action::key::{FreezeKey, RevokeKey, SuspendKey};
use ledger::action::notarial::{Amend, Annul, Supersede, Void};
use ledger::crypto::Hash;
use ledger::record::{ACTS_WITH_GROUNDS, Change, Ground, Grounds, NotarialCertificate};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::{Code, Text};
use std::collections::BTreeSet;
use yinxin_tests::sample::{SampleChain, approve, draft, genesis, id, key, word};
use yinxin_tests::story::{issued, pass, person};

/// Who signs, and the action with a ground: one of each act, each possible on [`ready`].
fn acts(reason: &str) -> Vec<(&'static str, Vec<&'static str>, Action)> {
    let reason: Code = word(reason);
    let text = None;
    let document = Hash::sha256(b"mending");
    let ring = key("justice-officer").public().id();
    let two = || vec!["notary-zhang", "notary-head"];
    let admins = || vec!["justice-admin-1", "justice-admin-2"];
    vec![
        ("notary", two(), Action::Amend(Amend { certificate: id("first"), document, reason: reason.clone(), text })),
        (
            "notary",
            two(),
            Action::Supersede(Supersede {
                certificate: id("first"),
                replacement: id("second"),
                reason: reason.clone(),
                text,
            }),
        ),
        ("notary", two(), Action::Annul(Annul { certificate: id("first"), reason: reason.clone(), text })),
        ("notary", vec!["notary-zhang"], Action::Void(Void { certificate: id("third"), reason: reason.clone() })),
        (
            "police",
            vec!["police-officer"],
            Action::SuspendIdentity(Suspend { identity: id("wang"), reason: reason.clone(), text }),
        ),
        (
            "police",
            vec!["police-officer"],
            Action::ResumeIdentity(Resume { identity: id("wang"), reason: reason.clone(), text }),
        ),
        (
            "police",
            vec!["police-officer"],
            Action::RevokeIdentity(Revoke { identity: id("wang"), reason: reason.clone(), text }),
        ),
        (
            "police",
            vec!["police-admin-1", "police-admin-2", "court-admin-1", "court-admin-2"],
            Action::FreezeKey(FreezeKey { key: ring, reason: reason.clone() }),
        ),
        ("justice", admins(), Action::SuspendKey(SuspendKey { key: ring, reason: reason.clone() })),
        ("justice", admins(), Action::RevokeKey(RevokeKey { key: ring, reason })),
    ]
}

fn ready() -> SampleChain {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    ["first", "second"].into_iter().for_each(|name| issued(&mut chain, name));
    chain.submit("notary", &["notary-zhang"], draft("third", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("third")).unwrap();
    chain
}

#[test]
fn every_act_that_gives_a_reason_asks_for_one_of_its_grounds() {
    let mut chain = ready();
    let words: BTreeSet<&str> = acts("foo").iter().map(|(_, _, action)| action.word()).collect();
    assert!(words.iter().eq(ACTS_WITH_GROUNDS.iter()), "an act without a case here: {words:?}");
    for ((department, keys, other), (_, _, listed)) in acts("foo").into_iter().zip(acts("test")) {
        let act = other.word();
        // Resuming needs a suspended attestation, which the act before it made.
        assert_eq!(chain.submit(department, &keys, other), Err(Rejection::GroundUnknown), "{act}");
        if act != "annul" {
            assert_eq!(chain.submit(department, &keys, listed), Ok(()), "{act}");
        }
    }
    let first: NotarialCertificate = chain.record(&StateKey::certificate(&id("first"))).unwrap();
    assert_eq!(first.ended.unwrap().code, word::<Code>("test"));
}

fn list(act: &str, codes: &[&str]) -> Grounds {
    let name = || Text::new("示例").unwrap();
    let ground = |code: &&str| Ground { code: word(code), name_zh: name(), name_en: name() };
    Grounds { act: word(act), grounds: codes.iter().map(ground).collect() }
}

#[test]
fn governance_changes_the_grounds_of_an_act() {
    let mut chain = ready();
    pass(&mut chain, "new grounds", Change::SetGrounds(list("annul", &["unlawful", "wrong-fact"]))).unwrap();
    let annul = |reason: &str| Action::Annul(Annul { certificate: id("first"), reason: word(reason), text: None });
    let signers = ["notary-zhang", "notary-head"];
    assert_eq!(chain.submit("notary", &signers, annul("test")), Err(Rejection::GroundUnknown), "taken off the list");
    assert_eq!(chain.submit("notary", &signers, annul("unlawful")), Ok(()));
    for bad in [list("vote", &["a"]), list("annul", &["b", "a"]), list("annul", &["a", "a"])] {
        assert_eq!(pass(&mut chain, &format!("{bad:?}"), Change::SetGrounds(bad)), Err(Rejection::ChangeInvalid));
    }
}

#[test]
fn without_a_list_there_is_no_ground() {
    let mut bare = genesis();
    bare.grounds = None;
    bare.check().unwrap();
    let mut chain = SampleChain::new(bare);
    let stop = |name: &str| Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: word("lost") });
    let outcome = chain.submit("notary", &["notary-clerk"], stop("notary-clerk"));
    assert_eq!(outcome, Err(Rejection::GroundUnknown));
    pass(&mut chain, "grounds", Change::SetGrounds(list("suspend-key", &["lost"]))).unwrap();
    assert_eq!(chain.submit("notary", &["notary-clerk"], stop("notary-clerk")), Ok(()));
}

#[test]
fn a_genesis_with_doubled_or_strange_grounds_is_refused() {
    for bad in [
        vec![list("annul", &["a"]), list("annul", &["b"])],
        vec![list("void", &["a"]), list("annul", &["b"])],
        vec![list("draft", &["a"])],
        vec![list("annul", &["b", "a"])],
    ] {
        let mut genesis = genesis();
        genesis.grounds = Some(bad);
        assert!(genesis.check().is_err());
    }
}
