//! When each request of the open loop is due: the number of a request is all that is needed.
//!
//!     warm-up |--0--1--2--3--|--4--5--6--7--8--|   rate: numbers a second
//!                             measured
//!
//! Must hold: `due` never falls as numbers rise, and `due_before` counts exactly those below.
//! Not here: waiting (`alarm.rs`), who sends (`open.rs`).

use std::time::Duration;

/// The dues of a run, counted from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    per_second: f64,
    /// The number of the first request that is measured.
    first_measured: u64,
    /// How many there are.
    total: u64,
    /// When none is due any more.
    end: Duration,
}

impl Schedule {
    /// Requests at a rate, until the length has passed or enough are measured.
    pub(super) fn new(
        per_second: f64,
        warm_up: Duration,
        length: Duration,
        requests_max: u64,
    ) -> Self {
        let end = warm_up + length;
        let endless = Self { per_second, first_measured: 0, total: u64::MAX, end };
        let first_measured = endless.due_before(warm_up);
        let total = endless.due_before(end);
        let total = total.min(first_measured.saturating_add(requests_max));
        Self { per_second, first_measured, total, end: end.min(endless.due(total)) }
    }

    /// When a request is due.
    pub(super) fn due(&self, number: u64) -> Duration {
        Duration::from_nanos(self.due_ns(number))
    }

    /// How many requests are due before a moment.
    pub(super) fn due_before(&self, at: Duration) -> u64 {
        let at_ns = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a guess that the loops below set right; rates and lengths are bounded"
        )]
        let mut number = (at.as_secs_f64() * self.per_second) as u64;
        while self.due_ns(number) < at_ns {
            number += 1;
        }
        while number > 0 && self.due_ns(number - 1) >= at_ns {
            number -= 1;
        }
        number.min(self.total)
    }

    /// How many requests there are.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// When the next request would be due if there were one, or the length has passed.
    pub(super) fn end(&self) -> Duration {
        self.end
    }

    /// The number of the first request that is measured.
    pub(super) fn first_measured(&self) -> u64 {
        self.first_measured
    }

    /// How many measured requests are due before a moment.
    pub(super) fn measured_before(&self, at: Duration) -> u64 {
        self.due_before(at).saturating_sub(self.first_measured)
    }

    /// Whether a request is measured.
    pub(super) fn is_measured(&self, number: u64) -> bool {
        number >= self.first_measured
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a week at the highest rate is far below 2^53 of anything"
    )]
    fn due_ns(&self, number: u64) -> u64 {
        (number as f64 / self.per_second * 1e9) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_evenly_from_the_start() {
        let schedule = Schedule::new(4.0, Duration::ZERO, Duration::from_secs(2), u64::MAX);

        let dues: Vec<u128> = (0..4).map(|number| schedule.due(number).as_millis()).collect();

        assert_eq!(dues, [0, 250, 500, 750]);
        assert_eq!(schedule.total(), 8);
    }

    #[test]
    fn the_count_before_a_moment_fits_the_dues_at_any_rate() {
        for per_second in [0.37, 1.0, 3.0, 999.9, 1_234.567, 70_000.0, 1e7] {
            let schedule =
                Schedule::new(per_second, Duration::ZERO, Duration::from_secs(1 << 16), u64::MAX);
            for at_ms in [0, 1, 333, 1_000, 59_999, 3_600_000] {
                let at = Duration::from_millis(at_ms);

                let count = schedule.due_before(at);

                assert!(count == 0 || schedule.due(count - 1) < at, "{per_second} {at_ms}");
                assert!(schedule.due(count) >= at, "{per_second} {at_ms}");
            }
        }
    }

    #[test]
    fn the_count_is_of_measured_requests() {
        let second = Duration::from_secs(1);
        let schedule = Schedule::new(100.0, second, 5 * second, 30);

        assert_eq!(schedule.total(), 130);
        assert!(!schedule.is_measured(99));
        assert!(schedule.is_measured(100));
        assert_eq!(schedule.end(), Duration::from_millis(1_300));
        let measured = [500, 1_000, 1_100, 9_000]
            .map(|at_ms| schedule.measured_before(Duration::from_millis(at_ms)));
        assert_eq!(measured, [0, 0, 10, 30]);
    }
}
