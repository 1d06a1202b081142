//! Making and signing statements.

use super::{Claims, Endorsement, Payload, ProtectedHeader, SignedStatement, endorsement_bytes, sig_structure};
use crate::action::Action;
use crate::codec::{self, Cbor, Writer};
use crate::crypto::{Domain, KeyId, SecretKey, Signature};
use crate::limits::STATEMENT_LIFETIME_MS;
use crate::types::{ChainId, DepartmentId, TimeMs};

/// What every statement needs to be made.
#[derive(Debug, Clone)]
pub struct StatementBuilder {
    /// Chain that it is for.
    pub chain: ChainId,
    /// Department that says it.
    pub department: DepartmentId,
    /// The signer's clock.
    pub now: TimeMs,
    /// 16 random bytes.
    pub nonce: [u8; 16],
}

/// A statement to which signatures are still added: endorsements first, then the main signature.
#[derive(Debug, Clone)]
pub struct UnsignedStatement {
    protected: ProtectedHeader,
    payload: Payload,
}

impl StatementBuilder {
    /// A statement to be signed by `key`, valid for the default lifetime.
    #[must_use]
    pub fn build(self, action: Action, key: KeyId) -> UnsignedStatement {
        let iat = self.now.0 / 1000;
        let claims = Claims {
            iss: self.department,
            sub: action.subject().path().to_owned(),
            aud: self.chain,
            exp: iat.saturating_add(STATEMENT_LIFETIME_MS / 1000),
            iat,
            cti: self.nonce,
        };
        UnsignedStatement {
            protected: ProtectedHeader { kid: key, claims },
            payload: Payload { action, endorsements: Vec::new() },
        }
    }
}

impl UnsignedStatement {
    /// The same statement with another expiry, in seconds since 1970.
    #[must_use]
    pub fn expiring(mut self, exp: u64) -> Self {
        self.protected.claims.exp = exp;
        self
    }

    /// The bytes that a further key signs, for a key that is kept elsewhere.
    #[must_use]
    pub fn endorsement_bytes(&self) -> Vec<u8> {
        endorsement_bytes(&self.protected, &self.payload.action)
    }

    /// Adds a further signature.
    #[must_use]
    pub fn endorsed_by(self, key: &SecretKey) -> Self {
        let signature = key.sign(&self.endorsement_bytes());
        self.endorsed(Endorsement { key: key.public().id(), signature })
    }

    /// Adds a further signature that was made elsewhere.
    #[must_use]
    pub fn endorsed(mut self, endorsement: Endorsement) -> Self {
        self.payload.endorsements.retain(|present| present.key != endorsement.key);
        self.payload.endorsements.push(endorsement);
        self.payload.endorsements.sort_by_key(|present| present.key);
        self
    }

    /// The `Sig_structure`, for a key that is kept elsewhere.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(&codec::encode(&self.protected), &codec::encode(&self.payload))
    }

    /// Signs; `key` should be the one that the statement was built for.
    #[must_use]
    pub fn sign(self, key: &SecretKey) -> SignedStatement {
        let signature = key.sign(&self.signed_bytes());
        self.signed(signature)
    }

    /// Takes a signature that was made elsewhere.
    #[must_use]
    pub fn signed(self, signature: Signature) -> SignedStatement {
        SignedStatement::assemble(self.protected, self.payload, signature)
    }
}

/// What a new key signs to show that its owner holds it: `["yinxin/possession/1", chain, department, key id]`.
///
/// For a holder's key `department` is the attesting one; for a consensus key the one that will run the validator.
#[must_use]
pub fn possession_bytes(chain: &ChainId, department: &DepartmentId, key: &KeyId) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4).text(Domain::Possession.tag());
    chain.write(&mut writer);
    department.write(&mut writer);
    key.write(&mut writer);
    writer.finish()
}
