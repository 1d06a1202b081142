//! Vectors of the standards, fixtures, and what a checksum must catch.

use proptest::prelude::*;

use super::*;

const FIXTURES: [&str; 6] = [
    "440699199001010014",
    "440699200002290025",
    "440699198507151231",
    "440699197812318881",
    "440699196606060061",
    "440699199511117778",
];

const ORGANISATIONS: [&str; 5] =
    ["12440604TE5T00016N", "11440604TE5T00024L", "11440604TE5T00032F", "11440604TE5T00040A", "11440604TE5T000597"];

fn id(text: &str) -> Result<Checked<CitizenId>, CitizenIdError> {
    CitizenId::parse(text, &Regions::bundled())
}

fn code(text: &str) -> Result<Checked<CreditCode>, CreditCodeError> {
    CreditCode::parse(text, &Regions::bundled())
}

#[test]
fn the_bundled_region_list_is_whole() {
    let regions = Regions::bundled();
    assert!(regions.len() > 6_000);
    for code in ["440604", "440602", "110105", "440524"] {
        assert!(regions.knows(code), "{code}");
    }
    assert!(!regions.knows("440699"));
    assert_eq!(Regions::parse("4406 04\n44x6 01"), Err(RegionsError { line: 2 }));
    assert!(Regions::parse("# nothing").is_ok_and(|list| list.is_empty()));
}

#[test]
fn vectors_of_gb_11643() {
    for text in ["11010519491231002X", "440524188001010014"] {
        let checked = id(text).expect("vector of the standard");
        assert_eq!(checked.value.expose(), text);
        assert_eq!(checked.warnings, []);
    }
    let lower = id(" 110105 19491231 002x").expect("lower case and blanks");
    assert_eq!(lower.value.expose(), "11010519491231002X");
    assert_eq!(lower.value.birth(), (1949, 12, 31));
    assert_eq!(lower.value.sex(), Sex::Female);
}

#[test]
fn fixtures_warn_about_their_region() {
    for text in FIXTURES {
        assert_eq!(id(text).expect(text).warnings, [Warning::UnknownRegion], "{text}");
    }
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(id("110105491231002"), Err(CitizenIdError::FirstGeneration));
    assert_eq!(id("1101051949123100"), Err(CitizenIdError::Length { found: 16 }));
    assert_eq!(id(&"1".repeat(500)), Err(CitizenIdError::Length { found: 19 }));
    assert_eq!(id("440699190002290020"), Err(CitizenIdError::Date));
    assert_eq!(id("X10105194912310021"), Err(CitizenIdError::Character { position: 1 }));
    assert_eq!(id("110105194912310021"), Err(CitizenIdError::Check));
    // Right but for its last character, which GB 11643 makes 4.
    assert_eq!(id("440699199001010018"), Err(CitizenIdError::Check));
}

#[test]
fn every_display_is_masked() {
    let value = id("11010519491231002X").expect("vector").value;
    assert_eq!(value.to_string(), "110105********002X");
    assert_eq!(format!("{value:?}"), "CitizenId(110105********002X)");
}

#[test]
fn other_papers_of_the_same_shape() {
    assert_eq!(id("11010519491231002X").expect("vector").value.paper(), Paper::Citizen);
    let paper = |head: &str| {
        (0..=10)
            .find_map(|n| id(&format!("{head}{}", b"0123456789X"[n] as char)).ok())
            .expect("one check character fits")
            .value
            .paper()
    };
    assert_eq!(paper("81000019900101001"), Paper::HongKongMacaoTaiwanResident);
    assert_eq!(paper("91115619900101001"), Paper::ForeignPermanentResident);
}

#[test]
fn vectors_of_gb_32100() {
    for text in
        ["91350100M000100Y43", "91440300708461136T", "11430000006122244L", "11330105002500287C", "11370800MB28559184"]
    {
        assert_eq!(code(text).expect(text).value.as_str(), text);
    }
    assert_eq!(code("91350100M000100Y4Z"), Err(CreditCodeError::Character { position: 18 }));
    assert_eq!(code("91350100M000100Y44"), Err(CreditCodeError::Check));
    assert_eq!(code("91A50100M000100Y43"), Err(CreditCodeError::Character { position: 3 }));
    assert_eq!(code("91350100"), Err(CreditCodeError::Length { found: 8 }));
    for text in ORGANISATIONS {
        assert_eq!(code(&text.to_lowercase()).expect(text).warnings, [], "{text}");
    }
}

#[test]
fn a_bad_organisation_code_is_a_warning() {
    let found = (0..31).find_map(|n| {
        let check = b"0123456789ABCDEFGHJKLMNPQRTUWXY"[n] as char;
        code(&format!("91440300708461137{check}")).ok()
    });
    assert_eq!(found.expect("one check character fits").warnings, [Warning::OrganisationCode]);
}

#[test]
fn certificate_numbers_as_printed() {
    let full = CertificateYear::Full;
    let cases = [
        ("(2019)粤佛禅诚证字第123号", full(2019), "粤佛禅诚证字", 123, "(2019)粤佛禅诚证字第123号"),
        ("(1994)穗证字第19124号", full(1994), "穗证字", 19124, "(1994)穗证字第19124号"),
        ("（2013）深盐证字 第1099号", full(2013), "深盐证字", 1099, "(2013)深盐证字第1099号"),
        ("〔2016〕粤佛禅城第 001234 号", full(2016), "粤佛禅城", 1234, "(2016)粤佛禅城第001234号"),
        ("[1999]京证外民字第７号", full(1999), "京证外民字", 7, "(1999)京证外民字第7号"),
        ("( 90 )佛市证字第5号", CertificateYear::Short(90), "佛市证字", 5, "(90)佛市证字第5号"),
        ("(2020)京中信内经证字第24733号", full(2020), "京中信内经证字", 24733, "(2020)京中信内经证字第24733号"),
        ("(2020)第一证字第3号", full(2020), "第一证字", 3, "(2020)第一证字第3号"),
    ];
    for (text, year, words, serial, shown) in cases {
        let number = CertificateNumber::parse(text).expect(text);
        assert_eq!((number.year(), number.words(), number.serial()), (year, words, serial));
        assert_eq!(number.to_string(), shown);
    }
    assert_eq!(
        CertificateNumber::parse("(2016)粤佛禅城第001234号"),
        CertificateNumber::parse("（2016）粤佛禅城第1234号")
    );
}

#[test]
fn what_is_no_certificate_number() {
    let cases = [
        ("[1999]京证外民字第×号", CertificateNumberError::Serial),
        ("(90)佛市证字第XXXX号", CertificateNumberError::Serial),
        ("长证融字", CertificateNumberError::Year),
        ("(199)长证融字第1号", CertificateNumberError::Year),
        ("(2019)第1号", CertificateNumberError::Words),
        ("(2019)abc第1号", CertificateNumberError::Words),
        ("(2019)一二三四五六七八九十一二三四五六七八九十一二第1号", CertificateNumberError::Words),
        ("(2019)穗证字第12345678号", CertificateNumberError::Serial),
        ("(2019)穗证字第000号", CertificateNumberError::Serial),
        ("(2019)穗证字第1", CertificateNumberError::Serial),
        ("", CertificateNumberError::Year),
    ];
    for (text, error) in cases {
        assert_eq!(CertificateNumber::parse(text), Err(error), "{text}");
    }
    assert_eq!(CertificateNumber::parse(&"字".repeat(100_000)), Err(CertificateNumberError::TooLong));
}

/// A citizen number with its right check character.
fn any_id() -> impl Strategy<Value = String> {
    (100_000..700_000u32, 1900..2100u32, 1..=12u32, 1..=28u32, 0..1000u32).prop_map(|(region, y, m, d, seq)| {
        let head = format!("{region:06}{y:04}{m:02}{d:02}{seq:03}");
        (0..11)
            .map(|n| format!("{head}{}", b"0123456789X"[n] as char))
            .find(|text| id(text).is_ok())
            .expect("one check character fits")
    })
}

/// A credit code with its right check character.
fn any_code() -> impl Strategy<Value = String> {
    ("[159][123]", 100_000..700_000u32, "[0-9A-HJ-NPQRTUWXY]{9}").prop_map(|(kind, region, inner)| {
        let head = format!("{kind}{region}{inner}");
        (0..31)
            .map(|n| format!("{head}{}", b"0123456789ABCDEFGHJKLMNPQRTUWXY"[n] as char))
            .find(|text| code(text).is_ok())
            .expect("one check character fits")
    })
}

fn swapped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.swap(at, at + 1);
    String::from_utf8(bytes).expect("ASCII")
}

fn replaced(text: &str, at: usize, with: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = with;
    String::from_utf8(bytes).expect("ASCII")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_wrong_digit_of_an_id_is_found(text in any_id(), at in 0..18usize, with in 0..10u8) {
        let wrong = replaced(&text, at, b'0' + with);
        prop_assert_eq!(id(&wrong).is_ok(), wrong == text);
    }

    #[test]
    fn two_swapped_digits_of_an_id_are_found(text in any_id(), at in 0..17usize) {
        let wrong = swapped(&text, at);
        prop_assert_eq!(id(&wrong).is_ok(), wrong == text);
    }

    #[test]
    fn one_wrong_character_of_a_code_is_found(text in any_code(), at in 0..18usize, with in 0..31usize) {
        let wrong = replaced(&text, at, b"0123456789ABCDEFGHJKLMNPQRTUWXY"[with]);
        prop_assert_eq!(code(&wrong).is_ok(), wrong == text);
    }

    #[test]
    fn two_swapped_characters_of_a_code_are_found(text in any_code(), at in 0..17usize) {
        let wrong = swapped(&text, at);
        prop_assert_eq!(code(&wrong).is_ok(), wrong == text);
    }

    #[test]
    fn no_text_panics_a_parser(text in any::<String>()) {
        let _ = id(&text);
        let _ = code(&text);
        if let Ok(number) = CertificateNumber::parse(&text) {
            prop_assert_eq!(CertificateNumber::parse(&number.to_string()), Ok(number));
        }
    }

    #[test]
    fn certificate_numbers_round_trip(year in 1000..=9999u16, words in "[\u{4e00}-\u{9fff}]{1,21}", serial in 1..=9_999_999u32) {
        let text = format!("({year}){words}第{serial}号");
        let number = CertificateNumber::parse(&text).expect("well formed");
        prop_assert_eq!(number.to_string(), text);
    }
}
