//! Bundles: everything that verifies a certificate offline, in one file.

use identity::Disclosure;
use ledger::bundle::Bundle;
use ledger::codec::Bytes;
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::record::{LookupRecord, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::RecordId;
use serde_json::{Value, json};

use super::super::age::Age;
use super::super::facts::as_of_json;
use super::super::secrets::Secrets;
use super::super::shown::grounds_of;
use super::super::verify::openings::{Place, of_certificate};
use super::super::{ask, number};
use crate::app::App;
use crate::args::Export;
use crate::client::{Client, Proven};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;

/// What goes into a bundle beside the record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    /// Only what fits a QR code: record, proof, header, commit certificate.
    pub(super) status: bool,
    /// Who the subjects are: whoever gets the bundle learns the ids of their attestations.
    pub(super) subjects: bool,
}

/// Writes a fresh bundle. What is said of its age is said of its own head, and of no other answer.
pub(super) fn export(app: &App, args: &Export) -> Result<Exit, CliError> {
    let (text, value, exit) = written(app, args)?;
    app.out.result(&text, &value);
    Ok(exit)
}

/// The bundle as a file, with what is to be said of it: for a person, for a program, by the exit code.
fn written(app: &App, args: &Export) -> Result<(String, Value, Exit), CliError> {
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let old = match &args.from {
        Some(path) => {
            let old = Bundle::decode(&files::read(path, BUNDLE_BYTES_MAX as u64)?)
                .map_err(|error| CliError::format(path, error))?;
            old.disclosures
        }
        None => Vec::new(),
    };
    let given: Vec<Disclosure> = old.iter().filter_map(|bytes| Disclosure::from_bytes(bytes).ok()).collect();
    let parts = Parts { status: args.status, subjects: args.with_subjects };
    let made = bundle(app, &client, &id, 0, &parts, &given)?;
    let bytes = made.bundle.encode();
    files::create(&args.out, &bytes)?;
    let path = args.out.display().to_string();
    let mut text = app.say("bundle-written", &[("path", &path), ("size", &bytes.len().to_string())]);
    let mut value = json!({"bundle": path, "size_bytes": bytes.len(), "as_of": as_of_json(&made)});
    if let Some(code) = code(&Secrets::of(app).of_record(&id)?, &made.bundle) {
        text = format!("{text}\n{}", app.say("extra-code", &[("value", &code)]));
        value["code"] = json!(code);
    }
    // What opens nothing of the record would make the whole bundle a forged one; whoever relied on it must know.
    let left_out = left_out(&old, &made.bundle, args.with_subjects);
    value["left_out"] = json!(left_out);
    let text = match left_out {
        0 => text,
        count => format!("{text}\n{}", app.say("bundle-left-out", &[("count", &count.to_string())])),
    };
    let age = Age::of(app, &made, Some(args.current.within));
    age.put_into(&mut value);
    Ok((format!("{text}\n{}", age.sentence(app, &made)), value, age.exit(Exit::Done)))
}

/// The look-up code that is kept here and leads to the record, as the bundle proves.
fn code(kept: &[Disclosure], bundle: &Bundle) -> Option<String> {
    let is_in = |one: &Disclosure| bundle.disclosures.iter().any(|bytes| bytes.0 == one.to_bytes());
    kept.iter().filter(|one| is_in(one)).find_map(|one| match one {
        Disclosure::Lookup(lookup) => Some(lookup.code.to_string()),
        _ => None,
    })
}

/// How many disclosures of an older bundle are not in the new one, those of the subjects aside unless they were asked for.
fn left_out(old: &[Bytes], new: &Bundle, with_subjects: bool) -> usize {
    let unasked = |one: &Bytes| !with_subjects && matches!(Disclosure::from_bytes(one), Ok(Disclosure::Subject(_)));
    old.iter().filter(|one| !new.disclosures.contains(one) && !unasked(one)).count()
}

/// A fresh bundle about a certificate under one head, at a height that must have been reached, with what it proves.
///
/// # Errors
/// `NotFound`, and as any read.
pub(super) fn bundle(
    app: &App,
    client: &Client,
    id: &RecordId,
    after: u64,
    parts: &Parts,
    given: &[Disclosure],
) -> Result<Proven, CliError> {
    let key = StateKey::certificate(id);
    let first = ask::read_after(app, client, std::slice::from_ref(&key), after, None)?;
    let record: NotarialCertificate = ask::record(&first, &key)?;
    let mut disclosures = Secrets::of(app).of_record(id)?;
    disclosures.extend(given.iter().filter(|one| !disclosures.contains(one)).cloned().collect::<Vec<_>>());
    let height = first.verified.header().height.0;
    let keys = if parts.status { vec![key.clone()] } else { keys(&record, &disclosures) };
    let proven = ask::read_after(app, client, &keys, height, None)?;
    let record: NotarialCertificate = ask::record(&proven, &key)?;
    let Proven { verified, mut bundle } = proven;
    bundle.made_at = Some(app.now());
    bundle.about = Some(key.path().to_owned());
    if parts.status {
        // A QR code is checked with the validators that the reader's trust file has.
        bundle.handovers.clear();
        bundle.logged.clear();
        (bundle.made_at, bundle.about) = (None, None);
        return Ok(Proven { verified, bundle });
    }
    let found = |code: &identity::LookupCode| {
        let lookup = record.full_number().map(|full| StateKey::lookup(&number::lookup(&full, code)));
        let record = lookup.and_then(|lookup| verified.record::<LookupRecord>(&lookup).ok().flatten());
        record.is_some_and(|lookup| lookup.certificate == *id)
    };
    disclosures.retain(|one| match one {
        Disclosure::Lookup(lookup) => found(&lookup.code),
        Disclosure::Subject(link) => parts.subjects && link.is_subject_of(&record),
        other => opens(&record, other),
    });
    bundle.disclosures = disclosures.iter().map(|one| one.to_bytes().into()).collect();
    Ok(Proven { verified, bundle })
}

/// What a reader of the bundle will ask about: the record, its office and item, the look-up, and the certificates it
/// replaces or is replaced by.
fn keys(record: &NotarialCertificate, disclosures: &[Disclosure]) -> Vec<StateKey> {
    let mut keys = vec![
        StateKey::certificate(&record.id),
        StateKey::department(&record.office),
        StateKey::item_version(&record.item.code, record.item.version),
    ];
    keys.extend(grounds_of(record));
    keys.extend(record.superseded_by.iter().chain(&record.supersedes).map(StateKey::certificate));
    if let Some(full) = record.full_number() {
        let codes = disclosures.iter().filter_map(|one| match one {
            Disclosure::Lookup(lookup) => Some(&lookup.code),
            _ => None,
        });
        keys.extend(codes.map(|code| StateKey::lookup(&number::lookup(&full, code))));
    }
    keys
}

/// Whether a disclosure opens something of the record that its holder may see: not the application file.
fn opens(record: &NotarialCertificate, disclosure: &Disclosure) -> bool {
    of_certificate(record, disclosure).is_some_and(|place| place != Place::Matter)
}

#[cfg(test)]
mod tests;
