//! What a verified bundle shows of its record, for a person.

use identity::Disclosure;
use ledger::light::Verified;
use ledger::record::{CorrectionCase, CorrectionEntry, Department, Item, ItemRef, NotarialCertificate};
use ledger::types::DepartmentId;

use super::super::super::facts::{Beside, Facts};
use super::super::super::number;
use super::super::super::shown::{Attached, grounds_in, grounds_of};
use super::super::judge::Finding;
use super::super::openings::Place;
use super::super::subject::{self, Subject};
use super::Report;

impl Report<'_> {
    /// The record that the bundle is about, or the paths of what is absent; nothing if it cannot be read.
    pub(super) fn record(&self, finding: &Finding) -> Option<String> {
        let mut facts = Facts::new(self.app);
        match finding.subject.as_ref()? {
            Subject::Certificate(record) => certificate(&mut facts, finding, record),
            Subject::Identity(record) => {
                let time = finding.verified.header().time.max(self.now);
                with_beside(finding, record.as_ref(), |beside| facts.identity(record, time, beside));
            }
            Subject::Case { record, entries, complete } => return Some(self.case(finding, record, entries, *complete)),
            Subject::Absent { paths } => {
                if let Some((number, code)) = self.asked() {
                    facts.row("label-number", number);
                    facts.row("label-code", code);
                }
                paths.iter().for_each(|path| facts.row("label-absent", path.clone()));
            }
            Subject::Other { paths } => paths.iter().for_each(|path| facts.row("label-path", path.clone())),
        }
        Some(facts.text())
    }

    /// A case, then its entries, and whether any of them is left out.
    fn case(
        &self,
        finding: &Finding,
        record: &CorrectionCase,
        entries: &[(u64, CorrectionEntry)],
        complete: bool,
    ) -> String {
        let (department, item) = attached(&finding.verified, &record.department, &record.item);
        let (texts, mut facts) = (texts(finding), Facts::new(self.app));
        facts.case(
            record,
            &Beside { department: department.as_ref(), item: item.as_ref(), grounds: &[], texts: &texts },
        );
        let count = entries.len().to_string();
        let said = if complete { "entries-complete" } else { "entries-partial" };
        let listed = if entries.is_empty() { String::new() } else { facts.entries(entries, item.as_ref()) };
        format!("{}  {}\n{listed}", facts.text(), self.app.say(said, &[("count", &count)]))
    }
}

/// A certificate, the name that its file had, and the number of the one that has replaced it.
fn certificate(facts: &mut Facts<'_>, finding: &Finding, record: &NotarialCertificate) {
    let verified = &finding.verified;
    with_beside(finding, record, |beside| facts.certificate(record, verified.header().time, beside));
    let anchored = finding.openings.opened.iter().find(|one| one.place == Place::Document);
    if let Some(name) = anchored.and_then(|one| one.name()) {
        facts.row("label-anchored-name", name.as_str());
    }
    let next = record.superseded_by.as_ref().and_then(|id| subject::other_certificate(verified, id));
    let office = subject::department(verified, &record.office);
    if let Some(printed) = next.zip(office).and_then(|(next, office)| number::on_paper(&next, &office)) {
        facts.row("label-superseded-by", printed);
    }
}

/// Says something of a record with what the bundle shows beside it.
fn with_beside<T: Attached>(finding: &Finding, record: &T, say: impl FnOnce(&Beside<'_>)) {
    let (department, item) = attached(&finding.verified, record.department(), record.item());
    let (grounds, texts) = (grounds_in(&finding.verified, &grounds_of(record)), texts(finding));
    say(&Beside { department: department.as_ref(), item: item.as_ref(), grounds: &grounds, texts: &texts });
}

/// Department and item of a record, where the bundle shows them.
fn attached(verified: &Verified, department: &DepartmentId, item: &ItemRef) -> (Option<Department>, Option<Item>) {
    (subject::department(verified, department), subject::item(verified, item))
}

/// What was opened, the texts of grounds among it.
fn texts(finding: &Finding) -> Vec<Disclosure> {
    finding.openings.opened.iter().map(|one| one.disclosure.clone()).collect()
}
