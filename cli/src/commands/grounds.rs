//! Grounds of acts, as founders and proposals write them and as the ledger lists them.

use std::collections::BTreeMap;

use ledger::record::{Ground, Grounds};
use ledger::rejection::{Language, Rejection};
use ledger::state::StateKey;
use ledger::statement::SignedStatement;
use ledger::types::{Code, Text};
use serde::Deserialize;

use super::ask;
use crate::app::{App, Signer};
use crate::client::{Client, Committed};
use crate::error::CliError;

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
    if grounds.fits() { Ok(grounds) } else { Err(CliError::value(&place, "no such act, or more than 64 grounds")) }
}

/// Submits a statement; where its ground is not on the list, shows the list.
///
/// # Errors
/// As [`Client::submit`].
pub(crate) fn submit(
    app: &App,
    client: &Client,
    statement: &SignedStatement,
    signers: &[Signer],
    wait: u64,
) -> Result<Committed, CliError> {
    let sent = client.submit(app, statement, signers, wait);
    let unknown = u32::from(Rejection::GroundUnknown.code());
    if matches!(&sent, Err(CliError::Refused { code, .. }) if *code == unknown) {
        // The refusal is the answer; that the list cannot be shown just now is none.
        let _ = show(app, client, statement.action().word());
    }
    sent
}

fn show(app: &App, client: &Client, act: &str) -> Result<(), CliError> {
    let key = StateKey::grounds(&ask::word("--reason", act)?);
    let listed: Grounds = ask::record(&ask::read(app, client, std::slice::from_ref(&key), None, None)?, &key)?;
    app.out.note(&app.say("grounds-listed", &[("act", act)]));
    for Ground { code, name_zh, name_en } in &listed.grounds {
        let name = if app.language() == Language::Chinese { name_zh } else { name_en };
        app.out.note(&format!("  {code}  {name}"));
    }
    Ok(())
}
