//! Nodes that are started, halted, wiped and waited for.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ledger::action::Action;
use ledger::action::key::SuspendKey;
use ledger::commit::{VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, KeyId, SecretKey, Suite};
use ledger::genesis::{GENESIS_VERSION, Genesis};
use ledger::record::{Department, Ground, Grounds, KeyRecord, KeyStatus, Parameters, Purpose};
use ledger::statement::{SignedStatement, StatementBuilder, StatementId};
use ledger::types::{Code, DepartmentId, Height, OfficerId, Round, Text, TimeMs};
use ledger::validator::Validator;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::liar::Liar;
use super::rooms::{MemoryPool, MemoryStore};
use crate::consensus::context::tests::secret;
use crate::consensus::engine::Plan;
use crate::consensus::peers::{PeerTips, tests::peer};
use crate::consensus::polka::Polkas;
use crate::consensus::signing::{GuardedSigner, StrictVerifier};
use crate::consensus::{ConsensusConfig, ConsensusStatus, Exit, Fault, Request, SignerGuard, Step, peer_id, run};

/// Keys that may each sign one statement.
const OFFICERS: u8 = 40;

pub(in crate::consensus) struct Cluster {
    genesis: Genesis,
    ports: Vec<u16>,
    nodes: Vec<Node>,
    stall_max: Duration,
}

struct Node {
    directory: TempDir,
    store: Arc<MemoryStore>,
    pool: Arc<MemoryPool>,
    running: Option<Running>,
}

struct Running {
    task: JoinHandle<Result<Exit, Fault>>,
    shutdown: watch::Sender<bool>,
    status: watch::Receiver<ConsensusStatus>,
}

fn now() -> TimeMs {
    TimeMs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64)
}

fn officer(number: u8) -> SecretKey {
    secret(100 + number)
}

fn department(number: u8) -> DepartmentId {
    DepartmentId::new(format!("d{number}")).unwrap()
}

pub(crate) fn genesis(count: u8) -> Genesis {
    genesis_at(count, now())
}

/// The same, founded at this time.
pub(crate) fn genesis_at(count: u8, time: TimeMs) -> Genesis {
    let record = |key: &SecretKey, department: DepartmentId, officer: Option<OfficerId>| KeyRecord {
        department,
        suite: Suite::Ed25519Sha256,
        key: key.public(),
        purpose: if officer.is_some() { Purpose::Officer } else { Purpose::Administration },
        officer,
        titles: Vec::new(),
        unit: None,
        not_before: TimeMs(0),
        not_after: TimeMs(u64::MAX),
        status: KeyStatus::Active,
        status_since: TimeMs(0),
        frozen_until: None,
    };
    let person = |number: u8| Some(OfficerId([number; 16]));
    let mut keys: Vec<KeyRecord> =
        (0..OFFICERS).map(|number| record(&officer(number), department(1), person(number))).collect();
    for first in [160, 200] {
        keys.extend((1..=count).map(|number| record(&secret(first + number), department(number), None)));
    }
    keys.sort_by_key(|record| record.key.id());
    let administration = |id: &DepartmentId| -> Vec<KeyId> {
        let own = keys.iter().filter(|record| record.department == *id && record.officer.is_none());
        own.map(|record| record.key.id()).collect()
    };
    let founding = |number: u8| Department {
        id: department(number),
        name_zh: Text::new("部门").unwrap(),
        name_en: Text::new("department").unwrap(),
        roles: Vec::new(),
        administration: administration(&department(number)),
        administration_threshold: 1,
        numbering: Vec::new(),
        active: true,
        credit_code: None,
        successor: None,
    };
    let validator = |number: u8| Validator {
        department: department(number),
        suite: Suite::Ed25519Sha256,
        key: secret(number).public(),
        power: 1,
    };
    let mut validators: Vec<Validator> = (1..=count).map(validator).collect();
    validators.sort_by_key(|validator| validator.key.id());
    let name = || Text::new("test").unwrap();
    let ground = Ground { code: Code::new("test").unwrap(), name_zh: name(), name_en: name() };
    let grounds = Grounds { act: Code::new("suspend-key").unwrap(), grounds: vec![ground] };
    let genesis = Genesis {
        version: GENESIS_VERSION,
        name: DepartmentId::new("test").unwrap(),
        time,
        departments: (1..=count).map(founding).collect(),
        keys,
        items: Vec::new(),
        validators,
        parameters: Parameters::default(),
        grounds: Some(vec![grounds]),
    };
    genesis.check().unwrap();
    genesis
}

/// The one statement of officer `number`: it suspends its own key.
pub(crate) fn statement(genesis: &Genesis, number: u8) -> SignedStatement {
    statement_at(genesis, number, now())
}

/// The same, signed at this time.
pub(crate) fn statement_at(genesis: &Genesis, number: u8, now: TimeMs) -> SignedStatement {
    let key = officer(number);
    let id = key.public().id();
    let action = Action::SuspendKey(SuspendKey { key: id, reason: Code::new("test").unwrap() });
    let chain = genesis.context().chain;
    let builder = StatementBuilder { chain, department: department(1), now, nonce: [number; 16] };
    builder.build(action, id).sign(&key)
}

/// Ports that were free a moment ago.
fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

fn seed(node: usize) -> [u8; 32] {
    [50 + node as u8; 32]
}

impl Cluster {
    pub(in crate::consensus) async fn start(count: usize) -> Self {
        Self::start_with(count, crate::consensus::STALL_MAX).await
    }

    /// With another patience of the watchdogs.
    pub(super) async fn start_with(count: usize, stall_max: Duration) -> Self {
        let mut cluster = Self { stall_max, ..Self::prepare(count) };
        for node in 0..count {
            cluster.run(node).await;
        }
        cluster
    }

    /// A cluster of which no node runs.
    pub(super) fn prepare(count: usize) -> Self {
        let subscriber = tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env());
        let _ = subscriber.with_test_writer().try_init();
        let genesis = genesis(count as u8);
        let node = || Node {
            directory: TempDir::new().unwrap(),
            store: Arc::new(MemoryStore::new(&genesis)),
            pool: Arc::new(MemoryPool::default()),
            running: None,
        };
        let nodes = (0..count).map(|_| node()).collect();
        Self { ports: free_ports(count), genesis, nodes, stall_max: crate::consensus::STALL_MAX }
    }

    /// Lets a member that runs no node claim a height, for itself and in the names of all others.
    pub(super) async fn lie(&self, node: usize, height: Height) -> Liar {
        let config = self.config(node);
        let key = config.consensus_key.clone();
        let guard = SignerGuard::open(&config.guard_directory, key.public().id(), config.chain.genesis).unwrap();
        let signer = GuardedSigner::new(key, config.chain.clone(), Arc::new(Mutex::new(guard)), || Ok(()));
        let verifier = StrictVerifier::new(config.chain.clone(), Polkas::default());
        let tips = PeerTips::of(&[]);
        let names = (0..self.nodes.len()).map(|node| peer(seed(node)[0])).collect();
        Liar::start(&Plan { config: &config, signer: &signer, verifier: &verifier, tips: &tips }, names, height).await
    }

    pub(super) fn status(&self, node: usize) -> ConsensusStatus {
        self.nodes[node].running.as_ref().unwrap().status.borrow().clone()
    }

    /// True if a node verified the statement before it executed the block with it.
    pub(super) fn verified_ahead(&self, id: &StatementId, node: usize) -> bool {
        self.nodes[node].pool.verified_ahead(id)
    }

    pub(in crate::consensus) fn config(&self, node: usize) -> ConsensusConfig {
        let address = |node: usize| format!("/ip4/127.0.0.1/tcp/{}", self.ports[node]);
        let peer = |node: usize| format!("{}/p2p/{}", address(node), peer_id(&seed(node)).unwrap());
        let directory = self.nodes[node].directory.path();
        ConsensusConfig {
            moniker: format!("node{node}"),
            chain: self.genesis.context(),
            consensus_key: secret(node as u8 + 1),
            p2p_seed: seed(node).into(),
            listen: address(node),
            peers: watch::channel((0..self.nodes.len()).filter(|other| *other != node).map(peer).collect()).1,
            stall_max: self.stall_max,
            wal_directory: directory.join("wal"),
            guard_directory: directory.join("guard"),
        }
    }

    pub(super) async fn run(&mut self, node: usize) {
        let config = self.config(node);
        let (status, receiver) = watch::channel(ConsensusStatus::default());
        let (shutdown, asked) = watch::channel(false);
        let (store, pool) = (self.nodes[node].store.clone(), self.nodes[node].pool.clone());
        let task = tokio::spawn(run(config, store, pool, status, asked));
        self.nodes[node].running = Some(Running { task, shutdown, status: receiver });
    }

    /// Ends a node in order.
    pub(in crate::consensus) async fn halt(&mut self, node: usize) {
        let running = self.nodes[node].running.take().unwrap();
        running.shutdown.send(true).unwrap();
        assert_eq!(running.task.await.unwrap().unwrap(), Exit::Asked);
    }

    /// Removes all that a node has, but for its keys.
    pub(super) fn wipe(&mut self, node: usize) {
        self.nodes[node].directory = TempDir::new().unwrap();
        self.nodes[node].store = Arc::new(MemoryStore::new(&self.genesis));
        self.nodes[node].pool = Arc::new(MemoryPool::default());
    }

    pub(super) fn close_guard(&self, node: usize, height: Height) {
        let config = self.config(node);
        let key = config.consensus_key.public().id();
        let mut guard = SignerGuard::open(&config.guard_directory, key, config.chain.genesis).unwrap();
        guard.advance_to(height).unwrap();
    }

    /// Signs a prevote for a value that nobody proposes, through the guard of a halted node.
    pub(super) fn sign_with_guard(&self, node: usize, height: Height) {
        let config = self.config(node);
        let key = config.consensus_key;
        let mut guard = SignerGuard::open(&config.guard_directory, key.public().id(), config.chain.genesis).unwrap();
        let (round, value) = (Round(0), Some(Hash([0xaa; 32])));
        let bytes = vote_sign_bytes(&config.chain, height, round, VoteStep::Prevote, value);
        guard.sign(&Request { height, round, step: Step::Prevote, value, bytes }, &key).unwrap();
    }

    /// A node's store, that outlives it.
    pub(in crate::consensus) fn store(&self, node: usize) -> Arc<MemoryStore> {
        self.nodes[node].store.clone()
    }

    /// The file of a node's engine's log.
    pub(in crate::consensus) fn log(&self, node: usize) -> std::path::PathBuf {
        self.nodes[node].directory.path().join("wal/consensus.wal")
    }

    pub(super) async fn wait_status(
        &self,
        node: usize,
        time_max: Duration,
        reached: impl Fn(&ConsensusStatus) -> bool,
    ) {
        self.until(&format!("status of {node}"), time_max, |cluster: &Self| reached(&cluster.status(node))).await;
    }

    /// Waits until a node ends by itself.
    pub(super) async fn ended(&mut self, node: usize, time_max: Duration) -> Exit {
        let running = self.nodes[node].running.take().unwrap();
        tokio::time::timeout(time_max, running.task).await.expect("the node goes on").unwrap().unwrap()
    }

    /// Gives officer `number`'s one statement to the pools of some nodes.
    pub(super) fn submit(&self, number: u8, nodes: &[usize]) -> StatementId {
        let statement = statement(&self.genesis, number);
        for node in nodes {
            self.nodes[*node].pool.submit(statement.clone());
        }
        statement.id()
    }

    pub(super) fn head(&self, node: usize) -> Height {
        self.nodes[node].store.head()
    }

    async fn until(&self, what: &str, time_max: Duration, reached: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !reached(self) {
            let heads: Vec<_> = (0..self.nodes.len()).map(|node| self.head(node).0).collect();
            let modes: Vec<_> = self.nodes.iter().map(Node::mode).collect();
            assert!(begun.elapsed() < time_max, "{what}: heads {heads:?}, modes {modes:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(in crate::consensus) async fn wait(&self, nodes: &[usize], height: Height, time_max: Duration) {
        let reached = |cluster: &Self| nodes.iter().all(|node| cluster.head(*node) >= height);
        self.until(&format!("height {height} of {nodes:?}"), time_max, reached).await;
    }

    pub(super) async fn wait_committed(&self, nodes: &[usize], count: usize, time_max: Duration) {
        let reached = |cluster: &Self| nodes.iter().all(|node| cluster.nodes[*node].pool.committed() >= count);
        self.until(&format!("{count} statements of {nodes:?}"), time_max, reached).await;
    }

    pub(super) async fn wait_mode(&self, node: usize, mode: &str, time_max: Duration) {
        let reached = |cluster: &Self| cluster.nodes[node].mode().starts_with(mode);
        self.until(&format!("{mode} of {node}"), time_max, reached).await;
    }

    /// All have the same headers up to the lowest head.
    pub(super) fn agree(&self, nodes: &[usize]) {
        let lowest = nodes.iter().map(|node| self.head(*node)).min().unwrap();
        for height in (0..=lowest.0).map(Height) {
            let header = self.nodes[nodes[0]].store.header(height).unwrap();
            assert!(nodes.iter().all(|node| self.nodes[*node].store.header(height).unwrap() == header), "{height}");
        }
    }

    pub(super) async fn stop(mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].running.is_some() {
                self.halt(node).await;
            }
        }
    }
}

impl Node {
    fn mode(&self) -> String {
        self.running.as_ref().map_or_else(|| "off".to_owned(), |running| running.status.borrow().mode.to_string())
    }
}
