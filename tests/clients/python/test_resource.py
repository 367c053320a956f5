"""The boto3 resource, which speaks in Python's own types."""

from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary

from conftest import named

ITEM = {
    "id": "7",
    "text": "grüße",
    "number": Decimal("-12.5"),
    # boto3 itself refuses to read more digits, zeros at the end included.
    "large": Decimal("9" * 38),
    "bytes": Binary(b"\x00\xff"),
    "yes": True,
    "nothing": None,
    "texts": {"a", "b"},
    "numbers": {Decimal(1), Decimal(2)},
    "list": ["x", [], Decimal(1)],
    "map": {"m": {"n": []}},
}


@pytest.fixture
def users(resource, table):
    return resource.Table(table)


def test_a_table_is_made_and_deleted(resource):
    users = resource.create_table(
        TableName=named("made_by_resource"),
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    users.wait_until_exists()
    users.reload()

    assert users.table_status == "ACTIVE"
    assert users.billing_mode_summary["BillingMode"] == "PAY_PER_REQUEST"
    assert users in list(resource.tables.all())
    users.delete()
    users.wait_until_not_exists()
    assert users not in list(resource.tables.all())


def test_an_item_of_every_type_comes_back(users):
    users.put_item(Item=ITEM)

    assert users.get_item(Key={"id": "7"})["Item"] == ITEM
    assert users.get_item(Key={"id": "7"}, ConsistentRead=True)["Item"] == ITEM


def test_a_replaced_and_a_deleted_item_are_returned(users):
    users.put_item(Item=ITEM)

    replaced = users.put_item(Item={"id": "7"}, ReturnValues="ALL_OLD")
    deleted = users.delete_item(Key={"id": "7"}, ReturnValues="ALL_OLD")

    assert replaced["Attributes"] == ITEM
    assert deleted["Attributes"] == {"id": "7"}
    assert "Item" not in users.get_item(Key={"id": "7"})


def test_a_batch_reads_several_items(resource, users):
    for number in range(3):
        users.put_item(Item={"id": str(number), "number": number})

    keys = [{"id": str(number)} for number in range(5)]
    answer = resource.batch_get_item(RequestItems={users.name: {"Keys": keys}})

    found = {item["id"]: item["number"] for item in answer["Responses"][users.name]}
    assert found == {"0": 0, "1": 1, "2": 2}
    assert answer["UnprocessedKeys"] == {}


def test_an_absent_table_is_an_exception(resource):
    with pytest.raises(resource.meta.client.exceptions.ResourceNotFoundException):
        resource.Table("nowhere").get_item(Key={"id": "7"})
