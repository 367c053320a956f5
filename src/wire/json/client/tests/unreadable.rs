//! Answers that cannot be read, and where.

use super::super::*;

fn missing(path: &str) -> Unreadable {
    Unreadable::Missing { path: path.to_owned() }
}

fn wrong(path: &str, fault: &str) -> Unreadable {
    Unreadable::Wrong { path: path.to_owned(), fault: fault.to_owned() }
}

#[test]
fn what_is_missing_is_told_with_its_path() {
    for (fault, path) in [
        (page(b"{}").map(drop), "Count"),
        (page(br#"{"Count":1,"ConsumedCapacity":{}}"#).map(drop), "ConsumedCapacity.TableName"),
        (transact_get_items(b"{}").map(drop), "Responses"),
        (table(b"{}").map(drop), "Table"),
        (table(br#"{"Table":{}}"#).map(drop), "Table.KeySchema"),
        (
            table(br#"{"Table":{"GlobalSecondaryIndexes":[{"IndexName":"g"}]}}"#).map(drop),
            "Table.GlobalSecondaryIndexes[0].KeySchema",
        ),
        (tables(b"{}").map(drop), "TableNames"),
        (tags(br#"{"Tags":[{"Key":"k"}]}"#).map(drop), "Tags[0].Value"),
        (stream(b"{}").map(drop), "StreamDescription"),
        (
            stream(br#"{"StreamDescription":{"Shards":[{}]}}"#).map(drop),
            "StreamDescription.Shards[0].ShardId",
        ),
        (iterator(b"{}").map(drop), "ShardIterator"),
        (records(br#"{"Records":[{}]}"#).map(drop), "Records[0].dynamodb"),
        (records(br#"{"Records":[{"dynamodb":{}}]}"#).map(drop), "Records[0].dynamodb.Keys"),
    ] {
        assert_eq!(fault, Err(missing(path)));
    }
    assert_eq!(missing("Count").to_string(), "the answer has no Count");
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let number = "NUMBER_VALUE cannot be converted to String";
    for (fault, path, told) in [
        (get_item(br#"{"Item":{"a":{"S":1}}}"#).map(drop), "Item", number),
        (
            get_item(br#"{"ConsumedCapacity":[]}"#).map(drop),
            "ConsumedCapacity",
            "it is a list, not an object",
        ),
        (get_item(b"null").map(drop), "", "it is null"),
        (page(br#"{"Items":[{},null]}"#).map(drop), "Items[1]", "it is null"),
        (page(br#"{"Items":{}}"#).map(drop), "Items", "it is an object, not a list"),
        (page(br#"{"Count":-1}"#).map(drop), "Count", "-1 is below zero"),
        (
            page(br#"{"ConsumedCapacity":{"CapacityUnits":-1}}"#).map(drop),
            "ConsumedCapacity.CapacityUnits",
            "-1 are no units",
        ),
        (
            batch_get_item(br#"{"Responses":{"no name!":[]}}"#).map(drop),
            "Responses.no name!",
            "Invalid TableArn: Invalid ResourceArn provided as input no name!",
        ),
        (
            batch_write_item(br#"{"UnprocessedItems":{"tab":[{"PutRequest":{"Item":{"a":1}}}]}}"#)
                .map(drop),
            "UnprocessedItems.tab",
            "Unexpected value type in payload",
        ),
        (
            table(br#"{"Table":{"AttributeDefinitions":[{"AttributeType":"X"}]}}"#).map(drop),
            "Table.AttributeDefinitions[0]",
            "X is no type of a key attribute",
        ),
        (
            table(br#"{"Table":{"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]}}"#).map(drop),
            "Table",
            "k keys it and is not defined",
        ),
        (
            tables(br#"{"TableNames":["a b"]}"#).map(drop),
            "TableNames[0]",
            "a b is no name of a table",
        ),
    ] {
        assert_eq!(fault, Err(wrong(path, told)));
    }
    assert_eq!(wrong("a.b", "why").to_string(), "a.b of the answer cannot be read: why");
}

#[test]
fn what_is_no_json_or_too_deep_is_no_answer() {
    let deep = [&b"{\"X\":"[..], &[b'['; 200], &[b']'; 200], b"}"].concat();
    for body in
        [&b""[..], b"{", b"{}x", b"<html>", b"\xFF", b"{\"Item\":{\"a\":{\"S\":\"x\"}", &deep]
    {
        assert_eq!(get_item(body).map(drop), Err(Unreadable::NotJson));
    }
}
