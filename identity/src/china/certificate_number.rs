//! Numbers of notarial certificates, as offices print them.
//!
//! ```text
//! (2019) 粤佛禅城证字 第 123 号
//!  year  words           serial
//! ```
//!
//! The words between bracket and 第 name office and class together. Offices write them in many ways that no pattern
//! tells apart, so they are kept as they stand and looked up in the office register.

use std::fmt;

use ledger::limits::OFFICE_WORD_CHARS_MAX as WORDS_MAX;
use unicode_normalization::UnicodeNormalization;

use super::plain;

const CHARS_MAX: usize = 64;
const SERIAL_DIGITS_MAX: usize = 7;

/// A notarial certificate number 公证书编号, parsed and normalised.
///
/// Two numbers are equal when year, words and serial are: leading zeros of the serial are shown as issued and count
/// for nothing.
#[derive(Clone, Debug)]
pub struct CertificateNumber {
    year: CertificateYear,
    words: String,
    serial: u32,
    serial_shown: String,
}

/// The year in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateYear {
    /// Four digits.
    Full(u16),
    /// Two digits, as on certificates of the last century. Good for looking one up, never for issuing.
    Short(u8),
}

/// Why a text is no certificate number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateNumberError {
    /// Longer than any number.
    #[error("a certificate number has at most {CHARS_MAX} characters")]
    TooLong,
    /// The year in brackets is missing or is not two or four digits.
    #[error("a certificate number starts with the year in brackets, such as (2019)")]
    Year,
    /// The office words are missing, too long, or not Chinese characters.
    #[error("between the year and 第 stand one to {WORDS_MAX} Chinese characters, such as 粤佛禅城证字")]
    Words,
    /// The serial is missing, zero or too long.
    #[error("a certificate number ends with 第, one to {SERIAL_DIGITS_MAX} digits above zero, and 号")]
    Serial,
}

impl CertificateNumber {
    /// Reads a number as printed or typed: NFC, any bracket, blanks left out, full-width digits as plain ones.
    ///
    /// # Errors
    /// [`CertificateNumberError`], the first part that does not fit.
    pub fn parse(text: &str) -> Result<Self, CertificateNumberError> {
        if text.chars().nth(CHARS_MAX).is_some() {
            return Err(CertificateNumberError::TooLong);
        }
        let text: String = text.nfc().map(plain).filter(|c| !c.is_whitespace()).collect();
        let (year, rest) = split_year(&text).ok_or(CertificateNumberError::Year)?;
        let rest = rest.strip_suffix('号').ok_or(CertificateNumberError::Serial)?;
        let (words, serial_shown) = rest.rsplit_once('第').ok_or(CertificateNumberError::Serial)?;
        let serial = digits(serial_shown, 1..=SERIAL_DIGITS_MAX)
            .filter(|serial| *serial > 0)
            .ok_or(CertificateNumberError::Serial)?;
        let count = words.chars().count();
        if !(1..=WORDS_MAX).contains(&count) || !words.chars().all(is_han) {
            return Err(CertificateNumberError::Words);
        }
        Ok(Self { year, words: words.to_owned(), serial, serial_shown: serial_shown.to_owned() })
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> CertificateYear {
        self.year
    }

    /// The words between bracket and 第, verbatim: the key of the office register.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The serial as a number.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.serial
    }
}

impl PartialEq for CertificateNumber {
    fn eq(&self, other: &Self) -> bool {
        (self.year, &self.words, self.serial) == (other.year, &other.words, other.serial)
    }
}

impl Eq for CertificateNumber {}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            CertificateYear::Full(year) => write!(f, "({year:04})")?,
            CertificateYear::Short(year) => write!(f, "({year:02})")?,
        }
        write!(f, "{}第{}号", self.words, self.serial_shown)
    }
}

impl std::str::FromStr for CertificateNumber {
    type Err = CertificateNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Takes the bracketed year off the front.
fn split_year(text: &str) -> Option<(CertificateYear, &str)> {
    let inner = text.strip_prefix(['(', '〔', '['])?;
    let close = inner.find([')', '〕', ']'])?;
    let (year, rest) = inner.split_at(close);
    let mut rest = rest.chars();
    rest.next();
    let number = digits(year, 2..=4)?;
    let year = match year.len() {
        2 => CertificateYear::Short(number as u8),
        4 => CertificateYear::Full(number as u16),
        _ => return None,
    };
    Some((year, rest.as_str()))
}

/// ASCII digits as a number, when their count is in `count` (at most 7, so that it fits).
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    if count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Whether a character is of the Han script (Unicode property `Script=Han`, the ideographs of it).
fn is_han(c: char) -> bool {
    matches!(u32::from(c),
        0x3005 | 0x3007 | 0x3021..=0x3029 | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfad9
        | 0x20000..=0x2fa1f | 0x30000..=0x323af)
}
