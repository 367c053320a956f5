//! Reads and writes of several items in one request: batches and transactions.
//!
//! To the checker they are reads and writes of each item. A write of these does not tell what it
//! replaced.
//! Not here: whether a transaction is one (`tests/transactions/`).

use serde_json::{Value, json};

use crate::checker::{Did, Op, Replaced};
use crate::client::Client;
use crate::items::{TABLE, item_of, key_of, value_of};

impl Client<'_> {
    pub(crate) fn batch_get(&mut self) {
        let first = self.rng.below(self.shared.plan.keys);
        let many = 1 + self.rng.below(self.shared.plan.keys);
        let asked: Vec<u64> = (0..many).map(|i| (first + i) % self.shared.plan.keys).collect();
        let keys: Vec<Value> = asked.iter().map(|key| key_of(*key)).collect();
        let consistent = self.rng.percent(50);
        let request =
            json!({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": consistent}}});
        let Some((began, ended, answer)) = self.read("BatchGetItem", &request) else { return };
        let left = &answer["UnprocessedKeys"][TABLE]["Keys"];
        self.seen.refusals += u64::from(!left.is_null());
        self.seen.reads += many;
        let items = answer["Responses"][TABLE].as_array().expect("every table has a list");
        let is_left = |key: &u64| left.as_array().is_some_and(|left| left.contains(&key_of(*key)));
        for key in asked.into_iter().filter(|key| !is_left(key)) {
            let item = items.iter().find(|item| item["id"] == key_of(key)["id"]);
            let seen = item.map(value_of);
            self.note(key, Op { began, ended, did: Did::Read { seen } });
        }
    }

    /// Puts and deletes some keys in a batch, which does not tell what it replaced.
    pub(crate) fn batch_write(&mut self, first: u64) {
        let (mut writes, mut all) = (Vec::new(), Vec::new());
        for key in self.some_keys(first) {
            let (write, did) = self.put_or_delete(key);
            let write = match &did {
                Did::Put { .. } => json!({"PutRequest": {"Item": write}}),
                _ => json!({"DeleteRequest": {"Key": write}}),
            };
            writes.push(write);
            all.push((key, did));
        }
        let request = json!({"RequestItems": {TABLE: writes}});
        let Some((began, ended, _)) = self.write("BatchWriteItem", &request) else { return };
        for (key, did) in all {
            self.note(key, Op { began, ended, did });
        }
    }

    /// Reads some keys in a transaction.
    pub(crate) fn transact_get(&mut self) {
        let first = self.rng.below(self.shared.plan.keys);
        let asked = self.some_keys(first);
        let gets: Vec<Value> = asked
            .iter()
            .map(|key| json!({"Get": {"TableName": TABLE, "Key": key_of(*key)}}))
            .collect();
        let request = json!({"TransactItems": gets});
        let Some((began, ended, answer)) = self.read("TransactGetItems", &request) else { return };
        let items = answer["Responses"].as_array().expect("every read has an answer");
        assert_eq!(items.len(), asked.len(), "an answer for each: {answer}");
        for (key, item) in asked.into_iter().zip(items) {
            let seen = item.get("Item").map(value_of);
            self.note(key, Op { began, ended, did: Did::Read { seen } });
        }
    }

    /// Puts and deletes some keys in a transaction, half of which may be sent again by whoever
    /// passes them on.
    pub(crate) fn transact_write(&mut self, first: u64) {
        let (mut writes, mut all) = (Vec::new(), Vec::new());
        for key in self.some_keys(first) {
            let (write, did) = self.put_or_delete(key);
            let write = match &did {
                Did::Put { .. } => json!({"Put": {"TableName": TABLE, "Item": write}}),
                _ => json!({"Delete": {"TableName": TABLE, "Key": write}}),
            };
            writes.push(write);
            all.push((key, did));
        }
        let mut request = json!({"TransactItems": writes});
        if self.rng.percent(50) {
            request["ClientRequestToken"] = json!(format!("token-{}", self.shared.new_value()));
        }
        let Some((began, ended, _)) = self.write("TransactWriteItems", &request) else { return };
        for (key, did) in all {
            self.note(key, Op { began, ended, did });
        }
    }

    /// Some keys from the first on.
    fn some_keys(&mut self, first: u64) -> Vec<u64> {
        let keys = self.shared.plan.keys;
        let many = 1 + self.rng.below(keys.min(SEVERAL_KEYS_MAX));
        (first..first + many).map(|key| key % keys).collect()
    }

    /// A new item, or the key to be deleted.
    fn put_or_delete(&mut self, key: u64) -> (Value, Did) {
        let replaced = Replaced::Unknown;
        if self.rng.percent(50) {
            let value = self.shared.new_value();
            (item_of(key, value), Did::Put { value, replaced })
        } else {
            (key_of(key), Did::Delete { replaced })
        }
    }
}

/// How many keys one request writes at most.
const SEVERAL_KEYS_MAX: u64 = 4;
