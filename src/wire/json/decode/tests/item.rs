//! GetItem, PutItem and DeleteItem.

use super::*;
use crate::api::ReturnValues;
use crate::model::AttributeValue;

#[test]
fn get_item_tells_all_broken_constraints_at_once() {
    let body = r#"{"ReturnConsumedCapacity":"x","AttributesToGet":[],"TableName":"a b"}"#;
    assert_eq!(
        refusal(Operation::GetItem, body),
        (
            ErrorCode::MemberConstraint,
            "4 validation errors detected: Value 'x' at 'returnConsumedCapacity' failed to satisfy \
             constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; \
             Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; \
             Value 'a b' at 'tableName' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [a-zA-Z0-9_.-]+; \
             Value null at 'key' failed to satisfy constraint: Member must not be null"
                .to_owned()
        )
    );
}

#[test]
fn table_names_of_data_operations_are_1_to_255() {
    let with_name = |name: &str| format!(r#"{{"TableName":"{name}","Key":{{}}}}"#);
    let refused = |name: &str| refusal(Operation::GetItem, &with_name(name)).1;

    assert_eq!(
        refused(""),
        "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; \
         Value '' at 'tableName' failed to satisfy constraint: Member must have length greater \
         than or equal to 1"
    );
    assert!(
        refused(&"a".repeat(256)).ends_with("Member must have length less than or equal to 255")
    );
    assert_eq!(
        refused("arn:aws:s3:::bucket"),
        "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:s3:::bucket"
    );
    for (name, table) in
        [("a", "a"), ("arn:aws:dynamodb:us-east-1:000000000000:table/Music", "Music")]
    {
        match decode(Operation::GetItem, with_name(name).as_bytes()) {
            Ok(Request::GetItem(get)) => assert_eq!(get.table.as_str(), table),
            other => panic!("{other:?}"),
        }
    }
    breaks(Operation::GetItem, &[(r#"{"Key":{}}"#, &format!("Value null at 'tableName' {NULL}"))]);
}

#[test]
fn names_in_lower_case_are_no_members() {
    let body = r#"{"tableName":"t","Key":{}}"#;
    breaks(Operation::GetItem, &[(body, &format!("Value null at 'tableName' {NULL}"))]);
}

#[test]
fn get_item_checks_in_the_services_order() {
    refuses(
        Operation::GetItem,
        ErrorCode::Validation,
        &[
            (
                r#"{"TableName":"t","Key":{"a":{}},"AttributesToGet":["a"],"ProjectionExpression":"a"}"#,
                "Can not use both expression and non-expression parameters in the same request: \
                 Non-expression parameters: {AttributesToGet} Expression parameters: \
                 {ProjectionExpression}",
            ),
            (
                r#"{"TableName":"t","Key":{"a":{}},"ExpressionAttributeNames":{}}"#,
                "ExpressionAttributeNames can only be specified when using expressions",
            ),
            (
                r#"{"TableName":"t","Key":{"a":{}},"ProjectionExpression":"a"}"#,
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            (r#"{"TableName":"t","Key":{"":{"S":"a"}}}"#, "Empty attribute name"),
            (
                r#"{"TableName":"t","Key":{},"AttributesToGet":["a","b","a"]}"#,
                "One or more parameter values were invalid: Duplicate value in attribute name: a",
            ),
            (
                r#"{"TableName":"t","Key":{},"AttributesToGet":["a"]}"#,
                "AttributesToGet is not supported by this version of hearth",
            ),
            (
                r##"{"TableName":"t","Key":{},"ProjectionExpression":"#a","ExpressionAttributeNames":{"#a":"a"}}"##,
                "ProjectionExpression is not supported by this version of hearth",
            ),
        ],
    );
}

#[test]
fn writes_tell_their_constraints_in_their_own_order() {
    let faulty = r#"{"ReturnConsumedCapacity":"x","ReturnValues":"y","ReturnItemCollectionMetrics":"z",
        "ReturnValuesOnConditionCheckFailure":"w","ConditionalOperator":"v",
        "Expected":{"a":{"ComparisonOperator":"u"}}}"#;
    let paths_of = |operation| {
        let (code, message) = refusal(operation, faulty);
        assert_eq!(code, ErrorCode::MemberConstraint);
        assert!(message.starts_with("8 validation errors detected: "), "{message}");
        let paths: Vec<String> = message
            .split(" at '")
            .skip(1)
            .filter_map(|rest| rest.split('\'').next().map(str::to_owned))
            .collect();
        paths.join(" ")
    };

    assert_eq!(
        paths_of(Operation::PutItem),
        "returnConsumedCapacity tableName item conditionalOperator \
         expected.a.member.comparisonOperator returnValues returnItemCollectionMetrics \
         returnValuesOnConditionCheckFailure"
    );
    assert_eq!(
        paths_of(Operation::DeleteItem),
        "returnConsumedCapacity tableName returnValues returnItemCollectionMetrics key \
         conditionalOperator expected.a.member.comparisonOperator \
         returnValuesOnConditionCheckFailure"
    );
}

#[test]
fn enumerations_are_listed_as_the_service_lists_them() {
    let set = |words: &str| {
        format!("failed to satisfy constraint: Member must satisfy enum value set: [{words}]")
    };
    for (member, path, words) in [
        ("ReturnValues", "returnValues", "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW"),
        ("ReturnItemCollectionMetrics", "returnItemCollectionMetrics", "SIZE, NONE"),
        ("ConditionalOperator", "conditionalOperator", "OR, AND"),
        ("ReturnConsumedCapacity", "returnConsumedCapacity", "INDEXES, TOTAL, NONE"),
        (
            "ReturnValuesOnConditionCheckFailure",
            "returnValuesOnConditionCheckFailure",
            "ALL_OLD, NONE",
        ),
    ] {
        let body = format!(r#"{{"TableName":"t","Item":{{}},"{member}":"x"}}"#);
        breaks(Operation::PutItem, &[(&body, &format!("Value 'x' at '{path}' {}", set(words)))]);
    }
}

#[test]
fn put_item_checks_in_the_services_order() {
    refuses(
        Operation::PutItem,
        ErrorCode::Validation,
        &[
            (
                r#"{"TableName":"t","Item":{"a":{}},"Expected":{},"ConditionalOperator":"AND","ConditionExpression":"x"}"#,
                "Can not use both expression and non-expression parameters in the same request: \
                 Non-expression parameters: {Expected, ConditionalOperator} Expression parameters: \
                 {ConditionExpression}",
            ),
            (
                r#"{"TableName":"t","Item":{"a":{}},"ExpressionAttributeNames":{},"ExpressionAttributeValues":{}}"#,
                "ExpressionAttributeNames can only be specified when using expressions",
            ),
            (
                r#"{"TableName":"t","Item":{"a":{}},"ExpressionAttributeValues":{}}"#,
                "ExpressionAttributeValues can only be specified when using expressions: \
                 ConditionExpression is null",
            ),
            (
                r#"{"TableName":"t","Item":{"a":{"SS":[]}},"ReturnValues":"ALL_NEW"}"#,
                "One or more parameter values were invalid: An string set  may not be empty",
            ),
            (
                r#"{"TableName":"t","Item":{"a":{"S":""}},"ReturnValues":"ALL_NEW","Expected":{}}"#,
                "ReturnValues can only be ALL_OLD or NONE",
            ),
            (
                r#"{"TableName":"t","Item":{},"ConditionalOperator":"AND"}"#,
                "ConditionalOperator cannot be used without Filter or Expected",
            ),
        ],
    );
}

#[test]
fn items_are_held_to_400_kb_on_both_sides() {
    let put = |bytes: usize| {
        let text = "x".repeat(bytes);
        decode(
            Operation::PutItem,
            format!(r#"{{"TableName":"t","Item":{{"pk":{{"S":"{text}"}}}}}}"#).as_bytes(),
        )
    };

    assert!(put(409_598).is_ok());
    assert_eq!(
        put(409_599).map(drop),
        Err(ApiError::validation("Item size has exceeded the maximum allowed size"))
    );
}

#[test]
fn members_of_reads_and_writes_arrive() {
    let body = r#"{"Key":{"a":{"S":"x"}},"TableName":"t","ConsistentRead":"yes",
        "ReturnConsumedCapacity":"INDEXES","Unknown":{"deep":[1,{"x":null}]}}"#;
    match decode(Operation::GetItem, body.as_bytes()) {
        Ok(Request::GetItem(get)) => {
            assert_eq!(get.key, [("a".to_owned(), AttributeValue::S("x".into()))]);
            assert_eq!(get.consistency, Consistency::Strong);
            assert_eq!(get.capacity, CapacityDetail::Indexes);
        }
        other => panic!("{other:?}"),
    }
    let body =
        r#"{"Key":{},"TableName":"t","ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"TOTAL"}"#;
    match decode(Operation::DeleteItem, body.as_bytes()) {
        Ok(Request::DeleteItem(delete)) => {
            assert_eq!(delete.return_values, ReturnValues::AllOld);
            assert_eq!(delete.capacity, CapacityDetail::Total);
        }
        other => panic!("{other:?}"),
    }
}
