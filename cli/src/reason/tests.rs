//! The words of reasons, and whose they are.

use std::str::FromStr;

use ledger::crypto::Hash;
use ledger::types::{Code, DepartmentId, ItemCode, OfficeWord, RecordId, Role, Text, Unit};

use super::*;

fn refused<T: FromStr>(text: &str) -> Reason
where
    Reason: From<T::Err>,
{
    match text.parse::<T>() {
        Ok(_) => panic!("{text} fits"),
        Err(error) => Reason::from(error),
    }
}

#[test]
fn the_rules_of_typed_words_are_said_in_our_own() {
    let all = [
        refused::<DepartmentId>("A"),
        refused::<Role>("A"),
        refused::<Unit>("A"),
        refused::<Code>("A"),
        refused::<ItemCode>("!"),
        refused::<OfficeWord>("A"),
        refused::<RecordId>("A"),
        refused::<Hash>("A"),
        Text::new("\u{7}").map_or_else(Reason::from, |_| panic!("a bell is no text")),
    ];
    let chinese = Words::new(Lang::ZhCn);
    for reason in all {
        assert_eq!(reason.own, None, "{reason}");
        assert!(!reason.words(&chinese).is_ascii(), "{reason}");
    }
}

#[test]
fn what_the_system_says_stands_behind_our_english_words_where_they_do_not_say_it() {
    let known = std::fs::read("/nowhere/at/all").expect_err("nothing there");
    assert_eq!(Reason::from(&known).words(&Words::new(Lang::ZhCn)), "文件或目录不存在");
    let other = std::io::Error::other("the tape is torn");
    assert_eq!(Reason::from(&other).words(&Words::new(Lang::ZhCn)), "系统拒绝");
    assert!(Reason::from(&other).to_string().ends_with("(the tape is torn)"), "for the detail");
}

/// No word of a library in a Chinese sentence: what is left of the Latin alphabet was typed, or is a hash.
#[test]
fn what_often_goes_wrong_is_said_in_chinese_alone() {
    let chinese = Words::new(Lang::ZhCn);
    let codec = [
        CodecError::TooLong { size_bytes: 9, size_bytes_max: 8 },
        CodecError::Malformed { position: 3, reason: "a map of definite length" },
        CodecError::Missing { label: 3, position: 4 },
        CodecError::NotCanonical { position: 5 },
    ];
    let (expected, actual) = (Hash([0x11; 32]), Hash([0x22; 32]));
    let unreadable = VerifyError::Codec { what: "certificate", source: codec[1].clone() };
    let mut all: Vec<Reason> = codec.into_iter().map(Reason::from).collect();
    all.push(why("reason-no-format").because(all[1].clone()));
    all.push(Reason::from(&VerifyError::HashMismatch { what: "state root", expected, actual }));
    all.push(Reason::from(&VerifyError::NumberMismatch { what: "height", expected: 7, actual: 8 }));
    all.push(Reason::from(&unreadable));
    for reason in &all {
        let said = reason.words(&chinese);
        assert!(!said.contains(|c: char| c.is_ascii_alphabetic()), "{said}");
    }
    let english = all.last().expect("the last").to_string();
    assert!(english.contains("certificate") && english.contains("a map of definite length"), "{english}");
}

#[test]
fn what_does_not_fit_in_a_file_of_toml_is_told_with_its_line() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[expect(dead_code, reason = "only its type is read")]
        pace_ms: u64,
    }
    let chinese = Words::new(Lang::ZhCn);
    for (text, parts) in [
        ("# pace\npace_ms = \"fast\"\n", ["第 2 行", "pace_ms = \"fast\""]),
        ("pace_ms = 7\n\npace_sm = 7\n", ["第 3 行", "pace_sm = 7"]),
        ("pace_ms = 7\nfast\n", ["第 2 行", "TOML"]),
        ("", ["缺少", "缺少"]),
    ] {
        let reason = from_toml::<File>(text).expect_err(text);
        let said = reason.words(&chinese);
        assert!(parts.iter().all(|part| said.contains(part)), "{text}: {said}");
        assert!(!said.contains("expected"), "{said}");
        assert!(reason.own.is_some() && reason.is_of_typed_text(), "{reason}");
    }
}
