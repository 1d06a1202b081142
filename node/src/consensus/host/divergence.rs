//! What to say when this node's execution of a decided block differs from what was decided.
//!
//! That is a bug, a damaged store or another version of the rules. The node stops; this tells where to look.

use ledger::block::Block;
use ledger::codec;
use ledger::executor::{BlockInvalid, Executed, derive_block};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::state::StateView;

use super::super::Fault;
use super::super::ports::{BlockStore, StatementPool};

/// Keys named in one line of the report.
const KEYS_MAX: usize = 64;

/// Executes the block once more and logs each field of the header that differs and each key that the block wrote,
/// with the hash of its value before and after.
///
/// Keys of others are not known here: comparing this list with that of a node that agrees shows the key that differs.
///
/// # Errors
/// [`Fault`] if the store cannot be read.
pub(super) fn report<S: BlockStore, P: StatementPool>(
    store: &S,
    pool: &P,
    bytes: &[u8],
    reason: &BlockInvalid,
) -> Result<(), Fault> {
    let Ok(block) = codec::decode::<Block>(bytes, BLOCK_BYTES_MAX) else { return Ok(()) };
    let view = store.view()?;
    let height = block.header.height;
    tracing::error!(%height, %reason, "this node's execution differs from a decided block; the node stops");
    match derive_block(&view, pool, &block) {
        Ok(executed) => compare(&view, &block, &executed),
        Err(error) => {
            tracing::error!(%height, %error, "the decided block cannot be executed here");
            Ok(())
        }
    }
}

fn compare(view: &impl StateView, block: &Block, executed: &Executed) -> Result<(), Fault> {
    let (ours, theirs) = (&executed.header, &block.header);
    let fields = [
        ("state_root", ours.state_root, theirs.state_root),
        ("log_root", ours.log_root, theirs.log_root),
        ("validators", ours.validators, theirs.validators),
        ("next_validators", ours.next_validators, theirs.next_validators),
        ("last_commit", ours.last_commit, theirs.last_commit),
    ];
    for (field, ours, theirs) in fields.into_iter().filter(|(_, ours, theirs)| ours != theirs) {
        tracing::error!(field, %ours, %theirs, "a field of the header differs");
    }
    for (key, value) in executed.values.iter().take(KEYS_MAX) {
        let before = view.value(key)?.map(|bytes| ledger::crypto::Hash::sha256(&bytes).to_string());
        let after = ledger::crypto::Hash::sha256(value);
        tracing::error!(%key, before = before.as_deref().unwrap_or("absent"), %after, "written by this node's execution");
    }
    let unnamed = executed.values.len().saturating_sub(KEYS_MAX);
    if unnamed > 0 {
        tracing::error!(unnamed, "further keys were written");
    }
    Ok(())
}
