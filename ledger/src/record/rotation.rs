//! Who takes turns at proposing: a department that stays away leaves the rotation, and one signature brings it back.
//!
//! ```text
//! block h carries the certificate of h-1 ── signers of it ──┐
//!                                                           ▼
//! absences after h-1 ── missing again, or for the first time; who signed is no longer in it ──> absences after h
//! ```
//! What a certificate holds is its proposer's choice: it may have come late to a signature, or leave one out. So nobody
//! leaves on the word of less than a third of the power: one of those who say so is then honest, if the Byzantine ones
//! hold less. Nothing is written while nobody is missing, nor once enough have said so: the heights since then count.

use crate::codec::Bytes;
use crate::crypto::KeyId;
use crate::types::Height;
use crate::validator::ValidatorSet;

cbor_map! {
    /// A validator whose signature the newest certificates on the chain lack.
    pub struct Absence {
        /// Its consensus key.
        1 => key: KeyId,
        /// First block whose certificate of its parent lacks it; those of all blocks since lack it too.
        2 => since: Height,
        /// Who proposed these blocks, no more once they hold a third of the power: a bitmap over the set that decides
        /// the next height, as the one of a commit certificate.
        3 => witnesses: Bytes,
    }
}

cbor_map! {
    /// Who is missing from the newest certificate on the chain. No value under its path: nobody ever was.
    pub struct Rotation {
        /// Absences, ascending by key id, each key once.
        1 => absences: Vec<Absence>,
    }
}

/// What one block says about who is there.
#[derive(Debug, Clone, Copy)]
pub struct RollCall<'a> {
    /// The block.
    pub height: Height,
    /// Who proposed it.
    pub proposer: &'a KeyId,
    /// The set that signed the certificate in it, that of its parent.
    pub called: &'a ValidatorSet,
    /// Who of it signed.
    pub signers: &'a [KeyId],
    /// The set that decides this block; the proposer is of it.
    pub deciding: &'a ValidatorSet,
    /// The set that decides the next height.
    pub next: &'a ValidatorSet,
}

impl Rotation {
    /// Everybody is there.
    #[must_use]
    pub fn full() -> Self {
        Self { absences: Vec::new() }
    }

    /// The absences after a block.
    ///
    /// A signer is no longer absent; one who is not of the next set neither. Who joins counts as there.
    #[must_use]
    pub fn after(&self, call: &RollCall<'_>) -> Self {
        let missing = call.called.validators().iter().map(|validator| validator.key.id());
        let missing = missing.filter(|key| !call.signers.contains(key) && call.next.get(key).is_some());
        Self { absences: missing.map(|key| self.absence_after(key, call)).collect() }
    }

    fn absence_after(&self, key: KeyId, call: &RollCall<'_>) -> Absence {
        let known = self.absences.iter().find(|absence| absence.key == key);
        let since = known.map_or(call.height, |absence| absence.since);
        let mut witnesses = known.map_or(Vec::new(), |absence| absence.witnesses_of(call.deciding));
        witnesses.retain(|witness| call.next.get(witness).is_some());
        if !holds_third(call.next, &witnesses) {
            witnesses.push(*call.proposer);
        }
        Absence { key, since, witnesses: bitmap(call.next, &witnesses) }
    }

    /// Who takes turns at the next height: positions in `set`, ascending.
    ///
    /// Out is who is missing from the certificates of `limit` blocks in a row, or of as many as there are validators
    /// if they are more, by the word of at least a third of the power. If those who are left hold no quorum, everybody
    /// takes turns.
    #[must_use]
    pub fn turns(&self, set: &ValidatorSet, next: Height, limit: u64) -> Vec<usize> {
        let limit = limit.max(set.len() as u64);
        let away = |absence: &Absence| {
            next.0.saturating_sub(absence.since.0) >= limit && holds_third(set, &absence.witnesses_of(set))
        };
        let out = |key: &KeyId| self.absences.iter().any(|absence| absence.key == *key && away(absence));
        let validators = set.validators().iter().enumerate();
        let (turns, power): (Vec<usize>, Vec<u64>) = validators
            .filter(|(_, validator)| !out(&validator.key.id()))
            .map(|(index, validator)| (index, validator.power))
            .unzip();
        if set.is_quorum(power.iter().sum()) { turns } else { (0..set.len()).collect() }
    }
}

impl Absence {
    /// The witnesses, whose bitmap is over `set`.
    fn witnesses_of(&self, set: &ValidatorSet) -> Vec<KeyId> {
        let bit = |index: usize| self.witnesses.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0);
        let validators = set.validators().iter().enumerate();
        validators.filter(|(index, _)| bit(*index)).map(|(_, validator)| validator.key.id()).collect()
    }
}

/// True if these keys hold at least a third of the power of `set`.
fn holds_third(set: &ValidatorSet, keys: &[KeyId]) -> bool {
    let power: u64 = keys.iter().filter_map(|key| set.get(key)).map(|validator| validator.power).sum();
    u128::from(power) * 3 >= u128::from(set.total_power())
}

/// The bits of these keys in `set`; keys that are not of it have none.
fn bitmap(set: &ValidatorSet, keys: &[KeyId]) -> Bytes {
    let mut bits = vec![0u8; set.len().div_ceil(8)];
    for index in keys.iter().filter_map(|key| set.index_of(key)) {
        bits[index / 8] |= 0x80 >> (index % 8);
    }
    bits.into()
}

#[cfg(test)]
mod tests;
