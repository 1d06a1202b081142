//! `yinxin correction`: community corrections 社区矫正. The ledger gets commitments, codes and times only; who the
//! person is and what an entry says stays with the departments.

mod show;

use identity::{CaseSubjectSecret, ContentSecret, Disclosure, DocumentSecret};
use ledger::action::Action;
use ledger::action::correction::{Close, Enter, Open};
use ledger::record::{CaseAct, CorrectionCase, Item};
use ledger::state::StateKey;
use ledger::types::RecordId;
use rand_core::OsRng;
use serde_json::json;

use super::ask::{self, Sending};
use super::facts::{self, as_of_json};
use super::shown::{changed, conclude};
use super::{beijing, document, refusal};
use crate::app::{App, Signer, random};
use crate::args::{CorrectionCommand, Ended, OpenCase, RecordCase};
use crate::client::{Client, Committed};
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::Next;
use crate::reason::why;

/// Runs a `correction` command.
///
/// # Errors
/// [`CliError`].
pub(crate) fn run(app: &App, command: CorrectionCommand) -> Result<Exit, CliError> {
    match command {
        CorrectionCommand::Open(args) => open(app, &args),
        CorrectionCommand::Record(args) => enter(app, &args),
        CorrectionCommand::Close(args) => close(app, &args),
        CorrectionCommand::Show(args) => show::show(app, &args),
    }
}

/// The deciding body opens a case, bound to the person by a commitment of this case alone.
fn open(app: &App, args: &OpenCase) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let person = CaseSubjectSecret::new(ask::id("--subject", &args.subject)?, &mut OsRng);
    let decision = DocumentSecret::new(document::any(&args.decision)?, document::name(&args.decision), &mut OsRng);
    let id = RecordId(random());
    let item = ask::item(app, &client, &args.item)?;
    let variant = match &args.variant {
        Some(code) => ask::word("--variant", code)?,
        None => return Err(CliError::Choose { what: "--variant", list: refusal::variants(app, &item) }),
    };
    let action = Action::OpenCase(Open {
        case: id,
        item: item.reference(),
        variant,
        subject: person.commitment(),
        decision: decision.commitment(),
        minor: args.minor,
    });
    let secrets = [Disclosure::CaseSubject(person), Disclosure::Document(decision)];
    let signers = ask::signers(app, &args.sign)?;
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &secrets, files: &[] }, &args.sign, &signers)?;
    done(app, &client, "case-opened", &id, &committed, &signers)
}

/// A department adds an entry; its content is a file, or text on stdin.
fn enter(app: &App, args: &RecordCase) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let occurred_at = match &args.occurred_at {
        Some(text) => beijing::parse("--occurred-at", text)?,
        // The rules compare with the block's time, which is a moment later than this clock at best.
        None => ledger::types::TimeMs(app.now().0.saturating_sub(CLOCK_SLACK_MS)),
    };
    let print = document::any_or_stdin(&args.content)?;
    if print.size_bytes == 0 {
        return Err(CliError::format(&args.content, why("reason-empty")));
    }
    let content = ContentSecret::new(print.digest, print.size_bytes, &mut OsRng);
    let action = Action::EnterCase(Enter {
        case: id,
        kind: ask::word("KIND", &args.kind)?,
        content: content.commitment(),
        occurred_at,
    });
    let signers = ask::signers(app, &args.sign)?;
    let secrets = [Disclosure::Content(content)];
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &secrets, files: &[] }, &args.sign, &signers)?;
    done(app, &client, "case-entered", &id, &committed, &signers)
}

/// "Now" is claimed this much earlier, so that a clock that runs a little fast is no reason to be refused.
const CLOCK_SLACK_MS: u64 = 2_000;

/// A department closes the case on one of the item's grounds.
fn close(app: &App, args: &Ended) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("RECORD", &args.record)?;
    let signers = ask::signers(app, &args.sign)?;
    let ground = match &args.ground.reason {
        Some(code) => ask::word("--reason", code)?,
        None => return Err(CliError::Choose { what: "--reason", list: ends(app, &client, &id, &signers) }),
    };
    // The paper that ends a case is a document of any length, not a text: it is anchored as one.
    let paper = match &args.ground.reason_file {
        Some(path) => Some(DocumentSecret::new(document::any(path)?, document::name(path), &mut OsRng)),
        None => None,
    };
    let action =
        Action::CloseCase(Close { case: id, ground, document: paper.as_ref().map(DocumentSecret::commitment) });
    let secrets: Vec<Disclosure> = paper.into_iter().map(Disclosure::Document).collect();
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &secrets, files: &[] }, &args.sign, &signers)?;
    done(app, &client, "case-closed", &id, &committed, &signers)
}

/// The ends that the item of a case knows; empty if they cannot be read just now.
fn ends(app: &App, client: &Client, id: &RecordId, signers: &[Signer]) -> Vec<String> {
    let item = || -> Result<Item, CliError> {
        let key = StateKey::correction(id);
        let case: CorrectionCase =
            ask::record(&ask::read(app, client, std::slice::from_ref(&key), None, signers.first())?, &key)?;
        let key = StateKey::item_version(&case.item.code, case.item.version);
        ask::record(&ask::read(app, client, std::slice::from_ref(&key), None, signers.first())?, &key)
    };
    item().map(|item| refusal::named(app, &item, CaseAct::Close)).unwrap_or_default()
}

/// Says what was done; the case is read back by the key that signed, as one of its parties.
fn done(
    app: &App,
    client: &Client,
    said: &str,
    id: &RecordId,
    committed: &Committed,
    signers: &[Signer],
) -> Result<Exit, CliError> {
    let (proven, record): (_, CorrectionCase) = changed(app, client, &StateKey::correction(id), committed, signers)?;
    let count = record.entries.length.to_string();
    let done = app.say(said, &[("record", &id.to_string()), ("count", &count)]);
    let value = json!({
        "record": id.to_string(), "as_of": as_of_json(&proven), "status": record.status.word(),
        "case": facts::json(&record),
    });
    let next = Next::Whole(app.given.signed(&["correction", "show", &id.to_string()]));
    conclude(app, done, value, committed, &[], Some(next));
    Ok(Exit::Done)
}
