"""Overview: is it up, is it quick, does the cache do its work, is anything wrong."""

from panels import (
    INSTANCE, OPERATION, TABLE, Row, at_least, at_most, dashboard, lines, none_but, stat,
)
from queries import (
    PROCESS, REQUEST, gauge, hit_ratio, latency, outcome_ratio, rate, throttled_ratio,
)

NOW = [
    stat(
        "Up",
        "Whether every chosen instance answers Prometheus.",
        "none",
        ("up", f"min(up{{{PROCESS}}})"),
        bad=at_least(red=0.5, yellow=1),
        words={0: "Down", 1: "Up"},
    ),
    stat(
        "Requests",
        "Requests answered, whatever the answer was.",
        "reqps",
        ("requests", rate("", "hearth_requests_total", REQUEST)),
    ),
    stat(
        "Errors",
        "Share of requests that hearth failed to answer (server errors). What clients did wrong "
        "does not count.",
        "percentunit",
        ("errors", outcome_ratio("", "server_error")),
        bad=at_most(yellow=0.0001, red=0.01),
    ),
    stat(
        "Hit ratio",
        "Share of look-ups that the cache answered: of items one a key, of Query and Scan one a "
        "page. What is usual depends on the workload; the alert compares with the past.",
        "percentunit",
        ("{{cache}}", hit_ratio("cache")),
    ),
    stat(
        "Latency from the cache",
        "Time in the server of reads whose look-ups were all hits.",
        "s",
        ("p50", latency("cache", 0.5)),
        ("p99", latency("cache", 0.99)),
        bad=at_most(yellow=0.001, red=0.005),
    ),
    stat(
        "Latency from the engine",
        "Time in the server of everything else: misses and writes, which wait for the disk.",
        "s",
        ("p50", latency("engine", 0.5)),
        ("p99", latency("engine", 0.99)),
        bad=at_most(yellow=0.05, red=0.25),
    ),
]

HEALTH = [
    stat(
        "Writes",
        "Whether every chosen instance takes writes. If not, Engine shows the state.",
        "none",
        ("writes", 'min(hearth_engine_writable{instance=~"$instance"})'),
        bad=at_least(red=0.5, yellow=1),
        words={0: "Refused", 1: "Taken"},
    ),
    stat(
        "Alerts firing",
        "Alerts of grafana/rules/alerts.yml that fire; docs/runbooks.md has what to do.",
        "none",
        (
            "alerts",
            'count(ALERTS{alertname=~"Hearth.*", alertstate="firing", instance=~"$instance"})'
            " or vector(0)",
        ),
        bad=none_but(1),
    ),
    stat(
        "Divergences",
        "Hits since the start that were not what the engine had. Anything but 0 is a fault of "
        "hearth's.",
        "none",
        ("divergences", gauge("", "hearth_cache_divergence_total")),
        bad=none_but(1),
    ),
    stat(
        "Throttled",
        "Share of requests that were told to come back later, because the writer or the door had no "
        "room for them; of all tables, since those at the door have none.",
        "percentunit",
        ("throttled", throttled_ratio()),
        bad=at_most(yellow=0.001, red=0.05),
    ),
    stat(
        "Cache memory of its limit",
        "How full each cache is. A full cache is usual: what matters is the hit ratio beside it.",
        "percentunit",
        (
            "{{cache}}",
            f"{gauge('cache', 'hearth_cache_bytes')} / {gauge('cache', 'hearth_cache_limit_bytes')}",
        ),
    ),
    stat(
        "Process memory",
        "Resident memory, beside the limits of both caches together.",
        "bytes",
        ("resident", gauge("", "process_resident_memory_bytes", PROCESS)),
        ("cache limits", gauge("", "hearth_cache_limit_bytes")),
    ),
]

TRAFFIC = [
    lines(
        "Requests by operation",
        "Requests answered, by operation.",
        "reqps",
        ("{{operation}}", rate("operation", "hearth_requests_total", REQUEST)),
        stacked=True,
    ),
    lines(
        "Requests by outcome",
        "`client_error` is the client's doing, failed conditions too; `throttled` is told to come "
        "back; `server_error` is hearth's failure.",
        "reqps",
        ("{{outcome}}", rate("outcome", "hearth_requests_total", REQUEST)),
        stacked=True,
    ),
]

LATENCY = [
    lines(
        "From the cache, over time",
        "Time in the server of reads whose look-ups were all hits.",
        "s",
        *[(f"p{q * 100:g}", latency("cache", q)) for q in (0.5, 0.9, 0.99, 0.999)],
        bad=at_most(yellow=0.001, red=0.005),
    ),
    lines(
        "From the engine, over time",
        "Time in the server of misses and writes.",
        "s",
        *[(f"p{q * 100:g}", latency("engine", q)) for q in (0.5, 0.9, 0.99, 0.999)],
        bad=at_most(yellow=0.05, red=0.25),
    ),
]

CACHE = [
    lines(
        "Hit ratio, over time",
        "Share of look-ups that the cache answered, items and pages of Query and Scan.",
        "percentunit",
        ("{{cache}}", hit_ratio("cache")),
        whole=True,
    ),
    lines(
        "Memory",
        "Resident memory of the process, what the caches hold, and their limits.",
        "bytes",
        ("resident", gauge("", "process_resident_memory_bytes", PROCESS)),
        ("{{cache}} cache", gauge("cache", "hearth_cache_bytes")),
        ("{{cache}} limit", gauge("cache", "hearth_cache_limit_bytes")),
    ),
    lines(
        "Busiest tables",
        "The ten tables with most requests. `-` is requests about no table or several.",
        "reqps",
        ("{{table}}", f"topk(10, {rate('table', 'hearth_requests_total', REQUEST)})"),
    ),
]

DASHBOARD = dashboard(
    "overview",
    "Is it up, how much does it do, how quick is it, does the cache help, is anything wrong.",
    [INSTANCE, TABLE, OPERATION],
    [
        Row("Now", 4, NOW),
        Row("Health", 4, HEALTH),
        Row("Traffic", 8, TRAFFIC),
        Row("Latency", 8, LATENCY),
        Row("Cache and memory", 8, CACHE),
    ],
)
