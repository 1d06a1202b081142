//! Evidence: two messages that one validator signed and that no honest validator signs both.
//!
//! ```text
//! key ── height, round, step ─┬─ first   value, valid round, signature
//!                             └─ second  another value or valid round, signature
//! ```
//! An honest node votes once and proposes once a round, and its signer guard holds it to that (ADR 5). Two
//! signatures for two contents of one (height, round, step) are therefore a lie of whoever holds the key, provable to
//! anybody with the trust file alone: nothing of the engine and no node's word is needed.
//!
//! Spec: docs/spec/evidence.md.

use crate::codec::{self, CodecError, ValueRule};
use crate::commit::{ChainContext, VoteStep, proposal_sign_bytes, vote_sign_bytes};
use crate::crypto::{Hash, KeyId, Signature};
use crate::error::VerifyError;
use crate::limits::EVIDENCE_BYTES_MAX;
use crate::trust::TrustFile;
use crate::types::{ChainId, DepartmentId, Height, Round};
use crate::validator::ValidatorSet;

/// Version of the format.
pub const EVIDENCE_VERSION: u64 = 1;
/// Media type of an encoded [`Evidence`]; the ending of a file is `.yinxin-evidence`.
pub const EVIDENCE_MEDIA_TYPE: &str = "application/vnd.yinxin.evidence+cbor";

cbor_code! {
    /// Which of the three messages of a round was signed twice.
    pub enum SignedStep {
        /// First vote of a round.
        Prevote = 1 "prevote",
        /// Second vote of a round.
        Precommit = 2 "precommit",
        /// Proposal of a block.
        Proposal = 3 "proposal",
    }
}

cbor_array! {
    /// What differs between the two messages, and the signature over the whole of each.
    pub struct SignedContent {
        /// Header hash; absent in a vote for nil.
        value: Option<Hash>,
        /// Round of an earlier polka, of a proposal alone.
        valid_round: Option<Round>,
        /// By the accused key over the sign-bytes of [`crate::commit`].
        signature: Signature,
    }
}

cbor_map! {
    /// Proof that a validator signed twice.
    ///
    /// Shape: `first` is below `second` by (value, valid round), absent below present; so a pair has one encoding.
    pub struct Evidence {
        /// [`EVIDENCE_VERSION`].
        1 => version: u64,
        /// Chain id.
        2 => chain: ChainId,
        /// Hash of the genesis document.
        3 => genesis: Hash,
        /// Consensus key of the accused.
        4 => key: KeyId,
        /// Height of both messages.
        5 => height: Height,
        /// Round of both messages.
        6 => round: Round,
        /// Step of both messages.
        7 => step: SignedStep,
        /// One content.
        8 => first: SignedContent,
        /// The other content.
        9 => second: SignedContent,
    }
}

/// Who is proven guilty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guilty {
    /// The department that the validator set names for the key.
    pub department: DepartmentId,
    /// The key that signed twice.
    pub key: KeyId,
}

/// By which of the sets that a trust file knows a department was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The set that is proven to have been in force at the height.
    InForce,
    /// The set that the history has for the height; one that came and went without its handovers being shown is unknown.
    History,
    /// The newest set that is known: the height is above the checkpoint, or there is none.
    Newest,
    /// The key was not in force at the height, as far as is known. Every known set that has it gives it to this department.
    Another,
}

impl NamedBy {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::History => "history",
            Self::Newest => "newest",
            Self::Another => "another",
        }
    }
}

/// Why evidence proves nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// A signature fails, or the evidence is of another chain: it proves nothing to anybody.
    #[error(transparent)]
    Refuted(#[from] VerifyError),
    /// The set does not hold the key, so nobody can be named: another set might.
    #[error("no validator of this set has the key {key}")]
    UnknownKey {
        /// The key.
        key: KeyId,
    },
    /// The trust file does not reach back to the height: the key may have been another department's then.
    #[error("the trust file does not know who decided height {height}")]
    HeightUnknown {
        /// The height.
        height: Height,
    },
    /// The key was not in force at the height, and known sets give it to several departments.
    #[error("the key {key} has been of several departments, and of none at this height")]
    SeveralDepartments {
        /// The key.
        key: KeyId,
    },
}

impl Evidence {
    /// Puts two messages in their one order.
    ///
    /// # Errors
    /// `OutOfRange` if they are no evidence: the same content twice, a vote with a valid round, a proposal of nothing.
    pub fn new(
        context: &ChainContext,
        key: KeyId,
        (height, round, step): (Height, Round, SignedStep),
        one: SignedContent,
        other: SignedContent,
    ) -> Result<Self, CodecError> {
        let (first, second) = if one.content() <= other.content() { (one, other) } else { (other, one) };
        let ChainContext { chain, genesis } = context.clone();
        let evidence = Self { version: EVIDENCE_VERSION, chain, genesis, key, height, round, step, first, second };
        evidence.check()?;
        Ok(evidence)
    }

    /// Decodes and checks the form; says nothing about signatures.
    ///
    /// # Errors
    /// [`CodecError`]: not canonical, another version, a chain id that is not derived from the genesis hash, contents
    /// that do not differ or stand in the wrong order, or that the step cannot have.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let evidence: Self = codec::decode(bytes, EVIDENCE_BYTES_MAX)?;
        evidence.check()?;
        Ok(evidence)
    }

    fn check(&self) -> Result<(), CodecError> {
        ValueRule::Version("evidence").require(self.version == EVIDENCE_VERSION)?;
        ValueRule::ChainOfGenesis.require(self.chain.is_derived_from(&self.genesis))?;
        ValueRule::EvidenceContents.require(self.first.content() < self.second.content())?;
        let both = [&self.first, &self.second];
        if self.step == SignedStep::Proposal {
            ValueRule::EvidenceProposal.require(both.iter().all(|one| one.value.is_some()))
        } else {
            ValueRule::EvidenceVote.require(both.iter().all(|one| one.valid_round.is_none()))
        }
    }

    /// The bytes that were signed for a content.
    fn sign_bytes(&self, content: &SignedContent) -> Vec<u8> {
        let context = ChainContext { chain: self.chain.clone(), genesis: self.genesis };
        let step = match self.step {
            SignedStep::Prevote => VoteStep::Prevote,
            SignedStep::Precommit => VoteStep::Precommit,
            SignedStep::Proposal => {
                let value = content.value.unwrap_or_default();
                return proposal_sign_bytes(&context, self.height, self.round, value, content.valid_round);
            }
        };
        vote_sign_bytes(&context, self.height, self.round, step, content.value)
    }

    /// Checks the evidence under the sets that a trust file knows, and names who is guilty.
    ///
    /// A key may move from one department to another: the set in force at the height names the department. If that set
    /// does not have the key, whoever held it lied all the same, and every known set must agree whose it is.
    ///
    /// What it does NOT check: validators above the trust file's checkpoint; its newest set is taken for them.
    ///
    /// # Errors
    /// As [`Evidence::verify`] under any set that has the key; [`EvidenceError::HeightUnknown`];
    /// [`EvidenceError::SeveralDepartments`].
    pub fn judge(&self, trust: &TrustFile) -> Result<(Guilty, NamedBy), EvidenceError> {
        let context = trust.context();
        let in_force = match &trust.checkpoint {
            Some(checkpoint) if self.height <= checkpoint.height => {
                let by = if trust.proves_set_at(self.height) { NamedBy::InForce } else { NamedBy::History };
                trust.set_at(self.height).map(|set| (set, by))
            }
            _ => Some((&trust.validators, NamedBy::Newest)),
        };
        if let Some((set, by)) = in_force.filter(|(set, _)| set.get(&self.key).is_some()) {
            return Ok((self.verify(&context, set)?, by));
        }
        let before = trust.history.iter().flat_map(|history| &history.before).map(|term| &term.validators);
        let mut named: Option<Guilty> = None;
        for set in before.chain([&trust.validators]) {
            match self.verify(&context, set) {
                Err(EvidenceError::UnknownKey { .. }) => {}
                Err(error) => return Err(error),
                Ok(guilty) if named.as_ref().is_none_or(|first| *first == guilty) => named = Some(guilty),
                Ok(_) => return Err(EvidenceError::SeveralDepartments { key: self.key }),
            }
        }
        let guilty = named.ok_or(EvidenceError::UnknownKey { key: self.key })?;
        match in_force {
            Some(_) => Ok((guilty, NamedBy::Another)),
            None => Err(EvidenceError::HeightUnknown { height: self.height }),
        }
    }

    /// Checks chain and both signatures, and names who is guilty by one set.
    ///
    /// What it does NOT check: that `set` is the one in force at that height, see [`Evidence::judge`]. A consensus key is
    /// used for nothing but this chain's consensus, so whoever holds it lied, in force or not.
    ///
    /// # Errors
    /// [`EvidenceError::Refuted`] for another chain or a signature that fails; [`EvidenceError::UnknownKey`] if the set
    /// names nobody for the key.
    pub fn verify(&self, context: &ChainContext, set: &ValidatorSet) -> Result<Guilty, EvidenceError> {
        if (&self.chain, self.genesis) != (&context.chain, context.genesis) {
            let (expected, actual) = (context.chain.to_string(), self.chain.to_string());
            return Err(VerifyError::OtherChain { expected, actual }.into());
        }
        let validator = set.get(&self.key).ok_or(EvidenceError::UnknownKey { key: self.key })?;
        for content in [&self.first, &self.second] {
            validator.key.verify(&self.sign_bytes(content), &content.signature)?;
        }
        Ok(Guilty { department: validator.department.clone(), key: self.key })
    }

    /// True if both are about the same key, height, round and step: one of them says enough.
    #[must_use]
    pub fn is_of_same_lie(&self, other: &Self) -> bool {
        let place = |evidence: &Self| (evidence.key, evidence.height, evidence.round, evidence.step);
        place(self) == place(other)
    }
}

impl SignedContent {
    fn content(&self) -> (Option<Hash>, Option<Round>) {
        (self.value, self.valid_round)
    }
}

#[cfg(test)]
mod tests;
