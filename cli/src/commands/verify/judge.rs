//! From checks to a verdict: valid, invalid or cannot tell, never one for the other.
//!
//! What it does NOT say: that the content is true. It says that what was anchored has not been changed since, and
//! where the record stood when the validators signed the head.

use identity::Fingerprint;
use ledger::bundle::Bundle;
use ledger::light::{CannotTell, Verified};
use ledger::record::{CertificateStatus, IdentityStatus, LookupRecord, NotarialCertificate};
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use ledger::types::TimeMs;

use super::check::{Check, CheckCode, Unproven, prove};
use super::subject::{Openings, Place, Subject, openings, subject};
use crate::commands::number;
use crate::exit::Exit;

/// A clock this far behind the head is wrong, and tells no age.
const CLOCK_BEHIND_MS_MAX: u64 = 5 * 60 * 1000;

/// The file that was handed in.
#[derive(Clone, Debug)]
pub(crate) struct Submitted {
    /// Its name, for people.
    pub(crate) name: String,
    /// Digest and size.
    pub(crate) fingerprint: Fingerprint,
}

/// Why nothing can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Validators changed since genesis and the trust file has no checkpoint.
    CheckpointNeeded,
    /// No handover leads from the trust file to the validators of the head.
    OutOfReach,
    /// Authentic; the view is too old to speak of the present.
    ViewOld,
    /// Authentic; this computer's clock is behind the ledger, so the age is not known.
    ClockBehind,
    /// The bundle does not say which file was anchored.
    NoSecret,
    /// The record is of a form that this program does not know.
    RecordUnreadable,
    /// There is a file and the bundle is about no record that a file could belong to.
    NoRecord,
}

/// Why a record is authentic and not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Drafted or approved, and not issued.
    NotIssued,
    /// Approved and never issued 作废.
    Void,
    /// Replaced by another certificate.
    Superseded,
    /// Annulled 撤销, void from the start.
    Annulled,
    /// Held up.
    Suspended,
    /// Ended for good.
    Revoked,
    /// Its validity is over.
    Expired,
}

impl Ended {
    /// True if it can be in force again later, so that an old view says little.
    const fn may_change(self) -> bool {
        matches!(self, Self::NotIssued | Self::Suspended)
    }
}

/// The verdict 结论.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    /// Everything that was asked for holds.
    Verified,
    /// The record is authentic and this is not its file.
    OtherContent,
    /// Neither proven nor disproven.
    CannotTell(Unknown),
    /// Proven absent.
    Absent,
    /// Authentic and not in force.
    NotInForce(Ended),
    /// The proof is broken or forged.
    Forged,
    /// The proof is of another ledger than the one that is trusted.
    OtherChain,
}

impl Conclusion {
    /// Key of its sentence in the catalogue; without `verdict-` it is the stable code.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Verified => "verdict-verified",
            Self::OtherContent => "verdict-other-content",
            Self::CannotTell(Unknown::CheckpointNeeded) => "verdict-checkpoint-needed",
            Self::CannotTell(Unknown::OutOfReach) => "verdict-out-of-reach",
            Self::CannotTell(Unknown::ViewOld) => "verdict-view-old",
            Self::CannotTell(Unknown::ClockBehind) => "verdict-clock-behind",
            Self::CannotTell(Unknown::NoSecret) => "verdict-no-secret",
            Self::CannotTell(Unknown::RecordUnreadable) => "verdict-record-unreadable",
            Self::CannotTell(Unknown::NoRecord) => "verdict-no-record",
            Self::Absent => "verdict-absent",
            Self::NotInForce(Ended::NotIssued) => "verdict-not-issued",
            Self::NotInForce(Ended::Void) => "verdict-void",
            Self::NotInForce(Ended::Superseded) => "verdict-superseded",
            Self::NotInForce(Ended::Annulled) => "verdict-annulled",
            Self::NotInForce(Ended::Suspended) => "verdict-suspended",
            Self::NotInForce(Ended::Revoked) => "verdict-revoked",
            Self::NotInForce(Ended::Expired) => "verdict-expired",
            Self::Forged => "verdict-forged",
            Self::OtherChain => "verdict-other-chain",
        }
    }

    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        self.key().trim_start_matches("verdict-")
    }

    /// What a script learns.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Verified => Exit::Done,
            Self::OtherContent => Exit::OtherContent,
            Self::CannotTell(_) => Exit::CannotTell,
            Self::Absent => Exit::NotFound,
            Self::NotInForce(_) => Exit::NotInForce,
            // Whoever sets up a ledger of their own can prove anything on it: no better than forged.
            Self::Forged | Self::OtherChain => Exit::Forged,
        }
    }
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
    /// What the submitted file is in the record.
    pub(crate) file_is: Option<Place>,
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
    let (conclusion, file_is) = match &found {
        Ok(subject) => judge.record(subject, file, age_ms_max),
        Err(error) => {
            judge.checks.push(Check::not_checked(CheckCode::Record, error.to_string()));
            (Conclusion::CannotTell(Unknown::RecordUnreadable), None)
        }
    };
    let checks = judge.checks;
    let age_ms = verified.age_ms(now);
    let finding = Finding { made_at: bundle.made_at, subject: found.ok(), openings, file_is, age_ms, verified };
    Judgement { conclusion, checks, finding: Some(finding) }
}

fn unproven(why: &Unproven) -> Conclusion {
    match why {
        Unproven::Broken => Conclusion::Forged,
        Unproven::OtherChain => Conclusion::OtherChain,
        Unproven::OutOfReach(CannotTell::CheckpointNeeded) => Conclusion::CannotTell(Unknown::CheckpointNeeded),
        Unproven::OutOfReach(CannotTell::ValidatorsUnknown { .. }) => Conclusion::CannotTell(Unknown::OutOfReach),
    }
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
    fn record(&mut self, subject: &Subject, file: Option<&Submitted>, age_ms_max: u64) -> (Conclusion, Option<Place>) {
        let named = matches!(subject, Subject::Certificate(_) | Subject::Identity(_) | Subject::Case { .. });
        let absent = matches!(subject, Subject::Absent { .. });
        self.checks.push(if named {
            Check::ok(CheckCode::Record, "")
        } else {
            Check::not_checked(CheckCode::Record, "")
        });
        let disclosed = self.disclosures();
        let looked_up = self.lookup(subject);
        let file_is = file.map(|file| self.file(file));
        let ended = self.status(subject);
        let recent = self.view_age(age_ms_max);
        let place = file_is.clone().and_then(Result::ok);
        let conclusion = match (&file_is, ended) {
            _ if !disclosed || !looked_up => Conclusion::Forged,
            // What does not exist may exist by now: an old view says nothing of it.
            _ if absent => recent.map_or(Conclusion::Absent, Conclusion::CannotTell),
            // The application file is anchored with the record, and it is not what the notary certified.
            (Some(Err(FileIs::Other) | Ok(Place::Matter)), _) => Conclusion::OtherContent,
            (_, Some(ended)) if !ended.may_change() => Conclusion::NotInForce(ended),
            (Some(Err(FileIs::Unknown)), None) if !named => Conclusion::CannotTell(Unknown::NoRecord),
            (Some(Err(FileIs::Unknown)), None) => Conclusion::CannotTell(Unknown::NoSecret),
            _ if recent.is_some() => Conclusion::CannotTell(recent.unwrap_or(Unknown::ViewOld)),
            (_, Some(ended)) => Conclusion::NotInForce(ended),
            (_, None) => Conclusion::Verified,
        };
        (conclusion, place)
    }

    /// Every disclosure must open something of the record: one that opens nothing, or cannot be read, was put in or
    /// changed by somebody else. A later kind of disclosure comes with a later version of the bundle.
    fn disclosures(&mut self) -> bool {
        let Openings { opened, strays, unreadable, codes } = self.openings;
        let (read, all) = (opened.len() + codes.len(), self.bundle.disclosures.len());
        let held = *strays == 0 && *unreadable == 0;
        self.checks.push(match (held, all) {
            (true, 0) => Check::not_checked(CheckCode::Disclosures, "0"),
            (true, _) => Check::ok(CheckCode::Disclosures, read.to_string()),
            (false, _) => Check::failed(CheckCode::Disclosures, format!("{read} / {all}")),
        });
        held
    }

    /// Number and code must lead to this very record; a bundle without its look-up entry leaves that open.
    fn lookup(&mut self, subject: &Subject) -> bool {
        let leads = match subject {
            Subject::Certificate(record) => self.openings.codes.first().and_then(|code| self.leads_to(record, code)),
            _ => None,
        };
        self.checks.push(match leads {
            None => Check::not_checked(CheckCode::Lookup, ""),
            Some(true) => Check::ok(CheckCode::Lookup, ""),
            Some(false) => Check::failed(CheckCode::Lookup, ""),
        });
        leads != Some(false)
    }

    fn leads_to(&self, record: &NotarialCertificate, code: &identity::LookupCode) -> Option<bool> {
        let key = StateKey::lookup(&number::lookup(&number::full(record)?, code));
        match self.verified.record::<LookupRecord>(&key) {
            Ok(found) => Some(found.is_some_and(|found| found.certificate == record.id)),
            // A look-up is shown, and it is not that of this code.
            Err(_) => self.verified.entries().any(|(path, _)| path.starts_with("lookup/")).then_some(false),
        }
    }

    /// Which part of the record the file is.
    fn file(&mut self, file: &Submitted) -> Result<Place, FileIs> {
        let known: Vec<_> =
            self.openings.opened.iter().filter_map(|one| one.fingerprint().map(|print| (one, print))).collect();
        let certified = |place: &Place| !matches!(place, Place::Matter);
        let found = known.iter().find(|(_, print)| *print == file.fingerprint).map(|(one, _)| one.place.clone());
        let outcome = match found {
            Some(place) => Ok(place),
            None if known.iter().any(|(one, _)| certified(&one.place)) => Err(FileIs::Other),
            None => Err(FileIs::Unknown),
        };
        self.checks.push(match &outcome {
            Ok(Place::Matter) | Err(FileIs::Other) => Check::failed(CheckCode::File, ""),
            Ok(_) => Check::ok(CheckCode::File, ""),
            Err(FileIs::Unknown) => Check::not_checked(CheckCode::File, ""),
        });
        outcome
    }

    /// Whether the record is in force at the head; a validity that ended since then has ended too.
    fn status(&mut self, subject: &Subject) -> Option<Ended> {
        let time = self.verified.header().time;
        let (word, ended) = match subject {
            Subject::Certificate(record) => {
                let status = record.status_at(time);
                (status.word(), certificate_end(status))
            }
            Subject::Identity(record) => {
                let status = record.status_at(time.max(self.now));
                (status.word(), identity_end(status))
            }
            Subject::Case { record, .. } => (record.status.word(), None),
            Subject::Absent { .. } | Subject::Other { .. } => {
                self.checks.push(Check::not_checked(CheckCode::Status, ""));
                return None;
            }
        };
        self.checks.push(match ended {
            None => Check::ok(CheckCode::Status, word),
            Some(_) => Check::failed(CheckCode::Status, word),
        });
        ended
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
            None => Check::ok(CheckCode::ViewAge, ""),
            Some(_) => Check::not_checked(CheckCode::ViewAge, ""),
        });
        unknown
    }
}

/// Why a file is no part of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FileIs {
    /// Another file was anchored.
    Other,
    /// The bundle does not open which file was anchored.
    Unknown,
}

const fn certificate_end(status: CertificateStatus) -> Option<Ended> {
    match status {
        CertificateStatus::Issued => None,
        CertificateStatus::Draft | CertificateStatus::Approved => Some(Ended::NotIssued),
        CertificateStatus::Void => Some(Ended::Void),
        CertificateStatus::Superseded => Some(Ended::Superseded),
        CertificateStatus::Annulled => Some(Ended::Annulled),
    }
}

const fn identity_end(status: IdentityStatus) -> Option<Ended> {
    match status {
        IdentityStatus::Active => None,
        IdentityStatus::Suspended => Some(Ended::Suspended),
        IdentityStatus::Revoked => Some(Ended::Revoked),
        IdentityStatus::Expired => Some(Ended::Expired),
    }
}
