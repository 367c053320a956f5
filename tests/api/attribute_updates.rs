//! `AttributeUpdates` of `UpdateItem`.

use serde_json::{Value, json};

use super::update_item::user;
use super::{Answer, Api, member, one};

/// Updates the user 7 in the older way.
fn update(api: &mut Api, updates: &Value) -> Answer {
    let key = json!({"id": {"S": "7"}});
    api.call("UpdateItem", &json!({"TableName": "users", "Key": key, "AttributeUpdates": updates}))
}

/// One attribute of the user 7, if there is both.
fn attribute(api: &mut Api, name: &str) -> Option<Value> {
    api.user("7")?.get(name).cloned()
}

#[test]
fn each_action_changes_its_attribute() {
    let mut api = Api::with_users();
    for (name, update_of_it, after) in [
        ("a", json!({"Value": {"N": "1"}}), Some(json!({"N": "1"}))),
        ("a", json!({"Action": "PUT", "Value": {"L": []}}), Some(json!({"L": []}))),
        ("fresh", json!({"Action": "PUT", "Value": {"BOOL": true}}), Some(json!({"BOOL": true}))),
        ("n", json!({"Action": "ADD", "Value": {"N": "-7.5"}}), Some(json!({"N": "-2.5"}))),
        ("fresh", json!({"Action": "ADD", "Value": {"N": "3"}}), Some(json!({"N": "3"}))),
        (
            "ss",
            json!({"Action": "ADD", "Value": {"SS": ["c", "b"]}}),
            Some(json!({"SS": ["a", "b", "c"]})),
        ),
        ("fresh", json!({"Action": "ADD", "Value": {"NS": ["1"]}}), Some(json!({"NS": ["1"]}))),
        ("l", json!({"Action": "ADD", "Value": {"L": [{"N": "1"}, {"N": "2"}]}}), {
            let old = [json!({"S": "e0"}), json!({"S": "e1"}), json!({"S": "e2"})];
            Some(json!({"L": [old[0], old[1], old[2], {"N": "1"}, {"N": "2"}]}))
        }),
        (
            "fresh",
            json!({"Action": "ADD", "Value": {"L": [{"N": "1"}]}}),
            Some(json!({"L": [{"N": "1"}]})),
        ),
        ("a", json!({"Action": "DELETE"}), None),
        ("fresh", json!({"Action": "DELETE"}), None),
        ("ss", json!({"Action": "DELETE", "Value": {"SS": ["a"]}}), Some(json!({"SS": ["b"]}))),
        ("ss", json!({"Action": "DELETE", "Value": {"SS": ["b", "a"]}}), None),
        ("fresh", json!({"Action": "DELETE", "Value": {"SS": ["a"]}}), None),
        // A dot in a name is a dot.
        ("m.x", json!({"Value": {"S": "x"}}), Some(json!({"S": "x"}))),
    ] {
        api.put_user(&user()).ok();

        assert_eq!(update(&mut api, &json!({(name): update_of_it})).ok(), json!({}));

        assert_eq!(attribute(&mut api, name), after, "{name} {update_of_it}");
    }
}

#[test]
fn an_absent_item_is_made_unless_everything_is_deleted() {
    for (updates, made) in [
        (json!({"n": {"Action": "ADD", "Value": {"N": "1"}}}), true),
        (json!({"n": {"Action": "DELETE"}, "a": {"Value": {"S": "x"}}}), true),
        (json!({}), true),
        (json!({"n": {"Action": "DELETE"}}), false),
        (
            json!({"n": {"Action": "DELETE"}, "s": {"Action": "DELETE", "Value": {"SS": ["x"]}}}),
            false,
        ),
    ] {
        let mut api = Api::with_users();
        assert_eq!(api.user("7"), None);

        assert_eq!(update(&mut api, &updates).ok(), json!({}));

        assert_eq!(api.user("7").is_some(), made, "{updates}");
    }
}

#[test]
fn a_clash_of_types_leaves_the_item() {
    let mut api = Api::with_user();
    for clash in [
        json!({"a": {"Action": "ADD", "Value": {"N": "1"}}}),
        json!({"n": {"Action": "ADD", "Value": {"SS": ["x"]}}}),
        json!({"ss": {"Action": "ADD", "Value": {"NS": ["1"]}}}),
        json!({"n": {"Action": "ADD", "Value": {"L": []}}}),
        json!({"a": {"Action": "DELETE", "Value": {"SS": ["x"]}}}),
    ] {
        let mut updates = clash;
        updates["fresh"] = json!({"Value": {"N": "1"}});

        update(&mut api, &updates).assert_invalid("Type mismatch for attribute to update");

        assert_eq!(attribute(&mut api, "fresh"), None);
    }
}

#[test]
fn an_action_takes_the_values_that_it_can_use() {
    let mut api = Api::empty();
    let refused = |fault: &str| format!("One or more parameter values were invalid: {fault}");
    for (wrong, fault) in [
        (json!({}), "Only DELETE action is allowed when no attribute value is specified"),
        (
            json!({"Action": "ADD"}),
            "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            json!({"Action": "DELETE", "Value": {"S": "x"}}),
            "DELETE action with value is not supported for the type S",
        ),
        (
            json!({"Action": "ADD", "Value": {"S": "x"}}),
            "ADD action is not supported for the type S",
        ),
        (
            json!({"Action": "ADD", "Value": {"M": {}}}),
            "ADD action is not supported for the type M",
        ),
    ] {
        update(&mut api, &json!({"a": wrong})).assert_invalid(&refused(fault));
    }
    update(&mut api, &json!({"a": {"Action": "SET", "Value": {"S": "x"}}})).assert_invalid(&one(
        &member(
            "'SET'",
            "attributeUpdates.a.member.action",
            "Member must satisfy enum value set: [ADD, PUT, DELETE]",
        ),
    ));
}

#[test]
fn what_was_expected_is_judged_first() {
    let mut api = Api::with_user();
    let request = |expected: Value| {
        json!({
            "TableName": "users", "Key": {"id": {"S": "7"}}, "Expected": expected,
            "AttributeUpdates": {"n": {"Action": "ADD", "Value": {"N": "1"}}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    };

    let answer = api.call("UpdateItem", &request(json!({"n": {"Exists": false}})));
    answer.assert_refused("ConditionalCheckFailedException", "The conditional request failed");
    assert_eq!(answer.body["Item"]["n"], json!({"N": "5"}));
    assert_eq!(attribute(&mut api, "n"), Some(json!({"N": "5"})));

    api.call("UpdateItem", &request(json!({"n": {"Value": {"N": "5.0"}}}))).ok();
    assert_eq!(attribute(&mut api, "n"), Some(json!({"N": "6"})));
}
