"""Upstream: does the service behind hearth answer, and is what is cached of it to be trusted?"""

from panels import INSTANCE, TABLE, Row, at_most, dashboard, lines, none_but, stat
from queries import INSTANCE as OF_INSTANCE
from queries import TABLE as OF_TABLE
from queries import gauge, quantile, quantiles, rate, share

REQUESTS = "hearth_upstream_requests_total"
DURATION = "hearth_upstream_request_duration_seconds"


def outcome_share(by, outcomes):
    ended = rate(by, REQUESTS, f'{OF_INSTANCE}, outcome=~"{outcomes}"')
    return share(ended, rate(by, REQUESTS))


def most(by, name, labels=OF_TABLE):
    return f"max by ({by}) ({name}{{{labels}}})" if by else f"max({name}{{{labels}}})"


NOW = [
    stat(
        "Endpoints down",
        "Endpoints of the upstream that do not answer now.",
        "none",
        ("down", gauge("", "hearth_upstream_endpoints", f'{OF_INSTANCE}, state="down"')),
        bad=none_but(1),
    ),
    stat(
        "Failed",
        "Share of requests to the upstream that got no answer, or that it failed to answer.",
        "percentunit",
        ("failed", outcome_share("", "failed|unknown")),
        bad=at_most(yellow=0.001, red=0.05),
    ),
    stat(
        "Throttled",
        "Share of requests that the upstream had no capacity for.",
        "percentunit",
        ("throttled", outcome_share("", "throttled")),
        bad=at_most(yellow=0.01, red=0.05),
    ),
    stat(
        "Quarantined keys",
        "Keys read past the cache because a write of theirs got no answer.",
        "short",
        ("keys", gauge("", "hearth_upstream_quarantined_keys")),
        bad=at_most(yellow=1, red=1000),
    ),
    stat(
        "Longest lag of a stream",
        "How far the reader of a table's stream is behind, at most: so old may be what is served of "
        "writes past hearth.",
        "s",
        ("lag", most("", "hearth_stream_lag_seconds")),
        bad=at_most(yellow=2, red=10),
    ),
    stat(
        "Tables not to be trusted",
        "Tables whose stream was lost: they live by time alone, or are read past the cache.",
        "none",
        (
            "tables",
            gauge("", "hearth_table_coherence", f'{OF_TABLE}, state=~"incoherent|bypassed"'),
        ),
        bad=none_but(1),
    ),
]

ANSWERS = [
    lines(
        "Requests to the upstream",
        "Misses, writes and what passes through, by operation; one with several tries counts once.",
        "reqps",
        ("{{operation}}", rate("operation", REQUESTS)),
        stacked=True,
    ),
    lines(
        "How they ended",
        "Refused is for what they ask, throttled for want of capacity. Failed changed nothing. "
        "Unknown are writes without an answer, which may have been applied.",
        "reqps",
        ("{{outcome}}", rate("outcome", REQUESTS)),
    ),
    lines(
        "Failed and throttled",
        "Share of requests by how they ended.",
        "percentunit",
        ("{{instance}} failed", outcome_share("instance", "failed|unknown")),
        ("{{instance}} throttled", outcome_share("instance", "throttled")),
        bad=at_most(yellow=0.01, red=0.05),
    ),
]

TIMES = [
    lines(
        "Time of a request",
        "With all its tries and the pauses between them.",
        "s",
        *quantiles(DURATION),
    ),
    lines(
        "p99 by operation",
        "With all tries and the pauses between them.",
        "s",
        ("{{operation}}", quantile(0.99, DURATION, by="operation")),
    ),
]

TRIES = [
    lines(
        "Tried again",
        "Tries after the first, by what the one before came to.",
        "ops",
        ("{{why}}", rate("why", "hearth_upstream_retries_total")),
        stacked=True,
    ),
    lines(
        "Not tried again",
        "Requests that failed with tries left, because one request in ten is tried again already.",
        "ops",
        ("{{instance}}", rate("instance", "hearth_upstream_retries_refused_total")),
    ),
    lines(
        "Connections to the upstream",
        "Connections that are open (upstream.connections_max).",
        "short",
        ("{{instance}}", gauge("instance", "hearth_upstream_connections")),
    ),
    lines(
        "Endpoints",
        "Endpoints that answer, and those that do not.",
        "short",
        ("{{state}}", gauge("state", "hearth_upstream_endpoints")),
    ),
]

UNKNOWN = [
    lines(
        "Keys in quarantine",
        "Keys read past the cache because a write of theirs got no answer. Each stays so for "
        "upstream.quarantine_ms.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_upstream_quarantined_keys")),
    ),
    lines(
        "Quarantine overflows",
        "Times that there were too many such keys and a whole table was read past the cache.",
        "ops",
        ("{{instance}}", rate("instance", "hearth_upstream_quarantine_overflows_total")),
    ),
    lines(
        "Answers past their time",
        "Look-ups answered with what had outlived its time, as max_stale_ms of the table allows "
        "while the upstream gives no answer.",
        "ops",
        (
            "{{table}} {{cache}}",
            rate("table, cache", "hearth_cache_stale_answers_total", OF_TABLE),
        ),
    ),
]

STREAMS = [
    lines(
        "Lag of streams",
        "How far the reader of each table's stream is behind.",
        "s",
        ("{{table}}", most("table", "hearth_stream_lag_seconds")),
        bad=at_most(yellow=2, red=10),
    ),
    lines(
        "Unread for",
        "For how long each table's stream has not been known to be read to its end: what was written "
        "before is not stale.",
        "s",
        (
            "{{table}}",
            f"time() - min by (table) (hearth_stream_seen_timestamp_seconds{{{OF_TABLE}}})",
        ),
        bad=at_most(yellow=5, red=30),
    ),
    lines(
        "Records read",
        "Own are writes that came through hearth; for the others, what was cached is forgotten.",
        "ops",
        ("{{result}}", rate("result", "hearth_stream_records_total", OF_TABLE)),
    ),
    lines(
        "Streams lost",
        "Times in 15 minutes that a table's stream could not be followed any further, and was begun "
        "anew. What was cached is forgotten each time.",
        "short",
        (
            "{{table}}",
            f"sum by (table) (increase(hearth_stream_losses_total{{{OF_TABLE}}}[15m]))",
        ),
        bad=at_most(yellow=1, red=3),
    ),
    lines(
        "Tables by state",
        "Coherent: the stream is followed. Ttl: there is none. Incoherent: it was lost, and entries "
        "live by time alone. Bypassed: reads go past the cache.",
        "short",
        ("{{state}}", gauge("state", "hearth_table_coherence", OF_TABLE)),
        stacked=True,
    ),
]

DASHBOARD = dashboard(
    "upstream",
    "Does the service behind hearth answer, and is what is cached of it to be trusted.",
    [INSTANCE, TABLE],
    [
        Row("Now", 4, NOW),
        Row("Requests", 8, ANSWERS),
        Row("Time", 8, TIMES),
        Row("Tries", 8, TRIES),
        Row("Without an answer", 8, UNKNOWN),
        Row("Streams", 8, STREAMS),
    ],
)
