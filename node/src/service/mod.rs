//! A node under way: opens every room, joins them, and ends them in order.
//!
//! ```text
//! store ─┬─ mempool ─┬─ consensus        status ──▶ api, ops
//!        ├─ control  └─ gossip, api      shutdown ──▶ everybody
//!        └─ upkeep (pruning, free disk)
//! ```
//! It ends when it is asked to (SIGTERM, SIGINT), when consensus ends, when the disk is nearly full, or when a room
//! fails. Everybody is then told to finish; what was persisted is on disk already.

mod ending;
mod health;

use crate::admin::{AdminError, Control, EXIT_DISK_FULL, EXIT_DONE, EXIT_FAULT, fault_code};
use crate::api::{self, ApiConfig, Endpoint, TlsFiles};
use crate::config::{Config, ListenConfig};
use crate::consensus::{self, ConsensusConfig, ConsensusStatus};
use crate::fail_points::{Point, pass};
use crate::gossip::{self, GossipConfig};
use crate::home::Home;
use crate::mempool::Mempool;
use crate::peer::{Peer, Place};
use crate::storage::{Space, Store};
use ending::{consensus_code, ended, graver, room};
use ledger::error::Fault;
use ledger::genesis::Genesis;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often old states are pruned and free disk is looked at.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(2);
/// How long the rooms may take to finish.
const DRAIN_WAIT: Duration = Duration::from_secs(15);

/// What a node runs with.
pub struct Service {
    home: Home,
    config: Config,
    genesis: Genesis,
    consensus: ConsensusConfig,
    peers: watch::Sender<Vec<String>>,
    store: Arc<Store>,
}

impl Service {
    /// Reads keys and genesis and opens the store.
    ///
    /// # Errors
    /// [`AdminError`]: a file cannot be used, the store is held or damaged, or the disk is nearly full.
    pub fn open(home: Home, config: Config) -> Result<Self, AdminError> {
        let genesis = home.genesis()?;
        let (peers, followed) = watch::channel(config.consensus.peers.clone());
        let consensus = ConsensusConfig {
            moniker: config.department.to_string(),
            chain: genesis.context(),
            consensus_key: home.consensus_key()?,
            p2p_seed: home.p2p_seed()?,
            listen: config.consensus.listen.clone(),
            peers: followed,
            stall_max: consensus::STALL_MAX,
            wal_directory: home.wal(),
            guard_directory: home.guard(),
        };
        Space::of(home.root())?.require(config.storage.disk_free_percent_min)?;
        pass(Point::StoreUnopened);
        let store = Store::open_with(&home.data(), &genesis, config.storage.options())?;
        let tip = store.view()?.height();
        tracing::info!(chain = %consensus.chain.chain, height = %tip, "the store is open");
        Ok(Self { home, config, genesis, consensus, peers, store: Arc::new(store) })
    }

    /// Runs the node to its end; gives the process's exit code.
    ///
    /// # Errors
    /// [`AdminError`] if a room cannot be opened.
    pub async fn run(self) -> Result<u8, AdminError> {
        let (shutdown, told) = watch::channel(false);
        let (status, shown) = watch::channel(ConsensusStatus::default());
        let (mempool, announcements) = Mempool::new(self.store.clone())?;
        let (told_peers, listed) = watch::channel(gossip_peers(&self.config)?);
        let (gossip, listeners) = (self.gossip_config(listed)?, self.api_config());
        let reloading = tokio::spawn(reload(self.home.clone(), self.peers.clone(), told_peers));
        let metrics = PrometheusBuilder::new().install_recorder()?;
        let operations = health::operations(shown.clone(), metrics);
        let control = self.listen_for_orders();
        let figures = tokio::spawn(health::report(shown));
        let upkeep = tokio::spawn(upkeep(self.store.clone(), self.config.storage.disk_free_percent_min));
        let answering = api::run(listeners, self.store.clone(), mempool.clone(), operations, told.clone());
        let mut answering = tokio::spawn(room("the API", answering, told.clone()));
        let gossiping = gossip::run(gossip, mempool.clone(), announcements, told.clone());
        let mut gossiping = tokio::spawn(room("the gossip", gossiping, told.clone()));
        let mut deciding = tokio::spawn(consensus::run(self.consensus, self.store, mempool, status, told));
        let mut decided = None;
        let code = tokio::select! {
            code = asked_to_end() => code,
            code = ended(upkeep) => code,
            code = &mut answering => code.unwrap_or(EXIT_FAULT),
            code = &mut gossiping => code.unwrap_or(EXIT_FAULT),
            result = &mut deciding => *decided.insert(consensus_code(result)),
        };
        // Nobody listens any more only if everybody has ended.
        let _ = shutdown.send(true);
        if decided.is_none() {
            decided = tokio::time::timeout(DRAIN_WAIT, deciding).await.ok().map(consensus_code);
        }
        if decided.is_none() {
            tracing::warn!("consensus did not finish in time; what was persisted is on disk");
        }
        if !answering.is_finished() && tokio::time::timeout(DRAIN_WAIT, answering).await.is_err() {
            tracing::warn!("requests under way were cut off");
        }
        figures.abort();
        reloading.abort();
        if let Some(control) = control {
            control.abort();
        }
        Ok(graver(code, decided.unwrap_or(EXIT_DONE)))
    }

    fn api_config(&self) -> ApiConfig {
        let tls = |api: &ListenConfig| api.tls_cert.clone().zip(api.tls_key.clone());
        let endpoint = |api: &ListenConfig| Endpoint {
            listen: api.listen,
            tls: tls(api).map(|(certificate, key)| TlsFiles { certificate, key }),
            authorities: api.authorities(),
        };
        ApiConfig {
            consortium: endpoint(&self.config.api),
            public: self.config.public_api.as_ref().map(endpoint),
            operations: self.config.ops.listen,
        }
    }

    fn gossip_config(&self, peers: watch::Receiver<Vec<Peer>>) -> Result<GossipConfig, AdminError> {
        let listen = self.config.gossip.listen.parse::<Place>();
        let listen = listen.map_err(|source| AdminError::Address { what: "listen of [gossip]", source })?;
        let network_seed = self.consensus.p2p_seed.clone();
        Ok(GossipConfig { network_seed, listen: listen.multiaddr(), peers })
    }

    /// A node without its control socket runs as well; only a backup then needs it stopped.
    fn listen_for_orders(&self) -> Option<JoinHandle<()>> {
        match Control::listen(self.home.clone(), self.store.clone(), self.genesis.clone()) {
            Ok(control) => Some(tokio::spawn(control.run())),
            Err(error) => {
                tracing::warn!(%error, "no control socket: stop the node to make a backup");
                None
            }
        }
    }
}

/// The members' nodes that the gossip speaks with.
fn gossip_peers(config: &Config) -> Result<Vec<Peer>, AdminError> {
    let peers = config.gossip.peers.iter().map(|peer| peer.parse::<Peer>()).collect::<Result<_, _>>();
    peers.map_err(|source| AdminError::Address { what: "peers of [gossip]", source })
}

/// On each SIGHUP takes the lists of peers of `node.toml` over, as they then are: when a department joins or leaves.
/// Everything else in the file waits for the next start. A file that cannot be used changes nothing.
async fn reload(home: Home, consensus: watch::Sender<Vec<String>>, gossip: watch::Sender<Vec<Peer>>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be received: a change of peers needs a restart");
        return;
    };
    while hangups.recv().await.is_some() {
        let read = home.config().map_err(AdminError::from);
        match read.and_then(|config| Ok((gossip_peers(&config)?, config.consensus.peers))) {
            Ok((told, peers)) => {
                tracing::info!(consensus = peers.len(), gossip = told.len(), "the lists of peers were read again");
                consensus.send_replace(peers);
                gossip.send_replace(told);
            }
            Err(error) => tracing::error!(%error, "the configuration cannot be used; the peers stay as they are"),
        }
    }
}

/// Waits for SIGTERM or SIGINT.
async fn asked_to_end() -> u8 {
    let (term, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    match (term, interrupt) {
        (Ok(mut term), Ok(mut interrupt)) => {
            tokio::select! {
                _ = term.recv() => tracing::info!("asked to end by SIGTERM"),
                _ = interrupt.recv() => tracing::info!("asked to end by SIGINT"),
            }
            EXIT_DONE
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "signals cannot be received");
            EXIT_FAULT
        }
    }
}

/// Prunes old states and watches the disk, until something is wrong.
async fn upkeep(store: Arc<Store>, disk_free_percent_min: u8) -> u8 {
    loop {
        tokio::time::sleep(UPKEEP_INTERVAL).await;
        let store = store.clone();
        let round = tokio::task::spawn_blocking(move || {
            while store.prune()?.more {}
            let space = store.space()?;
            health::gauge("yinxin_disk_available_bytes", space.available_bytes);
            Ok::<_, Fault>(space.free_percent())
        });
        match round.await {
            Ok(Ok(free)) if free < disk_free_percent_min => {
                tracing::error!(
                    free,
                    needed = disk_free_percent_min,
                    "too little of the disk is free; free some and start again"
                );
                return EXIT_DISK_FULL;
            }
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => {
                tracing::error!(%fault, "upkeep of the store failed");
                return fault_code(&fault);
            }
            Err(error) => {
                tracing::error!(%error, "upkeep of the store was broken off");
                return EXIT_FAULT;
            }
        }
    }
}
