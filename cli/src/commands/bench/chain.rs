//! The town's chain as it would have come about, written by who holds the keys of all its nodes: real statements, real
//! blocks, real commit certificates. Only the votes that led to them are left out.
//!
//! ```text
//! block h     register batch h    draft batch h-1    approve batch h-2    issue batch h-3
//! ```
//! As in life, the steps of a certificate stand in blocks of their own, so it is written five times in all.

use std::collections::VecDeque;

use ledger::commit::{ChainContext, CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, PublicKey, SecretKey};
use ledger::executor::{BuildParams, build_block};
use ledger::export::Decided;
use ledger::memory::MemoryTip;
use ledger::rules::SignatureCache;
use ledger::state::StateView;
use ledger::statement::SignedStatement;
use ledger::types::{RecordId, Round};
use ledger::validator::ValidatorSet;

use super::office::{Matter, Office, Step};
use super::refused;
use crate::app::{now, random};
use crate::commands::network::found::Founded;
use crate::error::CliError;

/// Keys of the state that a certificate brings: the attestation of its person, itself, its look-up.
pub(super) const RECORDS_OF_A_CERTIFICATE: u64 = 3;
/// Certificates of a batch: all four steps of so many fit a block under the sample's parameters.
const BATCH: u64 = 200;
/// Steps of a certificate.
const STEPS: u64 = 4;

/// How many certificates, and at which height what of them is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Certificates.
    pub(super) certificates: u64,
}

impl Extent {
    /// At least so many records.
    pub(super) fn of_records(records: u64) -> Self {
        Self { certificates: records.div_ceil(RECORDS_OF_A_CERTIFICATE) }
    }

    /// Blocks in all.
    pub(super) fn heights(self) -> u64 {
        self.certificates.div_ceil(BATCH) + STEPS - 1
    }

    /// Certificates of which a step, from 0, is in the blocks up to a height.
    fn done(self, step: u64, height: u64) -> u64 {
        (height.saturating_sub(step) * BATCH).min(self.certificates)
    }

    /// Records after a height.
    pub(super) fn records(self, height: u64) -> u64 {
        self.done(0, height) + self.done(1, height) + self.done(3, height)
    }

    /// True if the block of a height holds a whole batch of every step: those can be compared with each other.
    pub(super) fn is_even(self, height: u64) -> bool {
        let whole = |step| height > step && self.done(step, height) - self.done(step, height - 1) == BATCH;
        (0..STEPS).all(whole)
    }

    /// The statements of each block in order, made when they are asked for.
    pub(super) fn statements(self, office: &Office) -> impl Iterator<Item = Vec<SignedStatement>> {
        let mut under_way: VecDeque<Vec<Matter>> = VecDeque::new();
        (1..=self.heights()).map(move |height| {
            let fresh = self.done(0, height) - self.done(0, height - 1);
            let matter = |_| Matter { certificate: RecordId(random()), person: RecordId(random()) };
            under_way.push_front((0..fresh).map(matter).collect());
            let steps: [fn(Matter) -> Step; 4] =
                [|matter| Step::Register(matter.person), Step::Draft, Step::Approve, Step::Issue];
            under_way.truncate(steps.len());
            let batches = under_way.iter().zip(steps);
            batches.flat_map(|(batch, step)| batch.iter().map(move |matter| office.statement(step(*matter)))).collect()
        })
    }
}

/// Statements that were signed here a moment ago. The node that takes the blocks believes nobody.
struct OwnHand;

impl SignatureCache for OwnHand {
    fn is_verified(&self, _: &Hash, _: &[PublicKey]) -> bool {
        true
    }
}

/// The chain, as far as it is written.
pub(super) struct Written {
    context: ChainContext,
    set: ValidatorSet,
    voters: Vec<SecretKey>,
    tip: MemoryTip,
    last_commit: Option<CommitCertificate>,
}

impl Written {
    /// The chain of a consortium at height 0.
    ///
    /// # Errors
    /// The genesis document does not hold together.
    pub(super) fn of(founded: &Founded) -> Result<Self, CliError> {
        let genesis = &founded.genesis;
        let (set, tip) = (genesis.validator_set().map_err(refused)?, MemoryTip::new(genesis).map_err(refused)?);
        let voters = founded.nodes.iter().map(|node| node.consensus.clone()).collect();
        Ok(Self { context: genesis.context(), set, voters, tip, last_commit: None })
    }

    /// Keys of the state.
    pub(super) fn keys(&self) -> u64 {
        self.tip.keys() as u64
    }

    /// Decides the next block, made of all these statements.
    ///
    /// # Errors
    /// The ledger refuses one of them.
    pub(super) fn decide(&mut self, statements: Vec<SignedStatement>) -> Result<Decided, CliError> {
        let (height, count) = (self.tip.tip().map_err(refused)?.header.height.next(), statements.len());
        let turn = usize::try_from(height.0).unwrap_or_default() % self.set.len();
        let proposer = self.set.validators()[turn].key.id();
        let params = BuildParams { time: now(), proposer, last_commit: self.last_commit.take() };
        let built = build_block(&self.tip, &OwnHand, params, statements, || false).map_err(refused)?;
        if built.block.statements.len() != count {
            let left_out = built.refused.first().map_or("there is no room".to_owned(), |(_, why)| why.to_string());
            return Err(refused(format!("the preload does not fit its block: {left_out}")));
        }
        let (block, value) = (built.block, built.executed.header.hash());
        let message = vote_sign_bytes(&self.context, height, Round(0), VoteStep::Precommit, Some(value));
        let votes = self.voters.iter().map(|voter| (voter.public().id(), voter.sign(&message)));
        let certificate = CommitCertificate::build(height, Round(0), &self.set, votes);
        self.tip.keep(built.executed).map_err(refused)?;
        self.last_commit = Some(certificate.clone());
        Ok(Decided { block, certificate, misconduct: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::network::found::found;
    use crate::commands::network::plan::Plan;
    use crate::commands::network::sample::{Choice, render};
    use ledger::block::SignedHeader;
    use ledger::memory::MemoryChain;
    use ledger::record::{CertificateStatus, NotarialCertificate};
    use ledger::state::StateKey;

    /// Whoever verifies everything comes to the same state, and all of it was issued.
    #[test]
    fn what_is_written_stands_before_who_believes_nothing() {
        let plan = Plan::parse(&render(&Choice::default())).unwrap();
        let founded = found(&plan, now()).unwrap();
        let (office, mut written) = (Office::of(&founded).unwrap(), Written::of(&founded).unwrap());
        let (extent, mut chain) = (Extent { certificates: 7 }, MemoryChain::new(&founded.genesis).unwrap());
        let (context, set) = (founded.genesis.context(), founded.genesis.validator_set().unwrap());
        let before = written.keys();
        for (height, statements) in (1..).zip(extent.statements(&office)) {
            let Decided { block, certificate, misconduct } = written.decide(statements).unwrap();
            SignedHeader { header: block.header.clone(), certificate }.verify(&context, &set).unwrap();
            chain.apply(&(), &block).unwrap();
            assert_eq!((block.header.height.0, misconduct.len()), (height, 0));
            assert_eq!(chain.values().len() as u64, written.keys());
        }
        assert_eq!(chain.tip().unwrap().header.height.0, extent.heights());
        // The list of the office's certificates, the counter of its numbers, and who took turns at signing, once each.
        let once = written.keys() - before - extent.records(extent.heights());
        assert!(once <= 3, "{once} keys besides the records");
        let notary = "notary".parse().unwrap();
        let ids = chain.list(&StateKey::certificates_of(&notary)).to_vec();
        assert_eq!(ids.len(), 7);
        for id in ids {
            let id: RecordId = ledger::codec::decode(&id, 64).unwrap();
            let value = chain.value(&StateKey::certificate(&id)).unwrap().unwrap();
            let record: NotarialCertificate = ledger::codec::decode(&value, 4_096).unwrap();
            assert_eq!(record.status, CertificateStatus::Issued);
        }
    }

    #[test]
    fn every_certificate_passes_every_step_once() {
        for certificates in [1, 199, 200, 201, 1_000] {
            let extent = Extent { certificates };
            let last = extent.heights();
            assert_eq!(extent.records(last), certificates * RECORDS_OF_A_CERTIFICATE, "{certificates}");
            assert!(extent.records(last - 1) < extent.records(last), "the last block is needed");
            for step in 0..STEPS {
                assert_eq!(extent.done(step, last), certificates);
                assert_eq!(extent.done(step, step), 0, "a step comes after the one before");
            }
        }
        let even = |certificates| {
            let extent = Extent { certificates };
            (1..=extent.heights()).filter(|height| extent.is_even(*height)).collect::<Vec<_>>()
        };
        assert_eq!(even(1_000), [4, 5]);
        assert_eq!(even(999), [4]);
        assert_eq!(Extent::of_records(1_000_000).certificates, 333_334);
    }
}
