//! A client as thin as can be: HTTP/1.1 on one kept-alive connection, one request at a time.
//!
//! Client and shop share the machine, so what the client saves the shop can show.

use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What came back; the body is read wholly.
pub(crate) struct Answer<'a> {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

const LENGTH: &[u8] = b"content-length:";
/// Answers of the shop are far smaller.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

impl Connection {
    /// Connects to a server.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request and waits for its whole answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (status, head, length) = loop {
            self.read_more().await?;
            if let Some(read) = head(&self.received)? {
                break read;
            }
        };
        while self.received.len() < head + length {
            self.read_more().await?;
        }
        Ok(Answer { status, body: self.received.get(head..head + length).unwrap_or_default() })
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        ensure!(self.received.len() < ANSWER_BYTES_MAX, "the answer does not end");
        ensure!(self.stream.read_buf(&mut self.received).await? > 0, "the connection was closed");
        Ok(())
    }
}

/// Status, length of the head and of the body, once the head is complete.
fn head(received: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = memmem::find(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &received[..end];
    let status = head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let status = status.and_then(number).context("no status")?;
    // Servers write the length after whatever the handler said.
    for line in head.rsplit(|byte| *byte == b'\n') {
        let Some((name, value)) = line.split_at_checked(LENGTH.len()) else { continue };
        if name.eq_ignore_ascii_case(LENGTH) {
            let length = number(value).context("no length")?;
            return Ok(Some((status, end + 4, length)));
        }
    }
    if matches!(status, 204 | 304) {
        return Ok(Some((status, end + 4, 0)));
    }
    bail!("an answer without a length: {}", String::from_utf8_lossy(head))
}

fn number<N: FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.trim().parse().ok()
}

/// The text of a request; `headers` are whole lines with their ends.
pub(crate) fn write_request(
    out: &mut Vec<u8>,
    method: &str,
    path: &str,
    headers: &str,
    body: Option<&str>,
) {
    let mut write = |text: &str| out.extend_from_slice(text.as_bytes());
    write(method);
    write(" ");
    write(path);
    write(" HTTP/1.1\r\nhost: shop\r\n");
    write(headers);
    if let Some(body) = body {
        write("content-type: application/json\r\ncontent-length: ");
        write(&body.len().to_string());
        write("\r\n\r\n");
        write(body);
    } else {
        write("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_complete() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\ncontent-le").unwrap(), None);
        let answer = b"HTTP/1.1 201 Created\r\nx-a: b\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(head(answer).unwrap(), Some((201, 51, 2)));
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some((204, 27, 0)));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn requests_with_and_without_a_body() {
        let mut out = Vec::new();
        write_request(&mut out, "GET", "/a", "x-b: c\r\n", None);
        assert_eq!(out, b"GET /a HTTP/1.1\r\nhost: shop\r\nx-b: c\r\n\r\n");
        out.clear();
        write_request(&mut out, "POST", "/a", "", Some("{}"));
        assert!(out.ends_with(b"content-length: 2\r\n\r\n{}"), "{out:?}");
    }
}
