//! Look-up codes: whether number and code lead to what the bundle is about.

use identity::disclosure::LookupDisclosure;
use ledger::crypto::Hash;
use ledger::light::Verified;
use ledger::record::LookupRecord;
use ledger::state::StateKey;

use super::subject::Subject;
use crate::commands::number;

/// Where a look-up code leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leads {
    /// To the record, or to the place where nothing stands.
    Here,
    /// The bundle shows no look-up at all: it is left open.
    Untold,
    /// Elsewhere or nowhere: it is of another paper, or was put in by somebody.
    Astray,
}

/// The worst of all codes; `None` without any.
pub(super) fn all(verified: &Verified, subject: &Subject, codes: &[LookupDisclosure]) -> Option<Leads> {
    codes.iter().map(|code| one(verified, subject, code)).max()
}

fn one(verified: &Verified, subject: &Subject, asked: &LookupDisclosure) -> Leads {
    match subject {
        Subject::Certificate(record) => {
            let Some(full) = record.full_number() else { return Leads::Astray };
            if asked.number.as_ref().is_some_and(|number| *number != full) {
                return Leads::Astray;
            }
            // The first look-ups stood under the commitment itself. What is absent there says nothing: nothing is
            // written there any more.
            let keys = [number::lookup(&full, &asked.code), number::commitment(&full, &asked.code)];
            let shown = |key: &Hash| verified.record::<LookupRecord>(&StateKey::lookup(key)).ok().flatten();
            match keys.iter().find_map(shown) {
                Some(found) if found.certificate == record.id => Leads::Here,
                None if !verified.entries().any(|(path, _)| path.starts_with("lookup/")) => Leads::Untold,
                _ => Leads::Astray,
            }
        }
        // What was asked for is known only by its number: without it the code shows nothing.
        Subject::Absent { paths } => match &asked.number {
            Some(full)
                if paths.iter().any(|path| path == StateKey::lookup(&number::lookup(full, &asked.code)).path()) =>
            {
                Leads::Here
            }
            _ => Leads::Astray,
        },
        Subject::Identity(_) | Subject::Case { .. } | Subject::Other { .. } => Leads::Astray,
    }
}
