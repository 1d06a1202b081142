//! A department's node: consensus, mempool, storage, HTTP API. All the I/O of the ledger is here.

pub mod admin;
pub mod api;
pub mod clock;
pub mod config;
pub mod consensus;
pub mod fail_points;
pub mod gossip;
pub mod home;
pub mod mempool;
pub mod peer;
pub mod service;
pub mod storage;

/// The sample consortium of the tests.
#[cfg(test)]
#[path = "../../tests/src"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the package of tests, not all of it is used here"
)]
mod shared {
    pub(crate) mod sample;
}
