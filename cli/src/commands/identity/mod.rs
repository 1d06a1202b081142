//! `yinxin identity`: attestations of who a person is. What is personal stays with the holder; the ledger gets salted
//! commitments.

mod attributes;
mod register;

use ledger::action::Action;
use ledger::action::identity::{Resume, Revoke, Suspend};
use ledger::record::IdentityAttestation;
use ledger::types::RecordId;
use serde_json::{Value, json};

use super::age::Age;
use super::ask::{self, Grounds, Sending};
use super::facts::{self, Beside, Facts, as_of_json};
use super::secrets::Secrets;
use super::shown::{self, Extra, conclude, shown};
use crate::app::App;
use crate::args::{Ended, IdentityCommand, Show};
use crate::client::{Client, Committed};
use crate::error::CliError;
use crate::exit::Exit;

/// Runs an `identity` command.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: IdentityCommand) -> Result<Exit, CliError> {
    match command {
        IdentityCommand::Register(args) => register::register(app, &args),
        IdentityCommand::Suspend(args) => {
            change(app, &args, "suspend-identity", "identity-suspended", |identity, grounds| {
                Action::SuspendIdentity(Suspend { identity, reason: grounds.code.clone(), text: grounds.text })
            })
        }
        IdentityCommand::Resume(args) => {
            change(app, &args, "resume-identity", "identity-resumed", |identity, grounds| {
                Action::ResumeIdentity(Resume { identity, reason: grounds.code.clone(), text: grounds.text })
            })
        }
        IdentityCommand::Revoke(args) => {
            change(app, &args, "revoke-identity", "identity-revoked", |identity, grounds| {
                Action::RevokeIdentity(Revoke { identity, reason: grounds.code.clone(), text: grounds.text })
            })
        }
        IdentityCommand::Show(args) => show(app, &args),
    }
}

fn change(
    app: &App,
    args: &Ended,
    act: &str,
    said: &str,
    action: impl FnOnce(RecordId, &Grounds) -> Action,
) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let grounds = ask::grounds(app, &client, act, &args.ground)?;
    let action = action(id, &grounds);
    let signers = ask::signers(app, &args.sign)?;
    let sending = Sending { action, record: &id, secrets: &grounds.secrets, files: &[] };
    let committed = ask::send(app, &client, sending, &args.sign, &signers)?;
    done(app, &client, said, &id, &committed, &[])
}

/// An attestation with its department and item.
type Shown = shown::Shown<IdentityAttestation>;

fn show(app: &App, args: &Show) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let id = ask::id("RECORD", &args.record)?;
    let shown: Shown = shown(app, &client, &id, 0, args.at, signer.as_ref())?;
    let texts = Secrets::of(app).of_record(&id)?;
    let (department, item) = (Some(&shown.department), Some(&shown.item));
    let beside = Beside { department, item, grounds: &shown.grounds, texts: &texts };
    let mut facts = Facts::new(app);
    facts.identity(&shown.record, shown.proven.verified.header().time, &beside);
    let (age, mut value) = (Age::of(app, &shown.proven, args.within()), as_json(&shown));
    age.put_into(&mut value);
    app.out.result(&format!("{}\n{}", age.sentence(app, &shown.proven), facts.text()), &value);
    Ok(age.exit(Exit::Done))
}

fn as_json(shown: &Shown) -> Value {
    let status = shown.record.status_at(shown.proven.verified.header().time).word();
    json!({"as_of": as_of_json(&shown.proven), "status": status, "identity": facts::json(&shown.record)})
}

/// Says what was done and how the attestation stands now.
fn done(
    app: &App,
    client: &Client,
    said: &str,
    id: &RecordId,
    committed: &Committed,
    extra: &[Extra<'_>],
) -> Result<Exit, CliError> {
    let shown: Shown = committed.then(app, shown(app, client, id, committed.height(), None, None))?;
    let done = app.say(said, &[("record", &id.to_string())]);
    let mut value = as_json(&shown);
    value["record"] = json!(id.to_string());
    conclude(app, done, value, committed, extra, None);
    Ok(Exit::Done)
}
