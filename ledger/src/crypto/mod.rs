//! Hashes, keys, signatures and every domain tag.
//!
//! One rule for signatures everywhere (docs/spec/signatures.md): Ed25519 as `verify_strict` of ed25519-dalek, one by
//! one, never in batch; a key is accepted only if it is not weak and its encoding is the canonical one of its point.

mod domain;
mod keys;

#[cfg(test)]
mod tests;

pub use domain::{Domain, tagged};
pub use keys::{KeyId, PublicKey, SecretKey, Signature};

use crate::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use sha2::{Digest, Sha256};

/// A SHA-256 digest, 32 bytes, shown as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of the bytes as they are. For our own formats use [`tagged`].
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 of the parts one after another.
    #[must_use]
    pub fn sha256_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl core::fmt::Debug for Hash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{self}")
    }
}

impl core::fmt::Display for Hash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl core::str::FromStr for Hash {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ValueRule::Hash)?;
        Ok(Self(bytes))
    }
}

impl Cbor for Hash {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.bytes_exact().map(Self)
    }
    fn view(&self) -> View {
        View::Text(self.to_string())
    }
}

cbor_code! {
    /// The algorithms of a key, a digest and a signature, chosen by an accept-list and never by input.
    pub enum Suite {
        /// Ed25519 (RFC 8032) with SHA-256 (FIPS 180-4).
        Ed25519Sha256 = 1 "ed25519-sha256",
    }
}
