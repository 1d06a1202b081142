//! Formats, rules, execution, authenticated state, the log, proofs and the light verifier of Yinxin 印信.
//!
//! Pure: no clock, randomness, floats, hash maps, files, sockets, threads or logging. The same blocks give the same
//! roots on every machine.

#[macro_use]
pub mod codec;
pub mod access;
pub mod action;
pub mod block;
pub mod bundle;
pub mod commit;
pub mod crypto;
pub mod error;
pub mod evidence;
pub mod executor;
pub mod export;
pub mod genesis;
pub mod http_signature;
pub mod light;
pub mod limits;
pub mod log;
pub mod memory;
pub mod proof;
pub mod record;
pub mod rejection;
pub mod rules;
pub mod state;
pub mod statement;
pub mod trust;
pub mod types;
pub mod validator;
