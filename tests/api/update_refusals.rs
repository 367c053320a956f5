//! What `UpdateItem` refuses before it looks at the item, in the service's order and words.
//!
//! Not here: what every expression refuses by itself (`expr/`), what only the item can tell
//! (`update_item.rs`).

use serde_json::{Value, json};

use super::orders::{order, order_key};
use super::update_item::update;
use super::{Answer, Api, NOT_NULL, member, several};

/// Updates the first order of ada.
fn update_order(api: &mut Api, expression: &str, values: &Value) -> Answer {
    let mut request = update(expression, values);
    request["Key"] = order_key("ada", "1");
    for (name, attribute) in [("#date", "date"), ("#state", "state"), ("#hour", "hour")] {
        if expression.contains(name) {
            request["ExpressionAttributeNames"][name] = attribute.into();
        }
    }
    api.ask("UpdateItem", &request)
}

#[test]
fn missing_members_are_told_together() {
    let mut api = Api::empty();

    api.call("UpdateItem", &json!({})).assert_invalid(&several(&[
        member("null", "tableName", NOT_NULL),
        member("null", "key", NOT_NULL),
    ]));
}

#[test]
fn an_absent_table_is_not_found() {
    let mut api = Api::empty();

    api.update_user("REMOVE a", &json!({}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    let mut api = Api::with_users();
    for key in [json!({"id": {"N": "7"}}), json!({"id": {"S": "7"}, "a": {"S": "x"}}), json!({})] {
        let mut request = update("REMOVE a", &json!({}));
        request["Key"] = key;

        api.call("UpdateItem", &request)
            .assert_invalid("The provided key element does not match the schema");
    }
}

#[test]
fn a_key_attribute_cannot_be_updated() {
    let mut api = Api::with_users();
    let refused = "One or more parameter values were invalid: \
                   Cannot update attribute id. This attribute is part of the key";
    let text = json!({":v": {"S": "7"}});
    for (expression, values) in [
        ("SET id = :v", &text),
        ("SET a = :v, id = :v", &text),
        ("SET id.x = :v", &text),
        ("REMOVE id", &json!({})),
        ("ADD id :v", &json!({":v": {"N": "1"}})),
        ("DELETE id :v", &json!({":v": {"SS": ["7"]}})),
    ] {
        api.update_user(expression, values).assert_invalid(refused);
    }
    for update in [json!({"Action": "DELETE"}), json!({"Value": {"S": "7"}})] {
        let key = json!({"id": {"S": "7"}});
        let request = json!({"TableName": "users", "Key": key, "AttributeUpdates": {"id": update}});
        api.call("UpdateItem", &request).assert_invalid(refused);
    }
    assert_eq!(api.user("7"), None);
}

#[test]
fn an_index_key_keeps_its_type() {
    let mut api = Api::with_orders();
    let mismatch = |name: &str, expected: &str, actual: &str, index: &str| {
        format!(
            "One or more parameter values were invalid: Type mismatch for Index Key {name} \
             Expected: {expected} Actual: {actual} IndexName: {index}"
        )
    };
    let number = json!({":v": {"N": "1"}});
    let null = json!({":v": {"NULL": true}});
    for (expression, values, message) in [
        ("SET #state = :v", &number, mismatch("state", "S", "N", "by_state")),
        ("SET #state = :v", &null, mismatch("state", "S", "NULL", "by_state")),
        ("SET #hour = :v", &json!({":v": {"S": "9"}}), mismatch("hour", "N", "S", "by_place")),
        ("ADD city :v", &number, mismatch("city", "S", "N", "by_place")),
        // Of several indexes that it keys, the first by name.
        ("SET #date = :v", &number, mismatch("date", "S", "N", "by_date")),
    ] {
        update_order(&mut api, expression, values).assert_invalid(&message);
    }
    let legacy = json!({
        "Key": order_key("ada", "1"), "AttributeUpdates": {"state": {"Value": {"L": []}}},
    });
    api.ask("UpdateItem", &legacy).assert_invalid(&mismatch("state", "S", "L", "by_state"));
    assert_eq!(api.db.get("orders", &order_key("ada", "1")), None);
}

#[test]
fn an_index_key_keeps_its_type_when_only_the_item_tells() {
    const REFUSED: &str =
        "The update expression attempted to update the secondary index key to unsupported type";
    let mut api = Api::with_orders();
    api.db.put("orders", &order("ada", 1));
    let number = json!({":v": {"N": "1"}});
    for (expression, values) in [
        ("SET #state = price", &json!({})),
        ("SET #state = price + :v", &number),
        ("SET #hour = note", &json!({})),
        ("SET #state = if_not_exists(nope, :v)", &number),
    ] {
        update_order(&mut api, expression, values).assert_invalid(REFUSED);
    }
    assert_eq!(api.db.get("orders", &order_key("ada", "1")), Some(order("ada", 1)));

    update_order(&mut api, "SET #state = note, #hour = price", &json!({})).ok();
}

#[test]
fn an_index_key_is_not_empty() {
    const REFUSED: &str = "One or more parameter values are not valid. The update expression \
        attempted to update a secondary index key to a value that is not supported. The \
        AttributeValue for a key attribute cannot contain an empty string value.";
    let mut api = Api::with_orders();
    let mut before = order("ada", 1);
    before["note"] = json!({"S": ""});
    api.db.put("orders", &before);

    update_order(&mut api, "SET #state = :v", &json!({":v": {"S": ""}})).assert_invalid(REFUSED);
    update_order(&mut api, "SET #state = note", &json!({})).assert_invalid(REFUSED);

    assert_eq!(api.db.get("orders", &order_key("ada", "1")), Some(before));
}

#[test]
fn an_index_key_is_as_short_as_a_key() {
    let mut api = Api::with_orders();
    let text = |bytes: usize| json!({":v": {"S": "x".repeat(bytes)}});
    api.db.put("orders", &order("ada", 1));

    update_order(&mut api, "SET #state = :v", &text(2049)).assert_invalid(
        "One or more parameter values were invalid: \
         Size of hashkey has exceeded the maximum size limit of2048 bytes",
    );
    update_order(&mut api, "SET #date = :v", &text(1025)).assert_invalid(
        "One or more parameter values were invalid: \
         Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );

    update_order(&mut api, "SET #state = :v", &text(2048)).ok();
    update_order(&mut api, "SET #date = :v", &text(1024)).ok();
}

#[test]
fn nothing_is_below_an_index_key() {
    let mut api = Api::with_orders();
    let refused = "Key attributes must be scalars; list random access '[]' and map lookup '.' \
                   are not allowed: IndexKey: city";
    let text = json!({":v": {"S": "x"}});

    update_order(&mut api, "SET city.x = :v", &text).assert_invalid(refused);
    update_order(&mut api, "REMOVE city[0]", &json!({})).assert_invalid(refused);
}

#[test]
fn placeholders_that_do_not_fit_the_expression_are_named() {
    let mut api = Api::empty();
    let one = json!({":v": {"N": "1"}});
    let named = |expression: &str, values: &Value, names: Value| {
        let mut request = update(expression, values);
        request["ExpressionAttributeNames"] = names;
        request
    };

    api.update_user("SET a = :v, b = :w", &one).assert_invalid(
        "Invalid UpdateExpression: An expression attribute value used in expression is not \
         defined; attribute value: :w",
    );
    api.update_user("SET #a = :v", &one).assert_invalid(
        "Invalid UpdateExpression: An expression attribute name used in the document path is not \
         defined; attribute name: #a",
    );
    api.update_user("REMOVE a", &json!({":b": {"N": "1"}, ":a": {"N": "1"}})).assert_invalid(
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :b}",
    );
    api.call("UpdateItem", &named("SET a = :v", &one, json!({"#b": "b", "#a": "a"})))
        .assert_invalid(
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}",
        );
}

#[test]
fn placeholders_may_be_used_by_either_expression() {
    let mut api = Api::with_users();
    let mut request = update("SET #a = :v", &json!({":v": {"N": "1"}, ":w": {"N": "2"}}));
    request["ExpressionAttributeNames"] = json!({"#a": "size", "#b": "name"});
    request["ConditionExpression"] = "attribute_not_exists(#b) OR #b = :w".into();

    api.call("UpdateItem", &request).ok();

    assert_eq!(api.user("7"), Some(json!({"id": {"S": "7"}, "size": {"N": "1"}})));
}

#[test]
fn placeholders_need_an_expression() {
    let mut api = Api::empty();
    let request = |member: &str, value: Value| {
        let key = json!({"id": {"S": "7"}});
        json!({"TableName": "users", "Key": key, (member): value})
    };

    api.call("UpdateItem", &request("ExpressionAttributeNames", json!({"#a": "a"})))
        .assert_invalid("ExpressionAttributeNames can only be specified when using expressions");
    api.call("UpdateItem", &request("ExpressionAttributeValues", json!({":a": {"S": "a"}})))
        .assert_invalid(
            "ExpressionAttributeValues can only be specified when using expressions: \
             UpdateExpression and ConditionExpression are null",
        );
}

#[test]
fn old_and_new_parameters_do_not_go_together() {
    let mut api = Api::empty();
    let mut request = update("SET a = :v", &json!({":v": {"N": "1"}}));
    request["AttributeUpdates"] = json!({});
    request["Expected"] = json!({});
    request["ConditionExpression"] = "a = :v".into();

    api.call("UpdateItem", &request).assert_invalid(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {AttributeUpdates, Expected} \
         Expression parameters: {UpdateExpression, ConditionExpression}",
    );
}

#[test]
fn the_update_is_told_before_the_condition() {
    let mut api = Api::empty();
    let mut request = update("SET m = :v, m.x = :v", &json!({":v": {"N": "1"}}));
    request["ConditionExpression"] = "a =".into();

    api.call("UpdateItem", &request).assert_invalid(
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or \
         rewrite one of these paths; path one: [m], path two: [m, x]",
    );
    request["UpdateExpression"] = "SET a = :v".into();
    api.call("UpdateItem", &request)
        .assert_invalid("Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"");
    request["UpdateExpression"] = "".into();
    api.call("UpdateItem", &request)
        .assert_invalid("Invalid UpdateExpression: The expression can not be empty;");
}
