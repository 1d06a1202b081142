//! The JSON view of a record by its path. For people and programs; what counts is the proof beside it.

use ledger::codec::{Cbor, View};
use ledger::error::Fault;
use ledger::record::{
    CorrectionCase, Department, FreezeMark, Grounds, IdentityAttestation, Item, KeyRecord, ListHead, LookupRecord,
    NotarialCertificate, NumberCounter, NumberWordHolder, OpenProposal, Parameters, Proposal, ValidatorSchedule,
};
use ledger::types::{DepartmentId, TimeMs};
use serde_json::Value;

use super::read::decode;

/// The view of the value at a path; null for absence. `time` is that of the header that proves it: statuses that only
/// time changes are shown as of it, as `status_now` beside the written one.
///
/// # Errors
/// `Damaged` if the value is no record of its path's type.
pub(super) fn of_path(path: &str, value: Option<&[u8]>, time: TimeMs) -> Result<Value, Fault> {
    let Some(value) = value else { return Ok(Value::Null) };
    match path.split('/').next().unwrap_or(path) {
        "certificate" => certificate(&decode(value)?, time),
        "identity" => identity(&decode(value)?, time),
        "correction" => json(&decode::<CorrectionCase>(value)?),
        "department" => json(&decode::<Department>(value)?),
        "departments" => json(&decode::<Vec<DepartmentId>>(value)?),
        "key" => json(&decode::<KeyRecord>(value)?),
        "item" => json(&decode::<Item>(value)?),
        "validators" => json(&decode::<ValidatorSchedule>(value)?),
        "parameters" => json(&decode::<Parameters>(value)?),
        "proposal" => json(&decode::<Proposal>(value)?),
        "proposals" => json(&decode::<Vec<OpenProposal>>(value)?),
        "frozen" => json(&decode::<FreezeMark>(value)?),
        "certificates" => json(&decode::<ListHead>(value)?),
        "number" => json(&decode::<NumberCounter>(value)?),
        "number-word" => json(&decode::<NumberWordHolder>(value)?),
        "grounds" => json(&decode::<Grounds>(value)?),
        "lookup" => json(&decode::<LookupRecord>(value)?),
        _ => Ok(Value::String(hex::encode(value))),
    }
}

/// The view of a notarial certificate.
pub(super) fn certificate(record: &NotarialCertificate, time: TimeMs) -> Result<Value, Fault> {
    with_status(json(record)?, record.status_at(time).word())
}

/// The view of an identity attestation.
pub(super) fn identity(record: &IdentityAttestation, time: TimeMs) -> Result<Value, Fault> {
    with_status(json(record)?, record.status_at(time).word())
}

fn with_status(mut view: Value, word: &str) -> Result<Value, Fault> {
    if let Value::Object(fields) = &mut view {
        fields.insert("status_now".to_owned(), Value::String(word.to_owned()));
    }
    Ok(view)
}

/// The JSON of a format's value.
///
/// # Errors
/// Never for our formats: their keys are words.
pub(super) fn json<T: Cbor>(value: &T) -> Result<Value, Fault> {
    of_view(&value.view())
}

/// The JSON of a view.
///
/// # Errors
/// As [`json`].
pub(super) fn of_view(view: &View) -> Result<Value, Fault> {
    serde_json::to_value(view).map_err(|error| Fault::damaged(format!("a view is no JSON: {error}")))
}
