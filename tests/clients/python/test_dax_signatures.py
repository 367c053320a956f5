"""DAX clients and a server with credentials: each connection must be signed."""

import datetime

import boto3
import pytest
from amazondax import SigV4Gen
from botocore.exceptions import ClientError

import accelerator
from accelerator import new_key
from conftest import Hearth

SECRETS = {"AKIDFIRST": "first+secret/word", "AKIDSECOND": "second"}
AUTH_CODES = [4, 23, 31]


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    home = tmp_path_factory.mktemp("signed")
    rows = [
        f'[[credentials]]\naccess_key_id = "{key_id}"\nsecret_access_key = "{secret}"\n'
        for key_id, secret in SECRETS.items()
    ]
    path = home / "credentials.toml"
    path.touch(mode=0o600)
    path.write_text("".join(rows))
    with Hearth(home / "data", "--credentials", str(path)) as server:
        yield server


@pytest.fixture(scope="module")
def client(hearth):
    return boto3.client(
        "dynamodb",
        endpoint_url=hearth.endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIDFIRST",
        aws_secret_access_key=SECRETS["AKIDFIRST"],
    )


@pytest.mark.parametrize("key_id", SECRETS)
def test_whoever_signs_is_let_in(hearth, client, shelf, key_id):
    item = new_key() | {"by": {"S": key_id}}

    with accelerator.connect("dax://" + hearth.dax, key_id, SECRETS[key_id]) as dax:
        dax.put_item(TableName=shelf, Item=item)
        found = dax.get_item(TableName=shelf, Key={"id": item["id"]})["Item"]

    assert found == client.get_item(TableName=shelf, Key={"id": item["id"]})["Item"] == item


@pytest.mark.parametrize(
    "key_id, secret, region, code",
    [
        ("AKIDFIRST", "another secret", "us-east-1", "InvalidSignatureException"),
        ("AKIDFIRST", SECRETS["AKIDSECOND"], "us-east-1", "InvalidSignatureException"),
        ("AKIDTHIRD", "whatever", "us-east-1", "UnrecognizedClientException"),
        ("AKIDFIRST", SECRETS["AKIDFIRST"], "eu-west-1", "InvalidSignatureException"),
    ],
    ids=["a wrong secret", "another's secret", "an unknown key", "another region"],
)
def test_whoever_signs_wrongly_is_not(hearth, key_id, secret, region, code):
    refused = refusal(hearth, key_id, secret, region)

    assert refused.codes[:3] == AUTH_CODES
    assert refused.response["Error"]["Code"] == code
    assert secret not in str(refused)


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_signature_of_another_time_is_refused(hearth, monkeypatch, minutes):
    turn_clock(monkeypatch, minutes)

    refused = refusal(hearth, "AKIDFIRST", SECRETS["AKIDFIRST"], "us-east-1")

    assert refused.codes[:3] == AUTH_CODES
    assert refused.response["Error"]["Code"] == "InvalidSignatureException"


def test_a_signature_of_some_minutes_ago_is_taken(hearth, shelf, monkeypatch):
    turn_clock(monkeypatch, -4)

    with accelerator.connect("dax://" + hearth.dax, "AKIDFIRST", SECRETS["AKIDFIRST"]) as dax:
        assert dax.scan(TableName=shelf, Select="COUNT")["Count"] >= 0


def test_a_client_that_is_let_in_stays_so_while_others_are_not(hearth, shelf):
    key = new_key()

    with accelerator.connect("dax://" + hearth.dax, "AKIDFIRST", SECRETS["AKIDFIRST"]) as dax:
        for round_ in range(5):
            refusal(hearth, "AKIDFIRST", "wrong", "us-east-1")
            dax.put_item(TableName=shelf, Item=key | {"round": {"N": str(round_)}})
            found = dax.get_item(TableName=shelf, Key=key)["Item"]
            assert found["round"] == {"N": str(round_)}


def turn_clock(monkeypatch, minutes):
    """Has the client sign at another time than it is."""
    sign, shift = SigV4Gen.generate_signature, datetime.timedelta(minutes=minutes)

    def at_another_time(creds, endpoint, region, payload, now):
        return sign(creds, endpoint, region, payload, now + shift)

    monkeypatch.setattr(SigV4Gen, "generate_signature", at_another_time)


def refusal(hearth, key_id, secret, region):
    with pytest.raises(ClientError) as refused:
        accelerator.connect("dax://" + hearth.dax, key_id, secret, region)
    return refused.value
