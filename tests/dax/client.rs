//! The client of these tests says in DAX what JSON says, and reads the same.

use hearth::api::Operation;
use serde_json::{Value, json};

use crate::support::{DaxClient, Launch, Server, scratch};

#[test]
fn the_same_is_answered_in_json_and_in_dax() {
    let (_data, server) = server();
    let mut db = server.db();
    let mut dax = DaxClient::connect(server.dax());
    let item = |id: &str, n: &str| {
        json!({"id": {"S": id}, "at": {"N": n}, "tags": {"SS": ["a", "b"]},
               "m": {"M": {"x": {"L": [{"N": "1.5"}, {"NULL": true}]}}}})
    };

    for (operation, request) in [
        ("PutItem", json!({"TableName": "pairs", "Item": item("a", "1")})),
        ("PutItem", json!({"TableName": "pairs", "Item": item("a", "-2.5")})),
        (
            "PutItem",
            json!({"TableName": "pairs", "Item": {"id": {"S": "a"}, "at": {"N": "7"}}, "ReturnValues": "ALL_OLD"}),
        ),
        ("GetItem", json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "1"}}})),
        ("GetItem", json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "9"}}})),
        (
            "GetItem",
            json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "1"}},
            "ProjectionExpression": "tags, m.x[0]"}),
        ),
        (
            "UpdateItem",
            json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "1"}},
            "UpdateExpression": "SET n = :n REMOVE tags", "ExpressionAttributeValues": {":n": {"N": "3"}},
            "ReturnValues": "ALL_NEW", "ReturnConsumedCapacity": "TOTAL"}),
        ),
        (
            "UpdateItem",
            json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "1"}},
            "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "4"}},
            "ReturnValues": "UPDATED_OLD"}),
        ),
        (
            "Query",
            json!({"TableName": "pairs", "KeyConditionExpression": "id = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}}, "Limit": 2}),
        ),
        (
            "Query",
            json!({"TableName": "pairs", "KeyConditionExpression": "id = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ExclusiveStartKey": {"id": {"S": "a"}, "at": {"N": "1"}}}),
        ),
        ("Scan", json!({"TableName": "pairs", "Select": "COUNT"})),
        (
            "BatchGetItem",
            json!({"RequestItems": {"pairs": {"Keys":
            [{"id": {"S": "a"}, "at": {"N": "1"}}, {"id": {"S": "b"}, "at": {"N": "1"}}]}}}),
        ),
        (
            "DeleteItem",
            json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "-2.5"}},
            "ConditionExpression": "attribute_not_exists(tags)"}),
        ),
        ("GetItem", json!({"TableName": "nowhere", "Key": {"id": {"S": "a"}}})),
        ("GetItem", json!({"TableName": "pairs"})),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"pairs": [
            {"PutRequest": {"Item": item("c", "1")}},
            {"DeleteRequest": {"Key": {"id": {"S": "c"}, "at": {"N": "2"}}}}]}}),
        ),
        (
            "GetItem",
            json!({"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/pairs",
            "Key": {"id": {"S": "a"}, "at": {"N": "1"}}}),
        ),
        (
            "DeleteItem",
            json!({"TableName": "pairs", "Key": {"id": {"S": "a"}, "at": {"N": "-2.5"}}}),
        ),
    ] {
        // Each change twice: the second finds what the first left, and so do both answers.
        db.call(operation, &request);
        let in_json = db.call(operation, &request);
        let in_json = if in_json.status == 200 {
            Ok(in_json.body)
        } else {
            let refusal = in_json.refusal();
            Err((refusal.code, refusal.message))
        };

        let in_dax = dax.call(Operation::of_name(operation).expect("an operation"), &request);

        assert_eq!(in_dax.map(sorted), in_json.map(sorted), "{operation} {request}");
    }
}

/// Lists whose order means nothing are brought into one.
fn sorted(mut answer: Value) -> Value {
    let responses = answer.pointer_mut("/Responses/pairs").and_then(Value::as_array_mut);
    if let Some(items) = responses {
        items.sort_by_key(ToString::to_string);
    }
    answer
}

fn server() -> (tempfile::TempDir, Server) {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    server.db().create_table_with(&json!({
        "TableName": "pairs", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"},
                                 {"AttributeName": "at", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"},
                      {"AttributeName": "at", "KeyType": "RANGE"}],
    }));
    (data, server)
}
