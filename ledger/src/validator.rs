//! Validators: the consensus keys of departments. One department, one vote.

use crate::codec::{self, Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::{Domain, Hash, KeyId, PublicKey, Suite, tagged};
use crate::limits::VALIDATORS_MAX;
use crate::types::DepartmentId;

cbor_array! {
    /// A department's consensus key and its voting power.
    pub struct Validator {
        /// The department; at most one validator each.
        department: DepartmentId,
        /// Algorithms of the key.
        suite: Suite,
        /// The consensus key, used for nothing else.
        key: PublicKey,
        /// Voting power: [`POWER`].
        power: u64,
    }
}

/// Validators in ascending order of their key id, without doubles.
///
/// Shape: array of [`Validator`], 1 to `limits::VALIDATORS_MAX`, each of power [`POWER`]: so power counts departments,
/// and who counts heads (turns of proposers, faults tolerated) counts the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
}

/// The power of every validator: one department, one vote. The field stays in the format; no other value is taken.
pub const POWER: u64 = 1;

/// True if `part` is more than two thirds of `total`: the one rule of quorums, for power and for heads alike.
#[must_use]
pub fn is_quorum(part: u64, total: u64) -> bool {
    u128::from(part) * 3 > u128::from(total) * 2
}

impl ValidatorSet {
    /// Sorts and checks a set.
    ///
    /// # Errors
    /// `OutOfRange` for an empty or too large set, a doubled key or department, or a power other than [`POWER`].
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, CodecError> {
        validators.sort_by_key(|validator| validator.key.id());
        let set = Self { validators };
        set.check()?;
        Ok(set)
    }

    fn check(&self) -> Result<(), CodecError> {
        ValueRule::ValidatorCount.require((1..=VALIDATORS_MAX).contains(&self.validators.len()))?;
        let ascending = self.validators.is_sorted_by(|a, b| a.key.id() < b.key.id());
        ValueRule::Ascending("validators").require(ascending)?;
        let mut departments: Vec<_> = self.validators.iter().map(|validator| &validator.department).collect();
        departments.sort();
        ValueRule::OneValidator.require(departments.windows(2).all(|pair| pair[0] != pair[1]))?;
        ValueRule::ValidatorPower.require(self.validators.iter().all(|validator| validator.power == POWER))
    }

    /// The validators in ascending order of key id.
    #[must_use]
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// Number of validators.
    #[must_use]
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// Never true: a set has at least one validator.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.validators.is_empty()
    }

    /// Position of the validator with this key.
    #[must_use]
    pub fn index_of(&self, key: &KeyId) -> Option<usize> {
        self.validators.binary_search_by_key(key, |validator| validator.key.id()).ok()
    }

    /// The validator with this key.
    #[must_use]
    pub fn get(&self, key: &KeyId) -> Option<&Validator> {
        self.index_of(key).and_then(|index| self.validators.get(index))
    }

    /// Sum of all voting powers.
    #[must_use]
    pub fn total_power(&self) -> u64 {
        self.validators.iter().map(|validator| validator.power).sum()
    }

    /// True if `power` is more than two thirds of the total.
    #[must_use]
    pub fn is_quorum(&self, power: u64) -> bool {
        is_quorum(power, self.total_power())
    }

    /// The least power that is more than two thirds of the total.
    #[must_use]
    pub fn quorum(&self) -> u64 {
        let total = self.total_power();
        // For n >= 1, n - floor((n - 1) / 3) is floor(2n / 3) + 1 without the product.
        total - (total.saturating_sub(1)) / 3
    }

    /// How many validators may fail: floor((n - 1) / 3).
    #[must_use]
    pub fn faults_tolerated(&self) -> usize {
        (self.len() - 1) / 3
    }

    /// The hash that headers carry.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(Domain::ValidatorSet, &[&codec::encode(self)])
    }
}

impl Cbor for ValidatorSet {
    fn write(&self, writer: &mut Writer) {
        self.validators.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.list_within(VALIDATORS_MAX)?;
        let set = Self { validators: Vec::read(reader)? };
        set.check()?;
        Ok(set)
    }
    fn view(&self) -> View {
        self.validators.view()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SecretKey;

    #[test]
    fn the_quorum_is_the_least_power_that_is_one() {
        for count in 1..=40u8 {
            let validator = |index: u8| Validator {
                department: format!("d-{index}").parse().expect("a short name"),
                suite: Suite::Ed25519Sha256,
                key: SecretKey::from_seed(&[index; 32]).public(),
                power: POWER,
            };
            let set = ValidatorSet::new((1..=count).map(validator).collect()).expect("a set");
            let quorum = set.quorum();
            assert!(set.is_quorum(quorum) && !set.is_quorum(quorum - 1), "{quorum} of {count}");
        }
    }
}
