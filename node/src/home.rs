//! A node's home directory.
//!
//! ```text
//! node.toml        what this node is told                 genesis.cbor   the genesis document
//! consensus.key    votes, mode 0600                       p2p.key        its identity among nodes, mode 0600
//! data/            the store                              wal/           the engine's log
//! guard/           what the consensus key has signed: never copied, never restored
//! backups/         copies that a running node made        control.sock   where a running node takes such orders
//! ```

use crate::config::{CONFIG_BYTES_MAX, Config, ConfigError};
use ledger::crypto::SecretKey;
use ledger::genesis::Genesis;
use ledger::limits::GENESIS_BYTES_MAX;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Bytes of a key file: 64 digits and a line end.
const KEY_BYTES_MAX: u64 = 128;

/// Why something of a home directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A file is longer than any honest one.
    #[error("{} is longer than {bytes_max} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The bound.
        bytes_max: u64,
    },
    /// The configuration is refused.
    #[error("{}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ConfigError,
    },
    /// The genesis document is refused.
    #[error("{}: {source}", path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ledger::codec::CodecError,
    },
    /// A key file is not 64 hexadecimal digits.
    #[error("{} does not hold a key: 64 hexadecimal digits", path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may read or write a key file.
    #[error("{} can be used by others (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// A home directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The home directory at a path; nothing is looked at yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The engine's log.
    #[must_use]
    pub fn wal(&self) -> PathBuf {
        self.root.join("wal")
    }

    /// The signer guard.
    #[must_use]
    pub fn guard(&self) -> PathBuf {
        self.root.join("guard")
    }

    /// Copies that a running node made.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// Where a running node takes orders of who owns this directory.
    #[must_use]
    pub fn control(&self) -> PathBuf {
        self.root.join("control.sock")
    }

    /// The genesis document's file.
    #[must_use]
    pub fn genesis_file(&self) -> PathBuf {
        self.root.join("genesis.cbor")
    }

    /// The consensus key's file.
    #[must_use]
    pub fn consensus_key_file(&self) -> PathBuf {
        self.root.join("consensus.key")
    }

    /// The p2p key's file.
    #[must_use]
    pub fn p2p_key_file(&self) -> PathBuf {
        self.root.join("p2p.key")
    }

    /// Reads the configuration. Relative paths in it are made to start here.
    ///
    /// # Errors
    /// [`HomeError`] with the file, and line and column where it is not understood.
    pub fn config(&self) -> Result<Config, HomeError> {
        let path = self.root.join("node.toml");
        let bytes = read(&path, CONFIG_BYTES_MAX)?;
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::Meaning("it is not text in UTF-8"));
        let config = text.and_then(|text| Config::parse(&text));
        let mut config = config.map_err(|source| HomeError::Config { path, source })?;
        for api in core::iter::once(&mut config.api).chain(&mut config.public_api) {
            for file in [&mut api.tls_cert, &mut api.tls_key].into_iter().flatten() {
                *file = self.root.join(&file);
            }
        }
        Ok(config)
    }

    /// Reads and checks the genesis document.
    ///
    /// # Errors
    /// [`HomeError`] with the file and why.
    pub fn genesis(&self) -> Result<Genesis, HomeError> {
        let path = self.genesis_file();
        let bytes = read(&path, GENESIS_BYTES_MAX as u64)?;
        Genesis::decode(&bytes).map_err(|source| HomeError::Genesis { path, source })
    }

    /// Reads the consensus key.
    ///
    /// # Errors
    /// [`HomeError`]: unreadable, no key, or open to others.
    pub fn consensus_key(&self) -> Result<SecretKey, HomeError> {
        seed(&self.consensus_key_file()).map(|seed| SecretKey::from_seed(&seed))
    }

    /// Reads the seed of the p2p key.
    ///
    /// # Errors
    /// As [`Home::consensus_key`].
    pub fn p2p_seed(&self) -> Result<Zeroizing<[u8; 32]>, HomeError> {
        seed(&self.p2p_key_file())
    }
}

/// Reads a file up to a bound.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, HomeError> {
    let failed = |source| HomeError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // Room for all of it at once: a key is not left behind in buffers that were too small.
    let mut bytes = Vec::with_capacity(usize::try_from(bytes_max.min(4096) + 1).unwrap_or(0));
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(HomeError::TooLong { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

/// Reads a key file; what was read is overwritten afterwards.
fn seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, HomeError> {
    let text = Zeroizing::new(read(path, KEY_BYTES_MAX)?);
    let mode = std::fs::metadata(path)
        .map_err(|source| HomeError::Read { path: path.to_owned(), source })?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(HomeError::Open { path: path.to_owned(), mode: mode & 0o777 });
    }
    let mut seed = Zeroizing::new([0; 32]);
    let decoded = hex::decode_to_slice(text.trim_ascii_end(), seed.as_mut_slice());
    decoded.map_err(|_| HomeError::Key { path: path.to_owned() })?;
    Ok(seed)
}
