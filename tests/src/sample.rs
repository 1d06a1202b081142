//! A sample consortium of four departments with fixed, public, worthless keys, and a chain in memory to drive.

mod actions;
mod catalogue;

pub use actions::{approve, busy_block, draft, draft_copy, issue, issue_about, item_ref, register_identity};

use ledger::action::Action;
use ledger::action::governance::Propose;
use ledger::block::{Block, SignedHeader};
use ledger::bundle::Bundle;
use ledger::codec::Bytes;
use ledger::commit::{ChainContext, CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId, SecretKey, Suite};
use ledger::executor::{BuildParams, Built, build_block, deciding_set};
use ledger::genesis::{GENESIS_VERSION, Genesis};
use ledger::memory::MemoryChain;
use ledger::record::{Department, KeyRecord, KeyStatus, NumberWord, Parameters, Purpose, ValidatorSchedule, base_of};
use ledger::rejection::Rejection;
use ledger::state::{StateKey, StateView};
use ledger::statement::{SignedStatement, StatementBuilder, UnsignedStatement};
use ledger::trust::TrustFile;
use ledger::types::{OfficeWord, OfficerId, RecordId, Round, Text, TimeMs};
use ledger::validator::{Validator, ValidatorSet};

/// 2026-01-05 09:00 in Beijing.
pub const GENESIS_TIME: TimeMs = TimeMs(1_767_574_800_000);

/// A fixed key by name: SHA-256 of the name is its seed.
#[must_use]
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Hash::sha256(name.as_bytes()).0)
}

/// A fixed id by name.
#[must_use]
pub fn id(name: &str) -> RecordId {
    let hash = Hash::sha256(name.as_bytes());
    RecordId(hash.0[..16].try_into().expect("16 of 32 bytes"))
}

fn officer_id(name: &str) -> OfficerId {
    OfficerId(id(name).0)
}

/// A word type from a literal.
pub fn word<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().expect("a word of the sample")
}

fn text(value: &str) -> Text {
    Text::new(value).expect("a text of the sample")
}

/// Short names of the departments.
pub const DEPARTMENTS: [&str; 4] = ["court", "justice", "notary", "police"];

/// Officers: department, name of the key, person, titles.
pub const OFFICERS: [(&str, &str, &str, &[&str]); 8] = [
    ("notary", "notary-zhang", "zhang", &["notary"]),
    ("notary", "notary-zhang-spare", "zhang", &["notary"]),
    ("notary", "notary-li", "li", &["notary", "designated"]),
    ("notary", "notary-head", "chen", &["notary", "head"]),
    ("notary", "notary-clerk", "wu", &[]),
    ("justice", "justice-officer", "he", &[]),
    ("police", "police-officer", "liu", &[]),
    ("court", "court-judge", "zhao", &[]),
];

fn key_record(department: &str, name: &str, purpose: Purpose, officer: Option<&str>, titles: &[&str]) -> KeyRecord {
    KeyRecord {
        department: word(department),
        suite: Suite::Ed25519Sha256,
        key: key(name).public(),
        purpose,
        officer: officer.map(officer_id),
        titles: titles.iter().map(|title| word(title)).collect(),
        unit: None,
        not_before: GENESIS_TIME,
        not_after: match purpose {
            Purpose::Administration => TimeMs(u64::MAX),
            _ => GENESIS_TIME.plus(3 * 366 * 24 * 3600 * 1000),
        },
        status: KeyStatus::Active,
        status_since: GENESIS_TIME,
        frozen_until: None,
    }
}

fn department(name: &str, name_zh: &str, name_en: &str, roles: &[&str]) -> Department {
    let numbering = if name == "notary" {
        let entry = |class: &str, words: &str| NumberWord { class: word(class), word: word::<OfficeWord>(words) };
        vec![entry("general", "粤佛禅城证字"), entry("financial", "粤佛禅城证融字")]
    } else {
        Vec::new()
    };
    Department {
        id: word(name),
        name_zh: text(name_zh),
        name_en: text(name_en),
        roles: roles.iter().map(|role| word(role)).collect(),
        administration: (1..=3).map(|n| key(&format!("{name}-admin-{n}")).public().id()).collect(),
        administration_threshold: 2,
        numbering,
        active: true,
        credit_code: None,
        successor: None,
    }
}

/// The genesis document of the sample.
#[must_use]
pub fn genesis() -> Genesis {
    genesis_named("sample")
}

/// The same consortium founded at another time, for real nodes, which look at their clock.
#[must_use]
pub fn genesis_at(time: TimeMs) -> Genesis {
    at(genesis(), time)
}

/// A consortium of the sample's kind, founded at another time.
#[must_use]
pub fn at(mut genesis: Genesis, time: TimeMs) -> Genesis {
    genesis.time = time;
    for record in &mut genesis.keys {
        record.not_before = time;
        if record.purpose != Purpose::Administration {
            record.not_after = time.plus(365 * 24 * 3600 * 1000);
        }
    }
    genesis
}

/// Short names of the departments of the larger sample.
pub const SEVEN_DEPARTMENTS: [&str; 7] =
    ["archive", "chamber", "court", "justice", "notary", "police", "procuratorate"];

/// A consortium of seven: the sample's four, the city's archive, the notaries' chamber and the procuratorate.
#[must_use]
pub fn genesis_of_seven() -> Genesis {
    let mut genesis = genesis_named("sample-seven");
    let more = [
        department("archive", "档案馆", "archive", &["archive"]),
        department("chamber", "公证协会", "chamber of notaries", &["chamber"]),
        department("procuratorate", "检察院", "procuratorate", &["procuratorate"]),
    ];
    genesis.keys.extend(more.iter().flat_map(|department| administration_keys(department.id.as_str())));
    genesis.keys.sort_by_key(|record| record.key.id());
    genesis.departments.extend(more);
    genesis.departments.sort_by(|a, b| a.id.cmp(&b.id));
    genesis.validators = validator_set(&SEVEN_DEPARTMENTS).validators().to_vec();
    genesis
}

fn administration_keys(department: &str) -> Vec<KeyRecord> {
    let key = |n| key_record(department, &format!("{department}-admin-{n}"), Purpose::Administration, None, &[]);
    (1..=3).map(key).collect()
}

/// The same consortium under another name, hence another chain.
#[must_use]
pub fn genesis_named(name: &str) -> Genesis {
    let departments = vec![
        department("court", "法院", "court", &["court"]),
        department("justice", "司法局", "justice bureau", &["justice-bureau", "registration-authority"]),
        department("notary", "公证处", "notary office", &["notary-office"]),
        department("police", "公安局", "public security", &["public-security"]),
    ];
    let mut keys: Vec<KeyRecord> = OFFICERS
        .iter()
        .map(|(department, name, person, titles)| key_record(department, name, Purpose::Officer, Some(person), titles))
        .collect();
    keys.push(key_record("notary", "notary-seal", Purpose::Seal, None, &[]));
    keys.extend(DEPARTMENTS.iter().flat_map(|department| administration_keys(department)));
    keys.sort_by_key(|record| record.key.id());
    Genesis {
        version: GENESIS_VERSION,
        name: word(name),
        time: GENESIS_TIME,
        departments,
        keys,
        items: catalogue::items(),
        validators: validator_set(&DEPARTMENTS).validators().to_vec(),
        parameters: Parameters::default(),
        grounds: Some(catalogue::grounds()),
    }
}

/// Validators of these departments, one vote each, with the sample's consensus keys.
#[must_use]
pub fn validator_set(departments: &[&str]) -> ValidatorSet {
    let validator = |name: &&str| Validator {
        department: word(name),
        suite: Suite::Ed25519Sha256,
        key: key(&format!("{name}-consensus")).public(),
        power: 1,
    };
    ValidatorSet::new(departments.iter().map(validator).collect()).expect("the sample's validators")
}

/// A chain in memory whose blocks are signed by the sample's validators.
pub struct SampleChain {
    /// The chain.
    pub chain: MemoryChain,
    /// Its genesis.
    pub genesis: Genesis,
    /// Signed headers from height 1 on.
    pub signed: Vec<SignedHeader>,
    /// Blocks from height 1 on.
    pub blocks: Vec<Block>,
    nonce: u64,
}

impl Default for SampleChain {
    fn default() -> Self {
        Self::new(genesis())
    }
}

impl SampleChain {
    /// A chain at height 0.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        let chain = MemoryChain::new(&genesis).expect("the sample's genesis");
        Self { chain, genesis, signed: Vec::new(), blocks: Vec::new(), nonce: 0 }
    }

    /// Chain id and genesis hash.
    #[must_use]
    pub fn context(&self) -> ChainContext {
        self.genesis.context()
    }

    /// The trust file of genesis.
    #[must_use]
    pub fn trust(&self) -> TrustFile {
        TrustFile::of_genesis(&self.genesis).expect("the sample's genesis")
    }

    /// Block time of the tip.
    #[must_use]
    pub fn time(&self) -> TimeMs {
        self.chain.tip().expect("a tip").header.time
    }

    /// An unsigned statement of a department by the key of this name, made now.
    pub fn unsigned(&mut self, department: &str, key_name: &str, action: Action) -> UnsignedStatement {
        self.nonce += 1;
        let nonce = Hash::sha256(&self.nonce.to_be_bytes()).0[..16].try_into().expect("16 of 32 bytes");
        let chain = self.context().chain;
        let builder = StatementBuilder { chain, department: word(department), now: self.time(), nonce };
        builder.build(self.on_its_base(action), key(key_name).public().id())
    }

    /// A proposal that names no base gets the one at the tip, as a client gives it.
    fn on_its_base(&self, action: Action) -> Action {
        match action {
            Action::Propose(Propose { proposal, change, base: None }) => {
                let present = self.chain.value(&change.replaces()).expect("memory does not fail");
                Action::Propose(Propose { proposal, base: present.as_deref().map(base_of), change })
            }
            other => other,
        }
    }

    /// A statement signed by the first key name and endorsed by the others.
    pub fn statement(&mut self, department: &str, key_names: &[&str], action: Action) -> SignedStatement {
        let (main, others) = key_names.split_first().expect("at least one key");
        let unsigned = self.unsigned(department, main, action);
        others.iter().fold(unsigned, |unsigned, name| unsigned.endorsed_by(&key(name))).sign(&key(main))
    }

    /// Makes a block one second after the tip from these statements, decides and keeps it; gives what was refused.
    pub fn block(&mut self, statements: Vec<SignedStatement>) -> Vec<Rejection> {
        self.block_at(self.time().plus(1_000), statements)
    }

    /// Makes a block at a time.
    pub fn block_at(&mut self, time: TimeMs, statements: Vec<SignedStatement>) -> Vec<Rejection> {
        let Built { block, refused, .. } = self.build(time, statements);
        self.keep(&block);
        refused.into_iter().map(|(_, rejection)| rejection).collect()
    }

    /// Builds the next block without keeping it.
    #[must_use]
    pub fn build(&self, time: TimeMs, statements: Vec<SignedStatement>) -> Built {
        let last_commit = self.signed.last().map(|signed| signed.certificate.clone());
        let schedule: ValidatorSchedule = self.record(&StateKey::validators()).expect("a schedule");
        let (notary, set) = (key("notary-consensus").public().id(), schedule.current);
        let proposer = set.get(&notary).unwrap_or(&set.validators()[0]).key.id();
        let params = BuildParams { time, proposer, last_commit };
        build_block(&self.chain, &(), params, statements, || false).expect("memory does not fail")
    }

    /// Executes, signs and keeps a block.
    pub fn keep(&mut self, block: &Block) {
        self.chain.apply(&(), block).expect("a built block is valid");
        let schedule: ValidatorSchedule = self.record(&StateKey::validators()).expect("a schedule");
        let set = deciding_set(&schedule, &block.header).expect("the deciding set").clone();
        let certificate = certify(&self.context(), block, &set);
        self.signed.push(SignedHeader { header: block.header.clone(), certificate });
        self.blocks.push(block.clone());
    }

    /// Submits one statement in a block of its own.
    pub fn submit(&mut self, department: &str, key_names: &[&str], action: Action) -> Result<(), Rejection> {
        let statement = self.statement(department, key_names, action);
        self.block(vec![statement]).first().map_or(Ok(()), |rejection| Err(*rejection))
    }

    /// The record under a key.
    #[must_use]
    pub fn record<T: ledger::codec::Cbor>(&self, key: &StateKey) -> Option<T> {
        let value = self.chain.value(key).expect("memory does not fail")?;
        Some(ledger::codec::decode(&value, usize::MAX).expect("a record"))
    }

    /// A bundle about these keys as of the tip.
    #[must_use]
    pub fn bundle(&self, keys: &[StateKey]) -> Bundle {
        let tip = self.chain.tip().expect("a tip");
        let head = self.signed.last().expect("at least one block").clone();
        Bundle::of_head(head).prove(&self.chain, tip.tree_version, keys).expect("memory does not fail")
    }

    /// Index of an entry of the log, by its bytes.
    #[must_use]
    pub fn log_index(&self, item: &[u8]) -> Option<u64> {
        self.chain.log_items().iter().position(|entry: &Bytes| entry.0 == item).map(|index| index as u64)
    }
}

/// Precommits of the whole set for a block.
#[must_use]
pub fn certify(context: &ChainContext, block: &Block, set: &ValidatorSet) -> CommitCertificate {
    let height = block.header.height;
    let message = vote_sign_bytes(context, height, Round(0), VoteStep::Precommit, Some(block.header.hash()));
    let votes: Vec<(KeyId, _)> = set
        .validators()
        .iter()
        .map(|validator| {
            let secret = key(&format!("{}-consensus", validator.department));
            (secret.public().id(), secret.sign(&message))
        })
        .collect();
    CommitCertificate::build(height, Round(0), set, votes)
}
