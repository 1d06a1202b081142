//! fsck and doctor.

use super::Site;
use crate::admin::{
    EXIT_CONFLICT, EXIT_DAMAGED, EXIT_DISK_FULL, Verdict, doctor, export, fsck, measure_disk, measure_engine,
};
use crate::service::Service;
use crate::storage::damage;
use ledger::codec;
use ledger::export::Decided;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_sound_store_follows_from_its_blocks() {
    let site = Site::of(20);
    let left = site.home.root().join("fsck-aB3dE6");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("000001.sst"), "of a run that was broken off").unwrap();
    let mut seen = 0;
    let audit = fsck(&site.home, |height, last| {
        seen += 1;
        assert_eq!((height, last), (seen, 20));
    })
    .unwrap();
    assert_eq!(audit.blocks, 20);
    assert_eq!(audit.statements, site.chain.blocks.iter().map(|block| block.statements.len() as u64).sum::<u64>());
    let left: Vec<_> = fs::read_dir(site.home.root())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("fsck"))
        .collect();
    assert!(left.is_empty());
    assert_eq!(site.height(), 20);
}

#[test]
fn an_export_holds_genesis_and_every_block() {
    let site = Site::of(5);
    let file = site.home.root().join("blocks");
    assert_eq!(export(&site.home, &file).unwrap(), 5);
    let mut expected = codec::encode(&site.chain.genesis);
    for (block, signed) in site.chain.blocks.iter().zip(&site.chain.signed) {
        let (block, certificate) = (block.clone(), signed.certificate.clone());
        expected.extend(codec::encode(&Decided { block, certificate, misconduct: Vec::new() }));
    }
    assert_eq!(fs::read(&file).unwrap(), expected);
    assert_eq!(export(&site.home, &file).unwrap_err().code(), EXIT_CONFLICT, "the file is there");
}

#[test]
fn a_pruned_store_follows_from_its_blocks() {
    let site = Site::of(12);
    let config = fs::read_to_string(site.home.root().join("node.toml")).unwrap();
    fs::write(site.home.root().join("node.toml"), format!("{config}versions_kept = 4\n")).unwrap();
    let options = site.home.config().unwrap().storage.options();
    let store = crate::storage::Store::open_with(&site.home.data(), &site.chain.genesis, options).unwrap();
    assert!(store.prune().unwrap().rows > 0);
    drop(store);
    fsck(&site.home, |_, _| ()).unwrap();
}

#[test]
fn what_does_not_follow_is_found() {
    for (what, harm) in damage::all() {
        let site = Site::of(8);
        harm(&site.open());
        let error = fsck(&site.home, |_, _| ()).unwrap_err();
        assert_eq!(error.code(), EXIT_DAMAGED, "{what}: {error}");
    }
}

#[test]
fn a_store_in_use_is_left_alone() {
    let site = Site::of(1);
    let _store = site.open();
    assert_eq!(fsck(&site.home, |_, _| ()).unwrap_err().code(), EXIT_CONFLICT);
}

#[test]
fn a_node_does_not_start_on_a_full_disk() {
    let site = Site::of(1);
    let mut config = site.home.config().unwrap();
    // No disk has 101 % free.
    config.storage.disk_free_percent_min = 101;
    let refused = Service::open(site.home.clone(), config).err().unwrap();
    assert_eq!(refused.code(), EXIT_DISK_FULL, "{refused}");
    drop(site.open());
}

#[test]
fn a_measurement_leaves_the_disk_as_it_was() {
    let directory = tempfile::TempDir::new().unwrap();
    let at = directory.path().join("measure");
    assert!(measure_disk(&at).unwrap() > 0.0);
    assert!(!at.exists());
    fs::create_dir(&at).unwrap();
    fs::write(at.join("letter"), "not ours").unwrap();
    let refused = [measure_disk(&at).unwrap_err(), measure_engine(&at).unwrap_err()];
    assert!(refused.iter().all(|error| error.code() == EXIT_CONFLICT), "{refused:?}");
    assert!(at.join("letter").exists());
}

fn worst(site: &Site) -> (Verdict, String) {
    let findings = doctor(&site.home);
    let worst = findings.iter().max_by_key(|finding| finding.verdict).unwrap();
    assert!(worst.verdict == Verdict::Good || worst.advice.is_some());
    (worst.verdict, worst.sentence.clone())
}

#[test]
fn doctor_finds_a_sound_home_in_order() {
    assert_eq!(worst(&Site::new()).0, Verdict::Good);
    let site = Site::of(2);
    crate::consensus::SignerGuard::open(
        &site.home.guard(),
        site.home.consensus_key().unwrap().public().id(),
        site.chain.genesis.hash(),
    )
    .unwrap();
    assert_eq!(worst(&site).0, Verdict::Good);
    let _store = site.open();
    assert_eq!(worst(&site).0, Verdict::Good);
}

#[test]
fn doctor_names_what_is_wrong() {
    type Harm = fn(&Site);
    let harms: [(&str, Verdict, Harm); 7] = [
        ("can be used by others", Verdict::Bad, |site| {
            fs::set_permissions(site.home.consensus_key_file(), fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("does not hold a key", Verdict::Bad, |site| fs::write(site.home.p2p_key_file(), "no key").unwrap()),
        ("same key", Verdict::Bad, |site| {
            fs::copy(site.home.consensus_key_file(), site.home.p2p_key_file()).unwrap();
        }),
        ("unknown field", Verdict::Bad, |site| {
            let path = site.home.root().join("node.toml");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("colour = 1\n{text}")).unwrap();
        }),
        ("genesis.cbor", Verdict::Bad, |site| fs::write(site.home.genesis_file(), [0xa0]).unwrap()),
        ("is that of court", Verdict::Bad, |site| {
            fs::write(site.home.consensus_key_file(), hex::encode(super::key("court-consensus").seed())).unwrap();
        }),
        ("no signer guard", Verdict::Weak, |_| ()),
    ];
    for (words, verdict, harm) in harms {
        let site = Site::of(1);
        harm(&site);
        let (found, sentence) = worst(&site);
        assert_eq!(found, verdict, "{words}: {sentence}");
        assert!(doctor(&site.home).iter().any(|finding| finding.sentence.contains(words)), "{words}: {sentence}");
    }
}

#[test]
fn doctor_leaves_a_damaged_guard_for_the_node_to_find() {
    let site = Site::of(2);
    fs::create_dir(site.home.guard()).unwrap();
    let file = site.home.guard().join("signer.guard");
    fs::write(&file, [7; 100]).unwrap();
    let (verdict, sentence) = worst(&site);
    assert!(verdict == Verdict::Weak && sentence.contains("damaged"), "{sentence}");
    assert_eq!(fs::read(&file).unwrap(), [7; 100]);
    assert_eq!(fs::read_dir(site.home.guard()).unwrap().count(), 1);
}
