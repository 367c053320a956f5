//! The closed loop: each connection asks again as soon as it has its answer.
//!
//! Must hold: latency runs from the sending; a slow answer makes fewer requests, which is why this
//! loop finds the most that a target does and says little of how long users would wait.
//! Not here: the open loop (`open.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::course::Course;
use super::{Next, Stream};

/// How much all connections together may send.
pub(super) struct Budget {
    warm_up: Duration,
    end: Duration,
    requests_max: u64,
    measured: AtomicU64,
}

/// Where one connection gets its requests.
pub(super) struct Feed {
    budget: Arc<Budget>,
    stream: Stream,
}

impl Budget {
    /// Time and number of what may be sent.
    pub(super) fn new(warm_up: Duration, length: Duration, requests_max: u64) -> Self {
        Self { warm_up, end: warm_up + length, requests_max, measured: AtomicU64::new(0) }
    }

    /// How many measured requests were given leave.
    pub(super) fn granted(&self) -> u64 {
        self.measured.load(Ordering::Relaxed).min(self.requests_max)
    }

    /// Whether the number ended the sending.
    pub(super) fn is_used_up(&self) -> bool {
        self.granted() == self.requests_max
    }

    /// Leave to send at this moment; whether the request is measured.
    fn grant(&self, now: Duration) -> Option<bool> {
        if now < self.warm_up {
            return Some(false);
        }
        let may_send =
            now < self.end && self.measured.fetch_add(1, Ordering::Relaxed) < self.requests_max;
        may_send.then_some(true)
    }
}

impl Feed {
    /// A connection's own stream.
    pub(super) fn new(budget: Arc<Budget>, stream: Stream) -> Self {
        Self { budget, stream }
    }

    /// The next request, as long as there may be one.
    pub(super) fn next(&mut self, course: &Course) -> Option<Next> {
        if course.stop().has_begun() {
            return None;
        }
        // Drawn before the time is taken: the workload's own work is no latency of the target.
        let planned = (self.stream)();
        let from = course.now();
        let is_measured = self.budget.grant(from)?;
        Some(Next { from, is_measured, planned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_measured_requests_use_up_the_number() {
        let second = Duration::from_secs(1);
        let budget = Budget::new(second, 2 * second, 2);

        let granted =
            [0, 500, 1_000, 1_500, 2_000].map(|ms| budget.grant(Duration::from_millis(ms)));

        assert_eq!(granted, [Some(false), Some(false), Some(true), Some(true), None]);
        assert!(budget.is_used_up());
        assert_eq!(budget.granted(), 2);
        assert_eq!(Budget::new(second, second, 9).grant(2 * second), None);
    }
}
