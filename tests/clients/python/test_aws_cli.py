"""The AWS command line, given its settings by the environment alone."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import environment_for, named

AWS = Path(sys.executable).with_name("aws")
CALL_LIMIT_S = 120
MADE = named("made_by_cli")
ASKINGS_MAX = 30


class Refusal(Exception):
    """What the command said as it failed."""


@pytest.fixture
def aws(hearth):
    """Runs `aws dynamodb` with words as a shell would split them; returns what it printed."""
    environment = {"PATH": os.environ["PATH"], **environment_for(hearth)}

    def run(words):
        done = subprocess.run(
            [AWS, "dynamodb", *shlex.split(words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=CALL_LIMIT_S,
        )
        if done.returncode != 0:
            raise Refusal(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout else None

    return run


def test_a_table_is_made_tagged_and_deleted(aws):
    made = aws(
        f"create-table --table-name {MADE} --billing-mode PAY_PER_REQUEST "
        "--attribute-definitions "
        "AttributeName=id,AttributeType=S AttributeName=mail,AttributeType=S "
        "--key-schema AttributeName=id,KeyType=HASH --global-secondary-indexes "
        "'IndexName=by_mail,KeySchema=[{AttributeName=mail,KeyType=HASH}],"
        "Projection={ProjectionType=ALL}'"
    )["TableDescription"]
    aws(f"wait table-exists --table-name {MADE}")
    described = aws(f"describe-table --table-name {MADE}")["Table"]
    aws(f"tag-resource --resource-arn {made['TableArn']} --tags Key=team,Value=blue")
    tags = aws(f"list-tags-of-resource --resource-arn {made['TableArn']}")["Tags"]
    listed = aws("list-tables")["TableNames"]
    aws(f"delete-table --table-name {MADE}")
    aws(f"wait table-not-exists --table-name {MADE}")

    assert described["TableStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert tags == [{"Key": "team", "Value": "blue"}]
    assert MADE in listed
    assert MADE not in aws("list-tables")["TableNames"]


def test_an_item_is_put_updated_got_and_deleted(aws, table):
    key = f"""--table-name {table} --key '{{"id": {{"S": "7"}}}}'"""

    put = aws(
        f"""put-item --table-name {table} --item '{{"id": {{"S": "7"}}, "visits": {{"N": "1"}}}}'"""
    )
    updated = aws(
        f"update-item {key} --update-expression 'SET visits = visits + :one' "
        """--expression-attribute-values '{":one": {"N": "1"}}' --return-values ALL_NEW"""
    )
    found = aws(f"get-item {key} --consistent-read")
    deleted = aws(f"delete-item {key} --return-values ALL_OLD")

    assert put is None
    assert updated == {"Attributes": {"id": {"S": "7"}, "visits": {"N": "2"}}}
    assert found["Item"] == deleted["Attributes"] == updated["Attributes"]
    assert aws(f"get-item {key}") is None


def test_a_failed_condition_is_told(aws, table):
    put = f"""put-item --table-name {table} --item '{{"id": {{"S": "7"}}}}'"""
    put += " --condition-expression 'attribute_not_exists(id)'"

    aws(put)
    with pytest.raises(Refusal) as refusal:
        aws(put)

    assert str(refusal.value) == (
        "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation: "
        "The conditional request failed"
    )


def test_a_query_of_an_index(aws, orders):
    days = aws(
        f"query --table-name {orders} --index-name by_progress "
        "--key-condition-expression 'progress = :open' "
        """--expression-attribute-values '{":open": {"S": "open"}}' """
        "--no-scan-index-forward --query Items[].placed.N"
    )

    assert days == ["10", "4", "1"]


def test_a_scan_in_pages_goes_on_from_its_token(aws, orders):
    whole = aws(f"scan --table-name {orders} --page-size 1")
    first = aws(f"scan --table-name {orders} --page-size 2 --max-items 4")
    rest = aws(f"scan --table-name {orders} --starting-token {first['NextToken']}")

    assert whole["Count"] == 6
    assert len(first["Items"]) == 4
    assert first["Items"] + rest["Items"] == whole["Items"]


def test_a_batch_of_writes_and_reads(aws, table):
    puts = [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in ("a", "b", "c")]
    keys = [{"id": {"S": name}} for name in ("a", "c", "d")]

    written = aws(f"batch-write-item --request-items '{json.dumps({table: puts})}'")
    read = aws(f"batch-get-item --request-items '{json.dumps({table: {'Keys': keys}})}'")

    assert written == {"UnprocessedItems": {}}
    assert sorted(item["id"]["S"] for item in read["Responses"][table]) == ["a", "c"]
    assert read["UnprocessedKeys"] == {}


def test_the_limits_are_described(aws):
    assert aws("describe-limits")["AccountMaxReadCapacityUnits"] == 80_000


def test_an_index_is_made_for_items_that_are_there_and_dropped(aws, table):
    for n in (3, 1, 2):
        aws(
            f"""put-item --table-name {table} --item """
            f"""'{{"id": {{"S": "{n}"}}, "kind": {{"S": "a"}}, "n": {{"N": "{n}"}}}}'"""
        )

    aws(
        f"update-table --table-name {table} --attribute-definitions "
        "AttributeName=kind,AttributeType=S AttributeName=n,AttributeType=N "
        "--global-secondary-index-updates '[{\"Create\": {\"IndexName\": \"by_kind\", "
        '"KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}, '
        '{"AttributeName": "n", "KeyType": "RANGE"}], '
        '"Projection": {"ProjectionType": "KEYS_ONLY"}}}]\''
    )
    until(lambda: [index["IndexStatus"] for index in indexes(aws, table)] == ["ACTIVE"])
    found = aws(
        f"query --table-name {table} --index-name by_kind --key-condition-expression 'kind = :a' "
        """--expression-attribute-values '{":a": {"S": "a"}}' --query Items[].n.N"""
    )
    aws(
        f"update-table --table-name {table} --global-secondary-index-updates "
        '\'[{"Delete": {"IndexName": "by_kind"}}]\''
    )
    until(lambda: indexes(aws, table) == [])

    assert found == ["1", "2", "3"]


def test_statements_transactions_and_times_to_live(aws, table):
    aws(f"""execute-statement --statement "INSERT INTO \\"{table}\\" VALUE {{'id': '7', 'n': 1}}" """)
    aws(
        "transact-write-items --transact-items "
        f"""'[{{"Update": {{"TableName": "{table}", "Key": {{"id": {{"S": "7"}}}}, """
        '"UpdateExpression": "SET n = n + :one", '
        '"ExpressionAttributeValues": {":one": {"N": "1"}}}}]\''
    )
    selected = aws(f"""execute-statement --statement "SELECT n FROM \\"{table}\\" WHERE id = '7'" """)
    read = aws(
        "transact-get-items --transact-items "
        f"""'[{{"Get": {{"TableName": "{table}", "Key": {{"id": {{"S": "7"}}}}}}}}]'"""
    )
    aws(
        f"update-time-to-live --table-name {table} "
        "--time-to-live-specification Enabled=true,AttributeName=ends"
    )
    described = aws(f"describe-time-to-live --table-name {table}")

    assert selected["Items"] == [{"n": {"N": "2"}}]
    assert read["Responses"] == [{"Item": {"id": {"S": "7"}, "n": {"N": "2"}}}]
    assert described["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "ends",
    }


def indexes(aws, table):
    described = aws(f"describe-table --table-name {table}")["Table"]
    return described.get("GlobalSecondaryIndexes", [])


def until(holds):
    """Asks again and again; each asking is a process of its own, so no pause is needed."""
    assert any(holds() for _ in range(ASKINGS_MAX))
