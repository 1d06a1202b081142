//! The swarm: connections to the members, batches out, batches in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use ledger::statement::SignedStatement;
use ledger::types::TimeMs;
use libp2p::allow_block_list::{self, AllowedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::request_response::{self, Event, Message, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent, dial_opts::DialOpts, dial_opts::PeerCondition};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, identity, noise, tcp, yamux};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::batch::{BATCH_BYTES_MAX, Batch, BatchCodec, Receipt};
use super::peers::{Lines, QUEUE};
use crate::clock::now;
use crate::fail_points::{Point, pass};
use crate::mempool::{Mempool, Share, Source, SubmitError};
use crate::peer::Peer;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/yinxin/statements/1");
/// Batches of peers that are being judged at one time.
const BATCHES_MAX: usize = 16;
/// Batches of one peer that are judged at once, so that no peer takes the place of the others.
const BATCHES_OF_PEER_MAX: usize = 4;
/// After batches were sent, statements gather for so long before the next ones are: a batch costs both ends as much as
/// many statements in it. What comes to a quiet node is told at once.
const GATHER: Duration = Duration::from_millis(20);
/// Members that are away are dialled, and what still waits is told again, this often.
const TICK: Duration = Duration::from_secs(1);
/// A statement that has waited this long is told again.
const TELL_AGAIN_MS: u64 = 3_000;
/// What is told again at one tick: four batches.
const TELL_AGAIN: Share = Share { statements_max: 512, bytes_max: 4 * BATCH_BYTES_MAX };
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Where this node gossips and with whom. It holds a key, so it cannot be printed.
pub struct GossipConfig {
    /// Seed of the node's network key, the one that its peer id is made from.
    pub network_seed: Zeroizing<[u8; 32]>,
    /// `/ip4/ADDRESS/tcp/PORT`.
    pub listen: Multiaddr,
    /// All other members' nodes; nobody else is let in. A change takes effect at once.
    pub peers: watch::Receiver<Vec<Peer>>,
}

/// Why the gossip could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum GossipError {
    /// The address is taken, or none of this machine.
    #[error("the gossip cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: Multiaddr,
        /// The transport's own words.
        #[source]
        source: libp2p::TransportError<std::io::Error>,
    },
    /// The network key is none.
    #[error("the network key cannot be used: {0}")]
    Key(#[from] identity::DecodingError),
    /// Encryption could not be set up.
    #[error("the transport of the gossip cannot be made: {0}")]
    Transport(#[from] noise::Error),
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    members: allow_block_list::Behaviour<AllowedPeers>,
    limits: connection_limits::Behaviour,
    batches: request_response::Behaviour<BatchCodec>,
}

/// Gossips until `shutdown` turns true.
///
/// # Errors
/// [`GossipError`] if it cannot listen.
pub async fn run(
    mut config: GossipConfig,
    pool: Arc<Mempool>,
    announcements: mpsc::Receiver<Arc<SignedStatement>>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), GossipError> {
    let swarm = build(&config)?;
    let judging = Arc::new(Semaphore::new(BATCHES_MAX));
    let (lines, addresses) = (Lines::default(), BTreeMap::new());
    let shares = BTreeMap::new();
    let mut gossip = Gossip { swarm, lines, addresses, pool, announcements, judging, shares };
    let first = config.peers.borrow_and_update().clone();
    gossip.meet(first);
    let ended = async move {
        // A sender that goes away ends it too.
        while !*shutdown.borrow_and_update() && shutdown.changed().await.is_ok() {}
    };
    tokio::select! {
        () = gossip.run(config.peers) => {}
        () = ended => {}
    }
    Ok(())
}

fn build(config: &GossipConfig) -> Result<Swarm<Behaviour>, GossipError> {
    // Takes the bytes and overwrites them.
    let key = identity::Keypair::ed25519_from_bytes(*config.network_seed)?;
    let members = allow_block_list::Behaviour::<AllowedPeers>::default();
    let limits = limits(0);
    let batches = request_response::Behaviour::new(
        [(PROTOCOL, ProtocolSupport::Full)],
        request_response::Config::default()
            .with_request_timeout(REQUEST_TIMEOUT)
            .with_max_concurrent_streams(BATCHES_MAX * 2),
    );
    let behaviour = Behaviour { members, limits: connection_limits::Behaviour::new(limits), batches };
    let mut swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| behaviour)
        .expect("the behaviour was made already: nothing can fail")
        .with_swarm_config(|swarm| swarm.with_idle_connection_timeout(IDLE_TIMEOUT))
        .build();
    let listen = swarm.listen_on(config.listen.clone());
    listen.map_err(|source| GossipError::Listen { address: config.listen.clone(), source })?;
    Ok(swarm)
}

/// Two connections a member, for those that call each other at the same time.
fn limits(members: usize) -> ConnectionLimits {
    let count = u32::try_from(members).unwrap_or(u32::MAX);
    ConnectionLimits::default()
        .with_max_established_per_peer(Some(2))
        .with_max_established(Some(count.saturating_mul(2)))
        .with_max_pending_incoming(Some(count.saturating_mul(2).saturating_add(8)))
}

struct Gossip {
    swarm: Swarm<Behaviour>,
    lines: Lines,
    addresses: BTreeMap<PeerId, Multiaddr>,
    pool: Arc<Mempool>,
    announcements: mpsc::Receiver<Arc<SignedStatement>>,
    judging: Arc<Semaphore>,
    /// Each peer's share of what is judged at once.
    shares: BTreeMap<PeerId, Arc<Semaphore>>,
}

impl Gossip {
    /// These are the members now: who is new is let in and called, who is no longer among them is let go.
    fn meet(&mut self, members: Vec<Peer>) {
        let new: BTreeMap<PeerId, Multiaddr> =
            members.into_iter().map(|peer| (peer.id, peer.place.multiaddr())).collect();
        let behaviour = self.swarm.behaviour_mut();
        for gone in self.addresses.keys().filter(|peer| !new.contains_key(peer)) {
            behaviour.members.disallow_peer(*gone);
        }
        for peer in new.keys() {
            behaviour.members.allow_peer(*peer);
        }
        *behaviour.limits.limits_mut() = limits(new.len());
        self.lines.keep(&new.keys().copied().collect());
        self.shares.retain(|peer, _| new.contains_key(peer));
        self.addresses = new;
        self.dial_missing();
    }

    async fn run(&mut self, mut peers: watch::Receiver<Vec<Peer>>) {
        let mut tick = tokio::time::interval(TICK);
        let (mut fresh, mut listed) = (Vec::new(), true);
        let mut next_batches = Instant::now();
        loop {
            let gathered = tokio::time::sleep_until(next_batches);
            tokio::select! {
                event = self.swarm.select_next_some() => self.handle(event),
                count = self.announcements.recv_many(&mut fresh, 256) => {
                    if count == 0 {
                        // The pool is gone: the node ends.
                        return;
                    }
                    self.lines.push_all(&fresh);
                    fresh.clear();
                }
                _ = tick.tick() => self.tick(),
                () = gathered, if self.lines.can_send() => {}
                changed = peers.changed(), if listed => {
                    // Without a sender the list stays as it is.
                    listed = changed.is_ok();
                    let members = peers.borrow_and_update().clone();
                    self.meet(members);
                }
            }
            if Instant::now() >= next_batches && self.lines.can_send() {
                next_batches = Instant::now() + GATHER;
                for (peer, batch) in self.lines.take_batches() {
                    self.swarm.behaviour_mut().batches.send_request(&peer, batch);
                }
            }
        }
    }

    fn tick(&mut self) {
        self.dial_missing();
        let before = TimeMs(now().0.saturating_sub(TELL_AGAIN_MS));
        let waiting = self.pool.tell_again(before, TELL_AGAIN);
        self.lines.push_all(&waiting);
        let connected = u32::try_from(self.lines.connected_count()).unwrap_or(u32::MAX);
        metrics::gauge!("yinxin_gossip_peers").set(connected);
    }

    fn dial_missing(&mut self) {
        for peer in self.lines.missing() {
            let Some(address) = self.addresses.get(&peer) else { continue };
            let options = DialOpts::peer_id(peer)
                .addresses(vec![address.clone()])
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .build();
            // A member that is away is dialled again at the next tick.
            let _ = self.swarm.dial(options);
        }
    }

    fn handle(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, num_established, .. } if num_established.get() == 1 => {
                tracing::info!(peer = %peer_id, "gossip: connected");
                let pending = self.pool.local(QUEUE);
                self.lines.connected(&peer_id, &pending);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                tracing::info!(peer = %peer_id, "gossip: disconnected");
                self.lines.disconnected(&peer_id);
            }
            SwarmEvent::NewListenAddr { address, .. } => tracing::info!(%address, "gossip listens"),
            SwarmEvent::Behaviour(BehaviourEvent::Batches(event)) => self.handle_batch(event),
            _ => {}
        }
    }

    fn handle_batch(&mut self, event: Event<Batch, Receipt>) {
        match event {
            Event::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let receipt = self.judge(peer, request);
                // The peer may be gone again; it will tell us once more.
                let _ = self.swarm.behaviour_mut().batches.send_response(channel, receipt);
            }
            Event::Message { peer, message: Message::Response { .. }, .. } | Event::OutboundFailure { peer, .. } => {
                self.lines.answered(&peer);
            }
            Event::InboundFailure { .. } | Event::ResponseSent { .. } => {}
        }
    }

    /// Hands a batch to the pool, off this thread.
    fn judge(&mut self, peer: PeerId, batch: Batch) -> Receipt {
        let own = Arc::clone(self.shares.entry(peer).or_insert_with(|| Arc::new(Semaphore::new(BATCHES_OF_PEER_MAX))));
        let permits = (own.try_acquire_owned(), Arc::clone(&self.judging).try_acquire_owned());
        let (Ok(own), Ok(permit)) = permits else { return Receipt::Busy };
        let pool = Arc::clone(&self.pool);
        tokio::task::spawn_blocking(move || {
            let _permits = (own, permit);
            pass(Point::StatementsTaken);
            for encoded in &batch {
                match pool.submit(encoded, Source::Peer) {
                    Ok(_) => {}
                    Err(SubmitError::Fault(fault)) => {
                        tracing::error!(%fault, "a statement of a peer could not be judged");
                        return;
                    }
                    Err(refused) => tracing::debug!(%peer, %refused, "a statement of a peer is not taken"),
                }
            }
        });
        Receipt::Taken
    }
}
