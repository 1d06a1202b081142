//! The trust file: the one thing a verifier has to have got from somebody it trusts.

use crate::codec::{self, CodecError};
use crate::commit::ChainContext;
use crate::crypto::Hash;
use crate::genesis::Genesis;
use crate::limits::TRUST_BYTES_MAX;
use crate::types::{ChainId, Height, TimeMs};
use crate::validator::ValidatorSet;

/// Version of the trust file's format.
pub const TRUST_VERSION: u64 = 1;

cbor_map! {
    /// A header that the holder of the trust file has verified; it only moves forward.
    pub struct Checkpoint {
        /// Height.
        1 => height: Height,
        /// Time of the header.
        2 => time: TimeMs,
        /// Hash of the header.
        3 => header: Hash,
    }
}

cbor_map! {
    /// What a verifier trusts: a chain, and the validators in force at one point of it.
    pub struct TrustFile {
        /// [`TRUST_VERSION`].
        1 => version: u64,
        /// Chain id.
        2 => chain: ChainId,
        /// Hash of the genesis document.
        3 => genesis: Hash,
        /// Validators that decide the height after the checkpoint; without one, those of genesis.
        4 => validators: ValidatorSet,
        /// Newest header that was verified. Once validators have changed nothing can be told without one: the keys of
        /// the first validators may have leaked since.
        5 => checkpoint: Option<Checkpoint>,
    }
}

impl TrustFile {
    /// The trust file of a genesis document.
    ///
    /// # Errors
    /// As [`Genesis::check`].
    pub fn of_genesis(genesis: &Genesis) -> Result<Self, CodecError> {
        let ChainContext { chain, genesis: hash } = genesis.context();
        let validators = genesis.validator_set()?;
        Ok(Self { version: TRUST_VERSION, chain, genesis: hash, validators, checkpoint: None })
    }

    /// Decodes and checks a trust file.
    ///
    /// # Errors
    /// [`CodecError`]: not canonical, another version, or a chain id that is not derived from the genesis hash.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let trust: Self = codec::decode(bytes, TRUST_BYTES_MAX)?;
        if trust.version != TRUST_VERSION {
            return Err(CodecError::OutOfRange { what: "the version of the trust file is 1" });
        }
        let derived = trust.chain.as_str().ends_with(&format!("-{}", hex::encode(&trust.genesis.0[..16])));
        if derived {
            Ok(trust)
        } else {
            Err(CodecError::OutOfRange { what: "the chain id is derived from the genesis hash" })
        }
    }

    /// Chain id and genesis hash.
    #[must_use]
    pub fn context(&self) -> ChainContext {
        ChainContext { chain: self.chain.clone(), genesis: self.genesis }
    }
}
