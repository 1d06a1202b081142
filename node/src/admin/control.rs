//! Orders to a running node, through a socket in its home directory that only the owner can open.
//!
//! ```text
//! -> backup NAME \n        <- ok PATH \n   or   error SENTENCE \n
//! ```
//! One order a connection, one order at a time. A socket of the file system, not of the network: who may open it is
//! who may read the keys beside it.

use super::backup::PARTIAL;
use super::{AdminError, EXIT_FAULT, backup, files, io_error};
use crate::home::Home;
use crate::storage::Store;
use ledger::genesis::Genesis;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

/// Bytes of an order or an answer.
const LINE_BYTES_MAX: u64 = 4096;
/// How long an order may take to arrive.
const ORDER_WAIT: Duration = Duration::from_secs(5);
/// How long a backup may take.
const BACKUP_WAIT: Duration = Duration::from_secs(3600);

/// Takes orders for a running node.
pub struct Control {
    home: Home,
    store: Arc<Store>,
    genesis: Genesis,
    listener: UnixListener,
}

impl Control {
    /// Listens in the home directory. What a dead process left behind, its socket and backups that it had begun, is
    /// removed: the caller holds the store's lock.
    ///
    /// # Errors
    /// [`AdminError::Io`], among others when the path is longer than a socket's may be (107 bytes).
    pub fn listen(home: Home, store: Arc<Store>, genesis: Genesis) -> Result<Self, AdminError> {
        files::clear_leftovers(&home.backups(), PARTIAL)?;
        let path = home.control();
        if path.exists() {
            std::fs::remove_file(&path).map_err(io_error("removing", &path))?;
        }
        let listener = UnixListener::bind(&path).map_err(io_error("listening at", &path))?;
        let owner_only = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, owner_only).map_err(io_error("protecting", &path))?;
        Ok(Self { home, store, genesis, listener })
    }

    /// Answers orders, one after the other, until it is dropped.
    pub async fn run(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    if let Err(error) = self.answer(stream).await {
                        tracing::warn!(%error, "an order was not answered");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket fails");
                    tokio::time::sleep(ORDER_WAIT).await;
                }
            }
        }
    }

    async fn answer(&self, stream: tokio::net::UnixStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut order = String::new();
        let mut reader = tokio::io::BufReader::new(reader.take(LINE_BYTES_MAX));
        tokio::time::timeout(ORDER_WAIT, reader.read_line(&mut order)).await??;
        let answer = match order.trim_end().split_once(' ') {
            Some(("backup", name)) => self.backup(name.to_owned()).await,
            _ => Err("it does not know this order".to_owned()),
        };
        let line = match answer {
            Ok(path) => format!("ok {}\n", path.display()),
            Err(sentence) => format!("error {}\n", sentence.replace('\n', " ")),
        };
        writer.write_all(line.as_bytes()).await
    }

    async fn backup(&self, name: String) -> Result<PathBuf, String> {
        if !is_name(&name) {
            return Err("a backup's name is 1 to 64 of a-z, 0-9 and hyphen".to_owned());
        }
        let (store, genesis, target) = (self.store.clone(), self.genesis.clone(), self.home.backups().join(name));
        let path = target.clone();
        let made = tokio::task::spawn_blocking(move || backup::write(&store, &genesis, &target)).await;
        match made {
            Ok(Ok(manifest)) => {
                tracing::info!(path = %path.display(), height = manifest.height, "backup made");
                Ok(path)
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(panic.to_string()),
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // A socket that stays behind is removed by the next start.
        let _ = std::fs::remove_file(self.home.control());
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 64 && name.chars().all(allowed)
}

/// A name that no backup of this home has.
pub(super) fn fresh_name(home: &Home) -> Result<String, AdminError> {
    let names = (1u32..).map(|number| format!("asked-{}-{number}", std::process::id()));
    names.into_iter().find(|name| !home.backups().join(name).exists()).ok_or(AdminError::Usage("no name is free"))
}

/// Asks the running node for a backup and waits for it; gives its path.
pub(super) fn ask_backup(home: &Home, name: &str) -> Result<PathBuf, AdminError> {
    let silent = |source| AdminError::Silent { socket: home.control(), source };
    let mut stream = UnixStream::connect(home.control()).map_err(silent)?;
    stream.set_read_timeout(Some(BACKUP_WAIT)).map_err(silent)?;
    stream.write_all(format!("backup {name}\n").as_bytes()).map_err(silent)?;
    let mut answer = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut answer).map_err(silent)?;
    match answer.trim_end().split_once(' ') {
        Some(("ok", path)) => Ok(PathBuf::from(path)),
        Some(("error", sentence)) => Err(AdminError::Node(sentence.to_owned())),
        _ => Err(AdminError::Node(format!(
            "it ended before the backup was done (its exit code is {EXIT_FAULT} after a fault)"
        ))),
    }
}
