//! What a proven bundle is about.

use ledger::bundle::Bundle;
use ledger::codec::{Cbor, decode};
use ledger::error::VerifyError;
use ledger::light::Verified;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{
    CorrectionCase, CorrectionEntry, Department, IdentityAttestation, Item, ItemRef, LookupRecord, NotarialCertificate,
};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, RecordId};

use super::openings;

/// The record that a bundle is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// A notarial certificate.
    Certificate(Box<NotarialCertificate>),
    /// An identity attestation.
    Identity(Box<IdentityAttestation>),
    /// A corrections case, with those of its entries that are shown and whether none is left out.
    Case {
        /// The case.
        record: Box<CorrectionCase>,
        /// Entries with their place in the list.
        entries: Vec<(u64, CorrectionEntry)>,
        /// All entries are here.
        complete: bool,
    },
    /// What was asked for does not exist.
    Absent {
        /// Paths whose absence is proven.
        paths: Vec<String>,
    },
    /// No single record: parameters, departments, keys, several records at once, a look-up without its certificate.
    Other {
        /// Paths that something stands at.
        paths: Vec<String>,
    },
}

/// The kinds of records that a bundle can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Certificate,
    Lookup,
    Identity,
    Case,
}

/// The kind of record that a path leads to: a path that is made anew from the id or the hash in it, letter by letter.
/// Any other one, as with an id in capitals, is absent whatever the ledger holds.
fn kind(path: &str) -> Option<Kind> {
    let (head, rest) = path.split_once('/')?;
    let of_id = |key: fn(&RecordId) -> StateKey| rest.parse().ok().map(|id| key(&id));
    let (kind, key) = match head {
        "certificate" => (Kind::Certificate, of_id(StateKey::certificate)),
        "identity" => (Kind::Identity, of_id(StateKey::identity)),
        "correction" => (Kind::Case, of_id(StateKey::correction)),
        "lookup" => (Kind::Lookup, rest.parse().ok().map(|hash| StateKey::lookup(&hash))),
        _ => return None,
    };
    key.is_some_and(|key| key.path() == path).then_some(kind)
}

/// An entry under a path that leads to a record.
struct Shown<'a> {
    kind: Kind,
    path: &'a str,
    value: Option<&'a [u8]>,
}

/// Finds the record that a bundle is about.
///
/// # Errors
/// A record that cannot be read: written by a newer program.
pub(crate) fn subject(verified: &Verified, bundle: &Bundle) -> Result<Subject, VerifyError> {
    // The maker's word chooses among proven records; what is disclosed must then open something of that one.
    let chosen = |path: &str| bundle.about.as_deref().is_none_or(|about| about == path);
    let shown: Vec<Shown<'_>> = verified
        .entries()
        .filter(|(path, _)| chosen(path))
        .filter_map(|(path, value)| kind(path).map(|kind| Shown { kind, path, value }))
        .collect();
    if !shown.is_empty() && shown.iter().all(|one| one.value.is_none()) {
        return Ok(Subject::Absent { paths: shown.iter().map(|one| one.path.to_owned()).collect() });
    }
    let count = |kind| values(&shown, kind).count();
    Ok(match certificate(verified, bundle, &shown)? {
        Certificate::This(record) => Subject::Certificate(record),
        Certificate::None if count(Kind::Case) == 1 => case(verified, only(&shown, Kind::Case)?),
        Certificate::None if count(Kind::Case) == 0 && count(Kind::Identity) == 1 => {
            Subject::Identity(Box::new(only(&shown, Kind::Identity)?))
        }
        _ => {
            let present = verified.entries().filter(|(_, value)| value.is_some());
            Subject::Other { paths: present.map(|(path, _)| path.to_owned()).collect() }
        }
    })
}

/// What the certificates and look-ups of a bundle say of what it is about.
enum Certificate {
    /// It is about this one.
    This(Box<NotarialCertificate>),
    /// There is none, and no look-up that leads to one.
    None,
    /// There are several and nothing chooses, or a look-up leads to one that is not shown.
    Unclear,
}

/// The certificate that a look-up leads to, else the one a disclosure opens, else the only one.
fn certificate(verified: &Verified, bundle: &Bundle, shown: &[Shown<'_>]) -> Result<Certificate, VerifyError> {
    let mut found: Vec<NotarialCertificate> = Vec::new();
    for value in values(shown, Kind::Certificate) {
        found.push(read(value)?);
    }
    let mut looked_up = Vec::new();
    for value in values(shown, Kind::Lookup) {
        looked_up.push(read::<LookupRecord>(value)?.certificate);
    }
    if found.is_empty() && looked_up.is_empty() {
        return Ok(Certificate::None);
    }
    if let [id] = looked_up.as_slice() {
        // Nothing else that is shown may be taken for what the look-up leads to.
        return match verified.record(&StateKey::certificate(id)) {
            Ok(Some(record)) => Ok(Certificate::This(Box::new(record))),
            Ok(None) | Err(VerifyError::NotShown { .. }) => Ok(Certificate::Unclear),
            Err(error) => Err(error),
        };
    }
    let disclosures = openings::disclosures(bundle).0;
    let opens = |record: &NotarialCertificate| {
        disclosures.iter().any(|disclosure| openings::of_certificate(record, disclosure).is_some())
    };
    if found.len() > 1 {
        found.retain(opens);
    }
    let only = if found.len() == 1 { found.pop() } else { None };
    Ok(only.map_or(Certificate::Unclear, |record| Certificate::This(Box::new(record))))
}

fn only<T: Cbor>(shown: &[Shown<'_>], kind: Kind) -> Result<T, VerifyError> {
    let found = values(shown, kind).next();
    read(found.ok_or_else(|| VerifyError::NotShown { what: format!("{kind:?}") })?)
}

/// Values of the present records of a kind.
fn values<'a>(shown: &[Shown<'a>], kind: Kind) -> impl Iterator<Item = &'a [u8]> {
    shown.iter().filter(move |one| one.kind == kind).filter_map(|one| one.value)
}

fn read<T: Cbor>(value: &[u8]) -> Result<T, VerifyError> {
    decode(value, VALUE_BYTES_MAX).map_err(|source| VerifyError::Codec { what: "record", source })
}

fn case(verified: &Verified, record: CorrectionCase) -> Subject {
    let list = verified.list(&StateKey::correction(&record.id)).ok();
    let entries: Vec<(u64, CorrectionEntry)> = list
        .map(|list| {
            let decoded = list.items.iter().map(|item| decode(item, VALUE_BYTES_MAX));
            (list.start..).zip(decoded).filter_map(|(index, entry)| entry.ok().map(|entry| (index, entry))).collect()
        })
        .unwrap_or_default();
    let complete = record.entries.length == entries.len() as u64;
    Subject::Case { record: Box::new(record), entries, complete }
}

/// The department's record, where the bundle shows it.
pub(crate) fn department(verified: &Verified, id: &DepartmentId) -> Option<Department> {
    verified.record(&StateKey::department(id)).ok().flatten()
}

/// The item in the version of a record, where the bundle shows it.
pub(crate) fn item(verified: &Verified, reference: &ItemRef) -> Option<Item> {
    verified.record(&StateKey::item_version(&reference.code, reference.version)).ok().flatten()
}

/// The certificate behind an id, where the bundle shows it.
pub(crate) fn other_certificate(verified: &Verified, id: &RecordId) -> Option<NotarialCertificate> {
    verified.record(&StateKey::certificate(id)).ok().flatten()
}
