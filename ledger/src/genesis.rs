//! The genesis document: who founds the consortium, with which keys, validators and catalogue.
//!
//! Its hash is the root of all trust; the chain id is derived from it. The header of height 0 follows from it alone.

use crate::block::{HEADER_VERSION, Header, PROTOCOL_VERSION};
use crate::codec::{self, CodecError, ValueRule};
use crate::commit::ChainContext;
use crate::crypto::{Domain, Hash, KeyId, tagged};
use crate::error::Fault;
use crate::limits::{ADMINISTRATION_KEYS_MAX, DEPARTMENTS_MAX, GENESIS_BYTES_MAX, VALUE_BYTES_MAX};
use crate::log::Peaks;
use crate::record::{
    Department, Grounds, Item, KeyRecord, KeyStatus, NumberWord, NumberWordHolder, Parameters, Purpose,
    ValidatorSchedule,
};
use crate::rules::item_fits;
use crate::state::{StateKey, tree};
use crate::types::{ChainId, DepartmentId, Height, TimeMs};
use crate::validator::{Validator, ValidatorSet};
use jmt::storage::{TreeReader, TreeUpdateBatch};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the genesis format.
pub const GENESIS_VERSION: u64 = 1;

cbor_map! {
    /// The genesis document.
    pub struct Genesis {
        /// [`GENESIS_VERSION`].
        1 => version: u64,
        /// Name of the consortium: the first part of the chain id.
        2 => name: DepartmentId,
        /// Time of height 0.
        3 => time: TimeMs,
        /// Founding departments, ascending by id.
        4 => departments: Vec<Department>,
        /// Their keys: administration, officers, seals; ascending by key id.
        5 => keys: Vec<KeyRecord>,
        /// Catalogue, ascending by code, each in version 1.
        6 => items: Vec<Item>,
        /// Founding validators, ascending by key id.
        7 => validators: Vec<Validator>,
        /// Parameters.
        8 => parameters: Parameters,
        /// Grounds of acts, ascending by act; an act that needs a ground and is given none waits for governance.
        9 => grounds: Option<Vec<Grounds>>,
    }
}

/// What height 0 stores.
#[derive(Debug, Clone)]
pub struct GenesisState {
    /// Header of height 0.
    pub header: Header,
    /// Values by path.
    pub values: BTreeMap<StateKey, Vec<u8>>,
    /// Nodes of the tree, version 0.
    pub tree: TreeUpdateBatch,
    /// Validators of height 1.
    pub validators: ValidatorSet,
}

impl Genesis {
    /// Decodes and checks a genesis document.
    ///
    /// # Errors
    /// [`CodecError`]: not canonical, or not consistent in itself.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let genesis: Self = codec::decode(bytes, GENESIS_BYTES_MAX)?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Checks that the document is consistent in itself.
    ///
    /// # Errors
    /// `OutOfRange` that names the rule.
    pub fn check(&self) -> Result<(), CodecError> {
        ValueRule::Version("genesis").require(self.version == GENESIS_VERSION)?;
        ValueRule::ConsortiumName.require(self.name.as_str().len() <= 24)?;
        ValueRule::GenesisDepartments.require(self.departments.len() <= DEPARTMENTS_MAX)?;
        ValueRule::Ascending("departments").require(self.departments.is_sorted_by(|a, b| a.id < b.id))?;
        ValueRule::Ascending("keys").require(self.keys.is_sorted_by(|a, b| a.key.id() < b.key.id()))?;
        ValueRule::Ascending("items").require(self.items.is_sorted_by(|a, b| a.code < b.code))?;
        ValueRule::GenesisItems.require(self.items.iter().all(|item| item.version == 1))?;
        ValueRule::ItemLists.require(self.items.iter().all(item_fits))?;
        let grounds = self.grounds.as_deref().unwrap_or_default();
        let listed = grounds.iter().all(Grounds::fits) && grounds.is_sorted_by(|a, b| a.act < b.act);
        ValueRule::GenesisGrounds.require(listed)?;
        ValueRule::GenesisNumbers.require(self.words_given_once())?;
        let known = |id: &DepartmentId| self.departments.iter().any(|department| department.id == *id);
        ValueRule::GenesisMembers("owners of keys").require(self.keys.iter().all(|key| known(&key.department)))?;
        ValueRule::GenesisAdministration
            .require(self.departments.iter().all(|department| self.administered(department)))?;
        let exercising = self.items.iter().all(|item| item.exercising.iter().all(known));
        ValueRule::GenesisMembers("those who exercise items").require(exercising)?;
        let validating = self.validators.iter().all(|validator| known(&validator.department));
        ValueRule::GenesisMembers("owners of validators").require(validating)?;
        let validators = ValidatorSet::new(self.validators.clone())?;
        ValueRule::Ascending("validators").require(validators.validators() == self.validators)?;
        let readable = self.values(&validators).values().all(|value| value.len() <= VALUE_BYTES_MAX);
        ValueRule::GenesisRecords.require(readable)?;
        let shared = self.keys.iter().any(|record| validators.get(&record.key.id()).is_some());
        ValueRule::GenesisConsensusKeys.require(!shared)?;
        self.parameters.check()
    }

    /// Two certificates never show one number.
    fn words_given_once(&self) -> bool {
        let mut words = BTreeSet::new();
        let mut entries = self.departments.iter().flat_map(|department| &department.numbering);
        entries.all(|entry| words.insert(&entry.word))
            && self.departments.iter().all(|department| {
                let mut classes = BTreeSet::new();
                department.numbering.iter().all(|entry| classes.insert(&entry.class))
            })
    }

    /// Each listed administration key is among the keys, and they reach the threshold with one of them lost: ADR 7.
    fn administered(&self, department: &Department) -> bool {
        // They hold until governance replaces them: a day on which all of them end would end governance too.
        let usable = |record: &KeyRecord| {
            let open = record.not_before <= self.time && record.not_after == TimeMs(u64::MAX);
            let active = record.status == KeyStatus::Active && record.frozen_until.is_none();
            record.purpose == Purpose::Administration && open && active
        };
        let own =
            |id: &KeyId| self.keys.iter().find(|record| record.key.id() == *id && record.department == department.id);
        let keys = &department.administration;
        let distinct = keys.iter().enumerate().all(|(index, key)| !keys[..index].contains(key));
        let threshold = usize::from(department.administration_threshold);
        let reachable = threshold >= 1 && threshold < keys.len() && keys.len() <= ADMINISTRATION_KEYS_MAX;
        keys.iter().all(|id| own(id).is_some_and(usable))
            && distinct
            && reachable
            && department.active
            && department.successor.is_none()
    }

    /// The hash that all trust starts from.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(Domain::Genesis, &[&codec::encode(self)])
    }

    /// Chain id and genesis hash, which stand in all sign-bytes.
    #[must_use]
    pub fn context(&self) -> ChainContext {
        let genesis = self.hash();
        let id = format!("{}{}", self.name, ChainId::derived_part(&genesis));
        let chain = ChainId::new(id).expect("a checked name and hex digits make a chain id");
        ChainContext { chain, genesis }
    }

    /// The founding validators.
    ///
    /// # Errors
    /// As [`ValidatorSet::new`].
    pub fn validator_set(&self) -> Result<ValidatorSet, CodecError> {
        ValidatorSet::new(self.validators.clone())
    }

    /// State and header of height 0, written into an empty tree.
    ///
    /// # Errors
    /// A fault of the store below; `Damaged` if the document was not checked.
    pub fn state<R: TreeReader>(&self, empty: &R) -> Result<GenesisState, Fault> {
        let validators = self.validator_set().map_err(|error| Fault::damaged(format!("genesis: {error}")))?;
        let values = self.values(&validators);
        let (state_root, tree) = tree::write(empty, 0, &values)?;
        let ChainContext { chain, genesis } = self.context();
        let header = Header {
            version: HEADER_VERSION,
            protocol: PROTOCOL_VERSION,
            chain,
            height: Height(0),
            time: self.time,
            parent: genesis,
            log_size: 0,
            log_root: Peaks::default().root(),
            state_root,
            validators: validators.hash(),
            next_validators: validators.hash(),
            last_commit: Hash::default(),
            proposer: KeyId(Hash::default()),
        };
        Ok(GenesisState { header, values, tree, validators })
    }

    fn values(&self, validators: &ValidatorSet) -> BTreeMap<StateKey, Vec<u8>> {
        let mut values = BTreeMap::new();
        let ids: Vec<DepartmentId> = self.departments.iter().map(|department| department.id.clone()).collect();
        let schedule = ValidatorSchedule { current: validators.clone(), pending: None, previous: None };
        values.insert(StateKey::departments(), codec::encode(&ids));
        values.insert(StateKey::validators(), codec::encode(&schedule));
        values.insert(StateKey::parameters(), codec::encode(&self.parameters));
        for department in &self.departments {
            values.insert(StateKey::department(&department.id), codec::encode(department));
            for NumberWord { class, word } in &department.numbering {
                let holder = NumberWordHolder { office: department.id.clone(), class: class.clone() };
                values.insert(StateKey::number_word(word), codec::encode(&holder));
            }
        }
        for grounds in self.grounds.iter().flatten() {
            values.insert(StateKey::grounds(&grounds.act), codec::encode(grounds));
        }
        for key in &self.keys {
            values.insert(StateKey::key(&key.key.id()), codec::encode(key));
        }
        for item in &self.items {
            values.insert(StateKey::item(&item.code), codec::encode(item));
            values.insert(StateKey::item_version(&item.code, item.version), codec::encode(item));
        }
        values
    }
}
