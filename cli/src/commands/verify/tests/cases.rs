//! Cases: their documents, their end, and commitments that somebody copied.

use std::path::Path;

use clap::Parser;
use identity::{ContentSecret, Disclosure, DocumentSecret};
use ledger::action::Action;
use ledger::action::correction::{Close, Enter, Open};
use ledger::bundle::Bundle;
use ledger::crypto::Hash;
use ledger::state::StateKey;
use ledger::types::{RecordId, TimeMs};
use rand_core::OsRng;

use super::super::check::{CheckCode, Outcome};
use super::super::conclusion::{Conclusion, Unknown};
use super::super::judge::{Judgement, judge};
use super::super::openings::Place;
use super::super::report::Report;
use super::office::{DAY_MS, Office, fingerprint, item};
use super::{AGE_MAX, reason, submitted};
use crate::app::{App, random};
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::exit::Exit;

const DECISION: &[u8] = b"the deciding document";

/// A case on an office's chain.
struct Case {
    office: Office,
    key: StateKey,
    id: RecordId,
    decision: DocumentSecret,
}

impl Case {
    fn open() -> Self {
        let (mut office, id) = (Office::new(), RecordId(random()));
        let decision = DocumentSecret::new(fingerprint(DECISION), None, &mut OsRng);
        let (subject, variant) = (Hash::sha256(b"s"), reason("probation"));
        let open = Open {
            case: id,
            item: item("correction.case"),
            variant,
            subject,
            decision: decision.commitment(),
            minor: false,
        };
        office.act("court", &["zhou"], Action::OpenCase(open));
        Self { office, key: StateKey::correction(&id), id, decision }
    }

    fn enter(&mut self, (department, key): (&str, &str), kind: &str, content: &ContentSecret) {
        let occurred_at = TimeMs(self.office.time().0 - 60_000);
        let enter = Enter { case: self.id, kind: reason(kind), content: content.commitment(), occurred_at };
        self.office.act(department, &[key], Action::EnterCase(enter));
    }

    /// The case with all its entries, and what these open.
    fn bundle(&self, disclosures: &[Disclosure]) -> Bundle {
        let mut bundle = self.office.bundle(std::slice::from_ref(&self.key));
        bundle.lists = vec![self.office.page(&self.key)];
        bundle.disclosures = disclosures.iter().map(|one| one.to_bytes().into()).collect();
        bundle
    }

    fn judged(&self, bundle: &Bundle, file: Option<&[u8]>) -> Judgement {
        let file = file.map(submitted);
        judge(&bundle.encode(), &self.office.trust(), file.as_ref(), self.office.time(), AGE_MAX)
    }
}

fn content(text: &[u8]) -> ContentSecret {
    let print = fingerprint(text);
    ContentSecret::new(print.digest, print.size_bytes, &mut OsRng)
}

#[test]
fn a_file_is_another_one_only_when_every_document_of_the_case_is_opened() {
    let mut case = Case::open();
    let (first, second) = (content(b"first entry"), content(b"second entry"));
    for secret in [&first, &second] {
        case.enter(("justice", "wang"), "report", secret);
    }
    let all = [&first, &second].map(|secret| Disclosure::Content(secret.clone()));
    let decision = Disclosure::Document(case.decision.clone());
    let verdict = |bundle: &Bundle, file: &[u8]| case.judged(bundle, Some(file)).conclusion;
    let untold = Conclusion::CannotTell(Unknown::NoSecret);
    assert_eq!(verdict(&case.bundle(&all[..1]), b"second entry"), untold, "its own file, not opened");
    assert_eq!(verdict(&case.bundle(&all), DECISION), untold);
    let whole = case.bundle(&[all[0].clone(), all[1].clone(), decision.clone()]);
    assert_eq!(verdict(&whole, b"none of them"), Conclusion::OtherContent);
    for file in [b"first entry".as_slice(), b"second entry", DECISION] {
        assert_eq!(verdict(&whole, file), Conclusion::Verified);
    }
    // Without the list nobody knows what else was entered.
    let mut alone = case.bundle(&[decision]);
    alone.lists.clear();
    assert_eq!(verdict(&alone, b"none of them"), untold);
}

#[test]
fn a_case_that_has_ended_is_closed_and_not_in_force() {
    let mut case = Case::open();
    let open = case.judged(&case.bundle(&[]), None);
    assert_eq!(open.conclusion, Conclusion::Verified);
    let close = Close { case: case.id, ground: reason("expired"), document: None };
    case.office.act("justice", &["wang"], Action::CloseCase(close));
    let bundle = case.bundle(&[]);
    let closed = case.judged(&bundle, None);
    assert_eq!((closed.conclusion, closed.conclusion.code()), (Conclusion::Closed, "closed"));
    assert_eq!(closed.conclusion.exit(), Exit::Done);
    for judgement in [&open, &closed] {
        let check = judgement.checks.iter().find(|check| check.code == CheckCode::Status).expect("made");
        assert_eq!((check.outcome, check.key()), (Outcome::Ok, "check-case-status"));
        for lang in [Lang::En, Lang::ZhCn] {
            let said = [check.key(), judgement.conclusion.key()].map(|key| Words::new(lang).say(key)).concat();
            assert!(!said.contains("in force") && !said.contains("有效"), "{said}");
        }
    }
    // It is never opened again, so an old view says the same; a file that is none of its own is told first.
    let late = case.office.time().plus(AGE_MAX + DAY_MS);
    let old = judge(&bundle.encode(), &case.office.trust(), None, late, AGE_MAX);
    assert_eq!(old.conclusion, Conclusion::Closed);
    let whole = case.bundle(&[Disclosure::Document(case.decision.clone())]);
    assert_eq!(case.judged(&whole, Some(b"none of them")).conclusion, Conclusion::OtherContent);
    assert_eq!(case.judged(&whole, Some(DECISION)).conclusion, Conclusion::Closed);
}

#[test]
fn a_copied_commitment_is_shown_in_every_place() {
    let mut case = Case::open();
    let secret = content(b"what the justice bureau wrote");
    // Seen on its way, and entered first by the police under a kind of theirs.
    case.enter(("police", "he"), "search", &secret);
    case.enter(("justice", "wang"), "report", &secret);
    let bundle = case.bundle(&[Disclosure::Content(secret)]);
    let judgement = case.judged(&bundle, Some(b"what the justice bureau wrote"));
    assert_eq!(judgement.conclusion, Conclusion::Verified);
    let finding = judgement.finding.as_ref().expect("proven");
    assert_eq!(finding.file_is, [Place::Entry(0), Place::Entry(1)]);
    assert_eq!(finding.openings.opened.len(), 2);
    let check = judgement.checks.iter().find(|check| check.code == CheckCode::Disclosures).expect("made");
    assert_eq!(check.detail.to_string(), "1", "it is one disclosure");

    let file = submitted(b"what the justice bureau wrote");
    let trust = case.office.trust();
    for (lang, copied) in
        [(Lang::En, "several places: entry no. 1 of police, entry no. 2 of justice"), (Lang::ZhCn, "几处")]
    {
        let cli = Cli::parse_from(["yinxin", "verify", "a.yinxin", "--home", "/nowhere/at/all"]);
        let app = App::new(cli.global, Words::new(lang));
        let (bundle, now) = (Path::new("a.yinxin"), case.office.time());
        let report = Report { app: &app, judgement: &judgement, file: Some(&file), bundle, trust: &trust, now };
        let text = report.text();
        assert!(text.contains(copied) && text.contains("police") && text.contains("justice"), "{text}");
        let value = report.json();
        assert_eq!(value["file_is"], "entry");
        let places = serde_json::json!([
            {"place": "entry", "index": 1, "department": "police"}, {"place": "entry", "index": 2, "department": "justice"},
        ]);
        assert_eq!(value["file_places"], places);
        assert_eq!(value["opened"][0]["commitment"], value["opened"][1]["commitment"]);
    }
}
