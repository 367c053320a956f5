//! How far a long command is, on standard error.
//!
//! Must hold: what is over within a moment says nothing.

use std::io::Write as _;
use std::time::Duration;

use crate::clock::Clock;

/// How far a command is.
pub(super) struct Progress {
    what: &'static str,
    clock: Clock,
    tells_at: Duration,
}

impl Progress {
    pub(super) fn begin(what: &'static str) -> Self {
        let clock = Clock::system();
        let tells_at = clock.monotonic() + PAUSE;
        Self { what, clock, tells_at }
    }

    /// So many bytes are done.
    pub(super) fn reached(&mut self, bytes: u64) {
        let now = self.clock.monotonic();
        if now >= self.tells_at {
            self.tells_at = now + PAUSE;
            // Who closed our standard error does not want to know.
            let _ = writeln!(std::io::stderr(), "{} {} MB", self.what, bytes / 1_000_000);
        }
    }
}

const PAUSE: Duration = Duration::from_secs(2);
