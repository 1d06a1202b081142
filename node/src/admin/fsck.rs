//! `fsck`: derives everything again from genesis and the blocks, and compares it with the store row by row.
//!
//! Checks: each block follows from those before it by the one `execute_block`; each height's certificate is by more
//! than two thirds of the validators of that height; headers, tree, values, lists, log, statements and sets are what
//! follows from the blocks, with nothing missing and nothing besides. It needs about as much free disk as the store
//! and about the time that the chain needs to catch up.

use super::replay::Replay;
use super::{AdminError, Unsound, files};
use crate::home::Home;
use crate::storage::{Rebuilt, Store, StoreView};
use ledger::types::Height;
use std::path::Path;
use std::time::{Duration, Instant};

/// Directories for stores that are built again begin so.
const REBUILT: &str = "fsck-";

/// What an audit found in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Blocks executed.
    pub blocks: u64,
    /// Statements in them.
    pub statements: u64,
    /// How long it took.
    pub took: Duration,
}

impl Audit {
    /// Blocks in one second.
    #[must_use]
    pub fn blocks_per_second(&self) -> u64 {
        let milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.blocks.saturating_mul(1000) / milliseconds
    }
}

/// Audits a stopped node's store. `progress` is told the height reached and the last one, after each block.
///
/// # Errors
/// [`AdminError::Audit`] with the first thing that does not follow; others if it could not be carried out.
pub fn fsck(home: &Home, progress: impl FnMut(u64, u64)) -> Result<Audit, AdminError> {
    let (genesis, options) = (home.genesis()?, home.config()?.storage.options());
    let store = Store::open_existing(&home.data(), &genesis, options)?;
    // The store's lock is held: what is left is of a run that was broken off.
    files::clear_leftovers(home.root(), REBUILT)?;
    let temporary = files::temporary(home.root(), REBUILT)?;
    let started = Instant::now();
    let mut audit = rebuild(&store, temporary.path(), &genesis, progress)?;
    audit.took = started.elapsed();
    Ok(audit)
}

fn rebuild(
    store: &Store,
    directory: &Path,
    genesis: &ledger::genesis::Genesis,
    mut progress: impl FnMut(u64, u64),
) -> Result<Audit, AdminError> {
    let (view, rebuilt) = (store.view()?, Rebuilt::begin(directory, genesis)?);
    let replay = Replay::onto(rebuilt.store());
    let mut audit = Audit { blocks: 0, statements: 0, took: Duration::ZERO };
    for height in 1..=view.height().0 {
        audit.statements += check_height(&view, &replay, Height(height))?;
        audit.blocks += 1;
        progress(height, view.height().0);
    }
    drop(view);
    match rebuilt.compare(store)? {
        None => Ok(audit),
        Some(difference) => Err(Unsound::Row(difference).into()),
    }
}

/// Takes one block of the store, with its certificate, and gives the number of its statements.
fn check_height(view: &StoreView, replay: &Replay<'_>, height: Height) -> Result<u64, AdminError> {
    let missing = |what| Unsound::Missing { height, what };
    let block = view.block(height)?.ok_or(missing("block"))?;
    let certificate = view.certificate(height)?.ok_or(missing("certificate"))?;
    replay.take(&block, &certificate)?;
    Ok(block.statements.len() as u64)
}
