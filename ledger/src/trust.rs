//! The trust file: the one thing a verifier has to have got from somebody it trusts.
//!
//! ```text
//! version 1   chain, genesis, validators, maybe a checkpoint           what founders give out
//! version 2   and since when they decide, and every set before them    what a verifier makes of it as it goes
//! ```

use crate::codec::{self, CodecError, ValueRule};
use crate::commit::ChainContext;
use crate::crypto::Hash;
use crate::genesis::Genesis;
use crate::limits::TRUST_BYTES_MAX;
use crate::types::{ChainId, Height, TimeMs};
use crate::validator::ValidatorSet;

/// Version of a trust file without a history.
pub const TRUST_VERSION: u64 = 1;
/// Version of a trust file that knows since when each set decides.
pub const TRUST_VERSION_HISTORY: u64 = 2;

cbor_map! {
    /// A header that the holder of the trust file has verified; it only moves forward.
    pub struct Checkpoint {
        /// Height.
        1 => height: Height,
        /// Time of the header.
        2 => time: TimeMs,
        /// Hash of the header.
        3 => header: Hash,
    }
}

cbor_array! {
    /// A set, and the first height that it decides; it decides up to the one before the next term.
    pub struct Term {
        /// First height.
        since: Height,
        /// The set.
        validators: ValidatorSet,
    }
}

cbor_map! {
    /// Which sets decided the heights up to the checkpoint.
    pub struct History {
        /// First height that the trust file's own set decides; at most the checkpoint's.
        1 => since: Height,
        /// The sets before it, ascending by height, as far back as is known.
        2 => before: Vec<Term>,
    }
}

cbor_map! {
    /// What a verifier trusts: a chain, and the validators in force at one point of it.
    pub struct TrustFile {
        /// [`TRUST_VERSION`], or [`TRUST_VERSION_HISTORY`] with a history.
        1 => version: u64,
        /// Chain id.
        2 => chain: ChainId,
        /// Hash of the genesis document.
        3 => genesis: Hash,
        /// Validators that decide the height after the checkpoint; without one, those of genesis.
        4 => validators: ValidatorSet,
        /// Newest header that was verified. Once validators have changed nothing can be told without one: the keys of
        /// the first validators may have leaked since.
        5 => checkpoint: Option<Checkpoint>,
        /// The sets up to the checkpoint; a set certifies only heights at which it was in force.
        6 => history: Option<History>,
    }
}

impl TrustFile {
    /// The trust file of a genesis document.
    ///
    /// # Errors
    /// As [`Genesis::check`].
    pub fn of_genesis(genesis: &Genesis) -> Result<Self, CodecError> {
        genesis.check()?;
        let ChainContext { chain, genesis: hash } = genesis.context();
        let validators = genesis.validator_set()?;
        Ok(Self { version: TRUST_VERSION, chain, genesis: hash, validators, checkpoint: None, history: None })
    }

    /// Decodes and checks a trust file of either version.
    ///
    /// # Errors
    /// [`CodecError`]: not canonical, another version, a history that is not in order, or a chain id that is not
    /// derived from the genesis hash.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let trust: Self = codec::decode(bytes, TRUST_BYTES_MAX)?;
        let version = if trust.history.is_some() { TRUST_VERSION_HISTORY } else { TRUST_VERSION };
        ValueRule::Version("a trust file").require(trust.version == version)?;
        ValueRule::TrustHistory.require(trust.is_in_order())?;
        ValueRule::ChainOfGenesis.require(trust.chain.is_derived_from(&trust.genesis))?;
        Ok(trust)
    }

    fn is_in_order(&self) -> bool {
        let Some(history) = &self.history else { return true };
        let first = history.before.first().map_or(history.since, |term| term.since);
        let ascending = history.before.is_sorted_by(|a, b| a.since < b.since)
            && history.before.last().is_none_or(|term| term.since < history.since);
        let reached = self.checkpoint.as_ref().is_some_and(|checkpoint| history.since <= checkpoint.height);
        first >= Height(1) && ascending && reached
    }

    /// The set that decided a height up to the checkpoint, if the history reaches back to it.
    #[must_use]
    pub fn set_at(&self, height: Height) -> Option<&ValidatorSet> {
        let history = self.history.as_ref()?;
        if height >= history.since {
            return Some(&self.validators);
        }
        history.before.iter().rev().find(|term| height >= term.since).map(|term| &term.validators)
    }

    /// Whether the set of [`TrustFile::set_at`] is proven for a height: it is the first of a term, which the handover before
    /// it names, or that of the checkpoint. Between them a set may have come and gone without its handovers being shown.
    #[must_use]
    pub fn proves_set_at(&self, height: Height) -> bool {
        let Some(history) = &self.history else { return false };
        let first = history.since == height || history.before.iter().any(|term| term.since == height);
        first || self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.height == height)
    }

    /// This file moved forward to a checkpoint above its own, over the changes of validators on the way; `None` if the
    /// terms do not end with the set that decides after it.
    ///
    /// A file without a history knows when its set began only if it has no checkpoint: the founding set decides the
    /// first height. Else it is known to decide from above the checkpoint on. A term never repeats the set before it.
    /// The oldest terms are left out when there is no room.
    #[must_use]
    pub(crate) fn moved_to(&self, checkpoint: Checkpoint, passed: &[Term], last: &ValidatorSet) -> Option<Self> {
        let known = self.checkpoint.as_ref().map_or(Height(1), |checkpoint| checkpoint.height.next());
        let (since, mut terms) =
            self.history.as_ref().map_or((known, Vec::new()), |history| (history.since, history.before.clone()));
        terms.push(Term { since, validators: self.validators.clone() });
        for term in passed.iter().filter(|term| term.since > known) {
            if terms.last().is_none_or(|before| before.validators != term.validators) {
                terms.push(term.clone());
            }
        }
        let Term { since, validators } = terms.pop()?;
        if validators != *last || since > checkpoint.height {
            return None;
        }
        let history = Some(History { since, before: terms });
        let moved =
            Self { version: TRUST_VERSION_HISTORY, validators, checkpoint: Some(checkpoint), history, ..self.clone() };
        Some(moved.within_bounds())
    }

    fn within_bounds(mut self) -> Self {
        while codec::encode(&self).len() > TRUST_BYTES_MAX {
            match self.history.as_mut().filter(|history| !history.before.is_empty()) {
                Some(history) => drop(history.before.remove(0)),
                None => break,
            }
        }
        self
    }

    /// Chain id and genesis hash.
    #[must_use]
    pub fn context(&self) -> ChainContext {
        ChainContext { chain: self.chain.clone(), genesis: self.genesis }
    }
}
