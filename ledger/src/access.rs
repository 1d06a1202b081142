//! Who may read what: the class of each record kind, in one table.
//!
//! ```text
//! public      anybody: certificates and attestations by their random id, look-ups by two facts, catalogue, keys
//! consortium  any active department, by a signed request: lists, numbers, proposals, blocks, events
//! parties     departments whose role the case's item names, by a signed request: corrections cases
//! ```

use crate::record::Department;
use crate::types::Role;

cbor_code! {
    /// Who may read a record.
    pub enum ReadClass {
        /// Anybody.
        Public = 1 "public",
        /// Any active department.
        Consortium = 2 "consortium",
        /// Departments with one of the roles that the item names.
        Parties = 3 "parties",
    }
}

/// The class of a path of the state. A path that nothing is known of is for the consortium.
#[must_use]
pub fn class_of(path: &str) -> ReadClass {
    let kind = path.split('/').next().unwrap_or(path);
    match kind {
        "certificate" | "lookup" | "identity" | "department" | "departments" | "key" | "item" | "validators"
        | "rotation" | "parameters" | "number-word" | "grounds" => ReadClass::Public,
        "correction" => ReadClass::Parties,
        _ => ReadClass::Consortium,
    }
}

/// True if this reader may read a record of this class; `parties` are the roles that the record's item names.
///
/// `reader` is the department of the key that signed the request, judged active at the tip; `None` is the public.
#[must_use]
pub fn may_read(class: ReadClass, reader: Option<&Department>, parties: &[Role]) -> bool {
    match (class, reader) {
        (ReadClass::Public, _) => true,
        (_, None) => false,
        (_, Some(department)) if !department.active => false,
        (ReadClass::Consortium, Some(_)) => true,
        (ReadClass::Parties, Some(department)) => parties.iter().any(|role| department.has_role(role)),
    }
}
