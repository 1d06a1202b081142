//! Pages of append-only lists, each item proven under the head that the state holds.

use std::collections::BTreeMap;
use std::ops::Range;

use ledger::bundle::{Bundle, ListPage};
use ledger::codec::Bytes;
use ledger::error::Fault;
use ledger::log::InclusionProof;
use ledger::state::StateKey;
use ledger::types::Height;

use super::archive::View;
use super::ask::Ask;
use super::error::{ApiError, Problem};
use super::read::PAGE_BYTES_MAX;

/// Items of one page, unless fewer are asked for.
const PAGE_ITEMS: u64 = 100;
/// Most items of one page.
const PAGE_ITEMS_MAX: u64 = 500;
/// Items read from the store at once: the largest together have a few MiB.
const CHUNK_ITEMS: u64 = 32;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    start: u64,
    limit: u64,
}

impl Page {
    /// The page that `cursor`, or else `start`, and `limit` ask for. A cursor fixes the height: all pages of one list
    /// are as of the same block.
    ///
    /// # Errors
    /// `bad-request`.
    pub(super) fn of(ask: &mut Ask) -> Result<Self, ApiError> {
        let limit = ask.number("limit")?.unwrap_or(PAGE_ITEMS).clamp(1, PAGE_ITEMS_MAX);
        let Some(cursor) = ask.parameter("cursor") else {
            return Ok(Self { start: ask.number("start")?.unwrap_or(0), limit });
        };
        let wrong = || ApiError::with(Problem::BadRequest, "the cursor is one that an earlier page gave");
        let (height, start) = cursor.split_once('.').ok_or_else(wrong)?;
        let height = height.parse().map(Height).map_err(|_| wrong())?;
        let start = start.parse().map_err(|_| wrong())?;
        if ask.at.is_some_and(|at| at != height) {
            return Err(ApiError::with(Problem::BadRequest, "the cursor is of another height than at"));
        }
        ask.at = Some(height);
        Ok(Self { start, limit })
    }
}

/// The cursor of the page after the one shown, if there is one.
pub(super) fn next(shown: &ListPage, height: Height, length: u64) -> Option<String> {
    let next = shown.start + shown.items.len() as u64;
    (next < length).then(|| format!("{height}.{next}"))
}

/// Adds a page to a bundle. A page beyond the end is left out: the list's head among the entries tells its length.
pub(super) fn add(bundle: &mut Bundle, page: ListPage, length: u64) {
    if length == 0 || !page.items.is_empty() {
        bundle.lists.push(page);
    }
}

/// A page of a list that has `length` items as of the head: without proofs when the page is the whole list. It ends
/// before its items take more than [`PAGE_BYTES_MAX`]; one item is always shown.
///
/// # Errors
/// A fault of the store.
pub(super) fn page(view: &View, list: &StateKey, length: u64, page: Page) -> Result<ListPage, Fault> {
    let start = page.start.min(length);
    let end = start.saturating_add(page.limit).min(length);
    let (mut items, mut bytes) = (Vec::<Bytes>::new(), 0);
    let mut next = start;
    'pages: while next < end {
        let chunk = view.0.list_items(list, next, end.min(next + CHUNK_ITEMS))?;
        if chunk.is_empty() {
            return Err(Fault::damaged(format!("item {next} of {list} is missing")));
        }
        for item in chunk {
            bytes += item.len();
            if bytes > PAGE_BYTES_MAX && !items.is_empty() {
                break 'pages;
            }
            items.push(item.into());
            next += 1;
        }
    }
    let proofs = if next - start == length { Vec::new() } else { prove(view, list, start..next, length)? };
    Ok(ListPage { path: list.path().to_owned(), start, items, proofs })
}

/// Proofs of neighbours share most of their hashes: each is read once.
fn prove(view: &View, list: &StateKey, items: Range<u64>, length: u64) -> Result<Vec<InclusionProof>, Fault> {
    let mut known = BTreeMap::new();
    let mut node = |index| match known.get(&index) {
        Some(hash) => Ok(*hash),
        None => {
            let hash = view.0.list_node(list, index)?;
            known.insert(index, hash);
            Ok(hash)
        }
    };
    items.map(|index| InclusionProof::make(index, length, &mut node)).collect()
}
