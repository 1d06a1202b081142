//! What the node shows of consensus: for /readyz and metrics, through a watch channel.

use std::fmt;

use ledger::types::{Height, Round, TimeMs};
use ledger::validator::is_quorum;
use tokio::sync::watch;

/// Whether this node votes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// Consensus has not been started.
    #[default]
    Starting,
    /// It proposes and votes, if it is in the validator set.
    Voting,
    /// It follows by value sync and signs nothing.
    SyncOnly {
        /// It may vote again above this height.
        until: Height,
        /// Why, in one plain sentence.
        reason: String,
    },
    /// It has ended.
    Stopped {
        /// Why, in one plain sentence.
        reason: String,
    },
}

impl Mode {
    /// This mode, or following at least up to a height that others claim.
    #[must_use]
    pub(crate) fn up_to(self, claimed: Height) -> Self {
        match self {
            Self::SyncOnly { until, .. } if until >= claimed => self,
            _ => Self::SyncOnly { until: claimed, reason: "the signer guard is new, and the chain is not".to_owned() },
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Voting => f.write_str("voting"),
            Self::SyncOnly { until, reason } => write!(f, "sync-only up to height {until}: {reason}"),
            Self::Stopped { reason } => write!(f, "stopped: {reason}"),
        }
    }
}

/// The state of consensus at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsensusStatus {
    /// Whether this node votes.
    pub mode: Mode,
    /// Height of the last persisted block.
    pub head: Height,
    /// Time of the last persisted block.
    pub head_time: TimeMs,
    /// Height under way.
    pub height: Height,
    /// Round under way.
    pub round: Round,
    /// Highest height that the signer guard knows: nothing at or below it is signed anew.
    pub guarded: Height,
    /// Peers connected.
    pub peers: usize,
    /// Voting power connected, this node's own included.
    pub power: u64,
    /// Voting power in all.
    pub power_total: u64,
    /// How many validators may fail or lie: floor((n - 1) / 3) of n.
    pub faults_tolerated: usize,
    /// Highest height that more than `faults_tolerated` peers claim, so an honest one among them; 0 if fewer say anything.
    pub claimed: Height,
    /// Why the engine's log was refused, until this node votes again: its file is kept, and its height not voted on.
    pub log_refused: Option<String>,
    /// What was lost of the engine's log since the process began without keeping the node from voting.
    pub log_damage: Option<String>,
    /// How often the engine was built since the process began.
    pub engine_starts: u64,
}

impl ConsensusStatus {
    /// True if this node takes part in deciding and enough others are connected; else why not, in one plain sentence.
    ///
    /// # Errors
    /// The reason.
    pub fn ready(&self) -> Result<(), String> {
        if let Some(reason) = &self.log_refused {
            return Err(reason.clone());
        }
        if self.mode != Mode::Voting {
            return Err(format!("consensus is {}", self.mode));
        }
        if !is_quorum(self.power, self.power_total) {
            let Self { power, power_total, .. } = self;
            return Err(format!("{power} of {power_total} voting power is connected, more than two thirds are needed"));
        }
        Ok(())
    }
}

/// The writing side of the status; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct StatusSender(watch::Sender<ConsensusStatus>);

impl StatusSender {
    /// A sender into the node's watch channel.
    pub(crate) fn new(sender: watch::Sender<ConsensusStatus>) -> Self {
        Self(sender)
    }

    /// Changes the status.
    pub(crate) fn update(&self, change: impl FnOnce(&mut ConsensusStatus)) {
        self.0.send_modify(change);
    }

    /// The status as it is.
    pub(crate) fn shown(&self) -> ConsensusStatus {
        self.0.borrow().clone()
    }

    /// A new head.
    pub(crate) fn head(&self, head: Height, time: TimeMs) {
        self.update(|status| (status.head, status.head_time) = (head, time));
    }

    /// A new round.
    pub(crate) fn round(&self, height: Height, round: Round) {
        self.update(|status| (status.height, status.round) = (height, round));
    }
}
