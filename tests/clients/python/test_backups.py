"""Backups and restores through boto3's client and its paginator, and the AWS command line."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from conftest import environment_for, named

AWS = Path(sys.executable).with_name("aws")
LIMIT_S = 120
USERS = named("users")
AGAIN = named("again")


@pytest.fixture(scope="module")
def users(client):
    """A table with an index and five items."""
    client.create_table(
        TableName=USERS,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "team", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-team",
                "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=USERS)
    for n in range(5):
        client.put_item(TableName=USERS, Item={"id": {"S": str(n)}, "team": {"S": "red"}})
    return USERS


def backed_up(client, table, name):
    """The ARN of a new backup that is complete."""
    details = client.create_backup(TableName=table, BackupName=name)["BackupDetails"]
    arn, end = details["BackupArn"], time.monotonic() + LIMIT_S
    while described(client, arn)["BackupDetails"]["BackupStatus"] != "AVAILABLE":
        assert time.monotonic() < end, "the backup is not complete"
    return arn


def described(client, arn):
    return client.describe_backup(BackupArn=arn)["BackupDescription"]


def test_a_backup_is_made_described_restored_and_deleted(client, users):
    before = datetime.now(timezone.utc)
    arn = backed_up(client, users, "nightly")
    description = described(client, arn)
    client.delete_item(TableName=users, Key={"id": {"S": "0"}})

    made = client.restore_table_from_backup(TargetTableName=AGAIN, BackupArn=arn)
    client.get_waiter("table_exists").wait(TableName=AGAIN)
    items = client.scan(TableName=AGAIN, IndexName="by-team")["Items"]
    table = client.describe_table(TableName=AGAIN)["Table"]
    deleted = client.delete_backup(BackupArn=arn)["BackupDescription"]

    assert made["TableDescription"]["RestoreSummary"]["SourceBackupArn"] == arn
    assert sorted(item["id"]["S"] for item in items) == ["0", "1", "2", "3", "4"]
    assert "RestoreSummary" not in table
    created = description["BackupDetails"]["BackupCreationDateTime"]
    assert abs((created - before).total_seconds()) < LIMIT_S
    assert description["SourceTableDetails"]["ItemCount"] == 5
    [index] = description["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-team"
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"


def test_the_paginator_lists_all_backups(client, table):
    arns = [backed_up(client, table, f"listed-{n}") for n in range(3)]

    pages = list(
        client.get_paginator("list_backups").paginate(
            TableName=table, PaginationConfig={"PageSize": 2}
        )
    )

    listed = [backup["BackupArn"] for page in pages for backup in page["BackupSummaries"]]
    assert (len(pages), listed) == (2, arns)


def test_exceptions_are_those_of_the_service(client, users):
    errors = client.exceptions
    arn = backed_up(client, users, "for-errors")

    with pytest.raises(errors.TableNotFoundException):
        client.create_backup(TableName="absent", BackupName="abc")
    with pytest.raises(errors.BackupNotFoundException):
        client.describe_backup(BackupArn=arn[:-8] + "00000000")
    with pytest.raises(errors.TableAlreadyExistsException):
        client.restore_table_from_backup(TargetTableName=users, BackupArn=arn)
    with pytest.raises(errors.PointInTimeRecoveryUnavailableException):
        client.restore_table_to_point_in_time(
            SourceTableName=users, TargetTableName=named("other"), UseLatestRestorableTime=True
        )


def test_continuous_backups_are_told_without_point_in_time_recovery(client, users):
    told = client.describe_continuous_backups(TableName=users)["ContinuousBackupsDescription"]

    assert told == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }


def test_the_command_line_makes_a_backup(hearth, client, users):
    environment = {**os.environ, **environment_for(hearth)}
    words = ["create-backup", "--table-name", users, "--backup-name", "by-hand"]

    answer = subprocess.run(
        [AWS, "dynamodb", *words, "--output", "json"],
        env=environment,
        capture_output=True,
        timeout=LIMIT_S,
        check=True,
    )

    arn = json.loads(answer.stdout)["BackupDetails"]["BackupArn"]
    assert described(client, arn)["BackupDetails"]["BackupName"] == "by-hand"
