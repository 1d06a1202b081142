//! Disclosures: what a bundle carries beside proofs, so that its holder can tie content to the ledger.
//!
//! The ledger's bundle holds them as opaque bytes; this crate alone gives them a type. Each opens one commitment and
//! proves nothing alone: the commitment it opens must be found in a proven record.

use ledger::codec::{Cbor, CodecError, decode, encode};
use ledger::record::{FullNumber, NotarialCertificate, subject_binding};
use ledger::types::RecordId;
use ledger::{cbor_map, cbor_union};

use crate::code::LookupCode;
use crate::commitment::{AttributeSecret, CaseSubjectSecret, ContentSecret, TextSecret};
use crate::document::DocumentSecret;

/// Bound of one encoded disclosure: the longest text is 500 characters of four bytes.
pub const DISCLOSURE_BYTES_MAX: usize = 4_096;

cbor_union! {
    /// One opened commitment.
    pub enum Disclosure {
        /// A document: salt, digest, size, name.
        Document(DocumentSecret) = 1 "document",
        /// An attribute of a person.
        Attribute(AttributeSecret) = 2 "attribute",
        /// The look-up code of a notarial certificate.
        Lookup(LookupDisclosure) = 3 "lookup",
        /// The identity attestation of a certificate's subject.
        Subject(SubjectDisclosure) = 4 "subject",
        /// A text kept off the ledger, as a reason.
        Text(TextSecret) = 5 "text",
        /// The content of an entry of a case.
        Content(ContentSecret) = 6 "content",
        /// The identity attestation of a case's person.
        CaseSubject(CaseSubjectSecret) = 7 "case-subject",
    }
}

cbor_map! {
    /// The look-up code of a notarial certificate, for the paper and its holder.
    pub struct LookupDisclosure {
        /// The code.
        1 => code: LookupCode,
        /// The number that was asked for with it. Needed where nothing was found; of a certificate it repeats the record.
        2 => number: Option<FullNumber>,
    }
}

cbor_map! {
    /// The identity attestation of a certificate's subject. Its id is random and known only to who was shown it, so the
    /// binding needs no salt.
    pub struct SubjectDisclosure {
        /// The identity attestation.
        1 => identity: RecordId,
    }
}

impl SubjectDisclosure {
    /// Whether a proven certificate is about this identity.
    #[must_use]
    pub fn is_subject_of(&self, certificate: &NotarialCertificate) -> bool {
        certificate.subjects.contains(&subject_binding(&certificate.id, &self.identity))
    }
}

impl Disclosure {
    /// The bytes that a bundle carries.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads the bytes that a bundle carried.
    ///
    /// # Errors
    /// [`CodecError`] above [`DISCLOSURE_BYTES_MAX`], for another shape and for any form but the canonical one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(bytes, DISCLOSURE_BYTES_MAX)
    }

    /// Every disclosure of a kind, in order: `Disclosure::documents(&all)`.
    pub fn documents(all: &[Self]) -> impl Iterator<Item = &DocumentSecret> {
        all.iter().filter_map(|one| match one {
            Self::Document(secret) => Some(secret),
            _ => None,
        })
    }

    /// A JSON-like view for the holder's own screen. It shows salts and values: not for logs.
    #[must_use]
    pub fn shown(&self) -> ledger::codec::View {
        self.view()
    }
}
