//! What it costs to refuse: input from outside is bounded in size, and what it takes stays in proportion.

use ledger::block::Block;
use ledger::bundle::Bundle;
use ledger::codec::{Bytes, CodecError, decode, encode};
use ledger::crypto::Suite;
use ledger::limits::{BLOCK_BYTES_MAX, BUNDLE_BYTES_MAX, STATEMENT_BYTES_MAX};
use ledger::record::{Change, SetValidators};
use ledger::statement::SignedStatement;
use ledger::validator::Validator;
use std::time::{Duration, Instant};
use yinxin_tests::sample::{SampleChain, key, word};
use yinxin_tests::story::propose;
use yinxin_tests::token::{Token, head};

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}

#[test]
fn the_statement_that_is_dearest_to_read_is_read_in_milliseconds() {
    let mut chain = SampleChain::default();
    let one = Validator { department: word("a"), suite: Suite::Ed25519Sha256, key: key("a").public(), power: 1 };
    let validators = vec![one; 1_600];
    let change = propose("dear", Change::SetValidators(SetValidators { validators }));
    let statement = chain.statement("notary", &["notary-admin-1", "notary-admin-2"], change);
    assert!((60_000..=STATEMENT_BYTES_MAX).contains(&statement.encoded().len()));
    let (read, took) = timed(|| SignedStatement::decode(statement.encoded()));
    println!(
        "{} bytes with 1,600 public keys are read in {took:?}, before any signature is looked at",
        statement.encoded().len()
    );
    assert!(read.is_ok() && took < Duration::from_secs(1));
    let (refused, took) = timed(|| chain.block(vec![statement]));
    println!("and refused in {took:?}: {refused:?}");
    assert_eq!(refused.len(), 1);
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
