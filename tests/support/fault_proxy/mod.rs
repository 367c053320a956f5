//! A proxy of ours between two tiers, which does to requests what networks and services do.
//!
//!     front hearth ──► fault proxy ──► back hearth
//!
//! Real sockets on both sides. Each request draws its lot from a seeded generator, by odds that the
//! test gives; what happened is counted.
//!
//! Must hold: a request is passed on once or not at all; one that is carried out late is so within
//! [`Times::land`] of its arrival, or not at all, or it is counted as tardy: what a test then saw
//! proves nothing.
//! Not here: which odds a history has (`tests/upstream/`).
#![allow(dead_code, reason = "each program that has this uses its own part of it")]

mod connection;
mod faults;
mod message;
mod records;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth::{clock::Clock, task};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::support::{Rng, wait_until};
use message::{Message, Peer};
use records::Withheld;

pub(crate) use faults::{Counts, Fault, Odds};

/// A proxy that runs until it is dropped.
pub(crate) struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Taken when the proxy is dropped.
    runtime: Option<Runtime>,
}

/// How long faults take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// The longest delay of a request that is passed on, and of one that is carried out late.
    pub(crate) delay: Duration,
    /// The longest silence before a late request: longer than the front waits.
    pub(crate) silence: Duration,
    /// Until when after its arrival a request must have been carried out.
    pub(crate) land: Duration,
}

/// What the connections of one proxy share.
struct Shared {
    target: SocketAddr,
    times: Times,
    clock: Clock,
    draws: Mutex<Draws>,
    counts: Counts,
    /// Requests that are still to be carried out late.
    held: AtomicU64,
    /// Writes that may have been carried out after [`Times::land`].
    tardy: AtomicU64,
    withheld: Withheld,
    /// Reads of a stream that were passed on whole and found nothing.
    empty_polls: AtomicU64,
}

struct Draws {
    rng: Rng,
    odds: Odds,
    /// What the next requests of an operation meet, whatever the odds are.
    next: (&'static str, VecDeque<Fault>),
}

impl Default for Times {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(20),
            silence: Duration::from_secs(10),
            land: Duration::from_mins(1),
        }
    }
}

impl FaultProxy {
    /// Listens on a free port and passes on to `target`.
    pub(crate) fn before(target: SocketAddr, odds: Odds, times: Times, rng: Rng) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the machine has room for a thread");
        let bound = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = bound.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            target,
            times,
            clock: Clock::system(),
            draws: Mutex::new(Draws { rng, odds, next: ("", VecDeque::new()) }),
            counts: Counts::default(),
            held: AtomicU64::new(0),
            tardy: AtomicU64::new(0),
            withheld: Withheld::default(),
            empty_polls: AtomicU64::new(0),
        });
        let _entered = runtime.enter();
        task::spawn("fault proxy", accept(listener, Arc::clone(&shared)));
        Self { address, shared, runtime: Some(runtime) }
    }

    /// Where the front connects.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the proxy listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on requests meet faults by these odds.
    pub(crate) fn set_odds(&self, odds: Odds) {
        self.shared.draws().odds = odds;
    }

    /// The next requests of this operation meet these, one after the other, whatever the odds are.
    pub(crate) fn set_next(&self, operation: &'static str, faults: &[Fault]) {
        self.shared.draws().next = (operation, faults.iter().copied().collect());
    }

    /// How often each fault was brought about.
    pub(crate) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// How many writes may have been carried out later than [`Times::land`] allows.
    pub(crate) fn tardy(&self) -> u64 {
        self.shared.tardy.load(Ordering::SeqCst)
    }

    /// How many reads of streams found nothing, and were told so by the target itself.
    pub(crate) fn empty_polls(&self) -> u64 {
        self.shared.empty_polls.load(Ordering::SeqCst)
    }

    /// Waits until no request is still to be carried out late.
    pub(crate) fn settle(&self) {
        wait_until("late requests to be carried out", || {
            (self.shared.held.load(Ordering::SeqCst) == 0).then_some(())
        });
    }

    /// Waits until no stream records are kept back.
    pub(crate) fn release_records(&self) {
        wait_until("stream records to be let go", || self.shared.withheld.is_empty().then_some(()));
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    /// What this request meets.
    fn draw(&self, request: &Message) -> Option<Fault> {
        let mut draws = self.draws();
        // What hearth asks to find out what the service can do comes when it comes.
        if request.operation() == draws.next.0
            && !request.is_of_no_table()
            && let Some(next) = draws.next.1.pop_front()
        {
            return Some(next);
        }
        let lot = draws.rng.below(Odds::WHOLE);
        draws.odds.drawn(request, lot)
    }

    /// A random part of [`Times::delay`].
    fn delay(&self) -> Duration {
        self.times.delay * self.below(100) / 100
    }

    fn below(&self, bound: u32) -> u32 {
        let drawn = self.draws().rng.below(u64::from(bound));
        u32::try_from(drawn).expect("it is below a bound of that type")
    }

    fn draws(&self) -> MutexGuard<'_, Draws> {
        self.draws.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves each connection in a task of its own, which ends with the connection or the runtime.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let accepted = listener.accept().await.and_then(|(stream, _)| Peer::of(stream));
        // One that broke before it was accepted is the front's to notice.
        if let Ok(front) = accepted {
            task::spawn("fault proxy connection", connection::serve(Arc::clone(&shared), front));
        }
    }
}
