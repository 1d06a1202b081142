//! The bundle beside a file, where none is named: bundles of one record are views of it at several times, and the newest
//! view counts. What a bundle claims chooses it; whether that holds is checked afterwards.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use identity::{Disclosure, Fingerprint};
use ledger::bundle::Bundle;
use ledger::limits::BUNDLE_BYTES_MAX;

use super::BUNDLE_ENDING;
use crate::app::App;
use crate::error::CliError;
use crate::files;
use crate::output::inert;

/// Bundles beside a file that are looked into before the person is asked to name one.
const BUNDLES_BESIDE_MAX: usize = 256;

/// A bundle that says it is about a file.
struct Beside {
    path: PathBuf,
    /// Height of its head.
    height: u64,
    /// Path of the record that it is about.
    about: String,
}

/// The bundle with the greatest height of those beside a file: of the record that the bundle of the file's own name is
/// about, else of the only record that there are bundles of.
///
/// # Errors
/// `BundleMissing` with what there is, if none is about the file, if they are about several records, or if there are too
/// many to look into.
pub(super) fn freshest(app: &App, file: &Path, fingerprint: &Fingerprint) -> Result<PathBuf, CliError> {
    let own = file.with_extension(BUNDLE_ENDING);
    let is_own = |one: &Beside| one.path.file_name() == own.file_name();
    let mut found = all(file, fingerprint)?;
    if own.exists() {
        let Some(about) = found.iter().find(|one| is_own(one)).map(|one| one.about.clone()) else {
            // It is about another file, or cannot be read: the verification says which.
            return Ok(own);
        };
        found.retain(|one| one.about == about);
    }
    found.sort_by(|a, b| b.height.cmp(&a.height).then_with(|| is_own(b).cmp(&is_own(a))).then(a.path.cmp(&b.path)));
    match found.split_first() {
        Some((newest, older)) if older.iter().all(|one| one.about == newest.about) => {
            if !older.is_empty() {
                app.out.note(&app.say("bundle-newest", &[("bundle", &line(app, newest))]));
            }
            Ok(newest.path.clone())
        }
        _ => Err(CliError::BundleMissing { path: own, found: found.iter().map(|one| line(app, one)).collect() }),
    }
}

fn line(app: &App, one: &Beside) -> String {
    let (path, height) = (inert(&one.path.to_string_lossy()), one.height.to_string());
    let record = crate::error::place(&inert(&one.about), &app.words);
    app.say("bundle-beside", &[("path", &path), ("height", &height), ("record", &record)])
}

/// The bundles in the directory of a file that say they are about it.
fn all(file: &Path, fingerprint: &Fingerprint) -> Result<Vec<Beside>, CliError> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(directory).map_err(CliError::read(directory))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let bundles = paths.filter(|path| path.extension() == Some(OsStr::new(BUNDLE_ENDING)));
    let bundles: Vec<PathBuf> = bundles.take(BUNDLES_BESIDE_MAX + 1).collect();
    if bundles.len() > BUNDLES_BESIDE_MAX {
        // Nobody could say that the newest is among those that were looked into.
        return Err(CliError::BundleMissing { path: file.with_extension(BUNDLE_ENDING), found: Vec::new() });
    }
    Ok(bundles.into_iter().filter_map(|path| about(path, fingerprint)).collect())
}

fn about(path: PathBuf, fingerprint: &Fingerprint) -> Option<Beside> {
    let bundle = Bundle::decode(&files::read(&path, BUNDLE_BYTES_MAX as u64).ok()?).ok()?;
    let opened: Vec<Disclosure> =
        bundle.disclosures.iter().filter_map(|one| Disclosure::from_bytes(one).ok()).collect();
    if !Disclosure::documents(&opened).any(|secret| secret.matches(fingerprint)) {
        return None;
    }
    let first = bundle.entries.first().map(|entry| entry.path.clone());
    let about = bundle.about.clone().or(first).unwrap_or_default();
    Some(Beside { path, height: bundle.head.header.height.0, about })
}
