//! Citizen identity numbers, GB 11643-1999.
//!
//! ```text
//! 440699 19900101 001 8
//! region birth    seq check (ISO 7064 MOD 11-2)
//! ```

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Checked, Regions, Warning, compact};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// A citizen identity number 公民身份号码: 18 characters, the last a digit or `X`.
///
/// Shown masked by `Display` and `Debug`; only [`CitizenId::expose`] gives the whole number. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct CitizenId([u8; 18]);

/// Which paper a number of this shape belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 居民身份证.
    Citizen,
    /// 港澳台居民居住证: regions 81, 82, 83.
    HongKongMacaoTaiwanResident,
    /// 外国人永久居留身份证, the 18-digit version of 2023: first digit 9.
    ForeignPermanentResident,
}

/// The sex written into the sequence digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Odd sequence.
    Male,
    /// Even sequence.
    Female,
}

/// Why a text is no citizen identity number. No variant carries the number or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CitizenIdError {
    /// Another count of characters.
    #[error("a citizen identity number has 18 characters, this has {found}")]
    Length {
        /// Characters found, blanks left out (19 stands for "more than 18").
        found: usize,
    },
    /// A number of the first generation.
    #[error("this is a 15-digit number of the first generation; use the 18-digit number printed on the present card")]
    FirstGeneration,
    /// A character that cannot stand where it stands.
    #[error("character {position} must be a digit (the last may be X)")]
    Character {
        /// Place, counted from 1.
        position: usize,
    },
    /// The date of birth is no day of the calendar.
    #[error("digits 7 to 14 are no date of the calendar")]
    Date,
    /// The check character does not fit.
    #[error("the check character does not fit: look for a mistyped or swapped digit")]
    Check,
}

impl CitizenId {
    /// Reads a number as typed: blanks and full-width forms are tolerated, `x` becomes `X`.
    ///
    /// # Errors
    /// [`CitizenIdError`], the first reason found. An unknown region is a warning.
    pub fn parse(text: &str, regions: &Regions) -> Result<Checked<Self>, CitizenIdError> {
        let mut chars = compact(text, 18).ok_or(CitizenIdError::Length { found: 19 })?;
        let parsed = Self::from_chars(&chars);
        chars.zeroize();
        let value = parsed?;
        let mut warnings = Vec::new();
        if value.paper() != Paper::ForeignPermanentResident && !regions.knows(value.expose()) {
            warnings.push(Warning::UnknownRegion);
        }
        Ok(Checked { value, warnings })
    }

    fn from_chars(chars: &[char]) -> Result<Self, CitizenIdError> {
        if chars.len() == 15 && chars.iter().all(char::is_ascii_digit) {
            return Err(CitizenIdError::FirstGeneration);
        }
        if chars.len() != 18 {
            return Err(CitizenIdError::Length { found: chars.len() });
        }
        let mut value = Self([0; 18]);
        for (index, (slot, c)) in value.0.iter_mut().zip(chars).enumerate() {
            *slot = match c {
                '0'..='9' => *c as u8,
                'x' | 'X' if index == 17 => b'X',
                _ => return Err(CitizenIdError::Character { position: index + 1 }),
            };
        }
        let (year, month, day) = value.birth();
        if !is_date(year, month, day) {
            return Err(CitizenIdError::Date);
        }
        let sum: u32 = value.0.iter().zip(WEIGHTS).map(|(b, weight)| digit(*b) * weight).sum();
        if CHECKS[(sum % 11) as usize] != value.0[17] {
            return Err(CitizenIdError::Check);
        }
        Ok(value)
    }

    /// The whole number. For the office's own screen and for commitments; never for a log, a URL or an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).expect("built from ASCII only")
    }

    /// First six and last four characters: `440604********001X`.
    #[must_use]
    pub fn masked(&self) -> String {
        let text = self.expose();
        format!("{}********{}", &text[..6], &text[14..])
    }

    /// Year, month and day of birth.
    #[must_use]
    pub fn birth(&self) -> (u16, u8, u8) {
        let number = |range: std::ops::Range<usize>| self.0[range].iter().fold(0, |n, b| n * 10 + digit(*b));
        (number(6..10) as u16, number(10..12) as u8, number(12..14) as u8)
    }

    /// The sex written into the number.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if digit(self.0[16]) % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Which paper a number of this shape belongs to.
    #[must_use]
    pub fn paper(&self) -> Paper {
        match &self.0[..2] {
            b"81" | b"82" | b"83" => Paper::HongKongMacaoTaiwanResident,
            [b'9', _] => Paper::ForeignPermanentResident,
            _ => Paper::Citizen,
        }
    }
}

impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({})", self.masked())
    }
}

/// The value of an ASCII digit; `X` stands only in the last place, which has no weight.
fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// Whether the day exists in the Gregorian calendar, in the years a living or dead citizen can have.
fn is_date(year: u16, month: u8, day: u8) -> bool {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1800..=2199).contains(&year) && (1..=days).contains(&day)
}
