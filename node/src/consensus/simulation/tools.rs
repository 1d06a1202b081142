//! What all nodes of a worker thread share: a runtime for the host's tasks, and names of peers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use ledger::crypto::{Hash, PublicKey, Signature};
use malachitebft_peer::PeerId;
use tokio::runtime::{Builder, Runtime};

use super::founding::Foundings;
use crate::consensus::peers::tests::peer;

/// Validators of the largest schedule.
pub(super) const NODES_MAX: usize = 7;

/// Shared by the nodes of one worker.
pub(super) struct Tools {
    /// Runs the hosts, one message at a time.
    pub(super) runtime: Runtime,
    peers: Vec<PeerId>,
    pub(super) foundings: Foundings,
}

thread_local! {
    static OF_A_SCHEDULE: Cell<bool> = const { Cell::new(false) };
    static VERDICTS: RefCell<HashMap<Hash, bool>> = RefCell::default();
}

/// What verifying says of this key, this signature and these bytes. All nodes of a schedule run on one thread and are
/// shown the same votes again and again, and the answer is the same each time: so it is sought once a schedule.
pub(in crate::consensus) fn once(
    key: &PublicKey,
    signature: &Signature,
    bytes: &[u8],
    verify: impl FnOnce() -> bool,
) -> bool {
    if !is_of_a_schedule() {
        return verify();
    }
    let name = Hash::sha256_parts(&[&key.to_bytes(), &signature.0, bytes]);
    VERDICTS.with_borrow_mut(|verdicts| *verdicts.entry(name).or_insert_with(verify))
}

/// True on a thread that runs schedules. What the product hands to a blocking thread is done there and then: nothing else
/// is to happen meanwhile anyway, and waking the other thread takes longer than most of such work.
pub(in crate::consensus) fn is_of_a_schedule() -> bool {
    OF_A_SCHEDULE.get()
}

impl Tools {
    /// A runtime of one thread, so that nothing happens but what is waited for.
    pub(super) fn new() -> Self {
        OF_A_SCHEDULE.set(true);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let peers = (0..NODES_MAX).map(|index| peer(index as u8 + 1)).collect();
        Self { runtime, peers, foundings: Foundings::default() }
    }

    /// A schedule begins: nothing of another one is remembered.
    pub(super) fn begin(&self) {
        VERDICTS.with_borrow_mut(HashMap::clear);
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
