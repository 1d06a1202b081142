//! Making and signing statements.

use super::{Claims, Endorsement, Payload, ProtectedHeader, SignedStatement, endorsement_bytes, sig_structure};
use crate::action::Action;
use crate::codec::{self, Cbor, Writer};
use crate::crypto::{Domain, Hash, KeyId, SecretKey, Signature};
use crate::limits::STATEMENT_LIFETIME_MS;
use crate::record::Purpose;
use crate::types::{ChainId, DepartmentId, Height, OfficerId, RecordId, TimeMs};

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
        endorsement_bytes(&codec::encode(&self.protected), &self.payload.action)
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

/// What a key is meant for when its owner shows that it is theirs; a proof for one use fits no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// A holder's key, for one identity attestation.
    Holder(RecordId),
    /// An officer's key, for one person.
    Officer(OfficerId),
    /// A seal key of the department.
    Seal,
    /// An administration key of the department.
    Administration,
}

impl KeyUse {
    /// The purpose of such a key.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Holder(_) => Purpose::Holder,
            Self::Officer(_) => Purpose::Officer,
            Self::Seal => Purpose::Seal,
            Self::Administration => Purpose::Administration,
        }
    }

    /// Whose it is, inside the department: 16 bytes, or none.
    fn owner(&self) -> &[u8] {
        match self {
            Self::Holder(record) => &record.0,
            Self::Officer(officer) => &officer.0,
            Self::Seal | Self::Administration => &[],
        }
    }
}

/// What a new key signs to show that its owner holds it:
/// `["yinxin/possession/1", chain, department, purpose, owner, key id]`.
///
/// For a holder's key `department` is the attesting one.
#[must_use]
pub fn possession_bytes(chain: &ChainId, department: &DepartmentId, meant: KeyUse, key: &KeyId) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(6).text(Domain::Possession.tag());
    chain.write(&mut writer);
    department.write(&mut writer);
    meant.purpose().write(&mut writer);
    writer.bytes(meant.owner());
    key.write(&mut writer);
    writer.finish()
}

/// What a joining validator's consensus key signs:
/// `["yinxin/ready/1", chain, proposal id, key id, height, header hash]`.
#[must_use]
pub fn ready_bytes(chain: &ChainId, proposal: &RecordId, key: &KeyId, height: Height, header: &Hash) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(6).text(Domain::Ready.tag());
    chain.write(&mut writer);
    proposal.write(&mut writer);
    key.write(&mut writer);
    height.write(&mut writer);
    header.write(&mut writer);
    writer.finish()
}
