//! What it costs to refuse: input from outside is bounded in size, and what it takes stays in proportion.

use ledger::block::Block;
use ledger::bundle::Bundle;
use ledger::codec::{Bytes, CodecError, decode, encode};
use ledger::crypto::Suite;
use ledger::genesis::Genesis;
use ledger::limits::{BLOCK_BYTES_MAX, BUNDLE_BYTES_MAX, DEPARTMENTS_MAX, STATEMENT_BYTES_MAX, VALIDATORS_MAX};
use ledger::record::{Change, Department, Item, KeyRecord, Parameters, SetValidators};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::SignedStatement;
use ledger::types::DepartmentId;
use ledger::validator::Validator;
use std::time::{Duration, Instant};
use yinxin_tests::sample::{SampleChain, genesis, key, word};
use yinxin_tests::story::{administer, administrators, propose, set_administration};
use yinxin_tests::token::{Token, head};

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}

/// A proposal to make this many validators of one key.
fn validators(chain: &mut SampleChain, count: usize) -> SignedStatement {
    let one = Validator { department: word("a"), suite: Suite::Ed25519Sha256, key: key("a").public(), power: 1 };
    let change = propose("dear", Change::SetValidators(SetValidators { validators: vec![one; count] }));
    chain.statement("notary", &["notary-admin-1", "notary-admin-2"], change)
}

#[test]
fn the_statement_that_is_dearest_to_read_is_read_in_milliseconds() {
    let mut chain = SampleChain::default();
    let statement = validators(&mut chain, VALIDATORS_MAX);
    let (read, took) = timed(|| SignedStatement::decode(statement.encoded()));
    println!("{VALIDATORS_MAX} public keys are read in {took:?}, before any signature is looked at");
    assert!(read.is_ok() && took < Duration::from_secs(1));
    let (refused, took) = timed(|| chain.block(vec![statement]));
    println!("and refused in {took:?}: {refused:?}");
    assert_eq!(refused.len(), 1);
}

#[test]
fn a_list_above_its_bound_is_refused_before_its_first_item_is_read() {
    let mut chain = SampleChain::default();
    let many = validators(&mut chain, 1_600);
    assert!((60_000..=STATEMENT_BYTES_MAX).contains(&many.encoded().len()));
    let names: Vec<String> = (0..6).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let six = propose("keys", set_administration(&chain, "police", &names, 2));
    let six = chain.statement("notary", &["notary-admin-1", "notary-admin-2"], six);
    for statement in [many, validators(&mut chain, VALIDATORS_MAX + 1), six] {
        let (read, took) = timed(|| SignedStatement::decode(statement.encoded()));
        println!("{} bytes are refused in {took:?}", statement.encoded().len());
        assert!(read.is_err());
    }
}

/// How many of these statements get into one block.
fn in_one_block(chain: &SampleChain, statements: Vec<SignedStatement>) -> u64 {
    let offered = statements.len();
    let (built, took) = timed(|| chain.build(chain.time().plus(1_000), statements));
    let taken = built.block.statements.len();
    assert!(built.refused.is_empty() && taken < offered, "the weight ends the block: {:?}", built.refused);
    println!("{taken} statements of {offered} make a full block, in {took:?}");
    taken as u64
}

#[test]
fn the_weight_of_a_statement_counts_every_signature_that_it_makes_the_ledger_check() {
    // Forty departments: one of them may have sixteen proposals open.
    let mut chain = SampleChain::new(of_departments(44, Parameters::default().block_weight_max));
    let change = set_administration(&chain, "court", &["n1", "n2", "n3", "n4", "n5"], 2);
    let statements = (0..600)
        .map(|number| {
            let action = propose(&format!("p{number}"), change.clone());
            let department = format!("unit-{:04}", 4 + number % 40);
            let [one, two] = administrators(&department);
            chain.statement(&department, &[&one, &two], action)
        })
        .collect();
    let taken = in_one_block(&chain, statements);
    assert!(
        taken * (2 + 5) <= Parameters::default().block_weight_max,
        "{taken} of two signatures and five possessions"
    );
}

/// A consortium of as many members as there may be, and the smallest blocks.
fn a_thousand_departments() -> Genesis {
    of_departments(DEPARTMENTS_MAX, 1_000)
}

/// A consortium of so many members, each with keys of its own.
fn of_departments(count: usize, block_weight_max: u64) -> Genesis {
    let mut large = genesis();
    let like = |name: &str| large.keys.iter().find(|one| one.key == key(name).public()).unwrap().clone();
    let (admin, court) = (like("court-admin-1"), large.departments[0].clone());
    for number in large.departments.len()..count {
        let id: DepartmentId = word(&format!("unit-{number:04}"));
        let secrets = [1, 2, 3].map(|which| key(&format!("{id}-admin-{which}")));
        let administration = secrets.iter().map(|secret| secret.public().id()).collect();
        for secret in secrets {
            large.keys.push(KeyRecord { department: id.clone(), key: secret.public(), ..admin.clone() });
        }
        large.departments.push(Department { id, administration, roles: Vec::new(), ..court.clone() });
    }
    large.departments.sort_by(|a, b| a.id.cmp(&b.id));
    large.keys.sort_by_key(|one| one.key.id());
    large.parameters.block_weight_max = block_weight_max;
    large.check().unwrap();
    large
}

/// The least weight that governance may give a block is enough for the dearest thing that it may ever have to decide.
#[test]
fn the_smallest_block_holds_the_dearest_proposal_of_the_largest_consortium() {
    let mut chain = SampleChain::new(a_thousand_departments());
    let item: Item = chain.record(&StateKey::item(&word("notarial.birth"))).unwrap();
    let exercising: Vec<DepartmentId> = chain.record(&StateKey::departments()).unwrap();
    assert_eq!(exercising.len(), DEPARTMENTS_MAX);
    let all = Item { version: 2, exercising, ..item };
    let statements: Vec<SignedStatement> = (0..4)
        .map(|number| {
            let action = propose(&format!("p{number}"), Change::PutItem(all.clone()));
            chain.statement("court", &["court-admin-1", "court-admin-2"], action)
        })
        .collect();
    let taken = in_one_block(&chain, statements);
    // 1,024 departments of the item and 1,024 that may vote are read; the vote that passes it reads the item's again.
    assert!((1..4).contains(&taken), "{taken}: two thousand reads weigh more than a quarter of the block");
}

#[test]
fn nothing_stands_twice_in_the_lists_of_an_item() {
    let mut chain = SampleChain::default();
    let item: Item = chain.record(&StateKey::item(&word("notarial.birth"))).unwrap();
    let twice = |change: fn(&mut Item)| {
        let mut item = Item { version: 2, ..item.clone() };
        change(&mut item);
        Change::PutItem(item)
    };
    let dear = [
        twice(|item| item.exercising = vec![word("court"); 1024]),
        twice(|item| item.parties = vec![word("court"); 2]),
        twice(|item| item.variants = vec![word("probation"); 2]),
        twice(|item| item.powers.push(item.powers[0].clone())),
        twice(|item| item.powers[0].roles = vec![word("court"); 2]),
    ];
    for (number, change) in dear.into_iter().enumerate() {
        let outcome = administer(&mut chain, "court", propose(&format!("p{number}"), change));
        assert_eq!(outcome, Err(Rejection::ChangeInvalid), "{number}");
    }
    let mut office: Department = chain.record(&StateKey::department(&word("court"))).unwrap();
    office.roles = vec![word("court"); 2];
    let outcome = administer(&mut chain, "court", propose("roles", Change::PutDepartment(office)));
    assert_eq!(outcome, Err(Rejection::ChangeInvalid));
}

#[test]
fn a_block_of_four_million_empty_statements_is_refused_quickly() {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    chain.block(Vec::new());
    let block = Block { statements: vec![Bytes::default(); 4_000_000], ..chain.blocks[1].clone() };
    let bytes = encode(&block);
    assert!(bytes.len() < BLOCK_BYTES_MAX);
    let (refused, took) = timed(|| decode::<Block>(&bytes, BLOCK_BYTES_MAX));
    println!("a block of {} bytes with 4,000,000 empty statements is refused in {took:?}", bytes.len());
    assert!(matches!(refused, Err(CodecError::OutOfRange { .. })) && took < Duration::from_secs(2));
}

#[test]
fn bundles_full_of_empty_parts_are_refused_quickly() {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let bundle = chain.bundle(&[]);
    let tree = Token::parse(&bundle.encode());
    let handover = encode(&bundle.head);
    // Handovers, entries, lists, logged items, disclosures: the values of labels 3 to 7.
    let parts: [(usize, Vec<u8>); 4] = [
        (7, hex::decode("8460804040").unwrap()),
        (9, hex::decode("8460008080").unwrap()),
        (11, hex::decode("83004080").unwrap()),
        (13, vec![0x40]),
    ];
    for (child, part) in parts {
        let count = (BUNDLE_BYTES_MAX - handover.len() - 4_000) / part.len();
        let bytes = tree.with_raw(&[child], [head(4, count as u64), part.repeat(count)].concat());
        assert!(bytes.len() <= BUNDLE_BYTES_MAX);
        let (read, took) = timed(|| Bundle::decode(&bytes));
        println!("a bundle of {} bytes with {count} parts is refused in {took:?}", bytes.len());
        assert!(read.is_err() && took < Duration::from_secs(2));
    }
}

#[test]
fn every_statement_of_a_full_chain_is_small() {
    let mut chain = SampleChain::default();
    (0..6).for_each(|number| yinxin_tests::sample::busy_block(&mut chain, number));
    let mut sizes: Vec<(String, usize)> = chain
        .blocks
        .iter()
        .flat_map(|block| &block.statements)
        .map(|encoded| (SignedStatement::decode(encoded).unwrap().action().word().to_owned(), encoded.len()))
        .collect();
    sizes.sort();
    sizes.dedup_by(|a, b| a.0 == b.0);
    println!("bytes of a statement: {sizes:?}");
    assert!(sizes.iter().all(|(_, size)| *size < 800));
}
