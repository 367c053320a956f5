"""The boto3 client's updates, conditions and batches of writes."""

import pytest
from botocore.exceptions import ClientError

KEY = {"id": {"S": "7"}}
ITEM = KEY | {
    "visits": {"N": "1"},
    "badges": {"SS": ["admin", "guest"]},
    "tasks": {"L": [{"S": "write"}]},
    "home": {"M": {"city": {"S": "Bonn"}, "zip": {"S": "53111"}}},
    "draft": {"BOOL": True},
}
UPDATE = {
    "UpdateExpression": "SET visits = visits + :one, home.city = :city, "
    "tasks = list_append(tasks, :more), seen = if_not_exists(seen, :one) "
    "REMOVE #draft DELETE badges :guest",
    "ExpressionAttributeNames": {"#draft": "draft"},
    "ExpressionAttributeValues": {
        ":one": {"N": "1"},
        ":city": {"S": "Köln"},
        ":more": {"L": [{"S": "test"}]},
        ":guest": {"SS": ["guest"]},
    },
}
UPDATED = KEY | {
    "visits": {"N": "2"},
    "badges": {"SS": ["admin"]},
    "tasks": {"L": [{"S": "write"}, {"S": "test"}]},
    "home": {"M": {"city": {"S": "Köln"}, "zip": {"S": "53111"}}},
    "seen": {"N": "1"},
}


@pytest.mark.parametrize(
    "view, attributes", [("ALL_OLD", ITEM), ("ALL_NEW", UPDATED), ("NONE", None)]
)
def test_an_update_returns(client, table, view, attributes):
    client.put_item(TableName=table, Item=ITEM)

    answer = client.update_item(TableName=table, Key=KEY, ReturnValues=view, **UPDATE)

    assert answer.get("Attributes") == attributes
    assert client.get_item(TableName=table, Key=KEY)["Item"] == UPDATED


def test_an_update_returns_only_what_it_changed(client, table):
    client.put_item(TableName=table, Item=ITEM)
    count = {
        "UpdateExpression": "ADD visits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    old = client.update_item(TableName=table, Key=KEY, ReturnValues="UPDATED_OLD", **count)
    new = client.update_item(TableName=table, Key=KEY, ReturnValues="UPDATED_NEW", **count)

    assert old["Attributes"] == {"visits": {"N": "1"}}
    assert new["Attributes"] == {"visits": {"N": "3"}}


def test_an_update_makes_an_absent_item(client, table):
    client.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET home = :home ADD visits :two, badges :badges",
        ExpressionAttributeValues={
            ":home": {"M": {}},
            ":two": {"N": "2"},
            ":badges": {"SS": ["admin"]},
        },
    )

    made = KEY | {"home": {"M": {}}, "visits": {"N": "2"}, "badges": {"SS": ["admin"]}}
    assert client.get_item(TableName=table, Key=KEY)["Item"] == made


def test_a_failed_condition_says_what_is_there_and_changes_nothing(client, table):
    client.put_item(TableName=table, Item=ITEM)
    writes = [
        (client.put_item, {"Item": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
        (client.delete_item, {"Key": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
        (client.update_item, {"Key": KEY, "ConditionExpression": "size(tasks) > :one"} | UPDATE),
    ]

    for write, request in writes:
        with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refusal:
            write(TableName=table, ReturnValuesOnConditionCheckFailure="ALL_OLD", **request)

        assert refusal.value.response["Error"] == {
            "Code": "ConditionalCheckFailedException",
            "Message": "The conditional request failed",
        }
        assert refusal.value.response["Item"] == ITEM
    assert client.get_item(TableName=table, Key=KEY)["Item"] == ITEM


def test_a_failed_condition_keeps_the_item_to_itself_unless_asked(client, table):
    client.put_item(TableName=table, Item=ITEM)

    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refusal:
        client.put_item(TableName=table, Item=KEY, ConditionExpression="attribute_not_exists(id)")

    assert "Item" not in refusal.value.response


def test_a_condition_that_holds_lets_the_write_through(client, table):
    client.put_item(TableName=table, Item=ITEM, ConditionExpression="attribute_not_exists(id)")
    client.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET visits = :two",
        ConditionExpression="home.city = :bonn",
        ExpressionAttributeValues={":two": {"N": "2"}, ":bonn": {"S": "Bonn"}},
    )
    client.delete_item(
        TableName=table,
        Key=KEY,
        ConditionExpression="visits BETWEEN :low AND :high AND contains(tasks, :task)",
        ExpressionAttributeValues={
            ":low": {"N": "2"},
            ":high": {"N": "2.5"},
            ":task": {"S": "write"},
        },
    )

    assert "Item" not in client.get_item(TableName=table, Key=KEY)


def test_a_projection_yields_parts_of_an_item(client, table):
    client.put_item(TableName=table, Item=ITEM)

    answer = client.get_item(
        TableName=table,
        Key=KEY,
        ProjectionExpression="home.#city, tasks[0], nothing",
        ExpressionAttributeNames={"#city": "city"},
    )

    assert answer["Item"] == {
        "home": {"M": {"city": {"S": "Bonn"}}},
        "tasks": {"L": [{"S": "write"}]},
    }


@pytest.mark.parametrize(
    "expression, message",
    [
        (
            "SET id = :v",
            "One or more parameter values were invalid: "
            "Cannot update attribute id. This attribute is part of the key",
        ),
        (
            "SET name = :v",
            "Invalid UpdateExpression: Attribute name is a reserved keyword; "
            "reserved keyword: name",
        ),
        (
            "SET a = :v, b = :w",
            "Invalid UpdateExpression: An expression attribute value used in expression "
            "is not defined; attribute value: :w",
        ),
    ],
)
def test_a_wrong_update_is_refused_in_dynamodbs_words(client, table, expression, message):
    with pytest.raises(ClientError) as refusal:
        client.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression=expression,
            ExpressionAttributeValues={":v": {"S": "x"}},
        )

    assert refusal.value.response["Error"] == {"Code": "ValidationException", "Message": message}


def test_a_batch_puts_and_deletes_in_several_tables(client, table, orders):
    client.put_item(TableName=table, Item=ITEM)
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(100, 120)]
    delete = {"DeleteRequest": {"Key": KEY}}
    of_bob = {"DeleteRequest": {"Key": {"customer": {"S": "bob"}, "placed": {"N": "4"}}}}

    answer = client.batch_write_item(RequestItems={table: [*puts, delete], orders: [of_bob]})

    assert answer["UnprocessedItems"] == {}
    kept = client.scan(TableName=table)["Items"]
    assert sorted(item["id"]["S"] for item in kept) == [str(number) for number in range(100, 120)]
    assert client.scan(TableName=orders, Select="COUNT")["Count"] == 5


def test_a_batch_is_refused_as_a_whole(client, table):
    twice = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]
    too_many = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]

    for batch in (twice, too_many):
        with pytest.raises(ClientError) as refusal:
            client.batch_write_item(RequestItems={table: batch})
        assert refusal.value.response["Error"]["Code"] == "ValidationException"

    assert client.scan(TableName=table)["Count"] == 0
