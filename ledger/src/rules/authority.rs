//! Judges the keys of a statement by their records at this block, and their signatures.

use super::{RuleError, Signers, require};
use crate::codec::encode;
use crate::commit::ChainContext;
use crate::crypto::{Hash, KeyId, PublicKey};
use crate::error::Fault;
use crate::limits::STATEMENT_LIFETIME_MS_MAX;
use crate::record::{Department, KeyRecord, KeyStatus};
use crate::rejection::Rejection;
use crate::state::{Overlay, StateKey};
use crate::statement::SignedStatement;
use crate::types::{DepartmentId, TimeMs};
use std::sync::Arc;

/// Remembers which statements verified under which main key, so that each is checked once a node.
///
/// The name of a memory is SHA-256 of the WHOLE encoded statement, signature included; a failure is never remembered.
/// A false memory breaks the ledger: an implementation inserts only after `verify` succeeded in this process.
pub trait SignatureCache {
    /// True if the statement with this whole hash verified, endorsements included, under these keys, the main one first.
    fn is_verified(&self, whole: &Hash, keys: &[PublicKey]) -> bool;
}

/// Remembers nothing.
impl SignatureCache for () {
    fn is_verified(&self, _whole: &Hash, _keys: &[PublicKey]) -> bool {
        false
    }
}

/// Checks what is the same for every statement: chain, times, replay, subject.
pub(crate) fn check_claims(
    state: &Overlay<'_>,
    chain: &ChainContext,
    time: TimeMs,
    statement: &SignedStatement,
) -> Result<(), RuleError> {
    let claims = statement.claims();
    require(claims.aud == chain.chain, Rejection::OtherChain)?;
    require(time < claims.expires(), Rejection::Expired)?;
    require(claims.expires() <= time.plus(STATEMENT_LIFETIME_MS_MAX), Rejection::ExpiryTooFar)?;
    require(claims.sub == statement.action().subject().path(), Rejection::WrongSubject)?;
    require(!state.view().seen(&statement.act())?, Rejection::Replayed)
}

/// Judges every key that signed, then verifies every signature.
pub(crate) fn authenticate(
    state: &Overlay<'_>,
    cache: &dyn SignatureCache,
    time: TimeMs,
    statement: &SignedStatement,
) -> Result<Signers, RuleError> {
    let main = usable_key(state, time, &statement.key())?;
    require(main.department == statement.claims().iss, Rejection::KeyOfOtherDepartment)?;
    let department = active_department(state, &main.department)?;
    let mut endorsers = Vec::new();
    for endorsement in statement.endorsements() {
        require(endorsement.key != statement.key(), Rejection::EndorsementUnexpected)?;
        let record = usable_key(state, time, &endorsement.key)?;
        active_department(state, &record.department)?;
        endorsers.push(record);
    }
    let keys: Vec<PublicKey> = core::iter::once(main.key).chain(endorsers.iter().map(|record| record.key)).collect();
    if !cache.is_verified(&statement.whole_hash(), &keys) {
        verify_all(statement, &keys)?;
    }
    Ok(Signers { department, main, endorsers })
}

/// Verifies the main signature and every endorsement under these keys, the main one first.
///
/// # Errors
/// `BadSignature`.
pub(crate) fn verify_all(statement: &SignedStatement, keys: &[PublicKey]) -> Result<(), Rejection> {
    let (Some((main, others)), endorsements) = (keys.split_first(), statement.endorsements()) else {
        return Err(Rejection::BadSignature);
    };
    let message = if endorsements.is_empty() { Vec::new() } else { statement.endorsement_bytes() };
    let endorsed = others.len() == endorsements.len()
        && others.iter().zip(endorsements).all(|(key, endorsement)| {
            key.id() == endorsement.key && key.verify(&message, &endorsement.signature).is_ok()
        });
    if endorsed && statement.verify(main).is_ok() { Ok(()) } else { Err(Rejection::BadSignature) }
}

/// The record of a key, ready to verify with.
pub(crate) fn key_record(state: &Overlay<'_>, id: &KeyId) -> Result<Option<Arc<KeyRecord>>, Fault> {
    state.shared(&StateKey::key(id), |record: &mut KeyRecord| record.key.find_point())
}

/// A registered key that may sign at this time.
fn usable_key(state: &Overlay<'_>, time: TimeMs, id: &KeyId) -> Result<Arc<KeyRecord>, RuleError> {
    let record = key_record(state, id)?.ok_or(Rejection::KeyUnknown)?;
    match record.status {
        KeyStatus::Active => {}
        KeyStatus::Suspended => return Err(Rejection::KeySuspended.into()),
        KeyStatus::Revoked => return Err(Rejection::KeyRevoked.into()),
    }
    require(record.frozen_until.is_none_or(|until| time >= until), Rejection::KeyFrozen)?;
    require(time >= record.not_before, Rejection::KeyNotYetValid)?;
    require(time < record.not_after, Rejection::KeyExpired)?;
    debug_assert_eq!(record.key.id(), *id, "key records stand under their own id: {:?}", encode(record.as_ref()));
    Ok(record)
}

/// A department that is an active member.
fn active_department(state: &Overlay<'_>, id: &DepartmentId) -> Result<Arc<Department>, RuleError> {
    let department: Option<Arc<Department>> = state.shared(&StateKey::department(id), |_| {})?;
    department.filter(|found| found.active).ok_or_else(|| Rejection::DepartmentInactive.into())
}
