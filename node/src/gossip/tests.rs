//! A swarm of three members with a stranger at the door.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::statement::SignedStatement;
use ledger::types::TimeMs;
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p::request_response::Codec;
use tokio::sync::watch;

use super::batch::{BATCH_BYTES_MAX, BATCH_STATEMENTS_MAX, Batch, BatchCodec, Receipt};
use super::peers::{Lines, QUEUE};
use super::*;
use crate::clock::now;
use crate::mempool::fixture::{TestChain, approve, draft, sign, who};
use crate::mempool::{Mempool, Share, Source};
use crate::peer::Peer;

const TEN: Share = Share { statements_max: 10, bytes_max: usize::MAX };
const PEER: &str = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";

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
        network_seed: seed(node).into(),
        listen: format!("/ip4/127.0.0.1/tcp/{}", ports[node]).parse().unwrap(),
        peers: watch::channel((0..MEMBERS).filter(|other| *other != node).map(peer).collect()).1,
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
    assert!(second.local(TEN).is_empty(), "only the node that took it tells it");
    assert_eq!(first.local(TEN).len(), 1);
}

/// Statements of different ids.
fn statements(count: u64) -> Vec<Arc<SignedStatement>> {
    let action = draft(1, now()).action().clone();
    let made = |number| sign(who::NOTARY, "notary", action.clone(), TimeMs(now().0 + number * 1000));
    (0..count).map(|number| Arc::new(made(number))).collect()
}

fn sent(batches: &[(PeerId, Batch)]) -> usize {
    batches.iter().map(|(_, batch)| batch.len()).sum()
}

#[test]
fn batches_are_bounded_and_few_are_in_flight() {
    let peer: Peer = format!("/ip4/127.0.1.1/tcp/27001/p2p/{PEER}").parse().unwrap();
    let mut lines = Lines::default();
    lines.keep(&BTreeSet::from([peer.id]));
    let all = statements(2_600);
    lines.push_all(&all);
    assert!(lines.take_batches().is_empty(), "nobody is there");
    lines.connected(&peer.id, &all[..10]);
    lines.push_all(&all);
    lines.push_all(&all);
    let mut batches = lines.take_batches();
    assert_eq!(batches.len(), 4, "so many are in flight");
    assert!(lines.take_batches().is_empty());
    while sent(&batches) < all.len() {
        lines.answered(&peer.id);
        let more = lines.take_batches();
        assert_eq!(more.len(), 1, "one for each that is answered");
        batches.extend(more);
    }
    for (_, batch) in &batches {
        let bytes: usize = batch.iter().map(|statement| statement.len()).sum();
        assert!(batch.len() <= BATCH_STATEMENTS_MAX && bytes <= BATCH_BYTES_MAX);
    }
    let told: Vec<_> = batches.iter().flat_map(|(_, batch)| batch.iter().map(|bytes| bytes.0.clone())).collect();
    let wanted: Vec<_> = all.iter().map(|statement| statement.encoded().0.clone()).collect();
    assert_eq!(told, wanted, "each once, in order");
    lines.disconnected(&peer.id);
    assert_eq!((lines.missing(), lines.connected_count()), (vec![peer.id], 0));
}

#[test]
fn a_full_queue_drops_the_oldest() {
    let peer: Peer = format!("/ip4/127.0.1.1/tcp/27001/p2p/{PEER}").parse().unwrap();
    let mut lines = Lines::default();
    lines.keep(&BTreeSet::from([peer.id]));
    lines.connected(&peer.id, &[]);
    let all = statements(QUEUE.statements_max as u64 + 3);
    lines.push_all(&all);
    let mut batches = lines.take_batches();
    assert_eq!(batches[0].1[0].0, all[3].encoded().0, "the first three are gone");
    while lines.missing().is_empty() && sent(&batches) < QUEUE.statements_max {
        lines.answered(&peer.id);
        batches.extend(lines.take_batches());
    }
    lines.answered(&peer.id);
    assert!(lines.take_batches().is_empty(), "no more than the queue holds");
}

#[tokio::test]
async fn batches_beyond_the_bounds_are_refused_before_they_are_kept() {
    let protocol = libp2p::StreamProtocol::new("/test");
    let read = async |bytes: Vec<u8>| BatchCodec.read_request(&protocol, &mut futures::io::Cursor::new(bytes)).await;
    let encode = |batch: &Batch| ledger::codec::encode(batch);
    let small: Batch = vec![vec![1, 2, 3].into(); BATCH_STATEMENTS_MAX];
    assert_eq!(read(encode(&small)).await.unwrap(), small);
    let many: Batch = vec![vec![1].into(); BATCH_STATEMENTS_MAX + 1];
    let large: Batch = vec![vec![0; BATCH_BYTES_MAX * 2].into()];
    for refused in [encode(&many), encode(&large), b"junk".to_vec(), Vec::new()] {
        assert_eq!(read(refused).await.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    }
    for receipt in [Receipt::Taken, Receipt::Busy] {
        let mut wire = futures::io::Cursor::new(Vec::new());
        BatchCodec.write_response(&protocol, &mut wire, receipt).await.unwrap();
        let bytes = wire.into_inner();
        let read = BatchCodec.read_response(&protocol, &mut futures::io::Cursor::new(bytes)).await.unwrap();
        assert_eq!(read, receipt);
    }
    assert!(BatchCodec.read_response(&protocol, &mut futures::io::Cursor::new(vec![3])).await.is_err());
}
