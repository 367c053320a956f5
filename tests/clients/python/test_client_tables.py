"""The boto3 client's settings of tables: indexes, tags, protection, time to live, limits."""

import time

import pytest
from botocore.exceptions import ClientError

from conftest import named

TAGGED = named("tagged")


def test_the_indexes_are_described(client, orders):
    described = client.describe_table(TableName=orders)["Table"]

    [by_price] = described["LocalSecondaryIndexes"]
    [by_progress] = described["GlobalSecondaryIndexes"]
    assert by_price["IndexName"] == "by_price"
    assert by_price["Projection"] == {"ProjectionType": "ALL"}
    assert by_progress["IndexStatus"] == "ACTIVE"
    assert by_progress["KeySchema"] == [
        {"AttributeName": "progress", "KeyType": "HASH"},
        {"AttributeName": "placed", "KeyType": "RANGE"},
    ]
    assert by_progress["IndexArn"] == described["TableArn"] + "/index/by_progress"


def test_an_index_on_an_undefined_attribute_is_refused(client):
    name = named("with_a_wrong_index")

    with pytest.raises(ClientError) as refusal:
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_mail",
                    "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert name not in client.list_tables()["TableNames"]


def test_tags_are_added_listed_and_taken(client):
    arn = client.create_table(
        TableName=TAGGED,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "team", "Value": "blue"}],
    )["TableDescription"]["TableArn"]
    client.get_waiter("table_exists").wait(TableName=TAGGED)

    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    both = tags(client, arn)
    client.untag_resource(ResourceArn=arn, TagKeys=["team"])

    assert both == {"team": "blue", "stage": "test"}
    assert tags(client, arn) == {"stage": "test"}


def tags(client, arn):
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def test_a_protected_table_is_not_deleted(client, table):
    client.update_table(TableName=table, DeletionProtectionEnabled=True)
    client.get_waiter("table_exists").wait(TableName=table)

    with pytest.raises(ClientError) as refusal:
        client.delete_table(TableName=table)
    client.update_table(TableName=table, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=table)
    client.delete_table(TableName=table)
    client.get_waiter("table_not_exists").wait(TableName=table)

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert table not in client.list_tables()["TableNames"]


def test_the_time_to_live_is_enabled_described_and_disabled(client, table):
    before = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    past = str(int(time.time()) - 60)
    client.put_item(TableName=table, Item={"id": {"S": "old"}, "until": {"N": past}})

    asked = {"Enabled": True, "AttributeName": "until"}
    told = client.update_time_to_live(TableName=table, TimeToLiveSpecification=asked)
    during = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    deadline = time.monotonic() + 30
    while "Item" in client.get_item(TableName=table, Key={"id": {"S": "old"}}):
        assert time.monotonic() < deadline, "the item is not deleted"
    off = {**asked, "Enabled": False}
    client.update_time_to_live(TableName=table, TimeToLiveSpecification=off)
    after = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    assert before == after == {"TimeToLiveStatus": "DISABLED"}
    assert told["TimeToLiveSpecification"] == asked
    assert during == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}


def test_the_limits_are_described(client):
    limits = client.describe_limits()

    del limits["ResponseMetadata"]
    assert limits == {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }
