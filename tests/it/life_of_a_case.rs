//! A corrections case: opened by the court, written by four, closed on a ground, every entry provably there.

use ledger::access::{ReadClass, class_of, may_read};
use ledger::action::Action;
use ledger::action::correction::{Enter, Open};
use ledger::bundle::{Bundle, ListPage};
use ledger::codec::decode;
use ledger::crypto::Hash;
use ledger::light;
use ledger::log::{InclusionProof, Peaks, root_of};
use ledger::record::{CaseStatus, CorrectionCase, CorrectionEntry, Department, Item};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::TimeMs;
use yinxin_tests::sample::{SampleChain, id, word};
use yinxin_tests::story::{close, enter, open_case};

fn opened() -> SampleChain {
    let mut chain = SampleChain::default();
    chain.submit("court", &["court-judge"], open_case("case")).unwrap();
    chain
}

fn enters(chain: &mut SampleChain, department: &str, kind: &str, content: &str) -> Result<(), Rejection> {
    let officer = if department == "court" { "court-judge".to_owned() } else { format!("{department}-officer") };
    let action = enter(chain, "case", kind, content);
    chain.submit(department, &[&officer], action)
}

fn case(chain: &SampleChain) -> CorrectionCase {
    chain.record(&StateKey::correction(&id("case"))).unwrap()
}

/// A bundle with the case and all its entries.
fn whole(chain: &SampleChain) -> Bundle {
    let key = StateKey::correction(&id("case"));
    let mut bundle = chain.bundle(std::slice::from_ref(&key));
    let items = chain.chain.list(&key).iter().map(|item| item.clone().into()).collect();
    bundle.lists.push(ListPage { path: key.path().to_owned(), start: 0, items, proofs: Vec::new() });
    bundle
}

#[test]
fn opened_written_by_three_departments_and_closed() {
    let mut chain = opened();
    enters(&mut chain, "justice", "report", "first month").unwrap();
    enters(&mut chain, "police", "visit", "at home").unwrap();
    enters(&mut chain, "court", "ruling", "leave granted").unwrap();
    assert_eq!(case(&chain).entries.length, 3);
    chain.submit("justice", &["justice-officer"], close("case", "expired")).unwrap();
    let record = case(&chain);
    assert_eq!(record.status, CaseStatus::Closed);
    assert_eq!(record.closed_by, Some(word("justice")));
    assert_eq!(record.closed.unwrap().code, word("expired"));
}

#[test]
fn a_notary_office_enters_and_closes_nothing() {
    let mut chain = opened();
    for kind in ["report", "visit", "ruling"] {
        let action = enter(&chain, "case", kind, "content");
        assert_eq!(chain.submit("notary", &["notary-head"], action), Err(Rejection::PowerMissing));
    }
    assert_eq!(chain.submit("notary", &["notary-head"], close("case", "expired")), Err(Rejection::PowerMissing));
    assert_eq!(chain.submit("notary", &["notary-head"], open_case("other")), Err(Rejection::PowerMissing));
}

#[test]
fn each_ground_belongs_to_its_role() {
    for (department, officer, ground, expected) in [
        ("justice", "justice-officer", "expired", Ok(())),
        ("court", "court-judge", "expired", Err(Rejection::PowerMissing)),
        ("court", "court-judge", "revoked", Ok(())),
        ("justice", "justice-officer", "revoked", Err(Rejection::PowerMissing)),
        ("police", "police-officer", "revoked", Err(Rejection::PowerMissing)),
        ("court", "court-judge", "report", Err(Rejection::ActUnknown)),
        ("court", "court-judge", "", Err(Rejection::ActUnknown)),
    ] {
        let mut chain = opened();
        let Ok(ground) = ground.parse() else { continue };
        let Action::CloseCase(body) = close("case", "x") else { panic!("a close") };
        let action = Action::CloseCase(ledger::action::correction::Close { ground, ..body });
        assert_eq!(chain.submit(department, &[officer], action), expected);
    }
}

#[test]
fn a_closed_case_is_sealed() {
    let mut chain = opened();
    chain.submit("court", &["court-judge"], close("case", "revoked")).unwrap();
    let before = case(&chain);
    assert_eq!(enters(&mut chain, "justice", "report", "too late"), Err(Rejection::WrongStatus));
    assert_eq!(enters(&mut chain, "court", "ruling", "too late"), Err(Rejection::WrongStatus));
    assert_eq!(chain.submit("justice", &["justice-officer"], close("case", "expired")), Err(Rejection::WrongStatus));
    assert_eq!(chain.submit("court", &["court-judge"], open_case("case")), Err(Rejection::AlreadyExists));
    assert_eq!(case(&chain), before);
}

#[test]
fn a_case_names_a_variant_of_its_item_and_an_entry_a_time_that_has_come() {
    let mut chain = opened();
    let Action::OpenCase(body) = open_case("other") else { panic!("an opening") };
    let unknown = Action::OpenCase(Open { variant: word("natural"), ..body });
    assert_eq!(chain.submit("court", &["court-judge"], unknown), Err(Rejection::VariantUnknown));
    let Action::EnterCase(body) = enter(&chain, "case", "report", "tomorrow") else { panic!("an entry") };
    let at = |occurred_at: TimeMs| Action::EnterCase(Enter { occurred_at, ..body.clone() });
    let block = chain.time().plus(1_000);
    assert_eq!(chain.submit("justice", &["justice-officer"], at(block.plus(1))), Err(Rejection::ClaimedTimeAhead));
    let block = chain.time().plus(1_000);
    assert_eq!(chain.submit("justice", &["justice-officer"], at(block)), Ok(()));
    let absent = enter(&chain, "no case", "report", "content");
    assert_eq!(chain.submit("justice", &["justice-officer"], absent), Err(Rejection::RecordUnknown));
}

#[test]
fn the_list_of_entries_has_the_rfc_9162_root_over_all_of_them_in_order() {
    let mut chain = opened();
    for number in 0..11 {
        // Several entries in one block and over many blocks.
        let statements = (0..=number % 3).map(|part| {
            let action = enter(&chain, "case", "report", &format!("{number} {part}"));
            chain.statement("justice", &["justice-officer"], action)
        });
        let statements = statements.collect();
        assert!(chain.block(statements).is_empty());
        let record = case(&chain);
        let items = chain.chain.list(&StateKey::correction(&id("case")));
        assert_eq!(record.entries.length, items.len() as u64);
        assert_eq!(record.entries.root(), root_of(items.iter().map(Vec::as_slice)));
        assert_eq!(record.entries.peaks.len() as u32, record.entries.length.count_ones());
    }
    let verified = light::verify(&whole(&chain), &chain.trust()).unwrap();
    let list = verified.list(&StateKey::correction(&id("case"))).unwrap();
    assert!(list.is_complete() && list.items.len() == 21);
    let entries: Vec<CorrectionEntry> = list.items.iter().map(|item| decode(item, 9_999).unwrap()).collect();
    assert!(entries.iter().all(|entry| entry.department == word("justice") && entry.occurred_at < entry.anchored_at));
    assert_eq!(entries[0].content, Hash::sha256(b"0 0"));
    assert!(entries.is_sorted_by_key(|entry| entry.anchored_at));
}

#[test]
fn a_part_of_the_entries_is_proven_item_by_item_and_never_passes_as_the_whole() {
    let mut chain = opened();
    (0..9).for_each(|number| enters(&mut chain, "justice", "report", &number.to_string()).unwrap());
    let key = StateKey::correction(&id("case"));
    let items = chain.chain.list(&key).to_vec();
    let (mut peaks, mut nodes) = (Peaks::default(), Vec::new());
    items.iter().for_each(|item| nodes.extend(peaks.append(item).into_iter().map(|(_, hash)| hash)));
    let proof = |index: u64| InclusionProof::make(index, 9, |node| Ok(nodes[usize::try_from(node).unwrap()])).unwrap();
    let page = |start: u64, count: u64| {
        let shown = (start..start + count).map(|index| items[usize::try_from(index).unwrap()].clone().into()).collect();
        let proofs = (start..start + count).map(proof).collect();
        let mut bundle = chain.bundle(std::slice::from_ref(&key));
        bundle.lists.push(ListPage { path: key.path().to_owned(), start, items: shown, proofs });
        bundle
    };
    for (start, count) in [(0, 1), (0, 8), (3, 4), (8, 1)] {
        let verified = light::verify(&page(start, count), &chain.trust()).unwrap();
        let list = verified.list(&key).unwrap();
        assert_eq!((list.start, list.length, list.is_complete()), (start, 9, false));
    }
    let mut moved = page(3, 4);
    moved.lists[0].start = 2;
    assert!(light::verify(&moved, &chain.trust()).is_err());
    let mut swapped = page(3, 4);
    swapped.lists[0].items.swap(0, 1);
    assert!(light::verify(&swapped, &chain.trust()).is_err());
    let mut fewer_proofs = page(3, 4);
    fewer_proofs.lists[0].proofs.pop();
    assert!(light::verify(&fewer_proofs, &chain.trust()).is_err());
}

#[test]
fn a_case_is_read_by_the_parties_that_its_item_names() {
    let chain = opened();
    let item: Item = chain.record(&StateKey::item(&word("correction.community"))).unwrap();
    let path = StateKey::correction(&id("case"));
    assert_eq!(class_of(path.path()), ReadClass::Parties);
    let reads = |name: &str| {
        let department: Department = chain.record(&StateKey::department(&word(name))).unwrap();
        may_read(ReadClass::Parties, Some(&department), &item.parties)
    };
    assert!(reads("court") && reads("justice") && reads("police") && !reads("notary"));
    assert!(!may_read(ReadClass::Parties, None, &item.parties) && !may_read(ReadClass::Consortium, None, &[]));
    let retired = Department { active: false, ..chain.record(&StateKey::department(&word("court"))).unwrap() };
    assert!(!may_read(ReadClass::Parties, Some(&retired), &item.parties));
    assert!(may_read(ReadClass::Public, None, &[]));
    assert_eq!(class_of("certificates/notary"), ReadClass::Consortium);
    assert_eq!(class_of("something new"), ReadClass::Consortium);
}
