"""Writes the dashboards: `python3 grafana/source [DIRECTORY]`, else to `grafana/dashboards`.

Each module named below holds one dashboard; change it there, never in the JSON. The test `prometheus`
holds the committed files against what this writes.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import cache  # noqa: E402
import engine  # noqa: E402
import overview  # noqa: E402
import process  # noqa: E402
import tables  # noqa: E402
import upstream  # noqa: E402

DASHBOARDS = [overview, cache, tables, engine, upstream, process]


def main():
    beside = Path(__file__).resolve().parent.parent / "dashboards"
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    directory.mkdir(parents=True, exist_ok=True)
    for module in DASHBOARDS:
        made = module.DASHBOARD
        text = json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False)
        (directory / f"{made['uid']}.json").write_text(text + "\n", encoding="utf-8")


main()
