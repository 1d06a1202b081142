//! The engine with a no-op application: what deciding costs before a ledger, a store or a statement comes in.
//!
//! Four nodes in this process, each with the network, the log and the guarded signer of a real one, decide values that
//! say nothing, as fast as they can. Their keys are public and worthless.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ledger::commit::ChainContext;
use ledger::crypto::{Hash, KeyId, SecretKey, Suite};
use ledger::record::Parameters;
use ledger::types::{ChainId, DepartmentId, Height};
use ledger::validator::{Validator, ValidatorSet};
use malachitebft_app_channel::app::types::LocallyProposedValue;
use malachitebft_app_channel::{AppMsg, NetworkMsg, NetworkRequest};
use malachitebft_core_consensus::ProposedValue;
use malachitebft_core_types::{Round, Validity};
use malachitebft_engine::host::{HeightParams, Next, SyncedValueOutcome};
use malachitebft_engine::util::streaming::StreamMessage;
use malachitebft_peer::PeerId;
use tokio::sync::{mpsc, watch};

use super::context::{
    Address, EngineHeight, LedgerContext, Members, ProposalPart, ValueHash, engine_round, ledger_round,
};
use super::engine::{Engine, Plan, peer_id, peers};
use super::guard::SignerGuard;
use super::host::{blocking, params_of};
use super::parts::{Proposed, Streams, split};
use super::peers::PeerTips;
use super::polka::Polkas;
use super::signing::{GuardedSigner, StrictVerifier};
use super::{ConsensusConfig, Fault, STALL_MAX, mesh, wal};

const NODES: u8 = 4;
/// Heights that are not counted: connections and caches are new.
const WARM_UP: u64 = 20;
/// How long the nodes may take to find each other, and each height may take.
const PATIENCE: Duration = Duration::from_secs(20);
const MESH_POLL: Duration = Duration::from_millis(50);

/// What four nodes with a no-op application decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoopRun {
    /// Heights that the first node saw decided.
    pub heights: u64,
    /// In this time.
    pub elapsed: Duration,
    /// From the beginning of each height to its decision, of all nodes, ascending.
    pub decided: Vec<Duration>,
}

/// One decision of one node.
struct Decision {
    node: u8,
    height: Height,
    took: Duration,
}

/// Runs four nodes for some time, with files in a directory that is there.
///
/// # Errors
/// [`Fault`] if the engine does not start or comes to a halt.
pub async fn run_noop(directory: &Path, length: Duration) -> Result<NoopRun, Fault> {
    let ports = free_ports()?;
    let (decisions, mut told) = mpsc::unbounded_channel();
    let (ended, end) = watch::channel(false);
    let mut nodes = Vec::new();
    for number in 0..NODES {
        let config = config(number, &ports, directory)?;
        let (engine, application) = Application::start(number, config, decisions.clone()).await?;
        nodes.push(tokio::spawn(application.run(engine, end.clone())));
    }
    drop((decisions, end));
    let counted = count(&mut told, length).await;
    ended.send_replace(true);
    for node in nodes {
        node.await.map_err(|error| Fault::Panicked { reason: error.to_string() })?;
    }
    counted
}

/// Counts decisions, from the first node's height [`WARM_UP`] on.
async fn count(told: &mut mpsc::UnboundedReceiver<Decision>, length: Duration) -> Result<NoopRun, Fault> {
    let halted = |_| Fault::Engine { reason: "four nodes with nothing to decide came to a halt".to_owned() };
    let mut run = NoopRun { heights: 0, elapsed: Duration::ZERO, decided: Vec::new() };
    let mut begun: Option<Instant> = None;
    while run.elapsed < length {
        let next = tokio::time::timeout(PATIENCE, told.recv()).await.map_err(halted)?;
        let Some(Decision { node, height, took }) = next else { return Err(halted_early()) };
        let Some(begun) = begun else {
            if node == 0 && height.0 >= WARM_UP {
                begun = Some(Instant::now());
            }
            continue;
        };
        run.elapsed = begun.elapsed();
        run.heights += u64::from(node == 0);
        run.decided.push(took);
    }
    run.decided.sort_unstable();
    Ok(run)
}

fn halted_early() -> Fault {
    Fault::Engine { reason: "the engine ended by itself".to_owned() }
}

/// Ports that are free now.
fn free_ports() -> Result<Vec<u16>, Fault> {
    let listeners: Result<Vec<TcpListener>, _> = (0..NODES).map(|_| TcpListener::bind("127.0.0.1:0")).collect();
    Ok(listeners?
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()?)
}

/// Bytes of a key that is known to everybody.
fn seed(what: &str, number: u8) -> [u8; 32] {
    Hash::sha256(format!("yinxin measure {what} {number}").as_bytes()).0
}

fn consensus_key(number: u8) -> SecretKey {
    SecretKey::from_seed(&seed("consensus", number))
}

fn chain() -> Result<ChainContext, Fault> {
    let genesis = Hash::sha256(b"yinxin measure");
    let id = ChainId::new(format!("measure-{}", hex::encode(&genesis.0[..16])));
    let chain = id.map_err(|error| Fault::Config { what: error.to_string() })?;
    Ok(ChainContext { chain, genesis })
}

fn members() -> Result<Members, Fault> {
    let unfit = |error: ledger::codec::CodecError| Fault::Config { what: error.to_string() };
    let validator = |number: u8| {
        let department = DepartmentId::new(format!("node{number}")).map_err(unfit)?;
        Ok(Validator { department, suite: Suite::Ed25519Sha256, key: consensus_key(number).public(), power: 1 })
    };
    let validators: Result<Vec<Validator>, Fault> = (0..NODES).map(validator).collect();
    Ok(Members::new(ValidatorSet::new(validators?).map_err(unfit)?))
}

fn config(number: u8, ports: &[u16], directory: &Path) -> Result<ConsensusConfig, Fault> {
    let own = usize::from(number);
    let address = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}");
    let others = (0..NODES).zip(ports).filter(|(other, _)| *other != number);
    let peer = |(other, port): (u8, &u16)| Ok(format!("{}/p2p/{}", address(*port), peer_id(&seed("p2p", other))?));
    let peers: Vec<String> = others.map(peer).collect::<Result<_, Fault>>()?;
    let home = directory.join(format!("node{number}"));
    Ok(ConsensusConfig {
        moniker: format!("measure{number}"),
        chain: chain()?,
        consensus_key: consensus_key(number),
        p2p_seed: seed("p2p", number).into(),
        listen: address(ports[own]),
        peers: watch::channel(peers).1,
        stall_max: STALL_MAX,
        wal_directory: home.join("wal"),
        guard_directory: home.join("guard"),
    })
}

/// An application to which every value is good.
struct Application {
    number: u8,
    own: KeyId,
    members: Members,
    signer: GuardedSigner,
    streams: Streams,
    nonce: u64,
    begun: Instant,
    decisions: mpsc::UnboundedSender<Decision>,
    parts_out: mpsc::Sender<NetworkMsg<LedgerContext>>,
    requests: mpsc::Sender<NetworkRequest>,
}

impl Application {
    async fn start(
        number: u8,
        config: ConsensusConfig,
        decisions: mpsc::UnboundedSender<Decision>,
    ) -> Result<(Engine, Self), Fault> {
        let own = config.consensus_key.public().id();
        let (directory, logs, genesis) =
            (config.guard_directory.clone(), config.wal_directory.clone(), config.chain.genesis);
        let guard = blocking(move || {
            std::fs::create_dir_all(logs)?;
            let mut guard = SignerGuard::open(&directory, own, genesis)?;
            guard.settle()?;
            Ok::<_, Fault>(guard)
        })
        .await??;
        let log = wal::path(&config.wal_directory);
        let (key, chain) = (config.consensus_key.clone(), config.chain.clone());
        let signer = GuardedSigner::new(key, chain, Arc::new(Mutex::new(guard)), move || wal::sync(&log));
        let verifier = StrictVerifier::new(config.chain.clone(), Polkas::default());
        let tips = PeerTips::of(&peers(&config)?);
        let plan = Plan { config: &config, signer: &signer, verifier: &verifier, tips: &tips };
        let engine = plan.build(true).await?;
        let application = Self {
            number,
            own,
            members: members()?,
            signer,
            streams: Streams::default(),
            nonce: 0,
            begun: Instant::now(),
            decisions,
            parts_out: engine.channels.network.clone(),
            requests: engine.channels.net_requests.clone(),
        };
        Ok((engine, application))
    }

    /// Answers the engine until it is told to end.
    async fn run(mut self, mut engine: Engine, mut end: watch::Receiver<bool>) {
        loop {
            let message = tokio::select! {
                _ = end.wait_for(|ended| *ended) => None,
                message = engine.channels.consensus.recv() => message,
            };
            match message {
                Some(message) => self.answer(message).await,
                None => break,
            }
        }
        engine.stop("it was measured").await;
    }

    fn params(&self) -> HeightParams<LedgerContext> {
        params_of(&self.members, &Parameters { pace_ms: 0, ..Parameters::default() })
    }

    async fn answer(&mut self, message: AppMsg<LedgerContext>) {
        match message {
            AppMsg::ConsensusReady { reply } => {
                self.wait_for_mesh().await;
                self.begun = Instant::now();
                let _ = reply.send((EngineHeight(Height(1)), self.params()));
            }
            AppMsg::StartedRound { reply_value, .. } => drop(reply_value.send(Vec::new())),
            AppMsg::GetValue { height, round, reply, .. } => {
                let _ = reply.send(LocallyProposedValue::new(height, round, value(height.0)));
                self.send_parts(height.0, round).await;
            }
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                let _ = reply.send(self.received(from, published_by.unwrap_or(from), part));
            }
            AppMsg::Decided { certificate, reply, .. } => {
                let _ = reply.send(());
                let decision = Decision { node: self.number, height: certificate.height.0, took: self.begun.elapsed() };
                // Who counts has ended.
                let _ = self.decisions.send(decision);
            }
            AppMsg::Finalized { certificate, reply, .. } => {
                self.begun = Instant::now();
                let next = EngineHeight(certificate.height.0.next());
                let _ = reply.send(Next::Start(next, self.params()));
            }
            AppMsg::RestreamProposal { height, round, .. } => self.send_parts(height.0, round).await,
            AppMsg::ProcessSyncedValue { reply, .. } => drop(reply.send(SyncedValueOutcome::LocalTransientError)),
            AppMsg::GetDecidedValues { reply, .. } => drop(reply.send(Vec::new())),
            AppMsg::GetHistoryMinHeight { reply } => drop(reply.send(EngineHeight(Height(1)))),
            AppMsg::ExtendVote { reply, .. } => drop(reply.send(None)),
            AppMsg::VerifyVoteExtensions { reply, .. } => drop(reply.send(Vec::new())),
        }
    }

    /// Waits until what this node publishes reaches all others; the first height carries on without one that is late.
    async fn wait_for_mesh(&self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(dump)) = NetworkRequest::dump_state(&self.requests).await
                && mesh::reached(&dump) >= usize::from(NODES - 1)
            {
                break;
            }
            tokio::time::sleep(MESH_POLL).await;
        }
    }

    /// A value is good as soon as its parts are there.
    fn received(
        &mut self,
        neighbour: PeerId,
        publisher: PeerId,
        part: StreamMessage<ProposalPart>,
    ) -> Option<ProposedValue<LedgerContext>> {
        let proposed = self.streams.insert(neighbour, publisher, part, Instant::now()).ok()??;
        Some(ProposedValue {
            height: EngineHeight(proposed.height),
            round: engine_round(Some(proposed.round)),
            valid_round: engine_round(proposed.valid_round),
            proposer: Address(proposed.proposer),
            value: ValueHash(proposed.hash),
            validity: Validity::Valid,
        })
    }

    async fn send_parts(&mut self, height: Height, round: Round) {
        let (round, hash) = (ledger_round(round).unwrap_or_default(), value(height).0);
        let signature = self.signer.sign_part(height, round, hash).0;
        let (valid_round, proposer) = (None, self.own);
        let proposed = Proposed { height, round, valid_round, proposer, hash, signature, block: Vec::new() };
        self.nonce += 1;
        for message in split(&proposed, self.nonce) {
            if self.parts_out.send(NetworkMsg::PublishProposalPart(message)).await.is_err() {
                return;
            }
        }
    }
}

/// The value of a height: the same of every proposer, so that it does not matter which one is decided.
fn value(height: Height) -> ValueHash {
    ValueHash(Hash::sha256(&height.0.to_be_bytes()))
}
