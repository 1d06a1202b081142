//! The checks of a verification, each with a stable code, and those of the proof itself.
//!
//! The proof is verified part by part through the one verifier of `ledger`: first the head alone, then the state
//! under it, then the lists, then the log. What fails first is named; what comes after it is not checked.

use ledger::bundle::{BUNDLE_VERSION, Bundle};
use ledger::error::VerifyError;
use ledger::light::{self, CannotTell, LightError, Verified};
use ledger::trust::TrustFile;

use crate::catalogue::Words;
use crate::client::is_newer;
use crate::reason::Reason;

/// What was checked. The words are stable: programs may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckCode {
    /// The bundle is in its one canonical form.
    BundleForm,
    /// It is of the chain of the trust file.
    Chain,
    /// The validators follow from the trust file.
    Validators,
    /// More than two thirds of their power signed the head.
    Commit,
    /// Each value and each absence is under the head's state root.
    State,
    /// Each list is whole, or each item of it is in it.
    Lists,
    /// Each statement and older header is in the log.
    Log,
    /// The record can be read.
    Record,
    /// Each opened commitment is one of the record's.
    Disclosures,
    /// Number and look-up code lead to this record.
    Lookup,
    /// The file is the one that was anchored.
    File,
    /// The record is in force.
    Status,
    /// The view is recent enough to speak of the present.
    ViewAge,
}

impl CheckCode {
    /// Key of its sentence in the catalogue; without `check-` it is the stable code.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::BundleForm => "check-bundle-form",
            Self::Chain => "check-chain",
            Self::Validators => "check-validators",
            Self::Commit => "check-commit",
            Self::State => "check-state",
            Self::Lists => "check-lists",
            Self::Log => "check-log",
            Self::Record => "check-record",
            Self::Disclosures => "check-disclosures",
            Self::Lookup => "check-lookup",
            Self::File => "check-file",
            Self::Status => "check-status",
            Self::ViewAge => "check-view-age",
        }
    }

    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        self.key().trim_start_matches("check-")
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds.
    Ok,
    /// It does not hold.
    Failed,
    /// It could not be made, or there was nothing to check.
    NotChecked,
}

impl Outcome {
    /// Key of its word in the catalogue; without `outcome-` it is the stable word.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Ok => "outcome-ok",
            Self::Failed => "outcome-failed",
            Self::NotChecked => "outcome-not-checked",
        }
    }

    /// The stable word.
    pub(crate) fn word(self) -> &'static str {
        self.key().trim_start_matches("outcome-")
    }
}

/// One line of the list of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// What was checked.
    pub(crate) code: CheckCode,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What there is to add.
    pub(crate) detail: Detail,
}

/// What there is to add to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Figures or names; empty if there is nothing to add.
    Plain(String),
    /// A status, by the key of its word.
    Status(&'static str),
    /// The status of a case, by the key of its word.
    CaseStatus(&'static str),
    /// A bound of so many days.
    Days(u64),
    /// Why it fails or could not be made.
    Why(Reason),
}

impl Detail {
    /// For a person.
    pub(crate) fn words(&self, words: &Words) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Status(key) | Self::CaseStatus(key) => words.say(key),
            Self::Days(days) => words.with("detail-days", &[("count", &days.to_string())]),
            Self::Why(reason) => reason.words(words),
        }
    }
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Status(key) | Self::CaseStatus(key) => f.write_str(key.trim_start_matches("status-")),
            Self::Days(days) => write!(f, "{days} d"),
            Self::Why(reason) => reason.fmt(f),
        }
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<Reason> for Detail {
    fn from(reason: Reason) -> Self {
        Self::Why(reason)
    }
}

impl Check {
    /// Key of its sentence in the catalogue: that of its code, but that no case is said to be in force.
    pub(crate) const fn key(&self) -> &'static str {
        match self.detail {
            Detail::CaseStatus(_) => "check-case-status",
            _ => self.code.key(),
        }
    }

    /// A check that holds.
    pub(crate) fn ok(code: CheckCode, detail: impl Into<Detail>) -> Self {
        Self { code, outcome: Outcome::Ok, detail: detail.into() }
    }

    /// A check that does not hold.
    pub(crate) fn failed(code: CheckCode, detail: impl Into<Detail>) -> Self {
        Self { code, outcome: Outcome::Failed, detail: detail.into() }
    }

    /// A check that was not made.
    pub(crate) fn not_checked(code: CheckCode, detail: impl Into<Detail>) -> Self {
        Self { code, outcome: Outcome::NotChecked, detail: detail.into() }
    }
}

/// Why a proof gives nothing to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// It is broken or forged.
    Broken,
    /// It is of another chain than the trust file.
    OtherChain,
    /// Trust does not reach it.
    OutOfReach(CannotTell),
    /// It says that a newer program made it.
    Newer,
}

/// A proof after its checks.
pub(crate) struct Proof {
    /// The checks, in the order in which they are made.
    pub(crate) checks: Vec<Check>,
    /// The bundle and what it proves.
    pub(crate) outcome: Result<(Bundle, Verified), Unproven>,
}

const PROOF_CHECKS: [CheckCode; 7] = [
    CheckCode::BundleForm,
    CheckCode::Chain,
    CheckCode::Validators,
    CheckCode::Commit,
    CheckCode::State,
    CheckCode::Lists,
    CheckCode::Log,
];

/// Checks the bytes of a bundle under a trust file.
pub(crate) fn prove(bytes: &[u8], trust: &TrustFile) -> Proof {
    let bundle = match Bundle::decode(bytes) {
        Ok(bundle) => bundle,
        Err(error) if claimed_version(bytes).is_some_and(|version| version > BUNDLE_VERSION) => {
            return untold_at(CheckCode::BundleForm, error.into(), Unproven::Newer);
        }
        Err(error) => return failed_at(CheckCode::BundleForm, error.into(), Unproven::Broken),
    };
    match verify_in_parts(&bundle, trust) {
        Ok(verified) => {
            let checks = PROOF_CHECKS.into_iter().map(|code| held(code, &bundle, &verified)).collect();
            Proof { checks, outcome: Ok((bundle, verified)) }
        }
        Err((code, LightError::Invalid(error))) if is_newer(&bundle) => {
            untold_at(code, Reason::from(&error), Unproven::Newer)
        }
        Err((code, LightError::Invalid(error))) => {
            let other = matches!(error, VerifyError::OtherChain { .. });
            failed_at(code, Reason::from(&error), if other { Unproven::OtherChain } else { Unproven::Broken })
        }
        Err((code, LightError::CannotTell(reason))) => {
            untold_at(code, Reason::from(&reason), Unproven::OutOfReach(reason))
        }
    }
}

/// Whether bytes begin as a bundle does. In the version that is known a signed header, a pair, comes next: evidence and
/// a genesis document have as many fields and a text in that place. What a newer version has there is not known, and one
/// that is cut off before is a bundle as far as it goes.
pub(super) fn begins_as_bundle(bytes: &[u8]) -> bool {
    match claimed_version(bytes) {
        Some(version) if version <= BUNDLE_VERSION => bytes.iter().skip(3).zip([0x02, 0x82]).all(|(a, b)| *a == b),
        newer => newer.is_some(),
    }
}

/// The version that bytes claim, if they begin as a bundle does: a map of seven fields or more, and the version first.
fn claimed_version(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [0xa7..=0xb7, 0x01, version @ 0x00..=0x17, ..] => Some(u64::from(*version)),
        [0xa7..=0xb7, 0x01, 0x18, version, ..] => Some(u64::from(*version)),
        _ => None,
    }
}

/// The whole verification, after its parts one by one so that what fails can be named.
fn verify_in_parts(bundle: &Bundle, trust: &TrustFile) -> Result<Verified, (CheckCode, LightError)> {
    let mut part = Bundle { handovers: bundle.handovers.clone(), ..Bundle::of_head(bundle.head.clone()) };
    light::verify(&part, trust).map_err(|error| (stage_of_head(&error), error))?;
    part.entries.clone_from(&bundle.entries);
    light::verify(&part, trust).map_err(|error| (CheckCode::State, error))?;
    part.lists.clone_from(&bundle.lists);
    light::verify(&part, trust).map_err(|error| (CheckCode::Lists, error))?;
    light::verify(bundle, trust).map_err(|error| (CheckCode::Log, error))
}

fn stage_of_head(error: &LightError) -> CheckCode {
    match error {
        LightError::Invalid(VerifyError::OtherChain { .. }) => CheckCode::Chain,
        LightError::Invalid(VerifyError::HashMismatch { .. }) | LightError::CannotTell(_) => CheckCode::Validators,
        LightError::Invalid(_) => CheckCode::Commit,
    }
}

/// The checks when one of the proof fails: those before it held, those after it were not made.
fn failed_at(failed: CheckCode, detail: Reason, why: Unproven) -> Proof {
    let position = PROOF_CHECKS.iter().position(|code| *code == failed).unwrap_or_default();
    let checks = PROOF_CHECKS
        .into_iter()
        .enumerate()
        .map(|(index, code)| match index.cmp(&position) {
            std::cmp::Ordering::Less => Check::ok(code, ""),
            std::cmp::Ordering::Equal => Check::failed(code, detail.clone()),
            std::cmp::Ordering::Greater => Check::not_checked(code, ""),
        })
        .collect();
    Proof { checks, outcome: Err(why) }
}

/// The checks when one of the proof cannot be made: nothing was shown to be wrong.
fn untold_at(untold: CheckCode, detail: Reason, why: Unproven) -> Proof {
    let mut proof = failed_at(untold, detail, why);
    for check in &mut proof.checks {
        if check.outcome == Outcome::Failed {
            check.outcome = Outcome::NotChecked;
        }
    }
    proof
}

/// A check of a proof that holds as a whole; parts that the bundle does not have are not checked.
fn held(code: CheckCode, bundle: &Bundle, verified: &Verified) -> Check {
    let counted =
        |count: usize| if count == 0 { Check::not_checked(code, "0") } else { Check::ok(code, count.to_string()) };
    match code {
        CheckCode::Chain => Check::ok(code, verified.header().chain.to_string()),
        CheckCode::Validators => Check::ok(code, verified.validators().len().to_string()),
        CheckCode::Commit => Check::ok(code, format!("{} / {}", verified.signers(), verified.validators().len())),
        CheckCode::State => counted(bundle.entries.len()),
        CheckCode::Lists => counted(bundle.lists.len()),
        CheckCode::Log => counted(bundle.logged.len()),
        _ => Check::ok(code, ""),
    }
}
