//! `ReturnConsumedCapacity`.

use serde_json::{Value, json};

use super::Api;

#[test]
fn reads_cost_half_a_unit_per_4_kib_and_a_whole_one_if_consistent() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "small"}})).ok();
    api.put_user(&json!({"id": {"S": "large"}, "data": {"S": "x".repeat(9_000)}})).ok();
    let get = |id: &str, consistent: bool| {
        json!({
            "TableName": "users", "Key": {"id": {"S": id}},
            "ConsistentRead": consistent, "ReturnConsumedCapacity": "TOTAL",
        })
    };

    for (id, consistent, units) in
        [("small", false, 0.5), ("small", true, 1.0), ("large", false, 1.5), ("large", true, 3.0)]
    {
        // The first may be a miss, the second is a hit; both cost the same.
        for _ in 0..2 {
            let answer = api.call("GetItem", &get(id, consistent)).ok();
            assert_eq!(answer["ConsumedCapacity"], consumed(units), "{id} {consistent}");
        }
    }
}

#[test]
fn an_absent_item_costs_as_much_as_the_smallest() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "nobody"}}, "ReturnConsumedCapacity": "TOTAL",
    });

    assert_eq!(api.call("GetItem", &request).ok(), json!({"ConsumedCapacity": consumed(0.5)}));
}

#[test]
fn writes_cost_a_unit_per_kib_of_the_larger_image() {
    let mut api = Api::with_users();
    let put = |length: usize| {
        let item = json!({"id": {"S": "7"}, "data": {"S": "x".repeat(length)}});
        json!({"TableName": "users", "Item": item, "ReturnConsumedCapacity": "TOTAL"})
    };
    let delete = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "TOTAL",
    });

    assert_eq!(api.call("PutItem", &put(10)).ok()["ConsumedCapacity"], consumed(1.0));
    assert_eq!(api.call("PutItem", &put(2_500)).ok()["ConsumedCapacity"], consumed(3.0));
    assert_eq!(api.call("PutItem", &put(10)).ok()["ConsumedCapacity"], consumed(3.0));
    assert_eq!(api.call("DeleteItem", &delete).ok()["ConsumedCapacity"], consumed(1.0));
    assert_eq!(api.call("DeleteItem", &delete).ok()["ConsumedCapacity"], consumed(1.0));
}

#[test]
fn indexes_also_names_the_table_apart() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "INDEXES",
    });

    assert_eq!(
        api.call("GetItem", &request).ok()["ConsumedCapacity"],
        json!({"TableName": "users", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}})
    );
}

#[test]
fn a_batch_lists_each_table() {
    let mut api = Api::with_users();
    let keys = json!([{"id": {"S": "1"}}, {"id": {"S": "2"}}]);
    let request =
        json!({"RequestItems": {"users": {"Keys": keys}}, "ReturnConsumedCapacity": "TOTAL"});

    let answer = api.call("BatchGetItem", &request).ok();

    assert_eq!(answer["ConsumedCapacity"], json!([consumed(1.0)]));
}

#[test]
fn a_report_names_the_table_as_the_request_did() {
    let mut api = Api::with_users();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    let id = json!({"S": "7"});
    let query = json!({
        "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": id},
    });
    for (operation, mut request) in [
        ("PutItem", json!({"Item": {"id": id}})),
        ("UpdateItem", json!({"Key": {"id": id}})),
        ("GetItem", json!({"Key": {"id": id}})),
        ("DeleteItem", json!({"Key": {"id": id}})),
        ("Query", query),
        ("Scan", json!({})),
    ] {
        request["ReturnConsumedCapacity"] = "TOTAL".into();
        for named in [arn, "users"] {
            request["TableName"] = named.into();

            let answer = api.call(operation, &request).ok();

            assert_eq!(answer["ConsumedCapacity"]["TableName"], named, "{operation}");
        }
    }
}

#[test]
fn none_reports_nothing() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "NONE",
    });

    assert_eq!(api.call("GetItem", &request).ok(), json!({}));
}

fn consumed(units: f64) -> Value {
    json!({"TableName": "users", "CapacityUnits": units})
}
