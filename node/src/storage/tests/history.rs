//! Old states, and pruning them.

use super::{Twin, assert_same, rows};
use crate::shared::sample::{id, register_identity};
use crate::storage::tables::{stale_nodes, tree_nodes, tree_values};
use crate::storage::{Store, StoreOptions, StoreView};
use ledger::state::{StateKey, StateView, tree};
use ledger::types::Height;

/// Values and proofs at a height are those of the chain in memory.
fn assert_state(twin: &Twin, view: &StoreView, height: Height) {
    let version = view.kept_tree_version(height).unwrap().unwrap();
    let header = view.header(height).unwrap().unwrap();
    let unknown = ["nothing", "identity/0", "certificate/ffff"].into_iter().map(|path| StateKey::parse(path).unwrap());
    for key in twin.chain.chain.values().keys().cloned().chain(unknown) {
        let (value, proof) = tree::prove(view, version, &key).unwrap();
        let (expected, _) = tree::prove(&twin.chain.chain, version, &key).unwrap();
        assert_eq!(value, expected, "{key} at {height}");
        proof.verify(header.state_root, &key, value.as_deref()).unwrap();
    }
}

fn prune_all(store: &Store) -> usize {
    let mut rows = 0;
    loop {
        let pruned = store.prune().unwrap();
        rows += pruned.rows;
        if !pruned.more {
            return rows;
        }
    }
}

#[test]
fn every_state_is_proven_while_nothing_is_pruned() {
    let twin = Twin::of(8);
    let view = twin.store.view().unwrap();
    assert_eq!(prune_all(&twin.store), 0);
    for height in 0..=8 {
        assert_state(&twin, &view, Height(height));
    }
}

#[test]
fn pruning_keeps_kept_versions_whole_and_drops_the_others() {
    let mut twin = Twin::new(StoreOptions { versions_kept: 3, ..StoreOptions::default() });
    twin.grow(10);
    let before = twin.store.view().unwrap();
    let (nodes, values) = (rows(&twin.store, &tree_nodes::TABLE), rows(&twin.store, &tree_values::TABLE));
    assert!(prune_all(&twin.store) > 0);
    assert_eq!(prune_all(&twin.store), 0);
    assert!(rows(&twin.store, &tree_nodes::TABLE) < nodes);
    assert!(rows(&twin.store, &tree_values::TABLE) < values);

    let view = twin.store.view().unwrap();
    assert_eq!(view.oldest_tree_version().unwrap(), 7);
    for height in 0..=6 {
        assert_eq!(view.kept_tree_version(Height(height)).unwrap(), None);
        assert_state(&twin, &before, Height(height));
    }
    for height in 7..=10 {
        assert_state(&twin, &view, Height(height));
    }
    drop((view, before));
    assert_same(&twin.store, &twin.chain);

    let mut twin = twin.reopen();
    twin.grow(4);
    assert!(prune_all(&twin.store) > 0);
    let view = twin.store.view().unwrap();
    for height in 11..=14 {
        assert_state(&twin, &view, Height(height));
    }
    assert_same(&twin.store, &twin.chain);
}

#[test]
fn with_one_version_kept_only_its_own_rows_remain() {
    let mut twin = Twin::new(StoreOptions { versions_kept: 0, ..StoreOptions::default() });
    twin.grow(12);
    prune_all(&twin.store);
    assert_eq!(rows(&twin.store, &stale_nodes::TABLE), 0);
    assert_eq!(rows(&twin.store, &tree_values::TABLE), twin.chain.chain.values().len());
    let view = twin.store.view().unwrap();
    assert_state(&twin, &view, Height(12));
    drop(view);
    twin.reopen().grow(3);
}

#[test]
fn a_height_without_changes_has_the_state_before_it() {
    let mut twin = Twin::new(StoreOptions { versions_kept: 1, ..StoreOptions::default() });
    twin.grow(2);
    for _ in 0..5 {
        twin.chain.block(Vec::new());
    }
    let statement = twin.chain.unsigned("police", "police-officer", register_identity(&twin.chain.context(), "late"));
    let statement = statement.sign(&crate::shared::sample::key("police-officer"));
    twin.chain.block(vec![statement]);
    twin.follow();
    prune_all(&twin.store);
    let view = twin.store.view().unwrap();
    assert_eq!(view.tree_version(Height(7)).unwrap(), Some(2));
    for height in 2..=8 {
        assert_state(&twin, &view, Height(height));
    }
    let late = StateKey::identity(&id("late"));
    assert_eq!(tree::prove(&view, 2, &late).unwrap().0, None);
    assert!(tree::prove(&view, 3, &late).unwrap().0.is_some());
}
