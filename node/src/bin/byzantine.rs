//! `yinxin-node-byzantine`: a node that lies on purpose, for the tests. Never part of what is delivered.
//!
//! Which lies it tells stands in the variable `YINXIN_LIES`, as TOML: see `yinxin_node::consensus::Lies`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use yinxin_node::admin::EXIT_USAGE;
use yinxin_node::consensus::Lies;
use yinxin_node::home::Home;
use yinxin_node::service::Service;

/// Holds the lies to tell.
const VARIABLE: &str = "YINXIN_LIES";

/// Runs a department's node that lies.
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
    },
}

fn main() -> ExitCode {
    let Command::Start { home } = Arguments::parse().command;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    match run(Home::at(home)) {
        Ok(code) => ExitCode::from(code),
        Err(reason) => {
            eprintln!("yinxin-node-byzantine: {reason}");
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn run(home: Home) -> Result<u8, String> {
    let text = std::env::var(VARIABLE).unwrap_or_default();
    Lies::parse(&text)?.tell()?;
    let config = home.config().map_err(|error| error.to_string())?;
    let service = Service::open(home, config).map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(service.run()).map_err(|error| error.to_string())
}
