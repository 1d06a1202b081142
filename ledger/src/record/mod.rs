//! What the state tree holds: one file a subject. Records carry commitments, codes and times, never text about a
//! person or a matter.

mod authority;
mod correction;
mod governance;
mod ground;
mod identity;
mod item;
mod notarial;
mod rotation;

pub use authority::{Department, FreezeMark, KeyRecord, KeyStatus, NumberWord, NumberWordHolder, Purpose, Title};
pub use correction::{CaseStatus, CorrectionCase, CorrectionEntry};
pub use governance::{
    ABSENCES_MAX, Change, NewKey, OpenProposal, Parameters, PendingSet, Proposal, ProposalStatus, ReadyMark,
    RetireDepartment, SetAdministration, SetValidators, ValidatorSchedule, base_of,
};
pub use ground::{ACTS_WITH_GROUNDS, GROUNDS_MAX, Ground, Grounds};
pub use identity::{AttributeCommitment, IdentityAttestation, IdentityStatus, PersonKind};
pub use item::{Approval, CaseAct, Item, ItemKind, ItemRef, Power};
pub use notarial::{
    Amendment, CertificateNumber, CertificateStatus, FullNumber, LookupRecord, NotarialCertificate, NumberCounter,
    lookup_commitment, lookup_key, subject_binding,
};
pub use rotation::{Absence, RollCall, Rotation};

use crate::crypto::Hash;
use crate::log::Peaks;
use crate::types::{Code, DepartmentId, TimeMs};

cbor_map! {
    /// The ground that was given for an act on a record, and when; a text about it stays off the ledger.
    pub struct GivenGround {
        /// Code of the ground: from the ledger's [`Grounds`] of the act, or for the end of a case a power of its item.
        1 => code: Code,
        /// Salted commitment to a text, if one was written.
        2 => text: Option<Hash>,
        /// Block time.
        3 => at: TimeMs,
        /// The department that acted, if it did so as the successor of the record's own.
        4 => by: Option<DepartmentId>,
    }
}

cbor_map! {
    /// An append-only list under one key: with all its items it proves that none is left out.
    ///
    /// The RFC 9162 root is the fold of the peaks.
    pub struct ListHead {
        /// Number of items.
        1 => length: u64,
        /// Roots of the complete subtrees, largest first: one for each set bit of `length`.
        2 => peaks: Vec<Hash>,
    }
}

impl ListHead {
    /// The empty list.
    #[must_use]
    pub fn empty() -> Self {
        Self { length: 0, peaks: Vec::new() }
    }

    /// This list with one more item.
    #[must_use]
    pub fn appended(&self, item: &[u8]) -> Self {
        let mut peaks = Peaks::from_parts(self.length, self.peaks.clone());
        peaks.append(item);
        Self { length: peaks.size(), peaks: peaks.into_hashes() }
    }

    /// The RFC 9162 root over all items.
    #[must_use]
    pub fn root(&self) -> Hash {
        Peaks::from_parts(self.length, self.peaks.clone()).root()
    }
}
