//! `yinxin verify`: a file and its bundle, or a bundle alone, checked offline against the trust file.
//!
//! ```text
//! beside      the bundle that is meant, where none is named
//! check       the checks with their stable codes; those of the proof itself
//! subject     what the bundle is about
//! openings    which of its commitments the disclosures open
//! codes       where the look-up codes lead
//! conclusion  the verdicts and their exit codes
//! judge       from checks to a verdict
//! report      first line, checks, record, what is not proven
//! ```

mod beside;
mod check;
mod codes;
mod conclusion;
mod judge;
pub(crate) mod openings;
mod report;
mod subject;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::office;

use std::ffi::OsStr;
use std::path::PathBuf;

use ledger::limits::BUNDLE_BYTES_MAX;

use super::{beijing, document, inspect};
use crate::app::App;
use crate::args::Verify;
use crate::client::read_trust;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use judge::{Submitted, judge};

/// Ending of a bundle's file name.
const BUNDLE_ENDING: &str = "yinxin";

/// Verifies; nothing is sent and nothing is written.
///
/// # Errors
/// Only where there is nothing to judge: a file cannot be read, no trust file, no bundle. Every verdict is an exit
/// code.
pub(crate) fn run(app: &App, args: &Verify) -> Result<Exit, CliError> {
    let trust = read_trust(&app.trust_path())?;
    let now = app.now();
    let scales = beside::Scales { trust: &trust, now, age_ms_max: beijing::days_ms(args.max_age) };
    let (bundle, file) = inputs(app, args, &scales)?;
    let bytes = files::read(&bundle, BUNDLE_BYTES_MAX as u64)?;
    if !check::begins_as_bundle(&bytes) {
        // Another file was picked: that says nothing of any bundle, least of all that one is forged.
        return Err(CliError::NotBundle { path: bundle, found: inspect::format(&bytes) });
    }
    let judgement = judge(&bytes, &trust, file.as_ref(), now, scales.age_ms_max);
    let report =
        report::Report { app, judgement: &judgement, file: file.as_ref(), bundle: &bundle, trust: &trust, now };
    app.out.result(&report.text(), &report.json());
    Ok(judgement.conclusion.exit())
}

/// Which file is the bundle, and which one it is about.
fn inputs(app: &App, args: &Verify, scales: &beside::Scales<'_>) -> Result<(PathBuf, Option<Submitted>), CliError> {
    if args.bundle.is_none() && args.file.extension() == Some(OsStr::new(BUNDLE_ENDING)) {
        return Ok((args.file.clone(), None));
    }
    let fingerprint = document::any(&args.file)?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = Submitted { name: crate::output::inert(&name), fingerprint };
    let bundle = match &args.bundle {
        Some(bundle) => bundle.clone(),
        None => {
            let chosen = beside::freshest(app, &args.file, &file, scales)?;
            chosen.notes.iter().for_each(|note| app.out.note(note));
            chosen.path
        }
    };
    Ok((bundle, Some(file)))
}
