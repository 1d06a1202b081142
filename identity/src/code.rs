//! Look-up codes: the secret printed on a certificate, which with its number finds the record.
//!
//! ```text
//! 7K2QM9-XWTA0R-J5NHCV     16 random symbols (80 bits), then 2 check symbols
//! ```
//!
//! The alphabet is Crockford's base 32: no I, L, O, U. What people misread is read as meant (`O` as 0, `I` and `L` as
//! 1). Over GF(32) the symbols are a polynomial with roots `a` and `a^2` (a Reed-Solomon code of distance 3): any two
//! wrong symbols, swapped ones among them, are found before a query leaves the machine.

use core::fmt;

use ledger::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use rand_core::CryptoRngCore;
use zeroize::{Zeroize, ZeroizeOnDrop};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM: usize = 16;
const SYMBOLS: usize = RANDOM + 2;
const GROUP: usize = 6;

/// The code printed on a notarial certificate: 80 random bits.
///
/// `Debug` hides it. `Display` shows it in groups, for the paper and for the person who asked.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LookupCode([u8; SYMBOLS]);

/// Why a typed code cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupCodeError {
    /// Another count of symbols.
    #[error("a look-up code has {SYMBOLS} characters, this has {found}")]
    Length {
        /// Symbols found, blanks and hyphens left out (one more than the length stands for "too many").
        found: usize,
    },
    /// A character that codes never hold.
    #[error("character {position} never stands in a look-up code")]
    Symbol {
        /// Place, counted from 1 without blanks and hyphens.
        position: usize,
    },
    /// The symbols do not belong together.
    #[error("one of the characters is mistyped: compare them with the paper once more")]
    Check,
}

impl LookupCode {
    /// Draws a fresh code.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 10];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(&bytes)
    }

    /// The code of 80 bits, the first bit in the first symbol.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 10]) -> Self {
        let bits = bytes.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut symbols = [0; SYMBOLS];
        for (index, symbol) in symbols[..RANDOM].iter_mut().enumerate() {
            *symbol = (bits >> (5 * (RANDOM - 1 - index))) as u8 & 31;
        }
        for pair in 0..1024u16 {
            symbols[RANDOM] = (pair >> 5) as u8;
            symbols[RANDOM + 1] = (pair & 31) as u8;
            if belongs_together(&symbols) {
                break;
            }
        }
        Self(symbols)
    }

    /// The 80 random bits: what `ledger::record::lookup_commitment` takes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 10] {
        let bits = self.0[..RANDOM].iter().fold(0u128, |bits, symbol| bits << 5 | u128::from(*symbol));
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&bits.to_be_bytes()[6..]);
        bytes
    }

    /// Reads a code as typed: case, blanks and hyphens do not matter.
    ///
    /// # Errors
    /// [`LookupCodeError`], the first reason found.
    pub fn parse(text: &str) -> Result<Self, LookupCodeError> {
        let mut symbols = [0; SYMBOLS];
        let mut found = 0;
        for c in text.chars().map(plain).filter(|c| !c.is_whitespace() && !is_hyphen(*c)) {
            let Some(slot) = symbols.get_mut(found) else {
                return Err(LookupCodeError::Length { found: SYMBOLS + 1 });
            };
            found += 1;
            *slot = symbol(c).ok_or(LookupCodeError::Symbol { position: found })?;
        }
        if found != SYMBOLS {
            return Err(LookupCodeError::Length { found });
        }
        if !belongs_together(&symbols) {
            return Err(LookupCodeError::Check);
        }
        Ok(Self(symbols))
    }

    /// The symbols in their one canonical form, without groups.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.0.iter().map(|symbol| char::from(ALPHABET[usize::from(*symbol)])).collect()
    }
}

impl fmt::Display for LookupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.canonical();
        for start in (0..SYMBOLS).step_by(GROUP) {
            let hyphen = if start == 0 { "" } else { "-" };
            write!(f, "{hyphen}{}", &text[start..start + GROUP])?;
        }
        Ok(())
    }
}

impl fmt::Debug for LookupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupCode(hidden)")
    }
}

impl std::str::FromStr for LookupCode {
    type Err = LookupCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Cbor for LookupCode {
    fn write(&self, writer: &mut Writer) {
        writer.text(&self.canonical());
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Self::parse(reader.text()?).map_err(|_| ValueRule::LookupCode.into())
    }
    fn view(&self) -> View {
        View::Text(self.to_string())
    }
}

/// The value of a typed character, common misreadings included.
fn symbol(c: char) -> Option<u8> {
    let upper = u8::try_from(c.to_ascii_uppercase()).ok()?;
    let meant = match upper {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|a| *a == meant).map(|value| value as u8)
}

/// Full-width letters and digits, which Chinese input methods give, as plain ones.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// Hyphens and dashes that a printer or an input method may put between groups.
fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Whether the polynomial of the symbols, by Horner's rule, is zero at `a` and at `a^2`.
fn belongs_together(symbols: &[u8; SYMBOLS]) -> bool {
    let at_one = symbols.iter().fold(0, |sum, symbol| times_generator(sum) ^ symbol);
    let at_two = symbols.iter().fold(0, |sum, symbol| times_generator(times_generator(sum)) ^ symbol);
    at_one == 0 && at_two == 0
}

/// Times `x` modulo `x^5 + x^2 + 1`, a primitive polynomial: the 31 powers of `x` are all different.
fn times_generator(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { (doubled ^ 0b10_0101) & 31 }
}
