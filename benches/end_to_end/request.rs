//! Requests as bytes, with the headers that an SDK sends, signed.
//!
//! Every server gets signed requests, since SDKs always sign; only a server with credentials
//! checks them.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use hearth::clock::Clock;

use crate::common::{DATA, ID, KEYS, filling, filling_of, item_id};

/// A CreateTable of the table that all of this is about.
pub(crate) fn create_table() -> Vec<u8> {
    create_table_named(TABLE, 0)
}

/// A CreateTable of a table of that name with so many global indexes.
pub(crate) fn create_table_named(name: &str, indexes: usize) -> Vec<u8> {
    let mut definitions = format!(r#"{{"AttributeName":"{ID}","AttributeType":"S"}}"#);
    let mut made = Vec::new();
    for index in 0..indexes {
        write!(definitions, r#",{{"AttributeName":"a{index}","AttributeType":"S"}}"#)
            .expect("memory takes everything");
        made.push(format!(
            r#"{{"IndexName":"by-a{index}","KeySchema":[{{"AttributeName":"a{index}","KeyType":"HASH"}}],"Projection":{{"ProjectionType":"ALL"}}}}"#
        ));
    }
    let indexes = match &made[..] {
        [] => String::new(),
        made => format!(r#","GlobalSecondaryIndexes":[{}]"#, made.join(",")),
    };
    let body = format!(
        r#"{{"TableName":"{name}","AttributeDefinitions":[{definitions}],"KeySchema":[{{"AttributeName":"{ID}","KeyType":"HASH"}}]{indexes},"BillingMode":"PAY_PER_REQUEST"}}"#
    );
    signed("CreateTable", &body)
}

/// A DeleteTable of the table that all of this is about.
pub(crate) fn delete_table() -> Vec<u8> {
    signed("DeleteTable", &format!(r#"{{"TableName":"{TABLE}"}}"#))
}

/// A DescribeTable of it.
pub(crate) fn describe_table() -> Vec<u8> {
    signed("DescribeTable", &format!(r#"{{"TableName":"{TABLE}"}}"#))
}

/// A request that needs no table.
pub(crate) fn list_tables() -> Vec<u8> {
    signed("ListTables", "{}")
}

/// A PutItem of an item of 1,000 bytes.
pub(crate) fn put_item(number: usize) -> Vec<u8> {
    signed("PutItem", &format!(r#"{{"TableName":"{TABLE}","Item":{}}}"#, item(number)))
}

/// A GetItem for each of the hot keys.
pub(crate) fn hot_gets() -> Vec<Vec<u8>> {
    (0..KEYS).map(get_item).collect()
}

/// A GetItem of one item.
pub(crate) fn get_item(number: usize) -> Vec<u8> {
    let id = item_id(number);
    signed("GetItem", &format!(r#"{{"TableName":"{TABLE}","Key":{{"{ID}":{{"S":"{id}"}}}}}}"#))
}

/// A PutItem whose item has so many bytes.
pub(crate) fn put_item_of(number: usize, bytes: usize) -> Vec<u8> {
    put_item_in(TABLE, number, bytes)
}

/// The same in the table of that name.
pub(crate) fn put_item_in(table: &str, number: usize, bytes: usize) -> Vec<u8> {
    let item = item_of(number, &filling_of(bytes));
    signed("PutItem", &format!(r#"{{"TableName":"{table}","Item":{item}}}"#))
}

/// A BatchWriteItem of items that follow one another, each of so many bytes.
pub(crate) fn put_items(numbers: Range<usize>, bytes: usize) -> Vec<u8> {
    let filling = filling_of(bytes);
    let put = |number| format!(r#"{{"PutRequest":{{"Item":{}}}}}"#, item_of(number, &filling));
    let puts: Vec<String> = numbers.map(put).collect();
    let body = format!(r#"{{"RequestItems":{{"{TABLE}":[{}]}}}}"#, puts.join(","));
    signed("BatchWriteItem", &body)
}

/// A TransactWriteItems that puts the same.
pub(crate) fn transact_put_items(numbers: Range<usize>, bytes: usize) -> Vec<u8> {
    let filling = filling_of(bytes);
    let put = |number| {
        let item = item_of(number, &filling);
        format!(r#"{{"Put":{{"TableName":"{TABLE}","Item":{item}}}}}"#)
    };
    let puts: Vec<String> = numbers.map(put).collect();
    let body = format!(r#"{{"TransactItems":[{}]}}"#, puts.join(","));
    signed("TransactWriteItems", &body)
}

/// The body that answers a GetItem of that item.
pub(crate) fn hot_answer(number: usize) -> String {
    format!(r#"{{"Item":{}}}"#, item(number))
}

/// A CreateTable of the table whose pages are read.
pub(crate) fn create_paged_table() -> Vec<u8> {
    let body = format!(
        r#"{{"TableName":"{PAGED_TABLE}","AttributeDefinitions":[{{"AttributeName":"{ID}","AttributeType":"S"}},{{"AttributeName":"{NUMBER}","AttributeType":"N"}}],"KeySchema":[{{"AttributeName":"{ID}","KeyType":"HASH"}},{{"AttributeName":"{NUMBER}","KeyType":"RANGE"}}],"BillingMode":"PAY_PER_REQUEST"}}"#
    );
    signed("CreateTable", &body)
}

/// A DescribeTable of it.
pub(crate) fn describe_paged_table() -> Vec<u8> {
    signed("DescribeTable", &format!(r#"{{"TableName":"{PAGED_TABLE}"}}"#))
}

/// A PutItem of about 1,000 bytes into that table.
pub(crate) fn put_paged_item(partition: usize, number: usize) -> Vec<u8> {
    let item = paged_item(partition, number);
    signed("PutItem", &format!(r#"{{"TableName":"{PAGED_TABLE}","Item":{item}}}"#))
}

/// A Query of one partition of that table.
pub(crate) fn query(partition: usize) -> Vec<u8> {
    let id = item_id(partition);
    let body = format!(
        r#"{{"TableName":"{PAGED_TABLE}","KeyConditionExpression":"{ID} = :id","ExpressionAttributeValues":{{":id":{{"S":"{id}"}}}}}}"#
    );
    signed("Query", &body)
}

/// A Scan of the first page of that table.
pub(crate) fn scan() -> Vec<u8> {
    signed("Scan", &format!(r#"{{"TableName":"{PAGED_TABLE}"}}"#))
}

/// The same that answers only how many items there are.
pub(crate) fn counting_scan() -> Vec<u8> {
    signed("Scan", &format!(r#"{{"TableName":"{PAGED_TABLE}","Select":"COUNT"}}"#))
}

/// The body that answers a page of so many items.
pub(crate) fn page_answer(items: usize) -> String {
    let list: Vec<String> = (0..items).map(|number| paged_item(0, number)).collect();
    let list = list.join(",");
    format!(r#"{{"Items":[{list}],"Count":{items},"ScannedCount":{items}}}"#)
}

fn paged_item(partition: usize, number: usize) -> String {
    let (id, data) = (item_id(partition), filling());
    format!(r#"{{"{DATA}":{{"S":"{data}"}},"{ID}":{{"S":"{id}"}},"{NUMBER}":{{"N":"{number}"}}}}"#)
}

fn item(number: usize) -> String {
    item_of(number, &filling())
}

fn item_of(number: usize, filling: &str) -> String {
    format!(r#"{{"{DATA}":{{"S":"{filling}"}},"{ID}":{{"S":"{}"}}}}"#, item_id(number))
}

fn signed(operation: &str, body: &str) -> Vec<u8> {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers =
        [("host", HOST), ("content-type", "application/x-amz-json-1.0"), ("x-amz-target", &target)];
    let identity = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "bench").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(UNIX_EPOCH + Duration::from_millis(Clock::system().unix_ms()))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let signable = SignableRequest::new(
        "POST",
        "http://localhost:8000/",
        headers.into_iter(),
        SignableBody::Bytes(body.as_bytes()),
    )
    .expect("a request that can be signed");
    let (signature, _) = sign(signable, &params).expect("nothing else is needed").into_parts();
    let length = body.len().to_string();
    let mut request = b"POST / HTTP/1.1\r\n".to_vec();
    let unsigned = UNSIGNED_HEADERS.into_iter().chain([("content-length", length.as_str())]);
    for (name, value) in headers.into_iter().chain(unsigned).chain(signature.headers()) {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body.as_bytes());
    request
}

/// Whose signatures these are.
pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
/// The secret that goes with it.
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const HOST: &str = "localhost:8000";
pub(crate) const TABLE: &str = "bench";
const PAGED_TABLE: &str = "paged";
const NUMBER: &str = "number";
const UNSIGNED_HEADERS: [(&str, &str); 4] = [
    (
        "user-agent",
        "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.12.0 md/arch#x86_64 lang/python#3.13.5 md/pyimpl#CPython m/Z,D,b cfg/retry-mode#standard Botocore/1.40.61",
    ),
    ("amz-sdk-invocation-id", "6c2f7a1e-0b8d-4b52-9d5b-1c9e1f0a7d34"),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("accept-encoding", "identity"),
];
