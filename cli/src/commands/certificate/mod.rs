//! `yinxin certificate`: from draft to issue, and what may follow.

mod after;
mod export;
mod issue;
mod list;
mod open;

use ledger::record::{Department, Item, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::RecordId;
use serde_json::{Value, json};

use super::ask;
use super::facts::{self, Beside, Facts, as_of, as_of_json};
use super::number;
use super::secrets::Secrets;
use crate::app::{App, Signer};
use crate::args::{CertificateCommand, Show};
use crate::client::{Client, Committed, Proven};
use crate::error::CliError;
use crate::exit::Exit;

/// Runs a `certificate` command.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: CertificateCommand) -> Result<Exit, CliError> {
    match command {
        CertificateCommand::Draft(args) => open::draft(app, &args),
        CertificateCommand::Approve(args) => open::approve(app, &args),
        CertificateCommand::Issue(args) => issue::issue(app, &args),
        CertificateCommand::Amend(args) => after::amend(app, &args),
        CertificateCommand::Supersede(args) => after::supersede(app, &args),
        CertificateCommand::Annul(args) => after::annul(app, &args),
        CertificateCommand::Void(args) => after::void(app, &args),
        CertificateCommand::Show(args) => show(app, &args),
        CertificateCommand::List(args) => list::list(app, &args),
        CertificateCommand::Export(args) => export::export(app, &args),
    }
}

/// A certificate with what stands beside it, all under one proven head.
pub(crate) struct Shown {
    /// The proof.
    pub(crate) proven: Proven,
    /// The certificate.
    pub(crate) record: NotarialCertificate,
    /// Its office.
    pub(crate) office: Department,
    /// Its item, in the version it was drafted under.
    pub(crate) item: Item,
}

impl Shown {
    /// The number as it stands on paper.
    pub(crate) fn number(&self) -> Option<String> {
        number::on_paper(&self.record, &self.office)
    }
}

/// Reads a certificate, then it again with its office and item under one head.
///
/// `height` is one that must have been reached; `at` one of the past.
///
/// # Errors
/// `NotFound`, and as [`ask::read`].
pub(crate) fn shown(
    app: &App,
    client: &Client,
    id: &RecordId,
    after: u64,
    at: Option<u64>,
    signer: Option<&Signer>,
) -> Result<Shown, CliError> {
    let key = StateKey::certificate(id);
    let keys = std::slice::from_ref(&key);
    let first = match at {
        Some(_) => ask::read(app, client, keys, at, signer)?,
        None => ask::read_after(app, client, keys, after, signer)?,
    };
    let record: NotarialCertificate = ask::record(&first, &key)?;
    let office = StateKey::department(&record.office);
    let item = StateKey::item_version(&record.item.code, record.item.version);
    let all = [key.clone(), office.clone(), item.clone()];
    let proven = match at {
        Some(_) => ask::read(app, client, &all, at, signer)?,
        None => ask::read_after(app, client, &all, first.verified.header().height.0, signer)?,
    };
    let record = ask::record(&proven, &key)?;
    let (office, item) = (ask::record(&proven, &office)?, ask::record(&proven, &item)?);
    Ok(Shown { proven, record, office, item })
}

fn show(app: &App, args: &Show) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let id = ask::id("RECORD", &args.record)?;
    let shown = shown(app, &client, &id, 0, args.at, signer.as_ref())?;
    let texts = Secrets::of(app).of_record(&id)?;
    let header = shown.proven.verified.header();
    let mut facts = Facts::new(app);
    let beside = Beside { department: Some(&shown.office), item: Some(&shown.item), texts: &texts };
    facts.certificate(&shown.record, header.time, &beside);
    app.out.result(&format!("{}\n{}", as_of(app, &shown.proven), facts.text()), &as_json(&shown));
    Ok(Exit::Done)
}

fn as_json(shown: &Shown) -> Value {
    let time = shown.proven.verified.header().time;
    json!({
        "as_of": as_of_json(&shown.proven),
        "number": shown.number(),
        "status": shown.record.status_at(time).word(),
        "certificate": facts::json(&shown.record),
    })
}

/// Something that a person must keep, beside the record.
pub(super) struct Extra<'a> {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Its sentence.
    pub(super) key: &'static str,
    /// What it is.
    pub(super) value: &'a str,
}

/// Says what was done, where it stands on the ledger, and how the record looks now.
pub(super) fn done(app: &App, key: &str, committed: &Committed, shown: &Shown, extra: &[Extra<'_>]) {
    let number = shown.number().unwrap_or_else(|| shown.record.id.to_string());
    let done = app.say(key, &[("number", &number), ("record", &shown.record.id.to_string())]);
    let mut value = as_json(shown);
    value["transaction"] = json!(committed.id.to_string());
    let mut lines = vec![done];
    for Extra { name, key, value: one } in extra {
        value[*name] = json!(one);
        lines.push(app.say(key, &[("value", one)]));
    }
    lines.push(facts::committed(app, committed));
    app.out.result(&lines.join("\n"), &value);
}
