//! Evidence: what the engine saw one validator sign twice, kept in the ledger's own form.

use ledger::commit::ChainContext;
use ledger::crypto::KeyId;
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::types::{Height, Round};
use malachitebft_app_channel::app::types::MisbehaviorEvidence;
use malachitebft_core_types::{SignedProposal, SignedVote, VoteType};

use super::super::Fault;
use super::super::codec::voted;
use super::super::context::{LedgerContext, ledger_round};
use super::super::ports::{BlockStore, StatementPool};
use super::Host;

type Place = (Height, Round, SignedStep);
/// One of the two messages: whose it is, where, and what it says.
type Side = (KeyId, Place, SignedContent);

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Keeps what proves that a validator signed twice at a height. The engine is not taken at its word: both
    /// signatures are verified again, and what fails is left out, so that nobody is accused who did nothing.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn keep_evidence(
        &self,
        height: Height,
        seen: &MisbehaviorEvidence<LedgerContext>,
    ) -> Result<(), Fault> {
        let found = of_engine(&self.rooms.chain, seen);
        if found.is_empty() {
            return Ok(());
        }
        let (store, chain) = (self.rooms.store.clone(), self.rooms.chain.clone());
        let kept = move || {
            let Some(set) = store.validators(height)? else { return Ok(()) };
            for evidence in found {
                let (key, round, step) = (evidence.key, evidence.round, evidence.step.word());
                match evidence.verify(&chain, &set) {
                    Ok(guilty) if store.put_evidence(&evidence)? => {
                        let department = guilty.department;
                        tracing::warn!(%height, %round, step, %department, %key, "a validator signed twice; the proof is kept");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%height, %round, step, %key, %error, "evidence that proves nothing is dropped")
                    }
                }
            }
            Ok(())
        };
        self.rooms.writes.run(kept).await?
    }
}

/// The engine's pairs in the ledger's form; pairs that are not of one place, or do not differ, are left out.
fn of_engine(chain: &ChainContext, seen: &MisbehaviorEvidence<LedgerContext>) -> Vec<Evidence> {
    let votes = seen.votes.iter().flat_map(|(_, pairs)| pairs).map(|(one, other)| (of_vote(one), of_vote(other)));
    let proposals = seen.proposals.iter().flat_map(|(_, pairs)| pairs);
    let proposals = proposals.map(|(one, other)| (of_proposal(one), of_proposal(other)));
    votes.chain(proposals).filter_map(|pair| joined(chain, pair)).collect()
}

fn joined(chain: &ChainContext, pair: (Option<Side>, Option<Side>)) -> Option<Evidence> {
    let ((key, place, one), (other_key, other_place, other)) = (pair.0?, pair.1?);
    if key != other_key || place != other_place {
        return None;
    }
    Evidence::new(chain, key, place, one, other).ok()
}

fn of_vote(vote: &SignedVote<LedgerContext>) -> Option<Side> {
    let message = &vote.message;
    let step = match message.kind {
        VoteType::Prevote => SignedStep::Prevote,
        VoteType::Precommit => SignedStep::Precommit,
    };
    let place = (message.height.0, ledger_round(message.round)?, step);
    let value = voted(&message.value).map(|value| value.0);
    Some((message.validator.0, place, SignedContent { value, valid_round: None, signature: vote.signature.0 }))
}

fn of_proposal(proposal: &SignedProposal<LedgerContext>) -> Option<Side> {
    let message = &proposal.message;
    let place = (message.height.0, ledger_round(message.round)?, SignedStep::Proposal);
    let (value, valid_round) = (Some(message.value.0), ledger_round(message.pol_round));
    Some((message.proposer.0, place, SignedContent { value, valid_round, signature: proposal.signature.0 }))
}
