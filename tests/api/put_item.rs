//! `PutItem`.

use serde_json::json;

use super::{Api, NOT_NULL, member, one, several};

#[test]
fn a_new_item_is_there_afterwards() {
    let mut api = Api::with_users();
    let ada = json!({"id": {"S": "7"}, "name": {"S": "Ada"}});

    assert_eq!(api.put_user(&ada).ok(), json!({}));

    assert_eq!(api.user("7"), Some(ada));
}

#[test]
fn a_present_item_is_replaced_whole() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}, "name": {"S": "Ada"}, "old": {"BOOL": true}})).ok();
    api.user("7");

    api.put_user(&json!({"id": {"S": "7"}, "name": {"S": "Eve"}})).ok();

    assert_eq!(api.user("7"), Some(json!({"id": {"S": "7"}, "name": {"S": "Eve"}})));
}

#[test]
fn a_remembered_absence_ends_with_the_put() {
    let mut api = Api::with_users();
    assert_eq!(api.user("7"), None);
    assert_eq!(api.user("7"), None);

    api.put_user(&json!({"id": {"S": "7"}})).ok();

    assert_eq!(api.user("7"), Some(json!({"id": {"S": "7"}})));
}

#[test]
fn all_old_returns_the_replaced_item_and_nothing_for_a_new_one() {
    let mut api = Api::with_users();
    let put = |name: &str| {
        let item = json!({"id": {"S": "7"}, "name": {"S": name}});
        json!({"TableName": "users", "Item": item, "ReturnValues": "ALL_OLD"})
    };

    assert_eq!(api.call("PutItem", &put("Ada")).ok(), json!({}));
    assert_eq!(
        api.call("PutItem", &put("Eve")).ok(),
        json!({"Attributes": {"id": {"S": "7"}, "name": {"S": "Ada"}}})
    );
    assert_eq!(
        api.call("PutItem", &json!({"TableName": "users", "Item": {"id": {"S": "7"}}})).ok(),
        json!({})
    );
}

#[test]
fn return_values_are_all_old_or_none() {
    let mut api = Api::empty();
    let put = |returned: &str| json!({"TableName": "users", "Item": {"id": {"S": "7"}}, "ReturnValues": returned});

    for returned in ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"] {
        api.call("PutItem", &put(returned))
            .assert_invalid("ReturnValues can only be ALL_OLD or NONE");
    }
    api.call("PutItem", &put("SOME")).assert_invalid(&one(&member(
        "'SOME'",
        "returnValues",
        "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
    )));
}

#[test]
fn missing_members_are_told_together() {
    let mut api = Api::empty();

    api.call("PutItem", &json!({})).assert_invalid(&several(&[
        member("null", "tableName", NOT_NULL),
        member("null", "item", NOT_NULL),
    ]));
}

#[test]
fn an_absent_table_is_not_found() {
    let mut api = Api::empty();

    api.put_user(&json!({"id": {"S": "7"}}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn an_item_is_409_600_bytes_at_most() {
    let mut api = Api::with_users();
    // Names and values count: `id` and `7`, `data` and its text.
    let item = |total: usize| json!({"id": {"S": "7"}, "data": {"S": "x".repeat(total - 7)}});

    api.put_user(&item(409_600)).ok();
    api.put_user(&item(409_601)).assert_invalid("Item size has exceeded the maximum allowed size");

    assert_eq!(api.user("7"), Some(item(409_600)));
}

#[test]
fn an_item_too_large_comes_before_the_table() {
    let mut api = Api::empty();
    let item = json!({"id": {"S": "7"}, "data": {"S": "x".repeat(500_000)}});

    api.put_user(&item).assert_invalid("Item size has exceeded the maximum allowed size");
}

#[test]
fn a_missing_key_attribute_is_named() {
    let mut api = Api::with_users();

    api.put_user(&json!({"name": {"S": "Ada"}})).assert_invalid(
        "One or more parameter values were invalid: Missing the key id in the item",
    );
}

#[test]
fn a_key_attribute_of_another_type_is_named_with_both_types() {
    let mut api = Api::with_users();
    let cases = [
        ("N", json!({"N": "7"})),
        ("B", json!({"B": "YQ=="})),
        ("L", json!({"L": []})),
        ("NULL", json!({"NULL": true})),
    ];

    for (actual, value) in cases {
        api.put_user(&json!({"id": value})).assert_invalid(&format!(
            "One or more parameter values were invalid: \
             Type mismatch for key id expected: S actual: {actual}"
        ));
    }
}

#[test]
fn the_hash_key_is_checked_before_the_range_key() {
    let mut api = Api::with_events();
    let put = |item| json!({"TableName": "events", "Item": item});

    api.call("PutItem", &put(json!({"at": {"S": "x"}}))).assert_invalid(
        "One or more parameter values were invalid: Missing the key room in the item",
    );
    api.call("PutItem", &put(json!({"room": {"S": "a"}, "at": {"S": "x"}}))).assert_invalid(
        "One or more parameter values were invalid: \
         Type mismatch for key at expected: N actual: S",
    );
}

#[test]
fn a_refused_put_leaves_the_item() {
    let mut api = Api::with_users();
    let ada = json!({"id": {"S": "7"}, "name": {"S": "Ada"}});
    api.put_user(&ada).ok();

    api.put_user(&json!({"id": {"S": "7"}, "tags": {"SS": []}})).refusal();

    assert_eq!(api.user("7"), Some(ada));
}
