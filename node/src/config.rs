//! `node.toml`: what one node is told. What holds for all nodes stands in genesis and in the state, never here.
//!
//! ```toml
//! department = "notary"
//!
//! [consensus]                       # votes and proposals, among the nodes
//! listen = "/ip4/127.0.1.1/tcp/27000"
//! peers = ["/ip4/127.0.1.2/tcp/27000/p2p/12D3Koo..."]
//!
//! [gossip]                          # statements on their way into a block, among the same nodes
//! listen = "/ip4/127.0.1.1/tcp/27001"
//! peers = ["/ip4/127.0.1.2/tcp/27001/p2p/12D3Koo..."]
//!
//! [api]                             # for members; a certificate when it leaves loopback
//! listen = "127.0.1.1:27002"
//! tls_cert = "tls.pem"              # both or none
//! tls_key = "tls.key"
//! authorities = ["node.example:27002"]  # how clients name this node, which signed requests are bound to; else `listen`
//!
//! [public_api]                      # for everybody; left out: none. May have what [api] has
//! listen = "127.0.1.1:27003"
//!
//! [ops]                             # health and metrics, on loopback
//! listen = "127.0.1.1:27004"
//!
//! [storage]                         # may be left out
//! versions_kept = 10000             # states that stay provable behind the last one
//! disk_free_percent_min = 5         # the node ends when less is free
//!
//! [log]                             # may be left out
//! filter = "info"                   # RUST_LOG stands above it
//! format = "text"                   # or "json"
//! ```
//! Strict: an unknown or doubled word is an error that names its line.

use crate::peer::{Peer, Place};
use crate::storage::StoreOptions;
use ledger::types::DepartmentId;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Bytes of a configuration; an honest one of 21 members has 5 KiB.
pub const CONFIG_BYTES_MAX: u64 = 256 * 1024;

/// What a node is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The department that runs this node.
    #[serde(deserialize_with = "department")]
    pub department: DepartmentId,
    /// Where consensus listens, and whom it knows.
    pub consensus: PeerConfig,
    /// Where gossip of statements listens, and whom it knows.
    pub gossip: PeerConfig,
    /// The API for members.
    pub api: ListenConfig,
    /// The API for everybody; none if left out.
    pub public_api: Option<ListenConfig>,
    /// Health and metrics.
    pub ops: OpsConfig,
    /// The store.
    #[serde(default)]
    pub storage: StorageConfig,
    /// What is logged and how.
    #[serde(default)]
    pub log: LogConfig,
}

/// A listener among nodes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// `/ip4/ADDRESS/tcp/PORT`.
    #[serde(deserialize_with = "place")]
    pub listen: String,
    /// `/ip4/ADDRESS/tcp/PORT/p2p/PEERID` of every other member; nobody else is let in.
    #[serde(deserialize_with = "peers")]
    pub peers: Vec<String>,
}

/// A listener for clients.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// Certificate chain, PEM; a relative path starts at the home directory.
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// How clients name this listener, `HOST` or `HOST:PORT`; `listen` itself if left out. A signed request that names
    /// another one is refused.
    #[serde(default, deserialize_with = "authorities")]
    authorities: Vec<String>,
}

/// The listener for who runs the node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsConfig {
    /// Address and port.
    pub listen: SocketAddr,
}

/// How the store behaves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// States that stay provable behind the last one.
    pub versions_kept: u64,
    /// Share of free disk, in percent, below which the node ends.
    pub disk_free_percent_min: u8,
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Levels by module, as `info,yinxin_node::consensus=debug`.
    pub filter: String,
    /// Form of a line.
    pub format: LogFormat,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why a configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is no TOML of this form. The words name line and column.
    #[error("{0}")]
    Form(String),
    /// Words that do not go together.
    #[error("{0}")]
    Meaning(&'static str),
}

impl Default for StorageConfig {
    fn default() -> Self {
        let options = StoreOptions::default();
        Self { versions_kept: options.versions_kept, disk_free_percent_min: options.disk_free_percent_min }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

impl StorageConfig {
    /// The options of the store.
    #[must_use]
    pub fn options(&self) -> StoreOptions {
        StoreOptions { versions_kept: self.versions_kept, disk_free_percent_min: self.disk_free_percent_min }
    }
}

impl ListenConfig {
    /// How clients name this listener.
    #[must_use]
    pub fn authorities(&self) -> Vec<String> {
        if self.authorities.is_empty() { vec![self.listen.to_string()] } else { self.authorities.clone() }
    }

    /// True if clients can name it: nobody can name the address that stands for all.
    fn is_named(&self) -> bool {
        !self.authorities.is_empty() || !self.listen.ip().is_unspecified()
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] with line and column.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Form(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |fits: bool, what| if fits { Ok(()) } else { Err(ConfigError::Meaning(what)) };
        let whole = |api: &ListenConfig| api.tls_cert.is_some() == api.tls_key.is_some();
        refuse(whole(&self.api), "[api] has tls_cert and tls_key, or neither")?;
        refuse(self.public_api.as_ref().is_none_or(whole), "[public_api] has tls_cert and tls_key, or neither")?;
        let safe = |api: &ListenConfig| api.listen.ip().is_loopback() || api.tls_cert.is_some();
        refuse(safe(&self.api), "[api] needs tls_cert and tls_key when it listens beyond loopback")?;
        refuse(
            self.public_api.as_ref().is_none_or(safe),
            "[public_api] needs tls_cert and tls_key when it listens beyond loopback",
        )?;
        refuse(self.api.is_named(), "[api] needs authorities when it listens at every address")?;
        refuse(
            self.public_api.as_ref().is_none_or(ListenConfig::is_named),
            "[public_api] needs authorities when it listens at every address",
        )?;
        // It has neither TLS nor limits, and its figures are for who runs the node.
        refuse(self.ops.listen.ip().is_loopback(), "[ops] listens on loopback only")?;
        refuse(self.storage.disk_free_percent_min <= 50, "[storage] disk_free_percent_min is 0 to 50")?;
        refuse(self.consensus.listen != self.gossip.listen, "[consensus] and [gossip] listen at different ports")
    }
}

fn department<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DepartmentId, D::Error> {
    let text = String::deserialize(deserializer)?;
    DepartmentId::new(text).map_err(serde::de::Error::custom)
}

fn authorities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let graphic = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic() && !b"/@?#,".contains(&byte));
    match names.iter().find(|name| name.is_empty() || !graphic(name)) {
        None => Ok(names),
        Some(name) => Err(serde::de::Error::custom(format!("authority {name:?} is not HOST or HOST:PORT"))),
    }
}

fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Place>().map_err(serde::de::Error::custom)?;
    Ok(text)
}

fn peers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let peers = Vec::<String>::deserialize(deserializer)?;
    for peer in &peers {
        peer.parse::<Peer>().map_err(serde::de::Error::custom)?;
    }
    Ok(peers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LEAST: &str = "department = \"notary\"\n\
        [consensus]\nlisten = \"/ip4/127.0.1.1/tcp/27000\"\npeers = [\"\
        /ip4/127.0.1.2/tcp/27000/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X\"]\n\
        [gossip]\nlisten = \"/ip4/127.0.1.1/tcp/27001\"\npeers = []\n\
        [api]\nlisten = \"127.0.1.1:27002\"\n[ops]\nlisten = \"127.0.1.1:27004\"\n";

    #[test]
    fn the_least_configuration_is_enough() {
        let config = Config::parse(LEAST).unwrap();
        assert_eq!(config.department.as_str(), "notary");
        assert_eq!(config.storage.options(), StoreOptions::default());
        assert_eq!(config.consensus.peers[0].parse::<Peer>().unwrap().place.to_string(), "/ip4/127.0.1.2/tcp/27000");
        assert_eq!(config.log, LogConfig::default());
        assert_eq!(config.api.authorities(), ["127.0.1.1:27002"]);
        let tls = "0.0.0.0:27002\"\ntls_cert = \"a\"\ntls_key = \"b\"\nauthorities = [\"node.example\"]";
        let named = Config::parse(&LEAST.replace("127.0.1.1:27002\"", tls)).unwrap();
        assert_eq!(named.api.authorities(), ["node.example"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let cases = [
            (LEAST.replace("peers = []", "peers = []\npeer = []"), "unknown field `peer`"),
            (LEAST.replace("peers = []", "peers = []\npeers = []"), "duplicate key"),
            (LEAST.replace("peers = []", "peers = [\"/ip4/1.2.3.4/tcp/1\"]"), "PEERID"),
            (LEAST.replace("/tcp/27000\"\n", "/udp/27000\"\n"), "/ip4/ADDRESS/tcp/PORT"),
            (LEAST.replace("/tcp/27000\"\n", "/tcp/27000/ws\"\n"), "/ip4/ADDRESS/tcp/PORT"),
            (LEAST.replace("HyQ6X\"", "HyQ6X/p2p-circuit\""), "PEERID"),
            (LEAST.replace("notary", "Notary Office"), "short name"),
            (LEAST.replace("127.0.1.1:27002", "127.0.1.1"), "socket address"),
            (LEAST.replace("27002\"", "27002\"\nauthorities = [\"http://x/\"]"), "HOST:PORT"),
            (format!("{LEAST}[log]\nformat = \"xml\"\n"), "unknown variant `xml`"),
            (format!("{LEAST}[storage]\nversions_kept = -1\n"), "invalid value"),
        ];
        for (text, words) in cases {
            let Err(ConfigError::Form(message)) = Config::parse(&text) else { panic!("{text} was taken") };
            assert!(message.contains(words) && message.contains("line") && message.contains("column"), "{message}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for text in [
            LEAST.replace("127.0.1.1:27002\"", "127.0.1.1:27002\"\ntls_cert = \"a\""),
            LEAST.replace("127.0.1.1:27002", "0.0.0.0:27002"),
            format!("{LEAST}[storage]\ndisk_free_percent_min = 60\n"),
            LEAST.replace("27001", "27000"),
            LEAST.replace("127.0.1.1:27004", "192.0.2.1:27004"),
            LEAST.replace("127.0.1.1:27002\"", "0.0.0.0:27002\"\ntls_cert = \"a\"\ntls_key = \"b\""),
        ] {
            assert!(matches!(Config::parse(&text), Err(ConfigError::Meaning(_))), "{text}");
        }
    }
}
