//! The load: certificates of one office, from draft to issue, and reads of them.
//!
//! A slot of time takes the next step of a certificate that waits for one, else drafts a new one. Every answer is a
//! bundle; its head is verified once a height and its inclusion proof each time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::action::Action;
use ledger::action::identity::Register;
use ledger::action::notarial::{Approve, Draft, Issue, beijing_year};
use ledger::block::SignedHeader;
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::crypto::{Hash, SecretKey, Suite};
use ledger::light;
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::record::{ItemRef, PersonKind};
use ledger::state::StateKey;
use ledger::statement::{KeyUse, SignedStatement, possession_bytes};
use ledger::trust::TrustFile;
use ledger::types::{ChainId, RecordId};

use super::figures::{Phase, Proofs, Reads, Sync};
use super::town::{Town, builder, size_bytes};
use super::{rate, refused};
use crate::app::{now, random};
use crate::error::CliError;

/// Statements on their way at one time when the load has no other bound.
const IN_FLIGHT: usize = 256;
/// Connections that read.
const READERS: usize = 8;
/// Certificates that are read again and again.
const READ_MAX: usize = 4_096;
const TIMEOUT: Duration = Duration::from_secs(40);

/// How statements follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// So many a second, at even distances, whatever comes back.
    Even(u32),
    /// Always as many on their way as may be.
    FlatOut,
}

/// The next step of a certificate.
#[derive(Clone, Copy, Debug)]
enum Step {
    Draft(RecordId),
    Approve(RecordId),
    Issue(RecordId),
}

impl Step {
    /// All steps of a certificate go to one node: it knows what the next one builds on.
    fn node(self) -> usize {
        let (Self::Draft(id) | Self::Approve(id) | Self::Issue(id)) = self;
        usize::from(id.0[0])
    }
}

/// One office and whom it certifies.
pub(super) struct Load {
    chain: ChainId,
    trust: TrustFile,
    nodes: Vec<String>,
    notary: SecretKey,
    head: SecretKey,
    seal: SecretKey,
    person: RecordId,
    /// Certificates that wait for their next step.
    waiting: Mutex<VecDeque<Step>>,
    /// Certificates that were drafted, for the reads.
    drafted: Mutex<Vec<RecordId>>,
    /// The header that was verified last.
    verified: Mutex<Option<SignedHeader>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
    config.proxy(None).max_redirects(0).build().into()
}

impl Load {
    /// Registers the person whom all certificates are about.
    ///
    /// # Errors
    /// The statement is refused, or its answer does not verify.
    pub(super) fn new(town: &Town) -> Result<Self, CliError> {
        let load = Self {
            chain: town.chain(),
            trust: town.trust()?,
            nodes: town.nodes(),
            notary: town.key("notary", "chen")?,
            head: town.key("notary", "zhao")?,
            seal: town.key("notary", "seal")?,
            person: RecordId(random()),
            waiting: Mutex::default(),
            drafted: Mutex::default(),
            verified: Mutex::default(),
        };
        let officer = town.key("police", "sun")?;
        let statement = builder(&load.chain, "police").build(load.registration(), officer.public().id()).sign(&officer);
        load.send(&agent(), 0, &statement)?;
        Ok(load)
    }

    fn registration(&self) -> Action {
        let holder = SecretKey::from_seed(&random());
        let department = "police".parse().expect("a slug");
        let message = possession_bytes(&self.chain, &department, KeyUse::Holder(self.person), &holder.public().id());
        Action::RegisterIdentity(Register {
            identity: self.person,
            item: item("identity.natural"),
            person: PersonKind::Natural,
            level: 2,
            holder_suite: Suite::Ed25519Sha256,
            holder: holder.public(),
            possession: holder.sign(&message),
            attributes: Vec::new(),
            valid_until: now().plus(365 * 24 * 3_600_000),
        })
    }

    fn statement(&self, step: Step) -> SignedStatement {
        let builder = builder(&self.chain, "notary");
        let subjects = vec![self.person];
        match step {
            Step::Draft(certificate) => {
                let matter = Hash(random());
                let draft = Draft { certificate, item: item("notarial.birth"), matter, subjects };
                builder.build(Action::Draft(draft), self.notary.public().id()).sign(&self.notary)
            }
            Step::Approve(certificate) => {
                let approve =
                    Approve { certificate, year: beijing_year(now()), serial: None, subjects: Some(subjects) };
                builder.build(Action::Approve(approve), self.head.public().id()).sign(&self.head)
            }
            Step::Issue(certificate) => {
                let (document, lookup) = (Hash(random()), Hash(random()));
                let issue = Issue { certificate, document, lookup, subjects: Some(subjects) };
                let unsigned = builder.build(Action::Issue(issue), self.notary.public().id());
                unsigned.endorsed_by(&self.seal).sign(&self.notary)
            }
        }
    }

    fn next(&self) -> Step {
        held(&self.waiting).pop_front().unwrap_or_else(|| Step::Draft(RecordId(random())))
    }

    fn done(&self, step: Step) {
        match step {
            Step::Draft(id) => {
                let mut drafted = held(&self.drafted);
                if drafted.len() < READ_MAX {
                    drafted.push(id);
                }
                held(&self.waiting).push_back(Step::Approve(id));
            }
            Step::Approve(id) => held(&self.waiting).push_back(Step::Issue(id)),
            Step::Issue(_) => {}
        }
    }

    /// Sends a statement and verifies the answer.
    fn send(&self, agent: &ureq::Agent, node: usize, statement: &SignedStatement) -> Result<(), CliError> {
        let url = format!("{}/v1/transactions", self.nodes[node % self.nodes.len()]);
        let request = agent.post(&url).header("content-type", "application/cose").header("accept", BUNDLE_MEDIA_TYPE);
        let mut answer = request.header("prefer", "wait=30").send(statement.encoded().0.as_slice()).map_err(refused)?;
        let body = answer.body_mut().with_config().limit(BUNDLE_BYTES_MAX as u64).read_to_vec().map_err(refused)?;
        if answer.status() != 200 {
            return Err(refused(format!("{}: {}", answer.status(), String::from_utf8_lossy(&body))));
        }
        let bundle = Bundle::decode(&body).map_err(refused)?;
        self.verify(&bundle)?;
        let proven = bundle.logged.iter().any(|logged| logged.item.0 == statement.encoded().0);
        if proven { Ok(()) } else { Err(refused("the proof is about something else")) }
    }

    /// Verifies a bundle: the whole of it for a new head, what stands under the head where that is known.
    fn verify(&self, bundle: &Bundle) -> Result<(), CliError> {
        if held(&self.verified).as_ref() != Some(&bundle.head) {
            light::verify(bundle, &self.trust).map_err(refused)?;
            *held(&self.verified) = Some(bundle.head.clone());
            return Ok(());
        }
        let header = &bundle.head.header;
        for logged in &bundle.logged {
            logged.proof.verify(&logged.item, logged.index, header.log_size, header.log_root).map_err(refused)?;
        }
        for entry in &bundle.entries {
            let key = StateKey::parse(&entry.path).ok_or_else(|| refused("a path that is none"))?;
            let value = entry.value.as_ref().map(|value| value.0.as_slice());
            entry.proof.verify(header.state_root, &key, value).map_err(refused)?;
        }
        Ok(())
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
        let (agent, mut share) = (agent(), Share::default());
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
            match self.send(&agent, step.node(), &self.statement(step)) {
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
            let (agent, mut count) = (agent(), 0u64);
            for id in known.iter().cycle().skip(reader * 97) {
                if started.elapsed() >= length {
                    break;
                }
                self.read(&agent, id)?;
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
    fn read(&self, agent: &ureq::Agent, id: &RecordId) -> Result<Bundle, CliError> {
        let url = format!("{}/v1/certificates/{id}", self.nodes[0]);
        let mut answer = loop {
            let answer = agent.get(&url).header("accept", BUNDLE_MEDIA_TYPE).call().map_err(refused)?;
            if answer.status() != 429 {
                break answer;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let body = answer.body_mut().with_config().limit(BUNDLE_BYTES_MAX as u64).read_to_vec().map_err(refused)?;
        if answer.status() != 200 {
            return Err(refused(format!("{}: {}", answer.status(), String::from_utf8_lossy(&body))));
        }
        let bundle = Bundle::decode(&body).map_err(refused)?;
        self.verify(&bundle)?;
        Ok(bundle)
    }

    /// Size of state proofs and time of whole verifications, over certificates of this run.
    ///
    /// # Errors
    /// An answer does not verify.
    pub(super) fn proofs(&self, town: &Town) -> Result<Proofs, CliError> {
        let (agent, known) = (agent(), held(&self.drafted).clone());
        let mut proofs = Proofs { tree_keys: town.used()?.tree_keys, ..Proofs::default() };
        for id in known.iter().take(200) {
            let bundle = self.read(&agent, id)?;
            let bytes = bundle.encode();
            proofs.sizes.extend(bundle.entries.iter().map(|entry| size_bytes(&entry.proof)));
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
        std::thread::scope(|scope| {
            for _ in 0..IN_FLIGHT / 8 {
                let (load, slots) = (&*self, &slots);
                scope.spawn(move || load.work(Pace::FlatOut, started, length, slots));
            }
        });
        let to = town.height(0).unwrap_or_default();
        let live = rate(to.saturating_sub(from), started.elapsed());
        town.start(last)?;
        let (mut first, patience) = (None, Instant::now());
        loop {
            let height = town.height(last).unwrap_or_default();
            if height > 0 && first.is_none() {
                first = Some((height, Instant::now()));
            }
            if let Some((begun, at)) = first.filter(|_| height >= to) {
                let heights = to.saturating_sub(begun).max(1);
                return Ok(Sync { heights, live, caught_up: rate(heights, at.elapsed()) });
            }
            if patience.elapsed() > TIMEOUT {
                return Err(refused(format!("a node that returned is at {height}, not at {to}")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What one connection saw.
#[derive(Debug, Default)]
struct Share {
    latencies: Vec<Duration>,
    failed: Vec<String>,
}

fn item(code: &str) -> ItemRef {
    ItemRef { code: code.parse().expect("an item of the sample"), version: 1 }
}
