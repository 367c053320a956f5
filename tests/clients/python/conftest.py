"""Starts real hearth processes for the tests of Python's clients.

HEARTH_BIN names the binary. Clients are given an endpoint, a region and credentials that nobody
checks, nothing else. Only a service that is there already, and that they meet directly, is given
those of the environment if there are any.

`../pass_lists.py` runs the same tests against other servers: HEARTH_WAY is how clients meet one,
`direct`, or `through` a hearth in front of it; `upstream.py` says which one it is.
HEARTH_TABLE_PREFIX begins the name of every table.
"""

import contextlib
import itertools
import os
import subprocess

import boto3
import pytest

import accelerator
import orders as shop
from upstream import Upstream

START_LIMIT_S = 120
NUMBERS = itertools.count()


class Hearth:
    """One process on free ports, with a data directory of its own."""

    def __init__(self, data_dir, *options, dax="127.0.0.1:0"):
        command = [os.environ["HEARTH_BIN"], "serve", "--data-dir", str(data_dir)]
        command += ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        command += ["--dax-listen", dax, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = self._ready()
        self.endpoint = "http://" + ready["http"]
        self.dax = ready["dax"]
        self.daxs = ready.get("daxs")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _ready(self):
        for line in self.process.stdout:
            if line.startswith("ready "):
                return dict(word.split("=", 1) for word in line.split()[1:])
        raise RuntimeError(f"hearth ended with {self.process.wait(START_LIMIT_S)}")

    def stop(self):
        """Ends the process as an operator would; it must say that all went well."""
        self.process.terminate()
        assert self.process.wait(START_LIMIT_S) == 0
        self.process.stdout.close()


@contextlib.contextmanager
def served(directory):
    """The server that clients are given."""
    way = os.environ.get("HEARTH_WAY")
    if way is None:
        with Hearth(directory) as server:
            yield server
        return
    with Upstream(directory / "upstream") as upstream:
        if way == "direct":
            yield upstream
            return
        with Hearth(directory / "front", "--upstream", upstream.endpoint) as server:
            yield server


def pytest_collection_modifyitems(config, items):
    """What starts a server of its own says nothing of an upstream."""
    if "HEARTH_WAY" in os.environ:
        others = [item for item in items if "hearth" not in item.fixturenames]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if "hearth" in item.fixturenames]


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    """A process for all tests of a module; each test has tables of its own."""
    with served(tmp_path_factory.mktemp("hearth")) as server:
        yield server


@pytest.fixture(scope="module")
def settings(hearth):
    """What a client is given."""
    return settings_for(hearth)


@pytest.fixture(scope="module")
def client(settings):
    return boto3.client("dynamodb", **settings)


@pytest.fixture
def resource(settings):
    return boto3.resource("dynamodb", **settings)


@pytest.fixture(scope="module")
def dax(hearth):
    """Amazon's DAX client, connected to the same process as `client`."""
    with accelerator.connect("dax://" + hearth.dax) as connected:
        yield connected


@pytest.fixture
def table(client, request):
    """The name of a new table whose key is the text `id`."""
    return new_table(client, request.function, BY_ID)


@pytest.fixture(scope="module")
def shelf(client, request):
    """The name of a table whose key is the text `id`, for all tests of a module."""
    return new_table(client, request.module, BY_ID)


@pytest.fixture
def orders(client, request):
    """The name of a new table with the orders of `orders.py`."""
    name = new_name(request.function)
    client.create_table(**shop.table(name))
    client.get_waiter("table_exists").wait(TableName=name)
    for order in shop.ORDERS:
        client.put_item(TableName=name, Item=order)
    return name


@pytest.fixture(scope="module")
def visits(client, request):
    """The name of a table with the visits of `../dax/visits.json`, for all tests of a module."""
    table = accelerator.cases("visits")
    name = new_table(client, request.module, table["definition"])
    for item in table["items"]:
        client.put_item(TableName=name, Item=item)
    return name


def settings_for(server):
    """What a client of this server is given."""
    environment = environment_for(server)
    return {
        "endpoint_url": server.endpoint,
        "region_name": environment["AWS_DEFAULT_REGION"],
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": environment.get("AWS_SESSION_TOKEN"),
    }


def environment_for(server):
    """The same, as a program finds it in its environment."""
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": server.endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": server.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "anything",
        "AWS_SECRET_ACCESS_KEY": "goes",
    }
    was_there = server.process is None
    if was_there and "AWS_ACCESS_KEY_ID" in os.environ:
        environment |= {name: os.environ[name] for name in CREDENTIALS if name in os.environ}
        environment["AWS_DEFAULT_REGION"] = os.environ.get("AWS_REGION", "us-east-1")
    return environment


def new_table(client, user, definition):
    """The name of a new table for a test or a module."""
    name = new_name(user)
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **definition)
    client.get_waiter("table_exists").wait(TableName=name)
    return name


def new_name(user):
    """A name for a table of a test or a module; the same test may run more than once."""
    return named(f"{user.__name__}_{next(NUMBERS)}")


def named(name):
    """The name of a table that a test calls so."""
    return os.environ.get("HEARTH_TABLE_PREFIX", "") + name


CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
BY_ID = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
