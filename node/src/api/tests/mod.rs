//! The API over a chain in memory: requests as a client sends them, answers verified as a client verifies them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fixture;
mod limits;
mod reads;
mod routes;
mod signed;
mod store;
mod transactions;
