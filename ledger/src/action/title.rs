//! Titles that the rules ask of the officers who sign: stated once, for the rules and for whoever says who may sign.
//!
//! ```text
//! draft, issue               notary
//! approve                    head, designated; where the item needs no second person, notary as well
//! amend, supersede, annul    head, designated: one of the two officers who sign
//! void                       notary, head, designated
//! ```
//! No other action asks for a title. Law: 公证程序规则 (2020) arts. 40-42.

use crate::record::{Approval, Item, NotarialCertificate, Title};
use crate::rejection::Rejection;
use crate::types::{Code, OfficerId};

/// Who has charge of a certificate.
pub(super) const IN_CHARGE: &[Title] = &[Title::Notary];
/// Who stands for the office.
pub(super) const OF_THE_OFFICE: &[Title] = &[Title::Head, Title::Designated];
/// Every notary, by this title or by one that only notaries have.
pub(super) const ANY_NOTARY: &[Title] = &[Title::Notary, Title::Head, Title::Designated];

/// Who may approve under an item; without one, under an item that needs a second person.
pub(super) fn approvers(item: Option<&Item>) -> &'static [Title] {
    if item.is_some_and(needs_no_second) { ANY_NOTARY } else { OF_THE_OFFICE }
}

fn needs_no_second(item: &Item) -> bool {
    item.approval == Some(Approval::NotRequired)
}

/// Checks that an officer of the certificate's office, whose key carries these titles, may approve it 签发: somebody else
/// than the notary in charge, unless the item needs no second person.
///
/// `item` is the one that the certificate was drafted under.
///
/// # Errors
/// `NotInCharge`, `TitleMissing` or `SamePerson`.
pub fn check_approver(
    record: &NotarialCertificate,
    item: &Item,
    officer: OfficerId,
    titles: &[Code],
) -> Result<(), Rejection> {
    let (in_charge, titled) = (officer == record.notary, Title::any_of(approvers(Some(item)), titles));
    if needs_no_second(item) && !in_charge && !Title::any_of(OF_THE_OFFICE, titles) {
        Err(Rejection::NotInCharge)
    } else if !titled {
        Err(Rejection::TitleMissing)
    } else if in_charge && !needs_no_second(item) {
        Err(Rejection::SamePerson)
    } else {
        Ok(())
    }
}
