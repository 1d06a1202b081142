//! Whether a body belongs to its header, without executing it.
//!
//! The proposer signs the header's hash; the body is bound by the header's log root and the hash of the last
//! certificate. A relay that changes the body must not make a good proposal look invalid, so a body that does not fit
//! is dropped as if it had never come, and only one that fits is judged.

use ledger::block::Block;
use ledger::codec;
use ledger::error::Fault;
use ledger::log::Peaks;
use ledger::state::StateView;

/// What a header says about its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The body is the one that the header's hash binds.
    Fits,
    /// It is another body.
    Foreign,
    /// The header does not build on our head: whatever the body, the block is invalid here.
    OtherParent,
}

/// Compares a block's body with its header, over the log as it is at the view's tip.
pub(super) fn fit(view: &impl StateView, block: &Block) -> Result<Fit, Fault> {
    let tip = view.tip()?.header;
    if block.header.parent != tip.hash() || block.header.height != tip.height.next() {
        return Ok(Fit::OtherParent);
    }
    let last_commit = block.last_commit.as_ref().map(ledger::commit::CommitCertificate::hash).unwrap_or_default();
    if last_commit != block.header.last_commit {
        return Ok(Fit::Foreign);
    }
    let mut peaks = Peaks::load(tip.log_size, |index| view.log_node(index))?;
    peaks.append(&codec::encode(&tip));
    for statement in &block.statements {
        peaks.append(statement);
    }
    let same = peaks.size() == block.header.log_size && peaks.root() == block.header.log_root;
    Ok(if same { Fit::Fits } else { Fit::Foreign })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::consensus::tests::cluster::{genesis, statement};
    use ledger::executor::{BuildParams, build_block};
    use ledger::memory::MemoryChain;
    use ledger::types::TimeMs;

    #[test]
    fn a_body_is_bound_by_its_header() {
        let genesis = genesis(4);
        let mut chain = MemoryChain::new(&genesis).unwrap();
        let proposer = genesis.validators[0].key.id();
        let params = BuildParams { time: TimeMs(0), proposer, last_commit: None };
        let statements = [statement(&genesis, 0), statement(&genesis, 1)];
        let built = build_block(&chain, &(), params, statements, || false).unwrap();
        let block = built.block;
        assert_eq!((block.statements.len(), fit(&chain, &block).unwrap()), (2, Fit::Fits));

        let mut fewer = block.clone();
        fewer.statements.pop();
        let mut swapped = block.clone();
        swapped.statements.swap(0, 1);
        let mut changed = block.clone();
        changed.statements[0].0[10] ^= 1;
        for foreign in [fewer, swapped, changed] {
            assert_eq!(fit(&chain, &foreign).unwrap(), Fit::Foreign);
        }
        let mut wrong = block.clone();
        wrong.header.state_root = ledger::crypto::Hash([1; 32]);
        assert_eq!(fit(&chain, &wrong).unwrap(), Fit::Fits, "an invalid block with its own body is judged");

        chain.keep(&block, &built.executed);
        assert_eq!(fit(&chain, &block).unwrap(), Fit::OtherParent);
    }
}
