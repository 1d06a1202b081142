//! What the store promises to consensus.

use super::{Twin, apply, assert_same, rows};
use crate::consensus::ports::{BlockStore, Undecided};
use crate::shared::sample::{certify, genesis_named, key, validator_set};
use crate::storage::tables::{acts, expiries};
use crate::storage::{OpenError, Store, StoreOptions};
use ledger::codec;
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, Signature};
use ledger::error::Fault;
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::executor::{BuildParams, build_block, execute_block};
use ledger::log::{InclusionProof, Peaks};
use ledger::state::{StateKey, StateView};
use ledger::statement::SignedStatement;
use ledger::types::{Height, Round, TimeMs};

#[test]
fn a_new_store_holds_height_0() {
    let twin = Twin::of(0);
    assert_same(&twin.store, &twin.chain);
    let view = twin.store.view().unwrap();
    assert_eq!(view.validators(Height(1)).unwrap(), Some(twin.chain.genesis.validator_set().unwrap()));
    assert_eq!(view.validators(Height(2)).unwrap(), None);
    assert_eq!(BlockStore::validators(&twin.store, Height(0)).unwrap(), None);
}

#[test]
fn blocks_are_read_back_as_they_were_persisted() {
    let twin = Twin::of(12);
    assert_same(&twin.store, &twin.chain);
    assert_same(&twin.reopen().store, &Twin::of(12).chain);
}

#[test]
fn a_write_ends_the_view_that_readers_share() {
    let mut twin = Twin::of(2);
    let (before, (writes, known)) = (twin.store.view().unwrap(), twin.store.newest.look());
    assert!(known.is_some(), "the last view is at hand");
    let values = |view: &crate::storage::StoreView| {
        ["parameters", "certificates/notary"].map(|path| view.value(&StateKey::parse(path).unwrap()).unwrap())
    };
    let old = values(&before);
    twin.grow(1);
    // A reader that began before the write and is done after it.
    twin.store.newest.keep(&before, writes);
    let after = twin.store.view().unwrap();
    assert_eq!((before.height(), after.height()), (Height(2), Height(3)));
    assert_eq!(values(&before), old, "what a view says does not change");
    assert!(twin.store.newest.look().1.is_some());
    let block = undecided(4, 0, 1);
    twin.store.put_undecided(&block).unwrap();
    assert!(twin.store.newest.look().1.is_none(), "a write beside the chain ends it too");
    assert_eq!(BlockStore::undecided(&twin.store, Height(4)).unwrap(), [block]);
}

#[test]
fn another_chain_and_a_second_holder_are_refused() {
    let twin = Twin::of(1);
    let locked = Store::open(&twin.data(), &twin.chain.genesis);
    assert!(matches!(locked, Err(OpenError::Locked { .. })), "{locked:?}");
    let view = twin.store.view().unwrap();
    let data = twin.data();
    let Twin { directory, store, chain, .. } = twin;
    drop(store);
    let locked = Store::open(&data, &chain.genesis);
    assert!(matches!(locked, Err(OpenError::Locked { .. })), "a view keeps the store open: {locked:?}");
    drop(view);
    let other = Store::open(&data, &genesis_named("other"));
    assert!(matches!(other, Err(OpenError::OtherGenesis { .. })), "{other:?}");
    Store::open(&data, &chain.genesis).unwrap();
    let missing = Store::open_existing(&directory.path().join("nowhere"), &chain.genesis, StoreOptions::default());
    assert!(matches!(missing, Err(OpenError::Missing { .. })), "{missing:?}");
}

#[test]
fn persisting_the_tip_again_changes_nothing_and_gaps_are_refused() {
    let mut twin = Twin::of(3);
    let tip = twin.block(3).clone();
    let before = execute_block(&Twin::of(2).store.view().unwrap(), &(), &tip).unwrap();
    let other = certify(&twin.chain.context(), &tip, &validator_set(&["court", "notary", "police"]));
    twin.store.persist(&tip, &other, &before).unwrap();
    assert_same(&twin.store, &twin.chain);

    super::busy_block(&mut twin.chain, 3);
    let (fourth, certificate) = (twin.block(4).clone(), twin.certificate(4).clone());
    let executed = execute_block(&twin.store.view().unwrap(), &(), &fourth).unwrap();
    let gap = Twin::of(2).store.persist(&fourth, &certificate, &executed);
    assert!(matches!(gap, Err(Fault::Damaged { .. })), "{gap:?}");
    let mut altered = executed.clone();
    altered.header.state_root = Hash::default();
    let refused = twin.store.persist(&fourth, &certificate, &altered);
    assert!(matches!(refused, Err(Fault::Damaged { .. })), "{refused:?}");
    let refused = twin.store.persist(&fourth, twin.certificate(3), &executed);
    assert!(matches!(refused, Err(Fault::Damaged { .. })), "{refused:?}");
    let mut changed = fourth.clone();
    changed.header.time = changed.header.time.plus(1);
    let refused = twin.store.persist(&changed, &certificate, &executed);
    assert!(matches!(refused, Err(Fault::Damaged { .. })), "{refused:?}");
    twin.follow();
    assert_same(&twin.store, &twin.chain);
}

#[test]
fn a_view_stays_at_its_block() {
    let mut twin = Twin::of(4);
    let (view, old) = (twin.store.view().unwrap(), Twin::of(4));
    twin.grow(5);
    assert_eq!(view.tip().unwrap(), old.chain.chain.tip().unwrap());
    let values: Vec<_> = old.chain.chain.values().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    assert_eq!(view.values_under("", None, usize::MAX).unwrap(), values);
    assert_eq!(view.signed_header(Height(5)).unwrap(), None);
    assert_eq!(view.validators(Height(6)).unwrap(), None);
    execute_block(&view, &(), twin.block(5)).unwrap();
    assert_eq!(twin.store.view().unwrap().height(), Height(9));
}

#[test]
fn an_act_bars_a_replay_until_it_expires() {
    let mut twin = Twin::of(1);
    let statement = SignedStatement::decode(&twin.block(1).statements[0]).unwrap();
    let (act, expires) = (statement.act(), statement.claims().expires());
    assert!(twin.store.view().unwrap().seen(&act).unwrap());
    let mut other = act;
    other.0[0] ^= 1;
    assert!(!twin.store.view().unwrap().seen(&other).unwrap());
    for (time, seen) in [(TimeMs(expires.0 - 1), true), (expires, false), (expires.plus(1), false)] {
        twin.chain.block_at(time, Vec::new());
        twin.follow();
        assert_eq!(twin.store.view().unwrap().seen(&act).unwrap(), seen, "at {time}, expiring {expires}");
        assert_eq!(twin.chain.chain.seen(&act).unwrap(), seen);
        assert_eq!(rows(&twin.store, &acts::TABLE), usize::from(seen), "what bars nothing is not kept");
        assert_eq!(rows(&twin.store, &expiries::TABLE), usize::from(seen));
        twin = twin.reopen();
    }
    let location = twin.store.view().unwrap().statement(&statement.id()).unwrap().unwrap();
    assert_eq!((location.height, location.log_index), (Height(1), 1), "where it stands stays known");
}

#[test]
fn statements_and_items_of_lists_are_found() {
    let twin = Twin::of(9);
    let view = twin.store.view().unwrap();
    let mut index = 0;
    for block in &twin.chain.blocks {
        let height = block.header.height;
        for statement in &block.statements {
            index += 1;
            let id = SignedStatement::decode(statement).unwrap().id();
            let found = view.statement(&id).unwrap().unwrap();
            assert_eq!((found.height, found.log_index), (height, index));
        }
        index += 1;
    }
    let certificates = ledger::state::StateKey::certificates_of(&"notary".parse().unwrap());
    let all = view.list_items(&certificates, 0, 100).unwrap();
    assert_eq!(all.len(), 8);
    assert_eq!(view.list_items(&certificates, 2, 5).unwrap(), all[2..5]);
    assert!(view.list_items(&certificates, 8, 9).unwrap().is_empty());
    for (key, value) in twin.chain.chain.values() {
        let items = twin.chain.chain.list(key);
        let mut peaks = Peaks::default();
        for (index, hash) in items.iter().flat_map(|item| peaks.append(item)).collect::<Vec<_>>() {
            assert_eq!(view.list_node(key, index).unwrap(), hash, "{key}");
        }
        let length = items.len() as u64;
        for (index, item) in items.iter().enumerate() {
            let proof = InclusionProof::make(index as u64, length, |node| view.list_node(key, node)).unwrap();
            proof.verify(item, index as u64, length, peaks.root()).unwrap();
        }
        assert!(items.is_empty() || !value.is_empty());
    }
    assert!(matches!(view.list_node(&certificates, 1000), Err(Fault::Damaged { .. })));
}

#[test]
fn changes_of_validators_are_found_without_reading_headers() {
    let twin = Twin::of(2);
    let set = validator_set(&["court", "notary", "police"]);
    // Heights 3, 5 and 6 announce another set. The store keeps what execution gives, so here execution is made up.
    for height in 3..=7 {
        let view = twin.store.view().unwrap();
        let last_commit = view.certificate(view.height()).unwrap();
        let params = BuildParams { time: TimeMs(0), proposer: key("court-consensus").public().id(), last_commit };
        let mut built = build_block(&view, &(), params, [], || false).unwrap();
        if [3, 5, 6].contains(&height) {
            built.block.header.next_validators = set.hash();
            (built.executed.header, built.executed.next_validators) = (built.block.header.clone(), set.clone());
        }
        let certificate = certify(&twin.chain.context(), &built.block, &set);
        twin.store.persist(&built.block, &certificate, &built.executed).unwrap();
    }
    let view = twin.store.view().unwrap();
    let found = |since: u64, head: u64, count_max| {
        let heights = view.handovers(Height(since), Height(head), count_max).unwrap();
        heights.into_iter().map(|height| height.0).collect::<Vec<_>>()
    };
    assert_eq!(found(0, 7, 9), [3, 5, 6]);
    assert_eq!(found(3, 6, 9), [5], "above the one, below the other");
    assert_eq!(found(0, 7, 2), [5, 6], "the newest");
    assert!(found(6, 7, 9).is_empty() && found(0, 3, 9).is_empty() && found(0, 0, 9).is_empty());
}

fn undecided(height: u64, round: u32, value: u8) -> Undecided {
    Undecided {
        height: Height(height),
        round: Round(round),
        valid_round: (value == 1).then_some(Round(0)),
        proposer: key("court-consensus").public().id(),
        hash: Hash([value; 32]),
        signature: (value == 2).then_some(Signature([7; 64])),
        block: vec![value; 300].into(),
    }
}

#[test]
fn undecided_blocks_stay_until_their_height_is_decided() {
    let mut twin = Twin::of(1);
    let (a, b, c, later) = (undecided(2, 0, 9), undecided(2, 1, 1), undecided(2, 1, 2), undecided(3, 0, 1));
    for proposal in [&c, &a, &later, &b, &a, &undecided(1, 0, 1)] {
        twin.store.put_undecided(proposal).unwrap();
    }
    twin = twin.reopen();
    assert_eq!(twin.store.undecided(Height(1)).unwrap(), []);
    assert_eq!(twin.store.undecided(Height(2)).unwrap(), [a, b, c]);
    twin.grow(1);
    assert_eq!(twin.store.undecided(Height(2)).unwrap(), []);
    assert_eq!(twin.store.undecided(Height(3)).unwrap(), [later]);
    twin.grow(1);
    assert_eq!(twin.store.undecided(Height(3)).unwrap(), []);
}

#[test]
fn the_larger_certificate_is_kept_if_it_holds() {
    let mut twin = Twin::of(1);
    super::busy_block(&mut twin.chain, 1);
    let (block, whole) = (twin.block(2).clone(), twin.certificate(2).clone());
    let set = twin.chain.genesis.validator_set().unwrap();
    let message =
        vote_sign_bytes(&twin.chain.context(), Height(2), Round(0), VoteStep::Precommit, Some(block.header.hash()));
    let sign = |name: &&str| {
        (key(&format!("{name}-consensus")).public().id(), key(&format!("{name}-consensus")).sign(&message))
    };
    let three = ["court", "notary", "police"];
    let smaller = CommitCertificate::build(Height(2), Round(0), &set, three.iter().map(sign));
    apply(&twin.store, &block, &smaller);
    let mut forged = whole.clone();
    forged.signatures.0[70] ^= 1;
    for (offered, kept) in [(&forged, &smaller), (&whole, &whole), (&smaller, &whole)] {
        twin.store.set_certificate(offered).unwrap();
        assert_eq!(twin.store.certificate(Height(2)).unwrap().as_ref(), Some(kept));
    }
    let unknown = CommitCertificate { height: Height(9), ..whole };
    twin.store.set_certificate(&unknown).unwrap();
    assert_eq!(twin.store.certificate(Height(9)).unwrap(), None);
    assert_same(&twin.reopen().store, &{
        let mut chain = Twin::of(1).chain;
        super::busy_block(&mut chain, 1);
        chain
    });
}

#[test]
fn evidence_is_kept_once_for_each_lie_side_by_side_and_up_to_a_bound() {
    let twin = Twin::of(1);
    let context = twin.chain.genesis.context();
    let accused = key("court-consensus");
    let content = |height, round, value: u8| {
        let value = Some(Hash([value; 32]));
        let bytes = vote_sign_bytes(&context, Height(height), Round(round), VoteStep::Prevote, value);
        SignedContent { value, valid_round: None, signature: accused.sign(&bytes) }
    };
    let of = |height, round, other| {
        let place = (Height(height), Round(round), SignedStep::Prevote);
        let (one, other) = (content(height, round, 1), content(height, round, other));
        Evidence::new(&context, accused.public().id(), place, one, other).unwrap()
    };
    for round in 0..300u32 {
        assert_eq!(twin.store.put_evidence(&of(1, round, 2)).unwrap(), round < 256, "round {round}");
        assert!(!twin.store.put_evidence(&of(1, round, 3)).unwrap(), "the same lie in other words");
    }
    assert!(twin.store.put_evidence(&of(7, 0, 2)).unwrap());
    let twin = twin.reopen();
    let kept = twin.store.view().unwrap().evidence_from(Height(0), 0, 1000).unwrap();
    assert_eq!(kept.len(), 257);
    assert_eq!(kept[7], (7, of(1, 7, 2)));
    let from = twin.store.view().unwrap().evidence_from(Height(1), 255, 2).unwrap();
    assert_eq!(from, [(255, of(1, 255, 2)), (0, of(7, 0, 2))]);
    assert!(twin.store.view().unwrap().evidence_from(Height(8), 0, 2).unwrap().is_empty());
}

#[test]
fn a_full_disk_takes_no_block() {
    let mut twin = Twin::of(1);
    let genesis = twin.chain.genesis.clone();
    super::busy_block(&mut twin.chain, 1);
    let data = twin.data();
    let (block, certificate) = (twin.block(2).clone(), twin.certificate(2).clone());
    drop(twin.store);
    // No disk has 101 % free.
    let options = StoreOptions { disk_free_percent_min: 101, ..StoreOptions::default() };
    let store = Store::open_with(&data, &genesis, options).unwrap();
    let executed = execute_block(&store.view().unwrap(), &(), &block).unwrap();
    let refused = store.persist(&block, &certificate, &executed);
    assert!(matches!(refused, Err(Fault::DiskFull { .. })), "{refused:?}");
    assert_eq!(store.view().unwrap().height(), Height(1));
    assert!(store.space().unwrap().free_percent() <= 100);
    drop(store);
    let store = Store::open(&data, &genesis).unwrap();
    store.persist(&block, &certificate, &executed).unwrap();
    assert_eq!(codec::encode(&block), store.block(Height(2)).unwrap().unwrap());
}
