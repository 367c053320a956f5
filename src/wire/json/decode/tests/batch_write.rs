//! BatchWriteItem.

use super::*;
use crate::api::{BatchWrite, CollectionDetail};

const TWO_TYPES: &str = "Supplied AttributeValue has more than one datatypes set, must contain \
    exactly one of the supported datatypes";

fn deletes(count: usize) -> String {
    let one = |n| format!(r#"{{"DeleteRequest":{{"Key":{{"a":{{"N":"{n}"}}}}}}}}"#);
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn table(requests: &str) -> String {
    format!(r#"{{"RequestItems":{{"tab":[{requests}]}}}}"#)
}

#[test]
fn batch_write_item_tells_its_constraints_in_order() {
    let body = r#"{"ReturnConsumedCapacity":"x","ReturnItemCollectionMetrics":"y",
        "RequestItems":{"a":[],"tab":[{},{"PutRequest":{},"DeleteRequest":{"Key":null}}]}}"#;
    let (code, message) = refusal(Operation::BatchWriteItem, body);
    assert_eq!(code, ErrorCode::MemberConstraint);
    let faults: Vec<&str> =
        message.trim_start_matches("6 validation errors detected: ").split("; ").collect();
    let shown = "Value '{a=[WriteRequest], tab=[WriteRequest]}' at 'requestItems' failed to satisfy \
                 constraint: ";
    let wrong = "failed to satisfy constraint: Member must satisfy enum value set: ";
    let keys = format!(
        "{shown}Map keys must satisfy constraint: [Member must have length less than or equal to \
         255, Member must have length greater than or equal to 3, Member must satisfy regular \
         expression pattern: [a-zA-Z0-9_.-]+]"
    );
    let values = format!(
        "{shown}Map value must satisfy constraint: [Member must have length less than or equal to \
         25, Member must have length greater than or equal to 1]"
    );
    assert_eq!(
        faults,
        [
            format!("Value 'x' at 'returnConsumedCapacity' {wrong}[INDEXES, TOTAL, NONE]"),
            format!("Value 'y' at 'returnItemCollectionMetrics' {wrong}[SIZE, NONE]"),
            keys,
            values,
            format!("Value null at 'requestItems.tab.member.2.member.putRequest.item' {NULL}"),
            format!("Value null at 'requestItems.tab.member.2.member.deleteRequest.key' {NULL}"),
        ]
    );
    breaks(
        Operation::BatchWriteItem,
        &[
            ("{}", &format!("Value null at 'requestItems' {NULL}")),
            (
                &table(&deletes(26)),
                "Value '{tab=[WriteRequest]}' at 'requestItems' failed to satisfy constraint: Map \
                 value must satisfy constraint: [Member must have length less than or equal to 25, \
                 Member must have length greater than or equal to 1]",
            ),
        ],
    );
}

#[test]
fn batch_write_item_checks_in_the_services_order() {
    let put = |value: &str| format!(r#"{{"PutRequest":{{"Item":{{"a":{value}}}}}}}"#);
    let large = put(&format!(r#"{{"S":"{}"}}"#, "x".repeat(409_600)));
    let two_tables =
        format!(r#"{{"RequestItems":{{"tab":[{{}},{}],"tac":[{}]}}}}"#, deletes(12), deletes(13));
    let both = r#"{"PutRequest":{"Item":{}},"DeleteRequest":{"Key":{}}}"#;
    refuses(
        Operation::BatchWriteItem,
        ErrorCode::Validation,
        &[
            (r#"{"RequestItems":{}}"#, "The requestItems parameter is required for BatchWriteItem"),
            (&two_tables, "Too many items requested for the BatchWriteItem call"),
            (&table("{}"), TWO_TYPES),
            (&table("null"), TWO_TYPES),
            (&table(both), TWO_TYPES),
            (
                &table(&format!("{},{{}}", put(r#"{"SS":[]}"#))),
                "One or more parameter values were invalid: An string set  may not be empty",
            ),
            (
                &table(&format!("{large},{}", put("{}"))),
                "Item size has exceeded the maximum allowed size",
            ),
            (
                &table(&format!("{},{large}", put("{}"))),
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            (
                r#"{"RequestItems":{"tab":[{"DeleteRequest":{"Key":{}}}],
                    "arn:aws:dynamodb:us-east-1:000000000000:table/tab":
                    [{"DeleteRequest":{"Key":{}}}]}}"#,
                "One or more parameter values were invalid: Table tab is requested twice",
            ),
        ],
    );
    assert!(decode(Operation::BatchWriteItem, table(&deletes(25)).as_bytes()).is_ok());
}

#[test]
fn batch_write_item_refuses_other_shapes_by_their_names() {
    let shape = "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.";
    let one = |request: &str| format!(r#"{{"RequestItems":{{"tab":[{request}]}}}}"#);
    for (body, message) in [
        (
            r#"{"RequestItems":[]}"#.to_owned(),
            "Unrecognized collection type java.util.Map<java.lang.String, \
             java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>"
                .to_owned(),
        ),
        (
            r#"{"RequestItems":{"tab":{}}}"#.to_owned(),
            "Start of structure or map found where not expected".to_owned(),
        ),
        (one("[]"), format!("{shape}WriteRequest")),
        (one("1"), "Unexpected value type in payload".to_owned()),
        (one(r#"{"PutRequest":[]}"#), format!("{shape}PutRequest")),
        (one(r#"{"DeleteRequest":"x"}"#), "Unexpected field type".to_owned()),
    ] {
        assert_eq!(refusal(Operation::BatchWriteItem, &body), (ErrorCode::Serialization, message));
    }
    let scalar = refusal(Operation::BatchWriteItem, r#"{"RequestItems":{"tab":1}}"#).1;
    assert!(scalar.contains("ParameterizedTypeImpl cannot be cast"), "{scalar}");
}

#[test]
fn a_batch_of_writes_arrives_in_its_order() {
    let body = r#"{"ReturnConsumedCapacity":"TOTAL","ReturnItemCollectionMetrics":"SIZE",
        "RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"S":"x"}}}},
            {"DeleteRequest":{"Key":{"a":{"N":"1"}}},"Unknown":1}],
        "tac":[{"DeleteRequest":{"Key":{}}}]}}"#;
    let Ok(Request::BatchWriteItem(batch)) = decode(Operation::BatchWriteItem, body.as_bytes())
    else {
        panic!("{body}");
    };

    assert_eq!(batch.capacity, CapacityDetail::Total);
    assert_eq!(batch.collection, CollectionDetail::Size);
    let names: Vec<&str> = batch.tables.iter().map(|table| table.table.as_given()).collect();
    assert_eq!(names, ["tab", "tac"]);
    match &batch.tables[0].writes[..] {
        [BatchWrite::Put(item), BatchWrite::Delete(key)] => {
            assert_eq!(item.attribute("a"), Some(&text("x")));
            assert_eq!(key[..], [("a".to_owned(), integer("1"))]);
        }
        other => panic!("{other:?}"),
    }
}
