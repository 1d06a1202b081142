//! Draft and approval: what comes before there is a certificate.

use identity::{Disclosure, DocumentSecret, disclosure::SubjectDisclosure};
use ledger::action::Action;
use ledger::action::notarial::{self, beijing_year};
use ledger::types::RecordId;
use rand_core::OsRng;

use super::super::ask::{self, Sending};
use super::super::document;
use super::{Shown, done, named, shown, subjects};
use crate::app::{App, random};
use crate::args::{Approve, Draft};
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;

/// The notary in charge drafts.
pub(super) fn draft(app: &App, args: &Draft) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let subjects = named(&args.subjects)?;
    let matter = DocumentSecret::new(document::any(&args.matter)?, document::name(&args.matter), &mut OsRng);
    let item = ask::item(app, &client, &args.item)?.reference();
    let id = RecordId(random());
    let action = Action::Draft(notarial::Draft {
        certificate: id,
        item,
        matter: matter.commitment(),
        subjects: subjects.clone(),
    });
    let mut secrets = vec![Disclosure::Document(matter)];
    secrets.extend(subjects.into_iter().map(|identity| Disclosure::Subject(SubjectDisclosure { identity })));
    let signers = ask::signers(app, &args.sign)?;
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &secrets, files: &[] }, &args.sign, &signers)?;
    let shown = committed.then(app, shown(app, &client, &id, committed.height(), None, None))?;
    done(app, "certificate-drafted", &committed, &shown, &[]);
    Ok(Exit::Done)
}

/// The head or a designated notary approves; the number is set with it.
pub(super) fn approve(app: &App, args: &Approve) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let year = args.year.unwrap_or_else(|| beijing_year(app.now()));
    // Who approves may know the subjects or not; the notary who issues must name them.
    let before: Shown = shown(app, &client, &id, 0, None, None)?;
    let subjects = subjects(app, &before.record, &[])?;
    let action = Action::Approve(notarial::Approve { certificate: id, year, serial: args.serial, subjects });
    let signers = ask::signers(app, &args.sign)?;
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &[], files: &[] }, &args.sign, &signers)?;
    let shown = committed.then(app, shown(app, &client, &id, committed.height(), None, None))?;
    done(app, "certificate-approved", &committed, &shown, &[]);
    Ok(Exit::Done)
}
