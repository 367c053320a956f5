//! Bounded waiting for what the engine underneath does in its own threads.
//!
//! It offers no condition to wait on, or only without a deadline; so this looks again and again.

use std::time::Duration;

use crate::clock::Clock;

/// Looks every [`LOOK_EVERY`] until `done`, at most for `wait_max`; says whether it was done.
pub(super) fn until(clock: &Clock, wait_max: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = clock.monotonic();
    loop {
        if done() {
            return true;
        }
        if clock.monotonic().saturating_sub(begun) >= wait_max {
            return false;
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

const LOOK_EVERY: Duration = Duration::from_millis(1);
