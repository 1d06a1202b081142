//! The one canonical encoding: everything hashed, signed, stored or sent is deterministic CBOR.
//!
//! RFC 8949 section 4.2.1: shortest integers and lengths, definite lengths only, map keys ascending, no floats,
//! no tags but the one of COSE_Sign1. Our formats use two shapes, made by the macros of [`macros`]:
//!
//! ```text
//! cbor_array!  [a, b, c]            fixed length, an absent optional value is null
//! cbor_map!    {1: a, 2: b, 4: d}   integer labels ascending, an absent optional value is left out
//! ```
//!
//! [`decode`] accepts bytes only if encoding the typed value again gives the same bytes, so each value has exactly
//! one form on the wire. Decoders are typed and do not recurse on input: nesting that the type does not name is an
//! error at its first byte, whatever follows.

#[macro_use]
pub mod macros;
mod reader;
mod rule;
mod view;

#[cfg(test)]
mod tests;

pub use reader::Reader;
pub use rule::ValueRule;
pub use view::View;

use minicbor::Encoder;

/// Why bytes are not the canonical form of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The input is longer than the bound of its type; nothing of it was decoded.
    #[error("input of {size_bytes} bytes is above the bound of {size_bytes_max}")]
    TooLong {
        /// Length of the input.
        size_bytes: usize,
        /// Bound of the type.
        size_bytes_max: usize,
    },
    /// The bytes are not well-formed CBOR of the expected shape.
    #[error("malformed at byte {position}: {reason}")]
    Malformed {
        /// Offset of the first byte that does not fit.
        position: usize,
        /// What was expected.
        reason: &'static str,
    },
    /// A required field is absent.
    #[error("field {label} is missing at byte {position}")]
    Missing {
        /// Label of the field.
        label: u64,
        /// Offset where it should stand.
        position: usize,
    },
    /// Well-formed, and yet not the bytes our encoder gives for the same value.
    #[error("not in canonical form: first difference at byte {position}")]
    NotCanonical {
        /// Offset of the first byte that differs.
        position: usize,
    },
    /// A value is outside the range of its type.
    #[error("value out of range: {rule}")]
    OutOfRange {
        /// The rule that the value breaks.
        rule: ValueRule,
    },
}

impl From<ValueRule> for CodecError {
    fn from(rule: ValueRule) -> Self {
        Self::OutOfRange { rule }
    }
}

impl CodecError {
    /// The rule that a value breaks, where that is what does not fit.
    #[must_use]
    pub const fn rule(&self) -> Option<ValueRule> {
        match self {
            Self::OutOfRange { rule } => Some(*rule),
            _ => None,
        }
    }
}

/// Appends CBOR tokens to a byte string.
///
/// Writing to memory cannot fail, so no method returns a result.
pub struct Writer {
    inner: Encoder<Vec<u8>>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! write_token {
    ($($(#[$doc:meta])* $name:ident($value:ident: $kind:ty) => $method:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, $value: $kind) -> &mut Self {
            self.inner.$method($value).expect("writing to memory does not fail");
            self
        }
    )*};
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self { inner: Encoder::new(Vec::with_capacity(256)) }
    }

    write_token! {
        /// Major type 0, shortest form.
        uint(value: u64) => u64;
        /// Major types 0 and 1, shortest form.
        int(value: i64) => i64;
        /// Major type 2, definite length.
        bytes(value: &[u8]) => bytes;
        /// Major type 3, definite length.
        text(value: &str) => str;
        /// Head of an array of `value` items.
        array(value: u64) => array;
        /// Head of a map of `value` pairs.
        map(value: u64) => map;
        /// `true` or `false`.
        bool(value: bool) => bool;
    }

    /// The simple value null.
    pub fn null(&mut self) -> &mut Self {
        self.inner.null().expect("writing to memory does not fail");
        self
    }

    /// A tag head.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        self.inner.tag(minicbor::data::Tag::new(tag)).expect("writing to memory does not fail");
        self
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.inner.into_writer()
    }
}

/// A type with exactly one encoding.
pub trait Cbor: Sized {
    /// Appends the canonical encoding.
    fn write(&self, writer: &mut Writer);

    /// Reads one value.
    ///
    /// # Errors
    /// [`CodecError`] at the first byte that does not fit. Non-canonical forms may pass here; [`decode`] refuses them.
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError>;

    /// The JSON view, for people and programs to read; never hashed, signed or stored.
    fn view(&self) -> View;

    /// True if a map leaves this value out (an `Option` that is `None`).
    fn is_absent(&self) -> bool {
        false
    }

    /// The value of a field that a map leaves out, if the type allows it.
    fn absent() -> Option<Self> {
        None
    }
}

/// Encodes a value in its one canonical form.
#[must_use]
pub fn encode<T: Cbor>(value: &T) -> Vec<u8> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.finish()
}

/// Decodes a value and accepts it only in its canonical form.
///
/// # Errors
/// [`CodecError::TooLong`] before anything is decoded; `Malformed`, `Missing` or `OutOfRange` at the first byte that
/// does not fit; `NotCanonical` when the value encodes to other bytes.
pub fn decode<T: Cbor>(bytes: &[u8], size_bytes_max: usize) -> Result<T, CodecError> {
    let value: T = read_whole(bytes, size_bytes_max, Reader::new)?;
    let again = encode(&value);
    match again.iter().zip(bytes).position(|(ours, theirs)| ours != theirs) {
        Some(position) => Err(CodecError::NotCanonical { position }),
        None if again.len() != bytes.len() => Err(CodecError::NotCanonical { position: again.len().min(bytes.len()) }),
        None => Ok(value),
    }
}

/// Decodes a value of the state, which [`encode`] wrote: its form is read as strictly as by [`decode`], but whether it is
/// canonical and whether keys are points was asked when it came in, and is not asked again.
///
/// For what this machine's store gives alone: never for anything that anybody sent.
///
/// # Errors
/// As [`decode`], but never `NotCanonical`.
pub(crate) fn decode_of_the_state<T: Cbor>(bytes: &[u8], size_bytes_max: usize) -> Result<T, CodecError> {
    read_whole(bytes, size_bytes_max, Reader::of_the_state)
}

fn read_whole<'a, T: Cbor>(
    bytes: &'a [u8],
    size_bytes_max: usize,
    reader: impl FnOnce(&'a [u8]) -> Reader<'a>,
) -> Result<T, CodecError> {
    if bytes.len() > size_bytes_max {
        return Err(CodecError::TooLong { size_bytes: bytes.len(), size_bytes_max });
    }
    let mut reader = reader(bytes);
    let value = T::read(&mut reader)?;
    reader.end()?;
    Ok(value)
}

impl Cbor for u64 {
    fn write(&self, writer: &mut Writer) {
        writer.uint(*self);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.uint()
    }
    fn view(&self) -> View {
        View::Integer(*self)
    }
}

macro_rules! small_uint {
    ($($kind:ty),*) => {$(
        impl Cbor for $kind {
            fn write(&self, writer: &mut Writer) {
                writer.uint(u64::from(*self));
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                Self::try_from(reader.uint()?)
                    .map_err(|_| CodecError::from(ValueRule::Integer(stringify!($kind))))
            }
            fn view(&self) -> View {
                View::Integer(u64::from(*self))
            }
        }
    )*};
}
small_uint!(u8, u16, u32);

impl Cbor for bool {
    fn write(&self, writer: &mut Writer) {
        writer.bool(*self);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.bool()
    }
    fn view(&self) -> View {
        View::Bool(*self)
    }
}

/// A byte string of any length up to the bound of what holds it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl core::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "h'{}'", hex::encode(&self.0))
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Cbor for Bytes {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(reader.bytes()?.to_vec()))
    }
    fn view(&self) -> View {
        View::Text(hex::encode(&self.0))
    }
}

impl<T: Cbor> Cbor for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => {
                writer.null();
            }
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        if reader.null()? { Ok(None) } else { T::read(reader).map(Some) }
    }
    fn view(&self) -> View {
        self.as_ref().map_or(View::Null, Cbor::view)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Cbor> Cbor for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        writer.array(self.len() as u64);
        for item in self {
            item.write(writer);
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let length = reader.array()?;
        // Grows with what is really there: a head that claims 2^60 items reserves nothing.
        let mut items = Self::new();
        for _ in 0..length {
            items.push(T::read(reader)?);
        }
        Ok(items)
    }
    fn view(&self) -> View {
        View::List(self.iter().map(Cbor::view).collect())
    }
}
