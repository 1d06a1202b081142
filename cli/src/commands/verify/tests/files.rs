//! Which file of a record a file is, and when it is said to be another one.

use identity::disclosure::LookupDisclosure;
use identity::{Disclosure, DocumentSecret, LookupCode};
use ledger::action::Action;
use ledger::action::notarial::Amend;
use ledger::bundle::Bundle;
use ledger::state::StateKey;
use ledger::types::RecordId;
use rand_core::OsRng;

use super::super::check::{CheckCode, Outcome};
use super::super::conclusion::{Conclusion, Unknown};
use super::super::judge::{Judgement, judge};
use super::office::{Issued, Office, fingerprint};
use super::{AGE_MAX, outcome, reason, submitted};
use crate::app::random;
use crate::commands::number;
use crate::exit::Exit;

const PAPER: &[u8] = b"%PDF-1.7 mended %%EOF";

/// A certificate that was mended, and what opens the paper of it.
fn mended(office: &mut Office) -> (Issued, DocumentSecret) {
    let issued = office.issued("birth");
    let secret = DocumentSecret::new(fingerprint(PAPER), None, &mut OsRng);
    let amend =
        Amend { certificate: issued.id, document: secret.commitment(), reason: reason("clerical-error"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Amend(amend));
    (issued, secret)
}

fn at(office: &Office, bundle: &Bundle, file: &[u8]) -> Judgement {
    judge(&bundle.encode(), &office.trust(), Some(&submitted(file)), office.time(), AGE_MAX)
}

#[test]
fn a_genuine_paper_that_the_bundle_does_not_open_is_not_called_another_file() {
    let mut office = Office::new();
    let (issued, secret) = mended(&mut office);
    // The holder's bundle knows nothing of the mending, the bundle of a desk that only mended nothing of the first file.
    let holders = office.bundle_of(&issued);
    let desks = Bundle { disclosures: vec![Disclosure::Document(secret.clone()).to_bytes().into()], ..holders.clone() };
    for (bundle, file) in [(&holders, PAPER), (&desks, &issued.file)] {
        let judgement = at(&office, bundle, file);
        assert_eq!(judgement.conclusion, Conclusion::CannotTell(Unknown::NoSecret));
        assert_eq!(outcome(&judgement, CheckCode::File), Outcome::NotChecked);
    }
    assert_eq!(at(&office, &holders, &issued.file).conclusion, Conclusion::Verified);
    assert_eq!(at(&office, &desks, PAPER).conclusion, Conclusion::Verified);
    // Once both are opened, a third file is none of them.
    let mut whole = holders;
    whole.disclosures.push(Disclosure::Document(secret).to_bytes().into());
    assert_eq!(at(&office, &whole, b"a third").conclusion, Conclusion::OtherContent);
}

#[test]
fn an_absence_says_nothing_of_a_file() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let beside = |bundle: &Bundle| {
        let alone = judge(&bundle.encode(), &office.trust(), None, office.time(), AGE_MAX);
        assert_eq!(alone.conclusion, Conclusion::Absent);
        let judgement = at(&office, bundle, &issued.file);
        assert_eq!(outcome(&judgement, CheckCode::File), Outcome::NotChecked);
        judgement.conclusion
    };
    let untold = Conclusion::CannotTell(Unknown::FileBesideAbsence);
    assert_eq!((untold.code(), untold.exit()), ("file-beside-absence", Exit::CannotTell));
    assert_eq!(beside(&office.bundle(&[StateKey::certificate(&RecordId(random()))])), untold, "a random id");
    // Its own number with another code.
    let (code, full) = (LookupCode::from_bytes(&[9; 10]), office.certificate(&issued.id).full_number());
    let full = full.expect("a number");
    let mut other = office.bundle(&[StateKey::lookup(&number::lookup(&full, &code))]);
    other.disclosures = vec![Disclosure::Lookup(LookupDisclosure { code, number: Some(full) }).to_bytes().into()];
    assert_eq!(beside(&other), untold);
}
