//! Identity attestations of natural and legal persons.

use crate::crypto::{Hash, PublicKey, Suite};
use crate::record::{GivenGround, ItemRef};
use crate::types::{Code, DepartmentId, RecordId, TimeMs};

cbor_code! {
    /// Whom an attestation is about.
    pub enum PersonKind {
        /// A natural person 自然人.
        Natural = 1 "natural",
        /// A legal person 法人 or other organisation.
        Legal = 2 "legal",
    }
}

cbor_code! {
    /// Where an attestation stands.
    pub enum IdentityStatus {
        /// In force until its validity ends.
        Active = 1 "active",
        /// Held up; may be resumed.
        Suspended = 2 "suspended",
        /// Ended for good.
        Revoked = 3 "revoked",
        /// Its validity is over. Derived, never written.
        Expired = 4 "expired",
    }
}

cbor_map! {
    /// A salted commitment to one attribute.
    pub struct AttributeCommitment {
        /// Which attribute, as `name`, `id-number`.
        1 => code: Code,
        /// The commitment.
        2 => commitment: Hash,
    }
}

cbor_map! {
    /// An identity attestation. Read class: public by its random id, which is known only to who was shown it.
    pub struct IdentityAttestation {
        /// Id, random.
        1 => id: RecordId,
        /// Attesting department.
        2 => department: DepartmentId,
        /// Catalogue item.
        3 => item: ItemRef,
        /// Natural or legal person.
        4 => person: PersonKind,
        /// Assurance level, 1 to 3.
        5 => level: u8,
        /// Algorithms of the holder's key.
        6 => holder_suite: Suite,
        /// The holder's key.
        7 => holder: PublicKey,
        /// Attributes, ascending by code.
        8 => attributes: Vec<AttributeCommitment>,
        /// Status as written; see [`IdentityAttestation::status_at`].
        9 => status: IdentityStatus,
        /// Block time of registration.
        10 => registered_at: TimeMs,
        /// First block time at which it is expired.
        11 => valid_until: TimeMs,
        /// Ground and time of the last change of status.
        12 => changed: Option<GivenGround>,
    }
}

impl IdentityAttestation {
    /// Status at a time: an attestation past its validity is expired, unless it was revoked.
    #[must_use]
    pub fn status_at(&self, time: TimeMs) -> IdentityStatus {
        match self.status {
            IdentityStatus::Revoked => IdentityStatus::Revoked,
            _ if time >= self.valid_until => IdentityStatus::Expired,
            status => status,
        }
    }
}
