//! Bytes that no SDK sends: each gets its error, and the connection lives on where it can.

use serde_json::json;

use crate::support::{Connection, Db, Launch, Response, Server, scratch};

#[test]
fn malformed_bodies_are_serialization_errors_and_the_connection_lives_on() {
    let (_data, server) = server();
    let mut db = server.db();
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"}",
        b"nonsense",
        b"[1,2]",
        b"\"text\"",
        b"null",
        b"{\"TableName\":\"users\",}",
        b"{\"TableName\":\"us\xFFers\"}",
        b"{\"TableName\":\"users\",\"TableName\":\"users\"}",
        b"{\"TableName\":\"users\"} trailing",
        b"{\"TableName\":\"\\uD800\"}",
    ];

    for body in bodies {
        let answer = db.call_raw("DescribeTable", body);

        let refusal = answer.refusal();
        assert_eq!(refusal.status, 400, "{}", String::from_utf8_lossy(body));
        let allowed = ["SerializationException", "ValidationException"];
        assert!(allowed.contains(&refusal.code.as_str()), "{body:?}: {refusal:?}");
        assert_alive(&mut db);
    }
}

#[test]
fn a_body_that_is_no_json_has_no_message() {
    let (_data, server) = server();
    let mut db = server.db();

    for body in [&b""[..], b"{", b"nonsense"] {
        let answer = db.call_raw("GetItem", body);

        assert_eq!(answer.refusal().code, "SerializationException");
        let members: Vec<_> = answer.body.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["__type"]);
    }
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    let (_data, server) = server();
    let mut db = server.db();

    for depth in [100, 10_000, 1_000_000] {
        let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(db.call_raw("PutItem", lists.as_bytes()).refusal().status, 400);
        let item = format!(
            "{{\"TableName\":\"users\",\"Item\":{{\"id\":{}{{\"S\":\"x\"}}{}}}}}",
            "{\"L\":[".repeat(depth),
            "]}".repeat(depth)
        );
        assert_eq!(db.call_raw("PutItem", item.as_bytes()).refusal().status, 400);
        assert_alive(&mut db);
    }
}

#[test]
fn numbers_of_monstrous_size_are_refused_at_once() {
    let (_data, server) = server();
    let mut db = server.db();

    for number in ["1E+999999999", "1E-999999999", "1E99999999999999999999", &"9".repeat(100_000)] {
        let item = json!({"id": {"S": "7"}, "n": {"N": number}});
        let answer = db.call("PutItem", &json!({"TableName": "users", "Item": item}));

        assert_eq!(answer.refusal().code, "ValidationException");
        assert_alive(&mut db);
    }
}

#[test]
fn an_operation_that_is_not_there_is_named_as_unknown() {
    let (_data, server) = server();
    let mut db = server.db();

    for operation in ["CreateBucket", "Nonsense", ""] {
        let refusal = db.call(operation, &json!({})).refusal();

        assert_eq!((refusal.status, refusal.code.as_str()), (400, "UnknownOperationException"));
        assert_alive(&mut db);
    }
}

#[test]
fn a_missing_or_foreign_target_is_an_unknown_operation() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");

    for target in ["", "X-Amz-Target: DynamoDB_20111205.ListTables\r\n", "X-Amz-Target: x\r\n"] {
        let answer = post(
            &mut connection,
            &format!("Content-Type: application/x-amz-json-1.0\r\n{target}Content-Length: 2\r\n"),
            b"{}",
        );

        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains("UnknownOperationException"), "{}", answer.text());
    }
}

#[test]
fn other_methods_and_content_types_get_the_short_xml_answer() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");
    let target = "X-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n";

    let html = post(&mut connection, &format!("Content-Type: text/html\r\n{target}"), b"{}");
    assert_short_xml(&html);
    let none = post(&mut connection, target, b"{}");
    assert_short_xml(&none);
    connection
        .send(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        .expect("the connection lives on");
    assert_short_xml(&connection.receive().expect("an answer"));
}

#[test]
fn a_get_of_the_root_says_healthy() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");

    let answer = connection.get("/").expect("an answer");

    assert_eq!(answer.status, 200);
    assert!(answer.text().starts_with("healthy"), "{}", answer.text());
}

#[test]
fn a_body_over_the_limit_is_413_before_it_is_sent() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");

    connection
        .send(operation_head("PutItem", "Content-Length: 20000000\r\n").as_bytes())
        .expect("the head fits");

    let answer = connection.receive().expect("an answer");
    assert_eq!((answer.status, answer.body.len()), (413, 0));
    assert_alive(&mut server.db());
}

#[test]
fn a_body_over_the_limit_in_chunks_is_413() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();

    connection
        .send(operation_head("PutItem", "Transfer-Encoding: chunked\r\n").as_bytes())
        .expect("the head fits");
    // The server may answer and close before everything is sent.
    let sent = (0..18).take_while(|_| connection.send(&chunk).is_ok()).count();

    if let Ok(answer) = connection.receive() {
        assert_eq!((answer.status, answer.body.len()), (413, 0), "after {sent} chunks");
    }
    assert_alive(&mut server.db());
}

#[test]
fn a_body_in_chunks_is_read() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");

    connection
        .send(operation_head("ListTables", "Transfer-Encoding: chunked\r\n").as_bytes())
        .expect("it is up");
    connection.send(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n").expect("it is up");

    let answer = connection.receive().expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, "{\"TableNames\":[\"users\"]}"));
}

#[test]
fn broken_framing_is_refused_and_other_connections_go_on() {
    let (_data, server) = server();
    let heads = [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: -2\r\n",
        "Content-Length: 2 \r\n 2\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Bad Header: 1\r\nContent-Length: 2\r\n",
    ];

    for head in heads {
        let mut connection = Connection::open(server.http()).expect("it is up");
        let request = format!("{}{{}}", operation_head("ListTables", head));
        connection.send(request.as_bytes()).expect("it fits");

        // Either an error or the end; never somebody else's answer.
        if let Ok(answer) = connection.receive() {
            let is_refused = (400..500).contains(&answer.status) || answer.status == 501;
            let is_clean = answer.text() == "{\"TableNames\":[\"users\"]}";
            assert!(is_refused || is_clean, "{head:?}: {} {}", answer.status, answer.text());
        }
        assert_alive(&mut server.db());
    }
}

#[test]
fn headers_beyond_the_limits_are_refused_and_other_connections_go_on() {
    let (_data, server) = server();
    let many: String =
        (0..200).fold(String::new(), |all, n| all + &format!("X-Filling-{n}: x\r\n"));
    let large = format!("X-Filling: {}\r\n", "x".repeat(100_000));

    for filling in [many, large] {
        let mut connection = Connection::open(server.http()).expect("it is up");
        let head = operation_head("ListTables", &format!("{filling}Content-Length: 2\r\n"));
        // The server may close before everything is sent.
        let _ = connection.send(format!("{head}{{}}").as_bytes());

        if let Ok(answer) = connection.receive() {
            assert!((400..500).contains(&answer.status), "{}", answer.status);
        }
        assert_alive(&mut server.db());
    }
}

#[test]
fn a_foreign_host_from_a_browser_is_refused() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");
    let request = "POST / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\
                   Content-Type: application/x-amz-json-1.0\r\n\
                   X-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n\r\n{}";

    connection.send(request.as_bytes()).expect("it is up");

    let answer = connection.receive().expect("an answer");
    assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text());
    assert!(!answer.text().contains("users"), "{}", answer.text());
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.http()).expect("it is up");
    let list = format!("{}{{}}", operation_head("ListTables", "Content-Length: 2\r\n"));
    let bad = format!("{}{{]", operation_head("ListTables", "Content-Length: 2\r\n"));

    connection.send(format!("{list}{bad}{list}").as_bytes()).expect("it is up");

    let statuses = [(); 3].map(|()| connection.receive().expect("an answer").status);
    assert_eq!(statuses, [200, 400, 200]);
}

/// A server with one table.
fn server() -> (tempfile::TempDir, Server) {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    server.db().create_table("users");
    (data, server)
}

/// The connection answers a good request.
#[track_caller]
fn assert_alive(db: &mut Db) {
    assert_eq!(db.call("ListTables", &json!({})).ok(), json!({"TableNames": ["users"]}));
}

#[track_caller]
fn assert_short_xml(answer: &Response) {
    assert_eq!((answer.status, answer.text().as_str()), (404, "<UnknownOperationException/>\n"));
    assert_eq!(answer.header("x-amz-crc32"), Some("3552371480"));
}

fn post(connection: &mut Connection, headers: &str, body: &[u8]) -> Response {
    let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    connection.send(&[head.as_bytes(), body].concat()).expect("the connection lives on");
    connection.receive().expect("an answer")
}

fn operation_head(operation: &str, headers: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.{operation}\r\n{headers}\r\n"
    )
}
