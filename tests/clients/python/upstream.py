"""Another server of the same API, for the tests to be run against.

HEARTH_UPSTREAM is the URL of one that is there already, or the command that starts one: `{port}` is
where it is to listen, `{dax}` where clients of DAX connect if it serves them, and `{data}` is a
directory for it.
"""

import contextlib
import os
import shlex
import socket
import subprocess
import time

START_LIMIT_S = 120


class Upstream:
    """One that is there already, or a process on free ports."""

    def __init__(self, data_dir):
        self.process = self.dax = self.daxs = None
        place = os.environ["HEARTH_UPSTREAM"]
        if place.startswith(("http://", "https://")):
            self.endpoint = place
            return
        port, dax = free_port(), free_port()
        words = [word.format(port=port, dax=dax, data=data_dir) for word in shlex.split(place)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(words, **quiet)
        self.endpoint = f"http://127.0.0.1:{port}"
        if "{dax}" in place:
            self.dax = f"127.0.0.1:{dax}"
        self._wait(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait(START_LIMIT_S)

    def _wait(self, port):
        end = time.monotonic() + START_LIMIT_S
        while True:
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), START_LIMIT_S).close()
            assert self.process.poll() is None, "the upstream ended"
            assert time.monotonic() < end, "the upstream does not accept connections"
            time.sleep(0.05)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
