//! What all nodes of a worker thread share: a runtime for the host's tasks, and names of peers.

use malachitebft_peer::PeerId;
use tokio::runtime::{Builder, Runtime};

use crate::consensus::peers::tests::peer;

/// Validators of the largest schedule.
pub(super) const NODES_MAX: usize = 7;

/// Shared by the nodes of one worker.
pub(super) struct Tools {
    /// Runs the hosts, one message at a time.
    pub(super) runtime: Runtime,
    peers: Vec<PeerId>,
}

impl Tools {
    /// A runtime of one thread, so that nothing happens but what is waited for.
    pub(super) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let peers = (0..NODES_MAX).map(|index| peer(index as u8 + 1)).collect();
        Self { runtime, peers }
    }

    /// The peer id of a node.
    pub(super) fn peer(&self, node: usize) -> PeerId {
        self.peers[node]
    }

    /// The node of a peer id.
    pub(super) fn index_of(&self, peer: PeerId) -> usize {
        self.peers.iter().position(|known| *known == peer).unwrap()
    }
}
