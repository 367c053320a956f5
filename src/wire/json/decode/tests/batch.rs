//! BatchGetItem.

use super::*;

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
