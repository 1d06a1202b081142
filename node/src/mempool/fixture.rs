//! A small consortium for tests: a police department, a notary office, a corrections office.

use std::sync::{Arc, PoisonError, RwLock};

use ledger::action::Action;
use ledger::action::correction::Open;
use ledger::action::notarial::{Approve, Draft};
use ledger::block::{Block, Header};
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId, SecretKey, Suite};
use ledger::error::Fault;
use ledger::executor::{BuildParams, build_block};
use ledger::genesis::{GENESIS_VERSION, Genesis};
use ledger::memory::MemoryChain;
use ledger::record::{
    Approval, Department, Item, ItemKind, ItemRef, KeyRecord, KeyStatus, NumberWord, Parameters, Power, Purpose,
};
use ledger::state::{StateKey, StateView, Tip};
use ledger::statement::{SignedStatement, StatementBuilder};
use ledger::types::{Code, DepartmentId, Height, ItemCode, OfficeWord, OfficerId, RecordId, Role, Round, Text, TimeMs};
use ledger::validator::Validator;

use super::{Mempool, Snapshots};
use crate::consensus::ports::StatementPool;

/// Time of genesis: 2026-11-01T00:00:00Z.
pub(crate) const GENESIS_TIME: TimeMs = TimeMs(1_793_491_200_000);

fn text(text: &str) -> Text {
    Text::new(text).expect("a plain text")
}

pub(crate) fn department(word: &str) -> DepartmentId {
    DepartmentId::new(word).expect("a slug")
}

fn code(word: &str) -> Code {
    Code::new(word).expect("a slug")
}

fn role(word: &str) -> Role {
    Role::new(word).expect("a slug")
}

/// A key by the number of its seed.
pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

/// Keys of the consortium by the number of their seed.
pub(crate) mod who {
    pub(crate) const NOTARY: u8 = 10;
    pub(crate) const HEAD: u8 = 11;
    pub(crate) const POLICE: u8 = 12;
    pub(crate) const CORRECTIONS: u8 = 13;
    pub(crate) const VALIDATOR: u8 = 1;
}

fn member(id: &str, roles: &[&str], administration: u8) -> Department {
    Department {
        id: department(id),
        name_zh: text("部门"),
        name_en: text(id),
        roles: roles.iter().map(|word| role(word)).collect(),
        administration: vec![key(administration).public().id(), key(administration + 10).public().id()],
        administration_threshold: 1,
        numbering: roles.iter().filter(|word| **word == "notary-office").map(|_| number_word()).collect(),
        active: true,
        credit_code: None,
        successor: None,
    }
}

fn number_word() -> NumberWord {
    NumberWord { class: code("domestic"), word: OfficeWord::new("粤佛禅城证字").expect("characters") }
}

fn record(number: u8, owner: &str, purpose: Purpose, titles: &[&str]) -> KeyRecord {
    KeyRecord {
        department: department(owner),
        suite: Suite::Ed25519Sha256,
        key: key(number).public(),
        purpose,
        officer: (purpose == Purpose::Officer).then_some(OfficerId([number; 16])),
        titles: titles.iter().map(|word| code(word)).collect(),
        unit: None,
        not_before: TimeMs(0),
        not_after: TimeMs(u64::MAX),
        status: KeyStatus::Active,
        status_since: GENESIS_TIME,
        frozen_until: None,
    }
}

fn item(word: &str, kind: ItemKind, owner: &str, acts: &[&str], role_word: &str) -> Item {
    let power =
        |act: &&str| Power { act: code(act), roles: vec![role(role_word)], name_zh: text("办"), name_en: text(act) };
    Item {
        code: ItemCode::new(word).expect("an item code"),
        version: 1,
        kind,
        name_zh: text("事项"),
        name_en: text(word),
        legal_basis: text("法"),
        exercising: vec![department(owner)],
        powers: acts.iter().map(power).collect(),
        active: true,
        approval: (kind == ItemKind::Notarial).then_some(Approval::Required),
        number_class: (kind == ItemKind::Notarial).then(|| code("domestic")),
        promised_minutes: None,
        statutory_days: None,
        in_person: false,
        parties: vec![role("corrections-office"), role("court")],
        variants: vec![code("natural"), code("probation")],
        subjects_min: (kind == ItemKind::Notarial).then_some(0),
    }
}

/// The genesis document.
pub(crate) fn genesis() -> Genesis {
    let mut keys = vec![
        record(20, "corrections", Purpose::Administration, &[]),
        record(21, "notary", Purpose::Administration, &[]),
        record(22, "police", Purpose::Administration, &[]),
        record(30, "corrections", Purpose::Administration, &[]),
        record(31, "notary", Purpose::Administration, &[]),
        record(32, "police", Purpose::Administration, &[]),
        record(who::NOTARY, "notary", Purpose::Officer, &["notary"]),
        record(who::HEAD, "notary", Purpose::Officer, &["notary", "head"]),
        record(who::POLICE, "police", Purpose::Officer, &[]),
        record(who::CORRECTIONS, "corrections", Purpose::Officer, &[]),
    ];
    keys.sort_by_key(|record| record.key.id());
    Genesis {
        version: GENESIS_VERSION,
        name: department("test"),
        time: GENESIS_TIME,
        departments: vec![
            member("corrections", &["corrections-office"], 20),
            member("notary", &["notary-office"], 21),
            member("police", &["police"], 22),
        ],
        keys,
        items: vec![
            item("correction.supervision", ItemKind::Correction, "corrections", &["open"], "corrections-office"),
            item("identity.natural", ItemKind::Identity, "police", &["register"], "police"),
            item("notarial.birth", ItemKind::Notarial, "notary", &["draft", "approve", "issue"], "notary-office"),
        ],
        validators: vec![Validator {
            department: department("police"),
            suite: Suite::Ed25519Sha256,
            key: key(who::VALIDATOR).public(),
            power: 1,
        }],
        parameters: Parameters::default(),
        grounds: None,
    }
}

/// A chain in memory that tests share with what they test.
#[derive(Clone)]
pub(crate) struct TestChain(pub(crate) Arc<RwLock<MemoryChain>>);

impl TestChain {
    /// The chain at height 0.
    pub(crate) fn new() -> Self {
        let genesis = genesis();
        genesis.check().expect("a consistent genesis");
        Self(Arc::new(RwLock::new(MemoryChain::new(&genesis).expect("memory does not fail"))))
    }

    /// Calls with the chain as it is.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&MemoryChain) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a block of what the pool offers and commits it, at heights without a certificate of the parent.
    pub(crate) fn commit(&self, pool: &Mempool, time: TimeMs) -> Block {
        let last = self.read(StateView::tip).expect("memory does not fail").header;
        let certificate = (last.height > Height(0)).then(|| certify(&last));
        self.commit_then(pool, time, certificate, |_| {})
    }

    /// Makes a block of what the pool offers, commits it, and calls `then` before the pool is told.
    pub(crate) fn commit_then(
        &self,
        pool: &Mempool,
        time: TimeMs,
        last_commit: Option<CommitCertificate>,
        then: impl FnOnce(&Block),
    ) -> Block {
        let built = self.read(|chain| {
            let params = BuildParams { time, proposer: key(who::VALIDATOR).public().id(), last_commit };
            build_block(chain, pool, params, pool.candidates(), || false).expect("memory does not fail")
        });
        self.0.write().unwrap_or_else(PoisonError::into_inner).keep(&built.block, &built.executed);
        then(&built.block);
        pool.on_rejected(built.refused);
        pool.on_committed(&built.block, &built.executed);
        built.block
    }
}

/// The one validator's certificate for a header.
pub(crate) fn certify(header: &Header) -> CommitCertificate {
    let genesis = genesis();
    let (set, secret) = (genesis.validator_set().expect("one validator"), key(who::VALIDATOR));
    let value = Some(header.hash());
    let message = vote_sign_bytes(&genesis.context(), header.height, Round(0), VoteStep::Precommit, value);
    CommitCertificate::build(header.height, Round(0), &set, [(secret.public().id(), secret.sign(&message))])
}

impl Snapshots for TestChain {
    fn snapshot(&self) -> Result<Box<dyn StateView + Send>, Fault> {
        Ok(Box::new(self.clone()))
    }
}

impl StateView for TestChain {
    fn tip(&self) -> Result<Tip, Fault> {
        self.read(StateView::tip)
    }
    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.read(|chain| chain.value(key))
    }
    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        self.read(|chain| chain.seen(act))
    }
    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        self.read(|chain| chain.log_node(index))
    }
    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        self.read(|chain| chain.header(height))
    }
}

/// Signs an action at a time.
pub(crate) fn sign(signer: u8, owner: &str, action: Action, now: TimeMs) -> SignedStatement {
    let (chain, secret) = (genesis().context().chain, key(signer));
    let nonce =
        Hash::sha256(&[ledger::codec::encode(&action), vec![signer]].concat()).0[..16].try_into().expect("16 bytes");
    let builder = StatementBuilder { chain, department: department(owner), now, nonce };
    builder.build(action, secret.public().id()).sign(&secret)
}

fn reference(word: &str) -> ItemRef {
    ItemRef { code: ItemCode::new(word).expect("an item code"), version: 1 }
}

/// The notary drafts certificate `number`.
pub(crate) fn draft(number: u8, now: TimeMs) -> SignedStatement {
    let certificate = RecordId([number; 16]);
    let body =
        Draft { certificate, item: reference("notarial.birth"), matter: Hash([number; 32]), subjects: Vec::new() };
    sign(who::NOTARY, "notary", Action::Draft(body), now)
}

/// The head approves certificate `number`, expecting a serial.
pub(crate) fn approve(number: u8, serial: Option<u64>, now: TimeMs) -> SignedStatement {
    let body = Approve { certificate: RecordId([number; 16]), year: 2026, serial, subjects: None };
    sign(who::HEAD, "notary", Action::Approve(body), now)
}

/// The corrections office opens case `number`.
pub(crate) fn open_case(number: u8, now: TimeMs) -> SignedStatement {
    let body = Open {
        case: RecordId([number; 16]),
        item: reference("correction.supervision"),
        variant: code("probation"),
        subject: Hash([number; 32]),
        decision: Hash([number; 32]),
        minor: false,
    };
    sign(who::CORRECTIONS, "corrections", Action::OpenCase(body), now)
}

/// The ids of keys in the genesis.
pub(crate) fn key_id(number: u8) -> KeyId {
    key(number).public().id()
}
