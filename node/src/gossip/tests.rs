//! A swarm of three members with a stranger at the door.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::types::TimeMs;
use libp2p::PeerId;
use libp2p::identity::Keypair;
use tokio::sync::watch;

use super::*;
use crate::mempool::fixture::{TestChain, approve, draft};
use crate::mempool::{Mempool, Source, now};

/// Members of the swarm; the node after them is a stranger that knows the members and that no member knows.
const MEMBERS: usize = 3;

fn seed(node: usize) -> [u8; 32] {
    [u8::try_from(node).unwrap() + 1; 32]
}

fn peer_id(node: usize) -> PeerId {
    Keypair::ed25519_from_bytes(seed(node)).unwrap().public().to_peer_id()
}

/// Starts the gossip of a node on its port of loopback; gives its pool.
fn start(node: usize, ports: &[u16], shutdown: &watch::Receiver<bool>) -> Arc<Mempool> {
    let (pool, announcements) = Mempool::new(Arc::new(TestChain::new())).unwrap();
    let peer = |other: usize| format!("/ip4/127.0.0.1/tcp/{}/p2p/{}", ports[other], peer_id(other)).parse().unwrap();
    let config = GossipConfig {
        network_seed: seed(node),
        listen: format!("/ip4/127.0.0.1/tcp/{}", ports[node]).parse().unwrap(),
        peers: (0..MEMBERS).filter(|other| *other != node).map(peer).collect(),
    };
    tokio::spawn(run(config, Arc::clone(&pool), announcements, shutdown.clone()));
    pool
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what} did not come to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_tell_each_other_and_a_stranger_is_told_nothing() {
    let free = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<TcpListener> = (0..=MEMBERS).map(free).collect();
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    drop(listeners);
    let (_keep, shutdown) = watch::channel(false);
    let first = start(0, &ports, &shutdown);
    // Submitted before anybody is connected: told when they come.
    first.submit(draft(1, now()).encoded(), Source::Local).unwrap();
    let (second, third) = (start(1, &ports, &shutdown), start(2, &ports, &shutdown));
    until("the first statement at both peers", || second.size().0 == 1 && third.size().0 == 1).await;
    second.submit(approve(1, None, now()).encoded(), Source::Local).unwrap();
    until("the second statement everywhere", || first.size().0 == 2 && third.size().0 == 2).await;
    let stranger = start(MEMBERS, &ports, &shutdown);
    stranger.submit(draft(9, now()).encoded(), Source::Local).unwrap();
    // Long enough for the stranger to dial everybody twice, and for the members to tell anew what waits.
    tokio::time::sleep(Duration::from_secs(4)).await;
    for member in [&first, &second, &third] {
        assert_eq!(member.size().0, 2, "a stranger's statement got in");
    }
    assert_eq!(stranger.size().0, 1, "a stranger was told something");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_peers_told_is_not_passed_on() {
    let listeners: Vec<TcpListener> = (0..MEMBERS).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    drop(listeners);
    let (_keep, shutdown) = watch::channel(false);
    let (first, second) = (start(0, &ports, &shutdown), start(1, &ports, &shutdown));
    first.submit(draft(1, now()).encoded(), Source::Local).unwrap();
    until("the statement at the second", || second.size().0 == 1).await;
    assert!(second.local_pending(TimeMs(u64::MAX), 10).is_empty(), "only the node that took it tells it");
    assert_eq!(first.local_pending(TimeMs(u64::MAX), 10).len(), 1);
}
