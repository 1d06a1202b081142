//! Community corrections 社区矫正: a case is opened by the deciding body, gets entries by four role classes, and is
//! closed 解除 or terminated 终止. Which role may make which entry or end a case on which ground is the item's data.
//! Law: 社区矫正法 (2020) arts. 17-28, 44-46.

use super::Rule;
use crate::crypto::Hash;
use crate::record::{CaseAct, CaseStatus, CorrectionCase, CorrectionEntry, ItemKind, ItemRef, ListHead};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, require};
use crate::state::StateKey;
use crate::types::{Code, RecordId, TimeMs};

cbor_map! {
    /// The deciding body opens a case.
    pub struct Open {
        /// Id of the new record, random.
        1 => case: RecordId,
        /// Item in its newest version.
        2 => item: ItemRef,
        /// Kind of correction: 管制, 缓刑, 假释 or 暂予监外执行, as a variant of the item.
        3 => variant: Code,
        /// Binding to the person's attestation, salted for this case alone.
        4 => subject: Hash,
        /// Salted commitment to the deciding document.
        5 => decision: Hash,
        /// The person is a minor.
        6 => minor: bool,
    }
}

cbor_map! {
    /// A department adds an entry.
    pub struct Enter {
        /// The case.
        1 => case: RecordId,
        /// Kind, as `report`: the item knows it as the power `entry-report`.
        2 => kind: Code,
        /// Salted commitment to the content, which stays off the ledger.
        3 => content: Hash,
        /// When it happened, as the department claims; not after the block time.
        4 => occurred_at: TimeMs,
    }
}

cbor_map! {
    /// A department closes the case.
    pub struct Close {
        /// The case.
        1 => case: RecordId,
        /// Ground, as `expired`: the item knows it as the power `close-expired`.
        2 => ground: Code,
        /// Salted commitment to the closing document.
        3 => document: Option<Hash>,
    }
}

impl Rule for Open {
    fn subject(&self) -> StateKey {
        StateKey::correction(&self.case)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.sole_officer()?;
        let item = context.current_item(&self.item, ItemKind::Correction)?;
        context.require_power(&item, "open")?;
        require(item.variants.contains(&self.variant), Rejection::VariantUnknown)?;
        let key = Rule::subject(self);
        context.vacant::<CorrectionCase>(&key)?;
        let record = CorrectionCase {
            id: self.case,
            department: context.signers.department.id.clone(),
            item: self.item.clone(),
            variant: self.variant.clone(),
            subject: self.subject,
            decision: self.decision,
            minor: self.minor,
            status: CaseStatus::Open,
            opened_at: context.time,
            entries: ListHead::empty(),
            closed: None,
            closed_by: None,
        };
        context.state.put(key, &record);
        Ok(())
    }
}

/// The open case, after the item's power for this act.
fn open_case(context: &Context<'_, '_>, key: &StateKey, act: &str) -> Result<CorrectionCase, RuleError> {
    let record: CorrectionCase = context.record(key)?;
    let item = context.item_of_record(&record.item)?;
    require(item.power(act).is_some(), Rejection::ActUnknown)?;
    context.require_power(&item, act)?;
    require(record.status == CaseStatus::Open, Rejection::WrongStatus)?;
    Ok(record)
}

impl Rule for Enter {
    fn subject(&self) -> StateKey {
        StateKey::correction(&self.case)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let officer = context.signers.sole_officer()?;
        let key = self.subject();
        let mut record = open_case(context, &key, &CaseAct::Entry.of_kind(&self.kind))?;
        require(self.occurred_at <= context.time, Rejection::ClaimedTimeAhead)?;
        let entry = CorrectionEntry {
            kind: self.kind.clone(),
            department: context.signers.department.id.clone(),
            officer: Some(officer),
            content: self.content,
            occurred_at: self.occurred_at,
            anchored_at: context.time,
            statement: context.statement.0,
        };
        record.entries = context.state.append_to(&key, &record.entries, &entry);
        context.state.put(key, &record);
        Ok(())
    }
}

impl Rule for Close {
    fn subject(&self) -> StateKey {
        StateKey::correction(&self.case)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.sole_officer()?;
        let key = self.subject();
        let mut record = open_case(context, &key, &CaseAct::Close.of_kind(&self.ground))?;
        record.status = CaseStatus::Closed;
        let department = context.signers.department.id.clone();
        record.closed = Some(context.given_ground(&department, &self.ground, self.document));
        record.closed_by = Some(department);
        context.state.put(key, &record);
        Ok(())
    }
}
