//! What the API reads of the chain: one view for one answer, so that value, proof and certificate are of one block.

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use ledger::block::{Block, Header, SignedHeader};
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::state::{StateKey, StateView, Tip};
use ledger::statement::StatementId;
use ledger::types::Height;
use ledger::validator::ValidatorSet;

use crate::storage::{Store, StoreView};

/// Gives views of the chain. Shared by `Arc`; called from blocking threads.
pub trait Archive: Send + Sync + 'static {
    /// The chain as it is now.
    ///
    /// # Errors
    /// A fault of the store.
    fn open(&self) -> Result<Box<dyn ArchiveView>, Fault>;
}

/// The chain as of one tip, with everything that a proof needs. All methods fail with a fault of the store only.
pub trait ArchiveView: StateView + TreeReader + Send {
    /// A header with its certificate; none at height 0 and above the tip.
    fn signed_header(&self, height: Height) -> Result<Option<SignedHeader>, Fault>;

    /// Version of the state tree after a height, if that state can still be proven.
    fn kept_tree_version(&self, height: Height) -> Result<Option<u64>, Fault>;

    /// Items `start..end` of a list; fewer if the list is shorter.
    fn list_items(&self, list: &StateKey, start: u64, end: u64) -> Result<Vec<Vec<u8>>, Fault>;

    /// A hash of a list, by its index in append order.
    fn list_node(&self, list: &StateKey, index: u64) -> Result<Hash, Fault>;

    /// Heights above `since` and below `head` whose header hands over to another set, ascending; the newest `count_max`.
    fn handovers(&self, since: Height, head: Height, count_max: usize) -> Result<Vec<Height>, Fault>;

    /// Height and log index of a statement.
    fn statement(&self, id: &StatementId) -> Result<Option<(Height, u64)>, Fault>;

    /// The block of a height; none at height 0 and above the tip.
    fn block(&self, height: Height) -> Result<Option<Block>, Fault>;

    /// The set that decides a height, up to the one above the tip.
    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Fault>;

    /// Proofs that validators signed twice, in the order of height and number, from a place on, at most `limit`.
    fn evidence_from(&self, height: Height, number: u32, limit: usize) -> Result<Vec<(u32, Evidence)>, Fault>;

    /// Paths of the tip's state that begin with `prefix`, after the path `after`, at most `limit`, ascending.
    fn paths_under(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<StateKey>, Fault>;
}

impl Archive for Store {
    fn open(&self) -> Result<Box<dyn ArchiveView>, Fault> {
        Ok(Box::new(self.view()?))
    }
}

impl ArchiveView for StoreView {
    fn signed_header(&self, height: Height) -> Result<Option<SignedHeader>, Fault> {
        Self::signed_header(self, height)
    }
    fn kept_tree_version(&self, height: Height) -> Result<Option<u64>, Fault> {
        Self::kept_tree_version(self, height)
    }
    fn list_items(&self, list: &StateKey, start: u64, end: u64) -> Result<Vec<Vec<u8>>, Fault> {
        Self::list_items(self, list, start, end)
    }
    fn list_node(&self, list: &StateKey, index: u64) -> Result<Hash, Fault> {
        Self::list_node(self, list, index)
    }
    fn handovers(&self, since: Height, head: Height, count_max: usize) -> Result<Vec<Height>, Fault> {
        Self::handovers(self, since, head, count_max)
    }
    fn statement(&self, id: &StatementId) -> Result<Option<(Height, u64)>, Fault> {
        Ok(Self::statement(self, id)?.map(|location| (location.height, location.log_index)))
    }
    fn block(&self, height: Height) -> Result<Option<Block>, Fault> {
        Self::block(self, height)
    }
    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Fault> {
        Self::validators(self, height)
    }
    fn evidence_from(&self, height: Height, number: u32, limit: usize) -> Result<Vec<(u32, Evidence)>, Fault> {
        Self::evidence_from(self, height, number, limit)
    }
    fn paths_under(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<StateKey>, Fault> {
        Ok(self.values_under(prefix, after, limit)?.into_iter().map(|(key, _)| key).collect())
    }
}

/// A view that `ledger` can prove from: its functions take a type of known size.
pub(super) struct View(pub(super) Box<dyn ArchiveView>);

impl StateView for View {
    fn tip(&self) -> Result<Tip, Fault> {
        self.0.tip()
    }
    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.0.value(key)
    }
    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        self.0.seen(act)
    }
    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        self.0.log_node(index)
    }
    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        self.0.header(height)
    }
}

impl TreeReader for View {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        self.0.get_node_option(key)
    }
    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        self.0.get_value_option(max_version, key)
    }
    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        self.0.get_rightmost_leaf()
    }
}
