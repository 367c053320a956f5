"""boto3's resource over DAX: tables and items in Python's own types."""

from decimal import Decimal

import pytest
from amazondax.AmazonDaxClient import AmazonDaxClient
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

POST = {
    "id": "cats",
    "title": "Grüße",
    "likes": Decimal("3"),
    "price": Decimal("1.25"),
    "draft": False,
    "nothing": None,
    "tags": {"a", "b"},
    "scores": {Decimal("1"), Decimal("2.5")},
    "author": {"name": "Ada", "mails": ["a@b.c", {"spam": True}]},
    "photo": Binary(b"\x00\xff"),
}


@pytest.fixture(scope="module")
def posts(hearth, shelf):
    """The table of a module as a boto3 resource whose calls go through DAX."""
    url = "dax://" + hearth.dax
    with AmazonDaxClient.resource(
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="anything",
        aws_secret_access_key="goes",
    ) as dynamodb:
        yield dynamodb.Table(shelf)


def test_an_item_comes_back_in_its_types(posts):
    posts.put_item(Item=POST)

    assert posts.get_item(Key={"id": "cats"})["Item"] == POST
    assert posts.query(KeyConditionExpression=Key("id").eq("cats"))["Items"] == [POST]


def test_an_update_under_a_condition(posts):
    posts.put_item(Item=POST | {"id": "dogs"})
    like = {
        "Key": {"id": "dogs"},
        "UpdateExpression": "SET likes = likes + :one, author.mails[0] = :mail",
        "ConditionExpression": Attr("likes").eq(3) & Attr("author.name").begins_with("A"),
        "ExpressionAttributeValues": {":one": 1, ":mail": "d@e.f"},
        "ReturnValues": "UPDATED_NEW",
    }

    answer = posts.update_item(**like)
    with pytest.raises(ClientError) as refusal:
        posts.update_item(**like)

    assert answer["Attributes"]["likes"] == 4
    assert refusal.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_a_batch_writer_and_a_filtered_scan(posts):
    with posts.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"id": f"fish {number}", "number": number})
    with posts.batch_writer() as batch:
        for number in range(0, 60, 2):
            batch.delete_item(Key={"id": f"fish {number}"})

    found = posts.scan(FilterExpression=Attr("number").gte(50))["Items"]

    assert sorted(item["number"] for item in found) == [51, 53, 55, 57, 59]
