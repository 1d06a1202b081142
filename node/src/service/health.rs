//! What a node says of itself on its operations port, put together from the status of consensus.

use crate::api::{Health, Operations};
use crate::consensus::{ConsensusStatus, Mode};
use ledger::validator::is_quorum;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// A node this many heights below what more than f of its peers claim still counts as following the chain.
const BEHIND_MAX: u64 = 5;

/// The operations of a node with this status.
pub(super) fn operations(status: watch::Receiver<ConsensusStatus>, metrics: PrometheusHandle) -> Operations {
    Operations::new(Arc::new(move || health(&status.borrow())), metrics)
}

/// A node that follows without voting is ready for reads; the detail says that it does not vote, and why.
///
/// One whose engine's log was refused is neither alive nor ready, and says why: somebody has to look.
fn health(status: &ConsensusStatus) -> Health {
    // An engine that only follows proves no keys, so it cannot say what power its peers hold.
    let connected = match status.mode {
        Mode::SyncOnly { .. } => status.peers > status.faults_tolerated,
        _ => is_quorum(status.power, status.power_total),
    };
    let current = status.head.0.saturating_add(BEHIND_MAX) >= status.claimed.0;
    let follows = matches!(status.mode, Mode::Voting | Mode::SyncOnly { .. });
    let votes = status.ready();
    // Before the first block nothing can be proven to anybody.
    let proves = status.head.0 > 0;
    Health {
        alive: !matches!(status.mode, Mode::Stopped { .. }) && status.log_refused.is_none(),
        ready: follows && connected && current && proves && status.log_refused.is_none(),
        detail: json!({
            "height": status.head.0,
            "time_ms": status.head_time.0,
            "process": std::process::id(),
            "mode": status.mode.to_string(),
            "votes": votes.is_ok(),
            "reason": votes.err(),
            "deciding": { "height": status.height.0, "round": status.round.0 },
            "guarded": status.guarded.0,
            "peers": status.peers,
            "power": { "connected": status.power, "total": status.power_total },
            "claimed": status.claimed.0,
            "log_refused": status.log_refused,
            "log_damage": status.log_damage,
            "engine_starts": status.engine_starts,
        }),
    }
}

/// The figures of consensus, refreshed with each change of its status.
pub(super) async fn report(mut status: watch::Receiver<ConsensusStatus>) {
    while status.changed().await.is_ok() {
        let now = status.borrow_and_update().clone();
        gauge("yinxin_height", now.head.0);
        gauge("yinxin_head_time_ms", now.head_time.0);
        gauge("yinxin_round", u64::from(now.round.0));
        gauge("yinxin_guarded_height", now.guarded.0);
        gauge("yinxin_consensus_peers", now.peers as u64);
        gauge("yinxin_power_connected", now.power);
        gauge("yinxin_power_total", now.power_total);
        gauge("yinxin_engine_starts", now.engine_starts);
        gauge("yinxin_votes", u64::from(now.mode == Mode::Voting));
        gauge("yinxin_log_refused", u64::from(now.log_refused.is_some()));
    }
}

/// Sets a figure. Exact up to 2^53, which no figure here reaches.
pub(super) fn gauge(name: &'static str, value: u64) {
    #[expect(clippy::cast_precision_loss, reason = "figures are for people, and exact up to 2^53")]
    metrics::gauge!(name).set(value as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::types::Height;

    fn status() -> ConsensusStatus {
        ConsensusStatus {
            mode: Mode::Voting,
            head: Height(100),
            faults_tolerated: 1,
            claimed: Height(101),
            peers: 2,
            power: 3,
            power_total: 4,
            ..ConsensusStatus::default()
        }
    }

    #[test]
    fn a_node_is_ready_while_it_follows_the_chain() {
        let following = Mode::SyncOnly { until: Height(120), reason: "the guard is ahead".to_owned() };
        let stopped = Mode::Stopped { reason: "asked".to_owned() };
        let cases = [
            (status(), true, true),
            (ConsensusStatus { mode: following.clone(), power: 1, ..status() }, true, true),
            (ConsensusStatus { mode: following, peers: 1, ..status() }, true, false),
            (ConsensusStatus { mode: stopped, ..status() }, false, false),
            (ConsensusStatus::default(), true, false),
            (ConsensusStatus { power: 2, ..status() }, true, false),
            (ConsensusStatus { claimed: Height(105), ..status() }, true, true),
            (ConsensusStatus { claimed: Height(106), ..status() }, true, false),
            (ConsensusStatus { log_refused: Some("it broke".to_owned()), ..status() }, false, false),
            (ConsensusStatus { log_damage: Some("its tail was cut".to_owned()), ..status() }, true, true),
        ];
        for (status, alive, ready) in cases {
            let health = health(&status);
            assert_eq!((health.alive, health.ready), (alive, ready), "{status:?}");
            assert_eq!(health.detail["votes"], status.ready().is_ok());
            assert_eq!(health.detail["reason"].as_str(), status.ready().err().as_deref());
        }
    }
}
