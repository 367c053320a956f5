//! `ReturnValues` of `UpdateItem`.

use serde_json::{Value, json};

use super::update_item::{update, user};
use super::{Api, member, one};

/// The request, asking for these values.
fn returning(expression: &str, values: &Value, returned: &str) -> Value {
    let mut request = update(expression, values);
    request["ReturnValues"] = returned.into();
    request
}

/// What the update of [`user`] answers as `Attributes`.
fn attributes(api: &mut Api, request: &Value) -> Option<Value> {
    api.put_user(&user()).ok();
    api.call("UpdateItem", request).ok().get("Attributes").cloned()
}

/// `m` with nothing but this.
fn in_m(inside: &Value) -> Value {
    json!({"m": {"M": inside}})
}

#[test]
fn updated_values_are_the_targets_in_the_old_and_in_the_new_item() {
    let mut api = Api::with_users();
    let text = |text: &str| json!({"S": text});
    let v = json!({":v": {"S": "v"}});
    let list = |elements: Value| json!({"l": {"L": elements}});
    for (expression, values, old, new) in [
        ("SET a = :v", &v, Some(json!({"a": text("hello")})), Some(json!({"a": text("v")}))),
        ("SET n = n", &json!({}), Some(json!({"n": {"N": "5"}})), Some(json!({"n": {"N": "5"}}))),
        ("SET fresh = :v", &v, None, Some(json!({"fresh": text("v")}))),
        ("REMOVE a", &json!({}), Some(json!({"a": text("hello")})), None),
        ("REMOVE nope, m.nope", &json!({}), None, None),
        (
            "SET m.x = :v",
            &v,
            Some(in_m(&json!({"x": text("mx")}))),
            Some(in_m(&json!({"x": text("v")}))),
        ),
        (
            "SET m.z.q = :v, m.x = :v, m.w = :v",
            &v,
            Some(in_m(&json!({"x": text("mx"), "z": {"M": {"q": text("deep")}}}))),
            Some(in_m(&json!({"w": text("v"), "x": text("v"), "z": {"M": {"q": text("v")}}}))),
        ),
        (
            "REMOVE m.x SET n = n + m.y",
            &json!({}),
            Some(json!({"n": {"N": "5"}, "m": {"M": {"x": text("mx")}}})),
            Some(json!({"n": {"N": "12"}})),
        ),
        (
            "SET l[2] = :v, l[0] = :v",
            &v,
            Some(list(json!([text("e0"), text("e2")]))),
            Some(list(json!([text("v"), text("v")]))),
        ),
        // The new one has what shifted there.
        (
            "REMOVE l[1]",
            &json!({}),
            Some(list(json!([text("e1")]))),
            Some(list(json!([text("e2")]))),
        ),
        ("SET l[3] = :v", &v, None, Some(list(json!([text("v")])))),
        // There is no index 9 afterwards.
        ("SET l[9] = :v", &v, None, None),
        (
            "DELETE ss :s",
            &json!({":s": {"SS": ["a"]}}),
            Some(json!({"ss": {"SS": ["a", "b"]}})),
            Some(json!({"ss": {"SS": ["b"]}})),
        ),
        (
            "DELETE ss :s",
            &json!({":s": {"SS": ["a", "b"]}}),
            Some(json!({"ss": {"SS": ["a", "b"]}})),
            None,
        ),
        (
            "ADD n :n, fresh :n",
            &json!({":n": {"N": "1"}}),
            Some(json!({"n": {"N": "5"}})),
            Some(json!({"n": {"N": "6"}, "fresh": {"N": "1"}})),
        ),
    ] {
        let updated_old = returning(expression, values, "UPDATED_OLD");
        let updated_new = returning(expression, values, "UPDATED_NEW");

        assert_eq!(attributes(&mut api, &updated_old), old, "old of {expression}");
        assert_eq!(attributes(&mut api, &updated_new), new, "new of {expression}");
    }
}

#[test]
fn all_values_are_the_whole_old_and_new_item() {
    let mut api = Api::with_users();
    let set = |n: &str| json!({":v": {"N": n}});
    let item = |n: &str| json!({"id": {"S": "7"}, "n": {"N": n}, "m": {"M": {"x": {"N": "0"}}}});
    api.put_user(&item("1")).ok();

    let old = api.call("UpdateItem", &returning("SET n = :v", &set("2"), "ALL_OLD")).ok();
    let new = api.call("UpdateItem", &returning("SET n = :v", &set("3"), "ALL_NEW")).ok();
    let none = api.call("UpdateItem", &returning("SET n = :v", &set("4"), "NONE")).ok();

    assert_eq!(old, json!({"Attributes": item("1")}));
    assert_eq!(new, json!({"Attributes": item("3")}));
    assert_eq!(none, json!({}));
    assert_eq!(api.user("7"), Some(item("4")));
}

#[test]
fn an_item_that_was_made_has_new_values_only() {
    let whole = json!({"id": {"S": "7"}, "n": {"N": "1"}});
    for (returned, expected) in [
        ("ALL_OLD", None),
        ("UPDATED_OLD", None),
        ("ALL_NEW", Some(whole)),
        ("UPDATED_NEW", Some(json!({"n": {"N": "1"}}))),
    ] {
        let mut api = Api::with_users();
        let request = returning("SET n = :v", &json!({":v": {"N": "1"}}), returned);

        let answer = api.call("UpdateItem", &request).ok();

        assert_eq!(answer.get("Attributes"), expected.as_ref(), "{returned}");
    }
}

#[test]
fn an_update_that_says_nothing_has_no_updated_values() {
    for (returned, expected) in
        [("UPDATED_OLD", None), ("UPDATED_NEW", None), ("ALL_NEW", Some(json!({"id": {"S": "7"}})))]
    {
        let mut api = Api::with_users();
        let key = json!({"id": {"S": "7"}});
        let request = json!({"TableName": "users", "Key": key, "ReturnValues": returned});

        let answer = api.call("UpdateItem", &request).ok();

        assert_eq!(answer.get("Attributes"), expected.as_ref(), "{returned}");
    }
}

#[test]
fn the_older_parameter_answers_alike() {
    let mut api = Api::with_users();
    let request = |returned: &str| {
        json!({
            "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnValues": returned,
            "AttributeUpdates": {
                "a": {"Action": "DELETE"},
                "n": {"Action": "ADD", "Value": {"N": "1"}},
                "fresh": {"Value": {"BOOL": true}},
            },
        })
    };

    assert_eq!(
        attributes(&mut api, &request("UPDATED_OLD")),
        Some(json!({"a": {"S": "hello"}, "n": {"N": "5"}}))
    );
    assert_eq!(
        attributes(&mut api, &request("UPDATED_NEW")),
        Some(json!({"n": {"N": "6"}, "fresh": {"BOOL": true}}))
    );
}

#[test]
fn another_word_is_a_member_error() {
    let mut api = Api::empty();
    let request = returning("REMOVE a", &json!({}), "SOME");

    api.call("UpdateItem", &request).assert_invalid(&one(&member(
        "'SOME'",
        "returnValues",
        "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
    )));
}
