//! Who signed a statement, and the questions that rules ask about them.

use super::{RuleError, require};
use crate::record::{Department, KeyRecord, Purpose, Title};
use crate::rejection::Rejection;
use crate::types::{DepartmentId, OfficerId};
use std::sync::Arc;

/// Keys that signed; each was judged usable at this block and its signature verified.
pub(crate) struct Signers {
    /// Department of the main key.
    pub(crate) department: Arc<Department>,
    /// The main key.
    pub(crate) main: Arc<KeyRecord>,
    /// Keys of the endorsements.
    pub(crate) endorsers: Vec<Arc<KeyRecord>>,
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

    /// The main key's officer holds one of these titles.
    pub(crate) fn titled(&self, titles: &[Title]) -> Result<(), RuleError> {
        require(Title::any_of(titles, &self.main.titles), Rejection::TitleMissing)
    }

    /// As many of the department's administration keys as its threshold signed, and nobody else.
    pub(crate) fn administration(&self) -> Result<(), RuleError> {
        let own = |record: &Arc<KeyRecord>| administers(record, &self.department);
        require(own(&self.main), Rejection::WrongPurpose)?;
        require(self.endorsers.iter().all(own), Rejection::EndorsementUnexpected)?;
        self.reaches_threshold(&self.department)
    }

    /// The one other department whose keys endorsed, if any did.
    pub(crate) fn other_department(&self) -> Result<Option<DepartmentId>, RuleError> {
        let mut others = self.endorsers.iter().map(|record| &record.department).filter(|id| **id != self.department.id);
        let Some(first) = others.next() else { return Ok(None) };
        require(others.all(|id| id == first), Rejection::EndorsementUnexpected)?;
        Ok(Some(first.clone()))
    }

    /// The administrations of the signing department and of another one signed, each as its threshold asks.
    pub(crate) fn two_administrations(&self, other: &Department) -> Result<(), RuleError> {
        let either = |record: &Arc<KeyRecord>| administers(record, &self.department) || administers(record, other);
        require(either(&self.main) && self.endorsers.iter().all(either), Rejection::WrongPurpose)?;
        self.reaches_threshold(&self.department)?;
        self.reaches_threshold(other)
    }

    fn reaches_threshold(&self, department: &Department) -> Result<(), RuleError> {
        let keys = core::iter::once(&self.main).chain(&self.endorsers);
        let signed = keys.filter(|record| administers(record, department)).count();
        require(signed >= usize::from(department.administration_threshold), Rejection::ThresholdMissing)
    }

    /// A second officer of the same department, another person, endorsed, and one of the two holds one of these titles.
    pub(crate) fn two_officers(&self, titles: &[Title]) -> Result<(), RuleError> {
        let first = self.officer()?;
        let [second] = self.endorsers.as_slice() else { return Err(Rejection::SecondSignerMissing.into()) };
        require(second.department == self.department.id, Rejection::OtherDepartment)?;
        require(officer_of(second)? != first, Rejection::SamePerson)?;
        let held = [&self.main, second].into_iter().any(|key| Title::any_of(titles, &key.titles));
        require(held, Rejection::TitleMissing)
    }

    /// The office's seal key endorsed, and nobody else.
    pub(crate) fn seal(&self) -> Result<(), RuleError> {
        let [seal] = self.endorsers.as_slice() else { return Err(Rejection::SealMissing.into()) };
        require(seal.purpose == Purpose::Seal, Rejection::SealMissing)?;
        require(seal.department == self.department.id, Rejection::OtherDepartment)
    }
}

/// True for a key that the department lists for its administration.
fn administers(record: &KeyRecord, department: &Department) -> bool {
    record.purpose == Purpose::Administration
        && record.department == department.id
        && department.administration.contains(&record.key.id())
}

fn officer_of(record: &KeyRecord) -> Result<OfficerId, RuleError> {
    require(record.purpose == Purpose::Officer, Rejection::WrongPurpose)?;
    record.officer.ok_or_else(|| Rejection::WrongPurpose.into())
}
