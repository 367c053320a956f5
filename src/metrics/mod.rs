//! What hearth counts and measures.
//!
//!     requests ── add ──> counters, gauges, histograms ──┐
//!     proxy, engine ── every few seconds ──> figures ────┼── page, when somebody looks
//!     the system ────────────────────────────────────────┘
//!
//! Call sites hold what they count in since a table or a connection began, so a hit costs a few
//! atomic additions. Labels come from closed sets and from table names, of which the first
//! `tables_max` (or a configured list) have their own label and the rest share `other`; a label
//! once given is not taken away.
//!
//! Must hold: never a key or an item's content in a label; what is shown is in the catalogue.
//! Not here: the page's address (`server/admin/`).

mod backups;
mod catalogue;
mod histogram;
mod labels;
mod number;
mod page;
mod process;
mod shown;
mod table;
mod upstream;

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

pub use self::backups::{BackupMetrics, BackupWork};
pub use self::catalogue::{CATALOGUE, Kind, Metric, OF_UPSTREAMS, Unit};
pub use self::histogram::Histogram;
pub use self::labels::{
    AuditResult, CacheKind, CacheResult, Capacity, EngineState, Outcome, PageResult, Protocol,
    Refused, Source, ThrottleCause,
};
pub use self::number::{Counter, Gauge};
pub use self::shown::{CacheCounts, CacheFigures, StoreFigures};
pub use self::table::{TableMetrics, TableSize};
pub use self::upstream::{
    Coherence, FollowedTable, RecordResult, Retry, UpstreamMetrics, UpstreamOutcome,
};

use self::histogram::{COUNTS, DURATIONS, SKEWS};
use self::labels::{AUDIT_RESULTS, CACHES, REFUSALS, SOURCES};
use self::page::Page;
use self::shown::Shown;

/// How tables are labelled.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most tables with a label of their own.
    pub tables_max: usize,
    /// Tables that have one in any case.
    pub tables: Vec<String>,
}

/// All that one process counts.
pub struct Metrics {
    options: Options,
    tables: Mutex<BTreeMap<String, Arc<TableMetrics>>>,
    /// The name of each operation that was counted.
    operations: [OnceLock<&'static str>; OPERATIONS_MAX],
    durations: [[Histogram; SOURCES.len()]; OPERATIONS_MAX],
    refused: [Counter; REFUSALS.len()],
    audits: [[Counter; AUDIT_RESULTS.len()]; CACHES.len()],
    shown: Mutex<Shown>,
    /// Whether the page leaves the capacity out.
    hides_capacity: AtomicBool,
    /// Whether the page has what is counted of an upstream.
    has_upstream: AtomicBool,
    /// Requests that are being read or answered.
    pub requests_in_flight: Gauge,
    /// Bytes of requests' bodies, as they were sent.
    pub request_bytes: Counter,
    /// Bytes of answers' bodies.
    pub response_bytes: Counter,
    /// Seconds that a signed request's date and our clock differ by.
    pub signature_skew: Histogram,
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections that were refused because there were too many.
    pub connections_refused: Counter,
    /// Time of a read of the engine, with the wait for its turn.
    pub engine_read: Histogram,
    /// Reads of the engine that wait for their turn.
    pub engine_readers_waiting: Gauge,
    /// What the one who writes counts.
    pub writer: WriterMetrics,
    /// What a store counts.
    pub store: Arc<StoreMetrics>,
    /// How deleting expired items goes.
    pub expiry: ExpiryMetrics,
    /// How backups and restores went.
    pub backups: BackupMetrics,
    /// What is counted of a service behind hearth.
    pub upstream: Arc<UpstreamMetrics>,
}

/// How deleting expired items goes.
#[derive(Debug, Default)]
pub struct ExpiryMetrics {
    /// How long ago the oldest item expired that the last sweep left, in seconds.
    pub lag_s: Gauge,
    /// 1 while the wall clock is not believed, since it stepped.
    pub clock_doubted: Gauge,
}

/// What the one who writes counts.
pub struct WriterMetrics {
    /// Commands that wait.
    pub queue: Gauge,
    /// How long a mutation waited.
    pub wait: Histogram,
    /// Mutations that took effect with one commit.
    pub batch: Histogram,
    /// Time of one batch.
    pub commit: Histogram,
    /// Syncs that failed.
    pub sync_failures: Counter,
    /// Bytes of rows that were committed.
    pub bytes: Counter,
}

/// What a store counts.
#[derive(Debug)]
pub struct StoreMetrics {
    /// Time of a sync.
    pub sync: Histogram,
    /// Commits that had to wait for background work.
    pub stalls: Counter,
    /// Memory that its rows and blocks may take; none if it has no limit.
    pub memory_limit: Gauge,
}

impl Default for Options {
    fn default() -> Self {
        Self { tables_max: 50, tables: Vec::new() }
    }
}

impl Default for WriterMetrics {
    fn default() -> Self {
        Self {
            queue: Gauge::default(),
            wait: Histogram::new(&DURATIONS),
            batch: Histogram::new(&COUNTS),
            commit: Histogram::new(&DURATIONS),
            sync_failures: Counter::default(),
            bytes: Counter::default(),
        }
    }
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            sync: Histogram::new(&DURATIONS),
            stalls: Counter::default(),
            memory_limit: Gauge::default(),
        }
    }
}

impl Metrics {
    /// With nothing counted.
    pub fn new(options: Options) -> Arc<Self> {
        Arc::new(Self {
            options,
            tables: Mutex::default(),
            operations: array::from_fn(|_| OnceLock::new()),
            durations: array::from_fn(|_| array::from_fn(|_| Histogram::new(&DURATIONS))),
            refused: Default::default(),
            audits: Default::default(),
            shown: Mutex::default(),
            hides_capacity: AtomicBool::new(false),
            has_upstream: AtomicBool::new(false),
            requests_in_flight: Gauge::default(),
            request_bytes: Counter::default(),
            response_bytes: Counter::default(),
            signature_skew: Histogram::new(&SKEWS),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
            engine_read: Histogram::new(&DURATIONS),
            engine_readers_waiting: Gauge::default(),
            writer: WriterMetrics::default(),
            store: Arc::default(),
            expiry: ExpiryMetrics::default(),
            backups: BackupMetrics::default(),
            upstream: Arc::default(),
        })
    }

    /// The numbers of a table; those without a label of their own share `other`.
    pub fn table(&self, name: &str) -> Arc<TableMetrics> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let named = self.options.tables.iter().any(|table| table == name);
        let room = tables.len() < self.options.tables_max + self.options.tables.len();
        let label = if named || room || tables.contains_key(name) { name } else { OTHER };
        if let Some(known) = tables.get(label) {
            return Arc::clone(known);
        }
        let table = Arc::new(TableMetrics::new(label));
        tables.insert(label.to_owned(), Arc::clone(&table));
        table
    }

    /// Counts a request of a table, or of none (`""`).
    #[inline]
    pub fn count(
        &self,
        table: &TableMetrics,
        protocol: Protocol,
        (operation, name): (usize, &'static str),
        outcome: Outcome,
    ) {
        if table.count(protocol, operation, outcome) {
            self.name(operation, name);
        }
    }

    /// Counts a request that was refused before it reached the tables.
    pub fn refuse(&self, reason: Refused) {
        self.refused[reason as usize].add(1);
    }

    /// Records how long a request took in the server.
    #[inline]
    pub fn took(&self, operation: usize, source: Source, duration: Duration) {
        self.durations[operation][source as usize].took(duration);
    }

    /// Counts a comparison of a hit with the engine.
    pub fn audited(&self, cache: CacheKind, result: AuditResult) {
        self.audits[cache as usize][result as usize].add(1);
    }

    /// Takes what a cache holds and has counted.
    pub fn show_cache(&self, cache: CacheKind, figures: CacheFigures) {
        self.shown().set_cache(cache, figures);
    }

    /// Takes what the engine does about writes.
    pub fn show_engine(&self, state: EngineState) {
        self.shown().set_engine(state);
    }

    /// Takes what the store takes on the disk.
    pub fn show_store(&self, figures: StoreFigures) {
        self.shown().store = figures;
    }

    /// Takes how much each table holds; those that are not among them are gone.
    pub fn show_tables(&self, sizes: Vec<TableSize>) {
        self.shown().tables = sizes;
    }

    /// From now on the page has what was consumed, or leaves it out.
    pub fn show_capacity(&self, shows: bool) {
        self.hides_capacity.store(!shows, Ordering::Relaxed);
    }

    /// From now on the page has what is counted of an upstream.
    pub fn show_upstream(&self) {
        self.has_upstream.store(true, Ordering::Relaxed);
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        let mut page = Page::new();
        let version = [env!("CARGO_PKG_VERSION"), env!("HEARTH_COMMIT")];
        page.family(&catalogue::BUILD).whole(&version, 1);
        self.render_requests(&mut page);
        self.render_audits(&mut page);
        self.shown().show(&mut page);
        self.render_engine(&mut page);
        page.single(&catalogue::EXPIRY_LAG, self.expiry.lag_s.get());
        page.single(&catalogue::EXPIRY_CLOCK, self.expiry.clock_doubted.get());
        self.backups.show(&mut page);
        process::show(&mut page);
        page.into_text()
    }

    /// Takes the name of an operation that is counted for the first time somewhere.
    #[cold]
    fn name(&self, operation: usize, name: &'static str) {
        self.operations[operation].get_or_init(|| name);
    }

    fn render_requests(&self, page: &mut Page) {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let tables: Vec<Arc<TableMetrics>> = tables.values().cloned().collect();
        let tables: Vec<&TableMetrics> = tables.iter().map(|table| &**table).collect();
        let operations = self.operations.iter().enumerate();
        let operations: Vec<(usize, &str)> =
            operations.filter_map(|(place, name)| Some((place, *name.get()?))).collect();
        table::show(page, &tables, &operations);
        if !self.hides_capacity.load(Ordering::Relaxed) {
            table::show_capacity(page, &tables);
        }
        if self.has_upstream.load(Ordering::Relaxed) {
            table::show_stale(page, &tables);
            self.upstream.show(page, &tables);
        }

        let mut durations = page.family(&catalogue::DURATION);
        for (operation, name) in &operations {
            for (source, histogram) in SOURCES.iter().zip(&self.durations[*operation]) {
                if histogram.read().count > 0 {
                    durations.histogram(&[name, source], histogram);
                }
            }
        }
        let mut refused = page.family(&catalogue::REFUSED);
        for (reason, count) in REFUSALS.iter().zip(&self.refused) {
            refused.whole(&[reason], count.get());
        }
        page.single(&catalogue::IN_FLIGHT, self.requests_in_flight.get());
        page.single(&catalogue::REQUEST_BYTES, self.request_bytes.get());
        page.single(&catalogue::RESPONSE_BYTES, self.response_bytes.get());
        page.family(&catalogue::SKEW).histogram(&[], &self.signature_skew);
        page.single(&catalogue::CONNECTIONS, self.connections.get());
        page.single(&catalogue::CONNECTIONS_REFUSED, self.connections_refused.get());
    }

    fn render_audits(&self, page: &mut Page) {
        let mut audits = page.family(&catalogue::CACHE_AUDITS);
        for (cache, counts) in CACHES.iter().zip(&self.audits) {
            for (result, count) in AUDIT_RESULTS.iter().zip(counts) {
                audits.whole(&[cache, result], count.get());
            }
        }
        let mut divergences = page.family(&catalogue::CACHE_DIVERGENCE);
        for (cache, counts) in CACHES.iter().zip(&self.audits) {
            divergences.whole(&[cache], counts[AuditResult::Diverged as usize].get());
        }
    }

    fn render_engine(&self, page: &mut Page) {
        page.family(&catalogue::READ_DURATION).histogram(&[], &self.engine_read);
        page.single(&catalogue::READERS_WAITING, self.engine_readers_waiting.get());
        let WriterMetrics { queue, wait, batch, commit, sync_failures, bytes } = &self.writer;
        page.single(&catalogue::WRITER_QUEUE, queue.get());
        page.family(&catalogue::WRITER_WAIT).histogram(&[], wait);
        page.family(&catalogue::WRITER_BATCH).histogram(&[], batch);
        page.family(&catalogue::WRITER_COMMIT).histogram(&[], commit);
        page.single(&catalogue::WRITER_SYNC_FAILURES, sync_failures.get());
        page.single(&catalogue::WRITER_BYTES, bytes.get());
        let StoreMetrics { sync, stalls, memory_limit } = &*self.store;
        page.family(&catalogue::WRITER_SYNC).histogram(&[], sync);
        page.single(&catalogue::WRITER_STALLS, stalls.get());
        page.single(&catalogue::STORE_MEMORY_LIMIT, memory_limit.get());
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const OTHER: &str = "other";
/// Room for every operation of [`crate::api::Operation`], and a place for requests that name none.
pub const OPERATIONS_MAX: usize = 80;

#[cfg(test)]
mod tests;
