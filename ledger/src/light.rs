//! The light verifier: from a trust file and a bundle to records one can rely on. Offline, without an engine.
//!
//! What it checks, in order: chain; each handover of validators above the checkpoint under the set in force; the head
//! under the set in force at its height; every value and absence under the head's state root; every list against its head; every logged item under
//! the head's log root. What it does NOT check: how old the head is (see [`Verified::age_ms`], the caller decides),
//! and the disclosures, which the crate `identity` opens.

use crate::block::{Header, SignedHeader};
use crate::bundle::{Bundle, ListPage, LoggedItem, StateEntry};
use crate::codec::{self, Cbor};
use crate::commit::ChainContext;
use crate::crypto::Hash;
use crate::error::VerifyError;
use crate::limits::{HEADER_BYTES_MAX, VALUE_BYTES_MAX};
use crate::log::root_of;
use crate::record::{CorrectionCase, ListHead};
use crate::state::StateKey;
use crate::statement::SignedStatement;
use crate::trust::{Checkpoint, Term, TrustFile};
use crate::types::TimeMs;
use crate::validator::ValidatorSet;
use std::collections::BTreeMap;

/// Why no verdict can be given, though nothing was shown to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotTell {
    /// Validators have changed since genesis and the trust file has no checkpoint.
    #[error("the validators have changed since genesis, and the trust file holds no checkpoint")]
    CheckpointNeeded,
    /// The validators of the head are not those that the trust file has for its height, and no handover leads to them.
    #[error("the validators of height {height} are not known from the trust file")]
    ValidatorsUnknown {
        /// Height of the head.
        height: u64,
    },
}

/// A bundle is forged or broken, or nothing can be told. Never one for the other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LightError {
    /// A step of the proof fails.
    #[error(transparent)]
    Invalid(#[from] VerifyError),
    /// No step fails, and yet trust does not reach.
    #[error(transparent)]
    CannotTell(#[from] CannotTell),
}

/// Items of a list, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedList {
    /// Number of items of the whole list.
    pub length: u64,
    /// Index of the first item here.
    pub start: u64,
    /// Items, canonical encodings.
    pub items: Vec<Vec<u8>>,
}

impl VerifiedList {
    /// True if no item is left out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.start == 0 && self.length == self.items.len() as u64
    }
}

/// What a bundle proves.
#[derive(Debug, Clone)]
pub struct Verified {
    header: Header,
    validators: ValidatorSet,
    passed: Vec<Term>,
    signers: usize,
    entries: BTreeMap<String, Option<Vec<u8>>>,
    lists: BTreeMap<String, VerifiedList>,
    statements: Vec<(u64, SignedStatement)>,
    headers: Vec<(u64, Header)>,
}

/// Verifies a bundle against a trust file.
///
/// # Errors
/// [`LightError::Invalid`] names the first step that fails; [`LightError::CannotTell`] why trust does not reach.
pub fn verify(bundle: &Bundle, trust: &TrustFile) -> Result<Verified, LightError> {
    Ok(VerifiedHead::of(bundle, trust)?.contents(bundle)?)
}

/// A head that was verified: who asks often under one head verifies its certificate once.
#[derive(Debug, Clone)]
pub struct VerifiedHead {
    signed: SignedHeader,
    validators: ValidatorSet,
    passed: Vec<Term>,
    signers: usize,
}

impl VerifiedHead {
    /// Verifies a bundle's head, and nothing that stands under it.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn of(bundle: &Bundle, trust: &TrustFile) -> Result<Self, LightError> {
        let context = trust.context();
        let (validators, passed) = reach(bundle, trust, &context)?;
        bundle.head.verify(&context, &validators)?;
        let signers = bundle.head.certificate.votes(&validators)?.len();
        Ok(Self { signed: bundle.head.clone(), validators, passed, signers })
    }

    /// True if the bundle stands under this very head, certificate included.
    #[must_use]
    pub fn is_of(&self, bundle: &Bundle) -> bool {
        self.signed == bundle.head
    }

    /// Verifies everything that a bundle shows under this head.
    ///
    /// # Errors
    /// `ProofShape` if the bundle has another head; else the first step that fails.
    pub fn contents(&self, bundle: &Bundle) -> Result<Verified, VerifyError> {
        if !self.is_of(bundle) {
            return Err(VerifyError::ProofShape { reason: "the bundle stands under another head" });
        }
        let header = self.signed.header.clone();
        let entries = verify_entries(&bundle.entries, header.state_root)?;
        let lists = verify_lists(&bundle.lists, &entries)?;
        let (statements, headers) = verify_logged(&bundle.logged, &header)?;
        let (validators, passed, signers) = (self.validators.clone(), self.passed.clone(), self.signers);
        Ok(Verified { header, validators, passed, signers, entries, lists, statements, headers })
    }
}

/// The validators in force at the head, and those that the handovers from the trust point on lead through.
///
/// Up to the checkpoint the history says which set was in force. A trust file without one takes its own set for any
/// height, as it did before there were histories.
fn reach(bundle: &Bundle, trust: &TrustFile, context: &ChainContext) -> Result<(ValidatorSet, Vec<Term>), LightError> {
    let head = &bundle.head.header;
    if head.chain != trust.chain {
        let (expected, actual) = (trust.chain.to_string(), head.chain.to_string());
        return Err(VerifyError::OtherChain { expected, actual }.into());
    }
    if let Some(checkpoint) = trust.checkpoint.as_ref().filter(|checkpoint| checkpoint.height == head.height) {
        crate::block::expect_hash("header at the checkpoint", checkpoint.header, head.hash())?;
    }
    let past = trust.history.is_some() && trust.checkpoint.as_ref().is_some_and(|found| head.height <= found.height);
    if past {
        // Who moved the file over a head without its handovers knows nothing of a set that came and went between them:
        // a head of another set than the history's is unknown, not forged.
        let set = trust.set_at(head.height).filter(|set| set.hash() == head.validators);
        let unknown = CannotTell::ValidatorsUnknown { height: head.height.0 };
        return set.map(|set| (set.clone(), Vec::new())).ok_or_else(|| unknown.into());
    }
    let (mut set, mut passed) = (trust.validators.clone(), Vec::new());
    let mut height = trust.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.height.0);
    for handover in &bundle.handovers {
        let header = &handover.signed.header;
        if header.height.0 <= height {
            // At or before the trust point: nothing to learn from it.
            continue;
        }
        if header.height >= head.height {
            return Err(VerifyError::ProofShape { reason: "a handover stands at or above the head" }.into());
        }
        if trust.checkpoint.is_none() {
            return Err(CannotTell::CheckpointNeeded.into());
        }
        if header.validators != set.hash() {
            // A handover before it was left out, as by a node that was asked for those since a later checkpoint: nothing
            // here is wrong, and nothing leads there.
            return Err(CannotTell::ValidatorsUnknown { height: head.height.0 }.into());
        }
        verify_handover(&handover.signed, &handover.next, context, &set)?;
        (set, height) = (handover.next.clone(), header.height.0);
        passed.push(Term { since: header.height.next(), validators: set.clone() });
    }
    if set.hash() == head.validators {
        return Ok((set, passed));
    }
    let reason = match trust.checkpoint {
        None => CannotTell::CheckpointNeeded,
        Some(_) => CannotTell::ValidatorsUnknown { height: head.height.0 },
    };
    Err(reason.into())
}

fn verify_handover(
    signed: &SignedHeader,
    next: &ValidatorSet,
    context: &ChainContext,
    set: &ValidatorSet,
) -> Result<(), VerifyError> {
    // Any header would do as such a one, and as many as there are would push the real changes out of a history.
    if signed.header.next_validators == signed.header.validators {
        return Err(VerifyError::ProofShape { reason: "a handover changes the validators" });
    }
    signed.verify(context, set)?;
    crate::block::expect_hash("hash of the next validators", signed.header.next_validators, next.hash())
}

fn verify_entries(entries: &[StateEntry], root: Hash) -> Result<BTreeMap<String, Option<Vec<u8>>>, VerifyError> {
    let mut verified = BTreeMap::new();
    for entry in entries {
        let key = StateKey::parse(&entry.path)
            .ok_or(VerifyError::ProofShape { reason: "a path is ASCII, at most 160 bytes" })?;
        entry.proof.verify(root, &key, entry.value.as_deref())?;
        verified.insert(entry.path.clone(), entry.value.as_ref().map(|value| value.0.clone()));
    }
    Ok(verified)
}

fn verify_lists(
    pages: &[ListPage],
    entries: &BTreeMap<String, Option<Vec<u8>>>,
) -> Result<BTreeMap<String, VerifiedList>, VerifyError> {
    let mut verified = BTreeMap::new();
    for page in pages {
        let head = list_head(&page.path, entries)?;
        verify_page(page, &head)?;
        let items = page.items.iter().map(|item| item.0.clone()).collect();
        verified.insert(page.path.clone(), VerifiedList { length: head.length, start: page.start, items });
    }
    Ok(verified)
}

/// Head of the list: a value of its own, or a field of a case.
fn list_head(path: &str, entries: &BTreeMap<String, Option<Vec<u8>>>) -> Result<ListHead, VerifyError> {
    let value = entries.get(path).ok_or_else(|| VerifyError::NotShown { what: path.to_owned() })?;
    let Some(value) = value else { return Ok(ListHead::empty()) };
    let unreadable = |source| VerifyError::Codec { what: "head of a list", source };
    if path.starts_with("correction/") {
        return codec::decode::<CorrectionCase>(value, VALUE_BYTES_MAX).map(|case| case.entries).map_err(unreadable);
    }
    codec::decode(value, VALUE_BYTES_MAX).map_err(unreadable)
}

fn verify_page(page: &ListPage, head: &ListHead) -> Result<(), VerifyError> {
    if page.proofs.is_empty() {
        let count = page.items.len() as u64;
        if page.start != 0 || count != head.length {
            return Err(VerifyError::NumberMismatch {
                what: "items of the list",
                expected: head.length,
                actual: count,
            });
        }
        let root = root_of(page.items.iter().map(|item| item.0.as_slice()));
        return crate::block::expect_hash("root of the list", head.root(), root);
    }
    if page.proofs.len() != page.items.len() {
        return Err(VerifyError::ProofShape { reason: "a part of a list needs one proof an item" });
    }
    let root = head.root();
    for (offset, (item, proof)) in page.items.iter().zip(&page.proofs).enumerate() {
        let index = page.start.saturating_add(offset as u64);
        proof.verify(item, index, head.length, root)?;
    }
    Ok(())
}

type Logged = (Vec<(u64, SignedStatement)>, Vec<(u64, Header)>);

fn verify_logged(logged: &[LoggedItem], head: &Header) -> Result<Logged, VerifyError> {
    let (mut statements, mut headers) = (Vec::new(), Vec::new());
    for item in logged {
        item.proof.verify(&item.item, item.index, head.log_size, head.log_root)?;
        if item.item.first() == Some(&0xd2) {
            let statement = SignedStatement::decode(&item.item);
            statements.push((
                item.index,
                statement.map_err(|source| VerifyError::Codec { what: "logged statement", source })?,
            ));
        } else {
            let header = codec::decode(&item.item, HEADER_BYTES_MAX);
            headers.push((item.index, header.map_err(|source| VerifyError::Codec { what: "logged header", source })?));
        }
    }
    Ok((statements, headers))
}

impl Verified {
    /// The header that everything is proven under.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The validators that decided it.
    #[must_use]
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// How many of them signed.
    #[must_use]
    pub fn signers(&self) -> usize {
        self.signers
    }

    /// Milliseconds from the head's time to `now`; zero if the clock is behind.
    #[must_use]
    pub fn age_ms(&self, now: TimeMs) -> u64 {
        now.0.saturating_sub(self.header.time.0)
    }

    /// The record under a key; `None` is proven absence.
    ///
    /// # Errors
    /// `NotShown` if the bundle says nothing of this key; `Codec` if the value is no record of this type.
    pub fn record<T: Cbor>(&self, key: &StateKey) -> Result<Option<T>, VerifyError> {
        let value = self.entries.get(key.path()).ok_or_else(|| VerifyError::NotShown { what: key.to_string() })?;
        let decoded = value.as_ref().map(|bytes| codec::decode(bytes, VALUE_BYTES_MAX)).transpose();
        decoded.map_err(|source| VerifyError::Codec { what: "record", source })
    }

    /// Every proven path with its value.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.entries.iter().map(|(path, value)| (path.as_str(), value.as_deref()))
    }

    /// The items of a list.
    ///
    /// # Errors
    /// `NotShown` if the bundle says nothing of it.
    pub fn list(&self, key: &StateKey) -> Result<&VerifiedList, VerifyError> {
        self.lists.get(key.path()).ok_or_else(|| VerifyError::NotShown { what: key.to_string() })
    }

    /// Statements of the log with their index.
    #[must_use]
    pub fn statements(&self) -> &[(u64, SignedStatement)] {
        &self.statements
    }

    /// Older headers of the log with their index.
    #[must_use]
    pub fn headers(&self) -> &[(u64, Header)] {
        &self.headers
    }

    /// The trust file moved forward to this head, with every set on the way; unchanged if the head is not newer or hands
    /// over to an unknown set. The file must be the one that the bundle was verified against, or one moved on from it.
    #[must_use]
    pub fn ratchet(&self, trust: &TrustFile) -> TrustFile {
        let newer = trust.checkpoint.as_ref().is_none_or(|checkpoint| self.header.height > checkpoint.height);
        if !newer || self.header.next_validators != self.header.validators {
            return trust.clone();
        }
        let checkpoint = Checkpoint { height: self.header.height, time: self.header.time, header: self.header.hash() };
        trust.moved_to(checkpoint, &self.passed, &self.validators).unwrap_or_else(|| trust.clone())
    }
}
