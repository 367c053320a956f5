//! What changed between two runs, and whether that is more than noise.
//!
//! Each figure gets an interval from its own run: percentiles by the ranks of the histogram,
//! shares by Wilson's score, rates from the seconds; swings from second to second widen all of
//! them (`seconds.rs`), and those of a part of the run also by as much as it may have swung unseen
//! (`hidden.rs`). A change is judged only if nothing at all is outside the interval of the
//! difference, at a level that is divided by the number of figures, so that of a hundred
//! comparisons of equals about one shows any change. `docs/load.md` says more.
//!
//! Must hold: nothing is judged from runs that are too short to tell their own noise.
//! Not here: what differs between runs of the same thing, which two runs cannot tell.

mod hidden;
mod interval;
mod pairs;
mod seconds;
mod student;
pub mod text;

pub use self::interval::Interval;
use self::pairs::Pair;
use self::seconds::Swing;
use super::Report;
use super::figures::{self, Row, Scope, Share};
use super::units::float;

/// Two runs beside each other.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// By row of the table, then figure.
    pub changes: Vec<Change>,
    /// Sentences about what makes the runs hard to compare.
    pub warnings: Vec<String>,
    /// Whether both runs are long enough to be judged.
    pub is_judged: bool,
}

/// One figure in both runs.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// What the figure is about.
    pub scope: Scope,
    /// Which one it is.
    pub figure: Figure,
    /// In the first run: a second, ns, or a share.
    pub before: f64,
    /// In the second.
    pub after: f64,
    /// From first to second: in parts of the first, for shares their difference.
    pub change: Interval,
    /// What it means.
    pub verdict: Verdict,
}

/// The figures that are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Figure {
    /// Answers a second.
    Rate,
    /// The median latency.
    P50,
    /// 99 of 100 were no slower.
    P99,
    /// 999 of 1,000 were no slower.
    P999,
    /// Reads from the cache.
    HitRate,
    /// Requests that were not answered.
    Errors,
}

/// What a change means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Beyond noise, and for the better.
    Better,
    /// Beyond noise, and for the worse.
    Worse,
    /// No more than noise, or too little to matter.
    Same,
    /// Too few samples or seconds to say.
    Unclear,
}

/// Both runs beside each other.
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let rows = (pairs::rows(&before.measured), pairs::rows(&after.measured));
    let (pairs, missing) = pairs::pairs(&rows.0, &rows.1);
    let warnings = differences(before, after).into_iter().chain(missing).collect();

    let swings = (Swing::of(before), Swing::of(after));
    let seconds = swings.0.seconds.min(swings.1.seconds);
    let is_judged = seconds >= SECONDS_MIN;
    let asked: Vec<_> = pairs.into_iter().flat_map(Pair::figures).collect();
    let miss = MISS / float(asked.len().max(1) as u64);
    let errors = student::standard_errors(miss, seconds.max(2) as u64 - 1);
    let change = |(pair, figure): (Pair<'_>, Figure)| {
        let before = Side { row: pair.before, report: before, swing: &swings.0 };
        let after = Side { row: pair.after, report: after, swing: &swings.1 };
        let mut change = judged((pair.scope, figure), &before, &after, errors)?;
        if !is_judged {
            change.verdict = Verdict::Unclear;
        }
        Some(change)
    };
    Comparison { changes: asked.into_iter().filter_map(change).collect(), warnings, is_judged }
}

impl Comparison {
    /// What got worse beyond noise and by more than this many percent.
    pub fn worse_by(&self, percent: f64) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| {
            change.verdict == Verdict::Worse && change.change.estimate.abs() * 100.0 > percent
        })
    }
}

impl Figure {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::HitRate => "hit rate",
            Self::Errors => "errors",
        }
    }

    /// Whether more of it is better.
    fn is_gain(self) -> bool {
        match self {
            Self::Rate | Self::HitRate => true,
            Self::P50 | Self::P99 | Self::P999 | Self::Errors => false,
        }
    }

    /// What is too little to matter, whatever the noise.
    fn least(self) -> f64 {
        match self {
            Self::Rate | Self::P50 | Self::P99 | Self::P999 => 0.01,
            Self::HitRate | Self::Errors => 0.001,
        }
    }
}

/// A row with the run that it is of.
struct Side<'a> {
    row: &'a Row,
    report: &'a Report,
    swing: &'a Swing,
}

impl Side<'_> {
    /// What was measured; none of nothing.
    fn value(&self, figure: Figure) -> Option<f64> {
        let at = |quantile| self.row.at(quantile).map(float);
        match figure {
            Figure::Rate => {
                Some(figures::per_second(self.row.latencies.len(), &self.report.measured))
            }
            Figure::P50 => at(0.5),
            Figure::P99 => at(0.99),
            Figure::P999 => at(0.999),
            Figure::HitRate => self.row.reads.value(),
            Figure::Errors => self.row.errors().value(),
        }
    }

    /// Where it may lie; none if there are too few samples to say.
    fn interval(&self, figure: Figure, errors: f64) -> Option<Interval> {
        let answered = float(self.row.latencies.len());
        let percentile = |quantile, effect: f64| {
            Interval::percentile(&self.row.latencies, quantile, answered / effect, errors)
        };
        let share =
            |share: Share, effect: f64| Interval::share(share, float(share.of) / effect, errors);
        match figure {
            Figure::Rate => {
                let rate = self.value(figure)?;
                Some(Interval::about(rate, self.rate_error(rate), errors))
            }
            Figure::P50 => percentile(0.5, self.swing.median_of(self.row)),
            Figure::P99 => percentile(0.99, self.swing.tail_of(self.row)?),
            Figure::P999 => percentile(0.999, self.swing.tail_of(self.row)?),
            Figure::HitRate => share(self.row.reads, self.swing.hits_of(self.row)),
            Figure::Errors => share(self.row.errors(), self.swing.errors_of(self.row)),
        }
    }

    /// The error of the run's rate, and that of the row's share of it.
    fn rate_error(&self, rate: f64) -> f64 {
        let answered = self.row.latencies.len();
        let all = self.swing.run.latencies.len();
        let share = Share { part: answered, of: all }.value().unwrap_or(1.0);
        let drawn = rate * ((1.0 - share) / float(answered.max(1))).sqrt();
        (self.swing.rate_error * share).hypot(drawn)
    }
}

/// The change of a figure and what it means; none if one of the runs has no such figure, or if it
/// is told in parts of the first run's, which is 0.
fn judged(
    (scope, figure): (Scope, Figure),
    first: &Side<'_>,
    second: &Side<'_>,
    errors: f64,
) -> Option<Change> {
    let (before, after) = (first.value(figure)?, second.value(figure)?);
    let whole = match figure {
        Figure::Rate | Figure::P50 | Figure::P99 | Figure::P999 => before,
        Figure::HitRate | Figure::Errors => 1.0,
    };
    if whole <= 0.0 {
        return None;
    }
    let intervals = first.interval(figure, errors).zip(second.interval(figure, errors));
    let change = match intervals {
        Some((first, second)) => Interval::difference(first, second).by(whole),
        None => Interval::about((after - before) / whole, f64::INFINITY, errors),
    };
    let is_change = change.estimate.abs() >= figure.least() && !change.has_zero();
    let verdict = match intervals {
        None => Verdict::Unclear,
        Some(_) if !is_change => Verdict::Same,
        Some(_) if (change.estimate > 0.0) == figure.is_gain() => Verdict::Better,
        Some(_) => Verdict::Worse,
    };
    Some(Change { scope, figure, before, after, change, verdict })
}

/// What was not the same for both.
fn differences(before: &Report, after: &Report) -> Vec<String> {
    let (a, b) = (&before.settings, &after.settings);
    let settings = [
        ("workloads", a.workload != b.workload),
        ("paces", a.pace != b.pace),
        ("items", a.items != b.items),
        ("connections", a.connections != b.connections),
        ("threads", a.threads != b.threads),
        ("warm-ups", a.warm_up != b.warm_up),
        ("lengths", a.length != b.length),
        ("seeds", a.seed != b.seed),
    ];
    let (a, b) = (&before.environment, &after.environment);
    let environments =
        [("processors", (&a.cpu, a.cpus) != (&b.cpu, b.cpus)), ("kernels", a.kernel != b.kernel)];
    let listed = |all: &[(&str, bool)]| {
        let differing: Vec<_> =
            all.iter().filter(|(_, differ)| *differ).map(|(name, _)| *name).collect();
        (!differing.is_empty()).then(|| differing.join(", "))
    };
    let settings =
        listed(&settings).map(|names| format!("The runs were asked for differently: {names}."));
    let environments = listed(&environments)
        .map(|names| format!("The clients ran in different environments: {names}."));
    settings.into_iter().chain(environments).collect()
}

/// Of so many comparisons of equals one shows a change.
const MISS: f64 = 0.01;
/// With fewer complete seconds a run does not tell its own noise.
const SECONDS_MIN: usize = 10;

#[cfg(test)]
mod tests;
