//! `doctor`: looks for what could keep a node from running well, and mends nothing. A store that no process holds is
//! opened as a start would open it.
//!
//! Looks at configuration, genesis, keys and their permissions, the disk, the store, the signer guard, the clock, the
//! ports and the peers. Each finding is one plain sentence and, where something is wrong, what to do about it.
//! What it cannot tell: whether peers that take a connection are healthy, and whether the clock is right; it only sees
//! a clock that stands behind the chain.

use super::AdminError;
use super::files;
use crate::clock::now;
use crate::config::Config;
use crate::consensus::{Found, GUARD_FILE, SignerGuard, peer_id};
use crate::home::Home;
use crate::peer::{Peer, Place};
use crate::storage::{OpenError, Space, Store};
use ledger::crypto::{Hash, KeyId};
use ledger::genesis::Genesis;
use ledger::types::{Height, TimeMs};
use ledger::validator::is_quorum;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// How long a peer may take to accept a connection.
const PEER_WAIT: Duration = Duration::from_secs(2);
/// Directories for copies begin so.
const DOCTOR: &str = "doctor-";
/// A clock may stand this far behind the last block: blocks may be that far ahead.
const CLOCK_BEHIND_MAX_MS: u64 = ledger::limits::CLOCK_AHEAD_MS_MAX;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// In order.
    Good,
    /// The node runs, and not as well as it could.
    Weak,
    /// The node does not run, or does not vote.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious.
    pub verdict: Verdict,
    /// What was found, one plain sentence.
    pub sentence: String,
    /// What to do, if anything.
    pub advice: Option<String>,
}

/// Collects findings.
#[derive(Default)]
struct Chart {
    findings: Vec<Finding>,
}

impl Chart {
    fn good(&mut self, sentence: impl Into<String>) {
        self.findings.push(Finding { verdict: Verdict::Good, sentence: sentence.into(), advice: None });
    }

    fn note(&mut self, verdict: Verdict, sentence: impl Into<String>, advice: &str) {
        self.findings.push(Finding { verdict, sentence: sentence.into(), advice: Some(advice.to_owned()) });
    }
}

/// Looks at a node's home directory, from the outside in.
#[must_use]
pub fn doctor(home: &Home) -> Vec<Finding> {
    let mut chart = Chart::default();
    let config = look_at_config(&mut chart, home);
    let genesis = look_at_genesis(&mut chart, home);
    look_at_keys(&mut chart, home, config.as_ref(), genesis.as_ref());
    look_at_disk(&mut chart, home, config.as_ref());
    if let (Some(config), Some(genesis)) = (&config, &genesis) {
        let running = look_at_store(&mut chart, home, config, genesis);
        if !running {
            look_at_ports(&mut chart, config);
        }
    }
    if let Some(config) = &config {
        look_at_peers(&mut chart, config);
    }
    chart.findings
}

fn look_at_config(chart: &mut Chart, home: &Home) -> Option<Config> {
    match home.config() {
        Ok(config) => {
            chart.good(format!("The configuration of department {} is understood.", config.department));
            Some(config)
        }
        Err(error) => {
            chart.note(Verdict::Bad, error.to_string(), "Correct node.toml; the form is described in docs.");
            None
        }
    }
}

fn look_at_genesis(chart: &mut Chart, home: &Home) -> Option<Genesis> {
    match home.genesis() {
        Ok(genesis) => {
            let context = genesis.context();
            chart.good(format!("The chain is {}, genesis hash {}.", context.chain, context.genesis));
            Some(genesis)
        }
        Err(error) => {
            chart.note(
                Verdict::Bad,
                error.to_string(),
                "Copy genesis.cbor from another member and compare its hash by phone.",
            );
            None
        }
    }
}

fn look_at_keys(chart: &mut Chart, home: &Home, config: Option<&Config>, genesis: Option<&Genesis>) {
    let advice = "Put the key back from where it is kept safe, with mode 0600; do not make a new one.";
    match home
        .p2p_seed()
        .map_err(|error| error.to_string())
        .and_then(|seed| peer_id(&seed).map_err(|fault| fault.to_string()))
    {
        Ok(id) => chart.good(format!("The node's id among its peers is {id}.")),
        Err(sentence) => chart.note(Verdict::Bad, sentence, advice),
    }
    let key = match home.consensus_key() {
        Ok(key) => key.public(),
        Err(error) => return chart.note(Verdict::Bad, error.to_string(), advice),
    };
    if home.p2p_seed().is_ok_and(|seed| ledger::crypto::SecretKey::from_seed(&seed).public() == key) {
        let advice = "Each key has one purpose: make a new p2p.key and tell the other members its id.";
        chart.note(Verdict::Bad, "consensus.key and p2p.key are the same key.", advice);
    }
    let Some(genesis) = genesis else { return };
    let founder = genesis.validators.iter().find(|validator| validator.key == key);
    match (founder, config) {
        (Some(validator), Some(config)) if validator.department != config.department => {
            let sentence = format!(
                "The consensus key is that of {}, and the node is {}'s.",
                validator.department, config.department
            );
            chart.note(
                Verdict::Bad,
                sentence,
                "Two nodes must never run with one key: put this department's own key here.",
            );
        }
        (Some(_), _) => chart.good(format!("The consensus key {} is a founding validator.", key.id())),
        (None, _) => {
            let sentence = format!("The consensus key {} is not among the founding validators.", key.id());
            chart.note(Verdict::Weak, sentence, "The node votes only if governance has made it a validator since.");
        }
    }
}

fn look_at_disk(chart: &mut Chart, home: &Home, config: Option<&Config>) {
    let least = config.map_or_else(
        || crate::config::StorageConfig::default().disk_free_percent_min,
        |config| config.storage.disk_free_percent_min,
    );
    match Space::of(home.root()) {
        Err(fault) => {
            chart.note(Verdict::Bad, fault.to_string(), "Check that the home directory exists and is mounted.")
        }
        Ok(space) if space.free_percent() < least => {
            let sentence =
                format!("Only {} % of the disk is free; the node ends below {least} %.", space.free_percent());
            chart.note(Verdict::Bad, sentence, "Free some space, or move the home directory to a larger disk.");
        }
        Ok(space) if space.free_percent() < least.saturating_mul(2) => {
            let sentence = format!("{} % of the disk is free; the node ends below {least} %.", space.free_percent());
            chart.note(Verdict::Weak, sentence, "Free some space soon.");
        }
        Ok(space) => chart.good(format!("{} % of the disk is free.", space.free_percent())),
    }
}

/// Looks into the store, if no node holds it; true if one does.
fn look_at_store(chart: &mut Chart, home: &Home, config: &Config, genesis: &Genesis) -> bool {
    let opened = Store::open_existing(&home.data(), genesis, config.storage.options());
    let tip = opened
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|store| store.view().map(|view| view.tip_ref().header.clone()).map_err(|fault| fault.to_string()));
    match (&opened, tip) {
        (Err(OpenError::Locked { .. }), _) => {
            chart.good("A node is running here; its store, guard and ports were not looked at. Ask its /readyz.");
            return true;
        }
        (Err(OpenError::Missing { .. }), _) => chart.good("There is no store yet; the first start makes one."),
        (_, Ok(header)) => {
            chart.good(format!("The store is whole at its tip, height {}.", header.height));
            look_at_clock(chart, header.time);
            look_at_guard(chart, home, genesis, header.height);
        }
        (_, Err(sentence)) => {
            let advice = "Restore a backup (yinxin-node restore), or start with --resync to fetch all blocks from the other members.";
            chart.note(Verdict::Bad, sentence, advice);
        }
    }
    false
}

fn look_at_clock(chart: &mut Chart, head: TimeMs) {
    let now = now();
    if head > now.plus(CLOCK_BEHIND_MAX_MS) {
        let sentence = format!("This machine's clock is {} s behind the last block.", (head.0 - now.0) / 1000);
        return chart.note(Verdict::Bad, sentence, "Set the clock, and let a time service keep it.");
    }
    chart.good("This machine's clock is not behind the last block.");
}

fn look_at_guard(chart: &mut Chart, home: &Home, genesis: &Genesis, head: Height) {
    if !home.guard().join(GUARD_FILE).exists() {
        let sentence = "There is no signer guard: this key has not signed here, or the guard was lost.";
        return match head {
            Height(0) => chart.good("There is no signer guard yet; the first start makes one."),
            _ => chart.note(
                Verdict::Weak,
                sentence,
                "Nothing: the node asks its peers for their height and follows up to it before it votes.",
            ),
        };
    }
    let Ok(key) = home.consensus_key() else { return };
    match open_copy(home, key.public().id(), genesis.hash()) {
        Err(error) => chart.note(
            Verdict::Bad,
            error.to_string(),
            "Look whether the guard directory belongs to this key, chain and user.",
        ),
        Ok(guard) if guard.found() == Found::Lost => {
            let advice = "Nothing: the next start sets the damaged file aside, and the node follows before it votes.";
            chart.note(Verdict::Weak, "The signer guard is damaged.", advice);
        }
        Ok(guard) if guard.height() > head.next() || (guard.is_closed() && guard.height() > head) => {
            let sentence = format!("This key is guarded up to height {} and the store ends at {head}.", guard.height());
            chart.note(
                Verdict::Weak,
                sentence,
                "Nothing: the node follows without voting until the others are past that height.",
            );
        }
        Ok(guard) => chart.good(format!("The signer guard stands at height {}.", guard.height())),
    }
}

/// Opens a copy of the guard: opening the guard itself would mend it, and a damaged one must be found by the node. The
/// caller holds the store.
fn open_copy(home: &Home, key: KeyId, genesis: Hash) -> Result<SignerGuard, AdminError> {
    files::clear_leftovers(home.root(), DOCTOR)?;
    let copy = files::temporary(home.root(), DOCTOR)?;
    files::hash(&home.guard().join(GUARD_FILE), Some(&copy.path().join(GUARD_FILE)))?;
    Ok(SignerGuard::open(copy.path(), key, genesis)?)
}

fn look_at_ports(chart: &mut Chart, config: &Config) {
    let place = |text: &str| text.parse::<Place>().ok().map(Place::socket);
    let mut listeners: Vec<(&str, Option<SocketAddr>)> = vec![
        ("consensus", place(&config.consensus.listen)),
        ("gossip", place(&config.gossip.listen)),
        ("api", Some(config.api.listen)),
        ("ops", Some(config.ops.listen)),
    ];
    listeners.extend(config.public_api.as_ref().map(|api| ("public_api", Some(api.listen))));
    let mut free = true;
    for (name, address) in listeners {
        let Some(address) = address else { continue };
        if let Err(error) = TcpListener::bind(address) {
            free = false;
            let sentence = format!("[{name}] cannot listen at {address}: {error}.");
            chart.note(
                Verdict::Bad,
                sentence,
                "End the program that holds the port, or give this machine the address.",
            );
        }
    }
    if free {
        chart.good("All ports that the node listens at are free.");
    }
}

fn look_at_peers(chart: &mut Chart, config: &Config) {
    let parsed = |peers: &[String]| peers.iter().filter_map(|peer| peer.parse::<Peer>().ok()).collect::<Vec<_>>();
    for (name, peers) in [("consensus", &config.consensus.peers), ("gossip", &config.gossip.peers)] {
        let addresses: Vec<SocketAddr> = parsed(peers).iter().map(|peer| peer.place.socket()).collect();
        let reach =
            |address: SocketAddr| std::thread::spawn(move || TcpStream::connect_timeout(&address, PEER_WAIT).is_ok());
        let tries: Vec<_> = addresses.iter().map(|address| (address, reach(*address))).collect();
        let silent: Vec<String> = tries
            .into_iter()
            .filter_map(|(address, thread)| (!thread.join().unwrap_or(false)).then(|| address.to_string()))
            .collect();
        let (all, up) = (addresses.len(), addresses.len() - silent.len());
        let sentence = format!("{up} of {all} {name} peers take a connection.");
        // With this node itself, more than two thirds of the members.
        let enough = is_quorum(up as u64 + 1, all as u64 + 1);
        if silent.is_empty() {
            chart.good(sentence);
        } else {
            let verdict = if enough { Verdict::Weak } else { Verdict::Bad };
            let advice =
                format!("Ask who runs {}; the chain needs more than two thirds of its validators.", silent.join(", "));
            chart.note(verdict, sentence, &advice);
        }
    }
}
