//! Unified social credit codes, GB 32100-2015, and the organisation code inside, GB 11714.
//!
//! ```text
//! 9 1 440300 708461136 T
//! | | region organisation (8 + own check)
//! | kind                 check (MOD 31)
//! registering department
//! ```

use std::fmt;

use super::{Checked, Regions, Warning, compact};

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A unified social credit code 统一社会信用代码: 18 characters, upper case. Public, so it is shown whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode([u8; 18]);

/// Why a text is no unified social credit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Another count of characters.
    #[error("a unified social credit code has 18 characters, this has {found}")]
    Length {
        /// Characters found, blanks left out (19 stands for "more than 18").
        found: usize,
    },
    /// A character the standard does not use, or a letter among the region digits.
    #[error("character {position} cannot stand there: digits and capital letters without I, O, S, V, Z")]
    Character {
        /// Place, counted from 1.
        position: usize,
    },
    /// The check character does not fit.
    #[error("the check character does not fit: look for a mistyped or swapped character")]
    Check,
}

impl CreditCode {
    /// Reads a code as typed: blanks, lower case and full-width forms are tolerated.
    ///
    /// # Errors
    /// [`CreditCodeError`], the first reason found. An unknown region, or an organisation code that fails its own
    /// check, is a warning.
    pub fn parse(text: &str, regions: &Regions) -> Result<Checked<Self>, CreditCodeError> {
        let chars = compact(text, 18).ok_or(CreditCodeError::Length { found: 19 })?;
        if chars.len() != 18 {
            return Err(CreditCodeError::Length { found: chars.len() });
        }
        let mut bytes = [0; 18];
        let mut sum = 0;
        for (index, (slot, c)) in bytes.iter_mut().zip(&chars).enumerate() {
            let error = CreditCodeError::Character { position: index + 1 };
            let upper = u8::try_from(c.to_ascii_uppercase()).map_err(|_| error.clone())?;
            let value = ALPHABET.iter().position(|a| *a == upper).ok_or_else(|| error.clone())?;
            if (2..8).contains(&index) && value > 9 {
                return Err(error);
            }
            *slot = upper;
            sum += value as u32 * WEIGHTS.get(index).copied().unwrap_or_default();
        }
        let check = (31 - sum % 31) % 31;
        if ALPHABET[check as usize] != bytes[17] {
            return Err(CreditCodeError::Check);
        }
        let value = Self(bytes);
        let mut warnings = Vec::new();
        if !regions.knows(&value.as_str()[2..8]) {
            warnings.push(Warning::UnknownRegion);
        }
        if !value.organisation_code_fits() {
            warnings.push(Warning::OrganisationCode);
        }
        Ok(Checked { value, warnings })
    }

    /// The code in its stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("built from ASCII only")
    }

    /// Whether characters 9 to 17 pass the check of GB 11714.
    fn organisation_code_fits(&self) -> bool {
        let code = &self.0[8..17];
        let sum: u32 = code.iter().zip(INNER_WEIGHTS).map(|(b, weight)| letter_value(*b) * weight).sum();
        let check = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            n => b'0' + n as u8,
        };
        code[8] == check
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({self})")
    }
}

/// Digits as themselves, letters from A = 10 to Z = 35 with none left out, as GB 11714 counts them.
fn letter_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte - b'A') + 10,
    }
}
