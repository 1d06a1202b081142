//! One chain in which every action takes effect at least once.

use crate::sample::{SampleChain, approve, draft, genesis, id, item_ref, key, register_identity, word};
use crate::story::{new_key, propose, ready, set_administration, validators_of, vote, vote_on};
use identity::{
    AttributeSecret, CaseSubjectSecret, ContentSecret, Disclosure, DocumentHasher, DocumentSecret, LookupCode,
    LookupDisclosure, Salt, SubjectDisclosure, TextSecret,
};
use ledger::action::Action;
use ledger::action::correction::{Close, Enter, Open};
use ledger::action::governance::Propose;
use ledger::action::identity::{Register, Resume, Revoke, Suspend};
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::action::notarial::{Amend, Annul, Issue, Supersede, Void};
use ledger::codec::encode;
use ledger::crypto::Hash;
use ledger::record::{
    AttributeCommitment, Change, FullNumber, NotarialCertificate, Parameters, PersonKind, Proposal, Purpose,
    lookup_commitment,
};
use ledger::state::StateKey;
use ledger::statement::{KeyUse, SignedStatement, possession_bytes};
use ledger::types::{Code, OfficerId, Text};

/// A statement of the story, by name.
pub struct Told {
    /// Name, unique in the story.
    pub name: &'static str,
    /// Names of the sample keys that signed, the main one first.
    pub keys: Vec<&'static str>,
    /// Index in the log.
    pub log_index: u64,
    /// The statement.
    pub statement: SignedStatement,
}

/// The chain and what was said on it.
pub struct Story {
    /// The chain.
    pub chain: SampleChain,
    /// Every statement, in order.
    pub told: Vec<Told>,
    /// Height after each chapter, by its name.
    pub chapters: Vec<(&'static str, u64)>,
}

/// A fixed salt by name. Real salts are random.
#[must_use]
pub fn salt(name: &str) -> Salt {
    Salt::from_bytes(Hash::sha256(format!("salt of {name}").as_bytes()).0)
}

/// A text of governance or of a disclosure.
#[must_use]
pub fn text(value: &str) -> Text {
    Text::new(value).expect("a plain text")
}

/// The finished file of a certificate of the story.
#[must_use]
pub fn document_file(name: &str) -> Vec<u8> {
    format!("Sample notarial certificate \"{name}\". It certifies nothing.\n").into_bytes()
}

/// What opens the anchor of a file.
#[must_use]
pub fn document_secret(name: &str, file: &[u8]) -> DocumentSecret {
    let mut hasher = DocumentHasher::new();
    hasher.update(file);
    let fingerprint = hasher.finish();
    DocumentSecret {
        salt: salt(name),
        digest: fingerprint.digest,
        size_bytes: fingerprint.size_bytes,
        name: Some(text(&format!("{name}.txt"))),
    }
}

/// The look-up code printed on a certificate of the story.
#[must_use]
pub fn lookup_code(name: &str) -> LookupCode {
    let hash = Hash::sha256(format!("code of {name}").as_bytes());
    LookupCode::from_bytes(hash.0[..10].try_into().expect("10 of 32 bytes"))
}

/// What opens an attribute of a person of the story.
#[must_use]
pub fn attribute_secret(person: &str, code: &str, value: &str) -> AttributeSecret {
    AttributeSecret { salt: salt(&format!("{person} {code}")), code: word(code), value: text(value) }
}

/// What opens a reason's text.
#[must_use]
pub fn reason_secret(about: &str) -> TextSecret {
    TextSecret { salt: salt(&format!("reason {about}")), text: text(&format!("更正 {about}")) }
}

/// What opens the content of entry `number` of the case.
#[must_use]
pub fn content_secret(number: u64) -> ContentSecret {
    let content = format!("entry {number}");
    let digest = Hash::sha256(content.as_bytes());
    ContentSecret { salt: salt(&content), digest, size_bytes: content.len() as u64 }
}

/// What opens the link of the case to its person.
#[must_use]
pub fn case_subject_secret() -> CaseSubjectSecret {
    CaseSubjectSecret { salt: salt("case subject"), identity: id("li") }
}

/// A number that somebody asked for.
fn asked_number() -> FullNumber {
    FullNumber { office: word("notary"), class: word("general"), year: 2026, serial: 1 }
}

/// One disclosure of each kind, of a look-up code with and without the number that was asked for.
#[must_use]
pub fn disclosures() -> Vec<(&'static str, Disclosure)> {
    vec![
        ("document", Disclosure::Document(document_secret("first", &document_file("first")))),
        ("attribute", Disclosure::Attribute(attribute_secret("li", "name", "李明"))),
        ("lookup", Disclosure::Lookup(LookupDisclosure { code: lookup_code("first"), number: None })),
        ("lookup", Disclosure::Lookup(LookupDisclosure { code: lookup_code("first"), number: Some(asked_number()) })),
        ("subject", Disclosure::Subject(SubjectDisclosure { identity: id("wang") })),
        ("text", Disclosure::Text(reason_secret("second"))),
        ("content", Disclosure::Content(content_secret(1))),
        ("case-subject", Disclosure::CaseSubject(case_subject_secret())),
    ]
}

impl Story {
    /// Tells the story.
    #[must_use]
    pub fn tell() -> Self {
        let mut story = Self { chain: SampleChain::new(genesis()), told: Vec::new(), chapters: Vec::new() };
        story.persons();
        story.certificates();
        story.keys();
        story.identities();
        story.case();
        story.governance();
        story.validators();
        story
    }

    /// The statement of this name.
    #[must_use]
    pub fn statement(&self, name: &str) -> &Told {
        self.told.iter().find(|told| told.name == name).expect("a statement of the story")
    }

    /// Height after a chapter.
    #[must_use]
    pub fn height(&self, chapter: &str) -> u64 {
        self.chapters.iter().find(|(name, _)| *name == chapter).expect("a chapter of the story").1
    }

    fn chapter(&mut self, name: &'static str) {
        let height = self.chain.blocks.len() as u64;
        self.chapters.push((name, height));
    }

    fn say(&mut self, name: &'static str, department: &str, keys: &[&'static str], action: Action) {
        let statement = self.chain.statement(department, keys, action);
        let refused = self.chain.block(vec![statement.clone()]);
        assert!(refused.is_empty(), "{name} is refused: {refused:?}");
        let log_index = self.chain.log_index(statement.encoded()).expect("a statement that took effect is in the log");
        self.told.push(Told { name, keys: keys.to_vec(), log_index, statement });
    }

    fn persons(&mut self) {
        let context = self.chain.context();
        self.say("register-identity", "police", &["police-officer"], register_identity(&context, "wang"));
        let mut register = self.identity_of("li");
        register.attributes = [("birth-date", "1990-01-02"), ("name", "李明")]
            .map(|(code, value)| AttributeCommitment {
                code: word(code),
                commitment: attribute_secret("li", code, value).commitment(),
            })
            .to_vec();
        self.say("register-identity-li", "police", &["police-officer"], Action::RegisterIdentity(register));
        let doomed = self.identity_of("doomed");
        self.say("register-identity-doomed", "police", &["police-officer"], Action::RegisterIdentity(doomed));
        let mut company = self.identity_of("company");
        company.item = item_ref("identity.legal");
        company.person = PersonKind::Legal;
        let message =
            possession_bytes(&context.chain, &word("justice"), KeyUse::Holder(company.identity), &company.holder.id());
        company.possession = key("company-holder").sign(&message);
        self.say("register-identity-legal", "justice", &["justice-officer"], Action::RegisterIdentity(company));
        self.chapter("persons");
    }

    fn identity_of(&self, name: &str) -> Register {
        match register_identity(&self.chain.context(), name) {
            Action::RegisterIdentity(register) => register,
            _ => unreachable!("the sample registers an identity"),
        }
    }

    fn issue_of(&self, name: &str, subjects: &[&str]) -> Action {
        let record: NotarialCertificate =
            self.chain.record(&StateKey::certificate(&id(name))).expect("an approved certificate");
        let lookup = lookup_commitment(&full_number(&record), &lookup_code(name).bytes());
        let document = document_secret(name, &document_file(name)).commitment();
        let subjects = Some(subjects.iter().map(|subject| id(subject)).collect());
        Action::Issue(Issue { certificate: id(name), document, lookup, subjects })
    }

    fn issued(&mut self, name: &'static str, names: [&'static str; 3], subjects: &[&str]) {
        self.say(names[0], "notary", &["notary-zhang"], draft(name, subjects));
        self.say(names[1], "notary", &["notary-head"], approve(name));
        let issue = self.issue_of(name, subjects);
        self.say(names[2], "notary", &["notary-zhang", "notary-seal"], issue);
    }

    fn certificates(&mut self) {
        self.issued("first", ["draft", "approve", "issue"], &["wang"]);
        self.chapter("issued");
        self.issued("second", ["draft-second", "approve-second", "issue-second"], &["wang", "li"]);
        let text = Some(reason_secret("second").commitment());
        let document = document_secret("mending", b"mending of second").commitment();
        let amend = Amend { certificate: id("second"), document, reason: word("misprint"), text };
        self.say("amend", "notary", &["notary-zhang", "notary-head"], Action::Amend(amend));
        self.chapter("amended");
        self.issued("third", ["draft-third", "approve-third", "issue-third"], &["wang", "li"]);
        let supersede =
            Supersede { certificate: id("second"), replacement: id("third"), reason: word("wrong-fact"), text: None };
        self.say("supersede", "notary", &["notary-zhang", "notary-head"], Action::Supersede(supersede));
        self.issued("fourth", ["draft-fourth", "approve-fourth", "issue-fourth"], &["wang"]);
        let annul = Annul { certificate: id("fourth"), reason: word("forged-paper"), text: None };
        self.say("annul", "notary", &["notary-li", "notary-head"], Action::Annul(annul));
        self.chapter("annulled");
        self.say("draft-fifth", "notary", &["notary-zhang"], draft("fifth", &["wang"]));
        self.say("approve-fifth", "notary", &["notary-head"], approve("fifth"));
        let void = Void { certificate: id("fifth"), reason: word("not-collected") };
        self.say("void", "notary", &["notary-zhang"], Action::Void(void));
        self.say("draft-sixth", "notary", &["notary-zhang"], draft("sixth", &["wang"]));
        self.chapter("certificates");
    }

    fn keys(&mut self) {
        let owner = OfficerId(id("he").0);
        let new = new_key(&self.chain, "justice", KeyUse::Officer(owner), &key("justice-officer-2"));
        let (public, from) = (new.key.id(), self.chain.time());
        let register = RegisterKey {
            key: new,
            purpose: Purpose::Officer,
            officer: Some(owner),
            titles: Vec::new(),
            unit: Some(word("chancheng-sifasuo")),
            not_before: from,
            not_after: from.plus(366 * 24 * 3600 * 1000),
        };
        let admins = &["justice-admin-1", "justice-admin-2"];
        self.say("register-key", "justice", admins, Action::RegisterKey(register));
        let suspend = SuspendKey { key: public, reason: word("lost") };
        self.say("suspend-key", "justice", &["justice-officer-2"], Action::SuspendKey(suspend));
        self.say("resume-key", "justice", admins, Action::ResumeKey(ResumeKey { key: public }));
        let freeze = FreezeKey { key: public, reason: word("theft") };
        let both = &["police-admin-1", "police-admin-2", "court-admin-1", "court-admin-2"];
        self.say("freeze-key", "police", both, Action::FreezeKey(freeze));
        let revoke = RevokeKey { key: public, reason: word("theft") };
        self.say("revoke-key", "justice", admins, Action::RevokeKey(revoke));
        self.chapter("keys");
    }

    fn identities(&mut self) {
        let police = &["police-officer"];
        let suspend =
            Suspend { identity: id("li"), reason: word("review"), text: Some(reason_secret("li").commitment()) };
        self.say("suspend-identity", "police", police, Action::SuspendIdentity(suspend));
        self.chapter("suspended");
        let resume = Resume { identity: id("li"), reason: word("reviewed"), text: None };
        self.say("resume-identity", "police", police, Action::ResumeIdentity(resume));
        let revoke = Revoke { identity: id("doomed"), reason: word("deceased"), text: None };
        self.say("revoke-identity", "police", police, Action::RevokeIdentity(revoke));
        self.chapter("identities");
    }

    fn case(&mut self) {
        let open = Open {
            case: id("case"),
            item: item_ref("correction.community"),
            variant: word("probation"),
            subject: case_subject_secret().commitment(),
            decision: document_secret("decision", b"decision").commitment(),
            minor: false,
        };
        self.say("open-case", "court", &["court-judge"], Action::OpenCase(open));
        let names = ["enter-case", "enter-case-2", "enter-case-3", "enter-case-4", "enter-case-5"];
        for (name, number) in names.into_iter().zip(1..) {
            let kind: Code = word(if number == 4 { "visit" } else { "report" });
            let content = content_secret(number).commitment();
            let enter = Enter { case: id("case"), kind, content, occurred_at: self.chain.time() };
            let (department, officer) =
                if number == 4 { ("police", "police-officer") } else { ("justice", "justice-officer") };
            self.say(name, department, &[officer], Action::EnterCase(enter));
        }
        self.chapter("case");
        let close = Close { case: id("case"), ground: word("expired"), document: None };
        self.say("close-case", "justice", &["justice-officer"], Action::CloseCase(close));
        self.chapter("closed");
    }

    fn governance(&mut self) {
        let parameters = Parameters { pace_ms: 200, ..Parameters::default() };
        let court = &["court-admin-1", "court-admin-2"];
        self.say("propose", "court", court, propose("parameters", Change::SetParameters(parameters)));
        self.say("vote", "police", &["police-admin-1", "police-admin-3"], vote("parameters", false));
        self.say("vote-for", "notary", &["notary-admin-1", "notary-admin-2"], vote("parameters", true));
        let mut department = self.chain.genesis.departments[2].clone();
        department.credit_code = Some(text("12440600MB2C00000X"));
        self.say("propose-department", "court", court, propose("department", Change::PutDepartment(department)));
        let mut item = self.chain.genesis.items[4].clone();
        item.version = 2;
        self.say("propose-item", "court", court, propose("item", Change::PutItem(item)));
        let change =
            set_administration(&self.chain, "police", &["police-admin-4", "police-admin-5", "police-admin-6"], 2);
        self.say("propose-administration", "court", court, propose("administration", change));
        self.chapter("governance");
    }

    fn validators(&mut self) {
        self.change_validators(
            "leaving",
            &["justice", "notary", "police"],
            ["propose-leaving", "vote-leaving-2", "vote-leaving-3"],
        );
        self.decide_change();
        self.chapter("three");
        self.change_validators(
            "joining",
            &["court", "justice", "notary", "police"],
            ["propose-joining", "vote-joining-2", "vote-joining-3"],
        );
        let ready = ready(&self.chain, "joining", "court");
        self.say("ready", "court", &["court-admin-1", "court-admin-2"], ready);
        self.decide_change();
        self.chapter("four");
        self.informed_vote();
    }

    /// A vote that names what the voter has read.
    fn informed_vote(&mut self) {
        let record: Proposal = self.chain.record(&StateKey::proposal(&id("department"))).expect("a proposal");
        let vote = vote_on(&Propose::of(&record), true);
        self.say("vote-informed", "justice", &["justice-admin-1", "justice-admin-2"], vote);
    }

    fn change_validators(&mut self, proposal: &str, departments: &[&str], names: [&'static str; 3]) {
        let (propose, vote) = (propose(proposal, validators_of(departments)), vote(proposal, true));
        self.say(names[0], "justice", &["justice-admin-1", "justice-admin-2"], propose);
        self.say(names[1], "notary", &["notary-admin-1", "notary-admin-2"], vote.clone());
        self.say(names[2], "police", &["police-admin-1", "police-admin-2"], vote);
    }

    /// Waits out the delay; the block at its end hands over, the next one is decided by the new set.
    fn decide_change(&mut self) {
        let due = self.chain.time().plus(600 * 1000);
        assert!(self.chain.block_at(due, Vec::new()).is_empty());
        assert!(self.chain.block(Vec::new()).is_empty());
    }
}

/// The number of an approved certificate in full.
#[must_use]
pub fn full_number(record: &NotarialCertificate) -> FullNumber {
    let number = record.number.clone().expect("an approved certificate has a number");
    FullNumber { office: record.office.clone(), class: record.class.clone(), year: number.year, serial: number.serial }
}

/// The case's entries as bytes, in order.
#[must_use]
pub fn case_items(story: &Story) -> Vec<Vec<u8>> {
    story.chain.chain.list(&StateKey::correction(&id("case"))).to_vec()
}

/// The commitment's disclosure, encoded.
#[must_use]
pub fn disclosed(one: &Disclosure) -> Vec<u8> {
    encode(one)
}
