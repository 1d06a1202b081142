//! A department's node: consensus, mempool, storage, HTTP API. All the I/O of the ledger is here.

pub mod admin;
pub mod api;
pub mod config;
pub mod consensus;
pub mod gossip;
pub mod home;
pub mod mempool;
pub mod service;
pub mod storage;
