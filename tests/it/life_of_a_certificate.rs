//! Draft, approve, issue, and what may follow, as the office does it.

use ledger::action::Action;
use ledger::action::notarial::{Annul, Approve, Supersede, Void};
use ledger::light;
use ledger::record::{CertificateStatus, NotarialCertificate, subject_binding};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::sample::{SampleChain, approve, draft, id, issue, register_identity, word};

fn with_person() -> SampleChain {
    let mut chain = SampleChain::default();
    let person = register_identity(&chain.context(), "wang");
    chain.submit("police", &["police-officer"], person).unwrap();
    chain
}

fn issued(chain: &mut SampleChain, name: &str) {
    chain.submit("notary", &["notary-zhang"], draft(name, &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve(name)).unwrap();
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue(name)).unwrap();
}

fn certificate(chain: &SampleChain, name: &str) -> NotarialCertificate {
    chain.record(&StateKey::certificate(&id(name))).unwrap()
}

#[test]
fn drafted_approved_issued_and_proven() {
    let mut chain = with_person();
    issued(&mut chain, "first");
    let key = StateKey::certificate(&id("first"));
    let verified = light::verify(&chain.bundle(std::slice::from_ref(&key)), &chain.trust()).unwrap();
    let record: NotarialCertificate = verified.record(&key).unwrap().unwrap();
    assert_eq!(record.status, CertificateStatus::Issued);
    assert_eq!(record.number.clone().unwrap().serial, 1);
    assert_eq!(record.subjects, vec![subject_binding(&id("first"), &id("wang"))]);
    assert_eq!(verified.signers(), 4);
}

#[test]
fn serials_follow_block_order_without_gaps() {
    let mut chain = with_person();
    for name in ["a", "b", "c"] {
        chain.submit("notary", &["notary-zhang"], draft(name, &["wang"])).unwrap();
    }
    let approvals = ["c", "a", "b"].map(|name| chain.statement("notary", &["notary-li"], approve(name)));
    assert!(chain.block(approvals.to_vec()).is_empty());
    let serial = |name| certificate(&chain, name).number.unwrap().serial;
    assert_eq!((serial("c"), serial("a"), serial("b")), (1, 2, 3));
}

#[test]
fn a_number_is_never_reused_and_leaves_no_gap() {
    let mut chain = with_person();
    issued(&mut chain, "first");
    chain.submit("notary", &["notary-zhang"], draft("second", &["wang"])).unwrap();
    let expecting = |serial| {
        Action::Approve(Approve { certificate: id("second"), year: 2026, serial: Some(serial), subjects: None })
    };
    assert_eq!(chain.submit("notary", &["notary-head"], expecting(1)), Err(Rejection::NumberTaken));
    assert_eq!(chain.submit("notary", &["notary-head"], expecting(3)), Err(Rejection::NumberGap));
    let wrong_year = Action::Approve(Approve { certificate: id("second"), year: 2025, serial: None, subjects: None });
    assert_eq!(chain.submit("notary", &["notary-head"], wrong_year), Err(Rejection::WrongYear));
    assert_eq!(chain.submit("notary", &["notary-head"], expecting(2)), Ok(()));
}

#[test]
fn nobody_approves_their_own_draft() {
    let mut chain = with_person();
    chain.submit("notary", &["notary-li"], draft("own", &["wang"])).unwrap();
    assert_eq!(chain.submit("notary", &["notary-li"], approve("own")), Err(Rejection::SamePerson));
    assert_eq!(chain.submit("notary", &["notary-zhang"], approve("own")), Err(Rejection::TitleMissing));
    assert_eq!(chain.submit("police", &["police-officer"], approve("own")), Err(Rejection::OtherDepartment));
    assert_eq!(chain.submit("notary", &["notary-head"], approve("own")), Ok(()));
}

#[test]
fn issue_needs_the_notary_in_charge_and_the_seal() {
    let mut chain = with_person();
    chain.submit("notary", &["notary-zhang"], draft("x", &["wang"])).unwrap();
    assert_eq!(chain.submit("notary", &["notary-zhang", "notary-seal"], issue("x")), Err(Rejection::WrongStatus));
    chain.submit("notary", &["notary-head"], approve("x")).unwrap();
    assert_eq!(chain.submit("notary", &["notary-zhang"], issue("x")), Err(Rejection::SealMissing));
    assert_eq!(chain.submit("notary", &["notary-zhang", "notary-li"], issue("x")), Err(Rejection::SealMissing));
    assert_eq!(chain.submit("notary", &["notary-li", "notary-seal"], issue("x")), Err(Rejection::NotInCharge));
    assert_eq!(chain.submit("notary", &["notary-zhang", "notary-seal"], issue("x")), Ok(()));
}

#[test]
fn approved_and_never_issued_is_void_by_deadline() {
    let mut chain = with_person();
    chain.submit("notary", &["notary-zhang"], draft("late", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("late")).unwrap();
    let deadline = certificate(&chain, "late").issue_before.unwrap();
    assert!(chain.block_at(deadline, Vec::new()).is_empty());
    let statement = chain.statement("notary", &["notary-zhang", "notary-seal"], issue("late"));
    assert_eq!(chain.block(vec![statement]), vec![Rejection::IssueTooLate]);
    assert_eq!(certificate(&chain, "late").status_at(chain.time()), CertificateStatus::Void);
}

#[test]
fn annulling_and_superseding_take_two_persons_and_keep_the_old_one() {
    let mut chain = with_person();
    issued(&mut chain, "old");
    issued(&mut chain, "new");
    let reason = word("wrong-fact");
    let supersede = Supersede { certificate: id("old"), replacement: id("new"), reason, text: None };
    let supersede = Action::Supersede(supersede);
    let refused = chain.submit("notary", &["notary-zhang", "notary-zhang-spare"], supersede.clone());
    assert_eq!(refused, Err(Rejection::SamePerson));
    assert_eq!(chain.submit("notary", &["notary-zhang"], supersede.clone()), Err(Rejection::SecondSignerMissing));
    assert_eq!(chain.submit("notary", &["notary-zhang", "notary-head"], supersede), Ok(()));
    assert_eq!(certificate(&chain, "old").superseded_by, Some(id("new")));
    assert_eq!(certificate(&chain, "new").supersedes, Some(id("old")));
    let annul = Action::Annul(Annul { certificate: id("new"), reason: word("forged-paper"), text: None });
    assert_eq!(chain.submit("court", &["court-judge"], annul.clone()), Err(Rejection::SecondSignerMissing));
    assert_eq!(chain.submit("notary", &["notary-li", "notary-head"], annul), Ok(()));
    assert_eq!(certificate(&chain, "new").status, CertificateStatus::Annulled);
    let void = Action::Void(Void { certificate: id("new"), reason: word("not-collected") });
    assert_eq!(chain.submit("notary", &["notary-head"], void), Err(Rejection::WrongStatus));
}
