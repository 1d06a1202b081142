//! The load: certificates of one office, from draft to issue, and reads of them.
//!
//! A slot of time takes the next step of a certificate that waits for one, else drafts a new one. Every answer is a
//! bundle; its head is verified once a height and its inclusion proof each time.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::codec;
use ledger::light::{self, Verified, VerifiedHead};
use ledger::statement::SignedStatement;
use ledger::trust::TrustFile;
use ledger::types::RecordId;

use super::figures::{Proofs, Reads};
use super::office::{Matter, Office, Step};
use super::phase::{Pace, Phase};
use super::sync::{Sync, Watched};
use super::town::Town;
use super::wire::{Answer, Wire};
use super::{rate, refused};
use crate::app::random;
use crate::error::CliError;

/// Statements on their way at one time when the load has no other bound.
const IN_FLIGHT: usize = 1_024;
/// Connections that read.
const READERS: usize = 8;
/// Certificates that are read again and again.
const READ_MAX: usize = 4_096;
/// Heads that are remembered as verified.
const HEADS_MAX: usize = 32;

/// One office and whom it certifies.
pub(super) struct Load {
    office: Office,
    trust: TrustFile,
    nodes: Vec<SocketAddr>,
    person: RecordId,
    /// Keys of the state, as far as this load brings new ones.
    keys: AtomicU64,
    /// Certificates that wait for their next step.
    waiting: Mutex<VecDeque<Step>>,
    /// Certificates that were drafted, for the reads.
    drafted: Mutex<Vec<RecordId>>,
    /// The heads that were verified last: nodes show one height under certificates of their own.
    verified: Mutex<VecDeque<Arc<VerifiedHead>>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of an answer that is none of a refusal.
fn good(Answer { status, body }: Answer) -> Result<Vec<u8>, CliError> {
    if status == 200 { Ok(body) } else { Err(refused(format!("{status}: {}", String::from_utf8_lossy(&body)))) }
}

/// All steps of a certificate go to one node: it knows what the next one builds on.
fn node_of(step: Step) -> usize {
    match step {
        Step::Register(id) => usize::from(id.0[0]),
        Step::Draft(matter) | Step::Approve(matter) | Step::Issue(matter) => usize::from(matter.certificate.0[0]),
    }
}

impl Load {
    /// Registers the person whom all certificates are about.
    ///
    /// # Errors
    /// The statement is refused, or its answer does not verify.
    pub(super) fn new(town: &Town) -> Result<Self, CliError> {
        let load = Self {
            office: Office::of(town.founded())?,
            trust: town.trust()?,
            nodes: town.nodes(),
            person: RecordId(random()),
            keys: AtomicU64::new(town.keys),
            waiting: Mutex::default(),
            drafted: Mutex::default(),
            verified: Mutex::default(),
        };
        let step = Step::Register(load.person);
        load.send(&mut Wire::default(), 0, &load.office.statement(step))?;
        load.done(step);
        town.level()?;
        Ok(load)
    }

    fn next(&self) -> Step {
        let fresh = || Step::Draft(Matter { certificate: RecordId(random()), person: self.person });
        held(&self.waiting).pop_front().unwrap_or_else(fresh)
    }

    fn done(&self, step: Step) {
        // An approval writes no key that was not there.
        let brings = u64::from(!matches!(step, Step::Approve(_)));
        self.keys.fetch_add(brings, Ordering::Relaxed);
        match step {
            Step::Draft(matter) => {
                let mut drafted = held(&self.drafted);
                if drafted.len() < READ_MAX {
                    drafted.push(matter.certificate);
                }
                held(&self.waiting).push_back(Step::Approve(matter));
            }
            Step::Approve(matter) => held(&self.waiting).push_back(Step::Issue(matter)),
            Step::Register(_) | Step::Issue(_) => {}
        }
    }

    /// Sends a statement and verifies the answer.
    fn send(&self, wire: &mut Wire, node: usize, statement: &SignedStatement) -> Result<(), CliError> {
        let head = format!(
            "POST /v1/transactions HTTP/1.1\r\naccept: {BUNDLE_MEDIA_TYPE}\r\ncontent-type: application/cose\r\nprefer: wait=30\r\n"
        );
        let node = self.nodes[node % self.nodes.len()];
        let body = good(wire.ask(node, &head, statement.encoded()).map_err(refused)?)?;
        let verified = self.verify(&Bundle::decode(&body).map_err(refused)?)?;
        let proven = verified.statements().iter().any(|(_, logged)| logged.encoded() == statement.encoded());
        if proven { Ok(()) } else { Err(refused("the proof is about something else")) }
    }

    /// Verifies a bundle; a head that was verified a moment ago is not verified again.
    fn verify(&self, bundle: &Bundle) -> Result<Verified, CliError> {
        let known = held(&self.verified).iter().find(|known| known.is_of(bundle)).cloned();
        let head = match known {
            Some(known) => known,
            None => {
                let head = Arc::new(VerifiedHead::of(bundle, &self.trust).map_err(refused)?);
                let mut verified = held(&self.verified);
                verified.push_front(head.clone());
                verified.truncate(HEADS_MAX);
                head
            }
        };
        head.contents(bundle).map_err(refused)
    }

    /// One phase of load.
    ///
    /// # Errors
    /// A node has ended.
    pub(super) fn phase(&mut self, town: &Town, pace: Pace, length: Duration, pace_ms: u64) -> Result<Phase, CliError> {
        let (before, started, slots) = (town.used()?, Instant::now(), AtomicU64::new(0));
        let results = std::thread::scope(|scope| {
            let worker = |_| {
                let (load, slots) = (&*self, &slots);
                scope.spawn(move || load.work(pace, started, length, slots))
            };
            let workers: Vec<_> = (0..IN_FLIGHT).map(worker).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        let (elapsed, after) = (started.elapsed(), town.used()?);
        let mut phase = Phase::new(pace, pace_ms, elapsed, before, after);
        for result in results {
            phase.latencies.extend(result.latencies);
            phase.failed.extend(result.failed);
        }
        phase.latencies.sort_unstable();
        Ok(phase)
    }

    /// One connection's share of a phase.
    fn work(&self, pace: Pace, started: Instant, length: Duration, slots: &AtomicU64) -> Share {
        let (mut wire, mut share) = (Wire::default(), Share::default());
        loop {
            let intended = match pace {
                Pace::FlatOut => started.elapsed(),
                Pace::Even(rate) => Duration::from_secs(slots.fetch_add(1, Ordering::Relaxed)) / rate.max(1),
            };
            if intended >= length {
                return share;
            }
            if let Some(early) = intended.checked_sub(started.elapsed()) {
                std::thread::sleep(early);
            }
            let step = self.next();
            match self.send(&mut wire, node_of(step), &self.office.statement(step)) {
                Ok(()) => {
                    share.latencies.push(started.elapsed().saturating_sub(intended));
                    self.done(step);
                }
                Err(error) => share.failed.push(error.to_string()),
            }
        }
    }

    /// Proven reads of certificates from one node, flat out.
    ///
    /// # Errors
    /// An answer does not verify.
    pub(super) fn reads(&self, town: &Town, length: Duration) -> Result<Reads, CliError> {
        let known = held(&self.drafted).clone();
        let (before, started) = (town.used()?, Instant::now());
        let read = |reader: usize| -> Result<u64, CliError> {
            let (mut wire, mut count) = (Wire::default(), 0u64);
            for id in known.iter().cycle().skip(reader * 97) {
                if started.elapsed() >= length {
                    break;
                }
                self.read(&mut wire, id)?;
                count += 1;
            }
            Ok(count)
        };
        let counts: Result<Vec<u64>, CliError> = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..READERS).map(|reader| scope.spawn(move || read(reader))).collect();
            readers
                .into_iter()
                .map(|reader| reader.join().unwrap_or_else(|_| Err(refused("a reader panicked"))))
                .collect()
        });
        let (count, elapsed, after) = (counts?.into_iter().sum(), started.elapsed(), town.used()?);
        Ok(Reads { count, elapsed, cpu: after.cpu.saturating_sub(before.cpu) })
    }

    /// A certificate's bundle, verified. A node answers so many requests a second of one address and no more: then it is
    /// asked again a moment later.
    fn read(&self, wire: &mut Wire, id: &RecordId) -> Result<Bundle, CliError> {
        let head = format!("GET /v1/certificates/{id} HTTP/1.1\r\naccept: {BUNDLE_MEDIA_TYPE}\r\n");
        let answer = loop {
            let answer = wire.ask(self.nodes[0], &head, &[]).map_err(refused)?;
            if answer.status != 429 {
                break answer;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let bundle = Bundle::decode(&good(answer)?).map_err(refused)?;
        self.verify(&bundle)?;
        Ok(bundle)
    }

    /// Size of state proofs and time of whole verifications, over certificates of this run.
    ///
    /// # Errors
    /// An answer does not verify.
    pub(super) fn proofs(&self) -> Result<Proofs, CliError> {
        let (mut wire, known) = (Wire::default(), held(&self.drafted).clone());
        let mut proofs = Proofs { keys: self.keys.load(Ordering::Relaxed), ..Proofs::default() };
        for id in known.iter().take(200) {
            let bundle = self.read(&mut wire, id)?;
            let bytes = bundle.encode();
            proofs.sizes.extend(bundle.entries.iter().map(|entry| codec::encode(&entry.proof).len()));
            let started = Instant::now();
            light::verify(&Bundle::decode(&bytes).map_err(refused)?, &self.trust).map_err(refused)?;
            proofs.times.push(started.elapsed());
        }
        proofs.sizes.sort_unstable();
        proofs.times.sort_unstable();
        if proofs.sizes.is_empty() { Err(refused("nothing was certified")) } else { Ok(proofs) }
    }

    /// How fast a node that was away catches up with heights that the others made meanwhile.
    ///
    /// # Errors
    /// A statement is refused, or the node does not come back.
    pub(super) fn sync(&mut self, town: &Town, length: Duration) -> Result<Sync, CliError> {
        let last = self.nodes.len() - 1;
        town.stop(last)?;
        self.nodes.truncate(last);
        let (from, started, slots) = (town.height(0).unwrap_or_default(), Instant::now(), AtomicU64::new(0));
        let failed: Vec<String> = std::thread::scope(|scope| {
            let worker = |_| {
                let (load, slots) = (&*self, &slots);
                scope.spawn(move || load.work(Pace::FlatOut, started, length, slots).failed)
            };
            let workers: Vec<_> = (0..IN_FLIGHT / 8).map(worker).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        if let Some(first) = failed.first() {
            return Err(refused(format!("while a node was away: {first}")));
        }
        let to = town.height(0).unwrap_or_default();
        let live = rate(to.saturating_sub(from), started.elapsed());
        town.start(last)?;
        Watched::new(to).until_there(live, || town.height(last))
    }
}

/// What one connection saw.
#[derive(Debug, Default)]
struct Share {
    latencies: Vec<Duration>,
    failed: Vec<String>,
}
