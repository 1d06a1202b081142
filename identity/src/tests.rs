//! Commitments open only to what was committed; codes catch what people mistype.

use ledger::crypto::Hash;
use ledger::types::{Code, RecordId, Text};
use proptest::prelude::*;
use rand_core::OsRng;

use crate::code::LookupCode;
use crate::commitment::{TextRefused, canonical_text};
use crate::*;

fn file(content: &[u8]) -> Fingerprint {
    let mut hasher = DocumentHasher::new();
    for piece in content.chunks(7) {
        hasher.update(piece);
    }
    hasher.finish()
}

fn text(value: &str) -> Text {
    Text::new(value).expect("plain text")
}

fn code(value: &str) -> Code {
    Code::new(value).expect("a slug")
}

#[test]
fn a_streamed_file_has_the_digest_of_the_whole() {
    let content = vec![0x5a; 10_000];
    assert_eq!(file(&content), Fingerprint { digest: Hash::sha256(&content), size_bytes: 10_000 });
}

#[test]
fn a_document_matches_itself_alone() {
    let secret = DocumentSecret::new(file(b"certificate"), Some(text("公证书.pdf")), &mut OsRng);
    assert!(secret.matches(&file(b"certificate")));
    assert!(!secret.matches(&file(b"certificatf")));
    let longer = Fingerprint { size_bytes: 12, ..file(b"certificate") };
    assert!(!secret.matches(&longer));
}

#[test]
fn two_anchors_of_one_file_share_nothing() {
    let one = DocumentSecret::new(file(b"template"), None, &mut OsRng);
    let two = DocumentSecret::new(file(b"template"), None, &mut OsRng);
    assert_ne!(one.commitment(), two.commitment());
}

#[test]
fn the_name_of_a_file_is_not_committed_to() {
    let mut secret = DocumentSecret::new(file(b"x"), None, &mut OsRng);
    let before = secret.commitment();
    secret.name = Some(text("x.pdf"));
    assert_eq!(secret.commitment(), before);
}

#[test]
fn kinds_of_commitments_never_meet() {
    let salt = Salt::from_bytes([7; 32]);
    let digest = Hash([9; 32]);
    let document = DocumentSecret { salt: salt.clone(), digest, size_bytes: 3, name: None };
    let content = ContentSecret { salt: salt.clone(), digest, size_bytes: 3 };
    assert_ne!(document.commitment(), content.commitment());
    let reason = TextSecret { salt: salt.clone(), text: text("me") };
    let attribute = AttributeSecret { salt, code: code("na"), value: text("me") };
    assert_ne!(reason.commitment(), attribute.commitment());
}

#[test]
fn code_and_value_of_an_attribute_have_a_border() {
    let salt = Salt::from_bytes([7; 32]);
    let one = AttributeSecret { salt: salt.clone(), code: code("na"), value: text("me") };
    let two = AttributeSecret { salt, code: code("nam"), value: text("e") };
    assert_ne!(one.commitment(), two.commitment());
}

#[test]
fn texts_have_one_form() {
    assert_eq!(canonical_text(" e\u{301} "), Ok(text("\u{e9}")));
    assert_eq!(canonical_text("a\u{202e}b"), Err(TextRefused));
    assert_eq!(canonical_text(&"字".repeat(501)), Err(TextRefused));
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let secret =
        DocumentSecret { salt: Salt::from_bytes([0xab; 32]), digest: Hash([0; 32]), size_bytes: 1, name: None };
    assert!(!format!("{secret:?}").contains("abab"));
    let code = LookupCode::random(&mut OsRng);
    assert!(!format!("{code:?}").contains(&code.canonical()[..5]));
}

#[test]
fn every_disclosure_round_trips() {
    let rng = &mut OsRng;
    let all = [
        Disclosure::Document(DocumentSecret::new(file(b"x"), Some(text("甲.pdf")), rng)),
        Disclosure::Attribute(AttributeSecret::new(code("family-name"), text("王"), rng)),
        Disclosure::Lookup(LookupDisclosure { code: LookupCode::random(rng), number: None }),
        Disclosure::Subject(SubjectDisclosure { identity: RecordId([3; 16]) }),
        Disclosure::CaseSubject(CaseSubjectSecret::new(RecordId([3; 16]), rng)),
        Disclosure::Text(TextSecret::new(text(&"字".repeat(500)), rng)),
        Disclosure::Content(ContentSecret::new(Hash([4; 32]), 12, rng)),
    ];
    for one in &all {
        let bytes = one.to_bytes();
        assert_eq!(Disclosure::from_bytes(&bytes).as_ref(), Ok(one));
        for cut in 0..bytes.len() {
            assert!(Disclosure::from_bytes(&bytes[..cut]).is_err());
        }
    }
    assert_eq!(Disclosure::documents(&all).count(), 1);
}

#[test]
fn a_lower_case_code_is_no_canonical_disclosure() {
    let bytes = Disclosure::Lookup(LookupDisclosure {
        code: LookupCode::parse(&"0".repeat(18)).expect("all zero"),
        number: None,
    });
    let mut bytes = bytes.to_bytes();
    let last = bytes.len() - 1;
    bytes[last] = b'o';
    assert!(Disclosure::from_bytes(&bytes).is_err());
}

#[test]
fn codes_are_read_as_people_type_them() {
    let code = LookupCode::random(&mut OsRng);
    let shown = code.to_string();
    assert_eq!(shown.len(), 20);
    assert_eq!(LookupCode::from_bytes(&code.bytes()), code);
    for typed in [
        shown.to_lowercase(),
        shown.replace('-', " "),
        shown.replace('-', "—"),
        shown.replace('0', "O").replace('1', "l"),
        format!("  {}\n", code.canonical()),
    ] {
        assert_eq!(LookupCode::parse(&typed).as_ref(), Ok(&code));
    }
    assert_eq!(LookupCode::parse("7K2QM"), Err(LookupCodeError::Length { found: 5 }));
    assert_eq!(LookupCode::parse(&"0".repeat(1_000)), Err(LookupCodeError::Length { found: 19 }));
    assert_eq!(LookupCode::parse("0U"), Err(LookupCodeError::Symbol { position: 2 }));
}

/// The symbols of a fresh code, to be spoilt.
fn any_code() -> impl Strategy<Value = Vec<u8>> {
    any::<u64>().prop_map(|_| LookupCode::random(&mut OsRng).canonical().into_bytes())
}

fn parsed(bytes: &[u8]) -> bool {
    LookupCode::parse(core::str::from_utf8(bytes).expect("ASCII")).is_ok()
}

proptest! {
    #[test]
    fn two_wrong_symbols_are_found(symbols in any_code(), one in 0..18usize, two in 0..18usize, with in 0..1024usize) {
        let mut wrong = symbols.clone();
        wrong[one] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[with % 32];
        wrong[two] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[with / 32];
        prop_assert_eq!(parsed(&wrong), wrong == symbols);
    }

    #[test]
    fn two_swapped_symbols_are_found(symbols in any_code(), one in 0..18usize, two in 0..18usize) {
        let mut wrong = symbols.clone();
        wrong.swap(one, two);
        prop_assert_eq!(parsed(&wrong), wrong == symbols);
    }

    #[test]
    fn no_bytes_panic_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..200), typed in any::<String>()) {
        let _ = Disclosure::from_bytes(&bytes);
        let _ = LookupCode::parse(&typed);
    }
}
