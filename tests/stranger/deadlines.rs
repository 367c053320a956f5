//! Clients that come slowly, stay idle or come in crowds: cut at their deadlines, and others go on.

use std::time::Duration;

use super::support::{Connection, Launch, Scrape, Server, Stopwatch, scratch, wait_until};

#[test]
fn a_connection_that_never_asks_is_cut() {
    let (_data, server) = server(&[("HEARTH__LIMITS__IDLE_TIMEOUT_MS", "200")]);

    let mut idle = open(&server);

    assert_cut(&mut idle);
    assert_alive(&server);
}

#[test]
fn headers_that_do_not_end_are_cut() {
    let (_data, server) = server(&[("HEARTH__LIMITS__HEADER_TIMEOUT_MS", "200")]);

    let mut slow = open(&server);
    slow.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Am").expect("it is up");

    assert_cut(&mut slow);
    assert_alive(&server);
}

#[test]
fn a_body_that_does_not_keep_up_is_cut() {
    let (_data, server) = server(&[
        ("HEARTH__LIMITS__BODY_GRACE_MS", "100"),
        ("HEARTH__LIMITS__BODY_BYTES_PER_S_MIN", "1000000"),
    ]);

    let mut slow = open(&server);
    slow.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        .expect("it is up");

    assert_cut(&mut slow);
    assert_alive(&server);
}

#[test]
fn an_answer_that_nobody_reads_is_cut() {
    let (_data, server) = server(&[("HEARTH__LIMITS__WRITE_STALL_TIMEOUT_MS", "200")]);
    let mut db = server.db();
    db.create_table("large");
    let item = serde_json::json!({"id": {"S": "a"}, "v": {"S": "x".repeat(390_000)}});
    db.put("large", &item);

    // More answers than the sockets' buffers hold, and not one of them is read.
    let mut deaf = open(&server);
    let body = br#"{"TableName":"large","Key":{"id":{"S":"a"}}}"#;
    for _ in 0..200 {
        if deaf.send_operation("GetItem", body).is_err() {
            break;
        }
    }

    let connections = || Scrape::of(server.admin()).sum("hearth_connections", &[]);
    // What is left: this client, and the scrape itself.
    let watch = Stopwatch::start();
    wait_until("the deaf connection to be cut", || (connections() <= 2).then_some(()));
    assert!(watch.elapsed() < SOON, "it is cut by another deadline");
    assert_alive(&server);
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once_and_counted() {
    let (_data, server) = server(&[("HEARTH__LIMITS__CONNECTIONS_MAX", "2")]);
    let mut first = server.db();
    let mut second = server.db();
    first.create_table("one");

    let mut third = open(&server);
    assert_cut(&mut third);

    assert_eq!(second.call("ListTables", &serde_json::json!({})).ok()["TableNames"][0], "one");
    drop(first);
    wait_until("a place to be free", || {
        let mut db = server.db();
        db.try_call("ListTables", &serde_json::json!({})).ok().map(drop)
    });
    assert!(Scrape::of(server.admin()).sum("hearth_connections_refused_total", &[]) >= 1);
}

fn server(environment: &[(&str, &str)]) -> (tempfile::TempDir, Server) {
    let directory = scratch();
    let launch = Launch::on(&directory.path().join("data"));
    let launch = environment.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
    let server = launch.start();
    (directory, server)
}

fn open(server: &Server) -> Connection {
    Connection::open(server.http()).expect("it is up")
}

fn assert_cut(connection: &mut Connection) {
    connection.answer_within(SOON).expect("a deadline can be set");
    assert!(connection.is_closed_by_peer(), "it is cut without an answer");
}

fn assert_alive(server: &Server) {
    assert!(server.db().call("ListTables", &serde_json::json!({})).ok().is_object());
}

/// Far more than a busy machine needs, and less than the deadlines that hold where none is set.
const SOON: Duration = Duration::from_secs(20);
