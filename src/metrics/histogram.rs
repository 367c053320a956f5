//! A distribution: how many amounts were no greater than each of a few bounds, and their sum.
//!
//! Must hold: recording takes no lock and no memory, and there is nothing to keep up afterwards.
//! Not here: how it is shown (`page.rs`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Amounts sorted into buckets.
#[derive(Debug)]
pub struct Histogram {
    scale: &'static Scale,
    /// One for each bound, and the one after them for what is beyond.
    buckets: [AtomicU64; BUCKETS_MAX],
    sum: AtomicU64,
}

/// What a histogram sorts by.
#[derive(Debug)]
pub(super) struct Scale {
    /// How many of what is recorded make one of what is shown.
    one: f64,
    /// In what is recorded, each greater than the one before.
    bounds: [u64; BOUNDS_MAX],
    /// So many of them are shown; no amount is beyond the others.
    shown: usize,
}

/// What a histogram held at one moment.
pub(super) struct Reading {
    /// Each bound, and how many were no greater.
    pub(super) buckets: Vec<(f64, u64)>,
    pub(super) sum: f64,
    pub(super) count: u64,
}

impl Histogram {
    pub(super) fn new(scale: &'static Scale) -> Self {
        Self { scale, buckets: Default::default(), sum: AtomicU64::new(0) }
    }

    /// Records a number of things.
    #[inline]
    pub fn record(&self, amount: u64) {
        // Most are small: from the front, that is a comparison or two.
        let place = self.scale.bounds.iter().position(|bound| amount <= *bound);
        let place = place.unwrap_or(BOUNDS_MAX);
        self.buckets[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(amount, Ordering::Relaxed);
    }

    /// Records how long something took.
    #[inline]
    pub fn took(&self, duration: Duration) {
        // Five hundred years fit.
        let ns = duration.as_secs().wrapping_mul(NS_PER_S);
        self.record(ns.wrapping_add(u64::from(duration.subsec_nanos())));
    }

    /// What it holds. The count is that of the buckets; the sum may be a moment older or newer.
    pub(super) fn read(&self) -> Reading {
        let Scale { one, bounds, shown } = self.scale;
        let mut count = 0;
        let each = self.buckets.iter().map(|bucket| {
            count += bucket.load(Ordering::Relaxed);
            count
        });
        let bounds = bounds[..*shown].iter().map(|bound| as_f64(*bound) / one);
        // Zipped from the buckets' side, so that the one beyond the last bound is counted too.
        let buckets = each.zip(bounds.map(Some).chain([None]));
        let buckets = buckets.filter_map(|(count, bound)| Some((bound?, count))).collect();
        let sum = as_f64(self.sum.load(Ordering::Relaxed)) / one;
        Reading { buckets, sum, count }
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is read by people")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

const NS_PER_S: u64 = 1_000_000_000;
/// In place, so that recording follows no pointer.
const BOUNDS_MAX: usize = 16;
const BUCKETS_MAX: usize = BOUNDS_MAX + 1;

impl Scale {
    const fn new(one: f64, shown: &[u64]) -> Self {
        let mut bounds = [u64::MAX; BOUNDS_MAX];
        let (room, _) = bounds.split_at_mut(shown.len());
        room.copy_from_slice(shown);
        Self { one, bounds, shown: shown.len() }
    }
}

/// Seconds, recorded in nanoseconds: 50 µs to 5 s.
pub(super) static DURATIONS: Scale = Scale::new(
    1e9,
    &[
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        20_000_000,
        50_000_000,
        100_000_000,
        200_000_000,
        500_000_000,
        1_000_000_000,
        2_000_000_000,
        5_000_000_000,
    ],
);
/// Seconds, recorded in seconds: what clocks differ by, up to and beyond the 15 minutes that a
/// signature's date may.
pub(super) static SKEWS: Scale =
    Scale::new(1.0, &[1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 86_400]);
/// Things.
pub(super) static COUNTS: Scale = Scale::new(1.0, &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_lie_in_the_first_bucket_that_takes_them() {
        let histogram = Histogram::new(&COUNTS);
        for amount in [0, 1, 2, 3, 1_024, 1_025] {
            histogram.record(amount);
        }

        let Reading { buckets, sum, count } = histogram.read();

        let of = |bound: f64| buckets.iter().find(|(at, _)| *at >= bound).map(|(_, count)| *count);
        assert_eq!((of(1.0), of(2.0), of(4.0), of(1_024.0)), (Some(2), Some(3), Some(4), Some(5)));
        assert_eq!((count, buckets.len()), (6, COUNTS.shown));
        assert!((sum - 2_055.0).abs() < f64::EPSILON);
    }

    #[test]
    fn durations_are_shown_in_seconds() {
        let histogram = Histogram::new(&DURATIONS);

        histogram.took(Duration::from_micros(70));

        let Reading { buckets, sum, .. } = histogram.read();
        assert_eq!(buckets[0], (0.000_05, 0));
        assert_eq!(buckets[1], (0.000_1, 1));
        assert!((sum - 0.000_07).abs() < 1e-12);
    }
}
