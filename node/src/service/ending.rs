//! How a node ends: the exit code of each room, and which of two counts.

use crate::admin::{
    AdminError, EXIT_CONFLICT, EXIT_DAMAGED, EXIT_DISK_FULL, EXIT_DONE, EXIT_FAULT, EXIT_USAGE, fault_code,
};
use crate::consensus::{self, EXIT_DIVERGED, EXIT_ENGINE_FAILED, EXIT_SIGNER_REFUSED, EXIT_STALLED};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

/// Exit codes of a node, the gravest first: what asks most of who runs it. One that may simply be started again comes
/// after one that may not.
const GRAVEST_FIRST: [u8; 10] = [
    EXIT_DIVERGED,
    EXIT_SIGNER_REFUSED,
    EXIT_DAMAGED,
    EXIT_DISK_FULL,
    EXIT_FAULT,
    EXIT_CONFLICT,
    EXIT_USAGE,
    EXIT_ENGINE_FAILED,
    EXIT_STALLED,
    EXIT_DONE,
];

/// The graver of two exit codes.
pub(super) fn graver(one: u8, other: u8) -> u8 {
    let found = GRAVEST_FIRST.into_iter().find(|code| *code == one || *code == other);
    found.unwrap_or(EXIT_FAULT)
}

/// The code that a room's task gives; a task that was broken off is a fault.
pub(super) async fn ended(task: JoinHandle<u8>) -> u8 {
    task.await.unwrap_or(EXIT_FAULT)
}

/// The exit code of a room, which ends before it is told to only when it cannot go on.
pub(super) async fn room<E: core::fmt::Display>(
    name: &'static str,
    run: impl Future<Output = Result<(), E>>,
    told: watch::Receiver<bool>,
) -> u8 {
    match run.await {
        Ok(()) if *told.borrow() => return EXIT_DONE,
        Ok(()) => tracing::error!("{name} ended without being asked to"),
        Err(error) => tracing::error!(%error, "{name} failed"),
    }
    EXIT_FAULT
}

/// The exit code of consensus, whose end is logged here.
pub(super) fn consensus_code(result: Result<Result<consensus::Exit, consensus::Fault>, JoinError>) -> u8 {
    match result {
        Ok(Ok(exit)) => {
            if exit != consensus::Exit::Asked {
                tracing::error!(?exit, code = exit.code(), "consensus ended");
            }
            exit.code()
        }
        Ok(Err(fault)) => {
            tracing::error!(%fault, "consensus failed");
            match fault {
                consensus::Fault::Store(fault) => fault_code(&fault),
                consensus::Fault::Guard(error) => AdminError::Guard(error).code(),
                _ => EXIT_FAULT,
            }
        }
        Err(error) => {
            tracing::error!(%error, "consensus was broken off");
            EXIT_FAULT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Space;
    use ledger::error::Fault;
    use ledger::types::Height;

    #[test]
    fn the_graver_of_two_ends_counts_whatever_its_number() {
        let exits = [
            consensus::Exit::Asked,
            consensus::Exit::Diverged { height: Height(1) },
            consensus::Exit::Stalled { head: Height(1) },
            consensus::Exit::EngineFailed,
        ];
        for exit in exits {
            assert_eq!(graver(exit.code(), EXIT_DONE), exit.code(), "each has a place in the order");
        }
        assert_eq!(graver(EXIT_DISK_FULL, EXIT_STALLED), EXIT_DISK_FULL, "83 is the larger number");
        assert_eq!(graver(EXIT_ENGINE_FAILED, EXIT_SIGNER_REFUSED), EXIT_SIGNER_REFUSED);
        assert_eq!(graver(EXIT_FAULT, EXIT_DAMAGED), EXIT_DAMAGED);
        assert_eq!(graver(EXIT_DONE, EXIT_DONE), EXIT_DONE);
    }

    #[test]
    fn a_full_disk_that_a_block_meets_has_the_documented_code() {
        let full = Space { available_bytes: 4, total_bytes: 100 }.require(5).unwrap_err();
        assert_eq!(consensus_code(Ok(Err(full.into()))), EXIT_DISK_FULL);
        let damaged = Fault::damaged("a row");
        assert_eq!(consensus_code(Ok(Err(damaged.into()))), EXIT_DAMAGED);
        assert_eq!(consensus_code(Ok(Err(Fault::storage("writing", "it fails").into()))), EXIT_FAULT);
    }
}
