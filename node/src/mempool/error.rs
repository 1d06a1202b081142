//! Why a submission was not taken.

use ledger::codec::CodecError;
use ledger::error::Fault;
use ledger::rejection::Rejection;
use ledger::statement::StatementId;

/// Why a submission was not taken. A refusal by the rules, a lack of room and a fault are never mixed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The bytes are no statement.
    #[error("the statement cannot be read: {source}")]
    Unreadable {
        /// Why.
        #[source]
        source: CodecError,
    },
    /// The rules refuse it.
    #[error("statement {id} is refused: {rejection}")]
    Rejected {
        /// Its id.
        id: StatementId,
        /// Which rule.
        rejection: Rejection,
    },
    /// The pool is full: try again once blocks have taken some.
    #[error("the pool is full")]
    PoolFull,
    /// Too many statements of this key wait already.
    #[error("too many statements of one key are waiting")]
    KeyQuota,
    /// Too many statements of this department wait already.
    #[error("too many statements of one department are waiting")]
    DepartmentQuota,
    /// This machine fails.
    #[error(transparent)]
    Fault(#[from] Fault),
}
