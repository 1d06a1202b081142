//! Which key the rules look for in which place of a statement, and who has signed of each department.

use ledger::action::Action;
use ledger::record::{Department, KeyRecord, KeyStatus, Purpose};
use ledger::state::StateKey;
use ledger::types::{DepartmentId, TimeMs};

use super::super::key::purpose_key;
use super::super::{beijing, facts};
use super::about::About;
use crate::app::Signer;

/// What a place of a statement is for: the first is that of `--key`, the others those of `--with`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The officer who acts.
    Officer,
    /// A second officer of the same department.
    Second,
    /// The department's seal.
    Seal,
    /// One of the department's administration keys.
    Administration,
    /// An administration key of this department or of one other.
    EitherAdministration,
    /// Nobody: the act takes no such key.
    Nobody,
}

impl Place {
    fn of(action: &Action, index: usize) -> Self {
        match (action, index) {
            (Action::Propose(_) | Action::Vote(_) | Action::Ready(_), _) => Self::Administration,
            (Action::RegisterKey(_) | Action::SuspendKey(_), _) => Self::Administration,
            (Action::ResumeKey(_) | Action::RevokeKey(_), _) => Self::Administration,
            (Action::FreezeKey(_), _) => Self::EitherAdministration,
            (_, 0) => Self::Officer,
            (Action::Issue(_), 1) => Self::Seal,
            (Action::Amend(_) | Action::Supersede(_) | Action::Annul(_), 1) => Self::Second,
            _ => Self::Nobody,
        }
    }

    fn fits(self, signer: &Signer, own: &DepartmentId, other: Option<&DepartmentId>) -> bool {
        let (purpose, is_own) = (signer.card.purpose, signer.card.department == *own);
        match self {
            Self::Officer => purpose == Purpose::Officer,
            Self::Second => purpose == Purpose::Officer && is_own,
            Self::Seal => purpose == Purpose::Seal && is_own,
            Self::Administration => purpose == Purpose::Administration && is_own,
            Self::EitherAdministration => {
                purpose == Purpose::Administration && (is_own || other == Some(&signer.card.department))
            }
            Self::Nobody => false,
        }
    }

    const fn needed(self) -> &'static str {
        match self {
            Self::Officer => "here-need-officer",
            Self::Second => "here-need-second",
            Self::Seal => "here-need-seal",
            Self::Administration => "here-need-administration",
            Self::EitherAdministration => "here-need-either",
            Self::Nobody => "here-need-nobody",
        }
    }
}

impl About<'_> {
    /// The first department of a key that signs along and is not the main one's.
    fn other(&self) -> Option<&DepartmentId> {
        let own = self.own()?;
        self.signers.iter().map(|signer| &signer.card.department).find(|department| *department != own)
    }

    /// Each key that stands where the act has no use for it: what it is, and what is needed in its place.
    pub(super) fn misplaced(&self) -> Vec<String> {
        let Some(own) = self.own() else { return Vec::new() };
        let line = |(index, signer): (usize, &Signer)| {
            let place = Place::of(self.action, index);
            if place.fits(signer, own, self.other()) {
                return None;
            }
            let purpose = self.app.words.say(purpose_key(signer.card.purpose));
            let needed = self.app.say(place.needed(), &[("department", &self.department(own))]);
            Some(self.app.say(
                "here-misplaced",
                &[
                    ("key", &*signer.name.to_string()),
                    ("option", if index == 0 { "--key" } else { "--with" }),
                    ("purpose", &purpose),
                    ("department", &self.department(&signer.card.department)),
                    ("needed", &needed),
                ],
            ))
        };
        self.signers.iter().enumerate().filter_map(line).collect()
    }

    /// Each key that signed, what it is for, and how it stands on the ledger.
    pub(super) fn keys(&self) -> Vec<String> {
        let line = |signer: &Signer| {
            let (name, id) = (signer.name.to_string(), signer.card.id());
            let purpose = self.app.words.say(purpose_key(signer.card.purpose));
            let status = match self.look(&StateKey::key(&id)) {
                Ok(Some(record)) => self.standing(&record),
                Ok(None) => self.app.words.say("key-standing-none"),
                Err(_) => self.app.words.say("key-standing-unread"),
            };
            self.app.say("here-key", &[("key", &name), ("purpose", &purpose), ("status", &status)])
        };
        self.signers.iter().map(line).collect()
    }

    pub(super) fn standing(&self, record: &KeyRecord) -> String {
        let now = self.app.now();
        let until = |key: &str, time: TimeMs| self.app.say(key, &[("time", &beijing::shown(time))]);
        match (record.status, record.frozen_until) {
            (KeyStatus::Revoked, _) => until("key-standing-revoked", record.status_since),
            (KeyStatus::Suspended, _) => until("key-standing-suspended", record.status_since),
            (KeyStatus::Active, Some(time)) if time > now => until("key-standing-frozen", time),
            (KeyStatus::Active, _) if record.not_before > now => until("key-standing-early", record.not_before),
            (KeyStatus::Active, _) if record.not_after <= now => until("key-standing-expired", record.not_after),
            (KeyStatus::Active, _) => self.app.words.say("key-standing-active"),
        }
    }

    /// The keys that stand in wrong places; where none does, the key that is registered or stopped, or how all stand.
    pub(super) fn purposes(&self) -> Vec<String> {
        let misplaced = self.misplaced();
        if !misplaced.is_empty() {
            return misplaced;
        }
        let purpose = |purpose| self.app.words.say(purpose_key(purpose));
        let target: Option<KeyRecord> = match self.action {
            Action::RegisterKey(register) if !matches!(register.purpose, Purpose::Officer | Purpose::Seal) => {
                return vec![self.app.say("here-register-purpose", &[("purpose", &purpose(register.purpose))])];
            }
            Action::SuspendKey(_) | Action::RevokeKey(_) => self.read(&self.action.subject()),
            _ => None,
        };
        match target {
            Some(record) if record.purpose == Purpose::Administration => {
                vec![self.app.words.say("here-administration-fixed")]
            }
            _ => self.keys(),
        }
    }

    /// How many administration keys each department needs, which signed, and how many are missing.
    pub(super) fn administrations(&self) -> Vec<String> {
        let (freezes, own, other) = (matches!(self.action, Action::FreezeKey(_)), self.own(), self.other());
        let mut lines = Vec::new();
        if freezes {
            lines.push(self.app.words.say("here-freeze"));
        }
        let departments = own.into_iter().chain(other.filter(|_| freezes));
        lines.extend(departments.filter_map(|department| self.administration(department)));
        if let (true, None, Some(own)) = (freezes, other, own) {
            lines.push(self.app.say("here-freeze-other", &[("department", &self.department(own))]));
        }
        lines
    }

    fn administration(&self, id: &DepartmentId) -> Option<String> {
        let department: Department = self.read(&StateKey::department(id))?;
        let signed: Vec<String> = self
            .signers
            .iter()
            .filter(|signer| department.administration.contains(&signer.card.id()))
            .map(|signer| signer.name.to_string())
            .collect();
        let needed = usize::from(department.administration_threshold);
        let keys = match signed.is_empty() {
            true => self.app.words.say("here-signed-none"),
            false => signed.join(&self.app.words.say("list-join")),
        };
        let values = [
            ("department", facts::department(self.app, &department)),
            ("needed", needed.to_string()),
            ("keys", keys),
            ("missing", needed.saturating_sub(signed.len()).to_string()),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        Some(match signed.len() < needed {
            true => self.app.say("here-threshold", &values),
            false => self.app.say("here-threshold-met", &values[..3]),
        })
    }
}
