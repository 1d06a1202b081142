//! What a person reads: the first line never passes for the present, and an absence says what was asked for.

use std::path::Path;

use clap::Parser;
use identity::{Disclosure, LookupCode, disclosure::LookupDisclosure};
use ledger::action::Action;
use ledger::action::notarial::Amend;
use ledger::bundle::Bundle;
use ledger::crypto::Hash;
use ledger::light;
use ledger::record::FullNumber;
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use ledger::types::RecordId;

use super::super::judge::judge;
use super::super::report::Report;
use super::office::{DAY_MS, Office};
use super::{AGE_MAX, reason};
use crate::app::App;
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::commands::{beijing, number};

const A_NODE: [&str; 2] = ["--node", "http://127.0.0.1:1"];

/// The report about a bundle alone, some time after the newest block: its text and its value for programs.
fn report(office: &Office, bundle: &Bundle, later: u64, lang: Lang) -> (String, serde_json::Value) {
    report_with(&A_NODE, office, bundle, later, lang)
}

/// The same of somebody who gives these options; there are no settings.
fn report_with(
    options: &[&str],
    office: &Office,
    bundle: &Bundle,
    later: u64,
    lang: Lang,
) -> (String, serde_json::Value) {
    report_under(&office.trust(), options, office, bundle, later, lang)
}

/// The same under a trust file.
fn report_under(
    trust: &TrustFile,
    options: &[&str],
    office: &Office,
    bundle: &Bundle,
    later: u64,
    lang: Lang,
) -> (String, serde_json::Value) {
    let line = [&["yinxin", "verify", "a.yinxin", "--home", "/nowhere/at/all"], options].concat();
    let app = App::new(Cli::parse_from(line).global, Words::new(lang));
    let now = office.time().plus(later);
    let judgement = judge(&bundle.encode(), trust, None, now, AGE_MAX);
    let path = Path::new("a\nVerdict: verified");
    let report = Report { app: &app, judgement: &judgement, file: None, bundle: path, trust, now };
    (report.text(), report.json())
}

#[test]
fn the_first_line_of_what_is_verified_says_when_and_how_to_ask_again() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let unknown = [(Lang::En, "what has happened since is not known"), (Lang::ZhCn, "此后发生的事不明")];
    for (lang, since) in unknown {
        let (text, value) = report(&office, &office.bundle_of(&issued), 29 * DAY_MS, lang);
        let first = text.lines().next().expect("a line");
        let ask = format!("yinxin certificate export {}", issued.id);
        for part in [since, &beijing::shown(office.time()), &ask] {
            assert!(first.contains(part), "{part} is not in {first}");
        }
        assert_eq!(text.matches(&ask).count(), 1, "said once");
        assert_eq!(value["verdict"]["exit"], 0);
        assert!(value["next"][0].as_str().expect("a command").starts_with(&ask));
        // The name of a file begins no line of its own.
        assert_eq!(text.lines().filter(|line| line.starts_with("Verdict: ")).count(), usize::from(lang == Lang::En));
    }
}

#[test]
fn a_trust_file_that_knows_of_a_later_height_says_so_and_changes_no_verdict() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let bundle = office.bundle_of(&issued);
    office.pass(1_000);
    let newest = light::verify(&office.bundle(&[]), &office.trust()).expect("proven");
    let trust = newest.ratchet(&office.trust());
    for (lang, said) in [(Lang::En, "knows of a later height"), (Lang::ZhCn, "已知更高的高度")] {
        let (text, value) = report_under(&trust, &A_NODE, &office, &bundle, 0, lang);
        let line = text.lines().nth(1).expect("a second line");
        assert!(line.contains(said) && line.contains(&newest.header().height.to_string()), "{line}");
        assert_eq!((&value["verdict"]["exit"], &value["notes"][0]["code"]), (&0.into(), &"later-height".into()));
        let (text, value) = report(&office, &bundle, 0, lang);
        assert!(!text.contains(said) && value["notes"] == serde_json::json!([]), "the founders' file knows of none");
    }
}

#[test]
fn the_first_line_says_that_a_certificate_was_mended() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (plain, value) = report(&office, &office.bundle_of(&issued), 0, Lang::En);
    assert!(!plain.contains("MENDED") && value["notes"] == serde_json::json!([]));
    let document = Hash::sha256(b"paper");
    let amend = Amend { certificate: issued.id, document, reason: reason("clerical-error"), text: None };
    office.act("notary", &["chen", "zhao"], Action::Amend(amend));
    for (lang, said) in [(Lang::En, "has been MENDED once: its file and every paper"), (Lang::ZhCn, "已补正 1 次")]
    {
        for (later, exit) in [(0, 0), (31 * DAY_MS, 3)] {
            let (text, value) = report(&office, &office.bundle_of(&issued), later, lang);
            assert!(text.lines().next().expect("a line").contains(said), "{text}");
            assert_eq!((&value["verdict"]["exit"], &value["notes"][0]["code"]), (&exit.into(), &"mended".into()));
        }
    }
}

#[test]
fn whoever_knows_no_node_is_told_where_to_name_one() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let (text, value) = report_with(&[], &office, &office.bundle_of(&issued), 0, Lang::En);
    let first = text.lines().next().expect("a line");
    assert!(first.contains(&issued.id.to_string()) && first.ends_with(" --node URL"), "{first}");
    // No program runs a command that has a blank in it.
    assert_eq!(value["next"], serde_json::json!([]));
}

#[test]
fn an_absence_says_which_number_and_code_were_asked_for() {
    let mut office = Office::new();
    let issued = office.issued("birth");
    let full = office.certificate(&issued.id).full_number().expect("a number");
    let (asked, code) = (FullNumber { serial: 999_999, ..full }, LookupCode::from_bytes(&[9; 10]));
    let keys = [StateKey::lookup(&number::lookup(&asked, &code)), StateKey::department(&asked.office)];
    let mut bundle = office.bundle(&keys);
    let disclosure = LookupDisclosure { code: code.clone(), number: Some(asked) };
    bundle.disclosures = vec![Disclosure::Lookup(disclosure).to_bytes().into()];
    let (text, value) = report(&office, &bundle, 0, Lang::En);
    let number = "(2026)粤佛禅城证字第999999号";
    let first = text.lines().next().expect("a line");
    assert!(first.contains(number) && first.contains(&code.to_string()), "{first}");
    assert!(text.contains(&format!("no certificate {number} with the look-up code {code}")), "{text}");
    assert_eq!((value["asked"]["number"].as_str(), value["verdict"]["exit"].as_u64()), (Some(number), Some(5)));
    let unproven = value["not_proven"].as_array().expect("a list").iter().map(|one| one["code"].as_str());
    assert_eq!(unproven.collect::<Vec<_>>(), [Some("elsewhere"), Some("since")], "there is no document");
}

#[test]
fn the_first_line_of_an_absence_names_the_path_where_no_number_was_asked_for() {
    let office = Office::new();
    let keys = [1, 2].map(|byte| StateKey::certificate(&RecordId([byte; 16])));
    for (lang, count, more) in
        [(Lang::En, 1, "nor"), (Lang::En, 2, "nor at one more path"), (Lang::ZhCn, 2, "另有 1 处")]
    {
        let (text, _) = report(&office, &office.bundle(&keys[..count]), 0, lang);
        let first = text.lines().next().expect("a line");
        assert!(first.contains(keys[0].path()), "{first}");
        assert_eq!(first.contains(more), count == 2, "{first}");
    }
}

#[test]
fn an_attestation_does_not_prove_who_shows_it() {
    let mut office = Office::new();
    let person = office.person(365);
    let (text, value) = report(&office, &office.bundle(&[StateKey::identity(&person)]), 0, Lang::En);
    assert!(text.contains("That whoever shows it is that person"), "{text}");
    assert_eq!(value["not_proven"][0]["code"], "holder");
    let issued = office.issued("birth");
    let (_, value) = report(&office, &office.bundle_of(&issued), 0, Lang::En);
    assert!(value["not_proven"].as_array().expect("a list").iter().all(|one| one["code"] != "holder"));
}
