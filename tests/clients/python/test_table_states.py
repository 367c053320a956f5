"""The boto3 client's waiters, with a delay that shows what tables are doing."""

import pytest

from conftest import Hearth

OFTEN = {"Delay": 1, "MaxAttempts": 30}


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    """A process whose tables take a moment to be made and dropped."""
    directory = tmp_path_factory.mktemp("delayed")
    config = directory / "hearth.toml"
    config.write_text("[api]\ncontrol_plane_delay_ms = 700\n")
    with Hearth(directory / "data", "--config", str(config)) as server:
        yield server


def test_waiters_see_a_table_come_and_go(client):
    made = client.create_table(
        TableName="waited_for",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    client.get_waiter("table_exists").wait(TableName="waited_for", WaiterConfig=OFTEN)
    client.put_item(TableName="waited_for", Item={"id": {"S": "7"}})
    changed = client.update_table(TableName="waited_for", TableClass="STANDARD_INFREQUENT_ACCESS")
    client.get_waiter("table_exists").wait(TableName="waited_for", WaiterConfig=OFTEN)
    described = client.describe_table(TableName="waited_for")["Table"]

    dropped = client.delete_table(TableName="waited_for")["TableDescription"]
    client.get_waiter("table_not_exists").wait(TableName="waited_for", WaiterConfig=OFTEN)

    assert made["TableStatus"] == "CREATING"
    assert changed["TableDescription"]["TableStatus"] == "UPDATING"
    assert "TableClassSummary" not in changed["TableDescription"]
    assert described["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert dropped["TableStatus"] == "DELETING"
    assert client.list_tables()["TableNames"] == []
