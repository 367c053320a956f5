"""The DAX client's transactions, beside those over HTTP."""

import pytest
from botocore.exceptions import ClientError

from accelerator import new_key, plain


def test_all_actions_are_carried_out_and_read_at_one_moment(dax, client, table):
    first, second, third, gone = (new_key() for _ in range(4))
    client.put_item(TableName=table, Item=gone)
    client.put_item(TableName=table, Item=third | {"n": {"N": "1"}})

    answer = dax.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": first | {"v": {"S": "x"}, "w": {"NULL": True}}}},
            add(table, second, 5),
            add(table, third, 5),
            {"Delete": {"TableName": table, "Key": gone}},
            {
                "ConditionCheck": {
                    "TableName": table,
                    "Key": new_key(),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    gets = [{"Get": {"TableName": table, "Key": key}} for key in (first, second, third, gone)]
    gets[2]["Get"]["ProjectionExpression"] = "n"
    over_dax = dax.transact_get_items(TransactItems=gets)["Responses"]
    over_http = client.transact_get_items(TransactItems=gets)["Responses"]

    assert answer["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": 10.0, "WriteCapacityUnits": 10.0}
    ]
    assert plain(over_dax) == plain(over_http)
    assert plain([over_http[0]["Item"]]) == plain([first | {"v": {"S": "x"}, "w": {"NULL": True}}])
    assert over_http[1]["Item"]["n"] == {"N": "5"}
    assert over_http[2] == {"Item": {"n": {"N": "6"}}}
    assert over_http[3] == {}


def test_a_condition_that_does_not_hold_cancels_all(dax, client, table):
    there, new = new_key(), new_key()
    client.put_item(TableName=table, Item=there | {"n": {"N": "1"}})

    with pytest.raises(ClientError) as refused:
        dax.transact_write_items(
            TransactItems=[
                add(table, new, 1),
                {
                    "Put": {
                        "TableName": table,
                        "Item": there,
                        "ConditionExpression": "attribute_not_exists(id)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ]
        )

    error = refused.value.response["Error"]
    assert error["Code"] == "TransactionCanceledException"
    assert error["Message"].endswith("[None, ConditionalCheckFailed]")
    assert "Item" not in client.get_item(TableName=table, Key=new)
    assert client.get_item(TableName=table, Key=there)["Item"]["n"] == {"N": "1"}


def test_a_token_is_good_for_both_protocols(dax, client, table):
    key = new_key()
    request = {"TransactItems": [add(table, key, 1)], "ClientRequestToken": key["id"]["S"]}

    dax.transact_write_items(**request)
    client.transact_write_items(**request)
    dax.transact_write_items(**request)

    assert dax.get_item(TableName=table, Key=key)["Item"]["n"] == {"N": "1"}


def add(table, key, number):
    return {
        "Update": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": str(number)}},
        }
    }
