//! The verdicts, their stable codes and their exit codes.

use ledger::record::{CertificateStatus, IdentityStatus};

use crate::exit::Exit;

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
    /// The file was none of the record's when the view was made, which is not recent, and the record may have got others.
    OtherThen,
    /// The file is none of those that the bundle opens, and the record has others.
    NoSecret,
    /// The record is of a form that this program does not know.
    RecordUnreadable,
    /// The bundle is about no single record.
    NoRecord,
    /// The bundle opens a look-up code and does not show where it leads.
    CodeUnproven,
    /// The bundle says that a newer program made it.
    NewerProgram,
    /// The bundle proves an absence, which says nothing of the file that was handed in.
    FileBesideAbsence,
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
    /// Every way, for tables.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] =
        [Self::NotIssued, Self::Void, Self::Superseded, Self::Annulled, Self::Suspended, Self::Revoked, Self::Expired];

    /// True if it can be in force again later, so that an old view says little.
    pub(super) const fn may_change(self) -> bool {
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
    /// Authentic, and a case that has ended. That is for good, and what the person has to show: no failure, and no record
    /// that is in force.
    Closed,
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
            Self::CannotTell(Unknown::OtherThen) => "verdict-other-then",
            Self::CannotTell(Unknown::NoSecret) => "verdict-no-secret",
            Self::CannotTell(Unknown::RecordUnreadable) => "verdict-record-unreadable",
            Self::CannotTell(Unknown::NoRecord) => "verdict-no-record",
            Self::CannotTell(Unknown::CodeUnproven) => "verdict-code-unproven",
            Self::CannotTell(Unknown::NewerProgram) => "verdict-newer-program",
            Self::CannotTell(Unknown::FileBesideAbsence) => "verdict-file-beside-absence",
            Self::Absent => "verdict-absent",
            Self::Closed => "verdict-closed",
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

    /// Whether it says something of a record that holds for no file unless that was compared with it.
    pub(crate) const fn is_of_the_record(self) -> bool {
        matches!(
            self,
            Self::Verified
                | Self::NotInForce(_)
                | Self::Closed
                | Self::CannotTell(Unknown::ViewOld | Unknown::ClockBehind | Unknown::CodeUnproven)
        )
    }

    /// What a script learns.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Verified | Self::Closed => Exit::Done,
            Self::OtherContent => Exit::OtherContent,
            Self::CannotTell(_) => Exit::CannotTell,
            Self::Absent => Exit::NotFound,
            Self::NotInForce(_) => Exit::NotInForce,
            // Whoever sets up a ledger of their own can prove anything on it: no better than forged.
            Self::Forged | Self::OtherChain => Exit::Forged,
        }
    }
}

/// What a file that was handed in is to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileIs {
    /// None was handed in.
    NotGiven,
    /// One that the record certifies.
    Certified,
    /// The application file alone, which the record does not certify.
    Matter,
    /// Every file that the record certifies is opened, and this is none of them.
    Other,
    /// The bundle does not open every file that was anchored: it may be one of those.
    Untold,
}

impl FileIs {
    /// Every state, for tables.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [Self::NotGiven, Self::Certified, Self::Matter, Self::Other, Self::Untold];
}

/// Where a record stood at the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In force, or a case that goes on.
    Stands,
    /// A certificate or an attestation that is not in force.
    Ended(Ended),
    /// A case that has ended.
    Closed,
}

impl Standing {
    /// The verdict that it alone would give; `None` of what stands.
    pub(crate) const fn alone(self) -> Option<Conclusion> {
        match self {
            Self::Stands => None,
            Self::Ended(ended) => Some(Conclusion::NotInForce(ended)),
            Self::Closed => Some(Conclusion::Closed),
        }
    }
}

/// The verdict about one record whose proof holds and whose disclosures all open something of it; `aged` says why the
/// view tells nothing of the present, `code_open` that a look-up code is left open.
///
/// The file goes first: nothing that is true of the record may be said of a file of which it is not known whether it is
/// the record's. Whoever makes a bundle chooses what of the record it opens, and can put any file beside it.
pub(super) const fn weigh(file: FileIs, standing: Standing, code_open: bool, aged: Option<Unknown>) -> Conclusion {
    match (file, standing, aged) {
        // The application file is anchored with the record, and it is not what the notary certified.
        (FileIs::Matter, _, _) => Conclusion::OtherContent,
        // A record that stands gets papers of mending and entries: an old view does not know those of since.
        (FileIs::Other, Standing::Stands, Some(_)) => Conclusion::CannotTell(Unknown::OtherThen),
        (FileIs::Other, _, _) => Conclusion::OtherContent,
        (FileIs::Untold, _, _) => Conclusion::CannotTell(Unknown::NoSecret),
        // What ended for good is known however old the view.
        (_, Standing::Ended(ended), _) if !ended.may_change() => Conclusion::NotInForce(ended),
        (_, Standing::Stands | Standing::Closed, _) if code_open => Conclusion::CannotTell(Unknown::CodeUnproven),
        // A case is never opened again: however old the view, that is known.
        (_, Standing::Closed, _) => Conclusion::Closed,
        (_, _, Some(unknown)) => Conclusion::CannotTell(unknown),
        (_, Standing::Ended(ended), None) => Conclusion::NotInForce(ended),
        (_, Standing::Stands, None) => Conclusion::Verified,
    }
}

/// How a status of a certificate ends it; `None` while it is in force.
pub(super) const fn certificate_end(status: CertificateStatus) -> Option<Ended> {
    match status {
        CertificateStatus::Issued => None,
        CertificateStatus::Draft | CertificateStatus::Approved => Some(Ended::NotIssued),
        CertificateStatus::Void => Some(Ended::Void),
        CertificateStatus::Superseded => Some(Ended::Superseded),
        CertificateStatus::Annulled => Some(Ended::Annulled),
    }
}

/// How a status of an attestation ends it; `None` while it is in force.
pub(super) const fn identity_end(status: IdentityStatus) -> Option<Ended> {
    match status {
        IdentityStatus::Active => None,
        IdentityStatus::Suspended => Some(Ended::Suspended),
        IdentityStatus::Revoked => Some(Ended::Revoked),
        IdentityStatus::Expired => Some(Ended::Expired),
    }
}
