"""How DAX clients come to a server: addresses, credentials, many of them, and what they refuse."""

import pytest
from amazondax.AmazonDaxClient import AmazonDaxClient

import accelerator
from accelerator import new_key

CLIENTS = 20


@pytest.mark.parametrize("form", ["dax://127.0.0.1:{}", "dax://localhost:{}", "127.0.0.1:{}"])
def test_an_address_may_have_several_forms(hearth, shelf, form):
    url = form.format(hearth.dax.split(":")[1])

    with accelerator.connect(url) as dax:
        assert dax.get_item(TableName=shelf, Key=new_key()) == {}


@pytest.mark.parametrize("kind", ["older router", "several seeds", "settings from outside"])
def test_a_client_may_be_made_in_several_ways(hearth, shelf, monkeypatch, kind):
    url = "dax://" + hearth.dax
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anything")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "goes")
    options = {
        "older router": {"endpoint_url": url, "is_route_manager_enabled": False},
        "several seeds": {"endpoints": ["dax://127.0.0.1:1", url]},
        "settings from outside": {"endpoint_url": url},
    }

    with AmazonDaxClient(**options[kind]) as dax:
        assert dax.get_item(TableName=shelf, Key=new_key()) == {}


def test_many_clients_share_a_server(hearth, shelf):
    clients = [accelerator.connect("dax://" + hearth.dax) for _ in range(CLIENTS)]
    items = [new_key() | {f"v{n}": {"N": str(n)}} for n in range(CLIENTS)]

    for client, item in zip(clients, items):
        client.put_item(TableName=shelf, Item=item)

    for client in clients:
        found = [client.get_item(TableName=shelf, Key={"id": item["id"]}) for item in items]
        assert found == [{"Item": item} for item in items]
        client.close()


def test_clients_come_and_go(hearth, shelf):
    key = new_key()

    for round_ in range(CLIENTS):
        with accelerator.connect("dax://" + hearth.dax) as dax:
            dax.put_item(TableName=shelf, Item=key | {"round": {"N": str(round_)}})
        with accelerator.connect("dax://" + hearth.dax) as dax:
            found = dax.get_item(TableName=shelf, Key=key)["Item"]
            assert found["round"] == {"N": str(round_)}
