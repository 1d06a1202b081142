//! Identity attestations 身份认证: register, suspend, resume, revoke, by the departments whose role it is.
//!
//! Natural persons are attested by public security, legal persons by their registration organ: the catalogue items
//! say so, and a police key that attests a company is refused.

use super::Rule;
use crate::crypto::{Hash, PublicKey, Signature, Suite};
use crate::limits::ATTRIBUTES_MAX;
use crate::record::{AttributeCommitment, IdentityAttestation, IdentityStatus, ItemKind, ItemRef, PersonKind};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, require};
use crate::state::StateKey;
use crate::statement::{KeyUse, possession_bytes};
use crate::types::{Code, RecordId, TimeMs};

cbor_map! {
    /// A department attests who a person is.
    pub struct Register {
        /// Id of the new record, random.
        1 => identity: RecordId,
        /// Item in its newest version.
        2 => item: ItemRef,
        /// Natural or legal person; must be the item's variant.
        3 => person: PersonKind,
        /// Assurance level, 1 to 3.
        4 => level: u8,
        /// Algorithms of the holder's key.
        5 => holder_suite: Suite,
        /// The holder's key.
        6 => holder: PublicKey,
        /// Signature by the holder's key over [`possession_bytes`].
        7 => possession: Signature,
        /// Salted commitments, ascending by code, at most `limits::ATTRIBUTES_MAX`.
        8 => attributes: Vec<AttributeCommitment>,
        /// First block time at which the attestation is expired; within 20 years.
        9 => valid_until: TimeMs,
    }
}

macro_rules! change_of_status {
    ($($(#[$doc:meta])* $name:ident: $act:literal, from $from:pat, to $to:ident;)*) => {$(
        cbor_map! {
            $(#[$doc])*
            pub struct $name {
                /// The attestation.
                1 => identity: RecordId,
                /// Ground.
                2 => reason: Code,
                /// Salted commitment to a text.
                3 => text: Option<Hash>,
            }
        }

        impl Rule for $name {
            fn subject(&self) -> StateKey {
                StateKey::identity(&self.identity)
            }

            fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
                context.signers.sole_officer()?;
                let mut record: IdentityAttestation = context.record(&self.subject())?;
                context.answers_for(&record.department, &record.item, $act)?;
                require(matches!(record.status, $from), Rejection::WrongStatus)?;
                context.require_ground(concat!($act, "-identity"), &self.reason)?;
                record.status = IdentityStatus::$to;
                record.changed = Some(context.given_ground(&record.department, &self.reason, self.text));
                context.state.put(self.subject(), &record);
                Ok(())
            }
        }
    )*};
}

change_of_status! {
    /// The attesting department suspends an attestation.
    Suspend: "suspend", from IdentityStatus::Active, to Suspended;
    /// The attesting department resumes a suspended attestation.
    Resume: "resume", from IdentityStatus::Suspended, to Active;
    /// The attesting department revokes an attestation for good.
    Revoke: "revoke", from IdentityStatus::Active | IdentityStatus::Suspended, to Revoked;
}

const VALIDITY_MS_MAX: u64 = 20 * 366 * 24 * 3600 * 1000;

impl Rule for Register {
    fn subject(&self) -> StateKey {
        StateKey::identity(&self.identity)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.sole_officer()?;
        self.check_form(context)?;
        let item = context.current_item(&self.item, ItemKind::Identity)?;
        context.require_power(&item, "register")?;
        let person_fits = item.variants.iter().any(|variant| variant.as_str() == self.person.word());
        require(person_fits, Rejection::VariantUnknown)?;
        context.vacant::<IdentityAttestation>(&self.subject())?;
        let record = IdentityAttestation {
            id: self.identity,
            department: context.signers.department.id.clone(),
            item: self.item.clone(),
            person: self.person,
            level: self.level,
            holder_suite: self.holder_suite,
            holder: self.holder,
            attributes: self.attributes.clone(),
            status: IdentityStatus::Active,
            registered_at: context.time,
            valid_until: self.valid_until,
            changed: None,
        };
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

impl Register {
    fn check_form(&self, context: &Context<'_, '_>) -> Result<(), RuleError> {
        require((1..=3).contains(&self.level), Rejection::OutOfRange)?;
        let sorted = self.attributes.is_sorted_by(|a, b| a.code < b.code);
        require(sorted && self.attributes.len() <= ATTRIBUTES_MAX, Rejection::OutOfRange)?;
        let latest = context.time.plus(VALIDITY_MS_MAX);
        require(self.valid_until > context.time && self.valid_until <= latest, Rejection::ValidityOutOfRange)?;
        let (chain, department) = (&context.chain.chain, &context.signers.department.id);
        context.unused_key(&self.holder.id())?;
        let message = possession_bytes(chain, department, KeyUse::Holder(self.identity), &self.holder.id());
        require(context.verifies(&self.holder, &message, &self.possession), Rejection::PossessionUnproven)
    }
}
