//! `yinxin inspect`: what a file of ours holds, to be read. Nothing is verified here, and that is said.
//!
//! The decoders are typed and do not recurse on input: whatever a file holds, it is one of our formats in its one
//! canonical form, or it is refused at the first byte that does not fit.

use identity::Disclosure;
use identity::disclosure::DISCLOSURE_BYTES_MAX;
use ledger::block::{Block, Header, SignedHeader};
use ledger::bundle::Bundle;
use ledger::codec::{self, Cbor, CodecError, View};
use ledger::evidence::Evidence;
use ledger::genesis::Genesis;
use ledger::limits::{BLOCK_BYTES_MAX, HEADER_BYTES_MAX};
use ledger::statement::SignedStatement;
use ledger::trust::TrustFile;
use serde_json::{Map, Value, json};

use super::facts::plain;
use super::secrets::SecretFile;
use super::verify::openings::commitment;
use crate::app::App;
use crate::args::Inspect;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::reason::why;

/// No format of ours is larger.
pub(crate) const FILE_BYTES_MAX: u64 = BLOCK_BYTES_MAX as u64;
/// A value in a bundle is shown up to this many hex digits.
const HEX_SHOWN: usize = 128;

/// A file that was recognised.
struct Found {
    /// Key of the format's name in the catalogue; without `format-` it is the stable word.
    format: &'static str,
    /// What it holds.
    value: Value,
}

/// Shows a file.
///
/// # Errors
/// `FileTooBig`; `FileFormat` with the reason of the format that came furthest.
pub(crate) fn run(app: &App, args: &Inspect) -> Result<Exit, CliError> {
    let bytes = files::read(&args.file, FILE_BYTES_MAX)?;
    let found = recognise(&bytes, args.reveal)
        .map_err(|error| CliError::format(&args.file, why("reason-no-format").because(error)))?;
    let word = found.format.trim_start_matches("format-");
    let value = json!({"format": word, "size_bytes": bytes.len(), "verified": false, "content": found.value});
    let mut text = format!(
        "{}\n",
        app.say("inspect-is", &[("format", &app.words.say(found.format)), ("size", &bytes.len().to_string())])
    );
    lines(&value["content"], 1, &mut text);
    app.out.result(&crate::output::inert_lines(&text), &value);
    app.out.note(&app.words.say("inspect-not-verified"));
    Ok(Exit::Done)
}

/// Tries every format; the error is that of the one that came furthest into the bytes.
fn recognise(bytes: &[u8], reveal: bool) -> Result<Found, CodecError> {
    type Attempt = fn(&[u8], bool) -> Result<Found, CodecError>;
    let attempts: [Attempt; 10] =
        [statement, bundle, trust, genesis, secret, disclosure, evidence, header, signed_header, block];
    let mut furthest = CodecError::Malformed { position: 0, reason: "expected the first byte of one of our formats" };
    for attempt in attempts {
        match attempt(bytes, reveal) {
            Ok(found) => return Ok(found),
            Err(error) if position(&error) > position(&furthest) => furthest = error,
            Err(_) => {}
        }
    }
    Err(furthest)
}

/// Key of the name of the format of ours that bytes are of, as a whole; nothing of what they say is verified.
pub(crate) fn format(bytes: &[u8]) -> Option<&'static str> {
    recognise(bytes, false).ok().map(|found| found.format)
}

fn position(error: &CodecError) -> usize {
    match error {
        CodecError::Malformed { position, .. }
        | CodecError::Missing { position, .. }
        | CodecError::NotCanonical { position } => *position,
        // The value was read to its end, or its range was judged: it is of this format.
        CodecError::OutOfRange { .. } => 1,
        CodecError::TooLong { .. } => 0,
    }
}

fn shown(format: &'static str, view: &View) -> Found {
    Found { format, value: plain(view) }
}

fn statement(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    SignedStatement::decode(bytes).map(|statement| shown("format-statement", &statement.view()))
}

fn bundle(bytes: &[u8], reveal: bool) -> Result<Found, CodecError> {
    let bundle = Bundle::decode(bytes)?;
    let mut value = plain(&bundle.view());
    let disclosures = bundle.disclosures.iter().map(|bytes| match Disclosure::from_bytes(bytes) {
        Ok(disclosure) => opened(&disclosure, reveal),
        Err(_) => json!({"type": "unknown"}),
    });
    value["disclosures"] = disclosures.collect();
    Ok(Found { format: "format-bundle", value })
}

fn trust(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    TrustFile::decode(bytes).map(|trust| shown("format-trust", &trust.view()))
}

fn genesis(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    let genesis = Genesis::decode(bytes)?;
    let context = genesis.context();
    let mut value = plain(&genesis.view());
    value["hash"] = json!(context.genesis.to_string());
    value["chain"] = json!(context.chain.as_str());
    Ok(Found { format: "format-genesis", value })
}

fn secret(bytes: &[u8], reveal: bool) -> Result<Found, CodecError> {
    let file = SecretFile::decode(bytes)?;
    let openings: Vec<Value> = file.disclosures()?.iter().map(|one| opened(one, reveal)).collect();
    let value =
        json!({"version": file.version, "chain": file.chain.as_str(), "record": file.record, "openings": openings});
    Ok(Found { format: "format-secret", value })
}

fn disclosure(bytes: &[u8], reveal: bool) -> Result<Found, CodecError> {
    let disclosure: Disclosure = codec::decode(bytes, DISCLOSURE_BYTES_MAX)?;
    Ok(Found { format: "format-disclosure", value: opened(&disclosure, reveal) })
}

fn evidence(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    Evidence::decode(bytes).map(|evidence| shown("format-evidence", &evidence.view()))
}

fn header(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    codec::decode::<Header>(bytes, HEADER_BYTES_MAX).map(|header| shown("format-header", &header.view()))
}

fn signed_header(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    codec::decode::<SignedHeader>(bytes, BLOCK_BYTES_MAX).map(|signed| shown("format-signed-header", &signed.view()))
}

fn block(bytes: &[u8], _: bool) -> Result<Found, CodecError> {
    codec::decode::<Block>(bytes, BLOCK_BYTES_MAX).map(|block| shown("format-block", &block.view()))
}

/// A disclosure with everything that is secret or personal masked, unless it was asked for.
fn opened(disclosure: &Disclosure, reveal: bool) -> Value {
    let mut value = plain(&disclosure.shown());
    if let Some(hash) = commitment(disclosure) {
        value["commitment"] = json!(hash.to_string());
    }
    if !reveal && let Some(body) = value["body"].as_object_mut() {
        mask(body);
    }
    value
}

/// Fields that neither open a commitment nor say anything of a person or a matter.
const HARMLESS: [&str; 1] = ["size_bytes"];

fn mask(body: &mut Map<String, Value>) {
    for (name, value) in body.iter_mut().filter(|(name, _)| !HARMLESS.contains(&name.as_str())) {
        // Which attribute it is stands on the ledger; a look-up code has the same field name and is text in groups.
        let attribute = name == "code"
            && value.as_str().is_some_and(|text| text.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        if !attribute {
            *value = json!("••••");
        }
    }
}

/// Every value as an indented line, harmless to a terminal, without the last end of line.
pub(crate) fn values(value: &Value) -> String {
    let mut text = String::new();
    lines(value, 1, &mut text);
    crate::output::inert_lines(text.trim_end())
}

/// A JSON value as indented lines: deep values of our formats have fewer than twenty levels.
fn lines(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (format!("{name}:"), value)).collect(),
        Value::Array(items) => items.iter().map(|value| ("-".to_owned(), value)).collect(),
        other => vec![(String::new(), other)],
    };
    for (label, value) in entries {
        match value {
            Value::Object(_) | Value::Array(_) => {
                text.push_str(&format!("{indent}{label}\n"));
                lines(value, depth + 1, text);
            }
            other => text.push_str(&format!("{indent}{label} {}\n", scalar(other))),
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.len() > HEX_SHOWN && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{}… ({} bytes)", &text[..HEX_SHOWN], text.len() / 2)
        }
        Value::String(text) => crate::output::inert(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use identity::{AttributeSecret, LookupCode, disclosure::LookupDisclosure};
    use rand_core::OsRng;

    use super::*;

    fn disclosures() -> [Disclosure; 2] {
        let code = LookupCode::from_bytes(&[7; 10]);
        let (name, value) = ("name".parse().expect("a code"), ledger::types::Text::new("王小明").expect("a text"));
        [
            Disclosure::Lookup(LookupDisclosure { code, number: None }),
            Disclosure::Attribute(AttributeSecret::new(name, value, &mut OsRng)),
        ]
    }

    #[test]
    fn secrets_are_masked_unless_asked_for() {
        let mut file = SecretFile::new("sample-00".parse().expect("a chain id"), "identity/07");
        file.openings = disclosures().iter().map(|one| one.to_bytes().into()).collect();
        let bytes = codec::encode(&file);
        let code = LookupCode::from_bytes(&[7; 10]).to_string();
        for (reveal, seen) in [(false, false), (true, true)] {
            let found = recognise(&bytes, reveal).expect("a secret file");
            let text = found.value.to_string();
            assert_eq!(found.format, "format-secret");
            assert_eq!((text.contains("王小明"), text.contains(&code)), (seen, seen), "{text}");
            assert!(text.contains("\"name\""), "which attribute it is stands on the ledger");
        }
    }

    #[test]
    fn hostile_files_are_refused() {
        let nested = |byte: u8, depth: usize| vec![byte; depth];
        let mut maps = Vec::new();
        for _ in 0..10_000 {
            maps.extend([0xa1, 0x01]);
        }
        let huge_claim = [&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], &[0x9b; 64]].concat();
        let all = [
            Vec::new(),
            vec![0; 1024],
            nested(0x81, 10_000),
            nested(0xd2, 10_000),
            nested(0x9f, 10_000),
            nested(0x5f, 10_000),
            maps,
            huge_claim,
            b"{\"json\": true}".to_vec(),
            b"%PDF-1.7".to_vec(),
        ];
        for bytes in all {
            assert!(recognise(&bytes, true).is_err(), "{:?}", bytes.get(..8));
        }
    }
}
