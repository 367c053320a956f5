//! One connection to the target, over TCP or TLS.
//!
//! Must hold: the task that drives a connection ends with its [`Link`].
//! Not here: what is sent (`request.rs`), when it is opened again (`mod.rs`).

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::load::target::{Place, Tls};
use crate::task;

/// An open connection.
pub(in crate::load) struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// Why a request has no answer.
pub(in crate::load) enum Lost {
    /// The connection was closed before any byte of the request left.
    Unsent(Box<Request<Full<Bytes>>>),
    /// The connection ended between the request and its answer.
    Sent,
}

impl Link {
    /// Connects to the first address that accepts.
    pub(in crate::load) async fn open(place: &Place, tls: Option<&Tls>) -> io::Result<Self> {
        // One at a time, as the resolver ordered them.
        let stream = TcpStream::connect(&*place.addresses).await?;
        stream.set_nodelay(true)?;
        match tls {
            None => Self::over(stream).await,
            Some(tls) => Self::over(tls.connector.connect(tls.name.clone(), stream).await?).await,
        }
    }

    async fn over<S>(stream: S) -> io::Result<Self>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let driver = task::spawn("load connection", async move {
            // Whoever waits for an answer is told of the end by the sender.
            let _ = connection.await;
        });
        Ok(Self { sender, driver })
    }

    /// Sends a request and waits for the head of its answer.
    pub(in crate::load) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        if self.sender.ready().await.is_err() {
            return Err(Lost::Unsent(Box::new(request)));
        }
        self.sender.try_send_request(request).await.map_err(|mut error| {
            error.take_message().map_or(Lost::Sent, |unsent| Lost::Unsent(Box::new(unsent)))
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
