//! One of the clients whose view of the server makes up a history.
//!
//! Must hold: every value put is put once; an operation's times come from one counter, the begin
//! before the first byte is sent and the end after the last byte is read.

use std::collections::BTreeMap;
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
    pub(crate) reads: u64,
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
            match self.rng.below(10) {
                0..=1 if is_read => self.batch_get(),
                _ if is_read => self.get(key),
                0..=2 => self.delete(key),
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

    fn put(&mut self, key: u64) {
        let value = self.shared.values.fetch_add(1, Ordering::Relaxed);
        let item = json!({
            "id": key_of(key)["id"],
            "value": {"N": value.to_string()},
            "copy": {"S": value.to_string()},
        });
        let request = json!({"TableName": TABLE, "Item": item, "ReturnValues": "ALL_OLD"});
        let (began, ended, replaced) = self.write("PutItem", &request);
        self.note(key, Op { began, ended, did: Did::Put { value, replaced } });
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
        self.hang_ups += other.hang_ups;
        self.refusals += other.refusals;
    }
}

fn key_of(key: u64) -> Value {
    json!({"id": {"S": format!("key-{key}")}})
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
