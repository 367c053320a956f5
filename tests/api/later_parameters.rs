//! Parameters that are not built yet are refused by name, never ignored.

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
    for name in ["GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"] {
        let mut request = request.clone();
        request[name] = json!("ENABLED");
        assert_named(&mut api, "CreateTable", &request, name);
    }
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));
}

#[test]
fn changes_of_a_table_that_are_not_built_are_named() {
    let mut api = Api::with_users();
    let replicas = json!([{"Create": {"RegionName": "eu-west-1"}}]);
    for (name, value) in [("ReplicaUpdates", replicas), ("MultiRegionConsistency", json!("STRONG"))]
    {
        let mut request = json!({"TableName": "users"});
        request[name] = value;
        assert_named(&mut api, "UpdateTable", &request, name);
    }
}

#[test]
fn operations_that_never_were_are_unknown() {
    let mut api = Api::with_users();

    for operation in ["GetItems", "getItem", "RestoreTable"] {
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
