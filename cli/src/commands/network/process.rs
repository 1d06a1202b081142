//! Nodes as background processes: a pid file each, ended by pid and by nothing else.

use std::fs::{self, OpenOptions};
use std::num::NonZero;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::layout::Layout;
use crate::error::CliError;
use crate::files;

/// Name of the node's program.
const PROGRAM: &str = "yinxin-node";
/// From which variable tokio takes the number of its threads.
const THREADS: &str = "TOKIO_WORKER_THREADS";
/// How often a process is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long a process may take to vanish after it was ended by force.
const KILL_WAIT: Duration = Duration::from_secs(5);

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was not running.
    NotRunning,
    /// It ended by itself when asked.
    Itself,
    /// It was ended by force.
    Killed,
}

/// The node's program, which lies beside this one.
///
/// # Errors
/// `ProgramMissing`.
pub(crate) fn program() -> Result<PathBuf, CliError> {
    let own = std::env::current_exe().map_err(|error| CliError::fault(format!("own path: {error}")))?;
    let path = own.with_file_name(PROGRAM);
    if path.is_file() { Ok(path) } else { Err(CliError::ProgramMissing { path }) }
}

/// The process id of a department's node, if that process is alive and is this node.
///
/// A pid file can outlive its process and the number can be given to another one, so the command line is looked at.
pub(crate) fn running(layout: &Layout, department: &str) -> Option<u32> {
    let text = files::read_text(&layout.pid(department), 32).ok()?;
    let pid: u32 = text.trim().parse().ok()?;
    is_node(pid, &layout.node(department)).then_some(pid)
}

fn is_node(pid: u32, home: &Path) -> bool {
    let Ok(command) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let Ok(home) = home.canonicalize() else { return false };
    let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
    let named = words.first().is_some_and(|word| word.ends_with(PROGRAM.as_bytes()));
    named && words.contains(&home.as_os_str().as_encoded_bytes())
}

/// Starts a department's node in the background, one of `nodes` on this machine; its words go to its log. It outlives this
/// process.
///
/// # Errors
/// The program is missing or cannot be started; the log or the pid file cannot be written.
pub(crate) fn start(layout: &Layout, department: &str, nodes: usize) -> Result<Child, CliError> {
    let home = layout.node(department);
    let home = home.canonicalize().map_err(CliError::read(&home))?;
    let log_path = layout.log(department);
    let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(CliError::write(&log_path))?;
    let errors = log.try_clone().map_err(CliError::write(&log_path))?;
    let program = program()?;
    let child = Command::new(&program)
        .arg("start")
        .arg("--home")
        .arg(&home)
        .env(THREADS, threads(nodes).to_string())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // A group of its own: Ctrl-C in this terminal does not reach it.
        .process_group(0)
        .spawn()
        .map_err(CliError::read(&program))?;
    let pid_path = layout.pid(department);
    fs::write(&pid_path, format!("{}\n", child.id())).map_err(CliError::write(&pid_path))?;
    Ok(child)
}

/// Threads for the tasks of each node. With as many as there are cores in every one of them, they would spend much of their
/// time on waking each other.
fn threads(nodes: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    (cores / nodes.max(1)).max(1)
}

/// Asks a department's node to end, and ends it by force after `grace`.
///
/// # Errors
/// The signal cannot be sent.
pub(crate) fn end(layout: &Layout, department: &str, grace: Duration) -> Result<Ended, CliError> {
    let Some(pid) = running(layout, department) else {
        let _ = fs::remove_file(layout.pid(department));
        return Ok(Ended::NotRunning);
    };
    let home = layout.node(department);
    send(pid, Signal::TERM)?;
    let mut how = Ended::Itself;
    if !gone_within(pid, &home, grace) {
        send(pid, Signal::KILL)?;
        gone_within(pid, &home, KILL_WAIT);
        how = Ended::Killed;
    }
    let _ = fs::remove_file(layout.pid(department));
    Ok(how)
}

fn send(pid: u32, signal: Signal) -> Result<(), CliError> {
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let target = target.ok_or_else(|| CliError::fault(format!("{pid} is no process id")))?;
    match kill_process(target, signal) {
        // It ended between the look and the signal.
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(CliError::fault(format!("signal to process {pid}: {error}"))),
    }
}

fn gone_within(pid: u32, home: &Path, bound: Duration) -> bool {
    let start = Instant::now();
    while is_node(pid, home) {
        if start.elapsed() >= bound {
            return false;
        }
        sleep(TICK);
    }
    true
}
