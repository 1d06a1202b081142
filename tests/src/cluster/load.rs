//! Load: clients that live through whole lives of records at a steady rate, read what they wrote, and write it all down.

use super::{Cluster, Witness, now};
use crate::sample::{approve, draft, id, issue_about, register_identity};
use crate::scale::Dice;
use crate::story::open_case;
use anyhow::{Context, Result, ensure};
use ledger::action::{Action, correction, notarial};
use ledger::crypto::Hash;
use ledger::state::StateKey;
use ledger::types::TimeMs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Statements under way at one time: each client waits for the one before.
const CLIENTS: usize = 20;

/// A load under way. Dropped without [`Load::stop`] it ends by itself.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Result<()>>>,
}

/// What a load has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Statements acknowledged.
    pub acknowledged: u64,
    /// Answers read.
    pub answers: u64,
}

struct Shared {
    ended: AtomicBool,
    acknowledged: AtomicU64,
    answers: AtomicU64,
    /// When the next statement may go.
    next: Mutex<Instant>,
    pause: Duration,
}

impl Shared {
    /// Waits for this client's turn; false when the load ends.
    fn turn(&self) -> bool {
        let at = {
            let mut next = self.next.lock().expect("no client panics while it holds its turn");
            let at = (*next).max(Instant::now());
            *next = at + self.pause;
            at
        };
        while Instant::now() < at && !self.ended.load(Ordering::Relaxed) {
            std::thread::sleep((at - Instant::now()).min(Duration::from_millis(20)));
        }
        !self.ended.load(Ordering::Relaxed)
    }
}

impl Cluster {
    /// Begins a load of about `rate` statements a second over all nodes, in an order that follows from the seed.
    ///
    /// # Errors
    /// If what clients see cannot be written down.
    pub fn load(&self, rate: u32, seed: u64) -> Result<Load> {
        let shared = Arc::new(Shared {
            ended: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            next: Mutex::new(Instant::now()),
            pause: Duration::from_secs(1) / rate,
        });
        let (witness, nodes) = (self.witness("load")?, self.len());
        let client = |number: usize| {
            let name = format!("{seed:x}-{number}");
            let dice = Dice::new(seed ^ (number as u64) << 32);
            let mut client = Client { witness: witness.named(&name), name, nodes, dice, shared: shared.clone() };
            std::thread::spawn(move || client.live())
        };
        Ok(Load { clients: (0..CLIENTS).map(client).collect(), shared })
    }
}

impl Load {
    /// Statements acknowledged so far.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends the load: each client finishes the statement it is at.
    ///
    /// # Errors
    /// With what a client met that it should not have.
    pub fn stop(mut self) -> Result<Loaded> {
        self.shared.ended.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            client.join().ok().context("a client panicked")??;
        }
        Ok(Loaded { acknowledged: self.acknowledged(), answers: self.shared.answers.load(Ordering::Relaxed) })
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

struct Client {
    witness: Witness,
    name: String,
    nodes: usize,
    dice: Dice,
    shared: Arc<Shared>,
}

/// One step of a life: whose it is, who signs, what is said, what it writes.
type Step = (&'static str, Vec<&'static str>, Action, StateKey);

impl Client {
    fn live(&mut self) -> Result<()> {
        // A node that acknowledged a statement knows what the next one builds on.
        let mut node = self.dice.below(self.nodes);
        for life in 0u64.. {
            let name = format!("{}-{life}", self.name);
            for (department, keys, action, record) in self.steps(&name) {
                if !self.shared.turn() {
                    return Ok(());
                }
                let statement = self.witness.statement(department, &keys, action);
                let height;
                (node, height) = self.witness.submit(node, &statement)?;
                ensure!(height > 0, "committed at height 0");
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                let other = self.dice.below(self.nodes);
                for node in [node, other] {
                    let absent = StateKey::certificate(&id(&format!("{name}-never")));
                    let answered = self.witness.read(node, &[record.clone(), absent])?;
                    self.shared.answers.fetch_add(u64::from(answered), Ordering::Relaxed);
                }
            }
            node = self.dice.below(self.nodes);
        }
        Ok(())
    }

    /// A person, a certificate about them with what may follow, and a case.
    fn steps(&mut self, name: &str) -> Vec<Step> {
        let (context, person) = (self.witness.context().clone(), StateKey::identity(&id(name)));
        let certificate = StateKey::certificate(&id(name));
        let mut steps: Vec<Step> = vec![
            ("police", vec!["police-officer"], register_identity(&context, name), person.clone()),
            ("notary", vec!["notary-zhang"], draft(name, &[name]), certificate.clone()),
            ("notary", vec!["notary-head"], approve_now(name), certificate.clone()),
        ];
        match self.dice.below(3) {
            0 => {
                let void = notarial::Void { certificate: id(name), reason: crate::sample::word("not-collected") };
                steps.push(("notary", vec!["notary-zhang"], Action::Void(void), certificate));
            }
            more => {
                steps.push((
                    "notary",
                    vec!["notary-zhang", "notary-seal"],
                    issue_about(name, &[name]),
                    certificate.clone(),
                ));
                if more == 1 {
                    steps.push(("notary", vec!["notary-zhang", "notary-li"], annul(name), certificate));
                }
            }
        }
        // Cases are read by their parties alone, with signed requests; the clients here sign none.
        steps.push(("court", vec!["court-judge"], open_case(name), person.clone()));
        steps.push(("justice", vec!["justice-officer"], report(name), person));
        steps
    }
}

fn annul(name: &str) -> Action {
    let reason = crate::sample::word("wrong-fact");
    Action::Annul(notarial::Annul { certificate: id(name), reason, text: None })
}

/// An entry of a case about the minute before now.
fn report(name: &str) -> Action {
    let (content, occurred_at) = (Hash::sha256(name.as_bytes()), TimeMs(now().0 - 60_000));
    Action::EnterCase(correction::Enter { case: id(name), kind: crate::sample::word("report"), content, occurred_at })
}

/// Approval in the year that the nodes' clocks are in.
fn approve_now(name: &str) -> Action {
    let Action::Approve(mut body) = approve(name) else { unreachable!("approve makes an approval") };
    body.year = notarial::beijing_year(now());
    Action::Approve(body)
}
