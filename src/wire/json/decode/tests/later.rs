//! Parameters that hearth does not have yet.

use super::*;

#[test]
fn what_a_later_version_brings_is_refused_by_name() {
    use Operation::{CreateTable, UpdateTable};
    let table = r#""TableName":"tab","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
        "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],
        "BillingMode":"PAY_PER_REQUEST""#;
    let change = r#""TableName":"tab""#;
    for (operation, given, member, value) in [
        (UpdateTable, change, "ReplicaUpdates", "[{}]"),
        (CreateTable, table, "VectorIndexes", VECTOR_INDEXES),
        (CreateTable, table, "GlobalTableSourceArn", "\"arn\""),
        (CreateTable, table, "GlobalTableSettingsReplicationMode", "\"ENABLED\""),
    ] {
        let body = format!("{{{given},\"{member}\":{value}}}");
        let message = format!("{member} is not supported by this version of hearth");
        assert_eq!(refusal(operation, &body), (ErrorCode::Validation, message), "{body}");
    }
    for (operation, given, member, value) in [
        (CreateTable, table, "StreamSpecification", r#"{"StreamEnabled":false}"#),
        (CreateTable, table, "Tags", "[]"),
        (CreateTable, table, "OnDemandThroughput", "{}"),
        (CreateTable, table, "WarmThroughput", "{}"),
        (CreateTable, table, "TableClass", "\"STANDARD\""),
        (CreateTable, table, "SomethingElse", "{}"),
    ] {
        let body = format!("{{{given},\"{member}\":{value}}}");
        assert!(decode(operation, body.as_bytes()).is_ok(), "{body}");
    }
}

const VECTOR_INDEXES: &str = r#"[{"IndexName":"near","VectorAttribute":{"AttributeName":"v"},
    "Projection":{"ProjectionType":"ALL"},"Dimensions":3,"DistanceFunction":"COSINE"}]"#;
