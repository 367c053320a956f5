//! A listening socket and its accept loop.
//!
//! Must hold: a connection beyond the limits is closed at once and counted; draining stops
//! accepting first, then lets each connection finish what it is at.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::server::conn::http1::Builder;
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answer::{HttpAnswer, Reply};
use super::connection::{self, Plain, Watch, Watches};
use super::counted::Counted;
use super::limits::{ConnectionPermit, Connections, Limits};
use super::tls::Tls;
use crate::clock::{Clock, whole_ms};
use crate::metrics::Metrics;
use crate::task::{self, Drain};

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {purpose}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What it was to serve.
    pub purpose: &'static str,
    /// Why not.
    pub source: io::Error,
}

/// A bound socket with what its connections share.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What a listener needs from its surroundings.
pub struct Surroundings {
    /// The limits, replaced at a reload.
    pub limits: Arc<ArcSwap<Limits>>,
    /// Where connections are counted.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Clock,
    /// The signal to stop.
    pub drain: Drain,
}

struct Shared {
    tls: Option<Arc<Tls>>,
    surroundings: Surroundings,
    connections: Arc<Connections>,
    watches: Watches,
}

/// What a connection is spoken over: a TCP stream, or TLS over one.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Socket for S {}

/// Serves the connections of one listener in a protocol.
pub(super) trait Protocol: Send + Sync + 'static {
    /// Serves one that came to this address, until it ends, is cut or is drained.
    fn connection<S: Socket>(
        self: Arc<Self>,
        socket: S,
        local: SocketAddr,
        setting: Setting<'_>,
    ) -> impl Future<Output = ()> + Send;
}

/// What a connection has around it.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) watches: &'a Watches,
    pub(super) clock: &'a Clock,
    pub(super) limits: &'a ArcSwap<Limits>,
    /// How many bytes left a connection whose stream takes more than it sends.
    pub(super) sent: Option<&'a Arc<AtomicU64>>,
}

impl<A: Answers> Protocol for A {
    async fn connection<S: Socket>(
        self: Arc<Self>,
        socket: S,
        _local: SocketAddr,
        setting: Setting<'_>,
    ) {
        let builder = builder(&setting.limits.load());
        connection::serve(socket, setting, &builder, self).await;
    }
}

/// Answers the requests of one listener's connections in HTTP.
pub(super) trait Answers: Send + Sync + 'static {
    /// The answer to a request, however wrong it is.
    fn answer(
        &self,
        request: hyper::Request<hyper::body::Incoming>,
        watch: &Watch,
    ) -> impl Future<Output = HttpAnswer> + Send;

    /// How long a plain request may be that comes in pieces and is put together to be taken; 0 if
    /// none is ever taken.
    fn plain_bytes_max(&self) -> usize {
        0
    }

    /// Takes a request that came plain, unless something about it needs [`Answers::answer`].
    fn take(_answers: &Arc<Self>, _request: &Plain<'_>) -> Taken {
        Taken::Not
    }
}

/// What becomes of a request that came plain.
pub(super) enum Taken {
    /// It is answered.
    Now(Reply),
    /// It will be; the future is dropped if the client hangs up.
    Later(Pin<Box<dyn Future<Output = Reply> + Send>>),
    /// It is not taken, and nothing of it was counted.
    Not,
}

impl Listener {
    /// Binds the address; port 0 takes a free one. With `tls`, it is spoken on every connection.
    pub async fn bind(
        address: SocketAddr,
        purpose: &'static str,
        tls: Option<Arc<Tls>>,
        surroundings: Surroundings,
    ) -> Result<Self, BindError> {
        let wrong = |source| BindError { address, purpose, source };
        let socket = TcpListener::bind(address).await.map_err(wrong)?;
        let address = socket.local_addr().map_err(wrong)?;
        let (connections, watches) = (Arc::default(), Watches::default());
        let shared = Shared { tls, surroundings, connections, watches };
        Ok(Self { socket, address, shared: Arc::new(shared) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the drain begins and every connection has ended or is out of time.
    pub(super) async fn serve<P: Protocol>(self, protocol: Arc<P>) {
        let Self { socket, shared, .. } = self;
        let ticker = task::spawn("connection deadlines", tick(Arc::clone(&shared)));
        let drain = shared.surroundings.drain.clone();
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                () = drain.begun() => break,
            };
            match accepted {
                Ok((stream, peer)) => shared.accept(stream, peer, &protocol),
                Err(error) => shared.pause_after(&error).await,
            }
        }
        drop(socket);
        shared.watches.drain();
        let patience = shared.surroundings.limits.load().drain_timeout;
        let ended = timeout(patience, shared.all_ended()).await;
        if ended.is_err() {
            tracing::warn!(open = shared.connections.open(), "connections did not end in time");
        }
        ticker.abort();
    }
}

impl Shared {
    fn accept<P: Protocol>(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        protocol: &Arc<P>,
    ) {
        let Surroundings { limits, metrics, .. } = &self.surroundings;
        let Some(permit) = self.connections.admit(peer.ip(), &limits.load()) else {
            metrics.connections_refused.add(1);
            return;
        };
        metrics.connections.increment();
        let Ok(local) = set_up(&stream) else {
            metrics.connections.decrement();
            return;
        };
        let protocol = Arc::clone(protocol);
        task::spawn("connection", Arc::clone(self).serve_one(stream, local, permit, protocol));
    }

    async fn serve_one<P: Protocol>(
        self: Arc<Self>,
        stream: TcpStream,
        local: SocketAddr,
        permit: ConnectionPermit,
        protocol: Arc<P>,
    ) {
        let Surroundings { limits, metrics, clock, .. } = &self.surroundings;
        let setting = Setting { watches: &self.watches, clock, limits, sent: None };
        match &self.tls {
            None => protocol.connection(stream, local, setting).await,
            Some(tls) => {
                let stream = Counted::new(stream);
                let sent = Arc::clone(stream.sent());
                match timeout(limits.load().header_timeout, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let setting = Setting { sent: Some(&sent), ..setting };
                        protocol.connection(stream, local, setting).await;
                    }
                    Ok(Err(error)) => tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "a client and this server could not agree on TLS"
                    ),
                    Err(_) => tracing::debug!("a client did not come to an end with TLS in time"),
                }
            }
        }
        metrics.connections.decrement();
        drop(permit);
    }

    /// Out of descriptors: accepting again at once would spin.
    async fn pause_after(&self, error: &io::Error) {
        tracing::warn!(error = error as &dyn std::error::Error, "cannot accept a connection");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }

    async fn all_ended(&self) {
        let mut look = interval(DRAIN_LOOK);
        // Of those that still agree on TLS the watches know nothing.
        while self.connections.open() > 0 {
            look.tick().await;
            // A connection may have been accepted just as the drain began.
            self.watches.drain();
        }
    }
}

/// Sets a connection's options; returns where it came to.
fn set_up(stream: &TcpStream) -> io::Result<SocketAddr> {
    // Small answers must not wait for the peer's delayed acknowledgement.
    stream.set_nodelay(true)?;
    // A peer that is gone without a word is found, also where a connection may rest for ever.
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, KEEPALIVE_AFTER)?;
    stream.local_addr()
}

/// How hyper reads requests; the header deadline is the watch's.
fn builder(limits: &Limits) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_headers(limits.headers_max)
        .max_buf_size(limits.header_bytes_max.max(HYPER_BUFFER_BYTES_MIN))
        .header_read_timeout(None);
    builder
}

async fn tick(shared: Arc<Shared>) {
    let mut interval = interval(TICK);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        let Surroundings { limits, clock, .. } = &shared.surroundings;
        shared.watches.cut_overstayers(whole_ms(clock.monotonic()), &limits.load());
    }
}

/// Below this, hyper panics.
const HYPER_BUFFER_BYTES_MIN: usize = 8 << 10;
const KEEPALIVE_AFTER: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(250);
const DRAIN_LOOK: Duration = Duration::from_millis(20);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
