//! A record with its department and item under one proven head, and what is said once something was done to it.

use ledger::codec::Cbor;
use ledger::record::{Department, IdentityAttestation, Item, ItemRef, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, RecordId};
use serde_json::{Value, json};

use super::{ask, facts};
use crate::app::{App, Signer};
use crate::client::{Client, Committed, Proven};
use crate::error::CliError;

/// A record that names the department it belongs to and the item it was opened under.
pub(crate) trait Attached: Cbor {
    /// Where the record stands.
    fn key(id: &RecordId) -> StateKey;
    /// Whose it is.
    fn department(&self) -> &DepartmentId;
    /// What it was opened under.
    fn item(&self) -> &ItemRef;
}

impl Attached for NotarialCertificate {
    fn key(id: &RecordId) -> StateKey {
        StateKey::certificate(id)
    }
    fn department(&self) -> &DepartmentId {
        &self.office
    }
    fn item(&self) -> &ItemRef {
        &self.item
    }
}

impl Attached for IdentityAttestation {
    fn key(id: &RecordId) -> StateKey {
        StateKey::identity(id)
    }
    fn department(&self) -> &DepartmentId {
        &self.department
    }
    fn item(&self) -> &ItemRef {
        &self.item
    }
}

/// A record with what stands beside it, all under one proven head.
pub(crate) struct Shown<T> {
    /// The proof.
    pub(crate) proven: Proven,
    /// The record.
    pub(crate) record: T,
    /// Its department.
    pub(crate) department: Department,
    /// Its item, in the version it was opened under.
    pub(crate) item: Item,
}

/// Reads a record, then it again with its department and item under one head.
///
/// `after` is a height that must have been reached; `at` one of the past.
///
/// # Errors
/// `NotFound`, and as [`ask::read`].
pub(crate) fn shown<T: Attached>(
    app: &App,
    client: &Client,
    id: &RecordId,
    after: u64,
    at: Option<u64>,
    signer: Option<&Signer>,
) -> Result<Shown<T>, CliError> {
    let read = |keys: &[StateKey], after: u64| match at {
        Some(_) => ask::read(app, client, keys, at, signer),
        None => ask::read_after(app, client, keys, after, signer),
    };
    let key = T::key(id);
    let first = read(std::slice::from_ref(&key), after)?;
    let record: T = ask::record(&first, &key)?;
    let department = StateKey::department(record.department());
    let item = StateKey::item_version(&record.item().code, record.item().version);
    let proven = read(&[key.clone(), department.clone(), item.clone()], first.verified.header().height.0)?;
    let record = ask::record(&proven, &key)?;
    let (department, item) = (ask::record(&proven, &department)?, ask::record(&proven, &item)?);
    Ok(Shown { proven, record, department, item })
}

/// Something that a person must keep, beside the record.
pub(crate) struct Extra<'a> {
    /// Its name in JSON.
    pub(crate) name: &'static str,
    /// Its sentence.
    pub(crate) key: &'static str,
    /// What it is.
    pub(crate) value: &'a str,
}

/// Prints what was done, what is to be kept, and where it stands on the ledger; `value` is how the record looks now.
pub(crate) fn conclude(app: &App, done: String, mut value: Value, committed: &Committed, extra: &[Extra<'_>]) {
    value["transaction"] = json!(committed.id.to_string());
    let mut lines = vec![done];
    for Extra { name, key, value: one } in extra {
        value[*name] = json!(one);
        lines.push(app.say(key, &[("value", one)]));
    }
    lines.push(facts::committed(app, committed));
    app.out.result(&lines.join("\n"), &value);
}
