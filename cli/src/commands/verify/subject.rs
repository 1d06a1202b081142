//! What a proven bundle is about, and which of its commitments the disclosures open.

use identity::{Disclosure, DocumentSecret, Fingerprint};
use ledger::bundle::Bundle;
use ledger::codec::{Cbor, decode};
use ledger::crypto::Hash;
use ledger::error::VerifyError;
use ledger::light::Verified;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{
    CorrectionCase, CorrectionEntry, Department, IdentityAttestation, Item, ItemRef, LookupRecord, NotarialCertificate,
};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, RecordId, Text};

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
    /// Neither: parameters, departments, keys, several records at once.
    Other {
        /// Proven paths.
        paths: Vec<String>,
    },
}

/// What an opened commitment stands for in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The finished certificate.
    Document,
    /// The paper of a mending, counted from 0.
    Amendment(usize),
    /// The application file.
    Matter,
    /// The deciding document of a case.
    Decision,
    /// The content of an entry of a case, by its place in the list.
    Entry(u64),
    /// The ground of a mending.
    AmendmentReason(usize),
    /// The ground of an end or of a change of status.
    Reason,
    /// An attribute of a person.
    Attribute,
    /// The person whom it is about.
    Person,
}

/// An opened commitment.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// What it stands for.
    pub(crate) place: Place,
    /// What it opens to.
    pub(crate) disclosure: Disclosure,
}

impl Opening {
    /// The file it stands for, if it stands for one.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match &self.disclosure {
            Disclosure::Document(DocumentSecret { digest, size_bytes, .. }) => {
                Some(Fingerprint { digest: *digest, size_bytes: *size_bytes })
            }
            Disclosure::Content(secret) => Some(Fingerprint { digest: secret.digest, size_bytes: secret.size_bytes }),
            _ => None,
        }
    }

    /// The name the file was given, for people.
    pub(crate) fn name(&self) -> Option<&Text> {
        match &self.disclosure {
            Disclosure::Document(secret) => secret.name.as_ref(),
            _ => None,
        }
    }
}

/// The disclosures of a bundle, sorted into those that open something of the record and those that do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Openings {
    /// Opened commitments.
    pub(crate) opened: Vec<Opening>,
    /// Disclosures that open nothing of this record: tampered with, or of another one.
    pub(crate) strays: usize,
    /// Disclosures that cannot be read.
    pub(crate) unreadable: usize,
    /// Look-up codes; they are checked through the look-up, not against the record.
    pub(crate) codes: Vec<identity::LookupCode>,
}

const RECORDS: [&str; 4] = ["certificate/", "lookup/", "identity/", "correction/"];

/// Finds the record that a bundle is about.
///
/// # Errors
/// A record that cannot be read: written by a newer program.
pub(crate) fn subject(verified: &Verified, bundle: &Bundle) -> Result<Subject, VerifyError> {
    // The maker's word chooses among proven records; what is disclosed must then open something of that one.
    let chosen = |path: &str| bundle.about.as_deref().is_none_or(|about| about == path);
    let of_records = |path: &str| chosen(path) && RECORDS.iter().any(|head| path.starts_with(head));
    let shown: Vec<(&str, Option<&[u8]>)> = verified.entries().filter(|(path, _)| of_records(path)).collect();
    if !shown.is_empty() && shown.iter().all(|(_, value)| value.is_none()) {
        return Ok(Subject::Absent { paths: shown.iter().map(|(path, _)| (*path).to_owned()).collect() });
    }
    let present = |head: &str| shown.iter().filter(|(path, value)| path.starts_with(head) && value.is_some()).count();
    if let Some(record) = certificate(verified, bundle, &shown)? {
        return Ok(Subject::Certificate(Box::new(record)));
    }
    match (present("identity/"), present("correction/"), present("certificate/")) {
        (1, 0, 0) => only(&shown, "identity/").map(|record| Subject::Identity(Box::new(record))),
        (_, 1, 0) => only(&shown, "correction/").map(|record| case(verified, record)),
        _ => Ok(Subject::Other { paths: verified.entries().map(|(path, _)| path.to_owned()).collect() }),
    }
}

/// The certificate that a look-up leads to, else the one a disclosure opens, else the only one.
fn certificate(
    verified: &Verified,
    bundle: &Bundle,
    shown: &[(&str, Option<&[u8]>)],
) -> Result<Option<NotarialCertificate>, VerifyError> {
    let mut found: Vec<NotarialCertificate> = Vec::new();
    for value in values(shown, "certificate/") {
        found.push(read(value)?);
    }
    let mut looked_up = Vec::new();
    for value in values(shown, "lookup/") {
        looked_up.push(read::<LookupRecord>(value)?.certificate);
    }
    if let [id] = looked_up.as_slice() {
        // A look-up whose certificate is not shown says only that there is one.
        return match verified.record(&StateKey::certificate(id)) {
            Err(VerifyError::NotShown { .. }) => Ok(None),
            found => found,
        };
    }
    let disclosures = disclosures(bundle).0;
    let opens = |record: &NotarialCertificate| {
        let commitments = certificate_commitments(record);
        disclosures.iter().filter_map(commitment).any(|hash| commitments.iter().any(|(known, _)| *known == hash))
    };
    if found.len() > 1 {
        found.retain(opens);
    }
    Ok(if found.len() == 1 { found.pop() } else { None })
}

fn only<T: Cbor>(shown: &[(&str, Option<&[u8]>)], head: &str) -> Result<T, VerifyError> {
    let found = values(shown, head).next();
    read(found.ok_or_else(|| VerifyError::NotShown { what: head.to_owned() })?)
}

/// Values of the present records of a kind.
fn values<'a>(shown: &'a [(&'a str, Option<&'a [u8]>)], head: &'a str) -> impl Iterator<Item = &'a [u8]> {
    shown.iter().filter(move |(path, _)| path.starts_with(head)).filter_map(|(_, value)| *value)
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

/// Disclosures that can be read, and the number of those that cannot.
fn disclosures(bundle: &Bundle) -> (Vec<Disclosure>, usize) {
    let read: Vec<_> = bundle.disclosures.iter().map(|bytes| Disclosure::from_bytes(bytes)).collect();
    let unreadable = read.iter().filter(|one| one.is_err()).count();
    (read.into_iter().filter_map(Result::ok).collect(), unreadable)
}

/// Sorts the disclosures of a bundle by what of the record they open.
pub(crate) fn openings(bundle: &Bundle, subject: &Subject) -> Openings {
    let (all, unreadable) = disclosures(bundle);
    let commitments = commitments(subject);
    let mut sorted = Openings { unreadable, ..Openings::default() };
    for disclosure in all {
        let place = match &disclosure {
            Disclosure::Lookup(lookup) => {
                sorted.codes.push(lookup.code.clone());
                continue;
            }
            Disclosure::Subject(link) => match subject {
                Subject::Certificate(record) if link.is_subject_of(record) => Some(Place::Person),
                _ => None,
            },
            other => commitment(other)
                .and_then(|hash| commitments.iter().find(|(known, _)| *known == hash).map(|(_, place)| place.clone())),
        };
        match place {
            Some(place) => sorted.opened.push(Opening { place, disclosure }),
            None => sorted.strays += 1,
        }
    }
    sorted
}

/// The hash that a disclosure opens; `None` for those that are checked in another way.
pub(crate) fn commitment(disclosure: &Disclosure) -> Option<Hash> {
    match disclosure {
        Disclosure::Document(secret) => Some(secret.commitment()),
        Disclosure::Attribute(secret) => Some(secret.commitment()),
        Disclosure::Text(secret) => Some(secret.commitment()),
        Disclosure::Content(secret) => Some(secret.commitment()),
        Disclosure::CaseSubject(secret) => Some(secret.commitment()),
        Disclosure::Lookup(_) | Disclosure::Subject(_) => None,
    }
}

fn commitments(subject: &Subject) -> Vec<(Hash, Place)> {
    match subject {
        Subject::Certificate(record) => certificate_commitments(record),
        Subject::Identity(record) => {
            let mut all: Vec<_> = record.attributes.iter().map(|one| (one.commitment, Place::Attribute)).collect();
            all.extend(record.changed.iter().filter_map(|reason| reason.text).map(|text| (text, Place::Reason)));
            all
        }
        Subject::Case { record, entries, .. } => {
            let mut all = vec![(record.subject, Place::Person), (record.decision, Place::Decision)];
            all.extend(record.closed.iter().filter_map(|reason| reason.text).map(|text| (text, Place::Reason)));
            all.extend(entries.iter().map(|(index, entry)| (entry.content, Place::Entry(*index))));
            all
        }
        Subject::Absent { .. } | Subject::Other { .. } => Vec::new(),
    }
}

/// Every commitment that a certificate holds.
pub(crate) fn certificate_commitments(record: &NotarialCertificate) -> Vec<(Hash, Place)> {
    let mut all = vec![(record.matter, Place::Matter)];
    all.extend(record.document.map(|hash| (hash, Place::Document)));
    for (index, amendment) in record.amendments.iter().enumerate() {
        all.push((amendment.document, Place::Amendment(index)));
        all.extend(amendment.reason.text.map(|hash| (hash, Place::AmendmentReason(index))));
    }
    all.extend(record.ended.iter().filter_map(|reason| reason.text).map(|hash| (hash, Place::Reason)));
    all
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
