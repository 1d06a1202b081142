//! Exit codes: what a script learns without reading a word.

use std::process::ExitCode;

/// How a run of `yinxin` ended. The numbers are part of the interface and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, or verified.
    Done = 0,
    /// The record is authentic and the file is not the one it certifies.
    OtherContent = 1,
    /// The command was not understood, or a file it names cannot be used.
    Usage = 2,
    /// It could not be decided: neither proven nor disproven.
    CannotTell = 3,
    /// The key may not do this, or the passphrase is wrong.
    NotAuthorised = 4,
    /// Proven absent.
    NotFound = 5,
    /// It contradicts what is on the ledger already.
    Conflict = 6,
    /// No node could be reached, or none answered in time.
    Network = 7,
    /// Authentic, and revoked, annulled or expired.
    NotInForce = 8,
    /// The proof itself is broken or forged.
    Forged = 9,
    /// This machine failed: disk, memory, a fault of ours.
    Internal = 70,
}

impl Exit {
    /// The number a shell sees.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
