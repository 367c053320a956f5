"""Tables: which one is busy, large, dear or failing."""

from panels import INSTANCE, OPERATION, TABLE, Row, at_most, dashboard, grid, lines
from queries import INSTANCE as OF_INSTANCE
from queries import REQUEST, gauge, hit_ratio, outcome_ratio, rate, total
from queries import TABLE as OF_TABLE

GLANCE = [
    grid(
        "Tables at a glance",
        "One line a table. `-` is requests about no table or several, `other` the tables beyond "
        "metrics.tables_max.",
        [
            ("Requests", "reqps", rate("table", "hearth_requests_total", REQUEST)),
            ("Errors", "percentunit", outcome_ratio("table", "server_error")),
            ("Throttled", "percentunit", outcome_ratio("table", "throttled")),
            ("Item hits", "percentunit", hit_ratio("table", f'{OF_TABLE}, cache="item"')),
            ("Page hits", "percentunit", hit_ratio("table", f'{OF_TABLE}, cache="query"')),
            ("Items", "short", gauge("table", "hearth_table_items", OF_TABLE)),
            ("Bytes", "bytes", gauge("table", "hearth_table_bytes", OF_TABLE)),
        ],
        by="table",
    ),
]

TRAFFIC = [
    lines(
        "Requests by table",
        "Requests answered.",
        "reqps",
        ("{{table}}", rate("table", "hearth_requests_total", REQUEST)),
        stacked=True,
    ),
    lines(
        "Requests by operation",
        "Requests answered, of the chosen tables.",
        "reqps",
        ("{{operation}}", rate("operation", "hearth_requests_total", REQUEST)),
        stacked=True,
    ),
    lines(
        "Items returned",
        "Items in the answers of reads.",
        "ops",
        (
            "{{table}} {{operation}}",
            rate("table, operation", "hearth_items_returned_total", REQUEST),
        ),
    ),
]

REFUSALS = [
    lines(
        "Client errors by table",
        "Share of requests that broke a rule of the API; failed conditions count.",
        "percentunit",
        ("{{table}}", outcome_ratio("table", "client_error")),
    ),
    lines(
        "Failed conditions",
        "Writes whose condition did not hold. Many of them are clients that compete for an item.",
        "ops",
        ("{{table}}", rate("table", "hearth_conditional_check_failures_total", OF_TABLE)),
    ),
    lines(
        "Errors and throttles by table",
        "Share of requests that hearth failed to answer or told to come back.",
        "percentunit",
        ("{{table}} errors", outcome_ratio("table", "server_error")),
        ("{{table}} throttled", outcome_ratio("table", "throttled")),
        bad=at_most(yellow=0.001, red=0.01),
    ),
]

COST = [
    lines(
        "Consumed capacity",
        "Capacity units that DynamoDB would count for the same requests, hits too.",
        "ops",
        (
            "{{table}} {{kind}}",
            rate("table, kind", "hearth_consumed_capacity_units_total", OF_TABLE),
        ),
    ),
    lines(
        "Throttled for capacity",
        "Reads and writes refused because the units or the maximum of a table or global index are used "
        "up. Only with capacity.mode = \"enforce\".",
        "ops",
        (
            "{{table}} {{kind}} {{cause}}",
            rate("table, kind, cause", "hearth_throttle_events_total", OF_TABLE),
        ),
    ),
    lines(
        "Items",
        "Items stored in each table.",
        "short",
        ("{{table}}", gauge("table", "hearth_table_items", OF_TABLE)),
    ),
    lines(
        "Bytes",
        "Bytes of each table's items, as DynamoDB counts them.",
        "bytes",
        ("{{table}}", gauge("table", "hearth_table_bytes", OF_TABLE)),
    ),
]

EXPIRY = [
    lines(
        "Expired items",
        "Items deleted because their time to live was over.",
        "ops",
        ("{{table}}", rate("table", "hearth_time_to_live_deleted_items_total", OF_TABLE)),
    ),
    lines(
        "Expired and not deleted yet",
        "How long ago the oldest item expired that the last sweep left. More than a minute for long: "
        "ttl.deletes_per_second is too low.",
        "s",
        ("oldest", f"max(hearth_time_to_live_lag_seconds{{{OF_INSTANCE}}})"),
    ),
    lines(
        "Clock not believed",
        "1 while the machine's clock has stepped, and nothing expires by it.",
        "short",
        ("doubted", f"max(hearth_time_to_live_clock_doubted{{{OF_INSTANCE}}})"),
    ),
]

BACKUPS = [
    lines(
        "Backups and restores",
        "Backups of tables, archives of everything and restores that ended in the last hour, by how.",
        "short",
        (
            "{{work}} {{outcome}}",
            total("work, outcome", f"increase(hearth_backups_total{{{OF_INSTANCE}}}[1h])"),
        ),
    ),
    lines(
        "Since the newest",
        "How long ago the newest was done; 0 where none is known. Of archives and restores only those "
        "since the start are known.",
        "s",
        (
            "{{work}}",
            f"max by (work) ((time() - hearth_backup_last_done_seconds{{{OF_INSTANCE}}}) * "
            f"(hearth_backup_last_done_seconds{{{OF_INSTANCE}}} > bool 0))",
        ),
    ),
]

DASHBOARD = dashboard(
    "tables",
    "Which table is busy, large, dear or failing.",
    [INSTANCE, TABLE, OPERATION],
    [
        Row("At a glance", 9, GLANCE),
        Row("Traffic", 8, TRAFFIC),
        Row("What is refused", 8, REFUSALS),
        Row("What it costs", 8, COST),
        Row("Time to live", 8, EXPIRY),
        Row("Backups", 8, BACKUPS),
    ],
)
