//! Shapes that the story does not reach: certificates of larger sets, every character of a text.

use super::hexed;
use crate::sample::{key, word};
use ledger::codec::encode;
use ledger::commit::{ChainContext, CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId, Signature, Suite};
use ledger::types::{Height, OfficeWord, Round, Text};
use ledger::validator::{POWER, Validator, ValidatorSet};
use serde_json::{Value, json};

/// A set of `count` validators.
fn set(count: u64) -> ValidatorSet {
    let validator = |number: u64| Validator {
        department: word(&format!("department-{number}")),
        suite: Suite::Ed25519Sha256,
        key: key(&format!("department-{number}-consensus")).public(),
        power: POWER,
    };
    ValidatorSet::new((0..count).map(validator).collect()).expect("a set of distinct keys")
}

fn precommits(set: &ValidatorSet, message: &[u8]) -> Vec<(KeyId, Signature)> {
    let secret = |validator: &Validator| key(&format!("{}-consensus", validator.department));
    set.validators().iter().map(|validator| (validator.key.id(), secret(validator).sign(message))).collect()
}

/// Certificates of sets of several sizes, with all signers or some, and the verdict on each.
pub(super) fn certificates(context: &ChainContext) -> Value {
    let (height, round, header) = (Height(1_000), Round(300), Hash::sha256(b"a header"));
    let message = vote_sign_bytes(context, height, round, VoteStep::Precommit, Some(header));
    let mut cases = Vec::new();
    let sizes = [(1, 0), (2, 1), (3, 1), (4, 1), (4, 2), (7, 2), (7, 3), (8, 2), (9, 3), (9, 2), (21, 6), (21, 7)];
    for (count, missing) in sizes {
        let set = set(count);
        let signed = precommits(&set, &message);
        // Every third is left out first, so that the bitmap has holes.
        let mut order: Vec<usize> = (0..signed.len()).collect();
        order.sort_by_key(|index| (index % 3 == 1, *index));
        order.truncate(signed.len() - missing);
        let votes: Vec<_> = order.into_iter().map(|index| signed[index]).collect();
        let certificate = CommitCertificate::build(height, round, &set, votes);
        let mut case = |what: &str, certificate: &CommitCertificate| {
            let valid = certificate.verify(context, &set, header).is_ok();
            cases.push(json!({ "what": format!("{what}, {missing} of {count} missing"), "set": hexed(encode(&set)),
                               "certificate": hexed(encode(certificate)), "valid": valid }));
        };
        case("as built", &certificate);
        let mut shifted = certificate.clone();
        shifted.signers.0.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        case("bits reversed", &shifted);
        let mut long = certificate.clone();
        long.signers.0.push(0);
        case("a byte more in the bitmap", &long);
        let mut swapped = certificate.clone();
        swapped.signatures.0.rotate_left(64);
        case("signatures turned by one", &swapped);
    }
    json!({ "header_hash": hexed(header.0), "cases": cases })
}

/// The characters that plain texts and office words take, as ranges of code points.
pub(super) fn repertoires() -> Value {
    json!({ "plain_text": ranges(|text| Text::new(text).is_ok()), "office_word": ranges(|text| OfficeWord::new(text).is_ok()) })
}

fn ranges(taken: fn(String) -> bool) -> Vec<[String; 2]> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for c in ('\0'..=char::MAX).filter(|c| taken(c.to_string())) {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(c) => *last = c,
            _ => ranges.push((c, c)),
        }
    }
    let hex = |c: char| format!("{:04x}", u32::from(c));
    ranges.into_iter().map(|(first, last)| [hex(first), hex(last)]).collect()
}
