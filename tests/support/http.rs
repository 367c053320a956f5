//! HTTP/1.1 over one kept connection, as bare as a test needs it.
//!
//! Must hold: every read has a time limit, so that a silent server fails a test instead of
//! hanging it; what is sent is exactly what the test gave.
//! Not here: JSON and operations (`db.rs`).

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::PATIENCE;

/// One connection that sends a request and reads its answer, again and again.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects within [`PATIENCE`].
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Reads give up after `limit` from here on.
    pub(crate) fn answer_within(&mut self, limit: Duration) -> io::Result<()> {
        self.stream.get_ref().set_read_timeout(Some(limit))
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Reads one answer.
    pub(crate) fn receive(&mut self) -> io::Result<Response> {
        let status_line = self.line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| malformed(&status_line))?;
        let headers = self.headers()?;
        let mut response = Response { status, headers, body: Vec::new() };
        let length = match response.header("content-length") {
            Some(text) => text.parse().map_err(|_| malformed(text))?,
            None => return Err(malformed("no content-length")),
        };
        response.body.resize(length, 0);
        self.stream.read_exact(&mut response.body)?;
        Ok(response)
    }

    /// Sends one operation's request with the headers an SDK sends, without a signature.
    pub(crate) fn send_operation(&mut self, operation: &str, body: &[u8]) -> io::Result<()> {
        self.send_operation_with("", operation, body)
    }

    /// The same with more headers, each of which ends its line.
    pub(crate) fn send_operation_with(
        &mut self,
        headers: &str,
        operation: &str,
        body: &[u8],
    ) -> io::Result<()> {
        self.send_target(headers, &format!("DynamoDB_20120810.{operation}"), body)
    }

    /// The same to any target.
    pub(crate) fn send_target(
        &mut self,
        headers: &str,
        target: &str,
        body: &[u8],
    ) -> io::Result<()> {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: {target}\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut request = Vec::with_capacity(head.len() + body.len());
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
        self.send(&request)
    }

    /// Sends a GET and reads its answer.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Response> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
        self.receive()
    }

    /// Hangs up at once, in both directions.
    pub(crate) fn hang_up(self) {
        // The peer may have been faster; either way the connection is gone.
        let _ = self.stream.get_ref().shutdown(Shutdown::Both);
    }

    /// Whether the server closed its side, waiting for it as long as reads may take.
    pub(crate) fn is_closed_by_peer(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            // Nothing came, and nothing ended either.
            Err(error) => {
                !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn headers(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

impl Response {
    /// The value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed answer: {what}"))
}
