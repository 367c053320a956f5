//! `CreateTable`.

use serde_json::{Value, json};

use super::support::wait_until;
use super::{Api, NAME_PATTERN, NOT_NULL, member, one};

#[test]
fn a_new_table_is_described_and_becomes_active() {
    let mut api = Api::empty();

    let answer = api.call("CreateTable", &request("users")).ok();

    let description = &answer["TableDescription"];
    let status = description["TableStatus"].as_str().expect("a text");
    assert!(["CREATING", "ACTIVE"].contains(&status), "{status}");
    assert_eq!(description["TableName"], "users");
    assert_eq!(description["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/users");
    assert_eq!(description["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    wait_until("the table to be active", || {
        let table = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
        (table["Table"]["TableStatus"] == "ACTIVE").then_some(())
    });
}

#[test]
fn a_provisioned_table_shows_its_units_and_no_billing_summary() {
    let mut api = Api::empty();
    let throughput = json!({"ReadCapacityUnits": 5, "WriteCapacityUnits": 7});

    let answer = api
        .call("CreateTable", &without(&with("ProvisionedThroughput", throughput), "BillingMode"))
        .ok();

    let description = &answer["TableDescription"];
    assert_eq!(
        description["ProvisionedThroughput"],
        json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 7})
    );
    assert!(description.get("BillingModeSummary").is_none(), "{description}");
}

#[test]
fn a_name_that_is_taken_is_in_use() {
    let mut api = Api::with_users();

    api.call("CreateTable", &request("users"))
        .assert_refused("ResourceInUseException", "Table already exists: users");
}

#[test]
fn names_that_differ_in_case_are_different_tables() {
    let mut api = Api::with_users();
    api.db.create_table("Users");
    api.put_user(&json!({"id": {"S": "7"}})).ok();

    assert_eq!(api.db.get("Users", &json!({"id": {"S": "7"}})), None);
}

#[test]
fn names_that_look_like_paths_are_names() {
    let mut api = Api::empty();

    for name in ["...", ".-.", "a.b", "CON", "..-.."] {
        api.db.create_table(name);
        api.db.put(name, &json!({"id": {"S": name}}));
        assert!(api.db.get(name, &json!({"id": {"S": name}})).is_some());
    }
}

#[test]
fn a_name_is_3_to_255_characters_of_a_small_alphabet() {
    let mut api = Api::empty();
    let long = "x".repeat(256);

    api.call("CreateTable", &request("ab")).assert_invalid(&one(&member(
        "'ab'",
        "tableName",
        "Member must have length greater than or equal to 3",
    )));
    api.call("CreateTable", &request(&long)).assert_invalid(&one(&member(
        &format!("'{long}'"),
        "tableName",
        "Member must have length less than or equal to 255",
    )));
    api.call("CreateTable", &request("a b c")).assert_invalid(&one(&member(
        "'a b c'",
        "tableName",
        NAME_PATTERN,
    )));
    api.call("CreateTable", &request(&"x".repeat(255))).ok();
    api.call("CreateTable", &request("abc")).ok();
}

#[test]
fn a_missing_name_is_told_alone() {
    let mut api = Api::empty();

    api.call("CreateTable", &json!({"KeySchema": []}))
        .assert_invalid("The parameter 'TableName' is required but was not present in the request");
}

#[test]
fn missing_key_schema_and_definitions_are_member_errors() {
    let mut api = Api::empty();

    api.call("CreateTable", &without(&request("users"), "KeySchema"))
        .assert_invalid(&one(&member("null", "keySchema", NOT_NULL)));
    api.call("CreateTable", &without(&request("users"), "AttributeDefinitions"))
        .assert_invalid(&one(&member("null", "attributeDefinitions", NOT_NULL)));
}

#[test]
fn unknown_words_are_member_errors() {
    let mut api = Api::empty();

    api.call("CreateTable", &with("BillingMode", json!("FREE"))).assert_invalid(&one(&member(
        "'FREE'",
        "billingMode",
        "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
    )));
    api.call("CreateTable", &with("AttributeDefinitions", definitions(&[("id", "SS")])))
        .assert_invalid(&one(&member(
            "'SS'",
            "attributeDefinitions.1.member.attributeType",
            "Member must satisfy enum value set: [B, N, S]",
        )));
    api.call("CreateTable", &with("KeySchema", keys(&[("id", "SORT")]))).assert_invalid(&one(
        &member(
            "'SORT'",
            "keySchema.1.member.keyType",
            "Member must satisfy enum value set: [HASH, RANGE]",
        ),
    ));
}

#[test]
fn throughput_and_billing_mode_must_agree() {
    let mut api = Api::empty();
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});

    api.call("CreateTable", &with("ProvisionedThroughput", units)).assert_invalid(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor \
         WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    );
    api.call("CreateTable", &without(&request("users"), "BillingMode")).assert_invalid(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits \
         must both be specified when BillingMode is PROVISIONED",
    );
    let none = json!({"ReadCapacityUnits": 0, "WriteCapacityUnits": 1});
    let request = without(&with("ProvisionedThroughput", none), "BillingMode");
    api.call("CreateTable", &request).assert_invalid(&one(&member(
        "'0'",
        "provisionedThroughput.readCapacityUnits",
        "Member must have value greater than or equal to 1",
    )));
}

#[test]
fn the_key_schema_is_a_hash_key_and_perhaps_a_range_key() {
    let mut api = Api::empty();
    let both = definitions(&[("id", "S"), ("at", "N")]);
    let cases = [
        (
            keys(&[("id", "RANGE"), ("at", "HASH")]),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            keys(&[("id", "HASH"), ("at", "HASH")]),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            keys(&[("id", "HASH"), ("id", "RANGE")]),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
    ];

    for (schema, message) in cases {
        let mut request = with("KeySchema", schema);
        request["AttributeDefinitions"] = both.clone();
        api.call("CreateTable", &request).assert_invalid(message);
    }
}

#[test]
fn every_key_is_defined_and_every_definition_is_a_key() {
    let mut api = Api::empty();

    api.call("CreateTable", &with("KeySchema", keys(&[("zz", "HASH")]))).assert_invalid(
        "One or more parameter values were invalid: Some index key attributes are not defined \
         in AttributeDefinitions. Keys: [zz], AttributeDefinitions: [id]",
    );
    api.call("CreateTable", &with("KeySchema", keys(&[("id", "HASH"), ("at", "RANGE")])))
        .assert_invalid("Invalid KeySchema: Some index key attribute have no definition");
    api.call("CreateTable", &with("AttributeDefinitions", definitions(&[("id", "S"), ("q", "S")])))
        .assert_invalid(
            "One or more parameter values were invalid: Number of attributes in KeySchema does \
             not exactly match number of attributes defined in AttributeDefinitions",
        );
}

#[test]
fn a_table_made_again_shares_nothing_with_the_old_one() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert!(api.user("7").is_some());
    let old = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
    api.call("DeleteTable", &json!({"TableName": "users"})).ok();

    wait_until("the name to be free", || {
        (api.call("CreateTable", &request("users")).status == 200).then_some(())
    });
    wait_until("the table to be active", || {
        let table = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
        (table["Table"]["TableStatus"] == "ACTIVE").then_some(())
    });

    let new = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_ne!(new["Table"]["TableId"], old["Table"]["TableId"]);
    assert_eq!(api.user("7"), None);
}

/// A good request for a table on demand whose key is the text `id`.
fn request(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": definitions(&[("id", "S")]),
        "KeySchema": keys(&[("id", "HASH")]),
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// The good request for `users` with one member changed.
fn with(name: &str, value: Value) -> Value {
    let mut changed = request("users");
    changed[name] = value;
    changed
}

fn without(request: &Value, name: &str) -> Value {
    let mut less = request.clone();
    less.as_object_mut().expect("a request is an object").remove(name);
    less
}

fn definitions(attributes: &[(&str, &str)]) -> Value {
    attributes
        .iter()
        .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
        .collect()
}

fn keys(attributes: &[(&str, &str)]) -> Value {
    attributes.iter().map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect()
}
