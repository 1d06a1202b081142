//! Pages of append-only lists, each item proven under the head that the state holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ledger::bundle::{Bundle, ListPage};
use ledger::codec::Bytes;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::log::{InclusionProof, Peaks};
use ledger::state::StateKey;

use super::archive::View;
use super::ask::Ask;
use super::error::{ApiError, Problem};
use ledger::types::Height;

/// Items of one page, unless fewer are asked for.
const PAGE_ITEMS: u64 = 100;
/// Most items of one page.
const PAGE_ITEMS_MAX: u64 = 500;
/// Items read from the store at once while the hashes of a list are built.
const CHUNK_ITEMS: u64 = 4096;
/// Hashes kept in memory over all lists, 64 MiB; beyond it the memory starts anew.
const HASHES_MAX: usize = 2 * 1024 * 1024;

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

    /// The cursor of the page after this one, if there is one.
    pub(super) fn next(self, height: Height, length: u64) -> Option<String> {
        let next = self.start.saturating_add(self.limit);
        (next < length).then(|| format!("{height}.{next}"))
    }
}

/// Adds a page to a bundle. A page beyond the end is left out: the list's head among the entries tells its length.
pub(super) fn add(bundle: &mut Bundle, page: ListPage, length: u64) {
    if length == 0 || !page.items.is_empty() {
        bundle.lists.push(page);
    }
}

/// Hashes of lists in append order. A list only grows, so the hashes of a shorter one are the first of a longer one.
#[derive(Debug, Default)]
pub(super) struct Lists {
    known: Mutex<BTreeMap<StateKey, Tree>>,
}

#[derive(Debug, Default)]
struct Tree {
    peaks: Peaks,
    hashes: Vec<Hash>,
}

impl Tree {
    /// Appends items from the store until the tree has `length` of them.
    fn grow(&mut self, view: &View, list: &StateKey, length: u64) -> Result<(), Fault> {
        while self.peaks.size() < length {
            let start = self.peaks.size();
            let items = view.0.list_items(list, start, length.min(start + CHUNK_ITEMS))?;
            if items.is_empty() {
                return Err(Fault::damaged(format!("item {start} of {list} is missing")));
            }
            for item in &items {
                self.hashes.extend(self.peaks.append(item).into_iter().map(|(_, hash)| hash));
            }
        }
        Ok(())
    }

    fn node(&self, index: u64) -> Result<Hash, Fault> {
        let found = usize::try_from(index).ok().and_then(|index| self.hashes.get(index)).copied();
        found.ok_or_else(|| Fault::damaged("a hash of a list is missing"))
    }
}

impl Lists {
    /// A page of a list that has `length` items as of the head: without proofs when the page is the whole list.
    ///
    /// # Errors
    /// A fault of the store.
    pub(super) fn page(&self, view: &View, list: &StateKey, length: u64, page: Page) -> Result<ListPage, Fault> {
        let start = page.start.min(length);
        let end = start.saturating_add(page.limit).min(length);
        let items: Vec<Bytes> = view.0.list_items(list, start, end)?.into_iter().map(Bytes::from).collect();
        let mut proofs = Vec::new();
        if end - start < length {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.values().map(|tree| tree.hashes.len()).sum::<usize>() > HASHES_MAX {
                known.clear();
            }
            let tree = known.entry(list.clone()).or_default();
            tree.grow(view, list, length)?;
            let prove = |index| InclusionProof::make(index, length, |node| tree.node(node));
            proofs = (start..end).map(prove).collect::<Result<_, _>>()?;
        }
        Ok(ListPage { path: list.path().to_owned(), start, items, proofs })
    }
}
