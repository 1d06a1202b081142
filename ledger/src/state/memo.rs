//! Records of one view that were decoded already.
//!
//! A few records (the parameters, the schedule of validators, the keys and the department of who signs, the items that are
//! exercised) are asked for by nearly every statement, and reading them from their bytes costs more than all rules do.

use super::StateKey;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Encoded bytes of the records that one view keeps; decoded they take a few times as much memory.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Decoded records of one view. What a view says never changes, so nothing here grows old; it ends with its view.
#[derive(Debug, Default)]
pub struct Memo(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<StateKey, Arc<dyn Any + Send + Sync>>,
    bytes: usize,
}

impl Memo {
    /// The record of this type under a key, if it was kept.
    pub(super) fn get<T: Send + Sync + 'static>(&self, key: &StateKey) -> Option<Arc<T>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).records.get(key).map(Arc::clone)?;
        known.downcast().ok()
    }

    /// Keeps a record of so many bytes, while there is room.
    pub(super) fn keep<T: Send + Sync + 'static>(&self, key: &StateKey, record: &Arc<T>, bytes: usize) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let bytes = kept.bytes + key.path().len() + bytes;
        // Another reader may have been faster, with the same.
        if bytes <= BYTES_MAX && !kept.records.contains_key(key) {
            let record: Arc<dyn Any + Send + Sync> = record.clone();
            kept.records.insert(key.clone(), record);
            kept.bytes = bytes;
        }
    }
}
