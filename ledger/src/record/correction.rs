//! Community corrections 社区矫正: cases and their entries. Read class: the parties that the item names.

use crate::crypto::Hash;
use crate::record::{GivenGround, ItemRef, ListHead};
use crate::types::{Code, DepartmentId, OfficerId, RecordId, TimeMs};

cbor_code! {
    /// Where a case stands.
    pub enum CaseStatus {
        /// Open.
        Open = 1 "open",
        /// Closed 解除 or terminated 终止; sealed.
        Closed = 2 "closed",
    }
}

cbor_map! {
    /// A corrections case: commitments, codes and times only.
    pub struct CorrectionCase {
        /// Id, random.
        1 => id: RecordId,
        /// Department that opened it.
        2 => department: DepartmentId,
        /// Catalogue item.
        3 => item: ItemRef,
        /// Kind of correction, one of the item's variants.
        4 => variant: Code,
        /// Binding to the person's attestation, salted for this case alone: two cases of one person share no value.
        5 => subject: Hash,
        /// Salted commitment to the deciding document.
        6 => decision: Hash,
        /// The person was a minor at opening; never cleared by age.
        7 => minor: bool,
        /// Status.
        8 => status: CaseStatus,
        /// Block time of opening.
        9 => opened_at: TimeMs,
        /// All entries, in order.
        10 => entries: ListHead,
        /// Ground and time of the end.
        11 => closed: Option<GivenGround>,
        /// Department that closed it.
        12 => closed_by: Option<DepartmentId>,
    }
}

cbor_map! {
    /// One entry of a case, an item of its list.
    pub struct CorrectionEntry {
        /// Kind, without the prefix `entry-` of its power.
        1 => kind: Code,
        /// Department that made it.
        2 => department: DepartmentId,
        /// Officer who signed it.
        3 => officer: Option<OfficerId>,
        /// Salted commitment to its content.
        4 => content: Hash,
        /// When it happened, as the department claims.
        5 => occurred_at: TimeMs,
        /// Block time.
        6 => anchored_at: TimeMs,
        /// Id of the statement that made it.
        7 => statement: Hash,
    }
}
