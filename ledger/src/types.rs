//! Small types: heights, times, names. Each checks its range once, where it is made.

use crate::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::Hash;
use crate::limits::{TEXT_CHARS_MAX, WORD_BYTES_MAX};

macro_rules! number {
    ($(#[$meta:meta])* $name:ident, $kind:ty, $view:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $kind);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl Cbor for $name {
            fn write(&self, writer: &mut Writer) {
                self.0.write(writer);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                <$kind as Cbor>::read(reader).map(Self)
            }
            fn view(&self) -> View {
                let view: fn($kind) -> View = $view;
                view(self.0)
            }
        }
    };
}

number!(
    /// Height of a block; genesis is 0.
    Height,
    u64,
    View::Integer
);
number!(
    /// Round of consensus within a height.
    Round,
    u32,
    |round| View::Integer(u64::from(round))
);
number!(
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    TimeMs,
    u64,
    View::Time
);

impl Height {
    /// The next height. A chain of one block a millisecond would overflow after 584 million years.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl TimeMs {
    /// This time and `milliseconds` more, at most the end of the range.
    #[must_use]
    pub fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

macro_rules! word {
    ($(#[$meta:meta])* $name:ident, $allowed:expr, $rule:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks and takes a word.
            ///
            /// # Errors
            /// `OutOfRange` for another alphabet, an empty word or one above `limits::WORD_BYTES_MAX`.
            pub fn new(text: impl Into<String>) -> Result<Self, CodecError> {
                let text = text.into();
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() || text.len() > WORD_BYTES_MAX || !text.chars().all(allowed) {
                    return Err(ValueRule::$rule.into());
                }
                Ok(Self(text))
            }

            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl core::str::FromStr for $name {
            type Err = CodecError;
            fn from_str(text: &str) -> Result<Self, CodecError> {
                Self::new(text)
            }
        }

        impl Cbor for $name {
            fn write(&self, writer: &mut Writer) {
                writer.text(&self.0);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                Self::new(reader.text()?)
            }
            fn view(&self) -> View {
                View::Text(self.0.clone())
            }
        }
    };
}

fn slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

word!(
    /// Short name of a department, as `notary`: lower-case ASCII letters, digits, hyphen.
    DepartmentId,
    slug,
    Department
);
word!(
    /// A role that a department can hold, as `court`.
    Role,
    slug,
    Role
);
word!(
    /// A unit inside a department, as `chancheng-sifasuo`.
    Unit,
    slug,
    Unit
);
word!(
    /// A code from a code list of the catalogue, as `late-report`.
    Code,
    slug,
    Code
);
word!(
    /// Code of a catalogue item, as `notarial.birth` or a code of GB/T 39554.1.
    ItemCode,
    |c| slug(c) || c == '.' || c.is_ascii_uppercase(),
    ItemCode
);
word!(
    /// Chain id: `<name>-<first 16 bytes of the genesis hash in hex>`. Derived, never configured.
    ChainId,
    slug,
    Chain
);
impl ChainId {
    /// The part of a chain id that is derived from its genesis hash: `-<first 16 bytes in hex>`.
    pub(crate) fn derived_part(genesis: &Hash) -> String {
        format!("-{}", hex::encode(&genesis.0[..16]))
    }

    /// True if it is derived from this genesis hash.
    pub(crate) fn is_derived_from(&self, genesis: &Hash) -> bool {
        self.as_str().ends_with(&Self::derived_part(genesis))
    }
}

word!(
    /// Office word of certificate numbers, as `粤佛禅城证字`: Chinese characters, verbatim.
    OfficeWord,
    |c| matches!(c, '\u{3400}'..='\u{4db5}' | '\u{4e00}'..='\u{9fa5}'),
    OfficeWord
);

/// Text of a governance record, in a fixed repertoire: ASCII, Latin letters, Chinese characters, general and Chinese
/// punctuation, full-width forms, circled numbers.
///
/// Every character of it is assigned, visible and in NFC whatever stands beside it, in every version of Unicode since
/// 13 (ideographs up to extension F, so that names of 通用规范汉字表 fit), so no table decides whether a block is valid.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(String);

impl Text {
    /// Checks and takes a text.
    ///
    /// # Errors
    /// `OutOfRange` if it holds a character outside the repertoire or is above `limits::TEXT_CHARS_MAX`.
    pub fn new(text: impl Into<String>) -> Result<Self, CodecError> {
        let text = text.into();
        let short = text.chars().take(TEXT_CHARS_MAX + 1).count() <= TEXT_CHARS_MAX;
        if short && text.chars().all(is_in_repertoire) {
            return Ok(Self(text));
        }
        Err(ValueRule::Text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// No control, combining, bidirectional, zero-width, private-use or unassigned character, and none with a singleton
/// decomposition.
fn is_in_repertoire(c: char) -> bool {
    matches!(c,
        ' '..='~'
        | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{203e}'
        | '\u{2460}'..='\u{2473}'
        | '\u{3000}'..='\u{3029}' | '\u{3030}'..='\u{3037}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fef}'
        | '\u{20000}'..='\u{2a6d6}' | '\u{2a700}'..='\u{2b734}' | '\u{2b740}'..='\u{2b81d}'
        | '\u{2b820}'..='\u{2cea1}' | '\u{2ceb0}'..='\u{2ebe0}'
        | '\u{ff01}'..='\u{ff5e}' | '\u{ffe0}'..='\u{ffe6}')
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl core::fmt::Display for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Cbor for Text {
    fn write(&self, writer: &mut Writer) {
        writer.text(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Self::new(reader.text()?)
    }
    fn view(&self) -> View {
        View::Text(self.0.clone())
    }
}

macro_rules! random_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl core::str::FromStr for $name {
            type Err = CodecError;
            fn from_str(text: &str) -> Result<Self, CodecError> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| ValueRule::Id)?;
                Ok(Self(bytes))
            }
        }

        impl Cbor for $name {
            fn write(&self, writer: &mut Writer) {
                writer.bytes(&self.0);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                reader.bytes_exact().map(Self)
            }
            fn view(&self) -> View {
                View::Text(self.to_string())
            }
        }
    };
}

random_id!(
    /// Id of a record: 16 random bytes chosen by who opens it, shown as 32 hex digits.
    RecordId
);
random_id!(
    /// Pseudonym of an officer inside a department: 16 random bytes. All keys of one person carry the same one.
    OfficerId
);
