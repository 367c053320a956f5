"""The DAX client's batches: of reads and of writes, in one table and in two."""

import pytest
from botocore.exceptions import ClientError

from accelerator import new_key, plain
from conftest import BY_ID, new_table

WRITES_MAX = 25


@pytest.fixture
def other(client, request):
    return new_table(client, request.function, BY_ID)


@pytest.fixture
def items():
    return [new_key() | {"v": {"N": str(n)}, "doc": {"M": {"n": {"L": []}}}} for n in range(10)]


def test_a_batch_of_puts_is_read_by_a_batch(dax, client, table, items):
    written = dax.batch_write_item(RequestItems={table: puts(items)})

    absent = [new_key(), new_key()]
    request = {table: {"Keys": keys(items) + absent}}
    for consistent in (False, True):
        request[table]["ConsistentRead"] = consistent
        for reader in (dax, client):
            answer = reader.batch_get_item(RequestItems=request)
            assert in_order(answer["Responses"][table]) == plain(items)
            assert answer["UnprocessedKeys"] == {}
    assert plain(written) == {"UnprocessedItems": {}}


def test_a_batch_finds_nothing(dax, table):
    answer = dax.batch_get_item(RequestItems={table: {"Keys": [new_key(), new_key()]}})

    assert answer["Responses"].get(table, []) == []
    assert answer["UnprocessedKeys"] == {}


def test_a_batch_of_both_kinds_in_two_tables(dax, client, table, other, items):
    for item in items[:5]:
        client.put_item(TableName=table, Item=item)

    answer = dax.batch_write_item(
        RequestItems={table: deletions(items[:4]) + puts(items[5:7]), other: puts(items[7:])}
    )
    read = dax.batch_get_item(
        RequestItems={table: {"Keys": keys(items[:7])}, other: {"Keys": keys(items[7:])}}
    )["Responses"]

    assert answer["UnprocessedItems"] == {}
    assert in_order(read[table]) == plain(items[4:7])
    assert in_order(read[other]) == plain(items[7:])
    assert client.scan(TableName=table)["Count"] == client.scan(TableName=other)["Count"] == 3


def test_a_batch_projects_each_table_on_its_own(dax, table, other, items):
    dax.batch_write_item(RequestItems={table: puts(items[:2]), other: puts(items[2:4])})

    read = dax.batch_get_item(
        RequestItems={
            table: {
                "Keys": keys(items[:2]) + [new_key()],
                "ProjectionExpression": "id, #d.n",
                "ExpressionAttributeNames": {"#d": "doc"},
            },
            other: {"Keys": keys(items[2:4])},
        }
    )["Responses"]

    parts = [{"id": item["id"], "doc": item["doc"]} for item in items[:2]]
    assert in_order(read[table]) == plain(parts)
    assert in_order(read[other]) == plain(items[2:4])


def test_a_batch_may_have_25_writes_and_100_reads(dax, table):
    many = [new_key() | {f"v{n % 3}": {"S": "x"}} for n in range(100)]

    for start in range(0, len(many), WRITES_MAX):
        answer = dax.batch_write_item(RequestItems={table: puts(many[start : start + WRITES_MAX])})
        assert answer["UnprocessedItems"] == {}
    read = dax.batch_get_item(RequestItems={table: {"Keys": keys(many)}})

    assert in_order(read["Responses"][table]) == plain(many)


def test_more_than_100_reads_are_refused(dax, table):
    with pytest.raises(ClientError) as refusal:
        dax.batch_get_item(RequestItems={table: {"Keys": [new_key() for _ in range(101)]}})

    assert refusal.value.response["Error"]["Code"] == "ValidationException"


def test_what_a_batch_cannot_hold_is_left_to_the_next(dax, client, table):
    big = [new_key() | {"v": {"B": bytes(400_000)}} for _ in range(45)]
    for item in big:
        client.put_item(TableName=table, Item=item)

    rounds, left, read = 0, {table: {"Keys": keys(big), "ProjectionExpression": "id, v"}}, []
    while left:
        answer = dax.batch_get_item(RequestItems=left)
        rounds, left = rounds + 1, answer["UnprocessedKeys"]
        read += answer["Responses"].get(table, [])

    assert rounds == 2
    assert in_order(read) == plain(big)


def test_the_capacity_and_collections_of_a_batch_are_those_over_http(dax, client, visits, table):
    key = {"guest": {"S": "dora"}, "nr": {"N": "1"}}
    item = key | {"mood": {"S": "good"}, "room": {"S": "attic"}}

    def answers(writer, kind):
        # Made anew each time: the DAX client writes notes of its own into a batch of puts.
        asked = {"ReturnConsumedCapacity": kind, "ReturnItemCollectionMetrics": "SIZE"}
        made = {visits: puts([item]), table: puts([new_key()])}
        undone = {visits: [{"DeleteRequest": {"Key": key}}]}
        read = {visits: {"Keys": [key]}, table: {"Keys": [new_key()]}}
        return [
            by_table(writer.batch_write_item(RequestItems=made, **asked)),
            by_table(writer.batch_get_item(RequestItems=read, ReturnConsumedCapacity=kind)),
            by_table(writer.batch_write_item(RequestItems=undone, **asked)),
        ]

    for kind in ("NONE", "TOTAL", "INDEXES"):
        through_dax = answers(dax, kind)
        assert through_dax == answers(client, kind)
        assert ("ConsumedCapacity" in through_dax[0]) == (kind != "NONE")
        assert list(through_dax[0]["ItemCollectionMetrics"]) == [visits]


def puts(items):
    return [{"PutRequest": {"Item": item}} for item in items]


def deletions(items):
    return [{"DeleteRequest": {"Key": key}} for key in keys(items)]


def keys(items):
    return [{"id": item["id"]} for item in items]


def in_order(items):
    """Items in the order in which their keys were made; a batch has none of its own."""
    return sorted(plain(items), key=lambda item: int(item["id"]["S"].split()[1]))


def by_table(answer):
    """An answer whose capacities are in the order of their tables."""
    answer = plain(answer)
    if "ConsumedCapacity" in answer:
        answer["ConsumedCapacity"].sort(key=lambda consumed: consumed["TableName"])
    responses = answer.get("Responses", {})
    answer["Responses"] = {table: found for table, found in responses.items() if found}
    return answer
