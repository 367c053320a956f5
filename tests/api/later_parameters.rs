//! Parameters and operations that are not built yet are refused by name, never ignored.

use serde_json::{Value, json};

use super::Api;

#[test]
fn parts_of_a_table_that_are_not_built_are_named() {
    let mut api = Api::empty();
    let request = json!({
        "TableName": "users",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let on_demand = json!({"MaxReadRequestUnits": 1});
    for (name, value) in [
        ("OnDemandThroughput", on_demand.clone()),
        ("WarmThroughput", json!({"ReadUnitsPerSecond": 12_000})),
    ] {
        let mut request = request.clone();
        request[name] = value;
        assert_named(&mut api, "CreateTable", &request, name);
    }
    let mut with_index = request.clone();
    with_index["GlobalSecondaryIndexes"] = json!([{
        "IndexName": "by_id",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "OnDemandThroughput": on_demand,
    }]);
    assert_named(&mut api, "CreateTable", &with_index, "OnDemandThroughput");
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));
}

#[test]
fn changes_of_a_table_that_are_not_built_are_named() {
    let mut api = Api::with_users();
    for (name, named, value) in [
        ("ReplicaUpdates", "ReplicaUpdates", json!([{"Create": {"RegionName": "eu-west-1"}}])),
        ("OnDemandThroughput", "OnDemandThroughput", json!({"MaxReadRequestUnits": 1})),
        ("WarmThroughput", "WarmThroughput", json!({"ReadUnitsPerSecond": 12_000})),
    ] {
        let mut request = json!({"TableName": "users"});
        request[name] = value;
        assert_named(&mut api, "UpdateTable", &request, named);
    }
}

#[test]
fn operations_that_are_not_built_are_unknown() {
    let mut api = Api::with_users();

    for operation in
        ["CreateBackup", "CreateGlobalTable", "ExportTableToPointInTime", "ImportTable"]
    {
        let refusal = api.call(operation, &json!({"TableName": "users"})).refusal();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "UnknownOperationException"));
    }
}

#[track_caller]
fn assert_named(api: &mut Api, operation: &str, request: &Value, name: &str) {
    let refusal = api.call(operation, request).refusal();

    assert_eq!((refusal.status, refusal.code.as_str()), (400, "ValidationException"), "{name}");
    assert!(refusal.message.contains(name), "{name} is not named: {refusal:?}");
}
