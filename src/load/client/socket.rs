//! A connection as bytes, over TCP or TLS.
//!
//! Not here: what is spoken over it (`http.rs`, `dax/`).

use std::io;

use bytes::BytesMut;
use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::load::target::{Place, Tls};

/// A connection.
pub(in crate::load) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Connects to the first address that accepts.
    pub(in crate::load) async fn open(place: &Place, tls: Option<&Tls>) -> io::Result<Self> {
        // One at a time, as the resolver ordered them.
        let stream = TcpStream::connect(&*place.addresses).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = tls else { return Ok(Self::Plain(stream)) };
        let stream = tls.trust.agree(&tls.name, stream).await?;
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Sends all of it.
    pub(in crate::load) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Appends what comes next; 0 is the end.
    pub(in crate::load) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        buffer.reserve(READ_BYTES);
        match self {
            Self::Plain(stream) => stream.read_buf(buffer).await,
            Self::Tls(stream) => stream.read_buf(buffer).await,
        }
    }

    /// Whether nothing can be asked over it any more, as far as that is known without waiting. On a
    /// connection that waits for nothing, whatever comes is an end.
    pub(super) fn is_ended(&mut self) -> bool {
        self.read(&mut BytesMut::new()).now_or_never().is_some()
    }
}

const READ_BYTES: usize = 64 << 10;
