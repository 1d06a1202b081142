//! Grounds of acts, as founders and proposals write them.

use std::collections::BTreeMap;

use ledger::record::{ACTS_WITH_GROUNDS, Ground, Grounds};
use ledger::types::{Code, Text};
use serde::Deserialize;

use crate::error::CliError;
use crate::reason::why;

/// A ground in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroundName {
    zh: String,
    en: String,
}

/// The grounds of an act by their codes.
pub(crate) type GroundNames = BTreeMap<String, GroundName>;

/// The record of an act's grounds.
///
/// # Errors
/// `Value`: an act that takes no ground, a word or a text that does not fit, too many.
pub(crate) fn record(act: &str, names: &GroundNames) -> Result<Grounds, CliError> {
    let place = format!("grounds.{act}");
    let fit = |error: ledger::codec::CodecError| CliError::value(&place, error);
    let grounds = names
        .iter()
        .map(|(code, name)| {
            let (name_zh, name_en) = (Text::new(name.zh.as_str())?, Text::new(name.en.as_str())?);
            Ok(Ground { code: Code::new(code.as_str())?, name_zh, name_en })
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(fit)?;
    let grounds = Grounds { act: Code::new(act).map_err(fit)?, grounds };
    if grounds.fits() {
        Ok(grounds)
    } else {
        Err(CliError::value(&place, why("reason-grounds").with("acts", ACTS_WITH_GROUNDS.join(", "))))
    }
}
