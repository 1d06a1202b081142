//! The report of a verification: for a person here, for a program in [`json`]; the record itself in [`record`], what
//! stands where in it in [`placed`].

mod json;
mod placed;
mod record;

use std::path::Path;

use ledger::trust::TrustFile;
use ledger::types::TimeMs;

use super::super::age::span;
use super::super::beijing;
use super::super::facts::Facts;
use super::super::number;
use super::check::Outcome;
use super::conclusion::{Conclusion, FileIs, Unknown};
use super::judge::{Finding, Judgement, Submitted};
use super::subject::{self, Subject};
use crate::app::App;
use crate::exit::Exit;
use crate::given::Next;
use crate::output::{Tone, inert};

/// What the ledger never proves of a record, in the words of the catalogue.
const NOT_PROVEN: [&str; 4] = ["unproven-content", "unproven-before", "unproven-paper", "unproven-since"];
/// What it does not prove of an attestation.
const NOT_PROVEN_OF_IDENTITY: [&str; 4] = ["unproven-holder", "unproven-content", "unproven-before", "unproven-since"];
/// What it does not prove by an absence.
const NOT_PROVEN_BY_ABSENCE: [&str; 2] = ["unproven-elsewhere", "unproven-since"];

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
        parts.extend(self.later());
        parts.push(format!("\n{}\n{}", self.say("report-proven"), self.proven()));
        if let Some(file) = self.file {
            let untold = self.finding().is_none_or(|finding| finding.file == FileIs::Untold);
            let heading = self.say(if untold { "report-file-untold" } else { "report-file" });
            parts.push(format!("{heading}\n{}", self.submitted(file)));
        }
        if let Some(record) = self.finding().and_then(|finding| self.record(finding)) {
            parts.push(format!("{}\n{record}", self.say("report-record")));
        }
        parts.push(format!("{}\n{}", self.say("report-checks"), self.checks()));
        let unproven: Vec<String> = self.unproven().iter().map(|key| format!("  {}", self.say(key))).collect();
        parts.push(format!("{}\n{}\n", self.say("report-not-proven"), unproven.join("\n")));
        parts.push(format!("{}\n{}", self.say("report-check-itself"), self.check_itself()));
        parts.join("\n")
    }

    /// The verdict in words; that of an absence names what is absent. Of a file that could not be compared nothing is
    /// said but that, and the status as that of the record in the bundle; where none was compared, it is said.
    fn verdict(&self) -> String {
        let subject = self.finding().and_then(|finding| finding.subject.as_ref());
        let has_files = matches!(subject, Some(Subject::Certificate(_) | Subject::Case { .. }));
        match self.judgement.conclusion {
            // Whoever shows a paper beside it has not shown that it is the one.
            Conclusion::Verified if has_files && self.file.is_none() => self.say("verdict-record-alone"),
            conclusion if has_files && self.file.is_none() && conclusion.is_of_the_record() => {
                self.app.say("verdict-no-file", &[("verdict", &self.say(conclusion.key()))])
            }
            Conclusion::CannotTell(Unknown::NoSecret) => {
                match self.finding().and_then(|finding| finding.standing.alone()) {
                    Some(alone) => self.app.say("verdict-no-secret-ended", &[("verdict", &self.say(alone.key()))]),
                    None => self.say("verdict-no-secret"),
                }
            }
            conclusion => self.app.say(conclusion.key(), &[("what", &self.absent().unwrap_or_default())]),
        }
    }

    /// What is absent: a number with its code, else the first of the paths.
    fn absent(&self) -> Option<String> {
        let Some(Subject::Absent { paths }) = &self.finding()?.subject else { return None };
        if let Some((number, code)) = self.asked() {
            return Some(self.app.say("absent-number", &[("number", &number), ("code", &code)]));
        }
        let (first, others) = paths.split_first()?;
        Some(self.app.say("absent-path", &[("path", first), ("count", &others.len().to_string())]))
    }

    /// The verdict with the time it is about; what is in force gets the way to a fresh answer in the same line, so that
    /// nobody takes it for the present.
    fn first_line(&self) -> String {
        let verdict = self.verdict();
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
        let advice = self.advice().filter(|_| self.judgement.conclusion == Conclusion::Verified);
        let parts: Vec<String> = std::iter::once(said).chain(self.mended()).chain(advice).collect();
        self.app.sentences(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// That the certificate was mended 补正: whoever reads its file alone reads what no longer holds.
    fn mended(&self) -> Option<String> {
        let stands = matches!(self.judgement.conclusion, Conclusion::Verified | Conclusion::CannotTell(_));
        let Some(Subject::Certificate(record)) = &self.finding().filter(|_| stands)?.subject else { return None };
        let count = record.amendments.len();
        (count > 0).then(|| self.app.say("report-mended", &[("count", &count.to_string())]))
    }

    /// That a later height is known here than that of the bundle: a fresh one is to be had. It says nothing of the record,
    /// so the verdict stays what it is as of its time.
    fn later(&self) -> Option<String> {
        let known = self.trust.checkpoint.as_ref()?.height;
        let head = self.finding()?.verified.header().height;
        let values = [("known", known.to_string()), ("height", head.to_string())];
        (known > head).then(|| {
            self.app.say("report-later-height", &values.each_ref().map(|(name, value)| (*name, value.as_str())))
        })
    }

    /// What to do next, where something can be done.
    fn advice(&self) -> Option<String> {
        let key = match self.judgement.conclusion {
            Conclusion::Verified
            | Conclusion::CannotTell(Unknown::ViewOld | Unknown::OtherThen)
            | Conclusion::Absent => {
                let subject = self.finding().and_then(|finding| finding.subject.as_ref());
                let key = match subject {
                    Some(Subject::Certificate(_)) => "advice-refresh-bundle",
                    _ => "advice-refresh",
                };
                let said = self.app.say(key, &[("command", &inert(self.refresh()?.line()))]);
                return Some(format!("{}{said}", self.say("next-mark")));
            }
            Conclusion::CannotTell(Unknown::CheckpointNeeded | Unknown::OutOfReach) => "advice-trust",
            Conclusion::CannotTell(Unknown::ClockBehind) => "advice-clock",
            Conclusion::CannotTell(Unknown::NoSecret | Unknown::CodeUnproven) => "advice-full-bundle",
            Conclusion::CannotTell(Unknown::NoRecord | Unknown::FileBesideAbsence) => "advice-no-record",
            Conclusion::CannotTell(Unknown::RecordUnreadable | Unknown::NewerProgram) => "advice-newer-program",
            Conclusion::OtherContent => "advice-other-content",
            Conclusion::Forged => "advice-forged",
            Conclusion::OtherChain => "advice-other-chain",
            Conclusion::NotInForce(_) | Conclusion::Closed => return None,
        };
        Some(format!("{}{}", self.say("next-mark"), self.say(key)))
    }

    /// What is not proven by a bundle of this kind.
    fn unproven(&self) -> &'static [&'static str] {
        match self.finding().and_then(|finding| finding.subject.as_ref()) {
            Some(Subject::Absent { .. }) => &NOT_PROVEN_BY_ABSENCE,
            Some(Subject::Identity(_)) => &NOT_PROVEN_OF_IDENTITY,
            _ => &NOT_PROVEN,
        }
    }

    /// The command that asks for the present status of the record.
    fn refresh(&self) -> Option<Next> {
        let (key, url) = (self.say("value-KEY"), self.say("value-URL"));
        let (mut words, mut blanks): (Vec<String>, bool) = match self.finding()?.subject.as_ref()? {
            Subject::Certificate(record) => {
                let (id, old) = (record.id.to_string(), self.bundle.display().to_string());
                let words = ["certificate", "export", &id, "--from", &old, "--out", &fresh_name()];
                (words.map(str::to_owned).to_vec(), false)
            }
            Subject::Identity(record) => {
                (["identity", "show", &record.id.to_string()].map(str::to_owned).to_vec(), false)
            }
            Subject::Case { record, .. } => {
                let words = ["correction", "show", &record.id.to_string(), "--key", &key];
                (words.map(str::to_owned).to_vec(), true)
            }
            Subject::Absent { .. } => {
                let (number, code) = self.asked()?;
                (vec!["lookup".to_owned(), number, code], false)
            }
            Subject::Other { .. } => return None,
        };
        if !self.app.knows_a_node() {
            // Whoever verifies offline may know no node at all.
            words.extend(["--node".to_owned(), url]);
            blanks = true;
        }
        let line = self.app.given.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        Some(if blanks { Next::Blanks(line) } else { Next::Whole(line) })
    }

    /// The command of the advice, where it is one that a program can run.
    fn next(&self) -> Option<String> {
        let asks = matches!(
            self.judgement.conclusion,
            Conclusion::Verified | Conclusion::CannotTell(Unknown::ViewOld | Unknown::OtherThen) | Conclusion::Absent
        );
        let refresh = self.refresh().filter(|_| asks)?;
        refresh.whole().map(str::to_owned)
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
        lines.extend(self.file_places(finding));
        lines.extend(self.copied(finding));
        lines.into_iter().map(|line| format!("  {line}\n")).collect()
    }

    fn submitted(&self, file: &Submitted) -> String {
        let mut facts = Facts::new(self.app);
        facts.row("label-file-name", file.name.clone());
        facts.row("label-file-size", file.fingerprint.size_bytes.to_string());
        facts.row("label-file-digest", file.fingerprint.digest.to_string());
        facts.text()
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
                let sentence = self.say(check.key());
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
}

fn software() -> String {
    format!("yinxin {}", env!("CARGO_PKG_VERSION"))
}
