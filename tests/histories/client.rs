//! One of the clients whose view of the server makes up a history.
//!
//! Must hold: every value put is put once; an operation's times come from one counter, the begin
//! before the first byte is sent and the end after the last byte is read. An update that sets all
//! of an item is a put; a condition that fails is a read of the item that it did not hold of; a
//! page of an index is a read of every key that it can show.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::checker::{Did, NEVER, Op, Replaced};
use crate::run::Plan;
use crate::support::{Db, Rng};

/// What the clients of one history share.
pub(crate) struct Shared<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) plan: &'a Plan,
    /// Answers that clients remember in place of asking: the fault that the check must find.
    remembered: Mutex<BTreeMap<u64, Option<u64>>>,
    ticks: AtomicU64,
    values: AtomicU64,
    left: AtomicU64,
}

/// What one client saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// By key, all operations on it.
    pub(crate) ops: BTreeMap<u64, Vec<Op>>,
    pub(crate) operations: u64,
    /// Keys read by GetItem and BatchGetItem, which the cache answers.
    pub(crate) reads: u64,
    /// Keys read by Query and Scan, which it does not.
    pub(crate) page_reads: u64,
    /// Writes that did not happen.
    pub(crate) failed_conditions: u64,
    pub(crate) hang_ups: u64,
    /// Answers that were errors; their outcome counts as unknown.
    pub(crate) refusals: u64,
}

/// A client with a connection of its own.
pub(crate) struct Client<'a> {
    shared: &'a Shared<'a>,
    db: Db,
    rng: Rng,
    seen: Seen,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(address: SocketAddr, plan: &'a Plan, operations: u64) -> Self {
        Self {
            address,
            plan,
            remembered: Mutex::default(),
            ticks: AtomicU64::new(1),
            values: AtomicU64::new(1),
            left: AtomicU64::new(operations),
        }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// The answer to an earlier read of that key, if answers are to be remembered; now and then it
    /// is replaced by the present one.
    fn remember(&self, key: u64, seen: Option<u64>, rng: &mut Rng) -> Option<u64> {
        if !self.plan.remembers {
            return seen;
        }
        let mut remembered = self.remembered.lock().expect("no client panics while it holds it");
        let earlier = *remembered.entry(key).or_insert(seen);
        if rng.percent(50) {
            remembered.insert(key, seen);
        }
        earlier
    }

    fn new_value(&self) -> u64 {
        self.values.fetch_add(1, Ordering::Relaxed)
    }

    fn take_one(&self) -> bool {
        let taken = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }
}

impl<'a> Client<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>, rng: Rng) -> Self {
        Self { shared, db: Db::connect(shared.address), rng, seen: Seen::default() }
    }

    /// Runs operations until the history has enough of them.
    pub(crate) fn run(mut self) -> Seen {
        while self.shared.take_one() {
            self.seen.operations += 1;
            let key = self.rng.below(self.shared.plan.keys);
            let is_read = self.rng.percent(self.shared.plan.read_percent);
            match self.rng.below(20) {
                0..=3 if is_read => self.batch_get(),
                4 if is_read => self.query_all(),
                5 if is_read => self.query_one_parity(),
                6 if is_read => self.scan(),
                _ if is_read => self.get(key),
                0..=4 => self.delete(key),
                5..=8 => self.update(key),
                9..=11 => self.put_if(key),
                12 => self.batch_write(key),
                _ => self.put(key),
            }
        }
        self.seen
    }

    /// Reads every key once, after all clients are done.
    pub(crate) fn read_all(mut self) -> Seen {
        for key in 0..self.shared.plan.keys {
            self.get(key);
        }
        self.seen
    }

    fn get(&mut self, key: u64) {
        let consistent = self.rng.percent(50);
        let request = json!({"TableName": TABLE, "Key": key_of(key), "ConsistentRead": consistent});
        let Some((began, ended, answer)) = self.read("GetItem", &request) else { return };
        self.seen.reads += 1;
        let seen = answer.get("Item").map(value_of);
        let seen = self.shared.remember(key, seen, &mut self.rng);
        self.note(key, Op { began, ended, did: Did::Read { seen } });
    }

    fn batch_get(&mut self) {
        let first = self.rng.below(self.shared.plan.keys);
        let many = 1 + self.rng.below(self.shared.plan.keys);
        let asked: Vec<u64> = (0..many).map(|i| (first + i) % self.shared.plan.keys).collect();
        let keys: Vec<Value> = asked.iter().map(|key| key_of(*key)).collect();
        let consistent = self.rng.percent(50);
        let request =
            json!({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": consistent}}});
        let Some((began, ended, answer)) = self.read("BatchGetItem", &request) else { return };
        assert_eq!(answer["UnprocessedKeys"], json!({}));
        self.seen.reads += many;
        let items = answer["Responses"][TABLE].as_array().expect("every table has a list");
        for key in asked {
            let item = items.iter().find(|item| item["id"] == key_of(key)["id"]);
            let seen = item.map(value_of);
            self.note(key, Op { began, ended, did: Did::Read { seen } });
        }
    }

    /// Reads every item through the index that has all of them in one partition.
    fn query_all(&mut self) {
        let request = json!({
            "TableName": TABLE,
            "IndexName": "everything",
            "KeyConditionExpression": "everything = :yes",
            "ExpressionAttributeValues": {":yes": {"S": "yes"}},
        });
        let Some((began, ended, answer)) = self.read("Query", &request) else { return };
        self.note_all(began, ended, &answer);
    }

    /// Reads every item from the table itself.
    fn scan(&mut self) {
        let consistent = self.rng.percent(50);
        let request = json!({"TableName": TABLE, "ConsistentRead": consistent});
        let Some((began, ended, answer)) = self.read("Scan", &request) else { return };
        self.note_all(began, ended, &answer);
    }

    /// Reads a partition of the index whose items move between two; what is not in it says nothing.
    fn query_one_parity(&mut self) {
        let parity = self.rng.below(2);
        let request = json!({
            "TableName": TABLE,
            "IndexName": "parity",
            "KeyConditionExpression": "parity = :parity AND #value > :none",
            "ExpressionAttributeNames": {"#value": "value"},
            "ExpressionAttributeValues": {
                ":parity": {"N": parity.to_string()}, ":none": {"N": "0"},
            },
        });
        let Some((began, ended, answer)) = self.read("Query", &request) else { return };
        for item in items_of(&answer) {
            self.seen.page_reads += 1;
            let value = value_of(item);
            assert_eq!(value % 2, parity, "an entry of the other partition: {item}");
            self.note(number_of(item), Op { began, ended, did: Did::Read { seen: Some(value) } });
        }
    }

    fn note_all(&mut self, began: u64, ended: u64, page: &Value) {
        assert_eq!(page.get("LastEvaluatedKey"), None, "all items fit a page");
        let items = items_of(page);
        for key in 0..self.shared.plan.keys {
            self.seen.page_reads += 1;
            let item = items.iter().find(|item| item["id"] == key_of(key)["id"]);
            let seen = item.map(value_of);
            self.note(key, Op { began, ended, did: Did::Read { seen } });
        }
    }

    fn put(&mut self, key: u64) {
        let value = self.shared.new_value();
        let item = item_of(key, value);
        let request = json!({"TableName": TABLE, "Item": item, "ReturnValues": "ALL_OLD"});
        let (began, ended, replaced) = self.write("PutItem", &request);
        self.note(key, Op { began, ended, did: Did::Put { value, replaced } });
    }

    /// Sets every attribute, so that what was there before leaves no trace.
    fn update(&mut self, key: u64) {
        let value = self.shared.new_value();
        let item = item_of(key, value);
        let request = json!({
            "TableName": TABLE,
            "Key": key_of(key),
            "UpdateExpression": "SET #value = :value, #copy = :copy, parity = :parity, everything = :yes",
            "ExpressionAttributeNames": {"#value": "value", "#copy": "copy"},
            "ExpressionAttributeValues": {
                ":value": item["value"], ":copy": item["copy"],
                ":parity": item["parity"], ":yes": item["everything"],
            },
            "ReturnValues": "ALL_OLD",
        });
        let (began, ended, replaced) = self.write("UpdateItem", &request);
        self.note(key, Op { began, ended, did: Did::Put { value, replaced } });
    }

    /// Puts if the item has an odd value, or if there is none.
    fn put_if(&mut self, key: u64) {
        let value = self.shared.new_value();
        let wants_absent = self.rng.percent(50);
        let (condition, values) = if wants_absent {
            ("attribute_not_exists(id)", Value::Null)
        } else {
            ("parity = :odd", json!({":odd": {"N": "1"}}))
        };
        let mut request = json!({
            "TableName": TABLE,
            "Item": item_of(key, value),
            "ConditionExpression": condition,
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        if !wants_absent {
            request["ExpressionAttributeValues"] = values;
        }
        let holds = |old: Option<u64>| match old {
            None => wants_absent,
            Some(old) => !wants_absent && old % 2 == 1,
        };
        let began = self.shared.tick();
        if self.rng.percent(HANG_UP_PERCENT) {
            self.hang_up("PutItem", &request);
            let did = Did::Put { value, replaced: Replaced::Unknown };
            return self.note(key, Op { began, ended: NEVER, did });
        }
        let answer = self.db.call("PutItem", &request);
        let ended = self.shared.tick();
        let did = if answer.status == 200 {
            let old = answer.body.get("Attributes").map(value_of);
            assert!(holds(old), "the condition held of {old:?}: {condition}");
            let replaced = old.map_or(Replaced::Absent, Replaced::Value);
            Did::Put { value, replaced }
        } else if answer.refusal().code == "ConditionalCheckFailedException" {
            let seen = answer.body.get("Item").map(value_of);
            assert!(!holds(seen), "the condition failed of {seen:?}: {condition}");
            self.seen.failed_conditions += 1;
            Did::Read { seen }
        } else {
            self.seen.refusals += 1;
            let did = Did::Put { value, replaced: Replaced::Unknown };
            return self.note(key, Op { began, ended: NEVER, did });
        };
        self.note(key, Op { began, ended, did });
    }

    /// Puts one key and deletes another in a batch, which does not tell what it replaced.
    fn batch_write(&mut self, key: u64) {
        let value = self.shared.new_value();
        let other = (key + 1) % self.shared.plan.keys;
        let mut writes = vec![json!({"PutRequest": {"Item": item_of(key, value)}})];
        if other != key {
            writes.push(json!({"DeleteRequest": {"Key": key_of(other)}}));
        }
        let request = json!({"RequestItems": {TABLE: writes}});
        let (began, ended, _) = self.write("BatchWriteItem", &request);
        let replaced = Replaced::Unknown;
        self.note(key, Op { began, ended, did: Did::Put { value, replaced } });
        if other != key {
            self.note(other, Op { began, ended, did: Did::Delete { replaced } });
        }
    }

    fn delete(&mut self, key: u64) {
        let request = json!({"TableName": TABLE, "Key": key_of(key), "ReturnValues": "ALL_OLD"});
        let (began, ended, replaced) = self.write("DeleteItem", &request);
        self.note(key, Op { began, ended, did: Did::Delete { replaced } });
    }

    /// A read, of which some hang up without an answer and tell nothing.
    fn read(&mut self, operation: &str, request: &Value) -> Option<(u64, u64, Value)> {
        if self.rng.percent(HANG_UP_PERCENT) {
            self.hang_up(operation, request);
            return None;
        }
        let began = self.shared.tick();
        let answer = self.db.call(operation, request);
        let ended = self.shared.tick();
        if answer.status != 200 {
            self.seen.refusals += 1;
            return None;
        }
        Some((began, ended, answer.body))
    }

    /// A write, of which some hang up right after they were sent.
    fn write(&mut self, operation: &str, request: &Value) -> (u64, u64, Replaced) {
        let began = self.shared.tick();
        if self.rng.percent(HANG_UP_PERCENT) {
            self.hang_up(operation, request);
            return (began, NEVER, Replaced::Unknown);
        }
        let answer = self.db.call(operation, request);
        let ended = self.shared.tick();
        if answer.status != 200 {
            self.seen.refusals += 1;
            return (began, NEVER, Replaced::Unknown);
        }
        let unprocessed = answer.body.get("UnprocessedItems");
        assert!(unprocessed.is_none_or(|left| *left == json!({})), "left out: {}", answer.body);
        let old = answer.body.get("Attributes");
        (began, ended, old.map_or(Replaced::Absent, |old| Replaced::Value(value_of(old))))
    }

    fn hang_up(&mut self, operation: &str, request: &Value) {
        self.seen.hang_ups += 1;
        let left = std::mem::replace(&mut self.db, Db::connect(self.shared.address));
        left.send_and_hang_up(operation, request);
    }

    fn note(&mut self, key: u64, op: Op) {
        self.seen.ops.entry(key).or_default().push(op);
    }
}

impl Seen {
    /// Adds what another client saw.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, mut ops) in other.ops {
            self.ops.entry(key).or_default().append(&mut ops);
        }
        self.operations += other.operations;
        self.reads += other.reads;
        self.page_reads += other.page_reads;
        self.failed_conditions += other.failed_conditions;
        self.hang_ups += other.hang_ups;
        self.refusals += other.refusals;
    }
}

fn key_of(key: u64) -> Value {
    json!({"id": {"S": format!("key-{key}")}})
}

fn item_of(key: u64, value: u64) -> Value {
    json!({
        "id": key_of(key)["id"],
        "value": {"N": value.to_string()},
        "copy": {"S": value.to_string()},
        "parity": {"N": (value % 2).to_string()},
        "everything": {"S": "yes"},
    })
}

/// The items of a page, each of another key.
fn items_of(page: &Value) -> &[Value] {
    let items = page["Items"].as_array().expect("a page has items");
    let keys: BTreeSet<u64> = items.iter().map(number_of).collect();
    assert_eq!(keys.len(), items.len(), "an item twice in one page: {page}");
    items
}

/// The key's number in an item of it.
fn number_of(item: &Value) -> u64 {
    let number = item["id"]["S"].as_str().and_then(|id| id.strip_prefix("key-"));
    let number = number.and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("not an item of ours: {item}"))
}

/// The table of every history, with an index of one partition and one between whose partitions
/// items move.
pub(crate) fn table() -> Value {
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let all = json!({"ProjectionType": "ALL"});
    json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            attribute("id", "S"), attribute("everything", "S"),
            attribute("parity", "N"), attribute("value", "N"),
        ],
        "KeySchema": [key("id", "HASH")],
        "GlobalSecondaryIndexes": [
            {"IndexName": "everything", "KeySchema": [key("everything", "HASH")], "Projection": all},
            {
                "IndexName": "parity",
                "KeySchema": [key("parity", "HASH"), key("value", "RANGE")],
                "Projection": all,
            },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// The value that an item holds, twice.
fn value_of(item: &Value) -> u64 {
    let value = item["value"]["N"].as_str().unwrap_or_default();
    assert_eq!(item["copy"]["S"].as_str(), Some(value), "half an item: {item}");
    value.parse().unwrap_or_else(|_| panic!("not an item of ours: {item}"))
}

/// The table of every history.
pub(crate) const TABLE: &str = "histories";

/// How many of a hundred requests are left without waiting for the answer.
const HANG_UP_PERCENT: u64 = 2;
