//! `import`: the blocks of an export, brought into a stopped node's store as value sync would bring them: every
//! certificate under the set in force, every signature, every block by the one `execute_block`.
//!
//! Each block is written by itself and only then is the next one looked at. When a file is refused, the heights before
//! stay: they follow from genesis by decision of their validators. The same file, or a better one, may be given again;
//! what is here already is compared, not executed.
//!
//! The signer guard moves as a restore moves it, see [`super::restore`].

use super::replay::{Replay, Replayed};
use super::restore::advance_guard;
use super::sequence::{Broken, Sequence};
use super::{AdminError, Unsound, io_error};
use crate::consensus::ports::BlockStore;
use crate::home::Home;
use crate::storage::{OpenError, Store};
use ledger::codec::{self, CodecError, ValueRule};
use ledger::crypto::KeyId;
use ledger::evidence::{Evidence, EvidenceError};
use ledger::export::{DECIDED_BYTES_MAX, Decided, Misconduct};
use ledger::genesis::Genesis;
use ledger::limits::{GENESIS_BYTES_MAX, MISCONDUCT_MAX};
use ledger::state::StateView;
use ledger::types::Height;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// Heights after which old states are pruned, as a running node prunes them every few seconds.
const PRUNE_EVERY: u64 = 64;

/// Why a file is refused. The heights before are kept.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It does not begin with a genesis document.
    #[error("it does not begin with a genesis document: {0}")]
    NoGenesis(#[source] CodecError),
    /// It holds nothing.
    #[error("it is empty")]
    Empty,
    /// It ends inside an item.
    #[error("it ends in the middle of what follows height {after}")]
    Truncated {
        /// The last height that was whole.
        after: Height,
    },
    /// What follows a height is no height.
    #[error("what follows height {after} cannot be read: {source}")]
    Unreadable {
        /// The last height that was read.
        after: Height,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// A height is left out, doubled or out of order.
    #[error("height {actual} stands where height {expected} belongs")]
    Gap {
        /// The height after the one before.
        expected: Height,
        /// The one that stands there.
        actual: Height,
    },
    /// The store holds another block of a height.
    #[error("at height {height} it holds another block than the store")]
    Fork {
        /// The height.
        height: Height,
    },
    /// A block does not follow, or its certificate fails.
    #[error(transparent)]
    Unsound(Unsound),
    /// Somebody is accused without proof.
    #[error("height {height}: the evidence against {validator} proves nothing: {source}")]
    Evidence {
        /// The height.
        height: Height,
        /// Who is accused.
        validator: KeyId,
        /// Why.
        #[source]
        source: Box<VoidEvidence>,
    },
}

/// Why evidence of a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum VoidEvidence {
    /// It is not in its one form.
    #[error(transparent)]
    Unreadable(#[from] CodecError),
    /// It is about something else than it stands under.
    #[error("it is about the key {key} at height {height}")]
    OfOther {
        /// Whose signatures it shows.
        key: KeyId,
        /// At which height.
        height: Height,
    },
    /// It does not hold.
    #[error(transparent)]
    Refuted(#[from] EvidenceError),
}

/// A height that was brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its height.
    pub height: Height,
    /// Its statements.
    pub statements: u64,
    /// Keys of the state tree that it wrote.
    pub tree_keys: u64,
    /// Processor time of the process for executing and writing it; signatures were verified before that.
    pub cpu: Duration,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The last height of the file.
    pub height: Height,
    /// Heights of it that were here already.
    pub known: u64,
    /// The guard's height, if there is a guard.
    pub guarded: Option<Height>,
}

/// Brings a file's blocks into a stopped node's store; `path` is what the file is called. `each` is told every height
/// that was brought in. With `above` the key never signs at or below that height, as in a restore.
///
/// # Errors
/// [`AdminError::Import`] with the first thing that does not hold; others if store, file or guard fail.
pub fn import(
    home: &Home,
    from: impl Read,
    path: &Path,
    above: Option<Height>,
    each: impl FnMut(&Step),
) -> Result<Imported, AdminError> {
    let genesis = home.genesis()?;
    let mut file = File { items: Sequence::of(from), path, last: Height(0) };
    file.require_genesis(&genesis)?;
    let store = Store::open_with(&home.data(), &genesis, home.config()?.storage.options())?;
    let height = || Ok::<_, AdminError>(store.view()?.height());
    if above.is_some() {
        // First of all: a file that breaks off must not leave the key free to sign what it has signed.
        advance_guard(home, &genesis, height()?, above)?;
    }
    let known = bring_in(&mut file, &store, each)?;
    let guarded = advance_guard(home, &genesis, height()?, above)?;
    Ok(Imported { height: file.last, known, guarded })
}

/// Opens a file to import.
///
/// # Errors
/// [`AdminError::Io`].
pub fn open_file(path: &Path) -> Result<std::fs::File, AdminError> {
    std::fs::File::open(path).map_err(io_error("reading", path))
}

/// Takes every height of the file; gives how many were here already.
fn bring_in<R: Read>(file: &mut File<'_, R>, store: &Store, mut each: impl FnMut(&Step)) -> Result<u64, AdminError> {
    let (replay, tip) = (Replay::onto(store), store.view()?.height());
    while let Some(decided) = file.next()? {
        let height = decided.block.header.height;
        if height <= tip {
            let ours = store.view()?.header(height)?;
            if ours.as_ref() != Some(&decided.block.header) {
                return Err(Unfit::Fork { height }.into());
            }
        } else {
            let Replayed { executed, cpu } = replay.take(&decided.block, &decided.certificate).map_err(as_unfit)?;
            let (statements, tree_keys) = (executed.statements.len() as u64, executed.values.len() as u64);
            each(&Step { height, statements, tree_keys, cpu });
        }
        decided.misconduct.iter().try_for_each(|found| accuse(store, height, found))?;
        if height.0.is_multiple_of(PRUNE_EVERY) {
            while store.prune()?.more {}
        }
    }
    Ok(tip.0.min(file.last.0))
}

/// What does not hold of the file's blocks does not hold of the file; the store is sound.
fn as_unfit(error: AdminError) -> AdminError {
    match error {
        AdminError::Audit(unsound) => Unfit::Unsound(unsound).into(),
        other => other,
    }
}

/// Keeps the proof that a validator signed twice.
fn accuse(store: &Store, height: Height, found: &Misconduct) -> Result<(), AdminError> {
    let validator = found.validator;
    let void = |source: VoidEvidence| Unfit::Evidence { height, validator, source: Box::new(source) };
    let evidence = Evidence::decode(&found.evidence).map_err(|error| void(error.into()))?;
    if evidence.key != validator || evidence.height != height {
        return Err(void(VoidEvidence::OfOther { key: evidence.key, height: evidence.height }).into());
    }
    let set = store.view()?.validators(height)?.ok_or(Unsound::Missing { height, what: "set of validators" })?;
    evidence.verify(store.context(), &set).map_err(|error| void(error.into()))?;
    store.put_evidence(&evidence)?;
    Ok(())
}

/// The file under way.
struct File<'p, R> {
    items: Sequence<R>,
    path: &'p Path,
    /// The last height that was read.
    last: Height,
}

impl<R: Read> File<'_, R> {
    fn require_genesis(&mut self, ours: &Genesis) -> Result<(), AdminError> {
        let (path, after) = (self.path, self.last);
        let item = self.items.next(GENESIS_BYTES_MAX).map_err(|broken| match broken {
            Broken::Malformed(source) => Unfit::NoGenesis(source).into(),
            other => refused(other, path, after),
        })?;
        let theirs = Genesis::decode(item.ok_or(Unfit::Empty)?).map_err(Unfit::NoGenesis)?;
        let (expected, actual) = (ours.hash(), theirs.hash());
        if expected == actual { Ok(()) } else { Err(OpenError::OtherGenesis { expected, actual }.into()) }
    }

    fn next(&mut self) -> Result<Option<Decided>, AdminError> {
        let (path, after) = (self.path, self.last);
        let item = self.items.next(DECIDED_BYTES_MAX).map_err(|broken| refused(broken, path, after))?;
        let Some(item) = item else { return Ok(None) };
        let unreadable = |source| Unfit::Unreadable { after, source };
        let decided: Decided = codec::decode(item, DECIDED_BYTES_MAX).map_err(unreadable)?;
        if decided.misconduct.len() > MISCONDUCT_MAX {
            return Err(unreadable(ValueRule::ListLength.into()).into());
        }
        let (expected, actual) = (after.next(), decided.block.header.height);
        if expected != actual {
            return Err(Unfit::Gap { expected, actual }.into());
        }
        self.last = actual;
        Ok(Some(decided))
    }
}

fn refused(broken: Broken, path: &Path, after: Height) -> AdminError {
    match broken {
        Broken::Io(error) => io_error("reading", path)(error),
        Broken::Truncated => Unfit::Truncated { after }.into(),
        Broken::Malformed(source) => Unfit::Unreadable { after, source }.into(),
    }
}
