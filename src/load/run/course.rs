//! The time line that all connections of a run share.
//!
//! Must hold: once `stop` began nothing is sent any more; every request knows by its due whether
//! it belongs to the run.
//! Not here: what is sent (`open.rs`, `closed.rs`).

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::task::Drain;

/// A run on its way.
pub(super) struct Course {
    clock: Clock,
    /// By the clock's monotonic time.
    start: Duration,
    stop: Drain,
    /// As it was planned.
    measured: Range<Duration>,
    /// When the user had enough, in nanoseconds since the start.
    cut_ns: AtomicU64,
}

impl Course {
    /// A run that begins at `start` of the clock's monotonic time, of which a part is measured.
    pub(super) fn new(
        clock: Clock,
        start: Duration,
        stop: Drain,
        measured: Range<Duration>,
    ) -> Self {
        Self { clock, start, stop, measured, cut_ns: AtomicU64::new(u64::MAX) }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn stop(&self) -> &Drain {
        &self.stop
    }

    /// Time since the start; zero before it.
    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.start)
    }

    /// A moment of the run by the clock's monotonic time.
    pub(super) fn on_the_clock(&self, at: Duration) -> Duration {
        self.start + at
    }

    /// The user has enough: what is due from now on is no part of the run.
    pub(super) fn cut(&self) {
        let now_ns = u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX);
        self.cut_ns.fetch_min(now_ns, Ordering::SeqCst);
        self.stop.begin();
    }

    /// When it was cut short, if it was.
    pub(super) fn cut_at(&self) -> Option<Duration> {
        let cut_ns = self.cut_ns.load(Ordering::SeqCst);
        (cut_ns < u64::MAX).then_some(Duration::from_nanos(cut_ns))
    }

    /// The measured time, which a cut shortens; a cut within the warm-up leaves nothing of it.
    pub(super) fn measured(&self) -> Range<Duration> {
        self.measured.start..self.at_most(self.measured.end)
    }

    /// The moment, or that of the cut if it was earlier.
    pub(super) fn at_most(&self, at: Duration) -> Duration {
        self.cut_at().map_or(at, |cut| at.min(cut))
    }
}
