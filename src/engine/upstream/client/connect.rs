//! Opening a connection to an endpoint.
//!
//! Must hold: within its time, all addresses and TLS together; over TLS the name is verified.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Shared;
use super::chance::Chance;
use super::place::Place;
use crate::metrics::Metrics;
use crate::net::{Link, Lost, Trust};

/// An open connection, which is counted as long as there is one.
pub(super) struct Connection {
    link: Link,
    metrics: Arc<Metrics>,
}

impl Connection {
    fn new(link: Link, metrics: Arc<Metrics>) -> Self {
        metrics.upstream.connections.increment();
        Self { link, metrics }
    }

    /// Whether the other side has hung up, as far as is known without waiting.
    pub(super) fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        self.link.send(request).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.metrics.upstream.connections.decrement();
    }
}

/// Connects to the first address that accepts, beginning with any of them.
pub(super) async fn connect(
    place: &Place,
    shared: &Shared,
    now: Duration,
) -> io::Result<Connection> {
    let limit = shared.patience.connect;
    let opened = timeout(limit, open(place, shared.trust.as_ref(), &shared.chance, now)).await;
    let opened = opened.unwrap_or_else(|_| {
        let why = format!("no connection within {} ms", limit.as_millis());
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    });
    if opened.is_err() {
        place.addresses.forget();
    }
    Ok(Connection::new(opened?, shared.metrics.clone()))
}

async fn open(
    place: &Place,
    trust: Option<&Trust>,
    chance: &Chance,
    now: Duration,
) -> io::Result<Link> {
    let mut addresses = place.addresses.of(&place.endpoint, now).await?;
    let first = chance.below(addresses.len());
    addresses.rotate_left(first);
    let stream = TcpStream::connect(&*addresses).await?;
    stream.set_nodelay(true)?;
    match (&place.name, trust) {
        (None, _) => Link::over(TASK, stream).await,
        (Some(name), Some(trust)) => Link::over(TASK, trust.agree(name, stream).await?).await,
        (Some(_), None) => Err(io::Error::other("TLS was not set up")),
    }
}

const TASK: &str = "upstream connection";
