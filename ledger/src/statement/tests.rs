#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::action::key::{ResumeKey, SuspendKey};
use crate::crypto::SecretKey;
use crate::types::{Height, OfficerId, RecordId, TimeMs};

fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn suspend(number: u8) -> Action {
    Action::SuspendKey(SuspendKey { key: secret(number).public().id(), reason: "lost".parse().unwrap() })
}

fn unsigned(nonce: u8, action: Action) -> UnsignedStatement {
    let builder = StatementBuilder {
        chain: "sample-00112233445566778899aabbccddeeff".parse().unwrap(),
        department: "notary".parse().unwrap(),
        now: TimeMs(1_767_574_800_999),
        nonce: [nonce; 16],
    };
    builder.build(action, secret(1).public().id())
}

fn signed() -> SignedStatement {
    unsigned(0, suspend(9)).endorsed_by(&secret(2)).endorsed_by(&secret(3)).sign(&secret(1))
}

#[test]
fn a_statement_is_read_as_it_was_made() {
    let statement = signed();
    let read = SignedStatement::decode(statement.encoded()).unwrap();
    assert_eq!(read, statement);
    assert_eq!((read.id(), read.whole_hash()), (statement.id(), statement.whole_hash()));
    read.verify(&secret(1).public()).unwrap();
    assert_eq!(read.claims().iat, 1_767_574_800);
    assert_eq!(read.claims().exp, 1_767_574_800 + 600);
    assert_eq!(read.claims().sub, format!("key/{}", secret(9).public().id()));
}

#[test]
fn it_begins_with_the_tag_of_cose_sign1_and_has_no_unprotected_header() {
    let statement = signed();
    assert_eq!(statement.encoded()[..2], [0xd2, 0x84]);
    let protected = codec::encode(&statement.protected);
    let empty_map = 2 + 2 + protected.len();
    assert_eq!(statement.encoded()[empty_map], 0xa0, "the second of four items is the empty map");
}

#[test]
fn the_id_leaves_the_signature_out_and_the_whole_hash_does_not() {
    let statement = signed();
    let other = unsigned(0, suspend(9)).endorsed_by(&secret(2)).endorsed_by(&secret(3)).signed(Signature([1; 64]));
    assert_eq!(other.id(), statement.id());
    assert_ne!(other.whole_hash(), statement.whole_hash());
    assert!(other.verify(&secret(1).public()).is_err());
    let fewer = unsigned(0, suspend(9)).endorsed_by(&secret(2)).sign(&secret(1));
    assert_ne!(fewer.id(), statement.id(), "the endorsements belong to what is signed");
    assert_ne!(unsigned(1, suspend(9)).sign(&secret(1)).id(), unsigned(0, suspend(9)).sign(&secret(1)).id());
}

#[test]
fn a_key_verifies_nothing_that_names_another_key() {
    let by_other = unsigned(0, suspend(9)).sign(&secret(4));
    assert!(by_other.verify(&secret(1).public()).is_err(), "signed by another key than the one it names");
    assert!(by_other.verify(&secret(4).public()).is_err(), "the header names another key");
}

#[test]
fn an_endorsement_is_for_one_header_and_one_action() {
    let bytes = unsigned(0, suspend(9)).endorsement_bytes();
    assert_eq!(bytes, signed().endorsement_bytes(), "other endorsements change nothing");
    assert_ne!(bytes, unsigned(1, suspend(9)).endorsement_bytes());
    assert_ne!(bytes, unsigned(0, suspend(8)).endorsement_bytes());
    assert_ne!(bytes, unsigned(0, suspend(9)).expiring(5).endorsement_bytes());
    let resume = Action::ResumeKey(ResumeKey { key: secret(9).public().id() });
    assert_ne!(bytes, unsigned(0, resume).endorsement_bytes());
}

#[test]
fn no_two_kinds_of_signed_bytes_begin_alike() {
    let statement = signed();
    let possession = possession_bytes(&statement.claims().aud, &statement.claims().iss, KeyUse::Seal, &statement.key());
    let ready = ready_bytes(&statement.claims().aud, &RecordId([1; 16]), &statement.key(), Height(1), &Hash::default());
    let begin = |bytes: &[u8]| bytes[..12].to_vec();
    let beginnings =
        [begin(&statement.signed_bytes()), begin(&statement.endorsement_bytes()), begin(&possession), begin(&ready)];
    assert_eq!(statement.signed_bytes()[..12], *b"\x84\x6aSignature1");
    for (index, one) in beginnings.iter().enumerate() {
        assert!(beginnings[index + 1..].iter().all(|other| other != one));
    }
}

#[test]
fn possession_shown_for_one_use_is_of_no_other_use_chain_department_or_key() {
    let chain = "sample-00112233445566778899aabbccddeeff".parse().unwrap();
    let (notary, police) = ("notary".parse().unwrap(), "police".parse().unwrap());
    let key = secret(1).public().id();
    let uses = [
        KeyUse::Holder(RecordId([1; 16])),
        KeyUse::Holder(RecordId([2; 16])),
        KeyUse::Officer(OfficerId([1; 16])),
        KeyUse::Officer(OfficerId([2; 16])),
        KeyUse::Seal,
        KeyUse::Administration,
    ];
    let mut all: Vec<_> = uses.iter().map(|meant| possession_bytes(&chain, &notary, *meant, &key)).collect();
    all.push(possession_bytes(&chain, &police, KeyUse::Seal, &key));
    all.push(possession_bytes(&chain, &notary, KeyUse::Seal, &secret(2).public().id()));
    all.push(possession_bytes(&"other".parse().unwrap(), &notary, KeyUse::Seal, &key));
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn the_act_is_the_same_whoever_endorses() {
    let alone = unsigned(0, suspend(9)).sign(&secret(1));
    assert_eq!(alone.act(), signed().act());
    assert_ne!(alone.id(), signed().id());
    assert_ne!(alone.act(), unsigned(1, suspend(9)).sign(&secret(1)).act());
}

#[test]
fn endorsements_stand_once_each_in_ascending_order_and_are_at_most_nine() {
    let statement = signed();
    let with = |endorsements: Vec<Endorsement>| {
        let payload = Payload { endorsements, ..statement.payload.clone() };
        SignedStatement::decode(
            SignedStatement::assemble(statement.protected.clone(), payload, statement.signature).encoded(),
        )
    };
    let two = statement.endorsements().to_vec();
    assert!(with(two.clone()).is_ok());
    assert!(with(two.iter().rev().cloned().collect()).is_err());
    assert!(with(vec![two[0].clone(), two[0].clone()]).is_err());
    let mut ten: Vec<_> =
        (10..20).map(|n| Endorsement { key: secret(n).public().id(), signature: Signature([0; 64]) }).collect();
    ten.sort_by_key(|endorsement| endorsement.key);
    assert!(with(ten[..9].to_vec()).is_ok());
    assert!(with(ten).is_err());
    let same_key_twice = unsigned(0, suspend(9)).endorsed_by(&secret(2)).endorsed_by(&secret(2)).sign(&secret(1));
    assert_eq!(same_key_twice.endorsements().len(), 1);
}

#[test]
fn claims_hold_an_ascii_subject_of_at_most_160_bytes_and_whole_seconds() {
    let statement = signed();
    let with = |sub: String| {
        let claims = Claims { sub, ..statement.claims().clone() };
        let protected = ProtectedHeader { claims, ..statement.protected.clone() };
        SignedStatement::decode(
            SignedStatement::assemble(protected, statement.payload.clone(), statement.signature).encoded(),
        )
    };
    assert!(with("x".repeat(160)).is_ok());
    assert!(with("x".repeat(161)).is_err());
    assert!(with("证".to_owned()).is_err());
    let never = Claims { exp: u64::MAX, ..statement.claims().clone() };
    assert_eq!(never.expires(), TimeMs(u64::MAX), "no overflow");
}

#[test]
fn a_statement_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    let mut bytes = vec![0xd2; STATEMENT_BYTES_MAX + 1];
    assert!(matches!(SignedStatement::decode(&bytes), Err(CodecError::TooLong { .. })));
    bytes.pop();
    assert!(matches!(SignedStatement::decode(&bytes), Err(CodecError::Malformed { .. })));
}

#[test]
fn every_changed_bit_is_refused_or_breaks_the_signature() {
    let statement = signed();
    let key = secret(1).public();
    for bit in 0..statement.encoded().len() * 8 {
        let mut changed = statement.encoded().to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let accepted = SignedStatement::decode(&changed).is_ok_and(|statement| statement.verify(&key).is_ok());
        assert!(!accepted, "bit {bit}");
    }
}
