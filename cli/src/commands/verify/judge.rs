//! From checks to a verdict: valid, invalid or cannot tell, never one for the other.
//!
//! What it does NOT say: that the content is true. It says that what was anchored has not been changed since, and
//! where the record stood when the validators signed the head.

use identity::Fingerprint;
use ledger::bundle::Bundle;
use ledger::light::{CannotTell, Verified};
use ledger::record::CaseStatus;
use ledger::trust::TrustFile;
use ledger::types::TimeMs;

use super::check::{Check, CheckCode, Detail, Unproven, prove};
use super::codes::{self, Leads};
use super::conclusion::{Conclusion, Ended, FileIs, Standing, Unknown, certificate_end, identity_end, weigh};
use super::openings::{Openings, Place, openings};
use super::subject::{Subject, subject};
use crate::commands::age::CLOCK_BEHIND_MS_MAX;
use crate::commands::{beijing, facts};
use crate::reason::Reason;

/// The file that was handed in.
#[derive(Clone, Debug)]
pub(crate) struct Submitted {
    /// Its name, for people.
    pub(crate) name: String,
    /// Digest and size.
    pub(crate) fingerprint: Fingerprint,
}

/// What a proven bundle says.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The proof.
    pub(crate) verified: Verified,
    /// When the bundle was put together, as its maker claims.
    pub(crate) made_at: Option<TimeMs>,
    /// What it is about; `None` if the record cannot be read.
    pub(crate) subject: Option<Subject>,
    /// What its disclosures open.
    pub(crate) openings: Openings,
    /// What the submitted file is in the record: every place that it was anchored in, what is certified first.
    pub(crate) file_is: Vec<Place>,
    /// What the submitted file is to the record.
    pub(crate) file: FileIs,
    /// Where the record stood at the head.
    pub(crate) standing: Standing,
    /// Milliseconds from the head to now.
    pub(crate) age_ms: u64,
}

/// A verdict with all that it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// The verdict.
    pub(crate) conclusion: Conclusion,
    /// The checks, in order.
    pub(crate) checks: Vec<Check>,
    /// What is proven, if the proof holds.
    pub(crate) finding: Option<Finding>,
}

/// Judges a bundle and, where there is one, a file.
pub(crate) fn judge(
    bytes: &[u8],
    trust: &TrustFile,
    file: Option<&Submitted>,
    now: TimeMs,
    age_ms_max: u64,
) -> Judgement {
    let proof = prove(bytes, trust);
    let mut checks = proof.checks;
    let (bundle, verified) = match proof.outcome {
        Ok(proven) => proven,
        Err(why) => {
            let rest = [
                CheckCode::Record,
                CheckCode::Disclosures,
                CheckCode::Lookup,
                CheckCode::File,
                CheckCode::Status,
                CheckCode::ViewAge,
            ];
            checks.extend(rest.map(|code| Check::not_checked(code, "")));
            return Judgement { conclusion: unproven(&why), checks, finding: None };
        }
    };
    let (found, openings) = match subject(&verified, &bundle) {
        Ok(subject) => {
            let openings = openings(&bundle, &subject);
            (Ok(subject), openings)
        }
        Err(error) => (Err(error), Openings::default()),
    };
    let mut judge = Judging { checks, verified: &verified, bundle: &bundle, openings: &openings, now };
    let Weighed { conclusion, standing, file, places: file_is } = match &found {
        Ok(subject) => judge.record(subject, file, age_ms_max),
        Err(error) => {
            judge.checks.push(Check::not_checked(CheckCode::Record, Reason::from(error)));
            let file = file.map_or(FileIs::NotGiven, |_| FileIs::Untold);
            let conclusion = Conclusion::CannotTell(Unknown::RecordUnreadable);
            Weighed { conclusion, standing: Standing::Stands, file, places: Vec::new() }
        }
    };
    let checks = judge.checks;
    let age_ms = verified.age_ms(now);
    let (made_at, subject) = (bundle.made_at, found.ok());
    let finding = Finding { made_at, subject, openings, file_is, file, standing, age_ms, verified };
    Judgement { conclusion, checks, finding: Some(finding) }
}

fn unproven(why: &Unproven) -> Conclusion {
    match why {
        Unproven::Broken => Conclusion::Forged,
        Unproven::OtherChain => Conclusion::OtherChain,
        Unproven::Newer => Conclusion::CannotTell(Unknown::NewerProgram),
        Unproven::OutOfReach(CannotTell::CheckpointNeeded) => Conclusion::CannotTell(Unknown::CheckpointNeeded),
        Unproven::OutOfReach(CannotTell::ValidatorsUnknown { .. }) => Conclusion::CannotTell(Unknown::OutOfReach),
    }
}

/// A verdict about a record, and what it was weighed from.
struct Weighed {
    conclusion: Conclusion,
    standing: Standing,
    file: FileIs,
    places: Vec<Place>,
}

/// The checks of a record whose proof holds.
struct Judging<'a> {
    checks: Vec<Check>,
    verified: &'a Verified,
    bundle: &'a Bundle,
    openings: &'a Openings,
    now: TimeMs,
}

impl Judging<'_> {
    /// Makes every check, then concludes from the gravest down.
    fn record(&mut self, subject: &Subject, submitted: Option<&Submitted>, age_ms_max: u64) -> Weighed {
        let named = matches!(subject, Subject::Certificate(_) | Subject::Identity(_) | Subject::Case { .. });
        let absent = matches!(subject, Subject::Absent { .. });
        self.checks.push(if named {
            Check::ok(CheckCode::Record, "")
        } else {
            Check::not_checked(CheckCode::Record, "")
        });
        let disclosed = self.disclosures();
        let leads = self.lookup(subject);
        let (file, places) = match submitted {
            Some(submitted) => self.file(subject, submitted),
            None => (FileIs::NotGiven, Vec::new()),
        };
        if submitted.is_none() && matches!(subject, Subject::Certificate(_) | Subject::Case { .. }) {
            self.checks.push(Check::not_checked(CheckCode::File, ""));
        }
        let standing = self.status(subject);
        let aged = self.view_age(age_ms_max);
        let conclusion = if !disclosed || leads == Some(Leads::Astray) {
            Conclusion::Forged
        } else if absent && submitted.is_some() {
            // Whoever makes a bundle chooses what is absent: a random id, or a number that is not the file's.
            Conclusion::CannotTell(Unknown::FileBesideAbsence)
        } else if absent {
            // What does not exist may exist by now: an old view says nothing of it.
            aged.map_or(Conclusion::Absent, Conclusion::CannotTell)
        } else if !named {
            Conclusion::CannotTell(Unknown::NoRecord)
        } else {
            weigh(file, standing, leads == Some(Leads::Untold), aged)
        };
        Weighed { conclusion, standing, file, places }
    }

    /// Every disclosure must open something of the record: one that opens nothing, or cannot be read, was put in or
    /// changed by somebody else. A later kind of disclosure comes with a later version of the bundle.
    fn disclosures(&mut self) -> bool {
        let Openings { strays, unreadable, .. } = self.openings;
        let all = self.bundle.disclosures.len();
        let read = all - strays - unreadable;
        let held = *strays == 0 && *unreadable == 0;
        self.checks.push(match (held, all) {
            (true, 0) => Check::not_checked(CheckCode::Disclosures, "0"),
            (true, _) => Check::ok(CheckCode::Disclosures, read.to_string()),
            (false, _) => Check::failed(CheckCode::Disclosures, format!("{read} / {all}")),
        });
        held
    }

    /// Every code must lead to what the bundle is about.
    fn lookup(&mut self, subject: &Subject) -> Option<Leads> {
        let leads = codes::all(self.verified, subject, &self.openings.codes);
        self.checks.push(match leads {
            None | Some(Leads::Untold) => Check::not_checked(CheckCode::Lookup, ""),
            Some(Leads::Here) => Check::ok(CheckCode::Lookup, ""),
            Some(Leads::Astray) => Check::failed(CheckCode::Lookup, ""),
        });
        leads
    }

    /// What the file is to the record, and which parts of it, what is certified first.
    fn file(&mut self, subject: &Subject, file: &Submitted) -> (FileIs, Vec<Place>) {
        let fits = self.openings.opened.iter().filter(|one| one.fingerprint() == Some(file.fingerprint));
        let mut found: Vec<Place> = Vec::new();
        for one in fits {
            if !found.contains(&one.place) {
                found.push(one.place.clone());
            }
        }
        found.sort_by_key(|place| !place.is_certified());
        let file_is = match found.first() {
            Some(first) if first.is_certified() => FileIs::Certified,
            Some(_) => FileIs::Matter,
            None if self.openings.open_all_files(subject) => FileIs::Other,
            None => FileIs::Untold,
        };
        self.checks.push(match file_is {
            FileIs::Certified => Check::ok(CheckCode::File, ""),
            FileIs::Matter | FileIs::Other => Check::failed(CheckCode::File, ""),
            FileIs::Untold | FileIs::NotGiven => Check::not_checked(CheckCode::File, ""),
        });
        (file_is, found)
    }

    /// Where the record stood at the head; a validity that ended since then has ended too.
    fn status(&mut self, subject: &Subject) -> Standing {
        let time = self.verified.header().time;
        let (word, ended): (_, Option<Ended>) = match subject {
            Subject::Certificate(record) => {
                let status = record.status_at(time);
                (facts::certificate_status(status), certificate_end(status))
            }
            Subject::Identity(record) => {
                let status = record.status_at(time.max(self.now));
                (facts::identity_status(status), identity_end(status))
            }
            Subject::Case { record, .. } => {
                // It goes on or it has ended; neither is a force that it could lose.
                self.checks.push(Check::ok(CheckCode::Status, Detail::CaseStatus(facts::case_status(record.status))));
                return if record.status == CaseStatus::Closed { Standing::Closed } else { Standing::Stands };
            }
            Subject::Absent { .. } | Subject::Other { .. } => {
                self.checks.push(Check::not_checked(CheckCode::Status, ""));
                return Standing::Stands;
            }
        };
        self.checks.push(match ended {
            None => Check::ok(CheckCode::Status, Detail::Status(word)),
            Some(_) => Check::failed(CheckCode::Status, Detail::Status(word)),
        });
        ended.map_or(Standing::Stands, Standing::Ended)
    }

    /// Whether the view is recent; `Some` says why not.
    fn view_age(&mut self, age_ms_max: u64) -> Option<Unknown> {
        let head = self.verified.header().time;
        let unknown = if self.now.plus(CLOCK_BEHIND_MS_MAX) < head {
            Some(Unknown::ClockBehind)
        } else {
            (self.verified.age_ms(self.now) > age_ms_max).then_some(Unknown::ViewOld)
        };
        self.checks.push(match unknown {
            None => Check::ok(CheckCode::ViewAge, Detail::Days(age_ms_max / beijing::days_ms(1))),
            Some(_) => Check::not_checked(CheckCode::ViewAge, Detail::Days(age_ms_max / beijing::days_ms(1))),
        });
        unknown
    }
}
