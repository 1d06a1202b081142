//! Two of the three families of errors: a proof that fails, and this machine that fails. The third, a statement
//! that breaks a rule, is [`crate::rejection::Rejection`]. They are never mixed.

use crate::crypto::{Hash, KeyId};

/// A signature, proof or certificate fails. Says which step, what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A signature does not verify under the strict rule.
    #[error("signature by key {key} does not verify")]
    Signature {
        /// The key it should be by.
        key: KeyId,
    },
    /// A hash differs from the one that is certified.
    #[error("{what}: expected {expected}, computed {actual}")]
    HashMismatch {
        /// Which hash.
        what: &'static str,
        /// The certified one.
        expected: Hash,
        /// The one computed from what was shown.
        actual: Hash,
    },
    /// A number differs from the one that is certified.
    #[error("{what}: expected {expected}, found {actual}")]
    NumberMismatch {
        /// Which number.
        what: &'static str,
        /// The certified one.
        expected: u64,
        /// The one shown.
        actual: u64,
    },
    /// The proof is of another chain.
    #[error("chain: expected {expected}, found {actual}")]
    OtherChain {
        /// The chain of the trust file.
        expected: String,
        /// The chain of the proof.
        actual: String,
    },
    /// Too little voting power stands behind a header.
    #[error("signers hold {power} of {total} voting power, more than two thirds are needed")]
    QuorumMissing {
        /// Power of the signers.
        power: u64,
        /// Power of the whole set.
        total: u64,
    },
    /// A certificate's bitmap or signatures do not fit its validator set.
    #[error("commit certificate does not fit its validator set: {reason}")]
    CertificateShape {
        /// What does not fit.
        reason: &'static str,
    },
    /// A proof has the wrong form for what it claims.
    #[error("proof has the wrong form: {reason}")]
    ProofShape {
        /// What does not fit.
        reason: &'static str,
    },
    /// What was asked for is not among what was shown and proven.
    #[error("nothing was shown for {what}")]
    NotShown {
        /// What was asked for.
        what: String,
    },
    /// A part is not in its canonical form.
    #[error("{what} cannot be read: {source}")]
    Codec {
        /// Which part.
        what: &'static str,
        /// Why.
        #[source]
        source: crate::codec::CodecError,
    },
}

/// This machine fails: a disk, a socket, a broken store, a bug. Never a verdict about a statement.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store could not be read or written.
    #[error("storage failed while {doing}: {reason}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// The store's own words.
        reason: String,
    },
    /// Too little of the disk is free.
    #[error("the disk is full while {doing}: {reason}")]
    DiskFull {
        /// What was being done.
        doing: &'static str,
        /// How much is free, or the system's own words.
        reason: String,
    },
    /// What the store holds contradicts itself.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// What contradicts.
        what: String,
    },
    /// What the store holds does not carry the proof that it should.
    #[error("the store is damaged: {what}: {source}")]
    Unproven {
        /// What is not proven.
        what: String,
        /// Why.
        #[source]
        source: VerifyError,
    },
}

impl Fault {
    /// A storage fault with the store's own words.
    pub fn storage(doing: &'static str, reason: impl core::fmt::Display) -> Self {
        Self::Storage { doing, reason: reason.to_string() }
    }

    /// A fault of a disk without room.
    pub fn disk_full(doing: &'static str, reason: impl core::fmt::Display) -> Self {
        Self::DiskFull { doing, reason: reason.to_string() }
    }

    /// True if the store's content is at fault: it has to be restored or fetched anew.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unproven { .. })
    }

    /// A contradiction in what the store holds.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
