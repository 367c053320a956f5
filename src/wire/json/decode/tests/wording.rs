//! The newer wording of refusals.

use super::*;

fn newer(operation: Operation, body: &str) -> (ErrorCode, String) {
    match super::super::decode(operation, body.as_bytes(), Wording::Y2026) {
        Ok(request) => panic!("{body} was read as {request:?}"),
        Err(error) => (error.code, error.message),
    }
}

#[test]
fn refusals_of_single_writes_come_in_an_envelope() {
    for (operation, body) in [
        (Operation::PutItem, r#"{"TableName":"t","Item":{"a":{"SS":[]}}}"#),
        (Operation::PutItem, r#"{"TableName":"t","Item":{},"ReturnValues":"ALL_NEW"}"#),
        (Operation::PutItem, r#"{"TableName":"t","Item":{},"Expected":{"a":{}}}"#),
        (Operation::DeleteItem, r#"{"TableName":"t","Key":{},"ExpressionAttributeNames":{}}"#),
        (Operation::DeleteItem, r#"{"TableName":"t","Key":{},"ConditionExpression":""}"#),
        (Operation::UpdateItem, r#"{"TableName":"t","Key":{},"AttributeUpdates":{"a":{}}}"#),
        (Operation::UpdateItem, r#"{"TableName":"t","Key":{},"UpdateExpression":""}"#),
    ] {
        let (code, message) = refusal(operation, body);
        let enveloped = format!("1 validation error detected: {message}");
        assert_eq!(newer(operation, body), (code, enveloped), "{body}");
    }
}

#[test]
fn other_refusals_are_worded_as_before() {
    let large = format!(r#"{{"TableName":"t","Item":{{"a":{{"S":"{}"}}}}}}"#, "x".repeat(409_600));
    for (operation, body) in [
        (Operation::PutItem, &*large),
        (Operation::PutItem, r#"{"TableName":"t"}"#),
        (Operation::PutItem, r#"{"TableName":1}"#),
        (Operation::PutItem, "{"),
        (Operation::GetItem, r#"{"TableName":"t","Key":{"a":{}}}"#),
        (Operation::GetItem, r#"{"TableName":"t","Key":{},"ProjectionExpression":""}"#),
        (Operation::BatchGetItem, r#"{"RequestItems":{"tab":{"Keys":[{"a":{}}]}}}"#),
        (Operation::BatchWriteItem, r#"{"RequestItems":{"tab":[{}]}}"#),
    ] {
        assert_eq!(newer(operation, body), refusal(operation, body), "{body}");
    }
}

#[test]
fn a_batch_without_tables_breaks_a_constraint() {
    let message = "1 validation error detected: Value at 'RequestItems' failed to satisfy \
                   constraint: Member must have length greater than or equal to 1";
    for operation in [Operation::BatchGetItem, Operation::BatchWriteItem] {
        let told = newer(operation, r#"{"RequestItems":{}}"#);
        assert_eq!(told, (ErrorCode::MemberConstraint, message.to_owned()));
    }
}
