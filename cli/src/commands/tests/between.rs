//! A node between the command line and another one: it sees and changes what is asked, and answers what it likes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// A node that passes on to another one what it has no answer of its own for, as it leaves it.
pub(crate) fn between(upstream: &str, mut own: impl FnMut(&mut Vec<u8>) -> Option<String> + Send + 'static) -> String {
    let upstream = upstream.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let Some(mut asked) = request(&mut stream) else { continue };
            let answer = match own(&mut asked) {
                Some(body) => {
                    let (kind, length) = ("content-type: application/json", body.len());
                    format!("HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
                        .into_bytes()
                }
                None => sent(&upstream, &asked),
            };
            let _ = stream.write_all(&answer);
        }
    });
    address
}

/// One request as it came; `None` if the connection ends before it does.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut asked, mut byte) = (Vec::new(), [0]);
    while !asked.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        asked.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&asked).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    asked.extend(body);
    Some(asked)
}

/// The answer of a node to a request; what comes behind its length is not waited for.
pub(crate) fn sent(node: &str, asked: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(node.trim_start_matches("http://")).expect("it listens");
    stream.write_all(asked).expect("sent");
    request(&mut stream).expect("an answer")
}
