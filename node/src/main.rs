//! `yinxin-node`: runs a department's node and cares for it. Only wires: everything else is in the library.

#[cfg(feature = "byzantine")]
compile_error!("yinxin-node is never built to lie or to die on purpose: that is yinxin-node-byzantine");

use clap::{Parser, Subcommand, ValueEnum};
use ledger::types::Height;
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;
use yinxin_node::admin::{
    self, AdminError, EXIT_DONE, EXIT_FAULT, EXIT_FINDINGS, EXIT_USAGE, Finding, Restore, Step, Verdict,
};
use yinxin_node::config::{LogConfig, LogFormat};
use yinxin_node::home::Home;
use yinxin_node::service::Service;
use yinxin_node::storage::OpenError;

const EXIT_CODES: &str = "\
Exit codes:
   0  done, or ended in order
   2  the command, the configuration or a key file cannot be used
   3  doctor found something that may keep the node from running well
   6  in the way: another process holds the store, or something exists already
   7  the running node did not answer
   9  the store, the backup or the file is damaged, or of another chain
  70  this machine failed; the log says how
  80  too little of the disk is free
  81  the signer guard refused a signature: look at the log before starting again
  82  our execution differs from a decided block: do not start again before the cause is known
  83  no progress although others went on: start again
  84  the consensus engine ended again and again: start again, later
 134  a bug: the program ended itself (SIGABRT); the log says where";

/// Runs a department's node and cares for it.
#[derive(Parser)]
#[command(name = "yinxin-node", version, after_help = EXIT_CODES)]
struct Arguments {
    /// Prints the outcome of backup, restore, fsck and doctor, or their error, as one JSON value.
    #[arg(long, global = true)]
    json: bool,
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
        /// Sets a damaged store aside and fetches every block from the other members.
        #[arg(long)]
        resync: bool,
        /// Form of log lines, above node.toml.
        #[arg(long, value_name = "FORM")]
        log_format: Option<LogFormat>,
    },
    /// Copies the store, of a running node too. Keys and the signer guard are left out on purpose.
    Backup {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Directory to make; it must not exist yet.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Puts a backup in place of the store of a stopped node. The signer guard only moves forward.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// Sets a store that is there aside.
        #[arg(long)]
        replace: bool,
        /// This key never signs at or below this height again. Needed when the guard, too, is from an old copy of the
        /// disk: give the height that the other members show now.
        #[arg(long, value_name = "HEIGHT")]
        above: Option<u64>,
    },
    /// Derives everything again from genesis and the blocks, and compares. The node must be stopped.
    Fsck {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
    },
    /// Writes genesis, every block, its certificate and who signed twice, for a program of your own. The node must be
    /// stopped.
    Export {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// File to make; it must not exist yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Brings the blocks of an export into the store, each verified and executed as if another member had sent it.
    /// The node must be stopped. Blocks that are here already are compared; what came before a refused one stays.
    Import {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
        /// The export; a single hyphen reads it from standard input.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// This key never signs at or below this height again. Needed where there is no signer guard, as for a restore.
        #[arg(long, value_name = "HEIGHT")]
        above: Option<u64>,
        /// Prints for each height its statements, tree keys and the microseconds of processor time that executing and
        /// writing it took, as a line of JSON.
        #[arg(long)]
        costs: bool,
    },
    /// Measures what lies under every height on this machine. Prints JSON.
    Measure {
        /// What is measured.
        what: Floor,
        /// Directory to make for the measurement; it is removed afterwards.
        #[arg(long, value_name = "DIR")]
        at: PathBuf,
    },
    /// Looks for what could keep the node from running well.
    Doctor {
        /// Home directory of the node.
        #[arg(long, value_name = "DIR")]
        home: PathBuf,
    },
}

/// What nothing built on top can beat.
#[derive(Clone, Copy, ValueEnum)]
enum Floor {
    /// Synced writes of a store.
    Disk,
    /// Heights of the engine with a no-op application, four nodes in this process.
    Engine,
}

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let done = match command {
        Command::Start { home, resync, log_format } => start(Home::at(home), resync, log_format),
        Command::Backup { home, to } => backup(&Home::at(home), to, json),
        Command::Restore { from, home, replace, above } => {
            restore(&Home::at(home), from, &Restore { replace, above: above.map(Height) }, json)
        }
        Command::Fsck { home } => fsck(&Home::at(home), json),
        Command::Export { home, to } => export(&Home::at(home), &to),
        Command::Import { home, from, above, costs } => import(&Home::at(home), &from, above.map(Height), costs),
        Command::Measure { what, at } => measure(what, &at),
        Command::Doctor { home } => Ok(doctor(&Home::at(home), json)),
    };
    let code = done.unwrap_or_else(|error| {
        if json {
            println!("{}", json!({"error": {"exit": error.code(), "sentence": error.to_string()}}));
            return error.code();
        }
        eprintln!("yinxin-node: {error}");
        if let AdminError::Open(OpenError::Fault(fault)) = &error
            && fault.is_damage()
        {
            eprintln!(
                "Restore a backup (yinxin-node restore --replace), or start with --resync to fetch every block again."
            );
        }
        error.code()
    });
    ExitCode::from(code)
}

fn start(home: Home, resync: bool, log_format: Option<LogFormat>) -> Result<u8, AdminError> {
    let config = home.config()?;
    if let Err(error) = log_to_stderr(&config.log, log_format) {
        eprintln!("yinxin-node: the log filter is not understood: {error}");
        return Ok(EXIT_USAGE);
    }
    abort_on_panic();
    if resync && let Some(old) = admin::set_store_aside(&home)? {
        tracing::warn!(old = %old.display(), "the store was set aside; all blocks are fetched from the other members");
    }
    let service = Service::open(home, config)?;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no threads to run on");
            return Ok(EXIT_FAULT);
        }
    };
    let code = runtime.block_on(service.run());
    runtime.shutdown_timeout(Duration::from_secs(5));
    if let Ok(code) = code {
        tracing::info!(code, "ended");
    }
    code
}

/// Log lines on stderr; RUST_LOG stands above the configuration.
fn log_to_stderr(config: &LogConfig, format: Option<LogFormat>) -> Result<(), tracing_subscriber::filter::ParseError> {
    let words = std::env::var("RUST_LOG").unwrap_or_else(|_| config.filter.clone());
    let filter = EnvFilter::try_new(words)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format.unwrap_or(config.format) {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// A panic is a bug; a node with one half of itself gone is worse than none.
fn abort_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let trace = std::backtrace::Backtrace::force_capture();
        tracing::error!(%panic, %trace, "a bug: the program ends itself");
        std::process::abort();
    }));
}

fn backup(home: &Home, to: PathBuf, json: bool) -> Result<u8, AdminError> {
    let manifest = admin::backup(home, &to)?;
    if json {
        let (chain, height) = (manifest.chain.to_string(), manifest.height);
        println!("{}", json!({"chain": chain, "height": height, "files": manifest.files.len()}));
        return Ok(EXIT_DONE);
    }
    println!(
        "Backup of {} at height {}, {} files, in {}.",
        manifest.chain,
        manifest.height,
        manifest.files.len(),
        to.display()
    );
    Ok(EXIT_DONE)
}

fn restore(home: &Home, from: PathBuf, how: &Restore, json: bool) -> Result<u8, AdminError> {
    let done = admin::restore(home, &from, how)?;
    if json {
        let (chain, height) = (done.manifest.chain.to_string(), done.manifest.height);
        let (guarded, old) = (done.guarded.map(|height| height.0), done.old_data.map(|old| old.display().to_string()));
        println!("{}", json!({"chain": chain, "height": height, "guarded": guarded, "old_data": old}));
        return Ok(EXIT_DONE);
    }
    println!("The store is that of {} at height {}.", done.manifest.chain, done.manifest.height);
    match done.guarded {
        Some(height) => println!("This key signs nothing at or below height {height}."),
        None => println!("There is no signer guard here: the node first follows its peers up to their height."),
    }
    if let Some(old) = done.old_data {
        println!("The old store lies in {}; remove it when the node runs well.", old.display());
    }
    Ok(EXIT_DONE)
}

fn fsck(home: &Home, json: bool) -> Result<u8, AdminError> {
    let (started, mut said) = (Instant::now(), Instant::now());
    let audit = admin::fsck(home, |height, last| {
        if said.elapsed() >= Duration::from_secs(2) {
            said = Instant::now();
            let rate = height * 1000 / u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
            eprintln!("height {height} of {last}, {rate} blocks/s");
        }
    })?;
    let (blocks, statements, rate) = (audit.blocks, audit.statements, audit.blocks_per_second());
    if json {
        println!("{}", json!({"blocks": blocks, "statements": statements, "blocks_per_second": rate}));
        return Ok(EXIT_DONE);
    }
    println!("Everything follows from {blocks} blocks with {statements} statements; {rate} blocks/s.");
    Ok(EXIT_DONE)
}

fn export(home: &Home, to: &Path) -> Result<u8, AdminError> {
    let blocks = admin::export(home, to)?;
    println!("{blocks} blocks, each with its certificate, are in {}.", to.display());
    Ok(EXIT_DONE)
}

fn import(home: &Home, from: &Path, above: Option<Height>, costs: bool) -> Result<u8, AdminError> {
    let (started, mut said) = (Instant::now(), Instant::now());
    let each = |step: &Step| {
        if costs {
            let (height, cpu) = (step.height, step.cpu.as_micros());
            let (statements, keys) = (step.statements, step.tree_keys);
            println!(
                "{{\"height\": {height}, \"statements\": {statements}, \"tree_keys\": {keys}, \"cpu_us\": {cpu}}}"
            );
        }
        if said.elapsed() >= Duration::from_secs(2) {
            said = Instant::now();
            eprintln!("height {} after {} s", step.height, started.elapsed().as_secs());
        }
    };
    let done = if from == Path::new("-") {
        admin::import(home, std::io::stdin().lock(), from, above, each)?
    } else {
        admin::import(home, admin::open_file(from)?, from, above, each)?
    };
    // Standard output belongs to the costs.
    eprintln!("Everything follows up to height {}; {} heights were here already.", done.height, done.known);
    match done.guarded {
        Some(height) => eprintln!("This key signs nothing at or below height {height}."),
        None => eprintln!("There is no signer guard here: the node first follows its peers up to their height."),
    }
    Ok(EXIT_DONE)
}

fn measure(what: Floor, at: &Path) -> Result<u8, AdminError> {
    match what {
        Floor::Disk => println!("{{\"synced_batches_per_second\": {:.1}}}", admin::measure_disk(at)?),
        Floor::Engine => {
            let run = admin::measure_engine(at)?;
            let rate = f64::from(u32::try_from(run.heights).unwrap_or(u32::MAX)) / run.elapsed.as_secs_f64();
            let median = run.decided.get(run.decided.len() / 2).map_or(0, Duration::as_micros);
            println!("{{\"heights_per_second\": {rate:.2}, \"decided_us_median\": {median}}}");
        }
    }
    Ok(EXIT_DONE)
}

fn doctor(home: &Home, json: bool) -> u8 {
    let findings = admin::doctor(home);
    let in_order = findings.iter().all(|finding| finding.verdict == Verdict::Good);
    let code = if in_order { EXIT_DONE } else { EXIT_FINDINGS };
    if json {
        let word = |verdict| match verdict {
            Verdict::Good => "good",
            Verdict::Weak => "weak",
            Verdict::Bad => "bad",
        };
        let value =
            |one: &Finding| json!({"verdict": word(one.verdict), "sentence": one.sentence, "advice": one.advice});
        println!("{}", json!({"findings": findings.iter().map(value).collect::<Vec<_>>()}));
        return code;
    }
    for finding in &findings {
        let mark = match finding.verdict {
            Verdict::Good => "good",
            Verdict::Weak => "weak",
            Verdict::Bad => "BAD ",
        };
        println!("{mark}  {}", finding.sentence);
        if let Some(advice) = &finding.advice {
            println!("      -> {advice}");
        }
    }
    code
}
