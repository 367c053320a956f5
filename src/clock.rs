//! Time, as a value that is passed in.
//!
//! Monotonic time orders and expires; wall time is only shown or compared with a signature's
//! date. Nothing durable is ever ordered by either.
//!
//! Not here: timers, which are tokio's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where a component reads the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { origin: Instant },
    Manual { us: Arc<AtomicU64>, unix_us: Arc<AtomicU64> },
}

impl Clock {
    /// The machine's clocks.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn system() -> Self {
        Self(Source::System { origin: Instant::now() })
    }

    /// A clock that stands at `unix_ms` until [`Clock::advance`] moves it.
    pub fn manual(unix_ms: u64) -> Self {
        let shared = || Arc::new(AtomicU64::new(unix_ms.saturating_mul(1_000)));
        Self(Source::Manual { us: shared(), unix_us: shared() })
    }

    /// Moves a manual clock and every clone of it; a system clock stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual { us, unix_us } = &self.0 {
            let by_us = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
            us.fetch_add(by_us, Ordering::SeqCst);
            unix_us.fetch_add(by_us, Ordering::SeqCst);
        }
    }

    /// Sets the wall clock of a manual clock and its clones, as somebody sets a machine's:
    /// monotonic time knows nothing of it.
    pub fn set_unix_ms(&self, now_ms: u64) {
        if let Source::Manual { unix_us, .. } = &self.0 {
            unix_us.store(now_ms.saturating_mul(1_000), Ordering::SeqCst);
        }
    }

    /// Time since some fixed moment; never goes back.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { origin } => Instant::now().duration_since(*origin),
            Source::Manual { us, .. } => Duration::from_micros(us.load(Ordering::SeqCst)),
        }
    }

    /// Milliseconds since 1970 by the wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn unix_ms(&self) -> u64 {
        match &self.0 {
            Source::System { .. } => {
                whole_ms(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
            }
            Source::Manual { unix_us, .. } => unix_us.load(Ordering::SeqCst) / 1_000,
        }
    }
}

/// Milliseconds since 1970 as people write them: the second, in UTC.
pub fn date(unix_ms: u64) -> String {
    let seconds = i64::try_from(unix_ms / 1_000).unwrap_or_default();
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok();
    date.and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_else(|| "unknown".to_owned())
}

/// Whole milliseconds of a duration, at most [`u64::MAX`].
pub fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(1_000);
        let clone = clock.clone();

        clone.advance(Duration::from_millis(250));

        assert_eq!(clock.unix_ms(), 1_250);
        assert_eq!(clock.monotonic(), Duration::from_millis(1_250));

        clone.set_unix_ms(500);
        clock.advance(Duration::from_millis(1));

        assert_eq!(clock.unix_ms(), 501);
        assert_eq!(clock.monotonic(), Duration::from_millis(1_251));
    }

    #[test]
    fn a_date_is_told_to_the_second() {
        assert_eq!(date(1_795_790_550_540), "2026-11-27T14:42:30Z");
    }

    #[test]
    fn the_system_clock_never_goes_back() {
        let clock = Clock::system();

        let before = clock.monotonic();

        assert!(clock.monotonic() >= before);
        assert!(clock.unix_ms() > 1_700_000_000_000);
    }
}
