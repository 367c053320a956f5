//! A hearth that has to do with everything that is measured, until the test ends.
//!
//! Must hold: the load goes on while the test asks, since rates look at the last seconds only.
//! Not here: whether answers are right.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use hearth::clock::Clock;
use serde_json::{Value, json};

use crate::support::{Answer, Connection, Launch, Rng, Server, scratch, signature, wait_until};

/// A server and the clients that keep it busy.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
    server: Server,
    _directory: tempfile::TempDir,
}

/// One connection whose requests are signed.
struct Client {
    connection: Connection,
    clock: Clock,
}

impl Load {
    /// Starts a server with small caches that forget soon, makes two tables and begins.
    pub(crate) fn start() -> Self {
        let directory = scratch();
        let credentials = directory.path().join("credentials.toml");
        let (id, secret) = KEY;
        let text = format!(
            "[[credentials]]\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n"
        );
        std::fs::write(&credentials, text).expect("the directory is ours");
        std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600))
            .expect("the file is ours");
        let server = Launch::on(&directory.path().join("data"))
            .arg("--credentials")
            .arg(credentials)
            .env("HEARTH__CACHE__BYTES", "1000000")
            .env("HEARTH__CACHE__QUERY_BYTES", "1000000")
            .env("HEARTH__CACHE__ITEM_TTL_MS", "500")
            .env("HEARTH__CACHE__QUERY_TTL_MS", "500")
            .env("HEARTH__CACHE__AUDIT_ONE_IN", "10")
            .start();
        let mut client = Client::connect(&server);
        for table in TABLES {
            client.create_table(table);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..CLIENTS).map(|number| {
            let (stop, mut client) = (Arc::clone(&stop), Client::connect(&server));
            std::thread::spawn(move || {
                let mut rng = Rng::new(1, number);
                while !stop.load(Ordering::Relaxed) {
                    client.do_something(&mut rng);
                }
            })
        });
        let clients = clients.collect();
        Self { stop, clients, server, _directory: directory }
    }

    /// The server.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let failed = self.clients.drain(..).map(JoinHandle::join).filter(Result::is_err).count();
        // A client that failed has said why. A second panic would hide the first.
        assert!(failed == 0 || std::thread::panicking(), "{failed} clients of the load failed");
    }
}

impl Client {
    fn connect(server: &Server) -> Self {
        let connection = Connection::open(server.http()).expect("a ready server accepts");
        Self { connection, clock: Clock::system() }
    }

    fn create_table(&mut self, table: &str) {
        let request = json!({
            "TableName": table,
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        });
        self.call("CreateTable", &request).ok();
        wait_until("the new table to be ACTIVE", || {
            let described = self.call("DescribeTable", &json!({"TableName": table})).ok();
            (described["Table"]["TableStatus"] == "ACTIVE").then_some(())
        });
    }

    /// One request in the proportions of an ordinary day, but for what rarely goes wrong.
    fn do_something(&mut self, rng: &mut Rng) {
        let table = TABLES[usize::from(rng.percent(30))];
        let key = key(rng);
        match rng.below(100) {
            0..=54 => {
                let get = self.call("GetItem", &json!({"TableName": table, "Key": key}));
                get.ok();
            }
            55..=69 => {
                let mut item = key;
                item["text"] = json!({"S": "x".repeat(2000)});
                self.call("PutItem", &json!({"TableName": table, "Item": item})).ok();
            }
            70..=79 => {
                self.call("Query", &query(table, rng)).ok();
            }
            80..=83 => {
                let keys = [key];
                let asked = json!({"RequestItems": {table: {"Keys": keys}}});
                self.call("BatchGetItem", &asked).ok();
            }
            84..=86 => {
                let scan = json!({"TableName": table, "Limit": 20});
                self.call("Scan", &scan).ok();
            }
            87..=89 => {
                self.call("DeleteItem", &json!({"TableName": table, "Key": key})).ok();
            }
            90..=94 => {
                let refused = self.call("UpdateItem", &impossible_update(table, &key));
                assert_eq!(refused.refusal().code, "ConditionalCheckFailedException");
            }
            95..=97 => {
                let refused = self.call("GetItem", &json!({"TableName": table, "Key": {}}));
                assert_eq!(refused.refusal().code, "ValidationException");
            }
            _ => self.sign_with_a_wrong_clock(),
        }
    }

    fn call(&mut self, operation: &str, request: &Value) -> Answer {
        let now = self.clock.unix_ms();
        self.call_at(now, operation, request)
    }

    fn sign_with_a_wrong_clock(&mut self) {
        let an_hour_ago = self.clock.unix_ms() - 3_600_000;

        let refused = self.call_at(an_hour_ago, "ListTables", &json!({}));

        assert_eq!(refused.status, 400, "{}", refused.body);
    }

    fn call_at(&mut self, unix_ms: u64, operation: &str, request: &Value) -> Answer {
        let body = request.to_string();
        let headers = signature(KEY, unix_ms, operation, body.as_bytes());
        let sent = self.connection.send_operation_with(&headers, operation, body.as_bytes());
        let response = sent.and_then(|()| self.connection.receive()).expect("the server answers");
        Answer::of(&response).expect("an answer is JSON")
    }
}

/// One of a few hundred keys, most often one of the first.
fn key(rng: &mut Rng) -> Value {
    let bound = if rng.percent(70) { 40 } else { 800 };
    let number = rng.below(bound);
    json!({"id": {"S": format!("user-{}", number % 20)}, "at": {"N": number.to_string()}})
}

fn query(table: &str, rng: &mut Rng) -> Value {
    json!({
        "TableName": table,
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": format!("user-{}", rng.below(4))}},
        "Limit": 10,
    })
}

fn impossible_update(table: &str, key: &Value) -> Value {
    json!({
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET a = :one",
        "ConditionExpression": "attribute_exists(never_there)",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    })
}

/// An access key id and its secret.
const KEY: (&str, &str) = ("AKIDEXAMPLE", "secret-of-ours");
const TABLES: [&str; 2] = ["users", "orders"];
const CLIENTS: u64 = 2;
