//! Documents: anchored by a salted commitment, never by their plain digest.
//!
//! ```text
//! anchor = SHA-256(tag, salt 32 B, SHA-256 of the file 32 B, size in 8 bytes big-endian)
//! ```
//!
//! The plain digest of a file made from a public template can be guessed by filling the template; the salt travels in
//! the bundle, so only who holds the bundle can tie a file to the ledger.

use ledger::cbor_map;
use ledger::crypto::{Domain, Hash};
use ledger::types::Text;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

use crate::commitment::sized;
use crate::salt::Salt;

cbor_map! {
    /// Opens the anchor of a document.
    pub struct DocumentSecret {
        /// Salt of this document alone.
        1 => salt: Salt,
        /// SHA-256 of the file.
        2 => digest: Hash,
        /// Length of the file.
        3 => size_bytes: u64,
        /// The file's name as it was given, for people. Not committed to, and never to be used as a path.
        4 => name: Option<Text>,
    }
}

/// What a file is known by: digest and size, without the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 of the file.
    pub digest: Hash,
    /// Length of the file.
    pub size_bytes: u64,
}

/// Takes a file's bytes piece by piece.
#[derive(Clone, Debug, Default)]
pub struct DocumentHasher {
    hasher: Sha256,
    size_bytes: u64,
}

impl DocumentHasher {
    /// A hasher that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size_bytes += bytes.len() as u64;
    }

    /// What the file is known by.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        Fingerprint { digest: Hash(self.hasher.finalize().into()), size_bytes: self.size_bytes }
    }
}

impl DocumentSecret {
    /// Anchors a file with a fresh salt.
    #[must_use]
    pub fn new(file: Fingerprint, name: Option<Text>, rng: &mut impl CryptoRngCore) -> Self {
        Self { salt: Salt::random(rng), digest: file.digest, size_bytes: file.size_bytes, name }
    }

    /// What stands on the ledger.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        sized(Domain::Document, &self.salt, &self.digest, self.size_bytes)
    }

    /// Whether a file is the one that was anchored.
    ///
    /// Says nothing about the ledger: compare [`DocumentSecret::commitment`] with the proven record for that.
    #[must_use]
    pub fn matches(&self, file: &Fingerprint) -> bool {
        self.digest == file.digest && self.size_bytes == file.size_bytes
    }
}
