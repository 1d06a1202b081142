//! A light load from a thread of its own: statements that nobody waits for, to one node after the other.

use anyhow::{Result, ensure};
use ledger::statement::StatementBuilder;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use yinxin_tests::cluster::{Cluster, now};
use yinxin_tests::sample::{key, register_identity, word};

/// Between two statements.
const PAUSE: Duration = Duration::from_millis(25);

/// Load until it is dropped.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    taken: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// Registers identities through these nodes.
    pub(super) fn on(cluster: &Cluster, nodes: &[usize]) -> Self {
        let (stop, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (stop.clone(), taken.clone());
        let addresses: Vec<String> =
            nodes.iter().map(|node| format!("{}/v1/transactions", cluster.api(*node))).collect();
        let context = cluster.genesis().context();
        let begun = now().0;
        let thread = std::thread::spawn(move || {
            let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2)));
            let agent: ureq::Agent = config.http_status_as_error(false).build().into();
            let police = key("police-officer");
            for count in 0u64.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let name = format!("load-{begun}-{count}");
                let nonce = ledger::crypto::Hash::sha256(name.as_bytes()).0[..16].try_into().unwrap();
                let builder =
                    StatementBuilder { chain: context.chain.clone(), department: word("police"), now: now(), nonce };
                let action = register_identity(&context, &name);
                let statement = builder.build(action, police.public().id()).sign(&police);
                let address = &addresses[usize::try_from(count).unwrap() % addresses.len()];
                let sent = agent.post(address).header("content-type", "application/cose");
                if sent.send(statement.encoded().0.as_slice()).is_ok_and(|answer| answer.status().is_success()) {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self { stop, taken, thread: Some(thread) }
    }

    /// Ends it; gives how many statements were taken.
    ///
    /// # Errors
    /// If none was: then nothing was loaded.
    pub(super) fn end(mut self) -> Result<u64> {
        self.join();
        let taken = self.taken.load(Ordering::Relaxed);
        ensure!(taken > 0, "the nodes took no statement at all");
        Ok(taken)
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.join();
    }
}
