"""The DAX client's queries and scans, of a table and of its indexes, whole and in pages."""

import itertools

import pytest

from accelerator import cases, named, new_key, number, pages, plain

VISITS = cases("visits")
PAGE_BYTES_MAX = 1024 * 1024


@pytest.mark.parametrize("capacity", ["NONE", "TOTAL", "INDEXES"])
@pytest.mark.parametrize("case", **named(VISITS["queries"]))
def test_a_query_finds_what_it_does_over_http(dax, client, visits, case, capacity):
    query = {"TableName": visits, "ReturnConsumedCapacity": capacity} | case["request"]

    answer = plain(dax.query(**query))

    assert answer == plain(client.query(**query)) == plain(dax.query(**query))
    assert found(answer) == expected(case)


@pytest.mark.parametrize("capacity", ["NONE", "TOTAL", "INDEXES"])
@pytest.mark.parametrize("case", **named(VISITS["scans"]))
def test_a_scan_finds_what_it_does_over_http(dax, client, visits, case, capacity):
    scan = {"TableName": visits, "ReturnConsumedCapacity": capacity} | case["request"]

    answer = plain(dax.scan(**scan))

    assert answer == plain(client.scan(**scan)) == plain(dax.scan(**scan))
    assert sorted_if_list(found(answer)) == sorted_if_list(expected(case))


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("case", **named(VISITS["queries"]))
def test_a_query_in_pages(dax, client, visits, case, limit):
    query = {"TableName": visits, "Limit": limit} | case["request"]

    through_dax = plain(pages(dax.query, **query))

    assert through_dax == plain(pages(client.query, **query))
    assert found(joined(through_dax)) == expected(case)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("case", **named(VISITS["scans"]))
def test_a_scan_in_pages(dax, client, visits, case, limit):
    scan = {"TableName": visits, "Limit": limit} | case["request"]

    through_dax = plain(pages(dax.scan, **scan))

    assert through_dax == plain(pages(client.scan, **scan))
    assert sorted_if_list(found(joined(through_dax))) == sorted_if_list(expected(case))


def test_a_page_begun_by_one_client_goes_on_with_the_other(dax, client, visits):
    for case in VISITS["queries"]:
        query = {"TableName": visits} | case["request"]
        whole = client.query(**query)
        for one, other in itertools.permutations([dax, client]):
            page = one.query(**query, Limit=1)
            if "LastEvaluatedKey" in page:
                rest = other.query(**query, ExclusiveStartKey=page["LastEvaluatedKey"])
                assert plain(page.get("Items", []) + rest.get("Items", [])) == plain(
                    whole.get("Items", [])
                )
                assert page["Count"] + rest["Count"] == whole["Count"]


def test_a_start_may_be_a_key_of_no_item(dax, visits):
    query = {
        "TableName": visits,
        "KeyConditionExpression": "guest = :g",
        "ExpressionAttributeValues": {":g": {"S": "ann"}},
    }

    answer = dax.query(**query, ExclusiveStartKey={"guest": {"S": "ann"}, "nr": {"N": "1.50"}})

    rest = {"found": ["ann 2", "ann 10", "ann 18446744073709551616"]}
    assert found(plain(answer)) == expected(rest)


def test_segments_split_a_scan(dax, client, table):
    names = [str(number) for number in range(100)]
    for name in names:
        client.put_item(TableName=table, Item={"id": {"S": name}})

    segments = []
    for segment in range(4):
        scan = {"TableName": table, "Segment": segment, "TotalSegments": 4, "Limit": 7}
        answers = pages(dax.scan, **scan)
        assert plain(answers) == plain(pages(client.scan, **scan))
        segments.append([item["id"]["S"] for answer in answers for item in answer["Items"]])

    assert sorted(name for segment in segments for name in segment) == sorted(names)
    assert all(segments)


def test_a_page_ends_at_a_megabyte(dax, client, shelf):
    big = {"v": {"B": bytes(390_000)}}
    items = [new_key() | big for _ in range(6)]
    for item in items:
        client.put_item(TableName=shelf, Item=item)

    through_dax = pages(dax.scan, TableName=shelf)

    assert len(through_dax) > 1
    assert plain(through_dax) == plain(pages(client.scan, TableName=shelf))


def found(answer):
    """Which visits an answer holds, or how many if it does not tell."""
    items = answer.get("Items", [])
    if "Items" not in answer or any("guest" not in item or "nr" not in item for item in items):
        return answer["Count"]
    assert answer["Count"] == len(items)
    return [visit(item["guest"]["S"], item["nr"]["N"]) for item in items]


def expected(case):
    """The same for a case of the table."""
    if "found" not in case:
        return case["count"]
    return [visit(*name.split()) for name in case["found"]]


def visit(guest, nr):
    return f"{guest} {number(nr)}"


def sorted_if_list(answer):
    return sorted(answer) if isinstance(answer, list) else answer


def joined(answers):
    """Pages as one answer."""
    whole = {"Count": sum(answer["Count"] for answer in answers)}
    if "Items" in answers[0]:
        whole["Items"] = [item for answer in answers for item in answer["Items"]]
    return whole
