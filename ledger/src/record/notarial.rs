//! Notarial certificates 公证书.

use crate::codec;
use crate::crypto::{Domain, Hash, tagged};
use crate::record::{GivenGround, ItemRef};
use crate::types::{Code, DepartmentId, OfficerId, RecordId, TimeMs};

cbor_code! {
    /// Where a notarial certificate stands.
    pub enum CertificateStatus {
        /// Drafted by the notary in charge.
        Draft = 1 "draft",
        /// Approved 签发; it has its number and waits for issue.
        Approved = 2 "approved",
        /// Issued 出具.
        Issued = 3 "issued",
        /// Approved and never issued 作废; its number is not used again.
        Void = 4 "void",
        /// Replaced by another certificate.
        Superseded = 5 "superseded",
        /// Annulled 撤销, void from the start 自始无效.
        Annulled = 6 "annulled",
    }
}

cbor_map! {
    /// The number of a certificate: continuous within office, class and year.
    pub struct CertificateNumber {
        /// Year of approval, Beijing time.
        1 => year: u32,
        /// Serial, from 1.
        2 => serial: u64,
    }
}

cbor_map! {
    /// A mending 补正 of a certificate.
    pub struct Amendment {
        /// Salted commitment of the paper that mends it.
        1 => document: Hash,
        /// Ground and time.
        2 => reason: GivenGround,
    }
}

cbor_map! {
    /// A notarial certificate. Read class: public, by its id or by number and code.
    pub struct NotarialCertificate {
        /// Id.
        1 => id: RecordId,
        /// Issuing office.
        2 => office: DepartmentId,
        /// Catalogue item.
        3 => item: ItemRef,
        /// Class of numbers.
        4 => class: Code,
        /// Status as written; see [`NotarialCertificate::status_at`].
        5 => status: CertificateStatus,
        /// Notary in charge 承办公证员.
        6 => notary: OfficerId,
        /// Salted commitment to the application file.
        7 => matter: Hash,
        /// Binding to each subject's identity attestation, see [`subject_binding`].
        8 => subjects: Vec<Hash>,
        /// Block time of the draft.
        9 => drafted_at: TimeMs,
        /// Number, from approval on.
        10 => number: Option<CertificateNumber>,
        /// Who approved.
        11 => approver: Option<OfficerId>,
        /// Block time of approval; its Beijing date is the date of the certificate 出具日期.
        12 => approved_at: Option<TimeMs>,
        /// Not issued before this block time: void.
        13 => issue_before: Option<TimeMs>,
        /// Salted commitment of the finished file.
        14 => document: Option<Hash>,
        /// Block time of issue.
        15 => issued_at: Option<TimeMs>,
        /// Mendings, oldest first.
        16 => amendments: Vec<Amendment>,
        /// The certificate that this one replaces.
        17 => supersedes: Option<RecordId>,
        /// The certificate that replaces this one.
        18 => superseded_by: Option<RecordId>,
        /// Why it was voided, superseded or annulled.
        19 => ended: Option<GivenGround>,
    }
}

impl NotarialCertificate {
    /// Status at a time: an approved certificate past its deadline is void, without anything being executed.
    #[must_use]
    pub fn status_at(&self, time: TimeMs) -> CertificateStatus {
        match (self.status, self.issue_before) {
            (CertificateStatus::Approved, Some(deadline)) if time >= deadline => CertificateStatus::Void,
            (status, _) => status,
        }
    }

    /// The number in full, once there is one.
    #[must_use]
    pub fn full_number(&self) -> Option<FullNumber> {
        let number = self.number.as_ref()?;
        let (office, class) = (self.office.clone(), self.class.clone());
        Some(FullNumber { office, class, year: number.year, serial: number.serial })
    }
}

cbor_map! {
    /// The next serial of an office, class and year; what stands at or above it was never assigned.
    pub struct NumberCounter {
        /// Next serial.
        1 => next: u64,
    }
}

cbor_map! {
    /// Answer of a look-up by number and code.
    pub struct LookupRecord {
        /// The certificate.
        1 => certificate: RecordId,
    }
}

cbor_array! {
    /// A certificate number in full, for look-up.
    pub struct FullNumber {
        /// Issuing office.
        office: DepartmentId,
        /// Class of numbers.
        class: Code,
        /// Year.
        year: u32,
        /// Serial.
        serial: u64,
    }
}

/// What an office states of the code printed on a certificate: 80 random bits, bound to one number, so that many
/// commitments are no easier to guess than one.
#[must_use]
pub fn lookup_commitment(number: &FullNumber, code: &[u8; 10]) -> Hash {
    tagged(Domain::LookupCode, &[code, &codec::encode(number)])
}

/// Where the ledger keeps a look-up: under the number that the certificate really has, so that no office can answer
/// for a number of another one, or for one that was never given.
#[must_use]
pub fn lookup_key(number: &FullNumber, commitment: &Hash) -> Hash {
    tagged(Domain::Lookup, &[&commitment.0, &codec::encode(number)])
}

/// Binds a certificate to a subject: who knows the attestation's random id can check it; from records alone nobody can
/// link two certificates of one person. Draft statements name the id, so departments with a node can (ADR 4).
#[must_use]
pub fn subject_binding(certificate: &RecordId, identity: &RecordId) -> Hash {
    tagged(Domain::CertificateSubject, &[&certificate.0, &identity.0])
}
