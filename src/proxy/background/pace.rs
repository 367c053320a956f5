//! How fast keys are loaded that nobody waits for.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// How fast keys are loaded: so many at each tick.
pub(super) struct Pace {
    pub(super) chunk_keys: usize,
    pub(super) ticks: Interval,
}

impl Pace {
    /// So many keys in a second, in chunks of a hundred at most.
    pub(super) fn of(items_per_second: u64) -> Self {
        let rate = items_per_second.max(1);
        let chunk = (rate / TICKS_PER_SECOND).clamp(1, CHUNK_KEYS_MAX);
        let period = Duration::from_nanos(chunk * NANOS_PER_SECOND / rate);
        let mut ticks = tokio::time::interval(period.max(Duration::from_nanos(1)));
        // Time that was lost to a slow engine is not made up for in a burst.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { chunk_keys: usize::try_from(chunk).expect("at most a hundred"), ticks }
    }
}

/// A batch of this many is what the engine reads from one snapshot for a client, too.
const CHUNK_KEYS_MAX: u64 = 100;
const TICKS_PER_SECOND: u64 = 10;
const NANOS_PER_SECOND: u64 = 1_000_000_000;
