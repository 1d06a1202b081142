//! Commitments: what stands on the ledger in place of what is personal.
//!
//! ```text
//! attribute     SHA-256(tag, salt, CBOR [code, value])
//! text          SHA-256(tag, salt, UTF-8 in NFC)
//! case content  SHA-256(tag, salt, file digest, size in 8 bytes big-endian)
//! case subject  SHA-256(tag, salt, record id of the identity)
//! ```
//!
//! The tag is that of `ledger::crypto::Domain`, so no commitment of one kind can pass as one of another. Each has a
//! salt of its own: two commitments to one value share nothing.

use ledger::cbor_map;
use ledger::codec::encode;
use ledger::crypto::{Domain, Hash, tagged};
use ledger::types::{Code, RecordId, Text};
use rand_core::CryptoRngCore;
use unicode_normalization::UnicodeNormalization;

use crate::salt::Salt;

/// A text that cannot be committed to as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long (500 characters) or holds control, invisible or direction-changing characters")]
pub struct TextRefused;

/// Puts a text in the one form that is committed to: NFC, without blanks at its ends.
///
/// # Errors
/// [`TextRefused`] for what `ledger::types::Text` refuses.
pub fn canonical_text(text: &str) -> Result<Text, TextRefused> {
    Text::new(text.trim().nfc().collect::<String>()).map_err(|_| TextRefused)
}

cbor_map! {
    /// Opens the commitment to one attribute of a person, as the family name or the date of birth.
    pub struct AttributeSecret {
        /// Salt of this attribute alone.
        1 => salt: Salt,
        /// Which attribute, from the catalogue's list.
        2 => code: Code,
        /// Its value in canonical form: text in NFC, dates as `2019-03-05`, truth values as `true` and `false`.
        3 => value: Text,
    }
}

impl AttributeSecret {
    /// Commits to a value with a fresh salt.
    #[must_use]
    pub fn new(code: Code, value: Text, rng: &mut impl CryptoRngCore) -> Self {
        Self { salt: Salt::random(rng), code, value }
    }

    /// What stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        let content = encode(&AttributeContent { code: self.code.clone(), value: self.value.clone() });
        tagged(Domain::Attribute, &[self.salt.expose(), &content])
    }
}

ledger::cbor_array! {
    /// The committed content of an attribute.
    pub struct AttributeContent {
        /// Which attribute.
        code: Code,
        /// Its canonical value.
        value: Text,
    }
}

cbor_map! {
    /// Opens the commitment to a text kept off the ledger, as the reason of a decision.
    pub struct TextSecret {
        /// Salt of this text alone.
        1 => salt: Salt,
        /// The text, in NFC.
        2 => text: Text,
    }
}

impl TextSecret {
    /// Commits to a text with a fresh salt.
    #[must_use]
    pub fn new(text: Text, rng: &mut impl CryptoRngCore) -> Self {
        Self { salt: Salt::random(rng), text }
    }

    /// What stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        tagged(Domain::Text, &[self.salt.expose(), self.text.as_str().as_bytes()])
    }
}

cbor_map! {
    /// Opens the commitment to the content of one entry of a case.
    pub struct ContentSecret {
        /// Salt of this entry alone.
        1 => salt: Salt,
        /// SHA-256 of the content's bytes.
        2 => digest: Hash,
        /// Length of the content.
        3 => size_bytes: u64,
    }
}

impl ContentSecret {
    /// Commits to a content, given by digest and size, with a fresh salt.
    #[must_use]
    pub fn new(digest: Hash, size_bytes: u64, rng: &mut impl CryptoRngCore) -> Self {
        Self { salt: Salt::random(rng), digest, size_bytes }
    }

    /// What stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        sized(Domain::CaseContent, &self.salt, &self.digest, self.size_bytes)
    }
}

cbor_map! {
    /// Opens the link of a community-corrections case to the identity of its person.
    pub struct CaseSubjectSecret {
        /// Salt of this case alone: two cases of one person share no value.
        1 => salt: Salt,
        /// The identity attestation of the person.
        2 => identity: RecordId,
    }
}

impl CaseSubjectSecret {
    /// Links to an identity with a fresh salt.
    #[must_use]
    pub fn new(identity: RecordId, rng: &mut impl CryptoRngCore) -> Self {
        Self { salt: Salt::random(rng), identity }
    }

    /// What stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        tagged(Domain::CaseSubject, &[self.salt.expose(), &self.identity.0])
    }
}

/// Commitment to bytes known by digest and size; every part has a fixed length.
pub(crate) fn sized(domain: Domain, salt: &Salt, digest: &Hash, size_bytes: u64) -> Hash {
    tagged(domain, &[salt.expose(), &digest.0, &size_bytes.to_be_bytes()])
}
