//! Every path of the state tree, in one file. The tree's key is SHA-256 of the path's bytes.

use crate::crypto::{Hash, KeyId};
use crate::types::{Code, DepartmentId, ItemCode, OfficeWord, RecordId};

/// Path of one value of the state; ASCII, at most 160 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(String);

impl StateKey {
    /// The schedule of validators.
    #[must_use]
    pub fn validators() -> Self {
        Self("validators".to_owned())
    }

    /// Who is missing from the newest commit certificates.
    #[must_use]
    pub fn rotation() -> Self {
        Self("rotation".to_owned())
    }

    /// The parameters.
    #[must_use]
    pub fn parameters() -> Self {
        Self("parameters".to_owned())
    }

    /// The list of all departments.
    #[must_use]
    pub fn departments() -> Self {
        Self("departments".to_owned())
    }

    /// A department.
    #[must_use]
    pub fn department(id: &DepartmentId) -> Self {
        Self(format!("department/{id}"))
    }

    /// A key of a department.
    #[must_use]
    pub fn key(id: &KeyId) -> Self {
        Self(format!("key/{id}"))
    }

    /// A catalogue item in its newest version.
    #[must_use]
    pub fn item(code: &ItemCode) -> Self {
        Self(format!("item/{code}"))
    }

    /// A catalogue item in one version.
    #[must_use]
    pub fn item_version(code: &ItemCode, version: u32) -> Self {
        Self(format!("item/{code}/{version}"))
    }

    /// The grounds of an act, by the action's word.
    #[must_use]
    pub fn grounds(act: &Code) -> Self {
        Self(format!("grounds/{act}"))
    }

    /// A governance proposal.
    #[must_use]
    pub fn proposal(id: &RecordId) -> Self {
        Self(format!("proposal/{id}"))
    }

    /// The open proposals of a department.
    #[must_use]
    pub fn proposals_of(department: &DepartmentId) -> Self {
        Self(format!("proposals/{department}"))
    }

    /// When others last froze a key of a department.
    #[must_use]
    pub fn frozen(department: &DepartmentId) -> Self {
        Self(format!("frozen/{department}"))
    }

    /// A notarial certificate.
    #[must_use]
    pub fn certificate(id: &RecordId) -> Self {
        Self(format!("certificate/{id}"))
    }

    /// The list of an office's certificates, in the order in which they were drafted.
    #[must_use]
    pub fn certificates_of(office: &DepartmentId) -> Self {
        Self(format!("certificates/{office}"))
    }

    /// The next serial of an office, class and year.
    #[must_use]
    pub fn number(office: &DepartmentId, class: &Code, year: u32) -> Self {
        Self(format!("number/{office}/{class}/{year}"))
    }

    /// Who was given these words of certificate numbers; the words stand in it as hexadecimal digits of their UTF-8.
    #[must_use]
    pub fn number_word(word: &OfficeWord) -> Self {
        Self(format!("number-word/{}", hex::encode(word.as_str())))
    }

    /// The look-up of a certificate, see [`crate::record::lookup_key`].
    #[must_use]
    pub fn lookup(hash: &Hash) -> Self {
        Self(format!("lookup/{hash}"))
    }

    /// An identity attestation.
    #[must_use]
    pub fn identity(id: &RecordId) -> Self {
        Self(format!("identity/{id}"))
    }

    /// A corrections case; also the name of the list of its entries.
    #[must_use]
    pub fn correction(id: &RecordId) -> Self {
        Self(format!("correction/{id}"))
    }

    /// Takes a path as text, for look-ups.
    ///
    /// Any ASCII text up to 160 bytes is a path; most hold nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= 160 && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The key of the tree.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::sha256(self.0.as_bytes())
    }
}

impl core::fmt::Display for StateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}
