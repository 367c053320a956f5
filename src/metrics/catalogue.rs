//! Every metric that hearth shows, declared once: name, kind, unit, labels, help.
//!
//! What is counted takes its name and its labels from here, and `docs/metrics.md` lists the same:
//! a test below holds both to it.
//!
//! Must hold: names follow Prometheus: base units, and `_total` for counters and nothing else; a
//! name that was released stays.
//! Not here: what a label may be (`labels.rs`), who counts.

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What its value does.
    pub kind: Kind,
    /// What its value is in.
    pub unit: Unit,
    /// The names of its labels, in the order in which they are shown.
    pub labels: &'static [&'static str],
    /// What it says, for people.
    pub help: &'static str,
}

/// What a value does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It comes and goes.
    Gauge,
    /// It is sorted into buckets.
    Histogram,
}

/// What a value is in, which the end of the name says too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// Things, which the name names.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// 1 for yes, 0 for no.
    Flag,
}

impl Kind {
    /// As Prometheus calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Declares the metrics, and the list of them all.
macro_rules! catalogue {
    ($($id:ident: $kind:ident $unit:ident $name:literal [$($label:literal),*] $help:literal;)*
     ; with an upstream: $($only:ident)*) => {
        $(pub(super) static $id: Metric = Metric {
            name: $name,
            kind: Kind::$kind,
            unit: Unit::$unit,
            labels: &[$($label),*],
            help: $help,
        };)*

        /// Every metric.
        pub static CATALOGUE: &[&Metric] = &[$(&$id),*];

        /// Those that are shown only where there is an upstream.
        pub static OF_UPSTREAMS: &[&Metric] = &[$(&$only),*];
    };
}

catalogue! {
    BUILD: Gauge Flag "hearth_build_info" ["version", "commit"]
        "Always 1; its labels say what is running.";

    REQUESTS: Counter Count "hearth_requests_total" ["operation", "table", "protocol", "outcome"]
        "Requests answered by the tables or the cache.";
    REFUSED: Counter Count "hearth_requests_refused_total" ["reason"]
        "Requests refused before they reached the tables.";
    IN_FLIGHT: Gauge Count "hearth_requests_in_flight" []
        "Requests that are being read or answered.";
    DURATION: Histogram Seconds "hearth_request_duration_seconds" ["operation", "source"]
        "Time from the whole request to its answer.";
    REQUEST_BYTES: Counter Bytes "hearth_request_bytes_total" []
        "Bytes of request bodies, as they were sent.";
    RESPONSE_BYTES: Counter Bytes "hearth_response_bytes_total" []
        "Bytes of answers' bodies.";
    ITEMS_RETURNED: Counter Count "hearth_items_returned_total" ["operation", "table"]
        "Items in answers to reads.";
    CONDITION_FAILURES: Counter Count "hearth_conditional_check_failures_total" ["table"]
        "Writes refused because their condition did not hold.";
    CAPACITY: Counter Count "hearth_consumed_capacity_units_total" ["table", "kind"]
        "Capacity units as DynamoDB would charge them; a hit counts as if it had been read.";
    THROTTLES: Counter Count "hearth_throttle_events_total" ["table", "kind", "cause"]
        "Reads and writes refused because capacity was used up, of a batch each.";
    SKEW: Histogram Seconds "hearth_signature_skew_seconds" []
        "Difference of a signed request's date and our clock, of one accepted request a second.";

    CONNECTIONS: Gauge Count "hearth_connections" []
        "Connections open.";
    CONNECTIONS_REFUSED: Counter Count "hearth_connections_refused_total" []
        "Connections refused because there were too many.";

    CACHE_REQUESTS: Counter Count "hearth_cache_requests_total" ["cache", "table", "result"]
        "Look-ups in the cache.";
    CACHE_ENTRIES: Gauge Count "hearth_cache_entries" ["cache"]
        "Entries of the cache.";
    CACHE_BYTES: Gauge Bytes "hearth_cache_bytes" ["cache"]
        "Memory of the cache's entries.";
    CACHE_LIMIT: Gauge Bytes "hearth_cache_limit_bytes" ["cache"]
        "Memory that the cache's entries may take.";
    CACHE_FILLS: Counter Count "hearth_cache_fills_total" ["cache", "result"]
        "Reads that were to fill the cache.";
    CACHE_EVICTIONS: Counter Count "hearth_cache_evictions_total" ["cache"]
        "Entries that had to make room for others.";
    CACHE_EXPIRATIONS: Counter Count "hearth_cache_expirations_total" ["cache"]
        "Look-ups that found an entry whose lifetime was over.";
    CACHE_INVALIDATIONS: Counter Count "hearth_cache_invalidations_total" ["cache"]
        "Entries that a write removed.";
    CACHE_AUDITS: Counter Count "hearth_cache_audits_total" ["cache", "result"]
        "Hits that were compared with the engine.";
    CACHE_DIVERGENCE: Counter Count "hearth_cache_divergence_total" ["cache"]
        "Hits that were not what the engine had: a fault of hearth's.";

    TABLE_ITEMS: Gauge Count "hearth_table_items" ["table"]
        "Items of the table.";
    TABLE_BYTES: Gauge Bytes "hearth_table_bytes" ["table"]
        "Size of the table's items as DynamoDB counts it.";

    EXPIRED: Counter Count "hearth_time_to_live_deleted_items_total" ["table"]
        "Items deleted because their time to live was over.";
    EXPIRY_LAG: Gauge Seconds "hearth_time_to_live_lag_seconds" []
        "How long ago the oldest item expired that the last sweep left.";
    EXPIRY_CLOCK: Gauge Flag "hearth_time_to_live_clock_doubted" []
        "1 while the wall clock is not believed because it stepped, else 0.";

    BACKUPS: Counter Count "hearth_backups_total" ["work", "outcome"]
        "Backups of tables (table), of everything (archive), and tables made of them (restore), by how they ended.";
    BACKUP_LAST: Gauge Seconds "hearth_backup_last_done_seconds" ["work"]
        "When the newest was done, in seconds since 1970; 0 if none is known.";

    ENGINE_WRITABLE: Gauge Flag "hearth_engine_writable" []
        "1 while the engine takes writes, else 0.";
    ENGINE_STATE: Gauge Flag "hearth_engine_state" ["state"]
        "1 for the state that the engine is in.";
    READ_DURATION: Histogram Seconds "hearth_engine_read_duration_seconds" []
        "Time of a read of the engine, the wait for its turn included.";
    READERS_WAITING: Gauge Count "hearth_engine_readers_waiting" []
        "Reads of the engine that wait for their turn.";

    WRITER_QUEUE: Gauge Count "hearth_writer_queue_mutations" []
        "Commands waiting for the writer.";
    WRITER_WAIT: Histogram Seconds "hearth_writer_wait_duration_seconds" []
        "Time that a mutation waited for the writer.";
    WRITER_BATCH: Histogram Count "hearth_writer_batch_mutations" []
        "Mutations that took effect with one commit.";
    WRITER_COMMIT: Histogram Seconds "hearth_writer_commit_duration_seconds" []
        "Time of one batch from its first mutation to the answers.";
    WRITER_SYNC: Histogram Seconds "hearth_writer_sync_duration_seconds" []
        "Time of a sync to the disk.";
    WRITER_SYNC_FAILURES: Counter Count "hearth_writer_sync_failures_total" []
        "Syncs that failed, after which no writes are taken until a restart.";
    WRITER_BYTES: Counter Bytes "hearth_writer_bytes_total" []
        "Bytes of rows that were committed.";
    WRITER_STALLS: Counter Count "hearth_writer_stalls_total" []
        "Commits that had to wait for the store's background work.";

    DISK: Gauge Bytes "hearth_disk_bytes" []
        "Bytes of the store's files.";
    DISK_AVAILABLE: Gauge Bytes "hearth_disk_available_bytes" []
        "Bytes that may still be written to the data directory's file system.";
    DISK_RESERVE: Gauge Bytes "hearth_disk_reserve_bytes" []
        "Available bytes below which writes are refused.";
    JOURNAL: Gauge Bytes "hearth_store_journal_bytes" []
        "Bytes of the store's journals.";
    TABLE_FILES: Gauge Count "hearth_store_tables" []
        "Table files of the store, which have nothing to do with DynamoDB's tables.";
    STORE_MEMORY_LIMIT: Gauge Bytes "hearth_store_memory_limit_bytes" []
        "Memory that the store's memtables and cached blocks may take; 0 where tables are in memory.";

    UPSTREAM_REQUESTS: Counter Count "hearth_upstream_requests_total" ["operation", "outcome"]
        "Requests to the upstream, with all their tries, by how they ended.";
    UPSTREAM_DURATION: Histogram Seconds "hearth_upstream_request_duration_seconds" ["operation"]
        "Time of a request to the upstream, with all its tries and the pauses between them.";
    UPSTREAM_RETRIES: Counter Count "hearth_upstream_retries_total" ["why"]
        "Tries of requests to the upstream after their first.";
    UPSTREAM_RETRIES_REFUSED: Counter Count "hearth_upstream_retries_refused_total" []
        "Requests to the upstream that were not tried again because too many others were.";
    UPSTREAM_CONNECTIONS: Gauge Count "hearth_upstream_connections" []
        "Connections to the upstream that are open.";
    UPSTREAM_ENDPOINTS: Gauge Count "hearth_upstream_endpoints" ["state"]
        "Endpoints of the upstream by whether they answer.";
    UPSTREAM_QUARANTINED: Gauge Count "hearth_upstream_quarantined_keys" []
        "Keys read past the cache since a write of theirs got no answer.";
    UPSTREAM_QUARANTINE_OVERFLOWS: Counter Count "hearth_upstream_quarantine_overflows_total" []
        "Times that a whole table was quarantined because too many keys were.";
    STREAM_LAG: Gauge Seconds "hearth_stream_lag_seconds" ["table"]
        "How far the reader of a table's stream upstream is behind.";
    STREAM_SEEN: Gauge Seconds "hearth_stream_seen_timestamp_seconds" ["table"]
        "Up to when everything was read that a table's stream upstream has told.";
    STREAM_RECORDS: Counter Count "hearth_stream_records_total" ["table", "result"]
        "Records read from a table's stream upstream.";
    STREAM_LOSSES: Counter Count "hearth_stream_losses_total" ["table"]
        "Times that a table's stream upstream could not be followed any further.";
    TABLE_COHERENCE: Gauge Count "hearth_table_coherence" ["table", "state"]
        "1 for how far what is cached of a table of the upstream may be trusted.";
    CACHE_STALE: Counter Count "hearth_cache_stale_answers_total" ["cache", "table"]
        "Look-ups answered past an entry's lifetime because the upstream gave no answer.";

    PROCESS_CPU: Counter Seconds "process_cpu_seconds_total" []
        "CPU time of the process, user and system.";
    PROCESS_RESIDENT: Gauge Bytes "process_resident_memory_bytes" []
        "Resident memory of the process.";
    PROCESS_VIRTUAL: Gauge Bytes "process_virtual_memory_bytes" []
        "Virtual memory of the process.";
    PROCESS_FDS: Gauge Count "process_open_fds" []
        "Open file descriptors of the process.";
    PROCESS_FDS_MAX: Gauge Count "process_max_fds" []
        "File descriptors that the process may open.";
    PROCESS_START: Gauge Seconds "process_start_time_seconds" []
        "When the process began, in seconds since 1970.";
    PROCESS_THREADS: Gauge Count "process_threads" []
        "Threads of the process.";

    ; with an upstream:
        UPSTREAM_REQUESTS UPSTREAM_DURATION UPSTREAM_RETRIES UPSTREAM_RETRIES_REFUSED
        UPSTREAM_CONNECTIONS UPSTREAM_ENDPOINTS UPSTREAM_QUARANTINED UPSTREAM_QUARANTINE_OVERFLOWS
        STREAM_LAG STREAM_SEEN STREAM_RECORDS STREAM_LOSSES TABLE_COHERENCE CACHE_STALE
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_follow_prometheus() {
        let mut seen = HashSet::new();
        for Metric { name, kind, unit, labels, help } in CATALOGUE {
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(plain(name) && labels.iter().all(|label| plain(label)), "{name}");
            assert!(name.starts_with("hearth_") || name.starts_with("process_"), "{name}");
            assert!(seen.insert(name), "{name} twice");
            assert!(help.ends_with('.') && help.is_ascii(), "{name}: {help}");

            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            let measured = name.trim_end_matches("_total");
            assert_eq!(measured.ends_with("_seconds"), *unit == Unit::Seconds, "{name}");
            assert_eq!(measured.ends_with("_bytes"), *unit == Unit::Bytes, "{name}");
            assert!(*unit != Unit::Flag || *kind == Kind::Gauge, "{name}");
        }
    }

    /// A row of the catalogue in the documentation.
    #[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
    struct Row {
        name: String,
        kind: String,
        labels: Vec<String>,
    }

    /// The words between back-ticks, those in parentheses left out.
    fn quoted(cell: &str) -> Vec<String> {
        let mut depth = 0_u32;
        let outside: String = cell
            .chars()
            .filter(|c| match c {
                '(' => {
                    depth += 1;
                    false
                }
                ')' => {
                    depth -= 1;
                    false
                }
                _ => depth == 0,
            })
            .collect();
        outside.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_documentation_lists_exactly_the_catalogue() {
        let page = include_str!("../../docs/metrics.md");
        let section = page.split("\n## Catalogue\n").nth(1).expect("a section of that name");
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let mut documented: Vec<Row> = rows
            .map(|row| {
                let cells: Vec<&str> = row.split('|').collect();
                Row {
                    name: quoted(cells[1]).concat(),
                    kind: cells[2].split_whitespace().next().unwrap_or_default().to_owned(),
                    labels: quoted(cells[3]),
                }
            })
            .collect();
        let mut declared: Vec<Row> = CATALOGUE
            .iter()
            .map(|metric| Row {
                name: metric.name.to_owned(),
                kind: metric.kind.name().to_owned(),
                labels: metric.labels.iter().map(|label| (*label).to_owned()).collect(),
            })
            .collect();

        documented.sort();
        declared.sort();

        assert_eq!(documented, declared);
    }
}
