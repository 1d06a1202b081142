//! Runs consensus: decides whether to vote, builds the engine, watches it, builds it again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::types::Height;
use malachitebft_engine::util::events::{Event, RxEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::context::{Address, LedgerContext};
use super::engine::{Engine, Plan, peers};
use super::guard::{Entry, Found, SignerGuard};
use super::host::{End, Host, Rooms, Writes, blocking};
use super::peers::PeerTips;
use super::polka::Polkas;
use super::ports::{BlockStore, StatementPool};
use super::signing::{GuardedSigner, SigningEnd, StrictVerifier};
use super::status::{ConsensusStatus, Mode, StatusSender};
use super::wal::{self, Verdict};
use super::watchdog::{Alarm, Stalls, Watchdog};
use super::{ConsensusConfig, Exit, Fault, mesh};
use crate::clock::Clock;
use crate::fail_points::{Point, pass};

/// An engine that ends by itself more often than this within [`FAILURES_WITHIN`] ends the node.
const FAILURES_MAX: usize = 5;
const FAILURES_WITHIN: Duration = Duration::from_secs(120);
/// After the engine's channel closes: an engine that has not ended by then hangs on purpose.
const HANG_AFTER: Duration = Duration::from_secs(2);

/// How one engine's life ended.
enum Outcome {
    /// The host ended it.
    Host(End),
    /// The signer gives no signatures any more.
    Signing(SigningEnd),
    /// The node was asked to end.
    Asked,
    /// The engine could not replay its log and hangs.
    LogFailed {
        /// Its own words.
        reason: String,
    },
    /// The engine ended by itself.
    Ended,
    /// No progress where there should be some.
    Watchdog(Alarm),
}

/// Runs consensus until the node is to end.
///
/// When this returns, nothing is signed any more, and the guard's directory is free.
///
/// `status` is kept up to date; `shutdown` turning true (or its sender going away) ends it in order. The caller ends
/// the process with [`Exit::code`]; after a fault it ends it too, since a failed write leaves nothing to go on with.
///
/// # Errors
/// [`Fault`] of this machine or its configuration.
pub async fn run<S: BlockStore, P: StatementPool>(
    config: ConsensusConfig,
    store: Arc<S>,
    pool: Arc<P>,
    status: watch::Sender<ConsensusStatus>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<Exit, Fault> {
    let status = StatusSender::new(status);
    let result = match Node::open(config, store, pool, status.clone()).await {
        Ok(mut node) => {
            let result = node.run(&mut shutdown).await;
            let guard = node.guard.clone();
            blocking(move || lock(&guard).retire()).await.and(result)
        }
        Err(fault) => Err(fault),
    };
    let reason = match &result {
        Ok(exit) => format!("{exit:?}"),
        Err(fault) => fault.to_string(),
    };
    status.update(|status| status.mode = Mode::Stopped { reason });
    result
}

/// What lives as long as the process.
struct Node<S, P> {
    config: ConsensusConfig,
    guard: Arc<Mutex<SignerGuard>>,
    verifier: StrictVerifier,
    rooms: Rooms<S, P>,
    /// What more than f peers claimed while the guard was not settled: nothing is signed before that height is here.
    /// Kept in memory alone, so that a lie does not outlive the process.
    follow: Option<Height>,
    failures: Vec<Instant>,
    stalls: Stalls,
}

fn lock(guard: &Mutex<SignerGuard>) -> MutexGuard<'_, SignerGuard> {
    guard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: BlockStore, P: StatementPool> Node<S, P> {
    async fn open(config: ConsensusConfig, store: Arc<S>, pool: Arc<P>, status: StatusSender) -> Result<Self, Fault> {
        let own = config.consensus_key.public().id();
        let (directory, genesis) = (config.guard_directory.clone(), config.chain.genesis);
        let guard = blocking(move || SignerGuard::open(&directory, own, genesis)).await??;
        let found = guard.found();
        if found != Found::Kept {
            tracing::warn!(?found, height = %guard.height(), "the signer guard was opened");
        }
        let guard = Arc::new(Mutex::new(guard));
        let logs = config.wal_directory.clone();
        blocking(move || std::fs::create_dir_all(logs)).await??;
        let log = wal::path(&config.wal_directory);
        let key = config.consensus_key.clone();
        let signer = GuardedSigner::new(key, config.chain.clone(), guard.clone(), move || wal::sync(&log));
        let (tips, polkas) = (PeerTips::of(&peers(&config)?), Polkas::default());
        let verifier = StrictVerifier::new(config.chain.clone(), polkas.clone());
        let chain = config.chain.clone();
        let (writes, clock) = (Writes::default(), Clock::Machine);
        let rooms = Rooms { store, pool, chain, own, signer, tips, polkas, status, writes, clock };
        let stalls = Stalls::default();
        Ok(Self { config, guard, verifier, rooms, follow: None, failures: Vec::new(), stalls })
    }

    async fn run(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<Exit, Fault> {
        loop {
            let mode = self.choose_mode().await?;
            let outcome = self.run_engine(mode, shutdown).await?;
            if let Some(exit) = self.after(outcome).await? {
                return Ok(exit);
            }
        }
    }

    /// What follows from the end of an engine: `None` to build the next one.
    async fn after(&mut self, outcome: Outcome) -> Result<Option<Exit>, Fault> {
        match outcome {
            Outcome::Asked => return Ok(Some(Exit::Asked)),
            Outcome::Signing(SigningEnd::Refused(refusal)) => return Ok(Some(Exit::SignerRefused(refusal))),
            Outcome::Signing(SigningEnd::Failed(reason)) => {
                return Err(ledger::error::Fault::storage("signing", reason).into());
            }
            Outcome::Host(End::Exit(exit)) => return Ok(Some(exit)),
            Outcome::Host(End::CaughtUp) => self.settle().await?,
            Outcome::Host(End::Unasked) => {
                tracing::warn!("too few peers are here to say how far the chain is; connecting anew");
            }
            Outcome::Watchdog(Alarm::Ungreeted) => {
                tracing::warn!("peers are connected and do not say who they are; connecting anew");
            }
            Outcome::Host(End::Behind(height)) => {
                tracing::warn!(%height, "others have run this chain; following before anything is signed");
                self.follow = self.follow.max(Some(height));
            }
            Outcome::Host(End::Lacking(height)) => self.close(height).await?,
            Outcome::LogFailed { reason } => self.log_failed(&reason).await?,
            Outcome::Host(End::Closed) | Outcome::Ended => {
                return Ok(self.failed_again().then_some(Exit::EngineFailed));
            }
            Outcome::Watchdog(Alarm::Stalled(stall)) => {
                let head = self.head().await?;
                if self.stalls.is_last(head, stall) {
                    return Ok(Some(Exit::Stalled { head }));
                }
                tracing::error!(%head, %stall, "the engine is built again");
            }
        }
        Ok(None)
    }

    /// The engine refused its log: the file is kept, everybody who asks is told, and the next height is not voted on.
    async fn log_failed(&self, reason: &str) -> Result<(), Fault> {
        let (head, directory) = (self.head().await?, self.config.wal_directory.clone());
        let kept = blocking(move || wal::keep_refused(&directory)).await??;
        let kept = kept.map_or_else(String::new, |name| format!("; it is kept as {name}"));
        let reason = format!("the engine could not replay its log: {reason}{kept}");
        tracing::error!(%head, reason, "the next height is not voted on");
        self.rooms.status.update(|status| status.log_refused = Some(reason));
        self.close(head.next()).await
    }

    /// Counts an engine that ended by itself; true when it is too often.
    fn failed_again(&mut self) -> bool {
        let now = Instant::now();
        self.failures.retain(|at| now.saturating_duration_since(*at) < FAILURES_WITHIN);
        self.failures.push(now);
        tracing::error!(failures = self.failures.len(), "the engine ended by itself");
        self.failures.len() > FAILURES_MAX
    }

    async fn head(&self) -> Result<Height, Fault> {
        let store = self.rooms.store.clone();
        Ok(blocking(move || store.tip()).await??.height)
    }

    async fn close(&self, height: Height) -> Result<(), Fault> {
        let guard = self.guard.clone();
        Ok(blocking(move || lock(&guard).advance_to(height)).await??)
    }

    /// What others had when they were asked is here: nothing of before the guard's file is open any more.
    async fn settle(&mut self) -> Result<(), Fault> {
        self.follow = None;
        let guard = self.guard.clone();
        Ok(blocking(move || lock(&guard).settle()).await??)
    }

    /// Voting, or following only (ADR 5): the engine must never ask for a signature that the guard would refuse.
    async fn choose_mode(&mut self) -> Result<Mode, Fault> {
        let head = self.head().await?;
        let (guard, directory) = (self.guard.clone(), self.config.wal_directory.clone());
        let (chain, own) = (self.config.chain.clone(), Address(self.rooms.own));
        let follow = self.follow;
        let mode = blocking(move || {
            pass(Point::LogUncompared);
            let mut guard = lock(&guard);
            let unguarded = !guard.is_settled();
            if unguarded && (head > Height(0) || guard.found() == Found::Lost) {
                guard.advance_to(head.next())?;
            }
            let mut damage = None;
            let mode = judge(&mut guard, head, |entries| {
                let compared = wal::compare(&directory, &chain, own, head.next(), entries)?;
                damage = compared.damage;
                Ok(compared.verdict)
            })?;
            let mode = follow.filter(|_| unguarded).map_or(mode.clone(), |until| mode.up_to(until));
            if matches!(mode, Mode::SyncOnly { .. }) {
                wal::keep_copy(&directory)?;
            }
            Ok::<_, Fault>((mode, guard.height(), damage))
        })
        .await??;
        let (mode, guarded, damage) = mode;
        self.rooms.status.update(|status| {
            status.guarded = guarded;
            if mode == Mode::Voting {
                status.log_refused = None;
                status.log_damage = damage.or(status.log_damage.take());
            } else if damage.is_some() {
                status.log_refused = damage;
            }
            status.mode = mode.clone();
            status.engine_starts += 1;
        });
        Ok(mode)
    }

    async fn run_engine(&mut self, mode: Mode, shutdown: &mut watch::Receiver<bool>) -> Result<Outcome, Fault> {
        tracing::info!(%mode, "building the consensus engine");
        pass(Point::EngineUnbuilt);
        let plan =
            Plan { config: &self.config, signer: &self.rooms.signer, verifier: &self.verifier, tips: &self.rooms.tips };
        let mut peers = self.config.peers.clone();
        let known = peers.borrow_and_update().iter().cloned().collect();
        let mut engine = plan.build(mode == Mode::Voting).await?;
        let guard = self.guard.clone();
        let unguarded = blocking(move || !lock(&guard).is_settled()).await?;
        let host = Host::new(self.rooms.clone(), &engine.channels, mode, unguarded).await?;
        let outcome = self.supervise(&mut engine, host, (peers, known), shutdown).await;
        engine.stop("the node builds its engine again or ends").await;
        // A write that never ends leaves nothing to go on with.
        if tokio::time::timeout(self.config.stall_max, self.rooms.writes.finish()).await.is_err() {
            tracing::error!("a write of the store does not end; the node ends");
            return Ok(Outcome::Host(End::Exit(Exit::Stalled { head: self.rooms.status.shown().head })));
        }
        outcome
    }

    async fn supervise(
        &self,
        engine: &mut Engine,
        host: Host<S, P>,
        (peers, known): (watch::Receiver<Vec<String>>, BTreeSet<String>),
        shutdown: &mut watch::Receiver<bool>,
    ) -> Result<Outcome, Fault> {
        let mut signing = self.rooms.signer.ended();
        let events = engine.channels.events.subscribe();
        let requests = engine.channels.net_requests.clone();
        let watchdog = Watchdog::new(&self.rooms, &self.guard, requests.clone(), self.config.stall_max);
        let handle = &mut engine.handle.handle;
        let outcome = tokio::select! {
            biased;
            end = signing.wait_for(Option::is_some) => {
                let end = end.ok().and_then(|end| end.clone());
                Outcome::Signing(end.unwrap_or_else(|| SigningEnd::Failed("the signer is gone".to_owned())))
            }
            _ = shutdown.wait_for(|asked| *asked) => Outcome::Asked,
            reason = log_failure(events) => Outcome::LogFailed { reason },
            end = host.run(&mut engine.channels.consensus) => Outcome::Host(end?),
            _ = &mut *handle => Outcome::Ended,
            alarm = watchdog.run() => Outcome::Watchdog(alarm?),
            () = mesh::follow(peers, known, self.rooms.tips.clone(), requests) => Outcome::Ended,
        };
        // The channel closes before the engine ends; one that does not end hangs on purpose (its log failed).
        if matches!(outcome, Outcome::Host(End::Closed)) {
            if let Some(end) = signing.borrow().clone() {
                return Ok(Outcome::Signing(end));
            }
            if tokio::time::timeout(HANG_AFTER, handle).await.is_err() {
                let reason = "it closed its channel and hangs".to_owned();
                return Ok(Outcome::LogFailed { reason });
            }
        }
        Ok(outcome)
    }
}

/// Compares head, guard and log. `log` compares the log of the next height with what was signed at it.
pub(super) fn judge(
    guard: &mut SignerGuard,
    head: Height,
    log: impl FnOnce(&[Entry]) -> std::io::Result<Verdict>,
) -> Result<Mode, Fault> {
    let (guarded, next) = (guard.height(), head.next());
    if guarded > next {
        let reason = format!("the signer guard knows height {guarded}, the chain here ends at {head}");
        return Ok(Mode::SyncOnly { until: guarded, reason });
    }
    if guarded == next && guard.is_closed() {
        let reason = format!("height {guarded} is closed for signing on this node");
        return Ok(Mode::SyncOnly { until: guarded, reason });
    }
    let signed = if guarded == next { guard.entries() } else { &[] };
    match log(signed)? {
        Verdict::Agrees { missing } => {
            guard.expect_again(missing);
            Ok(Mode::Voting)
        }
        Verdict::Disagrees { reason } => {
            guard.advance_to(next)?;
            Ok(Mode::SyncOnly { until: next, reason })
        }
    }
}

/// Returns when the engine says that it could not replay its log, with its own words.
async fn log_failure(mut events: RxEvent<LedgerContext>) -> String {
    loop {
        match events.recv().await {
            Ok(Event::WalCorrupted(error)) => return error.to_string(),
            Ok(Event::WalReplayError(error)) => return error.to_string(),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests;
