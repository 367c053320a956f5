"""Streams through boto3's client and the AWS command line, over restarts of the server too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from conftest import Hearth, environment_for, named, settings_for

AWS = Path(sys.executable).with_name("aws")
CALL_LIMIT_S = 120


class Table:
    """A table with a stream, and clients of both services."""

    def __init__(self, server, name, view):
        self.name = name = named(name)
        self.connect(server)
        made = self.tables.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )["TableDescription"]
        self.arn = made["LatestStreamArn"]
        self.tables.get_waiter("table_exists").wait(TableName=name)

    def connect(self, server):
        self.tables = boto3.client("dynamodb", **settings_for(server))
        self.streams = boto3.client("dynamodbstreams", **settings_for(server))

    def put(self, id, n):
        item = {"id": {"S": id}, "n": {"N": str(n)}}
        self.tables.put_item(TableName=self.name, Item=item)

    def delete(self, id):
        self.tables.delete_item(TableName=self.name, Key={"id": {"S": id}})

    def iterators(self, kind):
        """An iterator of each shard."""
        described = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]
        return [
            self.streams.get_shard_iterator(
                StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType=kind
            )["ShardIterator"]
            for shard in described["Shards"]
        ]

    def read(self, iterator):
        """The records up to the end, and the iterator to go on with."""
        records = []
        while True:
            page = self.streams.get_records(ShardIterator=iterator)
            records += page["Records"]
            iterator = page.get("NextShardIterator")
            if not page["Records"] or iterator is None:
                return records, iterator


def changes(records):
    """Of each record the event, and the numbers before and after."""

    def number(record, image):
        return record["dynamodb"].get(image, {}).get("n", {}).get("N")

    return [(r["eventName"], number(r, "OldImage"), number(r, "NewImage")) for r in records]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("KEYS_ONLY", [("INSERT", None, None), ("MODIFY", None, None), ("REMOVE", None, None)]),
        ("NEW_IMAGE", [("INSERT", None, "1"), ("MODIFY", None, "2"), ("REMOVE", None, None)]),
        ("OLD_IMAGE", [("INSERT", None, None), ("MODIFY", "1", None), ("REMOVE", "2", None)]),
        ("NEW_AND_OLD_IMAGES", [("INSERT", None, "1"), ("MODIFY", "1", "2"), ("REMOVE", "2", None)]),
    ],
)
def test_each_view_shows_its_images(hearth, view, expected):
    table = Table(hearth, f"view-{view}", view)

    table.put("a", 1)
    table.put("a", 1)
    table.put("a", 2)
    table.delete("a")

    [iterator] = table.iterators("TRIM_HORIZON")
    records, _ = table.read(iterator)
    assert changes(records) == expected
    assert all(record["dynamodb"]["Keys"] == {"id": {"S": "a"}} for record in records)
    assert len({record["eventID"] for record in records}) == 3


def test_exceptions_are_those_of_the_service(hearth):
    table = Table(hearth, "exceptions", "NEW_IMAGE")
    errors = table.streams.exceptions

    with pytest.raises(errors.ResourceNotFoundException):
        table.streams.describe_stream(StreamArn=table.arn + "9")
    with pytest.raises(errors.ClientError, match="Invalid ShardIterator"):
        table.streams.get_records(ShardIterator="nonsense")
    with pytest.raises(table.tables.exceptions.ClientError, match="already has an enabled stream"):
        table.tables.update_table(
            TableName=table.name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )


def test_a_consumer_survives_restarts_without_a_lost_or_doubled_record(tmp_path):
    server = Hearth(tmp_path)
    table = Table(server, "consumed", "NEW_IMAGE")
    [iterator] = table.iterators("TRIM_HORIZON")
    seen = []

    for turn in range(3):
        for n in range(20):
            table.put(f"k{n % 3}", 20 * turn + n)
            if n == 10:
                records, iterator = table.read(iterator)
                seen += records
        server.stop()
        server = Hearth(tmp_path)
        table.connect(server)
    records, _ = table.read(iterator)
    seen += records
    server.stop()

    assert [change[2] for change in changes(seen)] == [str(n) for n in range(60)]
    assert len({record["dynamodb"]["SequenceNumber"] for record in seen}) == 60


def test_more_shards_after_a_restart_are_children_of_the_one_before(tmp_path):
    with Hearth(tmp_path) as server:
        table = Table(server, "split", "NEW_IMAGE")
        table.put("a", 1)
    config = tmp_path / "hearth.toml"
    config.write_text("[streams]\nshards = 4\n")

    with Hearth(tmp_path, "--config", str(config)) as server:
        table.connect(server)
        for n in range(40):
            table.put(f"k{n}", n)
        shards = table.streams.describe_stream(StreamArn=table.arn)["StreamDescription"]["Shards"]
        parent, children = shards[0], shards[1:]
        by_filter = table.streams.describe_stream(
            StreamArn=table.arn,
            ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent["ShardId"]},
        )["StreamDescription"]["Shards"]
        first, *rest = [table.read(iterator) for iterator in table.iterators("TRIM_HORIZON")]

    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert [child["ParentShardId"] for child in children] == [parent["ShardId"]] * 4
    assert by_filter == children
    assert (changes(first[0]), first[1]) == ([("INSERT", None, "1")], None)
    numbers = [int(change[2]) for records, _ in rest for change in changes(records)]
    assert sorted(numbers) == list(range(40))
    assert all(iterator is not None for _, iterator in rest)


def test_the_command_line_reads_a_stream(hearth):
    table = Table(hearth, "by-cli", "NEW_AND_OLD_IMAGES")
    table.put("a", 1)
    environment = {"PATH": os.environ["PATH"], **environment_for(hearth)}

    def aws(*words):
        done = subprocess.run(
            [AWS, "dynamodbstreams", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=CALL_LIMIT_S,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    [stream] = aws("list-streams", "--table-name", table.name)["Streams"]
    arn = ["--stream-arn", stream["StreamArn"]]
    [shard] = aws("describe-stream", *arn)["StreamDescription"]["Shards"]
    place = ["--shard-id", shard["ShardId"], "--shard-iterator-type", "TRIM_HORIZON"]
    iterator = aws("get-shard-iterator", *arn, *place)["ShardIterator"]
    records = aws("get-records", "--shard-iterator", iterator)["Records"]

    assert stream["StreamArn"] == table.arn
    assert changes(records) == [("INSERT", None, "1")]
