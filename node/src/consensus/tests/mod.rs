//! Several nodes of consensus in one process: real engines on loopback, stores and pools in memory.
#![allow(clippy::unwrap_used, reason = "tests")]

pub(crate) mod cluster;
mod liar;
pub(super) mod rooms;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cluster::Cluster;
use ledger::types::Height;

use super::{EXIT_SIGNER_REFUSED, EXIT_STALLED, Exit, Mode};

const LONG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_nodes_decide_the_same_blocks() {
    let cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    let statements: Vec<_> = (0..5).map(|number| cluster.submit(number, &[0, 1, 2, 3])).collect();
    cluster.wait_committed(&[0, 1, 2, 3], 5, LONG).await;
    cluster.agree(&[0, 1, 2, 3]);
    for id in &statements {
        let ahead = (0..4).filter(|node| cluster.verified_ahead(id, *node)).count();
        assert!(ahead >= 3, "{ahead} of 4: all but who built the block");
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_nodes_with_a_no_op_application_decide_height_after_height() {
    let (directory, length) = (tempfile::TempDir::new().unwrap(), Duration::from_millis(500));
    let run = super::run_noop(directory.path(), length).await.unwrap();
    assert!(run.heights > 0 && run.elapsed >= length, "{} heights in {:?}", run.heights, run.elapsed);
    assert!(run.decided.len() as u64 > run.heights, "all four nodes tell of their decisions");
    assert!(run.decided.is_sorted() && run.decided[0] > Duration::ZERO);
}

/// One member claims 2^62, for itself and in the names of all others, from before the chain is born: guards that know
/// nothing are not closed, nobody follows, nobody calls itself behind, and the idle chain rests.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_liar_moves_nobody() {
    let mut cluster = Cluster::prepare(4);
    let liar = cluster.lie(3, Height(1 << 62)).await;
    for node in 0..3 {
        cluster.run(node).await;
    }
    cluster.wait(&[0, 1, 2], Height(3), LONG).await;
    let before = (cluster.head(0), liar.told());
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(cluster.head(0).0 <= before.0.0 + 2, "an idle chain makes one block in five seconds");
    assert!(liar.told() > before.1, "it goes on lying");
    for node in 0..3 {
        let status = cluster.status(node);
        assert_eq!((status.mode, status.peers, status.engine_starts), (Mode::Voting, 3, 1));
        let near = cluster.head(0).0 + 3;
        assert!(status.claimed.0 < near && status.guarded.0 < near, "{} {}", status.claimed, status.guarded);
    }
    cluster.submit(0, &[0, 1, 2]);
    cluster.wait_committed(&[0, 1, 2], 1, LONG).await;
    cluster.stop().await;
    liar.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_idle_chain_rests_and_wakes_for_a_statement() {
    let cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = cluster.head(0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(cluster.head(0).0 <= before.0 + 1, "an idle chain makes one block in five seconds");
    let begun = std::time::Instant::now();
    cluster.submit(0, &[0, 1, 2, 3]);
    cluster.wait_committed(&[0, 1, 2, 3], 1, LONG).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "woke after {:?}", begun.elapsed());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stopped_node_catches_up_and_votes_again() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    cluster.halt(3).await;
    let mut statements = Vec::new();
    for number in 0..8 {
        statements.push(cluster.submit(number, &[0, 1, 2]));
        cluster.wait_committed(&[0, 1, 2], number as usize + 1, LONG).await;
    }
    cluster.run(3).await;
    let head = cluster.head(0);
    cluster.wait(&[3], head, LONG).await;
    assert!(statements.iter().all(|id| cluster.verified_ahead(id, 3)), "blocks of value sync are verified ahead too");
    cluster.halt(2).await;
    let head = cluster.head(0);
    cluster.wait(&[0, 1, 3], Height(head.0 + 3), LONG).await;
    cluster.agree(&[0, 1, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_with_a_closed_height_follows_first_and_then_votes() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    cluster.halt(3).await;
    let until = Height(cluster.head(0).0 + 3);
    cluster.close_guard(3, until);
    cluster.run(3).await;
    cluster.wait_mode(3, "sync-only", LONG).await;
    cluster.wait(&[3], until, LONG).await;
    cluster.wait_mode(3, "voting", LONG).await;
    cluster.halt(2).await;
    let head = cluster.head(0);
    cluster.wait(&[0, 1, 3], Height(head.0 + 3), LONG).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wiped_node_follows_before_it_votes() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(3), LONG).await;
    cluster.halt(3).await;
    cluster.wipe(3);
    cluster.run(3).await;
    cluster.wait_mode(3, "sync-only", LONG).await;
    let status = cluster.status(3);
    assert!(status.guarded <= status.head.next(), "claims close nothing: {} of {}", status.guarded, status.head);
    cluster.wait_mode(3, "voting", LONG).await;
    cluster.agree(&[0, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_nodes_halted_together_go_on() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    for round in 0..3 {
        cluster.submit(round, &[0, 1, 2, 3]);
        tokio::time::sleep(Duration::from_millis(15 * u64::from(round))).await;
        for node in 0..4 {
            cluster.halt(node).await;
        }
        let head = (0..4).map(|node| cluster.head(node)).max().unwrap();
        for node in 0..4 {
            cluster.run(node).await;
        }
        cluster.wait(&[0, 1, 2, 3], Height(head.0 + 2), LONG).await;
    }
    cluster.agree(&[0, 1, 2, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_conflicting_signature_ends_the_node_and_it_comes_back_without_voting() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    for node in 0..4 {
        cluster.halt(node).await;
    }
    // Another value was signed at the next height: the engine, which knows nothing of it, will vote differently.
    let next = cluster.head(3).next();
    cluster.sign_with_guard(3, next);
    for node in 0..4 {
        cluster.run(node).await;
    }
    let exit = cluster.ended(3, LONG).await;
    assert!(matches!(exit, Exit::SignerRefused(_)), "{exit:?}");
    assert_eq!(exit.code(), EXIT_SIGNER_REFUSED);
    cluster.wait(&[0, 1, 2], Height(next.0 + 1), LONG).await;
    cluster.run(3).await;
    cluster.wait(&[3], next, LONG).await;
    cluster.wait_mode(3, "voting", LONG).await;
    cluster.agree(&[0, 1, 2, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stalled_engine_is_built_again_and_the_node_goes_on() {
    let cluster = Cluster::start_with(4, Duration::from_secs(3)).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    let store = cluster.store(3);
    let starts = cluster.status(3).engine_starts;
    store.held.store(true, Ordering::SeqCst);
    let head = cluster.head(0);
    cluster.submit(0, &[0, 1, 2]);
    cluster.wait(&[0, 1, 2], Height(head.0 + 2), LONG).await;
    cluster.wait_status(3, LONG, |status| status.engine_starts > starts).await;
    store.held.store(false, Ordering::SeqCst);
    let head = cluster.head(0);
    cluster.wait(&[3], head, LONG).await;
    cluster.agree(&[0, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_engine_that_stalls_again_at_the_same_head_ends_the_process() {
    let mut cluster = Cluster::start_with(4, Duration::from_secs(3)).await;
    cluster.wait(&[0, 1, 2, 3], Height(2), LONG).await;
    let store = cluster.store(3);
    store.held.store(true, Ordering::SeqCst);
    let head = cluster.head(0);
    cluster.wait(&[0, 1, 2], Height(head.0 + 2), LONG).await;
    let exit = cluster.ended(3, LONG * 2).await;
    assert!(matches!(exit, Exit::Stalled { .. }), "{exit:?}");
    assert_eq!(exit.code(), EXIT_STALLED);
    store.held.store(false, Ordering::SeqCst);
    cluster.run(3).await;
    let head = cluster.head(0);
    cluster.wait(&[3], head, LONG).await;
    cluster.agree(&[0, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quorum_that_decides_nothing_while_statements_wait_is_a_stall_too() {
    let mut cluster = Cluster::start_with(1, Duration::from_secs(1)).await;
    cluster.wait(&[0], Height(2), LONG).await;
    let store = cluster.store(0);
    store.held.store(true, Ordering::SeqCst);
    cluster.submit(0, &[0]);
    let exit = cluster.ended(0, LONG * 2).await;
    assert!(matches!(exit, Exit::Stalled { .. }), "{exit:?}");
    store.held.store(false, Ordering::SeqCst);
    cluster.run(0).await;
    cluster.wait_committed(&[0], 1, LONG).await;
    cluster.stop().await;
}
