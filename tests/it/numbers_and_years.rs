//! Certificate numbers: the year is Beijing's, serials begin anew with it, classes and offices count for themselves.

use ledger::action::Action;
use ledger::action::notarial::{Approve, beijing_year};
use ledger::record::NotarialCertificate;
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::TimeMs;
use yinxin_tests::sample::{GENESIS_TIME, SampleChain, draft_copy, id};

const DAY: u64 = 24 * 3600 * 1000;
/// 2027-01-01T00:00:00 in Beijing.
const NEW_YEAR: TimeMs = TimeMs(1_798_732_800_000);

fn approve_in(name: &str, year: u32) -> Action {
    Action::Approve(Approve { certificate: id(name), year, serial: None, subjects: None })
}

fn number(chain: &SampleChain, name: &str) -> (u32, u64) {
    let record: NotarialCertificate = chain.record(&StateKey::certificate(&id(name))).unwrap();
    let number = record.number.unwrap();
    (number.year, number.serial)
}

#[test]
fn the_year_turns_at_midnight_in_beijing() {
    assert_eq!(beijing_year(GENESIS_TIME), 2026);
    assert_eq!(beijing_year(TimeMs(NEW_YEAR.0 - 1)), 2026);
    assert_eq!(beijing_year(NEW_YEAR), 2027);
    assert_eq!(beijing_year(TimeMs(0)), 1970);
    assert_eq!(beijing_year(TimeMs(u64::MAX)), 584_556_019, "the end of the range does not overflow");
}

#[test]
fn every_day_of_four_centuries_has_the_year_of_the_gregorian_calendar() {
    let mut day = 0u64;
    for year in 1970..2_400u32 {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        for _ in 0..if leap { 366 } else { 365 } {
            // The day begins at 16:00 UTC of the day before.
            let begin = (day * DAY).saturating_sub(8 * 3600 * 1000);
            assert_eq!(beijing_year(TimeMs(begin)), year);
            assert_eq!(beijing_year(TimeMs(day * DAY + 16 * 3600 * 1000 - 1)), year);
            day += 1;
        }
    }
}

#[test]
fn serials_begin_anew_with_the_year() {
    let mut chain = SampleChain::default();
    for name in ["a", "b", "c", "d"] {
        chain.submit("notary", &["notary-zhang"], draft_copy(name)).unwrap();
    }
    chain.submit("notary", &["notary-head"], approve_in("a", 2026)).unwrap();
    chain.block_at(TimeMs(NEW_YEAR.0 - 2_000), Vec::new());
    let last = chain.statement("notary", &["notary-head"], approve_in("b", 2026));
    assert!(chain.block_at(TimeMs(NEW_YEAR.0 - 1), vec![last]).is_empty());
    let late = chain.statement("notary", &["notary-head"], approve_in("c", 2026));
    assert_eq!(chain.block_at(NEW_YEAR, vec![late]), vec![Rejection::WrongYear]);
    chain.submit("notary", &["notary-head"], approve_in("c", 2027)).unwrap();
    assert_eq!(chain.submit("notary", &["notary-head"], approve_in("d", 2028)), Err(Rejection::WrongYear));
    chain.submit("notary", &["notary-head"], approve_in("d", 2027)).unwrap();
    let numbers = ["a", "b", "c", "d"].map(|name| number(&chain, name));
    assert_eq!(numbers, [(2026, 1), (2026, 2), (2027, 1), (2027, 2)]);
}

#[test]
fn a_number_is_shown_to_belong_to_one_certificate_by_the_counter_and_the_list() {
    let mut chain = SampleChain::default();
    for name in ["a", "b"] {
        chain.submit("notary", &["notary-zhang"], draft_copy(name)).unwrap();
        chain.submit("notary", &["notary-head"], approve_in(name, 2026)).unwrap();
    }
    let counter = StateKey::number(&"notary".parse().unwrap(), &"general".parse().unwrap(), 2026);
    let list = StateKey::certificates_of(&"notary".parse().unwrap());
    let mut bundle = chain.bundle(&[counter.clone(), list.clone()]);
    let items = chain.chain.list(&list).iter().map(|item| item.clone().into()).collect();
    bundle.lists.push(ledger::bundle::ListPage { path: list.path().to_owned(), start: 0, items, proofs: Vec::new() });
    let verified = ledger::light::verify(&bundle, &chain.trust()).unwrap();
    let next: ledger::record::NumberCounter = verified.record(&counter).unwrap().unwrap();
    assert_eq!(next.next, 3);
    assert!(verified.list(&list).unwrap().is_complete() && verified.list(&list).unwrap().items.len() == 2);
}
