"""The DAX client's single items: values of every type, keys, what writes return, sizes."""

import itertools
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from accelerator import cases, named, new_key, pages, plain
from conftest import new_table

VALUES = cases("values")
KEYS = cases("keys")
ITEM_BYTES_MAX = 400 * 1024
EVERY_TYPE = {case["name"]: case["value"] for case in VALUES}


@pytest.fixture
def item():
    return new_key() | {"value": {"S": "old"}, "count": {"N": "1"}}


@pytest.mark.parametrize("case", **named(VALUES))
def test_a_value_put_through_dax_is_read_by_both(dax, client, shelf, case):
    item = new_key() | {"value": case["value"], "inside": {"L": [{"M": {"it": case["value"]}}]}}

    dax.put_item(TableName=shelf, Item=item)

    for reader in (dax, client):
        for consistent in (False, True):
            assert plain(read(reader, shelf, item, ConsistentRead=consistent)) == plain(item)


@pytest.mark.parametrize("case", **named(VALUES))
def test_a_value_put_over_http_is_read_through_dax(dax, client, shelf, case):
    item = new_key() | {"value": case["value"]}

    client.put_item(TableName=shelf, Item=item)

    assert plain(read(dax, shelf, item)) == plain(item)
    assert plain(found_by_query(dax, shelf, item)) == plain([item])


@pytest.mark.parametrize("text", cases("numbers"))
def test_a_number_keeps_its_value(dax, client, shelf, text):
    item = new_key() | {"n": {"N": text}, "s": {"NS": [text]}, "l": {"L": [{"N": text}]}}
    other = new_key() | {"n": {"N": text}}

    dax.put_item(TableName=shelf, Item=item)
    client.put_item(TableName=shelf, Item=other)

    assert plain(read(client, shelf, item)) == plain(item)
    assert plain(read(dax, shelf, item)) == plain(item)
    assert plain(read(dax, shelf, other)) == plain(other)


def test_an_item_of_every_type_comes_back(dax, client, shelf):
    item = new_key() | EVERY_TYPE

    dax.put_item(TableName=shelf, Item=item)

    assert plain(read(dax, shelf, item)) == plain(read(client, shelf, item)) == plain(item)
    assert plain(found_by_query(dax, shelf, item)) == plain([item])


def test_an_item_may_be_its_key_alone(dax, client, shelf):
    key = new_key()

    dax.put_item(TableName=shelf, Item=key)

    assert read(dax, shelf, key) == read(client, shelf, key) == key
    assert found_by_query(dax, shelf, key) == [key]


def test_an_absent_item_is_no_item(dax, shelf):
    assert dax.get_item(TableName=shelf, Key=new_key()) == {}
    assert dax.get_item(TableName=shelf, Key=new_key(), ConsistentRead=True) == {}
    assert dax.get_item(TableName=shelf, Key=new_key(), ProjectionExpression="v") == {}
    assert dax.delete_item(TableName=shelf, Key=new_key()) == {}


def test_many_lists_of_attributes_stay_apart(dax, client, shelf):
    items = [new_key() | {f"v{n}": {"N": str(n)}, "w": {"S": "x"}} for n in range(300)]

    for item in items[::2]:
        dax.put_item(TableName=shelf, Item=item)
    for item in items[1::2]:
        client.put_item(TableName=shelf, Item=item)

    assert [read(dax, shelf, item) for item in items] == items
    assert [read(client, shelf, item) for item in items] == items


def test_the_order_of_attributes_does_not_matter(dax, shelf):
    key = new_key()
    values = {f"v{n}": {"N": str(n)} for n in range(20)}
    turned = dict(reversed(values.items()))

    dax.put_item(TableName=shelf, Item=key | values)
    dax.put_item(TableName=shelf, Item=turned | key)

    assert read(dax, shelf, key) == key | values


@pytest.mark.parametrize("types", ["S", "N", "B", *itertools.product("SNB", repeat=2)], ids="".join)
def test_keys_of_every_type_name_their_item(dax, client, request, types):
    table = new_table(client, request.function, by_key(types))
    pairs = itertools.product(*(KEYS[of_type] for of_type in types))
    keys = [dict(zip(("hash", "sort"), pair)) for pair in pairs]
    items = [key | {"place": {"N": str(place)}} for place, key in enumerate(keys)]

    for item in items[::2]:
        dax.put_item(TableName=table, Item=item)
    for item in items[1::2]:
        client.put_item(TableName=table, Item=item)

    for key, item in zip(keys, items):
        assert plain(dax.get_item(TableName=table, Key=key)["Item"]) == plain(item)
        assert plain(client.get_item(TableName=table, Key=key)["Item"]) == plain(item)
    in_pages = scan_all(dax, table)
    assert sorted(in_pages, key=place_of) == plain(items)
    for key in keys:
        dax.delete_item(TableName=table, Key=key)
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize("sort", "SNB")
@pytest.mark.parametrize("hash_", "SNB")
def test_a_sort_key_sorts_a_query(dax, client, request, hash_, sort):
    table = new_table(client, request.function, by_key(hash_ + sort))
    first = KEYS[hash_][-1]
    items = [
        {"hash": first, "sort": key, "place": {"N": str(n)}} for n, key in enumerate(KEYS[sort])
    ]
    for item in items[::-1]:
        dax.put_item(TableName=table, Item=item)
    query = {
        "TableName": table,
        "KeyConditionExpression": "#h = :h AND sort BETWEEN :low AND :high",
        "ExpressionAttributeNames": {"#h": "hash"},
        "ExpressionAttributeValues": {":h": first, ":low": KEYS[sort][1], ":high": KEYS[sort][-2]},
    }

    up = dax.query(**query)["Items"]
    down = dax.query(**query, ScanIndexForward=False)["Items"]
    page = dax.query(**query, Limit=2)
    rest = dax.query(**query, ExclusiveStartKey=page["LastEvaluatedKey"])["Items"]

    assert plain(up) == plain(items[1:-1])
    assert down == up[::-1]
    assert page["Items"] + rest == up


def test_a_key_may_be_written_in_several_ways(dax, client, request):
    table = new_table(client, request.function, by_key("NN"))
    dax.put_item(TableName=table, Item={"hash": {"N": "1.50"}, "sort": {"N": "100"}})
    client.put_item(TableName=table, Item={"hash": {"N": "2"}, "sort": {"N": "0.10"}})

    for of_first in ("1.5", "1.500", "15E-1"):
        for of_second in ("100", "1E+2", "100.0"):
            key = {"hash": {"N": of_first}, "sort": {"N": of_second}}
            assert dax.get_item(TableName=table, Key=key) == {"Item": key}
    for of_second in ("0.1", "1E-1"):
        key = {"hash": {"N": "2.0"}, "sort": {"N": of_second}}
        assert dax.get_item(TableName=table, Key=key) == {"Item": key}


def test_a_put_returns_what_it_replaced(dax, shelf, item):
    new = {"id": item["id"], "other": {"BOOL": True}}

    first = dax.put_item(TableName=shelf, Item=item, ReturnValues="ALL_OLD")
    second = dax.put_item(TableName=shelf, Item=new, ReturnValues="ALL_OLD")
    third = dax.put_item(TableName=shelf, Item=item, ReturnValues="NONE")

    assert first == third == {}
    assert second == {"Attributes": item}


def test_a_deletion_returns_what_it_deleted(dax, client, shelf, item):
    key = {"id": item["id"]}
    dax.put_item(TableName=shelf, Item=item)

    first = dax.delete_item(TableName=shelf, Key=key, ReturnValues="ALL_OLD")
    second = dax.delete_item(TableName=shelf, Key=key, ReturnValues="ALL_OLD")

    assert first == {"Attributes": item}
    assert second == {}
    assert "Item" not in dax.get_item(TableName=shelf, Key=key)
    assert "Item" not in client.get_item(TableName=shelf, Key=key)


def test_a_failed_condition_leaves_the_item(dax, client, shelf, item):
    dax.put_item(TableName=shelf, Item=item)
    key = {"id": item["id"]}
    absent = {"TableName": shelf, "ConditionExpression": "attribute_not_exists(id)"}
    writes = [
        (dax.put_item, {"Item": key}),
        (dax.delete_item, {"Key": key}),
        (
            dax.update_item,
            {"Key": key, "UpdateExpression": "REMOVE #v"}
            | {"ExpressionAttributeNames": {"#v": "value"}},
        ),
    ]

    for write, request in writes:
        with pytest.raises(ClientError) as refusal:
            write(**absent, **request)

        assert refusal.value.response["Error"] == {
            "Code": "ConditionalCheckFailedException",
            "Message": "The conditional request failed",
        }
        assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert read(dax, shelf, key) == read(client, shelf, key) == item


def test_a_condition_that_holds_lets_a_write_through_once(dax, shelf, item):
    absent = {"TableName": shelf, "ConditionExpression": "attribute_not_exists(id)"}

    dax.put_item(Item=item, **absent)
    with pytest.raises(ClientError):
        dax.put_item(Item=item, **absent)
    dax.delete_item(
        TableName=shelf,
        Key={"id": item["id"]},
        ConditionExpression="#c = :one",
        ExpressionAttributeNames={"#c": "count"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    assert dax.get_item(TableName=shelf, Key={"id": item["id"]}) == {}


def test_an_expected_value_is_a_condition(dax, shelf, item):
    dax.put_item(TableName=shelf, Item=item, Expected={"id": {"Exists": False}})

    with pytest.raises(ClientError) as refusal:
        dax.put_item(TableName=shelf, Item=item, Expected={"count": {"Value": {"N": "2"}}})
    dax.delete_item(
        TableName=shelf, Key={"id": item["id"]}, Expected={"count": {"Value": {"N": "1.0"}}}
    )

    assert refusal.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert dax.get_item(TableName=shelf, Key={"id": item["id"]}) == {}


@pytest.mark.parametrize("kind", ["TOTAL", "INDEXES", "NONE"])
def test_the_consumed_capacity_is_that_over_http(dax, client, visits, kind):
    key = {"guest": {"S": f"dora {kind}"}, "nr": {"N": "1"}}
    item = key | {"mood": {"S": "good"}, "room": {"S": "attic"}, "price": {"N": "1"}}
    requests = [
        ("get_item", {"Key": key}),
        ("put_item", {"Item": item}),
        ("put_item", {"Item": item | {"mood": {"S": "bad"}}}),
        ("get_item", {"Key": key}),
        ("get_item", {"Key": key, "ConsistentRead": True}),
        ("get_item", {"Key": key, "ProjectionExpression": "price"}),
        (
            "update_item",
            {
                "Key": key,
                "UpdateExpression": "SET price = price + :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        ("delete_item", {"Key": key}),
    ]
    asked = {"TableName": visits, "ReturnConsumedCapacity": kind}

    over_http = [getattr(client, call)(**asked, **request) for call, request in requests]
    through_dax = [getattr(dax, call)(**asked, **request) for call, request in requests]

    assert plain(through_dax) == plain(over_http)
    assert all(("ConsumedCapacity" in answer) == (kind != "NONE") for answer in through_dax)


def test_the_size_of_an_item_collection_is_told(dax, visits):
    key = {"guest": {"S": "emil"}, "nr": {"N": "1"}}
    sized = {"TableName": visits, "ReturnItemCollectionMetrics": "SIZE"}

    answers = [
        dax.put_item(Item=key, **sized),
        dax.update_item(
            Key=key,
            UpdateExpression="SET price = :p",
            ExpressionAttributeValues={":p": {"N": "1"}},
            **sized,
        ),
        dax.delete_item(Key=key, **sized),
    ]

    for answer in answers:
        metrics = answer["ItemCollectionMetrics"]
        assert metrics["ItemCollectionKey"] == {"guest": {"S": "emil"}}
        low, high = metrics["SizeEstimateRangeGB"]
        assert 0 <= low < high <= 1


def test_a_table_without_a_local_index_has_no_collections(dax, shelf):
    assert dax.put_item(TableName=shelf, Item=new_key(), ReturnItemCollectionMetrics="SIZE") == {}


@pytest.mark.parametrize("kind, unit", [("S", "\u00e4"), ("B", b"\x00\xff")])
def test_an_item_may_have_400_kib_and_no_more(dax, client, shelf, kind, unit):
    key = new_key()
    overhead = len("id") + len(key["id"]["S"]) + len("v")
    largest = unit * ((ITEM_BYTES_MAX - overhead) // 2)
    item = key | {"v": {kind: largest}}

    dax.put_item(TableName=shelf, Item=item)
    with pytest.raises(ClientError) as refusal:
        dax.put_item(TableName=shelf, Item=key | {"v": {kind: largest + unit}})

    assert read(dax, shelf, key) == read(client, shelf, key) == item
    assert refusal.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Item size has exceeded the maximum allowed size",
    }


def test_an_update_beyond_400_kib_is_refused(dax, shelf):
    item = new_key() | {"v": {"S": "x" * 300_000}}
    dax.put_item(TableName=shelf, Item=item)

    with pytest.raises(ClientError) as refusal:
        dax.update_item(
            TableName=shelf,
            Key={"id": item["id"]},
            UpdateExpression="SET w = :w",
            ExpressionAttributeValues={":w": {"S": "x" * 200_000}},
        )

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert read(dax, shelf, item) == item


def read(reader, table, item, **options):
    return reader.get_item(TableName=table, Key={"id": item["id"]}, **options)["Item"]


def found_by_query(reader, table, item):
    return reader.query(
        TableName=table,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": item["id"]},
    )["Items"]


def scan_all(reader, table):
    answers = pages(reader.scan, TableName=table, Limit=10)
    return [item for answer in plain(answers) for item in answer["Items"]]


def place_of(item):
    return Decimal(item["place"]["N"])


def by_key(types):
    """The definition of a table with a key of one or two types."""
    names = ("hash", "sort")[: len(types)]
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": of_type} for name, of_type in zip(names, types)
        ],
        "KeySchema": [
            {"AttributeName": name, "KeyType": role} for name, role in zip(names, ("HASH", "RANGE"))
        ],
    }
