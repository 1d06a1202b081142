//! What is said between two nodes: a batch of statements, answered by one byte.

use std::io;

use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ledger::codec::{self, Bytes};
use ledger::limits::STATEMENT_BYTES_MAX;
use libp2p::StreamProtocol;
use libp2p::request_response;

/// Bytes of one batch; more than one largest statement.
pub(super) const BATCH_BYTES_MAX: usize = 4 * STATEMENT_BYTES_MAX;
/// Statements of one batch.
pub(super) const BATCH_STATEMENTS_MAX: usize = 512;
/// Head and lengths of a full batch.
const FRAME_BYTES: usize = 8 * BATCH_STATEMENTS_MAX;

/// Encoded statements.
pub(super) type Batch = Vec<Bytes>;

/// How a batch was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipt {
    /// Taken up.
    Taken,
    /// This node has too much to do; the batch was dropped.
    Busy,
}

/// Reads and writes batches and receipts, within bounds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BatchCodec;

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[async_trait]
impl request_response::Codec for BatchCodec {
    type Protocol = StreamProtocol;
    type Request = Batch;
    type Response = Receipt;

    async fn read_request<T>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<Batch>
    where
        T: AsyncRead + Unpin + Send,
    {
        let limit = BATCH_BYTES_MAX + FRAME_BYTES;
        let mut bytes = Vec::new();
        io.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
        let batch: Batch = codec::decode(&bytes, limit).map_err(|_| invalid("not a batch of statements"))?;
        if batch.len() > BATCH_STATEMENTS_MAX { Err(invalid("too many statements in a batch")) } else { Ok(batch) }
    }

    async fn read_response<T>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<Receipt>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut byte = [0];
        io.read_exact(&mut byte).await?;
        match byte[0] {
            1 => Ok(Receipt::Taken),
            2 => Ok(Receipt::Busy),
            _ => Err(invalid("not a receipt")),
        }
    }

    async fn write_request<T>(&mut self, _: &Self::Protocol, io: &mut T, batch: Batch) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&codec::encode(&batch)).await?;
        io.close().await
    }

    async fn write_response<T>(&mut self, _: &Self::Protocol, io: &mut T, receipt: Receipt) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let byte = match receipt {
            Receipt::Taken => 1,
            Receipt::Busy => 2,
        };
        io.write_all(&[byte]).await?;
        io.close().await
    }
}
