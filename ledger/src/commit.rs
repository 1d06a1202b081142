//! Votes and the commit certificate: what more than two thirds of the voting power signed for a header.
//!
//! ```text
//! vote bytes      ["yinxin/vote/1", chain, genesis hash, height, round, step, header hash | null]
//! proposal bytes  ["yinxin/proposal/1", chain, genesis hash, height, round, header hash, valid round | null]
//! ```
//! Neither begins like the `Sig_structure` of a statement, which is `["Signature1", ...]`, an array of four.
//! The engine is not needed to check any of this: an offline verifier does it with this file alone.

use crate::codec::{self, Bytes, Cbor, Writer};
use crate::crypto::{Domain, Hash, KeyId, Signature, tagged};
use crate::error::VerifyError;
use crate::types::{ChainId, Height, Round};
use crate::validator::ValidatorSet;

cbor_code! {
    /// The two votes of Tendermint.
    pub enum VoteStep {
        /// First vote of a round.
        Prevote = 1 "prevote",
        /// Second vote of a round; these make a commit certificate.
        Precommit = 2 "precommit",
    }
}

/// The chain that signatures are for: both stand in all sign-bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainContext {
    /// Chain id.
    pub chain: ChainId,
    /// Hash of the genesis document.
    pub genesis: Hash,
}

/// The bytes a validator signs for a vote; `value` is the header hash, `None` is the vote for nil.
#[must_use]
pub fn vote_sign_bytes(
    context: &ChainContext,
    height: Height,
    round: Round,
    step: VoteStep,
    value: Option<Hash>,
) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(7).text(Domain::Vote.tag());
    context.chain.write(&mut writer);
    context.genesis.write(&mut writer);
    height.write(&mut writer);
    round.write(&mut writer);
    step.write(&mut writer);
    value.write(&mut writer);
    writer.finish()
}

/// The bytes a validator signs for a proposal; `valid_round` is the round of an earlier polka for the same value.
#[must_use]
pub fn proposal_sign_bytes(
    context: &ChainContext,
    height: Height,
    round: Round,
    value: Hash,
    valid_round: Option<Round>,
) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(7).text(Domain::Proposal.tag());
    context.chain.write(&mut writer);
    context.genesis.write(&mut writer);
    height.write(&mut writer);
    round.write(&mut writer);
    value.write(&mut writer);
    valid_round.write(&mut writer);
    writer.finish()
}

cbor_array! {
    /// Precommits of more than two thirds of the voting power for one header.
    ///
    /// Shape: height; round; bitmap over the validator set, `ceil(n / 8)` bytes, validator `i` is bit `7 - i % 8` of
    /// byte `i / 8`, unused bits zero; 64 bytes of signature for each set bit, in the order of the set. The header
    /// hash is computed from the header, not carried.
    pub struct CommitCertificate {
        /// Height of the header.
        height: Height,
        /// Round in which it was decided; part of what was signed.
        round: Round,
        /// Who signed.
        signers: Bytes,
        /// Their signatures.
        signatures: Bytes,
    }
}

impl CommitCertificate {
    /// Packs signatures of validators of `set`; signatures of others are left out, a doubled one counts once.
    #[must_use]
    pub fn build(
        height: Height,
        round: Round,
        set: &ValidatorSet,
        votes: impl IntoIterator<Item = (KeyId, Signature)>,
    ) -> Self {
        let mut slots: Vec<Option<Signature>> = vec![None; set.len()];
        for (key, signature) in votes {
            if let Some(index) = set.index_of(&key) {
                slots[index] = Some(signature);
            }
        }
        let mut signers = vec![0u8; set.len().div_ceil(8)];
        let mut signatures = Vec::with_capacity(64 * set.len());
        for (index, signature) in slots.iter().enumerate().filter_map(|(index, slot)| slot.map(|found| (index, found)))
        {
            signers[index / 8] |= 0x80 >> (index % 8);
            signatures.extend_from_slice(&signature.0);
        }
        Self { height, round, signers: signers.into(), signatures: signatures.into() }
    }

    /// The signers and their signatures, in the order of the set.
    ///
    /// # Errors
    /// [`VerifyError::CertificateShape`] if bitmap and signatures do not fit the set.
    pub fn votes(&self, set: &ValidatorSet) -> Result<Vec<(KeyId, Signature)>, VerifyError> {
        let shape = |reason| Err(VerifyError::CertificateShape { reason });
        if self.signers.len() != set.len().div_ceil(8) {
            return shape("the bitmap has another length than the set needs");
        }
        let bit = |index: usize| self.signers[index / 8] & (0x80 >> (index % 8)) != 0;
        if (set.len()..self.signers.len() * 8).any(bit) {
            return shape("a bit is set beyond the last validator");
        }
        let signers: Vec<usize> = (0..set.len()).filter(|index| bit(*index)).collect();
        if self.signatures.len() != signers.len() * 64 {
            return shape("there is not exactly one signature for each signer");
        }
        let signature = |chunk: &[u8]| Signature(chunk.try_into().expect("chunks are of 64 bytes"));
        let keys = signers.iter().map(|index| set.validators()[*index].key.id());
        Ok(keys.zip(self.signatures.chunks_exact(64).map(signature)).collect())
    }

    /// Checks that more than two thirds of `set` signed this header, every carried signature included.
    ///
    /// What it does NOT check: that `set` is the set in force at that height (see [`crate::light`]).
    ///
    /// # Errors
    /// [`VerifyError`] that names the first step that fails; one invalid signature refuses the whole certificate.
    pub fn verify(&self, context: &ChainContext, set: &ValidatorSet, header: Hash) -> Result<(), VerifyError> {
        let votes = self.votes(set)?;
        let power = |key: &KeyId| set.get(key).map_or(0, |validator| validator.power);
        let signed: u64 = votes.iter().map(|(key, _)| power(key)).sum();
        if !set.is_quorum(signed) {
            return Err(VerifyError::QuorumMissing { power: signed, total: set.total_power() });
        }
        let message = vote_sign_bytes(context, self.height, self.round, VoteStep::Precommit, Some(header));
        votes.iter().try_for_each(|(key, signature)| {
            let validator = set.get(key).expect("votes are of validators of the set");
            validator.key.verify(&message, signature)
        })
    }

    /// The hash that the next header carries as `last_commit`.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(Domain::LastCommit, &[&codec::encode(self)])
    }
}
