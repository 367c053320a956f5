"""A write of either protocol is seen by the next read of the other, whatever was cached."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from accelerator import new_key

ROUNDS = 50
READERS = 8


@pytest.fixture(params=["dax writes", "http writes", "each in turn"])
def writers(request, dax, client):
    """Who writes, for ever."""
    return itertools.cycle(
        {"dax writes": [dax], "http writes": [client], "each in turn": [dax, client]}[request.param]
    )


def test_an_item_is_as_it_was_last_written(dax, client, shelf, writers):
    key = new_key()

    for round_, writer in zip(range(ROUNDS), writers):
        writer.put_item(TableName=shelf, Item=key | {"round": {"N": str(round_)}})
        assert rounds(dax, shelf, key) == rounds(client, shelf, key) == [round_] * 4

        add_one(writer, shelf, key)
        assert rounds(dax, shelf, key) == rounds(client, shelf, key) == [round_ + 1] * 4

        writer.delete_item(TableName=shelf, Key=key)
        assert rounds(dax, shelf, key) == rounds(client, shelf, key) == []


def test_a_batch_is_seen_as_each_of_its_writes(dax, client, shelf, writers):
    keys = [new_key() for _ in range(3)]

    for round_, writer in zip(range(ROUNDS), writers):
        puts = [{"PutRequest": {"Item": key | {"round": {"N": str(round_)}}}} for key in keys[:2]]
        deletion = {"DeleteRequest": {"Key": keys[2]}}
        writer.batch_write_item(RequestItems={shelf: [*puts, deletion]})
        for reader in (dax, client):
            found = [rounds(reader, shelf, key) for key in keys]
            assert found == [[round_] * 4, [round_] * 4, []]
        writer.put_item(TableName=shelf, Item=keys[2] | {"round": {"N": str(round_)}})
        assert rounds(dax, shelf, keys[2]) == [round_] * 4


def test_an_index_follows_each_write(dax, client, visits, writers):
    key = {"guest": {"S": "fay"}, "nr": {"N": "77"}}
    moods = {mood: {"IndexName": "by_mood", "TableName": visits} | of_mood(mood) for mood in "xy"}

    for mood, writer in zip(itertools.islice(itertools.cycle("xy"), ROUNDS), writers):
        writer.put_item(TableName=visits, Item=key | {"mood": {"S": mood}})

        for reader in (dax, client):
            found = {name: reader.query(**query)["Count"] for name, query in moods.items()}
            assert found == {"x": int(mood == "x"), "y": int(mood == "y")}


def test_no_reader_goes_back(dax, client, shelf):
    key = new_key()
    client.put_item(TableName=shelf, Item=key | {"round": {"N": "0"}})
    written, ended = [0], threading.Event()

    def follow(_):
        stale, seen = [], 0
        while not ended.is_set():
            at_least = max(seen, written[0])
            seen = min(rounds(dax, shelf, key))
            if seen < at_least:
                stale.append((seen, at_least))
        return stale

    with ThreadPoolExecutor(READERS) as pool:
        readers = pool.map(follow, range(READERS))
        try:
            for _, writer in zip(range(ROUNDS), itertools.cycle([client, dax])):
                add_one(writer, shelf, key)
                written[0] += 1
        finally:
            ended.set()

    assert list(readers) == [[]] * READERS
    assert rounds(dax, shelf, key) == [ROUNDS] * 4


def add_one(writer, table, key):
    writer.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="ADD #r :one",
        ExpressionAttributeNames={"#r": "round"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def rounds(reader, table, key):
    """The round of an item as four ways to read tell it; none if there is no item."""
    of_key = {
        "TableName": table,
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": key["id"]},
    }
    got = reader.get_item(TableName=table, Key=key)
    parts = reader.get_item(
        TableName=table,
        Key=key,
        ProjectionExpression="#r",
        ExpressionAttributeNames={"#r": "round"},
    )
    batch = reader.batch_get_item(RequestItems={table: {"Keys": [key]}})["Responses"]
    queried = reader.query(**of_key)["Items"]
    items = [got.get("Item"), parts.get("Item"), *batch.get(table, []), *queried]
    return [int(item["round"]["N"]) for item in items if item is not None]


def of_mood(mood):
    return {
        "KeyConditionExpression": "mood = :m",
        "ExpressionAttributeValues": {":m": {"S": mood}},
    }
