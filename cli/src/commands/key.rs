//! `yinxin key`: the key ring, and what its keys may do on the ledger.

use ledger::action::Action;
use ledger::action::key::{FreezeKey, RegisterKey, ResumeKey, RevokeKey, SuspendKey};
use ledger::crypto::{KeyId, SecretKey, Suite};
use ledger::limits::ADMINISTRATION_THRESHOLD_MIN;
use ledger::record::{Department, NewKey, Purpose};
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::{DepartmentId, OfficerId};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{ask, beijing, facts, refusal};
use crate::app::{App, random};
use crate::args::{self, KeyCommand, KeyEnded, KeyExport, KeyList, KeyNew, KeyRegister, KeyTarget, Sign};
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::Next;
use crate::keys::{KeyCard, KeyName, WORK_FACTOR_SAFE};
use crate::output::table;

/// Runs a `key` command.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: KeyCommand) -> Result<Exit, CliError> {
    match command {
        KeyCommand::New(args) => new(app, &args),
        KeyCommand::List(args) => list(app, &args),
        KeyCommand::Export(args) => export(app, &args),
        KeyCommand::Register(args) => register(app, &args),
        KeyCommand::Consent(args) => super::governance::consent(app, &args),
        KeyCommand::Suspend(args) => ended(app, &args, "suspend-key", "key-done-suspend", |key, reason| {
            Action::SuspendKey(SuspendKey { key, reason })
        }),
        KeyCommand::Resume(args) => resume(app, &args),
        KeyCommand::Revoke(args) => ended(app, &args, "revoke-key", "key-done-revoke", |key, reason| {
            Action::RevokeKey(RevokeKey { key, reason })
        }),
        KeyCommand::Freeze(args) => ended(app, &args, "freeze-key", "key-done-freeze", |key, reason| {
            Action::FreezeKey(FreezeKey { key, reason })
        }),
    }
}

fn purpose(purpose: args::Purpose) -> Purpose {
    match purpose {
        args::Purpose::Administration => Purpose::Administration,
        args::Purpose::Officer => Purpose::Officer,
        args::Purpose::Seal => Purpose::Seal,
        args::Purpose::RelyingParty => Purpose::RelyingParty,
        args::Purpose::Holder => Purpose::Holder,
    }
}

/// Key of a purpose's word in the catalogue.
pub(crate) const fn purpose_key(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Administration => "purpose-administration",
        Purpose::Consensus => "purpose-consensus",
        Purpose::Network => "purpose-network",
        Purpose::Officer => "purpose-officer",
        Purpose::Seal => "purpose-seal",
        Purpose::RelyingParty => "purpose-relying-party",
        Purpose::Holder => "purpose-holder",
    }
}

fn new(app: &App, args: &KeyNew) -> Result<Exit, CliError> {
    let name: KeyName = args.name.parse()?;
    let purpose = purpose(args.purpose);
    let officer = match (&args.officer, purpose) {
        (Some(text), _) => Some(text.parse().map_err(|error| CliError::value("--officer", error))?),
        (None, Purpose::Officer) => Some(OfficerId(random())),
        (None, _) => None,
    };
    let unit = args.unit.as_deref().map(str::parse).transpose().map_err(|error| CliError::value("--unit", error))?;
    let titles = args.titles.iter().map(|title| title.parse()).collect::<Result<_, _>>();
    let key = SecretKey::from_seed(&Zeroizing::new(random::<32>()));
    let card = KeyCard {
        public: key.public(),
        purpose,
        department: name.department.clone(),
        unit,
        officer,
        titles: titles.map_err(|error| CliError::value("--title", error))?,
    };
    if args.work_factor < WORK_FACTOR_SAFE {
        app.out.note(&app.say("network-weak-keys", &[("factor", &args.work_factor.to_string())]));
    }
    let passphrase = app.new_passphrase(0)?;
    app.home.ring().add(&name, &key, &card, &passphrase, args.work_factor)?;
    let shown = name.to_string();
    let mut next = None;
    let mut text = app.say("key-made", &[("name", &shown), ("id", &card.id().to_string())]);
    if matches!(purpose, Purpose::Officer | Purpose::Seal) {
        let command = register_command(app, &name, None);
        text = format!("{text}\n{}", app.say("key-next-register", &[("command", command.line())]));
        next = Some(command);
    }
    let mut value = named(&name, &card);
    value["next"] = next.iter().filter_map(Next::whole).collect();
    app.out.result(&text, &value);
    Ok(Exit::Done)
}

/// The command that registers a key, signed by administration keys of its department as far as they are in this ring;
/// a place is left for each that is not.
///
/// `record` is the department as it stands on the ledger, where that is known.
pub(crate) fn register_command(app: &App, name: &KeyName, record: Option<&Department>) -> Next {
    let keys = app.home.ring().list(Some(&name.department)).unwrap_or_default();
    let administers = |card: &KeyCard| {
        let listed = record.is_none_or(|record| record.administration.contains(&card.id()));
        card.purpose == Purpose::Administration && listed
    };
    let mut here = keys.iter().filter(|(_, card)| administers(card)).map(|(name, _)| name.to_string());
    let mut words = vec!["key".to_owned(), "register".to_owned(), name.to_string()];
    let mut whole = true;
    for count in 0..record.map_or(ADMINISTRATION_THRESHOLD_MIN, |record| record.administration_threshold) {
        let (option, found) = (if count == 0 { "--key" } else { "--with" }, here.next());
        whole &= found.is_some();
        words.extend([option.to_owned(), found.unwrap_or_else(|| app.words.say("value-KEY"))]);
    }
    let line = app.given.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
    if whole { Next::Whole(line) } else { Next::Blanks(line) }
}

/// A card as JSON, with its name in the ring.
fn named(name: &KeyName, card: &KeyCard) -> Value {
    let mut value = card.to_json();
    value["name"] = json!(name.to_string());
    value
}

fn list(app: &App, args: &KeyList) -> Result<Exit, CliError> {
    let department = args.department.as_deref().map(str::parse).transpose();
    let department = department.map_err(|error| CliError::value("DEPARTMENT", error))?;
    let keys = app.home.ring().list(department.as_ref())?;
    let columns = ["key-column-name", "key-column-purpose", "key-column-titles", "key-column-id"];
    let mut rows = vec![columns.iter().map(|column| app.words.say(column)).collect()];
    let join = app.words.say("list-join");
    for (name, card) in &keys {
        let titles: Vec<String> = card.titles.iter().map(|title| facts::word(app, "title", title.as_str())).collect();
        rows.push(vec![
            name.to_string(),
            app.words.say(purpose_key(card.purpose)),
            titles.join(&join),
            card.id().to_string(),
        ]);
    }
    let text = if keys.is_empty() { none(app, department.as_ref())? } else { table(&rows) };
    let values: Vec<Value> = keys.iter().map(|(name, card)| named(name, card)).collect();
    app.out.result(&text, &json!({"keys": values}));
    Ok(Exit::Done)
}

/// That there is no key: in the ring, or of a department while there are keys of others.
pub(super) fn none(app: &App, department: Option<&DepartmentId>) -> Result<String, CliError> {
    let mut others: Vec<String> =
        app.home.ring().list(None)?.iter().map(|(name, _)| name.department.to_string()).collect();
    others.dedup();
    Ok(match department.filter(|_| !others.is_empty()) {
        Some(wanted) => {
            let others = others.join(&app.words.say("list-join"));
            app.say("key-none-of", &[("department", wanted.as_str()), ("departments", &others)])
        }
        None => app.words.say("key-none"),
    })
}

fn export(app: &App, args: &KeyExport) -> Result<Exit, CliError> {
    let name: KeyName = args.name.parse()?;
    let card = app.home.ring().card(&name)?;
    app.out.result(&card.to_toml(), &named(&name, &card));
    Ok(Exit::Done)
}

fn register(app: &App, args: &KeyRegister) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let mut signers = app.signers(std::iter::once(args.name.as_str()).chain(args.sign.names()))?;
    let new = signers.remove(0);
    let meant = new.card.officer.map_or(KeyUse::Seal, KeyUse::Officer);
    let message = possession_bytes(&client.trust().chain, &new.card.department, meant, &new.card.id());
    let now = app.now();
    let action = Action::RegisterKey(RegisterKey {
        key: NewKey { suite: Suite::Ed25519Sha256, key: new.card.public, possession: new.key.sign(&message) },
        purpose: new.card.purpose,
        officer: new.card.officer,
        titles: new.card.titles.clone(),
        unit: new.card.unit.clone(),
        not_before: now,
        not_after: now.plus(beijing::days_ms(args.valid_days)),
    });
    let statement = client.statement(app, action, &signers)?;
    let committed = refusal::submit(app, &client, &statement, &signers, args.sign.wait)?;
    report(app, "key-done-register", &new.card.id(), &committed);
    Ok(Exit::Done)
}

fn ended(
    app: &App,
    args: &KeyEnded,
    act: &str,
    done: &str,
    action: impl FnOnce(KeyId, ledger::types::Code) -> Action,
) -> Result<Exit, CliError> {
    let reason = ask::ground(app, &Client::new(app)?, act, &args.ground)?;
    change(app, &args.record, &args.sign, done, |key| action(key, reason))
}

fn resume(app: &App, args: &KeyTarget) -> Result<Exit, CliError> {
    change(app, &args.record, &args.sign, "key-done-resume", |key| Action::ResumeKey(ResumeKey { key }))
}

fn change(
    app: &App,
    key: &str,
    sign: &Sign,
    done: &str,
    action: impl FnOnce(KeyId) -> Action,
) -> Result<Exit, CliError> {
    let id = app.home.ring().id_of(key)?;
    let client = Client::new(app)?;
    let signers = ask::signers(app, sign)?;
    let statement = client.statement(app, action(id), &signers)?;
    let committed = refusal::submit(app, &client, &statement, &signers, sign.wait)?;
    report(app, done, &id, &committed);
    Ok(Exit::Done)
}

fn report(app: &App, done: &str, id: &KeyId, committed: &crate::client::Committed) {
    let (height, transaction) = (committed.height().to_string(), committed.id.to_string());
    let done = app.say(done, &[("id", &id.to_string())]);
    let place = app.say("committed", &[("height", &height), ("transaction", &transaction)]);
    let mut value = committed.to_json();
    value["key"] = json!(id.to_string());
    app.out.result(&format!("{done}\n{place}"), &value);
}
