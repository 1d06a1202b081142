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
