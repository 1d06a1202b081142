//! A consortium on a chain in memory, with an office that issues; time goes as the test says.

use identity::disclosure::{LookupDisclosure, SubjectDisclosure};
use identity::{Disclosure, DocumentHasher, DocumentSecret, Fingerprint, LookupCode};
use ledger::action::Action;
use ledger::action::notarial;
use ledger::block::SignedHeader;
use ledger::bundle::{Bundle, ListPage};
use ledger::codec::Bytes;
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, SecretKey};
use ledger::executor::{BuildParams, build_block};
use ledger::memory::MemoryChain;
use ledger::record::{AttributeCommitment, NotarialCertificate};
use ledger::state::{StateKey, StateView};
use ledger::statement::StatementBuilder;
use ledger::trust::TrustFile;
use ledger::types::{RecordId, Round, TimeMs};
use rand_core::OsRng;

use crate::app::random;
use crate::commands::network::found::{Founded, found};
use crate::commands::network::plan::Plan;
pub(crate) use crate::commands::network::sample::item;
use crate::commands::network::sample::{Choice, registration, render};
use crate::commands::number;

/// 2026-01-05 09:00 in Beijing.
pub(crate) const START: TimeMs = TimeMs(1_767_574_800_000);
/// A day.
pub(crate) const DAY_MS: u64 = 24 * 3600 * 1000;

/// The consortium and its chain.
pub(crate) struct Office {
    founded: Founded,
    chain: MemoryChain,
    signed: Vec<SignedHeader>,
    time: TimeMs,
}

/// A certificate that was issued, with what its bundle discloses.
pub(crate) struct Issued {
    /// Its id.
    pub(crate) id: RecordId,
    /// The file.
    pub(crate) file: Vec<u8>,
    /// What opens its anchor.
    pub(crate) secret: DocumentSecret,
    /// Its look-up code.
    pub(crate) code: LookupCode,
    /// Whom it is about.
    pub(crate) person: RecordId,
}

/// Digest and size of a file.
pub(crate) fn fingerprint(file: &[u8]) -> Fingerprint {
    let mut hasher = DocumentHasher::new();
    hasher.update(file);
    hasher.finish()
}

impl Office {
    /// A consortium founded at [`START`].
    pub(crate) fn new() -> Self {
        let plan = Plan::parse(&render(&Choice::default())).expect("the sample parses");
        let founded = found(&plan, START).expect("founds");
        let chain = MemoryChain::new(&founded.genesis).expect("a genesis");
        let mut office = Self { founded, chain, signed: Vec::new(), time: START };
        office.pass(1_000);
        office
    }

    /// What verifiers trust.
    pub(crate) fn trust(&self) -> TrustFile {
        TrustFile::of_genesis(&self.founded.genesis).expect("a genesis")
    }

    /// Time of the newest block.
    pub(crate) fn time(&self) -> TimeMs {
        self.time
    }

    /// An empty block some time later.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.decide(milliseconds, Vec::new());
    }

    fn decide(&mut self, milliseconds: u64, statements: Vec<ledger::statement::SignedStatement>) {
        self.time = self.time.plus(milliseconds);
        let last_commit = self.signed.last().map(|signed| signed.certificate.clone());
        let proposer = self.founded.nodes[0].consensus.public().id();
        let params = BuildParams { time: self.time, proposer, last_commit };
        let built = build_block(&self.chain, &(), params, statements, || false).expect("memory does not fail");
        assert!(built.refused.is_empty(), "{:?}", built.refused);
        self.chain.apply(&(), &built.block).expect("a built block is valid");
        let header = built.block.header;
        let context = self.founded.genesis.context();
        let message = vote_sign_bytes(&context, header.height, Round(0), VoteStep::Precommit, Some(header.hash()));
        let nodes = self.founded.nodes.iter();
        let votes = nodes.map(|node| (node.consensus.public().id(), node.consensus.sign(&message)));
        let set = self.founded.genesis.validator_set().expect("a set");
        let certificate = CommitCertificate::build(header.height, Round(0), &set, votes);
        self.signed.push(SignedHeader { header, certificate });
    }

    fn key(&self, department: &str, name: &str) -> SecretKey {
        let own = |key: &&crate::commands::network::found::RingKey| {
            key.name == name && key.card.department.as_str() == department
        };
        self.founded.keys.iter().find(own).expect("a key of the sample").key.clone()
    }

    /// A statement by the first key, endorsed by the others, in a block of its own.
    pub(crate) fn act(&mut self, department: &str, names: &[&str], action: Action) {
        let keys: Vec<SecretKey> = names.iter().map(|name| self.key(department, name)).collect();
        let (first, others) = keys.split_first().expect("at least one key");
        let builder = StatementBuilder {
            chain: self.founded.genesis.context().chain,
            department: department.parse().expect("slug"),
            now: self.time,
            nonce: random(),
        };
        let unsigned = builder.build(action, first.public().id());
        let statement = others.iter().fold(unsigned, |statement, key| statement.endorsed_by(key)).sign(first);
        self.decide(1_000, vec![statement]);
    }

    /// A person attested by the police for some days.
    pub(crate) fn person(&mut self, days: u64) -> RecordId {
        self.person_with(days, Vec::new())
    }

    /// The same, with commitments to attributes.
    pub(crate) fn person_with(&mut self, days: u64, attributes: Vec<AttributeCommitment>) -> RecordId {
        let id = RecordId(random());
        let holder = SecretKey::from_seed(&Hash::sha256(&id.0).0);
        let (chain, until) = (self.founded.genesis.context().chain, self.time.plus(days * DAY_MS));
        let action = registration(&chain, id, &holder, attributes, until);
        self.act("police", &["sun"], action);
        id
    }

    /// A certificate that is approved and not issued.
    pub(crate) fn approved(&mut self, person: RecordId) -> RecordId {
        let id = RecordId(random());
        let matter = Hash::sha256(b"matter");
        let draft = notarial::Draft { certificate: id, item: item("notarial.birth"), matter, subjects: vec![person] };
        self.act("notary", &["chen"], Action::Draft(draft));
        let approve = notarial::Approve { certificate: id, year: 2026, serial: None, subjects: None };
        self.act("notary", &["zhao"], Action::Approve(approve));
        id
    }

    /// A certificate that is issued.
    pub(crate) fn issued(&mut self, text: &str) -> Issued {
        let person = self.person(365);
        let id = self.approved(person);
        let file = format!("%PDF-1.7 {text} %%EOF").into_bytes();
        let secret = DocumentSecret::new(fingerprint(&file), None, &mut OsRng);
        let code = LookupCode::random(&mut OsRng);
        let lookup = number::commitment(&self.certificate(&id).full_number().expect("a number"), &code);
        let issue =
            notarial::Issue { certificate: id, document: secret.commitment(), lookup, subjects: Some(vec![person]) };
        self.act("notary", &["chen", "seal"], Action::Issue(issue));
        Issued { id, file, secret, code, person }
    }

    /// The certificate as it stands.
    pub(crate) fn certificate(&self, id: &RecordId) -> NotarialCertificate {
        let value = self.chain.value(&StateKey::certificate(id)).expect("memory does not fail").expect("present");
        ledger::codec::decode(&value, usize::MAX).expect("a record")
    }

    /// A bundle about keys, under the newest header.
    pub(crate) fn bundle(&self, keys: &[StateKey]) -> Bundle {
        let head = self.signed.last().expect("a block").clone();
        let version = self.chain.tip().expect("a tip").tree_version;
        Bundle::of_head(head).prove(&self.chain, version, keys).expect("memory does not fail")
    }

    /// The whole list under a key.
    pub(crate) fn page(&self, key: &StateKey) -> ListPage {
        let items = self.chain.list(key).iter().cloned().map(Bytes::from).collect();
        ListPage { path: key.path().to_owned(), start: 0, items, proofs: Vec::new() }
    }

    /// The full bundle of an issued certificate.
    pub(crate) fn bundle_of(&self, issued: &Issued) -> Bundle {
        let record = self.certificate(&issued.id);
        let lookup = number::lookup(&record.full_number().expect("a number"), &issued.code);
        let mut bundle = self.bundle(&[
            StateKey::certificate(&issued.id),
            StateKey::department(&record.office),
            StateKey::item_version(&record.item.code, record.item.version),
            StateKey::lookup(&lookup),
        ]);
        let disclosures = [
            Disclosure::Document(issued.secret.clone()),
            Disclosure::Lookup(LookupDisclosure { code: issued.code.clone(), number: None }),
            Disclosure::Subject(SubjectDisclosure { identity: issued.person }),
        ];
        bundle.disclosures = disclosures.iter().map(|one| one.to_bytes().into()).collect();
        bundle
    }
}
