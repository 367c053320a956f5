//! The four plots of a run.
//!
//! Must hold: a percentile is drawn only as far as there were samples to tell it; of a long run
//! each point stands for several seconds, and latencies are then the worst of them.
//! Not here: how a plot is drawn (`chart.rs`).

use super::chart::{Axis, Chart, Colour, Hint, Series, Stroke};
use super::scale::Scale;
use crate::load::report::Report;
use crate::load::report::figures::{Scope, rows};
use crate::load::report::units::{self, float};
use crate::load::{Operation, Pace, Second, Source};

/// Latency by percentile, by operation and source.
pub(super) fn percentiles(report: &Report) -> Chart {
    let rows: Vec<_> = rows(&report.measured)
        .into_iter()
        .filter(|row| !row.latencies.is_empty())
        .filter_map(|row| Some((part(row.scope)?, row)))
        .collect();
    let series: Vec<_> = rows
        .iter()
        .map(|((operation, source), row)| Series {
            name: format!("{}, {}", operation.name(), source.name()),
            colour: Colour::Of(colour(*operation)),
            stroke: stroke(*source),
            points: shares(row.latencies.len())
                .map(|share| Some((share, float(row.latencies.value_at_quantile(share)))))
                .collect(),
        })
        .collect();
    let most = rows.iter().map(|(_, row)| row.latencies.len()).max().unwrap_or_default();
    let said = rows.iter().map(|(_, row)| {
        let latency = |share| units::latency(row.at(share).unwrap_or_default());
        format!(
            "{} from {}: half within {}, 99 % within {}",
            row.scope.operation(),
            row.scope.source(),
            latency(0.5),
            latency(0.99)
        )
    });
    Chart {
        id: "percentiles",
        title: "Latency by percentile",
        description: said.collect::<Vec<_>>().join("; "),
        x: Axis {
            scale: Scale::nines(float(most)),
            label: "percentile of answers",
            tick: |share| format!("{}", (share * 1e7).round() / 1e5),
        },
        y: latency_axis(&series),
        series,
        warm_up: None,
        hints: Vec::new(),
    }
}

/// What was due and what ended.
pub(super) fn rate(report: &Report) -> Chart {
    let groups = groups(report);
    let per_second = |of: fn(&Second) -> u64| {
        let point = |group: &Group<'_>| Some((group.middle(), group.mean(of)));
        groups.iter().map(point).collect::<Vec<_>>()
    };
    let mut series = Vec::new();
    match report.settings.pace {
        Pace::Open { .. } => series.push(Series {
            name: "due".to_owned(),
            colour: Colour::Quiet,
            stroke: Stroke::Dashed,
            points: per_second(|second| second.due),
        }),
        Pace::Closed => {}
    }
    series.push(Series {
        name: "ended".to_owned(),
        colour: Colour::Of(0),
        stroke: Stroke::Solid,
        points: per_second(|second| second.ended),
    });
    if report.measured.seconds.iter().any(|second| second.failed > 0) {
        series.push(Series {
            name: "not answered".to_owned(),
            colour: Colour::Bad,
            stroke: Stroke::Solid,
            points: per_second(|second| second.failed),
        });
    }
    over_time(report, &groups, "rate", "Rate over time", series, |series| Axis {
        scale: Scale::from_zero(values(series)),
        label: "requests a second",
        tick: units::rate,
    })
}

/// The median, the 99th percentile and the slowest of each second.
pub(super) fn latency(report: &Report) -> Chart {
    let groups = groups(report);
    let worst = |name: &str, number, of: fn(&Second) -> u64| Series {
        name: name.to_owned(),
        colour: Colour::Of(number),
        stroke: Stroke::Solid,
        points: groups.iter().map(|group| Some((group.middle(), group.worst(of)?))).collect(),
    };
    let series = vec![
        worst("slowest", 5, |second| second.max),
        worst("p99", 1, |second| second.p99),
        worst("p50", 0, |second| second.p50),
    ];
    over_time(report, &groups, "latency", "Latency over time", series, latency_axis)
}

/// Reads from the cache, of those that the server told of.
pub(super) fn hit_rate(report: &Report) -> Chart {
    let groups = groups(report);
    let points = groups.iter().map(|group| Some((group.middle(), group.hit_rate()? * 100.0)));
    let series = vec![Series {
        name: "reads from the cache".to_owned(),
        colour: Colour::Of(2),
        stroke: Stroke::Solid,
        points: points.collect(),
    }];
    over_time(report, &groups, "hits", "Hit rate over time", series, |_| Axis {
        scale: Scale::FromZero { to: 100.0 },
        label: "hits of 100 reads",
        tick: |percent| format!("{percent:.0} %"),
    })
}

fn over_time(
    report: &Report,
    groups: &[Group<'_>],
    id: &'static str,
    title: &'static str,
    series: Vec<Series>,
    y: impl Fn(&[Series]) -> Axis,
) -> Chart {
    let last = report.measured.seconds.last();
    let end = float(last.map_or(1, |second| second.at + 1));
    let warm_up = report.measured.seconds.iter().rfind(|second| second.warm_up);
    let each = groups.first().map_or(1, |group| group.0.len());
    let each = if each > 1 { format!("; each point is {each} seconds") } else { String::new() };
    let names = series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>().join(", ");
    Chart {
        id,
        title,
        description: format!("{names} over {end} seconds{each}"),
        x: Axis {
            scale: Scale::Seconds { to: end },
            label: "seconds since the run began",
            tick: |seconds| format!("{seconds:.0}"),
        },
        y: y(&series),
        series,
        warm_up: warm_up.map(|second| float(second.at + 1)),
        hints: groups.iter().map(Group::hint).collect(),
    }
}

/// Seconds that share a point.
struct Group<'a>(&'a [Second]);

impl Group<'_> {
    fn from(&self) -> f64 {
        float(self.0.first().map_or(0, |second| second.at))
    }

    fn to(&self) -> f64 {
        float(self.0.last().map_or(0, |second| second.at + 1))
    }

    fn middle(&self) -> f64 {
        f64::midpoint(self.from(), self.to())
    }

    fn mean(&self, of: fn(&Second) -> u64) -> f64 {
        float(self.0.iter().map(of).sum()) / float(self.0.len() as u64)
    }

    /// None if nothing was answered.
    fn worst(&self, of: fn(&Second) -> u64) -> Option<f64> {
        self.0.iter().map(of).max().filter(|&ns| ns > 0).map(float)
    }

    fn hit_rate(&self) -> Option<f64> {
        let sum = |of: fn(&Second) -> u64| self.0.iter().map(of).sum::<u64>();
        let reads = sum(|second| second.reads);
        (reads > 0).then(|| float(sum(|second| second.hits)) / float(reads))
    }

    fn hint(&self) -> Hint {
        let latency = |of| self.worst(of).map_or("-".to_owned(), |ns| units::latency(whole(ns)));
        let text = format!(
            "second {}: {}/s, p50 {}, p99 {}, slowest {}, hit rate {}",
            self.from(),
            units::rate(self.mean(|second| second.ended)),
            latency(|second| second.p50),
            latency(|second| second.p99),
            latency(|second| second.max),
            self.hit_rate().map_or("-".to_owned(), units::percent)
        );
        Hint { from: self.from(), to: self.to(), text }
    }
}

fn groups(report: &Report) -> Vec<Group<'_>> {
    let seconds = &report.measured.seconds;
    let each = seconds.len().div_ceil(POINTS_MAX).max(1);
    seconds.chunks(each).map(Group).collect()
}

fn latency_axis(series: &[Series]) -> Axis {
    Axis {
        scale: Scale::log(values(series)),
        label: "latency, logarithmic",
        tick: |ns| {
            let text = units::latency(whole(ns));
            text.replace(".00 ", " ").replace(".0 ", " ")
        },
    }
}

fn values(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|series| series.points.iter().flatten()).map(|&(_, value)| value)
}

/// The shares that this many samples can tell, each a small step in nines beyond the last.
fn shares(samples: u64) -> impl Iterator<Item = f64> {
    let finest = 1.0 / float(samples.max(2));
    (0..=NINES_STEPS)
        .map(|step| 0.5 * (1e-5f64 / 0.5).powf(f64::from(step) / f64::from(NINES_STEPS)))
        .take_while(move |&rest| rest >= finest * 0.999)
        .map(|rest| 1.0 - rest)
}

fn part(scope: Scope) -> Option<(Operation, Source)> {
    match scope {
        Scope::Part(operation, source) | Scope::Only(operation, source) => {
            Some((operation, source))
        }
        Scope::Operation(_) | Scope::Run => None,
    }
}

fn colour(operation: Operation) -> usize {
    Operation::ALL.iter().position(|&known| known == operation).unwrap_or_default()
}

fn stroke(source: Source) -> Stroke {
    match source {
        Source::Cache => Stroke::Solid,
        Source::Engine => Stroke::Dashed,
        Source::Unknown => Stroke::Dotted,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "latencies are positive and below 2^53 ns"
)]
fn whole(ns: f64) -> u64 {
    ns.round() as u64
}

const POINTS_MAX: usize = 300;
const NINES_STEPS: u32 = 240;
