//! Catalogue items 事项: what may be done, by whom, on which legal basis. No power outside the list 清单之外无权力.

use crate::record::Department;
use crate::types::{Code, DepartmentId, ItemCode, Role, Text};

cbor_code! {
    /// Which rules an item falls under.
    pub enum ItemKind {
        /// A kind of notarial certificate.
        Notarial = 1 "notarial",
        /// Identity attestation.
        Identity = 2 "identity",
        /// Community corrections 社区矫正.
        Correction = 3 "correction",
    }
}

cbor_code! {
    /// Whether a second person approves before a certificate is issued.
    pub enum Approval {
        /// The head 负责人 or a designated notary, never the notary in charge.
        Required = 1 "required",
        /// The notary in charge may approve alone.
        NotRequired = 2 "not-required",
    }
}

cbor_map! {
    /// One act that an item knows, and the roles that may do it.
    pub struct Power {
        /// The act, as `draft`, `open`, `entry-report`, `close-expired`.
        1 => act: Code,
        /// A department needs one of these roles.
        2 => roles: Vec<Role>,
        /// The act in Chinese.
        3 => name_zh: Text,
        /// The act in English.
        4 => name_en: Text,
    }
}

/// Acts on a case that come in kinds, each kind a power of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseAct {
    /// An entry, as `entry-report`.
    Entry,
    /// The end, as `close-expired`.
    Close,
}

impl CaseAct {
    const fn head(self) -> &'static str {
        match self {
            Self::Entry => "entry-",
            Self::Close => "close-",
        }
    }

    /// The act of a kind, as the item's powers name it.
    #[must_use]
    pub fn of_kind(self, kind: &Code) -> String {
        format!("{}{kind}", self.head())
    }

    /// The kind that a power is about, if it is one of these acts.
    #[must_use]
    pub fn kind_of(self, power: &Power) -> Option<&str> {
        power.act.as_str().strip_prefix(self.head())
    }
}

cbor_map! {
    /// A catalogue item in one version.
    pub struct Item {
        /// Code.
        1 => code: ItemCode,
        /// Version, from 1, plus one at each change.
        2 => version: u32,
        /// Rules that it falls under.
        3 => kind: ItemKind,
        /// Name in Chinese.
        4 => name_zh: Text,
        /// Name in English.
        5 => name_en: Text,
        /// Legal basis: law and article.
        6 => legal_basis: Text,
        /// Departments that exercise it.
        7 => exercising: Vec<DepartmentId>,
        /// What may be done under it.
        8 => powers: Vec<Power>,
        /// False once withdrawn: nothing new is opened under it.
        9 => active: bool,
        /// Notarial: whether a second person approves.
        10 => approval: Option<Approval>,
        /// Notarial: class of numbers.
        11 => number_class: Option<Code>,
        /// Promised limit in minutes of office time.
        12 => promised_minutes: Option<u32>,
        /// Statutory limit in working days.
        13 => statutory_days: Option<u32>,
        /// The applicant must attend in person.
        14 => in_person: bool,
        /// Correction: roles that may read a case.
        15 => parties: Vec<Role>,
        /// Codes that cases or persons of this item are told apart by, as 缓刑 among corrections.
        16 => variants: Vec<Code>,
        /// Notarial: least number of subjects, each with an attestation in force; left out, one. Zero is for applicants
        /// whom no member attests, such as those whose papers the notary alone has verified.
        17 => subjects_min: Option<u8>,
    }
}

cbor_array! {
    /// An item in the version that a record was opened under.
    pub struct ItemRef {
        /// Code.
        code: ItemCode,
        /// Version.
        version: u32,
    }
}

impl Item {
    /// The reference that records keep.
    #[must_use]
    pub fn reference(&self) -> ItemRef {
        ItemRef { code: self.code.clone(), version: self.version }
    }

    /// The power to act, if the item knows this act.
    #[must_use]
    pub fn power(&self, act: &str) -> Option<&Power> {
        self.powers.iter().find(|power| power.act.as_str() == act)
    }

    /// True if the department exercises this item and one of its roles has the power to act.
    #[must_use]
    pub fn permits(&self, department: &Department, act: &str) -> bool {
        let able = |power: &Power| power.roles.iter().any(|role| department.has_role(role));
        self.exercising.contains(&department.id) && self.power(act).is_some_and(able)
    }
}
