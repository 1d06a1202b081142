//! What a block has written so far, over the state of its parent.

use super::{StateKey, StateView};
use crate::codec::{self, Cbor};
use crate::error::Fault;
use crate::limits::VALUE_BYTES_MAX;
use crate::record::ListHead;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An item appended to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAppend {
    /// Path of the list.
    pub list: StateKey,
    /// Position of the item.
    pub index: u64,
    /// Its canonical encoding.
    pub item: Vec<u8>,
}

/// Writes of a block over its parent's state, with a stage for the statement under way.
///
/// A statement's writes are staged and then kept or dropped as a whole, so nothing is ever half-applied.
pub struct Overlay<'a> {
    view: &'a dyn StateView,
    kept: BTreeMap<StateKey, Vec<u8>>,
    staged: BTreeMap<StateKey, Vec<u8>>,
    kept_appends: Vec<ListAppend>,
    staged_appends: Vec<ListAppend>,
}

impl<'a> Overlay<'a> {
    /// Nothing written yet.
    #[must_use]
    pub fn new(view: &'a dyn StateView) -> Self {
        Self {
            view,
            kept: BTreeMap::new(),
            staged: BTreeMap::new(),
            kept_appends: Vec::new(),
            staged_appends: Vec::new(),
        }
    }

    /// The view below.
    #[must_use]
    pub fn view(&self) -> &'a dyn StateView {
        self.view
    }

    /// Reads a record.
    ///
    /// # Errors
    /// A fault of the store, `Damaged` if the value is no record of this type.
    pub fn get<T: Cbor>(&self, key: &StateKey) -> Result<Option<T>, Fault> {
        self.value(key)?.map(|bytes| decode(key, &bytes)).transpose()
    }

    /// Reads a record that many statements ask for: the same as [`Overlay::get`] followed by `prepare`, done once a view
    /// if the view keeps records, and nothing was written under the key meanwhile.
    ///
    /// # Errors
    /// As [`Overlay::get`].
    pub fn shared<T: Cbor + Send + Sync + 'static>(
        &self,
        key: &StateKey,
        prepare: impl FnOnce(&mut T),
    ) -> Result<Option<Arc<T>>, Fault> {
        let written = self.staged.contains_key(key) || self.kept.contains_key(key);
        let memo = self.view.memo().filter(|_| !written);
        if let Some(known) = memo.and_then(|memo| memo.get(key)) {
            return Ok(Some(known));
        }
        let Some(bytes) = self.value(key)? else { return Ok(None) };
        let mut record = decode(key, &bytes)?;
        prepare(&mut record);
        let record = Arc::new(record);
        if let Some(memo) = memo {
            memo.keep(key, &record, bytes.len());
        }
        Ok(Some(record))
    }

    /// The bytes under a key.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn value(&self, key: &StateKey) -> Result<Option<Cow<'_, [u8]>>, Fault> {
        match self.staged.get(key).or_else(|| self.kept.get(key)) {
            Some(bytes) => Ok(Some(Cow::Borrowed(bytes))),
            None => Ok(self.view.value(key)?.map(Cow::Owned)),
        }
    }

    /// Writes a record.
    pub fn put<T: Cbor>(&mut self, key: StateKey, record: &T) {
        self.staged.insert(key, codec::encode(record));
    }

    /// Appends to a list whose head is a value of its own.
    ///
    /// # Errors
    /// As [`Overlay::get`].
    pub fn append<T: Cbor>(&mut self, list: &StateKey, item: &T) -> Result<(), Fault> {
        let head = self.get::<ListHead>(list)?.unwrap_or_else(ListHead::empty);
        let head = self.append_to(list, &head, item);
        self.put(list.clone(), &head);
        Ok(())
    }

    /// Appends to a list whose head stands in a record of the caller's, and gives the new head.
    #[must_use]
    pub fn append_to<T: Cbor>(&mut self, list: &StateKey, head: &ListHead, item: &T) -> ListHead {
        let item = codec::encode(item);
        let next = head.appended(&item);
        self.staged_appends.push(ListAppend { list: list.clone(), index: head.length, item });
        next
    }

    /// Number of keys that the statement under way has written.
    #[must_use]
    pub fn staged_keys(&self) -> usize {
        self.staged.len()
    }

    /// Bytes of the values that the statement under way has written.
    #[must_use]
    pub fn staged_bytes(&self) -> usize {
        self.staged.values().map(Vec::len).sum()
    }

    /// True if every value that the statement under way has written can be read again.
    #[must_use]
    pub fn staged_fits(&self) -> bool {
        self.staged.values().all(|value| value.len() <= VALUE_BYTES_MAX)
    }

    /// Keeps what the statement under way has written.
    pub fn keep(&mut self) {
        // Not `append`, which builds the whole map anew: a block has thousands of writes, a statement a few.
        self.kept.extend(core::mem::take(&mut self.staged));
        self.kept_appends.append(&mut self.staged_appends);
    }

    /// Drops what the statement under way has written.
    pub fn drop_staged(&mut self) {
        self.staged.clear();
        self.staged_appends.clear();
    }

    /// Everything kept: values by path, and items appended to lists.
    #[must_use]
    pub fn into_writes(self) -> (BTreeMap<StateKey, Vec<u8>>, Vec<ListAppend>) {
        (self.kept, self.kept_appends)
    }
}

fn decode<T: Cbor>(key: &StateKey, bytes: &[u8]) -> Result<T, Fault> {
    let record = codec::decode_of_the_state(bytes, VALUE_BYTES_MAX);
    record.map_err(|error| Fault::damaged(format!("value of {key}: {error}")))
}

#[cfg(test)]
mod tests;
