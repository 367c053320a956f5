"""Engine: does it take writes, how long do they wait, how full is the disk."""

from panels import (
    INSTANCE, OPERATION, Row, at_least, at_most, dashboard, heatmap, lines, none_but, stat,
)
from queries import INSTANCE as OF_INSTANCE
from queries import gauge, latency, quantile, quantiles, rate

STATES = ["running", "reserve_low", "disk_full", "sync_failed"]


def state_number():
    """The state as its place in STATES; the worst of the chosen instances."""
    parts = [
        f'hearth_engine_state{{{OF_INSTANCE}, state="{state}"}} * {place}'
        for place, state in enumerate(STATES)
    ]
    return f"max({' or '.join(parts)})"


NOW = [
    stat(
        "State",
        "Reserve low: writes are refused until there is space. Disk full: the store waits for "
        "space and opens again by itself. Sync failed: writes are refused until a restart. Reads "
        "go on in all of them.",
        "none",
        ("state", state_number()),
        bad=none_but(1),
        words={0: "Running", 1: "Reserve low", 2: "Disk full", 3: "Sync failed"},
    ),
    stat(
        "Failed syncs",
        "Since the start. After one, what is durable is unknown, so writes are refused until a "
        "restart.",
        "none",
        ("failed", gauge("", "hearth_writer_sync_failures_total")),
        bad=none_but(1),
    ),
    stat(
        "Mutations waiting",
        "Writes that wait for the writer now; a full queue throttles "
        "(storage.queue_mutations_max, 4,096 unless chosen otherwise).",
        "none",
        ("waiting", gauge("", "hearth_writer_queue_mutations")),
        bad=at_most(yellow=1024, red=3072),
    ),
    stat(
        "Space above the reserve",
        "Free bytes of the file system less the reserve, at which writes are refused; the least "
        "of the chosen instances. It says nothing where tables are in memory.",
        "bytes",
        (
            "left",
            f"min(hearth_disk_available_bytes{{{OF_INSTANCE}}}"
            f" - hearth_disk_reserve_bytes{{{OF_INSTANCE}}})",
        ),
        bad=at_least(red=1 << 30, yellow=4 << 30),
    ),
]

WRITER = [
    lines(
        "Wait for the writer",
        "Time from queued to taken up by the writer.",
        "s",
        *quantiles("hearth_writer_wait_duration_seconds"),
    ),
    lines(
        "Commit",
        "Time that one batch took, its sync included.",
        "s",
        *quantiles("hearth_writer_commit_duration_seconds"),
    ),
    lines(
        "Sync",
        "Time that the disk took to make one batch durable.",
        "s",
        *quantiles("hearth_writer_sync_duration_seconds"),
        bad=at_most(yellow=0.05, red=0.25),
    ),
]

BATCHES = [
    lines(
        "Mutations written",
        "Mutations committed, and batches that they were synced in.",
        "wps",
        ("mutations", rate("", "hearth_writer_batch_mutations_sum")),
        ("batches", rate("", "hearth_writer_batch_mutations_count")),
    ),
    lines(
        "Mutations in a batch",
        "How many mutations that took effect shared a sync. More of them under load is how it should be.",
        "short",
        ("p50", quantile(0.5, "hearth_writer_batch_mutations")),
        ("p99", quantile(0.99, "hearth_writer_batch_mutations")),
    ),
    lines(
        "Queue",
        "Mutations that wait for the writer.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_writer_queue_mutations")),
    ),
    lines(
        "Bytes written",
        "Bytes of committed rows, those of indexes and counters too.",
        "Bps",
        ("{{instance}}", rate("instance", "hearth_writer_bytes_total")),
    ),
]

READS = [
    lines(
        "Reads of the store",
        "Time of one read of the store, its wait for a free reader included.",
        "s",
        *quantiles("hearth_engine_read_duration_seconds"),
    ),
    lines(
        "Reads started",
        "Reads that reached the store: misses, and the reads of writes.",
        "ops",
        ("{{instance}}", rate("instance", "hearth_engine_read_duration_seconds_count")),
    ),
    lines(
        "Reads waiting",
        "Reads that wait for one of storage.read_concurrency_max readers.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_engine_readers_waiting")),
    ),
    lines(
        "Memory for the store",
        "What memtables and cached blocks may take (storage.memtable_bytes_max, "
        "storage.block_cache_bytes). 0 where tables are in memory.",
        "bytes",
        ("{{instance}} limit", gauge("instance", "hearth_store_memory_limit_bytes")),
    ),
]

DISK = [
    lines(
        "Disk",
        "Free space of the file system, the reserve below which writes are refused, and what the "
        "data directory takes.",
        "bytes",
        ("{{instance}} free", gauge("instance", "hearth_disk_available_bytes")),
        ("{{instance}} reserve", gauge("instance", "hearth_disk_reserve_bytes")),
        ("{{instance}} used", gauge("instance", "hearth_disk_bytes")),
    ),
    lines(
        "Journal",
        "Bytes of the store's journal. It grows between flushes and shrinks with them.",
        "bytes",
        ("{{instance}}", gauge("instance", "hearth_store_journal_bytes")),
    ),
    lines(
        "Table files",
        "Files of the store, which have nothing to do with DynamoDB's tables. Many more than usual "
        "mean that merging lags.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_store_tables")),
    ),
    lines(
        "Stalls",
        "Commits that had to wait for the store's merging. One that waits for 5 s is throttled.",
        "ops",
        ("{{instance}}", rate("instance", "hearth_writer_stalls_total")),
    ),
]

ANSWERS = [
    lines(
        "p99 from the engine by operation",
        "Time in the server of misses and writes.",
        "s",
        ("{{operation}}", latency("engine", 0.99, by="operation")),
    ),
    heatmap(
        "Durations of syncs",
        "How many syncs took how long.",
        "s",
        rate("le", "hearth_writer_sync_duration_seconds_bucket"),
    ),
]

DASHBOARD = dashboard(
    "engine",
    "Does the engine take writes, how long do they wait, how full is the disk.",
    [INSTANCE, OPERATION],
    [
        Row("Now", 4, NOW),
        Row("The writer", 8, WRITER),
        Row("Batches", 8, BATCHES),
        Row("Reads", 8, READS),
        Row("Disk", 8, DISK),
        Row("What clients see", 8, ANSWERS),
    ],
)
