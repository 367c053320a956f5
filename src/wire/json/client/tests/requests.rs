//! Requests that are written are decoded to the same.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{again, decoded, draws, encode_request};
use crate::api::{ControlRequest, ListTables, Operation, Request};

#[test]
fn every_request_for_data_is_decoded_to_the_same() {
    for (operation, requests) in draws::of_each_operation() {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&requests, |request| {
            let (body, again) = again(operation, &request);
            prop_assert_eq!(format!("{again:?}"), format!("{request:?}"), "{}", body);
            Ok(())
        });
        if let Err(fault) = outcome {
            panic!("{}: {fault}", operation.name());
        }
    }
}

#[test]
fn every_operator_of_a_key_condition_is_written() {
    let tests = ["#s = :v", "#s < :v", "#s <= :v", "#s > :v", "#s >= :v", "begins_with(#s, :v)"];
    let mut bodies = HashSet::new();
    for test in tests.into_iter().chain(["#s BETWEEN :v AND :w"]) {
        let between = if test.contains(":w") { format!(",{W}") } else { String::new() };
        let body = format!(
            r##"{{"TableName":"tab","KeyConditionExpression":"pk = :p AND {test}",
            "ExpressionAttributeNames":{{"#s":"sort key"}},
            "ExpressionAttributeValues":{{":p":{{"S":"p"}},":v":{{"S":"m"}}{between}}}}}"##
        );
        let request = decoded(Operation::Query, body.as_bytes());

        let (body, again) = again(Operation::Query, &request);

        assert_eq!(format!("{again:?}"), format!("{request:?}"));
        assert!(body.contains(&test.replace("#s", "#1").replace(":v", ":1").replace(":w", ":2")));
        bodies.insert(body);
    }
    assert_eq!(bodies.len(), 7);
}

#[test]
fn requests_are_written_to_the_letter() {
    for (operation, given, written) in [
        (
            Operation::GetItem,
            r#"{"TableName":"tab","Key":{"pk":{"S":"x"}},"ConsistentRead":false}"#,
            r#"{"TableName":"tab","Key":{"pk":{"S":"x"}}}"#,
        ),
        (
            Operation::UpdateItem,
            r#"{"TableName":"tab","Key":{"pk":{"S":"x"}},"UpdateExpression":"SET a = :v",
            "ConditionExpression":"b = :v","ExpressionAttributeValues":{":v":{"N":"1"}},
            "ReturnValues":"ALL_NEW"}"#,
            r##"{"TableName":"tab","Key":{"pk":{"S":"x"}},"ReturnValues":"ALL_NEW","UpdateExpression":"SET #0 = :0 ","ConditionExpression":"#a0 = :a0","ExpressionAttributeNames":{"#0":"a","#a0":"b"},"ExpressionAttributeValues":{":0":{"N":"1"},":a0":{"N":"1"}}}"##,
        ),
        (
            Operation::Query,
            r#"{"TableName":"tab","KeyConditionExpression":"a = :v","FilterExpression":"b = :v",
            "ProjectionExpression":"c","ExpressionAttributeValues":{":v":{"N":"1"}},
            "ScanIndexForward":false,"Select":"SPECIFIC_ATTRIBUTES","Limit":3}"#,
            r##"{"TableName":"tab","Select":"SPECIFIC_ATTRIBUTES","Limit":3,"KeyConditionExpression":"#0 = :0","FilterExpression":"#a0 = :a0","ProjectionExpression":"#b0","ExpressionAttributeNames":{"#0":"a","#a0":"b","#b0":"c"},"ExpressionAttributeValues":{":0":{"N":"1"},":a0":{"N":"1"}},"ScanIndexForward":false}"##,
        ),
        (
            Operation::UpdateItem,
            r#"{"TableName":"tab","Key":{"pk":{"S":"x"}}}"#,
            r#"{"TableName":"tab","Key":{"pk":{"S":"x"}}}"#,
        ),
    ] {
        let request = decoded(operation, given.as_bytes());
        let body = encode_request(&request).expect("a request for data");
        assert_eq!(String::from_utf8(body).expect("it is text"), written);
    }
}

#[test]
fn what_is_left_whole_of_items_is_asked_for_whole() {
    let given = br#"{"RequestItems":{"tab":{"Keys":[{"pk":{"S":"x"}}],
        "ProjectionExpression":"a.b[1], c, a.d"}}}"#;
    let Request::BatchGetItem(mut batch) = decoded(Operation::BatchGetItem, given) else {
        panic!("it is a batch")
    };
    let projection = batch.tables[0].projection.as_mut().expect("it has one");
    projection.projection = projection.projection.clone().widened();

    let body = encode_request(&Request::BatchGetItem(batch)).expect("a request for data");

    assert_eq!(
        String::from_utf8(body).expect("it is text"),
        r##"{"RequestItems":{"tab":{"Keys":[{"pk":{"S":"x"}}],"ProjectionExpression":"#0,#1","ExpressionAttributeNames":{"#0":"a","#1":"c"}}}}"##
    );
}

#[test]
fn requests_for_anything_else_have_no_body_here() {
    for request in
        [ControlRequest::DescribeLimits, ControlRequest::ListTables(ListTables::default())]
    {
        assert_eq!(encode_request(&Request::Control(request)), None);
    }
}

const W: &str = r#"":w":{"S":"z"}"#;
