//! The sample consortium founds a chain, and the sample in the repository is the one that is founded.

use std::collections::BTreeSet;

use ledger::genesis::Genesis;
use ledger::record::ItemKind;
use ledger::trust::TrustFile;
use ledger::types::TimeMs;

use super::found::found;
use super::layout::{Layout, peer_id};
use super::plan::Plan;
use super::sample::{Choice, render};
use crate::error::CliError;
use crate::keys::{KeyRing, Passphrase};

const NOW: TimeMs = TimeMs(1_795_000_000_000);

fn plan(nodes: u8) -> Plan {
    Plan::parse(&render(&Choice { nodes, ..Choice::default() })).expect("the sample parses")
}

/// Run with `YINXIN_BLESS=1` to write the sample anew after a change of its template.
#[test]
fn the_sample_in_the_repository_is_the_one_that_is_founded() {
    let path = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../network.toml");
    let sample = render(&Choice::default());
    if std::env::var_os("YINXIN_BLESS").is_some() {
        std::fs::write(&path, &sample).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("network.toml is in the root"), sample);
}

#[test]
fn the_catalogue_holds_what_the_offices_promised() {
    let plan = plan(4);
    let notarial: Vec<_> = plan.items.iter().filter(|item| item.kind == "notarial").collect();
    let zero_visit: Vec<_> = notarial.iter().filter(|item| !item.in_person).collect();
    assert_eq!(zero_visit.len(), 20, "kinds without a visit");
    assert_eq!(zero_visit.iter().filter(|item| item.promised_minutes == Some(60)).count(), 13, "kinds in 60 minutes");
    assert!(notarial.iter().filter(|item| item.in_person).all(|item| item.promised_minutes.is_none()));
    assert_eq!(notarial.len(), 30);
}

#[test]
fn each_choice_of_nodes_founds_a_chain() {
    for (nodes, faulty) in [(4, "1 may fail"), (5, "1 may fail"), (7, "2 may fail")] {
        let text = render(&Choice { nodes, ..Choice::default() });
        assert!(text.contains(faulty), "{nodes}");
        let founded = found(&plan(nodes), NOW).expect("founds");
        assert_eq!(founded.genesis.validators.len(), usize::from(nodes));
        assert_eq!(founded.genesis.departments.len(), 7);
        let addresses: BTreeSet<_> = founded.nodes.iter().map(|node| node.place.address).collect();
        assert_eq!(addresses.len(), usize::from(nodes), "an address a node");
    }
}

#[test]
fn every_role_of_a_power_is_held_by_a_department_that_exercises_the_item() {
    let founded = found(&plan(4), NOW).expect("founds");
    let departments = &founded.genesis.departments;
    for item in &founded.genesis.items {
        for power in &item.powers {
            let held = departments.iter().any(|department| item.permits(department, power.act.as_str()));
            assert!(held, "{} {}", item.code, power.act);
        }
        assert_eq!(item.kind == ItemKind::Notarial, item.number_class.is_some(), "{}", item.code);
    }
}

#[test]
fn two_foundings_share_no_key_and_no_chain() {
    let one = found(&plan(4), NOW).expect("founds").genesis;
    let two = found(&plan(4), NOW).expect("founds").genesis;
    assert_ne!(one.hash(), two.hash());
    let ids = |genesis: &Genesis| genesis.keys.iter().map(|key| key.key.id()).collect::<BTreeSet<_>>();
    assert!(ids(&one).is_disjoint(&ids(&two)));
}

#[test]
fn what_is_written_is_read_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let layout = Layout::at(directory.path().join("demo"));
    layout.claim().expect("empty");
    let founded = found(&plan(4), NOW).expect("founds");
    layout.write(&founded, &render(&Choice::default())).expect("written");
    let passphrase = Passphrase::new("correct horse".to_owned());
    layout.write_keys(&founded, &passphrase, 1).expect("written");

    let read = |path: &str| std::fs::read(layout.root().join(path)).expect(path);
    let genesis = Genesis::decode(&read("genesis.cbor")).expect("canonical");
    assert_eq!(genesis, founded.genesis);
    let trust = TrustFile::decode(&read("trust.yinxin-trust")).expect("canonical");
    assert_eq!(trust.genesis, genesis.hash());
    assert_eq!(read("nodes/court/genesis.cbor"), read("genesis.cbor"));

    let (again, text) = Plan::read(&layout.network()).expect("still a plan");
    assert_eq!(again.nodes().count(), 4);
    assert!(text.contains(trust.chain.as_str()));

    let ring = KeyRing::at(layout.root().join("keys"));
    assert_eq!(ring.list(None).expect("lists").len(), founded.keys.len());
    let name = "notary/chen".parse().expect("a name");
    let secret = ring.secret(&name, &passphrase).expect("opens");
    assert!(genesis.keys.iter().any(|key| key.key == secret.public()));
    assert!(matches!(layout.claim(), Err(CliError::NotEmpty { .. })));
}

#[test]
fn seeds_of_nodes_are_closed_to_others_and_belong_to_the_validators() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let layout = Layout::at(directory.path().to_owned());
    let founded = found(&plan(4), NOW).expect("founds");
    layout.write(&founded, "").expect("written");
    for node in &founded.nodes {
        for (file, key) in [("consensus.key", &node.consensus), ("p2p.key", &node.network)] {
            let path = layout.node(&node.department).join(file);
            assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
            let text = std::fs::read_to_string(&path).expect("readable");
            assert_eq!(text.trim(), hex::encode(key.seed()));
        }
    }
}

#[test]
fn a_misspelt_key_is_refused_with_its_line() {
    let text = render(&Choice::default()).replace("pace_ms", "pace_sm");
    let reason = Plan::parse(&text).expect_err("unknown key");
    assert!(reason.to_string().contains("pace_sm"), "{reason}");
    let text = render(&Choice::default()).replace("exercising = [\"police\"]", "exercising = [\"nobody\"]");
    assert!(found(&Plan::parse(&text).expect("parses"), NOW).is_err());
}

#[test]
fn peer_ids_are_those_of_libp2p() {
    // From the libp2p specification of peer ids: an Ed25519 key and its id.
    let key = ledger::crypto::SecretKey::from_seed(&[0; 32]).public();
    let id = peer_id(&key);
    assert!(id.starts_with("12D3KooW"), "{id}");
    assert_eq!(id.len(), 52);
}
