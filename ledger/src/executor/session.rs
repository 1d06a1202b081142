//! One block under execution.

use super::{Executed, ExecutedStatement, deciding_set};
use crate::block::{HEADER_VERSION, Header, PROTOCOL_VERSION};
use crate::codec;
use crate::commit::{ChainContext, CommitCertificate};
use crate::crypto::{Hash, KeyId};
use crate::error::Fault;
use crate::limits::BLOCK_STATEMENTS_MAX;
use crate::log::Peaks;
use crate::record::{Parameters, RollCall, Rotation, ValidatorSchedule};
use crate::rejection::Rejection;
use crate::rules::{Context, EFFORT_OF_WEIGHT, RuleError, SignatureCache, authenticate, check_claims};
use crate::state::{ChainView, Overlay, StateKey, StateView, Tip, tree};
use crate::statement::{SignedStatement, StatementId};
use crate::types::TimeMs;
use crate::validator::ValidatorSet;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of written values that weigh one, beside the key itself: what is ordinary stays below, a large proposal does not.
const WRITTEN_BYTES_OF_WEIGHT: usize = 2_048;

/// A statement is refused, or this machine fails. Never one for the other.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The statement breaks a rule.
    #[error(transparent)]
    Rejected(Rejection),
    /// This machine fails.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<RuleError> for CheckError {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Rejected(rejection) => Self::Rejected(rejection),
            RuleError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// State, log and budget of a block, statement by statement.
pub(super) struct Session<'v> {
    cache: &'v dyn SignatureCache,
    chain: ChainContext,
    tip: Tip,
    time: TimeMs,
    schedule: Arc<ValidatorSchedule>,
    parameters: Arc<Parameters>,
    overlay: Overlay<'v>,
    peaks: Peaks,
    log_nodes: Vec<(u64, Hash)>,
    statements: Vec<ExecutedStatement>,
    acts: BTreeSet<Hash>,
    weight: u64,
    bytes: u64,
}

/// Room in `block_bytes_max` that is kept for header, certificate and framing.
const FRAME_BYTES: u64 = 32 * 1024;

impl<'v> Session<'v> {
    /// Begins a block after the tip of `view`; the parent's header is its first entry of the log.
    pub(super) fn begin(view: &'v dyn StateView, cache: &'v dyn SignatureCache, time: TimeMs) -> Result<Self, Fault> {
        let mut session = Self::without_log(view, cache, time)?;
        session.peaks = Peaks::load(session.tip.header.log_size, |index| view.log_node(index))?;
        session.log_nodes = session.peaks.append(&codec::encode(&session.tip.header));
        Ok(session)
    }

    /// Begins what never becomes a block: its statements enter an empty log.
    pub(super) fn without_log(
        view: &'v dyn StateView,
        cache: &'v dyn SignatureCache,
        time: TimeMs,
    ) -> Result<Self, Fault> {
        let tip = view.tip()?;
        let overlay = Overlay::new(view);
        let missing = |what: &str| Fault::damaged(format!("the state holds no {what}"));
        let schedule =
            overlay.shared(&StateKey::validators(), |_| {})?.ok_or_else(|| missing("schedule of validators"))?;
        let parameters = overlay.shared(&StateKey::parameters(), |_| {})?.ok_or_else(|| missing("parameters"))?;
        let chain = ChainContext { chain: tip.header.chain.clone(), genesis: tip.genesis };
        let (peaks, log_nodes, statements, acts) = (Peaks::default(), Vec::new(), Vec::new(), BTreeSet::new());
        Ok(Self {
            cache,
            chain,
            tip,
            time,
            schedule,
            parameters,
            overlay,
            peaks,
            log_nodes,
            statements,
            acts,
            weight: 0,
            bytes: 0,
        })
    }

    pub(super) fn tip(&self) -> &Tip {
        &self.tip
    }

    pub(super) fn schedule(&self) -> &ValidatorSchedule {
        &self.schedule
    }

    pub(super) fn chain(&self) -> &ChainContext {
        &self.chain
    }

    /// Applies one statement as a whole or not at all.
    pub(super) fn apply(&mut self, statement: &SignedStatement) -> Result<(), CheckError> {
        let outcome = self.apply_staged(statement);
        self.overlay.drop_staged();
        outcome
    }

    fn apply_staged(&mut self, statement: &SignedStatement) -> Result<(), CheckError> {
        let id = statement.id();
        if self.acts.contains(&statement.act()) {
            return Err(CheckError::Rejected(Rejection::Replayed));
        }
        check_claims(&self.overlay, &self.chain, self.time, statement)?;
        let signers = authenticate(&self.overlay, self.cache, self.time, statement)?;
        let signatures = 1 + statement.endorsements().len() as u64;
        let mut context = Context {
            state: &mut self.overlay,
            chain: &self.chain,
            time: self.time,
            statement: id,
            signers,
            effort: Cell::default(),
        };
        statement.action().apply(&mut context)?;
        let effort = context.effort.get().div_ceil(EFFORT_OF_WEIGHT);
        if !self.overlay.staged_fits() {
            return Err(CheckError::Rejected(Rejection::OutOfRange));
        }
        let size = statement.encoded().len() as u64;
        let written = self.overlay.staged_keys() + self.overlay.staged_bytes() / WRITTEN_BYTES_OF_WEIGHT;
        let weight = self.weight + signatures + effort + written as u64 + size / 1024;
        let bytes = self.bytes + size + 8;
        let bytes_max = self.parameters.block_bytes_max.saturating_sub(FRAME_BYTES);
        let full = weight > self.parameters.block_weight_max || bytes > bytes_max;
        if full || self.statements.len() >= BLOCK_STATEMENTS_MAX {
            return Err(CheckError::Rejected(Rejection::BlockFull));
        }
        self.keep(statement, id);
        (self.weight, self.bytes) = (weight, bytes);
        Ok(())
    }

    fn keep(&mut self, statement: &SignedStatement, id: StatementId) {
        self.overlay.keep();
        let log_index = self.peaks.size();
        self.log_nodes.extend(self.peaks.append(statement.encoded()));
        let (act, expires) = (statement.act(), statement.claims().expires());
        self.acts.insert(act);
        self.statements.push(ExecutedStatement { id, act, expires, log_index });
    }

    /// Ends the block: the change of validators that is due, the rotation, the tree, the header.
    pub(super) fn finish<V: ChainView>(
        mut self,
        view: &V,
        last_commit: Option<&CommitCertificate>,
        proposer: KeyId,
    ) -> Result<Executed, Fault> {
        let parents_set = deciding_set(&self.schedule, &self.tip.header)?.clone();
        self.schedule = self.overlay.shared(&StateKey::validators(), |_| {})?.unwrap_or(self.schedule);
        let deciding = self.schedule.current.clone();
        self.change_validators_if_due();
        let next_validators = self.schedule.current.clone();
        if let Some(certificate) = last_commit {
            self.call_the_roll(certificate, &parents_set, &deciding, &proposer)?;
        }
        let last_commit = last_commit.map_or(Hash::default(), CommitCertificate::hash);
        let (values, appends) = self.overlay.into_writes();
        let parent = &self.tip.header;
        let (state_root, tree_version, tree) = if values.is_empty() {
            (parent.state_root, self.tip.tree_version, None)
        } else {
            let version = self.tip.tree_version + 1;
            let (root, batch) = tree::write(view, version, &values)?;
            (root, version, Some(batch))
        };
        let header = Header {
            version: HEADER_VERSION,
            protocol: PROTOCOL_VERSION,
            chain: parent.chain.clone(),
            height: parent.height.next(),
            time: self.time,
            parent: parent.hash(),
            log_size: self.peaks.size(),
            log_root: self.peaks.root(),
            state_root,
            validators: deciding.hash(),
            next_validators: next_validators.hash(),
            last_commit,
            proposer,
        };
        let (log_nodes, statements) = (self.log_nodes, self.statements);
        Ok(Executed { header, tree_version, tree, values, appends, log_nodes, statements, next_validators })
    }

    /// Notes who is missing from the certificate of the parent; writes nothing if that changes nothing.
    fn call_the_roll(
        &mut self,
        certificate: &CommitCertificate,
        called: &ValidatorSet,
        deciding: &ValidatorSet,
        proposer: &KeyId,
    ) -> Result<(), Fault> {
        let unfit = |error| Fault::damaged(format!("the certificate of the parent: {error}"));
        let signers: Vec<KeyId> = certificate.votes(called).map_err(unfit)?.into_iter().map(|(key, _)| key).collect();
        let (height, next) = (self.tip.header.height.next(), &self.schedule.current);
        let before = self.overlay.get(&StateKey::rotation())?.unwrap_or_else(Rotation::full);
        let after = before.after(&RollCall { height, proposer, called, signers: &signers, deciding, next });
        if after != before {
            self.overlay.put(StateKey::rotation(), &after);
            self.overlay.keep();
        }
        Ok(())
    }

    /// A pending set whose time has come decides from the next height on.
    fn change_validators_if_due(&mut self) {
        let due = self.schedule.pending.as_ref().is_some_and(|pending| pending.not_before <= self.time);
        if !due {
            return;
        }
        let schedule = Arc::make_mut(&mut self.schedule);
        if let Some(pending) = schedule.pending.take() {
            let previous = Some(core::mem::replace(&mut schedule.current, pending.validators));
            schedule.previous = previous;
            self.overlay.put(StateKey::validators(), schedule);
            self.overlay.keep();
        }
    }
}
