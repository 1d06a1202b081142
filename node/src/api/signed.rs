//! Who asks: signed requests (RFC 9421) in the one profile of [`ledger::http_signature`].
//!
//! Form, authority and time are checked first, then key and signature against the ledger, then the nonce: a stranger
//! cannot fill the memory of nonces, and one department alone cannot either. The authority must be this node's own: else
//! a node that was asked could ask the others in the same department's name while the request lives.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::request::Parts;
use ledger::crypto::{KeyId, Signature};
use ledger::http_signature::{ALGORITHM, LIFETIME_SECONDS_MAX, NONCE_CHARS, SignedRequest, TAG};
use ledger::record::{Department, KeyRecord, KeyStatus, Purpose};
use ledger::state::{StateKey, StateView};
use ledger::types::{DepartmentId, TimeMs};
use sfv::{Dictionary, FieldType, InnerList, Key, ListEntry, Parameters, Parser};

use super::error::{ApiError, Problem};
use super::read::decode;

/// Nonces remembered at once; when that many are fresh, no more signed requests are taken for a moment.
const NONCES_MAX: usize = 65_536;
/// Nonces of one department among them: some 120 signed requests a second for as long as they live.
const NONCES_A_DEPARTMENT_MAX: usize = 8_192;
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

/// How a listener is asked: what a signed request must name.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Host, and port unless it is the scheme's own, in lower case.
    authorities: BTreeSet<String>,
}

impl Names {
    /// The names of a listener: `HOST` or `HOST:PORT`.
    pub(super) fn new(scheme: &'static str, authorities: impl IntoIterator<Item = String>) -> Self {
        let authorities = authorities.into_iter().map(|name| without_own_port(scheme, &name.to_ascii_lowercase()));
        Self { scheme, authorities: authorities.collect() }
    }

    fn include(&self, authority: &str) -> bool {
        self.authorities.contains(&without_own_port(self.scheme, authority))
    }
}

/// An authority without the port that its scheme has anyway (RFC 9110 section 4.2).
fn without_own_port(scheme: &str, authority: &str) -> String {
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority).to_owned()
}

/// Reads the signature of a request, if it has one.
///
/// # Errors
/// `signature-invalid` with the rule that it breaks; `wrong-authority` for a request that names another node.
pub(super) fn claim(parts: &Parts, names: &Names, now: TimeMs) -> Result<Option<Claim>, ApiError> {
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
    let target_uri = target_uri(parts, names)?;
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
fn target_uri(parts: &Parts, names: &Names) -> Result<String, ApiError> {
    let authority = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => one(&parts.headers, "host")?.ok_or_else(|| invalid("Host is needed"))?,
    };
    let authority = authority.to_ascii_lowercase();
    if !names.include(&authority) {
        return Err(Problem::WrongAuthority.into());
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(format!("{}://{authority}{path}", names.scheme))
}

/// Nonces of signed requests that have not expired.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    known: HashSet<(KeyId, String)>,
    by_end: BTreeSet<(u64, KeyId, String, DepartmentId)>,
    by_department: HashMap<DepartmentId, usize>,
}

impl Used {
    /// Forgets what nobody can send again.
    fn forget(&mut self, now_seconds: u64) {
        while self.by_end.first().is_some_and(|(end, ..)| end + CLOCK_SKEW_SECONDS <= now_seconds) {
            let Some((_, key, nonce, department)) = self.by_end.pop_first() else { break };
            self.known.remove(&(key, nonce));
            if let Some(count) = self.by_department.get_mut(&department) {
                *count -= 1;
                if *count == 0 {
                    self.by_department.remove(&department);
                }
            }
        }
    }
}

impl Nonces {
    /// Uses a nonce up.
    ///
    /// # Errors
    /// `signature-replayed`; `too-many-requests` for one department, `busy` for all together.
    fn take(&self, claim: &Claim, department: &DepartmentId, now: TimeMs) -> Result<(), ApiError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget(now.0 / 1000);
        if used.known.contains(&(claim.key, claim.nonce.clone())) {
            return Err(Problem::SignatureReplayed.into());
        }
        if used.by_department.get(department).is_some_and(|count| *count >= NONCES_A_DEPARTMENT_MAX) {
            return Err(Problem::TooManyRequests.into());
        }
        if used.known.len() >= NONCES_MAX {
            return Err(Problem::Busy.into());
        }
        used.known.insert((claim.key, claim.nonce.clone()));
        used.by_end.insert((claim.expires, claim.key, claim.nonce.clone(), department.clone()));
        *used.by_department.entry(department.clone()).or_default() += 1;
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
    nonces.take(claim, &department.id, now)?;
    Ok(department)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(number: usize, expires: u64) -> Claim {
        let (signature, nonce) = (Signature([0; 64]), format!("{number:032x}"));
        Claim { base: String::new(), signature, key: KeyId(Default::default()), nonce, expires }
    }

    #[test]
    fn one_department_cannot_use_up_the_memory_of_nonces() {
        let (nonces, now) = (Nonces::default(), TimeMs(1_000_000));
        let [busy, quiet] = ["busy", "quiet"].map(|name| name.parse::<DepartmentId>().expect("a short name"));
        for number in 0..NONCES_A_DEPARTMENT_MAX {
            nonces.take(&claim(number, 1_060), &busy, now).expect("within its quota");
        }
        let over = nonces.take(&claim(NONCES_A_DEPARTMENT_MAX, 1_060), &busy, now).expect_err("beyond its quota");
        assert!(matches!(over, ApiError::Problem(Problem::TooManyRequests, _)), "{over:?}");
        let again = nonces.take(&claim(0, 1_060), &busy, now).expect_err("a replay");
        assert!(matches!(again, ApiError::Problem(Problem::SignatureReplayed, _)), "{again:?}");
        nonces.take(&claim(NONCES_A_DEPARTMENT_MAX, 1_060), &quiet, now).expect("others have room");
        let later = TimeMs((1_060 + CLOCK_SKEW_SECONDS) * 1000);
        nonces.take(&claim(0, 1_120), &busy, later).expect("its old ones are forgotten");
        let used = nonces.used.lock().expect("nobody panicked");
        assert_eq!((used.known.len(), used.by_end.len(), used.by_department.len()), (1, 1, 1));
    }

    #[test]
    fn the_port_of_the_scheme_may_be_left_out() {
        let names = Names::new("https", ["Node.Example:443".to_owned(), "127.0.1.1:27002".to_owned()]);
        for authority in ["node.example", "node.example:443", "127.0.1.1:27002"] {
            assert!(names.include(authority), "{authority}");
        }
        for authority in ["node.example:80", "127.0.1.1", "127.0.1.2:27002", ""] {
            assert!(!names.include(authority), "{authority}");
        }
    }
}
