//! Words and texts that enter the ledger: nothing that hides, reorders or impersonates other characters.

use ledger::codec::{decode, encode};
use ledger::types::{ChainId, Code, DepartmentId, ItemCode, OfficeWord, RecordId, Role, Text, Unit};
use yinxin_tests::scale::Dice;

fn refused(text: &str) -> bool {
    let refused = Text::new(text).is_err();
    // What the constructor refuses, the decoder refuses too, and the other way round.
    let mut writer = ledger::codec::Writer::new();
    writer.text(text);
    assert_eq!(decode::<Text>(&writer.finish(), 99_999).is_err(), refused, "{text:?}");
    refused
}

#[test]
fn plain_chinese_and_english_texts_are_taken() {
    for text in [
        "",
        "公证处",
        "佛山市禅城区司法局（法律援助处）",
        "court",
        "〔2026〕第1号",
        "é",
        "龘𠀀𪜀䶿",
        "吕𬭎鿍",
        "100 % — “quoted”",
        "①②③",
        "ＡＢＣ，。",
    ] {
        assert!(!refused(text), "{text}");
    }
}

#[test]
fn what_is_outside_the_fixed_repertoire_is_refused() {
    for text in [
        "ﬀ",
        "한글",
        "ελληνικά",
        "Москва",
        "か",
        "𮯰",
        "鿿",
        "𰀀",
        "∑",
        "🙂",
        "a\u{a0}b",
        "\u{2007}",
        "\u{378}",
        "\u{ffff}",
        "\u{fdd0}",
    ] {
        assert!(refused(text), "{text:?}");
    }
}

/// What Unicode calls default-ignorable or shows as nothing.
#[test]
fn invisible_characters_are_refused() {
    let invisible = "\u{ad}\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180d}\u{180f}\u{2000}\u{200a}\u{202f}\u{205f}\u{2065}\u{2800}\u{302a}\u{302f}\u{3164}\u{ffa0}\u{1bca0}\u{1d173}\u{1d17a}\u{fff0}\u{e01ef}";
    for c in invisible.chars() {
        assert!(refused(&format!("公证{c}处")), "U+{:04X}", u32::from(c));
    }
}

/// No two different texts that are taken have the same NFC, whatever stands beside what: none holds a combining mark.
#[test]
fn every_character_that_is_taken_is_itself_in_nfc() {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::canonical_combining_class;
    let taken = (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| Text::new(c.to_string()).is_ok());
    let mut count = 0;
    for c in taken {
        assert!(c.nfc().eq([c]) && canonical_combining_class(c) == 0, "U+{:04X}", u32::from(c));
        count += 1;
    }
    println!("{count} characters in the repertoire of texts");
}

#[test]
fn characters_that_reorder_or_hide_text_are_refused() {
    let bidi = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let zero_width =
        "\u{200b}\u{200c}\u{200d}\u{2060}\u{2061}\u{2064}\u{feff}\u{180e}\u{fe00}\u{fe0f}\u{e0100}\u{e0001}\u{e007f}";
    let lines = "\u{0}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{7f}\u{80}\u{85}\u{9b}\u{9f}\u{2028}\u{2029}";
    let private = "\u{e000}\u{f8ff}\u{f0000}\u{ffffd}\u{100000}\u{10fffd}\u{fff9}\u{fffa}\u{fffb}";
    for c in [bidi, zero_width, lines, private].concat().chars() {
        for text in [format!("{c}"), format!("公证{c}处"), format!("{c}公证处"), format!("公证处{c}")] {
            assert!(refused(&text), "U+{:04X}", u32::from(c));
        }
    }
}

#[test]
fn a_text_that_is_not_in_nfc_is_refused() {
    for text in [
        "e\u{301}",
        "A\u{30a}",
        "\u{212b}",
        "\u{2126}",
        "\u{f900}",
        "\u{1112}\u{1161}\u{11ab}",
        "a\u{323}\u{302}\u{301}",
        "が".replace('が', "か\u{3099}").as_str(),
    ] {
        assert!(refused(text), "{text:?}");
    }
    assert!(!refused("é"));
}

#[test]
fn a_text_has_at_most_500_characters_whatever_their_bytes() {
    for unit in ["a", "证", "𠀀"] {
        assert!(!refused(&unit.repeat(500)));
        assert!(refused(&unit.repeat(501)));
    }
    assert!(refused(&"a".repeat(1_000_000)));
}

#[test]
fn words_are_of_their_alphabet_and_at_most_64_bytes() {
    type Taken = fn(&str) -> bool;
    let slugs: [(&str, Taken); 5] = [
        ("department", |text| text.parse::<DepartmentId>().is_ok()),
        ("role", |text| text.parse::<Role>().is_ok()),
        ("unit", |text| text.parse::<Unit>().is_ok()),
        ("code", |text| text.parse::<Code>().is_ok()),
        ("chain", |text| text.parse::<ChainId>().is_ok()),
    ];
    let wrong =
        ["", "A", "a b", "a/b", "a.b", "a_b", "ä", "а", "a\n", "\0", "証", "a\u{200b}", "../key", "a%2fb", "ａ"];
    for (name, taken) in slugs {
        assert!(taken("a") && taken("9-z") && taken(&"x".repeat(64)), "{name}");
        assert!(!taken(&"x".repeat(65)), "{name}");
        wrong.iter().for_each(|text| assert!(!taken(text), "{name} takes {text:?}"));
    }
    let item = |text: &str| text.parse::<ItemCode>().is_ok();
    assert!(item("notarial.birth") && item("440604-A.1") && item(&"X".repeat(64)));
    assert!(!item("") && !item("a/1") && !item("a_b") && !item("公证") && !item(&"X".repeat(65)) && !item("a b"));
}

#[test]
fn an_office_word_is_chinese_characters_alone() {
    let taken = |text: &str| text.parse::<OfficeWord>().is_ok();
    assert!(taken("粤佛禅城证字") && taken("㐀䶵一龥"));
    for wrong in [
        "",
        "粤 佛",
        "粤A",
        "粤1",
        "粤（佛）",
        "粤\u{200b}",
        "カ",
        "한",
        "粤\u{fe00}",
        "〇",
        "\u{f900}",
        &"证".repeat(22),
    ] {
        assert!(!taken(wrong), "{wrong:?}");
    }
}

#[test]
fn ids_are_32_hex_digits_and_shown_in_lower_case() {
    let id: RecordId = "00112233445566778899AABBCCDDEEFF".parse().unwrap();
    assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
    for wrong in [
        "",
        "0011",
        "0x112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeefg",
        "00112233445566778899aabbccddeeff00",
    ] {
        assert!(wrong.parse::<RecordId>().is_err(), "{wrong}");
    }
}

#[test]
fn whatever_text_is_taken_is_read_back_as_it_is() {
    let mut dice = Dice::new(10);
    let mut taken = 0;
    for _ in 0..40_000 {
        let count = 1 + dice.below(3);
        let text: String =
            (0..count).filter_map(|_| char::from_u32(u32::try_from(dice.below(0x3_0000)).unwrap())).collect();
        if let Ok(text) = Text::new(text) {
            assert_eq!(decode::<Text>(&encode(&text), 99).unwrap(), text);
            assert!(!text.as_str().chars().any(char::is_control));
            taken += 1;
        }
    }
    assert!(taken > 1_000);
}
