//! Every verdict and every exit code, each from a chain in memory.

mod beside;
mod cases;
mod codes;
mod files;
mod golden;
pub(crate) mod office;
mod places;
mod table;
mod words;

use identity::{Disclosure, DocumentSecret};
use ledger::action::Action;
use ledger::action::identity::{Revoke, Suspend};
use ledger::action::notarial::{Amend, Annul, Supersede, Void};
use ledger::crypto::Hash;
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use ledger::types::{RecordId, TimeMs};
use rand_core::OsRng;

use super::check::{CheckCode, Outcome};
use super::conclusion::{Conclusion, Ended, Unknown};
use super::judge::{Judgement, Submitted, judge};
use super::openings::Place;
use super::subject::Subject;
use crate::exit::Exit;
use office::{DAY_MS, Issued, Office, fingerprint};

const AGE_MAX: u64 = 30 * DAY_MS;

fn submitted(file: &[u8]) -> Submitted {
    Submitted { name: "a.pdf".to_owned(), fingerprint: fingerprint(file) }
}

/// The verdict about a file and the full bundle of a certificate, a moment after the newest block.
fn judged(office: &Office, issued: &Issued, file: &[u8]) -> Judgement {
    judge(&office.bundle_of(issued).encode(), &office.trust(), Some(&submitted(file)), office.time().plus(500), AGE_MAX)
}

fn judged_alone(office: &Office, keys: &[StateKey], now: TimeMs) -> Judgement {
    judge(&office.bundle(keys).encode(), &office.trust(), None, now, AGE_MAX)
}

fn outcome(judgement: &Judgement, code: CheckCode) -> Outcome {
    judgement.checks.iter().find(|check| check.code == code).expect("every report has every check").outcome
}

fn reason(code: &str) -> ledger::types::Code {
    ledger::types::Code::new(code).expect("a code")
}

fn annul(id: RecordId) -> Action {
    Action::Annul(Annul { certificate: id, reason: reason("wrong-fact"), text: None })
}

#[test]
fn an_issued_certificate_and_its_file_are_verified() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let judgement = judged(&office, &issued, &issued.file);
    assert_eq!(judgement.conclusion, Conclusion::Verified);
    assert_eq!(judgement.conclusion.exit(), Exit::Done);
    for code in [
        CheckCode::Commit,
        CheckCode::State,
        CheckCode::Disclosures,
        CheckCode::Lookup,
        CheckCode::File,
        CheckCode::Status,
    ] {
        assert_eq!(outcome(&judgement, code), Outcome::Ok, "{}", code.code());
    }
    let finding = judgement.finding.expect("proven");
    assert_eq!(finding.file_is, [Place::Document]);
    assert!(matches!(finding.subject, Some(Subject::Certificate(record)) if record.id == issued.id));
    assert!(finding.openings.opened.iter().any(|one| one.place == Place::Person));
}

#[test]
fn a_bundle_alone_is_verified_without_a_file() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let judgement = judged_alone(&office, &[StateKey::certificate(&issued.id)], office.time());
    assert_eq!(judgement.conclusion, Conclusion::Verified);
    assert_eq!(outcome(&judgement, CheckCode::File), Outcome::NotChecked, "no file was compared");
}

#[test]
fn another_file_is_not_the_one_certified_and_an_old_view_says_so_of_its_own_time_alone() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let mut other = issued.file.clone();
    other[10] ^= 1;
    assert_eq!(judged(&office, &issued, &other).conclusion.exit(), Exit::OtherContent);
    let bytes = office.bundle_of(&issued).encode();
    let late = office.time().plus(AGE_MAX + DAY_MS);
    let judgement = judge(&bytes, &office.trust(), Some(&submitted(&other)), late, AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::OtherThen));
    assert_eq!(outcome(&judgement, CheckCode::File), Outcome::Failed, "that it was another one then is said");
    // What is annulled gets no papers any more: however old the view, that is known.
    office.act("notary", &["chen", "zhao"], annul(issued.id));
    let bytes = office.bundle_of(&issued).encode();
    let late = office.time().plus(AGE_MAX + DAY_MS);
    let judgement = judge(&bytes, &office.trust(), Some(&submitted(&other)), late, AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::OtherContent);
}

/// A paper of mending, anchored after the view was made, and handed in with that view.
#[test]
fn a_genuine_paper_younger_than_an_old_view_is_not_called_another_file() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let before = office.bundle_of(&issued).encode();
    office.pass(AGE_MAX + DAY_MS);
    let paper: &[u8] = b"%PDF-1.7 mended %%EOF";
    let secret = DocumentSecret::new(fingerprint(paper), None, &mut OsRng);
    let amend =
        Amend { certificate: issued.id, document: secret.commitment(), reason: reason("clerical-error"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Amend(amend));
    let judgement = judge(&before, &office.trust(), Some(&submitted(paper)), office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::OtherThen));
    assert_eq!(judgement.conclusion.exit(), Exit::CannotTell);
}

#[test]
fn what_ended_is_authentic_and_not_in_force() {
    let mut office = Office::new();
    let (annulled, old, new) = (office.issued("one"), office.issued("two"), office.issued("three"));
    office.act("notary", &["chen", "zhao"], annul(annulled.id));
    let supersede = Supersede { certificate: old.id, replacement: new.id, reason: reason("correction"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Supersede(supersede));
    let verdict = |issued: &Issued| judged(&office, issued, &issued.file).conclusion;
    assert_eq!(verdict(&annulled), Conclusion::NotInForce(Ended::Annulled));
    assert_eq!(verdict(&old), Conclusion::NotInForce(Ended::Superseded));
    assert_eq!(verdict(&new), Conclusion::Verified);
    assert_eq!(verdict(&old).exit(), Exit::NotInForce);
    // Annulled stays annulled: however old the view, that is known.
    let bytes = office.bundle_of(&annulled).encode();
    let late = office.time().plus(AGE_MAX + DAY_MS);
    let judgement = judge(&bytes, &office.trust(), Some(&submitted(&annulled.file)), late, AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::NotInForce(Ended::Annulled));
}

#[test]
fn void_and_not_issued_are_told_apart() {
    let mut office = Office::new();
    let person = office.person(365);
    let (voided, late) = (office.approved(person), office.approved(person));
    office.act("notary", &["zhao"], Action::Void(Void { certificate: voided, reason: reason("not-collected") }));
    let verdict = |office: &Office, id| judged_alone(office, &[StateKey::certificate(&id)], office.time()).conclusion;
    assert_eq!(verdict(&office, voided), Conclusion::NotInForce(Ended::Void));
    assert_eq!(verdict(&office, late), Conclusion::NotInForce(Ended::NotIssued));
    office.pass(200 * DAY_MS);
    assert_eq!(
        verdict(&office, late),
        Conclusion::NotInForce(Ended::Void),
        "past its deadline, though nothing was executed"
    );
}

#[test]
fn attestations_are_judged_by_their_status_and_by_the_calendar() {
    let mut office = Office::new();
    let (fine, suspended, revoked) = (office.person(10), office.person(10), office.person(10));
    let suspend = Suspend { identity: suspended, reason: reason("on-request"), text: None };
    office.act("police", &["sun"], Action::SuspendIdentity(suspend));
    office.act(
        "police",
        &["sun"],
        Action::RevokeIdentity(Revoke { identity: revoked, reason: reason("on-request"), text: None }),
    );
    let verdict =
        |id: &RecordId, later| judged_alone(&office, &[StateKey::identity(id)], office.time().plus(later)).conclusion;
    assert_eq!(verdict(&fine, 0), Conclusion::Verified);
    assert_eq!(verdict(&suspended, 0), Conclusion::NotInForce(Ended::Suspended));
    assert_eq!(verdict(&revoked, 0), Conclusion::NotInForce(Ended::Revoked));
    assert_eq!(verdict(&fine, 11 * DAY_MS), Conclusion::NotInForce(Ended::Expired), "since the view was made");
    // What may be lifted again says nothing of the present once the view is old.
    let old = |id| {
        judge(&office.bundle(&[StateKey::identity(id)]).encode(), &office.trust(), None, office.time().plus(DAY_MS), 1)
            .conclusion
    };
    assert_eq!(old(&suspended), Conclusion::CannotTell(Unknown::ViewOld));
    assert_eq!(old(&revoked), Conclusion::NotInForce(Ended::Revoked));
}

#[test]
fn an_old_view_says_authentic_and_present_status_not_known() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let bytes = office.bundle_of(&issued).encode();
    let at = |now| judge(&bytes, &office.trust(), Some(&submitted(&issued.file)), now, AGE_MAX);
    assert_eq!(at(office.time().plus(AGE_MAX)).conclusion, Conclusion::Verified);
    let old = at(office.time().plus(AGE_MAX + 1));
    assert_eq!(old.conclusion, Conclusion::CannotTell(Unknown::ViewOld));
    assert_eq!(old.conclusion.exit(), Exit::CannotTell);
    assert_eq!(outcome(&old, CheckCode::File), Outcome::Ok);
    let behind = at(TimeMs(office.time().0 - 600_000));
    assert_eq!(behind.conclusion, Conclusion::CannotTell(Unknown::ClockBehind));
}

#[test]
fn a_paper_of_mending_is_known_as_such() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let paper = b"%PDF-1.7 mended %%EOF".to_vec();
    let secret = DocumentSecret::new(fingerprint(&paper), None, &mut OsRng);
    let amend =
        Amend { certificate: issued.id, document: secret.commitment(), reason: reason("clerical-error"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Amend(amend));
    let mut bundle = office.bundle_of(&issued);
    bundle.disclosures.push(Disclosure::Document(secret).to_bytes().into());
    let at = |file: &[u8]| judge(&bundle.encode(), &office.trust(), Some(&submitted(file)), office.time(), AGE_MAX);
    assert_eq!(at(&paper).finding.expect("proven").file_is, [Place::Amendment(0)]);
    assert_eq!(at(&issued.file).conclusion, Conclusion::Verified);
}

#[test]
fn absence_is_proven() {
    let office = Office::new();
    let keys = [StateKey::lookup(&Hash([7; 32])), StateKey::certificate(&RecordId([7; 16]))];
    let judgement = judged_alone(&office, &keys, office.time());
    assert_eq!(judgement.conclusion, Conclusion::Absent);
    assert_eq!(judgement.conclusion.exit(), Exit::NotFound);
}

#[test]
fn a_file_without_its_secret_cannot_be_told() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let file = submitted(&issued.file);
    let status = office.bundle(&[StateKey::certificate(&issued.id)]).encode();
    let judgement = judge(&status, &office.trust(), Some(&file), office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::NoSecret));
    let parameters = office.bundle(&[StateKey::parameters()]).encode();
    let judgement = judge(&parameters, &office.trust(), Some(&file), office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::NoRecord));
}

#[test]
fn a_disclosure_that_was_swapped_is_forged() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let mine = b"%PDF-1.7 forged by me %%EOF".to_vec();
    let mut bundle = office.bundle_of(&issued);
    let swapped =
        DocumentSecret { digest: fingerprint(&mine).digest, size_bytes: mine.len() as u64, ..issued.secret.clone() };
    bundle.disclosures[0] = Disclosure::Document(swapped).to_bytes().into();
    let judgement = judge(&bundle.encode(), &office.trust(), Some(&submitted(&mine)), office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::Forged);
    assert_eq!(outcome(&judgement, CheckCode::Disclosures), Outcome::Failed);
    // So is the look-up code of another certificate.
    let other = office.issued("other");
    let mut bundle = office.bundle_of(&issued);
    bundle.disclosures[1] = office.bundle_of(&other).disclosures[1].clone();
    let judgement = judge(&bundle.encode(), &office.trust(), None, office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::Forged);
    assert_eq!(outcome(&judgement, CheckCode::Lookup), Outcome::Failed);
}

#[test]
fn any_flipped_bit_of_the_proof_is_found() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (bytes, trust) = (office.bundle_of(&issued).encode(), office.trust());
    for position in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[position] ^= 1 << (position % 8);
        let judgement = judge(&forged, &trust, Some(&submitted(&issued.file)), office.time(), AGE_MAX);
        // A flipped validator hash leads beyond what the trust file knows; nothing else is anything but forged.
        let told =
            matches!(judgement.conclusion, Conclusion::Forged | Conclusion::OtherChain | Conclusion::CannotTell(_));
        assert!(told, "byte {position}: {:?}", judgement.conclusion);
        assert_eq!(judgement.checks.len(), 13, "every report has every check");
    }
    for length in [0, 1, 100, bytes.len() - 1] {
        let judgement = judge(&bytes[..length], &trust, None, office.time(), AGE_MAX);
        assert_eq!(judgement.conclusion, Conclusion::Forged);
        assert_eq!(outcome(&judgement, CheckCode::BundleForm), Outcome::Failed);
    }
}

#[test]
fn another_ledger_and_unknown_validators_are_called_by_their_names() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (bytes, other) = (office.bundle_of(&issued).encode(), Office::new());
    let judgement = judge(&bytes, &other.trust(), None, office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::OtherChain);
    assert_eq!(judgement.conclusion.exit(), Exit::Forged);
    let strangers = TrustFile { validators: other.trust().validators, ..office.trust() };
    let judgement = judge(&bytes, &strangers, None, office.time(), AGE_MAX);
    assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::CheckpointNeeded));
    assert_eq!(outcome(&judgement, CheckCode::Validators), Outcome::NotChecked);
    assert_eq!(judgement.conclusion.exit(), Exit::CannotTell);
}

#[test]
fn no_bytes_panic_the_verifier() {
    let office = Office::new();
    for bytes in [vec![0; 100_000], vec![0x81; 10_000], vec![0xa1; 10_000], vec![0x9f; 10_000], vec![0xff; 64]] {
        let judgement = judge(&bytes, &office.trust(), None, office.time(), AGE_MAX);
        assert_eq!(judgement.conclusion, Conclusion::Forged);
    }
}
