//! What a person reads: the first line never passes for the present, and an absence says what was asked for.

use std::path::Path;

use clap::Parser;
use identity::{Disclosure, LookupCode, disclosure::LookupDisclosure};
use ledger::bundle::Bundle;
use ledger::record::FullNumber;
use ledger::state::StateKey;

use super::super::judge::judge;
use super::super::report::Report;
use super::AGE_MAX;
use super::office::{DAY_MS, Office};
use crate::app::App;
use crate::args::Cli;
use crate::catalogue::{Lang, Words};
use crate::commands::{beijing, number};

/// The report about a bundle alone, some time after the newest block: its text and its value for programs.
fn report(office: &Office, bundle: &Bundle, later: u64, lang: Lang) -> (String, serde_json::Value) {
    let app = App::new(Cli::parse_from(["yinxin", "verify", "a.yinxin"]).global, Words::new(lang));
    let (trust, now) = (office.trust(), office.time().plus(later));
    let judgement = judge(&bundle.encode(), &trust, None, now, AGE_MAX);
    let path = Path::new("a\nVerdict: verified");
    let report = Report { app: &app, judgement: &judgement, file: None, bundle: path, trust: &trust, now };
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
    assert!(text.contains(&format!("no certificate {number} with the look-up code {code}")), "{text}");
    assert_eq!((value["asked"]["number"].as_str(), value["verdict"]["exit"].as_u64()), (Some(number), Some(5)));
}
