//! Numbers of Chinese papers: checked at the edge, masked in every display, never on the ledger.
//!
//! ```text
//! regions             GB/T 2260 codes, in force and retired (data, a warning at most)
//! citizen_id          GB 11643   公民身份号码
//! credit_code         GB 32100   统一社会信用代码, with the GB 11714 code inside it
//! certificate_number  公证书编号, as offices print it
//! ```
//!
//! An error says that the number cannot be right as written. A warning says that it may be right and somebody should
//! look: the caller shows it and goes on.

mod certificate_number;
mod citizen_id;
mod credit_code;
mod regions;
#[cfg(test)]
mod tests;

pub use certificate_number::{CertificateNumber, CertificateNumberError, CertificateYear};
pub use citizen_id::{CitizenId, CitizenIdError, Paper, Sex};
pub use credit_code::{CreditCode, CreditCodeError};
pub use regions::{Regions, RegionsError};

/// A value that passed its checks, with what somebody should still look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T> {
    /// The value in its one stored form.
    pub value: T,
    /// What looked odd without being wrong.
    pub warnings: Vec<Warning>,
}

/// Something odd that does not make a number wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The six region digits are in no list we have: a code may be newer than the list, or mistyped.
    UnknownRegion,
    /// The organisation code inside a credit code fails its own check digit (GB 11714).
    OrganisationCode,
}

impl Warning {
    /// A stable word for catalogues of messages.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::UnknownRegion => "unknown-region",
            Self::OrganisationCode => "organisation-code",
        }
    }
}

/// Reads a full-width digit or letter as its plain form, leaves all else.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// The characters of `text` without blanks, full-width forms read as plain, at most `max` of them.
///
/// Answers `None` when there are more: the caller refuses before looking further.
fn compact(text: &str, max: usize) -> Option<Vec<char>> {
    let mut out = Vec::new();
    for c in text.chars().map(plain).filter(|c| !c.is_whitespace()) {
        if out.len() == max {
            return None;
        }
        out.push(c);
    }
    Some(out)
}
