//! What nothing built on top can beat: measured before and after the load, on the same machine.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ledger::crypto::SecretKey;

use super::town::{Town, node_measure};
use super::wire::Wire;
use super::{rate, refused};
use crate::error::CliError;

/// Each floor is measured so often, and the best counts: what else runs for a moment is no part of it.
const TIMES: usize = 4;
/// Times of the engine, each some seconds.
const ENGINE_TIMES: usize = 3;
/// How long one time is.
const LENGTH: Duration = Duration::from_millis(700);

/// The floors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floors {
    /// Strict signature checks a second, on one core.
    pub(super) verify: f64,
    /// Synced RocksDB batches of 4 KiB a second.
    pub(super) synced_batch: f64,
    /// Answers of `/healthz` a second, over one connection.
    pub(super) http: f64,
    /// Heights a second of four nodes that decide nothing: the engine with a no-op application.
    pub(super) heights: f64,
    /// The time in which half of those heights were decided.
    pub(super) decided: Duration,
}

impl Floors {
    /// Measures all of them.
    ///
    /// # Errors
    /// The node does not answer, or its program does not run.
    pub(super) fn measure(town: &Town) -> Result<Self, CliError> {
        let synced_batch = best(|| {
            let answer = node_measure(town.layout(), "disk")?;
            answer["synced_batches_per_second"].as_f64().ok_or_else(|| refused("yinxin-node measure gives no rate"))
        })?;
        let http = best(|| http(town.operations()))?;
        let (heights, decided) = engine(town)?;
        Ok(Self { verify: best(|| Ok(verify()))?, synced_batch, http, heights, decided })
    }

    /// The largest share by which a floor has moved between two measurements.
    pub(super) fn moved(&self, after: &Self) -> f64 {
        let pairs = [
            (self.verify, after.verify),
            (self.synced_batch, after.synced_batch),
            (self.http, after.http),
            (self.heights, after.heights),
        ];
        pairs.into_iter().map(|(before, after)| (after / before - 1.0).abs()).fold(0.0, f64::max)
    }
}

/// The best of several measurements.
fn best(measure: impl Fn() -> Result<f64, CliError>) -> Result<f64, CliError> {
    (0..TIMES).try_fold(0.0, |best: f64, _| Ok(best.max(measure()?)))
}

/// The engine alone; the town's own nodes rest meanwhile.
fn engine(town: &Town) -> Result<(f64, Duration), CliError> {
    let mut best = (0.0, Duration::ZERO);
    for _ in 0..ENGINE_TIMES {
        let answer = node_measure(town.layout(), "engine")?;
        let rate = answer["heights_per_second"].as_f64();
        let median = answer["decided_us_median"].as_u64().map(Duration::from_micros);
        let found = rate.zip(median).ok_or_else(|| refused("yinxin-node measure gives no heights"))?;
        if found.0 > best.0 {
            best = found;
        }
    }
    Ok(best)
}

fn verify() -> f64 {
    let key = SecretKey::from_seed(&[7; 32]);
    let message = [0x5a; 500];
    let signature = key.sign(&message);
    let public = key.public();
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < LENGTH {
        public.verify(&message, &signature).expect("a signature made just now");
        count += 1;
    }
    rate(count, started.elapsed())
}

/// One connection, one request after the other, asked as the load asks.
fn http(address: SocketAddr) -> Result<f64, CliError> {
    let (mut wire, started, mut count) = (Wire::default(), Instant::now(), 0);
    while started.elapsed() < LENGTH {
        let answer = wire.ask(address, "GET /healthz HTTP/1.1\r\n", &[]).map_err(refused)?;
        if answer.status != 200 {
            return Err(refused("the node is not healthy"));
        }
        count += 1;
    }
    Ok(rate(count, started.elapsed()))
}
