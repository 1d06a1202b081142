#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::consensus::tests::cluster::Cluster;
use crate::consensus::tests::rooms::MemoryPool;
use malachitebft_engine::util::events::TxEvent;

#[tokio::test]
async fn the_engine_says_that_it_refuses_its_log() {
    let events: TxEvent<LedgerContext> = TxEvent::new();
    let heard = tokio::spawn(log_failure(events.subscribe()));
    tokio::task::yield_now().await;
    let error = std::io::Error::new(std::io::ErrorKind::InvalidData, "entry 7 is no message");
    while !heard.is_finished() {
        events.send(|| Event::WalCorrupted(Arc::new(std::io::Error::new(error.kind(), error.to_string()))));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(heard.await.unwrap(), "entry 7 is no message");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_log_is_kept_and_its_height_closed() {
    let mut cluster = Cluster::start(4).await;
    cluster.wait(&[3], Height(2), Duration::from_secs(30)).await;
    for node in 0..4 {
        cluster.halt(node).await;
    }
    let before = std::fs::read(cluster.log(3)).unwrap();
    let (sender, shown) = watch::channel(ConsensusStatus::default());
    let (store, pool) = (cluster.store(3), Arc::new(MemoryPool::default()));
    let mut node = Node::open(cluster.config(3), store, pool, StatusSender::new(sender)).await.unwrap();
    assert_eq!(node.choose_mode().await.unwrap(), Mode::Voting);
    let refused = Outcome::LogFailed { reason: "entry 7 is no message".to_owned() };
    assert_eq!(node.after(refused).await.unwrap(), None, "the engine is built again");
    let reason = shown.borrow().log_refused.clone().unwrap();
    assert!(reason.contains("entry 7 is no message") && reason.contains(".refused-"), "{reason}");
    assert_eq!(shown.borrow().ready(), Err(reason));
    let next = node.head().await.unwrap().next();
    let mode = node.choose_mode().await.unwrap();
    assert!(matches!(mode, Mode::SyncOnly { until, .. } if until == next), "{mode}");
    assert!(shown.borrow().log_refused.is_some(), "until it votes again");
    assert_eq!(std::fs::read(cluster.log(3)).unwrap(), before, "the log itself is not touched");
    let kept = std::fs::read_dir(cluster.log(3).parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains(".refused-")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), before);
}
