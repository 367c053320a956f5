//! One HTTP/1.1 connection to a server.
//!
//! Must hold: the task that drives a connection ends with its [`Link`].
//! Not here: connecting, and what is sent.

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

use crate::task;

/// An open connection.
pub struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Lost {
    /// The connection was closed before any byte of the request left.
    Unsent(Box<Request<Full<Bytes>>>),
    /// The connection ended between the request and its answer, or what came is no answer.
    Sent(hyper::Error),
}

impl Link {
    /// Speaks HTTP over a stream; `name` is that of the task which drives it.
    pub async fn over<S>(name: &'static str, stream: S) -> io::Result<Self>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let driver = task::spawn(name, async move {
            // Whoever waits for an answer is told of the end by the sender.
            let _ = connection.await;
        });
        Ok(Self { sender, driver })
    }

    /// Whether the other side has hung up, as far as is known without waiting.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a request and waits for the head of its answer.
    pub async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        if self.sender.ready().await.is_err() {
            return Err(Lost::Unsent(Box::new(request)));
        }
        self.sender.try_send_request(request).await.map_err(|mut error| {
            match error.take_message() {
                Some(unsent) => Lost::Unsent(Box::new(unsent)),
                None => Lost::Sent(error.into_error()),
            }
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
