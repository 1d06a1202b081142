//! Register, suspend, resume, revoke, expire; what a certificate may rest on; who attests whom.

use ledger::action::Action;
use ledger::action::identity::{Register, Resume, Revoke, Suspend};
use ledger::crypto::{Hash, Signature};
use ledger::light;
use ledger::record::{AttributeCommitment, IdentityAttestation, IdentityStatus, PersonKind};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::TimeMs;
use yinxin_tests::sample::{SampleChain, draft, id, item_ref, key, register_identity, word};
use yinxin_tests::story::person;

const YEAR: u64 = 366 * 24 * 3600 * 1000;

fn registration(chain: &SampleChain, name: &str) -> Register {
    let Action::RegisterIdentity(body) = register_identity(&chain.context(), name) else { panic!("a registration") };
    body
}

fn register(chain: &mut SampleChain, body: Register) -> Result<(), Rejection> {
    chain.submit("police", &["police-officer"], Action::RegisterIdentity(body))
}

fn act(chain: &mut SampleChain, act: &str, name: &str) -> Result<(), Rejection> {
    let (identity, reason, text) = (id(name), word("test"), Some(Hash::sha256(b"salted text")));
    let action = match act {
        "suspend" => Action::SuspendIdentity(Suspend { identity, reason, text }),
        "resume" => Action::ResumeIdentity(Resume { identity, reason, text }),
        _ => Action::RevokeIdentity(Revoke { identity, reason, text }),
    };
    chain.submit("police", &["police-officer"], action)
}

fn record(chain: &SampleChain, name: &str) -> IdentityAttestation {
    chain.record(&StateKey::identity(&id(name))).unwrap()
}

fn drafts_about(chain: &mut SampleChain, name: &str, certificate: &str) -> Result<(), Rejection> {
    chain.submit("notary", &["notary-zhang"], draft(certificate, &[name]))
}

#[test]
fn registered_suspended_resumed_revoked_and_proven_each_time() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    let path = StateKey::identity(&id("wang"));
    let proven = |chain: &SampleChain| {
        let verified = light::verify(&chain.bundle(std::slice::from_ref(&path)), &chain.trust()).unwrap();
        verified.record::<IdentityAttestation>(&path).unwrap().unwrap()
    };
    assert_eq!(proven(&chain).status, IdentityStatus::Active);
    for (step, status) in [
        ("suspend", IdentityStatus::Suspended),
        ("resume", IdentityStatus::Active),
        ("suspend", IdentityStatus::Suspended),
        ("revoke", IdentityStatus::Revoked),
    ] {
        act(&mut chain, step, "wang").unwrap();
        let record = proven(&chain);
        assert_eq!(record.status, status);
        let changed = record.changed.unwrap();
        assert_eq!((changed.code, changed.at), (word("test"), chain.time()));
    }
}

#[test]
fn each_status_allows_its_own_steps_alone() {
    let mut chain = SampleChain::default();
    for name in ["active", "suspended", "revoked"] {
        person(&mut chain, name);
    }
    act(&mut chain, "suspend", "suspended").unwrap();
    act(&mut chain, "revoke", "revoked").unwrap();
    let refused = [
        ("resume", "active"),
        ("suspend", "suspended"),
        ("suspend", "revoked"),
        ("resume", "revoked"),
        ("revoke", "revoked"),
    ];
    for (step, name) in refused {
        assert_eq!(act(&mut chain, step, name), Err(Rejection::WrongStatus), "{step} {name}");
    }
    for step in ["suspend", "resume", "revoke"] {
        assert_eq!(act(&mut chain, step, "nobody"), Err(Rejection::RecordUnknown));
    }
    act(&mut chain, "revoke", "suspended").unwrap();
}

#[test]
fn an_attestation_expires_by_itself_and_revocation_outlasts_expiry() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    person(&mut chain, "li");
    act(&mut chain, "suspend", "li").unwrap();
    let end = record(&chain, "wang").valid_until;
    let status = |chain: &SampleChain, name: &str, time| record(chain, name).status_at(time);
    assert_eq!(status(&chain, "wang", TimeMs(end.0 - 1)), IdentityStatus::Active);
    assert_eq!(status(&chain, "wang", end), IdentityStatus::Expired);
    assert_eq!(status(&chain, "li", end), IdentityStatus::Expired);
    act(&mut chain, "revoke", "li").unwrap();
    assert_eq!(status(&chain, "li", end), IdentityStatus::Revoked);
    assert_eq!(drafts_about(&mut chain, "wang", "before"), Ok(()));
}

#[test]
fn a_certificate_rests_on_an_attestation_in_force() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    assert_eq!(drafts_about(&mut chain, "nobody", "a"), Err(Rejection::SubjectNotInForce));
    act(&mut chain, "suspend", "wang").unwrap();
    assert_eq!(drafts_about(&mut chain, "wang", "a"), Err(Rejection::SubjectNotInForce));
    act(&mut chain, "resume", "wang").unwrap();
    assert_eq!(drafts_about(&mut chain, "wang", "a"), Ok(()));
    act(&mut chain, "revoke", "wang").unwrap();
    assert_eq!(drafts_about(&mut chain, "wang", "b"), Err(Rejection::SubjectNotInForce));
    assert_eq!(chain.submit("notary", &["notary-zhang"], draft("c", &["wang"; 9])), Err(Rejection::OutOfRange));
    let short = Register { valid_until: chain.time().plus(5_000), ..registration(&chain, "short") };
    register(&mut chain, short).unwrap();
    assert_eq!(drafts_about(&mut chain, "short", "d"), Ok(()));
    chain.block_at(chain.time().plus(5_000), Vec::new());
    assert_eq!(drafts_about(&mut chain, "short", "e"), Err(Rejection::SubjectNotInForce));
}

#[test]
fn police_attest_natural_persons_and_the_registration_organ_legal_ones() {
    let mut chain = SampleChain::default();
    let firm = |chain: &SampleChain, department: &str| {
        let holder = key("firm-holder");
        let message = possession_bytes(
            &chain.context().chain,
            &word(department),
            KeyUse::Holder(id("firm")),
            &holder.public().id(),
        );
        let body = registration(chain, "firm");
        Action::RegisterIdentity(Register {
            item: item_ref("identity.legal"),
            person: PersonKind::Legal,
            possession: holder.sign(&message),
            ..body
        })
    };
    let by_police = firm(&chain, "police");
    assert_eq!(chain.submit("police", &["police-officer"], by_police), Err(Rejection::PowerMissing));
    let by_notary = firm(&chain, "notary");
    assert_eq!(chain.submit("notary", &["notary-head"], by_notary), Err(Rejection::PowerMissing));
    let by_justice = firm(&chain, "justice");
    assert_eq!(chain.submit("justice", &["justice-officer"], by_justice), Ok(()));
    assert_eq!(act(&mut chain, "suspend", "firm"), Err(Rejection::OtherDepartment));
    assert_eq!(drafts_about(&mut chain, "firm", "of a firm"), Ok(()));
}

#[test]
fn a_registration_is_complete_and_within_its_ranges() {
    let mut chain = SampleChain::default();
    let good = registration(&chain, "wang");
    let now = chain.time();
    let commitment = |code: &str| AttributeCommitment { code: word(code), commitment: Hash::sha256(code.as_bytes()) };
    let many = (0..33).map(|number| commitment(&format!("attribute-{number:02}"))).collect();
    let refused = [
        (Register { level: 0, ..good.clone() }, Rejection::OutOfRange),
        (Register { level: 4, ..good.clone() }, Rejection::OutOfRange),
        (Register { attributes: vec![commitment("name"), commitment("born")], ..good.clone() }, Rejection::OutOfRange),
        (Register { attributes: vec![commitment("name"), commitment("name")], ..good.clone() }, Rejection::OutOfRange),
        (Register { attributes: many, ..good.clone() }, Rejection::OutOfRange),
        (Register { valid_until: now, ..good.clone() }, Rejection::ValidityOutOfRange),
        (Register { valid_until: now.plus(21 * YEAR), ..good.clone() }, Rejection::ValidityOutOfRange),
        (Register { valid_until: TimeMs(u64::MAX), ..good.clone() }, Rejection::ValidityOutOfRange),
        (Register { possession: Signature([7; 64]), ..good.clone() }, Rejection::PossessionUnproven),
        (Register { holder: key("somebody else").public(), ..good.clone() }, Rejection::PossessionUnproven),
        (Register { item: item_ref("identity.unknown"), ..good.clone() }, Rejection::ItemUnknown),
        (Register { item: item_ref("notarial.birth"), ..good.clone() }, Rejection::ItemOfOtherKind),
        (
            Register { item: ledger::record::ItemRef { version: 2, ..good.item.clone() }, ..good.clone() },
            Rejection::ItemVersionOld,
        ),
    ];
    for (body, expected) in refused {
        assert_eq!(register(&mut chain, body), Err(expected));
    }
    assert_eq!(register(&mut chain, good.clone()), Ok(()));
    assert_eq!(register(&mut chain, good), Err(Rejection::AlreadyExists));
}

#[test]
fn an_attestation_that_was_never_made_is_proven_absent() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    let path = StateKey::identity(&id("nobody"));
    let verified = light::verify(&chain.bundle(std::slice::from_ref(&path)), &chain.trust()).unwrap();
    assert_eq!(verified.record::<IdentityAttestation>(&path).unwrap(), None);
    let other = StateKey::identity(&id("wang"));
    assert!(verified.record::<IdentityAttestation>(&other).is_err(), "nothing was shown of it");
}
