//! A chain of which only the tip is remembered goes on as one that remembers everything.

use ledger::executor::{BuildParams, build_block, execute_block};
use ledger::memory::MemoryTip;
use ledger::state::{StateKey, StateView};
use yinxin_tests::sample::{SampleChain, busy_block, draft_copy, key};

#[test]
fn the_tip_alone_gives_the_same_blocks() {
    let mut chain = SampleChain::default();
    let mut tip = MemoryTip::new(&chain.genesis).unwrap();
    for number in 0..40 {
        busy_block(&mut chain, number);
        let block = chain.blocks.last().unwrap();
        // Checks every field of the header, roots among them.
        tip.keep(execute_block(&tip, &(), block).unwrap()).unwrap();
        assert_eq!(tip.tip().unwrap(), chain.chain.tip().unwrap());
    }
    assert_eq!(tip.keys(), chain.chain.values().len());
    for path in chain.chain.values().keys() {
        assert_eq!(tip.value(path).unwrap(), chain.chain.value(path).unwrap());
    }
    assert_eq!(tip.value(&StateKey::parse("nothing").unwrap()).unwrap(), None);
    // Built on either, the next block is the same.
    let statement = chain.statement("notary", &["notary-zhang"], draft_copy("next"));
    let built = chain.build(chain.time().plus(1_000), vec![statement.clone()]);
    let last_commit = chain.signed.last().map(|signed| signed.certificate.clone());
    let proposer = key("notary-consensus").public().id();
    let params = BuildParams { time: chain.time().plus(1_000), proposer, last_commit };
    let on_tip = build_block(&tip, &(), params, vec![statement], || false).unwrap();
    assert_eq!(on_tip.block, built.block);
}

#[test]
fn the_tip_does_not_grow_with_the_history() {
    let mut chain = SampleChain::default();
    let mut tip = MemoryTip::new(&chain.genesis).unwrap();
    let mut pass = |chain: &mut SampleChain, minutes: u64| {
        chain.block_at(chain.time().plus(minutes * 60_000), Vec::new());
        tip.keep(execute_block(&tip, &(), chain.blocks.last().unwrap()).unwrap()).unwrap();
        tip.rows()
    };
    let before = (0..8).map(|_| pass(&mut chain, 1)).max().unwrap();
    let after = (0..200).map(|_| pass(&mut chain, 1)).max().unwrap();
    // The peaks of a log of 208 entries are at most 8; nothing else may differ.
    assert!(after <= before + 8, "{before} rows became {after}");
    let mut acting = SampleChain::default();
    let mut tip = MemoryTip::new(&acting.genesis).unwrap();
    let mut rows = Vec::new();
    for number in 0..60 {
        let statement = acting.statement("notary", &["notary-zhang"], draft_copy(&number.to_string()));
        assert!(acting.block_at(acting.time().plus(6 * 60_000), vec![statement]).is_empty());
        tip.keep(execute_block(&tip, &(), acting.blocks.last().unwrap()).unwrap()).unwrap();
        rows.push((tip.rows(), tip.keys()));
    }
    // A statement lives ten minutes: of all acts only the last two are still barred. A key is a value and a leaf, and
    // brings at most some inner nodes with it.
    let grown = rows[59].0 - rows[9].0;
    let keys = rows[59].1 - rows[9].1;
    assert_eq!(keys, 50);
    assert!(grown < 4 * keys, "{keys} keys brought {grown} rows");
}
