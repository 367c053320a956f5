"""Celery with its results in DynamoDB: a worker that runs tasks, and who asks for their results."""

import time
from urllib.parse import quote

import pytest
from celery import Celery, chord, group
from celery.contrib.testing.worker import start_worker

from conftest import named

RESULTS = named("results")
WAIT_S = 120
KEPT_S = 3600


@pytest.fixture(scope="module")
def app(settings):
    region = settings["region_name"]
    key_id, secret = settings["aws_access_key_id"], quote(settings["aws_secret_access_key"], "")
    app = Celery(
        "tests",
        broker="memory://",
        backend=f"dynamodb://{key_id}:{secret}@{region}/{RESULTS}?ttl_seconds={KEPT_S}",
    )
    app.conf.dynamodb_endpoint_url = settings["endpoint_url"]

    @app.task(name="add")
    def add(a, b):
        return a + b

    @app.task(name="fail")
    def fail():
        raise ValueError("no such thing")

    @app.task(name="total")
    def total(numbers):
        return sum(numbers)

    with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False):
        yield app


def send(app, name, *arguments):
    return app.tasks[name].delay(*arguments)


def test_the_table_is_made_with_its_time_to_live(app, client):
    assert send(app, "add", 1, 2).get(timeout=WAIT_S) == 3

    described = client.describe_time_to_live(TableName=RESULTS)["TimeToLiveDescription"]

    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_a_result_is_kept_until_it_expires_or_is_forgotten(app, client):
    result = send(app, "add", "a", "b")
    assert result.get(timeout=WAIT_S) == "ab"

    item = by_id(client, result)
    status = app.AsyncResult(result.id).status
    result.forget()

    left_s = int(item["ttl"]["N"]) - time.time()
    assert KEPT_S - WAIT_S < left_s <= KEPT_S + 1
    assert status == "SUCCESS"
    assert by_id(client, result) is None


def test_a_failure_is_told_with_its_cause(app):
    result = send(app, "fail")

    with pytest.raises(ValueError, match="no such thing"):
        result.get(timeout=WAIT_S)

    assert result.status == "FAILURE"
    assert "ValueError" in result.traceback


def test_the_results_of_a_group_are_read_together(app):
    results = group(app.tasks["add"].s(n, n) for n in range(20))()

    assert results.get(timeout=WAIT_S) == [2 * n for n in range(20)]


def test_a_chord_ends_once_all_of_its_parts_have(app):
    parts = [app.tasks["add"].s(n, 1) for n in range(10)]

    result = chord(parts)(app.tasks["total"].s())

    assert result.get(timeout=WAIT_S) == sum(n + 1 for n in range(10))


def by_id(client, result):
    """The item of a result, as the table has it."""
    # Celery names it by what Python prints of the bytes.
    key = {"id": {"S": str(result.backend.get_key_for_task(result.id))}}
    return client.get_item(TableName=RESULTS, Key=key, ConsistentRead=True).get("Item")
