"""The DAX client's expressions: conditions, updates and projections, by the tables of `../dax`."""

import pytest
from botocore.exceptions import ClientError

from accelerator import cases, named, new_key, plain

CONDITIONS = cases("conditions")
UPDATES = cases("updates")
PROJECTIONS = cases("projections")
VIEWS = ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]
TERMS = 100


@pytest.fixture(scope="module")
def conditioned(dax, shelf):
    """The item that all conditions are of."""
    item = new_key() | CONDITIONS["item"]
    dax.put_item(TableName=shelf, Item=item)
    return item


@pytest.mark.parametrize("case", CONDITIONS["cases"], ids=lambda case: case["if"])
def test_a_condition(dax, shelf, conditioned, case):
    put = {"TableName": shelf, "Item": conditioned} | expression("ConditionExpression", case)

    try:
        dax.put_item(**put)
        holds = True
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "ConditionalCheckFailedException"
        holds = False

    assert holds == case["holds"]


@pytest.mark.parametrize("case", CONDITIONS["cases"], ids=lambda case: case["if"])
def test_a_filter(dax, shelf, conditioned, case):
    request = {"TableName": shelf} | expression("FilterExpression", case)
    values = request.get("ExpressionAttributeValues", {}) | {":id": conditioned["id"]}
    of_item = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": values}

    scanned = dax.scan(**request)["Items"]
    queried = dax.query(**(request | of_item))["Items"]

    expected = [conditioned] if case["holds"] else []
    assert plain([item for item in scanned if item["id"] == conditioned["id"]]) == plain(expected)
    assert plain(queried) == plain(expected)


@pytest.mark.parametrize("word", ["AND", "OR"])
def test_a_long_chain(dax, shelf, conditioned, word):
    terms = f" {word} ".join(f"num > :v{n}" for n in range(TERMS))
    values = {f":v{n}": {"N": str(n - TERMS + 10)} for n in range(TERMS)}
    chain = {"FilterExpression": terms, "ExpressionAttributeValues": values}

    found = dax.scan(TableName=shelf, **chain)["Items"]

    assert plain(found) == plain([conditioned])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("case", **named(UPDATES["cases"]))
def test_an_update(dax, client, table, case, view):
    item = {"id": {"S": "7"}} | UPDATES["item"]
    changed = item | case["after"]
    after = {name: value for name, value in changed.items() if value is not None}
    update = {"TableName": table, "Key": {"id": item["id"]}, "ReturnValues": view}
    update |= {"ReturnConsumedCapacity": "INDEXES"} | case["request"]

    client.put_item(TableName=table, Item=item)
    over_http = client.update_item(**update)
    client.put_item(TableName=table, Item=item)
    through_dax = dax.update_item(**update)

    assert plain(through_dax) == plain(over_http)
    whole = {"ALL_OLD": item, "ALL_NEW": after}.get(view)
    assert whole is None or plain(through_dax["Attributes"]) == plain(whole)
    for reader in (dax, client):
        found = reader.get_item(TableName=table, Key={"id": item["id"]})["Item"]
        assert plain(found) == plain(after)


def test_an_update_makes_an_absent_item(dax, client, shelf):
    key = new_key()
    update = {
        "UpdateExpression": "SET doc = :doc ADD visits :two, tags :tags",
        "ExpressionAttributeValues": {
            ":doc": {"M": {}},
            ":two": {"N": "2"},
            ":tags": {"SS": ["new"]},
        },
    }
    made = {"doc": {"M": {}}, "visits": {"N": "2"}, "tags": {"SS": ["new"]}}

    answer = dax.update_item(TableName=shelf, Key=key, ReturnValues="UPDATED_NEW", **update)

    assert answer["Attributes"] == made
    assert dax.get_item(TableName=shelf, Key=key)["Item"] == key | made
    assert client.get_item(TableName=shelf, Key=key)["Item"] == key | made


def test_an_update_may_change_nothing(dax, shelf):
    key = new_key()

    first = dax.update_item(TableName=shelf, Key=key, ReturnValues="ALL_OLD")
    second = dax.update_item(TableName=shelf, Key=key, ReturnValues="ALL_NEW")

    assert plain(first) == {}
    assert second["Attributes"] == key
    assert dax.get_item(TableName=shelf, Key=key) == {"Item": key}


def test_reserved_words_are_names_as_any_other(dax, shelf):
    # The clients send no text, so that nobody can tell `name` from `#n`.
    key = new_key()

    dax.update_item(
        TableName=shelf,
        Key=key,
        UpdateExpression="SET name = :v",
        ExpressionAttributeValues={":v": {"S": "Ada"}},
    )
    found = dax.get_item(TableName=shelf, Key=key, ProjectionExpression="name")

    assert found == {"Item": {"name": {"S": "Ada"}}}


@pytest.mark.parametrize("case", PROJECTIONS["cases"], ids=lambda case: case["of"])
def test_a_projection(dax, shelf, case):
    item = new_key() | PROJECTIONS["item"]
    dax.put_item(TableName=shelf, Item=item)
    key = {"id": item["id"]}
    projection = {"ProjectionExpression": case["of"]}
    if "names" in case:
        projection["ExpressionAttributeNames"] = case["names"]
    of_item = {
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": item["id"]},
    }
    of_scan = of_item | {"FilterExpression": of_item["KeyConditionExpression"]}
    del of_scan["KeyConditionExpression"]

    got = dax.get_item(TableName=shelf, Key=key, **projection)["Item"]
    consistent = dax.get_item(TableName=shelf, Key=key, ConsistentRead=True, **projection)["Item"]
    queried = dax.query(TableName=shelf, **of_item, **projection)["Items"]
    scanned = dax.scan(TableName=shelf, **of_scan, **projection)["Items"]
    keys = {"Keys": [key]} | projection
    batch = dax.batch_get_item(RequestItems={shelf: keys})["Responses"][shelf]

    expected = plain(case["found"])
    assert plain([got, consistent]) == [expected, expected]
    assert plain(queried) == plain(scanned) == plain(batch) == [expected]


def test_a_projection_may_name_the_key(dax, shelf):
    item = new_key() | {"v": {"S": "x"}}
    dax.put_item(TableName=shelf, Item=item)
    of_item = {
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": item["id"]},
    }
    key = {"id": item["id"]}

    for paths, expected in [("id", key), ("v, id", item), ("v", {"v": item["v"]})]:
        projection = {"TableName": shelf, "ProjectionExpression": paths}
        assert dax.get_item(Key=key, **projection)["Item"] == expected
        assert dax.query(**of_item, **projection)["Items"] == [expected]


def test_older_parameters_project_too(dax, shelf):
    item = new_key() | {"v": {"S": "x"}, "w": {"S": "y"}}
    dax.put_item(TableName=shelf, Item=item)

    found = dax.get_item(TableName=shelf, Key={"id": item["id"]}, AttributesToGet=["w", "id"])

    assert found == {"Item": {"w": item["w"], "id": item["id"]}}


def expression(parameter, case):
    """A request's parameters for a case of the table of conditions."""
    request = {parameter: case["if"]}
    if "names" in case:
        request["ExpressionAttributeNames"] = case["names"]
    if "values" in case:
        request["ExpressionAttributeValues"] = case["values"]
    return request
