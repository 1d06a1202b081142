//! Which statements verified, under which keys.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use ledger::crypto::{Hash, PublicKey};

/// Memories of one generation, about 16 MiB for two. A statement is executed seconds after it was verified.
const GENERATION_MAX: usize = 65_536;

/// Remembers verified statements by SHA-256 of the WHOLE encoding, with the bytes of the keys used.
///
/// Two generations: when the young one is full it becomes the old one, which is dropped. Failures are not remembered.
#[derive(Debug, Default)]
pub(super) struct VerifiedStatements {
    generations: RwLock<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Hash, Vec<[u8; 32]>>,
    old: HashMap<Hash, Vec<[u8; 32]>>,
}

impl VerifiedStatements {
    /// Remembers. The caller has just verified every signature of the statement under these keys.
    pub(super) fn remember(&self, whole: Hash, keys: &[PublicKey]) {
        let keys = keys.iter().map(|key| key.to_bytes()).collect();
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= GENERATION_MAX {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(whole, keys);
    }

    /// True if the statement verified under some keys.
    pub(super) fn contains(&self, whole: &Hash) -> bool {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        generations.young.contains_key(whole) || generations.old.contains_key(whole)
    }

    /// True if all signatures of the statement verified under exactly these keys.
    pub(super) fn is_verified(&self, whole: &Hash, keys: &[PublicKey]) -> bool {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        let known = generations.young.get(whole).or_else(|| generations.old.get(whole));
        known.is_some_and(|known| known.iter().copied().eq(keys.iter().map(|key| key.to_bytes())))
    }
}
