//! Consensus: the BFT engine, what it asks of the ledger, and what guards its key.
//!
//! ```text
//!            ┌────────────────────────── run ── supervises, rebuilds, ends ─────────────────────┐
//!  peers ◀─▶ │ engine (libp2p, Tendermint) ◀── AppMsg ──▶ host ──▶ ledger::executor             │
//!            │    │ sign            │ log                  │                                    │
//!            │    ▼                 ▼                      ▼                                    │
//!            │ signing ─▶ guard    wal (compared)         ports: BlockStore, StatementPool      │
//!            └──────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! Engine types appear in this room only. Nobody votes before `guard` and `wal` agree on what was signed; while
//! they do not, the node follows the others without voting, and says so in its [`ConsensusStatus`].

#[cfg(feature = "byzantine")]
mod byzantine;
mod codec;
mod context;
mod engine;
mod guard;
mod host;
mod mesh;
mod noop;
mod parts;
mod peers;
mod polka;
pub mod ports;
mod run;
mod signing;
#[cfg(test)]
mod simulation;
mod status;
#[cfg(test)]
mod tests;
mod wal;
mod watchdog;

use std::path::PathBuf;
use std::time::Duration;

use ledger::commit::ChainContext;
use ledger::crypto::SecretKey;
use ledger::types::Height;
use tokio::sync::watch;
use zeroize::Zeroizing;

#[cfg(feature = "byzantine")]
pub use byzantine::Lies;
pub use engine::peer_id;
pub(crate) use guard::FILE as GUARD_FILE;
pub use guard::{Entry, Found, GuardError, Refusal, Request, SignerGuard, Step};
pub use noop::{NoopRun, run_noop};
pub use run::run;
pub use status::{ConsensusStatus, Mode};

/// Exit code of a node whose signer guard refused a signature. The height is closed: started again, the node follows
/// without voting until the others have decided it. Look at the log before starting again.
pub const EXIT_SIGNER_REFUSED: u8 = 81;
/// Exit code of a node whose execution differs from a decided block. Do not start it again before the cause is known.
pub const EXIT_DIVERGED: u8 = 82;
/// Exit code of a node that did not get on although others did, also after its engine was built anew. Start it again.
pub const EXIT_STALLED: u8 = 83;
/// Exit code of a node whose engine ended again and again. Start it again, later.
pub const EXIT_ENGINE_FAILED: u8 = 84;

/// A good [`ConsensusConfig::stall_max`]: many times what rounds that fail take.
pub const STALL_MAX: Duration = Duration::from_secs(30);

/// What consensus is to run with.
pub struct ConsensusConfig {
    /// Name of this node in logs: its department.
    pub moniker: String,
    /// The chain.
    pub chain: ChainContext,
    /// Key for votes and proposals, used for nothing else.
    pub consensus_key: SecretKey,
    /// Seed of the libp2p identity, 32 bytes.
    pub p2p_seed: Zeroizing<[u8; 32]>,
    /// Where to listen: `/ip4/ADDRESS/tcp/PORT`.
    pub listen: String,
    /// The other members: `/ip4/ADDRESS/tcp/PORT/p2p/PEERID`. Nobody else can connect. A change takes effect at once:
    /// who is new is let in and called, who is no longer there is let go.
    pub peers: watch::Receiver<Vec<String>>,
    /// How long this node may stand still while others go on, or while statements wait and a quorum is connected,
    /// before its engine is built again.
    pub stall_max: Duration,
    /// Directory of the engine's log.
    pub wal_directory: PathBuf,
    /// Directory of the signer guard: apart from data, never in a backup.
    pub guard_directory: PathBuf,
}

/// Why consensus ended without a fault of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to.
    Asked,
    /// The signer guard refused a signature.
    SignerRefused(Refusal),
    /// Our execution differs from a decided block.
    Diverged {
        /// Height of the block.
        height: Height,
    },
    /// The node stood still while others went on.
    Stalled {
        /// The last height that this node has.
        head: Height,
    },
    /// The engine ended again and again.
    EngineFailed,
}

impl Exit {
    /// The process's exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::SignerRefused(_) => EXIT_SIGNER_REFUSED,
            Self::Diverged { .. } => EXIT_DIVERGED,
            Self::Stalled { .. } => EXIT_STALLED,
            Self::EngineFailed => EXIT_ENGINE_FAILED,
        }
    }
}

/// This machine or its configuration fails.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] ledger::error::Fault),
    /// The signer guard fails.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The configuration cannot be used.
    #[error("configuration: {what}")]
    Config {
        /// What is wrong.
        what: String,
    },
    /// The engine does not start.
    #[error("the consensus engine does not start: {reason}")]
    Engine {
        /// Its own words.
        reason: String,
    },
    /// The engine's log cannot be read or copied.
    #[error("the engine's log: {0}")]
    Log(#[from] std::io::Error),
    /// A task panicked: a bug.
    #[error("a task panicked: {reason}")]
    Panicked {
        /// What is known of it.
        reason: String,
    },
}
