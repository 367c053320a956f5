//! Control of the cache by the admin API and by `hearth cache`, and every way it is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Connection, Db, Exit, Launch, Response, Scrape, Server, scratch, wait_until};

#[test]
fn the_token_is_for_the_owner_of_the_tables_alone_and_new_at_each_start() {
    let data = scratch();
    let path = data.path().join("admin-token");

    let first = Hearth::on(&Launch::on(data.path()), &path);
    let mode = fs::metadata(&path).expect("it was made").permissions().mode();
    drop(first.server);
    let second = Hearth::on(&Launch::on(data.path()), &path);

    assert_eq!(mode & 0o7777, 0o600);
    assert!(first.token.len() >= 32 && first.token != second.token);
    assert_eq!(ask(&second.server, Some(&second.token), "GET", "/cache/stats", "").status, 200);
    assert_eq!(ask(&second.server, Some(&first.token), "GET", "/cache/stats", "").status, 401);
}

#[test]
fn the_data_directory_with_its_token_is_checked_and_repaired_as_before() {
    let data = scratch();
    let dir = data.path().join("data");
    drop(Launch::on(&dir).start());

    for command in ["check-data", "repair"] {
        let exit = Launch::with(&[command]).arg(&dir).run();
        assert!(exit.status.success(), "{exit:#?}");
    }

    Launch::on(&dir).start();
}

#[test]
fn without_the_token_nothing_is_shown_and_nothing_is_done() {
    let hearth = Hearth::new();
    let key = hearth.cached_user("7");

    for (method, path, body) in [
        ("GET", "/cache/stats", ""),
        ("POST", "/cache/get", &*one(&key)),
        ("POST", "/cache/evict", &*one(&key)),
        ("POST", "/cache/evict-partition", &*one(&key)),
        ("POST", "/cache/flush", "{}"),
        ("GET", "/cache/policy", ""),
        ("POST", "/cache/policy", r#"{"bypass": true}"#),
        ("GET", "/cache/nowhere", ""),
    ] {
        for token in [None, Some("0123456789abcdef0123456789abcdef")] {
            let answer = ask(&hearth.server, token, method, path, body);
            assert_eq!(answer.status, 401, "{path}: {}", answer.text());
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(sentence(&answer).contains("admin token"), "{}", answer.text());
        }
    }

    assert_eq!(hearth.engine_reads(|| hearth.read_user("7")), 0, "it is still cached");
}

#[test]
fn what_is_asked_for_wrongly_is_refused_in_a_sentence() {
    let hearth = Hearth::new();
    hearth.cached_user("7");

    for (method, path, body, status, says) in [
        ("GET", "/cache", "", 404, "there are GET /cache/stats, POST /cache/get, "),
        ("GET", "/cache/stat", "", 404, "there is no /cache/stat; there are GET /cache/stats"),
        ("POST", "/cache/stats", "{}", 405, "/cache/stats takes GET"),
        ("PUT", "/cache/policy", "{}", 405, "/cache/policy takes GET and POST"),
        ("POST", "/cache/get", "", 400, "the body must be {\"table\""),
        ("POST", "/cache/get", r#"{"table": "users"}"#, 400, "missing field `key`"),
        ("POST", "/cache/get", r#"{"tabel": "users"}"#, 400, "unknown field `tabel`"),
        (
            "POST",
            "/cache/evict",
            r#"{"table": "users", "key": {"id": 7}}"#,
            400,
            "the key must be DynamoDB JSON",
        ),
        (
            "POST",
            "/cache/evict",
            r#"{"table": "users", "key": {"name": {"S": "7"}}}"#,
            400,
            "this is not the key of users, which is id (S)",
        ),
        (
            "POST",
            "/cache/evict",
            r#"{"table": "nowhere", "key": {"id": {"S": "7"}}}"#,
            404,
            "there is no table nowhere",
        ),
        (
            "POST",
            "/cache/evict-partition",
            r#"{"table": "users", "index": "by-age", "key": {"id": {"S": "7"}}}"#,
            404,
            "table users has no index by-age",
        ),
        ("POST", "/cache/flush", r#"{"table": "nowhere"}"#, 404, "there is no table nowhere"),
        ("GET", "/cache/policy?table=nowhere", "", 404, "there is no table nowhere"),
        ("GET", "/cache/policy?name=users", "", 400, "?table=NAME"),
        ("POST", "/cache/policy", r#"{"ttl": 1}"#, 400, "unknown field `ttl`"),
        ("POST", "/cache/policy", r#"{"query_cache": "on"}"#, 400, "exact"),
        ("POST", "/cache/policy", r#"{"table": "nowhere", "bypass": true}"#, 404, "no table"),
    ] {
        let answer = hearth.ask(method, path, body);
        let told = sentence(&answer);
        assert_eq!(answer.status, status, "{method} {path} {body}: {told}");
        assert!(told.contains(says), "{method} {path} {body}: {told}");
    }
}

#[test]
fn a_refused_request_leaves_its_connection_usable_unless_its_body_is_too_long() {
    let hearth = Hearth::new();
    let mut connection = Connection::open(hearth.server.admin()).expect("it is up");
    let request = |body: &str| raw(Some(&hearth.token), "localhost", "POST", "/cache/flush", body);

    for _ in 0..2 {
        connection.send(&request("no JSON")).expect("it is up");
        assert_eq!(connection.receive().expect("an answer").status, 400);
    }
    let head = format!(
        "POST /cache/flush HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        (64 << 10) + 1
    );
    connection.send(head.as_bytes()).expect("it is up");
    let refused = connection.receive().expect("an answer");

    assert_eq!(refused.status, 413, "{}", refused.text());
    assert!(connection.is_closed_by_peer());
}

#[test]
fn another_host_is_refused_even_with_the_token() {
    let hearth = Hearth::new();
    let mut connection = Connection::open(hearth.server.admin()).expect("it is up");

    let request = raw(Some(&hearth.token), "evil.example", "GET", "/cache/stats", "");
    connection.send(&request).expect("it is up");

    assert_eq!(connection.receive().expect("an answer").status, 403);
}

#[test]
fn an_evicted_key_is_read_from_the_engine_again_and_no_other() {
    let hearth = Hearth::new();
    let key = hearth.cached_user("7");
    hearth.cached_user("8");

    let answer = hearth.done("POST", "/cache/evict", &one(&key));

    assert_eq!(answer, json!({"items": 1, "pages": 0}));
    assert_eq!(hearth.engine_reads(|| hearth.read_user("8")), 0);
    assert_eq!(hearth.engine_reads(|| hearth.read_user("7")), 1);
    assert_eq!(hearth.engine_reads(|| hearth.read_user("7")), 0);
    let never = one(&json!({"id": {"S": "never seen"}}));
    assert_eq!(hearth.done("POST", "/cache/evict", &never)["items"], 0);
}

#[test]
fn get_tells_what_a_read_would_find_without_being_a_read() {
    let hearth = Hearth::new();
    let key = hearth.cached_user("7");
    let get = |key: &Value| hearth.done("POST", "/cache/get", &one(key));

    let cached = get(&key);
    hearth.done("POST", "/cache/evict", &one(&key));
    let evicted = get(&key);
    hearth.db().get("users", &json!({"id": {"S": "nobody"}}));
    let absent = get(&json!({"id": {"S": "nobody"}}));

    assert_eq!(cached["cached"], "item", "{cached}");
    assert!(cached["bytes"].as_u64() > Some(0) && cached["age_ms"].is_u64(), "{cached}");
    assert_eq!(cached["left_ms"], Value::Null, "{cached}");
    assert_eq!(evicted["cached"], Value::Null, "{evicted}");
    assert_eq!(evicted["why"], "flushed", "{evicted}");
    assert_eq!(evicted["transitions"][0]["event"], "evicted", "{evicted}");
    assert_eq!(absent["cached"], "absent", "{absent}");
    let never = get(&json!({"id": {"S": "never"}}));
    assert_eq!((&never["cached"], &never["why"]), (&Value::Null, &json!("never-seen")));
}

#[test]
fn a_flushed_table_is_read_again_and_other_tables_are_not() {
    let hearth = Hearth::new();
    hearth.cached_user("7");
    hearth.db().create_table("others");
    hearth.db().put("others", &json!({"id": {"S": "1"}}));
    let read_other = || drop(hearth.db().get("others", &json!({"id": {"S": "1"}})));

    let one_table = hearth.done("POST", "/cache/flush", r#"{"table": "users"}"#);

    assert_eq!(one_table["items"], 1, "{one_table}");
    assert_eq!(hearth.engine_reads(read_other), 0);
    assert_eq!(hearth.engine_reads(|| hearth.read_user("7")), 1);
    let all = hearth.done("POST", "/cache/flush", "{}");
    assert_eq!(all["items"], 2, "{all}");
    assert_eq!(hearth.engine_reads(read_other), 1);
}

#[test]
fn the_items_of_an_evicted_partition_are_read_again_and_no_others() {
    let hearth = Hearth::new();
    hearth.orders();
    let order = |customer: &str, number: &str| {
        let key = json!({"customer": {"S": customer}, "number": {"N": number}});
        drop(hearth.db().get("orders", &key));
    };

    let body = json!({"table": "orders", "key": {"customer": {"S": "ada"}}}).to_string();
    let answer = hearth.done("POST", "/cache/evict-partition", &body);

    assert_eq!(answer["items"], 3, "{answer}");
    assert_eq!(hearth.engine_reads(|| order("eve", "1")), 0);
    assert_eq!(hearth.engine_reads(|| order("ada", "1")), 1);
    assert_eq!(hearth.engine_reads(|| order("ada", "3")), 1);
}

#[test]
fn cached_queries_of_an_evicted_partition_are_read_again_and_no_others() {
    let hearth = Hearth::new();
    hearth.orders();
    for customer in ["ada", "eve"] {
        hearth.query(customer);
        assert_eq!(hearth.query(customer), "hit");
    }

    let body = json!({"table": "orders", "key": {"customer": {"S": "ada"}}}).to_string();
    hearth.done("POST", "/cache/evict-partition", &body);

    assert_eq!(hearth.query("eve"), "hit");
    assert!(hearth.query("ada").starts_with("miss"));
    assert_eq!(hearth.query("ada"), "hit");
}

#[test]
fn a_policy_holds_from_its_request_until_the_next_reload() {
    let hearth = Hearth::new();
    hearth.cached_user("7");
    let of_users = || hearth.done("GET", "/cache/policy?table=users", "")["tables"][0].clone();
    let before = of_users();

    let answer = hearth.done("POST", "/cache/policy", r#"{"table": "users", "bypass": true}"#);

    assert_eq!(answer["tables"][0]["bypass"], true, "{answer}");
    assert_eq!(of_users()["bypass"], true);
    assert_eq!(of_users()["item_ttl_ms"], before["item_ttl_ms"], "what was not named stays");
    assert_eq!(hearth.look_ups("bypass", || hearth.read_user("7")), 1);
    hearth.server.signal("HUP");
    wait_until("the reload to take the policy back", || (of_users() == before).then_some(()));
    hearth.read_user("7");
    assert_eq!(hearth.look_ups("hit", || hearth.read_user("7")), 1);
}

#[test]
fn stats_tell_entries_and_look_ups() {
    let hearth = Hearth::new();
    hearth.cached_user("7");
    hearth.read_user("7");

    let stats = hearth.done("GET", "/cache/stats", "");

    let caches = stats["caches"].as_array().expect("a list");
    let items = caches.iter().find(|cache| cache["cache"] == "item").expect("of items");
    assert_eq!(items["entries"], 1, "{stats}");
    assert!(items["bytes"].as_u64() > Some(0), "{stats}");
    assert_eq!(items["bytes_max"], 256 << 20, "{stats}");
    let users = &stats["tables"][0];
    assert_eq!(users["table"], "users", "{stats}");
    assert_eq!((&users["items"]["hit"], &users["items"]["hit_ratio"]), (&json!(1), &json!(1.0)));
}

// Seen: an idle page cache was shown as it had been at its last upkeep, which a scrape did not do.
// Now: a scrape and the stats count alike.
#[test]
fn a_page_that_was_just_kept_is_counted_by_metrics_and_stats_alike() {
    let hearth = Hearth::new();
    hearth.orders();
    hearth.query("ada");

    let of_metrics =
        Scrape::of(hearth.server.admin()).sum("hearth_cache_entries", &[("cache", "query")]);
    let stats = hearth.done("GET", "/cache/stats", "");

    assert_eq!((of_metrics, &stats["caches"][1]["entries"]), (1, &json!(1)), "{stats}");
}

#[test]
fn a_configured_token_takes_the_place_of_a_made_one() {
    let dir = scratch();
    let path = dir.path().join("token");
    fs::write(&path, "an-operators-own-token\n").expect("the directory is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let data = dir.path().join("data");
    let launch = Launch::on(&data)
        .env("HEARTH__AUTH__ADMIN_TOKEN", path.to_str().expect("temporary names are plain"));

    let exposed = launch.run();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let hearth = Hearth::on(&launch, &path);

    assert_eq!(exposed.status.code(), Some(2), "{exposed:#?}");
    assert!(exposed.stderr.contains("0640") && exposed.stderr.contains("0600"), "{exposed:#?}");
    hearth.done("GET", "/cache/stats", "");
    assert!(!data.join("admin-token").exists());
    let exit = hearth.command(&["stats"]);
    assert!(exit.status.success(), "{exit:#?}");
}

#[test]
fn tables_in_memory_alone_have_no_token_unless_one_is_configured() {
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__STORAGE__ENGINE", "memory").start();

    let answer = ask(&server, Some("0123456789abcdef"), "GET", "/cache/stats", "");

    assert_eq!(answer.status, 403, "{}", answer.text());
    assert!(sentence(&answer).contains("auth.admin_token"), "{}", answer.text());
}

#[test]
fn every_command_answers_people_and_programs() {
    let hearth = Hearth::new();
    hearth.cached_user("7");
    let key = r#"{"id":{"S":"7"}}"#;

    let cases: [(&[&str], &str); 10] = [
        (&["stats"], "users"),
        (&["get", "users", key], "cached: an item"),
        (&["evict", "users", key], "dropped 1 cached item"),
        (&["get", "users", key], "not cached: flushed"),
        (&["evict-partition", "users", key], "dropped 0 cached items"),
        (&["flush", "users"], "dropped 0 cached items"),
        (&["flush"], "dropped 0 cached items"),
        (&["policy"], "query cache"),
        (&["policy", "users", "--item-ttl-ms", "15000"], "15 s"),
        (&["policy", "users"], "15 s"),
    ];
    for (words, says) in cases {
        let plain = hearth.command(words);
        assert!(plain.status.success() && plain.stderr.is_empty(), "{words:?}: {plain:#?}");
        assert!(plain.stdout.contains(says), "{words:?}: {plain:#?}");
        let json = hearth.command(&[words, &["--json"][..]].concat());
        let answer = serde_json::from_str::<Value>(&json.stdout);
        assert!(answer.is_ok_and(|answer| answer.is_object()), "{words:?}: {json:#?}");
    }
}

#[test]
fn a_warmed_table_is_read_from_memory_and_its_hot_keys_are_told() {
    let hearth = Hearth::new();
    let key = hearth.cached_user("7");
    hearth.done("POST", "/cache/flush", "{}");

    let begun = hearth.command(&["warm", "users", "--items-per-second", "1000"]);
    wait_until("the table to be warm", || {
        let warming = hearth.done("GET", "/cache/warm", "")["tables"][0].clone();
        (warming["state"] == "complete").then_some(())
    });

    assert!(begun.status.success() && begun.stdout.contains("users"), "{begun:#?}");
    assert_eq!(hearth.engine_reads(|| hearth.read_user("7")), 0);
    // One look-up in 32 is noted: that none of these is would take 10^12 runs.
    let mut db = hearth.db();
    for _ in 0..900 {
        assert!(db.get("users", &key).is_some());
    }
    let hot = hearth.done("GET", "/cache/hot?table=users", "");
    assert_eq!(hot["keys"][0]["key"], key, "{hot}");
    assert!(hot["keys"][0]["count"].as_u64() > Some(0), "{hot}");
    let told = hearth.command(&["hot", "users"]);
    assert!(told.stdout.contains(r#"{"id":{"S":"7"}}"#), "{told:#?}");
    let nowhere = hearth.ask("POST", "/cache/warm", r#"{"table": "nowhere"}"#);
    assert_eq!((nowhere.status, &*sentence(&nowhere)), (404, "there is no table nowhere"));
    assert_eq!(hearth.ask("GET", "/cache/hot", "").status, 400);
}

#[test]
fn a_warm_up_can_be_stopped() {
    let hearth = Hearth::new();
    for id in 0..200 {
        hearth.cached_user(&id.to_string());
    }
    hearth.done("POST", "/cache/flush", "{}");
    let idle = hearth.ask("POST", "/cache/warm", r#"{"table": "users", "stop": true}"#);
    hearth.command(&["warm", "users", "--items-per-second", "1"]);

    let stopped = hearth.command(&["warm", "users", "--stop"]);

    assert!(stopped.status.success(), "{stopped:#?}");
    wait_until("the warm-up to end", || {
        let warming = hearth.done("GET", "/cache/warm", "")["tables"][0].clone();
        (warming["state"] == "stopped").then_some(())
    });
    assert_eq!((idle.status, &*sentence(&idle)), (409, "table users is not being warmed"));
}

#[test]
fn a_command_that_fails_says_what_to_do_in_one_sentence() {
    let hearth = Hearth::new();
    hearth.cached_user("7");
    let wrong = scratch();
    let wrong = wrong.path().join("token");
    fs::write(&wrong, "this-is-another-token\n").expect("the directory is ours");
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let admin = format!("http://{}", hearth.server.admin());
    let data_port = format!("http://{}", hearth.server.http());
    let stats_at = |admin: &str, token: &Path| {
        Launch::with(&["cache", "stats", "--admin", admin, "--token-file"]).arg(token).run()
    };

    let nobody = stats_at("http://127.0.0.1:1", &hearth.path);
    let not_admin = stats_at(&data_port, &hearth.path);
    let wrong_token = stats_at(&admin, &wrong);
    let no_file = stats_at(&admin, Path::new("/nowhere/token"));
    let empty =
        Launch::with(&["cache", "stats", "--admin", &admin]).env("HEARTH_ADMIN_TOKEN", "").run();
    let no_key = hearth.command(&["evict", "users", "7"]);
    let no_table = hearth.command(&["flush", "nowhere"]);

    assert_says(&nobody, 1, &["nobody answers at http://127.0.0.1:1", "--admin"]);
    assert_says(&not_admin, 1, &["is not the admin port", "--admin"]);
    assert_says(&wrong_token, 1, &["admin token is not that of", "--token-file"]);
    assert_says(&no_file, 2, &["/nowhere/token", "--token-file", "HEARTH_ADMIN_TOKEN"]);
    assert_says(&empty, 2, &["HEARTH_ADMIN_TOKEN is not an admin token"]);
    assert_says(&no_key, 2, &["DynamoDB JSON", r#"{"id":{"S":"7"}}"#]);
    assert_says(&no_table, 1, &["there is no table nowhere"]);
}

#[test]
fn the_token_can_come_from_the_environment() {
    let hearth = Hearth::new();
    let admin = format!("http://{}", hearth.server.admin());

    let exit = Launch::with(&["cache", "stats", "--admin", &admin])
        .env("HEARTH_ADMIN_TOKEN", &hearth.token)
        .run();

    assert!(exit.status.success(), "{exit:#?}");
}

#[test]
fn no_token_and_no_key_is_in_the_log() {
    let data = scratch();
    let hearth = Hearth::on(&Launch::on(data.path()), &data.path().join("admin-token"));
    hearth.cached_user("key-of-ada");

    hearth.done("POST", "/cache/evict", &one(&json!({"id": {"S": "key-of-ada"}})));
    ask(&hearth.server, Some("a-wrong-token-of-ada"), "GET", "/cache/stats", "");

    let log = hearth.server.stderr();
    for secret in [&*hearth.token, "key-of-ada", "a-wrong-token-of-ada"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// A server, with its admin token.
struct Hearth {
    server: Server,
    path: PathBuf,
    token: String,
    _data: Option<tempfile::TempDir>,
}

impl Hearth {
    fn new() -> Self {
        let data = scratch();
        let hearth = Self::on(&Launch::on(data.path()), &data.path().join("admin-token"));
        Self { _data: Some(data), ..hearth }
    }

    /// A server whose token is in the file at `path` once it is up.
    fn on(launch: &Launch, path: &Path) -> Self {
        let server = launch.start();
        let token = fs::read_to_string(path).expect("the token is there once the server is");
        let token = token.trim_end().to_owned();
        Self { server, path: path.to_owned(), token, _data: None }
    }

    fn db(&self) -> Db {
        self.server.db()
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        ask(&self.server, Some(&self.token), method, path, body)
    }

    /// The answer to a request that is done.
    #[track_caller]
    fn done(&self, method: &str, path: &str, body: &str) -> Value {
        let answer = self.ask(method, path, body);
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text());
        serde_json::from_slice(&answer.body).expect("answers are JSON")
    }

    /// `hearth cache` with these words.
    fn command(&self, words: &[&str]) -> Exit {
        let admin = format!("http://{}", self.server.admin());
        let words = [&["cache", "--admin", &admin][..], words].concat();
        Launch::with(&words).arg("--token-file").arg(&self.path).run()
    }

    /// Makes the table of users if need be and puts one, which leaves it in the cache.
    fn cached_user(&self, id: &str) -> Value {
        let mut db = self.db();
        if db.call("DescribeTable", &json!({"TableName": "users"})).status != 200 {
            db.create_table("users");
        }
        db.put("users", &json!({"id": {"S": id}, "name": {"S": "Ada"}}));
        json!({"id": {"S": id}})
    }

    fn read_user(&self, id: &str) {
        assert!(self.db().get("users", &json!({"id": {"S": id}})).is_some());
    }

    /// Makes a table of two customers' orders, all of which are cached.
    fn orders(&self) {
        let mut db = self.db();
        let (hash, range) = ("customer", "number");
        db.create_table_with(&json!({
            "TableName": "orders",
            "AttributeDefinitions": [
                {"AttributeName": hash, "AttributeType": "S"},
                {"AttributeName": range, "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": hash, "KeyType": "HASH"},
                {"AttributeName": range, "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }));
        for customer in ["ada", "eve"] {
            for number in ["1", "2", "3"] {
                db.put("orders", &json!({hash: {"S": customer}, range: {"N": number}}));
            }
        }
    }

    /// Queries a customer's orders; yields what the cache says of it.
    fn query(&self, customer: &str) -> String {
        let query = json!({
            "TableName": "orders",
            "KeyConditionExpression": "customer = :c",
            "ExpressionAttributeValues": {":c": {"S": customer}},
        });
        self.db().explain("Query", &query).1
    }

    /// How many look-ups of items missed while `act` was done.
    fn engine_reads(&self, act: impl FnOnce()) -> u64 {
        self.look_ups("miss", act)
    }

    /// How many look-ups of items had this result while `act` was done.
    fn look_ups(&self, result: &str, act: impl FnOnce()) -> u64 {
        let count = || {
            let labels = [("cache", "item"), ("result", result)];
            Scrape::of(self.server.admin()).sum("hearth_cache_requests_total", &labels)
        };
        let before = count();
        act();
        count() - before
    }
}

fn ask(server: &Server, token: Option<&str>, method: &str, path: &str, body: &str) -> Response {
    let mut connection = Connection::open(server.admin()).expect("it is up");
    connection.send(&raw(token, "localhost", method, path, body)).expect("it is up");
    connection.receive().expect("an answer")
}

fn raw(token: Option<&str>, host: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let (token, length) = (token.unwrap_or_default(), body.len());
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{token}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A body about one key of the table of users.
fn one(key: &Value) -> String {
    json!({"table": "users", "key": key}).to_string()
}

/// What a refusal says.
#[track_caller]
fn sentence(answer: &Response) -> String {
    let body: Value = serde_json::from_slice(&answer.body).expect("refusals are JSON");
    body["error"].as_str().expect("a refusal has a sentence").to_owned()
}

/// The command failed with this code and one sentence that has all of these.
#[track_caller]
fn assert_says(exit: &Exit, code: i32, parts: &[&str]) {
    assert_eq!(exit.status.code(), Some(code), "{exit:#?}");
    assert_eq!((&*exit.stdout, exit.stderr.lines().count()), ("", 1), "{exit:#?}");
    for part in parts {
        assert!(exit.stderr.contains(part), "{part:?} is not said: {exit:#?}");
    }
}
