//! GetItem, PutItem and DeleteItem.

use super::*;
use crate::api::{CollectionDetail, OnConditionFailure, ReturnValues};
use crate::expr::{Condition, Path};
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
        "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
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
            Ok(Request::GetItem(get)) => {
                assert_eq!((get.table.name().as_str(), get.table.as_given()), (table, name));
            }
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
                r#"{"TableName":"t","Key":{},"ProjectionExpression":"a,"}"#,
                "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"",
            ),
            (
                r##"{"TableName":"t","Key":{},"ProjectionExpression":"a","ExpressionAttributeNames":{"#a":"a"}}"##,
                "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}",
            ),
        ],
    );
}

#[test]
fn get_item_takes_a_projection_by_either_way() {
    let paths = |member: &str| {
        let body = format!(r#"{{"TableName":"t","Key":{{}},{member}}}"#);
        match decode(Operation::GetItem, body.as_bytes()) {
            Ok(Request::GetItem(get)) => {
                let projection = get.projection?;
                Some(projection.paths().iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            other => panic!("{body}: {other:?}"),
        }
    };

    assert_eq!(paths(r#""AttributesToGet":null"#), None);
    assert_eq!(
        paths(r#""AttributesToGet":["b","a.c"]"#).as_deref(),
        Some(&["[b]".into(), "[a.c]".into()][..])
    );
    assert_eq!(
        paths(r##""ProjectionExpression":"#b, a.c[1]","ExpressionAttributeNames":{"#b":"x.y"}"##)
            .as_deref(),
        Some(&["[x.y]".into(), "[a, c, [1]]".into()][..])
    );
}

#[test]
fn get_item_has_no_values() {
    let body =
        r#"{"TableName":"t","Key":{},"ExpressionAttributeValues":7,"ConditionExpression":7}"#;
    assert!(decode(Operation::GetItem, body.as_bytes()).is_ok());
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
            (
                r#"{"TableName":"t","Item":{},"ReturnValues":"UPDATED_NEW","ConditionExpression":""}"#,
                "ReturnValues can only be ALL_OLD or NONE",
            ),
        ],
    );
}

#[test]
fn an_item_that_is_too_large_is_told_between_its_values_and_its_condition() {
    let text = "x".repeat(409_600);
    let put = |rest: &str| {
        let body = format!(r#"{{"TableName":"t","Item":{{"pk":{{"S":"{text}"}}}},{rest}}}"#);
        refusal(Operation::PutItem, &body).1
    };

    assert_eq!(put(r#""ReturnValues":"ALL_NEW""#), "ReturnValues can only be ALL_OLD or NONE");
    for rest in [r#""Expected":{"a":{}}"#, r#""ConditionExpression":"""#] {
        assert_eq!(put(rest), "Item size has exceeded the maximum allowed size");
    }
}

#[test]
fn delete_item_checks_in_the_services_order() {
    refuses(
        Operation::DeleteItem,
        ErrorCode::Validation,
        &[
            (
                r#"{"TableName":"t","Key":{"a":{}},"ExpressionAttributeValues":{":a":{}}}"#,
                "ExpressionAttributeValues can only be specified when using expressions: \
                 ConditionExpression is null",
            ),
            (
                r#"{"TableName":"t","Key":{"a":{"SS":[]}},"ReturnValues":"ALL_NEW"}"#,
                "One or more parameter values were invalid: An string set  may not be empty",
            ),
            (
                r#"{"TableName":"t","Key":{},"ReturnValues":"ALL_NEW","Expected":{"a":{}}}"#,
                "ReturnValues can only be ALL_OLD or NONE",
            ),
            (
                r#"{"TableName":"t","Key":{},"Expected":{"a":{}}}"#,
                "One or more parameter values were invalid: Value must be provided when Exists is \
                 null for Attribute: a",
            ),
        ],
    );
}

#[test]
fn what_a_write_asks_for_besides_its_effect_arrives() {
    let plain = put(r#"{"TableName":"t","Item":{}}"#).options;
    assert!(plain.condition.is_none());
    assert_eq!(plain.on_failure, OnConditionFailure::None);
    assert_eq!(plain.return_values, ReturnValues::None);
    assert_eq!(plain.capacity, CapacityDetail::None);
    assert_eq!(plain.collection, CollectionDetail::None);

    let full = put(r#"{"TableName":"t","Item":{},"ConditionExpression":"attribute_exists(a)",
        "ReturnValues":"ALL_OLD","ReturnValuesOnConditionCheckFailure":"ALL_OLD",
        "ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE"}"#)
    .options;
    assert_eq!(full.condition.as_deref(), Some(&Condition::Exists(Path::attribute("a"))));
    assert_eq!(full.on_failure, OnConditionFailure::AllOld);
    assert_eq!(full.return_values, ReturnValues::AllOld);
    assert_eq!(full.capacity, CapacityDetail::Indexes);
    assert_eq!(full.collection, CollectionDetail::Size);
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
            assert_eq!(delete.options.return_values, ReturnValues::AllOld);
            assert_eq!(delete.options.capacity, CapacityDetail::Total);
        }
        other => panic!("{other:?}"),
    }
}
