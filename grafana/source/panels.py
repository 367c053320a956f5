"""Grafana's JSON, as far as our dashboards use it.

A dashboard is rows of panels. A panel says what it asks, in which unit, and from where on its value
is bad; ids, places and colours follow from that. Widths are of the 24 columns of a dashboard; panels
that name none share what the others leave.

Not here: what is asked (the module of each dashboard), how rates are written (`queries.py`).
"""

from dataclasses import dataclass, replace

COLUMNS = 24
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, RED = "green", "yellow", "red"


@dataclass(frozen=True)
class Row:
    """A heading and the panels below it, all of one height."""

    title: str
    height: int
    panels: list


@dataclass(frozen=True)
class Panel:
    """What a kind of panel knows of itself; `body` is what only Grafana needs to know."""

    title: str
    description: str
    body: dict
    width: int = 0

    def wide(self, columns):
        return replace(self, width=columns)


@dataclass(frozen=True)
class Variable:
    """A choice at the top of a dashboard, among the values of one label."""

    name: str
    title: str
    asks: str


INSTANCE = Variable("instance", "Instance", 'label_values(up{job="hearth"}, instance)')
TABLE = Variable(
    "table",
    "Table",
    'label_values(hearth_cache_requests_total{instance=~"$instance"}, table)',
)
OPERATION = Variable(
    "operation",
    "Operation",
    'label_values(hearth_requests_total{instance=~"$instance"}, operation)',
)


def at_most(yellow, red):
    """Good below `yellow`, bad from `red` on."""
    return steps((GREEN, None), (YELLOW, yellow), (RED, red))


def at_least(red, yellow):
    """Bad below `red`, good from `yellow` on."""
    return steps((RED, None), (YELLOW, red), (GREEN, yellow))


def none_but(good):
    """Bad from `good` on: for what must not happen at all."""
    return steps((GREEN, None), (RED, good))


def steps(*pairs):
    return [{"color": color, "value": value} for color, value in pairs]


NO_JUDGEMENT = steps((GREEN, None))


def stat(title, description, unit, *queries, bad=NO_JUDGEMENT, words=None):
    """Figures of now in large, coloured by `bad`; `words` stand for values."""
    defaults = {
        "color": {"mode": "thresholds"},
        "mappings": words_for(words),
        "thresholds": {"mode": "absolute", "steps": bad},
        "unit": unit,
    }
    options = {
        "colorMode": "value" if bad is NO_JUDGEMENT else "background",
        "graphMode": "area" if len(queries) == 1 and not words else "none",
        "justifyMode": "center",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "auto",
    }
    return panel("stat", title, description, defaults, options, targets(queries))


def lines(title, description, unit, *queries, bad=None, stacked=False, whole=False):
    """Values over time; `bad` is drawn as dashed lines, `whole` is for shares of 1."""
    custom = {
        "drawStyle": "line",
        "fillOpacity": 25 if stacked else 8,
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "dashed" if bad else "off"},
    }
    defaults = {
        "color": {"mode": "palette-classic"},
        "custom": custom,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": bad or NO_JUDGEMENT},
        "unit": unit,
    }
    if whole:
        defaults["max"] = 1
    options = {
        "legend": {
            "calcs": ["lastNotNull", "max"],
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel("timeseries", title, description, defaults, options, targets(queries))


def heatmap(title, description, unit, expression):
    """How a histogram's buckets fill over time."""
    defaults = {"custom": {"scaleDistribution": {"type": "linear"}}, "unit": unit}
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "unit": unit},
    }
    asked = targets([("{{le}}", expression)])
    asked[0]["format"] = "heatmap"
    return panel("heatmap", title, description, defaults, options, asked)


def grid(title, description, columns, by):
    """One line for each value of the label `by`; a column is a title, a unit and a query."""
    asked = targets([(title, expression) for title, _, expression in columns])
    for target in asked:
        target |= {"format": "table", "instant": True, "range": False}
    names = {by: by.capitalize()}
    names |= {f"Value #{target['refId']}": target["legendFormat"] for target in asked}
    units = [
        {
            "matcher": {"id": "byName", "options": column},
            "properties": [{"id": "unit", "value": unit}],
        }
        for column, unit, _ in columns
    ]
    defaults = {
        "custom": {"align": "auto", "filterable": True},
        "thresholds": {"mode": "absolute", "steps": NO_JUDGEMENT},
        "unit": "short",
    }
    options = {"showHeader": True, "sortBy": [{"desc": True, "displayName": columns[0][0]}]}
    made = panel("table", title, description, defaults, options, asked)
    made.body["fieldConfig"]["overrides"] = units
    made.body["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True},
                "indexByName": {by: 0},
                "renameByName": names,
            },
        },
    ]
    return made


def panel(kind, title, description, defaults, options, asked):
    body = {
        "type": kind,
        "datasource": PROMETHEUS,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": asked,
    }
    return Panel(title, description, body)


def targets(queries):
    return [
        {
            "datasource": PROMETHEUS,
            "editorMode": "code",
            "expr": expression,
            "legendFormat": legend,
            "range": True,
            "refId": chr(ord("A") + place),
        }
        for place, (legend, expression) in enumerate(queries)
    ]


def words_for(words):
    if not words:
        return []
    options = {
        str(value): {"index": place, "text": text}
        for place, (value, text) in enumerate(sorted(words.items()))
    }
    return [{"type": "value", "options": options}]


def dashboard(name, description, variables, rows):
    """A dashboard whose address is `/d/hearth-<name>` for ever."""
    return {
        "annotations": {"list": [alerts_on_the_time_axis()]},
        "description": description,
        "editable": True,
        "graphTooltip": 1,
        "links": [links_to_the_others()],
        "panels": placed(rows),
        "refresh": "10s",
        "schemaVersion": 39,
        "tags": ["hearth"],
        "templating": {"list": [choice_of_datasource(), *map(choice, variables)]},
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "title": f"Hearth / {name.capitalize()}",
        "uid": f"hearth-{name}",
        "version": 1,
    }


def placed(rows):
    """All panels with ids and places: rows one below the other, panels side by side."""
    result, y = [], 0

    def place(panel, x, width, height):
        position = {"h": height, "w": width, "x": x, "y": y}
        result.append({"id": len(result) + 1, "gridPos": position} | panel)

    for row in rows:
        place({"type": "row", "title": row.title, "collapsed": False, "panels": []}, 0, COLUMNS, 1)
        y += 1
        x = 0
        unclaimed = COLUMNS - sum(panel.width for panel in row.panels)
        sharing = sum(panel.width == 0 for panel in row.panels)
        for panel in row.panels:
            width = panel.width or unclaimed // sharing
            place({"title": panel.title, "description": panel.description} | panel.body,
                  x, width, row.height)
            x += width
        y += row.height
    return result


def choice_of_datasource():
    return {
        "current": {},
        "includeAll": False,
        "label": "Data source",
        "multi": False,
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    }


def choice(variable):
    return {
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "datasource": PROMETHEUS,
        "definition": variable.asks,
        "includeAll": True,
        "label": variable.title,
        "multi": True,
        "name": variable.name,
        "query": {"query": variable.asks, "refId": "values"},
        "refresh": 2,
        "sort": 1,
        "type": "query",
    }


def alerts_on_the_time_axis():
    return {
        "datasource": PROMETHEUS,
        "enable": True,
        "expr": 'ALERTS{alertname=~"Hearth.*", alertstate="firing"}',
        "iconColor": "red",
        "name": "Alerts",
        "tagKeys": "instance,severity",
        "titleFormat": "{{alertname}}",
    }


def links_to_the_others():
    return {
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "tags": ["hearth"],
        "title": "Hearth",
        "type": "dashboards",
    }
