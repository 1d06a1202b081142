//! Golden files of version 2 of the trust file: it knows since when each set decides.
//!
//! Bundles from before a change verify under a trust file from after it, and a set certifies no height before its time.

use super::golden::{Check, Golden, expectation, signed_at, trust_files, verdict};
use super::story::Story;
use super::{VectorFile, hexed};
use crate::sample::validator_set;
use crate::story::{certified_by, consensus_keys};
use ledger::bundle::Bundle;
use ledger::codec::encode;
use ledger::crypto::Hash;
use ledger::light;
use ledger::trust::TrustFile;
use serde_json::{Value, json};

const TRUST: &str = "v4-history";
const THREE: [&str; 3] = ["justice", "notary", "police"];

/// The trust file of somebody who has verified the first header and, after two changes of validators, a later one.
#[must_use]
pub fn trust(story: &Story, bundles: &[Golden]) -> TrustFile {
    let genesis = story.chain.trust();
    let first = Bundle::of_head(signed_at(story, 1).clone());
    let start = light::verify(&first, &genesis).expect("the first header verifies").ratchet(&genesis);
    let changes = bundles.iter().find(|golden| golden.name == "v4-handovers").expect("a golden bundle");
    light::verify(&changes.bundle, &start).expect("the handovers verify").ratchet(&start)
}

/// A head at a height that four decided, as if three had: signed by their keys.
fn before_its_time(story: &Story) -> Bundle {
    let three = validator_set(&THREE);
    let mut header = signed_at(story, story.height("governance")).header.clone();
    (header.validators, header.next_validators) = (three.hash(), three.hash());
    header.state_root = Hash::sha256(b"whatever three departments like");
    Bundle::of_head(certified_by(&story.chain, &header, &three, &consensus_keys(&THREE)))
}

/// The files.
#[must_use]
pub fn files(story: &Story, bundles: &[Golden]) -> Vec<VectorFile> {
    let history = trust(story, bundles);
    let mut expected = Vec::new();
    for golden in bundles {
        let Some(known) = golden.checks.iter().find(|check| check.document.is_none() && check.exit != 3) else {
            continue;
        };
        let encoded = golden.bundle.encode();
        let check = Check { trust: TRUST, document: None, exit: known.exit };
        expected.push(expectation(golden, &check, verdict(&encoded, &history), &encoded));
    }
    let forged = Golden {
        name: "v4-before-its-time",
        shows: "a head signed by a set before it was in force; version 1 of the trust file cannot know that",
        bundle: before_its_time(story),
        checks: vec![
            // Forged, and yet nobody can tell: a file that was not shown a handover does not know of a set between.
            Check { trust: TRUST, document: None, exit: 3 },
            Check { trust: "v4-checkpoint-three", document: None, exit: 3 },
        ],
    };
    let encoded = forged.bundle.encode();
    let known = trust_files(story);
    for check in &forged.checks {
        let found = known.iter().find(|(name, _)| *name == check.trust).map_or(&history, |(_, trust)| trust);
        expected.push(expectation(&forged, check, verdict(&encoded, found), &encoded));
    }
    vec![
        VectorFile::new(&format!("golden/{TRUST}.yinxin-trust"), encode(&history)),
        VectorFile::new(&format!("golden/{}.yinxin", forged.name), encoded),
        VectorFile::json("golden/v4-history-expected.json", &Value::from(expected)),
    ]
}

/// The vector of the trust file.
pub(super) fn shown(story: &Story) -> Value {
    let history = trust(story, &super::golden::bundles(story));
    json!({ "encoded": hexed(encode(&history)), "view": super::formats::view(ledger::codec::Cbor::view(&history)) })
}
