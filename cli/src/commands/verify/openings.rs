//! Which commitments of a record the disclosures of a bundle open, each in a place of its own kind.

use identity::disclosure::LookupDisclosure;
use identity::{Disclosure, DocumentSecret, Fingerprint};
use ledger::bundle::Bundle;
use ledger::crypto::Hash;
use ledger::record::NotarialCertificate;
use ledger::types::{Code, Text};

use super::subject::Subject;

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
    /// The text of a mending's ground, counted from 0.
    AmendmentGround(usize),
    /// The text of the ground of an end or of a change of status.
    Ground,
    /// The paper that ended a case.
    Closing,
    /// An attribute of a person, under its code.
    Attribute(Code),
    /// The person whom it is about.
    Person,
}

impl Place {
    /// Whether a file that stands here is one that the record certifies: the application file is not.
    pub(crate) const fn is_certified(&self) -> bool {
        matches!(self, Self::Document | Self::Amendment(_) | Self::Decision | Self::Entry(_) | Self::Closing)
    }

    /// Whether a disclosure of this kind can stand here. Whoever writes a commitment chooses its 32 bytes freely: that
    /// of a false paper may be found where an attribute or a person belongs, and opens nothing there.
    fn takes(&self, disclosure: &Disclosure) -> bool {
        match self {
            Self::Document | Self::Amendment(_) | Self::Matter | Self::Decision | Self::Closing => {
                matches!(disclosure, Disclosure::Document(_))
            }
            Self::Entry(_) => matches!(disclosure, Disclosure::Content(_)),
            Self::AmendmentGround(_) | Self::Ground => matches!(disclosure, Disclosure::Text(_)),
            Self::Attribute(code) => matches!(disclosure, Disclosure::Attribute(secret) if secret.code == *code),
            Self::Person => matches!(disclosure, Disclosure::CaseSubject(_)),
        }
    }

    /// Whether a disclosure opens the commitment that stands here.
    fn is_opened_by(&self, hash: Hash, disclosure: &Disclosure) -> bool {
        self.takes(disclosure) && commitment(disclosure) == Some(hash)
    }
}

/// An opened commitment in one place. Whoever sees a commitment can write it down again, without the file: then one
/// disclosure opens several places, and every one is told.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// What it stands for there.
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
    pub(crate) codes: Vec<LookupDisclosure>,
}

impl Openings {
    /// Whether every file that the record certifies is opened, and there is one: then one that fits none of them is
    /// proven to be another. While a single one is not opened, or entries of a case are left out, it may be that one.
    pub(super) fn open_all_files(&self, subject: &Subject) -> bool {
        let whole = !matches!(subject, Subject::Case { complete: false, .. });
        let opened =
            |hash: &Hash, place: &Place| self.opened.iter().any(|one| place.is_opened_by(*hash, &one.disclosure));
        let all = commitments(subject);
        let mut files = all.iter().filter(|(_, place)| place.is_certified()).peekable();
        whole && files.peek().is_some() && files.all(|(hash, place)| opened(hash, place))
    }
}

/// Disclosures that can be read, and the number of those that cannot.
pub(super) fn disclosures(bundle: &Bundle) -> (Vec<Disclosure>, usize) {
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
        let places: Vec<Place> = match &disclosure {
            Disclosure::Lookup(lookup) => {
                sorted.codes.push(lookup.clone());
                continue;
            }
            Disclosure::Subject(link) => match subject {
                Subject::Certificate(record) if link.is_subject_of(record) => vec![Place::Person],
                _ => Vec::new(),
            },
            other => places(&commitments, other).cloned().collect(),
        };
        sorted.strays += usize::from(places.is_empty());
        sorted.opened.extend(places.into_iter().map(|place| Opening { place, disclosure: disclosure.clone() }));
    }
    sorted
}

/// What a disclosure opens among some commitments: its own hash, in each place of its kind.
fn places<'a>(commitments: &'a [(Hash, Place)], disclosure: &Disclosure) -> impl Iterator<Item = &'a Place> {
    let opened = commitments.iter().filter(|(hash, place)| place.is_opened_by(*hash, disclosure));
    opened.map(|(_, place)| place)
}

/// What a disclosure opens of a certificate, the application file after everything else; `None` for look-up codes and
/// subjects, which open no commitment.
pub(crate) fn of_certificate(record: &NotarialCertificate, disclosure: &Disclosure) -> Option<Place> {
    places(&certificate_commitments(record), disclosure).next().cloned()
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
            let attributes = record.attributes.iter();
            let mut all: Vec<_> = attributes.map(|one| (one.commitment, Place::Attribute(one.code.clone()))).collect();
            all.extend(record.changed.iter().filter_map(|ground| ground.text).map(|text| (text, Place::Ground)));
            all
        }
        Subject::Case { record, entries, .. } => {
            let mut all = vec![(record.subject, Place::Person), (record.decision, Place::Decision)];
            all.extend(record.closed.iter().filter_map(|ground| ground.text).map(|text| (text, Place::Closing)));
            all.extend(entries.iter().map(|(index, entry)| (entry.content, Place::Entry(*index))));
            all
        }
        Subject::Absent { .. } | Subject::Other { .. } => Vec::new(),
    }
}

/// Every commitment that a certificate holds.
fn certificate_commitments(record: &NotarialCertificate) -> Vec<(Hash, Place)> {
    let mut all = Vec::new();
    all.extend(record.document.map(|hash| (hash, Place::Document)));
    for (index, amendment) in record.amendments.iter().enumerate() {
        all.push((amendment.document, Place::Amendment(index)));
        all.extend(amendment.reason.text.map(|hash| (hash, Place::AmendmentGround(index))));
    }
    all.extend(record.ended.iter().filter_map(|ground| ground.text).map(|hash| (hash, Place::Ground)));
    all.push((record.matter, Place::Matter));
    all
}
