//! `yinxin lookup`: from the number and the code on the paper to the record.

use std::io::IsTerminal;

use identity::LookupCode;
use ledger::record::{FullNumber, LookupRecord};
use ledger::state::StateKey;
use serde_json::json;

use super::facts::{self, Beside, Facts, as_of, as_of_json};
use super::{ask, certificate, number};
use crate::app::App;
use crate::args::Lookup;
use crate::client::{Client, Proven};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files;
use crate::output::Tone;

/// Looks a certificate up. Proven absence is an answer of its own.
///
/// # Errors
/// `WordUnknown` if no office of this consortium has these words; as any read.
pub(crate) fn run(app: &App, args: &Lookup) -> Result<Exit, CliError> {
    let (printed, year) = number::parse(&args.number)?;
    let code = match &args.code {
        Some(text) => text.clone(),
        None => asked(app)?,
    };
    let code = LookupCode::parse(&code).map_err(|error| CliError::value("CODE", error))?;
    let client = Client::new(app)?;
    let candidates = number::candidates(&printed, year, &ask::departments(app, &client)?);
    if candidates.is_empty() {
        return Err(CliError::WordUnknown { word: printed.words().to_owned() });
    }
    let keys: Vec<StateKey> = candidates.iter().map(|full| key(full, &code)).collect();
    let proven = ask::read(app, &client, &keys, None, None)?;
    for key in &keys {
        let found: Option<LookupRecord> = proven.verified.record(key).map_err(|source| CliError::Forged { source })?;
        if let Some(found) = found {
            return show(app, &client, &proven, &found, args);
        }
    }
    keep(args, &proven)?;
    absent(app, &printed.to_string(), &proven)
}

/// Writes the answer with its proof, if asked to.
fn keep(args: &Lookup, proven: &Proven) -> Result<(), CliError> {
    args.out.as_ref().map_or(Ok(()), |path| files::create(path, &proven.bundle.encode()))
}

fn key(full: &FullNumber, code: &LookupCode) -> StateKey {
    StateKey::lookup(&number::lookup(full, code))
}

fn asked(app: &App) -> Result<String, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::value("CODE", app.words.say("code-missing")));
    }
    rpassword::prompt_password(app.words.say("ask-code")).map_err(|error| CliError::value("CODE", error))
}

fn show(app: &App, client: &Client, first: &Proven, found: &LookupRecord, args: &Lookup) -> Result<Exit, CliError> {
    let height = first.verified.header().height.0;
    let shown: certificate::Shown = certificate::shown(app, client, &found.certificate, height, None, None)?;
    keep(args, &shown.proven)?;
    let time = shown.proven.verified.header().time;
    let status = shown.record.status_at(time);
    let in_force = status == ledger::record::CertificateStatus::Issued;
    let (key, tone) = if in_force { ("lookup-in-force", Tone::Good) } else { ("lookup-not-in-force", Tone::Bad) };
    let said = app.say(key, &[("status", &app.words.say(facts::certificate_status(status)))]);
    let mut facts = Facts::new(app);
    let beside = Beside { department: Some(&shown.department), item: Some(&shown.item), texts: &[] };
    facts.certificate(&shown.record, time, &beside);
    let text = format!("{} {}\n{}", app.out.tone(tone, &said), as_of(app, &shown.proven), facts.text());
    let value = json!({
        "found": true, "as_of": as_of_json(&shown.proven), "number": shown.number(),
        "status": status.word(), "certificate": facts::json(&shown.record),
    });
    app.out.result(&text, &value);
    Ok(if in_force { Exit::Done } else { Exit::NotInForce })
}

fn absent(app: &App, printed: &str, proven: &Proven) -> Result<Exit, CliError> {
    let said = app.say("lookup-absent", &[("number", printed)]);
    let next = app.words.say("lookup-absent-next");
    let text = format!("{} {}\n{next}", app.out.tone(Tone::Bad, &said), as_of(app, proven));
    app.out.result(&text, &json!({"found": false, "as_of": as_of_json(proven), "number": printed}));
    Ok(Exit::NotFound)
}
