//! Addresses, heights, values and signatures as the engine wants them.

use std::cmp::Ordering;
use std::fmt;

use borsh::io;
use borsh::{BorshDeserialize, BorshSerialize};
use ledger::codec::{CodecError, ValueRule};
use ledger::crypto::{Hash, KeyId, PublicKey, Signature};
use ledger::types::{Height, Round};
use malachitebft_core_types as core;

/// Address of a validator: the id of its consensus key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address(pub KeyId);

/// A height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct EngineHeight(pub Height);

/// What is decided: the hash of a block's header. It is its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ValueHash(pub Hash);

/// An Ed25519 signature with an order, which the engine asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EngineSignature(pub Signature);

/// Ed25519 by the strict rule of `ledger::crypto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ed25519;

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Address for Address {}

impl fmt::Display for EngineHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Height for EngineHeight {
    const ZERO: Self = Self(Height(0));
    const INITIAL: Self = Self(Height(1));

    fn increment_by(&self, n: u64) -> Self {
        Self(Height(self.0.0.saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.0.checked_sub(n).map(|height| Self(Height(height)))
    }

    fn as_u64(&self) -> u64 {
        self.0.0
    }
}

impl fmt::Display for ValueHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Value for ValueHash {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

impl PartialOrd for EngineSignature {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EngineSignature {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.0.cmp(&other.0.0)
    }
}

/// The secret key as the engine's scheme names it; never made by the engine, our signer holds its own.
#[derive(Clone)]
pub(crate) struct NoPrivateKey;

impl core::SigningScheme for Ed25519 {
    type DecodingError = CodecError;
    type Signature = EngineSignature;
    type PublicKey = PublicKey;
    type PrivateKey = NoPrivateKey;

    fn decode_signature(bytes: &[u8]) -> Result<EngineSignature, CodecError> {
        let bytes = bytes.try_into().map_err(|_| ValueRule::SignatureLength)?;
        Ok(EngineSignature(Signature(bytes)))
    }

    fn encode_signature(signature: &EngineSignature) -> Vec<u8> {
        signature.0.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, CodecError> {
        let bytes = bytes.try_into().map_err(|_| ValueRule::PublicKeyLength)?;
        PublicKey::from_bytes(bytes)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.to_bytes().to_vec()
    }
}

/// The engine's round as ours; `None` for its "no round".
pub(crate) fn ledger_round(round: core::Round) -> Option<Round> {
    round.as_u32().map(Round)
}

/// Our round as the engine's.
pub(crate) fn engine_round(round: Option<Round>) -> core::Round {
    core::Round::from(round.map(|round| round.0))
}

/// Borsh for newtypes over byte arrays and integers: their bytes, nothing in front.
macro_rules! wire {
    ($name:ty, $inner:ty, $wrap:expr, $unwrap:expr) => {
        impl BorshSerialize for $name {
            fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
                let unwrap: fn(&Self) -> $inner = $unwrap;
                BorshSerialize::serialize(&unwrap(self), writer)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
                let wrap: fn($inner) -> Self = $wrap;
                <$inner>::deserialize_reader(reader).map(wrap)
            }
        }
    };
}

wire!(Address, [u8; 32], |bytes| Self(KeyId(Hash(bytes))), |address| address.0.0.0);
wire!(EngineHeight, u64, |height| Self(Height(height)), |height| height.0.0);
wire!(ValueHash, [u8; 32], |bytes| Self(Hash(bytes)), |value| value.0.0);
wire!(EngineSignature, [u8; 64], |bytes| Self(Signature(bytes)), |signature| signature.0.0);
