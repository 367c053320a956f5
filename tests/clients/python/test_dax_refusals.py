"""What the server refuses a DAX client, in the code and the words that it has over HTTP."""

import re

import pytest
from botocore.exceptions import ClientError

from accelerator import cases, named, new_key
from conftest import BY_ID, new_name, new_table

REFUSALS = cases("refusals")
BY_MAIL = {
    "AttributeDefinitions": [
        *BY_ID["AttributeDefinitions"],
        {"AttributeName": "mail", "AttributeType": "S"},
    ],
    "KeySchema": BY_ID["KeySchema"],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_mail",
            "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
ITEM = {
    "id": {"S": "7"},
    "txt": {"S": "x"},
    "num": {"N": "1"},
    "doc": {"M": {"sub": {"S": "x"}}},
}
OF_NO_TABLE = [
    ("get_item", {"Key": new_key()}),
    ("put_item", {"Item": new_key() | {"v": {"S": "x"}}}),
    ("update_item", {"Key": new_key(), "UpdateExpression": "REMOVE v"}),
    ("delete_item", {"Key": new_key()}),
    (
        "query",
        {"KeyConditionExpression": "id = :v", "ExpressionAttributeValues": {":v": {"S": ""}}},
    ),
    ("scan", {}),
]


@pytest.fixture(scope="module")
def mails(client, request):
    table = new_table(client, request.module, BY_MAIL)
    client.put_item(TableName=table, Item=ITEM)
    return table


@pytest.mark.parametrize("case", **named(REFUSALS))
def test_a_wrong_request_is_refused_as_over_http(dax, client, mails, case):
    call = re.sub("(?!^)([A-Z])", r"_\1", case["call"]).lower()
    request = {"TableName": mails} | case["request"]

    over_http = refusal(getattr(client, call), request)
    through_dax = refusal(getattr(dax, call), request)

    assert through_dax["Error"] == over_http["Error"]
    assert through_dax["Error"]["Code"] == "ValidationException"
    assert through_dax["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert through_dax["ResponseMetadata"]["RequestId"]
    assert dax.get_item(TableName=mails, Key={"id": ITEM["id"]})["Item"] == ITEM


@pytest.mark.parametrize("call, request_", OF_NO_TABLE, ids=[call for call, _ in OF_NO_TABLE])
def test_a_table_that_is_not_there(dax, call, request_):
    told = refusal(getattr(dax, call), {"TableName": "nowhere"} | request_)

    assert told["Error"]["Code"] == "ResourceNotFoundException"
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("call", ["batch_get_item", "batch_write_item"])
def test_a_table_of_a_batch_that_is_not_there(dax, shelf, call):
    requests = {
        "batch_get_item": {"Keys": [new_key()]},
        "batch_write_item": [{"PutRequest": {"Item": new_key()}}],
    }

    both = {"RequestItems": {shelf: requests[call], "nowhere": requests[call]}}
    told = refusal(getattr(dax, call), both)

    assert told["Error"]["Code"] == "ResourceNotFoundException"
    assert dax.scan(TableName=shelf)["Count"] == 0


def test_a_table_made_after_a_refusal_is_found(dax, client, request):
    key = new_key()
    name = new_name(request.function)

    told = refusal(dax.get_item, {"TableName": name, "Key": key})
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **BY_ID)
    client.get_waiter("table_exists").wait(TableName=name)
    dax.put_item(TableName=name, Item=key)

    assert told["Error"]["Code"] == "ResourceNotFoundException"
    assert dax.get_item(TableName=name, Key=key)["Item"] == key


def test_a_deleted_table_is_gone_for_dax_too(dax, client, table):
    key = new_key()
    dax.put_item(TableName=table, Item=key)
    assert dax.get_item(TableName=table, Key=key)["Item"] == key

    client.delete_table(TableName=table)
    client.get_waiter("table_not_exists").wait(TableName=table)

    for call, request in [
        (dax.get_item, {"Key": key}),
        (dax.put_item, {"Item": key}),
        (dax.scan, {}),
    ]:
        told = refusal(call, {"TableName": table} | request)
        assert told["Error"]["Code"] == "ResourceNotFoundException"


def test_nesting_beyond_32_levels_is_refused(dax, client, shelf):
    deep = {"S": "x"}
    for _ in range(33):
        deep = {"L": [deep]}
    request = {"TableName": shelf, "Item": new_key() | {"v": deep}}

    through_dax = refusal(dax.put_item, request)

    assert through_dax["Error"] == refusal(client.put_item, request)["Error"]


def test_a_refusal_leaves_the_client_usable(dax, table):
    for _ in range(50):
        key = new_key()
        refusal(dax.scan, {"TableName": table, "Segment": 0})
        dax.put_item(TableName=table, Item=key)
        assert dax.get_item(TableName=table, Key=key)["Item"] == key


def refusal(call, request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response
