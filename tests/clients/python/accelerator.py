"""Amazon's DAX client, and what the tests of it share.

The tables of cases are in `../dax`, for Node's tests too. They are written as DynamoDB's JSON;
bytes are in Base64 there, and raw in the requests and answers of Python's clients.
"""

import base64
import itertools
import json
import time
from decimal import Decimal
from pathlib import Path

from amazondax.AmazonDaxClient import AmazonDaxClient

TABLES = Path(__file__).parent.parent / "dax"
POLL_S = 0.05
NUMBERS = itertools.count()


def connect(url, key_id="anything", secret="goes", region="us-east-1", **options):
    """A DAX client as an application makes it; whoever takes it closes it."""
    return AmazonDaxClient(
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        **options,
    )


def cases(name):
    """The table `name` of `../dax`."""
    return raw(json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8")))


def raw(node):
    """Takes the bytes in a table out of Base64."""
    return rewrite(
        node, {"B": base64.b64decode, "BS": lambda all: list(map(base64.b64decode, all))}
    )


def plain(node):
    """What clients may write in different ways, written in one: numbers, sets and bytes.

    Of an answer, only what it says of the tables is left; no attributes are as none at all.
    """
    if isinstance(node, list):
        return [plain(element) for element in node]
    if isinstance(node, dict):
        node = {k: v for k, v in node.items() if k != "ResponseMetadata"}
        if node.get("Attributes") == {}:
            del node["Attributes"]
    return rewrite(
        node,
        {
            "N": number,
            "B": text_of,
            "SS": sorted,
            "NS": lambda all: sorted(map(number, all)),
            "BS": lambda all: sorted(map(text_of, all)),
        },
    )


def rewrite(node, types):
    """Changes the values of some types, wherever they are."""
    if isinstance(node, list):
        return [rewrite(element, types) for element in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        [(name, value)] = node.items()
        is_value = not isinstance(value, dict)
        if name in types and is_value:
            return {name: types[name](value)}
    return {name: rewrite(element, types) for name, element in node.items()}


def number(text):
    """A number by its value: `1.50` and `15E-1` are one."""
    sign, digits, exponent = Decimal(text).as_tuple()
    mantissa = "".join(map(str, digits)).lstrip("0")
    shortest = mantissa.rstrip("0")
    if not shortest:
        return "0"
    exponent += len(mantissa) - len(shortest)
    return f"{'-' if sign else ''}{shortest}e{exponent}"


def text_of(data):
    return base64.b64encode(bytes(data)).decode()


def new_key():
    """A key that no other test has."""
    return {"id": {"S": f"key {next(NUMBERS)}"}}


def pages(call, **request):
    """All answers of a query or scan, each asked for with the key that the one before ended at."""
    answers = [call(**request)]
    while "LastEvaluatedKey" in answers[-1]:
        answers.append(call(**request, ExclusiveStartKey=answers[-1]["LastEvaluatedKey"]))
    return answers


def eventually(holds, limit_s):
    """Waits until something holds; returns what it was then."""
    deadline = time.monotonic() + limit_s
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {limit_s} s"
        time.sleep(POLL_S)
    return found


def named(table):
    """How pytest is to call the cases of a table."""
    return {"argvalues": table, "ids": [case["name"] for case in table]}
