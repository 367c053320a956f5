//! A hearth in front of another one: whether it is ready, and callers whom the other tells apart.
//!
//! Not here: what requests through both come to (`tests/upstream/`).

#[path = "support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hearth::api::Operation;
use hearth::clock::Clock;
use hearth::wire::dax::client;
use hearth::wire::json::{self, Wording};
use serde_json::{Value, json};

use crate::support::{
    Connection, DaxClient, Launch, Response, Server, scratch, signature, wait_until,
};

type Key = (&'static str, &'static str);

const OWN: Key = ("AKIDOWN", "own-secret-0001");
const TEAM: Key = ("AKIDTEAM", "team-secret-001");
/// Nobody whom the one behind knows.
const STRANGER: Key = ("AKIDSTRANGER", "strange-secret1");
const TABLE: &str = "music";
/// A hearth without state of its own, before whatever is at that address.
fn front(data: &Path, back: SocketAddr, own: Key) -> Launch {
    Launch::on(data)
        .arg("--upstream")
        .arg(format!("http://{back}"))
        .env("AWS_ACCESS_KEY_ID", own.0)
        .env("AWS_SECRET_ACCESS_KEY", own.1)
}

fn back(data: &Path) -> Launch {
    Launch::on(data).env("HEARTH__STORAGE__ENGINE", "memory")
}

/// The same at an address that nobody else takes.
fn back_at(data: &Path, address: SocketAddr) -> Launch {
    let (address, free) = (address.to_string(), "127.0.0.1:0");
    let arguments = ["serve", "--listen", &address, "--admin-listen", free, "--dax-listen", free];
    Launch::with(&arguments).arg("--data-dir").arg(data).env("HEARTH__STORAGE__ENGINE", "memory")
}

/// A file that only its owner may read.
fn secret_file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).expect("room for a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    path
}

/// A row of a credentials file, with the profile that its requests are sent on with.
fn row((id, secret): Key, profile: Option<&str>) -> String {
    let profile = profile.map(|name| format!("upstream_profile = \"{name}\"\n"));
    format!(
        "[[credentials]]\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n{}",
        profile.unwrap_or_default()
    )
}

fn ask(address: SocketAddr, key: Key, operation: &str, request: &Value) -> Response {
    let body = request.to_string();
    let signature = signature(key, Clock::system().unix_ms(), operation, body.as_bytes());
    let headers = format!("{signature}X-Hearth-Cache: explain\r\n");
    let mut connection = Connection::open(address).expect("it accepts connections");
    let sent = connection.send_operation_with(&headers, operation, body.as_bytes());
    sent.and_then(|()| connection.receive()).expect("it is answered")
}

#[track_caller]
fn done(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", response.text());
    serde_json::from_slice(&response.body).expect("an answer is JSON")
}

fn create_table(address: SocketAddr, key: Key) {
    let create = json!({
        "TableName": TABLE,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    done(&ask(address, key, "CreateTable", &create));
    wait_until("the new table to be ACTIVE", || {
        let table = done(&ask(address, key, "DescribeTable", &json!({"TableName": TABLE})));
        (table["Table"]["TableStatus"] == "ACTIVE").then_some(())
    });
}

fn put(address: SocketAddr, key: Key, value: &str) {
    let item = json!({"id": {"S": "1"}, "v": {"S": value}});
    done(&ask(address, key, "PutItem", &json!({"TableName": TABLE, "Item": item})));
}

/// What the item's `v` is to this caller, and what the cache had.
fn get(address: SocketAddr, key: Key) -> (String, String) {
    let read = json!({"TableName": TABLE, "Key": {"id": {"S": "1"}}});
    let response = ask(address, key, "GetItem", &read);
    let told = response.header("x-hearth-cache").unwrap_or_default().to_owned();
    let value = &done(&response)["Item"]["v"]["S"];
    (value.as_str().expect("there is one").to_owned(), told)
}

/// How many items a Query of the partition finds, and what the cache had.
fn count(address: SocketAddr, key: Key) -> (u64, String) {
    let query = json!({
        "TableName": TABLE,
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "1"}},
    });
    let response = ask(address, key, "Query", &query);
    let told = response.header("x-hearth-cache").unwrap_or_default().to_owned();
    (done(&response)["Count"].as_u64().expect("a count"), told)
}

fn page(server: &Server, path: &str) -> (u16, String) {
    let mut connection = Connection::open(server.admin()).expect("the admin port answers");
    let response = connection.get(path).expect("a page is served");
    (response.status, response.text())
}

/// Waits until the process is ready, or says so much of why it is not.
fn wait_for_readiness(server: &Server, status: u16, says: &str) {
    wait_until(&format!("/readyz to say {status} {says}"), || {
        let (found, text) = page(server, "/readyz");
        (found == status && text.contains(says)).then_some(())
    });
}

#[test]
fn a_hearth_is_ready_while_its_upstream_answers_and_serves_hits_meanwhile() {
    let (front_data, back_data) = (scratch(), scratch());
    // An address of loopback that is this process's own, so that nobody takes its port meanwhile.
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = SocketAddr::from(([127, 64 | (high % 64), middle, low], 18_000));

    let front = front(front_data.path(), address, OWN).start();
    wait_for_readiness(&front, 503, "upstream: ");
    assert_eq!(page(&front, "/healthz").0, 200);

    let back = back_at(back_data.path(), address).start();
    wait_for_readiness(&front, 200, "ready");
    create_table(front.http(), OWN);
    put(front.http(), OWN, "first");
    assert_eq!(get(front.http(), OWN), ("first".to_owned(), "hit".to_owned()));

    back.kill();
    wait_for_readiness(&front, 503, "upstream: ");
    assert_eq!(page(&front, "/healthz").0, 200);
    assert_eq!(get(front.http(), OWN), ("first".to_owned(), "hit".to_owned()));
    assert!(front.stderr().contains("upstream answers"), "{}", front.stderr());
    assert!(front.stderr().contains("upstream cannot be worked with"), "{}", front.stderr());
}

#[test]
fn a_hearth_whose_credentials_are_refused_is_not_ready() {
    let (front_data, back_data, keys) = (scratch(), scratch(), scratch());
    let known = secret_file(keys.path(), "back.toml", &row(OWN, None));
    let back = back(back_data.path()).arg("--credentials").arg(known).start();

    let front = front(front_data.path(), back.http(), STRANGER).start();

    wait_for_readiness(&front, 503, "upstream: credentials are refused: UnrecognizedClient");
    assert_eq!(page(&front, "/healthz").0, 200);
    assert!(!front.stderr().contains(STRANGER.1), "{}", front.stderr());
}

/// Two hearths: of three callers in front, the one behind knows two, and tells them apart.
struct Scoped {
    _dirs: Vec<tempfile::TempDir>,
    back: Server,
    front: Server,
    callers: PathBuf,
}

impl Scoped {
    fn start() -> Self {
        let dirs = vec![scratch(), scratch(), scratch()];
        let keys = dirs[2].path();
        let known = row(OWN, None) + &row(TEAM, None);
        let known = secret_file(keys, "back.toml", &known);
        let back = back(dirs[0].path()).arg("--credentials").arg(known).start();
        let callers = row(OWN, None) + &row(TEAM, Some("team")) + &row(STRANGER, Some("stranger"));
        let callers = secret_file(keys, "front.toml", &callers);
        let profile = |name: &str, (id, secret): Key| {
            format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
        };
        let shared = profile("team", TEAM) + &profile("stranger", STRANGER);
        let shared = secret_file(keys, "shared", &shared);
        let front = front(dirs[1].path(), back.http(), OWN)
            .arg("--credentials")
            .arg(&callers)
            .env("AWS_SHARED_CREDENTIALS_FILE", &shared.display().to_string())
            .start();
        wait_for_readiness(&front, 200, "ready");
        create_table(front.http(), OWN);
        Self { _dirs: dirs, back, front, callers }
    }
}

#[test]
fn a_hit_of_one_caller_is_never_served_to_another() {
    let scoped = Scoped::start();
    let front = scoped.front.http();
    put(front, OWN, "first");
    assert_eq!(get(front, OWN).1, "hit");
    assert_eq!(count(front, OWN).0, 1);
    assert_eq!(count(front, OWN), (1, "hit".to_owned()));

    let (value, told) = get(front, TEAM);
    assert_eq!(value, "first");
    assert_ne!(told, "hit", "what another caller has cached is none of its own");
    assert_eq!(get(front, TEAM).1, "hit");
    let (found, told) = count(front, TEAM);
    assert!(found == 1 && told != "hit", "{found} {told}");

    let read = json!({"TableName": TABLE, "Key": {"id": {"S": "1"}}});
    let refused = ask(front, STRANGER, "GetItem", &read);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.text().contains("UnrecognizedClientException"), "{}", refused.text());
    assert!(!refused.text().contains("first"), "{}", refused.text());

    let over_dax = |key| {
        let mut client = DaxClient::connect_as(scoped.front.dax(), key);
        client.call(Operation::GetItem, &read).map(|answer| answer["Item"]["v"]["S"].clone())
    };
    assert_eq!(over_dax(OWN), Ok(json!("first")));
    assert_eq!(over_dax(TEAM), Ok(json!("first")));
    assert!(over_dax(STRANGER).is_err());
}

#[test]
fn a_write_by_one_caller_is_seen_by_all() {
    let scoped = Scoped::start();
    let front = scoped.front.http();

    for (writer, reader, value) in [(OWN, TEAM, "one"), (TEAM, OWN, "two"), (OWN, TEAM, "three")] {
        for caller in [writer, reader] {
            put(front, OWN, "before");
            get(front, caller);
            assert_eq!(get(front, caller), ("before".to_owned(), "hit".to_owned()));
        }
        put(front, writer, value);

        assert_eq!(get(front, writer), (value.to_owned(), "hit".to_owned()));
        let (found, told) = get(front, reader);
        assert_eq!(found, value);
        assert_ne!(told, "hit", "only the writer's own image was kept");
    }
    let delete = json!({"TableName": TABLE, "Key": {"id": {"S": "1"}}});
    assert_eq!((count(front, OWN).0, count(front, TEAM).0), (1, 1));
    done(&ask(front, TEAM, "DeleteItem", &delete));
    assert_eq!((count(front, OWN).0, count(front, TEAM).0), (0, 0));
}

#[test]
fn a_write_past_the_front_is_seen_by_all_callers() {
    let scoped = Scoped::start();
    let front = scoped.front.http();
    put(front, OWN, "first");
    for caller in [OWN, TEAM] {
        // Until its stream is followed, what is cached may be forgotten once more.
        wait_until("a hit", || (get(front, caller).1 == "hit").then_some(()));
    }

    put(scoped.back.http(), OWN, "past");

    for caller in [OWN, TEAM] {
        wait_until("the new item", || (get(front, caller).0 == "past").then_some(()));
    }
}

#[test]
fn a_profile_that_a_running_hearth_does_not_know_is_not_taken_on() {
    let scoped = Scoped::start();
    let dir = scoped.callers.parent().expect("it is in a directory");
    let callers = row(OWN, Some("team")) + &row(TEAM, Some("late"));
    secret_file(dir, "front.toml", &callers);

    scoped.front.signal("HUP");

    wait_until("the reload to be refused", || scoped.front.stderr().contains("late").then_some(()));
    put(scoped.front.http(), TEAM, "as before");
    assert_eq!(get(scoped.front.http(), OWN).0, "as before");
}

/// A front of a hearth with these settings, and a table there that the front does not know yet.
struct Plain {
    _dirs: Vec<tempfile::TempDir>,
    back: Server,
    front: Server,
}

impl Plain {
    fn start(create: &Value, settings: &[(&str, &str)]) -> Self {
        let dirs = vec![scratch(), scratch()];
        let back = back(dirs[0].path());
        let back = settings.iter().fold(back, |back, (name, value)| back.env(name, value)).start();
        let front = front(dirs[1].path(), back.http(), OWN).start();
        wait_for_readiness(&front, 200, "ready");
        back.db().create_table_with(create);
        Self { _dirs: dirs, back, front }
    }

    fn ask(&self, operation: &str, request: &Value) -> Response {
        ask(self.front.http(), OWN, operation, request)
    }
}

/// A table with a text `id` for its key, which may read and write so much in a second.
fn provisioned(name: &str, units: u64) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units},
    })
}

#[test]
fn a_batch_of_which_the_upstream_leaves_keys_unread_answers_the_others() {
    let enforces = ("HEARTH__CAPACITY__MODE", "enforce");
    let plain = Plain::start(&provisioned(TABLE, 1), &[enforces]);
    // Of 300 units these take 260.
    for many in [100, 30] {
        let gets: Vec<Value> = (0..many)
            .map(|id| json!({"Get": {"TableName": TABLE, "Key": {"id": {"S": format!("g{id}")}}}}))
            .collect();
        done(&plain.ask("TransactGetItems", &json!({"TransactItems": gets})));
    }
    let keys: Vec<Value> = (0..100).map(|id| json!({"id": {"S": id.to_string()}})).collect();
    let batch = json!({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": true}}});

    let answer = done(&plain.ask("BatchGetItem", &batch));

    let left = answer["UnprocessedKeys"][TABLE]["Keys"].as_array().map_or(0, Vec::len);
    // 40 units were left; a few more may have come in, which would be a matter of time.
    assert!((1..=60).contains(&left), "{left} of 100 were left");
}

#[test]
fn a_table_is_known_by_its_own_arn_alone() {
    let plain = Plain::start(&provisioned(TABLE, 5), &[]);
    let own = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}");
    let get = |table: &str| json!({"TableName": table, "Key": {"id": {"S": "1"}}});
    let put = |table: &str| json!({"TableName": table, "Item": {"id": {"S": "1"}}});

    for (at, others) in ["us-east-1:111111111111", "eu-west-1:000000000000"].iter().enumerate() {
        let others = format!("arn:aws:dynamodb:{others}:table/{TABLE}");
        // The service behind would take it: it looks at names alone.
        done(&plain.ask("DescribeTable", &json!({"TableName": others})));
        let statement = format!("SELECT * FROM \"{others}\" WHERE id = '1'");
        for (operation, request) in [
            ("GetItem", get(&others)),
            ("PutItem", put(&others)),
            ("BatchGetItem", json!({"RequestItems": {&others: {"Keys": [{"id": {"S": "1"}}]}}})),
            ("TransactWriteItems", json!({"TransactItems": [{"Put": put(&others)}]})),
            ("Scan", json!({"TableName": others})),
            ("ExecuteStatement", json!({"Statement": statement})),
        ] {
            let refused = plain.ask(operation, &request);
            assert_eq!(refused.status, 400, "{at} {operation}: {}", refused.text());
            let is_told = refused.text().contains(&format!("{own}\""));
            assert!(is_told, "{at} {operation}: {}", refused.text());
        }
    }
    done(&plain.ask("PutItem", &put(&own)));
    assert_eq!(done(&plain.ask("GetItem", &get(TABLE)))["Item"]["id"]["S"], "1");
    assert_eq!(done(&plain.ask("GetItem", &get(&own)))["Item"]["id"]["S"], "1");
}

#[test]
fn an_operation_for_data_is_not_passed_on_under_another_version() {
    let plain = Plain::start(&provisioned(TABLE, 5), &[]);
    for target in ["DynamoDB_20111205.PutItem", "DynamoDBStreams_20120810.PutItem"] {
        let body = json!({"TableName": TABLE, "Item": {"id": {"S": "1"}}}).to_string();
        let mut connection = Connection::open(plain.front.http()).expect("it accepts connections");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: {target}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.send(request.as_bytes()).expect("it is sent");

        let refused = connection.receive().expect("it is answered");

        assert_eq!(refused.status, 400, "{target}: {}", refused.text());
        let told = refused.text();
        // In words of this server's own: the one behind would say the same.
        assert!(told.contains("UnknownOperationException"), "{target}: {told}");
    }
}

#[test]
fn dax_learns_of_all_tables_that_a_request_names_and_tells_when_it_cannot() {
    let plain = Plain::start(&provisioned("one", 5), &[]);
    plain.back.db().create_table_with(&provisioned("two", 5));
    let read = json!({"RequestItems": {
        "one": {"Keys": [{"id": {"S": "1"}}]},
        "two": {"Keys": [{"id": {"S": "1"}}]},
    }});

    let body = read.to_string();
    let request = json::decode(Operation::BatchGetItem, body.as_bytes(), Wording::Classic);
    let request = request.expect("it is one");
    // As a client writes it that knows the tables already.
    let bytes = DaxClient::connect(plain.back.dax()).bytes_of(&request).expect("they are there");

    let answer = DaxClient::connect(plain.front.dax()).ask(&bytes, client::answer_values(&request));

    let answer = answer.expect("it is answered");
    assert_eq!(client::refusal(&answer), None);
    let get = json!({"TableName": "three", "Key": {"id": {"S": "1"}}});
    let mut client = DaxClient::connect(plain.front.dax());
    let absent = client.call(Operation::GetItem, &get).expect_err("there is none");
    assert!(format!("{absent:?}").contains("ResourceNotFound"), "{absent:?}");
    plain.back.kill();
    let unknown = client.call(Operation::GetItem, &get).expect_err("nobody can tell");
    assert!(!format!("{unknown:?}").contains("ResourceNotFound"), "{unknown:?}");
}

#[test]
fn who_may_not_ask_is_not_told_which_operations_there_are() {
    let scoped = Scoped::start();
    let nobody = ("AKIDNOBODY", "nobodys-secret1");

    let refused = ask(scoped.front.http(), nobody, "FuturePutItem", &json!({}));

    assert!(refused.text().contains("UnrecognizedClientException"), "{}", refused.text());
    let passed = ask(scoped.front.http(), OWN, "FuturePutItem", &json!({}));
    assert!(passed.text().contains("UnknownOperationException"), "{}", passed.text());
}

#[test]
fn a_profile_needs_an_upstream() {
    let (data, keys) = (scratch(), scratch());
    let callers = secret_file(keys.path(), "keys.toml", &row(OWN, Some("team")));

    let exit = Launch::on(data.path()).arg("--credentials").arg(callers).try_start();

    let exit = exit.err().expect("it does not start");
    assert!(exit.stderr.contains("upstream profile \"team\""), "{exit:#?}");
}

#[test]
fn what_does_nothing_in_front_of_a_service_is_named_at_the_start_and_not_done() {
    let data = scratch();
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let front = front(data.path(), nobody, OWN).env("HEARTH__CACHE__HOT_KEYS_DUMP", "5").start();

    let named = "upstream.url is set, so these do nothing: cache.hot_keys_dump";
    wait_until("the key to be named", || front.stderr().contains(named).then_some(()));
    front.signal("TERM");
    assert!(front.exit().status.success());

    assert!(!data.path().join("hot-keys").exists());
}
