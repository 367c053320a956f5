//! What surrounds every operation: content types, compression, request ids.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;

use super::Api;
use super::support::{Answer, Response};

#[test]
fn the_answer_mirrors_the_content_type() {
    let mut api = Api::empty();

    for content_type in ["application/x-amz-json-1.0", "application/json"] {
        let answer = send(&mut api, &format!("Content-Type: {content_type}\r\n"), b"{}");

        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn other_content_types_are_not_found() {
    let mut api = Api::empty();

    for content_type in ["Content-Type: text/plain\r\n", "Content-Type: application/x\r\n", ""] {
        let answer = send(&mut api, content_type, b"{}");

        assert_eq!(answer.status, 404, "{content_type}");
        assert_eq!(answer.text(), "<UnknownOperationException/>\n", "{content_type}");
        assert_eq!(answer.header("x-amz-crc32"), Some("3552371480"), "{content_type}");
    }
    let with_more = "Content-Type: application/x-amz-json-1.0; charset=utf-8\r\n";
    assert_eq!(send(&mut api, with_more, b"{}").status, 200);
}

#[test]
fn other_targets_are_unknown_operations() {
    let mut api = Api::empty();

    for target in [
        "",
        "ListTables",
        "DynamoDB_20120810",
        "DynamoDB_20120810.",
        "DynamoDB_20120810.listTables",
        "DynamoDB_20120810.ListTables.",
        "DynamoDB_20111205.ListTables",
        "DynamoDBStreams_20120810.ListTables",
        "DynamoDB_20120810.ListStreams",
        "DynamoDB_20120810.CreateBucket",
    ] {
        let connection = api.db.connection();
        connection.send_target("", target, b"{}").expect("the connection lives on");
        let answer = connection.receive().expect("an answer");

        let refusal = Answer::of(&answer).expect("errors are JSON").refusal();
        let told = (refusal.status, refusal.code.as_str(), refusal.message.as_str());
        assert_eq!(told, (400, "UnknownOperationException", ""), "{target:?}");
    }
}

#[test]
fn every_answer_has_a_request_id_of_its_own_and_a_date() {
    let mut api = Api::empty();

    let answers = [(); 3].map(|()| send(&mut api, JSON, b"{}"));

    let mut ids: Vec<_> =
        answers.iter().map(|answer| answer.header("x-amzn-requestid").expect("an id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert!(answers.iter().all(|answer| answer.header("date").is_some()));
}

#[test]
fn compressed_bodies_are_read() {
    let mut api = Api::with_users();
    let (gzip, deflate) = (gzip(b"{\"Limit\":1}"), deflate(b"{}"));

    for (encoding, body) in [("gzip", gzip), ("deflate", deflate)] {
        let answer = send(&mut api, &format!("{JSON}Content-Encoding: {encoding}\r\n"), &body);

        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "{\"TableNames\":[\"users\"]}"),
            "{encoding}"
        );
    }
}

#[test]
fn a_small_body_that_inflates_beyond_the_limit_is_413() {
    let mut api = Api::empty();
    let bomb = gzip(&vec![b' '; 64 << 20]);

    let answer = send(&mut api, &format!("{JSON}Content-Encoding: gzip\r\n"), &bomb);

    assert_eq!((answer.status, answer.body.len()), (413, 0));
}

#[test]
fn a_broken_or_unknown_compression_is_refused() {
    let mut api = Api::empty();
    let truncated = &gzip(b"{\"Limit\":1}")[..20];

    for (encoding, body) in [("gzip", truncated), ("gzip", b"{}"), ("br", b"{}")] {
        let answer = send(&mut api, &format!("{JSON}Content-Encoding: {encoding}\r\n"), body);

        let refusal = Answer::of(&answer).expect("errors are JSON").refusal();
        assert_eq!(refusal.status, 400, "{encoding}: {refusal:?}");
    }
}

#[test]
fn long_answers_are_compressed_for_clients_that_take_gzip() {
    let mut api = Api::with_users();
    let key = |id: &str| format!(r#"{{"TableName":"users","Key":{{"id":{{"S":"{id}"}}}}}}"#);
    for (id, chars) in [("long", 5_000), ("longer", 200_000), ("short", 3_000)] {
        api.put_user(&json!({"id": {"S": id}, "text": {"S": "x".repeat(chars)}})).ok();
    }

    // The second time it is a hit.
    for id in ["long", "long", "longer", "longer"] {
        let plain = get(&mut api, "Accept-Encoding: identity\r\n", &key(id));
        let packed = get(&mut api, "Accept-Encoding: gzip, deflate\r\n", &key(id));

        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{id}");
        assert!(packed.body.len() < plain.body.len() / 10, "{id}");
        let mut inflated = Vec::new();
        GzDecoder::new(&packed.body[..]).read_to_end(&mut inflated).expect("it is gzip");
        assert_eq!(inflated, plain.body, "{id}");
        let sum = crc32fast::hash(&packed.body).to_string();
        assert_eq!(packed.header("x-amz-crc32"), Some(sum.as_str()), "{id}");
        assert_eq!(plain.header("content-encoding"), None);
    }
    let short = get(&mut api, "Accept-Encoding: gzip\r\n", &key("short"));
    assert_eq!(short.header("content-encoding"), None);
}

fn get(api: &mut Api, headers: &str, body: &str) -> Response {
    let connection = api.db.connection();
    connection
        .send_operation_with(headers, "GetItem", body.as_bytes())
        .expect("the connection lives on");
    connection.receive().expect("an answer")
}

/// Sends a `ListTables` with these headers on the client's own connection, which must live on.
fn send(api: &mut Api, headers: &str, body: &[u8]) -> Response {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n\
         {headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let connection = api.db.connection();
    connection.send(&[head.as_bytes(), body].concat()).expect("the connection lives on");
    connection.receive().expect("an answer")
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// What HTTP calls deflate has zlib's wrapping.
fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

const JSON: &str = "Content-Type: application/x-amz-json-1.0\r\n";
