//! The fields of each kind of change: all that are missing or unknown are told at once, by their names.

use toml::{Table, Value};

use crate::reason::{Reason, why};

/// Each kind of change with the fields it needs and those it may have.
pub(super) const KINDS: [(&str, &[&str], &[&str]); 7] = [
    ("set-parameters", &PARAMETERS, &["absences_max"]),
    ("put-item", &["code", "kind", "name", "legal_basis", "exercising", "powers"], &ITEM_OTHER),
    ("put-department", &["id", "name", "roles"], &["credit_code", "numbering"]),
    ("retire-department", &["department"], &["successor"]),
    ("set-validators", &["department", "key"], &["power"]),
    ("set-administration", &["department", "threshold", "keys"], &[]),
    ("set-grounds", &["act", "grounds"], &[]),
];

const PARAMETERS: [&str; 7] = [
    "pace_ms",
    "block_weight_max",
    "block_bytes_max",
    "issue_within_ms",
    "propose_timeout_ms",
    "vote_timeout_ms",
    "validator_delay_ms",
];

const ITEM_OTHER: [&str; 9] = [
    "active",
    "approval",
    "number_class",
    "promised_minutes",
    "statutory_days",
    "in_person",
    "parties",
    "variants",
    "subjects_min",
];

/// Looks at the names alone; text that is no TOML and values of a wrong type are told by who reads them.
///
/// # Errors
/// A table of no kind; the fields of one that are missing, and those that are unknown.
pub(super) fn check(text: &str) -> Result<(), Reason> {
    let Ok(file) = text.parse::<Table>() else { return Ok(()) };
    for (name, value) in &file {
        let Some((kind, needed, other)) = KINDS.into_iter().find(|(kind, ..)| kind == name) else {
            let kinds = KINDS.map(|(kind, ..)| format!("[{kind}]")).join(", ");
            return Err(why("reason-change-unknown").with("table", name).with("kinds", kinds));
        };
        match value {
            Value::Table(row) => fit(kind, needed, other, row)?,
            Value::Array(rows) => {
                rows.iter().filter_map(Value::as_table).try_for_each(|row| fit(kind, needed, other, row))?
            }
            _ => {}
        }
    }
    Ok(())
}

fn fit(kind: &str, needed: &[&str], other: &[&str], row: &Table) -> Result<(), Reason> {
    let missing: Vec<&str> = needed.iter().copied().filter(|name| !row.contains_key(*name)).collect();
    let unknown: Vec<&str> =
        row.keys().map(String::as_str).filter(|name| !needed.contains(name) && !other.contains(name)).collect();
    let about = |key| why(key).with("table", kind);
    Err(match (missing.is_empty(), unknown.is_empty()) {
        (true, true) => return Ok(()),
        (false, true) => about("reason-fields-missing").with("missing", missing.join(", ")),
        (true, false) => about("reason-fields-unknown")
            .with("unknown", unknown.join(", "))
            .with("allowed", [needed, other].concat().join(", ")),
        (false, false) => {
            about("reason-fields-both").with("unknown", unknown.join(", ")).with("missing", missing.join(", "))
        }
    })
}
