//! Building and stopping the engine.

use std::str::FromStr;
use std::time::Duration;

use malachitebft_app_channel::app::config::{
    ChannelNames, ConsensusConfig as EngineConsensusConfig, DiscoveryConfig, NodeConfig, P2pConfig, ProtocolNames,
    ValuePayload, ValueSyncConfig,
};
use malachitebft_app_channel::app::metrics::SharedRegistry;
use malachitebft_app_channel::app::types::Keypair;
use malachitebft_app_channel::app::types::codec::Codec;
use malachitebft_app_channel::spawn::spawn_network_actor;
use malachitebft_app_channel::{
    Channels, ConsensusContext, EngineBuilder, EngineHandle, NetworkIdentity, NetworkMsg, RequestContext, SyncContext,
    WalContext,
};
use malachitebft_engine::consensus::ConsensusCodec;
use malachitebft_engine::network::{Multiaddr, NetworkRef};
use malachitebft_engine::sync::SyncCodec;
use malachitebft_signing::Signer;
use tokio::sync::mpsc;

use super::codec::{RESPONSE_BYTES_MAX, WireCodec};
use super::context::{Address, LedgerContext};
use super::peers::PeerTips;
use super::signing::{GuardedSigner, StrictVerifier};
use super::{ConsensusConfig, Fault, wal};
use crate::peer::{Peer, PeerParseError, Place};

/// How often peers tell their tips; also how far sync-only mode lags behind. A node that is two heights behind follows by
/// value sync alone, and joins the others when it comes to a tip before they have left it by two: told once a second it ran
/// behind for half a minute and longer on a busy machine, a second late each time.
const STATUS_INTERVAL: Duration = Duration::from_millis(250);
/// How long an engine may take to stop before it is left to itself.
const STOP_WAIT: Duration = Duration::from_secs(5);
/// After an engine has stopped: time for its peers to see it gone. They greet a peer (topics, proof) only when it
/// connects for the first time; met again too early, the new engine would never hear what they listen to.
const STOP_PAUSE: Duration = Duration::from_millis(500);
/// Tries to build an engine while the one before still frees its port and its log.
const BUILD_TRIES: u32 = 30;
const BUILD_PAUSE: Duration = Duration::from_millis(100);
/// Connections above the number of members that one address may hold: members behind one gateway, restarts, and members
/// that join before the engine is built again.
const CONNECTIONS_SPARE: usize = 16;

/// What the engine reads as its configuration.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    moniker: String,
    consensus: EngineConsensusConfig,
    value_sync: ValueSyncConfig,
}

impl NodeConfig for Settings {
    fn moniker(&self) -> &str {
        &self.moniker
    }

    fn consensus(&self) -> &EngineConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut EngineConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.value_sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.value_sync
    }
}

/// The network, and where parts of proposals are given to it.
type Network = (NetworkRef<LedgerContext>, mpsc::Sender<NetworkMsg<LedgerContext>>);

/// An engine under way.
pub(crate) struct Engine {
    /// Its channels.
    pub(crate) channels: Channels<LedgerContext>,
    /// Its handle; finishes when the engine ends, but not when it hangs on purpose.
    pub(crate) handle: EngineHandle,
    network: NetworkRef<LedgerContext>,
}

/// What stays the same from one engine to the next.
pub(crate) struct Plan<'a> {
    /// This node's configuration.
    pub(crate) config: &'a ConsensusConfig,
    /// Signs votes and proposals.
    pub(crate) signer: &'a GuardedSigner,
    /// Checks those of others.
    pub(crate) verifier: &'a StrictVerifier,
    /// Notes statuses.
    pub(crate) tips: &'a PeerTips,
}

impl Plan<'_> {
    /// Builds and starts an engine: one that votes, or one that only follows.
    ///
    /// # Errors
    /// [`Fault::Config`] for addresses that cannot be used, [`Fault::Engine`] if it does not start.
    pub(crate) async fn build(&self, voting: bool) -> Result<Engine, Fault> {
        let settings = self.settings(voting)?;
        let mut last = String::new();
        for _ in 0..BUILD_TRIES {
            match self.try_build(settings.clone()).await {
                Ok(engine) => return Ok(engine),
                Err(Fault::Engine { reason }) => last = reason,
                Err(other) => return Err(other),
            }
            tokio::time::sleep(BUILD_PAUSE).await;
        }
        Err(Fault::Engine { reason: last })
    }

    async fn try_build(&self, settings: Settings) -> Result<Engine, Fault> {
        let failed = |error: &dyn std::fmt::Display| Fault::Engine { reason: error.to_string() };
        let address = Address(self.config.consensus_key.public().id());
        let log = wal::path(&self.config.wal_directory);
        let consensus =
            ConsensusContext::new_validator(address, Box::new(self.verifier.clone()), Box::new(self.signer.clone()));
        // The network is spawned here so that it can be stopped first, in order: see `Engine::stop`.
        let (network, parts) = self.network(&settings, WireCodec).await?;
        self.tips.listen(&network);
        let shown = network.clone();
        #[cfg(feature = "byzantine")]
        let shown = super::byzantine::network(shown, self.config).await?;
        let built = EngineBuilder::new(LedgerContext, settings)
            .with_default_wal(WalContext::new(log, WireCodec))
            .with_custom_network(shown, parts)
            .with_default_sync(SyncContext::new(WireCodec))
            .with_default_consensus(consensus)
            .with_default_request(RequestContext::new(100))
            .build()
            .await;
        match built {
            Ok((channels, handle)) => Ok(Engine { channels, handle, network }),
            Err(error) => {
                let _ = network.stop_and_wait(None, Some(STOP_WAIT)).await;
                Err(failed(&format!("{error:#}")))
            }
        }
    }

    /// The network alone, under this node's name.
    ///
    /// # Errors
    /// [`Fault::Engine`] if it does not start.
    pub(crate) async fn network<C>(&self, settings: &Settings, codec: C) -> Result<Network, Fault>
    where
        C: ConsensusCodec<LedgerContext> + SyncCodec<LedgerContext>,
    {
        let registry = SharedRegistry::global().with_moniker(settings.moniker());
        let spawned =
            spawn_network_actor(self.identity().await?, &settings.consensus, &settings.value_sync, &registry, codec);
        spawned.await.map_err(|error| Fault::Engine { reason: format!("{error:#}") })
    }

    /// The libp2p identity, with the proof that binds it to the consensus key.
    async fn identity(&self) -> Result<NetworkIdentity, Fault> {
        let address = Address(self.config.consensus_key.public().id());
        let keypair = keypair(&self.config.p2p_seed)?;
        let key = self.config.consensus_key.public().to_bytes().to_vec();
        let peer = keypair.public().to_peer_id().to_bytes();
        let failed = |error: &dyn std::fmt::Display| Fault::Engine { reason: error.to_string() };
        let proof = self.signer.sign_validator_proof(key, peer).await.map_err(|error| failed(&error))?;
        let proof = WireCodec.encode(&proof).map_err(|error| failed(&error))?;
        Ok(NetworkIdentity::new_validator(self.config.moniker.clone(), keypair, address.to_string(), proof))
    }

    /// What the engine reads.
    ///
    /// # Errors
    /// [`Fault::Config`] for addresses that cannot be used.
    pub(crate) fn settings(&self, voting: bool) -> Result<Settings, Fault> {
        let persistent_peers: Vec<Multiaddr> = peers(self.config)?.iter().map(Peer::multiaddr).collect();
        let chain = &self.config.chain.chain;
        let members = persistent_peers.len() + 1;
        let protocol = |name: &str| format!("/yinxin/{chain}/{name}/1");
        let p2p = P2pConfig {
            listen_addr: named::<Place>(&self.config.listen)?.multiaddr(),
            persistent_peers,
            persistent_peers_only: true,
            discovery: DiscoveryConfig {
                enabled: false,
                num_inbound_peers: members + CONNECTIONS_SPARE,
                num_outbound_peers: members + CONNECTIONS_SPARE,
                max_connections_per_ip: members + CONNECTIONS_SPARE,
                ..DiscoveryConfig::default()
            },
            rpc_max_size: bytes(RESPONSE_BYTES_MAX)?,
            protocol_names: ProtocolNames {
                consensus: protocol("consensus"),
                sync: protocol("sync"),
                validator_proof: protocol("validator-proof"),
                ..ProtocolNames::default()
            },
            channel_names: ChannelNames::default(),
            ..P2pConfig::default()
        };
        let consensus = EngineConsensusConfig {
            enabled: voting,
            p2p,
            value_payload: ValuePayload::ProposalAndParts,
            ..EngineConsensusConfig::default()
        };
        let value_sync = ValueSyncConfig {
            status_update_interval: STATUS_INTERVAL,
            request_timeout: Duration::from_secs(5),
            max_response_size: bytes(RESPONSE_BYTES_MAX)?,
            parallel_requests: 4,
            batch_size: 32,
            ..ValueSyncConfig::default()
        };
        Ok(Settings { moniker: self.config.moniker.clone(), consensus, value_sync })
    }
}

impl Engine {
    /// Stops the engine and waits until it has let go of its connections, port and log, within a bound.
    ///
    /// The network goes first: stopped with the others it would be killed before it has closed its connections.
    pub(crate) async fn stop(self, reason: &str) {
        let Self { channels, handle, network } = self;
        drop(channels);
        let _ = network.stop_and_wait(Some(reason.to_owned()), Some(STOP_WAIT)).await;
        handle.actor.stop(Some(reason.to_owned()));
        // A handle that has already finished was waited for by who watched the engine.
        if !handle.handle.is_finished() && tokio::time::timeout(STOP_WAIT, handle.handle).await.is_err() {
            tracing::warn!("the engine did not stop in time; it is left to itself");
        }
        tokio::time::sleep(STOP_PAUSE).await;
    }
}

/// The engine's type of sizes, which it does not export by itself.
fn bytes<T: std::str::FromStr>(size: usize) -> Result<T, Fault> {
    let fault = || Fault::Config { what: format!("{size} is no size in bytes") };
    format!("{size} B").parse().map_err(|_| fault())
}

/// The libp2p key of a 32-byte seed.
fn keypair(seed: &[u8; 32]) -> Result<Keypair, Fault> {
    Keypair::ed25519_from_bytes(*seed).map_err(|error| Fault::Config { what: format!("the p2p key: {error}") })
}

/// The peer id of a p2p seed, as it stands at the end of the addresses that others have of this node.
///
/// # Errors
/// [`Fault::Config`] if the seed makes no key.
pub fn peer_id(seed: &[u8; 32]) -> Result<String, Fault> {
    Ok(keypair(seed)?.public().to_peer_id().to_string())
}

/// Reads an address of the configuration.
pub(crate) fn named<T: FromStr<Err = PeerParseError>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|error: PeerParseError| Fault::Config { what: error.to_string() })
}

/// The other members' nodes, as they are named now.
///
/// # Errors
/// [`Fault::Config`] if one of them cannot be read.
pub(crate) fn peers(config: &ConsensusConfig) -> Result<Vec<Peer>, Fault> {
    config.peers.borrow().iter().map(|peer| named(peer)).collect()
}
