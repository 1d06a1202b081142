//! Changes of validators, for clients whose trust point lies before them.

use std::sync::{Mutex, PoisonError};

use ledger::bundle::Handover;
use ledger::error::Fault;
use ledger::limits::BUNDLE_PARTS_MAX;
use ledger::state::StateView;
use ledger::types::Height;

use super::archive::View;
use super::error::{ApiError, Problem};

/// Heights whose header hands over to another set. Found by reading each header once, in the order of heights.
#[derive(Debug, Default)]
pub(super) struct Handovers {
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    read_to: Height,
    changes: Vec<Height>,
}

/// Headers read for one request at most; the rest is read ahead, in the background, when the node starts.
const HEADERS_MAX: u64 = 20_000;
/// Headers read under one lock.
const CHUNK: u64 = 1_000;

impl Handovers {
    /// Reads the headers up to the view's tip that were not read yet, at most `count_max`; true if none is left.
    ///
    /// # Errors
    /// A fault of the store.
    pub(super) fn follow(&self, view: &dyn StateView, count_max: u64) -> Result<bool, Fault> {
        let tip = view.tip()?.header.height;
        let mut read = 0;
        while read < count_max {
            // Others get their turn between two chunks.
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            let end = Height(index.read_to.0.saturating_add(CHUNK)).min(tip);
            if index.read_to >= tip {
                return Ok(true);
            }
            while index.read_to < end {
                let next = index.read_to.next();
                let missing = || Fault::damaged(format!("the header of height {next} is missing"));
                let header = view.header(next)?.ok_or_else(missing)?;
                if header.next_validators != header.validators {
                    index.changes.push(next);
                }
                index.read_to = next;
            }
            read += CHUNK;
        }
        Ok(self.index.lock().unwrap_or_else(PoisonError::into_inner).read_to >= tip)
    }

    /// The changes above `since` and below `head`, ascending; the newest ones if there are more than a bundle takes.
    ///
    /// # Errors
    /// `busy` while a long chain is read after the start; a fault of the store.
    pub(super) fn between(&self, view: &View, since: Height, head: Height) -> Result<Vec<Handover>, ApiError> {
        if !self.follow(view, HEADERS_MAX)? {
            return Err(Problem::Busy.into());
        }
        let heights: Vec<Height> = {
            let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            index.changes.iter().copied().filter(|height| *height > since && *height < head).collect()
        };
        let newest = heights.len().saturating_sub(BUNDLE_PARTS_MAX);
        let handover = |height: &Height| {
            let missing = || Fault::damaged(format!("the change of validators at height {height} is missing"));
            let signed = view.0.signed_header(*height)?.ok_or_else(missing)?;
            let next = view.0.validators(height.next())?.ok_or_else(missing)?;
            Ok(Handover { signed, next })
        };
        heights.iter().skip(newest).map(handover).collect()
    }
}
