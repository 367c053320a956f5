//! `DescribeTable`.

use serde_json::json;

use super::Api;

#[test]
fn an_active_table_is_described_in_full() {
    let mut api = Api::with_events();
    api.db.put("events", &json!({"room": {"S": "a"}, "at": {"N": "1"}}));

    let answer = api.call("DescribeTable", &json!({"TableName": "events"})).ok();

    let table = &answer["Table"];
    assert_eq!(table["TableName"], "events");
    assert_eq!(table["TableStatus"], "ACTIVE");
    assert_eq!(table["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/events");
    assert_eq!(
        table["KeySchema"],
        json!([
            {"AttributeName": "room", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ])
    );
    assert_eq!(table["AttributeDefinitions"].as_array().map(Vec::len), Some(2));
    assert_eq!(table["DeletionProtectionEnabled"], false);
    assert!(table["ItemCount"].is_u64(), "{table}");
    assert!(table["TableSizeBytes"].is_u64(), "{table}");
    assert!(table["WarmThroughput"].is_object(), "{table}");
    assert_eq!(
        table["ProvisionedThroughput"],
        json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0})
    );
    let created = table["CreationDateTime"].as_f64().expect("a number of seconds");
    assert!(created > 1_700_000_000.0, "{created}");
    let id = table["TableId"].as_str().expect("a text");
    assert_eq!(id.len(), 36, "{id}");
    for absent in ["LocalSecondaryIndexes", "GlobalSecondaryIndexes", "StreamSpecification"] {
        assert!(table.get(absent).is_none(), "{absent} is there");
    }
}

#[test]
fn an_absent_table_is_not_found_by_name() {
    let mut api = Api::empty();

    api.call("DescribeTable", &json!({"TableName": "users"})).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Table: users not found",
    );
}

#[test]
fn the_name_is_required_and_has_a_length() {
    let mut api = Api::empty();

    api.call("DescribeTable", &json!({}))
        .assert_invalid("The parameter 'TableName' is required but was not present in the request");
    for name in ["ab".to_owned(), "x".repeat(256)] {
        api.call("DescribeTable", &json!({"TableName": name})).assert_invalid(
            "TableName must be at least 3 characters long and at most 255 characters long",
        );
    }
}

#[test]
fn a_description_survives_a_restart() {
    let data = super::scratch();
    let launch = super::Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    db.create_table("users");
    let before = db.call("DescribeTable", &json!({"TableName": "users"})).ok();
    server.kill();

    let server = launch.start();

    let after = server.db().call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_eq!(after, before);
}

#[test]
fn an_index_tells_its_entries_and_their_bytes_over_a_restart() {
    let data = super::scratch();
    let launch = super::Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    db.create_table_with(&json!({
        "TableName": "users",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "team", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_team",
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    }));
    db.put("users", &json!({"id": {"S": "1"}, "team": {"S": "a"}, "age": {"N": "42"}}));
    db.put("users", &json!({"id": {"S": "2"}}));
    let before = db.call("DescribeTable", &json!({"TableName": "users"})).ok();
    server.kill();

    let server = launch.start();

    let after = server.db().call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_eq!(after, before);
    let (table, index) = (&after["Table"], &after["Table"]["GlobalSecondaryIndexes"][0]);
    assert_eq!((&table["ItemCount"], &index["ItemCount"]), (&json!(2), &json!(1)));
    // The names `id` and `team` and a byte of each value; `age` is not in it.
    assert_eq!(index["IndexSizeBytes"], 8);
}
