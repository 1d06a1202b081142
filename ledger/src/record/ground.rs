//! Grounds 事由: the codes that may stand as the reason of an act. Data of the consortium, never code.

use crate::types::{Code, Text};

cbor_map! {
    /// One ground.
    pub struct Ground {
        /// Its code, as statements and records carry it.
        1 => code: Code,
        /// The ground in Chinese.
        2 => name_zh: Text,
        /// The ground in English.
        3 => name_en: Text,
    }
}

cbor_map! {
    /// The grounds of one act. Read class: public.
    pub struct Grounds {
        /// The action, by its word, as `annul` or `revoke-identity`.
        1 => act: Code,
        /// Ascending by code, each once, at most [`GROUNDS_MAX`]; no act that needs a ground is possible without one.
        2 => grounds: Vec<Ground> [GROUNDS_MAX],
    }
}

/// Grounds of one act.
pub const GROUNDS_MAX: usize = 64;

/// The actions that give a ground, by their words. What ends a case or is entered in it is a power of its item.
pub const ACTS_WITH_GROUNDS: [&str; 10] = [
    "amend",
    "annul",
    "freeze-key",
    "resume-identity",
    "revoke-identity",
    "revoke-key",
    "supersede",
    "suspend-identity",
    "suspend-key",
    "void",
];

impl Grounds {
    /// True if the list is one of an act that gives a ground, and is as it must be.
    #[must_use]
    pub fn fits(&self) -> bool {
        let known = ACTS_WITH_GROUNDS.contains(&self.act.as_str());
        known && self.grounds.len() <= GROUNDS_MAX && self.grounds.is_sorted_by(|a, b| a.code < b.code)
    }

    /// True if the list has this ground.
    #[must_use]
    pub fn has(&self, code: &Code) -> bool {
        self.grounds.iter().any(|ground| ground.code == *code)
    }
}
