//! Arguments that many commands share.

use std::path::PathBuf;

use clap::Args;

/// Who signs, and how long to wait for the answer.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sign {
    /// Key that signs, `department/name` of the key ring.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// Further keys that sign along.
    #[arg(long = "with", value_name = "KEY")]
    pub(crate) with: Vec<String>,
    /// Seconds to wait until it is on the ledger.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(0..=30), value_name = "SECONDS")]
    pub(crate) wait: u64,
}

impl Sign {
    /// The keys that sign, the first for the statement and the others along with it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key.as_str()).chain(self.with.iter().map(String::as_str))
    }
}

/// Why something is done.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ground {
    /// Code of the ground; left out, the grounds in force are listed.
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: Option<String>,
    /// File with the reasons in words; they stay off the ledger.
    #[arg(long, value_name = "FILE")]
    pub(crate) reason_file: Option<PathBuf>,
}

/// A record whose standing changes for a ground.
#[derive(Clone, Debug, Args)]
pub(crate) struct Ended {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// Why.
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}
