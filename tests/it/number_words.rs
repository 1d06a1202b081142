//! Words of certificate numbers: papers bear them, so they stay, and who reads numbers takes whatever the ledger gives.

use identity::china::CertificateNumber;
use ledger::limits::OFFICE_WORD_CHARS_MAX;
use ledger::record::{Change, Department, Item, NotarialCertificate, NumberWord, NumberWordHolder};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::OfficeWord;
use yinxin_tests::sample::{SampleChain, draft, id, word};
use yinxin_tests::story::{administer, issued, pass, person, propose};

fn office(chain: &SampleChain) -> Department {
    chain.record(&StateKey::department(&word("notary"))).unwrap()
}

/// A change of an office's words, and what the ledger says of it.
type Attempt = (fn(&mut Vec<NumberWord>), Rejection);

fn entry(class: &str, words: &str) -> NumberWord {
    NumberWord { class: word(class), word: word(words) }
}

#[test]
fn the_longest_words_that_the_ledger_gives_are_read_from_a_paper() {
    let mut chain = SampleChain::default();
    let long = "禅".repeat(OFFICE_WORD_CHARS_MAX);
    assert!(OfficeWord::new(format!("{long}字")).is_err(), "one more is too many for the ledger");
    let mut changed = office(&chain);
    changed.numbering.push(entry("long", &long));
    pass(&mut chain, "words", Change::PutDepartment(changed)).unwrap();
    let read = CertificateNumber::parse(&format!("(2026){long}第000001号")).unwrap();
    assert_eq!(read.words(), long);
    assert!(CertificateNumber::parse(&format!("(2026){long}字第000001号")).is_err());
}

#[test]
fn words_that_papers_bear_are_neither_dropped_nor_changed() {
    let mut chain = SampleChain::default();
    let before = office(&chain);
    assert!(!before.numbering.is_empty());
    let attempts: [Attempt; 4] = [
        (|numbering| drop(numbering.remove(0)), Rejection::NumberWordFixed),
        (Vec::clear, Rejection::NumberWordFixed),
        (|numbering| numbering[0].word = word("粤佛新证字"), Rejection::NumberWordFixed),
        (|numbering| numbering[0].class = word("other"), Rejection::NumberWordTaken),
    ];
    for (number, (attempt, refused)) in attempts.into_iter().enumerate() {
        let mut changed = before.clone();
        attempt(&mut changed.numbering);
        let change = propose(&format!("change-{number}"), Change::PutDepartment(changed));
        assert_eq!(administer(&mut chain, "court", change), Err(refused), "{number}");
    }
    let mut renamed = before.clone();
    renamed.name_en = ledger::types::Text::new("Chancheng notary public").unwrap();
    renamed.numbering.push(entry("other", "粤佛新证字"));
    renamed.numbering.rotate_left(1);
    pass(&mut chain, "added", Change::PutDepartment(renamed.clone())).unwrap();
    assert_eq!(office(&chain), renamed);
}

#[test]
fn an_office_with_new_words_numbers_a_new_class_and_older_papers_keep_theirs() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "old");
    let old: NotarialCertificate = chain.record(&StateKey::certificate(&id("old"))).unwrap();
    let printed = office(&chain).number_word(&old.class).unwrap().clone();
    let mut changed = office(&chain);
    changed.numbering.push(entry("general-2", "粤佛新证字"));
    pass(&mut chain, "words", Change::PutDepartment(changed)).unwrap();
    let item: Item = chain.record(&StateKey::item(&old.item.code)).unwrap();
    let next = Item { version: item.version + 1, number_class: Some(word("general-2")), ..item };
    pass(&mut chain, "item", Change::PutItem(next)).unwrap();
    let refused = chain.submit("notary", &["notary-zhang"], draft("new", &["wang"]));
    assert_eq!(refused, Err(Rejection::ItemVersionOld), "what is drafted from now on is of the new class");
    assert_eq!(office(&chain).number_word(&old.class), Some(&printed));
    assert_eq!(office(&chain).number_word(&word("general-2")).unwrap().as_str(), "粤佛新证字");
    let holder: NumberWordHolder = chain.record(&StateKey::number_word(&printed)).unwrap();
    assert_eq!((holder.office, holder.class), (word("notary"), old.class), "found by the old words as before");
}
