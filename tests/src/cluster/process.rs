//! One node's process, ended by its pid.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a node's program is called.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    /// Its file name, beside this test's own program.
    pub(super) program: String,
    /// What comes after `start --home DIR`.
    pub(super) arguments: Vec<String>,
    /// Variables on top of the test's own.
    pub(super) variables: BTreeMap<String, String>,
}

impl Default for Launch {
    fn default() -> Self {
        Self { program: "yinxin-node".to_owned(), arguments: Vec::new(), variables: BTreeMap::new() }
    }
}

/// A running `yinxin-node`.
pub(super) struct Process {
    child: Child,
}

/// A program under test, beside this test's own.
///
/// # Errors
/// If it has not been built.
pub fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file());
    beside.with_context(|| format!("{name} is not built: run scripts/build.sh first"))
}

impl Process {
    /// Starts the node of a home directory; what it says goes to `log` in there.
    pub(super) fn start(home: &Path, launch: &Launch) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(home.join("log"))?;
        let child = Command::new(program(&launch.program)?)
            .arg("start")
            .arg("--home")
            .arg(home)
            .args(&launch.arguments)
            .env("RUST_LOG", std::env::var("YINXIN_NODE_LOG").unwrap_or_else(|_| "info".to_owned()))
            .envs(&launch.variables)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { child })
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and waits until it is gone.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits; gives the exit code.
    pub(super) fn terminate(mut self, patience: Duration) -> Result<Option<i32>> {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(sent.success(), "the node had ended before it was asked to");
        let started = Instant::now();
        while started.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the node did not end within {patience:?}")
    }

    /// The exit code, if it has ended; none inside if a signal ended it.
    pub(super) fn ended(&mut self) -> Result<Option<Option<i32>>> {
        Ok(self.child.try_wait()?.map(|status| status.code()))
    }

    /// The exit code, if it has ended.
    pub(super) fn exit_code(&mut self) -> Result<Option<i32>> {
        Ok(self.child.try_wait()?.and_then(|status| status.code()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
