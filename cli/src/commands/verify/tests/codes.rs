//! Look-up codes, absence and what a bundle is about: nothing is taken for what it does not show.

use identity::disclosure::LookupDisclosure;
use identity::{Disclosure, LookupCode};
use ledger::bundle::Bundle;
use ledger::record::FullNumber;
use ledger::state::StateKey;
use ledger::types::RecordId;

use super::super::check::{CheckCode, Outcome};
use super::super::conclusion::{Conclusion, Unknown};
use super::super::judge::{Judgement, judge};
use super::super::subject::Subject;
use super::office::{Issued, Office};
use super::{AGE_MAX, outcome};
use crate::commands::number;

const OTHER: [u8; 10] = [8; 10];

fn disclosed(code: &LookupCode, number: Option<FullNumber>) -> ledger::codec::Bytes {
    Disclosure::Lookup(LookupDisclosure { code: code.clone(), number }).to_bytes().into()
}

fn judged(office: &Office, bundle: &Bundle) -> Judgement {
    judge(&bundle.encode(), &office.trust(), None, office.time(), AGE_MAX)
}

fn number_of(office: &Office, issued: &Issued) -> FullNumber {
    office.certificate(&issued.id).full_number().expect("a number")
}

fn lookup_of(office: &Office, issued: &Issued) -> StateKey {
    StateKey::lookup(&number::lookup(&number_of(office, issued), &issued.code))
}

#[test]
fn absence_of_a_path_that_is_none_proves_nothing() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let real = StateKey::certificate(&issued.id);
    let id = issued.id.to_string();
    for path in [id.to_uppercase(), format!("{id}0"), format!("{id}/"), id[1..].to_owned(), format!("/{id}")] {
        let none = StateKey::parse(&format!("certificate/{path}")).expect("ASCII");
        let alone = judged(&office, &office.bundle(std::slice::from_ref(&none)));
        assert_eq!(alone.conclusion, Conclusion::CannotTell(Unknown::NoRecord), "{path}");
        let mut both = office.bundle(&[real.clone(), none.clone()]);
        assert_eq!(judged(&office, &both).conclusion, Conclusion::Verified, "{path}: the record beside it");
        both.about = Some(none.path().to_owned());
        assert_eq!(judged(&office, &both).conclusion, Conclusion::CannotTell(Unknown::NoRecord), "{path}");
    }
}

#[test]
fn every_code_is_checked() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let bad = LookupCode::from_bytes(&OTHER);
    let mut bundle = office.bundle_of(&issued);
    bundle.disclosures.push(disclosed(&bad, None));
    assert_eq!(judged(&office, &bundle).conclusion, Conclusion::Forged, "a second code");
    for key in [StateKey::identity(&issued.person), StateKey::parameters(), StateKey::identity(&RecordId([7; 16]))] {
        let mut beside = office.bundle(std::slice::from_ref(&key));
        beside.disclosures = vec![disclosed(&bad, None)];
        let judgement = judged(&office, &beside);
        assert_eq!(judgement.conclusion, Conclusion::Forged, "beside {key}");
        assert_eq!(outcome(&judgement, CheckCode::Lookup), Outcome::Failed);
    }
}

#[test]
fn a_code_without_its_look_up_is_left_open() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    for code in [LookupCode::from_bytes(&OTHER), issued.code.clone()] {
        let mut bundle = office.bundle(&[StateKey::certificate(&issued.id)]);
        bundle.disclosures = vec![disclosed(&code, None)];
        let judgement = judged(&office, &bundle);
        assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::CodeUnproven));
        assert_eq!(outcome(&judgement, CheckCode::Lookup), Outcome::NotChecked);
    }
}

#[test]
fn a_number_beside_a_code_is_that_of_the_record() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (number, keys) =
        (number_of(&office, &issued), [StateKey::certificate(&issued.id), lookup_of(&office, &issued)]);
    let with = |number: FullNumber| {
        let mut bundle = office.bundle(&keys);
        bundle.disclosures = vec![disclosed(&issued.code, Some(number))];
        judged(&office, &bundle).conclusion
    };
    assert_eq!(with(number.clone()), Conclusion::Verified);
    assert_eq!(with(FullNumber { serial: number.serial + 1, ..number }), Conclusion::Forged);
}

#[test]
fn a_look_up_without_its_certificate_is_about_nothing_beside_it() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (person, lookup) = (StateKey::identity(&issued.person), lookup_of(&office, &issued));
    for keys in [vec![person.clone(), lookup.clone()], vec![lookup]] {
        let judgement = judged(&office, &office.bundle(&keys));
        assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::NoRecord));
        assert!(matches!(judgement.finding.expect("proven").subject, Some(Subject::Other { .. })));
    }
    // Named by its maker, the identity alone counts, and the report says so.
    let mut named = office.bundle(&[person.clone(), lookup_of(&office, &issued)]);
    named.about = Some(person.path().to_owned());
    let judgement = judged(&office, &named);
    assert_eq!(judgement.conclusion, Conclusion::Verified);
    assert!(matches!(judgement.finding.expect("proven").subject, Some(Subject::Identity(_))));
}

#[test]
fn absence_of_a_number_with_its_code_is_proven() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (code, number) = (LookupCode::from_bytes(&OTHER), number_of(&office, &issued));
    let absent = StateKey::lookup(&number::lookup(&number, &code));
    let with = |code: &LookupCode, number: Option<FullNumber>| {
        let mut bundle = office.bundle(std::slice::from_ref(&absent));
        bundle.disclosures = vec![disclosed(code, number)];
        judged(&office, &bundle)
    };
    let judgement = with(&code, Some(number.clone()));
    assert_eq!(judgement.conclusion, Conclusion::Absent);
    assert_eq!(outcome(&judgement, CheckCode::Lookup), Outcome::Ok);
    for (code, number) in [
        (&code, None),
        (&issued.code, Some(number.clone())),
        (&code, Some(FullNumber { serial: number.serial + 1, ..number })),
    ] {
        assert_eq!(with(code, number).conclusion, Conclusion::Forged);
    }
}
