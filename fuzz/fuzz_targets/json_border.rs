//! Any bytes as the body of every operation: nothing panics, and what was read can be written and
//! is then read as the same.

#![no_main]

use std::sync::Arc;

use hearth::api::{
    BatchGetItem, BatchGetItemOutput, GetItem, GetItemOutput, Operation, PutItem, Request, Response,
};
use hearth::model::{AttributeValue, Item};
use hearth::wire::json::{Context, HotGet, HotValue, decode, encode, encode_error, get_item};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for operation in Operation::ALL {
        match decode(operation, body) {
            Ok(request) => check(request),
            Err(error) => assert!(encode_error(&error).0 == 400),
        }
    }
    if let Some(hot) = get_item(body) {
        check_hot(&hot, body);
    }
});

fn check(request: Request) {
    match request {
        Request::PutItem(put) => check_put(&put),
        Request::BatchGetItem(batch) => check_batch(batch),
        Request::GetItem(_)
        | Request::DeleteItem(_)
        | Request::CreateTable(_)
        | Request::DescribeTable(_)
        | Request::DeleteTable(_)
        | Request::ListTables(_)
        | Request::DescribeEndpoints => {}
    }
}

fn check_put(put: &PutItem) {
    let output = GetItemOutput { item: Some(Arc::new(put.item.encode())), capacity: None };
    let answer = encode(&Response::GetItem(output), Context { host: "" }).body;
    let mut body = br#"{"TableName":"t","#.to_vec();
    body.extend_from_slice(&answer[1..]);
    match decode(Operation::PutItem, &body) {
        Ok(Request::PutItem(again)) => assert_eq!(again.item, put.item),
        other => panic!("an item that was read is refused: {other:?}"),
    }
}

fn check_batch(batch: BatchGetItem) {
    let keys: Vec<_> = batch.tables.iter().map(|table| table.keys.clone()).collect();
    let (responses, capacity) = (Vec::new(), Vec::new());
    let output = BatchGetItemOutput { responses, unprocessed: batch.tables, capacity };
    let answer = encode(&Response::BatchGetItem(output), Context { host: "" }).body;
    let rest = answer.strip_prefix(br#"{"Responses":{},"UnprocessedKeys":"#).expect("no items");
    let body = [br#"{"RequestItems":"#, rest].concat();
    match decode(Operation::BatchGetItem, &body) {
        Ok(Request::BatchGetItem(again)) => {
            let again: Vec<_> = again.tables.into_iter().map(|table| table.keys).collect();
            assert_eq!(again, keys);
        }
        // An ARN may name a table that is too short to be named in a batch by itself.
        other => assert!(other.is_err_and(|error| error.message.contains("Map keys"))),
    }
}

fn check_hot(hot: &HotGet<'_>, body: &[u8]) {
    let Ok(Request::GetItem(GetItem { table, key, consistency, .. })) =
        decode(Operation::GetItem, body)
    else {
        panic!("what is plain is refused: {hot:?}");
    };
    let hot_key = std::iter::once(&hot.first).chain(&hot.second).map(|attribute| {
        let value = match &attribute.value {
            HotValue::S(text) => AttributeValue::S((*text).to_owned()),
            HotValue::N(number) => AttributeValue::N(*number),
            HotValue::B(bytes) => AttributeValue::B(bytes.as_slice().to_vec().into()),
        };
        (attribute.name.to_owned(), value)
    });
    assert_eq!((hot.table, hot.consistency), (table.as_str(), consistency));
    assert_eq!(Item { attributes: hot_key.collect() }, Item { attributes: key });
}
