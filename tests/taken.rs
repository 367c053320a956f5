//! Requests that are taken ahead of hyper: the same answers as by hyper, however the bytes come.
//!
//! Not here: who is asked (`src/server/connection/tests.rs`); what an answer says
//! (`tests/api/`).
#![cfg(not(feature = "shuttle"))]

mod support;

use std::collections::VecDeque;

use serde_json::{Value, json};
use support::{Connection, Launch, Response, Rng, Server, scratch, seed};

/// A server with a table whose items and page are in the caches, and what was asked of it.
struct World {
    server: Server,
    _data: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let data = scratch();
        let server = Launch::on(data.path()).start();
        let mut db = server.db();
        db.create_table_with(&json!({
            "TableName": "orders",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "line", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "line", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }));
        for (line, text) in
            [(1, "one".to_owned()), (2, "é".repeat(1_000)), (3, "x".repeat(200_000))]
        {
            db.put(
                "orders",
                &json!({"id": {"S": "7"}, "line": {"N": line.to_string()}, "text": {"S": text}}),
            );
        }
        for _ in 0..3 {
            for (operation, body) in reads() {
                db.call_raw(operation, body.as_bytes());
            }
        }
        Self { server, _data: data }
    }

    fn connect(&self) -> Connection {
        Connection::open(self.server.http()).expect("it is up")
    }
}

/// Reads that are hits, and reads that are refused or miss.
fn reads() -> Vec<(&'static str, String)> {
    let key = |line: &str| json!({"id": {"S": "7"}, "line": {"N": line}});
    let get = |line: &str| json!({"TableName": "orders", "Key": key(line)});
    let with = |member: &str, value: Value| {
        let mut get = get("1");
        get[member] = value;
        get
    };
    let query = json!({
        "TableName": "orders",
        "KeyConditionExpression": "id = :id AND line < :line",
        "ExpressionAttributeValues": {":id": {"S": "7"}, ":line": {"N": "3"}},
    });
    let gets = [
        get("1"),
        get("2"),
        get("3"),
        get("1.0e0"),
        get("4"),
        get("one"),
        with("ConsistentRead", json!(true)),
        with("ReturnConsumedCapacity", json!("TOTAL")),
        with("ProjectionExpression", json!("id")),
        with("ProjectionExpression", json!("")),
        with("TableName", json!("nothing")),
        with("Key", json!({"id": {"S": "7"}})),
    ];
    let mut reads: Vec<_> = gets.iter().map(|get| ("GetItem", get.to_string())).collect();
    reads.push(("Query", query.to_string()));
    reads.push(("GetItem", "{".to_owned()));
    reads.push(("NoSuchOperation", "{}".to_owned()));
    reads
}

fn index(rng: &mut Rng, length: usize) -> usize {
    usize::try_from(rng.below(length as u64)).expect("less than a length")
}

/// What a client compares: all but what differs from answer to answer.
fn compared(response: Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let Response { status, mut headers, body } = response;
    headers.retain(|(name, _)| !["x-amzn-requestid", "date"].contains(&name.as_str()));
    (status, headers, body)
}

#[test]
fn an_answer_ahead_of_hyper_is_hypers_answer() {
    let world = World::new();
    let (mut ahead, mut by_hyper) = (world.connect(), world.connect());

    for (operation, body) in reads() {
        let ask = |connection: &mut Connection, headers: &str| {
            connection.send_operation_with(headers, operation, body.as_bytes()).expect("it is up");
            connection.receive().expect("an answer")
        };
        for more in [
            "",
            "X-Hearth-Cache: explain\r\n",
            "X-Hearth-Cache: 1\r\n",
            "Accept-Encoding: identity\r\n",
            "Accept-Encoding: deflate, gzip\r\nX-Hearth-Cache: explain\r\n",
        ] {
            let first = ask(&mut ahead, more);
            // A header with which a request is not taken, and that changes nothing.
            let second = ask(&mut by_hyper, &format!("Origin: http://localhost\r\n{more}"));

            assert_eq!(first.header("date").map(str::len), second.header("date").map(str::len));
            assert_eq!(compared(first), compared(second), "{operation} {body} {more}");
        }
    }
}

#[test]
fn names_of_headers_may_be_in_any_case() {
    let world = World::new();
    let mut connection = world.connect();
    let (operation, body) = &reads()[0];
    connection.send_operation(operation, body.as_bytes()).expect("it is up");
    let expected = compared(connection.receive().expect("an answer"));

    for change in [str::to_ascii_lowercase, str::to_ascii_uppercase] {
        let headers = [
            ("Host", "localhost".to_owned()),
            ("Content-Type", "application/x-amz-json-1.0".to_owned()),
            ("X-Amz-Target", format!("DynamoDB_20120810.{operation}")),
            ("Content-Length", body.len().to_string()),
        ];
        let lines = headers.map(|(name, value)| format!("{}: {value}\r\n", change(name))).concat();
        let request = format!("POST / HTTP/1.1\r\n{lines}\r\n{body}");
        connection.send(request.as_bytes()).expect("it is up");

        assert_eq!(compared(connection.receive().expect("an answer")), expected);
    }
}

#[test]
fn however_the_bytes_come_the_answers_are_the_same() {
    let world = World::new();
    let (requests, seed) = (requests(), seed());
    let mut one_by_one = world.connect();
    let expected: Vec<_> = requests
        .iter()
        .map(|request| {
            one_by_one.send(request).expect("it is up");
            compared(one_by_one.receive().expect("an answer"))
        })
        .collect();

    for round in 0..ROUNDS {
        let mut rng = Rng::new(seed, round);
        let mut connection = world.connect();
        let (mut unsent, mut unanswered) = (Vec::new(), VecDeque::new());
        let check = |connection: &mut Connection, request: usize| {
            let answer = compared(connection.receive().expect("an answer"));
            assert!(answer == expected[request], "round {round} of seed {seed}: {answer:?}");
        };
        for _ in 0..REQUESTS {
            let request = index(&mut rng, requests.len());
            unsent.extend_from_slice(&requests[request]);
            unanswered.push_back(request);
            // In one piece with what comes next, cut anywhere, or as it is and answered at once.
            let sent = match rng.below(4) {
                0 => 0,
                1 => index(&mut rng, unsent.len()),
                _ => unsent.len(),
            };
            connection.send(&unsent[..sent]).expect("it is up");
            unsent.drain(..sent);
            while unsent.is_empty()
                && let Some(request) = unanswered.pop_front()
            {
                check(&mut connection, request);
            }
        }
        connection.send(&unsent).expect("it is up");
        for request in unanswered {
            check(&mut connection, request);
        }
    }
}

/// The reads as SDKs send them, some in chunks, and a write that changes nothing, long enough to
/// come in several pieces.
fn requests() -> Vec<Vec<u8>> {
    let head = |operation: &str, how: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: DynamoDB_20120810.{operation}\r\n{how}\r\n\r\n"
        )
    };
    let mut requests = Vec::new();
    for (operation, body) in reads() {
        let whole = head(operation, &format!("Content-Length: {}", body.len())) + &body;
        requests.push(whole.into_bytes());
        let chunked = head(operation, "Transfer-Encoding: chunked");
        let chunked = format!("{chunked}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        requests.push(chunked.into_bytes());
    }
    let item = json!({"id": {"S": "8"}, "line": {"N": "1"}, "text": {"S": "y".repeat(150_000)}});
    let put = json!({"TableName": "orders", "Item": item}).to_string();
    let put = head("PutItem", &format!("Content-Length: {}", put.len())) + &put;
    requests.push(put.into_bytes());
    requests
}

const ROUNDS: u64 = 60;
const REQUESTS: usize = 30;
