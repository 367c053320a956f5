//! The admin port: health, readiness and metrics.

use serde_json::json;

use crate::support::{Connection, Launch, Scrape, Server, scratch};

#[test]
fn a_running_server_is_healthy_and_ready() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.admin()).expect("it is up");

    for path in ["/healthz", "/readyz"] {
        assert_eq!(connection.get(path).expect("an answer").status, 200, "{path}");
    }
    assert_eq!(connection.get("/nowhere").expect("an answer").status, 404);
}

#[test]
fn a_hit_a_miss_and_a_remembered_absence_are_counted() {
    let (_data, server) = server();
    let mut db = server.db();
    db.create_table("users");
    db.put("users", &json!({"id": {"S": "7"}}));

    for _ in 0..3 {
        db.get("users", &json!({"id": {"S": "7"}}));
        db.get("users", &json!({"id": {"S": "nobody"}}));
    }

    let metrics = Scrape::of(server.admin());
    let cache = |result| {
        let labels = [("cache", "item"), ("table", "users"), ("result", result)];
        metrics.sum("hearth_cache_requests_total", &labels)
    };
    // The put leaves its image in the cache, so only the absence is read from the engine, once.
    assert_eq!((cache("hit"), cache("absent_hit"), cache("miss")), (3, 2, 1));
    let requests = |operation| {
        let labels = [("operation", operation), ("table", "users"), ("outcome", "ok")];
        metrics.sum("hearth_requests_total", &labels)
    };
    assert_eq!((requests("GetItem"), requests("PutItem")), (6, 1));
}

#[test]
fn no_key_or_value_is_in_the_metrics_or_the_log() {
    let (_data, server) = server();
    let mut db = server.db();
    db.create_table("users");
    db.put("users", &json!({"id": {"S": "key-of-ada"}, "v": {"S": "value-of-ada"}}));
    db.get("users", &json!({"id": {"S": "key-of-ada"}}));
    db.call("GetItem", &json!({"TableName": "users", "Key": {"key-of-ada": {"S": "x"}}}));

    let mut connection = Connection::open(server.admin()).expect("it is up");
    let page = connection.get("/metrics").expect("an answer").text();

    for secret in ["key-of-ada", "value-of-ada"] {
        assert!(!page.contains(secret), "{secret} is in the metrics");
        assert!(!server.stderr().contains(secret), "{secret} is in the log");
    }
}

#[test]
fn the_admin_port_answers_only_to_its_own_name() {
    let (_data, server) = server();
    let mut connection = Connection::open(server.admin()).expect("it is up");

    connection.send(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n").expect("it is up");

    let answer = connection.receive().expect("an answer");
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

fn server() -> (tempfile::TempDir, Server) {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    (data, server)
}
