//! Changes of validators, for clients whose trust point lies before them.

use ledger::bundle::Handover;
use ledger::codec;
use ledger::error::Fault;
use ledger::limits::BUNDLE_PARTS_MAX;
use ledger::types::Height;

use super::archive::View;

/// Bytes of all handovers of one answer: a quarter of what a bundle takes.
const BYTES_MAX: usize = ledger::limits::BUNDLE_BYTES_MAX / 4;

/// The changes above `since` and below `head`, ascending; the newest ones if there are more than an answer takes.
///
/// # Errors
/// A fault of the store.
pub(super) fn between(view: &View, since: Height, head: Height) -> Result<Vec<Handover>, Fault> {
    let heights = view.0.handovers(since, head, BUNDLE_PARTS_MAX)?;
    let (mut handovers, mut bytes) = (Vec::new(), 0);
    for height in heights.into_iter().rev() {
        let missing = || Fault::damaged(format!("the change of validators at height {height} is missing"));
        let signed = view.0.signed_header(height)?.ok_or_else(missing)?;
        let next = view.0.validators(height.next())?.ok_or_else(missing)?;
        let handover = Handover { signed, next };
        bytes += codec::encode(&handover).len();
        if bytes > BYTES_MAX {
            break;
        }
        handovers.push(handover);
    }
    handovers.reverse();
    Ok(handovers)
}
