//! One connection: hyper over a stream whose every stage is watched, and that answers
//! plain requests itself.
//!
//! A request registers no timer. The stream and the handler note in a few atomics what the
//! connection is doing; one task looks at all of them a few times a second, notes since when, and
//! cuts those that overstay:
//!
//!     idle ── first byte ──> headers ── parsed ──> body ── whole ──> handling
//!      ^                                                                │
//!      └──────────────── written ──────────── writing <─── answered ────┘
//!
//! A connection of DAX (`dax/`) rests where another is idle.
//!
//! Must hold: a connection that is cut or drained is told through its own task's waker; nothing
//! else polls it.
//! Not here: how many there may be (`limits.rs`), what a request is answered (`http/`).

mod hyper_side;
mod plain;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;

use self::stream::Stream;
use super::limits::Limits;
use super::listener::{Answers, Setting, Socket};
use crate::clock::whole_ms;

pub(super) use self::plain::{Plain, is};

/// What one connection is doing, and what it has been told to do.
pub(super) struct Watch {
    tick: Arc<AtomicU64>,
    stage: AtomicU8,
    /// When the stage was first seen, or [`UNSEEN`].
    since_ms: AtomicU64,
    body_bytes: AtomicU64,
    /// Whether the present answer is not all made.
    is_making: AtomicBool,
    /// Bytes that left, where writing them to the stream does not tell.
    sent: Option<Arc<AtomicU64>>,
    seen_sent: AtomicU64,
    order: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

/// An answer of which there is more to come, until this is dropped: its connection is not idle once
/// everything so far is written.
pub(super) struct Making(Arc<Watch>);

/// The watches of all open connections.
#[derive(Default)]
pub(super) struct Watches {
    /// Milliseconds, as of the last look; precise enough for dates.
    tick: Arc<AtomicU64>,
    next: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Watch>, ahash::RandomState>>,
}

/// Serves one connection until it ends, is cut or is drained.
pub(super) async fn serve<A: Answers, S: Socket>(
    socket: S,
    setting: Setting<'_>,
    builder: &Builder,
    answers: Arc<A>,
) {
    watched(setting, |watch| async move {
        let clock = setting.clock.clone();
        let stream = Stream::new(socket, Arc::clone(&watch), clock, Arc::clone(&answers));
        let service = service_fn(|request| {
            let (answers, watch) = (&answers, &watch);
            async move {
                let mut answer = answers.answer(request, watch).await;
                answer.body_mut().watched(watch);
                watch.answered();
                Ok::<_, Infallible>(answer)
            }
        });
        let mut connection = pin!(builder.serve_connection(stream, service));
        let mut is_told = false;
        poll_fn(|context| {
            if !is_told && watch.is_told() {
                is_told = true;
                // What the stream holds of a request becomes hyper's, which lets it finish.
                if connection.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                connection.as_mut().graceful_shutdown();
            }
            connection.as_mut().poll(context).map(drop)
        })
        .await;
    })
    .await;
}

/// Runs a connection under a watch until it ends or is cut. One that is drained finds itself told so,
/// being polled.
pub(super) async fn watched<F: Future<Output = ()>>(
    setting: Setting<'_>,
    connection: impl FnOnce(Arc<Watch>) -> F,
) {
    let watches = setting.watches;
    let watch = watches.watch(setting.sent.cloned());
    let id = watches.add(&watch);
    let mut connection = pin!(connection(Arc::clone(&watch)));
    let mut is_reachable = false;
    poll_fn(|context| {
        if !is_reachable {
            // A task keeps its waker for life.
            watch.keep_waker(context);
            is_reachable = true;
        }
        match watch.order.load(Ordering::Acquire) {
            CUT => Poll::Ready(()),
            _ => connection.as_mut().poll(context),
        }
    })
    .await;
    watches.remove(id);
}

impl Watch {
    /// A connection that was just accepted.
    fn new(tick: Arc<AtomicU64>, sent: Option<Arc<AtomicU64>>) -> Arc<Self> {
        Arc::new(Self {
            tick,
            stage: AtomicU8::new(IDLE),
            since_ms: AtomicU64::new(UNSEEN),
            body_bytes: AtomicU64::new(0),
            is_making: AtomicBool::new(false),
            sent,
            seen_sent: AtomicU64::new(0),
            order: AtomicU8::new(GO_ON),
            waker: Mutex::default(),
        })
    }

    /// The headers were parsed; the body may still be coming.
    pub(super) fn headers_done(&self) {
        self.body_bytes.store(0, Ordering::Relaxed);
        self.enter(BODY);
    }

    /// More of the body came.
    pub(super) fn body_grew(&self, bytes: usize) {
        self.body_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The request is whole.
    pub(super) fn body_done(&self) {
        self.stage.store(HANDLING, Ordering::Relaxed);
    }

    /// The answer is ready to be written.
    pub(super) fn answered(&self) {
        self.enter(WRITING);
    }

    /// Nothing is asked, for as long as the client likes.
    pub(super) fn rest(&self) {
        self.stage.store(RESTING, Ordering::Relaxed);
    }

    /// Nothing is asked, for as long as an idle connection may stay.
    pub(super) fn idle(&self) {
        self.enter(IDLE);
    }

    /// A request must be whole soon.
    pub(super) fn expect(&self) {
        self.enter(HEADERS);
    }

    fn is(&self, stage: u8) -> bool {
        self.stage.load(Ordering::Relaxed) == stage
    }

    /// Bytes came: of a request, if none was there.
    fn began(&self) {
        if self.is(IDLE) {
            self.enter(HEADERS);
        }
    }

    /// Some of a body came, the head being whole.
    pub(super) fn body_came(&self, bytes: usize) {
        if !self.is(BODY) {
            self.headers_done();
        }
        self.body_grew(bytes);
    }

    /// Whether the connection is to end.
    pub(super) fn is_told(&self) -> bool {
        self.order.load(Ordering::Acquire) != GO_ON
    }

    fn enter(&self, stage: u8) {
        self.since_ms.store(UNSEEN, Ordering::Relaxed);
        // Who sees the stage sees that nobody looked at it.
        self.stage.store(stage, Ordering::Release);
    }

    fn order(&self, order: u8) {
        self.order.fetch_max(order, Ordering::AcqRel);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*waker {
            waker.wake_by_ref();
        }
    }

    fn keep_waker(&self, context: &Context<'_>) {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(context.waker().clone());
    }

    /// Whether there is nothing to be written for want of more of an answer.
    fn awaits_more(&self, stage: u8) -> bool {
        stage == IDLE && self.is_making.load(Ordering::Acquire)
    }

    /// Whether the stage lasts too long. It counts from the first look at it, so that a connection
    /// has all of its time, however seldom somebody looks.
    fn overstays(&self, now_ms: u64, limits: &Limits) -> bool {
        let stage = self.stage.load(Ordering::Acquire);
        if matches!(stage, HANDLING | RESTING) || self.awaits_more(stage) {
            return false;
        }
        if matches!(stage, WRITING | IDLE) && self.sent_more() {
            self.since_ms.store(UNSEEN, Ordering::Relaxed);
        }
        let seen =
            self.since_ms.compare_exchange(UNSEEN, now_ms, Ordering::Relaxed, Ordering::Relaxed);
        let since = seen.err().map_or(0, |since_ms| now_ms.saturating_sub(since_ms));
        let longer_than = |limit: Duration| since > whole_ms(limit);
        match stage {
            IDLE => longer_than(limits.idle_timeout),
            HEADERS => longer_than(limits.header_timeout),
            WRITING => longer_than(limits.write_stall_timeout),
            BODY => {
                let late_ms = since.saturating_sub(whole_ms(limits.body_grace));
                let owed = late_ms * limits.body_bytes_per_second_min / 1_000;
                self.body_bytes.load(Ordering::Relaxed) < owed
            }
            _ => false,
        }
    }

    /// Whether the client took some of an answer since the last look, as far as that is counted. What
    /// hyper has written may not have left when the next request may come.
    fn sent_more(&self) -> bool {
        let Some(sent) = &self.sent else { return false };
        let sent = sent.load(Ordering::Relaxed);
        self.seen_sent.swap(sent, Ordering::Relaxed) != sent
    }
}

impl Making {
    pub(super) fn begin(watch: &Arc<Watch>) -> Self {
        watch.is_making.store(true, Ordering::Release);
        Self(Arc::clone(watch))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.0.is_making.store(false, Ordering::Release);
    }
}

impl Watches {
    /// The watch of a connection that was just accepted; `sent` counts the bytes that left it, if
    /// its stream takes more than it sends.
    pub(super) fn watch(&self, sent: Option<Arc<AtomicU64>>) -> Arc<Watch> {
        Watch::new(Arc::clone(&self.tick), sent)
    }

    /// Moves the tick on and cuts every connection that overstays its stage.
    pub(super) fn cut_overstayers(&self, now_ms: u64, limits: &Limits) {
        self.tick.store(now_ms, Ordering::Relaxed);
        self.each(|watch| {
            if watch.overstays(now_ms, limits) {
                watch.order(CUT);
            }
        });
    }

    /// Lets every connection finish the request it is at, and no other.
    pub(super) fn drain(&self) {
        self.each(|watch| watch.order(DRAIN));
    }

    fn each(&self, act: impl Fn(&Watch)) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().for_each(|watch| act(watch));
    }

    fn add(&self, watch: &Arc<Watch>) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id, Arc::clone(watch));
        id
    }

    fn remove(&self, id: u64) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

const IDLE: u8 = 0;
const HEADERS: u8 = 1;
const BODY: u8 = 2;
const HANDLING: u8 = 3;
const WRITING: u8 = 4;
/// As idle, without end.
const RESTING: u8 = 5;

/// Nobody looked since the stage was entered.
const UNSEEN: u64 = u64::MAX;

const GO_ON: u8 = 0;
const DRAIN: u8 = 1;
const CUT: u8 = 2;
