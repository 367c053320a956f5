"""The boto3 client's and resource's statements of PartiQL."""

import uuid

import pytest
from botocore.exceptions import ClientError


def run(client, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return client.execute_statement(Statement=statement, **more)


def test_an_item_is_inserted_read_changed_and_deleted(client, table):
    run(
        client,
        f"INSERT INTO \"{table}\" VALUE {{'id': ?, 'visits': 1, 'tags': <<'x'>>}}",
        {"S": "7"},
    )
    with pytest.raises(client.exceptions.DuplicateItemException):
        run(client, f"INSERT INTO \"{table}\" VALUE {{'id': '7'}}")

    found = run(client, f'SELECT visits FROM "{table}" WHERE id = ?', {"S": "7"})
    changed = run(
        client,
        f'UPDATE "{table}" SET visits = visits + ? SET tags = set_add(tags, ?) '
        "WHERE id = '7' RETURNING ALL NEW *",
        {"N": "2"},
        {"SS": ["y"]},
        ReturnConsumedCapacity="TOTAL",
    )
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        run(
            client,
            f"DELETE FROM \"{table}\" WHERE id = '7' AND visits = 1",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    gone = run(client, f"DELETE FROM \"{table}\" WHERE id = '7' RETURNING ALL OLD *")

    item = {"id": {"S": "7"}, "visits": {"N": "3"}, "tags": {"SS": ["x", "y"]}}
    assert found["Items"] == [{"visits": {"N": "1"}}]
    assert changed["Items"] == [item]
    assert changed["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 1.0}
    assert refused.value.response["Item"] == item
    assert gone["Items"] == [item]
    assert run(client, f"SELECT * FROM \"{table}\" WHERE id = '7'")["Items"] == []


def test_pages_are_followed_to_their_end(client, table):
    for number in range(25):
        client.put_item(TableName=table, Item={"id": {"S": str(number)}, "n": {"N": str(number)}})

    found, more = [], {}
    while True:
        page = run(client, f'SELECT id FROM "{table}" WHERE n >= ?', {"N": "5"}, Limit=7, **more)
        found += [item["id"]["S"] for item in page["Items"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}

    assert sorted(found, key=int) == [str(number) for number in range(5, 25)]


def test_what_is_no_statement_is_refused_by_name(client, table):
    with pytest.raises(ClientError) as refused:
        run(client, f'SELECT * FROM "{table}" WHERE')

    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Statement wasn't well formed, can't be processed: Unexpected term",
    }


def test_a_batch_tells_of_each_statement(client, table):
    client.put_item(TableName=table, Item={"id": {"S": "1"}})

    answer = client.batch_execute_statement(
        Statements=[
            {"Statement": f"INSERT INTO \"{table}\" VALUE {{'id': '1'}}"},
            {"Statement": f"INSERT INTO \"{table}\" VALUE {{'id': ?}}", "Parameters": [{"S": "2"}]},
        ]
    )
    read = client.batch_execute_statement(
        Statements=[
            {"Statement": f"SELECT * FROM \"{table}\" WHERE id = '2'", "ConsistentRead": True},
            {"Statement": f"SELECT * FROM \"{table}\" WHERE id = '3'"},
        ]
    )

    assert answer["Responses"] == [
        {
            "Error": {
                "Code": "DuplicateItem",
                "Message": "Duplicate primary key exists in table",
            },
            "TableName": table,
        },
        {"TableName": table},
    ]
    assert read["Responses"] == [
        {"TableName": table, "Item": {"id": {"S": "2"}}},
        {"TableName": table},
    ]


def test_a_transaction_is_carried_out_whole_and_once_for_its_token(client, table):
    client.put_item(TableName=table, Item={"id": {"S": "1"}, "n": {"N": "1"}})
    transaction = {
        "TransactStatements": [
            {"Statement": f"UPDATE \"{table}\" SET n = n + 1 WHERE id = '1'"},
            {"Statement": f"INSERT INTO \"{table}\" VALUE {{'id': '2'}}"},
        ],
        "ClientRequestToken": str(uuid.uuid4()),
    }

    client.execute_transaction(**transaction)
    client.execute_transaction(**transaction)
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.execute_transaction(**(transaction | {"ClientRequestToken": str(uuid.uuid4())}))
    read = client.execute_transaction(
        TransactStatements=[
            {"Statement": f"SELECT n FROM \"{table}\" WHERE id = ?", "Parameters": [{"S": key}]}
            for key in ("1", "3")
        ]
    )

    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "DuplicateItem"]
    assert read["Responses"] == [{"Item": {"n": {"N": "2"}}}, {}]


def test_a_resources_client_speaks_plain_values(resource, table):
    resource.Table(table).put_item(Item={"id": "7", "n": 1})

    found = resource.meta.client.execute_statement(
        Statement=f'SELECT * FROM "{table}" WHERE id = ?', Parameters=["7"]
    )

    assert found["Items"] == [{"id": "7", "n": 1}]
