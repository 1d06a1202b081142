//! Signing and verifying for the engine: votes and proposals are signed through the guard alone.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ledger::commit::ChainContext;
use ledger::crypto::{PublicKey, SecretKey};
use ledger::types::Height;
use malachitebft_core_types::{SignedMessage, ValidatorProof, VoteExtensionScope, VoteType};
use malachitebft_signing::{Error, Signer, VerificationResult, Verifier};
use tokio::sync::watch;

use super::codec::voted;
use super::context::{EngineSignature, LedgerContext, Proposal, Vote, ledger_round, part_sign_bytes};
use super::guard::{GuardError, Refusal, Request, SignerGuard, Step};
use super::host::blocking;
use super::polka::Polkas;
use crate::fail_points::{Point, pass};

/// Why signing ended: told once, then nothing is signed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SigningEnd {
    /// The guard refused.
    Refused(Refusal),
    /// The guard could not write.
    Failed(String),
}

/// The consensus key behind its guard.
#[derive(Clone)]
pub(crate) struct GuardedSigner {
    inner: Arc<Inner>,
}

struct Inner {
    key: SecretKey,
    chain: ChainContext,
    guard: Arc<Mutex<SignerGuard>>,
    before_signing: Box<dyn Fn() -> std::io::Result<()> + Send + Sync>,
    ended: watch::Sender<Option<SigningEnd>>,
}

impl GuardedSigner {
    /// A signer; `before_signing` makes durable what led to a signature (the engine's log), so that after a crash
    /// the engine comes to the very same bytes again.
    pub(crate) fn new(
        key: SecretKey,
        chain: ChainContext,
        guard: Arc<Mutex<SignerGuard>>,
        before_signing: impl Fn() -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (ended, _) = watch::channel(None);
        Self { inner: Arc::new(Inner { key, chain, guard, before_signing: Box::new(before_signing), ended }) }
    }

    /// Tells when signing has ended, and why.
    pub(crate) fn ended(&self) -> watch::Receiver<Option<SigningEnd>> {
        self.inner.ended.subscribe()
    }

    /// Settles the guard: see [`SignerGuard::settle`]. Blocks for a write.
    ///
    /// # Errors
    /// As that.
    pub(crate) fn settle(&self) -> Result<(), GuardError> {
        self.inner.guard.lock().unwrap_or_else(PoisonError::into_inner).settle()
    }

    /// Signs the end of a proposal's stream. Not guarded: it binds a body to its sender and counts in no quorum.
    pub(crate) fn sign_part(
        &self,
        height: Height,
        round: ledger::types::Round,
        hash: ledger::crypto::Hash,
    ) -> EngineSignature {
        let bytes = part_sign_bytes(&self.inner.chain, height, round, hash);
        EngineSignature(self.inner.key.sign(&bytes))
    }

    async fn sign(&self, request: Option<Request>) -> Result<EngineSignature, Error> {
        let request = request.ok_or_else(|| Error::from_source("a message without a round is never signed"))?;
        let inner = self.inner.clone();
        match blocking(move || inner.sign_blocking(&request)).await {
            Ok(signed) => signed.map_err(Error::from_source),
            Err(panic) => Err(Error::from_source(panic)),
        }
    }
}

impl Inner {
    fn sign_blocking(&self, request: &Request) -> Result<EngineSignature, GuardError> {
        pass(Point::LogUnsynced);
        let synced = (self.before_signing)();
        pass(Point::LogSynced);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = synced
            .map_err(|source| GuardError::Io { doing: "syncing the engine's log", source })
            .and_then(|()| guard.sign(request, &self.key));
        signed.map(EngineSignature).inspect_err(|error| self.end(&mut guard, request.height, error))
    }

    /// Tells the node to end, and closes the height so that it does not meet the same refusal after its restart.
    fn end(&self, guard: &mut SignerGuard, height: Height, error: &GuardError) {
        let end = match error {
            GuardError::Refused(refusal) => SigningEnd::Refused(refusal.clone()),
            other => SigningEnd::Failed(other.to_string()),
        };
        tracing::error!(%height, %error, "no signature is given; the node ends");
        if matches!(end, SigningEnd::Refused(_)) {
            let closed = guard.advance_to(guard.height());
            if let Err(error) = closed {
                tracing::error!(%error, "the signer guard could not close the height");
            }
        }
        self.ended.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert(end);
            first
        });
    }
}

fn vote_request(vote: &Vote, chain: &ChainContext) -> Option<Request> {
    let step = match vote.kind {
        VoteType::Prevote => Step::Prevote,
        VoteType::Precommit => Step::Precommit,
    };
    Some(Request {
        height: vote.height.0,
        round: ledger_round(vote.round)?,
        step,
        value: voted(&vote.value).map(|value| value.0),
        bytes: vote.sign_bytes(chain)?,
    })
}

fn proposal_request(proposal: &Proposal, chain: &ChainContext) -> Option<Request> {
    Some(Request {
        height: proposal.height.0,
        round: ledger_round(proposal.round)?,
        step: Step::Propose,
        value: Some(proposal.value.0),
        bytes: proposal.sign_bytes(chain)?,
    })
}

#[async_trait]
impl Signer<LedgerContext> for GuardedSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<LedgerContext, Vote>, Error> {
        let signature = self.sign(vote_request(&vote, &self.inner.chain)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<LedgerContext, Proposal>, Error> {
        let signature = self.sign(proposal_request(&proposal, &self.inner.chain)).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _scope: VoteExtensionScope<LedgerContext>,
        _extension: (),
    ) -> Result<SignedMessage<LedgerContext, ()>, Error> {
        Err(Error::from_source("this chain has no vote extensions"))
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<LedgerContext>, Error> {
        // "PoV" in front is neither a CBOR array of seven nor of four: it fits no vote, proposal or statement.
        let bytes = ValidatorProof::<LedgerContext>::signing_bytes(&public_key, &peer_id);
        let signature = EngineSignature(self.inner.key.sign(&bytes));
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }
}

/// Verifies by the strict rule, and counts good prevotes.
#[derive(Clone)]
pub(crate) struct StrictVerifier {
    chain: ChainContext,
    polkas: Polkas,
}

impl StrictVerifier {
    /// A verifier for one chain that counts prevotes into `polkas`.
    pub(crate) fn new(chain: ChainContext, polkas: Polkas) -> Self {
        Self { chain, polkas }
    }
}

fn verdict(bytes: Option<Vec<u8>>, signature: &EngineSignature, key: &PublicKey) -> VerificationResult {
    let verify = |bytes: &[u8]| key.verify(bytes, &signature.0).is_ok();
    #[cfg(test)]
    let verify = |bytes: &[u8]| super::simulation::once(key, &signature.0, bytes, || verify(bytes));
    VerificationResult::from_bool(bytes.is_some_and(|bytes| verify(&bytes)))
}

#[async_trait]
impl Verifier<LedgerContext> for StrictVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &EngineSignature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let result = verdict(vote.sign_bytes(&self.chain), signature, key);
        if let (true, VoteType::Prevote, Some(value), Some(round)) =
            (result.is_valid(), vote.kind, voted(&vote.value), ledger_round(vote.round))
        {
            self.polkas.count(vote.height.0, round, value.0, key.id());
        }
        Ok(result)
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &EngineSignature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        #[cfg(feature = "byzantine")]
        super::byzantine::saw_proposal(proposal.height, proposal.round, proposal.value);
        Ok(verdict(proposal.sign_bytes(&self.chain), signature, key))
    }

    async fn verify_signed_vote_extension(
        &self,
        _scope: &VoteExtensionScope<LedgerContext>,
        _extension: &(),
        _signature: &EngineSignature,
        _key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, proof: &ValidatorProof<LedgerContext>) -> Result<VerificationResult, Error> {
        let Ok(key) = proof.decoded_public_key() else { return Ok(VerificationResult::Invalid) };
        Ok(verdict(Some(proof.preimage()), &proof.signature, &key))
    }
}
