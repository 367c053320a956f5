//! How far the service's clock is from ours.
//!
//! Must hold: it is only ever learnt from a refusal of a signature for its time, and only a
//! difference that such refusals are made for.

use std::sync::atomic::{AtomicI64, Ordering};

/// What is added to our time before it is signed.
#[derive(Debug, Default)]
pub(super) struct Skew(AtomicI64);

impl Skew {
    /// The service's time, when ours is `unix_ms`.
    pub(super) fn apply(&self, unix_ms: u64) -> u64 {
        unix_ms.saturating_add_signed(self.0.load(Ordering::Relaxed))
    }

    /// A signature was refused by a service whose clock shows `theirs_ms` when ours shows
    /// `unix_ms`: whether another time would be signed now.
    pub(super) fn learn(&self, theirs_ms: u64, unix_ms: u64) -> bool {
        if theirs_ms.abs_diff(self.apply(unix_ms)) <= BEARABLE_MS {
            return false;
        }
        let skew_ms = i128::from(theirs_ms) - i128::from(unix_ms);
        let skew_ms = i64::try_from(skew_ms).unwrap_or_default();
        tracing::warn!(skew_ms, "upstream clock differs");
        self.0.store(skew_ms, Ordering::Relaxed);
        true
    }

    /// As it was learnt, in milliseconds; 0 before.
    pub(super) fn ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Services bear five minutes.
const BEARABLE_MS: u64 = 4 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000_000;

    #[test]
    fn a_clock_that_is_far_off_is_followed() {
        for theirs in [NOW + BEARABLE_MS + 1, NOW - BEARABLE_MS - 1] {
            let skew = Skew::default();

            assert!(skew.learn(theirs, NOW));

            assert_eq!(skew.apply(NOW + 5), theirs + 5);
            assert!(!skew.learn(theirs, NOW), "it is learnt once");
        }
    }

    #[test]
    fn a_clock_that_is_near_is_left_alone() {
        let skew = Skew::default();

        assert!(!skew.learn(NOW + BEARABLE_MS, NOW));
        assert!(!skew.learn(NOW - BEARABLE_MS, NOW));

        assert_eq!((skew.apply(NOW), skew.ms()), (NOW, 0));
    }
}
