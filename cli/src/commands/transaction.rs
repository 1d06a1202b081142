//! `yinxin transaction`: where a statement stands.

use ledger::statement::StatementId;
use serde_json::json;

use super::{ask, beijing, facts};
use crate::app::App;
use crate::args::TransactionCommand;
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::inert;

/// Runs a `transaction` command.
///
/// # Errors
/// `Pending`, `Expired`, `Refused`, `TransactionUnknown` say where it stands if it is not on the ledger.
pub(crate) fn run(app: &App, command: TransactionCommand) -> Result<Exit, CliError> {
    let TransactionCommand::Show(args) = command;
    let id: StatementId = ask::word("ID", args.transaction.trim())?;
    let reader = ask::reader(app, args.key.as_deref())?;
    let committed = Client::new(app)?.transaction(app, id, reader.as_ref())?;
    let logged = committed.verified.statements().iter().find(|(_, statement)| statement.id() == id);
    let (index, statement) = logged.ok_or_else(|| ask::not_shown(&id.to_string()))?;
    let (height, place) = (committed.height().to_string(), index.to_string());
    let claims = statement.claims();
    let lines = [
        app.say("transaction-logged", &[("transaction", &id.to_string()), ("height", &height), ("index", &place)]),
        app.say(
            "transaction-says",
            &[
                ("department", claims.iss.as_str()),
                ("action", &facts::act(app, statement.action().word())),
                ("record", &inert(&crate::error::place(&claims.sub, &app.words))),
            ],
        ),
        app.say(
            "transaction-claimed",
            &[("time", &beijing::shown(ledger::types::TimeMs(claims.iat.saturating_mul(1000))))],
        ),
    ];
    let value = json!({"status": "committed", "proven_at": committed.height(), "index": index, "statement": facts::plain(&statement.view())});
    app.out.result(&lines.join("\n"), &value);
    Ok(Exit::Done)
}
