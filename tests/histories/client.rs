//! One of the clients whose view of the server makes up a history.
//!
//! Must hold: every value put is put once; an operation's times come from one counter, the begin
//! before the first byte is sent and the end after the last byte is read. An update that sets all
//! of an item is a put; a condition that fails is a read of the item that it did not hold of; what
//! a page says of a key is a read of it (`pages.rs`). A write that a kill left without an answer
//! happened before the next start, if it did.
//! Not here: what clients share (`shared.rs`); requests for several items (`several.rs`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::checker::{Did, NEVER, Op, Replaced};
use crate::items::{TABLE, item_of, key_of, value_of};
use crate::pages::Page;
use crate::shared::Shared;
use crate::support::{Answer, Caller, Rng, Sent};

/// What one client saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// By key, all operations on it.
    pub(crate) ops: BTreeMap<u64, Vec<Op>>,
    pub(crate) operations: u64,
    /// Keys read by GetItem and BatchGetItem.
    pub(crate) reads: u64,
    /// Pages read by Query and Scan.
    pub(crate) pages: u64,
    /// How often a page said something of a key by not showing it.
    pub(crate) lacks: u64,
    /// Writes that did not happen.
    pub(crate) failed_conditions: u64,
    pub(crate) hang_ups: u64,
    /// Operations without an answer because the server was killed.
    pub(crate) cut_off: u64,
    /// Answers that were errors; their outcome counts as unknown.
    pub(crate) refusals: u64,
}

/// A client with a connection of its own.
pub(crate) struct Client<'a> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) caller: Caller<'a>,
    pub(crate) rng: Rng,
    pub(crate) seen: Seen,
}

impl<'a> Client<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>, rng: Rng) -> Self {
        Self { shared, caller: Caller::new(&shared.stage), rng, seen: Seen::default() }
    }

    /// Runs operations until the history has enough of them.
    pub(crate) fn run(mut self) -> Seen {
        while self.shared.stage.take_one() {
            self.seen.operations += 1;
            let key = self.rng.below(self.shared.plan.keys);
            let is_read = self.rng.percent(self.shared.read_percent());
            if is_read && self.rng.percent(self.shared.plan.page_percent) {
                self.page();
                continue;
            }
            if self.rng.percent(self.shared.plan.transact_percent) {
                if is_read {
                    self.transact_get();
                } else {
                    self.transact_write(key);
                }
                continue;
            }
            match self.rng.below(20) {
                0..=4 if is_read => self.batch_get(),
                _ if is_read => self.get(key),
                0..=4 => self.delete(key),
                5..=8 => self.update(key),
                9..=11 => self.put_if(key),
                12 => self.batch_write(key),
                _ => self.put(key),
            }
        }
        self.end()
    }

    /// Reads every key and every page once, after all clients are done.
    pub(crate) fn read_all(mut self) -> Seen {
        for key in 0..self.shared.plan.keys {
            self.get(key);
        }
        for page in self.shared.pages() {
            self.walk(page.clone());
        }
        self.end()
    }

    fn end(mut self) -> Seen {
        self.seen.hang_ups = self.caller.hang_ups;
        self.seen.cut_off = self.caller.cut_off;
        self.seen
    }

    fn get(&mut self, key: u64) {
        let consistent = self.rng.percent(50);
        let request = json!({"TableName": TABLE, "Key": key_of(key), "ConsistentRead": consistent});
        let Some((began, ended, answer)) = self.read("GetItem", &request) else { return };
        self.seen.reads += 1;
        let answer = self.shared.item_answer(key, answer, &mut self.rng);
        let seen = answer.get("Item").map(value_of);
        self.note(key, Op { began, ended, did: Did::Read { seen } });
    }

    fn page(&mut self) {
        let page = self.shared.page(&mut self.rng).clone();
        self.walk(page);
    }

    /// Reads a page and those after it.
    fn walk(&mut self, page: Page) {
        let mut next = Some(page);
        while let Some(page) = next.take() {
            let mut request = page.request.clone();
            if page.can_be_consistent() && self.rng.percent(CONSISTENT_PERCENT) {
                request["ConsistentRead"] = json!(true);
            }
            let Some((began, ended, answer)) = self.read(page.operation, &request) else { return };
            let answer = self.shared.page_answer(&page, answer, &mut self.rng);
            self.seen.pages += 1;
            let shown = page.shown(&answer);
            for (key, did) in shown.keys {
                self.seen.lacks += u64::from(matches!(did, Did::Lack { .. }));
                self.note(key, Op { began, ended, did });
            }
            next = shown.next;
        }
    }

    fn put(&mut self, key: u64) {
        let value = self.shared.new_value();
        let item = item_of(key, value);
        let request = json!({"TableName": TABLE, "Item": item, "ReturnValues": "ALL_OLD"});
        let Some((began, ended, replaced)) = self.write("PutItem", &request) else { return };
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
        let Some((began, ended, replaced)) = self.write("UpdateItem", &request) else { return };
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
        let tells_item = self.caller.is_told_failed_items();
        let Sent { began, ended, answer } = self.send_write("PutItem", &request);
        let did = match answer {
            Some(answer) if answer.status == 200 => {
                let old = answer.body.get("Attributes").map(value_of);
                assert!(holds(old), "the condition held of {old:?}: {condition}");
                let replaced = old.map_or(Replaced::Absent, Replaced::Value);
                Did::Put { value, replaced }
            }
            Some(answer) if is_not_done(&answer) => return,
            Some(_) if !tells_item => {
                self.seen.failed_conditions += 1;
                return;
            }
            Some(answer) => {
                let seen = answer.body.get("Item").map(value_of);
                assert!(!holds(seen), "the condition failed of {seen:?}: {condition}");
                self.seen.failed_conditions += 1;
                Did::Read { seen }
            }
            None => Did::Put { value, replaced: Replaced::Unknown },
        };
        self.note(key, Op { began, ended, did });
    }

    fn delete(&mut self, key: u64) {
        let request = json!({"TableName": TABLE, "Key": key_of(key), "ReturnValues": "ALL_OLD"});
        let Some((began, ended, replaced)) = self.write("DeleteItem", &request) else { return };
        self.note(key, Op { began, ended, did: Did::Delete { replaced } });
    }

    /// A read, of which some hang up without an answer and tell nothing.
    pub(crate) fn read(&mut self, operation: &str, request: &Value) -> Option<(u64, u64, Value)> {
        if self.rng.percent(HANG_UP_PERCENT) {
            self.caller.hang_up(operation, request);
            return None;
        }
        let Sent { began, ended, answer } = self.caller.call(operation, request);
        let answer = answer?;
        if answer.status != 200 {
            self.seen.refusals += 1;
            return None;
        }
        Some((began, ended, answer.body))
    }

    /// A write that tells what it replaced, if it was answered; none if it did not happen.
    pub(crate) fn write(
        &mut self,
        operation: &str,
        request: &Value,
    ) -> Option<(u64, u64, Replaced)> {
        let Sent { began, ended, answer } = self.send_write(operation, request);
        let Some(answer) = answer else { return Some((began, ended, Replaced::Unknown)) };
        if is_not_done(&answer) {
            return None;
        }
        assert_eq!(answer.status, 200, "a condition that nobody set: {}", answer.body);
        let unprocessed = answer.body.get("UnprocessedItems");
        assert!(unprocessed.is_none_or(|left| *left == json!({})), "left out: {}", answer.body);
        let old = answer.body.get("Attributes");
        Some((began, ended, old.map_or(Replaced::Absent, |old| Replaced::Value(value_of(old)))))
    }

    /// A write, of which some hang up right after they were sent; without an answer if its outcome
    /// is unknown.
    fn send_write(&mut self, operation: &str, request: &Value) -> Sent {
        let mut sent = if self.rng.percent(HANG_UP_PERCENT) {
            self.caller.hang_up(operation, request)
        } else {
            self.caller.call(operation, request)
        };
        if sent.answer.as_ref().is_some_and(|answer| !is_outcome(answer)) {
            self.seen.refusals += 1;
        }
        if sent.answer.as_ref().is_some_and(|answer| !is_outcome(answer) && !is_not_done(answer)) {
            sent.answer = None;
            sent.ended = NEVER;
        }
        sent
    }

    pub(crate) fn note(&mut self, key: u64, op: Op) {
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
        self.pages += other.pages;
        self.lacks += other.lacks;
        self.failed_conditions += other.failed_conditions;
        self.hang_ups += other.hang_ups;
        self.cut_off += other.cut_off;
        self.refusals += other.refusals;
    }
}

/// Whether a write's answer says what became of it.
fn is_outcome(answer: &Answer) -> bool {
    answer.status == 200 || answer.refusal().code == "ConditionalCheckFailedException"
}

/// Whether an answer says that a write did not happen and will not, whatever it wanted.
fn is_not_done(answer: &Answer) -> bool {
    answer.status == 400 && NOT_DONE.contains(&answer.refusal().code.as_str())
}

const NOT_DONE: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionConflictException",
];

/// How many of a hundred requests are left without waiting for the answer.
const HANG_UP_PERCENT: u64 = 2;

/// How many of a hundred pages that may be are asked for with `ConsistentRead`.
const CONSISTENT_PERCENT: u64 = 15;
