//! Gossip of statements: each node tells every other member's node what its own clients submitted.
//!
//! ```text
//! mempool ─ announcements ─> one bounded queue a peer ─ batches, few in flight ─> peer ─> its mempool, as from a peer
//!    └───── local statements that still wait, again each few seconds ──┘
//! ```
//! A libp2p swarm of its own (TCP, Noise, Yamux), with the node's network key, among the peers of the configuration
//! alone (read again on SIGHUP): others are disconnected before they can say anything. A statement is told once by the node that took it and
//! never passed on, so nothing can circulate. Full queues drop; what was dropped is told again while it waits, and any
//! node can propose what it has. Nothing here decides what is valid.

mod batch;
mod peers;
mod swarm;

#[cfg(test)]
mod tests;

pub use swarm::{GossipConfig, GossipError, run};
