//! Which statements verified, under which keys.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use ledger::codec::Bytes;
use ledger::crypto::{Hash, PublicKey};
use ledger::error::Fault;
use ledger::executor::verified_keys;
use ledger::rules::SignatureCache;
use ledger::state::StateView;
use ledger::statement::SignedStatement;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

/// Statements that one thread verifies with one view.
const VERIFY_AHEAD_CHUNK: usize = 32;
/// Memories of one generation, about 16 MiB for two. A statement is executed seconds after it was verified.
const GENERATION_MAX: usize = 65_536;

/// Remembers verified statements by SHA-256 of the WHOLE encoding, with the bytes of the keys used.
///
/// Two generations: when the young one is full it becomes the old one, which is dropped. Failures are not remembered.
#[derive(Debug, Default)]
pub(crate) struct VerifiedStatements {
    generations: RwLock<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Hash, Vec<[u8; 32]>>,
    old: HashMap<Hash, Vec<[u8; 32]>>,
}

impl VerifiedStatements {
    /// Remembers. The caller has just verified every signature of the statement under these keys.
    fn remember(&self, whole: Hash, keys: &[PublicKey]) {
        let keys = keys.iter().map(|key| key.to_bytes()).collect();
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= GENERATION_MAX {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(whole, keys);
    }

    /// Verifies statements of a block that came from elsewhere, on all cores, so that its execution finds them done.
    /// Blocks; `snapshot` gives views of the state that the block is built on.
    ///
    /// Says nothing about whether the statements are valid: execution does.
    ///
    /// # Errors
    /// A fault of the store.
    pub(crate) fn verify_ahead(
        &self,
        snapshot: impl Fn() -> Result<Box<dyn StateView + Send>, Fault> + Sync,
        statements: &[Bytes],
    ) -> Result<(), Fault> {
        // Most of them waited here, so that there is often nothing to wake other cores for.
        let unknown: Vec<&Bytes> = statements.iter().filter(|encoded| !self.contains(&Hash::sha256(encoded))).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.par_chunks(VERIFY_AHEAD_CHUNK).try_for_each(|chunk| {
            let view = snapshot()?;
            for statement in chunk.iter().filter_map(|encoded| SignedStatement::decode(encoded).ok()) {
                self.verify(view.as_ref(), &statement)?;
            }
            Ok(())
        })
    }

    /// True if every signature verifies under registered keys; remembered then.
    ///
    /// What verified once is not verified again: a key's id is the hash of its bytes, so it names the same key for ever.
    pub(super) fn verify(&self, view: &dyn StateView, statement: &SignedStatement) -> Result<bool, Fault> {
        let whole = statement.whole_hash();
        if self.contains(&whole) {
            return Ok(true);
        }
        let keys = verified_keys(view, statement)?;
        if let Some(keys) = &keys {
            self.remember(whole, keys);
        }
        Ok(keys.is_some())
    }

    /// True if the statement verified under some keys.
    fn contains(&self, whole: &Hash) -> bool {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        generations.young.contains_key(whole) || generations.old.contains_key(whole)
    }
}

impl SignatureCache for VerifiedStatements {
    fn is_verified(&self, whole: &Hash, keys: &[PublicKey]) -> bool {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        let known = generations.young.get(whole).or_else(|| generations.old.get(whole));
        known.is_some_and(|known| known.iter().copied().eq(keys.iter().map(|key| key.to_bytes())))
    }
}
