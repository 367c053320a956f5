//! `DeleteItem`.

use serde_json::json;

use super::{Api, NOT_NULL, member, several};

#[test]
fn a_present_item_is_gone_afterwards() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert!(api.user("7").is_some());

    let request = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});

    assert_eq!(api.call("DeleteItem", &request).ok(), json!({}));
    assert_eq!(api.user("7"), None);
}

#[test]
fn an_absent_item_is_deleted_with_success() {
    let mut api = Api::with_users();
    let request =
        json!({"TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnValues": "ALL_OLD"});

    assert_eq!(api.call("DeleteItem", &request).ok(), json!({}));
}

#[test]
fn all_old_returns_the_deleted_item() {
    let mut api = Api::with_users();
    let ada = json!({"id": {"S": "7"}, "name": {"S": "Ada"}});
    api.put_user(&ada).ok();
    let request =
        json!({"TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnValues": "ALL_OLD"});

    assert_eq!(api.call("DeleteItem", &request).ok(), json!({"Attributes": ada}));
    assert_eq!(api.call("DeleteItem", &request).ok(), json!({}));
}

#[test]
fn a_neighbour_stays() {
    let mut api = Api::with_events();
    for at in ["1", "2", "10"] {
        let item = json!({"room": {"S": "a"}, "at": {"N": at}});
        api.db.put("events", &item);
    }

    let key = json!({"room": {"S": "a"}, "at": {"N": "1.0"}});
    api.call("DeleteItem", &json!({"TableName": "events", "Key": key})).ok();

    let at = |at: &str| json!({"room": {"S": "a"}, "at": {"N": at}});
    assert_eq!(api.db.get("events", &at("1")), None);
    assert_eq!(api.db.get("events", &at("2")), Some(at("2")));
    assert_eq!(api.db.get("events", &at("10")), Some(at("10")));
}

#[test]
fn return_values_are_all_old_or_none() {
    let mut api = Api::empty();

    for returned in ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"] {
        let request =
            json!({"TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnValues": returned});
        api.call("DeleteItem", &request).assert_invalid("ReturnValues can only be ALL_OLD or NONE");
    }
}

#[test]
fn missing_members_are_told_together() {
    let mut api = Api::empty();

    api.call("DeleteItem", &json!({})).assert_invalid(&several(&[
        member("null", "tableName", NOT_NULL),
        member("null", "key", NOT_NULL),
    ]));
}

#[test]
fn an_absent_table_is_not_found() {
    let mut api = Api::empty();
    let request = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});

    api.call("DeleteItem", &request)
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}
