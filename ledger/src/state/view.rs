//! What execution reads of the chain as it is: implemented by a node's store, and in memory for tests and audits.

use super::{Memo, StateKey};
use crate::block::Header;
use crate::crypto::Hash;
use crate::error::Fault;
use crate::types::Height;
use jmt::storage::TreeReader;

/// The last persisted block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its header.
    pub header: Header,
    /// Version of the state tree: 0 after genesis, plus one for each block that changed the state.
    pub tree_version: u64,
    /// Hash of the genesis document.
    pub genesis: Hash,
}

/// One consistent view of the chain at its tip. All methods answer as of the same block.
pub trait StateView {
    /// The last persisted block.
    ///
    /// # Errors
    /// A fault of the store.
    fn tip(&self) -> Result<Tip, Fault>;

    /// The value of a key after the tip.
    ///
    /// # Errors
    /// A fault of the store.
    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault>;

    /// Where this view keeps records that were decoded from its values, if it is there for more than one question.
    fn memo(&self) -> Option<&Memo> {
        None
    }

    /// True if a statement with this act (see [`crate::statement::SignedStatement::act`]) is in the log and not yet
    /// expired at the tip.
    ///
    /// # Errors
    /// A fault of the store.
    fn seen(&self, act: &Hash) -> Result<bool, Fault>;

    /// A stored hash of the log, by its index in append order.
    ///
    /// # Errors
    /// A fault of the store; `Damaged` if it is missing.
    fn log_node(&self, index: u64) -> Result<Hash, Fault>;

    /// The header of a height up to the tip.
    ///
    /// # Errors
    /// A fault of the store.
    fn header(&self, height: Height) -> Result<Option<Header>, Fault>;
}

/// A view whose tree nodes can be read too.
pub trait ChainView: StateView + TreeReader {}

impl<T: StateView + TreeReader> ChainView for T {}
