//! How many items are written in a second, at most.
//!
//! Must hold: over any second or more, no more than the rate and one second's worth that was saved.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;

/// Lets items through at a rate.
pub(super) struct Pace {
    /// How long one item takes; none without a limit.
    each: Option<Duration>,
    /// Until when the rate is used up.
    used_until: Mutex<Duration>,
    clock: Clock,
}

impl Pace {
    pub(super) fn new(per_second: Option<f64>, clock: Clock) -> Self {
        let each = per_second.map(|rate| Duration::from_secs_f64(1.0 / rate.max(RATE_MIN)));
        Self { each, used_until: Mutex::new(clock.monotonic()), clock }
    }

    /// Takes so many items, and says how long to wait for them.
    pub(super) fn due(&self, items: usize) -> Option<Duration> {
        let each = self.each?;
        let now = self.clock.monotonic();
        let mut used_until = self.used_until.lock().unwrap_or_else(PoisonError::into_inner);
        let from = (*used_until).max(now.saturating_sub(SAVED_MAX));
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        *used_until = from + each.saturating_mul(items);
        Some(from.saturating_sub(now)).filter(|pause| !pause.is_zero())
    }
}

/// Idle time that can be made up for.
const SAVED_MAX: Duration = Duration::from_secs(1);
/// One item in a quarter of an hour.
const RATE_MIN: f64 = 0.001;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_let_through_at_the_rate() {
        let clock = Clock::manual(0);
        clock.advance(Duration::from_secs(10));
        let pace = Pace::new(Some(50.0), clock.clone());

        assert_eq!(pace.due(25), None);
        assert_eq!(pace.due(25), Some(Duration::from_millis(500)));
        assert_eq!(pace.due(1), Some(Duration::from_secs(1)));

        clock.advance(Duration::from_mins(1));
        let saved: Vec<_> = (0..4).map(|_| pace.due(25)).collect();
        let half = Some(Duration::from_millis(500));
        assert_eq!(saved, [None, None, None, half]);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let pace = Pace::new(None, Clock::manual(0));

        assert_eq!(pace.due(usize::MAX), None);
    }
}
