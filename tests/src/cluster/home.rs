//! Home directories of the nodes: configuration, genesis, keys.

use crate::sample;
use anyhow::Result;
use ledger::codec;
use ledger::genesis::Genesis;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where a node listens.
pub(super) struct Address {
    /// Department, whose sample keys it runs with.
    pub(super) department: String,
    host: String,
    peer_id: String,
}

impl Address {
    /// Base URL of the API.
    pub(super) fn api(&self) -> String {
        format!("http://{}:7080", self.host)
    }

    /// Base URL of the operations listener.
    pub(super) fn operations(&self) -> String {
        format!("http://{}:7090", self.host)
    }

    /// Its IP address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    fn multiaddress(&self, port: u16) -> String {
        format!("/ip4/{}/tcp/{port}", self.host)
    }

    fn peer(&self, port: u16) -> String {
        format!("{}/p2p/{}", self.multiaddress(port), self.peer_id)
    }
}

/// One loopback address a node: the engine limits connections an address.
pub(super) fn addresses(departments: &[String]) -> Vec<Address> {
    // Clusters of tests that run at the same time must not meet: the process id picks the network.
    let network = 16 + std::process::id() % 200;
    let address = |(index, department): (usize, &String)| Address {
        department: department.clone(),
        host: format!("127.{network}.{}.1", index + 1),
        peer_id: peer_id(&sample::key(&format!("{department}-network")).public().to_bytes()),
    };
    departments.iter().enumerate().map(address).collect()
}

/// The libp2p peer id of an Ed25519 key: the identity multihash of its protobuf form, in base58.
fn peer_id(key: &[u8; 32]) -> String {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(key);
    bs58::encode(bytes).into_string()
}

/// Copies a directory with all its files, but no sockets; `to` must not exist yet.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Home directory of a node.
pub(super) fn path(folder: &Path, address: &Address) -> PathBuf {
    folder.join(&address.department)
}

const CONSENSUS_PORT: u16 = 7000;
const GOSSIP_PORT: u16 = 7001;

/// Writes a node's home directory.
pub(super) fn write(folder: &Path, own: &Address, all: &[Address], genesis: &Genesis) -> Result<()> {
    let home = path(folder, own);
    fs::create_dir_all(&home)?;
    fs::write(home.join("genesis.cbor"), codec::encode(genesis))?;
    for (file, purpose) in [("consensus.key", "consensus"), ("p2p.key", "network")] {
        let seed = sample::key(&format!("{}-{purpose}", own.department)).seed();
        fs::write(home.join(file), hex::encode(seed))?;
        fs::set_permissions(home.join(file), fs::Permissions::from_mode(0o600))?;
    }
    let peers = |port: u16| -> String {
        let others = all.iter().filter(|address| address.department != own.department);
        others.map(|address| format!("{:?}", address.peer(port))).collect::<Vec<_>>().join(", ")
    };
    let config = format!(
        "department = \"{department}\"\n\n\
         [consensus]\nlisten = \"{consensus}\"\npeers = [{consensus_peers}]\n\n\
         [gossip]\nlisten = \"{gossip}\"\npeers = [{gossip_peers}]\n\n\
         [api]\nlisten = \"{host}:7080\"\n\n\
         [ops]\nlisten = \"{host}:7090\"\n",
        department = own.department,
        consensus = own.multiaddress(CONSENSUS_PORT),
        consensus_peers = peers(CONSENSUS_PORT),
        gossip = own.multiaddress(GOSSIP_PORT),
        gossip_peers = peers(GOSSIP_PORT),
        host = own.host,
    );
    fs::write(home.join("node.toml"), config)?;
    Ok(())
}
