"""The boto3 client's queries and scans, of tables and of their indexes."""

import pytest
from botocore.exceptions import ClientError

from orders import ORDERS, days, order

OF_ANN = {
    "KeyConditionExpression": "customer = :customer",
    "ExpressionAttributeValues": {":customer": {"S": "ann"}},
}
OPEN = {
    "IndexName": "by_progress",
    "KeyConditionExpression": "progress = :progress",
    "ExpressionAttributeValues": {":progress": {"S": "open"}},
}


@pytest.mark.parametrize(
    "condition, found",
    [
        ("placed = :a", [2]),
        ("placed < :a", [1]),
        ("placed <= :a", [1, 2]),
        ("placed > :a", [3, 10]),
        ("placed >= :a", [2, 3, 10]),
        ("placed BETWEEN :a AND :b", [2, 3]),
    ],
)
def test_a_query_by_the_sort_key_where(client, orders, condition, found):
    values = {":customer": {"S": "ann"}, ":a": {"N": "2"}, ":b": {"N": "3"}}
    if ":b" not in condition:
        del values[":b"]

    answer = client.query(
        TableName=orders,
        KeyConditionExpression=f"customer = :customer AND {condition}",
        ExpressionAttributeValues=values,
    )

    assert days(answer["Items"]) == found
    assert answer["Count"] == answer["ScannedCount"] == len(found)
    assert "LastEvaluatedKey" not in answer


def test_a_query_yields_whole_items_in_either_direction(client, orders):
    up = client.query(TableName=orders, **OF_ANN)["Items"]
    down = client.query(TableName=orders, ScanIndexForward=False, ConsistentRead=True, **OF_ANN)[
        "Items"
    ]

    assert up == ORDERS[:4]
    assert down == up[::-1]


def test_the_query_paginator_yields_each_item_once(client, orders):
    pages = list(client.get_paginator("query").paginate(TableName=orders, Limit=3, **OF_ANN))

    assert [days(page["Items"]) for page in pages] == [[1, 2, 3], [10]]
    assert pages[0]["LastEvaluatedKey"] == {"customer": {"S": "ann"}, "placed": {"N": "3"}}


def test_the_query_paginator_stops_and_goes_on(client, orders):
    paginator = client.get_paginator("query")

    first = paginator.paginate(
        TableName=orders, PaginationConfig={"MaxItems": 3, "PageSize": 2}, **OF_ANN
    )
    before = first.build_full_result()
    rest = paginator.paginate(
        TableName=orders, PaginationConfig={"StartingToken": before["NextToken"]}, **OF_ANN
    )

    assert days(before["Items"]) == [1, 2, 3]
    assert days(rest.build_full_result()["Items"]) == [10]


def test_a_filter_drops_items_that_were_read(client, orders):
    answer = client.query(
        TableName=orders,
        KeyConditionExpression="customer = :customer",
        FilterExpression="price >= :price AND attribute_exists(progress)",
        ExpressionAttributeValues={":customer": {"S": "ann"}, ":price": {"N": "10"}},
    )

    assert days(answer["Items"]) == [1, 2]
    assert (answer["Count"], answer["ScannedCount"]) == (2, 4)


def test_a_count_brings_no_items(client, orders):
    answer = client.query(TableName=orders, Select="COUNT", **OF_ANN)

    assert "Items" not in answer
    assert answer["Count"] == 4


def test_a_projection_yields_the_named_attributes(client, orders):
    answer = client.query(TableName=orders, ProjectionExpression="placed, note", Limit=2, **OF_ANN)

    assert answer["Items"] == [
        {"placed": {"N": "1"}, "note": {"S": "a gift"}},
        {"placed": {"N": "2"}},
    ]


def test_a_global_index_holds_its_own_attributes_of_some_items(client, orders):
    pages = client.get_paginator("query").paginate(TableName=orders, Limit=2, **OPEN)
    found = [item for page in pages for item in page["Items"]]

    assert found == [
        {"customer": {"S": customer}, "placed": {"N": placed}, "progress": {"S": "open"}}
        for customer, placed in [("ann", "1"), ("bob", "4"), ("ann", "10")]
    ]


def test_a_global_index_follows_every_write(client, orders):
    client.update_item(
        TableName=orders,
        Key={"customer": {"S": "ann"}, "placed": {"N": "1"}},
        UpdateExpression="SET progress = :sent",
        ExpressionAttributeValues={":sent": {"S": "sent"}},
    )
    client.update_item(
        TableName=orders,
        Key={"customer": {"S": "ann"}, "placed": {"N": "10"}},
        UpdateExpression="REMOVE progress",
    )
    client.delete_item(TableName=orders, Key={"customer": {"S": "bob"}, "placed": {"N": "4"}})
    client.put_item(TableName=orders, Item=order("dora", 6, 1, progress="open"))

    assert days(client.query(TableName=orders, **OPEN)["Items"]) == [6]


def test_a_local_index_sorts_by_its_own_key_and_reads_consistently(client, orders):
    query = {"TableName": orders, "IndexName": "by_price", "ConsistentRead": True}

    cheap = client.query(**query, **OF_ANN)["Items"]

    assert cheap == [ORDERS[3], ORDERS[1], ORDERS[2], ORDERS[0]]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"IndexName": "by_mood"}, "The table does not have the specified index: by_mood"),
        (
            {"ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
    ],
)
def test_a_wrong_query_of_an_index_is_refused(client, orders, wrong, message):
    with pytest.raises(ClientError) as refusal:
        client.query(TableName=orders, **(OPEN | wrong))

    assert refusal.value.response["Error"] == {"Code": "ValidationException", "Message": message}


def test_the_scan_paginator_yields_each_item_once(client, orders):
    pages = client.get_paginator("scan").paginate(
        TableName=orders, PaginationConfig={"PageSize": 4}
    )
    counts = [(page["Count"], sorted(days(page["Items"]))) for page in pages]

    assert [count for count, _ in counts] == [4, 2]
    assert sorted(day for _, found in counts for day in found) == days(
        ORDERS[:3] + ORDERS[4:] + ORDERS[3:4]
    )


def test_segments_split_a_scan(client, table):
    names = {str(number) for number in range(100)}
    for name in names:
        client.put_item(TableName=table, Item={"id": {"S": name}})

    segments = []
    for segment in range(4):
        pages = client.get_paginator("scan").paginate(
            TableName=table, Segment=segment, TotalSegments=4, PaginationConfig={"PageSize": 10}
        )
        segments.append([item["id"]["S"] for page in pages for item in page["Items"]])

    assert sorted(name for segment in segments for name in segment) == sorted(names)
    assert all(segments)


def test_a_scan_of_an_index_is_filtered(client, orders):
    answer = client.scan(
        TableName=orders,
        IndexName="by_progress",
        FilterExpression="customer IN (:ann, :cleo)",
        ExpressionAttributeValues={":ann": {"S": "ann"}, ":cleo": {"S": "cleo"}},
    )

    assert sorted(days(answer["Items"])) == [1, 2, 5, 10]
    assert (answer["Count"], answer["ScannedCount"]) == (4, 5)
