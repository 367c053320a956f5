"""Many calls of one DAX client at once, for DAX_SECONDS, and a server that stops and comes back."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

import accelerator
from accelerator import eventually, new_key, plain
from conftest import BY_ID, Hearth, new_table

SECONDS = float(os.environ.get("DAX_SECONDS", "10"))
CALLERS = 64
RESTART_CALLERS = 8
RECOVERY_S = 60


def test_64_callers_at_once_meet_no_error(dax, client, shelf):
    shared = new_key()
    deadline = time.monotonic() + SECONDS

    def call(_):
        rounds = 0
        key = new_key()
        while time.monotonic() < deadline:
            rounds += 1
            item = key | {"round": {"N": str(rounds)}, "text": {"S": "x" * (rounds % 500)}}
            dax.put_item(TableName=shelf, Item=item)
            assert dax.get_item(TableName=shelf, Key=key)["Item"] == item
            count(dax, shelf, shared)
            found = dax.query(
                TableName=shelf,
                KeyConditionExpression="id = :id",
                ExpressionAttributeValues={":id": key["id"]},
            )
            assert found["Items"] == [item]
            both = dax.batch_get_item(RequestItems={shelf: {"Keys": [key, shared]}})
            assert len(both["Responses"][shelf]) == 2
        return rounds

    with ThreadPoolExecutor(CALLERS) as callers:
        rounds = list(callers.map(call, range(CALLERS)))

    assert all(rounds)
    for reader in (dax, client):
        counted = reader.get_item(TableName=shelf, Key=shared)["Item"]["counted"]
        assert counted == {"N": str(sum(rounds))}


class Restarting:
    """A server that can be stopped and started again where it was."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.server = Hearth(data_dir)

    def restart(self):
        dax = self.server.dax
        self.server.stop()
        self.server = Hearth(self.data_dir, dax=dax)

    def over_http(self):
        return boto3.client(
            "dynamodb",
            endpoint_url=self.server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="anything",
            aws_secret_access_key="goes",
        )


@pytest.fixture
def restarting(tmp_path):
    restarting = Restarting(tmp_path)
    yield restarting
    restarting.server.stop()


def test_clients_read_after_a_restart_what_was_written_before(restarting, request):
    table = new_table(restarting.over_http(), request.function, BY_ID)
    items = [new_key() | {f"v{n}": {"N": str(n)}} for n in range(20)]

    with accelerator.connect("dax://" + restarting.server.dax) as dax:
        for item in items[:10]:
            dax.put_item(TableName=table, Item=item)
        restarting.restart()
        eventually(lambda: succeeds(dax.scan, TableName=table), RECOVERY_S)
        for item in items[10:]:
            dax.put_item(TableName=table, Item=item)

        kept = [dax.get_item(TableName=table, Key={"id": item["id"]})["Item"] for item in items]
    with accelerator.connect("dax://" + restarting.server.dax) as fresh:
        anew = [fresh.get_item(TableName=table, Key={"id": item["id"]})["Item"] for item in items]

    assert kept == anew == items


def test_callers_recover_from_a_restart_by_themselves(restarting, request):
    table = new_table(restarting.over_http(), request.function, BY_ID)
    back, ended = threading.Event(), threading.Event()
    acknowledged = [0] * RESTART_CALLERS
    since_back = [0] * RESTART_CALLERS
    keys = [new_key() for _ in acknowledged]

    def call(dax, caller):
        while not ended.is_set():
            was_back = back.is_set()
            value = acknowledged[caller] + 1
            item = keys[caller] | {"value": {"N": str(value)}}
            if succeeds(dax.put_item, TableName=table, Item=item):
                acknowledged[caller] = value
                found = attempt(dax.get_item, TableName=table, Key=keys[caller])
                assert found is None or plain(found["Item"]) == plain(item)
                since_back[caller] += was_back

    with accelerator.connect("dax://" + restarting.server.dax) as dax:
        with ThreadPoolExecutor(RESTART_CALLERS) as callers:
            calls = [callers.submit(call, dax, caller) for caller in range(RESTART_CALLERS)]
            try:
                eventually(lambda: min(acknowledged) >= 10, RECOVERY_S)
                restarting.restart()
                back.set()
                eventually(lambda: min(since_back) >= 10, RECOVERY_S)
            finally:
                ended.set()
        for done in calls:
            done.result()
        for key, value in zip(keys, acknowledged):
            found = dax.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
            assert int(found["value"]["N"]) in (value, value + 1)


def succeeds(call, **request):
    """Whether a call came through, now that the server may be away."""
    return attempt(call, **request) is not None


def attempt(call, **request):
    # What a client that cannot reach its server raises is of many kinds, of sockets and its own.
    try:
        return call(**request)
    except Exception:
        return None


def count(dax, table, key):
    dax.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="ADD counted :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
