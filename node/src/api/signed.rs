//! Who asks: signed requests (RFC 9421) in the one profile of [`ledger::http_signature`].
//!
//! Form and time are checked first, then key and signature against the ledger, then the nonce: a stranger cannot fill
//! the memory of nonces.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::request::Parts;
use ledger::codec;
use ledger::crypto::{KeyId, Signature};
use ledger::http_signature::{ALGORITHM, LIFETIME_SECONDS_MAX, NONCE_CHARS, SignedRequest, TAG};
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{Department, KeyRecord, KeyStatus, Purpose};
use ledger::state::{StateKey, StateView};
use ledger::types::TimeMs;
use sfv::{Dictionary, FieldType, InnerList, Key, ListEntry, Parameters, Parser};

use super::error::{ApiError, Problem};

/// Nonces remembered at once; when that many are fresh, no more signed requests are taken for a moment.
const NONCES_MAX: usize = 65_536;
/// Clocks of client and node may differ by this much.
const CLOCK_SKEW_SECONDS: u64 = 5;

/// A signature of the right form, not verified yet.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    base: String,
    signature: Signature,
    key: KeyId,
    nonce: String,
    expires: u64,
}

/// Reads the signature of a request, if it has one. `scheme` is the listener's.
///
/// # Errors
/// `signature-invalid` with the rule that it breaks.
pub(super) fn claim(parts: &Parts, scheme: &str, now: TimeMs) -> Result<Option<Claim>, ApiError> {
    let (input, signature) = match (one(&parts.headers, "signature-input")?, one(&parts.headers, "signature")?) {
        (None, None) => return Ok(None),
        (Some(input), Some(signature)) => (input, signature),
        _ => return Err(invalid("Signature-Input and Signature come together")),
    };
    let (label, covered) = covered(input)?;
    let Some(ListEntry::Item(signature)) = dictionary(signature)?.swap_remove(label.as_str()) else {
        return Err(invalid("Signature holds no byte sequence under the label of Signature-Input"));
    };
    let signature = signature.bare_item.as_byte_sequence().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    let signature = Signature(signature.ok_or_else(|| invalid("Signature is not 64 bytes"))?);
    let target_uri = target_uri(parts, scheme)?;
    let digest = one(&parts.headers, "content-digest")?;
    let request = SignedRequest { method: parts.method.as_str(), target_uri: &target_uri, content_digest: digest };
    check_components(&covered, &request)?;
    let (key, nonce, expires) = check_parameters(&covered.params, now)?;
    let base = request.base(&serialise(label, covered)?);
    Ok(Some(Claim { base, signature, key, nonce, expires }))
}

fn invalid(detail: &'static str) -> ApiError {
    ApiError::with(Problem::SignatureInvalid, detail)
}

/// The value of a field that stands at most once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| invalid("a signature field is not ASCII")),
        _ => Err(invalid("a signature field stands twice")),
    }
}

fn dictionary(field: &str) -> Result<Dictionary, ApiError> {
    Parser::new(field).parse::<Dictionary>().map_err(|_| invalid("a signature field is no dictionary"))
}

/// The signature that is made for this use, with its label: clients choose the label, the tag says what it is for.
fn covered(field: &str) -> Result<(Key, InnerList), ApiError> {
    let tagged = |list: &InnerList| {
        list.params.get("tag").and_then(|tag| tag.as_string()).is_some_and(|tag| tag.as_str() == TAG)
    };
    let lists = dictionary(field)?.into_iter().filter_map(|(label, member)| match member {
        ListEntry::InnerList(list) => Some((label, list)),
        ListEntry::Item(_) => None,
    });
    let mut ours = lists.filter(|(_, list)| tagged(list));
    match (ours.next(), ours.next()) {
        (Some(found), None) => Ok(found),
        _ => Err(invalid("one signature has the tag yinxin-read")),
    }
}

/// The parameters as RFC 9421 section 2.3 serialises them.
fn serialise(label: Key, covered: InnerList) -> Result<String, ApiError> {
    let prefix = format!("{}=", label.as_str());
    let dictionary = Dictionary::from_iter([(label, ListEntry::InnerList(covered))]);
    let text = dictionary.serialize().ok_or_else(|| invalid("Signature-Input is empty"))?;
    Ok(text.strip_prefix(&prefix).unwrap_or(&text).to_owned())
}

/// Covered are method and target, and the digest of the body if there is one; no more and no less.
fn check_components(covered: &InnerList, request: &SignedRequest<'_>) -> Result<(), ApiError> {
    let plain = covered.items.iter().all(|item| item.params.is_empty());
    let names = covered.items.iter().filter_map(|item| item.bare_item.as_string().map(|name| name.as_str()));
    if plain && names.eq(request.components()) && covered.items.len() == request.components().len() {
        return Ok(());
    }
    Err(invalid("covered are \"@method\" \"@target-uri\", and \"content-digest\" with a body, in this order"))
}

/// Key, nonce and expiry, if all parameters are as they must be.
fn check_parameters(parameters: &Parameters, now: TimeMs) -> Result<(KeyId, String, u64), ApiError> {
    let text = |name: &str| parameters.get(name).and_then(|value| value.as_string()).map(|value| value.as_str());
    let seconds = |name: &str| {
        let value = parameters.get(name).and_then(|value| value.as_integer());
        value.and_then(|value| u64::try_from(i64::from(value)).ok())
    };
    if parameters.contains_key("alg") && text("alg") != Some(ALGORITHM) {
        return Err(invalid("alg is ed25519"));
    }
    let (Some(created), Some(expires)) = (seconds("created"), seconds("expires")) else {
        return Err(invalid("created and expires are needed"));
    };
    let now = now.0 / 1000;
    let lives = expires > created && expires - created <= LIFETIME_SECONDS_MAX;
    if !lives || created > now + CLOCK_SKEW_SECONDS || expires + CLOCK_SKEW_SECONDS <= now {
        return Err(invalid("the signature is made now and lives at most 60 seconds"));
    }
    let key =
        text("keyid").and_then(|key| key.parse().ok()).ok_or_else(|| invalid("keyid is a key id of the ledger"))?;
    let nonce =
        text("nonce").filter(|nonce| nonce.len() == NONCE_CHARS && nonce.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let nonce = nonce.ok_or_else(|| invalid("nonce is 32 hexadecimal digits"))?;
    Ok((key, nonce.to_ascii_lowercase(), expires))
}

/// The URI that the client asked for: RFC 9421 section 2.2.2.
fn target_uri(parts: &Parts, scheme: &str) -> Result<String, ApiError> {
    let authority = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => one(&parts.headers, "host")?.ok_or_else(|| invalid("Host is needed"))?,
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(format!("{scheme}://{}{path}", authority.to_ascii_lowercase()))
}

/// Nonces of signed requests that have not expired.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    known: HashSet<(KeyId, String)>,
    by_end: BTreeSet<(u64, KeyId, String)>,
}

impl Nonces {
    /// Uses a nonce up.
    fn take(&self, claim: &Claim, now: TimeMs) -> Result<(), ApiError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.0 / 1000;
        while used.by_end.first().is_some_and(|(end, _, _)| end + CLOCK_SKEW_SECONDS <= now) {
            if let Some((_, key, nonce)) = used.by_end.pop_first() {
                used.known.remove(&(key, nonce));
            }
        }
        if used.known.contains(&(claim.key, claim.nonce.clone())) {
            return Err(Problem::SignatureReplayed.into());
        }
        if used.known.len() >= NONCES_MAX {
            return Err(Problem::Busy.into());
        }
        used.known.insert((claim.key, claim.nonce.clone()));
        used.by_end.insert((claim.expires, claim.key, claim.nonce.clone()));
        Ok(())
    }
}

/// The department behind a claim, as the ledger's tip has it.
///
/// # Errors
/// `signature-invalid` for an unknown or unusable key, a retired department or a signature that does not verify;
/// `signature-replayed` for a nonce used before.
pub(super) fn reader(
    view: &dyn StateView,
    nonces: &Nonces,
    claim: &Claim,
    now: TimeMs,
) -> Result<Department, ApiError> {
    let unusable = || invalid("the key is not registered, not active, or not one that may ask");
    let time = view.tip()?.header.time;
    let value = view.value(&StateKey::key(&claim.key))?.ok_or_else(unusable)?;
    let record: KeyRecord = decode(&value)?;
    let asks = matches!(record.purpose, Purpose::Officer | Purpose::Administration | Purpose::Network);
    let frozen = record.frozen_until.is_some_and(|until| time < until);
    let valid = record.not_before <= time && time < record.not_after;
    if !asks || record.status != KeyStatus::Active || frozen || !valid {
        return Err(unusable());
    }
    record.key.verify(claim.base.as_bytes(), &claim.signature).map_err(|_| invalid("the signature does not verify"))?;
    let value = view.value(&StateKey::department(&record.department))?.ok_or_else(unusable)?;
    let department: Department = decode(&value)?;
    if !department.active {
        return Err(unusable());
    }
    nonces.take(claim, now)?;
    Ok(department)
}

fn decode<T: codec::Cbor>(value: &[u8]) -> Result<T, ApiError> {
    codec::decode(value, VALUE_BYTES_MAX).map_err(|error| ledger::error::Fault::damaged(error.to_string()).into())
}
