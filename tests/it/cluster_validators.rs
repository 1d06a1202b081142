//! Real nodes while departments stay away and come back, join, leave, and change their consensus keys, under load.

use anyhow::{Context, Result, ensure};
use ledger::action::Action;
use ledger::action::governance::{Propose, Ready};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::crypto::{KeyId, SecretKey};
use ledger::genesis::Genesis;
use ledger::light::{self, Verified};
use ledger::record::{ABSENCES_MAX, Change, Rotation, SetValidators, ValidatorSchedule, base_of};
use ledger::state::StateKey;
use ledger::statement::ready_bytes;
use ledger::trust::TrustFile;
use ledger::validator::ValidatorSet;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};
use yinxin_tests::cluster::{Cluster, PATIENCE, now, until};
use yinxin_tests::sample::{self, id, key, validator_set};
use yinxin_tests::scale::seed;
use yinxin_tests::story::{administrators, vote};

/// Statements a second.
const RATE: u32 = 10;
/// What a rate of heights is taken over.
const WINDOW: Duration = Duration::from_secs(4);

/// A verifier that lives through the story: every answer is verified, kept, and moves its trust file on.
struct Verifier {
    trust: TrustFile,
    kept: Vec<Bundle>,
}

impl Verifier {
    fn read(&mut self, cluster: &Cluster, node: usize, keys: &[StateKey]) -> Result<Verified> {
        let since = self.trust.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.height.0);
        let paths: Vec<String> = keys.iter().map(|key| format!("path={key}")).collect();
        let url = format!("{}/v1/records?{}&since={since}", cluster.api(node), paths.join("&"));
        let bytes = ureq::get(url).header("accept", BUNDLE_MEDIA_TYPE).call()?.body_mut().read_to_vec()?;
        let bundle = Bundle::decode(&bytes)?;
        let verified = light::verify(&bundle, &self.trust)?;
        self.trust = verified.ratchet(&self.trust);
        self.kept.push(bundle);
        Ok(verified)
    }

    fn schedule(&mut self, cluster: &Cluster, node: usize) -> Result<ValidatorSchedule> {
        let key = StateKey::validators();
        self.read(cluster, node, std::slice::from_ref(&key))?.record(&key)?.context("a schedule")
    }

    /// Who takes turns at the next height, by what is proven; and the absences.
    fn turns(&mut self, cluster: &Cluster, node: usize) -> Result<(Vec<KeyId>, Rotation)> {
        let keys = [StateKey::validators(), StateKey::rotation()];
        let verified = self.read(cluster, node, &keys)?;
        let set = verified.record::<ValidatorSchedule>(&keys[0])?.context("a schedule")?.current;
        let rotation: Rotation = verified.record(&keys[1])?.unwrap_or_else(Rotation::full);
        let turns = rotation.turns(&set, verified.header().height.next(), ABSENCES_MAX);
        Ok((turns.iter().map(|index| set.validators()[*index].key.id()).collect(), rotation))
    }

    /// Waits for a block that this key has proposed.
    fn wait_for_proposer(&mut self, cluster: &Cluster, node: usize, key: &KeyId) -> Result<u64> {
        let mut found = 0;
        until("a block by the key", || {
            let header = self.read(cluster, node, &[StateKey::parameters()])?.header().clone();
            found = header.height.0;
            Ok(header.proposer == *key)
        })?;
        Ok(found)
    }
}

/// Heights a second over a window, as a node counts them.
fn heights_a_second(cluster: &Cluster, node: usize) -> Result<f64> {
    let (before, started) = (cluster.health(node)?.height, Instant::now());
    std::thread::sleep(WINDOW);
    let heights = u32::try_from(cluster.health(node)?.height - before)?;
    Ok(f64::from(heights) / started.elapsed().as_secs_f64())
}

fn consensus_key(department: &str) -> KeyId {
    key(&format!("{department}-consensus")).public().id()
}

#[test]
fn a_department_that_is_away_costs_no_timeouts_and_proposes_again_when_it_is_back() -> Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(2)?;
    let mut verifier = Verifier { trust: cluster.trust(), kept: Vec::new() };
    let load = cluster.load(RATE, seed("away"))?;
    let (away, watched) = (0, 2);
    let absent = consensus_key(cluster.department(away));
    verifier.wait_for_proposer(&cluster, watched, &absent)?;
    let before = heights_a_second(&cluster, watched)?;
    cluster.crash(away)?;
    let (fell, height) = (Instant::now(), cluster.health(watched)?.height);
    until("its leave of the rotation", || Ok(!verifier.turns(&cluster, watched)?.0.contains(&absent)))?;
    let (left_after, left_heights) = (fell.elapsed(), cluster.health(watched)?.height - height);
    let during = heights_a_second(&cluster, watched)?;
    let (turns, settled) = verifier.turns(&cluster, watched)?;
    assert!(turns.len() == 3 && !turns.contains(&absent));
    let absence = settled.absences.iter().find(|absence| absence.key == absent).cloned();
    assert!(absence.is_some(), "{settled:?}");
    cluster.start(away)?;
    cluster.wait_at_head(away, PATIENCE)?;
    until("its return to the rotation", || Ok(verifier.turns(&cluster, watched)?.0.contains(&absent)))?;
    let proposed = verifier.wait_for_proposer(&cluster, watched, &absent)?;
    let after = heights_a_second(&cluster, watched)?;
    let loaded = load.stop()?;
    println!(
        "one of four away under {} statements: {before:.1} heights/s before, {during:.1} while it was out of the \
         rotation, which it left after {left_heights} heights ({left_after:.1?}), {after:.1} when it proposed again \
         (height {proposed})",
        loaded.acknowledged
    );
    println!("{}", cluster.check()?);
    Ok(())
}

/// Seven departments of which four validate at first.
fn founders() -> Genesis {
    let mut genesis = sample::at(sample::genesis_of_seven(), now());
    genesis.validators = validator_set(&["court", "justice", "notary", "police"]).validators().to_vec();
    genesis
}

const ARCHIVE: usize = 0;
const COURT: usize = 2;
const JUSTICE: usize = 3;
const NOTARY: usize = 4;
const POLICE: usize = 5;

/// Leaves these nodes out of the lists of peers of the others; gives the files as they were.
fn unlist(cluster: &Cluster, hidden: &[usize]) -> Result<BTreeMap<usize, String>> {
    let mut whole = BTreeMap::new();
    let host = |node: usize| cluster.api(node).trim_start_matches("http://").trim_end_matches(":7080").to_owned();
    let hosts: Vec<String> = hidden.iter().map(|node| format!("\"/ip4/{}/", host(*node))).collect();
    for node in (0..cluster.len()).filter(|node| !hidden.contains(node)) {
        let file = cluster.home(node).join("node.toml");
        let text = fs::read_to_string(&file)?;
        let lines =
            text.lines().map(|line| match line.strip_prefix("peers = [").and_then(|rest| rest.strip_suffix(']')) {
                Some(peers) => {
                    let listed = |peer: &&str| !hosts.iter().any(|host| peer.starts_with(host.as_str()));
                    format!("peers = [{}]", peers.split(", ").filter(listed).collect::<Vec<_>>().join(", "))
                }
                None => line.to_owned(),
            });
        fs::write(&file, lines.map(|line| line + "\n").collect::<String>())?;
        whole.insert(node, text);
    }
    Ok(whole)
}

/// Puts a list of peers back and tells the running node of it, by its pid.
fn list_again(cluster: &Cluster, node: usize, text: &str) -> Result<()> {
    fs::write(cluster.home(node).join("node.toml"), text)?;
    let pid = cluster.pid(node).context("the node runs")?;
    ensure!(Command::new("kill").arg("-HUP").arg(pid.to_string()).status()?.success(), "node {node} is not told");
    Ok(())
}

fn administer(cluster: &Cluster, department: &str, action: Action) -> Result<u64> {
    let [first, second] = administrators(department);
    cluster.submit(NOTARY, &cluster.statement(department, &[&first, &second], action))?.height()
}

/// Five of seven departments carry a change of validators.
fn pass(cluster: &Cluster, verifier: &mut Verifier, name: &str, set: &ValidatorSet) -> Result<()> {
    let change = Change::SetValidators(SetValidators { validators: set.validators().to_vec() });
    let replaced = change.replaces();
    let read = verifier.read(cluster, JUSTICE, std::slice::from_ref(&replaced))?;
    let base = read.entries().find(|(path, _)| *path == replaced.path()).and_then(|(_, value)| value).map(base_of);
    administer(cluster, "notary", Action::Propose(Propose { proposal: id(name), change, base }))?;
    for department in ["archive", "court", "justice", "police"] {
        administer(cluster, department, vote(name, true))?;
    }
    Ok(())
}

/// The ready statement of a joining key, from the head of a node.
fn ready(cluster: &Cluster, verifier: &mut Verifier, node: usize, name: &str, secret: &SecretKey) -> Result<()> {
    let header = verifier.read(cluster, node, &[StateKey::parameters()])?.header().clone();
    let (height, hash, key) = (header.height, header.hash(), secret.public().id());
    let message = ready_bytes(&cluster.genesis().context().chain, &id(name), &key, height, &hash);
    let body =
        Ready { proposal: id(name), key, height, header: hash, signature: secret.sign(&message), proposed: None };
    administer(cluster, cluster.department(node), Action::Ready(body))?;
    Ok(())
}

/// Waits out the delay on the nodes' clocks, a minute and a half at a time so that nothing under way expires.
fn wait_out(cluster: &Cluster, verifier: &mut Verifier, set: &ValidatorSet) -> Result<u64> {
    let mut pending = None;
    until("a schedule of the change", || {
        pending = verifier.schedule(cluster, JUSTICE)?.pending;
        Ok(pending.is_some())
    })?;
    let pending = pending.context("the change is scheduled")?;
    ensure!(pending.validators == *set && pending.not_before.0 > now().0 + 500_000, "{pending:?}");
    while now() < pending.not_before {
        cluster.advance_clocks(Duration::from_secs(90))?;
        std::thread::sleep(Duration::from_millis(500));
    }
    until("the set in force", || Ok(verifier.schedule(cluster, JUSTICE)?.current == *set))?;
    Ok(cluster.health(JUSTICE)?.height)
}

/// The validators of some departments, the notary office with a key of another name.
fn with_new_notary_key(departments: &[&str]) -> ValidatorSet {
    let mut validators = validator_set(departments).validators().to_vec();
    for validator in validators.iter_mut().filter(|validator| validator.department.as_str() == "notary") {
        validator.key = key("notary-consensus-two").public();
    }
    ValidatorSet::new(validators).expect("distinct keys")
}

/// A new key is a new guard and a new log of the engine: the old ones stay with the old key.
fn change_key_of(cluster: &Cluster, node: usize, secret: &SecretKey) -> Result<()> {
    let home = cluster.home(node);
    for directory in ["guard", "wal"] {
        fs::rename(home.join(directory), home.join(format!("{directory}-of-the-old-key")))?;
    }
    fs::write(home.join("consensus.key"), hex::encode(secret.seed()))?;
    Ok(())
}

#[test]
fn departments_join_change_their_key_and_leave_under_load() -> Result<()> {
    let mut cluster = Cluster::of(founders())?;
    cluster.preload_clock()?;
    let whole = unlist(&cluster, &[ARCHIVE, 1, 6])?;
    for node in [COURT, JUSTICE, NOTARY, POLICE] {
        cluster.start(node)?;
    }
    cluster.wait_for(&[COURT, JUSTICE, NOTARY, POLICE], 2)?;
    let mut verifier = Verifier { trust: cluster.trust(), kept: Vec::new() };
    let load = cluster.load(RATE, seed("join"))?;

    // A department joins: its node is let in while the others run, follows, says so, and votes after the delay.
    cluster.start(ARCHIVE)?;
    for (node, text) in &whole {
        if cluster.pid(*node).is_some() {
            list_again(&cluster, *node, text)?;
        }
    }
    cluster.wait_at_head(ARCHIVE, PATIENCE)?;
    let five = validator_set(&["archive", "court", "justice", "notary", "police"]);
    pass(&cluster, &mut verifier, "archive joins", &five)?;
    ensure!(verifier.schedule(&cluster, JUSTICE)?.pending.is_none(), "voted, and yet its node has not shown itself");
    ready(&cluster, &mut verifier, ARCHIVE, "archive joins", &key("archive-consensus"))?;
    let joined = wait_out(&cluster, &mut verifier, &five)?;
    let proposed = verifier.wait_for_proposer(&cluster, JUSTICE, &consensus_key("archive"))?;
    println!("archive: in force at height {joined}, its first block seen at height {proposed}");

    // A department changes its consensus key: the old one counts for nothing from the next height on.
    let (old, new) = (consensus_key("notary"), key("notary-consensus-two"));
    let changed = with_new_notary_key(&["archive", "court", "justice", "notary", "police"]);
    pass(&cluster, &mut verifier, "notary changes its key", &changed)?;
    ready(&cluster, &mut verifier, NOTARY, "notary changes its key", &new)?;
    let turned = wait_out(&cluster, &mut verifier, &changed)?;
    until("heights by the others alone", || Ok(cluster.health(JUSTICE)?.height > turned + 5))?;
    let alone = verifier.turns(&cluster, JUSTICE)?.0;
    ensure!(!alone.contains(&old), "the removed key takes turns");
    cluster.stop(NOTARY)?;
    change_key_of(&cluster, NOTARY, &new)?;
    cluster.start(NOTARY)?;
    let proposed = verifier.wait_for_proposer(&cluster, JUSTICE, &new.public().id())?;
    println!("notary: new key in force at height {turned}, its first block seen at height {proposed}");

    // A department leaves: four are left, and go on without it.
    let four = with_new_notary_key(&["archive", "justice", "notary", "police"]);
    pass(&cluster, &mut verifier, "court leaves", &four)?;
    let left = wait_out(&cluster, &mut verifier, &four)?;
    cluster.stop(COURT)?;
    until("heights of the four", || Ok(cluster.health(JUSTICE)?.height > left + 10))?;
    let loaded = load.stop()?;

    // What was proven before the changes verifies after them, under the file that has moved on over all three.
    let history = verifier.trust.history.clone().context("a history")?;
    ensure!(history.before.len() == 3 && verifier.trust.validators == four, "{history:?}");
    for bundle in &verifier.kept {
        let height = bundle.head.header.height.0;
        ensure!(light::verify(bundle, &verifier.trust)?.header().height.0 == height, "height {height}");
    }
    println!(
        "court: out at height {left}; {} statements over three changes; {} old bundles verify",
        loaded.acknowledged,
        verifier.kept.len()
    );
    println!("{}", cluster.check()?);
    Ok(())
}
