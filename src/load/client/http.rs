//! DynamoDB's JSON over HTTP.
//!
//! Must hold: the task that drives a connection ends with its [`Link`].
//! Not here: what is sent (`request.rs`), when it is tried again (`mod.rs`).

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

use super::answer::{Attempt, CONNECT_FAILED, DISCONNECTED};
use super::request::Kind;
use super::socket::Socket;
use crate::load::Ending;
use crate::load::target::{Place, Target, Tls};
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
        match Socket::open(place, tls).await? {
            Socket::Plain(stream) => Self::over(stream).await,
            Socket::Tls(stream) => Self::over(*stream).await,
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

/// One try of a signed request; the link is left for the next.
pub(super) async fn exchange(
    kept: &mut Option<Link>,
    mut signed: Request<Full<Bytes>>,
    kind: Kind,
    target: &Target,
) -> Attempt {
    // A server may close a connection that idles; what could not leave goes over a new one.
    let mut is_fresh = false;
    let response = loop {
        let mut link = match kept.take() {
            Some(link) => link,
            None => match Link::open(target.place(), target.tls()).await {
                Ok(link) => {
                    is_fresh = true;
                    link
                }
                Err(_) => return Attempt::lost(CONNECT_FAILED),
            },
        };
        match link.send(signed).await {
            Ok(response) => {
                *kept = Some(link);
                break response;
            }
            Err(Lost::Unsent(unsent)) if !is_fresh => signed = *unsent,
            Err(Lost::Unsent(_) | Lost::Sent) => return Attempt::lost(DISCONNECTED),
        }
    };
    let attempt = Attempt::read(response, kind).await;
    if matches!(&attempt.ending, Ending::Failed(code) if code == DISCONNECTED) {
        *kept = None;
    }
    attempt
}
