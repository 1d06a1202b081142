//! The vectors in the repository are those of the code as it is, and every golden bundle verifies.

use ledger::bundle::Bundle;
use ledger::codec;
use ledger::light::{self, LightError};
use ledger::statement::SignedStatement;
use ledger::trust::TrustFile;
use serde_json::Value;
use std::path::PathBuf;
use yinxin_tests::root;
use yinxin_tests::vectors::{all, settle};

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/vectors/golden").join(name)).unwrap()
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(root().join("tests/vectors").join(name)).unwrap()).unwrap()
}

#[test]
fn vectors_are_those_of_the_code() {
    let different = settle(&all().unwrap()).unwrap();
    assert!(
        different.is_empty(),
        "a format has changed: {different:?}\nIf it was meant to, run this test once with YINXIN_REGENERATE_VECTORS=1; \
         after a release make new files beside the golden ones, never in their place."
    );
}

#[test]
fn golden_bundles_of_every_release_verify() {
    let mut expectations: Vec<PathBuf> = std::fs::read_dir(root().join("tests/vectors/golden"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with("-expected.json"))
        .collect();
    expectations.sort();
    assert!(!expectations.is_empty());
    for path in expectations {
        let checks: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        checks.iter().for_each(golden_bundle);
    }
}

fn golden_bundle(check: &Value) {
    let name = check["bundle"].as_str().unwrap();
    let bytes = golden(name);
    let bundle = Bundle::decode(&bytes).unwrap();
    assert_eq!(bundle.encode(), bytes, "{name}");
    let trust = TrustFile::decode(&golden(check["trust"].as_str().unwrap())).unwrap();
    let verdict = match light::verify(&bundle, &trust) {
        Ok(verified) => {
            assert_eq!(verified.header().height.0, check["height"].as_u64().unwrap(), "{name}");
            let entries: Vec<(&str, bool)> = verified.entries().map(|(path, value)| (path, value.is_some())).collect();
            let expected = check["entries"].as_array().unwrap();
            let expected: Vec<(&str, bool)> = expected
                .iter()
                .map(|entry| (entry["path"].as_str().unwrap(), entry["present"].as_bool().unwrap()))
                .collect();
            assert_eq!(entries, expected, "{name}");
            "verified"
        }
        Err(LightError::Invalid(_)) => "invalid",
        Err(LightError::CannotTell(_)) => "cannot-tell",
    };
    assert_eq!(verdict, check["verdict"].as_str().unwrap(), "{name} under {}", check["trust"]);
}

#[test]
fn statements_of_the_vectors_decode_to_their_ids() {
    let file = json("statements.json");
    for vector in file["statements"].as_array().unwrap() {
        let encoded = hex::decode(vector["encoded"].as_str().unwrap()).unwrap();
        let statement = SignedStatement::decode(&encoded).unwrap();
        assert_eq!(statement.id().to_string(), vector["id"].as_str().unwrap(), "{}", vector["name"]);
    }
    for vector in file["refused"].as_array().unwrap() {
        let encoded = hex::decode(vector["encoded"].as_str().unwrap()).unwrap();
        assert!(SignedStatement::decode(&encoded).is_err(), "{}", vector["what"]);
    }
}

#[test]
fn every_kind_of_action_has_a_vector() {
    let file = json("statements.json");
    let words: std::collections::BTreeSet<&str> =
        file["statements"].as_array().unwrap().iter().map(|vector| vector["action"].as_str().unwrap()).collect();
    assert_eq!(words.len(), 22, "an action without a vector: {words:?}");
}

#[test]
fn trust_files_of_the_vectors_have_one_form() {
    let file = json("trust.json");
    for name in ["genesis", "checkpoint", "history"] {
        let bytes = hex::decode(file[name]["encoded"].as_str().unwrap()).unwrap();
        assert_eq!(codec::encode(&TrustFile::decode(&bytes).unwrap()), bytes);
    }
}
