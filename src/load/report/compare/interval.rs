//! Where a figure of a run may lie, and where the difference of two may.
//!
//! `errors` is how many standard errors an interval reaches to either side. `effective` is how
//! many independent samples tell as much as the ones that were taken (`seconds.rs`).

use hdrhistogram::Histogram;

use crate::load::report::figures::Share;

/// An estimate and the bounds of what the truth may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// It is hardly less.
    pub low: f64,
    /// What was measured.
    pub estimate: f64,
    /// It is hardly more.
    pub high: f64,
}

impl Interval {
    /// About an estimate whose error is known.
    pub(super) fn about(estimate: f64, standard_error: f64, errors: f64) -> Self {
        let reach = standard_error * errors;
        Self { low: estimate - reach, estimate, high: estimate + reach }
    }

    /// A percentile: the ranks between which its own lies among so many samples, whatever the
    /// distribution. None if there are too few samples beyond it.
    pub(super) fn percentile(
        latencies: &Histogram<u64>,
        quantile: f64,
        effective: f64,
        errors: f64,
    ) -> Option<Self> {
        let reach = errors * (quantile * (1.0 - quantile) / effective).sqrt();
        let (low, high) = (quantile - reach, quantile + reach);
        let is_told = effective > 0.0 && low > 0.0 && high < 1.0;
        let at = |quantile| super::float(latencies.value_at_quantile(quantile));
        is_told.then(|| Self { low: at(low), estimate: at(quantile), high: at(high) })
    }

    /// A share, by Wilson's score; it holds for none and all, too.
    pub(super) fn share(share: Share, effective: f64, errors: f64) -> Option<Self> {
        let estimate = share.value()?;
        let square = errors * errors / effective;
        let middle = (estimate + square / 2.0) / (1.0 + square);
        let within = estimate * (1.0 - estimate) / effective + square / effective / 4.0;
        let reach = errors * within.sqrt() / (1.0 + square);
        let (low, high) = ((middle - reach).max(0.0), (middle + reach).min(1.0));
        (effective > 0.0).then(|| Self {
            low: low.min(estimate),
            estimate,
            high: high.max(estimate),
        })
    }

    /// What is to be added to `before` to come to `after`, from the intervals of both: each bound
    /// is as far out as the errors that lead to it, added as independent ones are.
    pub(super) fn difference(before: Self, after: Self) -> Self {
        let estimate = after.estimate - before.estimate;
        let down = (after.estimate - after.low).hypot(before.high - before.estimate);
        let up = (after.high - after.estimate).hypot(before.estimate - before.low);
        Self { low: estimate - down, estimate, high: estimate + up }
    }

    /// It in parts of `whole`.
    pub(super) fn by(self, whole: f64) -> Self {
        Self { low: self.low / whole, estimate: self.estimate / whole, high: self.high / whole }
    }

    /// Whether nothing at all is among what it may be.
    pub(super) fn has_zero(self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_none_may_be_a_little() {
        let none = Interval::share(Share { part: 0, of: 1_000 }, 1_000.0, 1.96).expect("samples");

        assert!(none.low.abs() < 1e-12 && none.estimate.abs() < 1e-12, "{none:?}");
        assert!(none.high > 0.003 && none.high < 0.005, "{none:?}");
        assert_eq!(Interval::share(Share::default(), 0.0, 1.96), None);
    }

    #[test]
    fn a_percentile_needs_samples_beyond_it() {
        let mut latencies = Histogram::<u64>::new(3).expect("three digits");
        (1..=1_000).for_each(|value| latencies.record(value).expect("it grows"));

        let median = Interval::percentile(&latencies, 0.5, 1_000.0, 2.0).expect("enough");

        assert!(
            (median.low - 468.0).abs() < 3.0 && (median.high - 532.0).abs() < 3.0,
            "{median:?}"
        );
        assert_eq!(Interval::percentile(&latencies, 0.999, 1_000.0, 2.0), None);
    }

    #[test]
    fn a_difference_is_as_unsure_as_both() {
        let before = Interval::about(100.0, 1.0, 3.0);
        let after = Interval::about(110.0, 1.0, 4.0);

        let difference = Interval::difference(before, after);

        assert!((difference.low - 5.0).abs() < 1e-9 && (difference.high - 15.0).abs() < 1e-9);
        assert!(!difference.has_zero() && Interval::difference(before, before).has_zero());
    }
}
