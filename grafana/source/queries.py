"""The PromQL that more than one panel needs.

Must hold: a share of requests or look-ups is 0, not missing, where its part never happened, and an
event that never happened is 0.
Not here: which panel asks what.
"""

INSTANCE = 'instance=~"$instance"'
TABLE = f'{INSTANCE}, table=~"$table"'
OPERATION = f'{INSTANCE}, operation=~"$operation"'
REQUEST = f'{INSTANCE}, table=~"$table", operation=~"$operation"'
# Names such as `process_…` are everybody's.
PROCESS = f'job="hearth", {INSTANCE}'


def rate(by, counter, labels=INSTANCE):
    """How often a second, summed by the labels `by` (`""` for one sum)."""
    return total(by, f"rate({counter}{{{labels}}}[$__rate_interval])")


def total(by, expression):
    return f"sum by ({by}) ({expression})" if by else f"sum({expression})"


def gauge(by, name, labels=INSTANCE):
    return total(by, f"{name}{{{labels}}}")


def share(part, whole):
    """The share of `part` in `whole`, both summed by the same labels."""
    return f"({part} or {whole} * 0) / {whole}"


def hit_ratio(by, labels=TABLE):
    hits = rate(by, "hearth_cache_requests_total", f'{labels}, result=~"hit|absent_hit"')
    return f"{hits} / {rate(by, 'hearth_cache_requests_total', labels)}"


def outcome_ratio(by, outcome, labels=REQUEST):
    requests = "hearth_requests_total"
    return share(rate(by, requests, f'{labels}, outcome="{outcome}"'), rate(by, requests, labels))


def throttled_ratio():
    """Share of all requests, with those for which there was no room at the door.

    As the rule instance:hearth_request_throttles:ratio_rate5m has it.
    """
    requests = rate("", "hearth_requests_total")
    throttled = rate("", "hearth_requests_total", f'{INSTANCE}, outcome="throttled"')
    busy = rate("", "hearth_requests_refused_total", f'{INSTANCE}, reason="busy"')
    return f"(({throttled} or {requests} * 0) + {busy}) / ({requests} + {busy})"


def quantile(q, histogram, labels=INSTANCE, by=""):
    buckets = rate(f"{by}, le" if by else "le", f"{histogram}_bucket", labels)
    return f"histogram_quantile({q}, {buckets})"


def quantiles(histogram, labels=INSTANCE):
    """The three that tell most, as queries of a panel."""
    return [
        (f"p{name}", quantile(q, histogram, labels))
        for name, q in (("50", 0.5), ("99", 0.99), ("99.9", 0.999))
    ]


def latency(source, q, by=""):
    labels = f'{OPERATION}, source="{source}"'
    return quantile(q, "hearth_request_duration_seconds", labels, by)
