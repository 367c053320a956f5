"""Runs the clients' tests against other servers, direct and through a hearth in front of them.

    target/venv/bin/python tests/clients/pass_lists.py hearth dynoxide moto dynalite
    target/venv/bin/python tests/clients/pass_lists.py --suites python,api --cache-bytes 1024 hearth
    target/venv/bin/python tests/clients/pass_lists.py --ways through https://dynamodb...

What passes direct must pass through hearth, but for what `not_through.txt` names with its reason; and
what that names must pass direct alone. It is an error if a server is not installed, if a suite does
not come to its end, or if nothing passes. HEARTH_BIN names hearth's binary; what tests print is kept
below target/pass-lists/.

Of a server that is there already, named by its URL, the tests may have no more than tables whose
names begin with HEARTH_TABLE_PREFIX, and hearth is given the credentials of the environment; so are
clients that meet it directly, if AWS_ACCESS_KEY_ID is set.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "clients"
LOGS = ROOT / "target" / "pass-lists"
PEERS = ROOT / "target" / "peers"
NODE = ROOT / "target" / "node"
LIMIT_S = 900

SERVERS = {
    "hearth": (
        Path(os.environ["HEARTH_BIN"]),
        "serve --listen 127.0.0.1:{port} --admin-listen 127.0.0.1:0 --dax-listen 127.0.0.1:{dax}"
        " --data-dir {data}",
    ),
    "dynoxide": (PEERS / "bin/dynoxide", "--host 127.0.0.1 --port {port}"),
    "moto": (PEERS / "python/bin/moto_server", "--host 127.0.0.1 --port {port}"),
    "dynalite": (
        PEERS / "node/node_modules/.bin/dynalite",
        "--host 127.0.0.1 --port {port} --createTableMs 0 --deleteTableMs 0 --updateTableMs 0",
    ),
}
SUITES = ("python", "node", "dax", "api")
# Suites of what only hearth serves, or words so.
OF_HEARTH = ("dax", "api")
WAYS = ("direct", "through")
JOBS = 4
# How cargo ends if tests fail, or if they could not be built.
FAILED_TESTS = 101


def main():
    asked = arguments()
    LOGS.mkdir(parents=True, exist_ok=True)
    pairs = [
        (server, suite)
        for server in asked.servers
        for suite in asked.suites
        if server == "hearth" or suite not in OF_HEARTH
    ]
    wrong = []
    # Most of the time they wait for something.
    with ThreadPoolExecutor(JOBS) as pool:
        jobs = [
            (pair, {way: pool.submit(passes, *pair, way, asked.cache_bytes) for way in asked.ways})
            for pair in pairs
        ]
        for (server, suite), ways in jobs:
            passed = {way: job.result() for way, job in ways.items()}
            for way, tests in passed.items():
                print(f"figure: {server} {suite}: {len(tests)} pass {way}", flush=True)
                if not tests:
                    wrong.append(f"{server} {suite}: nothing passes {way}")
            if len(passed) == len(WAYS):
                again = lambda: passes(server, suite, "through", asked.cache_bytes, "-again")
                wrong += compare(server, suite, again=again, **passed)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suites", type=lambda text: text.split(","), default=list(SUITES))
    parser.add_argument("--ways", type=lambda text: text.split(","), default=list(WAYS))
    parser.add_argument("--cache-bytes", help="how large hearth's cache is")
    parser.add_argument("servers", nargs="+", help=f"of {', '.join(SERVERS)}, or a URL")
    asked = parser.parse_args()
    for given, known in ((asked.suites, SUITES), (asked.ways, WAYS)):
        assert set(given) <= set(known), f"{given}: not among {known}"
    return asked


def compare(server, suite, direct, through, again):
    """What is wrong with the passes through hearth, as lines."""
    known = not_through(server, suite)
    lost = direct - through
    if lost - known:
        # Some servers, and some tests, do not pass every time.
        found = lost & again()
        for test in sorted(found):
            print(f"figure: {server} {suite}: passes the second time: {test}", flush=True)
        lost -= found
    lines = [f"{server} {suite}: passes direct only: {test}" for test in sorted(lost - known)]
    passes_too = sorted(known & through)
    lines += [f"{server} {suite}: passes, take it off: {test}" for test in passes_too]
    fails_too = sorted(known - direct - through)
    return lines + [f"{server} {suite}: does not pass direct: {test}" for test in fails_too]


def passes(server, suite, way, cache_bytes, run=""):
    """The names of the tests that pass."""
    environment = {**os.environ, "HEARTH_WAY": way, "PYTHONDONTWRITEBYTECODE": "1"}
    if server in SERVERS:
        program, words = SERVERS[server]
        assert program.exists(), f"{server} is not installed: {program} is not there"
        environment |= {
            "HEARTH_UPSTREAM": f"{program} {words}",
            "HEARTH__UPSTREAM__CREDENTIALS": "anonymous",
        }
    else:
        environment["HEARTH_UPSTREAM"] = server
        # All runs meet the same tables.
        environment["HEARTH_TABLE_PREFIX"] += f"{way}{run}-"
    if cache_bytes:
        environment["HEARTH__CACHE__BYTES"] = cache_bytes
    if suite == "api":
        environment["HEARTH_TEST_TIERS"] = "1" if way == "through" else "0"
    else:
        environment["HEARTH__STORAGE__ENGINE"] = "memory"
    log = LOGS / f"{server.split('/')[-1]}-{suite}-{way}{run}.log"
    with log.open("w") as out:
        return RUNNERS[suite](environment, log, out)


def of_python(environment, log, out):
    # The states of tables are shown by a server of their own.
    wanted = lambda name: "_dax_" not in name and name != "test_table_states.py"
    return of_files(wanted, environment, log, out)


def of_dax(environment, log, out):
    # Under load servers come and go, which the tests of it see to themselves.
    return of_files(lambda name: "_dax_" in name and "load" not in name, environment, log, out)


def of_files(wanted, environment, log, out):
    files = [str(file) for file in sorted(HERE.glob("python/test_*.py")) if wanted(file.name)]
    words = [sys.executable, "-m", "pytest", "-rA", "--tb=short", *files]
    # Beyond 1, which tells of tests that fail, pytest was cut off or could not run.
    run(words, environment, out, ends=(0, 1))
    return found(log, r"^PASSED (?:\S*/)?(.+)$")


def of_node(environment, log, out):
    passed = set()
    for file in sorted(NODE.glob("*.test.mjs")):
        if file.name.startswith("dax_"):
            continue
        before = log.stat().st_size
        run(["node", "--test", "--test-reporter=tap", str(file)], environment, out, ends=(0, 1))
        if not found(log, r"^# (pass \d+)$", before):
            raise RuntimeError(f"{file.name} does not come to its end: see {log}")
        names = found(log, r"^\s*ok \d+ - ((?!.*# (?:SKIP|TODO)).+?)$", before)
        passed |= {f"{file.name}::{name}" for name in names if not name.endswith(".mjs")}
    return passed


def of_api(environment, log, out):
    words = ["cargo", "test", "--profile", "ci", "--locked", "--test", "api"]
    run(words, environment, out, ends=(0, FAILED_TESTS))
    if not found(log, r"^test result: (.+)$"):
        raise RuntimeError(f"the tests of the API do not come to their end: see {log}")
    return found(log, r"^test (.+) \.\.\. ok$")


RUNNERS = {"python": of_python, "node": of_node, "dax": of_dax, "api": of_api}


def run(words, environment, out, ends):
    """Runs to one of these ends; what failed is told by what is not among the passes."""
    ran = subprocess.run(words, env=environment, cwd=ROOT, stdout=out, stderr=out, timeout=LIMIT_S)
    if ran.returncode not in ends:
        raise RuntimeError(f"{words[0]} ends with {ran.returncode}: see {out.name}")


def found(log, pattern, start=0):
    with log.open() as lines:
        lines.seek(start)
        return {match[1] for line in lines if (match := re.match(pattern, line))}


def not_through(server, suite):
    """The tests that are known not to pass through hearth; each line has its reason behind ` | `."""
    lines = (HERE / "not_through.txt").read_text().splitlines()
    heads = [line.split(" | ")[0] for line in lines if line and not line.startswith("#")]
    fields = [head.split(maxsplit=2) for head in heads]
    return {test for of_server, of_suite, test in fields if (of_server, of_suite) == (server, suite)}


if __name__ == "__main__":
    sys.exit(main())
