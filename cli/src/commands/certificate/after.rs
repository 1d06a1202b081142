//! What may follow: mending 补正, replacing, annulling 撤销, voiding 作废.

use identity::{Disclosure, DocumentSecret};
use ledger::action::Action;
use ledger::action::notarial::{Amend, Annul, Supersede, Void};
use rand_core::OsRng;

use super::super::ask::{self, Sending};
use super::super::document;
use super::{done, shown};
use crate::app::App;
use crate::args::{self, Ended, RecordFile, Sign};
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;
use crate::reason::why;

/// Two officers mend an issued certificate; it stays in force.
pub(super) fn amend(app: &App, args: &RecordFile) -> Result<Exit, CliError> {
    let file = document::pdf(&args.file)?;
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let grounds = ask::grounds(app, &client, "amend", &args.ground)?;
    let paper = DocumentSecret::new(file, document::name(&args.file), &mut OsRng);
    let action = Action::Amend(Amend {
        certificate: id,
        document: paper.commitment(),
        reason: grounds.code,
        text: grounds.text,
    });
    let mut secrets = grounds.secrets;
    secrets.push(Disclosure::Document(paper));
    change(
        app,
        &client,
        Sending { action, record: &id, secrets: &secrets, files: &[] },
        &args.sign,
        "certificate-amended",
    )
}

/// Two officers replace an issued certificate by another one.
pub(super) fn supersede(app: &App, args: &args::Supersede) -> Result<Exit, CliError> {
    let (id, replacement) = (ask::id("RECORD", &args.record)?, ask::id("--by", &args.by)?);
    let client = Client::new(app)?;
    let grounds = ask::grounds(app, &client, "supersede", &args.ground)?;
    let action =
        Action::Supersede(Supersede { certificate: id, replacement, reason: grounds.code, text: grounds.text });
    change(
        app,
        &client,
        Sending { action, record: &id, secrets: &grounds.secrets, files: &[] },
        &args.sign,
        "certificate-superseded",
    )
}

/// Two officers annul an issued certificate: void from the start.
pub(super) fn annul(app: &App, args: &Ended) -> Result<Exit, CliError> {
    let id = ask::id("RECORD", &args.record)?;
    let client = Client::new(app)?;
    let grounds = ask::grounds(app, &client, "annul", &args.ground)?;
    let action = Action::Annul(Annul { certificate: id, reason: grounds.code, text: grounds.text });
    change(
        app,
        &client,
        Sending { action, record: &id, secrets: &grounds.secrets, files: &[] },
        &args.sign,
        "certificate-annulled",
    )
}

/// The notary in charge or the head gives up an approved certificate.
pub(super) fn void(app: &App, args: &Ended) -> Result<Exit, CliError> {
    let id = ask::id("RECORD", &args.record)?;
    if args.ground.reason_file.is_some() {
        return Err(CliError::value("--reason-file", why("reason-void-text")));
    }
    let client = Client::new(app)?;
    let action = Action::Void(Void { certificate: id, reason: ask::ground(app, &client, "void", &args.ground)? });
    change(app, &client, Sending { action, record: &id, secrets: &[], files: &[] }, &args.sign, "certificate-voided")
}

fn change(app: &App, client: &Client, sending: Sending<'_>, sign: &Sign, said: &str) -> Result<Exit, CliError> {
    let signers = ask::signers(app, sign)?;
    let id = *sending.record;
    let committed = ask::send(app, client, sending, sign, &signers)?;
    let shown = committed.then(app, shown(app, client, &id, committed.height(), None, None))?;
    done(app, said, &committed, &shown, &[]);
    Ok(Exit::Done)
}
