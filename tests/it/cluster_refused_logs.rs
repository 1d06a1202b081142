//! An engine's log that is refused, when it is opened or when it is replayed: the node says so and why, keeps the file,
//! signs nothing at that height, and votes again once the others have decided it.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use yinxin_tests::cluster::{Cluster, PATIENCE, until};
use yinxin_tests::sample::register_identity;

/// The node whose log is damaged.
const NODE: usize = 3;
/// Heights at which the log is looked at for one that was decided in its first round.
const TRIES: u64 = 20;

fn log(cluster: &Cluster) -> PathBuf {
    cluster.home(NODE).join("wal/consensus.wal")
}

/// Bytes of one copy of the guard's record before its entries, those of an entry, and where the payload's length stands.
const GUARD_HEAD: usize = 16 + 32 + 32 + 8 + 8 + 1 + 4;
const GUARD_ENTRY: usize = 4 + 1 + 1 + 32 + 32 + 64;
const GUARD_LENGTH: usize = 8;

/// The round of what the guard signed last; none if its height has no entry.
fn round_signed_last(cluster: &Cluster) -> Result<Option<u32>> {
    let file = fs::read(cluster.home(NODE).join("guard/signer.guard"))?;
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes"));
    let end = 16 + number(GUARD_LENGTH) as usize;
    Ok((end > GUARD_HEAD).then(|| number(end - GUARD_ENTRY)))
}

/// What a node says on its operations port, and with which status.
fn said(cluster: &Cluster, path: &str) -> Result<(u16, Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("{}/{path}", cluster.operations(NODE))).call()?;
    Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
}

/// Alone with a log that it cannot use, the node is neither alive nor ready and says why; with the others it votes again,
/// and the file is kept as it was.
fn is_said_kept_and_healed(cluster: &mut Cluster, reason: &str, bytes: &[u8]) -> Result<()> {
    cluster.start(NODE)?;
    until("a node that follows and says why", || Ok(cluster.health(NODE)?.mode.starts_with("sync-only")))?;
    for path in ["healthz", "readyz"] {
        let (status, body) = said(cluster, path)?;
        assert_eq!(status, 503, "{path}");
        let told = body["detail"]["reason"].as_str().context("a reason")?;
        assert!(told.contains(reason), "{path}: {told}");
    }
    // A guard that is closed holds no signature; one that had signed again would.
    assert_eq!(round_signed_last(cluster)?, None, "a height whose log cannot be used is closed");
    cluster.start_all()?;
    cluster.wait_voting(NODE, PATIENCE)?;
    let (status, body) = said(cluster, "healthz")?;
    assert!(status == 200 && body["detail"]["log_refused"].is_null(), "{status}: {body}");
    let files = fs::read_dir(cluster.home(NODE).join("wal"))?.map(|entry| entry.map(|entry| entry.path()));
    let files = files.collect::<std::io::Result<Vec<_>>>()?;
    let kept: Vec<_> = files.iter().filter(|path| path.to_string_lossy().contains(".refused-")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read(kept[0])?, bytes, "kept as it was");
    cluster.check()?;
    Ok(())
}

#[test]
fn a_refused_log_is_said_kept_and_healed() -> Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.preload()?.start_all()?.wait_until(2)?;
    for node in (0..cluster.len()).filter(|node| *node != NODE) {
        cluster.stop(node)?;
    }
    // Alone it cannot decide: what it signs of the next height stands in its log and its guard.
    let log = log(&cluster);
    until("votes in the log", || {
        let health = cluster.health(NODE)?;
        Ok(health.guarded > health.height && fs::metadata(&log)?.len() > 100)
    })?;
    cluster.crash(NODE)?;
    let mut bytes = fs::read(&log)?;
    bytes[0] ^= 0xff;
    fs::write(&log, &bytes)?;
    is_said_kept_and_healed(&mut cluster, "log could not be opened", &bytes)
}

/// Bytes of the log before its first entry.
const LOG_HEAD: usize = 4 + 8;

/// An entry of the engine's log: not compressed, length, CRC-32, and "the time to propose in round 0 is over".
fn timeout_entry() -> Vec<u8> {
    let mut data = vec![2, 1];
    data.extend(0i64.to_be_bytes());
    let mut entry = vec![0];
    entry.extend((data.len() as u64).to_be_bytes());
    entry.extend(crc32fast::hash(&data).to_be_bytes());
    entry.extend(data);
    entry
}

/// The node dies when it hears of a decision, so its log holds its own votes for that block; gives the log's bytes.
fn dies_having_voted(cluster: &mut Cluster) -> Result<Vec<u8>> {
    let witness = cluster.witness("voted")?;
    for number in 0..TRIES {
        cluster.arm_point(NODE, "decided-before-execute:1:other")?;
        let mut blocks = 0;
        while cluster.is_alive(NODE)? {
            let action = register_identity(witness.context(), &format!("voted-{number}-{blocks}"));
            witness.submit(0, &witness.statement("police", &["police-officer"], action))?;
            blocks += 1;
        }
        cluster.wait_dead_at(NODE, "decided-before-execute")?;
        if round_signed_last(cluster)? == Some(0) {
            return Ok(fs::read(log(cluster))?);
        }
        cluster.start(NODE)?.wait_at_head(NODE, PATIENCE)?;
        cluster.wait_voting(NODE, PATIENCE)?;
    }
    anyhow::bail!("of {TRIES} heights none was decided in its first round")
}

/// Every entry can be read and every signature in it is the guard's, and yet it cannot have happened so: the time to
/// propose was over before the proposal came, and the vote is not nil. The engine finds out while it replays.
#[test]
fn a_log_that_cannot_be_replayed_is_said_kept_and_healed() -> Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.with_fail_points().preload()?.start_all()?.wait_until(2)?;
    let mut bytes = dies_having_voted(&mut cluster)?;
    for node in (0..cluster.len()).filter(|node| *node != NODE) {
        cluster.stop(node)?;
    }
    bytes.splice(LOG_HEAD..LOG_HEAD, timeout_entry());
    fs::write(log(&cluster), &bytes)?;
    is_said_kept_and_healed(
        &mut cluster,
        "could not replay its log: Write-ahead log replay re-derived a prevote",
        &bytes,
    )
}
