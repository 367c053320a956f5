//! BatchGetItem.

use super::*;
use crate::api::{BatchProjection, ProjectionMembers};

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
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}],"ProjectionExpression":"a,"}}}"#,
                "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"",
            ),
            (
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}],"AttributesToGet":["a"]},
                    "tac":{"Keys":[{"a":{}}],"ProjectionExpression":"a"}}}"#,
                "Can not use both expression and non-expression parameters in the same request: \
                 Non-expression parameters: {AttributesToGet} Expression parameters: \
                 {ProjectionExpression}",
            ),
            (
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}],"AttributesToGet":["b","b"]}}}"#,
                "One or more parameter values were invalid: Duplicate value in attribute name: b",
            ),
            (
                r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}],"ExpressionAttributeNames":{}}}}"#,
                "ExpressionAttributeNames can only be specified when using expressions",
            ),
        ],
    );
    assert!(decode(Operation::BatchGetItem, table(&keys(100, 0)).as_bytes()).is_ok());
}

#[test]
fn each_table_of_a_batch_keeps_what_said_its_projection() {
    let key = r#""Keys":[{"a":{"S":"x"}}]"#;
    let given = |members: &str| {
        let body = format!(r#"{{"RequestItems":{{"tab":{{{key},{members}}},"tac":{{{key}}}}}}}"#);
        let Ok(Request::BatchGetItem(batch)) = decode(Operation::BatchGetItem, body.as_bytes())
        else {
            panic!("{body}");
        };
        assert!(batch.tables[1].projection.is_none());
        let BatchProjection { projection, given } =
            batch.tables[0].projection.clone().expect("one was given");
        (projection.paths().iter().map(ToString::to_string).collect::<Vec<_>>(), given)
    };

    let (paths, members) = given(r#""AttributesToGet":["b","c"]"#);
    assert_eq!(paths, ["[b]", "[c]"]);
    assert!(matches!(members, ProjectionMembers::AttributesToGet(names) if names == ["b", "c"]));

    let (paths, members) =
        given(r##""ProjectionExpression":"#b, c","ExpressionAttributeNames":{"#b":"x"}"##);
    assert_eq!(paths, ["[x]", "[c]"]);
    match members {
        ProjectionMembers::Expression { text, names } => {
            assert_eq!(text, "#b, c");
            assert_eq!(names, [("#b".to_owned(), "x".to_owned())]);
        }
        other @ ProjectionMembers::AttributesToGet(_) => panic!("{other:?}"),
    }
}

#[test]
fn the_tables_of_a_batch_are_checked_one_after_the_other() {
    let duplicates = r#""Keys":[{"a":{"N":"1"}},{"a":{"N":"1"}}]"#;
    let broken = r#""Keys":[{"a":{"N":"1"}}],"ProjectionExpression":"a,""#;
    let both =
        |tab: &str, tac: &str| format!(r#"{{"RequestItems":{{"tab":{{{tab}}},"tac":{{{tac}}}}}}}"#);

    refuses(
        Operation::BatchGetItem,
        ErrorCode::Validation,
        &[
            (&both(duplicates, broken), "Provided list of item keys contains duplicates"),
            (
                &both(broken, duplicates),
                "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"",
            ),
        ],
    );
}
