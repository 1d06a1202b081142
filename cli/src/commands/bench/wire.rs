//! HTTP as a measurement speaks it: kept connections, one request after the other, and nothing that a node does not
//! answer with.
//!
//! The load runs on the cores of the nodes that it measures, so what it spends is taken from them.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ledger::limits::BUNDLE_BYTES_MAX;

/// How long an answer may take: longer than a node waits for a block.
const TIMEOUT: Duration = Duration::from_secs(40);
/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Headers of an answer.
const HEADERS_MAX: usize = 64;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// Connections of one client, at most one to each node.
#[derive(Debug, Default)]
pub(super) struct Wire {
    connections: BTreeMap<SocketAddr, TcpStream>,
}

impl Wire {
    /// Asks a node. `head` is the request line and what headers the request needs beside host and length, each with its
    /// end of line. A kept connection that the node has closed meanwhile is made anew.
    ///
    /// # Errors
    /// What the system says; `InvalidData` for an answer that is no HTTP, or too long.
    pub(super) fn ask(&mut self, node: SocketAddr, head: &str, body: &[u8]) -> io::Result<Answer> {
        let mut request = format!("{head}host: {node}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        if let Some(kept) = self.connections.remove(&node)
            && let Ok(answer) = self.exchange(node, kept, &request)
        {
            return Ok(answer);
        }
        let fresh = TcpStream::connect(node)?;
        fresh.set_nodelay(true)?;
        fresh.set_read_timeout(Some(TIMEOUT))?;
        self.exchange(node, fresh, &request)
    }

    fn exchange(&mut self, node: SocketAddr, mut stream: TcpStream, request: &[u8]) -> io::Result<Answer> {
        stream.write_all(request)?;
        let answer = read(&mut stream)?;
        self.connections.insert(node, stream);
        Ok(answer)
    }
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn read(stream: &mut impl Read) -> io::Result<Answer> {
    let (mut bytes, mut room) = (Vec::with_capacity(4096), [0; 4096]);
    let Head { status, size_bytes, body_bytes } = loop {
        if let Some(head) = head(&bytes)? {
            break head;
        }
        if bytes.len() > HEAD_BYTES_MAX {
            return Err(invalid("the head of the answer is too long"));
        }
        more(stream, &mut bytes, &mut room)?;
    };
    if body_bytes > BUNDLE_BYTES_MAX {
        return Err(invalid("the answer is too long"));
    }
    while bytes.len() < size_bytes + body_bytes {
        more(stream, &mut bytes, &mut room)?;
    }
    if bytes.len() > size_bytes + body_bytes {
        return Err(invalid("something follows the answer"));
    }
    Ok(Answer { status, body: bytes.split_off(size_bytes) })
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>, room: &mut [u8]) -> io::Result<()> {
    match stream.read(room)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            bytes.extend_from_slice(&room[..count]);
            Ok(())
        }
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    /// Bytes of the head itself.
    size_bytes: usize,
    /// Bytes of the body that follows it.
    body_bytes: usize,
}

/// The head at the beginning of some bytes; `None` if it does not end in them.
fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut answer = httparse::Response::new(&mut headers);
    let size_bytes = match answer.parse(bytes).map_err(|_| invalid("the answer is no HTTP"))? {
        httparse::Status::Complete(size_bytes) => size_bytes,
        httparse::Status::Partial => return Ok(None),
    };
    let length = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| core::str::from_utf8(header.value).ok()?.parse().ok());
    let (status, body_bytes) =
        answer.code.zip(length).ok_or_else(|| invalid("the answer has no status or no length"))?;
    Ok(Some(Head { status, size_bytes, body_bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_however_they_come() {
        let text = b"HTTP/1.1 202 Accepted\r\nx: y\r\nContent-Length: 5\r\n\r\nhello";
        let whole = Answer { status: 202, body: b"hello".to_vec() };
        assert_eq!(read(&mut text.as_slice()).unwrap(), whole);
        for cut in 1..text.len() {
            let (one, other) = text.split_at(cut);
            assert_eq!(read(&mut one.chain(other)).unwrap(), whole, "{cut}");
            let kind = read(&mut &text[..cut]).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{cut}");
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let wrong: [&[u8]; 5] = [
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/2 200\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: one\r\n\r\n",
        ];
        let endless = [b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &[b'a'; 2 * HEAD_BYTES_MAX]].concat();
        for bytes in wrong.into_iter().chain([endless.as_slice(), &[b'a'; 20_000]]) {
            assert_eq!(read(&mut &*bytes).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
