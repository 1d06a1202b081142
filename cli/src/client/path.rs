//! The paths of the API that this program uses. Ids are checked types: nothing typed gets into a path unescaped.

use ledger::state::StateKey;
use ledger::statement::StatementId;
use ledger::types::{DepartmentId, RecordId};

/// Where statements are submitted.
pub(crate) const TRANSACTIONS: &str = "/v1/transactions";

/// Records that are asked for at once.
pub(crate) const RECORDS_MAX: usize = 32;

/// A transaction.
pub(crate) fn transaction(id: &StatementId) -> String {
    format!("{TRANSACTIONS}/{id}")
}

/// Records or their absence, at most [`RECORDS_MAX`], all under one head.
pub(crate) fn records(keys: &[StateKey]) -> String {
    let query: Vec<String> = keys.iter().map(|key| format!("path={key}")).collect();
    format!("/v1/records?{}", query.join("&"))
}

/// The certificates of an office, from an index on.
pub(crate) fn certificates_of(office: &DepartmentId, start: u64) -> String {
    format!("/v1/certificates?office={office}&start={start}")
}

/// What a node has of evidence, from a place on.
pub(crate) fn evidence(height: u64, number: u32) -> String {
    format!("/v1/evidence?start={height}.{number}")
}

/// A corrections case with its entries, from an index on.
pub(crate) fn case(id: &RecordId, start: u64) -> String {
    format!("/v1/cases/{id}?start={start}")
}
