//! Conditions of `PutItem` and `DeleteItem`, in the new way and in the older.
//!
//! Not here: what every expression refuses by itself (`expr/`), conditions of updates
//! (`update_item.rs`).

use serde_json::{Value, json};

use super::{Answer, Api};

impl Api {
    /// With the table `users` and in it [`ada`], which is cached.
    fn with_ada() -> Self {
        let mut api = Self::with_users();
        api.put_user(&ada()).ok();
        assert_eq!(api.user("7"), Some(ada()));
        api
    }
}

fn ada() -> Value {
    json!({
        "id": {"S": "7"}, "nick": {"S": "Ada"}, "n": {"N": "5"},
        "m": {"M": {"x": {"SS": ["a", "b"]}}},
    })
}

fn eve() -> Value {
    json!({"id": {"S": "7"}, "nick": {"S": "Eve"}})
}

/// The request for a put of [`eve`], with `more` of its members.
fn put(more: &Value) -> Value {
    with(json!({"TableName": "users", "Item": eve()}), more)
}

/// The request for a delete of the user 7, with `more` of its members.
fn delete(more: &Value) -> Value {
    with(json!({"TableName": "users", "Key": {"id": {"S": "7"}}}), more)
}

fn with(mut request: Value, more: &Value) -> Value {
    let members = request.as_object_mut().expect("members");
    members.extend(more.as_object().expect("members").clone());
    request
}

/// The members that say this condition.
fn condition(expression: &str, values: &Value) -> Value {
    let mut members = json!({"ConditionExpression": expression});
    if *values != json!({}) {
        members["ExpressionAttributeValues"] = values.clone();
    }
    members
}

#[track_caller]
fn assert_failed(answer: &Answer) {
    answer.assert_refused("ConditionalCheckFailedException", "The conditional request failed");
}

/// Conditions that hold of [`ada`].
fn holding() -> Vec<Value> {
    let text = |text: &str| json!({"S": text});
    vec![
        condition("attribute_exists(id)", &json!({})),
        condition(
            "attribute_not_exists(nope) AND attribute_type(m, :t)",
            &json!({":t": text("M")}),
        ),
        condition("n BETWEEN :a AND :b", &json!({":a": {"N": "5.0"}, ":b": {"N": "6"}})),
        condition("nick IN (:a, :b)", &json!({":a": text("Eve"), ":b": text("Ada")})),
        condition(
            "begins_with(nick, :a) AND contains(m.x, :b)",
            &json!({":a": text("A"), ":b": text("b")}),
        ),
        condition("size(nick) = :a OR nope = :a", &json!({":a": {"N": "3"}})),
        condition("nope <> :a", &json!({":a": text("x")})),
        json!({"Expected": {"n": {"Value": {"N": "5.00"}}}}),
        json!({"Expected": {"nope": {"Exists": false}, "nick": {"Exists": true, "Value": text("Ada")}}}),
        json!({"Expected": {"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "1"}, {"N": "5"}]}}}),
        json!({"Expected": {"nick": {"ComparisonOperator": "BEGINS_WITH", "Value": text("A")}}}),
        json!({"Expected": {
            "nick": {"ComparisonOperator": "NULL"},
            "n": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "5"}]},
        }, "ConditionalOperator": "OR"}),
        json!({"Expected": {}}),
    ]
}

/// Conditions that do not hold of [`ada`].
fn failing() -> Vec<Value> {
    let text = |text: &str| json!({"S": text});
    vec![
        condition("attribute_not_exists(id)", &json!({})),
        condition("n > :a", &json!({":a": {"N": "5"}})),
        condition("n = :a", &json!({":a": text("5")})),
        condition("m.x = :a", &json!({":a": {"SS": ["a"]}})),
        condition("nope < :a OR nope = :a", &json!({":a": text("x")})),
        condition("NOT attribute_exists(nick)", &json!({})),
        json!({"Expected": {"nick": {"Exists": false}}}),
        json!({"Expected": {"nope": {"Value": text("x")}}}),
        json!({"Expected": {"nick": {"Value": text("Ada")}, "n": {"Value": {"N": "6"}}}}),
        json!({"Expected": {
            "nick": {"Value": text("Ada")}, "n": {"Value": {"N": "6"}},
        }, "ConditionalOperator": "AND"}),
        json!({"Expected": {"n": {"ComparisonOperator": "NOT_NULL"}, "nope": {"ComparisonOperator": "NOT_NULL"}}}),
    ]
}

#[test]
fn a_write_whose_condition_holds_is_carried_out() {
    let mut api = Api::with_ada();
    for condition in holding() {
        api.put_user(&ada()).ok();

        assert_eq!(api.call("PutItem", &put(&condition)).ok(), json!({}), "{condition}");
        assert_eq!(api.user("7"), Some(eve()), "{condition}");

        api.put_user(&ada()).ok();

        assert_eq!(api.call("DeleteItem", &delete(&condition)).ok(), json!({}), "{condition}");
        assert_eq!(api.user("7"), None, "{condition}");
    }
}

#[test]
fn a_failed_condition_leaves_item_and_cache() {
    let mut api = Api::with_ada();
    for condition in failing() {
        assert_failed(&api.call("PutItem", &put(&condition)));
        assert_failed(&api.call("DeleteItem", &delete(&condition)));

        for consistent in [false, true] {
            let key = json!({"id": {"S": "7"}});
            let get = json!({"TableName": "users", "Key": key, "ConsistentRead": consistent});
            assert_eq!(api.call("GetItem", &get).ok(), json!({"Item": ada()}), "{condition}");
        }
    }
}

#[test]
fn an_absent_item_has_no_attributes() {
    let absent = condition("attribute_not_exists(id)", &json!({}));
    let other = condition("n <> :a", &json!({":a": {"N": "1"}}));
    let unexpected = json!({"Expected": {"id": {"Exists": false}}});
    for condition in [absent, other, unexpected] {
        let mut api = Api::with_users();

        assert_eq!(api.call("DeleteItem", &delete(&condition)).ok(), json!({}), "{condition}");
        assert_eq!(api.call("PutItem", &put(&condition)).ok(), json!({}), "{condition}");

        assert_eq!(api.user("7"), Some(eve()));
    }
    let present = condition("attribute_exists(id)", &json!({}));
    let less = condition("n < :a", &json!({":a": {"N": "1"}}));
    let expected = json!({"Expected": {"id": {"Value": {"S": "7"}}}});
    for condition in [present, less, expected] {
        let mut api = Api::with_users();
        assert_eq!(api.user("7"), None);

        assert_failed(&api.call("DeleteItem", &delete(&condition)));
        assert_failed(&api.call("PutItem", &put(&condition)));

        assert_eq!(api.user("7"), None, "{condition}");
    }
}

#[test]
fn the_item_stands_beside_the_message_if_asked() {
    let mut api = Api::with_ada();
    let absent = json!({
        "TableName": "users", "Key": {"id": {"S": "nobody"}},
        "ConditionExpression": "attribute_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    for condition in failing() {
        for (asked, shown) in [("ALL_OLD", Some(ada())), ("NONE", None)] {
            let asked = json!({"ReturnValuesOnConditionCheckFailure": asked});
            for (operation, request) in
                [("PutItem", put(&condition)), ("DeleteItem", delete(&condition))]
            {
                let answer = api.call(operation, &with(request, &asked));

                assert_failed(&answer);
                assert_eq!(answer.body.get("Item"), shown.as_ref(), "{operation} {condition}");
            }
        }
    }

    let answer = api.call("DeleteItem", &absent);
    assert_failed(&answer);
    assert_eq!(answer.body.get("Item"), None);
}

#[test]
fn an_item_put_on_a_condition_is_not_put_twice() {
    let mut api = Api::with_users();
    let once = put(&condition("attribute_not_exists(id)", &json!({})));

    api.call("PutItem", &once).ok();
    assert_failed(&api.call("PutItem", &once));
}

#[test]
fn a_condition_goes_with_the_old_values() {
    let mut api = Api::with_ada();
    let holds = condition("n = :n", &json!({":n": {"N": "5"}}));
    let old = with(holds, &json!({"ReturnValues": "ALL_OLD"}));

    assert_eq!(api.call("PutItem", &put(&old)).ok(), json!({"Attributes": ada()}));
    assert_failed(&api.call("DeleteItem", &delete(&old)));
    api.put_user(&ada()).ok();
    assert_eq!(api.call("DeleteItem", &delete(&old)).ok(), json!({"Attributes": ada()}));
}

#[test]
fn a_wrong_condition_comes_before_the_table() {
    let mut api = Api::empty();
    let text = json!({":a": {"S": "x"}});
    for (condition, message) in [
        (
            condition("", &json!({})),
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            condition("n = :b", &text),
            "Invalid ConditionExpression: An expression attribute value used in expression is not \
             defined; attribute value: :b",
        ),
        (
            condition("attribute_exists(n)", &text),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}",
        ),
        (
            json!({"ExpressionAttributeValues": text}),
            "ExpressionAttributeValues can only be specified when using expressions: \
             ConditionExpression is null",
        ),
        (
            json!({"ExpressionAttributeNames": {"#a": "a"}}),
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            json!({"ConditionExpression": "n = n", "Expected": {}, "ConditionalOperator": "OR"}),
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {Expected, ConditionalOperator} \
             Expression parameters: {ConditionExpression}",
        ),
    ] {
        api.call("PutItem", &put(&condition)).assert_invalid(message);
        api.call("DeleteItem", &delete(&condition)).assert_invalid(message);
    }
}

#[test]
fn what_is_expected_says_one_thing_of_each_attribute() {
    let mut api = Api::empty();
    let invalid = |fault: &str| format!("One or more parameter values were invalid: {fault}");
    let text = json!({"S": "x"});
    for (expected, fault) in [
        (
            json!({"Value": text, "AttributeValueList": [text], "ComparisonOperator": "EQ"}),
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            json!({"Exists": true, "ComparisonOperator": "EQ", "Value": text}),
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            json!({"ComparisonOperator": "EQ"}),
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            json!({"ComparisonOperator": "BETWEEN", "Value": text}),
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            json!({"AttributeValueList": [text]}),
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (json!({}), "Value must be provided when Exists is null for Attribute: a"),
        (json!({"Exists": true}), "Value must be provided when Exists is true for Attribute: a"),
        (
            json!({"Exists": false, "Value": text}),
            "Value cannot be used when Exists is false for Attribute: a",
        ),
    ] {
        let expected = json!({"Expected": {"a": expected}});

        api.call("PutItem", &put(&expected)).assert_invalid(&invalid(fault));
        api.call("DeleteItem", &delete(&expected)).assert_invalid(&invalid(fault));
    }
}

#[test]
fn an_operator_joins_two_conditions_or_more() {
    let mut api = Api::empty();
    let alone = json!({"ConditionalOperator": "AND"});
    let one = json!({"Expected": {"a": {"Exists": false}}, "ConditionalOperator": "OR"});

    api.call("PutItem", &put(&alone))
        .assert_invalid("ConditionalOperator cannot be used without Filter or Expected");
    api.call("DeleteItem", &delete(&one)).assert_invalid(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements",
    );
}
