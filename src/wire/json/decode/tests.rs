//! What each operation refuses, in which words, and what comes of it otherwise.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::api::{Billing, ReturnValues};
use crate::api::{GetItemOutput, Response};
use crate::model::{AttributeValue, Item, KeyType, Number};
use crate::wire::json::{Context, encode};

fn refusal(operation: Operation, body: &str) -> (ErrorCode, String) {
    match decode(operation, body.as_bytes()) {
        Ok(request) => panic!("{body} was read as {request:?}"),
        Err(error) => (error.code, error.message),
    }
}

fn refuses(operation: Operation, code: ErrorCode, cases: &[(&str, &str)]) {
    for (body, message) in cases {
        assert_eq!(refusal(operation, body), (code, (*message).to_owned()), "{body}");
    }
}

/// Each constraint, told alone, as an operation's body breaks it.
fn breaks(operation: Operation, cases: &[(&str, &str)]) {
    for (body, fault) in cases {
        let message = format!("1 validation error detected: {fault}");
        assert_eq!(refusal(operation, body), (ErrorCode::MemberConstraint, message), "{body}");
    }
}

const NULL: &str = "failed to satisfy constraint: Member must not be null";

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
fn what_a_later_version_brings_is_refused_by_name() {
    use Operation::{CreateTable, DeleteItem, PutItem};
    let table = r#""TableName":"tab","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],
        "BillingMode":"PAY_PER_REQUEST""#;
    let index = r#"[{"IndexName":"ind","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"ALL"}}]"#;
    let (put, delete) = (r#""TableName":"t","Item":{}"#, r#""TableName":"t","Key":{}"#);
    for (operation, given, member, value) in [
        (PutItem, put, "ConditionExpression", "\"x\""),
        (PutItem, put, "Expected", "{}"),
        (PutItem, put, "ReturnValuesOnConditionCheckFailure", "\"ALL_OLD\""),
        (DeleteItem, delete, "ConditionExpression", "\"x\""),
        (DeleteItem, delete, "Expected", "{}"),
        (CreateTable, table, "LocalSecondaryIndexes", index),
        (CreateTable, table, "GlobalSecondaryIndexes", index),
        (CreateTable, table, "StreamSpecification", r#"{"StreamEnabled":true}"#),
        (CreateTable, table, "SSESpecification", r#"{"Enabled":true}"#),
        (CreateTable, table, "SSESpecification", r#"{"SSEType":"KMS"}"#),
        (CreateTable, table, "Tags", r#"[{"Key":"a","Value":"b"}]"#),
        (CreateTable, table, "ResourcePolicy", "\"{}\""),
        (CreateTable, table, "OnDemandThroughput", r#"{"MaxReadRequestUnits":1}"#),
        (CreateTable, table, "WarmThroughput", "{}"),
        (CreateTable, table, "TableClass", "\"STANDARD_INFREQUENT_ACCESS\""),
    ] {
        let body = format!("{{{given},\"{member}\":{value}}}");
        let message = format!("{member} is not supported by this version of hearth");
        assert_eq!(refusal(operation, &body), (ErrorCode::Validation, message), "{body}");
    }
    for (operation, given, member, value) in [
        (PutItem, put, "ReturnValuesOnConditionCheckFailure", "\"NONE\""),
        (PutItem, put, "ReturnItemCollectionMetrics", "\"SIZE\""),
        (PutItem, put, "ConditionExpression", "null"),
        (CreateTable, table, "StreamSpecification", r#"{"StreamEnabled":false}"#),
        (CreateTable, table, "SSESpecification", "{}"),
        (CreateTable, table, "Tags", "[]"),
        (CreateTable, table, "TableClass", "\"STANDARD\""),
        (CreateTable, table, "SomethingElse", "{}"),
    ] {
        let body = format!("{{{given},\"{member}\":{value}}}");
        assert!(decode(operation, body.as_bytes()).is_ok(), "{body}");
    }
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
fn batch_get_item_refuses_what_the_service_refuses() {
    let keys = |count: usize, offset: usize| {
        let keys: Vec<String> =
            (0..count).map(|n| format!(r#"{{"a":{{"N":"{}"}}}}"#, n + offset)).collect();
        keys.join(",")
    };
    let table = |keys: &str| format!(r#"{{"RequestItems":{{"tab":{{"Keys":[{keys}]}}}}}}"#);
    breaks(
        Operation::BatchGetItem,
        &[
            ("{}", &format!("Value null at 'requestItems' {NULL}")),
            (
                r#"{"RequestItems":{"tab":{}}}"#,
                &format!("Value null at 'requestItems.tab.member.keys' {NULL}"),
            ),
            (
                &table(""),
                "Value '[]' at 'requestItems.tab.member.keys' failed to satisfy constraint: Member \
                 must have length greater than or equal to 1",
            ),
            (
                &table(&keys(101, 0)),
                "Value at 'RequestItems.tab.member.Keys' failed to satisfy constraint: Member must \
                 have length less than or equal to 100",
            ),
            (
                r#"{"RequestItems":{"a":{"Keys":[{}]}}}"#,
                "Value '{a=KeysAndAttributes}' at 'requestItems' failed to satisfy constraint: Map \
                 keys must satisfy constraint: [Member must have length less than or equal to 255, \
                 Member must have length greater than or equal to 3, Member must satisfy regular \
                 expression pattern: [a-zA-Z0-9_.-]+]",
            ),
        ],
    );
    let two_tables = format!(
        r#"{{"RequestItems":{{"tab":{{"Keys":[{}]}},"tac":{{"Keys":[{}]}}}}}}"#,
        keys(60, 0),
        keys(41, 0)
    );
    refuses(
        Operation::BatchGetItem,
        ErrorCode::Validation,
        &[
            (r#"{"RequestItems":{}}"#, "The requestItems parameter is required for BatchGetItem"),
            (&two_tables, "Too many items requested for the BatchGetItem call"),
            (
                &table(r#"{"a":{"N":"1"}},{"a":{"N":"1.0"}}"#),
                "Provided list of item keys contains duplicates",
            ),
            (
                &table(r#"{"a":{"N":"1"},"b":{"S":"x"}},{"b":{"S":"x"},"a":{"N":"1"}}"#),
                "Provided list of item keys contains duplicates",
            ),
            (
                &table(r#"{"a":{"N":"1"}},{"a":{"N":"1"}},{"a":{}}"#),
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            (
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}],"AttributesToGet":["a"],"ProjectionExpression":"a"}}}"#,
                "Can not use both expression and non-expression parameters in the same request: \
                 Non-expression parameters: {AttributesToGet} Expression parameters: \
                 {ProjectionExpression}",
            ),
            (
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{"S":"a"}}],"ProjectionExpression":"a"}}}"#,
                "ProjectionExpression is not supported by this version of hearth",
            ),
        ],
    );
    assert!(decode(Operation::BatchGetItem, table(&keys(100, 0)).as_bytes()).is_ok());
}

#[test]
fn control_operations_tell_a_bad_table_name_alone() {
    let absent = "The parameter 'TableName' is required but was not present in the request";
    let short = "TableName must be at least 3 characters long and at most 255 characters long";
    let long = format!(r#"{{"TableName":"{}"}}"#, "a".repeat(256));
    for operation in [Operation::DescribeTable, Operation::DeleteTable] {
        refuses(
            operation,
            ErrorCode::Validation,
            &[("{}", absent), (r#"{"TableName":"ab"}"#, short), (&long, short)],
        );
    }
    refuses(Operation::CreateTable, ErrorCode::Validation, &[("{}", absent)]);
    breaks(
        Operation::CreateTable,
        &[
            (
                r#"{"TableName":"ab"}"#,
                "Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length \
                 greater than or equal to 3",
            ),
            (
                &long,
                &format!(
                    "Value '{}' at 'tableName' failed to satisfy constraint: Member must have \
                     length less than or equal to 255",
                    "a".repeat(256)
                ),
            ),
        ],
    );
    for operation in [Operation::DescribeTable, Operation::DeleteTable, Operation::CreateTable] {
        breaks(
            operation,
            &[(
                r#"{"TableName":"abc;"}"#,
                "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [a-zA-Z0-9_.-]+",
            )],
        );
    }
}

#[test]
fn list_tables_has_limits() {
    breaks(
        Operation::ListTables,
        &[
            (
                r#"{"Limit":0}"#,
                "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater \
                 than or equal to 1",
            ),
            (
                r#"{"Limit":101}"#,
                "Value '101' at 'limit' failed to satisfy constraint: Member must have value less \
                 than or equal to 100",
            ),
            (
                r#"{"ExclusiveStartTableName":"ab"}"#,
                "Value 'ab' at 'exclusiveStartTableName' failed to satisfy constraint: Member must \
                 have length greater than or equal to 3",
            ),
        ],
    );
    match decode(Operation::ListTables, br#"{"Limit":7,"ExclusiveStartTableName":"abc"}"#) {
        Ok(Request::ListTables(list)) => {
            assert_eq!((list.limit, list.after.as_deref()), (Some(7), Some("abc")));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(decode(Operation::DescribeEndpoints, b"{}"), Ok(Request::DescribeEndpoints)));
}

#[test]
fn create_table_tells_all_broken_constraints_at_once() {
    let body = r#"{"TableName":"tab","BillingMode":"x","ProvisionedThroughput":{"ReadCapacityUnits":0},
        "AttributeDefinitions":[{"AttributeName":"","AttributeType":"Q"}],
        "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"x"},{}]}"#;
    let (code, message) = refusal(Operation::CreateTable, body);

    assert_eq!(code, ErrorCode::MemberConstraint);
    let faults: Vec<&str> =
        message.trim_start_matches("9 validation errors detected: ").split("; ").collect();
    assert_eq!(
        faults,
        [
            "Value '' at 'attributeDefinitions.1.member.attributeName' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
            "Value 'Q' at 'attributeDefinitions.1.member.attributeType' failed to satisfy \
             constraint: Member must satisfy enum value set: [B, N, S]",
            "Value 'x' at 'billingMode' failed to satisfy constraint: Member must satisfy enum \
             value set: [PROVISIONED, PAY_PER_REQUEST]",
            "Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy \
             constraint: Member must not be null",
            "Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: \
             Member must have value greater than or equal to 1",
            "Value '[KeySchemaElement(attributeName=a, keyType=HASH), \
             KeySchemaElement(attributeName=b, keyType=x), KeySchemaElement(attributeName=null, \
             keyType=null)]' at 'keySchema' failed to satisfy constraint: Member must have length \
             less than or equal to 2",
            "Value 'x' at 'keySchema.2.member.keyType' failed to satisfy constraint: Member must \
             satisfy enum value set: [HASH, RANGE]",
            "Value null at 'keySchema.3.member.attributeName' failed to satisfy constraint: Member \
             must not be null",
            "Value null at 'keySchema.3.member.keyType' failed to satisfy constraint: Member must \
             not be null",
        ]
    );
    let many = format!(r#"{{"TableName":"tab","KeySchema":[{}]}}"#, vec!["{}"; 30].join(","));
    let (_, message) = refusal(Operation::CreateTable, &many);
    assert!(message.starts_with("10 validation errors detected: "), "{message}");
}

#[test]
fn indexes_are_held_to_their_constraints_before_they_are_refused() {
    let body = r#"{"TableName":"tab","AttributeDefinitions":[],"TableClass":"x",
        "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
        "LocalSecondaryIndexes":[{"IndexName":"a","Projection":{"ProjectionType":"x","NonKeyAttributes":[]}}],
        "GlobalSecondaryIndexes":[{"ProvisionedThroughput":{"WriteCapacityUnits":1,"ReadCapacityUnits":0}}]}"#;
    let (_, message) = refusal(Operation::CreateTable, body);

    for fault in [
        "9 validation errors detected: ",
        "Value 'a' at 'localSecondaryIndexes.1.member.indexName' failed",
        "Value null at 'localSecondaryIndexes.1.member.keySchema' failed",
        "Value 'x' at 'localSecondaryIndexes.1.member.projection.projectionType' failed to satisfy \
         constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]",
        "Value '[]' at 'localSecondaryIndexes.1.member.projection.nonKeyAttributes' failed",
        "Value null at 'globalSecondaryIndexes.1.member.indexName' failed",
        "Value null at 'globalSecondaryIndexes.1.member.projection' failed",
        "Value '0' at 'globalSecondaryIndexes.1.member.provisionedThroughput.readCapacityUnits'",
        "Value 'x' at 'tableClass' failed to satisfy constraint: Member must satisfy enum value \
         set: [STANDARD, STANDARD_INFREQUENT_ACCESS]",
    ] {
        assert!(message.contains(fault), "{fault} is not in {message}");
    }
}

fn create_body(definitions: &[&str], keys: &[(&str, &str)], rest: &str) -> String {
    let definitions: Vec<String> = definitions
        .iter()
        .map(|name| format!(r#"{{"AttributeName":"{name}","AttributeType":"S"}}"#))
        .collect();
    let keys: Vec<String> = keys
        .iter()
        .map(|(name, role)| format!(r#"{{"AttributeName":"{name}","KeyType":"{role}"}}"#))
        .collect();
    format!(
        r#"{{"TableName":"tab","AttributeDefinitions":[{}],"KeySchema":[{}],{rest}}}"#,
        definitions.join(","),
        keys.join(",")
    )
}

#[test]
fn create_table_checks_in_the_services_order() {
    let p = "One or more parameter values were invalid: ";
    let (hash, range) = (("pk", "HASH"), ("sk", "RANGE"));
    let on_demand = r#""BillingMode":"PAY_PER_REQUEST""#;
    let units = |read: u64, write: u64| {
        format!(
            r#""ProvisionedThroughput":{{"ReadCapacityUnits":{read},"WriteCapacityUnits":{write}}}"#
        )
    };
    let both = format!("{on_demand},{}", units(1, 1));
    for (body, message) in [
        (
            create_body(&[], &[hash], &both),
            format!(
                "{p}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when \
                 BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            create_body(&[], &[hash], r#""Tags":[]"#),
            format!(
                "{p}ReadCapacityUnits and WriteCapacityUnits must both be specified when \
                 BillingMode is PROVISIONED"
            ),
        ),
        (
            create_body(&[], &[hash], &units(1_000_000_000_001, 1_000_000_000_002)),
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds".to_owned(),
        ),
        (
            create_body(&[], &[hash], &units(1, 1_000_000_000_001)),
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds".to_owned(),
        ),
        (
            create_body(&["pk"], &[hash, hash], on_demand),
            "Invalid KeySchema: Some index key attribute have no definition".to_owned(),
        ),
        (
            create_body(&["pk", "x"], &[hash, range], on_demand),
            format!(
                "{p}Some index key attributes are not defined in AttributeDefinitions. Keys: \
                 [pk, sk], AttributeDefinitions: [pk, x]"
            ),
        ),
        (
            create_body(&["pk", "sk"], &[hash, ("pk", "RANGE")], on_demand),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
                .to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[("pk", "RANGE"), ("sk", "HASH")], on_demand),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type".to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[hash, ("sk", "HASH")], on_demand),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type".to_owned(),
        ),
        (
            create_body(&["pk", "sk"], &[hash], on_demand),
            format!(
                "{p}Number of attributes in KeySchema does not exactly match number of attributes \
                 defined in AttributeDefinitions"
            ),
        ),
        (
            create_body(&["pk"], &[hash], &format!(r#"{on_demand},"LocalSecondaryIndexes":[]"#)),
            format!("{p}List of LocalSecondaryIndexes is empty"),
        ),
        (
            create_body(&["pk"], &[hash], &format!(r#"{on_demand},"GlobalSecondaryIndexes":[]"#)),
            format!("{p}List of GlobalSecondaryIndexes is empty"),
        ),
    ] {
        assert_eq!(refusal(Operation::CreateTable, &body), (ErrorCode::Validation, message));
    }
}

#[test]
fn a_table_is_read_whole() {
    let rest = r#""DeletionProtectionEnabled":true,
        "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6}"#;
    let body = create_body(&["sk", "pk"], &[("pk", "HASH"), ("sk", "RANGE")], rest);

    let Ok(Request::CreateTable(create)) = decode(Operation::CreateTable, body.as_bytes()) else {
        panic!("{body}");
    };

    assert_eq!(create.name.as_str(), "tab");
    assert_eq!((create.hash.name.as_str(), create.hash.kind), ("pk", KeyType::S));
    assert_eq!(create.range.map(|range| range.name).as_deref(), Some("sk"));
    assert_eq!(create.definitions[0].name, "sk");
    assert_eq!(create.billing, Billing::Provisioned { read: 5, write: 6 });
    assert!(create.deletion_protection);
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

fn value() -> impl Strategy<Value = AttributeValue> {
    let number = (any::<i64>(), -60_i32..60).prop_map(|(digits, exponent)| {
        Number::parse(&format!("{digits}e{exponent}")).expect("in range")
    });
    let bytes = proptest::collection::vec(any::<u8>(), 0..9);
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number.clone().prop_map(AttributeValue::N),
        bytes.clone().prop_map(|bytes| AttributeValue::B(bytes.into())),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        proptest::collection::btree_set(any::<String>(), 1..5)
            .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        proptest::collection::btree_set(number, 1..5)
            .prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
        proptest::collection::btree_set(bytes, 1..5)
            .prop_map(|set| AttributeValue::Bs(set.into_iter().map(Into::into).collect())),
    ];
    leaf.prop_recursive(5, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(AttributeValue::L),
            proptest::collection::btree_map("\\PC{1,8}", inner, 0..6)
                .prop_map(|map| AttributeValue::M(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_same_item(
        attributes in proptest::collection::btree_map("\\PC{1,9}", value(), 0..20),
    ) {
        let item = Item { attributes: attributes.into_iter().collect() };
        let output = GetItemOutput { item: Some(Arc::new(item.encode())), capacity: None };
        let answer = encode(&Response::GetItem(output), Context { host: "" }).body;
        let mut body = br#"{"TableName":"t","#.to_vec();
        body.extend_from_slice(&answer[1..]);

        let read = decode(Operation::PutItem, &body);

        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
        prop_assert!(item.encode().view().size() <= answer.len());
        match read {
            Ok(Request::PutItem(put)) => prop_assert_eq!(put.item, item),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn no_body_panics(body in "[{}\\[\\]:,\"aSNLM0-9]{0,64}") {
        for operation in Operation::ALL {
            drop(decode(operation, body.as_bytes()));
        }
    }
}
