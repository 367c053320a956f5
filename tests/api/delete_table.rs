//! `DeleteTable`.

use serde_json::json;

use super::support::wait_until;
use super::{Api, Launch, scratch};

#[test]
fn a_deleted_table_is_described_once_more_and_then_gone() {
    let mut api = Api::with_users();

    let answer = api.call("DeleteTable", &json!({"TableName": "users"})).ok();

    assert_eq!(answer["TableDescription"]["TableName"], "users");
    assert_eq!(answer["TableDescription"]["TableStatus"], "DELETING");
    let refusal = wait_until("the table to be gone", || {
        let answer = api.call("DescribeTable", &json!({"TableName": "users"}));
        (answer.status != 200).then(|| answer.refusal())
    });
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(refusal.message, "Requested resource not found: Table: users not found");
}

#[test]
fn items_are_gone_at_once() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert!(api.user("7").is_some(), "and now it is cached");

    api.call("DeleteTable", &json!({"TableName": "users"})).ok();

    api.call("GetItem", &json!({"TableName": "users", "Key": {"id": {"S": "7"}}}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
    api.put_user(&json!({"id": {"S": "7"}}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn an_absent_table_is_not_found_by_name() {
    let mut api = Api::empty();

    api.call("DeleteTable", &json!({"TableName": "users"})).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Table: users not found",
    );
}

#[test]
fn the_name_is_required_and_has_a_length() {
    let mut api = Api::empty();

    api.call("DeleteTable", &json!({}))
        .assert_invalid("The parameter 'TableName' is required but was not present in the request");
    api.call("DeleteTable", &json!({"TableName": "ab"})).assert_invalid(
        "TableName must be at least 3 characters long and at most 255 characters long",
    );
}

#[test]
fn a_deleted_table_stays_deleted_over_a_restart() {
    let data = scratch();
    let launch = Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    db.create_table("users");
    db.create_table("groups");
    db.call("DeleteTable", &json!({"TableName": "users"})).ok();
    server.kill();

    let server = launch.start();

    let names = server.db().call("ListTables", &json!({})).ok();
    assert_eq!(names, json!({"TableNames": ["groups"]}));
}
