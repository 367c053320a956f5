//! `TransactWriteItems`.

use serde_json::{Value, json};

use super::{Api, member, several};

fn put(id: &str, more: &Value) -> Value {
    let mut item = json!({"id": {"S": id}});
    for (name, value) in more.as_object().expect("attributes") {
        item[name] = value.clone();
    }
    json!({"Put": {"TableName": "users", "Item": item}})
}

fn delete(id: &str) -> Value {
    json!({"Delete": {"TableName": "users", "Key": {"id": {"S": id}}}})
}

fn add(id: &str, number: i64) -> Value {
    json!({"Update": {
        "TableName": "users", "Key": {"id": {"S": id}}, "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": number.to_string()}},
    }})
}

fn check(id: &str, condition: &str) -> Value {
    json!({"ConditionCheck": {
        "TableName": "users", "Key": {"id": {"S": id}}, "ConditionExpression": condition,
    }})
}

fn with(mut element: Value, member: &str, value: impl Into<Value>) -> Value {
    let action = element.as_object_mut().expect("an element").values_mut().next();
    action.expect("an action")[member] = value.into();
    element
}

fn all(elements: &[Value]) -> Value {
    json!({"TransactItems": elements})
}

impl Api {
    fn transact(&mut self, elements: &[Value]) -> super::Answer {
        self.call("TransactWriteItems", &all(elements))
    }
}

#[test]
fn all_actions_are_carried_out() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    api.put_user(&json!({"id": {"S": "old"}})).ok();
    api.put_user(&json!({"id": {"S": "there"}})).ok();

    let answer = api.transact(&[
        put("new", &json!({"n": {"N": "1"}})),
        delete("old"),
        add("made", 7),
        check("there", "attribute_exists(id)"),
        json!({"Put": {"TableName": "groups", "Item": {"id": {"S": "g"}}}}),
    ]);

    assert_eq!(answer.ok(), json!({}));
    assert_eq!(api.user("new"), Some(json!({"id": {"S": "new"}, "n": {"N": "1"}})));
    assert_eq!(api.user("old"), None);
    assert_eq!(api.user("made"), Some(json!({"id": {"S": "made"}, "n": {"N": "7"}})));
    assert_eq!(api.user("there"), Some(json!({"id": {"S": "there"}})));
    assert_eq!(api.db.get("groups", &json!({"id": {"S": "g"}})), Some(json!({"id": {"S": "g"}})));
}

#[test]
fn one_condition_that_does_not_hold_cancels_all_and_each_is_told() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "there"}, "n": {"N": "3"}})).ok();
    let absent = "attribute_not_exists(id)";

    let answer = api.transact(&[
        put("new", &json!({})),
        with(
            with(delete("there"), "ConditionExpression", absent),
            "ReturnValuesOnConditionCheckFailure",
            "ALL_OLD",
        ),
        with(put("other", &json!({})), "ConditionExpression", "attribute_exists(id)"),
        check("nobody", absent),
    ]);

    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific \
                        reasons [None, ConditionalCheckFailed, ConditionalCheckFailed, None]",
            "CancellationReasons": [
                {"Code": "None"},
                {
                    "Code": "ConditionalCheckFailed",
                    "Message": "The conditional request failed",
                    "Item": {"id": {"S": "there"}, "n": {"N": "3"}},
                },
                {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
                {"Code": "None"},
            ],
        })
    );
    assert_eq!(api.user("new"), None);
    assert_eq!(api.user("other"), None);
    assert!(api.user("there").is_some());
}

#[test]
fn what_does_not_fit_its_table_or_its_item_cancels() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "text"}, "n": {"S": "no number"}})).ok();
    let wrong_key = json!({"Delete": {"TableName": "users", "Key": {"id": {"N": "1"}}}});
    let no_key = json!({"Put": {"TableName": "users", "Item": {"other": {"S": "1"}}}});
    let of_key = with(add("a", 1), "UpdateExpression", "SET id = :n");
    for (element, message) in [
        (wrong_key, "The provided key element does not match the schema"),
        (no_key, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            of_key,
            "One or more parameter values were invalid: Cannot update attribute id. This attribute \
             is part of the key",
        ),
        (add("text", 1), "An operand in the update expression has an incorrect data type"),
    ] {
        let answer = api.transact(&[put("new", &json!({})), element.clone()]);

        let reasons = &answer.body["CancellationReasons"];
        assert_eq!(reasons[0], json!({"Code": "None"}), "{element}");
        assert_eq!(reasons[1], json!({"Code": "ValidationError", "Message": message}), "{element}");
    }
    assert_eq!(api.user("new"), None);
}

#[test]
fn elements_do_not_see_each_other() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "a"}, "n": {"N": "1"}})).ok();

    api.transact(&[delete("a"), check("b", "attribute_not_exists(id)"), add("c", 1)]).ok();
    let again = api.transact(&[put("b", &json!({})), check("a", "attribute_not_exists(id)")]);

    assert_eq!(again.ok(), json!({}));
}

#[test]
fn a_request_that_is_wrong_by_itself_is_refused() {
    let mut api = Api::with_users();
    let both = json!({"Put": put("a", &json!({}))["Put"], "Delete": delete("b")["Delete"]});
    let no_update = json!({"Update": {"TableName": "users", "Key": {"id": {"S": "a"}}}});
    let too_many: Vec<Value> = (0..101).map(|number| delete(&number.to_string())).collect();
    for (elements, message) in [
        (
            vec![],
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
        ),
        (
            vec![json!({})],
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
        ),
        (vec![both], "TransactItems can only contain one of Check, Put, Update or Delete"),
        (
            vec![no_update],
            "1 validation error detected: Value null at \
             'transactItems.1.member.update.updateExpression' failed to satisfy constraint: Member \
             must not be null",
        ),
        (
            vec![delete("a"), put("a", &json!({}))],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            vec![check("a", "attribute_exists(id)"), delete("a")],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            vec![delete("")],
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: id",
        ),
        (
            vec![with(delete("a"), "ConditionExpression", "id =")],
            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"",
        ),
    ] {
        api.transact(&elements).assert_invalid(message);
    }
    let refused = api.transact(&too_many).refusal();
    assert!(refused.message.ends_with("Member must have length less than or equal to 100"));
    let elsewhere = json!({"Delete": {"TableName": "nowhere", "Key": {"id": {"S": "a"}}}});
    api.transact(&[delete("a"), elsewhere])
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn more_than_4_mb_are_refused_and_a_little_less_is_taken() {
    let mut api = Api::with_users();
    let large = |number: usize| put(&number.to_string(), &json!({"v": {"S": "x".repeat(390_000)}}));
    let eleven: Vec<Value> = (0..11).map(large).collect();

    let too_large = "Collection size of items exceeded, which can also be caused by the aggregate \
                     size of the items in the transaction exceeding the 4MB limit";
    let checks = |count: usize| -> Vec<Value> {
        (0..count).map(|number| check(&number.to_string(), "attribute_exists(id)")).collect()
    };

    api.transact(&eleven).assert_invalid(too_large);
    assert_eq!(api.transact(&eleven[..10]).ok(), json!({}));
    assert_eq!(api.transact(&eleven[10..]).ok(), json!({}));
    // What is there counts, too.
    api.transact(&checks(11)).assert_invalid(too_large);
    assert_eq!(api.transact(&checks(10)).ok(), json!({}));
}

#[test]
fn a_token_makes_a_request_that_comes_again_do_nothing_more() {
    let mut api = Api::with_users();
    let mut request = all(&[add("a", 1), put("b", &json!({}))]);
    request["ClientRequestToken"] = "once".into();
    request["ReturnConsumedCapacity"] = "TOTAL".into();

    let first = api.call("TransactWriteItems", &request).ok();
    let second = api.call("TransactWriteItems", &request).ok();
    api.restart();
    let third = api.call("TransactWriteItems", &request).ok();

    let consumed = |kind: &str| json!({"ConsumedCapacity": [{"TableName": "users", "CapacityUnits": 4.0, (kind): 4.0}]});
    assert_eq!(first, consumed("WriteCapacityUnits"));
    assert_eq!(second, consumed("ReadCapacityUnits"));
    assert_eq!(third, second);
    assert_eq!(api.user("a"), Some(json!({"id": {"S": "a"}, "n": {"N": "1"}})));
}

#[test]
fn a_token_is_of_one_request_and_of_none_that_was_cancelled() {
    let mut api = Api::with_users();
    let tokened = |elements: &[Value], token: &str| {
        let mut request = all(elements);
        request["ClientRequestToken"] = token.into();
        request
    };
    api.call("TransactWriteItems", &tokened(&[add("a", 1)], "one")).ok();

    let other = api.call("TransactWriteItems", &tokened(&[add("a", 2)], "one"));
    let exists = [with(add("b", 1), "ConditionExpression", "attribute_exists(id)")];
    let cancelled = api.call("TransactWriteItems", &tokened(&exists, "two"));
    api.put_user(&json!({"id": {"S": "b"}})).ok();
    let tried_again = api.call("TransactWriteItems", &tokened(&exists, "two"));

    assert_eq!(
        other.body,
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "Message": "Request parameters do not match those of the first request with this token",
        })
    );
    assert_eq!(cancelled.status, 400);
    assert_eq!(tried_again.ok(), json!({}));
    assert_eq!(api.user("b"), Some(json!({"id": {"S": "b"}, "n": {"N": "1"}})));
    for (token, message) in [
        ("", "Member must have length greater than or equal to 1"),
        (&"x".repeat(37)[..], "Member must have length less than or equal to 36"),
    ] {
        let refused = api.call("TransactWriteItems", &tokened(&[add("a", 1)], token)).refusal();
        assert!(refused.message.ends_with(message), "{}", refused.message);
    }
}

#[test]
fn a_transaction_costs_twice_and_says_what_for() {
    let mut api = Api::with_shelves();
    let item = json!({"shelf": {"S": "s"}, "at": {"N": "1"}, "colour": {"S": "red"}});
    let request = json!({
        "TransactItems": [{"Put": {"TableName": "shelves", "Item": item}}],
        "ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE",
    });

    let answer = api.call("TransactWriteItems", &request).ok();

    assert_eq!(
        answer,
        json!({
            "ConsumedCapacity": [{
                "TableName": "shelves", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0,
                "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
                "LocalSecondaryIndexes": {
                    "by_colour": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
                },
            }],
            "ItemCollectionMetrics": {"shelves": [{
                "ItemCollectionKey": {"shelf": {"S": "s"}}, "SizeEstimateRangeGB": [0.0, 1.0],
            }]},
        })
    );
}

#[test]
fn what_is_cached_is_what_the_transaction_left() {
    let mut api = Api::with_users();
    for id in ["a", "b"] {
        api.put_user(&json!({"id": {"S": id}, "n": {"N": "0"}})).ok();
        api.user(id);
    }

    api.transact(&[add("a", -5), add("b", 5), check("c", "attribute_not_exists(id)")]).ok();

    let get = |id: &str| json!({"TableName": "users", "Key": {"id": {"S": id}}});
    for (id, number) in [("a", "-5"), ("b", "5")] {
        let (answer, told) = api.db.explain("GetItem", &get(id));
        assert_eq!(answer["Item"]["n"]["N"], number);
        assert_eq!(told, "hit");
    }
}

#[test]
fn faults_of_the_actions_are_told_before_those_of_what_stands_beside_them() {
    let mut api = Api::empty();
    let words = "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]";

    for operation in ["TransactWriteItems", "TransactGetItems"] {
        let request = json!({"ReturnConsumedCapacity": "x", "TransactItems": []});
        let told = api.call(operation, &request).refusal().message;

        let least = "Member must have length greater than or equal to 1";
        let faults = [
            member("'[]'", "transactItems", least),
            member("'x'", "returnConsumedCapacity", words),
        ];
        assert_eq!(told, several(&faults), "{operation}");
    }
}
