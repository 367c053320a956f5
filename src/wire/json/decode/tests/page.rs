//! Query and Scan: what they mean, and in which order they are refused.
//!
//! Each refusal with its text is in `tests/api/`.

use super::*;
use crate::api::{Form, Order, Query, Scan, Select};
use crate::expr::{Comparator, Condition, KeyTest, Operand, Path};
use crate::model::AttributeValue;
use crate::model::Segment;

fn query(body: &str) -> Query {
    match decode(Operation::Query, body.as_bytes()) {
        Ok(Request::Query(query)) => query,
        other => panic!("{body} was read as {other:?}"),
    }
}

fn scan(body: &str) -> Scan {
    match decode(Operation::Scan, body.as_bytes()) {
        Ok(Request::Scan(scan)) => scan,
        other => panic!("{body} was read as {other:?}"),
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

#[test]
fn a_query_of_the_older_way_means_what_it_says() {
    let query = query(
        r#"{"TableName":"t","IndexName":"idx","Select":"ALL_PROJECTED_ATTRIBUTES","Limit":7.9,
            "ScanIndexForward":"no","ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES",
            "KeyConditions":{"k":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"a"}]}},
            "QueryFilter":{"f":{"ComparisonOperator":"NE","AttributeValueList":[{"S":"b"}]}},
            "ExclusiveStartKey":{"k":{"S":"c"}},"Unknown":1}"#,
    );

    let page = &query.page;
    let names = (page.table.as_given(), page.index.as_deref());
    assert_eq!(names, ("t", Some("idx")));
    assert_eq!((page.select, page.limit), (Some(Select::AllProjected), Some(7)));
    assert_eq!((page.consistency, page.capacity), (Consistency::Strong, CapacityDetail::Indexes));
    assert_eq!((query.form, query.order), (Form::Legacy, Order::Descending));
    assert_eq!(query.keys.clauses[0].attribute, "k");
    assert_eq!(query.keys.clauses[0].test, KeyTest::BeginsWith(text("a")));
    let filter = page.filter.as_ref().expect("a filter");
    let (path, value) = (Operand::Path(Path::attribute("f")), Operand::Value(text("b")));
    assert_eq!(*filter.condition, Condition::Compare(path, Comparator::NotEqual, value));
    assert_eq!(filter.form, Form::Legacy);
    assert_eq!(page.start, Some(vec![("k".into(), text("c"))]));
}

#[test]
fn what_is_left_out_is_what_the_service_takes_it_for() {
    let scan = scan(r#"{"TableName":"t","Limit":null,"ScanFilter":{}}"#);

    assert_eq!(scan.segment, None);
    assert_eq!((scan.page.limit, scan.page.select), (None, None));
    assert_eq!(scan.page.consistency, Consistency::Eventual);
    assert!(scan.page.filter.is_none() && scan.page.projection.is_none());
}

#[test]
fn segments_come_in_pairs() {
    let scan = scan(r#"{"TableName":"t","Segment":0,"TotalSegments":1000000}"#);

    assert_eq!(scan.segment, Some(Segment { number: 0, total: 1_000_000 }));
}

/// Takes the faults away one by one and expects the next to be told.
fn told_in_order(operation: Operation, faults: &[(&str, &str)]) {
    for at in 0..faults.len() {
        let members: Vec<&str> =
            faults[at..].iter().map(|(member, _)| *member).filter(|m| !m.is_empty()).collect();
        let body = format!(r#"{{"TableName":"t",{}}}"#, members.join(","));
        let (_, message) = refusal(operation, &body);
        assert!(message.contains(faults[at].1), "{body}: {message}");
    }
}

#[test]
fn a_query_is_refused_in_the_services_order() {
    told_in_order(
        Operation::Query,
        &[
            (r#""ScanIndexForward":1"#, "NUMBER_VALUE cannot be converted"),
            (r#""Limit":0"#, "at 'Limit' failed"),
            (r#""FilterExpression":"a""#, "Can not use both expression"),
            (r#""ExpressionAttributeNames":{}"#, "can only be specified when using expressions"),
            (
                r#""QueryFilter":{"f":{"ComparisonOperator":"EQ"}}"#,
                "Invalid number of argument(s) for the EQ",
            ),
            (r#""AttributesToGet":["a","a"]"#, "Duplicate value in attribute name"),
            (r#""ExclusiveStartKey":{"k":{"SS":[]}}"#, "The provided starting key is invalid: One"),
            (r#""Select":"SPECIFIC_ATTRIBUTES""#, "Either the KeyConditions or"),
        ],
    );
    told_in_order(
        Operation::Query,
        &[
            (r#""Select":"SPECIFIC_ATTRIBUTES""#, "Must specify the AttributesToGet"),
            (r#""KeyConditions":{}"#, "Conditions can be of length 1 or 2 only"),
        ],
    );
}

#[test]
fn a_scan_is_refused_in_the_services_order() {
    told_in_order(
        Operation::Scan,
        &[
            (r#""Limit":"1""#, "STRING_VALUE cannot be converted"),
            (r#""TotalSegments":0"#, "at 'totalSegments' failed"),
            (r#""FilterExpression":"a""#, "Can not use both expression"),
            (r#""ExpressionAttributeNames":{}"#, "can only be specified when using expressions"),
            (r#""AttributesToGet":["a","a"]"#, "Duplicate value in attribute name"),
            (
                r#""ScanFilter":{"f":{"ComparisonOperator":"EQ"}}"#,
                "Invalid number of argument(s) for the EQ",
            ),
            (r#""ExclusiveStartKey":{"k":{"SS":[]}}"#, "The provided starting key is invalid: One"),
            (r#""Segment":3"#, "The TotalSegments parameter is required"),
            (r#""Select":"SPECIFIC_ATTRIBUTES""#, "Must specify the AttributesToGet"),
        ],
    );
}

#[test]
fn only_the_conflicts_of_select_come_in_the_newer_envelope() {
    let body = br#"{"TableName":"t","Select":"ALL_PROJECTED_ATTRIBUTES","KeyConditions":{}}"#;
    let newer = super::super::decode(Operation::Query, body, Wording::Y2026);
    assert_eq!(
        newer.expect_err("a conflict").message,
        "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying \
         using an IndexName"
    );
    let body = br#"{"TableName":"t","KeyConditions":{}}"#;
    let newer = super::super::decode(Operation::Query, body, Wording::Y2026);
    let message = newer.expect_err("no condition").message;
    assert_eq!(message, "Conditions can be of length 1 or 2 only");
}
