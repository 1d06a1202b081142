//! Who signed a statement, and the questions that rules ask about them.

use super::{RuleError, require};
use crate::record::{Department, KeyRecord, Purpose};
use crate::rejection::Rejection;
use crate::types::OfficerId;

/// Keys that signed; each was judged usable at this block and its signature verified.
pub(crate) struct Signers {
    /// Department of the main key.
    pub(crate) department: Department,
    /// The main key.
    pub(crate) main: KeyRecord,
    /// Keys of the endorsements.
    pub(crate) endorsers: Vec<KeyRecord>,
}

/// Titles that the rules know.
pub(crate) mod title {
    pub(crate) const NOTARY: &str = "notary";
    pub(crate) const HEAD: &str = "head";
    pub(crate) const DESIGNATED: &str = "designated";
}

impl Signers {
    /// No endorsement at all.
    pub(crate) fn no_endorsement(&self) -> Result<(), RuleError> {
        require(self.endorsers.is_empty(), Rejection::EndorsementUnexpected)
    }

    /// The main key is an officer's; gives the officer.
    pub(crate) fn officer(&self) -> Result<OfficerId, RuleError> {
        officer_of(&self.main)
    }

    /// The main key is an officer's and nobody endorsed.
    pub(crate) fn sole_officer(&self) -> Result<OfficerId, RuleError> {
        self.no_endorsement()?;
        self.officer()
    }

    /// As many of the department's administration keys as its threshold signed, and nobody else.
    pub(crate) fn administration(&self) -> Result<(), RuleError> {
        let own = |record: &KeyRecord| {
            record.purpose == Purpose::Administration
                && record.department == self.department.id
                && self.department.administration.contains(&record.key.id())
        };
        require(own(&self.main), Rejection::WrongPurpose)?;
        require(self.endorsers.iter().all(own), Rejection::EndorsementUnexpected)?;
        let signed = 1 + self.endorsers.len();
        require(signed >= usize::from(self.department.administration_threshold), Rejection::ThresholdMissing)
    }

    /// A second officer of the same department, another person, endorsed; gives the second key.
    pub(crate) fn second_officer(&self) -> Result<&KeyRecord, RuleError> {
        let first = self.officer()?;
        let [second] = self.endorsers.as_slice() else { return Err(Rejection::SecondSignerMissing.into()) };
        require(second.department == self.department.id, Rejection::OtherDepartment)?;
        require(officer_of(second)? != first, Rejection::SamePerson)?;
        Ok(second)
    }

    /// The office's seal key endorsed, and nobody else.
    pub(crate) fn seal(&self) -> Result<(), RuleError> {
        let [seal] = self.endorsers.as_slice() else { return Err(Rejection::SealMissing.into()) };
        require(seal.purpose == Purpose::Seal, Rejection::SealMissing)?;
        require(seal.department == self.department.id, Rejection::OtherDepartment)
    }
}

fn officer_of(record: &KeyRecord) -> Result<OfficerId, RuleError> {
    require(record.purpose == Purpose::Officer, Rejection::WrongPurpose)?;
    record.officer.ok_or_else(|| Rejection::WrongPurpose.into())
}
