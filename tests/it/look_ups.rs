//! A number and a code lead to the certificate that has this number, and to no other.

use ledger::action::Action;
use ledger::action::notarial::Issue;
use ledger::crypto::Hash;
use ledger::genesis::Genesis;
use ledger::record::{
    Change, Department, FullNumber, ItemKind, KeyRecord, LookupRecord, NumberWord, NumberWordHolder, Purpose,
    lookup_commitment, lookup_key,
};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::sample::{SampleChain, approve, draft, genesis, id, key, word};
use yinxin_tests::story::{issued, pass, person};

const CODE: [u8; 10] = [7; 10];

fn number(office: &str, serial: u64) -> FullNumber {
    FullNumber { office: word(office), class: word("general"), year: 2026, serial }
}

fn path(number: &FullNumber) -> StateKey {
    StateKey::lookup(&lookup_key(number, &lookup_commitment(number, &CODE)))
}

fn issue(name: &str, lookup: Hash) -> Action {
    let subjects = Some(vec![id("wang")]);
    Action::Issue(Issue { certificate: id(name), document: Hash::sha256(b"d"), lookup, subjects })
}

/// The certificate that is proven to stand under a number and the code, or proven absence.
fn leads_to(chain: &SampleChain, number: &FullNumber) -> Option<LookupRecord> {
    let path = path(number);
    let verified = ledger::light::verify(&chain.bundle(std::slice::from_ref(&path)), &chain.trust()).unwrap();
    verified.record(&path).unwrap()
}

/// The justice bureau is a notary office too.
fn two_offices() -> Genesis {
    let mut two = genesis();
    let justice = two.departments.iter_mut().find(|one| one.id == word("justice")).unwrap();
    justice.roles.push(word("notary-office"));
    justice.numbering = vec![NumberWord { class: word("general"), word: word("粤佛南海证字") }];
    let like = |name: &str| two.keys.iter().find(|one| one.key == key(name).public()).unwrap().clone();
    let (seal, officer, head) = (like("notary-seal"), like("notary-zhang"), like("notary-head"));
    assert_eq!(seal.purpose, Purpose::Seal);
    for (name, record) in [("j-seal", seal), ("j-notary", officer), ("j-head", head)] {
        two.keys.push(KeyRecord { department: word("justice"), key: key(name).public(), ..record });
    }
    two.keys.sort_by_key(|one| one.key.id());
    for item in two.items.iter_mut().filter(|item| item.kind == ItemKind::Notarial) {
        item.exercising = vec![word("justice"), word("notary")];
    }
    two.check().unwrap();
    two
}

/// `first` of the notary office and `second` of the justice bureau are approved, each with serial 1.
fn both_approved() -> SampleChain {
    let mut chain = SampleChain::new(two_offices());
    person(&mut chain, "wang");
    chain.submit("notary", &["notary-zhang"], draft("first", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], approve("first")).unwrap();
    chain.submit("justice", &["j-notary"], draft("second", &["wang"])).unwrap();
    chain.submit("justice", &["j-head"], approve("second")).unwrap();
    chain
}

/// Another office sees the `issue` on its way and issues its own certificate with the same commitment first.
#[test]
fn another_office_does_not_take_the_look_up() {
    let mut chain = both_approved();
    let lookup = lookup_commitment(&number("notary", 1), &CODE);
    chain.submit("justice", &["j-notary", "j-seal"], issue("second", lookup)).unwrap();
    assert_eq!(leads_to(&chain, &number("notary", 1)), None);
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue("first", lookup)).unwrap();
    assert_eq!(leads_to(&chain, &number("notary", 1)), Some(LookupRecord { certificate: id("first") }));
    assert_eq!(leads_to(&chain, &number("justice", 1)), None, "who has only a copy of the commitment is not found");
}

/// An office hangs its certificate under a number of another office, or of its own, that was never given.
#[test]
fn a_number_that_was_never_given_is_not_found() {
    for never in [number("notary", 4711), number("justice", 2), number("notary", 1)] {
        let mut chain = both_approved();
        let lookup = lookup_commitment(&never, &CODE);
        chain.submit("justice", &["j-notary", "j-seal"], issue("second", lookup)).unwrap();
        assert_eq!(leads_to(&chain, &never), None, "{never:?}");
        let opaque = StateKey::lookup(&lookup);
        assert_eq!(chain.record::<LookupRecord>(&opaque), None, "nor under the commitment itself");
    }
}

/// Two certificates with one number: two classes, or two offices, with the same words.
#[test]
fn number_words_are_given_once() {
    let mut chain = SampleChain::default();
    let mut office: Department = chain.record(&StateKey::department(&word("notary"))).unwrap();
    let words = office.numbering[0].word.clone();
    let court: Department = chain.record(&StateKey::department(&word("court"))).unwrap();
    let numbering = vec![NumberWord { class: word("general"), word: words.clone() }];
    let refused = Err(Rejection::NumberWordTaken);
    assert_eq!(pass(&mut chain, "other office", Change::PutDepartment(Department { numbering, ..court })), refused);
    let before = office.numbering.clone();
    office.numbering[1].word = words.clone();
    assert_eq!(pass(&mut chain, "same office", Change::PutDepartment(office.clone())), refused);
    office.numbering = before;
    office.numbering.push(NumberWord { class: word("another"), word: words.clone() });
    assert_eq!(pass(&mut chain, "another class", Change::PutDepartment(office)), refused);
    let holder: NumberWordHolder = chain.record(&StateKey::number_word(&words)).unwrap();
    assert_eq!((holder.office, holder.class), (word("notary"), word("general")));
}

#[test]
fn a_genesis_that_gives_number_words_twice_is_refused() {
    for department in ["notary", "court"] {
        let mut twice = genesis();
        let words = twice.departments.iter().find(|one| one.id == word("notary")).unwrap().numbering[0].word.clone();
        let office = twice.departments.iter_mut().find(|one| one.id == word(department)).unwrap();
        office.numbering.push(NumberWord { class: word("another"), word: words });
        assert!(twice.check().is_err(), "{department}");
    }
}

/// Old bundles show look-ups under the commitment; nothing is put there any more.
#[test]
fn issuing_writes_the_look_up_of_the_certificates_own_number() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "first");
    let lookups: Vec<_> =
        chain.chain.values().keys().filter(|key| key.path().starts_with("lookup/")).cloned().collect();
    let commitment = Hash::sha256(b"lookup first");
    assert_eq!(lookups, [StateKey::lookup(&lookup_key(&number("notary", 1), &commitment))]);
}
