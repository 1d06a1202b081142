//! What the tests share: a sample consortium with fixed keys, chains in memory, and the harness for real nodes.

pub mod cluster;
pub mod sample;
pub mod scale;
pub mod story;
pub mod token;
pub mod vectors;
