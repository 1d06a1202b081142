//! Keys go into files and come out again, and only with their passphrase.

use ledger::crypto::SecretKey;
use ledger::record::Purpose;

use super::*;
use crate::error::CliError;

const FAST: u8 = 2;

fn card(key: &SecretKey) -> KeyCard {
    KeyCard {
        public: key.public(),
        purpose: Purpose::Officer,
        department: "notary".parse().expect("slug"),
        unit: Some("first-office".parse().expect("slug")),
        officer: Some(ledger::types::OfficerId([7; 16])),
        titles: vec!["notary".parse().expect("slug")],
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

#[test]
fn a_key_comes_back_with_its_passphrase_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let ring = KeyRing::at(directory.path().join("keys"));
    let name: KeyName = "notary/chen".parse().expect("a name");
    let key = SecretKey::from_seed(&[5; 32]);
    ring.add(&name, &key, &card(&key), &passphrase("correct horse"), FAST).expect("added");

    let back = ring.secret(&name, &passphrase("correct horse")).expect("opens");
    assert_eq!(back.public(), key.public());
    assert!(matches!(ring.secret(&name, &passphrase("wrong")), Err(CliError::PassphraseWrong { .. })));
    assert!(matches!(ring.add(&name, &key, &card(&key), &passphrase("x"), FAST), Err(CliError::KeyExists { .. })));
    assert_eq!(ring.list(None).expect("lists"), vec![(name.clone(), card(&key))]);
    assert_eq!(ring.id_of("notary/chen").expect("found"), key.public().id());
    assert_eq!(ring.id_of(&key.public().id().to_string()).expect("an id"), key.public().id());
}

#[test]
fn secrets_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let ring = KeyRing::at(directory.path().join("keys"));
    let key = SecretKey::from_seed(&[5; 32]);
    let name: KeyName = "notary/chen".parse().expect("a name");
    ring.add(&name, &key, &card(&key), &passphrase("correct horse"), FAST).expect("added");
    let mode = |path: &str| directory.path().join(path).metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode("keys/notary/chen.key.age"), 0o600);
    assert_eq!(mode("keys/notary"), 0o700);
    let text = std::fs::read_to_string(directory.path().join("keys/notary/chen.key.age")).expect("readable");
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    assert!(!text.contains(&hex::encode(key.seed())));
}

#[test]
fn names_cannot_lead_out_of_the_ring() {
    for bad in ["chen", "../etc/x", "notary/../x", "notary/a.b", "Notary/chen", "notary/", "/x", "notary/a/b"] {
        assert!(bad.parse::<KeyName>().is_err(), "{bad}");
    }
}

#[test]
fn a_card_round_trips_and_its_id_must_fit() {
    let card = card(&SecretKey::from_seed(&[5; 32]));
    let text = card.to_toml();
    assert_eq!(KeyCard::from_toml(&text).as_ref(), Ok(&card));
    let other = super::tests::card(&SecretKey::from_seed(&[6; 32]));
    let forged = text.replace(&card.id().to_string(), &other.id().to_string());
    assert!(KeyCard::from_toml(&forged).is_err());
    assert!(KeyCard::from_toml(&format!("{text}extra = 1\n")).is_err());
}

#[test]
fn a_swapped_secret_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let ring = KeyRing::at(directory.path().to_owned());
    for (name, seed) in [("notary/one", 1), ("notary/two", 2)] {
        let key = SecretKey::from_seed(&[seed; 32]);
        ring.add(&name.parse().expect("a name"), &key, &card(&key), &passphrase("pass phrase"), FAST).expect("added");
    }
    let path = |name: &str| directory.path().join("notary").join(name);
    std::fs::copy(path("one.key.age"), path("two.key.age")).expect("copied");
    let opened = ring.secret(&"notary/two".parse().expect("a name"), &passphrase("pass phrase"));
    assert!(matches!(opened, Err(CliError::FileFormat { .. })));
}

/// What people are asked for while keys open, and the passphrases they answer with.
fn unlocked(given: &[&str], answers: &[(&str, &str)]) -> (Vec<String>, Result<usize, CliError>) {
    let directory = tempfile::tempdir().expect("a directory");
    let ring = KeyRing::at(directory.path().to_owned());
    let names: Vec<KeyName> =
        ["notary/chen", "notary/zhao", "court/zhou"].map(|name| name.parse().expect("a name")).into();
    for (seed, (name, text)) in (1..).zip(names.iter().zip(["of chen", "of zhao", "of chen"])) {
        let key = SecretKey::from_seed(&[seed; 32]);
        ring.add(name, &key, &card(&key), &passphrase(text), FAST).expect("added");
    }
    let mut asked = Vec::new();
    let opened = unlock(&ring, &names, given.iter().map(|text| passphrase(text)).collect(), &mut |prompt| {
        let said = match prompt {
            Prompt::First(names) => format!("first of {}: {}", names.len(), names[0]),
            Prompt::Own(name) => format!("own: {name}"),
        };
        let found = answers.iter().find(|(of, _)| said.contains(of)).map(|(_, text)| passphrase(text));
        asked.push(said);
        found.ok_or(CliError::PassphraseMissing)
    });
    (asked, opened.map(|keys| keys.len()))
}

#[test]
fn each_key_may_have_a_passphrase_of_its_own() {
    let wrong = |result, of: &str| matches!(result, Err(CliError::PassphraseWrong { name }) if name == of);
    let (asked, opened) = unlocked(&[], &[("notary/chen", "of chen"), ("notary/zhao", "of zhao")]);
    assert_eq!(asked, ["first of 3: notary/chen", "own: notary/zhao"]);
    assert!(matches!(opened, Ok(3)));
    let (asked, opened) = unlocked(&["of chen"], &[("notary/zhao", "of zhao")]);
    assert_eq!(asked, ["own: notary/zhao"]);
    assert!(matches!(opened, Ok(3)));
    let (asked, opened) = unlocked(&["of chen", "of zhao", "of chen"], &[]);
    assert!(asked.is_empty() && matches!(opened, Ok(3)), "{asked:?}");
    // Nobody to ask, and a second wrong one: the key that stays closed is named.
    assert!(wrong(unlocked(&["of chen"], &[]).1, "notary/zhao"));
    assert!(wrong(unlocked(&["of chen"], &[("notary/zhao", "of chen")]).1, "notary/zhao"));
    assert!(matches!(unlocked(&[], &[]).1, Err(CliError::PassphraseMissing)));
}
