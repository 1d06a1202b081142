//! The engine's byzantine proxy between engine and network, with a signer that has no guard.

use async_trait::async_trait;
use ledger::commit::ChainContext;
use ledger::crypto::SecretKey;
use malachitebft_core_types::{SignedMessage, ValidatorProof, VoteExtensionScope};
use malachitebft_engine::network::NetworkRef;
use malachitebft_engine_byzantine::{ByzantineNetworkProxy, ConflictingValueFn, ConflictingVoteValueFn};
use malachitebft_signing::{Error, Signer};

use super::super::context::{Address, EngineSignature, LedgerContext, Proposal, ValueHash, Vote};
use super::super::{ConsensusConfig, Fault};
use super::{liar, proposals};

/// The network that the engine talks to: the real one behind the proxy, if lies were chosen.
///
/// # Errors
/// [`Fault::Engine`] if the proxy does not start.
pub(crate) async fn network(
    real: NetworkRef<LedgerContext>,
    config: &ConsensusConfig,
) -> Result<NetworkRef<LedgerContext>, Fault> {
    let Some(liar) = liar() else { return Ok(real) };
    let address = Address(config.consensus_key.public().id());
    liar.votes.own(address);
    let signer = Box::new(NakedSigner { key: config.consensus_key.clone(), chain: config.chain.clone() });
    let value: ConflictingValueFn<LedgerContext> = Box::new(|value| proposals::other_than(*value));
    let vote: ConflictingVoteValueFn<LedgerContext> = Box::new(|value| {
        value.map_or(ValueHash(ledger::crypto::Hash([0x5a; 32])), |value| proposals::other_than(*value))
    });
    let span = tracing::info_span!("byzantine");
    ByzantineNetworkProxy::spawn(
        liar.engine.clone(),
        real,
        signer,
        LedgerContext,
        address,
        span,
        Some(value),
        Some(vote),
    )
    .await
    .map_err(|error| Fault::Engine { reason: error.to_string() })
}

/// Signs whatever it is asked to: signing twice is the lie.
struct NakedSigner {
    key: SecretKey,
    chain: ChainContext,
}

impl NakedSigner {
    fn sign(&self, bytes: Option<Vec<u8>>) -> Result<EngineSignature, Error> {
        let bytes = bytes.ok_or_else(|| Error::from_source("a message without a round"))?;
        Ok(EngineSignature(self.key.sign(&bytes)))
    }
}

#[async_trait]
impl Signer<LedgerContext> for NakedSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<LedgerContext, Vote>, Error> {
        let signature = self.sign(vote.sign_bytes(&self.chain))?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<LedgerContext, Proposal>, Error> {
        let signature = self.sign(proposal.sign_bytes(&self.chain))?;
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
        let bytes = ValidatorProof::<LedgerContext>::signing_bytes(&public_key, &peer_id);
        let signature = EngineSignature(self.key.sign(&bytes));
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }
}
