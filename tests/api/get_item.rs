//! `GetItem`.

use serde_json::json;

use super::{Api, NAME_PATTERN, NOT_NULL, member, one, several};

#[test]
fn a_present_item_is_returned_whole() {
    let mut api = Api::with_users();
    let ada = json!({"id": {"S": "7"}, "name": {"S": "Ada"}, "born": {"N": "1815"}});
    api.put_user(&ada).ok();

    for consistent in [false, true] {
        let request = json!({
            "TableName": "users", "Key": {"id": {"S": "7"}}, "ConsistentRead": consistent,
        });

        assert_eq!(api.call("GetItem", &request).ok(), json!({"Item": ada}));
    }
}

#[test]
fn an_absent_item_is_an_empty_answer() {
    let mut api = Api::with_users();

    let request = json!({"TableName": "users", "Key": {"id": {"S": "nobody"}}});

    assert_eq!(api.call("GetItem", &request).ok(), json!({}));
    assert_eq!(api.call("GetItem", &request).ok(), json!({}), "from the cache too");
}

#[test]
fn a_cached_answer_is_the_same_to_the_byte() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}, "b": {"N": "1.50"}, "a": {"SS": ["z", "y"]}})).ok();
    let request = json!({"TableName": "users", "Key": {"id": {"S": "7"}}}).to_string();
    let mut body = || {
        let connection = api.db.connection();
        connection.send_operation("GetItem", request.as_bytes()).expect("it is up");
        connection.receive().expect("an answer").body
    };

    let first = body();

    assert_eq!([body(), body()], [first.clone(), first]);
}

#[test]
fn an_absent_table_is_not_found() {
    let mut api = Api::empty();

    let answer = api.call("GetItem", &json!({"TableName": "users", "Key": {"id": {"S": "7"}}}));

    answer.assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn a_table_may_be_named_by_its_arn() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";

    let answer = api.call("GetItem", &json!({"TableName": arn, "Key": {"id": {"S": "7"}}}));

    assert_eq!(answer.ok(), json!({"Item": {"id": {"S": "7"}}}));
}

#[test]
fn missing_members_are_told_together() {
    let mut api = Api::empty();

    api.call("GetItem", &json!({})).assert_invalid(&several(&[
        member("null", "tableName", NOT_NULL),
        member("null", "key", NOT_NULL),
    ]));
}

#[test]
fn an_unknown_capacity_detail_is_a_member_error() {
    let mut api = Api::empty();
    let request = json!({"TableName": "users", "Key": {}, "ReturnConsumedCapacity": "ALL"});

    api.call("GetItem", &request).assert_invalid(&one(&member(
        "'ALL'",
        "returnConsumedCapacity",
        "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
    )));
}

#[test]
fn a_bad_table_name_is_a_member_error() {
    let mut api = Api::empty();

    api.call("GetItem", &json!({"TableName": "my table", "Key": {"id": {"S": "7"}}}))
        .assert_invalid(&one(&member("'my table'", "tableName", NAME_PATTERN)));
}

#[test]
fn a_table_name_is_1_to_255_characters() {
    let mut api = Api::empty();
    let key = json!({"id": {"S": "7"}});
    let long = "x".repeat(256);

    api.call("GetItem", &json!({"TableName": "x".repeat(255), "Key": key}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
    api.call("GetItem", &json!({"TableName": long, "Key": key})).assert_invalid(&one(&member(
        &format!("'{long}'"),
        "tableName",
        "Member must have length less than or equal to 255",
    )));
    let empty = api.call("GetItem", &json!({"TableName": "", "Key": key})).refusal();
    assert!(empty.message.contains("length greater than or equal to 1"), "{empty:?}");
}

#[test]
fn a_wrong_key_of_an_absent_table_is_not_found() {
    let mut api = Api::empty();

    // Whether the key fits is asked of the table's schema, hence after the table.
    api.call("GetItem", &json!({"TableName": "users", "Key": {"x": {"S": "7"}}}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn a_wrong_value_comes_before_the_table() {
    let mut api = Api::empty();

    api.call("GetItem", &json!({"TableName": "users", "Key": {"id": {}}})).assert_invalid(
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    );
}

#[test]
fn unknown_members_are_ignored() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}},
        "ExpressionAttributeValues": {":a": {"S": "x"}}, "Colour": [1, {"x": null}],
        "ConsistentRead": null,
    });

    assert_eq!(api.call("GetItem", &request).ok(), json!({}));
}
