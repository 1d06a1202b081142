//! Ways to damage a store, for tests of what finds it.

use super::tables::{
    Table, acts, bodies, certificates, handovers, height_key, list_nodes, lists, log_nodes, statements, tree_values,
    values,
};
use super::{Durability, Store};
use ledger::state::StateKey;
use ledger::types::Height;

/// Damages an open store.
pub(crate) type Harm = fn(&Store);

fn put(store: &Store, table: &Table, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    let mut batch = store.database.batch();
    batch.put(table, key, value);
    store.write(batch, Durability::Synced).unwrap();
}

fn remove(store: &Store, table: &Table, key: impl AsRef<[u8]>) {
    let mut batch = store.database.batch();
    batch.delete(table, key);
    store.write(batch, Durability::Synced).unwrap();
}

fn last_key(store: &Store, table: &Table) -> Vec<u8> {
    store.view().unwrap().snapshot().last_up_to(table, &[0xff; 80]).unwrap().unwrap().0
}

/// Damages that the check at start does not see, over a store of at least four busy blocks.
pub(crate) fn all() -> Vec<(&'static str, Harm)> {
    vec![
        ("value changed", |store| put(store, &values::TABLE, values::key(&StateKey::departments()), [0x80])),
        ("value added", |store| put(store, &values::TABLE, "zzz", [0x80])),
        ("list item changed", |store| put(store, &lists::TABLE, last_key(store, &lists::TABLE), [0x80])),
        ("list item removed", |store| remove(store, &lists::TABLE, last_key(store, &lists::TABLE))),
        ("list hash changed", |store| put(store, &list_nodes::TABLE, last_key(store, &list_nodes::TABLE), [1; 32])),
        ("handover made up", |store| put(store, &handovers::TABLE, height_key(Height(2)), [])),
        ("log hash changed", |store| put(store, &log_nodes::TABLE, 1u64.to_be_bytes(), [1; 32])),
        ("statement forgotten", |store| remove(store, &statements::TABLE, last_key(store, &statements::TABLE))),
        ("act forgotten", |store| remove(store, &acts::TABLE, last_key(store, &acts::TABLE))),
        ("old value changed", |store| put(store, &tree_values::TABLE, last_key(store, &tree_values::TABLE), [1, 2, 3])),
        ("block removed", |store| remove(store, &bodies::TABLE, height_key(Height(2)))),
        ("block of another height", |store| {
            let row = store.view().unwrap().snapshot().get(&bodies::TABLE, height_key(Height(3))).unwrap().unwrap();
            put(store, &bodies::TABLE, height_key(Height(2)), row);
        }),
        ("certificate of another height", |store| {
            let row =
                store.view().unwrap().snapshot().get(&certificates::TABLE, height_key(Height(3))).unwrap().unwrap();
            put(store, &certificates::TABLE, height_key(Height(2)), row);
        }),
    ]
}
