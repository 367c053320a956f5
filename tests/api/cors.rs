//! Requests of web pages: what browsers ask before them, and what pages may see of the answers.

use super::Api;
use super::signatures::guarded;
use super::support::{Launch, Response, Server, scratch};

#[test]
fn a_page_of_the_configuration_may_use_the_api() {
    let data = scratch();
    let server = Launch::on(data.path())
        .env("HEARTH__SERVER__CORS_ORIGINS", "http://localhost:3000,https://app.example")
        .start();

    let asked = preflight(&server, "https://app.example");
    let listed = list(&server, "https://app.example");

    assert_eq!((asked.status, asked.body.len()), (200, 0));
    assert_eq!(asked.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(asked.header("access-control-allow-methods"), Some("POST, GET"));
    assert_eq!(asked.header("access-control-allow-headers"), Some("*, authorization"));
    assert_eq!(asked.header("access-control-max-age"), Some("172800"));
    assert_eq!((listed.status, listed.text().as_str()), (200, "{\"TableNames\":[]}"));
    assert_eq!(listed.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(listed.header("vary"), Some("origin"));
    let shown = listed.header("access-control-expose-headers").expect("headers are shown");
    assert!(shown.contains("x-amzn-requestid"), "{shown}");
    // Of what is sent, not of what a script sees of it.
    assert!(!shown.contains("crc32"), "{shown}");
}

#[test]
fn any_other_page_is_told_nothing() {
    let data = scratch();
    let listed =
        Launch::on(data.path()).env("HEARTH__SERVER__CORS_ORIGINS", "https://app.example").start();
    let (nobody, data) = (Api::empty(), scratch());
    let everybody = Launch::on(data.path()).env("HEARTH__SERVER__CORS_ORIGINS", "*").start();
    let nobody = nobody.server.as_ref().expect("it was started");

    for (server, admits) in [(&listed, None), (nobody, None), (&everybody, Some("*"))] {
        let asked = preflight(server, "http://evil.example");
        let answered = list(server, "http://evil.example");

        assert_eq!(asked.status, 200);
        assert_eq!(asked.header("access-control-allow-origin"), admits);
        assert_eq!(asked.header("access-control-allow-headers").is_some(), admits.is_some());
        assert_eq!(answered.header("access-control-allow-origin"), admits);
    }
}

#[test]
fn a_page_sees_refusals_too() {
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__SERVER__CORS_ORIGINS", "*").start();

    let refused = send(
        &server,
        "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example\r\n\
         Content-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Length: 2\r\n\r\n{}",
    );

    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn a_page_that_reached_the_port_by_another_name_is_refused_whoever_may() {
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__SERVER__CORS_ORIGINS", "*").start();

    let refused = send(
        &server,
        "OPTIONS / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\
         Access-Control-Request-Method: POST\r\n\r\n",
    );

    assert_eq!(refused.status, 403);
}

#[test]
fn with_credentials_every_page_may_since_it_must_sign() {
    let (_data, server) = guarded();

    let asked = preflight(&server, "https://app.example");

    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
}

fn preflight(server: &Server, origin: &str) -> Response {
    send(
        server,
        &format!(
            "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: authorization,content-type,x-amz-target\r\n\r\n"
        ),
    )
}

fn list(server: &Server, origin: &str) -> Response {
    let mut db = server.db();
    let connection = db.connection();
    connection
        .send_operation_with(&format!("Origin: {origin}\r\n"), "ListTables", b"{}")
        .expect("it is up");
    connection.receive().expect("an answer")
}

fn send(server: &Server, request: &str) -> Response {
    let mut db = server.db();
    let connection = db.connection();
    connection.send(request.as_bytes()).expect("it is up");
    connection.receive().expect("an answer")
}
