//! What is counted of a service behind hearth, and of the streams of its tables.
//!
//!     client ── a request ended, a try was repeated ──┐
//!     proxy  ── keys quarantined ─────────────────────┼── page, if there is an upstream
//!     reader ── records, lag, state of its table ─────┘
//!
//! A [`FollowedTable`] is on the page for as long as somebody holds it. Those that share a label are
//! shown as one: with the longest lag, and with how many of them are in each state.
//!
//! Must hold: an operation is a label only by a name that is part of the program, so that a client
//! who makes names up makes no labels.
//! Not here: what is done about any of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::catalogue::{
    STREAM_LAG, STREAM_LOSSES, STREAM_RECORDS, STREAM_SEEN, TABLE_COHERENCE, UPSTREAM_CONNECTIONS,
    UPSTREAM_DURATION, UPSTREAM_ENDPOINTS, UPSTREAM_QUARANTINE_OVERFLOWS, UPSTREAM_QUARANTINED,
    UPSTREAM_REQUESTS, UPSTREAM_RETRIES, UPSTREAM_RETRIES_REFUSED,
};
use super::histogram::{DURATIONS, Histogram};
use super::number::{Counter, Gauge};
use super::page::Page;
use super::table::TableMetrics;

/// What is counted of a service behind hearth.
#[derive(Debug, Default)]
pub struct UpstreamMetrics {
    operations: Mutex<BTreeMap<&'static str, Arc<Operation>>>,
    retries: [Counter; RETRIES.len()],
    retries_refused: Counter,
    /// Connections that are open.
    pub connections: Gauge,
    endpoints: [Gauge; ENDPOINTS.len()],
    /// Keys that are read past the cache since a write of theirs got no answer.
    pub quarantined_keys: Gauge,
    quarantine_overflows: Counter,
    followed: Mutex<Vec<Weak<FollowedTable>>>,
}

/// How a request to the upstream ended, with all its tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UpstreamOutcome {
    /// It was answered.
    Ok,
    /// The upstream refused it for what it asks.
    Refused,
    /// The upstream had no capacity for it.
    Throttled,
    /// There was no answer, or a failure of the upstream's; nothing was written.
    Failed,
    /// A write got no answer, and may have been applied or not.
    Unknown,
}

/// Why a request was tried once more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// The upstream had no capacity for it.
    Throttled,
    /// The upstream said that it failed.
    Failed,
    /// There was no whole answer.
    Broken,
}

/// What a record of a stream came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordResult {
    /// It told of a write that came through hearth.
    Own,
    /// It told of another, and what was cached of it was forgotten.
    Invalidated,
}

/// How far what is cached of a table may be trusted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Coherence {
    /// Its stream is followed.
    Coherent,
    /// It has no stream: entries live by their times.
    #[default]
    Ttl,
    /// Its stream was lost, and entries live by their times until it is found again.
    Incoherent,
    /// Its reads go past the cache.
    Bypassed,
}

/// One table of the upstream.
#[derive(Debug)]
pub struct FollowedTable {
    table: Arc<TableMetrics>,
    lag_ms: AtomicU64,
    seen_unix_ms: AtomicU64,
    state: AtomicUsize,
}

#[derive(Debug)]
struct Operation {
    ended: [Counter; OUTCOMES.len()],
    duration: Histogram,
}

impl UpstreamMetrics {
    /// A request ended, `took` after it began, its tries and the pauses between them included.
    pub fn ended(&self, operation: &'static str, outcome: UpstreamOutcome, took: Duration) {
        let counts = self.operation(operation);
        counts.ended[outcome as usize].add(1);
        counts.duration.took(took);
    }

    /// A request is tried once more.
    pub fn retried(&self, why: Retry) {
        self.retries[why as usize].add(1);
    }

    /// A request was not tried once more, since too many others were.
    pub fn retry_refused(&self) {
        self.retries_refused.add(1);
    }

    /// So many endpoints answer, and so many do not.
    pub fn show_endpoints(&self, up: usize, down: usize) {
        for (gauge, count) in self.endpoints.iter().zip([up, down]) {
            gauge.set(count as u64);
        }
    }

    /// There were too many quarantined keys, and a whole table is read past the cache.
    pub fn quarantine_overflowed(&self) {
        self.quarantine_overflows.add(1);
    }

    /// Shows a table for as long as what this returns is held.
    pub fn follow(&self, table: Arc<TableMetrics>) -> Arc<FollowedTable> {
        let (lag_ms, seen_unix_ms) = (AtomicU64::new(NO_LAG), AtomicU64::new(NO_LAG));
        let state = AtomicUsize::new(Coherence::Ttl as usize);
        let followed = Arc::new(FollowedTable { table, lag_ms, seen_unix_ms, state });
        let mut all = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&followed));
        followed
    }

    pub(super) fn show(&self, page: &mut Page, tables: &[&TableMetrics]) {
        self.show_operations(page);
        let mut retries = page.family(&UPSTREAM_RETRIES);
        for (why, count) in RETRIES.iter().zip(&self.retries) {
            retries.whole(&[why], count.get());
        }
        page.single(&UPSTREAM_RETRIES_REFUSED, self.retries_refused.get());
        page.single(&UPSTREAM_CONNECTIONS, self.connections.get());
        let mut endpoints = page.family(&UPSTREAM_ENDPOINTS);
        for (state, count) in ENDPOINTS.iter().zip(&self.endpoints) {
            endpoints.whole(&[state], count.get());
        }
        page.single(&UPSTREAM_QUARANTINED, self.quarantined_keys.get());
        page.single(&UPSTREAM_QUARANTINE_OVERFLOWS, self.quarantine_overflows.get());
        let mut records = page.family(&STREAM_RECORDS);
        for table in tables {
            for (result, count) in RECORD_RESULTS.iter().zip(&table.stream_records) {
                records.whole(&[table.label(), result], count.get());
            }
        }
        let mut losses = page.family(&STREAM_LOSSES);
        for table in tables {
            losses.whole(&[table.label()], table.stream_losses.get());
        }
        self.show_followed(page);
    }

    fn show_operations(&self, page: &mut Page) {
        let operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut requests = page.family(&UPSTREAM_REQUESTS);
        for (name, counts) in &operations {
            for (outcome, count) in OUTCOMES.iter().zip(&counts.ended) {
                requests.whole(&[name, outcome], count.get());
            }
        }
        let mut durations = page.family(&UPSTREAM_DURATION);
        for (name, counts) in &operations {
            durations.histogram(&[name], &counts.duration);
        }
    }

    fn show_followed(&self, page: &mut Page) {
        let followed: Vec<Arc<FollowedTable>> = {
            let all = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().filter_map(Weak::upgrade).collect()
        };
        let mut by_label: BTreeMap<&str, Vec<&FollowedTable>> = BTreeMap::new();
        for table in &followed {
            by_label.entry(table.table.label()).or_default().push(table);
        }
        let mut lags = page.family(&STREAM_LAG);
        for (label, tables) in &by_label {
            if let Some(lag) = tables.iter().filter_map(|table| table.lag()).max() {
                lags.real(&[label], lag.as_secs_f64());
            }
        }
        let mut seen = page.family(&STREAM_SEEN);
        for (label, tables) in &by_label {
            if let Some(unix_ms) = tables.iter().filter_map(|table| table.seen_unix_ms()).min() {
                seen.real(&[label], Duration::from_millis(unix_ms).as_secs_f64());
            }
        }
        let mut states = page.family(&TABLE_COHERENCE);
        for (label, tables) in &by_label {
            for (place, name) in COHERENCE.iter().enumerate() {
                let is_there = |table: &&&FollowedTable| table.state() == place;
                states.whole(&[label, name], tables.iter().filter(is_there).count() as u64);
            }
        }
    }

    fn operation(&self, name: &'static str) -> Arc<Operation> {
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(operations.entry(name).or_default())
    }
}

impl FollowedTable {
    /// How far the reader of its stream is behind; none while there is no reader.
    pub fn lags(&self, lag: Option<Duration>) {
        let ms = lag.map_or(NO_LAG, |lag| u64::try_from(lag.as_millis()).unwrap_or(NO_LAG - 1));
        self.lag_ms.store(ms, Ordering::Relaxed);
    }

    /// All that was written before this time, in milliseconds since 1970, is known of; none while
    /// there is no reader.
    pub fn has_seen(&self, unix_ms: Option<u64>) {
        self.seen_unix_ms.store(unix_ms.unwrap_or(NO_LAG), Ordering::Relaxed);
    }

    /// Records of its stream were read.
    pub fn records(&self, result: RecordResult, count: usize) {
        self.table.stream_records[result as usize].add(count as u64);
    }

    /// Its stream could not be followed any further.
    pub fn loses(&self) {
        self.table.stream_losses.add(1);
    }

    /// How far what is cached of it may be trusted from now on.
    pub fn becomes(&self, state: Coherence) {
        self.state.store(state as usize, Ordering::Relaxed);
    }

    fn lag(&self) -> Option<Duration> {
        let ms = self.lag_ms.load(Ordering::Relaxed);
        (ms != NO_LAG).then(|| Duration::from_millis(ms))
    }

    fn seen_unix_ms(&self) -> Option<u64> {
        let ms = self.seen_unix_ms.load(Ordering::Relaxed);
        (ms != NO_LAG).then_some(ms)
    }

    fn state(&self) -> usize {
        self.state.load(Ordering::Relaxed)
    }
}

impl Default for Operation {
    fn default() -> Self {
        Self { ended: Default::default(), duration: Histogram::new(&DURATIONS) }
    }
}

impl Coherence {
    /// Its name in labels, and for people.
    pub fn name(self) -> &'static str {
        COHERENCE[self as usize]
    }
}

/// In the order of [`UpstreamOutcome`].
const OUTCOMES: [&str; 5] = ["ok", "refused", "throttled", "failed", "unknown"];
/// In the order of [`Retry`].
const RETRIES: [&str; 3] = ["throttled", "failed", "broken"];
const ENDPOINTS: [&str; 2] = ["up", "down"];
/// In the order of [`RecordResult`].
pub(super) const RECORD_RESULTS: [&str; 2] = ["own", "invalidated"];
/// In the order of [`Coherence`].
const COHERENCE: [&str; 4] = ["coherent", "ttl", "incoherent", "bypassed"];
const NO_LAG: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CacheKind, Metrics, Options};

    fn shown() -> Arc<Metrics> {
        let metrics = Metrics::new(Options { tables_max: 2, tables: Vec::new() });
        metrics.show_upstream();
        metrics
    }

    #[track_caller]
    fn assert_lines(metrics: &Metrics, lines: &[&str]) {
        let page = metrics.render();
        for line in lines {
            assert!(page.lines().any(|found| found == *line), "{line} in {page}");
        }
    }

    #[test]
    fn without_an_upstream_nothing_of_one_is_shown() {
        let metrics = Metrics::new(Options::default());
        metrics.table("t").answered_stale(CacheKind::Item);
        metrics.upstream.ended("GetItem", UpstreamOutcome::Ok, Duration::ZERO);

        let page = metrics.render();

        for name in ["hearth_upstream", "hearth_stream", "coherence", "stale"] {
            assert!(!page.contains(name), "{name} in {page}");
        }
    }

    #[test]
    fn requests_are_counted_by_operation_and_end_whose_outcomes_come_together() {
        let metrics = shown();
        let took = Duration::from_micros(70);

        metrics.upstream.ended("GetItem", UpstreamOutcome::Ok, took);
        metrics.upstream.ended("GetItem", UpstreamOutcome::Ok, took);
        for outcome in [
            UpstreamOutcome::Refused,
            UpstreamOutcome::Throttled,
            UpstreamOutcome::Failed,
            UpstreamOutcome::Unknown,
        ] {
            metrics.upstream.ended("PutItem", outcome, took);
        }

        let ended = |operation, outcome, count| {
            format!(
                "hearth_upstream_requests_total{{operation=\"{operation}\",outcome=\"{outcome}\"}} \
                 {count}"
            )
        };
        let mut lines = vec![ended("GetItem", "ok", 2), ended("GetItem", "unknown", 0)];
        lines.extend(OUTCOMES[1..].iter().map(|outcome| ended("PutItem", outcome, 1)));
        let duration = "hearth_upstream_request_duration_seconds_count{operation=\"GetItem\"} 2";
        lines.push(duration.to_owned());
        assert_lines(&metrics, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn what_the_client_and_the_quarantine_tell_is_shown() {
        let metrics = shown();
        let upstream = &metrics.upstream;

        upstream.retried(Retry::Throttled);
        upstream.retried(Retry::Broken);
        upstream.retried(Retry::Broken);
        upstream.retry_refused();
        upstream.connections.increment();
        upstream.show_endpoints(2, 1);
        upstream.quarantined_keys.set(7);
        upstream.quarantine_overflowed();
        metrics.table("t").answered_stale(CacheKind::Query);

        assert_lines(
            &metrics,
            &[
                "hearth_upstream_retries_total{why=\"throttled\"} 1",
                "hearth_upstream_retries_total{why=\"failed\"} 0",
                "hearth_upstream_retries_total{why=\"broken\"} 2",
                "hearth_upstream_retries_refused_total 1",
                "hearth_upstream_connections 1",
                "hearth_upstream_endpoints{state=\"up\"} 2",
                "hearth_upstream_endpoints{state=\"down\"} 1",
                "hearth_upstream_quarantined_keys 7",
                "hearth_upstream_quarantine_overflows_total 1",
                "hearth_cache_stale_answers_total{cache=\"item\",table=\"t\"} 0",
                "hearth_cache_stale_answers_total{cache=\"query\",table=\"t\"} 1",
            ],
        );
    }

    #[test]
    fn a_table_is_shown_as_long_as_it_is_followed_and_its_records_stay() {
        let metrics = shown();
        let followed = metrics.upstream.follow(metrics.table("t"));
        let state =
            |name, value| format!("hearth_table_coherence{{table=\"t\",state=\"{name}\"}} {value}");

        assert_lines(&metrics, &[&state("ttl", 1), &state("coherent", 0)]);
        assert!(!metrics.render().contains("hearth_stream_lag_seconds"));
        followed.becomes(Coherence::Coherent);
        followed.lags(Some(Duration::from_millis(1_500)));
        followed.records(RecordResult::Own, 2);
        followed.records(RecordResult::Invalidated, 1);
        followed.has_seen(Some(1_500));
        assert_lines(
            &metrics,
            &[
                &state("ttl", 0),
                &state("coherent", 1),
                "hearth_stream_lag_seconds{table=\"t\"} 1.5",
                "hearth_stream_seen_timestamp_seconds{table=\"t\"} 1.5",
                "hearth_stream_records_total{table=\"t\",result=\"own\"} 2",
                "hearth_stream_records_total{table=\"t\",result=\"invalidated\"} 1",
            ],
        );
        assert_lines(&metrics, &["hearth_stream_losses_total{table=\"t\"} 0"]);
        followed.lags(None);
        followed.loses();
        followed.becomes(Coherence::Incoherent);
        let losses = "hearth_stream_losses_total{table=\"t\"} 1";
        assert_lines(&metrics, &[&state("incoherent", 1), losses]);
        assert!(!metrics.render().contains("hearth_stream_lag_seconds"));
        drop(followed);

        let page = metrics.render();
        assert!(!page.contains("hearth_table_coherence"), "{page}");
        assert!(page.contains("hearth_stream_records_total{table=\"t\",result=\"own\"} 2"));
    }

    #[test]
    fn tables_that_share_a_label_show_the_longest_lag_and_how_many_are_in_a_state() {
        let metrics = shown();
        let follow = |name, lag, state| {
            let followed = metrics.upstream.follow(metrics.table(name));
            followed.lags(Some(Duration::from_secs(lag)));
            followed.becomes(state);
            followed
        };
        let _own = (follow("a", 1, Coherence::Coherent), follow("b", 2, Coherence::Bypassed));

        let _rest = [
            follow("c", 5, Coherence::Coherent),
            follow("d", 9, Coherence::Coherent),
            follow("e", 7, Coherence::Incoherent),
        ];

        assert_lines(
            &metrics,
            &[
                "hearth_stream_lag_seconds{table=\"a\"} 1",
                "hearth_stream_lag_seconds{table=\"other\"} 9",
                "hearth_table_coherence{table=\"b\",state=\"bypassed\"} 1",
                "hearth_table_coherence{table=\"other\",state=\"coherent\"} 2",
                "hearth_table_coherence{table=\"other\",state=\"incoherent\"} 1",
            ],
        );
    }
}
