//! Governance: proposals, parameters within safe ranges, and the schedule of validators.

use crate::codec::{CodecError, ValueRule};
use crate::crypto::{Domain, Hash, KeyId, PublicKey, Suite, tagged};
use crate::limits::{ADMINISTRATION_KEYS_MAX, VALIDATORS_MAX};
use crate::record::{Department, Grounds, Item};
use crate::state::StateKey;
use crate::types::{DepartmentId, RecordId, TimeMs};
use crate::validator::{Validator, ValidatorSet};

cbor_map! {
    /// Parameters of the network; each has a safe range, so that no vote can stop the chain.
    pub struct Parameters {
        /// Least time between blocks that hold statements, 0 to 5,000 ms.
        1 => pace_ms: u64,
        /// Sum of the weights of a block's statements, 1,000 to 20,000: the dearest single one is below 1,000.
        2 => block_weight_max: u64,
        /// Bytes of a block, 256 KiB to 4 MiB.
        3 => block_bytes_max: u64,
        /// Time from approval of a certificate to its issue, 1 hour to 180 days.
        4 => issue_within_ms: u64,
        /// Timeout of a proposal, 300 to 1,000 ms.
        5 => propose_timeout_ms: u64,
        /// Timeout of each vote, 100 to 1,000 ms.
        6 => vote_timeout_ms: u64,
        /// Delay of a change of validators after its vote, 600 s to 30 days.
        7 => validator_delay_ms: u64,
        /// Certificates in a row without a validator's signature after which it takes no turns at proposing, 4 to
        /// 1,000, and at least as many as there are validators; left out, [`ABSENCES_MAX`].
        8 => absences_max: Option<u64>,
    }
}

/// [`Parameters::absences_max`] where it is left out: two turns of four departments, about two seconds of waiting.
pub const ABSENCES_MAX: u64 = 8;

impl Default for Parameters {
    fn default() -> Self {
        Self {
            pace_ms: 100,
            block_weight_max: 3_000,
            block_bytes_max: 4 * 1024 * 1024,
            issue_within_ms: 30 * 24 * 3600 * 1000,
            propose_timeout_ms: 500,
            vote_timeout_ms: 300,
            validator_delay_ms: 600 * 1000,
            absences_max: None,
        }
    }
}

impl Parameters {
    /// Certificates in a row without a validator's signature after which it takes no turns at proposing.
    #[must_use]
    pub fn absences_max(&self) -> u64 {
        self.absences_max.unwrap_or(ABSENCES_MAX)
    }

    /// Checks every value against its safe range.
    ///
    /// # Errors
    /// `OutOfRange` that names the parameter and its range.
    pub fn check(&self) -> Result<(), CodecError> {
        const HOUR: u64 = 3600 * 1000;
        let ranges: [(u64, u64, u64, &'static str); 8] = [
            (self.pace_ms, 0, 5_000, "pace_ms is 0 to 5000"),
            (self.block_weight_max, 1_000, 20_000, "block_weight_max is 1000 to 20000"),
            (self.block_bytes_max, 256 * 1024, 4 * 1024 * 1024, "block_bytes_max is 262144 to 4194304"),
            (self.issue_within_ms, HOUR, 180 * 24 * HOUR, "issue_within_ms is 1 hour to 180 days"),
            (self.propose_timeout_ms, 300, 1_000, "propose_timeout_ms is 300 to 1000"),
            (self.vote_timeout_ms, 100, 1_000, "vote_timeout_ms is 100 to 1000"),
            (self.validator_delay_ms, 600 * 1000, 720 * HOUR, "validator_delay_ms is 600 seconds to 30 days"),
            (self.absences_max(), 4, 1_000, "absences_max is 4 to 1000"),
        ];
        match ranges.into_iter().find(|(value, low, high, _)| value < low || value > high) {
            Some((_, _, _, range)) => Err(ValueRule::Parameter(range).into()),
            None => Ok(()),
        }
    }
}

cbor_map! {
    /// The set in force for the next height and the change that waits, if any.
    pub struct ValidatorSchedule {
        /// Set that decides the next height.
        1 => current: ValidatorSet,
        /// Change that takes effect with the first block at or after its time.
        2 => pending: Option<PendingSet>,
        /// Set before the last change: it decided the block in which `current` was written.
        3 => previous: Option<ValidatorSet>,
    }
}

cbor_map! {
    /// A voted change of validators.
    pub struct PendingSet {
        /// The new set.
        1 => validators: ValidatorSet,
        /// First block time at which it takes effect.
        2 => not_before: TimeMs,
    }
}

cbor_map! {
    /// A public key with its algorithms, and proof that its owner holds it.
    pub struct NewKey {
        /// Algorithms.
        1 => suite: Suite,
        /// The key.
        2 => key: PublicKey,
        /// Signature by this key over [`crate::statement::possession_bytes`].
        3 => possession: crate::crypto::Signature,
    }
}

cbor_map! {
    /// New administration keys of a department; the old ones are revoked.
    pub struct SetAdministration {
        /// The department.
        1 => department: DepartmentId,
        /// 3 to 5 keys.
        2 => keys: Vec<NewKey> [ADMINISTRATION_KEYS_MAX],
        /// How many must sign: at least 2, and fewer than there are keys, so that one may be lost.
        3 => threshold: u8,
    }
}

cbor_map! {
    /// A department leaves: it signs nothing more, its records stay.
    pub struct RetireDepartment {
        /// The department.
        1 => department: DepartmentId,
        /// The department that answers for its records from now on; may be named later, or again, by another such change.
        2 => successor: Option<DepartmentId>,
    }
}

cbor_map! {
    /// A new validator set, at most a third of the power changed, each new key shown to be up by a ready statement.
    pub struct SetValidators {
        /// All validators after the change.
        1 => validators: Vec<Validator> [VALIDATORS_MAX],
    }
}

cbor_union! {
    /// What a governance proposal changes.
    pub enum Change {
        /// Adds a department or changes its names, roles or number words; keys are left as they are.
        PutDepartment(Department) = 1 "put-department",
        /// Gives a department new administration keys.
        SetAdministration(SetAdministration) = 2 "set-administration",
        /// Retires a department.
        RetireDepartment(RetireDepartment) = 3 "retire-department",
        /// Adds an item or its next version.
        PutItem(Item) = 4 "put-item",
        /// Sets the parameters.
        SetParameters(Parameters) = 5 "set-parameters",
        /// Changes the validators, delayed.
        SetValidators(SetValidators) = 6 "set-validators",
        /// Sets the grounds of one act.
        SetGrounds(Grounds) = 7 "set-grounds",
    }
}

cbor_map! {
    /// A joining validator's node was up.
    pub struct ReadyMark {
        /// Its consensus key.
        1 => key: KeyId,
        /// Block time; it counts for `limits::READY_LIFETIME_MS`.
        2 => at: TimeMs,
    }
}

cbor_code! {
    /// Where a proposal stands.
    pub enum ProposalStatus {
        /// Open for votes until it expires.
        Open = 1 "open",
        /// More than two thirds of the departments voted for it; it took effect.
        Passed = 2 "passed",
        /// It can no longer pass.
        Rejected = 3 "rejected",
    }
}

cbor_map! {
    /// A proposal of governance. Read class: consortium.
    pub struct Proposal {
        /// Id.
        1 => id: RecordId,
        /// Who proposed.
        2 => department: DepartmentId,
        /// What changes.
        3 => change: Change,
        /// Departments for it.
        4 => yes: Vec<DepartmentId>,
        /// Departments against it.
        5 => no: Vec<DepartmentId>,
        /// Block time of the proposal.
        6 => proposed_at: TimeMs,
        /// First block time at which votes are refused.
        7 => expires_at: TimeMs,
        /// Status.
        8 => status: ProposalStatus,
        /// New consensus keys that have shown that their node is up, and when.
        9 => ready: Vec<ReadyMark>,
        /// What the change replaces, see [`base_of`]; nothing if it makes something new. Once something else was decided
        /// there the proposal is stale for good: nobody can vote on it any more.
        10 => base: Option<Hash>,
    }
}

cbor_array! {
    /// A proposal of a department that may be voted on. The list of them bounds what one department puts into the state,
    /// and a decision strikes out of all lists what would replace the same value. Read class: consortium.
    pub struct OpenProposal {
        /// The proposal.
        proposal: RecordId,
        /// From this block time on it counts no more.
        expires_at: TimeMs,
        /// SHA-256 of the path of the value that its change replaces.
        replaces: Hash,
    }
}

/// Names the value that a change replaces.
#[must_use]
pub fn base_of(value: &[u8]) -> Hash {
    tagged(Domain::Base, &[value])
}

impl Change {
    /// Path of the value that the change replaces.
    #[must_use]
    pub fn replaces(&self) -> StateKey {
        match self {
            Self::PutDepartment(department) => StateKey::department(&department.id),
            Self::SetAdministration(change) => StateKey::department(&change.department),
            Self::RetireDepartment(change) => StateKey::department(&change.department),
            Self::PutItem(item) => StateKey::item(&item.code),
            Self::SetParameters(_) => StateKey::parameters(),
            Self::SetValidators(_) => StateKey::validators(),
            Self::SetGrounds(grounds) => StateKey::grounds(&grounds.act),
        }
    }
}
