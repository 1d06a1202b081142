//! Processes that die, and disks that lie.

use super::{Twin, apply, assert_same, copy_directory};
use crate::shared::sample::SampleChain;
use crate::storage::tables::{Table, certificates, headers, height_key, log_nodes, meta, tree_nodes, values};
use crate::storage::{Durability, OpenError, Store, verify_headers};
use ledger::error::Fault;
use ledger::state::StateKey;
use ledger::types::Height;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A copy of the open store's directory, as a crash at this moment leaves it.
fn crashed(twin: &Twin) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("data");
    copy_directory(&twin.data(), &path);
    (directory, path)
}

#[test]
fn what_was_persisted_survives_a_crash() {
    let mut twin = Twin::of(0);
    for _ in 0..6 {
        twin.grow(1);
        let (_directory, path) = crashed(&twin);
        let store = Store::open(&path, &twin.chain.genesis).unwrap();
        assert_same(&store, &twin.chain);
    }
}

fn newest_log(path: &Path) -> PathBuf {
    let mut logs: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    logs.pop().unwrap()
}

#[test]
fn a_torn_write_leaves_the_block_before() {
    let mut twin = Twin::of(3);
    let whole = fs::metadata(newest_log(&twin.data())).unwrap().len();
    twin.grow(1);
    let grown = fs::metadata(newest_log(&twin.data())).unwrap().len();
    let step = usize::try_from((grown - whole) / 12).unwrap();
    for length in (whole..grown).step_by(step) {
        let (_directory, path) = crashed(&twin);
        OpenOptions::new().write(true).open(newest_log(&path)).unwrap().set_len(length).unwrap();
        let store = Store::open(&path, &twin.chain.genesis).unwrap();
        assert_same(&store, &Twin::of(3).chain);
        apply(&store, twin.block(4), twin.certificate(4));
        assert_same(&store, &twin.chain);
    }
}

#[test]
fn a_flipped_bit_is_refused_or_leaves_a_sound_chain() {
    let twin = Twin::of(5);
    let log = newest_log(&twin.data());
    let length = usize::try_from(fs::metadata(&log).unwrap().len()).unwrap();
    let (mut refused, mut sound) = (0, 0);
    for position in (17..length).step_by(length / 40) {
        let (_directory, path) = crashed(&twin);
        let log = newest_log(&path);
        let mut bytes = fs::read(&log).unwrap();
        bytes[position] ^= 0x10;
        fs::write(&log, bytes).unwrap();
        match Store::open(&path, &twin.chain.genesis) {
            Err(OpenError::Fault(_)) => refused += 1,
            Err(other) => panic!("{other}"),
            Ok(store) => {
                let height = store.view().unwrap().height().0;
                assert_same(&store, &prefix(&twin.chain, height));
                sound += 1;
            }
        }
    }
    assert!(refused > 0 && refused + sound >= 40, "{refused} refused, {sound} sound");
}

#[test]
fn a_corrupt_directory_is_damage_and_not_a_failing_disk() {
    let twin = Twin::of(2);
    for name in ["CURRENT", "MANIFEST-"] {
        let (_directory, path) = crashed(&twin);
        let files = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(name));
        fs::write(files.next().unwrap(), "garbage").unwrap();
        let opened = Store::open(&path, &twin.chain.genesis);
        assert!(matches!(opened, Err(OpenError::Fault(Fault::Damaged { .. }))), "{name}: {opened:?}");
    }
}

/// The same chain, up to a height.
fn prefix(whole: &SampleChain, height: u64) -> SampleChain {
    let mut chain = SampleChain::new(whole.genesis.clone());
    for block in whole.blocks.iter().filter(|block| block.header.height.0 <= height) {
        chain.keep(block);
    }
    chain
}

fn put(twin: &Twin, table: &Table, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    let mut batch = twin.store.database.batch();
    batch.put(table, key, value);
    twin.store.write(batch, Durability::Synced).unwrap();
}

#[test]
fn a_tip_that_contradicts_itself_is_refused() {
    type Damage = fn(&Twin);
    let damages: [(&str, Damage); 7] = [
        ("tip", |twin| put(twin, &meta::TABLE, meta::TIP, meta::tip_value(Height(4), &twin.block(3).header.hash()))),
        ("older tip", |twin| {
            put(twin, &meta::TABLE, meta::TIP, meta::tip_value(Height(3), &twin.block(3).header.hash()))
        }),
        ("header", |twin| {
            let mut header = twin.block(4).header.clone();
            header.time = header.time.plus(1);
            put(twin, &headers::TABLE, height_key(Height(4)), ledger::codec::encode(&header));
        }),
        ("certificate", |twin| {
            let row = ledger::codec::encode(twin.certificate(3));
            put(twin, &certificates::TABLE, height_key(Height(4)), row);
        }),
        ("log", |twin| {
            let last = 2 * twin.block(4).header.log_size - u64::from(twin.block(4).header.log_size.count_ones()) - 1;
            put(twin, &log_nodes::TABLE, last.to_be_bytes(), [0; 32]);
        }),
        ("validators", |twin| put(twin, &values::TABLE, values::key(&StateKey::validators()), [0xa0])),
        ("root of the tree", |twin| {
            let mut key = 4u64.to_be_bytes().to_vec();
            key.push(0);
            put(twin, &tree_nodes::TABLE, key, [0]);
        }),
    ];
    for (what, damage) in damages {
        let twin = Twin::of(4);
        damage(&twin);
        let (data, genesis) = (twin.data(), twin.chain.genesis.clone());
        let Twin { directory: _directory, store, .. } = twin;
        drop(store);
        let opened = Store::open(&data, &genesis);
        assert!(matches!(&opened, Err(OpenError::Fault(fault)) if fault.is_damage()), "{what}: {opened:?}");
    }
}

#[test]
fn headers_are_followed_from_genesis() {
    let twin = Twin::of(6);
    let context = twin.chain.context();
    verify_headers(&twin.store.view().unwrap(), &context).unwrap();
    let mut header = twin.block(3).header.clone();
    header.time = header.time.plus(1);
    put(&twin, &headers::TABLE, height_key(Height(3)), ledger::codec::encode(&header));
    let broken = verify_headers(&twin.store.view().unwrap(), &context);
    assert!(matches!(broken, Err(Fault::Damaged { .. })), "{broken:?}");
}
