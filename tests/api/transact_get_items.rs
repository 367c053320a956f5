//! `TransactGetItems`.

use serde_json::{Value, json};

use super::Api;

fn get(id: &str) -> Value {
    json!({"Get": {"TableName": "users", "Key": {"id": {"S": id}}}})
}

fn all(elements: &[Value]) -> Value {
    json!({"TransactItems": elements})
}

#[test]
fn items_come_in_the_order_of_the_request() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "a"}, "n": {"N": "1"}, "v": {"S": "x"}})).ok();
    let mut part = get("a");
    part["Get"]["ProjectionExpression"] = "#n".into();
    part["Get"]["ExpressionAttributeNames"] = json!({"#n": "n"});
    let mut nothing = get("b");
    nothing["Get"]["ProjectionExpression"] = "nope".into();
    api.put_user(&json!({"id": {"S": "b"}})).ok();

    let mut request = all(&[get("nobody"), part, nothing]);
    request["ReturnConsumedCapacity"] = "TOTAL".into();
    let answer = api.call("TransactGetItems", &request).ok();

    assert_eq!(
        answer,
        json!({
            "Responses": [{}, {"Item": {"n": {"N": "1"}}}, {}],
            "ConsumedCapacity": [
                {"TableName": "users", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
            ],
        })
    );
}

#[test]
fn what_is_wrong_is_refused() {
    let mut api = Api::with_users();
    let wrong_key = json!({"Get": {"TableName": "users", "Key": {"id": {"N": "1"}}}});
    let elsewhere = json!({"Get": {"TableName": "nowhere", "Key": {"id": {"S": "1"}}}});

    api.call("TransactGetItems", &all(&[])).assert_invalid(
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: \
         Member must have length greater than or equal to 1",
    );
    api.call("TransactGetItems", &all(&[json!({})])).assert_invalid(
        "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy \
         constraint: Member must not be null",
    );
    api.call("TransactGetItems", &all(&[get("a"), get("a")]))
        .assert_invalid("Transaction request cannot include multiple operations on one item");
    api.call("TransactGetItems", &all(&[elsewhere]))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
    let cancelled = api.call("TransactGetItems", &all(&[get("a"), wrong_key]));
    assert_eq!(
        cancelled.body["CancellationReasons"],
        json!([
            {"Code": "None"},
            {
                "Code": "ValidationError",
                "Message": "The provided key element does not match the schema",
            },
        ])
    );
}
