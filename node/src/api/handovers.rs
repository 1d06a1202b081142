//! Changes of validators, for clients whose trust point lies before them.

use std::sync::{Mutex, PoisonError};

use ledger::bundle::Handover;
use ledger::error::Fault;
use ledger::limits::BUNDLE_PARTS_MAX;
use ledger::state::StateView;
use ledger::types::Height;

use super::archive::View;

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

impl Handovers {
    /// Reads the headers up to the view's tip that were not read yet.
    ///
    /// # Errors
    /// A fault of the store.
    pub(super) fn follow(&self, view: &dyn StateView) -> Result<(), Fault> {
        let tip = view.tip()?.header.height;
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        while index.read_to < tip {
            let next = index.read_to.next();
            let header = view.header(next)?.ok_or_else(|| Fault::damaged(format!("the header of height {next} is missing")))?;
            if header.next_validators != header.validators {
                index.changes.push(next);
            }
            index.read_to = next;
        }
        Ok(())
    }

    /// The changes above `since` and below `head`, ascending; the newest ones if there are more than a bundle takes.
    ///
    /// # Errors
    /// A fault of the store.
    pub(super) fn between(&self, view: &View, since: Height, head: Height) -> Result<Vec<Handover>, Fault> {
        self.follow(view)?;
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
