//! What follows from a run's counts: the rows of its table, rates, shares and remarks.
//!
//! Must hold: rows of an operation's sources add up to the row of the operation, and those to the
//! row of the run.
//! Not here: how figures look (`units.rs`, `text.rs`, `html/`).

use std::time::Duration;

use hdrhistogram::Histogram;

use super::Report;
use super::units::{self, float};
use crate::load::{Measured, Operation, Pace, Second, Source, Tally};

/// What a row of the table is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Answers of one operation from one source, of which it has several.
    Part(Operation, Source),
    /// An operation that had one source only.
    Only(Operation, Source),
    /// All of an operation that had several sources.
    Operation(Operation),
    /// All operations of the run.
    Run,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is about.
    pub scope: Scope,
    /// Latencies of what was answered, ns.
    pub latencies: Histogram<u64>,
    /// Requests that ended, however.
    pub ended: u64,
    /// Of them, conditions that did not hold.
    pub conditions_failed: u64,
    /// Of them, throttled to the end.
    pub throttled: u64,
    /// Of them, failed otherwise.
    pub failed: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Reads of which the server said where they came from.
    pub reads: Share,
}

/// A part of a whole, both counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub of: u64,
}

impl Scope {
    /// The operation's name, or "all".
    pub fn operation(self) -> &'static str {
        match self {
            Self::Part(operation, _) | Self::Only(operation, _) | Self::Operation(operation) => {
                operation.name()
            }
            Self::Run => "all",
        }
    }

    /// The source's name, or "all".
    pub fn source(self) -> &'static str {
        match self {
            Self::Part(_, source) | Self::Only(_, source) => source.name(),
            Self::Operation(_) | Self::Run => "all",
        }
    }

    /// Whether it is all of an operation or of the run.
    pub fn is_whole(self) -> bool {
        match self {
            Self::Part(..) => false,
            Self::Only(..) | Self::Operation(_) | Self::Run => true,
        }
    }
}

impl Row {
    /// The latency that this share of the answers did not exceed, ns; none without an answer.
    pub fn at(&self, quantile: f64) -> Option<u64> {
        (!self.latencies.is_empty()).then(|| self.latencies.value_at_quantile(quantile))
    }

    /// The slowest answer, ns; none without an answer.
    pub fn max(&self) -> Option<u64> {
        (!self.latencies.is_empty()).then(|| self.latencies.max())
    }

    /// Requests that were not answered, of those that ended.
    pub fn errors(&self) -> Share {
        Share { part: self.throttled + self.failed, of: self.ended }
    }

    fn new(scope: Scope, tallies: &[&Tally]) -> Self {
        let mut sum = Tally::new(Operation::GetItem, Source::Unknown);
        let mut reads = Share::default();
        for tally in tallies {
            sum.add(tally);
            let from_cache = tally.source == Source::Cache;
            if tally.operation.is_read() && tally.source != Source::Unknown {
                reads.of += tally.latencies.len();
                reads.part += if from_cache { tally.latencies.len() } else { 0 };
            }
        }
        Self {
            scope,
            ended: sum.ended(),
            conditions_failed: sum.conditions_failed,
            throttled: sum.throttled,
            failed: sum.errors.values().sum(),
            retries: sum.retries,
            latencies: sum.latencies,
            reads,
        }
    }
}

impl Share {
    /// The part by the whole; none of nothing.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| float(self.part) / float(self.of))
    }

    /// In percent, or a dash.
    pub fn text(self) -> String {
        self.value().map_or_else(|| "-".to_owned(), units::percent)
    }
}

/// The rows of a run: by operation its sources, then all of it; at last the whole run.
pub fn rows(measured: &Measured) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut operations = 0;
    for operation in Operation::ALL {
        let is_of = |tally: &&Tally| tally.operation == operation;
        let mut tallies: Vec<_> = measured.tallies.iter().filter(is_of).collect();
        tallies.sort_by_key(|tally| tally.source);
        operations += usize::from(!tallies.is_empty());
        match tallies.as_slice() {
            [] => {}
            [only] => rows.push(Row::new(Scope::Only(operation, only.source), &[only])),
            several => {
                let row = |tally: &&Tally| Row::new(Scope::Part(operation, tally.source), &[tally]);
                rows.extend(several.iter().map(row));
                rows.push(Row::new(Scope::Operation(operation), several));
            }
        }
    }
    if operations != 1 {
        rows.push(run_row(measured));
    }
    rows
}

/// The row of the whole run.
pub fn run_row(measured: &Measured) -> Row {
    Row::new(Scope::Run, &measured.tallies.iter().collect::<Vec<_>>())
}

/// How many of so many answers there were in a second of the measured time.
///
/// Answers that came within it are counted for the whole run; some of the answers to the measured
/// requests have their share of that rate.
pub fn per_second(answers: u64, measured: &Measured) -> f64 {
    let all = measured.tallies.iter().map(|tally| tally.latencies.len()).sum();
    let share = Share { part: answers, of: all }.value().unwrap_or_default();
    share * by_time(measured.answered, measured)
}

fn by_time(count: u64, measured: &Measured) -> f64 {
    if measured.took == 0 { 0.0 } else { float(count) / seconds(measured) }
}

/// How long was measured, in seconds.
fn seconds(measured: &Measured) -> f64 {
    float(measured.took) / 1e9
}

/// The seconds after the warm-up.
pub fn measured_seconds(measured: &Measured) -> impl Iterator<Item = &Second> {
    measured.seconds.iter().filter(|second| !second.warm_up)
}

/// Sentences that whoever reads the figures must know.
pub fn remarks(report: &Report) -> Vec<String> {
    [queue(report), busy_client(report), nothing_answered(report)].into_iter().flatten().collect()
}

/// What the asked rate was and what came of it, if that is a queue.
fn queue(report: &Report) -> Option<String> {
    let Pace::Open { per_second: asked } = report.settings.pace else { return None };
    let measured = &report.measured;
    let achieved = by_time(measured.ended, measured);
    // At the end each connection may have a request on its way, which is in no queue.
    let is_behind = (asked - achieved) * seconds(measured) > float(report.settings.connections);
    (achieved < asked * ACHIEVED_MIN && is_behind).then(|| {
        format!(
            "Of {}/s asked, {}/s were reached ({}): latencies count from when a request was due, \
             so they tell of the queue before the target more than of the target.",
            units::rate(asked),
            units::rate(achieved),
            units::percent(achieved / asked)
        )
    })
}

fn busy_client(report: &Report) -> Option<String> {
    let had = report.settings.threads.min(report.environment.cpus).max(1);
    let used = report.client.processors();
    (used >= BUSY_MIN * float(had)).then(|| {
        format!(
            "The client itself was the bottleneck: it kept {used:.1} of the {had} processors it \
             could use busy; its own delay is in the latencies."
        )
    })
}

fn nothing_answered(report: &Report) -> Option<String> {
    let row = run_row(&report.measured);
    row.latencies.is_empty().then(|| {
        let ended = units::count(row.ended);
        format!("Nothing was answered: there are no latencies, of {ended} requests.")
    })
}

/// What the run was, on one line.
pub fn headline(report: &Report) -> String {
    let settings = &report.settings;
    format!(
        "{} against {}: {}, {} connections, {} measured after {} of warm-up, seed {}",
        units::plain(&settings.workload),
        units::plain(&settings.target),
        settings.pace.label(),
        units::count(settings.connections),
        units::span(Duration::from_millis(report.measured.took / 1_000_000)),
        units::span(settings.warm_up),
        settings.seed
    )
}

/// Less of the asked rate than this is a queue.
const ACHIEVED_MIN: f64 = 0.99;

/// From here on a client's own work shows in what it measures.
const BUSY_MIN: f64 = 0.85;

/// The percentiles of every table, with their headings.
pub const PERCENTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.999_9)];

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn rows_add_up() {
        let report = sample::report();

        let rows = rows(&report.measured);

        let scopes: Vec<_> = rows.iter().map(|row| row.scope).collect();
        assert_eq!(
            scopes,
            [
                Scope::Part(Operation::GetItem, Source::Cache),
                Scope::Part(Operation::GetItem, Source::Engine),
                Scope::Operation(Operation::GetItem),
                Scope::Only(Operation::PutItem, Source::Engine),
                Scope::Run,
            ]
        );
        assert_eq!(rows[0].ended + rows[1].ended, rows[2].ended);
        assert_eq!(rows[2].ended + rows[3].ended, rows[4].ended);
        assert_eq!(rows[2].reads, Share { part: 900, of: 1_000 });
        assert_eq!(rows[4].reads, rows[2].reads, "a write is no read");
        assert_eq!(rows[3].errors(), Share { part: 4, of: 104 });
    }

    #[test]
    fn rates_are_of_what_came_within_the_measured_time() {
        let mut measured = sample::report().measured;
        measured.answered = 550;

        assert!((per_second(1_100, &measured) - 55.0).abs() < 1e-9);
        assert!((per_second(900, &measured) - 45.0).abs() < 1e-9);
        measured.took = 0;
        assert!(per_second(900, &measured).abs() < 1e-9);
    }

    #[test]
    fn what_is_on_its_way_at_the_end_is_no_queue() {
        let mut report = sample::report();

        report.settings.connections = 20;
        report.measured.ended = 1_085;
        assert_eq!(remarks(&report), [""; 0]);

        report.measured.ended = 1_071;
        assert!(remarks(&report)[0].starts_with("Of 110/s asked, 107/s were reached"));
    }

    #[test]
    fn a_queue_and_a_busy_client_are_told() {
        let mut report = sample::report();
        assert_eq!(remarks(&report), [""; 0]);

        report.settings.pace = Pace::Open { per_second: 1_000.0 };
        report.client.cpu = report.client.wall * 2;

        let told = remarks(&report);
        assert!(told[0].starts_with("Of 1,000/s asked, 110/s were reached (11.0 %): "), "{told:?}");
        assert!(told[1].contains("kept 2.0 of the 2 processors"), "{told:?}");
        report.measured.tallies.clear();
        assert!(remarks(&report)[1].contains("client") && remarks(&report).len() == 3);
    }
}
