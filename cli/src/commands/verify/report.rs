//! The report of a verification, for a person and for a program.

use std::path::Path;

use ledger::light::Verified;
use ledger::record::{Department, Item, ItemRef};
use ledger::trust::TrustFile;
use ledger::types::{DepartmentId, TimeMs};
use serde_json::{Value, json};

use super::super::age::span;
use super::super::beijing;
use super::super::facts::{self, Beside, Facts};
use super::super::number;
use super::super::shown::{grounds_in, grounds_of};
use super::check::{Check, Outcome};
use super::conclusion::{Conclusion, Unknown};
use super::judge::{Finding, Judgement, Submitted};
use super::openings::Place;
use super::subject::{self, Subject};
use crate::app::App;
use crate::exit::Exit;
use crate::output::{Tone, inert};

/// What the ledger never proves, in the words of the catalogue.
const NOT_PROVEN: [&str; 4] = ["unproven-content", "unproven-before", "unproven-paper", "unproven-since"];

/// Names of fresh bundles that are tried.
const FRESH_MAX: u32 = 100;

/// What a fresh bundle is called in the command that asks for it: a name that is free here.
fn fresh_name() -> String {
    let names = (2..FRESH_MAX).map(|number| format!("fresh-{number}.yinxin"));
    let mut names = std::iter::once("fresh.yinxin".to_owned()).chain(names);
    names.find(|name| !Path::new(name).exists()).unwrap_or_else(|| format!("fresh-{FRESH_MAX}.yinxin"))
}

/// A judgement about to be said.
pub(super) struct Report<'a> {
    /// This run.
    pub(super) app: &'a App,
    /// The judgement.
    pub(super) judgement: &'a Judgement,
    /// The file that was handed in.
    pub(super) file: Option<&'a Submitted>,
    /// Where the bundle is.
    pub(super) bundle: &'a Path,
    /// What was trusted.
    pub(super) trust: &'a TrustFile,
    /// When the check was made.
    pub(super) now: TimeMs,
}

impl Report<'_> {
    fn say(&self, key: &str) -> String {
        self.app.words.say(key)
    }

    fn finding(&self) -> Option<&Finding> {
        self.judgement.finding.as_ref()
    }

    /// The report as text; its first line is the verdict, the time it is about, and the age of the view.
    pub(super) fn text(&self) -> String {
        let mut parts = vec![self.first_line()];
        parts.extend(self.advice().filter(|_| self.judgement.conclusion != Conclusion::Verified));
        parts.push(format!("\n{}\n{}", self.say("report-proven"), self.proven()));
        if let Some(file) = self.file {
            parts.push(format!("{}\n{}", self.say("report-file"), self.submitted(file)));
        }
        if let Some(record) = self.finding().and_then(|finding| self.record(finding)) {
            parts.push(format!("{}\n{record}", self.say("report-record")));
        }
        parts.push(format!("{}\n{}", self.say("report-checks"), self.checks()));
        let unproven: Vec<String> = NOT_PROVEN.iter().map(|key| format!("  {}", self.say(key))).collect();
        parts.push(format!("{}\n{}\n", self.say("report-not-proven"), unproven.join("\n")));
        parts.push(format!("{}\n{}", self.say("report-check-itself"), self.check_itself()));
        parts.join("\n")
    }

    /// The verdict with the time it is about; what is in force gets the way to a fresh answer in the same line, so that
    /// nobody takes it for the present.
    fn first_line(&self) -> String {
        let verdict = self.say(self.judgement.conclusion.key());
        let tone = match self.judgement.conclusion.exit() {
            Exit::Done => Tone::Good,
            Exit::CannotTell => Tone::Warn,
            _ => Tone::Bad,
        };
        let verdict = self.app.out.tone(tone, &verdict);
        let Some(finding) = self.finding() else {
            return self.app.say("report-verdict", &[("verdict", &verdict)]);
        };
        let time = beijing::shown(finding.verified.header().time);
        let age = span(self.app, finding.age_ms);
        let said = self.app.say("report-verdict-as-of", &[("verdict", &verdict), ("time", &time), ("age", &age)]);
        match self.advice() {
            Some(advice) if self.judgement.conclusion == Conclusion::Verified => format!("{said} {advice}"),
            _ => said,
        }
    }

    /// What to do next, where something can be done.
    fn advice(&self) -> Option<String> {
        let key = match self.judgement.conclusion {
            Conclusion::Verified | Conclusion::CannotTell(Unknown::ViewOld) | Conclusion::Absent => {
                let said = self.app.say("advice-refresh", &[("command", &inert(&self.refresh()?))]);
                return Some(format!("{}{said}", self.say("next-mark")));
            }
            Conclusion::CannotTell(Unknown::CheckpointNeeded | Unknown::OutOfReach) => "advice-trust",
            Conclusion::CannotTell(Unknown::ClockBehind) => "advice-clock",
            Conclusion::CannotTell(Unknown::NoSecret | Unknown::CodeUnproven) => "advice-full-bundle",
            Conclusion::CannotTell(Unknown::NoRecord) => "advice-no-record",
            Conclusion::CannotTell(Unknown::RecordUnreadable | Unknown::NewerProgram) => "advice-newer-program",
            Conclusion::OtherContent => "advice-other-content",
            Conclusion::Forged => "advice-forged",
            Conclusion::OtherChain => "advice-other-chain",
            Conclusion::NotInForce(_) => return None,
        };
        Some(format!("{}{}", self.say("next-mark"), self.say(key)))
    }

    /// The command that asks for the present status of the record.
    fn refresh(&self) -> Option<String> {
        let given = &self.app.given;
        Some(match self.finding()?.subject.as_ref()? {
            Subject::Certificate(record) => {
                let (id, old) = (record.id.to_string(), self.bundle.display().to_string());
                given.command(&["certificate", "export", &id, "--from", &old, "--out", &fresh_name()])
            }
            Subject::Identity(record) => given.command(&["identity", "show", &record.id.to_string()]),
            Subject::Case { record, .. } => {
                given.command(&["correction", "show", &record.id.to_string(), "--key", &self.say("value-KEY")])
            }
            Subject::Absent { .. } => {
                let (number, code) = self.asked()?;
                given.command(&["lookup", &number, &code])
            }
            Subject::Other { .. } => return None,
        })
    }

    /// The command of the advice, where it is one, for a program.
    fn next(&self) -> Option<String> {
        let asks = matches!(
            self.judgement.conclusion,
            Conclusion::Verified | Conclusion::CannotTell(Unknown::ViewOld) | Conclusion::Absent
        );
        self.refresh().filter(|_| asks)
    }

    /// The number and the code that an absence is about, where the bundle opens them: they lead there.
    fn asked(&self) -> Option<(String, String)> {
        let finding = self.finding().filter(|_| self.judgement.conclusion != Conclusion::Forged)?;
        let asked = finding.openings.codes.first()?;
        let number = asked.number.as_ref()?;
        let office = subject::department(&finding.verified, &number.office);
        Some((number::words(number, office.as_ref()), asked.code.to_string()))
    }

    /// What is proven, said exactly.
    fn proven(&self) -> String {
        let Some(finding) = self.finding() else { return format!("  {}\n", self.say("proven-nothing")) };
        let header = finding.verified.header();
        let (time, height) = (beijing::shown(header.time), header.height.to_string());
        let values = [("time", time.as_str()), ("height", height.as_str())];
        let mut lines = vec![match (&finding.subject, self.asked()) {
            (Some(Subject::Absent { .. }), Some((number, code))) => {
                let [time, height] = values;
                self.app.say("proven-absence-number", &[time, height, ("number", &number), ("code", &code)])
            }
            (Some(Subject::Absent { .. }), _) => self.app.say("proven-absence", &values),
            (Some(Subject::Other { .. }), _) => self.app.say("proven-other", &values),
            _ => self.app.say("proven-state", &values),
        }];
        if let Some(place) = &finding.file_is {
            lines.push(self.app.say(place_key(place), &[("index", &place_index(place))]));
        }
        lines.into_iter().map(|line| format!("  {line}\n")).collect()
    }

    fn submitted(&self, file: &Submitted) -> String {
        let mut facts = Facts::new(self.app);
        facts.row("label-file-name", file.name.clone());
        facts.row("label-file-size", file.fingerprint.size_bytes.to_string());
        facts.row("label-file-digest", file.fingerprint.digest.to_string());
        facts.text()
    }

    fn record(&self, finding: &Finding) -> Option<String> {
        let texts: Vec<_> = finding.openings.opened.iter().map(|one| one.disclosure.clone()).collect();
        let time = finding.verified.header().time;
        let mut facts = Facts::new(self.app);
        match finding.subject.as_ref()? {
            Subject::Certificate(record) => {
                let (office, item) = beside(&finding.verified, &record.office, &record.item);
                facts.certificate(
                    record,
                    time,
                    &Beside {
                        department: office.as_ref(),
                        item: item.as_ref(),
                        grounds: &grounds_in(&finding.verified, &grounds_of(record.as_ref())),
                        texts: &texts,
                    },
                );
                let anchored = finding.openings.opened.iter().find(|one| one.place == Place::Document);
                if let Some(name) = anchored.and_then(|one| one.name()) {
                    facts.row("label-anchored-name", name.as_str());
                }
                let next =
                    record.superseded_by.as_ref().and_then(|id| subject::other_certificate(&finding.verified, id));
                if let Some(printed) =
                    next.zip(office.as_ref()).and_then(|(next, office)| number::on_paper(&next, office))
                {
                    facts.row("label-superseded-by", printed);
                }
            }
            Subject::Identity(record) => {
                let (department, item) = beside(&finding.verified, &record.department, &record.item);
                let grounds = grounds_in(&finding.verified, &grounds_of(record.as_ref()));
                let (department, item) = (department.as_ref(), item.as_ref());
                let beside = Beside { department, item, grounds: &grounds, texts: &texts };
                facts.identity(record, time.max(self.now), &beside);
            }
            Subject::Case { record, entries, complete } => {
                let (department, item) = beside(&finding.verified, &record.department, &record.item);
                let beside =
                    Beside { department: department.as_ref(), item: item.as_ref(), grounds: &[], texts: &texts };
                facts.case(record, &beside);
                let count = entries.len().to_string();
                let said = if *complete { "entries-complete" } else { "entries-partial" };
                let listed = if entries.is_empty() { String::new() } else { facts.entries(entries, item.as_ref()) };
                return Some(format!("{}  {}\n{listed}", facts.text(), self.app.say(said, &[("count", &count)])));
            }
            Subject::Absent { paths } => {
                if let Some((number, code)) = self.asked() {
                    facts.row("label-number", number);
                    facts.row("label-code", code);
                }
                for path in paths {
                    facts.row("label-absent", path.clone());
                }
            }
            Subject::Other { paths } => {
                for path in paths {
                    facts.row("label-path", path.clone());
                }
            }
        }
        Some(facts.text())
    }

    fn checks(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .judgement
            .checks
            .iter()
            .map(|check| {
                let mark = match check.outcome {
                    Outcome::Ok => "✓",
                    Outcome::Failed => "✗",
                    Outcome::NotChecked => "·",
                };
                let sentence = self.say(check.code.key());
                let outcome = format!("  {mark} {}", self.say(check.outcome.key()));
                vec![outcome, sentence, check.detail.words(&self.app.words)]
            })
            .collect();
        crate::output::table(&rows)
    }

    /// When, with which software, against what the check was made.
    fn check_itself(&self) -> String {
        let mut facts = Facts::new(self.app);
        facts.time("label-checked", self.now);
        facts.row("label-software", software());
        facts.row("label-chain", self.trust.chain.to_string());
        let checkpoint = self.trust.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.height.0);
        facts.row("label-trust", checkpoint.to_string());
        facts.row("label-bundle", self.bundle.display().to_string());
        if let Some(time) = self.finding().and_then(|finding| finding.made_at) {
            facts.time("label-made", time);
        }
        facts.text()
    }

    /// The report as JSON: the same, by stable codes.
    pub(super) fn json(&self) -> Value {
        let conclusion = self.judgement.conclusion;
        let mut value = json!({
            "verdict": {"code": conclusion.code(), "exit": conclusion.exit().code(), "sentence": self.say(conclusion.key())},
            "advice": self.advice().map(|said| said.trim_start_matches(&self.say("next-mark")).to_owned()),
            "next": self.next().as_slice(),
            "checks": self.judgement.checks.iter().map(|check| self.check_json(check)).collect::<Vec<_>>(),
            "not_proven": NOT_PROVEN.iter().map(|key| json!({"code": key.trim_start_matches("unproven-"), "sentence": self.say(key)})).collect::<Vec<_>>(),
            "checked": {
                "at": beijing::stamp(self.now), "software": software(), "chain": self.trust.chain.as_str(),
                "trust_height": self.trust.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.height.0),
            },
        });
        if let Some(file) = self.file {
            let Submitted { name, fingerprint } = file;
            value["file"] =
                json!({"name": name, "size_bytes": fingerprint.size_bytes, "sha256": fingerprint.digest.to_string()});
        }
        if let Some(finding) = self.finding() {
            let header = finding.verified.header();
            value["as_of"] = json!({
                "height": header.height.0, "time": beijing::stamp(header.time), "header": header.hash().to_string(),
                "age_ms": finding.age_ms,
            });
            value["file_is"] =
                json!(finding.file_is.as_ref().map(|place| place_key(place).trim_start_matches("place-")));
            self.record_json(finding, &mut value);
        }
        value
    }

    fn check_json(&self, check: &Check) -> Value {
        json!({
            "code": check.code.code(), "outcome": check.outcome.word(), "sentence": self.say(check.code.key()),
            "detail": check.detail.to_string(),
        })
    }

    fn record_json(&self, finding: &Finding, value: &mut Value) {
        let time = finding.verified.header().time;
        match &finding.subject {
            Some(Subject::Certificate(record)) => {
                let office = subject::department(&finding.verified, &record.office);
                value["number"] = json!(office.and_then(|office| number::on_paper(record, &office)));
                value["status"] = json!(record.status_at(time).word());
                value["certificate"] = facts::json(record.as_ref());
            }
            Some(Subject::Identity(record)) => {
                value["status"] = json!(record.status_at(time.max(self.now)).word());
                value["identity"] = facts::json(record.as_ref());
            }
            Some(Subject::Case { record, entries, complete }) => {
                value["status"] = json!(record.status.word());
                value["case"] = facts::json(record.as_ref());
                value["entries"] = entries.iter().map(|(_, entry)| facts::json(entry)).collect();
                value["complete"] = json!(complete);
            }
            Some(Subject::Absent { paths }) => {
                value["absent"] = json!(paths);
                value["asked"] = json!(self.asked().map(|(number, code)| json!({"number": number, "code": code})));
            }
            Some(Subject::Other { paths }) => value["paths"] = json!(paths),
            None => {}
        }
    }
}

/// Department and item of a record, where the bundle shows them.
fn beside(verified: &Verified, department: &DepartmentId, item: &ItemRef) -> (Option<Department>, Option<Item>) {
    (subject::department(verified, department), subject::item(verified, item))
}

fn software() -> String {
    format!("yinxin {}", env!("CARGO_PKG_VERSION"))
}

/// Key of the sentence that says what a file is.
const fn place_key(place: &Place) -> &'static str {
    match place {
        Place::Document => "place-document",
        Place::Amendment(_) => "place-amendment",
        Place::Matter => "place-matter",
        Place::Decision => "place-decision",
        Place::Entry(_) => "place-entry",
        Place::Closing | Place::AmendmentReason(_) | Place::Reason | Place::Attribute(_) | Place::Person => {
            "place-reason"
        }
    }
}

/// Its place in a list, counted from 1.
fn place_index(place: &Place) -> String {
    match place {
        Place::Amendment(index) => (index + 1).to_string(),
        Place::Entry(index) => (index + 1).to_string(),
        _ => String::new(),
    }
}
