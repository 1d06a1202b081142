//! Where everything of a consortium on one machine lies, and how it is written there.
//!
//! ```text
//! network.toml            what it was founded from, with the public keys that were made
//! genesis.cbor            the genesis document
//! trust.yinxin-trust      for verifiers
//! yinxin.toml             settings, so that `--home` can name this directory
//! keys/<department>/      key ring, under one passphrase
//! nodes/<department>/     home of a node
//!     node.toml genesis.cbor consensus.key p2p.key node.pid node.log
//! ```

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use ledger::codec;
use ledger::crypto::{PublicKey, SecretKey};
use ledger::trust::TrustFile;
use zeroize::Zeroizing;

use super::found::{Founded, NodeKeys};
use super::plan::NodePlan;
use crate::error::CliError;
use crate::files;
use crate::keys::{KeyRing, Passphrase};

/// The directory of a consortium.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of a directory.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What it was founded from.
    pub(crate) fn network(&self) -> PathBuf {
        self.root.join("network.toml")
    }

    /// The trust file.
    pub(crate) fn trust(&self) -> PathBuf {
        self.root.join("trust.yinxin-trust")
    }

    /// Home of a department's node.
    pub(crate) fn node(&self, department: &str) -> PathBuf {
        self.root.join("nodes").join(department)
    }

    /// File that holds the process id of a running node.
    pub(crate) fn pid(&self, department: &str) -> PathBuf {
        self.node(department).join("node.pid")
    }

    /// What a node says.
    pub(crate) fn log(&self, department: &str) -> PathBuf {
        self.node(department).join("node.log")
    }

    /// Makes the directory, or takes one that is empty.
    ///
    /// # Errors
    /// `NotEmpty`; `NotDirectory`; it cannot be made.
    pub(crate) fn claim(&self) -> Result<(), CliError> {
        files::create_dir(&self.root)?;
        let mut entries = fs::read_dir(&self.root).map_err(CliError::read(&self.root))?;
        match entries.next() {
            Some(_) => Err(CliError::NotEmpty { path: self.root.clone() }),
            None => Ok(()),
        }
    }

    /// Writes everything but the key ring.
    ///
    /// # Errors
    /// A file cannot be written; what was written so far stays, and the directory is no longer empty.
    pub(crate) fn write(&self, founded: &Founded, plan: &str) -> Result<(), CliError> {
        let genesis = codec::encode(&founded.genesis);
        let trust = TrustFile::of_genesis(&founded.genesis).map_err(|error| CliError::value("genesis", error))?;
        files::create(&self.network(), format!("{plan}{}", footer(founded)).as_bytes())?;
        files::create(&self.root.join("genesis.cbor"), &genesis)?;
        files::create(&self.trust(), &codec::encode(&trust))?;
        files::create(&self.root.join("yinxin.toml"), settings(&founded.nodes).as_bytes())?;
        founded.nodes.iter().try_for_each(|node| self.write_node(node, &founded.nodes, &genesis))
    }

    fn write_node(&self, node: &NodeKeys, all: &[NodeKeys], genesis: &[u8]) -> Result<(), CliError> {
        let home = self.node(&node.department);
        fs::create_dir_all(&home).map_err(CliError::write(&home))?;
        files::create(&home.join("node.toml"), node_toml(node, all).as_bytes())?;
        files::create(&home.join("genesis.cbor"), genesis)?;
        files::create_private(&home.join("consensus.key"), &seed_line(&node.consensus))?;
        files::create_private(&home.join("p2p.key"), &seed_line(&node.network))
    }

    /// Writes the key ring.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(crate) fn write_keys(
        &self,
        founded: &Founded,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<(), CliError> {
        let ring = KeyRing::at(self.root.join("keys"));
        // Each file costs a second of deliberate work: the cores share it.
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = founded.keys.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let write = |keys: &[super::found::RingKey]| {
                keys.iter().try_for_each(|key| {
                    let name = format!("{}/{}", key.card.department, key.name).parse()?;
                    ring.add(&name, &key.key, &key.card, passphrase, work_factor)
                })
            };
            let running: Vec<_> = founded.keys.chunks(share).map(|keys| scope.spawn(move || write(keys))).collect();
            running.into_iter().try_for_each(|thread| match thread.join() {
                Ok(result) => result,
                Err(_) => Err(CliError::fault("a thread that writes keys ended early")),
            })
        })
    }
}

/// The seed as a node reads it: 64 hex digits and a line end.
fn seed_line(key: &SecretKey) -> Zeroizing<Vec<u8>> {
    let seed = Zeroizing::new(key.seed());
    let mut line = Zeroizing::new(hex::encode(*seed).into_bytes());
    line.push(b'\n');
    line
}

/// `yinxin.toml` of the directory.
fn settings(nodes: &[NodeKeys]) -> String {
    let mut text =
        "# Nodes that yinxin asks, first to last, when this directory is its --home.\nnodes = [\n".to_owned();
    for node in nodes {
        let _ = writeln!(text, "    \"{}\", # {}", node.place.api_url(), node.department);
    }
    text.push_str("]\n");
    text
}

/// The public keys that were made, as comments below the plan.
fn footer(founded: &Founded) -> String {
    let context = founded.genesis.context();
    let mut text = format!(
        "\n# {}\n# Founded as {}\n# genesis hash {}\n# Validators, one a department: consensus key, then peer id of its node.\n",
        "-".repeat(117),
        context.chain,
        context.genesis
    );
    for node in &founded.nodes {
        let key = hex::encode(node.consensus.public().to_bytes());
        let _ = writeln!(text, "# {:<18} {key} {}", node.department, peer_id(&node.network.public()));
    }
    text
}

/// `node.toml` of one node.
fn node_toml(node: &NodeKeys, all: &[NodeKeys]) -> String {
    let place = &node.place;
    let peers = |port: fn(&NodePlan) -> u16| {
        let mut list = String::new();
        for peer in all.iter().filter(|peer| peer.department != node.department) {
            let id = peer_id(&peer.network.public());
            let _ = writeln!(
                list,
                "    \"/ip4/{}/tcp/{}/p2p/{id}\", # {}",
                peer.place.address,
                port(&peer.place),
                peer.department
            );
        }
        list
    };
    let address = place.address;
    format!(
        "# The node of {name}. Its keys lie beside this file: consensus.key votes, p2p.key identifies it to its peers.\n\
         department = \"{name}\"\n\n\
         # Votes and proposals, among the nodes. Only the peers listed here are let in, by their ids.\n\
         [consensus]\nlisten = \"/ip4/{address}/tcp/{consensus}\"\npeers = [\n{consensus_peers}]\n\n\
         # Statements on their way into a block, among the same nodes.\n\
         [gossip]\nlisten = \"/ip4/{address}/tcp/{gossip}\"\npeers = [\n{gossip_peers}]\n\n\
         # For members: submissions and proven reads. Give it a certificate when it leaves loopback.\n\
         # `authorities` is how clients name this node: a signed request for another one is refused.\n\
         [api]\nlisten = \"{address}:{api}\"\nauthorities = [\"{address}:{api}\"]\n\n\
         # For everybody: public records and look-ups by two facts.\n\
         [public_api]\nlisten = \"{address}:{public}\"\n\n\
         # For who runs the node: /healthz, /readyz, /metrics.\n\
         [ops]\nlisten = \"{address}:{ops}\"\n",
        name = node.department,
        consensus = place.consensus,
        gossip = place.gossip,
        api = place.api,
        public = place.public,
        ops = place.ops,
        consensus_peers = peers(|place| place.consensus),
        gossip_peers = peers(|place| place.gossip),
    )
}

/// The libp2p peer id of an Ed25519 key: base58 of the identity multihash of its protobuf form.
pub(crate) fn peer_id(key: &PublicKey) -> String {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(&key.to_bytes());
    bs58::encode(bytes).into_string()
}
