//! A fixed report for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Client, Environment, Report, Settings};
use crate::load::{Ending, Measured, Operation, Pace, Second, ServerView, Source, Tally};

/// Ten measured seconds of 1,000 reads, nine in ten from the cache, and 104 writes, four of which
/// failed.
pub(crate) fn report() -> Report {
    let mut cache = Tally::new(Operation::GetItem, Source::Cache);
    (0..900).for_each(|n| cache.count(Ending::Answered, 40_000 + n * 20, 0));
    let mut engine = Tally::new(Operation::GetItem, Source::Engine);
    (0..100).for_each(|n| engine.count(Ending::Answered, 200_000 + n * 2_000, 0));
    let mut put = Tally::new(Operation::PutItem, Source::Engine);
    (0..97).for_each(|n| put.count(Ending::Answered, 1_000_000 + n * 10_000, 0));
    (0..3).for_each(|_| put.count(Ending::ConditionFailed, 900_000, 0));
    put.count(Ending::Throttled, 0, 3);
    (0..3).for_each(|_| put.count(Ending::Failed("InternalServerError".into()), 0, 1));
    Report {
        settings: Settings {
            workload: "media".to_owned(),
            target: "http://127.0.0.1:8000".to_owned(),
            pace: Pace::Open { per_second: 110.4 },
            items: 1_000,
            connections: 8,
            threads: 2,
            warm_up: Duration::from_secs(2),
            length: Duration::from_secs(10),
            seed: 7,
        },
        environment: Environment {
            version: "0.1.0".to_owned(),
            commit: "0123456789abcdef".to_owned(),
            cpu: "A CPU".to_owned(),
            cpus: 2,
            kernel: "linux 6.1".to_owned(),
            date: "2026-01-02T03:04:05Z".to_owned(),
        },
        client: Client { cpu: 3_000_000_000, wall: 12_000_000_000 },
        measured: Measured {
            tallies: vec![cache, engine, put],
            seconds: (0..12).map(second).collect(),
            took: 10_000_000_000,
            due: 1_104,
            ended: 1_104,
            answered: 1_100,
            server: ServerView::Counted { lookups: 1_010, hits: 905 },
        },
    }
}

fn second(at: u64) -> Second {
    Second {
        at,
        warm_up: at < 2,
        due: 110,
        ended: 110,
        failed: u64::from(at == 7),
        reads: 100,
        hits: 80 + at,
        p50: 50_000 - at * 100,
        p99: 1_900_000 + at % 3 * 1_000,
        max: 2_000_000 + at * 50_000,
    }
}

/// A name that is markup, an attribute's end, and a terminal's escape at once.
pub(crate) const HOSTILE: &str = "</title><script src=\"http://x/y.js\">&'\u{1b}[2J\u{0}";

/// The sample with [`HOSTILE`] wherever a name comes from outside.
pub(crate) fn hostile() -> Report {
    let mut report = report();
    report.settings.workload = HOSTILE.to_owned();
    report.settings.target = HOSTILE.to_owned();
    report.environment.cpu = HOSTILE.to_owned();
    report.measured.tallies[0].errors = BTreeMap::from([(HOSTILE.to_owned(), 2)]);
    report
}
