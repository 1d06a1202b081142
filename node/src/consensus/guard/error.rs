//! Why the guard gives no signature.

use std::io;
use std::path::PathBuf;

use ledger::crypto::{Hash, KeyId};
use ledger::types::{Height, Round};

use super::Step;

/// Why a request is refused. Never a fault of the disk: the request itself could sign twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another value was signed for the same step.
    #[error("height {height} round {round}: another {step} was signed already")]
    Conflict {
        /// Height asked for.
        height: Height,
        /// Round asked for.
        round: Round,
        /// Step asked for.
        step: Step,
    },
    /// A later step was signed already.
    #[error("{step} of height {height} round {round} is below what was signed last (height {guarded})")]
    Lower {
        /// Height asked for.
        height: Height,
        /// Round asked for.
        round: Round,
        /// Step asked for.
        step: Step,
        /// Height of the guard.
        guarded: Height,
    },
    /// The height is closed.
    #[error("height {height} is closed for signing, the next one that may be signed is above {guarded}")]
    Closed {
        /// Height asked for.
        height: Height,
        /// Height of the guard.
        guarded: Height,
    },
    /// The engine left out a step that was signed before the restart.
    #[error("height {height}: the engine did not come back to the {step} of round {round} that was signed before")]
    LeftOut {
        /// Height asked for.
        height: Height,
        /// Round of the step that was left out.
        round: Round,
        /// The step that was left out.
        step: Step,
    },
}

/// Why the guard gave no signature.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The request could lead to a second signature.
    #[error("the signer guard refuses: {0}")]
    Refused(#[from] Refusal),
    /// The file could not be read or written.
    #[error("the signer guard's file failed while {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Another process holds the guard.
    #[error("another process holds the signer guard in {}", path.display())]
    Locked {
        /// Its directory.
        path: PathBuf,
    },
    /// The guard was copied here.
    #[error(
        "the signer guard in {} was copied from another place, where its key may still sign; when no node runs there any \
         more, remove the file {} and start again",
        path.display(),
        path.join("place").display()
    )]
    Copied {
        /// Its directory.
        path: PathBuf,
    },
    /// The file belongs to another key or chain.
    #[error("the signer guard belongs to key {key} of the chain with genesis {genesis}, not to this node's")]
    OtherOwner {
        /// Key of the file.
        key: KeyId,
        /// Genesis of the file.
        genesis: Hash,
    },
    /// An earlier write failed, so what is on disk is not known; or consensus has ended.
    #[error("the signer guard is out of use")]
    OutOfUse,
}

/// A fault of the guard's file while something was done to it.
pub(super) fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> GuardError {
    move |source| GuardError::Io { doing, source }
}
