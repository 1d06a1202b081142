//! Caring for a node: backup, restore, fsck, doctor, export, import. Each ends with an exit code and a plain sentence.
//!
//! What none of them does: copy or lower the signer guard. A key that signs twice is worse than a node that is down.

mod backup;
mod control;
mod doctor;
mod export;
mod files;
mod fsck;
mod import;
mod manifest;
mod measure;
mod replay;
mod restore;
mod sequence;

#[cfg(test)]
mod tests;

pub use backup::backup;
pub use control::Control;
pub use doctor::{Finding, Verdict, doctor};
pub use export::export;
pub use fsck::{Audit, fsck};
pub use import::{Imported, Step, Unfit, VoidEvidence, import, open_file};
pub use manifest::Manifest;
pub use measure::{measure_disk, measure_engine};
pub use restore::{Restore, Restored, restore, set_store_aside};

use crate::consensus::GuardError;
use crate::home::HomeError;
use crate::peer::PeerParseError;
use crate::storage::{Difference, OpenError};
use ledger::error::{Fault, VerifyError};
use ledger::executor::BlockInvalid;
use ledger::types::Height;
use manifest::{GENESIS, MANIFEST};
use metrics_exporter_prometheus::BuildError;
use std::io;
use std::path::{Path, PathBuf};

/// Done.
pub const EXIT_DONE: u8 = 0;
/// The command, the configuration or a key file cannot be used.
pub const EXIT_USAGE: u8 = 2;
/// Something may keep the node from running well; the list says what.
pub const EXIT_FINDINGS: u8 = 3;
/// Something is in the way: another process holds it, or it exists already.
pub const EXIT_CONFLICT: u8 = 6;
/// A running node did not answer.
pub const EXIT_NETWORK: u8 = 7;
/// The store, the backup or the file is damaged, or of another chain.
pub const EXIT_DAMAGED: u8 = 9;
/// This machine failed.
pub const EXIT_FAULT: u8 = 70;
/// Too little of the disk is free.
pub const EXIT_DISK_FULL: u8 = 80;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Something of the home directory cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] Fault),
    /// The signer guard cannot be used.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// A file or directory fails.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Something exists that would be overwritten.
    #[error("{} exists already; {advice}", path.display())]
    Exists {
        /// What.
        path: PathBuf,
        /// What to do.
        advice: &'static str,
    },
    /// A process holds the store and does not take orders.
    #[error("a process holds the data, and {} does not answer: {source}", socket.display())]
    Silent {
        /// Where it should.
        socket: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The running node refuses, in its own words.
    #[error("the running node: {0}")]
    Node(String),
    /// A backup's manifest cannot be read.
    #[error("the backup is damaged: {MANIFEST}: {0}")]
    Manifest(#[source] serde_json::Error),
    /// A backup's genesis document cannot be read.
    #[error("the backup is damaged: {GENESIS}: {0}")]
    Genesis(#[source] ledger::codec::CodecError),
    /// A backup is not what its manifest says.
    #[error("the backup is damaged: {0}")]
    Backup(String),
    /// The store does not follow from its blocks.
    #[error("the store is damaged: {0}")]
    Audit(#[from] Unsound),
    /// A file of blocks is not what it should be.
    #[error("the file is refused: {0}")]
    Import(#[from] Unfit),
    /// The consensus engine does not run.
    #[error(transparent)]
    Consensus(#[from] crate::consensus::Fault),
    /// A name that is not allowed.
    #[error("{0}")]
    Usage(&'static str),
    /// An address of node.toml that has the wrong form.
    #[error("node.toml: {what}: {source}")]
    Address {
        /// Where.
        what: &'static str,
        /// Why.
        #[source]
        source: PeerParseError,
    },
    /// The figures of a running node cannot be kept.
    #[error("the figures cannot be kept: {0}")]
    Figures(#[from] BuildError),
}

/// The first thing of a store that does not follow from its blocks.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// A row.
    #[error(transparent)]
    Row(Difference),
    /// Something that every height has is not there.
    #[error("height {height}: the {what} is missing")]
    Missing {
        /// Of which height.
        height: Height,
        /// What.
        what: &'static str,
    },
    /// A header's certificate.
    #[error("height {height}: the certificate fails: {source}")]
    Certificate {
        /// Of which height.
        height: Height,
        /// Why.
        #[source]
        source: VerifyError,
    },
    /// A block.
    #[error("height {height}: the block does not follow: {source}")]
    Block {
        /// Of which height.
        height: Height,
        /// Why.
        #[source]
        source: Box<BlockInvalid>,
    },
}

impl AdminError {
    /// The process's exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Home(_) | Self::Usage(_) | Self::Address { .. } => EXIT_USAGE,
            Self::Open(error) => open_code(error),
            Self::Store(fault) => fault_code(fault),
            Self::Manifest(_) | Self::Genesis(_) | Self::Backup(_) | Self::Audit(_) | Self::Import(_) => EXIT_DAMAGED,
            Self::Guard(GuardError::Locked { .. } | GuardError::Copied { .. }) | Self::Exists { .. } => EXIT_CONFLICT,
            Self::Guard(GuardError::OtherOwner { .. }) => EXIT_DAMAGED,
            Self::Silent { .. } | Self::Node(_) => EXIT_NETWORK,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => EXIT_DISK_FULL,
            Self::Guard(_) | Self::Consensus(_) | Self::Io { .. } | Self::Figures(_) => EXIT_FAULT,
        }
    }
}

/// The exit code of a store that cannot be opened.
#[must_use]
pub fn open_code(error: &OpenError) -> u8 {
    match error {
        OpenError::Locked { .. } => EXIT_CONFLICT,
        OpenError::Missing { .. } => EXIT_USAGE,
        OpenError::OtherGenesis { .. } | OpenError::OtherFormat { .. } => EXIT_DAMAGED,
        OpenError::Fault(fault) => fault_code(fault),
    }
}

/// The exit code of a store that fails.
#[must_use]
pub fn fault_code(fault: &Fault) -> u8 {
    match fault {
        Fault::Damaged { .. } | Fault::Unproven { .. } => EXIT_DAMAGED,
        Fault::DiskFull { .. } => EXIT_DISK_FULL,
        Fault::Storage { .. } => EXIT_FAULT,
    }
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AdminError {
    move |source| AdminError::Io { doing, path: path.to_owned(), source }
}
