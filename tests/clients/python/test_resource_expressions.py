"""The boto3 resource's conditions built in Python, updates, queries and batches."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key

from conftest import named
from orders import days

ITEM = {
    "id": "7",
    "name": "Ada",
    "visits": 1,
    "badges": {"admin"},
    "home": {"city": "Bonn"},
    "tasks": ["a"],
}


@pytest.fixture
def users(resource, table):
    return resource.Table(table)


@pytest.fixture
def shop(resource, orders):
    return resource.Table(orders)


@pytest.mark.parametrize(
    "condition, found",
    [
        (Key("placed").eq(2), [2]),
        (Key("placed").lt(3), [1, 2]),
        (Key("placed").gte(3), [3, 10]),
        (Key("placed").between(2, Decimal("3.5")), [2, 3]),
    ],
)
def test_a_query_by_key(shop, condition, found):
    answer = shop.query(KeyConditionExpression=Key("customer").eq("ann") & condition)

    assert days(answer["Items"]) == found


def test_a_query_by_a_prefix_of_the_sort_key(resource):
    notes = resource.create_table(
        TableName=named("by_prefix"),
        AttributeDefinitions=[
            {"AttributeName": "room", "AttributeType": "S"},
            {"AttributeName": "note", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "room", "KeyType": "HASH"},
            {"AttributeName": "note", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    notes.wait_until_exists()
    for note in ("2026-11", "2026-12", "2027-01"):
        notes.put_item(Item={"room": "a", "note": note})

    answer = notes.query(
        KeyConditionExpression=Key("room").eq("a") & Key("note").begins_with("2026")
    )

    assert [item["note"] for item in answer["Items"]] == ["2026-11", "2026-12"]


def test_queries_of_the_indexes(shop):
    still_open = shop.query(
        IndexName="by_progress", KeyConditionExpression=Key("progress").eq("open")
    )
    dearest = shop.query(
        IndexName="by_price",
        KeyConditionExpression=Key("customer").eq("ann") & Key("price").gt(5),
        ScanIndexForward=False,
        Limit=2,
    )

    assert days(still_open["Items"]) == [1, 4, 10]
    assert "price" not in still_open["Items"][0]
    assert days(dearest["Items"]) == [1, 3]
    assert dearest["LastEvaluatedKey"] == {"customer": "ann", "placed": 3, "price": 20}


def test_a_query_goes_on_from_the_last_key(shop):
    request = {"KeyConditionExpression": Key("customer").eq("ann"), "Limit": 2}
    pages = []
    while True:
        answer = shop.query(**request)
        pages.append(days(answer["Items"]))
        if "LastEvaluatedKey" not in answer:
            break
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    # DynamoDB, too, learns only from an empty page that a full one was the last.
    assert pages == [[1, 2], [3, 10], []]


@pytest.mark.parametrize(
    "condition, found",
    [
        (Attr("progress").eq("open"), [1, 4, 10]),
        (Attr("progress").ne("open"), [2, 3, 5]),
        (Attr("progress").exists(), [1, 2, 4, 5, 10]),
        (Attr("progress").not_exists(), [3]),
        (Attr("price").between(10, 30), [1, 2, 3]),
        (Attr("price").is_in([5, 50, 51]), [4, 10]),
        (Attr("note").contains("gift"), [1]),
        (Attr("note").begins_with("a g"), [1]),
        (Attr("note").size().gt(5), [1]),
        (Attr("price").attribute_type("N") & ~Attr("customer").eq("ann"), [4, 5]),
        (Attr("price").lt(6) | (Attr("price").gte(40) & Attr("progress").eq("sent")), [5, 10]),
    ],
)
def test_a_scan_filtered_by(shop, condition, found):
    answer = shop.scan(FilterExpression=condition)

    assert sorted(days(answer["Items"])) == found
    assert answer["ScannedCount"] == 6


def test_an_update_returns_the_new_item(users):
    users.put_item(Item=ITEM)

    answer = users.update_item(
        Key={"id": "7"},
        UpdateExpression="SET #name = :name, home.zip = :zip REMOVE tasks[0] "
        "ADD visits :some, badges :badges",
        ConditionExpression=Attr("visits").eq(1) & Attr("home.city").eq("Bonn"),
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={
            ":name": "Eve",
            ":zip": "53111",
            ":some": Decimal("0.5"),
            ":badges": {"guest"},
        },
        ReturnValues="ALL_NEW",
    )

    assert answer["Attributes"] == {
        "id": "7",
        "name": "Eve",
        "visits": Decimal("1.5"),
        "badges": {"admin", "guest"},
        "home": {"city": "Bonn", "zip": "53111"},
        "tasks": [],
    }
    assert users.get_item(Key={"id": "7"})["Item"] == answer["Attributes"]


def test_a_failed_condition_is_an_exception(users):
    users.put_item(Item=ITEM)

    with pytest.raises(users.meta.client.exceptions.ConditionalCheckFailedException) as refusal:
        users.put_item(
            Item={"id": "7"},
            ConditionExpression=Attr("id").not_exists(),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    # The resource leaves the item of an error as it was sent.
    assert refusal.value.response["Item"]["name"] == {"S": "Ada"}
    assert users.get_item(Key={"id": "7"})["Item"] == ITEM


def test_the_batch_writer_splits_and_merges_what_it_is_given(users):
    with users.batch_writer(overwrite_by_pkeys=["id"]) as batch:
        for number in range(60):
            batch.put_item(Item={"id": str(number), "number": number})
        batch.put_item(Item={"id": "59", "number": -1})
        batch.delete_item(Key={"id": "0"})

    found = {item["id"]: item["number"] for item in users.scan()["Items"]}
    assert found == {str(number): number for number in range(1, 59)} | {"59": -1}


def test_segments_split_a_scan(users):
    with users.batch_writer() as batch:
        for number in range(40):
            batch.put_item(Item={"id": str(number)})

    segments = [users.scan(Segment=segment, TotalSegments=2)["Items"] for segment in range(2)]

    assert all(segments)
    found = [int(item["id"]) for segment in segments for item in segment]
    assert sorted(found) == list(range(40))
