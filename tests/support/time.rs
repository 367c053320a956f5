//! Deadlines, and waiting for a condition under one.
//!
//! Not here: fixed sleeps. [`pause`] exists for tests whose very subject is a moment in time.

use std::time::Duration;

use hearth::clock::Clock;

/// How long a test waits for what must come: a loaded machine is slow, a hang is longer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// How long has passed since some moment.
pub(crate) struct Stopwatch {
    clock: Clock,
    started: Duration,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        let clock = Clock::system();
        let started = clock.monotonic();
        Self { clock, started }
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.started)
    }
}

/// A moment after which a test gives up.
pub(crate) struct Deadline {
    watch: Stopwatch,
    limit: Duration,
}

impl Deadline {
    /// That much from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { watch: Stopwatch::start(), limit }
    }

    /// Whether it is over.
    pub(crate) fn passed(&self) -> bool {
        self.watch.elapsed() >= self.limit
    }

    /// What is left of it, zero once it is over.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.watch.elapsed())
    }
}

/// Asks `condition` until it yields a value; panics with `what` once [`PATIENCE`] is over.
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(PATIENCE);
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(!deadline.passed(), "waited {PATIENCE:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Lets `span` pass: for kills at a random moment and for keeping to a rate, never for waiting until
/// something happened.
pub(crate) fn pause(span: Duration) {
    let deadline = Deadline::after(span);
    while !deadline.passed() {
        std::thread::park_timeout(deadline.left());
    }
}
