//! Expressions and their placeholders, as far as the border of JSON is about them.

use super::*;

/// Members of a PutItem with a condition that uses nothing.
fn put_with(members: &str) -> String {
    format!(
        r#"{{"TableName":"t","Item":{{}},"ConditionExpression":"attribute_exists(a)",{members}}}"#
    )
}

#[test]
fn faults_of_the_maps_come_in_the_services_order() {
    let refused = |members: &str| {
        let (code, message) = refusal(Operation::PutItem, &put_with(members));
        assert_eq!(code, ErrorCode::Validation, "{members}");
        message
    };
    for (members, message) in [
        (
            r#""ExpressionAttributeNames":{},"ExpressionAttributeValues":{}"#,
            "ExpressionAttributeNames must not be empty",
        ),
        (
            r#""ExpressionAttributeNames":{"a":"a"},"ExpressionAttributeValues":{}"#,
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"",
        ),
        (
            r##""ExpressionAttributeNames":{"#a":""},"ExpressionAttributeValues":{}"##,
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        (
            r##""ExpressionAttributeNames":{"#a":null}"##,
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        (r#""ExpressionAttributeValues":{}"#, "ExpressionAttributeValues must not be empty"),
        (
            r#""ExpressionAttributeValues":{":b":{},"v":{"S":"x"}}"#,
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"",
        ),
        (
            r#""ExpressionAttributeValues":{":a":{"S":"x"},":v":{"NULL":false},":w":{}}"#,
            "ExpressionAttributeValues contains invalid value: One or more parameter values were \
             invalid: Null attribute value types must have the value of true for key :v",
        ),
        (
            r#""ExpressionAttributeValues":{":v":{"N":"x"}}"#,
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted \
             to a numeric value: x for key :v",
        ),
    ] {
        assert_eq!(refused(members), message, "{members}");
    }
}

#[test]
fn placeholders_that_nothing_uses_are_told_after_the_expressions() {
    let maps = r##""ExpressionAttributeNames":{"#b":"b","#a":"a"},
        "ExpressionAttributeValues":{":v":{"S":"x"}}"##;
    let no_names = r#""ExpressionAttributeValues":{":v":{"S":"x"},":u":{"S":"x"}}"#;
    let broken = format!(r#"{{"TableName":"t","Item":{{}},"ConditionExpression":"",{maps}}}"#);
    refuses(
        Operation::PutItem,
        ErrorCode::Validation,
        &[
            (&broken, "Invalid ConditionExpression: The expression can not be empty;"),
            (
                &put_with(maps),
                "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}",
            ),
            (
                &put_with(no_names),
                "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u, :v}",
            ),
        ],
    );
}

#[test]
fn an_update_is_looked_at_before_its_condition() {
    let body = |update: &str, condition: &str| {
        format!(
            r#"{{"TableName":"t","Key":{{}},"ConditionExpression":"{condition}",
                "UpdateExpression":"{update}"}}"#
        )
    };
    refuses(
        Operation::UpdateItem,
        ErrorCode::Validation,
        &[
            (&body("", ""), "Invalid UpdateExpression: The expression can not be empty;"),
            (
                &body("REMOVE b", ""),
                "Invalid ConditionExpression: The expression can not be empty;",
            ),
        ],
    );
}

#[test]
fn values_that_are_nested_too_deep_are_refused_where_they_stand() {
    let value = format!(r#"{}{{"S":"x"}}{}"#, r#"{"L":["#.repeat(32), "]}".repeat(32));
    let body = put_with(&format!(r#""ExpressionAttributeValues":{{":v":{value}}}"#));
    assert_eq!(
        refusal(Operation::PutItem, &body).1,
        "ExpressionAttributeValues contains invalid value: Nesting Levels have exceeded supported \
         limits: Attributes in the item have nested levels beyond supported limit for key :v"
    );
}

#[test]
fn members_of_other_operations_are_unknown() {
    let body = r#"{"TableName":"t","Item":{},"UpdateExpression":1,"FilterExpression":[],
        "ProjectionExpression":{},"KeyConditionExpression":"x","AttributesToGet":7}"#;
    assert!(put(body).options.condition.is_none());
}
