//! One node: what outlives its process, and the process while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ledger::crypto::SecretKey;
use ledger::types::Height;
use malachitebft_app_channel::Channels;
use malachitebft_app_channel::app::metrics::Metrics;
use malachitebft_app_channel::app::wal::Log;
use malachitebft_core_consensus::{Error, Input, Params, State, process};
use malachitebft_core_types::{HeightParams, ThresholdParams, ValuePayload, VoteExtensionPolicy};
use malachitebft_engine::util::events::TxEvent;
use malachitebft_sync::RawDecidedValue;
use tokio::sync::{mpsc, watch};

use super::disk::{Files, SimStore};
use super::founding::Founding;
use super::pool::SimPool;
use super::schedule::Plant;
use super::shell::{Ended, Shell, note_synced};
use super::tools::Tools;
use super::wire::Wire;
use crate::clock::{Clock, Hand};
use crate::consensus::codec::WireCodec;
use crate::consensus::context::{Address, EngineHeight, LedgerContext};
use crate::consensus::guard::{Entry, Found, SignerGuard};
use crate::consensus::host::{self, Host, Rooms, Writes};
use crate::consensus::peers::PeerTips;
use crate::consensus::polka::Polkas;
use crate::consensus::run::judge;
use crate::consensus::signing::{GuardedSigner, StrictVerifier};
use crate::consensus::status::{Mode, StatusSender};
use crate::consensus::wal;

/// Messages kept until the first height starts, as the engine keeps them.
const EARLY_MAX: usize = 1024;
/// The engine's own bounds on messages of later heights.
const QUEUE_HEIGHTS: usize = 10;
const QUEUE_OF_HEIGHT: usize = 500;

/// What is the same for all nodes of a schedule.
pub(super) struct Common {
    pub(super) tools: Rc<Tools>,
    pub(super) founding: Arc<Founding>,
    pub(super) plant: Option<Plant>,
    pub(super) clock: Hand,
}

/// One validator.
pub(super) struct Node {
    pub(super) common: Rc<Common>,
    pub(super) secret: SecretKey,
    pub(super) files: Files,
    pub(super) store: Arc<SimStore>,
    /// Processes so far; tells events of an ended one from those of the one that runs.
    pub(super) life: u64,
    pub(super) running: Option<Running>,
}

/// A process.
pub(super) struct Running {
    pub(super) state: State<LedgerContext>,
    pub(super) shell: Shell,
    pub(super) pool: Arc<SimPool>,
    pub(super) mode: Mode,
    metrics: Metrics,
    started: bool,
    /// Messages that came before the first height.
    pub(super) early: Vec<(usize, Wire)>,
    /// Gossip that was seen.
    pub(super) seen: BTreeSet<u64>,
    /// When the last message to itself arrives: they stay in order.
    pub(super) mailbox: u64,
    pub(super) catching_up: CatchingUp,
}

/// Value sync, the asking side.
#[derive(Default)]
pub(super) struct CatchingUp {
    pub(super) tips: BTreeMap<usize, Height>,
    /// Whom was asked, and until when its answer is waited for.
    pub(super) asked: Option<(usize, u64)>,
    /// Peers whose answer was no good for the height under way.
    pub(super) blamed: BTreeSet<usize>,
    pub(super) values: BTreeMap<Height, (usize, RawDecidedValue<LedgerContext>)>,
}

impl Node {
    /// A node that has never run.
    pub(super) fn new(common: &Rc<Common>, secret: SecretKey, leaking: bool) -> Self {
        let store = Arc::new(SimStore::new(&common.founding, leaking));
        Self { common: common.clone(), secret, files: Files::new(), store, life: 0, running: None }
    }

    pub(super) fn address(&self) -> Address {
        Address(self.secret.public().id())
    }

    /// Who decides the next height, in which turns they propose, and the timeouts.
    pub(super) fn height_params(&self) -> HeightParams<LedgerContext> {
        host::height_params(&host::next_height(self.store.as_ref()).unwrap())
    }

    /// Starts a process: guard, log and head are compared, then engine and host are built (as `consensus::run` does).
    pub(super) fn boot(&mut self) {
        if self.common.plant == Some(Plant::DoubleSigner) {
            self.files.remove_guard();
            self.files.remove_log();
        }
        let (guard, mode) = self.open_guard();
        if matches!(mode, Mode::SyncOnly { .. }) {
            wal::keep_copy(&self.files.wal()).unwrap();
        }
        self.life += 1;
        self.running = Some(self.build(guard, mode));
    }

    /// As `run::Node::choose_mode`.
    fn open_guard(&self) -> (SignerGuard, Mode) {
        let own = self.address();
        let (directory, genesis) = (self.files.guard(), self.common.founding.chain.genesis);
        let mut guard = SignerGuard::open(&directory, own.0, genesis).unwrap();
        let (head, found) = (self.store.head(), guard.found());
        let unguarded = matches!(found, Found::Fresh | Found::Lost);
        let planted = self.common.plant == Some(Plant::DoubleSigner);
        if unguarded && !planted && (head > Height(0) || found == Found::Lost) {
            guard.advance_to(head.next()).unwrap();
        }
        // Nobody is asked how far the chain is: the data of a node whose guard is lost are its newest.
        guard.settle().unwrap();
        let (log, chain) = (self.files.wal(), &self.common.founding.chain);
        let compare = |entries: &[Entry]| Ok(wal::compare(&log, chain, own, head.next(), entries)?.verdict);
        let mode = judge(&mut guard, head, compare).unwrap();
        (guard, mode)
    }

    /// Closes the next height, as the product does when the engine cannot replay its log.
    pub(super) fn close_next(&self) {
        let mut guard =
            SignerGuard::open(&self.files.guard(), self.address().0, self.common.founding.chain.genesis).unwrap();
        guard.advance_to(self.store.head().next()).unwrap();
    }

    fn build(&self, guard: SignerGuard, mode: Mode) -> Running {
        let (shell, pool) = self.shell(guard, &mode);
        let params = Params {
            address: self.address(),
            threshold_params: ThresholdParams::default(),
            value_payload: ValuePayload::ProposalAndParts,
            enabled: shell.voting,
        };
        let (height, set) = (EngineHeight(self.store.head().next()), self.height_params().validator_set);
        Running {
            state: State::new(LedgerContext, height, set, params, QUEUE_HEIGHTS, QUEUE_OF_HEIGHT),
            shell,
            pool,
            mode,
            metrics: Metrics::new(),
            started: false,
            early: Vec::new(),
            seen: BTreeSet::new(),
            mailbox: 0,
            catching_up: CatchingUp::default(),
        }
    }

    /// What the engine's state machine acts through, and the pool of its host.
    fn shell(&self, guard: SignerGuard, mode: &Mode) -> (Shell, Arc<SimPool>) {
        let chain = &self.common.founding.chain;
        let guard = Arc::new(Mutex::new(guard));
        let (log_path, synced) = (wal::path(&self.files.wal()), Arc::new(AtomicU64::new(0)));
        let before = {
            let (path, synced) = (log_path.clone(), synced.clone());
            move || wal::sync(&path).map(|()| note_synced(&path, &synced))
        };
        let signer = GuardedSigner::new(self.secret.clone(), chain.clone(), guard.clone(), before);
        let (polkas, pool) = (Polkas::default(), Arc::new(SimPool::default()));
        let verifier = StrictVerifier::new(chain.clone(), polkas.clone());
        let rooms = self.rooms(pool.clone(), signer.clone(), polkas);
        let (host, parts, task) = self.run_host(rooms, mode.clone());
        let log = Log::open(&log_path).unwrap();
        note_synced(&log_path, &synced);
        let shell = Shell {
            tools: self.common.tools.clone(),
            store: self.store.clone(),
            signer,
            guard,
            guard_file: self.files.guard_file(),
            verifier,
            codec: WireCodec,
            log,
            log_path,
            synced,
            host,
            task: Some(task),
            parts,
            timeouts: self.height_params().timeouts,
            timers: Vec::new(),
            timers_begun: 0,
            voting: *mode == Mode::Voting,
            recovering: false,
            dies: None,
            counts_twice: self.common.plant == Some(Plant::QuorumTwice),
            ended: None,
            out: Vec::new(),
        };
        (shell, pool)
    }

    /// What the host works with.
    fn rooms(&self, pool: Arc<SimPool>, signer: GuardedSigner, polkas: Polkas) -> Rooms<SimStore, SimPool> {
        Rooms {
            store: self.store.clone(),
            pool,
            chain: self.common.founding.chain.clone(),
            own: self.address().0,
            signer,
            tips: PeerTips::of(&[]),
            polkas,
            status: StatusSender::new(watch::Sender::default()),
            writes: Writes::default(),
            clock: Clock::Hand(self.common.clock.clone()),
        }
    }

    fn run_host(&self, rooms: Rooms<SimStore, SimPool>, mode: Mode) -> HostParts {
        let (host, consensus) = mpsc::channel(16);
        let (network, parts) = mpsc::channel(1024);
        let (requests, _) = mpsc::channel(1);
        let (net_requests, _) = mpsc::channel(1);
        let mut channels = Channels { consensus, network, events: TxEvent::new(), requests, net_requests };
        let runtime = &self.common.tools.runtime;
        let built = runtime.block_on(Host::new(rooms, &channels, mode, false)).unwrap();
        let task = runtime.spawn(async move { built.run(&mut channels.consensus).await });
        (host, parts, task)
    }

    /// Ends the process. What it logged and did not sync is lost when the power fails.
    pub(super) fn end(&mut self, lost: Option<&mut super::dice::Dice>) {
        let Some(running) = self.running.take() else { return };
        self.store.die_at(None);
        let synced = running.shell.synced.load(Ordering::SeqCst);
        drop(running);
        if let Some(dice) = lost {
            self.files.cut_log(synced, |unsynced| dice.below(unsynced + 1));
        }
    }
}

type HostParts = (
    mpsc::Sender<malachitebft_app_channel::AppMsg<LedgerContext>>,
    mpsc::Receiver<malachitebft_app_channel::NetworkMsg<LedgerContext>>,
    tokio::task::JoinHandle<Result<crate::consensus::host::End, crate::consensus::Fault>>,
);

impl Running {
    /// True once a height runs.
    pub(super) fn is_started(&self) -> bool {
        self.started
    }

    /// Keeps a message until the first height starts.
    pub(super) fn keep_early(&mut self, from: usize, wire: Wire) {
        if self.early.len() < EARLY_MAX {
            self.early.push((from, wire));
        }
    }

    /// Starts a height: the core first, then its log is replayed.
    pub(super) fn start_height(&mut self, height: EngineHeight, params: HeightParams<LedgerContext>) {
        self.shell.timeouts = params.timeouts;
        let entries = self.shell.fetch(height.0);
        // Without a target time the core reads no clock; the pace is kept by who starts the height.
        let policy = VoteExtensionPolicy::Disabled;
        self.process(Input::StartHeight(height, params.validator_set, false, None, policy));
        if !entries.is_empty() && self.shell.ended.is_none() {
            self.shell.recovering = true;
            self.state.index_wal_entries(entries.iter());
            for entry in entries {
                self.process(entry);
            }
            self.state.reset_entries_index();
            self.shell.recovering = false;
        }
        self.started = true;
    }

    /// Hands an input to the core.
    pub(super) fn process(&mut self, input: Input<LedgerContext>) {
        if self.shell.ended.is_some() {
            return;
        }
        let Self { state, shell, metrics, .. } = self;
        let result: Result<(), Error<LedgerContext>> = process!(
            input: input,
            state: state,
            metrics: metrics,
            with: effect => shell.handle(effect)
        );
        if let Err(error) = result {
            let ended = if self.shell.recovering { Ended::Replay } else { Ended::Failed };
            self.shell.ended.get_or_insert(ended(error.to_string()));
        }
    }
}
