//! The bundle beside a file, where none is named: bundles of one record are views of it at several times, and the newest
//! view counts.
//!
//! ```text
//! bundles beside the file ── judged ─┬─ view       proven, of one record, opens the file: the newest of the record counts
//!                                    ├─ elsewhere  proven, and opens nothing of this file
//!                                    ├─ broken     broken, forged or of another ledger: named and passed over
//!                                    └─ untold     beyond the trust file, or of no single record: named and passed over
//! ```
//! Nothing that a bundle merely claims chooses it: neither its height before it is proven, nor what it says that it is
//! about. Where none verifies, the verdict is that of the bundle with the file's own name.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use identity::{Disclosure, Fingerprint};
use ledger::bundle::Bundle;
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use ledger::types::TimeMs;

use super::BUNDLE_ENDING;
use super::conclusion::Conclusion;
use super::judge::{Submitted, judge};
use super::openings;
use super::subject::Subject;
use crate::app::App;
use crate::error::CliError;
use crate::files;
use crate::output::inert;

/// Bundles beside a file that are looked into before the person is asked to name one.
const BUNDLES_BESIDE_MAX: usize = 256;

/// What the bundles are judged by.
pub(super) struct Scales<'a> {
    /// What is trusted.
    pub(super) trust: &'a TrustFile,
    /// This moment.
    pub(super) now: TimeMs,
    /// How old a view may be.
    pub(super) age_ms_max: u64,
}

/// The bundle that counts, with what a person is told of the others.
pub(super) struct Chosen {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Lines about those that were passed over.
    pub(super) notes: Vec<String>,
}

/// A bundle beside a file, judged.
struct Beside {
    path: PathBuf,
    standing: Standing,
}

enum Standing {
    /// The file is opened in a proven record.
    View(Proven),
    /// The proof holds, and nothing here opens the file; what it is about, if that is one record.
    Elsewhere(Option<Proven>),
    /// It says that it opens the file, and is broken, forged or of another ledger.
    Broken,
    /// It says that it opens the file, and the trust file does not reach it or it is about no single record.
    Untold,
}

/// A record at a height, both proven.
struct Proven {
    record: String,
    height: u64,
}

/// The newest proven view of the record that a file is of: that of the bundle with the file's own name, else the only
/// record that a bundle opens the file in.
///
/// # Errors
/// `BundleMissing` with what there is, if none is about the file, if they are about several records, or if there are too
/// many to look into.
pub(super) fn freshest(app: &App, file: &Path, submitted: &Submitted, scales: &Scales<'_>) -> Result<Chosen, CliError> {
    let own = file.with_extension(BUNDLE_ENDING);
    let found = all(&own, submitted, scales)?;
    let is_own = |path: &Path| path.file_name() == own.file_name();
    let named = found.iter().find(|one| is_own(&one.path)).map(|one| &one.standing);
    let mut views: Vec<(&Path, &Proven)> = found.iter().filter_map(Beside::view).collect();
    match named {
        // It is genuine and about another file: the verification says so.
        Some(Standing::Elsewhere(_)) => return Ok(Chosen { path: own, notes: Vec::new() }),
        Some(Standing::View(named)) => views.retain(|(_, view)| view.record == named.record),
        _ => {}
    }
    views.sort_by(|(a_path, a), (b_path, b)| {
        let by_height = b.height.cmp(&a.height);
        by_height.then_with(|| is_own(b_path).cmp(&is_own(a_path))).then_with(|| a_path.cmp(b_path))
    });
    match views.split_first() {
        Some(((path, newest), older)) if older.iter().all(|(_, view)| view.record == newest.record) => {
            let several = !older.is_empty();
            let mut notes = passed(app, &found, newest);
            notes.extend(several.then(|| app.say("bundle-newest", &[("bundle", &line(app, path, newest))])));
            Ok(Chosen { path: path.to_path_buf(), notes })
        }
        Some(_) => Err(CliError::BundleMissing {
            path: own,
            found: views.iter().map(|(path, at)| line(app, path, at)).collect(),
        }),
        None => unverified(own, &found),
    }
}

/// Where no bundle verifies: that with the file's own name, else the only one that says it opens the file.
fn unverified(own: PathBuf, found: &[Beside]) -> Result<Chosen, CliError> {
    let mut claiming = found.iter().filter(|one| !matches!(one.standing, Standing::Elsewhere(_)));
    let path = match (own.exists(), claiming.next(), claiming.next()) {
        (true, ..) => own,
        (false, Some(only), None) => only.path.clone(),
        (false, first, second) => {
            let names = first.into_iter().chain(second).chain(claiming).map(|one| shown(&one.path));
            return Err(CliError::BundleMissing { path: own, found: names.collect() });
        }
    };
    Ok(Chosen { path, notes: Vec::new() })
}

/// What is said of the bundles that do not verify, and of newer views that open nothing of the file.
fn passed(app: &App, found: &[Beside], newest: &Proven) -> Vec<String> {
    let told = found.iter().filter_map(|one| match &one.standing {
        Standing::Broken => Some(app.say("bundle-passed-broken", &[("bundle", &shown(&one.path))])),
        Standing::Untold => Some(app.say("bundle-passed-untold", &[("bundle", &shown(&one.path))])),
        Standing::Elsewhere(Some(at)) if at.record == newest.record && at.height > newest.height => {
            Some(app.say("bundle-passed-closed", &[("bundle", &line(app, &one.path, at))]))
        }
        Standing::Elsewhere(_) | Standing::View(_) => None,
    });
    told.collect()
}

fn line(app: &App, path: &Path, at: &Proven) -> String {
    let record = crate::error::place(&inert(&at.record), &app.words);
    let values = [("path", shown(path)), ("height", at.height.to_string()), ("record", record)];
    app.say("bundle-beside", &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

fn shown(path: &Path) -> String {
    inert(&path.to_string_lossy())
}

/// The bundles in the directory of a file that say they open it or open it indeed, and all that are proven.
fn all(own: &Path, submitted: &Submitted, scales: &Scales<'_>) -> Result<Vec<Beside>, CliError> {
    let directory = own.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(directory).map_err(CliError::read(directory))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let bundles = paths.filter(|path| path.extension() == Some(OsStr::new(BUNDLE_ENDING)));
    let bundles: Vec<PathBuf> = bundles.take(BUNDLES_BESIDE_MAX + 1).collect();
    if bundles.len() > BUNDLES_BESIDE_MAX {
        // Nobody could say that the newest is among those that were looked into.
        return Err(CliError::BundleMissing { path: own.to_owned(), found: Vec::new() });
    }
    let mut found: Vec<Beside> = Vec::new();
    for path in bundles {
        let is_own = path.file_name() == own.file_name();
        // The one with the file's own name is meant for it, even where it cannot be read.
        let standing = standing(&path, submitted, scales).or(is_own.then_some(Standing::Broken));
        found.extend(standing.map(|standing| Beside { path, standing }));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// What a bundle is for a file; `None` for one that is broken or out of reach and says nothing of it.
fn standing(path: &Path, submitted: &Submitted, scales: &Scales<'_>) -> Option<Standing> {
    let bytes = files::read(path, BUNDLE_BYTES_MAX as u64).ok()?;
    let bundle = Bundle::decode(&bytes).ok()?;
    let opens = opens(&bundle, &submitted.fingerprint);
    let judgement = judge(&bytes, scales.trust, Some(submitted), scales.now, scales.age_ms_max);
    let proven = judgement.finding.map(|finding| {
        let height = finding.verified.header().height.0;
        finding.subject.as_ref().and_then(record).map(|record| Proven { record, height })
    });
    match (judgement.conclusion, proven) {
        (Conclusion::Forged | Conclusion::OtherChain, _) => opens.then_some(Standing::Broken),
        (_, Some(proven)) if !opens => Some(Standing::Elsewhere(proven)),
        (_, Some(Some(view))) => Some(Standing::View(view)),
        (_, Some(None) | None) => opens.then_some(Standing::Untold),
    }
}

/// Whether a bundle says that it opens a file.
fn opens(bundle: &Bundle, fingerprint: &Fingerprint) -> bool {
    openings::disclosures(bundle).0.iter().any(|one| match one {
        Disclosure::Document(secret) => secret.matches(fingerprint),
        Disclosure::Content(secret) => {
            (secret.digest, secret.size_bytes) == (fingerprint.digest, fingerprint.size_bytes)
        }
        _ => false,
    })
}

/// Path of the record that a bundle was found to be about.
fn record(subject: &Subject) -> Option<String> {
    let key = match subject {
        Subject::Certificate(record) => StateKey::certificate(&record.id),
        Subject::Identity(record) => StateKey::identity(&record.id),
        Subject::Case { record, .. } => StateKey::correction(&record.id),
        Subject::Absent { .. } | Subject::Other { .. } => return None,
    };
    Some(key.path().to_owned())
}

impl Beside {
    fn view(&self) -> Option<(&Path, &Proven)> {
        match &self.standing {
            Standing::View(proven) => Some((&self.path, proven)),
            _ => None,
        }
    }
}
