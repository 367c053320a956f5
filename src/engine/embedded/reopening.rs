//! When a store that a full disk has stopped may be reopened once more.
//!
//! Not here: reopening it (`writer.rs`).

use std::time::Duration;

/// When a reopening that failed may be tried again: each try takes the store from its readers.
#[derive(Debug, Default)]
pub(super) struct Reopening {
    pause: Duration,
    not_before: Duration,
    free_bytes: u64,
}

impl Reopening {
    /// Whether the pause is over, or there is more room than at the last try.
    pub(super) fn may_try(&self, now: Duration, free_bytes: u64) -> bool {
        now >= self.not_before || free_bytes > self.free_bytes.saturating_mul(2)
    }

    pub(super) fn failed(&mut self, now: Duration, free_bytes: u64) {
        self.pause = (self.pause * 2).clamp(REOPEN_PAUSE_MIN, REOPEN_PAUSE_MAX);
        self.not_before = now + self.pause;
        self.free_bytes = free_bytes;
    }
}

const REOPEN_PAUSE_MIN: Duration = Duration::from_secs(1);
const REOPEN_PAUSE_MAX: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reopening_that_failed_waits_longer_each_time_unless_room_was_made() {
        let mut reopening = Reopening::default();
        let at = Duration::from_secs;
        assert!(reopening.may_try(at(0), 100));

        reopening.failed(at(0), 100);
        assert!(!reopening.may_try(at(0), 200));
        assert!(reopening.may_try(at(0), 201));
        assert!(reopening.may_try(at(1), 100));

        reopening.failed(at(1), 100);
        assert!(!reopening.may_try(at(2), 100));
        (0..10).for_each(|_| reopening.failed(at(10), 100));
        assert!(!reopening.may_try(at(69), 100));
        assert!(reopening.may_try(at(70), 100));
    }
}
