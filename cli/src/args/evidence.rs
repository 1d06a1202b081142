//! `evidence`: who signed twice.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Proofs that a department's node signed twice.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Lists what a node has seen.
    List(EvidenceList),
    /// Writes one proof to a file.
    Export(EvidenceExport),
    /// Checks such a file offline.
    Verify(EvidenceVerify),
}

/// Lists what a node has seen.
#[derive(Debug, Args)]
pub(crate) struct EvidenceList {
    /// From this height on.
    #[arg(long, default_value_t = 0, value_name = "HEIGHT")]
    pub(crate) from: u64,
    /// Key that signs the request.
    #[arg(id = "consortium_key", long = "key", value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// Writes one proof to a file.
#[derive(Debug, Args)]
pub(crate) struct EvidenceExport {
    /// Height at which it happened.
    #[arg(value_name = "HEIGHT")]
    pub(crate) height: u64,
    /// Which of that height, as the list numbers them.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) number: u32,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Key that signs the request.
    #[arg(id = "consortium_key", long = "key", value_name = "KEY")]
    pub(crate) key: Option<String>,
}

/// Checks such a file offline.
#[derive(Debug, Args)]
pub(crate) struct EvidenceVerify {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}
