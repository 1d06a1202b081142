#![allow(clippy::unwrap_used, reason = "tests")]

use super::slot::FILE_BYTES;
use super::*;
use std::process::Command;

use tempfile::TempDir;

const GENESIS: Hash = Hash([7; 32]);

fn key() -> SecretKey {
    SecretKey::from_seed(&[3; 32])
}

fn open(directory: &TempDir) -> SignerGuard {
    SignerGuard::open(directory.path(), key().public().id(), GENESIS).unwrap()
}

fn request(height: u64, round: u32, step: Step, value: u8) -> Request {
    let bytes = format!("{height}/{round}/{step}/{value}").into_bytes();
    let value = (value > 0).then_some(Hash([value; 32]));
    Request { height: Height(height), round: Round(round), step, value, bytes }
}

fn refused(result: Result<Signature, GuardError>) -> Refusal {
    match result {
        Err(GuardError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn the_same_bytes_get_the_same_signature_across_restarts() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    assert_eq!(guard.found(), Found::Fresh);
    let first = guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    drop(guard);
    let mut guard = open(&directory);
    assert_eq!(guard.found(), Found::Kept);
    assert_eq!(guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap(), first);
    assert_eq!(guard.entries().len(), 1);
    assert!(key().public().verify(&request(5, 0, Step::Prevote, 1).bytes, &first).is_ok());
}

#[test]
fn a_copied_guard_is_refused_until_its_place_is_forgotten() {
    let (directory, copied) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    open(&directory).sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    for file in ["signer.guard", "place"] {
        fs::copy(directory.path().join(file), copied.path().join(file)).unwrap();
    }
    let id = key().public().id();
    assert!(matches!(SignerGuard::open(copied.path(), id, GENESIS), Err(GuardError::Copied { .. })));
    fs::remove_file(copied.path().join("place")).unwrap();
    assert_eq!((open(&copied).height(), open(&directory).height()), (Height(5), Height(5)));
    let lost = directory.path().join("signer.guard");
    fs::write(&lost, [0; 64]).unwrap();
    assert_eq!(open(&directory).found(), Found::Lost, "a damaged guard is one of this place all the same");
    assert_eq!(open(&directory).found(), Found::Kept);
}

#[test]
fn another_value_or_a_lower_step_is_refused() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    guard.sign(&request(5, 1, Step::Prevote, 1), &key()).unwrap();
    guard.sign(&request(5, 1, Step::Precommit, 1), &key()).unwrap();
    let refusals = [
        (request(5, 1, Step::Prevote, 2), "conflict"),
        (request(5, 1, Step::Precommit, 0), "conflict"),
        (request(5, 1, Step::Propose, 1), "lower"),
        (request(5, 0, Step::Precommit, 1), "lower"),
        (request(4, 9, Step::Precommit, 1), "lower"),
    ];
    for (request, kind) in refusals {
        let refusal = refused(guard.sign(&request, &key()));
        assert_eq!(matches!(refusal, Refusal::Conflict { .. }), kind == "conflict", "{refusal}");
        assert_eq!(matches!(refusal, Refusal::Lower { .. }), kind == "lower", "{refusal}");
    }
    guard.sign(&request(5, 2, Step::Propose, 3), &key()).unwrap();
    guard.sign(&request(6, 0, Step::Prevote, 0), &key()).unwrap();
    assert!(matches!(refused(guard.sign(&request(5, 2, Step::Propose, 3), &key())), Refusal::Lower { .. }));
}

#[test]
fn a_closed_height_gets_no_signature_and_never_opens_again() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    guard.advance_to(Height(9)).unwrap();
    guard.advance_to(Height(2)).unwrap();
    drop(guard);
    let mut guard = open(&directory);
    assert_eq!((guard.height(), guard.is_closed()), (Height(9), true));
    assert!(matches!(refused(guard.sign(&request(9, 0, Step::Prevote, 1), &key())), Refusal::Closed { .. }));
    assert!(matches!(refused(guard.sign(&request(5, 0, Step::Prevote, 1), &key())), Refusal::Lower { .. }));
    guard.sign(&request(10, 0, Step::Prevote, 1), &key()).unwrap();
    assert!(!guard.is_closed());
}

#[test]
fn all_that_the_log_lacks_must_come_again_before_a_new_step() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    guard.sign(&request(5, 0, Step::Precommit, 1), &key()).unwrap();
    guard.expect_again([(Round(0), Step::Prevote), (Round(0), Step::Precommit)]);
    assert!(matches!(refused(guard.sign(&request(5, 1, Step::Prevote, 2), &key())), Refusal::LeftOut { .. }));
    guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    assert!(matches!(refused(guard.sign(&request(5, 1, Step::Prevote, 2), &key())), Refusal::LeftOut { .. }));
    guard.sign(&request(5, 0, Step::Precommit, 1), &key()).unwrap();
    guard.sign(&request(5, 1, Step::Prevote, 2), &key()).unwrap();
}

#[test]
fn only_one_process_holds_it_and_only_for_its_own_key() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    let id = key().public().id();
    assert!(matches!(SignerGuard::open(directory.path(), id, GENESIS), Err(GuardError::Locked { .. })));
    guard.retire();
    assert!(matches!(guard.sign(&request(5, 0, Step::Prevote, 1), &key()), Err(GuardError::OutOfUse)));
    assert!(guard.advance_to(Height(7)).is_err());
    let other = SecretKey::from_seed(&[4; 32]).public().id();
    assert!(matches!(SignerGuard::open(directory.path(), other, GENESIS), Err(GuardError::OtherOwner { .. })));
    let chain = Hash([8; 32]);
    assert!(matches!(SignerGuard::open(directory.path(), id, chain), Err(GuardError::OtherOwner { .. })));
    open(&directory);
}

#[test]
fn old_entries_go_and_stay_refused() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    for round in 0..slot::ENTRIES_MAX as u32 + 3 {
        guard.sign(&request(5, round, Step::Prevote, 1), &key()).unwrap();
    }
    assert_eq!(guard.entries().len(), slot::ENTRIES_MAX);
    assert!(matches!(refused(guard.sign(&request(5, 0, Step::Prevote, 1), &key())), Refusal::Lower { .. }));
    drop(guard);
    assert_eq!(open(&directory).entries().len(), slot::ENTRIES_MAX);
}

/// A record with the two signatures of a decided height, and its file.
fn sample() -> (Record, Vec<u8>) {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    guard.sign(&request(5, 0, Step::Precommit, 1), &key()).unwrap();
    (guard.record.clone(), fs::read(directory.path().join(FILE)).unwrap())
}

#[test]
fn every_flipped_bit_of_the_file_loses_nothing() {
    let (record, mut file) = sample();
    assert_eq!(slot::read(&file), Sound::Both(record.clone()));
    for bit in 0..file.len() * 8 {
        file[bit / 8] ^= 1 << (bit % 8);
        match slot::read(&file) {
            Sound::Both(found) | Sound::One(found) => assert_eq!(found, record, "bit {bit}"),
            Sound::None => panic!("bit {bit}: one flipped bit damaged both copies"),
        }
        file[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_flipped_bit_in_each_copy_is_detected() {
    let (_, mut file) = sample();
    let used = slot::encode(&sample().0).len();
    for bit in 0..used * 8 {
        file[bit / 8] ^= 1 << (bit % 8);
        file[SLOT_BYTES + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(slot::read(&file), Sound::None, "bit {bit}");
        file[bit / 8] ^= 1 << (bit % 8);
        file[SLOT_BYTES + bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_write_cut_anywhere_leaves_all_that_was_given_out() {
    let (before, file) = sample();
    let mut after = before.clone();
    after.sequence += 1;
    let entry = Entry { round: Round(1), ..before.entries[0].clone() };
    after.push(entry);
    let new = slot::encode(&after);
    // The first copy is cut at each byte: the second still has everything.
    for cut in 0..=new.len() {
        let mut torn = file.clone();
        torn[..cut].copy_from_slice(&new[..cut]);
        let (Sound::Both(found) | Sound::One(found)) = slot::read(&torn) else { panic!("cut {cut}") };
        assert!(found == before || found == after, "cut {cut}");
    }
    // The first copy is whole, the second is cut: the new one is taken, it holds all of the old.
    for cut in 0..=new.len() {
        let mut torn = file.clone();
        torn[..new.len()].copy_from_slice(&new);
        torn[SLOT_BYTES..SLOT_BYTES + cut].copy_from_slice(&new[..cut]);
        let (Sound::Both(found) | Sound::One(found)) = slot::read(&torn) else { panic!("cut {cut}") };
        assert_eq!(found, after, "cut {cut}");
    }
}

#[test]
fn damage_on_disk_is_healed_or_told() {
    let (record, file) = sample();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(FILE);
    let mut damaged = file.clone();
    damaged[40] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let guard = open(&directory);
    assert_eq!((guard.found(), guard.entries()), (Found::Healed, record.entries.as_slice()));
    drop(guard);
    assert_eq!(open(&directory).found(), Found::Kept);

    damaged[SLOT_BYTES + 40] ^= 1;
    fs::write(&path, &damaged).unwrap();
    assert_eq!(open(&directory).found(), Found::Lost);
    assert!(directory.path().join("signer.guard.damaged-0").exists());

    fs::write(&path, &file[..100]).unwrap();
    assert_eq!(open(&directory).found(), Found::Lost);
    fs::write(&path, b"").unwrap();
    assert_eq!(open(&directory).found(), Found::Lost);
    fs::write(&path, &file[..SLOT_BYTES]).unwrap();
    assert_eq!(open(&directory).found(), Found::Healed);
}

#[test]
fn a_new_file_is_not_settled_before_it_is_said_and_keeps_that_over_restarts() {
    let directory = TempDir::new().unwrap();
    let mut guard = open(&directory);
    guard.advance_to(Height(3)).unwrap();
    guard.sign(&request(5, 0, Step::Prevote, 1), &key()).unwrap();
    drop(guard);
    let mut guard = open(&directory);
    assert_eq!((guard.found(), guard.is_settled(), guard.height()), (Found::Kept, false, Height(5)));
    guard.settle().unwrap();
    guard.advance_to(Height(9)).unwrap();
    drop(guard);
    let guard = open(&directory);
    assert_eq!((guard.is_settled(), guard.height(), guard.is_closed()), (true, Height(9), true));
    drop(guard);
    std::fs::write(directory.path().join(FILE), [0; FILE_BYTES]).unwrap();
    let guard = open(&directory);
    assert_eq!((guard.found(), guard.is_settled()), (Found::Lost, false));
}

/// A signature leaves only after both copies are on disk. Nothing that a process does to itself shows that, so another
/// test of this file runs once more in a process of its own, under a library that counts and tells each sync.
#[test]
fn both_copies_are_synced_for_every_signature() {
    let directory = TempDir::new().unwrap();
    let (library, arm) = (directory.path().join("syncs.so"), directory.path().join("arm"));
    let source =
        std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../tests/preload/syncs.c");
    let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    let compiled = compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status().unwrap();
    assert!(compiled.success());
    // A number that no count reaches: the library ends nobody.
    fs::write(&arm, (1u64 << 40).to_string()).unwrap();
    let three_signatures = "consensus::guard::tests::all_that_the_log_lacks_must_come_again_before_a_new_step";
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", three_signatures]).env("LD_PRELOAD", &library).env("YINXIN_SYNC_ARM", &arm);
    let output = other.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    let told = fs::read_to_string(directory.path().join("arm.report")).unwrap();
    let synced = told.lines().filter(|line| line.contains(" fdatasync ") && line.ends_with("/signer.guard")).count();
    assert_eq!(synced, 3 * 2, "{told}");
}
