//! Requests and answers of HTTP/1.1 as they are on a connection: a head, and a body of known length.
//!
//! Must hold: what is received is sent on byte for byte, unless a fault changes it.
//! Not here: what is sent to whom (`connection.rs`).

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// One side's connection.
pub(super) struct Peer(BufReader<TcpStream>);

/// A request or an answer.
#[derive(Clone)]
pub(super) struct Message {
    /// All lines, with the empty one.
    head: String,
    pub(super) body: Vec<u8>,
}

impl Peer {
    pub(super) fn of(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(super) async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::of(TcpStream::connect(address).await?)
    }

    /// The next message, or none if the peer has closed between two.
    pub(super) async fn receive(&mut self) -> io::Result<Option<Message>> {
        let mut head = String::new();
        loop {
            let before = head.len();
            let read = self.0.read_line(&mut head).await?;
            match &head[before..] {
                "" if before == 0 => return Ok(None),
                "\r\n" => break,
                _ if read == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if head.len() > HEAD_BYTES_MAX => return Err(unusable("a head without an end")),
                _ => {}
            }
        }
        let mut message = Message { head, body: Vec::new() };
        message.body.resize(message.length()?, 0);
        self.0.read_exact(&mut message.body).await?;
        Ok(Some(message))
    }

    /// Sends a whole message.
    pub(super) async fn send(&mut self, message: &Message) -> io::Result<()> {
        self.send_bytes(&message.bytes()).await
    }

    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes).await
    }

    /// Returns once the peer has closed or reset the connection, or sent more.
    pub(super) async fn moves(&mut self) {
        // Whatever it is, the peer no longer waits for an answer in silence.
        let _ = self.0.fill_buf().await;
    }

    /// Ends the connection in a way that loses whatever is on its way.
    pub(super) fn reset(self) {
        // A peer that is gone already needs no reset.
        let _ = self.0.get_ref().set_zero_linger();
    }
}

impl Message {
    /// An answer with a body as the service would send it.
    pub(super) fn answer(status: &str, kind: &str, body: Vec<u8>) -> Self {
        let crc = crc32fast::hash(&body);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nx-amzn-requestid: {REQUEST_ID}\r\n\
             x-amz-crc32: {crc}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Self { head, body }
    }

    /// The name of a request's operation, or nothing.
    pub(super) fn operation(&self) -> &str {
        let target = self.header("x-amz-target").unwrap_or_default();
        target.split_once('.').map_or("", |(_, operation)| operation)
    }

    /// Whether a request names a table that no table can be named.
    pub(super) fn is_of_no_table(&self) -> bool {
        const NAME: &[u8] = br#""TableName":"-""#;
        self.body.windows(NAME.len()).any(|bytes| bytes == NAME)
    }

    /// Whether an answer has status 200.
    pub(super) fn is_success(&self) -> bool {
        self.head.split(' ').nth(1) == Some("200")
    }

    /// All of it as it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// The value of a header, its name in lower case.
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1);
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn length(&self) -> io::Result<usize> {
        if self.header("transfer-encoding").is_some() {
            return Err(unusable("a body in chunks"));
        }
        let length = self.header("content-length").map_or(Ok(0), str::parse);
        length.map_err(|_| unusable("a content-length that is no number"))
    }
}

fn unusable(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

const HEAD_BYTES_MAX: usize = 64 << 10;

/// Requests that never reached the service have this id in their answers.
const REQUEST_ID: &str = "FAULTPROXYFAULTPROXYFAULTPROXYFAULTPROXYFAULTPROXY00";
