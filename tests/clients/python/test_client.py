"""The boto3 client through every operation."""

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import environment_for, named

ITEM = {
    "id": {"S": "7"},
    "text": {"S": "grüße \U0001f600"},
    "number": {"N": "-12.5"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "blobs": {"BS": [b"a", b"b"]},
    "list": {"L": [{"S": "x"}, {"L": []}]},
    "map": {"M": {"m": {"M": {}}}},
}
KEY = {"id": {"S": "7"}}


def test_a_table_is_made_described_listed_and_deleted(client):
    name = named("made_and_deleted")

    made = client.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "room", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "room", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )["TableDescription"]
    client.get_waiter("table_exists").wait(TableName=name)
    described = client.describe_table(TableName=name)["Table"]
    pages = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1})
    listed = [found for page in pages for found in page["TableNames"]]
    deleted = client.delete_table(TableName=name)["TableDescription"]
    client.get_waiter("table_not_exists").wait(TableName=name)

    assert described["TableStatus"] == "ACTIVE"
    assert described["TableId"] == made["TableId"]
    assert described["CreationDateTime"] == made["CreationDateTime"]
    assert name in listed
    assert deleted["TableStatus"] == "DELETING"
    assert name not in client.list_tables()["TableNames"]


def test_an_item_of_every_type_comes_back(client, table):
    first = client.put_item(TableName=table, Item=ITEM, ReturnValues="ALL_OLD")
    found = client.get_item(TableName=table, Key=KEY)
    cached = client.get_item(TableName=table, Key=KEY)
    consistent = client.get_item(TableName=table, Key=KEY, ConsistentRead=True)

    assert "Attributes" not in first
    assert found["Item"] == cached["Item"] == consistent["Item"] == ITEM


def test_a_replaced_and_a_deleted_item_are_returned(client, table):
    client.put_item(TableName=table, Item=ITEM)

    replaced = client.put_item(TableName=table, Item=KEY, ReturnValues="ALL_OLD")
    deleted = client.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")
    gone = client.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")

    assert replaced["Attributes"] == ITEM
    assert deleted["Attributes"] == KEY
    assert "Attributes" not in gone
    assert "Item" not in client.get_item(TableName=table, Key=KEY)


def test_a_batch_reads_several_items(client, table):
    for number in range(5):
        client.put_item(TableName=table, Item={"id": {"S": str(number)}})

    keys = [{"id": {"S": str(number)}} for number in range(10)]
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})

    assert sorted(item["id"]["S"] for item in answer["Responses"][table]) == list("01234")
    assert answer["UnprocessedKeys"] == {}


def test_the_consumed_capacity_is_reported(client, table):
    answer = client.get_item(TableName=table, Key=KEY, ReturnConsumedCapacity="TOTAL")

    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5}


def test_the_endpoint_is_described(client, hearth):
    endpoint = client.describe_endpoints()["Endpoints"][0]

    assert "http://" + endpoint["Address"] == hearth.endpoint


def test_absent_and_taken_tables_are_the_clients_own_exceptions(client, table):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="nowhere", Key=KEY)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="nowhere")
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )


def test_a_wrong_key_is_a_validation_error(client, table):
    with pytest.raises(ClientError) as refusal:
        client.get_item(TableName=table, Key={"id": {"N": "7"}})

    error = refusal.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"] == "The provided key element does not match the schema"


def test_the_environment_is_enough(hearth, table, monkeypatch):
    for name, value in environment_for(hearth).items():
        monkeypatch.setenv(name, value)

    session = boto3.session.Session()

    described = session.client("dynamodb").describe_table(TableName=table)["Table"]
    assert described["TableName"] == table
