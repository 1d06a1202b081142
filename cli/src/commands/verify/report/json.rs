//! The report as JSON: the same, by stable codes.

use serde_json::{Value, json};

use super::super::super::{beijing, facts, number};
use super::super::check::Check;
use super::super::conclusion::FileIs;
use super::super::judge::{Finding, Submitted};
use super::super::subject::{self, Subject};
use super::placed::{self, opened_json, place_json};
use super::{Report, software};

impl Report<'_> {
    /// The whole report.
    pub(in crate::commands::verify) fn json(&self) -> Value {
        let conclusion = self.judgement.conclusion;
        let mut value = json!({
            "verdict": {"code": conclusion.code(), "exit": conclusion.exit().code(), "sentence": self.verdict()},
            "advice": self.advice().map(|said| said.trim_start_matches(&self.say("next-mark")).to_owned()),
            "next": self.next().as_slice(),
            "notes": self.notes(),
            "checks": self.judgement.checks.iter().map(|check| self.check_json(check)).collect::<Vec<_>>(),
            "not_proven": self.unproven().iter().map(|key| json!({"code": key.trim_start_matches("unproven-"), "sentence": self.say(key)})).collect::<Vec<_>>(),
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
        value["file_is"] = json!(self.file_is());
        if let Some(finding) = self.finding() {
            let header = finding.verified.header();
            value["as_of"] = json!({
                "height": header.height.0, "time": beijing::stamp(header.time), "header": header.hash().to_string(),
                "age_ms": finding.age_ms,
            });
            value["file_places"] = finding.file_is.iter().map(|place| place_json(finding, place)).collect();
            value["opened"] = opened_json(finding).into();
            self.record_json(finding, &mut value);
        }
        value
    }

    /// What the file is: the first place that it stands for in the record, `other`, or `cannot-tell`; nothing where none
    /// was handed in.
    fn file_is(&self) -> Option<&'static str> {
        self.file?;
        let Some(finding) = self.finding() else { return Some("cannot-tell") };
        match (finding.file, finding.file_is.first()) {
            (_, Some(place)) => Some(placed::code(place)),
            (FileIs::Other, None) => Some("other"),
            (_, None) => Some("cannot-tell"),
        }
    }

    /// What is to be known beside the verdict.
    fn notes(&self) -> Vec<Value> {
        let notes = [("mended", self.mended()), ("later-height", self.later())];
        let said = notes.into_iter().filter_map(|(code, sentence)| Some((code, sentence?)));
        said.map(|(code, sentence)| json!({"code": code, "sentence": sentence})).collect()
    }

    fn check_json(&self, check: &Check) -> Value {
        json!({
            "code": check.code.code(), "outcome": check.outcome.word(), "sentence": self.say(check.key()),
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
