//! What hearth counts and measures, declared once.
//!
//! Call sites hold recorders that were resolved when a table or a connection began, so a hit costs
//! a few atomic additions. Labels come from closed sets and from table names, of which the first
//! `tables_max` (or a configured list) have their own label and the rest share `other`; a label
//! once given is not taken away.
//!
//! Must hold: never a key or an item's content in a label.
//! Not here: the page they are served on (`server/admin.rs`).

mod labels;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

pub use self::labels::{AuditResult, CacheKind, CacheResult, Outcome, PageResult, Refused, Source};

use self::labels::{
    AUDIT_RESULTS, CACHE_RESULTS, CACHES, OUTCOMES, PAGE_RESULTS, REFUSALS, SOURCES,
};

/// How tables are labelled.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most tables with a label of their own.
    pub tables_max: usize,
    /// Tables that have one in any case.
    pub tables: Vec<String>,
}

/// The registry of one process.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    options: Options,
    tables: Mutex<HashMap<String, Arc<TableMetrics>>>,
    durations: [[OnceLock<Histogram>; SOURCES]; OPERATIONS_MAX],
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections that were refused because there were too many.
    pub connections_refused: Counter,
    refused: [Counter; REFUSALS.len()],
    /// Mutations that wait for the writer.
    pub writer_queue: Gauge,
    /// Mutations in one synced batch.
    pub writer_batch: Histogram,
    cache_entries: [Gauge; CACHES.len()],
    cache_bytes: [Gauge; CACHES.len()],
    divergences: [Counter; CACHES.len()],
    audits: [[Counter; AUDIT_RESULTS.len()]; CACHES.len()],
    /// 1 while the engine takes writes.
    pub engine_writable: Gauge,
}

/// The recorders of one table.
pub struct TableMetrics {
    label: String,
    requests: [[OnceLock<Counter>; OUTCOMES]; OPERATIONS_MAX],
    items: [Lookups; CACHE_RESULTS.len()],
    pages: [Lookups; PAGE_RESULTS.len()],
}

/// Look-ups that came to one result: counted here, where they can be read, and shown from time to
/// time.
struct Lookups {
    count: AtomicU64,
    shown: Counter,
}

impl Default for Options {
    fn default() -> Self {
        Self { tables_max: 50, tables: Vec::new() }
    }
}

impl Metrics {
    /// A registry with nothing counted.
    pub fn new(options: Options) -> Arc<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Suffix("_mutations".into()), &COUNTS)
            })
            .expect("the buckets are not empty")
            .build_recorder();
        describe(&recorder);
        let plain = |name| Key::from_static_name(name);
        let of_cache = |name, cache| {
            let labels = vec![Label::from_static_parts("cache", cache)];
            recorder.register_gauge(&Key::from_parts(name, labels), &METADATA)
        };
        Arc::new(Self {
            handle: recorder.handle(),
            options,
            tables: Mutex::default(),
            durations: Default::default(),
            connections: recorder.register_gauge(&plain(CONNECTIONS), &METADATA),
            connections_refused: recorder.register_counter(&plain(CONNECTIONS_REFUSED), &METADATA),
            refused: REFUSALS.map(|reason| {
                let labels = vec![Label::from_static_parts("reason", reason)];
                recorder.register_counter(&Key::from_parts(REFUSED, labels), &METADATA)
            }),
            writer_queue: recorder.register_gauge(&plain(WRITER_QUEUE), &METADATA),
            writer_batch: recorder.register_histogram(&plain(WRITER_BATCH), &METADATA),
            cache_entries: CACHES.map(|cache| of_cache(CACHE_ENTRIES, cache)),
            cache_bytes: CACHES.map(|cache| of_cache(CACHE_BYTES, cache)),
            divergences: CACHES.map(|cache| {
                let labels = vec![Label::from_static_parts("cache", cache)];
                recorder.register_counter(&Key::from_parts(CACHE_DIVERGENCE, labels), &METADATA)
            }),
            audits: CACHES.map(|cache| {
                AUDIT_RESULTS.map(|result| {
                    let labels = vec![
                        Label::from_static_parts("cache", cache),
                        Label::from_static_parts("result", result),
                    ];
                    recorder.register_counter(&Key::from_parts(CACHE_AUDITS, labels), &METADATA)
                })
            }),
            engine_writable: recorder.register_gauge(&plain(ENGINE_WRITABLE), &METADATA),
            recorder,
        })
    }

    /// The recorders of a table; those without a label of their own share `other`.
    pub fn table(&self, name: &str) -> Arc<TableMetrics> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let named = self.options.tables.iter().any(|table| table == name);
        let room = tables.len() < self.options.tables_max + self.options.tables.len();
        let label = if named || room || tables.contains_key(name) { name } else { OTHER };
        if let Some(known) = tables.get(label) {
            return Arc::clone(known);
        }
        let table = Arc::new(self.new_table(label));
        tables.insert(label.to_owned(), Arc::clone(&table));
        table
    }

    /// Counts a request of a table, or of none (`""`).
    pub fn count(
        &self,
        table: &TableMetrics,
        operation: usize,
        name: &'static str,
        outcome: Outcome,
    ) {
        table.requests[operation][outcome as usize]
            .get_or_init(|| {
                let labels = vec![
                    Label::from_static_parts("operation", name),
                    Label::new("table", table.label.clone()),
                    Label::from_static_parts("protocol", "http"),
                    Label::from_static_parts("outcome", outcome.label()),
                ];
                self.recorder.register_counter(&Key::from_parts(REQUESTS, labels), &METADATA)
            })
            .increment(1);
    }

    /// Counts a request that was refused before it reached the tables.
    pub fn refuse(&self, reason: Refused) {
        self.refused[reason as usize].increment(1);
    }

    /// Records how long a request took in the server.
    pub fn took(&self, operation: usize, name: &'static str, source: Source, duration: Duration) {
        self.durations[operation][source as usize]
            .get_or_init(|| {
                let labels = vec![
                    Label::from_static_parts("operation", name),
                    Label::from_static_parts("source", source.label()),
                ];
                self.recorder.register_histogram(&Key::from_parts(DURATION, labels), &METADATA)
            })
            .record(duration.as_secs_f64());
    }

    /// Sets how much a cache holds.
    pub fn cache_usage(&self, cache: CacheKind, entries: u64, bytes: u64) {
        self.cache_entries[cache as usize].set(as_f64(entries));
        self.cache_bytes[cache as usize].set(as_f64(bytes));
    }

    /// Counts a comparison of a hit with the engine.
    pub fn audited(&self, cache: CacheKind, result: AuditResult) {
        self.audits[cache as usize][result as usize].increment(1);
        match result {
            AuditResult::Diverged => self.divergences[cache as usize].increment(1),
            AuditResult::Equal | AuditResult::Changed | AuditResult::Failed => {}
        }
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.values().for_each(|table| table.show());
        drop(tables);
        self.handle.render()
    }

    /// Moves what the histograms gathered into their buckets; called every few seconds.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    fn new_table(&self, label: &str) -> TableMetrics {
        let counter = |cache, result| {
            let labels = vec![
                Label::from_static_parts("cache", cache),
                Label::new("table", label.to_owned()),
                Label::from_static_parts("result", result),
            ];
            let key = Key::from_parts(CACHE_REQUESTS, labels);
            let shown = self.recorder.register_counter(&key, &METADATA);
            Lookups { count: AtomicU64::new(0), shown }
        };
        TableMetrics {
            label: label.to_owned(),
            requests: Default::default(),
            items: CACHE_RESULTS.map(|result| counter(CACHES[0], result)),
            pages: PAGE_RESULTS.map(|result| counter(CACHES[1], result)),
        }
    }
}

impl TableMetrics {
    /// Counts a look-up in the item cache.
    pub fn cache_lookup(&self, result: CacheResult) {
        self.items[result as usize].count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a look-up in the page cache.
    pub fn page_lookup(&self, result: PageResult) {
        self.pages[result as usize].count.fetch_add(1, Ordering::Relaxed);
    }

    /// The label, which other tables may share.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many look-ups in the item cache had each [`CacheResult`], in its order.
    pub fn cache_lookups(&self) -> [u64; 4] {
        self.items.each_ref().map(|lookups| lookups.count.load(Ordering::Relaxed))
    }

    /// How many look-ups in the page cache had each [`PageResult`], in its order.
    pub fn page_lookups(&self) -> [u64; 3] {
        self.pages.each_ref().map(|lookups| lookups.count.load(Ordering::Relaxed))
    }

    fn show(&self) {
        for lookups in self.items.iter().chain(&self.pages) {
            lookups.shown.absolute(lookups.count.load(Ordering::Relaxed));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

fn describe(recorder: &PrometheusRecorder) {
    let counter = |name: &'static str, help: &'static str| {
        recorder.describe_counter(KeyName::from_const_str(name), None, help.into());
    };
    let gauge = |name: &'static str, unit, help: &'static str| {
        recorder.describe_gauge(KeyName::from_const_str(name), unit, help.into());
    };
    counter(REQUESTS, "Requests answered.");
    counter(REFUSED, "Requests refused before they reached the tables.");
    counter(CACHE_REQUESTS, "Look-ups in the cache.");
    counter(CACHE_AUDITS, "Hits that were compared with the engine.");
    counter(CACHE_DIVERGENCE, "Hits that were not what the engine had: a fault of hearth's.");
    counter(CONNECTIONS_REFUSED, "Connections refused because there were too many.");
    gauge(CONNECTIONS, None, "Connections open.");
    gauge(WRITER_QUEUE, None, "Mutations waiting for the writer.");
    gauge(CACHE_ENTRIES, None, "Entries of the cache.");
    gauge(CACHE_BYTES, Some(Unit::Bytes), "Memory of the cache's entries.");
    gauge(ENGINE_WRITABLE, None, "1 while the engine takes writes, else 0.");
    let histogram = |name: &'static str, unit, help: &'static str| {
        recorder.describe_histogram(KeyName::from_const_str(name), unit, help.into());
    };
    histogram(DURATION, Some(Unit::Seconds), "Time from the whole request to its answer.");
    histogram(WRITER_BATCH, None, "Mutations in one synced batch.");
}

const REQUESTS: &str = "hearth_requests_total";
const DURATION: &str = "hearth_request_duration_seconds";
const REFUSED: &str = "hearth_requests_refused_total";
const CACHE_REQUESTS: &str = "hearth_cache_requests_total";
const CACHE_ENTRIES: &str = "hearth_cache_entries";
const CACHE_AUDITS: &str = "hearth_cache_audits_total";
const CACHE_DIVERGENCE: &str = "hearth_cache_divergence_total";
const CACHE_BYTES: &str = "hearth_cache_bytes";
const CONNECTIONS: &str = "hearth_connections";
const CONNECTIONS_REFUSED: &str = "hearth_connections_refused_total";
const WRITER_QUEUE: &str = "hearth_writer_queue_mutations";
const WRITER_BATCH: &str = "hearth_writer_batch_mutations";
const ENGINE_WRITABLE: &str = "hearth_engine_writable";
const OTHER: &str = "other";
/// Room for every operation of [`crate::api::Operation`], and a place for requests that name none.
pub const OPERATIONS_MAX: usize = 32;
const SECONDS: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0,
    2.0, 5.0,
];
const COUNTS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
static METADATA: Metadata<'static> = Metadata::new("hearth", Level::INFO, None);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_beyond_the_limit_share_a_label() {
        let metrics = Metrics::new(Options { tables_max: 1, tables: vec!["vip".into()] });

        for name in ["a", "b", "vip", "c"] {
            metrics.table(name).cache_lookup(CacheResult::Hit);
        }

        let page = metrics.render();
        for label in ["table=\"a\"", "table=\"vip\"", "table=\"other\""] {
            assert!(page.contains(label), "{label} in {page}");
        }
        assert!(!page.contains("table=\"c\""), "{page}");
    }

    #[test]
    fn a_duration_lands_in_its_bucket() {
        let metrics = Metrics::new(Options::default());

        metrics.took(0, "GetItem", Source::Cache, Duration::from_micros(70));
        metrics.upkeep();

        let page = metrics.render();
        assert!(page.contains("source=\"cache\",le=\"0.0001\"} 1"), "{page}");
        assert!(page.contains("source=\"cache\",le=\"0.00005\"} 0"), "{page}");
    }
}
