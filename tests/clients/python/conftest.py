"""Starts real hearth processes for the tests of Python's clients.

HEARTH_BIN names the binary. Clients are given an endpoint, a region and credentials that nobody
checks, nothing else.
"""

import itertools
import os
import subprocess

import boto3
import pytest

import orders as shop

START_LIMIT_S = 30
NUMBERS = itertools.count()


class Hearth:
    """One process on free ports, with a data directory of its own."""

    def __init__(self, data_dir):
        command = [os.environ["HEARTH_BIN"], "serve", "--data-dir", str(data_dir)]
        command += ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = "http://" + self._ready()["http"]

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


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    """A process for all tests of a module; each test has tables of its own."""
    server = Hearth(tmp_path_factory.mktemp("hearth"))
    yield server
    server.stop()


@pytest.fixture
def settings(hearth):
    """What a client is given."""
    return {
        "endpoint_url": hearth.endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "anything",
        "aws_secret_access_key": "goes",
    }


@pytest.fixture
def client(settings):
    return boto3.client("dynamodb", **settings)


@pytest.fixture
def resource(settings):
    return boto3.resource("dynamodb", **settings)


@pytest.fixture
def table(client, request):
    """The name of a new table whose key is the text `id`."""
    name = new_name(request)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=name)
    return name


@pytest.fixture
def orders(client, request):
    """The name of a new table with the orders of `orders.py`."""
    name = new_name(request)
    client.create_table(**shop.table(name))
    client.get_waiter("table_exists").wait(TableName=name)
    for order in shop.ORDERS:
        client.put_item(TableName=name, Item=order)
    return name


def new_name(request):
    """A name for a table of a test; the same test may run more than once."""
    return f"{request.function.__name__}_{next(NUMBERS)}"
