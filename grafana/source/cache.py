"""Cache: what it saves, what it holds, why entries go, and whether it is right."""

from panels import (
    INSTANCE, OPERATION, TABLE, Row, dashboard, heatmap, lines, none_but, stat,
)
from queries import INSTANCE as OF_INSTANCE
from queries import OPERATION as OF_OPERATION
from queries import TABLE as OF_TABLE
from queries import gauge, hit_ratio, latency, rate

LOOKUPS = "hearth_cache_requests_total"
RECORDED_RATIO = f"instance_cache:hearth_cache_hits:ratio_rate5m{{{OF_INSTANCE}}}"


def event(title, description, counter):
    return lines(title, description, "ops", ("{{cache}}", rate("cache", counter)))


def lookups(title, cache, what):
    labels = f'{OF_TABLE}, cache="{cache}"'
    return lines(
        title,
        f"Look-ups of {what} by what they found. `bypass` was read past the cache: a write was in "
        "flight, the policy says so, or the read is consistent.",
        "ops",
        ("{{result}}", rate("result", LOOKUPS, labels)),
        stacked=True,
    )


def hits_by_table(title, cache, what):
    labels = f'{OF_TABLE}, cache="{cache}"'
    return lines(
        title,
        f"Share of look-ups of {what} that the cache answered, for each table.",
        "percentunit",
        ("{{table}}", hit_ratio("table", labels)),
        whole=True,
    )


SERVED = [
    lookups("Item look-ups", "item", "items"),
    lookups("Page look-ups", "query", "pages of Query and Scan"),
    lines(
        "Hit ratio against an hour before",
        "The recorded hit ratio of each cache, and the same one hour earlier. The alert "
        "HearthHitRatioDropped compares each table with its own past hour.",
        "percentunit",
        ("{{cache}} now", f"avg by (cache) ({RECORDED_RATIO})"),
        ("{{cache}} before", f"avg by (cache) ({RECORDED_RATIO} offset 1h)"),
        whole=True,
    ),
]

BY_TABLE = [
    hits_by_table("Item hit ratio by table", "item", "items"),
    hits_by_table("Page hit ratio by table", "query", "pages"),
]

HELD = [
    lines(
        "Entries",
        "Items and known absences, and pages, that are cached.",
        "short",
        ("{{cache}}", gauge("cache", "hearth_cache_entries")),
    ),
    lines(
        "Bytes against the limit",
        "What each cache holds, and the most it may hold.",
        "bytes",
        ("{{cache}}", gauge("cache", "hearth_cache_bytes")),
        ("{{cache}} limit", gauge("cache", "hearth_cache_limit_bytes")),
    ),
    lines(
        "Bytes an entry",
        "The mean size of an entry with all that is kept beside it.",
        "bytes",
        (
            "{{cache}}",
            f"{gauge('cache', 'hearth_cache_bytes')} / {gauge('cache', 'hearth_cache_entries')}",
        ),
    ),
]

CHANGES = [
    lines(
        "Fills",
        "Reads that came back to fill the cache; `refused` was overtaken by a write, a flush or an "
        "eviction, or is too large a page.",
        "ops",
        ("{{cache}} {{result}}", rate("cache, result", "hearth_cache_fills_total")),
    ),
    event(
        "Evictions",
        "Entries that made room for others.",
        "hearth_cache_evictions_total",
    ),
    event(
        "Expirations",
        "Look-ups that found an entry whose time was over.",
        "hearth_cache_expirations_total",
    ),
    event(
        "Invalidations",
        "Items that a write took out, most of them to put the new image there. A page is not taken "
        "out but outdated: its next look-up is a miss.",
        "hearth_cache_invalidations_total",
    ),
]

RIGHT = [
    stat(
        "Divergences",
        "Hits since the start that were not what the engine had. Anything but 0 is a fault of "
        "hearth's.",
        "none",
        ("{{cache}}", gauge("cache", "hearth_cache_divergence_total")),
        bad=none_but(1),
    ).wide(6),
    lines(
        "Audits",
        "Hits that were read again from the engine and compared. `changed` was written, evicted or "
        "expired before it could be.",
        "ops",
        ("{{cache}} {{result}}", rate("cache, result", "hearth_cache_audits_total")),
    ),
]

QUICK = [
    lines(
        "p99 of cached reads by operation",
        "Time in the server of reads whose look-ups were all hits.",
        "s",
        ("{{operation}}", latency("cache", 0.99, by="operation")),
    ),
    heatmap(
        "Durations of cached reads",
        "How many cached reads took how long.",
        "s",
        rate(
            "le",
            "hearth_request_duration_seconds_bucket",
            f'{OF_OPERATION}, source="cache"',
        ),
    ),
]

DASHBOARD = dashboard(
    "cache",
    "What the cache saves, what it holds, why entries go, and whether it is right.",
    [INSTANCE, TABLE, OPERATION],
    [
        Row("Look-ups", 8, SERVED),
        Row("By table", 8, BY_TABLE),
        Row("What it holds", 8, HELD),
        Row("What comes and goes", 8, CHANGES),
        Row("Is it right", 6, RIGHT),
        Row("How quick it is", 8, QUICK),
    ],
)
