//! Lies about proposals, for the tests: compiled under the feature `byzantine` alone.

use ledger::block::Block;
use ledger::codec::{self, Bytes};
use ledger::executor::derive_block;
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::TimeMs;

use super::super::Fault;
use super::super::byzantine::{bad_block, note_twin, twins};
use super::super::ports::{BlockStore, StatementPool, Undecided};
use super::{Checked, Host, blocking};

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// What is proposed in place of an honest block. A second proposal of the round is sent from here.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub(super) async fn lie(&mut self, honest: Undecided) -> Result<Undecided, Fault> {
        if twins() {
            self.send_twin(&honest).await?;
            return Ok(honest);
        }
        let (store, pool, bytes) = (self.rooms.store.clone(), self.rooms.pool.clone(), honest.block.clone());
        let round = honest.round;
        let bad = blocking(move || {
            let block = decoded(&bytes)?;
            let parent = ledger::types::Height(block.header.height.0.saturating_sub(1));
            let Some(set) = store.validators(parent.max(ledger::types::Height(1)))? else { return Ok(None) };
            Ok::<_, Fault>(bad_block(&store.view()?, pool.as_ref(), &set, &block, round)?)
        })
        .await??;
        let Some((hash, block)) = bad else { return Ok(honest) };
        let signature = Some(self.rooms.signer.sign_part(honest.height, honest.round, hash).0);
        // Not kept on disk: this node's own store reads no block above its bound.
        Ok(Undecided { hash, signature, block: Bytes(block), ..honest })
    }

    /// Proposes a second block in the same round: as valid as the first, a millisecond later.
    async fn send_twin(&mut self, honest: &Undecided) -> Result<(), Fault> {
        let (store, pool, bytes) = (self.rooms.store.clone(), self.rooms.pool.clone(), honest.block.clone());
        let twin = blocking(move || {
            let mut block = decoded(&bytes)?;
            block.header.time = TimeMs(block.header.time.0 + 1);
            let derived = derive_block(&store.view()?, pool.as_ref(), &block);
            let executed = derived.map_err(|error| ledger::error::Fault::damaged(error.to_string()))?;
            block.header = executed.header.clone();
            Ok::<_, Fault>(Checked { block: block.into(), executed: executed.into() })
        })
        .await??;
        let (hash, block) = (twin.block.header.hash(), Bytes(codec::encode(twin.block.as_ref())));
        note_twin(honest.hash, hash);
        self.remember(twin);
        let signature = Some(self.rooms.signer.sign_part(honest.height, honest.round, hash).0);
        let undecided = Undecided { hash, signature, block, ..honest.clone() };
        self.keep(undecided.clone()).await?;
        tracing::warn!(height = %honest.height, round = %honest.round, %hash, lie = "twin", "LIE: a second block in one round");
        self.send_parts(&undecided).await;
        Ok(())
    }
}

fn decoded(bytes: &[u8]) -> Result<Block, Fault> {
    let damaged = |_| Fault::from(ledger::error::Fault::damaged("a block of one's own cannot be read"));
    codec::decode(bytes, BLOCK_BYTES_MAX).map_err(damaged)
}
