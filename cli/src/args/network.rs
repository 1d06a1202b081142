//! `network` and `node`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::keys::{WORK_FACTOR, WORK_FACTOR_MAX};

/// A consortium on this machine.
#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Founds a consortium: keys, genesis, trust file, a home for each node.
    Init(NetworkInit),
    /// Starts the nodes.
    Up(NetworkUp),
    /// Ends the nodes.
    Down(NetworkDown),
    /// Asks each node how it is.
    Status(NetworkPlace),
}

/// Where a consortium lies.
#[derive(Debug, Args)]
pub(crate) struct NetworkPlace {
    /// Its directory; else the home directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Founds a consortium.
#[derive(Debug, Args)]
pub(crate) struct NetworkInit {
    /// How many departments of the sample run a node.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(4..=7), value_name = "N")]
    pub(crate) departments: u8,
    /// Name of the consortium.
    #[arg(long, default_value = "chancheng", value_name = "NAME")]
    pub(crate) name: String,
    /// Directory to found it in; it must be empty or not exist.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// First port of each node.
    #[arg(long, default_value_t = 27_000, value_parser = clap::value_parser!(u16).range(1024..=65_000), value_name = "PORT")]
    pub(crate) base_port: u16,
    /// A network.toml of one's own, in place of the sample.
    #[arg(long, conflicts_with_all = ["departments", "name", "base_port"], value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Cost of guessing the passphrase, as a power of two.
    #[arg(long, default_value_t = WORK_FACTOR, value_parser = clap::value_parser!(u8).range(1..=i64::from(WORK_FACTOR_MAX)), value_name = "N")]
    pub(crate) work_factor: u8,
}

/// Starts the nodes.
#[derive(Debug, Args)]
pub(crate) struct NetworkUp {
    /// Where.
    #[command(flatten)]
    pub(crate) place: NetworkPlace,
    /// Only these departments.
    #[arg(long = "department", value_name = "DEPARTMENT")]
    pub(crate) departments: Vec<String>,
    /// Seconds to wait until they are ready.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) wait: u64,
}

/// Ends the nodes.
#[derive(Debug, Args)]
pub(crate) struct NetworkDown {
    /// Where.
    #[command(flatten)]
    pub(crate) place: NetworkPlace,
    /// Only these departments.
    #[arg(long = "department", value_name = "DEPARTMENT")]
    pub(crate) departments: Vec<String>,
    /// Seconds a node may take to end by itself.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub(crate) grace: u64,
}

/// A department's node: runs `yinxin-node`, which lies beside this program.
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Runs the node in this terminal.
    Start(NodeStart),
    /// Asks a running node how it is.
    Status(NodeHome),
    /// Prints the node's entry of a change of validators.
    Validator(NodeHome),
    /// Writes a copy of the data.
    Backup(NodeBackup),
    /// Takes the data from a copy.
    Restore(NodeRestore),
    /// Derives every root again from the blocks.
    Fsck(NodeHome),
    /// Looks for what could keep the node from running.
    Doctor(NodeHome),
}

/// Which node.
#[derive(Debug, Args)]
pub(crate) struct NodeHome {
    /// Home directory of the node.
    #[arg(value_name = "DIR")]
    pub(crate) node_home: PathBuf,
}

/// Which node, and what else its program is told.
#[derive(Debug, Args)]
pub(crate) struct NodeStart {
    /// Home directory of the node.
    #[arg(value_name = "DIR")]
    pub(crate) node_home: PathBuf,
    /// Passed on to `yinxin-node` as it is.
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) pass: Vec<OsString>,
}

/// Where a copy of a node's data goes.
#[derive(Debug, Args)]
pub(crate) struct NodeBackup {
    /// Home directory of the node.
    #[arg(value_name = "DIR")]
    pub(crate) node_home: PathBuf,
    /// Directory to make for the copy.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

/// Where a copy of a node's data comes from.
#[derive(Debug, Args)]
pub(crate) struct NodeRestore {
    /// Home directory of the node.
    #[arg(value_name = "DIR")]
    pub(crate) node_home: PathBuf,
    /// Directory of the copy.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Sets the data that is there aside.
    #[arg(long)]
    pub(crate) replace: bool,
    /// The node never signs at or below this height again.
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) above: Option<u64>,
}
