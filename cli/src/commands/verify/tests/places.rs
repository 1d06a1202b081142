//! A disclosure opens nothing but what its kind stands for: false papers anchored where no paper belongs.

use identity::{AttributeSecret, Disclosure, DocumentSecret};
use ledger::action::Action;
use ledger::action::correction::Open;
use ledger::crypto::Hash;
use ledger::record::AttributeCommitment;
use ledger::state::StateKey;
use ledger::types::{RecordId, Text};
use rand_core::OsRng;

use super::super::check::{CheckCode, Outcome};
use super::super::conclusion::Conclusion;
use super::super::judge::{Judgement, judge};
use super::office::{Office, fingerprint, item};
use super::{AGE_MAX, outcome, submitted};
use crate::app::random;

const FALSE_PAPER: &[u8] = b"%PDF-1.7 a false notarial certificate %%EOF";

fn false_paper() -> DocumentSecret {
    DocumentSecret::new(fingerprint(FALSE_PAPER), None, &mut OsRng)
}

/// The verdict about the false paper, beside one record and one disclosure.
fn judged(office: &Office, key: &StateKey, disclosure: &Disclosure) -> Judgement {
    let mut bundle = office.bundle(std::slice::from_ref(key));
    bundle.disclosures = vec![disclosure.to_bytes().into()];
    judge(&bundle.encode(), &office.trust(), Some(&submitted(FALSE_PAPER)), office.time(), AGE_MAX)
}

fn forged(judgement: &Judgement) {
    assert_eq!(judgement.conclusion, Conclusion::Forged);
    assert_eq!(outcome(judgement, CheckCode::Disclosures), Outcome::Failed);
    assert_eq!(judgement.finding.as_ref().expect("proven").file_is, []);
}

#[test]
fn a_file_is_no_attribute() {
    let mut office = Office::new();
    let secret = false_paper();
    let attribute = AttributeCommitment { code: "name".parse().expect("a code"), commitment: secret.commitment() };
    let person = office.person_with(365, vec![attribute]);
    forged(&judged(&office, &StateKey::identity(&person), &Disclosure::Document(secret)));
}

#[test]
fn a_file_is_no_person() {
    let mut office = Office::new();
    let secret = false_paper();
    let case = RecordId(random());
    office.act("court", &["zhou"], Action::OpenCase(opening(case, secret.commitment())));
    forged(&judged(&office, &StateKey::correction(&case), &Disclosure::Document(secret)));
}

fn opening(case: RecordId, subject: Hash) -> Open {
    let variant = "probation".parse().expect("a code");
    let decision = Hash::sha256(b"decision");
    Open { case, item: item("correction.case"), variant, subject, decision, minor: false }
}

#[test]
fn an_attribute_is_opened_under_its_own_code() {
    let mut office = Office::new();
    let value = Text::new("440604199001010010").expect("a text");
    let hidden = AttributeSecret::new("id-number".parse().expect("a code"), value, &mut OsRng);
    let commitment = hidden.commitment();
    let under = |code: &str| vec![AttributeCommitment { code: code.parse().expect("a code"), commitment }];
    let (nickname, number) = (office.person_with(365, under("nickname")), office.person_with(365, under("id-number")));
    let disclosure = Disclosure::Attribute(hidden);
    forged(&judged(&office, &StateKey::identity(&nickname), &disclosure));
    // Under its own code it is opened; the file is still none of the record's.
    let judgement = judged(&office, &StateKey::identity(&number), &disclosure);
    assert_eq!(outcome(&judgement, CheckCode::Disclosures), Outcome::Ok);
    assert_eq!(judgement.conclusion.code(), "no-secret");
}

#[test]
fn a_content_and_a_text_open_no_document() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let print = fingerprint(&issued.file);
    let key = StateKey::certificate(&issued.id);
    let content = identity::ContentSecret {
        salt: issued.secret.salt.clone(),
        digest: print.digest,
        size_bytes: print.size_bytes,
    };
    forged(&judged(&office, &key, &Disclosure::Content(content)));
}
