"""Process: what runs, what it takes of the machine, and what stands at its door."""

from panels import INSTANCE, Row, at_most, dashboard, lines, stat
from queries import INSTANCE as OF_INSTANCE
from queries import PROCESS, gauge, quantiles, rate

NOW = [
    stat(
        "Version",
        "How many instances run each version.",
        "none",
        (
            "{{version}} {{commit}}",
            f"count by (version, commit) (hearth_build_info{{{OF_INSTANCE}}})",
        ),
    ),
    stat(
        "Running for",
        "Time since the start.",
        "s",
        ("{{instance}}", f"time() - process_start_time_seconds{{{PROCESS}}}"),
    ),
    stat(
        "File descriptors of their limit",
        "Each connection takes one, and so does each file of the store.",
        "percentunit",
        (
            "{{instance}}",
            f"process_open_fds{{{PROCESS}}} / process_max_fds{{{PROCESS}}}",
        ),
        bad=at_most(yellow=0.7, red=0.9),
    ),
    stat(
        "In flight",
        "Requests being answered now (limits.requests_in_flight_max, 4,096 unless chosen otherwise).",
        "none",
        ("requests", gauge("", "hearth_requests_in_flight")),
        bad=at_most(yellow=1024, red=3072),
    ),
]

MACHINE = [
    lines(
        "Processors",
        "Processor time taken, in processors.",
        "short",
        ("{{instance}}", rate("instance", "process_cpu_seconds_total", PROCESS)),
    ),
    lines(
        "Processor time a request",
        "Processor time taken for each request answered, everything else included.",
        "s",
        (
            "{{instance}}",
            f"{rate('instance', 'process_cpu_seconds_total', PROCESS)}"
            f" / {rate('instance', 'hearth_requests_total')}",
        ),
    ),
    lines(
        "Memory",
        "Resident memory is what the machine gives; virtual memory counts mapped files and what "
        "was only reserved.",
        "bytes",
        ("{{instance}} resident", gauge("instance", "process_resident_memory_bytes", PROCESS)),
        ("{{instance}} virtual", gauge("instance", "process_virtual_memory_bytes", PROCESS)),
    ),
]

HANDLES = [
    lines(
        "File descriptors",
        "Open files and connections, and how many there may be.",
        "short",
        ("{{instance}} open", gauge("instance", "process_open_fds", PROCESS)),
        ("{{instance}} limit", gauge("instance", "process_max_fds", PROCESS)),
    ),
    lines(
        "Threads",
        "Threads of the process.",
        "short",
        ("{{instance}}", gauge("instance", "process_threads", PROCESS)),
    ),
]

DOOR = [
    lines(
        "Connections",
        "Connections open.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_connections")),
    ),
    lines(
        "Connections refused",
        "Connections beyond limits.connections_max or connections_per_address_max.",
        "cps",
        ("{{instance}}", rate("instance", "hearth_connections_refused_total")),
    ),
    lines(
        "Requests in flight",
        "Requests being answered.",
        "short",
        ("{{instance}}", gauge("instance", "hearth_requests_in_flight")),
    ),
    lines(
        "Bytes in and out",
        "Bytes of the bodies of requests and answers.",
        "Bps",
        ("in", rate("", "hearth_request_bytes_total")),
        ("out", rate("", "hearth_response_bytes_total")),
    ),
]

REFUSED = [
    lines(
        "Requests refused",
        "Requests that did not reach the tables, by why. `busy` is too many at once; `clock_skew` "
        "is signed rightly, but by a clock more than 15 minutes off.",
        "reqps",
        ("{{reason}}", rate("reason", "hearth_requests_refused_total")),
    ),
    lines(
        "Clock skew of signatures",
        "How far the clocks of clients that are let in are from ours, either way, by one request a "
        "second; nothing where requests are not signed. Requests beyond 15 minutes are refused, and "
        "counted as `clock_skew` beside.",
        "s",
        *quantiles("hearth_signature_skew_seconds"),
        bad=at_most(yellow=60, red=900),
    ),
]

DASHBOARD = dashboard(
    "process",
    "What runs, what it takes of the machine, and what stands at its door.",
    [INSTANCE],
    [
        Row("Now", 4, NOW),
        Row("The machine", 8, MACHINE),
        Row("Handles", 8, HANDLES),
        Row("The door", 8, DOOR),
        Row("Who is turned away", 8, REFUSED),
    ],
)
