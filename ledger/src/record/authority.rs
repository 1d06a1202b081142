//! Departments and their keys.

use crate::crypto::{KeyId, PublicKey, Suite};
use crate::types::{Code, DepartmentId, OfficeWord, OfficerId, Role, Text, TimeMs, Unit};

cbor_map! {
    /// A member of the consortium 部门, with or without a validator.
    pub struct Department {
        /// Short name.
        1 => id: DepartmentId,
        /// Name in Chinese.
        2 => name_zh: Text,
        /// Name in English.
        3 => name_en: Text,
        /// Roles it holds; the catalogue says what a role may do.
        4 => roles: Vec<Role>,
        /// Its administration keys.
        5 => administration: Vec<KeyId>,
        /// How many of them must sign: 2 of 3 as a rule.
        6 => administration_threshold: u8,
        /// For a notary office: the words of its certificate numbers, one a class; classes are added, words stay: ADR 12.
        7 => numbering: Vec<NumberWord>,
        /// False once governance has retired it: it signs nothing more, its records stay.
        8 => active: bool,
        /// Unified social credit code 统一社会信用代码 of the organisation (GB 32100-2015), public.
        9 => credit_code: Option<Text>,
        /// Once retired: the department that answers for its records, as governance named it.
        10 => successor: Option<DepartmentId>,
    }
}

cbor_map! {
    /// The words between year and serial of a certificate number, for one class.
    pub struct NumberWord {
        /// Class of certificates with a sequence of its own.
        1 => class: Code,
        /// The words, as 粤佛禅城证字.
        2 => word: OfficeWord,
    }
}

cbor_map! {
    /// Who was given words of certificate numbers: they are given once, so two certificates never show one number.
    pub struct NumberWordHolder {
        /// The office.
        1 => office: DepartmentId,
        /// Its class of certificates.
        2 => class: Code,
    }
}

cbor_map! {
    /// A department whose keys others have frozen. Read class: consortium.
    pub struct FreezeMark {
        /// End of the newest freeze of one of its keys by others.
        1 => until: TimeMs,
    }
}

cbor_code! {
    /// What a key is for; a key has exactly one purpose.
    pub enum Purpose {
        /// Manages the department's keys and votes in governance.
        Administration = 1 "administration",
        /// Votes in consensus.
        Consensus = 2 "consensus",
        /// Identifies a node in the network.
        Network = 3 "network",
        /// An officer's own key.
        Officer = 4 "officer",
        /// The seal of a notary office 公证处印章.
        Seal = 5 "seal",
        /// A party that asks a citizen to log in.
        RelyingParty = 6 "relying-party",
        /// A citizen's or company's own key.
        Holder = 7 "holder",
    }
}

cbor_code! {
    /// Whether a key may sign.
    pub enum KeyStatus {
        /// It may, within its validity and unless it is frozen.
        Active = 1 "active",
        /// Not until its department resumes it.
        Suspended = 2 "suspended",
        /// Never again.
        Revoked = 3 "revoked",
    }
}

cbor_map! {
    /// A key of a department. A signature is judged by this record at the block of the statement.
    pub struct KeyRecord {
        /// Owner.
        1 => department: DepartmentId,
        /// Algorithms.
        2 => suite: Suite,
        /// The key.
        3 => key: PublicKey,
        /// What it is for.
        4 => purpose: Purpose,
        /// The person who holds it; all keys of one person carry the same pseudonym.
        5 => officer: Option<OfficerId>,
        /// What the officer is; the rules know those of [`Title`], others speak to people alone.
        6 => titles: Vec<Code>,
        /// Unit inside the department.
        7 => unit: Option<Unit>,
        /// First block time at which it may sign.
        8 => not_before: TimeMs,
        /// First block time at which it may no longer sign.
        9 => not_after: TimeMs,
        /// Status.
        10 => status: KeyStatus,
        /// Block time of the last change of status.
        11 => status_since: TimeMs,
        /// Frozen up to this block time: by two departments, or by itself as one of the last administration keys.
        12 => frozen_until: Option<TimeMs>,
    }
}

/// A title that the rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Title {
    /// A notary 公证员.
    Notary,
    /// The head of the office 公证机构负责人, a notary too.
    Head,
    /// A notary whom the head designated to approve 签发.
    Designated,
}

impl Title {
    /// The code that keys carry.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notary => "notary",
            Self::Head => "head",
            Self::Designated => "designated",
        }
    }

    /// True if one of the wanted titles is among those that a key carries.
    #[must_use]
    pub fn any_of(wanted: &[Self], held: &[Code]) -> bool {
        wanted.iter().any(|title| held.iter().any(|code| code.as_str() == title.word()))
    }
}

impl Department {
    /// True if it holds this role.
    #[must_use]
    pub fn has_role(&self, role: &Role) -> bool {
        self.roles.contains(role)
    }

    /// True if it counts in a vote: a member whose keys are still to come cannot vote, and must not hold the others up.
    #[must_use]
    pub fn can_vote(&self) -> bool {
        self.active && !self.administration.is_empty()
    }

    /// The number word of a class.
    #[must_use]
    pub fn number_word(&self, class: &Code) -> Option<&OfficeWord> {
        self.numbering.iter().find(|entry| entry.class == *class).map(|entry| &entry.word)
    }
}
