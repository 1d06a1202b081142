//! `yinxin certificate`: from draft to issue, and what may follow.

mod after;
mod export;
mod issue;
mod list;
mod open;

use identity::Disclosure;
use ledger::action::title::check_approver;
use ledger::record::{CertificateStatus, Item, NotarialCertificate, Purpose, Title};
use ledger::types::RecordId;
use serde_json::{Value, json};

use super::age::Age;
use super::ask;
use super::facts::{self, Beside, Facts, as_of_json};
use super::number;
use super::secrets::Secrets;
pub(crate) use super::shown::shown;
use super::shown::{self, Extra, conclude};
use crate::app::App;
use crate::args::{CertificateCommand, Show};
use crate::client::{Client, Committed};
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::Next;
use crate::keys::KeyCard;
use crate::reason::why;

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

/// A certificate with its office and item.
pub(crate) type Shown = shown::Shown<NotarialCertificate>;

impl Shown {
    /// The number as it stands on paper.
    pub(crate) fn number(&self) -> Option<String> {
        number::on_paper(&self.record, &self.department)
    }
}

/// Attestations as they are typed, each of them once.
///
/// # Errors
/// `Value` for what is no id, or is there already.
fn named(given: &[String]) -> Result<Vec<RecordId>, CliError> {
    let mut found: Vec<RecordId> = Vec::new();
    for text in given {
        let id = ask::id("--subject", text)?;
        if found.contains(&id) {
            return Err(CliError::value("--subject", why("reason-subject-twice").with("id", id)));
        }
        found.push(id);
    }
    Ok(found)
}

/// Attestations of a certificate's subjects: those given, else those that were kept here when it was drafted.
///
/// # Errors
/// `Value` for what is no id; a secret file that cannot be read.
fn subjects(app: &App, record: &NotarialCertificate, given: &[String]) -> Result<Option<Vec<RecordId>>, CliError> {
    let mut found = named(given)?;
    if found.is_empty() {
        let kept = Secrets::of(app).of_record(&record.id)?;
        found.extend(kept.iter().filter_map(|one| match one {
            Disclosure::Subject(link) if link.is_subject_of(record) => Some(link.identity),
            _ => None,
        }));
    }
    Ok((!found.is_empty()).then_some(found))
}

fn show(app: &App, args: &Show) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let signer = ask::reader(app, args.key.as_deref())?;
    let id = ask::id("RECORD", &args.record)?;
    let shown: Shown = shown(app, &client, &id, 0, args.at, signer.as_ref())?;
    let texts = Secrets::of(app).of_record(&id)?;
    let header = shown.proven.verified.header();
    let mut facts = Facts::new(app);
    let (department, item) = (Some(&shown.department), Some(&shown.item));
    let beside = Beside { department, item, grounds: &shown.grounds, texts: &texts };
    facts.certificate(&shown.record, header.time, &beside);
    let (age, mut value) = (Age::of(app, &shown.proven, args.within()), as_json(&shown));
    age.put_into(&mut value);
    app.out.result(&format!("{}\n{}", age.sentence(app, &shown.proven), facts.text()), &value);
    Ok(age.exit(Exit::Done))
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

/// The command that comes next in the life of a certificate, with the keys of this ring that may sign it.
fn next(app: &App, record: &NotarialCertificate, item: &Item) -> Option<Next> {
    let mut keys = app.home.ring().list(Some(&record.office)).unwrap_or_default();
    // The head before those whom the head designated.
    keys.sort_by_key(|(_, card)| !Title::any_of(&[Title::Head], &card.titles));
    let find =
        |fits: &dyn Fn(&KeyCard) -> bool| keys.iter().find(|(_, card)| fits(card)).map(|(name, _)| name.to_string());
    let approves = |card: &KeyCard| {
        card.officer.is_some_and(|officer| check_approver(record, item, officer, &card.titles).is_ok())
    };
    let missing = || app.words.say("value-KEY");
    let id = record.id.to_string();
    match record.status {
        CertificateStatus::Draft => {
            let found = find(&approves);
            let next = if found.is_some() { Next::Whole } else { Next::Blanks };
            let key = found.unwrap_or_else(missing);
            Some(next(app.given.command(&["certificate", "approve", &id, "--key", &key])))
        }
        CertificateStatus::Approved => {
            let key = find(&|card| card.officer == Some(record.notary)).unwrap_or_else(missing);
            let seal = find(&|card| card.purpose == Purpose::Seal).unwrap_or_else(missing);
            let file = app.words.say("value-FILE");
            let words = ["certificate", "issue", &id, &file, "--key", &key, "--with", &seal];
            Some(Next::Blanks(app.given.command(&words)))
        }
        _ => None,
    }
}

/// Says what was done, where it stands on the ledger, and how the record looks now.
pub(super) fn done(app: &App, key: &str, committed: &Committed, shown: &Shown, extra: &[Extra<'_>]) {
    let number = shown.number().unwrap_or_else(|| shown.record.id.to_string());
    let done = app.say(key, &[("number", &number), ("record", &shown.record.id.to_string())]);
    let mut value = as_json(shown);
    value["record"] = json!(shown.record.id.to_string());
    conclude(app, done, value, committed, extra, next(app, &shown.record, &shown.item));
}
