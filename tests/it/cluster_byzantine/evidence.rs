//! What honest nodes keep of a lie: provable, naming only the guilty, and a file that anybody verifies offline.

use super::{HONEST, all_live, cluster, heights_more, no_fork, wait};
use anyhow::{Context, Result, ensure};
use ledger::codec::encode;
use ledger::crypto::{Hash, KeyId};
use ledger::evidence::{Evidence, SignedStep};
use ledger::http_signature::{LABEL, LIFETIME_SECONDS_MAX, SignatureParameters, SignedRequest};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
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
    let signature = format!("{LABEL}=:{}:", base64(&signature.0));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let sent = agent.get(address).header("signature-input", input).header("signature", signature);
    Ok(sent.call()?.body_mut().read_json()?)
}

/// Base64 with padding (RFC 4648 section 4): the one field that needs it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digit =
            |at: usize| if at <= chunk.len() { DIGITS[(bits >> (18 - 6 * at)) as usize & 63] as char } else { '=' };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// Who is proven guilty by these, each verified against the trust file of genesis.
pub(super) fn accused(cluster: &Cluster, found: &[Evidence]) -> Result<BTreeSet<KeyId>> {
    let trust = cluster.trust();
    let verify = |one: &Evidence| Ok(one.verify(&trust.context(), &trust.validators)?.key);
    found.iter().map(verify).collect()
}

/// Runs the product's command line; gives exit code and what it printed.
fn yinxin(arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let output = Command::new(program("yinxin")?).args(arguments).output()?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
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
    let folder = tempfile::tempdir()?;
    let (file, trust) = (folder.path().join("liar.yinxin-evidence"), folder.path().join("trust"));
    std::fs::write(&trust, encode(&cluster.trust()))?;
    let trust = trust.display().to_string();
    let kept = of_node(&cluster, 0)?;
    ensure!(!kept.is_empty(), "node 0 forgot everything");
    for one in kept.iter().take(3) {
        std::fs::write(&file, encode(one))?;
        let file = file.display().to_string();
        let (code, said) = yinxin(&["evidence", "verify", &file, "--trust", &trust, "--output", "json"])?;
        let said: Value = serde_json::from_str(&said)?;
        assert_eq!(code, Some(0), "{said}");
        assert_eq!((&said["department"], &said["key"]), (&"police".into(), &liar.to_string().into()));
        assert_eq!((said["height"].as_u64(), said["step"].as_str()), (Some(one.height.0), Some(one.step.word())));
        let (code, said) = yinxin(&["evidence", "verify", &file, "--trust", &trust, "--lang", "zh-CN"])?;
        ensure!(code == Some(0) && said.contains("police") && said.contains("相互矛盾"), "{said}");
    }
    println!(
        "{} proofs at three nodes, all against the liar; the first is {} bytes",
        found.len(),
        encode(&kept[0]).len()
    );
    Ok(())
}
