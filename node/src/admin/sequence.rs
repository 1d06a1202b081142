//! Reads the items of a CBOR sequence (RFC 8742) off a stream, one after the other, never more than one in memory.

use ledger::codec::CodecError;
use ledger::export::item_length;
use std::io::{self, Read};

/// Bytes asked of the stream at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Items of a stream.
pub(super) struct Sequence<R> {
    from: R,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given out.
    used: usize,
}

/// Why there is no next item.
#[derive(Debug)]
pub(super) enum Broken {
    /// The stream fails.
    Io(io::Error),
    /// It ends inside an item.
    Truncated,
    /// What stands there is no item, or a larger one than there may be.
    Malformed(CodecError),
}

impl<R: Read> Sequence<R> {
    /// Begins where the stream does.
    pub(super) fn of(from: R) -> Self {
        Self { from, buffer: Vec::new(), used: 0 }
    }

    /// The bytes of the next item; `None` at the end of the stream.
    ///
    /// # Errors
    /// [`Broken`]; for an item above `bytes_max` at the latest when so much of it was read.
    pub(super) fn next(&mut self, bytes_max: usize) -> Result<Option<&[u8]>, Broken> {
        self.buffer.drain(..self.used);
        self.used = 0;
        loop {
            if !self.buffer.is_empty()
                && let Some(length) = item_length(&self.buffer).map_err(Broken::Malformed)?
            {
                within(length, bytes_max)?;
                self.used = length;
                return Ok(Some(&self.buffer[..length]));
            }
            within(self.buffer.len(), bytes_max)?;
            let mut chunk = (&mut self.from).take(CHUNK_BYTES as u64);
            if chunk.read_to_end(&mut self.buffer).map_err(Broken::Io)? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(Broken::Truncated) };
            }
        }
    }
}

fn within(size_bytes: usize, size_bytes_max: usize) -> Result<(), Broken> {
    if size_bytes > size_bytes_max {
        return Err(Broken::Malformed(CodecError::TooLong { size_bytes, size_bytes_max }));
    }
    Ok(())
}
