//! Whether what the store holds agrees with itself: the tip at start, the chain of headers when a backup comes back.

use super::StoreView;
use super::tables::{headers, height_key};
use jmt::Sha256Jmt;
use ledger::block::{Block, Header};
use ledger::codec;
use ledger::commit::ChainContext;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::log::Peaks;
use ledger::record::ValidatorSchedule;
use ledger::state::{StateKey, StateView, tree};
use ledger::types::Height;

/// Checks the tip against its certificate, its roots, its log and its validators.
///
/// What it does NOT check: blocks, values and list items below the tip. That is `fsck`, or each reader's proof.
///
/// # Errors
/// [`Fault::Damaged`] or [`Fault::Unproven`] with the first thing that contradicts.
pub(super) fn check_tip(view: &StoreView, context: &ChainContext) -> Result<(), Fault> {
    let tip = view.tip_ref();
    let header = &tip.header;
    same("chain of the tip", &context.chain, &header.chain)?;
    if view.snapshot().last_up_to(&headers::TABLE, &[0xff; 8])?.is_none_or(|(key, _)| key != height_key(header.height))
    {
        return Err(Fault::damaged(format!("there are headers above the tip, {}", header.height)));
    }
    let root = Sha256Jmt::new(view)
        .get_root_hash(tip.tree_version)
        .map_err(|error| Fault::damaged(format!("the root of the state tree cannot be read: {error:#}")))?;
    same("state root of the tip", &header.state_root, &Hash(root.0))?;
    let peaks = Peaks::load(header.log_size, |index| view.log_node(index))?;
    same("log root of the tip", &header.log_root, &peaks.root())?;
    check_validators(view)?;
    check_certificate(view, context, header)?;
    check_block(view, header)
}

/// The schedule of validators, in the table of values and in the tree alike, is the one that the header names.
fn check_validators(view: &StoreView) -> Result<(), Fault> {
    let (tip, key) = (view.tip_ref(), StateKey::validators());
    let value = view.value(&key)?.ok_or_else(|| Fault::damaged("the state holds no schedule of validators"))?;
    let (in_tree, proof) = tree::prove(view, tip.tree_version, &key)?;
    let proven = proof.verify(tip.header.state_root, &key, in_tree.as_deref());
    proven.map_err(|source| Fault::Unproven { what: "the schedule of validators".to_owned(), source })?;
    if in_tree.as_deref() != Some(&value) {
        return Err(Fault::damaged("the schedule of validators differs between state and tree"));
    }
    let schedule: ValidatorSchedule = codec::decode(&value, VALUE_BYTES_MAX)
        .map_err(|error| Fault::damaged(format!("the schedule of validators cannot be read: {error}")))?;
    same("validators after the tip", &tip.header.next_validators, &schedule.current.hash())
}

fn check_certificate(view: &StoreView, context: &ChainContext, header: &Header) -> Result<(), Fault> {
    if header.height == Height(0) {
        return same("genesis of height 0", &context.genesis, &header.parent);
    }
    let missing = |what: &str| Fault::damaged(format!("height {}: its {what} are missing", header.height));
    let set = view.validators(header.height)?.ok_or_else(|| missing("validators"))?;
    let signed = view.signed_header(header.height)?.ok_or_else(|| missing("header and certificate"))?;
    let unproven = |source| Fault::Unproven { what: format!("the header of height {}", header.height), source };
    signed.verify(context, &set).map_err(unproven)
}

/// The tip's block is there, and its statements are what the log holds.
fn check_block(view: &StoreView, header: &Header) -> Result<(), Fault> {
    if header.height == Height(0) {
        return Ok(());
    }
    let missing = |what: &str| Fault::damaged(format!("height {}: {what} is missing", header.height));
    let block: Block = view.block(header.height)?.ok_or_else(|| missing("its block"))?;
    let parent = view.header(Height(header.height.0 - 1))?.ok_or_else(|| missing("the header of its parent"))?;
    same("parent of the tip", &header.parent, &parent.hash())?;
    let mut peaks = Peaks::load(parent.log_size, |index| view.log_node(index))?;
    peaks.append(&codec::encode(&parent));
    for statement in &block.statements {
        peaks.append(statement);
    }
    same("log root of the tip's block", &header.log_root, &peaks.root())
}

/// Follows the headers from genesis to the tip: each names its parent and the validators that its parent announced,
/// and each that changes the validators, as well as the tip, carries a certificate of its own validators.
///
/// Proves that the tip's header descends from this genesis by decision of its validators. What it does NOT check: the
/// content of blocks and state below the tip.
///
/// # Errors
/// [`Fault::Damaged`] or [`Fault::Unproven`] with the height that fails.
pub fn verify_headers(view: &StoreView, context: &ChainContext) -> Result<(), Fault> {
    let at = |height: u64| Fault::damaged(format!("the header of height {height} is missing"));
    let mut parent = view.header(Height(0))?.ok_or_else(|| at(0))?;
    same("genesis of height 0", &context.genesis, &parent.parent)?;
    for height in 1..=view.height().0 {
        let header = view.header(Height(height))?.ok_or_else(|| at(height))?;
        same("height", &Height(height), &header.height)?;
        same("parent", &parent.hash(), &header.parent)?;
        same("validators", &parent.next_validators, &header.validators)?;
        if header.next_validators != header.validators || header.height == view.height() {
            check_certificate(view, context, &header)?;
        }
        parent = header;
    }
    Ok(())
}

fn same<T: PartialEq + core::fmt::Display>(what: &str, expected: &T, actual: &T) -> Result<(), Fault> {
    if expected == actual {
        Ok(())
    } else {
        Err(Fault::damaged(format!("{what}: expected {expected}, found {actual}")))
    }
}
