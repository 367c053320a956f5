//! Bodies that have as many of something as fit into one: they are refused, and that at once.

use super::*;

const MANY: usize = 200_000;

/// As many tables as a body can name took a minute, since each was compared with all before it.
/// Now each is looked up once.
#[test]
fn a_batch_of_many_tables_is_refused() {
    let table = |n: usize| format!(r#""t{n:06}":{{"Keys":[{{"a":{{"N":"1"}}}}]}}"#);
    let tables: Vec<String> = (0..MANY).map(table).collect();
    let arn = r#""arn:aws:dynamodb:us-east-1:0:table/t000007":{"Keys":[{"a":{"N":"1"}}]}"#;
    let body = |last: &str| format!(r#"{{"RequestItems":{{{}{last}}}}}"#, tables.join(","));

    refuses(
        Operation::BatchGetItem,
        ErrorCode::Validation,
        &[
            (&body(""), "Too many items requested for the BatchGetItem call"),
            (
                &body(&format!(",{arn}")),
                "One or more parameter values were invalid: Table t000007 is requested twice",
            ),
        ],
    );
}

/// Each change of an index was compared with all before it. Now each is looked up once.
#[test]
fn many_changes_of_indexes_are_refused() {
    let delete = |n: usize| format!(r#"{{"Delete":{{"IndexName":"i{n:06}"}}}}"#);
    let mut updates: Vec<String> = (0..MANY).map(delete).collect();
    let body = |updates: &[String]| {
        let updates = updates.join(",");
        format!(r#"{{"TableName":"tab","GlobalSecondaryIndexUpdates":[{updates}]}}"#)
    };

    let different = body(&updates);
    updates.push(delete(7));
    let request = decode(Operation::UpdateTable, different.as_bytes());
    assert!(request.is_ok(), "which of them may be is for the table to say");
    refuses(
        Operation::UpdateTable,
        ErrorCode::Validation,
        &[(
            &body(&updates),
            "One or more parameter values were invalid: Only one global secondary index update \
             per index is allowed simultaneously. Index: i000007",
        )],
    );
}

/// Each index was compared with all before it, and each of its keys with all definitions. Now
/// both are looked up once.
#[test]
fn a_table_of_many_definitions_and_indexes_is_refused() {
    let definition = |n: usize| format!(r#"{{"AttributeName":"{n}","AttributeType":"S"}}"#);
    let definitions: Vec<String> = (0..MANY / 2).map(definition).collect();
    let key = r#""KeySchema":[{"AttributeName":"99999","KeyType":"HASH"}]"#;
    let projection = r#""Projection":{"ProjectionType":"ALL"}"#;
    let index = |n: usize| format!(r#"{{"IndexName":"i{n:06}",{key},{projection}}}"#);
    let mut indexes: Vec<String> = (0..MANY / 4).map(index).collect();
    let body = |indexes: &[String]| {
        format!(
            r#"{{"TableName":"tab","BillingMode":"PAY_PER_REQUEST",{key},
                "AttributeDefinitions":[{}],"GlobalSecondaryIndexes":[{}]}}"#,
            definitions.join(","),
            indexes.join(",")
        )
    };

    let different = body(&indexes);
    indexes.push(index(7));
    refuses(
        Operation::CreateTable,
        ErrorCode::Validation,
        &[
            (
                &different,
                "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds \
                 the per-table limit of 20",
            ),
            (
                &body(&indexes),
                "One or more parameter values were invalid: Duplicate index name: i000007",
            ),
        ],
    );
}

/// A message named all that the request did, as long as the request itself. Now it is cut.
#[test]
fn no_refusal_is_as_long_as_its_request() {
    use Operation::{BatchGetItem, CreateTable, GetItem, ListTagsOfResource, Query};
    let long = "a".repeat(1 << 20);
    let table = r#""TableName":"tab""#;
    for (operation, body, end) in [
        (
            GetItem,
            format!(r#"{{{table},"Key":{{}},"AttributesToGet":["{long}","{long}"]}}"#),
            "less than or equal to 65535",
        ),
        (GetItem, format!(r#"{{{table},"Key":{{"a":{{"N":"{long}"}}}}}}"#), "aa..."),
        (
            GetItem,
            format!(r#"{{{table},"Key":{{"a":{{"SS":["{long}","{long}"]}}}}}}"#),
            "aa...] contains duplicates.",
        ),
        (
            GetItem,
            format!(
                r##"{{{table},"Key":{{}},"ProjectionExpression":"a",
                    "ExpressionAttributeNames":{{"#{long}":"x"}}}}"##
            ),
            "aa...",
        ),
        (
            CreateTable,
            format!(
                r#"{{{table},"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{}],
                    "KeySchema":[{{"AttributeName":"b","KeyType":"HASH"}}]}}"#,
                vec![r#"{"AttributeName":"a","AttributeType":"S"}"#; MANY / 4].join(",")
            ),
            "a, a,...]",
        ),
        (ListTagsOfResource, format!(r#"{{"ResourceArn":"arn:{}"}}"#, &long[..1_200]), "aa"),
        (BatchGetItem, format!(r#"{{"RequestItems":{{"{long}":{{}}}}}}"#), "must not be null"),
        (
            Query,
            format!(
                r#"{{{table},"KeyConditions":{{"{long}":{{"ComparisonOperator":"{long}"}}}}}}"#
            ),
            "CONTAINS]",
        ),
    ] {
        let (_, message) = refusal(operation, &body);
        let shown = &message[message.len().saturating_sub(80)..];
        assert!(message.len() < 64 << 10, "{operation:?}: {} bytes, {shown}", message.len());
        assert!(message.ends_with(end), "{operation:?}: {shown}");
    }
}
