//! Actions: what a statement can say. One file a subject, each with its body types and its rules.
//!
//! A rule runs in three steps: the statement's own form, then the state and the signer's authority, then the writes.
//! Nothing is written before every check has passed, and a refused statement leaves no trace.

pub mod correction;
pub mod governance;
pub mod identity;
pub mod key;
pub mod notarial;
pub mod title;

use crate::record::{Item, Title};
use crate::rules::{Context, RuleError};
use crate::state::StateKey;

cbor_union! {
    /// What a statement says; the body's type decides the rules.
    pub enum Action {
        /// Opens a governance proposal.
        Propose(governance::Propose) = 1 "propose",
        /// Votes on a proposal.
        Vote(governance::Vote) = 2 "vote",
        /// Shows that a joining validator's node is up.
        Ready(governance::Ready) = 3 "ready",
        /// Registers a department's key.
        RegisterKey(key::RegisterKey) = 10 "register-key",
        /// Suspends a key.
        SuspendKey(key::SuspendKey) = 11 "suspend-key",
        /// Resumes a suspended key.
        ResumeKey(key::ResumeKey) = 12 "resume-key",
        /// Revokes a key for good.
        RevokeKey(key::RevokeKey) = 13 "revoke-key",
        /// Freezes a key for 72 hours.
        FreezeKey(key::FreezeKey) = 14 "freeze-key",
        /// Drafts a notarial certificate.
        Draft(notarial::Draft) = 20 "draft",
        /// Approves a drafted certificate, which gives it its number.
        Approve(notarial::Approve) = 21 "approve",
        /// Issues an approved certificate.
        Issue(notarial::Issue) = 22 "issue",
        /// Amends an issued certificate 补正.
        Amend(notarial::Amend) = 23 "amend",
        /// Replaces an issued certificate by another.
        Supersede(notarial::Supersede) = 24 "supersede",
        /// Annuls an issued certificate 撤销.
        Annul(notarial::Annul) = 25 "annul",
        /// Voids an approved certificate that will not be issued 作废.
        Void(notarial::Void) = 26 "void",
        /// Registers an identity attestation.
        RegisterIdentity(identity::Register) = 30 "register-identity",
        /// Suspends an attestation.
        SuspendIdentity(identity::Suspend) = 31 "suspend-identity",
        /// Resumes a suspended attestation.
        ResumeIdentity(identity::Resume) = 32 "resume-identity",
        /// Revokes an attestation for good.
        RevokeIdentity(identity::Revoke) = 33 "revoke-identity",
        /// Opens a corrections case.
        OpenCase(correction::Open) = 40 "open-case",
        /// Adds an entry to a case.
        EnterCase(correction::Enter) = 41 "enter-case",
        /// Closes a case.
        CloseCase(correction::Close) = 42 "close-case",
    }
}

macro_rules! each {
    ($action:expr, $body:ident => $expression:expr) => {
        match $action {
            Action::Propose($body) => $expression,
            Action::Vote($body) => $expression,
            Action::Ready($body) => $expression,
            Action::RegisterKey($body) => $expression,
            Action::SuspendKey($body) => $expression,
            Action::ResumeKey($body) => $expression,
            Action::RevokeKey($body) => $expression,
            Action::FreezeKey($body) => $expression,
            Action::Draft($body) => $expression,
            Action::Approve($body) => $expression,
            Action::Issue($body) => $expression,
            Action::Amend($body) => $expression,
            Action::Supersede($body) => $expression,
            Action::Annul($body) => $expression,
            Action::Void($body) => $expression,
            Action::RegisterIdentity($body) => $expression,
            Action::SuspendIdentity($body) => $expression,
            Action::ResumeIdentity($body) => $expression,
            Action::RevokeIdentity($body) => $expression,
            Action::OpenCase($body) => $expression,
            Action::EnterCase($body) => $expression,
            Action::CloseCase($body) => $expression,
        }
    };
}

/// The rules of one action.
pub(crate) trait Rule {
    /// The titles of which one officer who signs must hold one, see [`title`]; empty where none is asked for.
    const TITLES: &'static [Title] = &[];

    /// The record it is about; the statement's `sub` must name it.
    fn subject(&self) -> StateKey;

    /// [`Action::titles`], where the item decides.
    fn titles(&self, _item: Option<&Item>) -> &'static [Title] {
        Self::TITLES
    }

    /// Checks everything, then writes.
    ///
    /// # Errors
    /// A rejection with a stable code, or a fault of this machine.
    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError>;
}

impl Action {
    /// The record it is about.
    #[must_use]
    pub fn subject(&self) -> StateKey {
        each!(self, body => body.subject())
    }

    /// The titles of which one officer who signs must hold one; empty where the rules ask for none.
    ///
    /// `item` is the one that the record was opened under; without it, it is taken for one that needs a second person.
    #[must_use]
    pub fn titles(&self, item: Option<&Item>) -> &'static [Title] {
        each!(self, body => body.titles(item))
    }

    /// Checks everything, then writes.
    pub(crate) fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        each!(self, body => body.apply(context))
    }
}
