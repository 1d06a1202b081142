//! What a refusal is about in the statement at hand: which key, title, status, number, ground. The ledger's rules say
//! which one is broken, alike for everybody; the values are known here, and the state is asked for the rest.

mod about;
mod lists;
mod places;

use ledger::action::Action;
use ledger::rejection::Rejection;
use ledger::statement::SignedStatement;

pub(crate) use lists::{grounds, named, variants};

use crate::app::{App, Signer};
use crate::client::{Client, Committed};
use crate::error::CliError;
use about::About;

/// Submits a statement; a refusal by the rules says which of its values it is about.
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
    client
        .submit(app, statement, signers, wait)
        .map_err(|error| explained(app, client, statement.action(), signers, error))
}

fn explained(app: &App, client: &Client, action: &Action, signers: &[Signer], error: CliError) -> CliError {
    let Some((code, _)) = error.rule() else { return error };
    let Some(rejection) = Rejection::ALL.iter().find(|one| u32::from(one.code()) == code) else { return error };
    let about = About { app, client, action, signers };
    // The refusal is the answer; what cannot be asked for just now is left out.
    let lines = about.lines(*rejection);
    match about.follow(*rejection) {
        Some(command) => error.about(lines).follow(command),
        None => error.about(lines),
    }
}
