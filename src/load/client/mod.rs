//! A client of one connection that waits for each answer before it asks again.
//!
//! Must hold: every request ends, within its deadline for each try and its number of tries; what
//! a try left on a connection is never read as the answer to the next.
//! Not here: when requests are due (`run/`).

mod answer;
mod dax;
mod http;
mod request;
mod socket;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rand::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use self::answer::Attempt;
pub use self::answer::{CONNECT_FAILED, DISCONNECTED};
pub(super) use self::answer::{code, message, unprocessed};
pub(super) use self::dax::{Known, Link as DaxLink};
pub(super) use self::http::connected;
pub use self::request::Explain;
pub(super) use self::request::Request;
pub(super) use self::socket::Socket;
use super::target::{Target, Wire};
use super::{Ending, Source};
use crate::clock::Clock;
use crate::net::Link;
use crate::task::Drain;

/// How long and how often something is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries after the first.
    pub retries_max: u32,
    /// For each try, connecting included.
    pub deadline: Duration,
}

/// One connection, opened again when it was closed; that belongs to the request that finds it so.
pub(super) struct Client {
    target: Arc<Target>,
    connection: Connection,
    patience: Patience,
    explain: Explain,
    clock: Clock,
    /// Nothing is tried again once this began.
    stop: Drain,
    random: Xoshiro256PlusPlus,
}

/// A connection, while there is one.
enum Connection {
    Http(Option<Link>),
    Dax(Option<dax::Link>),
}

/// How one request ended.
pub(super) struct Exchange {
    pub(super) ending: Ending,
    pub(super) source: Source,
    pub(super) retries: u32,
    pub(super) body: Bytes,
}

/// What clients of one target share.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) target: Arc<Target>,
    pub(super) patience: Patience,
    pub(super) explain: Explain,
    pub(super) clock: Clock,
    pub(super) stop: Drain,
}

impl Client {
    /// A client that connects when it first asks; `seed` is for the lengths of its pauses.
    pub(super) fn new(terms: Terms, seed: u64) -> Self {
        let Terms { target, patience, explain, clock, stop } = terms;
        let random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let connection = match target.wire() {
            Wire::Http => Connection::Http(None),
            Wire::Dax { .. } => Connection::Dax(None),
        };
        Self { target, connection, patience, explain, clock, stop, random }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Connects now.
    pub(super) async fn connect(&mut self) -> io::Result<()> {
        let deadline = self.patience.deadline;
        let opened = tokio::time::timeout(deadline, self.open());
        opened.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Asks until there is an answer that another try would not better.
    pub(super) async fn ask(&mut self, request: &Request) -> Exchange {
        let mut retries = 0;
        loop {
            let attempt = self.attempt(request).await;
            let is_last = !attempt.may_retry || retries == self.patience.retries_max;
            if is_last || self.wait(retries).await.is_stopped() {
                let Attempt { ending, source, body, .. } = attempt;
                return Exchange { ending, source, retries, body };
            }
            retries += 1;
        }
    }

    async fn attempt(&mut self, request: &Request) -> Attempt {
        let deadline = self.patience.deadline;
        let exchange = tokio::time::timeout(deadline, self.exchange(request));
        if let Ok(attempt) = exchange.await {
            return attempt;
        }
        // Its answer may still come.
        match &mut self.connection {
            Connection::Http(link) => *link = None,
            Connection::Dax(link) => *link = None,
        }
        Attempt::lost("TimedOut")
    }

    async fn open(&mut self) -> io::Result<()> {
        let Self { target, clock, .. } = self;
        match &mut self.connection {
            Connection::Http(link) => *link = Some(connected(target.place(), target.tls()).await?),
            Connection::Dax(link) => *link = Some(dax::Link::open(target, clock).await?),
        }
        Ok(())
    }

    async fn exchange(&mut self, request: &Request) -> Attempt {
        let Self { target, clock, .. } = self;
        match &mut self.connection {
            Connection::Http(link) => {
                let signed = request.signed(target, self.explain, clock.unix_ms());
                http::exchange(link, signed, request.kind, target).await
            }
            Connection::Dax(link) => dax::exchange(link, request, target, clock).await,
        }
    }

    /// Waits before the next try: a random part of a span that doubles with each.
    pub(super) async fn wait(&mut self, retries: u32) -> Pause {
        let longest = PAUSE_FIRST.saturating_mul(1 << retries.min(16)).min(PAUSE_MAX);
        let span = longest.mul_f64(self.random.random());
        if self.stop.has_begun() {
            return Pause::Stopped;
        }
        tokio::select! {
            () = tokio::time::sleep(span) => Pause::Over,
            () = self.stop.begun() => Pause::Stopped,
        }
    }
}

/// How a pause ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pause {
    Over,
    Stopped,
}

impl Pause {
    pub(super) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { retries_max: 3, deadline: Duration::from_secs(10) }
    }
}

const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
