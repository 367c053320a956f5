//! How much a row may have swung that is a part of a run of which only the whole has seconds.
//!
//! In a second, the share of a run's answers below some latency is the mean of the shares of its
//! rows, each by its weight. So what a row swings, the run does by the row's weight, and the
//! effect of the run bounds that of the row:
//!
//!     (row − 1) · ρ (1 − ρ) · weight  ≤  (run − 1) · p (1 − p)
//!
//! with p the share of the run's answers below that latency, ρ the row's. A row of which nearly
//! all answers are on one side of what is known of the seconds may swing unseen. At worst each of
//! its seconds tells as much as one answer does.
//!
//! Must hold: a row that is the whole run has the run's effects, no other row has a smaller one.
//! Not here: rows that swing against each other, which the run hides from this, too.

use super::seconds::Swing;
use crate::load::report::figures::{Row, Share};

impl Swing {
    /// The design effect of a row's median.
    pub(super) fn median_of(&self, row: &Row) -> f64 {
        if self.is_all(row) { self.median } else { self.latencies_of(row) }
    }

    /// The design effect of a row's high percentiles; none if that of the run's is not known.
    pub(super) fn tail_of(&self, row: &Row) -> Option<f64> {
        let tail = self.tail?;
        Some(if self.is_all(row) { tail } else { self.latencies_of(row) })
    }

    /// The design effect of a row's hit rate.
    pub(super) fn hits_of(&self, row: &Row) -> f64 {
        self.share_of(self.hits, self.run.reads, row.reads)
    }

    /// The design effect of a row's errors.
    pub(super) fn errors_of(&self, row: &Row) -> f64 {
        self.share_of(self.errors, self.run.errors(), row.errors())
    }

    fn is_all(&self, row: &Row) -> bool {
        row.latencies.len() == self.run.latencies.len()
    }

    /// That of a part of the run's answers. It is seen where it is seen best.
    fn latencies_of(&self, row: &Row) -> f64 {
        let answers = super::float(row.latencies.len());
        let weight = answers / super::float(self.run.latencies.len());
        let behind = |effect: f64, quantile: f64| {
            let at = self.run.latencies.value_at_quantile(quantile);
            self.behind(effect, quantile, row.latencies.quantile_below(at), weight)
        };
        let seen = self.tail.map_or(self.median, |tail| tail.max(self.median));
        let bound = behind(self.median, 0.5).min(self.once_a_second(answers));
        seen.max(self.tail.map_or(bound, |tail| bound.min(behind(tail, 0.99))))
    }

    /// That of a share whose run's share has `effect`. The rarer of its two cases can at worst
    /// have come all at once.
    fn share_of(&self, effect: f64, run: Share, row: Share) -> f64 {
        let rarer = row.part.min(row.of - row.part);
        if row.of == run.of || rarer == 0 {
            return effect;
        }
        let weight = super::float(row.of) / super::float(run.of);
        let (of_run, of_row) = (run.value().unwrap_or(0.0), row.value().unwrap_or(0.0));
        let bound = self.behind(effect, of_run, of_row, weight);
        let worst = super::float(rarer).min(self.once_a_second(super::float(row.of)));
        effect.max(bound.min(worst))
    }

    /// The largest effect that a row of this weight may have behind that of the run, which itself
    /// is only known as well as a variance is from so many seconds.
    fn behind(&self, effect: f64, of_run: f64, of_row: f64, weight: f64) -> f64 {
        let freedom = super::float(self.seconds.max(2) as u64 - 1);
        let effect = effect * (1.0 + ERRORS * (2.0 / freedom).sqrt());
        let scale = of_run * (1.0 - of_run) / (of_row * (1.0 - of_row) * weight);
        1.0 + (effect - 1.0) * scale
    }

    /// The effect with which each second counts for one of the row's answers.
    fn once_a_second(&self, answers: f64) -> f64 {
        answers / super::float(self.seconds.max(1) as u64)
    }
}

/// How many of its standard errors an effect may be larger than was measured.
const ERRORS: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::figures::Scope;
    use crate::load::report::sample;
    use crate::load::{Operation, Source};

    /// A run of 1,000 fast reads and 104 writes that all are slower.
    fn swing() -> (Swing, Vec<Row>) {
        let report = sample::report();
        let swing = Swing { median: 1.0, tail: Some(1.0), ..Swing::of(&report) };
        (swing, super::super::pairs::rows(&report.measured))
    }

    #[test]
    fn the_whole_run_has_its_own_effects() {
        let (swing, rows) = swing();
        let run = rows.last().expect("a run has a row");

        assert_eq!(run.scope, Scope::Run);
        assert!((swing.median_of(run) - 1.0).abs() < 1e-9);
        assert!((swing.hits_of(run) - swing.hits).abs() < 1e-9);
        assert!((swing.errors_of(run) - swing.errors).abs() < 1e-9);
    }

    #[test]
    fn a_row_that_the_seconds_do_not_show_counts_once_a_second() {
        let (swing, rows) = swing();
        let hidden = Swing { tail: None, ..swing };
        let put = Scope::Only(Operation::PutItem, Source::Engine);
        let put = rows.iter().find(|row| row.scope == put).expect("there are writes");

        let effect = hidden.median_of(put);

        assert!((effect - 10.0).abs() < 1e-9, "{effect} of 10 answers in each of 10 seconds");
        assert_eq!(hidden.tail_of(put), None);
    }

    #[test]
    fn no_row_has_a_smaller_effect_than_the_run() {
        let (swing, rows) = swing();
        let unsteady = Swing { median: 3.0, tail: Some(500.0), ..swing };

        for row in rows.iter().filter(|row| row.scope != Scope::Run) {
            assert!(unsteady.median_of(row) >= 500.0, "{:?}", row.scope);
            assert!(unsteady.errors_of(row) >= unsteady.errors, "{:?}", row.scope);
        }
    }
}
