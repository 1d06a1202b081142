//! Backups that are made, and that come back.

use super::Site;
use crate::admin::manifest::{DATA, HEAD, MANIFEST};
use crate::admin::{
    AdminError, Control, EXIT_CONFLICT, EXIT_DAMAGED, EXIT_NETWORK, Restore, backup, restore, set_store_aside,
};
use crate::consensus::SignerGuard;
use crate::shared::sample::genesis_named;
use crate::storage::{OpenError, StoreLock};
use ledger::block::SignedHeader;
use ledger::codec;
use ledger::crypto::KeyId;
use ledger::types::Height;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn backed_up(site: &Site) -> PathBuf {
    let to = site.home.root().with_file_name("copy");
    backup(&site.home, &to).unwrap();
    to
}

fn key_of(site: &Site) -> KeyId {
    site.home.consensus_key().unwrap().public().id()
}

#[test]
fn a_backup_comes_back_on_an_empty_machine() {
    let site = Site::of(7);
    let copy = backed_up(&site);
    let head: SignedHeader = codec::decode(&fs::read(copy.join(HEAD)).unwrap(), 64 * 1024).unwrap();
    assert_eq!(&head, site.chain.signed.last().unwrap());
    head.verify(&site.chain.context(), &site.chain.genesis.validator_set().unwrap()).unwrap();

    let mut other = Site::new();
    let done = restore(&other.home, &copy, &Restore::default()).unwrap();
    assert_eq!((done.manifest.height, done.guarded, done.old_data), (7, None, None));
    assert!(!other.home.guard().exists(), "nothing is made up in place of a guard that is not here");
    other.chain = site.chain;
    assert_eq!(other.grow(2), 9);
}

#[test]
fn a_backup_does_not_overwrite_and_holds_no_keys() {
    let site = Site::of(1);
    let copy = backed_up(&site);
    assert_eq!(backup(&site.home, &copy).unwrap_err().code(), EXIT_CONFLICT);
    let mut names: Vec<_> = fs::read_dir(&copy).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "genesis.cbor", "head.cbor", "manifest.json"]);
    let beside = fs::read_dir(copy.parent().unwrap()).unwrap();
    let beside: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).filter(|name| name != "home").collect();
    assert_eq!(beside, ["copy"], "nothing is left beside it");
}

#[test]
fn a_backup_touches_nothing_beside_it() {
    let site = Site::of(1);
    let others = site.home.root().with_file_name("copy.partial");
    fs::create_dir(&others).unwrap();
    fs::write(others.join("letter"), "not ours").unwrap();
    backed_up(&site);
    assert_eq!(fs::read_to_string(others.join("letter")).unwrap(), "not ours");
    let link = site.home.root().with_file_name("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert_eq!(backup(&site.home, &link).unwrap_err().code(), EXIT_CONFLICT, "a link to nothing is something");
}

#[test]
fn a_store_is_held_while_it_is_restored() {
    let site = Site::of(2);
    let copy = backed_up(&site);
    let how = Restore { replace: true, above: None };
    let held = StoreLock::take(&site.home.data()).unwrap();
    for error in [restore(&site.home, &copy, &how).unwrap_err(), set_store_aside(&site.home).unwrap_err()] {
        assert!(matches!(error, AdminError::Open(OpenError::Locked { .. })), "{error}");
    }
    assert!(!site.home.root().join("data.restoring").exists());
    drop(held);
    // A store that cannot be opened any more is set aside all the same.
    fs::write(site.home.data().join("CURRENT"), "junk").unwrap();
    let old = restore(&site.home, &copy, &how).unwrap().old_data.unwrap();
    assert_eq!(fs::read_to_string(old.join("CURRENT")).unwrap(), "junk");
    assert_eq!(site.height(), 2);
}

#[test]
fn a_restore_sets_the_old_store_aside_and_never_lowers_the_guard() {
    let mut site = Site::of(3);
    let copy = backed_up(&site);
    site.grow(4);
    fs::create_dir(site.home.wal()).unwrap();
    let (key, genesis) = (key_of(&site), site.chain.genesis.hash());
    SignerGuard::open(&site.home.guard(), key, genesis).unwrap().advance_to(Height(8)).unwrap();

    assert_eq!(restore(&site.home, &copy, &Restore::default()).unwrap_err().code(), EXIT_CONFLICT);
    assert_eq!(site.height(), 7);
    let how = Restore { replace: true, above: None };
    let done = restore(&site.home, &copy, &how).unwrap();
    assert_eq!(done.guarded, Some(Height(8)));
    assert!(done.old_data.unwrap().join("CURRENT").exists());
    assert!(!site.home.wal().exists(), "the engine's log belongs to the store that was there");
    assert_eq!(site.height(), 3);

    let how = Restore { replace: true, above: Some(Height(500)) };
    assert_eq!(restore(&site.home, &copy, &how).unwrap().guarded, Some(Height(500)));
    let how = Restore { replace: true, above: Some(Height(2)) };
    assert_eq!(restore(&site.home, &copy, &how).unwrap().guarded, Some(Height(500)));
    let guard = SignerGuard::open(&site.home.guard(), key, genesis).unwrap();
    assert!(guard.height() == Height(500) && guard.is_closed());
}

/// The manual step for a height that too many nodes have closed (docs/validators.md).
#[test]
fn a_closed_height_opens_only_with_a_new_guard_above_the_head() {
    let site = Site::of(3);
    let copy = backed_up(&site);
    let (key, genesis) = (key_of(&site), site.chain.genesis.hash());
    SignerGuard::open(&site.home.guard(), key, genesis).unwrap().advance_to(Height(4)).unwrap();
    let how = Restore { replace: true, above: Some(Height(3)) };
    assert_eq!(restore(&site.home, &copy, &how).unwrap().guarded, Some(Height(4)), "the old guard stays closed");
    fs::rename(site.home.guard(), site.home.root().join("guard.aside")).unwrap();
    assert_eq!(restore(&site.home, &copy, &how).unwrap().guarded, Some(Height(3)));
    let guard = SignerGuard::open(&site.home.guard(), key, genesis).unwrap();
    assert!(guard.height() == Height(3) && guard.is_closed() && guard.is_settled());
}

#[test]
fn a_guard_below_the_backup_is_moved_up() {
    let site = Site::of(4);
    let copy = backed_up(&site);
    SignerGuard::open(&site.home.guard(), key_of(&site), site.chain.genesis.hash())
        .unwrap()
        .advance_to(Height(2))
        .unwrap();
    let done = restore(&site.home, &copy, &Restore { replace: true, above: None }).unwrap();
    assert_eq!(done.guarded, Some(Height(4)));
}

#[test]
fn a_damaged_guard_does_not_become_one_that_knows_nothing() {
    let site = Site::of(4);
    let copy = backed_up(&site);
    fs::create_dir(site.home.guard()).unwrap();
    fs::write(site.home.guard().join("signer.guard"), [7; 100]).unwrap();
    let done = restore(&site.home, &copy, &Restore { replace: true, above: None }).unwrap();
    assert_eq!(done.guarded, None);
    assert!(!site.home.guard().join("signer.guard").exists());
    assert!(site.home.guard().join("signer.guard.damaged-0").exists());
}

/// Copies a backup so that it can be damaged.
fn twin(copy: &Path, name: &str) -> PathBuf {
    let to = copy.with_file_name(name);
    fs::create_dir_all(to.join(DATA)).unwrap();
    for folder in ["", DATA] {
        for entry in fs::read_dir(copy.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    to
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let site = Site::of(3);
    let copy = backed_up(&site);
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 7] = [
        ("flip", |copy| {
            let file = fs::read_dir(copy.join(DATA)).unwrap().map(|entry| entry.unwrap().path());
            let file = file.into_iter().find(|path| path.extension().is_some_and(|found| found == "sst")).unwrap();
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&file, bytes).unwrap();
        }),
        ("missing", |copy| fs::remove_file(copy.join(DATA).join("CURRENT")).unwrap()),
        ("besides", |copy| fs::write(copy.join(DATA).join("999999.sst"), "x").unwrap()),
        ("folder", |copy| fs::create_dir(copy.join(DATA).join("folder")).unwrap()),
        ("link", |copy| {
            let file = copy.join(DATA).join("CURRENT");
            fs::rename(&file, copy.join("CURRENT")).unwrap();
            std::os::unix::fs::symlink(copy.join("CURRENT"), file).unwrap();
        }),
        ("manifest", |copy| {
            let text = fs::read_to_string(copy.join(MANIFEST)).unwrap();
            fs::write(copy.join(MANIFEST), text.replace("\"height\": 3", "\"height\": 4")).unwrap();
        }),
        ("genesis", |copy| fs::write(copy.join("genesis.cbor"), codec::encode(&genesis_named("other"))).unwrap()),
    ];
    for (name, damage) in damages {
        let copy = twin(&copy, name);
        damage(&copy);
        let error = restore(&site.home, &copy, &Restore { replace: true, above: None }).unwrap_err();
        assert_eq!(error.code(), EXIT_DAMAGED, "{name}: {error}");
        assert!(!site.home.guard().exists(), "{name}");
        assert_eq!(site.height(), 3, "{name}");
    }
}

#[test]
fn a_backup_of_another_chain_is_refused() {
    let site = Site::of(2);
    let copy = backed_up(&site);
    let other = Site::new();
    fs::write(other.home.genesis_file(), codec::encode(&genesis_named("other"))).unwrap();
    let error = restore(&other.home, &copy, &Restore::default()).unwrap_err();
    assert_eq!(error.code(), EXIT_DAMAGED, "{error}");
    assert!(!other.home.data().exists());
}

#[test]
fn a_running_node_makes_the_backup_itself() {
    let mut site = Site::of(5);
    let store = Arc::new(site.open());
    let to = site.home.root().with_file_name("live");
    let silent = backup(&site.home, &to).unwrap_err();
    assert_eq!(silent.code(), EXIT_NETWORK, "{silent}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let guard = runtime.enter();
    let control = Control::listen(site.home.clone(), store.clone(), site.chain.genesis.clone()).unwrap();
    drop(guard);
    let task = runtime.spawn(control.run());
    let manifest = backup(&site.home, &to).unwrap();
    assert_eq!(manifest.height, 5);
    assert!(fs::read_dir(site.home.backups()).unwrap().next().is_none(), "it was moved to where it was wanted");
    for name in ["../x", "", "A", "a b", &"a".repeat(65), &"a".repeat(9000)] {
        let answer = crate::admin::control::ask_backup(&site.home, name).unwrap_err();
        assert!(matches!(answer, AdminError::Node(_)), "{name}: {answer}");
    }
    let (first, again) = ["first", "first"].map(|name| crate::admin::control::ask_backup(&site.home, name)).into();
    assert!(first.is_ok() && matches!(again, Err(AdminError::Node(_))), "{again:?}");
    task.abort();
    runtime.shutdown_background();
    drop(store);
    let other = Site::new();
    restore(&other.home, &to, &Restore::default()).unwrap();
    site.chain.blocks.truncate(5);
    assert_eq!(other.height(), 5);
}
