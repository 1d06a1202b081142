//! Ed25519 keys and signatures, by one strict rule.

use super::Hash;
use crate::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::error::VerifyError;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

/// An Ed25519 public key that passed the rule of registration: canonical encoding and not weak.
///
/// Shape: 32 bytes, RFC 8032 section 5.1.2.
#[derive(Clone, Copy)]
pub struct PublicKey {
    bytes: [u8; 32],
    /// The point behind the bytes, if it is at hand: finding it costs a tenth of a verification.
    point: Option<VerifyingKey>,
}

/// The RFC 9679 thumbprint of a public key: SHA-256 of `{1: 1, -1: 6, -2: x}` in deterministic CBOR.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Hash);

/// An Ed25519 signature, 64 bytes: R then S.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// An Ed25519 secret key. Its memory is wiped when it is dropped; it shows nothing in debug output.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl PublicKey {
    /// Checks and takes a key.
    ///
    /// # Errors
    /// `OutOfRange` for bytes that are no point, that are not the canonical encoding of their point (dalek reads 24
    /// such forms), or that are of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CodecError> {
        let refused = ValueRule::PublicKey;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| refused)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if canonical && !key.is_weak() { Ok(Self { bytes: *bytes, point: Some(key) }) } else { Err(refused.into()) }
    }

    /// Takes a key out of what this ledger has stored: [`PublicKey::from_bytes`] accepted it when it came in, and the
    /// point is looked for when something is to be verified.
    fn stored(bytes: [u8; 32]) -> Self {
        Self { bytes, point: None }
    }

    /// Looks for the point behind the bytes, for a key under which more than one signature will be verified.
    pub(crate) fn find_point(&mut self) {
        self.point = self.point.or_else(|| VerifyingKey::from_bytes(&self.bytes).ok());
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.bytes
    }

    /// The RFC 9679 thumbprint.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut cose_key = [0u8; 40];
        cose_key[..8].copy_from_slice(&[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]);
        cose_key[8..].copy_from_slice(&self.to_bytes());
        KeyId(Hash::sha256(&cose_key))
    }

    /// Verifies one signature strictly: canonical S, no small-order R or A, no cofactor.
    ///
    /// # Errors
    /// [`VerifyError::Signature`] with the key's id.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), VerifyError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        let point = self.point.map_or_else(|| VerifyingKey::from_bytes(&self.bytes), Ok);
        let verified = point.and_then(|point| point.verify_strict(message, &signature));
        verified.map_err(|_| VerifyError::Signature { key: self.id() })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl SecretKey {
    /// Takes the 32-byte seed of RFC 8032.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, to be written to a protected key file.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    ///
    /// # Panics
    /// Never for a seed of random bytes: a clamped scalar times the base point is canonical and of large order.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let point = self.0.verifying_key();
        PublicKey { bytes: point.to_bytes(), point: Some(point) }
    }

    /// Signs a message (RFC 8032 section 5.1.6), with the public key computed from the secret one.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SecretKey(of {})", self.public().id())
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl core::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl core::fmt::Display for KeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl core::str::FromStr for KeyId {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        text.parse().map(Self)
    }
}

impl Cbor for PublicKey {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.to_bytes());
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let bytes = reader.bytes_exact()?;
        if reader.is_of_the_state() { Ok(Self::stored(bytes)) } else { Self::from_bytes(&bytes) }
    }
    fn view(&self) -> View {
        View::Text(hex::encode(self.to_bytes()))
    }
}

impl Cbor for KeyId {
    fn write(&self, writer: &mut Writer) {
        self.0.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Hash::read(reader).map(Self)
    }
    fn view(&self) -> View {
        self.0.view()
    }
}

impl Cbor for Signature {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.bytes_exact().map(Self)
    }
    fn view(&self) -> View {
        View::Text(hex::encode(self.0))
    }
}
