//! The same blocks give the same roots: twice, built or executed, with and without a cache, whatever stood in the way.

use ledger::block::Block;
use ledger::executor::{BuildParams, build_block, execute_block};
use ledger::light;
use ledger::memory::MemoryChain;
use ledger::record::{Change, Item};
use ledger::rejection::Rejection;
use ledger::state::{StateKey, StateView, tree};
use ledger::statement::SignedStatement;
use ledger::types::{Height, Text};
use std::collections::BTreeMap;
use yinxin_tests::sample::{SampleChain, busy_block, draft, genesis, key, register_identity, word};
use yinxin_tests::scale::{Dice, scaled};
use yinxin_tests::story::{change_validators, enter, open_case, propose};

/// More than 200 blocks: busy ones, empty ones, a case, changes of validators.
fn long_chain() -> SampleChain {
    let mut chain = SampleChain::default();
    for number in 0..scaled(180) {
        busy_block(&mut chain, number);
        match number {
            20 => chain.submit("court", &["court-judge"], open_case("case")).unwrap(),
            30 => drop(change_validators(&mut chain, "out", &["justice", "notary", "police"])),
            60 => drop(change_validators(&mut chain, "back", &["court", "justice", "notary", "police"])),
            _ if number % 7 == 0 => assert!(chain.block(Vec::new()).is_empty()),
            _ if number > 20 && number % 5 == 0 => {
                let entry = enter(&chain, "case", "report", &number.to_string());
                chain.submit("justice", &["justice-officer"], entry).unwrap();
            }
            _ => {}
        }
    }
    assert!(chain.blocks.len() > 200);
    chain
}

fn statements(block: &Block) -> Vec<SignedStatement> {
    block.statements.iter().map(|encoded| SignedStatement::decode(encoded).unwrap()).collect()
}

#[test]
fn more_than_200_blocks_give_the_same_headers_twice_built_or_executed() {
    let chain = long_chain();
    let mut again = MemoryChain::new(&chain.genesis).unwrap();
    for (block, signed) in chain.blocks.iter().zip(&chain.signed) {
        let params = BuildParams {
            time: block.header.time,
            proposer: block.header.proposer,
            last_commit: block.last_commit.clone(),
        };
        let built = build_block(&again, &(), params, statements(block), || false).unwrap();
        assert_eq!(&built.block, block);
        let executed = execute_block(&again, &(), block).unwrap();
        assert_eq!(executed.header, signed.header);
        assert_eq!((&executed.values, &executed.log_nodes), (&built.executed.values, &built.executed.log_nodes));
        again.keep(block, &executed);
    }
    assert_eq!(again.tip().unwrap(), chain.chain.tip().unwrap());
    assert_eq!(again.values(), chain.chain.values());
    assert_eq!(again.log_items(), chain.chain.log_items());
    println!("{} blocks, {} log entries, {} keys", chain.blocks.len(), again.log_items().len(), again.values().len());
}

/// A tree written at once.
#[test]
fn the_state_root_is_that_of_all_values_written_at_once() {
    let chain = long_chain();
    let empty = MemoryChain::default();
    let (root, _) = tree::write(&empty, 0, chain.chain.values()).unwrap();
    assert_eq!(root, chain.chain.tip().unwrap().header.state_root);
}

#[test]
fn every_value_and_many_absences_are_proven_at_old_heights_too() {
    let chain = long_chain();
    let mut dice = Dice::new(8);
    let mut history: BTreeMap<u64, BTreeMap<StateKey, Vec<u8>>> = BTreeMap::new();
    let mut replayed = MemoryChain::new(&chain.genesis).unwrap();
    for block in &chain.blocks {
        replayed.apply(&(), block).unwrap();
        if block.header.height.0 % 50 == 0 {
            history.insert(block.header.height.0, replayed.values().clone());
        }
    }
    let all: Vec<StateKey> = chain.chain.values().keys().cloned().collect();
    for (height, values) in history {
        let version = chain.chain.tree_version(Height(height)).unwrap();
        let root = chain.signed[usize::try_from(height).unwrap() - 1].header.state_root;
        for _ in 0..200 {
            let key = &all[dice.below(all.len())];
            let (value, proof) = tree::prove(&chain.chain, version, key).unwrap();
            assert_eq!(value.as_ref(), values.get(key), "{key} at {height}");
            proof.verify(root, key, value.as_deref()).unwrap();
        }
    }
}

#[test]
fn refused_candidates_leave_no_trace_in_the_block() {
    let mut chain = SampleChain::default();
    (0..3).for_each(|number| busy_block(&mut chain, number));
    let context = chain.context();
    let good = chain.statement("police", &["police-officer"], register_identity(&context, "new"));
    let clean = chain.build(chain.time().plus(1_000), vec![good.clone()]);
    let bad = [
        chain.statement("police", &["police-officer"], draft("x", &[])),
        chain.statement("notary", &["notary-zhang"], draft("record-0", &[])),
        chain.statement("court", &["court-judge"], open_case("y")),
        good.clone(),
    ];
    let [title, taken, case, twice] = bad;
    let dirty = chain.build(chain.time().plus(1_000), vec![title, taken, good, twice]);
    assert_eq!(dirty.block, clean.block);
    let rejections: Vec<Rejection> = dirty.refused.iter().map(|(_, rejection)| *rejection).collect();
    assert_eq!(rejections, [Rejection::TitleMissing, Rejection::AlreadyExists, Rejection::Replayed]);
    assert_ne!(
        chain.build(chain.time().plus(1_000), vec![case]).block.header.state_root,
        clean.block.header.state_root
    );
}

/// A statement that finds no room has been executed by then; what it wrote must not stay for the next one.
#[test]
fn what_found_no_room_leaves_no_trace_in_the_block() {
    let mut genesis = genesis();
    genesis.parameters.block_weight_max = 300;
    let mut chain = SampleChain::new(genesis);
    let context = chain.context();
    let light = |chain: &mut SampleChain, name: &str| {
        chain.statement("police", &["police-officer"], register_identity(&context, name))
    };
    let birth: Item = chain.record(&StateKey::item(&word("notarial.birth"))).unwrap();
    let long = Text::new("法".repeat(500)).unwrap();
    let item = Item { code: word("notarial.other"), name_zh: long.clone(), legal_basis: long, ..birth };
    let heavy = chain.statement("court", &["court-admin-1", "court-admin-2"], propose("heavy", Change::PutItem(item)));
    let mut statements: Vec<_> = (0..100).map(|number| light(&mut chain, &number.to_string())).collect();
    let last = light(&mut chain, "last");
    let time = chain.time().plus(1_000);
    while chain.build(time, [statements.clone(), vec![last.clone()]].concat()).block.statements.len()
        <= statements.len()
    {
        statements.pop();
    }
    let clean = chain.build(time, [statements.clone(), vec![last.clone()]].concat());
    let dirty = chain.build(time, [statements, vec![heavy.clone(), last]].concat());
    assert!(dirty.refused.is_empty(), "what found no room is not refused");
    assert_eq!(dirty.block, clean.block);
    assert_eq!(chain.build(time, vec![heavy]).block.statements.len(), 1, "it would have found room before");
}

#[test]
fn a_proposer_that_runs_out_of_time_proposes_what_it_has() {
    let mut chain = SampleChain::default();
    let context = chain.context();
    let mut made = Vec::new();
    for number in 0..10 {
        let action = register_identity(&context, &number.to_string());
        made.push(chain.statement("police", &["police-officer"], action));
    }
    for stop_at in [0, 1, 4] {
        let mut asked = 0;
        let params =
            BuildParams { time: chain.time(), proposer: key("notary-consensus").public().id(), last_commit: None };
        let built = build_block(&chain.chain, &(), params, made.clone(), || {
            asked += 1;
            asked > stop_at
        })
        .unwrap();
        assert_eq!(built.block.statements.len(), stop_at);
        assert_eq!(built.block.header.time, chain.time().plus(1), "raised above the parent's");
        execute_block(&chain.chain, &(), &built.block).unwrap();
    }
}

#[test]
fn every_header_of_the_chain_is_proven_by_the_newest_one() {
    let mut chain = SampleChain::default();
    (0..40).for_each(|number| busy_block(&mut chain, number));
    let mut bundle = chain.bundle(&[]);
    for signed in &chain.signed[..39] {
        let item = ledger::codec::encode(&signed.header);
        let index = chain.log_index(&item).unwrap();
        bundle = bundle.prove_logged(&chain.chain, index, &item).unwrap();
    }
    let verified = light::verify(&bundle, &chain.trust()).unwrap();
    let headers: Vec<_> = verified.headers().iter().map(|(_, header)| header.clone()).collect();
    assert!(headers.iter().eq(chain.signed[..39].iter().map(|signed| &signed.header)));
    println!("a bundle with 39 old headers has {} bytes", bundle.encode().len());
}
