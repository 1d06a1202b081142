//! What the record commands share when they ask the nodes and submit to them.

use std::path::Path;
use std::time::Duration;

use identity::{Disclosure, TextSecret, commitment::canonical_text};
use ledger::action::Action;
use ledger::codec::Cbor;
use ledger::crypto::Hash;
use ledger::error::VerifyError;
use ledger::record::{Department, Item};
use ledger::state::StateKey;
use ledger::statement::SignedStatement;
use ledger::types::{Code, DepartmentId, RecordId};
use rand_core::OsRng;

use super::secrets::Secrets;
use super::{beijing, number, refusal};
use crate::app::{App, Signer};
use crate::args::{Ground, Sign};
use crate::client::{Client, Committed, Proven, path};
use crate::error::CliError;
use crate::files;
use crate::reason::{Reason, why};

/// A reason in words: one paragraph of at most 500 characters of four bytes.
const REASON_BYTES_MAX: u64 = 4_096;
/// How often a node that is a moment behind is asked again.
const READ_AGAIN: u32 = 10;
const READ_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// A record's id as typed.
///
/// # Errors
/// `Value`; a certificate's number is told by what it is.
pub(crate) fn id(what: &str, text: &str) -> Result<RecordId, CliError> {
    text.trim().parse::<RecordId>().map_err(|error| match number::parse(text) {
        Ok((number, _)) => CliError::NumberForId { what: what.to_owned(), number: number.to_string() },
        Err(_) => CliError::value(what, error),
    })
}

/// Any word type as typed.
///
/// # Errors
/// `Value` with the type's own rule.
pub(crate) fn word<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, CliError>
where
    T::Err: Into<Reason>,
{
    text.parse().map_err(|error: T::Err| CliError::value(what, error))
}

/// One node's proven answer about some keys, all under one head: that of height `at`, else one that is not older than
/// what was proven before, for which a moment is waited.
///
/// # Errors
/// As [`Client::read`].
pub(crate) fn read(
    app: &App,
    client: &Client,
    keys: &[StateKey],
    at: Option<u64>,
    signer: Option<&Signer>,
) -> Result<Proven, CliError> {
    match at {
        Some(_) => client.read(app, &path::records(keys), at, signer),
        None => read_after(app, client, keys, 0, signer),
    }
}

/// The same, at a height that must have been reached: the answer to one's own statement.
///
/// # Errors
/// As [`Client::read`]; `Behind` if no node gets there in time.
pub(crate) fn read_after(
    app: &App,
    client: &Client,
    keys: &[StateKey],
    height: u64,
    signer: Option<&Signer>,
) -> Result<Proven, CliError> {
    let (mut found, mut wanted) = (0, height);
    for attempt in 0..READ_AGAIN {
        if attempt > 0 {
            std::thread::sleep(READ_AGAIN_AFTER);
        }
        found = match client.read(app, &path::records(keys), None, signer) {
            Ok(proven) if proven.verified.header().height.0 >= height => return Ok(proven),
            Ok(proven) => proven.verified.header().height.0,
            Err(CliError::Behind { height: proven, found }) => {
                wanted = wanted.max(proven);
                found
            }
            Err(error) => return Err(error),
        };
    }
    Err(CliError::Behind { height: wanted, found })
}

/// The record under a key, which must be there.
///
/// # Errors
/// `NotFound` for proven absence; `Forged` if the answer says nothing of it or it cannot be read.
pub(crate) fn record<T: Cbor>(proven: &Proven, key: &StateKey) -> Result<T, CliError> {
    let found = proven.verified.record(key).map_err(|source| CliError::Forged { source })?;
    found.ok_or_else(|| CliError::NotFound { what: key.path().to_owned() })
}

/// An item of the catalogue in its newest version.
///
/// # Errors
/// As [`read`] and [`record`].
pub(crate) fn item(app: &App, client: &Client, code: &str) -> Result<Item, CliError> {
    let key = StateKey::item(&word("--item", code)?);
    record(&read(app, client, std::slice::from_ref(&key), None, None)?, &key)
}

/// Every department of the consortium, proven.
///
/// # Errors
/// As [`read`] and [`record`].
pub(crate) fn departments(app: &App, client: &Client) -> Result<Vec<Department>, CliError> {
    let key = StateKey::departments();
    let ids: Vec<DepartmentId> = record(&read(app, client, std::slice::from_ref(&key), None, None)?, &key)?;
    let mut all = Vec::new();
    for part in ids.chunks(path::RECORDS_MAX) {
        let keys: Vec<StateKey> = part.iter().map(StateKey::department).collect();
        let proven = read(app, client, &keys, None, None)?;
        for key in &keys {
            all.push(record(&proven, key)?);
        }
    }
    Ok(all)
}

/// The keys that sign, the first for the statement and the others along with it.
///
/// # Errors
/// As [`App::signers`].
pub(crate) fn signers(app: &App, sign: &Sign) -> Result<Vec<Signer>, CliError> {
    app.signers(sign.names())
}

/// The key that signs a read, where one is named.
///
/// # Errors
/// As [`App::signers`].
pub(crate) fn reader(app: &App, key: Option<&str>) -> Result<Option<Signer>, CliError> {
    key.map(|key| app.signer(key)).transpose()
}

/// A statement on its way: what it says, and what must not be lost if it takes effect.
pub(crate) struct Sending<'a> {
    /// What it says.
    pub(crate) action: Action,
    /// The record whose secrets these are.
    pub(crate) record: &'a RecordId,
    /// What opens its commitments.
    pub(crate) secrets: &'a [Disclosure],
    /// Files that were written before for this statement alone.
    pub(crate) files: &'a [String],
}

/// Keeps the secrets, then submits and waits until the statement's place in the log is proven.
///
/// The secrets are on the disk before the statement leaves: whatever happens to the link or to this computer, no
/// commitment on the ledger is without its salt.
///
/// # Errors
/// As [`Client::submit`].
pub(crate) fn send(
    app: &App,
    client: &Client,
    sending: Sending<'_>,
    sign: &Sign,
    signers: &[Signer],
) -> Result<Committed, CliError> {
    let subject = sending.action.subject();
    let secrets = Secrets::of(app);
    let path = secrets.path(sending.record);
    let fresh = !path.exists();
    if !sending.secrets.is_empty() {
        secrets.keep(&client.trust().chain, subject.path(), sending.record, sending.secrets)?;
    }
    let statement = client.statement(app, sending.action, signers)?;
    let mut files = sending.files.to_vec();
    if !sending.secrets.is_empty() {
        files.push(path.display().to_string());
    }
    refusal::submit(app, client, &statement, signers, sign.wait)
        .map_err(|error| error.of_record(sending.record))
        .map_err(|error| if files.is_empty() { error } else { kept(app, error, &statement, &files, fresh) })
}

/// A refusal with the files that were written before and stay. `fresh` ones hold what this statement needs and nothing
/// else: they are spare once it can take no effect any more. More nodes than may lie say that it has taken none; that it
/// will take none is sure only where the refusal is final, or after its expiry. A record's earlier openings are made
/// once, and are never called spare.
fn kept(app: &App, error: CliError, statement: &SignedStatement, files: &[String], fresh: bool) -> CliError {
    let key = match (error.is_believed(), error.is_final(), fresh) {
        (true, true, true) => "here-kept-spare",
        (true, true, false) => "here-kept-added",
        (true, false, true) => "here-kept-now",
        (true, false, false) | (false, ..) => "here-kept",
    };
    let (files, time) = (files.join(&app.words.say("list-join")), beijing::shown(statement.claims().expires()));
    let command = app.given.signed(&["transaction", "show", &statement.id().to_string()]);
    error.about(vec![app.say(key, &[("files", &files), ("time", &time), ("command", &command)])])
}

/// A ground: its code, and where a text was given, the text's commitment with what opens it.
pub(crate) struct Grounds {
    /// The code.
    pub(crate) code: Code,
    /// Commitment to the text.
    pub(crate) text: Option<Hash>,
    /// What opens it.
    pub(crate) secrets: Vec<Disclosure>,
}

/// The code of a ground from the command line.
///
/// # Errors
/// `Choose` with the grounds of the act in force if there is none; `Value` for one that is no code.
pub(crate) fn ground(app: &App, client: &Client, act: &str, ground: &Ground) -> Result<Code, CliError> {
    match &ground.reason {
        Some(code) => word("--reason", code),
        None => Err(CliError::Choose { what: "--reason", list: refusal::grounds(app, client, act) }),
    }
}

/// Reads a ground from the command line, with its text.
///
/// # Errors
/// As [`ground`]; a text that does not fit; the file cannot be read.
pub(crate) fn grounds(app: &App, client: &Client, act: &str, given: &Ground) -> Result<Grounds, CliError> {
    let code = ground(app, client, act, given)?;
    let ground = given;
    let Some(path) = &ground.reason_file else { return Ok(Grounds { code, text: None, secrets: Vec::new() }) };
    let secret = reason_text(path)?;
    Ok(Grounds { code, text: Some(secret.commitment()), secrets: vec![Disclosure::Text(secret)] })
}

fn reason_text(path: &Path) -> Result<TextSecret, CliError> {
    let text = files::read_text(path, REASON_BYTES_MAX)?;
    let text = canonical_text(&text).map_err(|error| CliError::format(path, error))?;
    if text.as_str().is_empty() {
        return Err(CliError::format(path, why("reason-empty")));
    }
    Ok(TextSecret::new(text, &mut OsRng))
}

/// Proof that says nothing of what was asked for.
pub(crate) fn not_shown(what: &str) -> CliError {
    CliError::Forged { source: VerifyError::NotShown { what: what.to_owned() } }
}
