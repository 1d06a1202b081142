#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests; the macros make public types")]

use super::*;
use crate::commit::CommitCertificate;
use crate::crypto::Hash;
use crate::proof::StateProof;
use crate::record::{GivenGround, ListHead, NumberCounter, Parameters};
use crate::types::{Code, DepartmentId, Height, ItemCode, RecordId, Round, TimeMs};
use proptest::prelude::*;

cbor_map! {
    /// All that a map can hold.
    pub struct Sample {
        /// Required.
        1 => number: u64,
        /// Optional, in the middle.
        3 => text: Option<Bytes>,
        /// Required, after a gap.
        7 => flag: bool,
        /// Optional, last.
        9 => list: Option<Vec<u32>>,
    }
}

cbor_array! {
    /// All that an array can hold.
    pub struct Fixed {
        /// Required.
        small: u8,
        /// Null if absent.
        wide: Option<u64>,
        /// A list.
        items: Vec<Sample>,
    }
}

fn sample() -> impl Strategy<Value = Sample> {
    let list = proptest::option::of(proptest::collection::vec(any::<u32>(), 0..4));
    let text = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40));
    (any::<u64>(), text, any::<bool>(), list).prop_map(|(number, text, flag, list)| Sample {
        number,
        text: text.map(Bytes),
        flag,
        list,
    })
}

fn round_trip<T: Cbor + PartialEq + core::fmt::Debug>(value: &T) {
    let bytes = encode(value);
    assert_eq!(decode::<T>(&bytes, bytes.len()).as_ref(), Ok(value));
    assert_eq!(
        decode::<T>(&bytes, bytes.len() - 1).unwrap_err(),
        CodecError::TooLong { size_bytes: bytes.len(), size_bytes_max: bytes.len() - 1 }
    );
    for cut in 0..bytes.len() {
        assert!(decode::<T>(&bytes[..cut], usize::MAX).is_err(), "cut at {cut}");
    }
}

/// What is read from any bytes is written back as the same bytes, or not read at all.
fn never_two_forms<T: Cbor>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes, bytes.len()) {
        assert_eq!(encode(&value), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_map_is_read_as_it_was_written(value in sample()) {
        round_trip(&value);
    }

    #[test]
    fn an_array_is_read_as_it_was_written(small: u8, wide: Option<u64>, items in proptest::collection::vec(sample(), 0..4)) {
        round_trip(&Fixed { small, wide, items });
    }

    #[test]
    fn numbers_and_ids_are_read_as_they_were_written(number: u64, round: u32, id: [u8; 16], hash: [u8; 32]) {
        round_trip(&Height(number));
        round_trip(&TimeMs(number));
        round_trip(&Round(round));
        round_trip(&RecordId(id));
        round_trip(&Hash(hash));
        round_trip(&NumberCounter { next: number });
        round_trip(&ListHead { length: number, peaks: vec![Hash(hash); (number % 5) as usize] });
    }

    #[test]
    fn words_are_read_as_they_were_written(slug in "[a-z0-9-]{1,64}", code in "[A-Za-z0-9.-]{1,64}") {
        round_trip(&slug.parse::<DepartmentId>().unwrap());
        round_trip(&slug.parse::<Code>().unwrap());
        if let Ok(code) = code.parse::<ItemCode>() {
            round_trip(&code);
        }
    }

    #[test]
    fn any_bytes_are_one_form_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        never_two_forms::<Sample>(&bytes);
        never_two_forms::<Fixed>(&bytes);
        never_two_forms::<Vec<Bytes>>(&bytes);
        never_two_forms::<Option<Hash>>(&bytes);
        never_two_forms::<StateProof>(&bytes);
        never_two_forms::<CommitCertificate>(&bytes);
        never_two_forms::<Parameters>(&bytes);
    }

    #[test]
    fn one_changed_byte_is_another_value_or_none(value in sample(), at: usize, flip in 1u8..) {
        let bytes = encode(&value);
        let mut changed = bytes.clone();
        changed[at % bytes.len()] ^= flip;
        never_two_forms::<Sample>(&changed);
        if let Ok(other) = decode::<Sample>(&changed, changed.len()) {
            prop_assert_ne!(other, value);
        }
    }
}

#[test]
fn numbers_are_written_in_the_shortest_form_and_read_in_no_other() {
    for (value, shortest) in [
        (0u64, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65_536, "1a00010000"),
        (u64::MAX, "1bffffffffffffffff"),
    ] {
        assert_eq!(hex::encode(encode(&value)), shortest);
    }
    for longer in ["1800", "1817", "190017", "1900ff", "1a0000ffff", "1b00000000ffffffff"] {
        let bytes = hex::decode(longer).unwrap();
        assert_eq!(decode::<u64>(&bytes, 9), Err(CodecError::NotCanonical { position: 0 }), "{longer}");
    }
    for other in [
        "20",
        "f4",
        "f6",
        "f90000",
        "fa3f800000",
        "fb3ff0000000000000",
        "40",
        "60",
        "80",
        "a0",
        "c101",
        "f7",
        "ff",
        "1f",
        "1c",
    ] {
        assert!(matches!(decode::<u64>(&hex::decode(other).unwrap(), 9), Err(CodecError::Malformed { .. })), "{other}");
    }
}

#[test]
fn an_absent_field_is_left_out_and_null_is_refused() {
    let value = Sample { number: 1, text: None, flag: true, list: None };
    assert_eq!(hex::encode(encode(&value)), "a2010107f5");
    assert!(matches!(
        decode::<Sample>(&hex::decode("a3010103f607f5").unwrap(), 99),
        Err(CodecError::NotCanonical { .. })
    ));
    assert_eq!(
        decode::<Sample>(&hex::decode("a10101").unwrap(), 99),
        Err(CodecError::Missing { label: 7, position: 3 })
    );
    for wrong in ["a307f5010103f6", "a3010101010", "a20101180700", "a3010107f50a00", "a201010701", "a2f901000107f5"] {
        assert!(decode::<Sample>(&hex::decode(wrong).unwrap_or_default(), 99).is_err(), "{wrong}");
    }
}

#[test]
fn a_small_number_above_its_type_is_out_of_range() {
    assert!(matches!(decode::<u8>(&encode(&256u64), 9), Err(CodecError::OutOfRange { .. })));
    assert!(matches!(decode::<u16>(&encode(&65_536u64), 9), Err(CodecError::OutOfRange { .. })));
    assert!(matches!(decode::<u32>(&encode(&(1u64 << 32)), 9), Err(CodecError::OutOfRange { .. })));
}

#[test]
fn the_json_view_keeps_large_numbers_exact_and_leaves_absent_fields_out() {
    let json = |view: View| serde_json::to_string(&view).unwrap();
    assert_eq!(json(((1u64 << 53) - 1).view()), "9007199254740991");
    assert_eq!(json((1u64 << 53).view()), "\"9007199254740992\"");
    let given = GivenGround { code: "late".parse().unwrap(), text: None, at: TimeMs(5), by: None };
    assert_eq!(json(given.view()), r#"{"code":"late","at":5}"#);
}

#[test]
fn every_rule_has_a_word_of_its_own_and_says_what_it_is_about() {
    let distinct: std::collections::BTreeSet<_> = ValueRule::WORDS.iter().collect();
    assert_eq!(distinct.len(), ValueRule::WORDS.len());
    assert!(ValueRule::WORDS.iter().all(|word| crate::types::Code::new(*word).is_ok()));
    let refused = decode::<u8>(&encode(&256u64), 9).expect_err("too large").rule().expect("a rule of the value");
    assert_eq!((refused.word(), refused.to_string()), ("integer", "an integer fits u8".to_owned()));
}
