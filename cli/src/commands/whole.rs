//! Whole lists: page by page at one height, with the proof that nothing is left out.

use ledger::state::StateKey;

use super::ask;
use crate::app::{App, Signer};
use crate::client::{Client, Proven};
use crate::error::CliError;

/// A list with every item of it.
pub(crate) struct Whole {
    /// Proof of the first page, under whose head all pages stand.
    pub(crate) head: Proven,
    /// Items, canonical encodings, oldest first.
    pub(crate) items: Vec<Vec<u8>>,
}

/// Reads every item of a list at the height of the first page; `page` gives the path of the page from an index on.
///
/// Each page proves its items against the list's one head, at their places; their number is the head's length, so
/// none is left out and none stands twice.
///
/// # Errors
/// As [`Client::read`]; `Forged` for pages that do not follow one another.
pub(crate) fn read(
    app: &App,
    client: &Client,
    key: &StateKey,
    page: impl Fn(u64) -> String,
    at: Option<u64>,
    signer: Option<&Signer>,
) -> Result<Whole, CliError> {
    let head = client.read(app, &page(0), at, signer)?;
    let mut items = Vec::new();
    let length = take(&head, key, &mut items)?;
    let height = head.verified.header().height.0;
    while (items.len() as u64) < length {
        let before = items.len();
        let next = client.read(app, &page(before as u64), Some(height), signer)?;
        let same = next.verified.header().hash() == head.verified.header().hash();
        if !same || take(&next, key, &mut items)? != length || items.len() == before {
            return Err(ask::not_shown(key.path()));
        }
    }
    Ok(Whole { head, items })
}

/// Takes the items of a page, which must follow those taken before; gives the length of the whole list.
fn take(page: &Proven, key: &StateKey, items: &mut Vec<Vec<u8>>) -> Result<u64, CliError> {
    // A list that nothing was ever put on is absent, and that is what the page proves.
    let absent = page.verified.entries().any(|(path, value)| path == key.path() && value.is_none());
    if absent {
        return Ok(0);
    }
    let list = page.verified.list(key).map_err(|source| CliError::Forged { source })?;
    if list.start != items.len() as u64 {
        return Err(ask::not_shown(key.path()));
    }
    items.extend(list.items.iter().cloned());
    Ok(list.length)
}
