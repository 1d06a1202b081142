//! A record with its department and item under one proven head, and what is said once something was done to it.

use ledger::codec::Cbor;
use ledger::light::Verified;
use ledger::record::{Department, Grounds, IdentityAttestation, Item, ItemRef, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::{Code, DepartmentId, RecordId};
use serde_json::{Value, json};

use super::{ask, facts};
use crate::app::{App, Signer};
use crate::client::{Client, Committed, Proven};
use crate::error::CliError;
use crate::given::Next;

/// A record that names the department it belongs to and the item it was opened under.
pub(crate) trait Attached: Cbor {
    /// Where the record stands.
    fn key(id: &RecordId) -> StateKey;
    /// Whose it is.
    fn department(&self) -> &DepartmentId;
    /// What it was opened under.
    fn item(&self) -> &ItemRef;
    /// The acts whose grounds it names.
    fn acts(&self) -> Vec<&'static str>;
}

/// Where the grounds stand that a record names.
pub(crate) fn grounds_of(record: &impl Attached) -> Vec<StateKey> {
    record.acts().iter().filter_map(|act| Code::new(*act).ok()).map(|act| StateKey::grounds(&act)).collect()
}

/// Grounds that are proven; what is not shown is left out.
pub(crate) fn grounds_in(verified: &Verified, keys: &[StateKey]) -> Vec<Grounds> {
    keys.iter().filter_map(|key| verified.record(key).ok().flatten()).collect()
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
    fn acts(&self) -> Vec<&'static str> {
        let mended = (!self.amendments.is_empty()).then_some("amend");
        let ended = self.ended.as_ref().and(facts::certificate_act(self.status));
        mended.into_iter().chain(ended).collect()
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
    fn acts(&self) -> Vec<&'static str> {
        self.changed.iter().map(|_| facts::identity_act(self.status)).collect()
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
    /// Grounds of the acts that the record names.
    pub(crate) grounds: Vec<Grounds>,
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
    let grounds = grounds_of(&record);
    let keys = [&[key.clone(), department.clone(), item.clone()], grounds.as_slice()].concat();
    let proven = read(&keys, first.verified.header().height.0)?;
    let record = ask::record(&proven, &key)?;
    let grounds = grounds_in(&proven.verified, &grounds);
    let (department, item) = (ask::record(&proven, &department)?, ask::record(&proven, &item)?);
    Ok(Shown { proven, record, department, item, grounds })
}

/// Reads a record back after it was changed, by the key that signed: one of those who may see it.
///
/// # Errors
/// `Unfinished`: the change took effect.
pub(crate) fn changed<T: Cbor>(
    app: &App,
    client: &Client,
    key: &StateKey,
    committed: &Committed,
    signers: &[Signer],
) -> Result<(Proven, T), CliError> {
    let proven = ask::read_after(app, client, std::slice::from_ref(key), committed.height(), signers.first());
    committed.then(app, proven.and_then(|proven| ask::record(&proven, key).map(|record| (proven, record))))
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

/// Prints what was done, what is to be kept, where it stands on the ledger, and the command that comes next; `value` is
/// how the record looks now.
pub(crate) fn conclude(
    app: &App,
    done: String,
    mut value: Value,
    committed: &Committed,
    extra: &[Extra<'_>],
    next: Option<Next>,
) {
    value["transaction"] = json!(committed.id.to_string());
    let mut lines = vec![done];
    for Extra { name, key, value: one } in extra {
        value[*name] = json!(one);
        lines.push(app.say(key, &[("value", one)]));
    }
    lines.push(facts::committed(app, committed));
    value["next"] = next.iter().filter_map(Next::whole).collect();
    lines.extend(next.map(|next| app.say("next-step", &[("command", next.line())])));
    app.out.result(&lines.join("\n"), &value);
}
