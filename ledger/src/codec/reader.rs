//! Reads CBOR tokens, strictly.

use super::{Cbor, CodecError, ValueRule};
use minicbor::Decoder;
use minicbor::data::Type;

/// Reads CBOR tokens off a slice whose length was capped before.
pub struct Reader<'a> {
    inner: Decoder<'a>,
    length: usize,
    of_the_state: bool,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { inner: Decoder::new(bytes), length: bytes.len(), of_the_state: false }
    }

    /// Reads a value that this ledger wrote into its state.
    #[must_use]
    pub(super) fn of_the_state(bytes: &'a [u8]) -> Self {
        Self { of_the_state: true, ..Self::new(bytes) }
    }

    /// True if what is read was checked when it came in, and written by this ledger.
    #[must_use]
    pub(crate) fn is_of_the_state(&self) -> bool {
        self.of_the_state
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.inner.position()
    }

    fn malformed(&self, reason: &'static str) -> CodecError {
        CodecError::Malformed { position: self.position(), reason }
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// `Malformed` if bytes are left.
    pub fn end(&self) -> Result<(), CodecError> {
        if self.position() == self.length { Ok(()) } else { Err(self.malformed("nothing after the value")) }
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// `Malformed` if something else stands here.
    pub fn uint(&mut self) -> Result<u64, CodecError> {
        let error = self.malformed("an unsigned integer");
        self.inner.u64().map_err(|_| error)
    }

    /// A signed integer.
    ///
    /// # Errors
    /// `Malformed` if something else stands here.
    pub fn int(&mut self) -> Result<i64, CodecError> {
        let error = self.malformed("an integer");
        self.inner.i64().map_err(|_| error)
    }

    /// A byte string of definite length.
    ///
    /// # Errors
    /// `Malformed` if something else stands here.
    pub fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let error = self.malformed("a byte string of definite length");
        self.inner.bytes().map_err(|_| error)
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// `Malformed` if something else stands here.
    pub fn bytes_exact<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let error = self.malformed("a byte string of the fixed length of its type");
        self.bytes()?.try_into().map_err(|_| error)
    }

    /// A text string of definite length.
    ///
    /// # Errors
    /// `Malformed` if something else stands here or it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, CodecError> {
        let error = self.malformed("a text string of definite length");
        self.inner.str().map_err(|_| error)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// `Malformed` if something else stands here.
    pub fn bool(&mut self) -> Result<bool, CodecError> {
        let error = self.malformed("true or false");
        self.inner.bool().map_err(|_| error)
    }

    /// Consumes a null if one is next.
    ///
    /// # Errors
    /// `Malformed` at the end of the input.
    pub fn null(&mut self) -> Result<bool, CodecError> {
        let error = self.malformed("a value");
        match self.inner.datatype().map_err(|_| error.clone())? {
            Type::Null => self.inner.null().map(|()| true).map_err(|_| error),
            _ => Ok(false),
        }
    }

    /// Head of an array of definite length.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn array(&mut self) -> Result<u64, CodecError> {
        let error = self.malformed("an array of definite length");
        self.inner.array().ok().flatten().ok_or(error)
    }

    /// Head of an array of exactly `length` items.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn array_exact(&mut self, length: u64) -> Result<(), CodecError> {
        let error = self.malformed("an array of the fixed length of its type");
        if self.array()? == length { Ok(()) } else { Err(error) }
    }

    /// Head of a map of definite length.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn map(&mut self) -> Result<u64, CodecError> {
        let error = self.malformed("a map of definite length");
        self.inner.map().ok().flatten().ok_or(error)
    }

    /// Head of a map of exactly `length` pairs.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn map_exact(&mut self, length: u64) -> Result<(), CodecError> {
        let error = self.malformed("a map of the fixed length of its type");
        if self.map()? == length { Ok(()) } else { Err(error) }
    }

    /// Exactly this integer label.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn label(&mut self, label: i64) -> Result<(), CodecError> {
        let error = self.malformed("the next label of this map");
        if self.int()? == label { Ok(()) } else { Err(error) }
    }

    /// Exactly this tag.
    ///
    /// # Errors
    /// `Malformed` for anything else.
    pub fn tag(&mut self, tag: u64) -> Result<(), CodecError> {
        let error = self.malformed("the tag of its type");
        match self.inner.tag() {
            Ok(found) if found.as_u64() == tag => Ok(()),
            _ => Err(error),
        }
    }

    /// The field `label` of a map of which `left` pairs are unread; absent optional fields give their absent value.
    ///
    /// `items_max` bounds a field that is a list, before anything of it is read.
    ///
    /// # Errors
    /// `Missing` if a required field is not next; `OutOfRange` for a longer list; errors of the value.
    pub fn field<T: Cbor>(&mut self, label: u64, left: &mut u64, items_max: Option<usize>) -> Result<T, CodecError> {
        let next = self.inner.probe().u64().ok();
        if *left > 0 && next == Some(label) {
            self.uint()?;
            *left -= 1;
            items_max.map_or(Ok(()), |max| self.list_within(max))?;
            return T::read(self);
        }
        T::absent().ok_or(CodecError::Missing { label, position: self.position() })
    }

    /// If a list is next, it has at most `items_max` items.
    ///
    /// # Errors
    /// `OutOfRange` if its head claims more.
    pub fn list_within(&mut self, items_max: usize) -> Result<(), CodecError> {
        match self.inner.probe().array() {
            Ok(Some(length)) if length > items_max as u64 => Err(ValueRule::ListLength.into()),
            _ => Ok(()),
        }
    }

    /// Ends a map: no pair may be left.
    ///
    /// # Errors
    /// `Malformed` if a label is unknown, doubled or out of order.
    pub fn fields_end(&self, left: u64) -> Result<(), CodecError> {
        if left == 0 { Ok(()) } else { Err(self.malformed("a known label in ascending order")) }
    }
}
