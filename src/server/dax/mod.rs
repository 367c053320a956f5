//! DAX: clients of Amazon's DAX connect, say who they are, and ask.
//!
//! A connection carries one request at a time, and nothing says how long one is; so what cannot be
//! read ends the connection, after an answer that says why. What can be read and is wrong is
//! refused, and the connection lives on.
//!
//! Must hold: no idle connection is closed, since a client of JavaScript waits for ever on its next
//! request then; every other stage has its deadline, and every buffer its limit.
//! Not here: bytes and their meaning (`wire/dax/`), tables (`proxy/`).

mod answer;
mod connection;
mod data;
mod nodes;
mod standing;

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use self::nodes::Nodes;

use super::answer::RequestIds;
use super::body::Budget;
use super::http::Access;
use super::limits::Limits;
use super::listener::{Listener, Protocol, Setting, Socket};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::proxy::Proxies;
use crate::state::AttributeLists;
use crate::task::Drain;
use crate::wire::json::Wording;

/// What the DAX side works with.
pub struct Parts {
    /// What answers requests.
    pub proxies: Proxies,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
    /// Who may ask.
    pub access: Arc<ArcSwap<Access>>,
    /// How much clients may ask.
    pub limits: Arc<ArcSwap<Limits>>,
    /// The ids of lists of names.
    pub lists: Arc<AttributeLists>,
    /// Where clients are told to connect.
    pub nodes: Nodes,
    /// How refusals are worded.
    pub wording: Wording,
    /// The time.
    pub clock: Clock,
    /// The signal to stop.
    pub drain: Drain,
}

/// The DAX side of one listener.
pub struct Dax {
    parts: Parts,
    ids: RequestIds,
    buffers: Budget,
}

impl Dax {
    /// The DAX side over these parts.
    pub fn new(parts: Parts) -> Arc<Self> {
        let (ids, buffers) = (RequestIds::new(), Budget::new(BUFFERS_BYTES_MAX));
        Arc::new(Self { parts, ids, buffers })
    }

    /// Serves the listener until the drain; see [`Listener`].
    pub async fn serve(self: Arc<Self>, listener: Listener) {
        listener.serve(self).await;
    }
}

#[cfg(test)]
impl Dax {
    /// Serves a stream of a test's own until it ends; from `drain` on it is drained.
    pub(crate) async fn serve_stream<S>(
        self: &Arc<Self>,
        stream: S,
        drain: impl Future<Output = ()>,
    ) where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (watches, limits) = (super::connection::Watches::default(), ArcSwap::default());
        let (clock, local) = (&self.parts.clock, ([127, 0, 0, 1], 8111).into());
        let setting = Setting { watches: &watches, clock, limits: &limits, sent: None };
        let mut serving = std::pin::pin!(connection::serve(self, stream, local, setting));
        tokio::select! {
            () = &mut serving => return,
            () = drain => watches.drain(),
        }
        serving.await;
    }
}

impl Protocol for Dax {
    async fn connection<S: Socket>(
        self: Arc<Self>,
        socket: S,
        local: SocketAddr,
        setting: Setting<'_>,
    ) {
        connection::serve(&self, socket, local, setting).await;
    }
}

/// Memory for requests that are longer than most.
const BUFFERS_BYTES_MAX: usize = 512 << 20;
