//! `yinxin-node-byzantine`: a node that lies or dies on purpose, for the tests. Never part of what is delivered.
//!
//! Which lies it tells stands in the variable `YINXIN_LIES`, as TOML: see `yinxin_node::consensus::Lies`. Where it dies
//! stands in the file that `YINXIN_FAIL_POINT` names: see `yinxin_node::fail_points`. Without both it behaves like any
//! other node.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use yinxin_node::admin::{self, EXIT_DONE, EXIT_USAGE, Restore};
use yinxin_node::consensus::Lies;
use yinxin_node::fail_points;
use yinxin_node::home::Home;
use yinxin_node::service::Service;

/// Holds the lies to tell.
const VARIABLE: &str = "YINXIN_LIES";

/// Runs a department's node that lies or dies.
#[derive(Parser)]
#[command(name = "yinxin-node-byzantine", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the node until it is told to end (SIGTERM, SIGINT).
    Start {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Sets the store aside first.
        #[arg(long)]
        resync: bool,
    },
    /// Puts a backup in place of the store of a stopped node, which is set aside.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
    },
    /// Lists the fail points: name and what drives a node to it.
    FailPoints,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let done = match Arguments::parse().command {
        Command::Start { home, resync } => start(Home::at(home), resync),
        Command::Restore { from, home } => restore(&Home::at(home), &from),
        Command::FailPoints => {
            fail_points::ALL.iter().for_each(|(name, drive)| println!("{name} {drive}"));
            Ok(EXIT_DONE)
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(reason) => {
            eprintln!("yinxin-node-byzantine: {reason}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn restore(home: &Home, from: &Path) -> Result<u8, String> {
    let replace = Restore { replace: true, above: None };
    admin::restore(home, from, &replace).map(|_| EXIT_DONE).map_err(|error| error.to_string())
}

fn start(home: Home, resync: bool) -> Result<u8, String> {
    let text = std::env::var(VARIABLE).unwrap_or_default();
    Lies::parse(&text)?.tell()?;
    if resync {
        admin::set_store_aside(&home).map_err(|error| error.to_string())?;
    }
    let config = home.config().map_err(|error| error.to_string())?;
    let service = Service::open(home, config).map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(service.run()).map_err(|error| error.to_string())
}
