//! Opens the keys of one command. Each may be another person's, under a passphrase of its own.

use ledger::crypto::SecretKey;

use super::ring::{KeyName, KeyRing};
use super::secret::Passphrase;
use crate::error::CliError;

/// What a person is asked for.
#[derive(Debug)]
pub(crate) enum Prompt<'a> {
    /// The passphrase of the first of these keys, which is tried on the others too.
    First(&'a [KeyName]),
    /// The passphrase of this key alone, which the one before does not open.
    Own(&'a KeyName),
}

/// Opens keys, each under the passphrase given in its place; where one was given it is for all, and where none was the
/// first is asked for and tried on all. Who holds a key that stays closed is asked once for its own.
///
/// # Errors
/// `PassphraseMissing` if none was given and nobody can be asked; `PassphraseWrong` names the first key that stays closed;
/// as [`KeyRing::secret`].
pub(crate) fn unlock(
    ring: &KeyRing,
    names: &[KeyName],
    given: Vec<Passphrase>,
    ask: &mut dyn FnMut(Prompt<'_>) -> Result<Passphrase, CliError>,
) -> Result<Vec<SecretKey>, CliError> {
    let given = if given.is_empty() { vec![ask(Prompt::First(names))?] } else { given };
    let mut opened = Vec::new();
    for (name, passphrase) in names.iter().zip(given.iter().chain(given.last().into_iter().cycle())) {
        opened.push(match ring.secret(name, passphrase) {
            Err(wrong @ CliError::PassphraseWrong { .. }) => match ask(Prompt::Own(name)) {
                Ok(own) => ring.secret(name, &own)?,
                Err(CliError::PassphraseMissing) => return Err(wrong),
                Err(error) => return Err(error),
            },
            other => other?,
        });
    }
    Ok(opened)
}
