//! What honest nodes keep of a lie: provable, naming only the guilty, and a file that anybody verifies offline.

use super::{HONEST, all_live, cluster, heights_more, no_fork, wait};
use age::scrypt;
use age::secrecy::SecretString;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::codec::encode;
use ledger::crypto::{Hash, KeyId};
use ledger::evidence::{Evidence, SignedStep};
use ledger::http_signature::{LABEL, LIFETIME_SECONDS_MAX, SignatureParameters, SignedRequest};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use yinxin_tests::cluster::{Cluster, now};
use yinxin_tests::sample::key;

/// What a node has, by a signed request of the notary's officer; every page.
pub(super) fn of_node(cluster: &Cluster, node: usize) -> Result<Vec<Evidence>> {
    let (mut found, mut start) = (Vec::new(), Some("0".to_owned()));
    while let Some(place) = start {
        let page = ask(&format!("{}/v1/evidence?limit=50&start={place}", cluster.api(node)))?;
        for one in page["data"]["evidence"].as_array().with_context(|| page.to_string())? {
            let bytes = hex::decode(one["encoded"].as_str().context("no bytes")?)?;
            let evidence = Evidence::decode(&bytes)?;
            ensure!(one["key"] == evidence.key.to_string() && one["department"] == "police", "shown as {one}");
            found.push(evidence);
        }
        start = page["data"]["next"].as_str().map(str::to_owned);
    }
    Ok(found)
}

fn ask(address: &str) -> Result<Value> {
    static NONCE: AtomicU64 = AtomicU64::new(0);
    let (reader, time) = (key("notary-zhang"), now().0);
    let seed = [time.to_be_bytes(), NONCE.fetch_add(1, Ordering::Relaxed).to_be_bytes()].concat();
    let nonce = Hash::sha256(&seed).0[..16].try_into().unwrap();
    let request = SignedRequest { method: "GET", target_uri: address, content_digest: None };
    let created = time / 1000;
    let parameters =
        SignatureParameters { created, expires: created + LIFETIME_SECONDS_MAX, nonce, key: reader.public().id() };
    let (input, signature) = request.sign(&parameters, &reader);
    let signature = format!("{LABEL}=:{}:", STANDARD.encode(signature.0));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let sent = agent.get(address).header("signature-input", input).header("signature", signature);
    Ok(sent.call()?.body_mut().read_json()?)
}

/// Who is proven guilty by these, each verified against the trust file of genesis.
pub(super) fn accused(cluster: &Cluster, found: &[Evidence]) -> Result<BTreeSet<KeyId>> {
    let trust = cluster.trust();
    let verify = |one: &Evidence| Ok(one.verify(&trust.context(), &trust.validators)?.key);
    found.iter().map(verify).collect()
}

/// What an officer of the notary office has on the own computer: a home directory with the trust file and one key.
struct Desk(TempDir);

const PASSPHRASE: &str = "five words for a test";

impl Desk {
    fn of(cluster: &Cluster) -> Result<Self> {
        let desk = Self(TempDir::with_prefix("yinxin-desk-")?);
        let keys = desk.0.path().join("keys/notary");
        fs::create_dir_all(&keys)?;
        let secret = key("notary-zhang");
        let text = format!("yinxin-secret-key:ed25519-sha256:{}\n", hex::encode(secret.seed()));
        let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE.to_owned()));
        recipient.set_work_factor(1);
        fs::write(keys.join("zhang.key.age"), age::encrypt_and_armor(&recipient, text.as_bytes())?)?;
        let (id, public) = (secret.public().id(), hex::encode(secret.public().to_bytes()));
        let card = format!(
            "id = \"{id}\"\nsuite = \"ed25519-sha256\"\npublic = \"{public}\"\npurpose = \"officer\"\ndepartment = \"notary\"\n"
        );
        fs::write(keys.join("zhang.toml"), card)?;
        fs::write(desk.0.path().join("trust"), encode(&cluster.trust()))?;
        Ok(desk)
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs the product's command line; gives exit code and what it printed.
    fn yinxin(&self, arguments: &[&str]) -> Result<(Option<i32>, String)> {
        let mut command = Command::new(program("yinxin")?);
        command.args(["--home", &self.file(""), "--trust", &self.file("trust")]).env("YINXIN_PASSPHRASE", PASSPHRASE);
        let output = command.args(arguments).output()?;
        let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("yinxin {}: {said}{complaint}", arguments.join(" "));
        Ok((output.status.code(), said.into_owned()))
    }

    /// Runs a command that must succeed, for its JSON.
    fn done(&self, arguments: &[&str]) -> Result<Value> {
        let (code, said) = self.yinxin(&[arguments, &["--output", "json"]].concat())?;
        ensure!(code == Some(0), "{arguments:?} ends with {code:?}");
        Ok(serde_json::from_str(&said)?)
    }
}

/// A program beside this test's own.
pub(super) fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file());
    beside.with_context(|| format!("{name} is not built: scripts/test.sh builds it"))
}

#[test]
fn a_doubled_vote_becomes_a_file_that_names_the_guilty() -> Result<()> {
    let lies = "equivocate_votes = { mode = \"always\" }\nequivocate_proposals = { mode = \"always\" }\nseed = 1\n";
    let mut cluster = cluster(lies)?;
    cluster.start_all()?.wait_for(&HONEST, 1)?;
    let load = super::load::Load::on(&cluster, &HONEST);
    heights_more(&mut cluster, 12)?;
    let all = |cluster: &Cluster| -> Result<Vec<Evidence>> {
        Ok(HONEST.iter().map(|node| of_node(cluster, *node)).collect::<Result<Vec<_>>>()?.concat())
    };
    for step in [SignedStep::Prevote, SignedStep::Precommit, SignedStep::Proposal] {
        let seen = move |cluster: &Cluster| Ok(all(cluster)?.iter().any(|one| one.step == step));
        wait(&mut cluster, &format!("a doubled {} is kept", step.word()), seen)?;
    }
    load.end()?;
    all_live(&mut cluster)?;
    no_fork(&cluster)?;
    let found = all(&cluster)?;
    let liar = key("police-consensus").public().id();
    assert_eq!(accused(&cluster, &found)?, BTreeSet::from([liar]));

    // What is kept outlives the process.
    cluster.crash(0)?;
    cluster.start(0)?.wait_for(&[0], 1)?;
    let kept = of_node(&cluster, 0)?;
    ensure!(!kept.is_empty(), "node 0 forgot everything");
    let (desk, node) = (Desk::of(&cluster)?, cluster.api(0));
    let listed = desk.done(&["evidence", "list", "--node", &node, "--key", "notary/zhang"])?;
    let listed = listed["evidence"].as_array().context("no list")?;
    ensure!(listed.len() >= kept.len(), "{} listed, {} kept", listed.len(), kept.len());
    for (at, one) in listed.iter().take(3).enumerate() {
        let accused = |said: &Value| {
            assert_eq!((&said["department"], &said["key"]), (&"police".into(), &liar.to_string().into()));
            for field in ["proven", "height", "round", "step"] {
                assert_eq!(said[field], one[field], "{field}");
            }
        };
        accused(one);
        let (height, number) = (one["height"].to_string(), one["number"].to_string());
        let file = desk.file(&format!("{at}.yinxin-evidence"));
        let export = ["evidence", "export", &height, "--number", &number, "--out", &file];
        accused(&desk.done(&[&export[..], &["--node", &node, "--key", "notary/zhang"]].concat())?);
        ensure!(kept.contains(&Evidence::decode(&fs::read(&file)?)?), "what is exported is kept");
        accused(&desk.done(&["evidence", "verify", &file])?);
        let (code, said) = desk.yinxin(&["evidence", "verify", &file, "--lang", "zh-CN"])?;
        ensure!(code == Some(0) && said.contains("police") && said.contains("相互矛盾"), "{said}");
    }
    println!(
        "{} proofs at three nodes, all against the liar; the first is {} bytes",
        found.len(),
        encode(&kept[0]).len()
    );
    Ok(())
}
