//! Runs consensus: decides whether to vote, builds the engine, watches it, builds it again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::crypto::KeyId;
use ledger::types::Height;
use malachitebft_app_channel::NetworkRequest;
use malachitebft_engine::network::NetworkStateDump;
use malachitebft_engine::util::events::{Event, RxEvent};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};

use super::context::{Address, LedgerContext, Members};
use super::engine::{Engine, Plan, peers};
use super::guard::{Entry, Found, SignerGuard};
use super::host::{End, Host, Rooms, Writes, blocking};
use super::mesh::connected_power;
use super::peers::PeerTips;
use super::polka::Polkas;
use super::ports::{BlockStore, StatementPool};
use super::signing::{GuardedSigner, SigningEnd, StrictVerifier};
use super::status::{ConsensusStatus, Mode, StatusSender};
use super::wal::{self, Verdict};
use super::{ConsensusConfig, Exit, Fault};

/// How often the status is refreshed and progress is looked at.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// A node that is connected to enough peers and yet has heard of too little voting power for this long builds its
/// engine again: peers greet only a peer that is new to them, and one that lost its power is not.
const UNGREETED_MAX: Duration = Duration::from_secs(20);
/// A node that has not moved for this long while more than a third of the others are ahead builds its engine again.
const STALL_MAX: Duration = Duration::from_secs(30);
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
    LogFailed,
    /// The engine ended by itself.
    Ended,
    /// No progress while others go on.
    Stalled,
    /// Connected, but not greeted.
    Ungreeted,
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
    /// Head at the last rebuild for want of progress.
    stalled_at: Option<Height>,
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
        let rooms = Rooms { store, pool, chain, own, signer, tips, polkas, status, writes: Writes::default() };
        Ok(Self { config, guard, verifier, rooms, follow: None, failures: Vec::new(), stalled_at: None })
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
            Outcome::Ungreeted => tracing::warn!("peers are connected and do not say who they are; connecting anew"),
            Outcome::Host(End::Behind(height)) => {
                tracing::warn!(%height, "others have run this chain; following before anything is signed");
                self.follow = self.follow.max(Some(height));
            }
            Outcome::Host(End::Lacking(height)) => self.close(height).await?,
            Outcome::LogFailed => {
                let head = self.head().await?;
                tracing::error!(%head, "the engine could not replay its log; the next height is not voted on");
                self.rooms.status.update(|status| status.wal_corrupted = true);
                self.close(head.next()).await?;
            }
            Outcome::Host(End::Closed) | Outcome::Ended => {
                return Ok(self.failed_again().then_some(Exit::EngineFailed));
            }
            Outcome::Stalled => {
                let head = self.head().await?;
                if self.stalled_at.replace(head) == Some(head) {
                    return Ok(Some(Exit::Stalled { head }));
                }
                tracing::error!(%head, "no progress while others go on; the engine is built again");
            }
        }
        Ok(None)
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

    /// Voting, or following only (DESIGN 5): the engine must never ask for a signature that the guard would refuse.
    async fn choose_mode(&mut self) -> Result<Mode, Fault> {
        let head = self.head().await?;
        let (guard, directory) = (self.guard.clone(), self.config.wal_directory.clone());
        let (chain, own) = (self.config.chain.clone(), Address(self.rooms.own));
        let follow = self.follow;
        let mode = blocking(move || {
            let mut guard = lock(&guard);
            let unguarded = !guard.is_settled();
            if unguarded && (head > Height(0) || guard.found() == Found::Lost) {
                guard.advance_to(head.next())?;
            }
            let mode = judge(&mut guard, head, |entries| wal::compare(&directory, &chain, own, head.next(), entries))?;
            let mode = follow.filter(|_| unguarded).map_or(mode.clone(), |until| mode.up_to(until));
            if matches!(mode, Mode::SyncOnly { .. }) {
                wal::keep_copy(&directory)?;
            }
            Ok::<_, Fault>((mode, guard.height()))
        })
        .await??;
        let (mode, guarded) = mode;
        self.rooms.status.update(|status| {
            status.guarded = guarded;
            status.wal_corrupted &= mode != Mode::Voting;
            status.mode = mode.clone();
            status.engine_starts += 1;
        });
        Ok(mode)
    }

    async fn run_engine(&mut self, mode: Mode, shutdown: &mut watch::Receiver<bool>) -> Result<Outcome, Fault> {
        tracing::info!(%mode, "building the consensus engine");
        let plan =
            Plan { config: &self.config, signer: &self.rooms.signer, verifier: &self.verifier, tips: &self.rooms.tips };
        let mut engine = plan.build(mode == Mode::Voting).await?;
        let guard = self.guard.clone();
        let unguarded = blocking(move || !lock(&guard).is_settled()).await?;
        let host = Host::new(self.rooms.clone(), &engine.channels, mode, unguarded).await?;
        let outcome = self.supervise(&mut engine, host, shutdown).await;
        engine.stop("the node builds its engine again or ends").await;
        self.rooms.writes.finish().await;
        outcome
    }

    async fn supervise(
        &self,
        engine: &mut Engine,
        host: Host<S, P>,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Result<Outcome, Fault> {
        let mut signing = self.rooms.signer.ended();
        let events = engine.channels.events.subscribe();
        let requests = engine.channels.net_requests.clone();
        let handle = &mut engine.handle.handle;
        let outcome = tokio::select! {
            biased;
            end = signing.wait_for(Option::is_some) => {
                let end = end.ok().and_then(|end| end.clone());
                Outcome::Signing(end.unwrap_or_else(|| SigningEnd::Failed("the signer is gone".to_owned())))
            }
            _ = shutdown.wait_for(|asked| *asked) => Outcome::Asked,
            () = log_failure(events) => Outcome::LogFailed,
            end = host.run(&mut engine.channels.consensus) => Outcome::Host(end?),
            _ = &mut *handle => Outcome::Ended,
            stalled = watch_progress(&self.rooms, &self.guard, requests) => stalled?,
        };
        // The channel closes before the engine ends; one that does not end hangs on purpose (its log failed).
        if matches!(outcome, Outcome::Host(End::Closed)) {
            if let Some(end) = signing.borrow().clone() {
                return Ok(Outcome::Signing(end));
            }
            if tokio::time::timeout(HANG_AFTER, handle).await.is_err() {
                return Ok(Outcome::LogFailed);
            }
        }
        Ok(outcome)
    }
}

/// Compares head, guard and log. `log` compares the log of the next height with what was signed at it.
fn judge(
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
        Verdict::Agrees => Ok(Mode::Voting),
        Verdict::LastMissing => {
            guard.expect_again();
            Ok(Mode::Voting)
        }
        Verdict::Disagrees { reason } => {
            guard.advance_to(next)?;
            Ok(Mode::SyncOnly { until: next, reason })
        }
    }
}

/// Returns when the engine says that it could not replay its log.
async fn log_failure(mut events: RxEvent<LedgerContext>) {
    loop {
        match events.recv().await {
            Ok(Event::WalCorrupted(_) | Event::WalReplayError(_)) => return,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// False if the peers that are connected would be enough, and those among them that have proven who they are would not.
fn is_greeted(dump: &NetworkStateDump, members: &Members, own: KeyId) -> bool {
    let set = members.ledger();
    let enough = set.is_quorum(dump.peers.len() as u64 + 1);
    !enough || set.is_quorum(connected_power(dump, members, own))
}

/// Refreshes the status; returns when this node stands still while others go on.
async fn watch_progress<S: BlockStore, P: StatementPool>(
    rooms: &Rooms<S, P>,
    guard: &Mutex<SignerGuard>,
    requests: mpsc::Sender<NetworkRequest>,
) -> Result<Outcome, Fault> {
    let mut ticks = tokio::time::interval(WATCH_INTERVAL);
    let (mut head, mut since, mut greeted) = (Height(0), Instant::now(), Instant::now());
    loop {
        ticks.tick().await;
        let store = rooms.store.clone();
        let (tip, set) = blocking(move || {
            let tip = store.tip()?;
            let set = store.validators(tip.height.next())?;
            Ok::<_, ledger::error::Fault>((tip, set))
        })
        .await??;
        let Some(set) = set else { continue };
        let (faults, total) = (set.faults_tolerated(), set.total_power());
        let members = Members::new(set);
        let dump = NetworkRequest::dump_state(&requests).await.ok().flatten();
        rooms.status.update(|status| {
            (status.head, status.head_time, status.power_total) = (tip.height, tip.time, total);
            (status.faults_tolerated, status.claimed) = (faults, rooms.tips.height_of_more_than(faults));
            if let Ok(guard) = guard.try_lock() {
                status.guarded = guard.height();
            }
            if let Some(dump) = &dump {
                (status.peers, status.power) = (dump.peers.len(), connected_power(dump, &members, rooms.own));
            }
        });
        if dump.is_none_or(|dump| is_greeted(&dump, &members, rooms.own)) {
            greeted = Instant::now();
        }
        if greeted.elapsed() > UNGREETED_MAX {
            return Ok(Outcome::Ungreeted);
        }
        if tip.height > head {
            (head, since) = (tip.height, Instant::now());
        }
        let others = rooms.tips.height_of_more_than(faults);
        if others <= tip.height {
            since = Instant::now();
        }
        if since.elapsed() > STALL_MAX {
            return Ok(Outcome::Stalled);
        }
    }
}
