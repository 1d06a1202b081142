//! Notarial certificates: draft -> approve -> issue, and what may follow.
//!
//! ```text
//! draft ──approve──> approved ──issue──> issued ──amend──> issued
//!                        │                  ├──supersede──> superseded
//!                        └──void, deadline  └──annul──────> annulled
//! ```
//! Number, year and class: continuous and never repeated (司公字94号); a number that was approved and never issued
//! stays as 作废. Law: 公证程序规则 (2020) arts. 40-42 (approval, signature and seal, number), 61-64 (after issue).

use super::{Rule, title};
use crate::crypto::Hash;
use crate::limits::SUBJECTS_MAX;
use crate::record::{
    Amendment, CertificateNumber, CertificateStatus, IdentityAttestation, IdentityStatus, Item, ItemKind, ItemRef,
    LookupRecord, NotarialCertificate, NumberCounter, Title, lookup_key, subject_binding,
};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, require};
use crate::state::StateKey;
use crate::types::{Code, RecordId, TimeMs};
use std::sync::Arc;

cbor_map! {
    /// The notary in charge drafts a certificate.
    pub struct Draft {
        /// Id of the new record, random.
        1 => certificate: RecordId,
        /// Item in its newest version.
        2 => item: ItemRef,
        /// Salted commitment to the application file.
        3 => matter: Hash,
        /// Identity attestations of the subjects, each once, at most `limits::SUBJECTS_MAX`; each must be in force.
        4 => subjects: Vec<RecordId> [SUBJECTS_MAX],
    }
}

cbor_map! {
    /// The head or a designated notary approves 签发; the certificate gets its number.
    pub struct Approve {
        /// The certificate.
        1 => certificate: RecordId,
        /// Year of the number; must be that of the block's date in Beijing.
        2 => year: u32,
        /// The serial that the office expects, if it wants to be sure.
        3 => serial: Option<u64>,
        /// The attestations of all subjects, to refuse now what could not be issued; who approves need not know them.
        4 => subjects: Option<Vec<RecordId>> [SUBJECTS_MAX],
    }
}

cbor_map! {
    /// The notary in charge issues 出具, with the office's seal key.
    pub struct Issue {
        /// The certificate.
        1 => certificate: RecordId,
        /// Salted commitment of the finished file.
        2 => document: Hash,
        /// Commitment to number and look-up code, see [`lookup_commitment`](crate::record::lookup_commitment); the ledger
        /// makes the look-up of it and of the certificate's own number.
        3 => lookup: Hash,
        /// The attestations of all subjects, as drafted, in any order; left out if there are none. Each must be in force.
        4 => subjects: Option<Vec<RecordId>> [SUBJECTS_MAX],
    }
}

cbor_map! {
    /// The office mends an issued certificate 补正.
    pub struct Amend {
        /// The certificate.
        1 => certificate: RecordId,
        /// Salted commitment of the paper that mends it.
        2 => document: Hash,
        /// Ground.
        3 => reason: Code,
        /// Salted commitment to a text.
        4 => text: Option<Hash>,
    }
}

cbor_map! {
    /// The office replaces an issued certificate by another issued one 收回更正后重发.
    pub struct Supersede {
        /// The certificate that is replaced.
        1 => certificate: RecordId,
        /// The certificate that replaces it.
        2 => replacement: RecordId,
        /// Ground.
        3 => reason: Code,
        /// Salted commitment to a text.
        4 => text: Option<Hash>,
    }
}

cbor_map! {
    /// The office annuls an issued certificate 撤销: void from the start.
    pub struct Annul {
        /// The certificate.
        1 => certificate: RecordId,
        /// Ground.
        2 => reason: Code,
        /// Salted commitment to a text.
        3 => text: Option<Hash>,
    }
}

cbor_map! {
    /// The office voids an approved certificate that will not be issued 作废.
    pub struct Void {
        /// The certificate.
        1 => certificate: RecordId,
        /// Ground.
        2 => reason: Code,
    }
}

impl Rule for Draft {
    const TITLES: &'static [Title] = title::IN_CHARGE;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let distinct =
            self.subjects.iter().enumerate().all(|(index, subject)| !self.subjects[..index].contains(subject));
        require(self.subjects.len() <= SUBJECTS_MAX && distinct, Rejection::OutOfRange)?;
        let notary = context.signers.sole_officer()?;
        context.signers.titled(Self::TITLES)?;
        let item = context.current_item(&self.item, ItemKind::Notarial)?;
        context.require_power(&item, "draft")?;
        context.vacant::<NotarialCertificate>(&self.subject())?;
        let least = usize::from(item.subjects_min.unwrap_or(1));
        require(self.subjects.len() >= least, Rejection::SubjectsTooFew)?;
        let class = item.number_class.clone().ok_or(Rejection::ItemOfOtherKind)?;
        require(context.signers.department.number_word(&class).is_some(), Rejection::NumberWordUnknown)?;
        for subject in &self.subjects {
            require_in_force(context, subject)?;
        }
        let office = context.signers.department.id.clone();
        let record = NotarialCertificate {
            id: self.certificate,
            office: office.clone(),
            item: self.item.clone(),
            class,
            status: CertificateStatus::Draft,
            notary,
            matter: self.matter,
            subjects: self.subjects.iter().map(|subject| subject_binding(&self.certificate, subject)).collect(),
            drafted_at: context.time,
            number: None,
            approver: None,
            approved_at: None,
            issue_before: None,
            document: None,
            issued_at: None,
            amendments: Vec::new(),
            supersedes: None,
            superseded_by: None,
            ended: None,
        };
        context.state.append(&StateKey::certificates_of(&office), &self.certificate)?;
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

/// The attestation must exist and be in force at this block.
fn require_in_force(context: &Context<'_, '_>, identity: &RecordId) -> Result<(), RuleError> {
    let attestation: Option<IdentityAttestation> = context.state.get(&StateKey::identity(identity))?;
    let in_force = attestation.is_some_and(|found| found.status_at(context.time) == IdentityStatus::Active);
    require(in_force, Rejection::SubjectNotInForce)
}

/// Who approves or issues names the certificate's subjects again, and they are asked again: an attestation may have been
/// revoked since the draft. The record has only their bindings.
fn require_subjects(
    context: &Context<'_, '_>,
    record: &NotarialCertificate,
    subjects: &[RecordId],
) -> Result<(), RuleError> {
    let mut named: Vec<Hash> = subjects.iter().map(|subject| subject_binding(&record.id, subject)).collect();
    let mut drafted = record.subjects.clone();
    named.sort();
    drafted.sort();
    require(named == drafted, Rejection::SubjectsNotNamed)?;
    subjects.iter().try_for_each(|subject| require_in_force(context, subject))
}

/// The certificate and its item, on which the signing office may act: its own, or one of the office that it succeeds.
fn standing(
    context: &Context<'_, '_>,
    id: &RecordId,
    act: &str,
) -> Result<(NotarialCertificate, Arc<Item>), RuleError> {
    let record: NotarialCertificate = context.record(&StateKey::certificate(id))?;
    let item = context.answers_for(&record.office, &record.item, act)?;
    Ok((record, item))
}

/// A certificate in the making and its item as it is now: a withdrawn item gives no more certificates, whatever was
/// drafted under it before. Numbers are the office's own, so nobody else continues its drafts.
fn in_the_making(
    context: &Context<'_, '_>,
    id: &RecordId,
    act: &str,
) -> Result<(NotarialCertificate, Arc<Item>), RuleError> {
    let (record, item) = standing(context, id, act)?;
    require(record.office == context.signers.department.id, Rejection::OtherDepartment)?;
    let newest = context.newest_item(&record.item)?;
    context.require_power(&newest, act)?;
    Ok((record, item))
}

impl Rule for Approve {
    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn titles(&self, item: Option<&Item>) -> &'static [Title] {
        title::approvers(item)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let approver = context.signers.sole_officer()?;
        let (mut record, item) = in_the_making(context, &self.certificate, "approve")?;
        require(record.status == CertificateStatus::Draft, Rejection::WrongStatus)?;
        title::check_approver(&record, &item, approver, &context.signers.main.titles)?;
        if let Some(subjects) = &self.subjects {
            require_subjects(context, &record, subjects)?;
        }
        require(self.year == beijing_year(context.time), Rejection::WrongYear)?;
        let counter_key = StateKey::number(&record.office, &record.class, self.year);
        let serial = context.state.get::<NumberCounter>(&counter_key)?.map_or(1, |counter| counter.next);
        match self.serial {
            Some(expected) if expected < serial => return Err(Rejection::NumberTaken.into()),
            Some(expected) if expected > serial => return Err(Rejection::NumberGap.into()),
            _ => {}
        }
        let parameters = context.parameters()?;
        record.status = CertificateStatus::Approved;
        record.number = Some(CertificateNumber { year: self.year, serial });
        record.approver = Some(approver);
        record.approved_at = Some(context.time);
        record.issue_before = Some(context.time.plus(parameters.issue_within_ms));
        context.state.put(counter_key, &NumberCounter { next: serial + 1 });
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

impl Rule for Issue {
    const TITLES: &'static [Title] = title::IN_CHARGE;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let officer = context.signers.officer()?;
        context.signers.seal()?;
        let (mut record, _) = in_the_making(context, &self.certificate, "issue")?;
        require(officer == record.notary, Rejection::NotInCharge)?;
        context.signers.titled(Self::TITLES)?;
        match record.status_at(context.time) {
            CertificateStatus::Approved => {}
            CertificateStatus::Void if record.status == CertificateStatus::Approved => {
                return Err(Rejection::IssueTooLate.into());
            }
            _ => return Err(Rejection::WrongStatus.into()),
        }
        require_subjects(context, &record, self.subjects.as_deref().unwrap_or_default())?;
        let number = record.full_number().ok_or(Rejection::WrongStatus)?;
        let lookup = StateKey::lookup(&lookup_key(&number, &self.lookup));
        record.status = CertificateStatus::Issued;
        record.document = Some(self.document);
        record.issued_at = Some(context.time);
        context.state.put(lookup, &LookupRecord { certificate: self.certificate });
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

impl Rule for Amend {
    const TITLES: &'static [Title] = title::OF_THE_OFFICE;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.two_officers(Self::TITLES)?;
        let (mut record, _) = standing(context, &self.certificate, "amend")?;
        require(record.status == CertificateStatus::Issued, Rejection::WrongStatus)?;
        require(record.amendments.len() < AMENDMENTS_MAX, Rejection::OutOfRange)?;
        context.require_ground("amend", &self.reason)?;
        let reason = context.given_ground(&record.office, &self.reason, self.text);
        record.amendments.push(Amendment { document: self.document, reason });
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

/// Mendings of one certificate; an office that needs more replaces it.
const AMENDMENTS_MAX: usize = 64;

impl Rule for Supersede {
    const TITLES: &'static [Title] = title::OF_THE_OFFICE;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.two_officers(Self::TITLES)?;
        let (mut old, _) = standing(context, &self.certificate, "supersede")?;
        require(old.status == CertificateStatus::Issued, Rejection::WrongStatus)?;
        let (mut new, _) = standing(context, &self.replacement, "supersede")?;
        let fits = new.id != old.id
            && new.status == CertificateStatus::Issued
            && new.supersedes.is_none()
            && new.item.code == old.item.code;
        require(fits, Rejection::WrongReplacement)?;
        context.require_ground("supersede", &self.reason)?;
        old.status = CertificateStatus::Superseded;
        old.superseded_by = Some(new.id);
        old.ended = Some(context.given_ground(&old.office, &self.reason, self.text));
        new.supersedes = Some(old.id);
        context.state.put(StateKey::certificate(&new.id), &new);
        context.state.put(self.subject(), &old);
        Ok(())
    }
}

impl Rule for Annul {
    const TITLES: &'static [Title] = title::OF_THE_OFFICE;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.two_officers(Self::TITLES)?;
        let (mut record, _) = standing(context, &self.certificate, "annul")?;
        let stands = matches!(record.status, CertificateStatus::Issued | CertificateStatus::Superseded);
        require(stands, Rejection::WrongStatus)?;
        context.require_ground("annul", &self.reason)?;
        record.status = CertificateStatus::Annulled;
        record.ended = Some(context.given_ground(&record.office, &self.reason, self.text));
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

impl Rule for Void {
    const TITLES: &'static [Title] = title::ANY_NOTARY;

    fn subject(&self) -> StateKey {
        StateKey::certificate(&self.certificate)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        let officer = context.signers.sole_officer()?;
        let (mut record, _) = standing(context, &self.certificate, "void")?;
        let stands = officer == record.notary || Title::any_of(title::OF_THE_OFFICE, &context.signers.main.titles);
        require(stands, Rejection::NotInCharge)?;
        context.signers.titled(Self::TITLES)?;
        require(record.status == CertificateStatus::Approved, Rejection::WrongStatus)?;
        context.require_ground("void", &self.reason)?;
        record.status = CertificateStatus::Void;
        record.ended = Some(context.given_ground(&record.office, &self.reason, None));
        context.state.put(self.subject(), &record);
        Ok(())
    }
}

/// Year of a time's date in Beijing (UTC+8 all year since 1991), Gregorian.
#[must_use]
pub fn beijing_year(time: TimeMs) -> u32 {
    const DAY_MS: u64 = 24 * 3600 * 1000;
    let mut days = time.plus(8 * 3600 * 1000).0 / DAY_MS;
    // Whole cycles of 400 years have 146,097 days; what is left takes at most 400 steps.
    let mut year = 1970 + (days / 146_097) * 400;
    days %= 146_097;
    loop {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = if leap { 366 } else { 365 };
        if days < length {
            return u32::try_from(year).unwrap_or(u32::MAX);
        }
        days -= length;
        year += 1;
    }
}
