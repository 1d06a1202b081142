//! Golden bundles with one byte changed, and the verdict that each has to get.

use super::VectorFile;
use super::golden::{Golden, verdict};
use ledger::crypto::Hash;
use ledger::trust::TrustFile;
use serde_json::{Value, json};

/// Changes of each bundle.
const EACH: u64 = 60;

/// The file of mutants: which byte of which bundle is changed by which bits, and the verdict.
#[must_use]
pub fn file(bundles: &[Golden], trusts: &[(&'static str, TrustFile)]) -> VectorFile {
    let mut list: Vec<Value> = Vec::new();
    for golden in bundles {
        let Some(check) = golden.checks.first() else { continue };
        let trust = &trusts.iter().find(|(name, _)| *name == check.trust).expect("a trust file of the set").1;
        let encoded = golden.bundle.encode();
        for number in 0..EACH {
            let dice = Hash::sha256(format!("{} {number}", golden.name).as_bytes()).0;
            let at = usize::from(u16::from_be_bytes([dice[0], dice[1]])) % encoded.len();
            let flip = 1u8 << (dice[2] % 8);
            let mut changed = encoded.clone();
            changed[at] ^= flip;
            list.push(json!({ "bundle": golden.name, "trust": check.trust, "at": at, "xor": flip, "verdict": verdict(&changed, trust) }));
        }
    }
    VectorFile::json("mutants.json", &Value::from(list))
}
