//! `UpdateItem`: what it makes of an item, and when it leaves the item alone.
//!
//! Not here: what it answers (`update_returns.rs`), what it refuses before it looks at the item
//! (`update_refusals.rs`), the older parameter (`attribute_updates.rs`).

use serde_json::{Value, json};

use super::{Answer, Api, shelved};

impl Api {
    /// With the table `users` and in it [`user`].
    pub(crate) fn with_user() -> Self {
        let mut api = Self::with_users();
        api.put_user(&user()).ok();
        api
    }

    /// Updates the user 7, whether there is one or not.
    pub(crate) fn update_user(&mut self, expression: &str, values: &Value) -> Answer {
        self.call("UpdateItem", &update(expression, values))
    }
}

/// The user 7, with an attribute of most types.
pub(crate) fn user() -> Value {
    json!({
        "id": {"S": "7"},
        "a": {"S": "hello"},
        "n": {"N": "5"},
        "l": {"L": [{"S": "e0"}, {"S": "e1"}, {"S": "e2"}]},
        "m": {"M": {"x": {"S": "mx"}, "y": {"N": "7"}, "z": {"M": {"q": {"S": "deep"}}}}},
        "ss": {"SS": ["a", "b"]},
        "big": {"N": "9E125"},
    })
}

/// The request for an update of the user 7; without values the member is left out.
pub(crate) fn update(expression: &str, values: &Value) -> Value {
    let mut request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "UpdateExpression": expression,
    });
    if *values != json!({}) {
        request["ExpressionAttributeValues"] = values.clone();
    }
    request
}

/// [`user`] with these attributes instead; null takes one away.
fn user_with(changes: &Value) -> Value {
    let mut user = read_back(&user());
    let attributes = user.as_object_mut().expect("an item");
    for (name, value) in changes.as_object().expect("attributes") {
        if value.is_null() {
            attributes.remove(name);
        } else {
            attributes.insert(name.clone(), value.clone());
        }
    }
    user
}

/// The item as it is answered: its large number in digits.
fn read_back(item: &Value) -> Value {
    let mut item = item.clone();
    item["big"] = json!({"N": format!("9{}", "0".repeat(125))});
    item
}

#[test]
fn each_clause_changes_the_item() {
    let mut api = Api::with_users();
    for (expression, values, changes) in [
        ("SET a = :v", json!({":v": {"BOOL": true}}), json!({"a": {"BOOL": true}})),
        (
            "SET b = a, a = n, n = a",
            json!({}),
            json!({"a": {"N": "5"}, "b": {"S": "hello"}, "n": {"S": "hello"}}),
        ),
        ("SET n = n - :v", json!({":v": {"N": "0.50"}}), json!({"n": {"N": "4.5"}})),
        ("SET c = if_not_exists(c, :v) + :v", json!({":v": {"N": "2"}}), json!({"c": {"N": "4"}})),
        (
            "SET l = list_append(:v, l)",
            json!({":v": {"L": [{"NULL": true}]}}),
            json!({"l": {"L": [{"NULL": true}, {"S": "e0"}, {"S": "e1"}, {"S": "e2"}]}}),
        ),
        (
            "SET l[9] = :x, l[7] = :y",
            json!({":x": {"S": "x"}, ":y": {"S": "y"}}),
            json!({"l": {"L": [
                {"S": "e0"}, {"S": "e1"}, {"S": "e2"}, {"S": "y"}, {"S": "x"},
            ]}}),
        ),
        ("SET m.z.q = :v REMOVE m.x, m.y", json!({":v": {"N": "1"}}), {
            json!({"m": {"M": {"z": {"M": {"q": {"N": "1"}}}}}})
        }),
        ("REMOVE a, nope, m.nope, l[9]", json!({}), json!({"a": null})),
        (
            "REMOVE l[0] SET l[1] = :v",
            json!({":v": {"S": "X"}}),
            json!({"l": {"L": [{"S": "X"}, {"S": "e2"}]}}),
        ),
        (
            "ADD n :n, fresh :n, ss :s",
            json!({":n": {"N": "-6"}, ":s": {"SS": ["c", "a"]}}),
            json!({"n": {"N": "-1"}, "fresh": {"N": "-6"}, "ss": {"SS": ["a", "b", "c"]}}),
        ),
        ("ADD m.y :n", json!({":n": {"N": "2"}}), {
            let m = json!({"x": {"S": "mx"}, "y": {"N": "9"}, "z": {"M": {"q": {"S": "deep"}}}});
            json!({"m": {"M": m}})
        }),
        ("DELETE ss :s", json!({":s": {"SS": ["b", "z"]}}), json!({"ss": {"SS": ["a"]}})),
        ("DELETE ss :s, nope :s", json!({":s": {"SS": ["a", "b"]}}), json!({"ss": null})),
    ] {
        api.put_user(&user()).ok();

        assert_eq!(api.update_user(expression, &values).ok(), json!({}), "{expression}");

        assert_eq!(api.user("7"), Some(user_with(&changes)), "{expression}");
    }
}

#[test]
fn a_cached_item_is_replaced() {
    let mut api = Api::with_user();
    for n in 6..10 {
        assert!(api.user("7").is_some());

        api.update_user("ADD n :one", &json!({":one": {"N": "1"}})).ok();

        assert_eq!(api.user("7"), Some(user_with(&json!({"n": {"N": n.to_string()}}))));
    }
}

#[test]
fn a_remembered_absence_ends_with_the_update() {
    let mut api = Api::with_users();
    assert_eq!(api.user("7"), None);
    assert_eq!(api.user("7"), None);

    api.update_user("SET a = :v", &json!({":v": {"S": "x"}})).ok();

    assert_eq!(api.user("7"), Some(json!({"id": {"S": "7"}, "a": {"S": "x"}})));
}

#[test]
fn an_absent_item_is_made_of_its_key_and_the_update() {
    for (expression, values, made) in [
        ("SET a = if_not_exists(a, :v)", json!({":v": {"S": "x"}}), json!({"a": {"S": "x"}})),
        ("ADD n :v", json!({":v": {"N": "3"}}), json!({"n": {"N": "3"}})),
        ("REMOVE a", json!({}), json!({})),
        ("DELETE ss :v", json!({":v": {"SS": ["x"]}}), json!({})),
    ] {
        let mut api = Api::with_users();
        let mut whole = made;
        whole["id"] = json!({"S": "7"});

        api.update_user(expression, &values).ok();

        assert_eq!(api.user("7"), Some(whole), "{expression}");
    }
}

#[test]
fn an_update_that_says_nothing_makes_an_absent_item_and_leaves_a_present_one() {
    let mut api = Api::with_users();
    let nothing = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});

    assert_eq!(api.call("UpdateItem", &nothing).ok(), json!({}));
    assert_eq!(api.user("7"), Some(json!({"id": {"S": "7"}})));

    api.put_user(&user()).ok();
    assert_eq!(api.call("UpdateItem", &nothing).ok(), json!({}));
    assert_eq!(api.user("7"), Some(read_back(&user())));
}

#[test]
fn a_failed_condition_makes_no_item() {
    let mut api = Api::with_users();
    for condition in ["attribute_exists(id)", "n < :v", "n = :v", "NOT attribute_not_exists(n)"] {
        let mut request = update("SET n = :v", &json!({":v": {"N": "1"}}));
        request["ConditionExpression"] = condition.into();
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();

        let answer = api.call("UpdateItem", &request);

        answer.assert_refused("ConditionalCheckFailedException", "The conditional request failed");
        assert_eq!(answer.body.get("Item"), None, "{condition}");
        assert_eq!(api.user("7"), None, "{condition}");
    }
}

#[test]
fn a_failed_condition_leaves_the_item_and_shows_it_if_asked() {
    let mut api = Api::with_user();
    api.user("7");
    let mut request = update("SET n = :v", &json!({":v": {"N": "1"}}));
    request["ConditionExpression"] = "n = :v".into();
    for (asked, shown) in [(None, None), (Some("NONE"), None), (Some("ALL_OLD"), Some(user()))] {
        if let Some(asked) = asked {
            request["ReturnValuesOnConditionCheckFailure"] = asked.into();
        }

        let answer = api.call("UpdateItem", &request);

        answer.assert_refused("ConditionalCheckFailedException", "The conditional request failed");
        assert_eq!(answer.body.get("Item"), shown.as_ref().map(read_back).as_ref(), "{asked:?}");
        assert_eq!(api.user("7"), Some(read_back(&user())));
    }
}

#[test]
fn a_condition_is_judged_by_the_item_before_the_update() {
    let mut api = Api::with_user();
    let mut request = update("SET n = n + :one", &json!({":one": {"N": "1"}, ":five": {"N": "5"}}));
    request["ConditionExpression"] = "n = :five AND size(l) < :five".into();

    api.call("UpdateItem", &request).ok();

    api.call("UpdateItem", &request)
        .assert_refused("ConditionalCheckFailedException", "The conditional request failed");
    assert_eq!(api.user("7"), Some(user_with(&json!({"n": {"N": "6"}}))));
}

#[test]
fn what_cannot_be_applied_leaves_the_item() {
    const PATH: &str = "The document path provided in the update expression is invalid for update";
    const MISSING: &str =
        "The provided expression refers to an attribute that does not exist in the item";
    const TYPE: &str = "An operand in the update expression has an incorrect data type";
    const OVERFLOW: &str =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    const DIGITS: &str = "Attempting to store more than 38 significant digits in a Number";
    const NESTED: &str = "Nesting Levels have exceeded supported limits: \
        Attributes in the item have nested levels beyond supported limit";
    let one = json!({":v": {"N": "1"}});
    let text = json!({":v": {"SS": ["x"]}});
    let nested = json!({":v": lists(31)});
    let mut api = Api::with_user();
    api.user("7");
    for (expression, values, message) in [
        ("SET b = :v, nope.x = :v", &one, PATH),
        ("SET b = :v, a.x = :v", &one, PATH),
        ("SET m[0] = :v", &one, PATH),
        ("SET l.x = :v", &one, PATH),
        ("SET l[9].x = :v", &one, PATH),
        ("REMOVE nope.x", &json!({}), PATH),
        ("ADD nope.x :v", &one, PATH),
        ("SET b = nope", &json!({}), MISSING),
        ("SET b = nope + :v", &one, MISSING),
        ("SET b = list_append(nope, l)", &json!({}), MISSING),
        ("SET b = a + :v", &one, TYPE),
        ("SET b = list_append(l, a)", &json!({}), TYPE),
        ("ADD a :v", &one, TYPE),
        ("ADD n :v", &text, TYPE),
        ("DELETE a :v", &text, TYPE),
        ("SET b = big + big", &json!({}), OVERFLOW),
        ("ADD big :v", &json!({":v": {"N": "1E125"}}), OVERFLOW),
        ("SET b = big + :v", &one, DIGITS),
        ("SET m.x = :v", &nested, NESTED),
    ] {
        api.update_user(expression, values).assert_invalid(message);

        assert_eq!(api.user("7"), Some(read_back(&user())), "{expression}");
    }
    api.update_user("SET m = :v", &nested).ok();
}

#[test]
fn what_cannot_be_applied_makes_no_item() {
    let mut api = Api::with_users();

    api.update_user("SET n = n + :v", &json!({":v": {"N": "1"}})).assert_invalid(
        "The provided expression refers to an attribute that does not exist in the item",
    );

    assert_eq!(api.user("7"), None);
}

#[test]
fn an_item_grows_to_409_600_bytes_and_no_further() {
    let mut api = Api::with_users();
    // `id`, `7` and the names `d` and `e` take 5 bytes, the first text 400,000.
    api.put_user(&json!({"id": {"S": "7"}, "d": {"S": "x".repeat(400_000)}})).ok();
    let grown = |bytes: usize| json!({":v": {"S": "x".repeat(bytes - 400_005)}});

    api.update_user("SET e = :v", &grown(409_601))
        .assert_invalid("Item size to update has exceeded the maximum allowed size");
    assert_eq!(api.user("7").expect("it is there").get("e"), None);

    api.update_user("SET e = :v", &grown(409_600)).ok();
    assert_eq!(api.user("7").expect("it is there")["e"], grown(409_600)[":v"]);
    // Nothing fits any more, and it can shrink.
    api.update_user("SET n = :v", &json!({":v": {"N": "1"}}))
        .assert_invalid("Item size to update has exceeded the maximum allowed size");
    api.update_user("REMOVE d", &json!({})).ok();
}

#[test]
fn an_item_is_too_large_if_it_is_with_its_local_entries() {
    let mut api = Api::with_shelves();
    let large = json!({"shelf": {"S": "a"}, "at": {"N": "1"}, "d": {"S": "x".repeat(250_000)}});
    api.db.put("shelves", &large);
    let request = |expression: &str| {
        json!({
            "TableName": "shelves", "Key": shelved("a", 1), "UpdateExpression": expression,
            "ExpressionAttributeValues": {":v": {"S": "red"}},
        })
    };

    api.call("UpdateItem", &request("SET colour = :v"))
        .assert_invalid("Item size to update has exceeded the maximum allowed size");
    assert_eq!(api.db.get("shelves", &shelved("a", 1)), Some(large));

    api.call("UpdateItem", &request("SET colour = :v REMOVE d")).ok();
    let small = json!({"shelf": {"S": "a"}, "at": {"N": "1"}, "colour": {"S": "red"}});
    assert_eq!(api.db.get("shelves", &shelved("a", 1)), Some(small));
}

/// Lists one in the other, and a text in the last.
fn lists(depth: usize) -> Value {
    (0..depth).fold(json!({"S": "x"}), |inner, _| json!({"L": [inner]}))
}
