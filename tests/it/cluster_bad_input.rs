//! Hostile input at the door of a real node: each refused for its own reason, nothing half-applied, the node goes on.

use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::TimeMs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use yinxin_tests::cluster::{Cluster, Outcome, now};
use yinxin_tests::sample::{self, draft, id, register_identity};
use yinxin_tests::story::open_case;

fn address(cluster: &Cluster) -> String {
    cluster.api(0).trim_start_matches("http://").to_owned()
}

/// Sends raw bytes and gives the first line of the answer; empty if the node closed the connection.
fn raw(address: &str, request: &[u8]) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    // A node may answer and close before it has read a body that is too large.
    let _ = stream.write_all(request);
    let mut answer = vec![0; 256];
    let read = stream.read(&mut answer).unwrap_or(0);
    Ok(String::from_utf8_lossy(&answer[..read]).lines().next().unwrap_or_default().to_owned())
}

fn post(address: &str, body: &[u8]) -> anyhow::Result<String> {
    let head = format!(
        "POST /v1/transactions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/cose\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    raw(address, &[head.as_bytes(), body].concat())
}

#[test]
fn hostile_bodies_are_refused_and_the_node_goes_on() -> anyhow::Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(1)?;
    let node = address(&cluster);
    assert!(post(&node, &vec![0x41; 10 << 20])?.contains("413"), "10 MB");
    assert!(post(&node, &[0x81; 10_000])?.contains("400"), "depth 10,000");
    assert!(post(&node, b"")?.contains("400"), "nothing");
    assert!(
        post(&node, &[0xd2, 0x84, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])?.contains("400"),
        "a head of 2^64"
    );
    assert!(raw(&node, b"\x16\x03\x01 \r\n\r\n")?.contains("400"), "a TLS hello at a plain port");
    still_works(&cluster)
}

#[test]
fn statements_of_another_chain_are_refused() -> anyhow::Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(1)?;
    let mut other = sample::SampleChain::new(sample::genesis_named("other"));
    let foreign = register_identity(&other.context(), "wang");
    let refused = cluster.submit(0, &other.statement("police", &["police-officer"], foreign))?;
    assert_eq!(refused, Outcome::Rejected(u64::from(Rejection::OtherChain.code())));
    still_works(&cluster)
}

#[test]
fn officers_of_other_offices_are_refused() -> anyhow::Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(1)?;
    let expect = |department: &str, key: &str, action, rejection: Rejection| -> anyhow::Result<()> {
        let outcome = cluster.submit(1, &cluster.statement(department, &[key], action))?;
        assert_eq!(outcome, Outcome::Rejected(u64::from(rejection.code())), "{department} {key}");
        Ok(())
    };
    expect("police", "notary-zhang", draft("x", &[]), Rejection::KeyOfOtherDepartment)?;
    expect("notary", "notary-clerk", draft("x", &[]), Rejection::TitleMissing)?;
    expect("police", "police-officer", draft("x", &[]), Rejection::TitleMissing)?;
    expect("notary", "notary-zhang", open_case("x"), Rejection::PowerMissing)?;
    expect("notary", "nobody", draft("x", &[]), Rejection::KeyUnknown)?;
    still_works(&cluster)
}

#[test]
fn keys_whose_time_is_over_or_has_not_come_are_refused() -> anyhow::Result<()> {
    let mut genesis = sample::genesis_at(now());
    let mut validity = |name: &str, not_before: TimeMs, not_after: TimeMs| {
        let id = sample::key(name).public().id();
        let record = genesis.keys.iter_mut().find(|record| record.key.id() == id).expect("a key of the sample");
        (record.not_before, record.not_after) = (not_before, not_after);
    };
    validity("notary-zhang", TimeMs(0), TimeMs(now().0 - 1));
    validity("notary-head", now().plus(3_600_000), TimeMs(u64::MAX));
    let mut cluster = Cluster::of(genesis)?;
    cluster.start_all()?.wait_until(1)?;
    for (key, rejection) in [("notary-zhang", Rejection::KeyExpired), ("notary-head", Rejection::KeyNotYetValid)] {
        let outcome = cluster.submit(2, &cluster.statement("notary", &[key], draft("x", &[])))?;
        assert_eq!(outcome, Outcome::Rejected(u64::from(rejection.code())), "{key}");
    }
    still_works(&cluster)
}

#[test]
fn a_thousand_half_open_connections_do_not_stop_the_node() -> anyhow::Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(1)?;
    let node = address(&cluster);
    let half_open: Vec<TcpStream> = (0..1_000)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(&node).ok()?;
            stream.write_all(b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-le").ok()?;
            Some(stream)
        })
        .collect();
    assert!(half_open.len() >= 900, "only {} connections were opened", half_open.len());
    let before = cluster.height(1)?;
    let statement =
        cluster.statement("police", &["police-officer"], register_identity(&cluster.genesis().context(), "li"));
    let height = cluster.submit(1, &statement)?.height()?;
    assert!(height > before);
    // The crowded node itself answers again once the half-open ones have run out of time.
    cluster.wait_for(&[0], height)?;
    drop(half_open);
    still_works(&cluster)
}

/// The node still takes, decides and proves a statement.
fn still_works(cluster: &Cluster) -> anyhow::Result<()> {
    let statement =
        cluster.statement("police", &["police-officer"], register_identity(&cluster.genesis().context(), "sound"));
    let height = cluster.submit(0, &statement)?.height()?;
    cluster.wait_until(height)?;
    let key = StateKey::identity(&id("sound"));
    assert!(
        cluster.bundle(0, std::slice::from_ref(&key))?.record::<ledger::record::IdentityAttestation>(&key)?.is_some()
    );
    Ok(())
}
