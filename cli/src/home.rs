//! The home directory of a person who uses `yinxin`.
//!
//! ```text
//! yinxin.toml           nodes to ask, certificate authority of the link
//! trust.yinxin-trust    what answers are checked against
//! keys/                 key ring
//! secrets/              salts and look-up codes of the records made here
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::files;
use crate::keys::KeyRing;
use crate::reason;

/// A home directory; it need not exist.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
}

/// `yinxin.toml`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Addresses of nodes, first to last.
    #[serde(default)]
    pub(crate) nodes: Vec<String>,
    /// PEM file of the certificate authority that the nodes' TLS certificates come from, in place of the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
}

const SETTINGS_BYTES_MAX: u64 = 64 * 1024;

impl Home {
    /// The directory that was named, else `.yinxin` in the person's own.
    pub(crate) fn new(named: Option<PathBuf>) -> Self {
        let root = named.unwrap_or_else(|| {
            std::env::var_os("HOME").map_or_else(|| PathBuf::from(".yinxin"), |own| Path::new(&own).join(".yinxin"))
        });
        Self { root }
    }

    /// The directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The key ring.
    pub(crate) fn ring(&self) -> KeyRing {
        KeyRing::at(self.root.join("keys"))
    }

    /// The trust file, unless another is named.
    pub(crate) fn trust_path(&self) -> PathBuf {
        self.root.join("trust.yinxin-trust")
    }

    /// Where the salts and look-up codes of records made here are kept.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// `yinxin.toml`, or nothing set if there is none.
    ///
    /// # Errors
    /// The file cannot be read, or has a key or a value it should not have.
    pub(crate) fn settings(&self) -> Result<Settings, CliError> {
        let path = self.root.join("yinxin.toml");
        if !path.exists() {
            return Ok(Settings::default());
        }
        let text = files::read_text(&path, SETTINGS_BYTES_MAX)?;
        reason::from_toml(&text).map_err(|reason| CliError::format(&path, reason))
    }
}
