//! Signed statements: the transactions of the ledger.
//!
//! ```text
//! 18([ protected: bstr, {}, payload: bstr, signature: bstr .size 64 ])                    COSE_Sign1, RFC 9052
//! protected = { 1: -8 (EdDSA), 3: content type, 4: kid (RFC 9679), 15: claims (RFC 9597) }
//! claims    = { 1: iss, 2: sub, 3: aud, 4: exp, 6: iat, 7: cti }                         RFC 8392, RFC 9597
//! payload   = [ action, [* [kid, signature]] ]
//! signed    = ["Signature1", protected, h'', payload]         id = SHA-256 of these bytes
//! ```
//! The unprotected header is empty, so nothing that is not signed can ride along. A further signature (a second
//! officer, the office's seal, a second administration key) is an endorsement inside the payload, over
//! `["yinxin/endorsement/1", protected, action]`.

mod build;
mod header;

#[cfg(test)]
mod tests;

pub use build::{KeyUse, StatementBuilder, UnsignedStatement, possession_bytes, ready_bytes};
pub use header::{CONTENT_TYPE, Claims, ProtectedHeader};

use crate::action::Action;
use crate::codec::{self, Bytes, Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::{Domain, Hash, KeyId, PublicKey, Signature};
use crate::error::VerifyError;
use crate::limits::{ENDORSEMENTS_MAX, STATEMENT_BYTES_MAX};

/// Id of a statement: SHA-256 of its `Sig_structure`, the signature left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId(pub Hash);

impl core::fmt::Display for StatementId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl core::str::FromStr for StatementId {
    type Err = CodecError;
    fn from_str(text: &str) -> Result<Self, CodecError> {
        text.parse().map(Self)
    }
}

cbor_array! {
    /// A further signature inside a statement.
    pub struct Endorsement {
        /// Key that signed.
        key: KeyId,
        /// Signature over [`SignedStatement::endorsement_bytes`].
        signature: Signature,
    }
}

cbor_array! {
    /// What a statement says.
    pub struct Payload {
        /// The action.
        action: Action,
        /// Further signatures, ascending by key id, at most `limits::ENDORSEMENTS_MAX`.
        endorsements: Vec<Endorsement>,
    }
}

/// A statement as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedStatement {
    protected: ProtectedHeader,
    payload: Payload,
    signature: Signature,
    encoded: Bytes,
    /// What [`SignedStatement::id`] and [`SignedStatement::act`] give, which is asked again and again.
    id: StatementId,
    act: Hash,
}

const COSE_SIGN1_TAG: u64 = 18;

/// The wire form, before header and payload are looked into.
struct Envelope {
    protected: Bytes,
    payload: Bytes,
    signature: Signature,
}

impl Cbor for Envelope {
    fn write(&self, writer: &mut Writer) {
        writer.tag(COSE_SIGN1_TAG).array(4);
        self.protected.write(writer);
        writer.map(0);
        self.payload.write(writer);
        self.signature.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.tag(COSE_SIGN1_TAG)?;
        reader.array_exact(4)?;
        let protected = Bytes::read(reader)?;
        reader.map_exact(0)?;
        Ok(Self { protected, payload: Bytes::read(reader)?, signature: Signature::read(reader)? })
    }
    fn view(&self) -> View {
        View::Null
    }
}

impl SignedStatement {
    /// Decodes a statement, accepting only the one canonical form of envelope, header, claims and payload.
    ///
    /// # Errors
    /// [`CodecError`]; nothing is verified here.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let envelope: Envelope = codec::decode(bytes, STATEMENT_BYTES_MAX)?;
        let protected = codec::decode(&envelope.protected, STATEMENT_BYTES_MAX)?;
        let payload: Payload = codec::decode(&envelope.payload, STATEMENT_BYTES_MAX)?;
        let sorted = payload.endorsements.is_sorted_by(|a, b| a.key < b.key);
        if payload.endorsements.len() > ENDORSEMENTS_MAX || !sorted {
            return Err(ValueRule::Endorsements.into());
        }
        Ok(Self::of_parts(protected, payload, &envelope, bytes.to_vec().into()))
    }

    /// Names it by its parts, which stand encoded in the envelope.
    fn of_parts(protected: ProtectedHeader, payload: Payload, envelope: &Envelope, encoded: Bytes) -> Self {
        let id = StatementId(Hash::sha256(&sig_structure(&envelope.protected, &envelope.payload)));
        let act = Hash::sha256(&endorsement_bytes(&envelope.protected, &payload.action));
        Self { protected, payload, signature: envelope.signature, encoded, id, act }
    }

    /// Puts header, payload and signature together.
    fn assemble(protected: ProtectedHeader, payload: Payload, signature: Signature) -> Self {
        let envelope = Envelope {
            protected: codec::encode(&protected).into(),
            payload: codec::encode(&payload).into(),
            signature,
        };
        let encoded = codec::encode(&envelope).into();
        Self::of_parts(protected, payload, &envelope, encoded)
    }

    /// The bytes as sent, logged and stored.
    #[must_use]
    pub fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// SHA-256 of all bytes, signature included: the name under which a verification is remembered.
    #[must_use]
    pub fn whole_hash(&self) -> Hash {
        Hash::sha256(&self.encoded)
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// SHA-256 of what endorsers sign: the same act with other endorsements has another id, and is still the same act.
    /// Replay is judged by this.
    #[must_use]
    pub fn act(&self) -> Hash {
        self.act
    }

    /// Key that signed.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.protected.kid
    }

    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.protected.claims
    }

    /// What it says.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.payload.action
    }

    /// The further signatures.
    #[must_use]
    pub fn endorsements(&self) -> &[Endorsement] {
        &self.payload.endorsements
    }

    /// The `Sig_structure` of RFC 9052 section 4.4.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(&codec::encode(&self.protected), &codec::encode(&self.payload))
    }

    /// The bytes that a further key signs.
    #[must_use]
    pub fn endorsement_bytes(&self) -> Vec<u8> {
        endorsement_bytes(&codec::encode(&self.protected), &self.payload.action)
    }

    /// Verifies the main signature.
    ///
    /// What it does NOT check: whether `key` may say this; that is for the rules, at a block.
    ///
    /// # Errors
    /// [`VerifyError::Signature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), VerifyError> {
        if key.id() != self.key() {
            return Err(VerifyError::Signature { key: self.key() });
        }
        key.verify(&self.signed_bytes(), &self.signature)
    }

    /// The JSON view.
    #[must_use]
    pub fn view(&self) -> View {
        View::Record(vec![
            ("id", View::Text(self.id().to_string())),
            ("key", self.key().view()),
            ("claims", self.claims().view()),
            ("action", self.action().view()),
            ("endorsements", self.payload.endorsements.view()),
        ])
    }
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(payload);
    writer.finish()
}

fn endorsement_bytes(protected: &[u8], action: &Action) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(3).text(Domain::Endorsement.tag());
    writer.bytes(protected).bytes(&codec::encode(action));
    writer.finish()
}
