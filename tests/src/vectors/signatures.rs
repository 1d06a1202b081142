//! Signatures at the edge of Ed25519, with the verdict of the one strict rule.

use super::hexed;
use crate::sample::key;
use ledger::crypto::{PublicKey, Signature};
use serde_json::{Value, json};

/// The order of the base point, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// All 14 encodings of points of small order that decoders read, canonical or not.
pub(super) const SMALL_ORDER: [&str; 14] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// Signatures that other rules than ours accept: A, R and S with parts of small order ("Taming the many EdDSAs").
const KNOWN_EDGES: &str = include_str!("../../vectors/ed25519_edge.json");

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).expect("hexadecimal digits of a fixed vector");
    bytes
}

/// True if our rule accepts the key and the signature.
#[must_use]
pub fn accepts(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    PublicKey::from_bytes(public).is_ok_and(|key| key.verify(message, &Signature(*signature)).is_ok())
}

/// S + L, little-endian: the same scalar, and not canonical.
fn plus_order(s: &mut [u8]) {
    let mut carry = 0u16;
    for (byte, add) in s.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
}

/// The cases of `signatures.json`.
#[must_use]
pub fn cases() -> Value {
    let secret = key("notary-zhang");
    let (public, message) = (secret.public().to_bytes(), b"a message".as_slice());
    let good = secret.sign(message).0;
    let mut list = Vec::new();
    let mut case = |what: String, public: &[u8; 32], message: &[u8], signature: &[u8; 64]| {
        let valid = accepts(public, message, signature);
        list.push(json!({ "what": what, "public": hexed(public), "message": hexed(message), "signature": hexed(signature), "valid": valid }));
    };
    case("good".to_owned(), &public, message, &good);
    case("of nothing".to_owned(), &public, b"", &secret.sign(b"").0);
    case("another message".to_owned(), &public, b"another", &good);
    let mut malleable = good;
    plus_order(&mut malleable[32..]);
    case("S plus the order of the base point".to_owned(), &public, message, &malleable);
    for bit in (0..512).step_by(37) {
        let mut flipped = good;
        flipped[bit / 8] ^= 1 << (bit % 8);
        case(format!("bit {bit} flipped"), &public, message, &flipped);
    }
    for (number, small) in SMALL_ORDER.iter().enumerate() {
        let small: [u8; 32] = bytes(small);
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&small);
        case(format!("A and R of small order {number}, S zero"), &small, message, &signature);
        let mut signature = good;
        signature[..32].copy_from_slice(&small);
        case(format!("R of small order {number}"), &public, message, &signature);
    }
    let edges: Vec<Value> = serde_json::from_str(KNOWN_EDGES).expect("the fixed file of edge cases");
    for edge in edges {
        let field = |name: &str| edge[name].as_str().expect("a field of an edge case").to_owned();
        let message = hex::decode(field("message")).expect("hexadecimal digits");
        case(field("what"), &bytes(&field("public")), &message, &bytes(&field("signature")));
    }
    json!({ "cases": list, "keys": keys() })
}

/// Public keys with the verdict of registration.
fn keys() -> Vec<Value> {
    let mut list: Vec<([u8; 32], String)> =
        SMALL_ORDER.iter().enumerate().map(|(number, small)| (bytes(small), format!("small order {number}"))).collect();
    list.push((key("notary-zhang").public().to_bytes(), "good".to_owned()));
    // y = p + 2 .. p + 18, which 255 bits can hold, with both signs: decoders reduce them.
    for above in 2..19u8 {
        for sign in [0x7f, 0xff] {
            let mut encoding = [0xff; 32];
            encoding[0] = 0xed + above;
            encoding[31] = sign;
            list.push((encoding, format!("y is p + {above}, last byte {sign:02x}")));
        }
    }
    let verdict = |(encoding, what): ([u8; 32], String)| json!({ "what": what, "public": hexed(encoding), "valid": PublicKey::from_bytes(&encoding).is_ok() });
    list.into_iter().map(verdict).collect()
}
