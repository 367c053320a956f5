//! How much a run swung from second to second.
//!
//! Samples of a server come in good and bad moments, so many of them tell less than as many
//! independent ones would. By how much is seen from the seconds: where they swing more than chance
//! among independent samples allows, the samples count for as many fewer (their *design effect*).
//!
//! Must hold: a design effect is at least 1; a longer memory of the series makes it larger.
//! Not here: the effects of a row that is a part of the run (`hidden.rs`).

use std::time::Duration;

use crate::load::Second;
use crate::load::report::Report;
use crate::load::report::figures::{Row, run_row};

/// What the seconds of one run say.
pub(super) struct Swing {
    /// All of the run.
    pub(super) run: Row,
    /// Complete seconds that were measured.
    pub(super) seconds: usize,
    /// The error of the mean rate, a second.
    pub(super) rate_error: f64,
    /// Design effects of the run's median, high percentiles, hit rate and errors. None for high
    /// percentiles if a second had too few answers for one.
    pub(super) median: f64,
    pub(super) tail: Option<f64>,
    pub(super) hits: f64,
    pub(super) errors: f64,
}

impl Swing {
    pub(super) fn of(report: &Report) -> Self {
        let seconds = complete(report);
        let run = run_row(&report.measured);
        let answered: Vec<_> = seconds
            .iter()
            .map(|second| super::float(second.ended.saturating_sub(second.failed)))
            .collect();
        let each = mean(&answered);
        Self {
            seconds: seconds.len(),
            rate_error: (long_variance(&answered) / super::float(answered.len().max(1) as u64))
                .sqrt(),
            median: median_effect(&seconds, &run, each),
            tail: (each >= TAIL_EACH_MIN).then(|| tail_effect(&seconds, &run, each)),
            hits: share_effect(&seconds, |second| (second.hits, second.reads)),
            errors: share_effect(&seconds, |second| (second.failed, second.ended)),
            run,
        }
    }
}

/// Seconds that were measured from begin to end.
fn complete(report: &Report) -> Vec<&Second> {
    let Report { settings, measured, .. } = report;
    let end = settings.warm_up + settings.length.min(Duration::from_nanos(measured.took));
    let is_complete = |second: &&Second| !second.warm_up && second.at < end.as_secs();
    measured.seconds.iter().filter(is_complete).collect()
}

fn median_effect(seconds: &[&Second], run: &Row, each: f64) -> f64 {
    let at = |quantile| super::float(run.latencies.value_at_quantile(quantile));
    let step = (0.25 / each.max(1.0)).sqrt();
    let by_chance = (at(0.5 + step) - at(0.5 - step)) / 2.0;
    latency_effect(seconds.iter().map(|second| second.p50), by_chance, at(0.5))
}

/// What chance does is taken from below p99 alone: above, it would soon be the slowest answer of
/// the run, with which any swing looks like chance. So the effect is rather too large.
fn tail_effect(seconds: &[&Second], run: &Row, each: f64) -> f64 {
    let at = |quantile| super::float(run.latencies.value_at_quantile(quantile));
    let step = (0.99 * 0.01 / each).sqrt();
    let by_chance = at(0.99) - at(0.99 - step);
    latency_effect(seconds.iter().map(|second| second.p99), by_chance, at(0.99))
}

/// `by_chance` is by how much chance alone moves a second's figure, `typical` what it is about.
fn latency_effect(figures: impl Iterator<Item = u64>, by_chance: f64, typical: f64) -> f64 {
    let series: Vec<_> = figures.filter(|&ns| ns > 0).map(super::float).collect();
    // What the histogram cannot tell apart is no swing.
    let by_chance = by_chance.max(typical * RESOLUTION);
    effect(long_variance(&series), by_chance * by_chance)
}

fn share_effect(seconds: &[&Second], of: fn(&Second) -> (u64, u64)) -> f64 {
    let counts: Vec<_> = seconds
        .iter()
        .map(|second| of(second))
        .filter(|&(_, whole)| whole > 0)
        .map(|(part, whole)| (super::float(part), super::float(whole)))
        .collect();
    let whole = counts.iter().map(|(_, whole)| whole).sum::<f64>();
    let share = counts.iter().map(|(part, _)| part).sum::<f64>() / whole.max(1.0);
    let series: Vec<_> = counts.iter().map(|(part, whole)| part / whole).collect();
    let each = whole / super::float(counts.len().max(1) as u64);
    effect(long_variance(&series), share * (1.0 - share) / each.max(1.0))
}

fn effect(seen: f64, by_chance: f64) -> f64 {
    if by_chance > 0.0 { (seen / by_chance).max(1.0) } else { 1.0 }
}

/// The variance that the mean of a long series goes by: more than that of its values, if
/// neighbours are alike.
fn long_variance(series: &[f64]) -> f64 {
    if series.len() < 2 {
        return 0.0;
    }
    let middle = mean(series);
    let squares = series.iter().map(|value| (value - middle).powi(2)).sum::<f64>();
    let pairs = series.windows(2).map(|pair| (pair[0] - middle) * (pair[1] - middle));
    let seen = pairs.sum::<f64>() / squares.max(f64::MIN_POSITIVE);
    // A short series looks less alike than it is, by about this much.
    let missed = (1.0 + 3.0 * seen) / super::float(series.len() as u64);
    let alike = (seen + missed).clamp(0.0, ALIKE_MAX);
    squares / super::float(series.len() as u64 - 1) * (1.0 + alike) / (1.0 - alike)
}

fn mean(series: &[f64]) -> f64 {
    series.iter().sum::<f64>() / super::float(series.len().max(1) as u64)
}

/// With fewer answers a second, the p99 of one is its slowest or the one before: no series.
const TAIL_EACH_MIN: f64 = 200.0;
/// Of a histogram with three digits.
const RESOLUTION: f64 = 0.000_5;
/// A series that only rises is as alike as this; its mean tells next to nothing.
const ALIKE_MAX: f64 = 0.95;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_are_alike_make_a_mean_less_sure() {
        let swinging: Vec<_> = (0..40).map(|n| f64::from(n % 2)).collect();
        let stepping: Vec<_> = (0..40).map(|n| f64::from(n / 20)).collect();

        assert!(long_variance(&swinging) < 0.3, "{}", long_variance(&swinging));
        assert!(long_variance(&stepping) > 5.0, "{}", long_variance(&stepping));
        assert!(long_variance(&[1.0]).abs() < 1e-9);
    }

    #[test]
    fn shares_that_jump_count_for_fewer() {
        let second = |hits| Second { ended: 100, due: 100, reads: 100, hits, ..Second::default() };
        let steady: Vec<_> = (0..40).map(|n| second(48 + n % 4)).collect();
        let jumping: Vec<_> = (0..40).map(|n| second(n % 2 * 90)).collect();
        let effect = |seconds: &[Second]| {
            share_effect(&seconds.iter().collect::<Vec<_>>(), |second| (second.hits, second.reads))
        };

        assert!((effect(&steady) - 1.0).abs() < 1e-9);
        assert!(effect(&jumping) > 50.0, "{}", effect(&jumping));
    }
}
