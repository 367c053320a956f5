//! The report as a file. `docs/load.md` draws it field by field.
//!
//! Must hold: what is read back equals what was written; a file of another format is refused
//! before anything else of it is looked at.
//! Not here: what a file is called and where it is (`cli/load/`).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};
use serde::{Deserialize, Serialize};

use super::{Client, Environment, Report, Settings};
use crate::load::measured::{self, NOT_SENT};
use crate::load::{Measured, Operation, Pace, Second, ServerView, Source, Tally};

/// The format that is written and read.
pub const FORMAT: u64 = 1;

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not with these fields.
    #[error("not a report of hearth load: {0}")]
    Fields(#[from] serde_json::Error),

    /// Written by a version that we do not know.
    #[error("a report of format {found}; this version reads format {FORMAT}")]
    Format {
        /// What the file says.
        found: u64,
    },

    /// A word that is none of ours.
    #[error("{word:?} is no {what}")]
    Word {
        /// What was expected.
        what: &'static str,
        /// What is there.
        word: String,
    },

    /// A histogram that cannot be decoded.
    #[error("the latencies of {operation} are no HdrHistogram V2 in base64")]
    Histogram {
        /// Of which operation.
        operation: String,
    },
}

/// The report as a file.
pub fn write(report: &Report) -> String {
    let file = File::of(report);
    let mut text = serde_json::to_string_pretty(&file)
        .expect("all keys are text, and numbers of a report are finite");
    text.push('\n');
    text
}

/// The report that a file holds.
pub fn read(text: &str) -> Result<Report, Error> {
    let Head { format } = serde_json::from_str(text)?;
    if format != FORMAT {
        return Err(Error::Format { found: format });
    }
    serde_json::from_str::<File>(text)?.into_report()
}

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize, Serialize)]
struct File {
    format: u64,
    environment: EnvironmentFields,
    settings: SettingsFields,
    client: ClientFields,
    measured: MeasuredFields,
}

#[derive(Deserialize, Serialize)]
struct EnvironmentFields {
    version: String,
    commit: String,
    cpu: String,
    cpus: u64,
    kernel: String,
    date: String,
}

#[derive(Deserialize, Serialize)]
struct SettingsFields {
    workload: String,
    target: String,
    /// `open` or `closed`.
    pace: String,
    /// None in the closed loop.
    asked_per_second: Option<f64>,
    items: u64,
    connections: u64,
    threads: u64,
    warm_up_ms: u64,
    length_ms: u64,
    seed: u64,
}

#[derive(Deserialize, Serialize)]
struct ClientFields {
    cpu_ns: u64,
    wall_ns: u64,
}

#[derive(Deserialize, Serialize)]
struct MeasuredFields {
    took_ns: u64,
    due: u64,
    /// This and the next are not in files of early versions.
    ended: Option<u64>,
    answered: Option<u64>,
    server: Option<ServerFields>,
    /// Why there is no view of the server's, if it was asked.
    server_silent: Option<String>,
    tallies: Vec<TallyFields>,
    seconds: Vec<SecondFields>,
}

#[derive(Deserialize, Serialize)]
struct ServerFields {
    lookups: u64,
    hits: u64,
}

#[derive(Deserialize, Serialize)]
struct TallyFields {
    operation: String,
    source: String,
    latencies_ns: String,
    conditions_failed: u64,
    throttled: u64,
    errors: BTreeMap<String, u64>,
    retries: u64,
}

#[derive(Deserialize, Serialize)]
struct SecondFields {
    at: u64,
    warm_up: bool,
    due: u64,
    ended: u64,
    failed: u64,
    reads: u64,
    hits: u64,
    p50_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

impl File {
    fn of(report: &Report) -> Self {
        let Report { settings, environment, client, measured } = report;
        let (pace, asked_per_second) = match settings.pace {
            Pace::Open { per_second } => (OPEN, Some(per_second)),
            Pace::Closed => (CLOSED, None),
        };
        let (server, server_silent) = match &measured.server {
            ServerView::NotAsked => (None, None),
            ServerView::Silent { why } => (None, Some(why.clone())),
            &ServerView::Counted { lookups, hits } => (Some(ServerFields { lookups, hits }), None),
        };
        Self {
            format: FORMAT,
            environment: EnvironmentFields {
                version: environment.version.clone(),
                commit: environment.commit.clone(),
                cpu: environment.cpu.clone(),
                cpus: environment.cpus,
                kernel: environment.kernel.clone(),
                date: environment.date.clone(),
            },
            settings: SettingsFields {
                workload: settings.workload.clone(),
                target: settings.target.clone(),
                pace: pace.to_owned(),
                asked_per_second,
                items: settings.items,
                connections: settings.connections,
                threads: settings.threads,
                warm_up_ms: crate::clock::whole_ms(settings.warm_up),
                length_ms: crate::clock::whole_ms(settings.length),
                seed: settings.seed,
            },
            client: ClientFields { cpu_ns: client.cpu, wall_ns: client.wall },
            measured: MeasuredFields {
                took_ns: measured.took,
                due: measured.due,
                ended: Some(measured.ended),
                answered: Some(measured.answered),
                server,
                server_silent,
                tallies: measured.tallies.iter().map(TallyFields::of).collect(),
                seconds: measured.seconds.iter().map(SecondFields::of).collect(),
            },
        }
    }

    fn into_report(self) -> Result<Report, Error> {
        let Self { settings, environment, client, measured, format: _ } = self;
        let pace = match (settings.pace.as_str(), settings.asked_per_second) {
            (OPEN, Some(per_second)) => Pace::Open { per_second },
            (CLOSED, None) => Pace::Closed,
            _ => return Err(Error::Word { what: "pace", word: settings.pace }),
        };
        let measured = measured.into_measured()?;
        Ok(Report {
            settings: Settings {
                workload: settings.workload,
                target: settings.target,
                pace,
                items: settings.items,
                connections: settings.connections,
                threads: settings.threads,
                warm_up: Duration::from_millis(settings.warm_up_ms),
                length: Duration::from_millis(settings.length_ms),
                seed: settings.seed,
            },
            environment: Environment {
                version: environment.version,
                commit: environment.commit,
                cpu: environment.cpu,
                cpus: environment.cpus,
                kernel: environment.kernel,
                date: environment.date,
            },
            client: Client { cpu: client.cpu_ns, wall: client.wall_ns },
            measured,
        })
    }
}

impl MeasuredFields {
    fn into_measured(self) -> Result<Measured, Error> {
        let tallies = self.tallies.into_iter().map(TallyFields::into_tally);
        let tallies = tallies.collect::<Result<Vec<_>, _>>()?;
        // Early versions measured until the last answer: all that was sent ended within that.
        let sent = |tally: &Tally| tally.ended() - tally.errors.get(NOT_SENT).unwrap_or(&0);
        let ended = self.ended.unwrap_or_else(|| tallies.iter().map(sent).sum());
        let answers = |tally: &Tally| tally.latencies.len();
        let answered = self.answered.unwrap_or_else(|| tallies.iter().map(answers).sum());
        let server = match (self.server, self.server_silent) {
            (Some(ServerFields { lookups, hits }), _) => ServerView::Counted { lookups, hits },
            (None, Some(why)) => ServerView::Silent { why },
            (None, None) => ServerView::NotAsked,
        };
        let seconds = self.seconds.into_iter().map(SecondFields::into_second).collect();
        let (took, due) = (self.took_ns, self.due);
        Ok(Measured { tallies, seconds, took, due, ended, answered, server })
    }
}

impl TallyFields {
    fn of(tally: &Tally) -> Self {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&tally.latencies, &mut bytes)
            .expect("a vector takes all bytes, and our bounds fit the format");
        Self {
            operation: tally.operation.name().to_owned(),
            source: tally.source.name().to_owned(),
            latencies_ns: BASE64_STANDARD.encode(bytes),
            conditions_failed: tally.conditions_failed,
            throttled: tally.throttled,
            errors: tally.errors.clone(),
            retries: tally.retries,
        }
    }

    fn into_tally(self) -> Result<Tally, Error> {
        let operation = Operation::ALL.into_iter().find(|known| known.name() == self.operation);
        let sources = [Source::Cache, Source::Engine, Source::Unknown];
        let source = sources.into_iter().find(|known| known.name() == self.source);
        let histogram = histogram(&self.latencies_ns);
        let Some(latencies) = histogram else {
            return Err(Error::Histogram { operation: self.operation });
        };
        let word = |what, word| Error::Word { what, word };
        Ok(Tally {
            operation: operation.ok_or_else(|| word("operation", self.operation))?,
            source: source.ok_or_else(|| word("source", self.source))?,
            latencies,
            conditions_failed: self.conditions_failed,
            throttled: self.throttled,
            errors: self.errors,
            retries: self.retries,
        })
    }
}

impl SecondFields {
    fn of(second: &Second) -> Self {
        Self {
            at: second.at,
            warm_up: second.warm_up,
            due: second.due,
            ended: second.ended,
            failed: second.failed,
            reads: second.reads,
            hits: second.hits,
            p50_ns: second.p50,
            p99_ns: second.p99,
            max_ns: second.max,
        }
    }

    fn into_second(self) -> Second {
        Second {
            at: self.at,
            warm_up: self.warm_up,
            due: self.due,
            ended: self.ended,
            failed: self.failed,
            reads: self.reads,
            hits: self.hits,
            p50: self.p50_ns,
            p99: self.p99_ns,
            max: self.max_ns,
        }
    }
}

/// The histogram, in the bounds of a tally, which any other histogram is poured into.
fn histogram(base64: &str) -> Option<Histogram<u64>> {
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    let read = Deserializer::new().deserialize::<u64, _>(&mut bytes.as_slice()).ok()?;
    let mut latencies = measured::latencies();
    if (read.low(), read.high(), read.sigfig())
        == (latencies.low(), latencies.high(), latencies.sigfig())
    {
        return Some(read);
    }
    for step in read.iter_recorded() {
        let value = step.value_iterated_to().min(latencies.high());
        latencies.saturating_record_n(value, step.count_at_value());
    }
    Some(latencies)
}

const OPEN: &str = "open";
const CLOSED: &str = "closed";

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn what_is_read_equals_what_was_written() {
        for mut report in [sample::report(), sample::hostile()] {
            report.settings.pace = if report.settings.workload == "media" {
                Pace::Closed
            } else {
                Pace::Open { per_second: 0.1 }
            };

            let back = read(&write(&report)).expect("it was just written");

            assert_eq!(back.settings, report.settings);
            assert_eq!(back.environment, report.environment);
            assert_eq!(back.client, report.client);
            assert_eq!(back.measured, report.measured);
            assert_eq!(write(&back), write(&report));
        }
    }

    #[test]
    fn a_server_that_said_nothing_is_told_from_one_that_was_not_asked() {
        for view in [ServerView::NotAsked, ServerView::Silent { why: "it was away".to_owned() }] {
            let mut report = sample::report();
            report.measured.server = view.clone();

            let back = read(&write(&report)).expect("it was just written");

            assert_eq!(back.measured.server, view);
        }
    }

    #[test]
    fn a_file_of_an_early_version_has_ended_what_was_sent() {
        let mut report = sample::report();
        report.measured.tallies[2].errors.insert(NOT_SENT.to_owned(), 5);
        let mut file: serde_json::Value =
            serde_json::from_str(&write(&report)).expect("it is JSON");
        let fields = file["measured"].as_object_mut().expect("an object");
        for later in ["ended", "answered", "server_silent"] {
            assert!(fields.remove(later).is_some(), "{later}");
        }

        let back = read(&file.to_string()).expect("the format is the same");

        assert_eq!((back.measured.ended, back.measured.answered), (1_104, 1_100));
        assert_eq!(back.measured.server, report.measured.server);
    }

    #[test]
    fn another_format_is_refused_before_its_fields() {
        for (text, found) in [(r#"{"format": 2}"#, 2), (r#"{"format": 0, "settings": 7}"#, 0)] {
            let refused = read(text).expect_err("another format");
            assert!(matches!(refused, Error::Format { found: f } if f == found), "{refused}");
        }
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for text in ["", "[]", "{}", r#"{"format": 1}"#, r#"{"format": "1"}"#] {
            assert!(matches!(read(text), Err(Error::Fields(_))), "{text}");
        }
        let good = write(&sample::report());
        let unknown = good.replace("\"GetItem\"", "\"GetItems\"");
        assert!(matches!(read(&unknown), Err(Error::Word { what: "operation", .. })));
        let unknown = good.replace("\"engine\"", "\"disk\"");
        assert!(matches!(read(&unknown), Err(Error::Word { what: "source", .. })));
        let unknown = good.replace("\"open\"", "\"shut\"");
        assert!(matches!(read(&unknown), Err(Error::Word { what: "pace", .. })));
        let broken = good.replace("\"latencies_ns\": \"HI", "\"latencies_ns\": \"HA");
        assert_ne!(broken, good);
        assert!(matches!(read(&broken), Err(Error::Histogram { .. })));
    }

    #[test]
    fn a_histogram_of_other_bounds_is_poured_into_ours() {
        let mut other = Histogram::<u64>::new_with_bounds(1, 1_000_000, 2).expect("good bounds");
        other.record_n(50_000, 3).expect("within them");
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&other, &mut bytes).expect("it fits");

        let ours = histogram(&BASE64_STANDARD.encode(bytes)).expect("it is one");

        assert_eq!((ours.len(), ours.high()), (3, crate::load::measured::LATENCY_NS_MAX));
        assert!(ours.max().abs_diff(50_000) < 1_000, "{}", ours.max());
    }
}
