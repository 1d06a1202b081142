//! The table of verdicts: every status beside every state of a file, and what a person reads first.

use std::path::Path;

use clap::Parser;
use identity::Disclosure;
use ledger::action::Action;
use ledger::action::correction::{Close, Open};
use ledger::action::notarial::{Supersede, Void};
use ledger::bundle::Bundle;
use ledger::crypto::Hash;
use ledger::state::StateKey;
use ledger::types::RecordId;

use super::super::conclusion::{Conclusion, Ended, FileIs, Standing, Unknown, weigh};
use super::super::judge::judge;
use super::super::report::Report;
use super::office::{Issued, Office, item};
use super::{AGE_MAX, annul, reason, submitted};
use crate::app::{App, random};
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::exit::Exit;

const OTHER: &[u8] = b"%PDF-1.7 nothing to do with it %%EOF";

#[test]
fn every_status_beside_every_state_of_a_file_has_its_verdict() {
    let standings = [Standing::Stands, Standing::Closed].into_iter().chain(Ended::ALL.map(Standing::Ended));
    let ages = [None, Some(Unknown::ViewOld), Some(Unknown::ClockBehind)];
    let mut seen = 0;
    for standing in standings {
        for file in FileIs::ALL {
            for code_open in [false, true] {
                for aged in ages {
                    let verdict = weigh(file, standing, code_open, aged);
                    let expected = match file {
                        FileIs::Other if standing == Standing::Stands && aged.is_some() => {
                            Conclusion::CannotTell(Unknown::OtherThen)
                        }
                        FileIs::Other | FileIs::Matter => Conclusion::OtherContent,
                        FileIs::Untold => Conclusion::CannotTell(Unknown::NoSecret),
                        FileIs::NotGiven | FileIs::Certified => of_the_record(standing, code_open, aged),
                    };
                    assert_eq!(verdict, expected, "{file:?} {standing:?} {code_open} {aged:?}");
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 9 * 5 * 2 * 3);
}

/// The verdict about a record where no file stands in the way, status by status.
fn of_the_record(standing: Standing, code_open: bool, aged: Option<Unknown>) -> Conclusion {
    let told = |verdict| aged.map_or(verdict, Conclusion::CannotTell);
    match standing {
        Standing::Ended(
            ended @ (Ended::Void | Ended::Superseded | Ended::Annulled | Ended::Revoked | Ended::Expired),
        ) => Conclusion::NotInForce(ended),
        Standing::Ended(ended @ (Ended::NotIssued | Ended::Suspended)) => told(Conclusion::NotInForce(ended)),
        _ if code_open => Conclusion::CannotTell(Unknown::CodeUnproven),
        Standing::Closed => Conclusion::Closed,
        Standing::Stands => told(Conclusion::Verified),
    }
}

/// The report about a bundle and perhaps a file: its first line and its value for programs.
fn report(office: &Office, bundle: &Bundle, file: Option<&[u8]>, lang: Lang) -> (String, serde_json::Value) {
    let (trust, now, file) = (office.trust(), office.time(), file.map(submitted));
    let judgement = judge(&bundle.encode(), &trust, file.as_ref(), now, AGE_MAX);
    let cli = Cli::parse_from(["yinxin", "verify", "a.yinxin", "--home", "/nowhere/at/all"]);
    let app = App::new(cli.global, Words::new(lang));
    let path = Path::new("a.yinxin");
    let report = Report { app: &app, judgement: &judgement, file: file.as_ref(), bundle: path, trust: &trust, now };
    (report.text().lines().next().expect("a line").to_owned(), report.json())
}

/// Records of every status that a file can stand beside, with the word of it in both languages.
fn records(office: &mut Office) -> Vec<(StateKey, &'static str, [&'static str; 2])> {
    let person = office.person(365);
    let late = office.approved(person);
    let voided = office.approved(person);
    office.act("notary", &["zhao"], Action::Void(Void { certificate: voided, reason: reason("not-collected") }));
    let [annulled, old, new] = ["one", "two", "three"].map(|name| office.issued(name));
    office.act("notary", &["chen", "zhao"], annul(annulled.id));
    let supersede = Supersede { certificate: old.id, replacement: new.id, reason: reason("correction"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Supersede(supersede));
    let case = RecordId(random());
    let (variant, subject) = (reason("probation"), Hash::sha256(b"s"));
    let decision = Hash::sha256(b"decision");
    let open = Open { case, item: item("correction.case"), variant, subject, decision, minor: false };
    office.act("court", &["zhou"], Action::OpenCase(open));
    let close = Close { case, ground: reason("expired"), document: None };
    office.act("justice", &["wang"], Action::CloseCase(close));
    vec![
        (StateKey::certificate(&annulled.id), "annulled", ["ANNULLED", "已撤销"]),
        (StateKey::certificate(&old.id), "superseded", ["REPLACED", "已被另一份公证书替换"]),
        (StateKey::certificate(&voided), "void", ["VOID", "已作废"]),
        (StateKey::certificate(&late), "not-issued", ["not issued", "未出具"]),
        (StateKey::correction(&case), "closed", ["CLOSED", "已结案"]),
    ]
}

#[test]
fn a_status_is_never_said_of_a_file_that_could_not_be_compared() {
    let mut office = Office::new();
    for (key, code, said) in records(&mut office) {
        let bundle = office.bundle(&[key]);
        for (lang, [untold, none], status) in [
            (Lang::En, ["cannot tell whether this is a file of the record", "NO FILE was compared"], said[0]),
            (Lang::ZhCn, ["无法判断该文件是否属于核验包中的记录", "没有与任何文件比对"], said[1]),
        ] {
            let (first, value) = report(&office, &bundle, Some(OTHER), lang);
            let (before, after) = first.split_once(status).unwrap_or_else(|| panic!("{status} is not in {first}"));
            assert!(before.contains(untold) && !after.contains(untold), "{first}");
            assert_eq!(value["verdict"]["code"], "no-secret");
            assert_eq!(value["verdict"]["exit"], Exit::CannotTell.code());
            assert_eq!((&value["file_is"], &value["file_places"]), (&"cannot-tell".into(), &serde_json::json!([])));
            assert!(value["verdict"]["sentence"].as_str().expect("a sentence").contains(untold), "{value}");
            // Without a file the status is told, and that no file was compared.
            let (first, value) = report(&office, &bundle, None, lang);
            assert!(first.contains(none) && first.contains(status), "{first}");
            assert_eq!((value["verdict"]["code"].as_str(), value["file_is"].is_null()), (Some(code), true));
        }
    }
}

#[test]
fn the_status_of_an_annulled_certificate_is_told_of_its_own_file() {
    let mut office = Office::new();
    let issued: Issued = office.issued("birth");
    office.act("notary", &["chen", "zhao"], annul(issued.id));
    let whole = office.bundle_of(&issued);
    let verdict = |bundle: &Bundle, file: &[u8]| {
        let (first, value) = report(&office, bundle, Some(file), Lang::En);
        assert!(!first.contains("NO FILE"), "{first}");
        (value["verdict"]["exit"].as_u64().expect("a number"), value["file_is"].as_str().expect("told").to_owned())
    };
    assert_eq!(verdict(&whole, &issued.file), (8, "document".to_owned()));
    assert_eq!(verdict(&whole, OTHER), (1, "other".to_owned()));
    // The bundle of a look-up opens the code and not the document.
    let codes = |one: &Disclosure| matches!(one, Disclosure::Lookup(_));
    let mut looked_up = whole.clone();
    looked_up.disclosures.retain(|bytes| Disclosure::from_bytes(bytes).is_ok_and(|one| codes(&one)));
    for file in [&issued.file, OTHER] {
        assert_eq!(verdict(&looked_up, file), (3, "cannot-tell".to_owned()));
    }
}
