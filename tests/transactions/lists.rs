//! Lists that grow: what transactions append and read must fit one order that agrees with their
//! times.
//!
//! Each value is appended once. A transaction appends to some lists, some on condition of how long
//! others are, which is a read of them; a refusal is a read, too, and so is a single update that is
//! told what it changed. Reads are of several lists at once, or of single items, often from the
//! cache.
//!
//! Must hold: after a while clients go on to new lists, so that none becomes long.
//! Not here: whether there is such an order (`lists_check.rs`).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::client::{self, Client, Outcome, Reason, Seen};
use crate::history::Work;
use crate::lists_check::{Fate, Read, Transaction, check};
use crate::support::Db;

/// The lists of one table.
#[derive(Default)]
pub(crate) struct Lists {
    values: AtomicU64,
}

impl Work for Lists {
    /// What one client did and saw.
    type Seen = Vec<Transaction>;

    fn tables(&self) -> Vec<Value> {
        vec![json!({
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        })]
    }

    fn fill(&self, _: &mut Db) {}

    fn step(&self, client: &mut Client<'_>, seen: &mut Self::Seen) -> Result<(), String> {
        for _ in 0..client.rng.below(3) {
            let keys = keys(client);
            match client.rng.below(10) {
                0..=1 => self.append_one(client, keys[0], seen),
                2 => self.append_one_if(client, keys[0], seen),
                3..=4 => batch_get(client, &keys, seen),
                _ => get(client, keys[0], seen),
            }
        }
        let keys = keys(client);
        match client.rng.below(10) {
            0..=4 => drop(read(client, &keys, seen)),
            5..=7 => self.append(client, &keys, &[], seen),
            _ => {
                // Appends to some of what was read, if the rest is as it was.
                let Some(lengths) = read(client, &keys, seen) else { return Ok(()) };
                let appended = 1 + client.rng.below(lengths.len() as u64);
                let appended = usize::try_from(appended).expect("it is small");
                self.append(client, &keys[..appended], &lengths, seen);
            }
        }
        Ok(())
    }

    fn check(&self, seen: Vec<Self::Seen>, db: &mut Db) -> Result<(), String> {
        let items = db.scan_all(&json!({"TableName": TABLE, "ConsistentRead": true}));
        let lists = items.iter().map(|item| {
            let key = item["id"]["N"].as_str().and_then(|key| key.parse().ok());
            (key.expect("a number"), values_of(Some(item)))
        });
        let lists: BTreeMap<u64, Vec<u64>> = lists.collect();
        check(&seen.concat(), &lists).map_err(|violation| violation.to_string())
    }
}

impl Lists {
    /// Appends to these lists at once, on condition that those, of which some may be the same, are
    /// as long as they were.
    fn append(
        &self,
        client: &mut Client<'_>,
        keys: &[u64],
        lengths: &[(u64, usize)],
        seen: &mut Vec<Transaction>,
    ) {
        let appends: Vec<(u64, u64)> = keys.iter().map(|key| (*key, self.new_value())).collect();
        let length_of = |key: u64| lengths.iter().find(|it| it.0 == key).map(|it| it.1);
        let updates = appends.iter().map(|(key, value)| {
            let mut update = update(*key, *value);
            if let Some(length) = length_of(*key) {
                on_condition(&mut update, length);
            }
            (*key, json!({"Update": update}))
        });
        let checked = lengths.iter().filter(|(key, _)| !keys.contains(key));
        let checks = checked.map(|(key, length)| {
            let mut check = json!({"TableName": TABLE, "Key": key_of(*key)});
            on_condition(&mut check, *length);
            (*key, json!({"ConditionCheck": check}))
        });
        let (of, elements): (Vec<u64>, Vec<Value>) = updates.chain(checks).unzip();
        let token = client.rng.percent(30).then(|| format!("lists-{}", appends[0].1));
        let outcome = client.transact_write(&elements, token.as_deref());
        let reads = lengths.iter().map(|(key, length)| (*key, Read::Length(*length)));
        note(seen, &outcome, appends, reads.collect());
        // A refusal is of one moment: these lists were as long as before, and those were not.
        if let client::Fate::Refused(reasons) = &outcome.fate {
            let reads = of.iter().zip(reasons).filter_map(|(key, reason)| match reason {
                Reason::Holds => Some((*key, Read::Length(length_of(*key)?))),
                Reason::Fails(item) => Some((*key, Read::Values(values_of(Some(item.as_ref()?))))),
            });
            note_read(seen, (outcome.began, outcome.ended), reads.collect());
        }
    }

    /// A single update, told what was there before.
    fn append_one(&self, client: &mut Client<'_>, key: u64, seen: &mut Vec<Transaction>) {
        let value = self.new_value();
        let mut request = update(key, value);
        request["ReturnValues"] = json!("ALL_OLD");
        let outcome = client.write("UpdateItem", &request);
        let reads = match &outcome.fate {
            client::Fate::Done(answer) => {
                vec![(key, Read::Values(values_of(answer.get("Attributes"))))]
            }
            client::Fate::Refused(_) | client::Fate::Unknown => Vec::new(),
        };
        note(seen, &outcome, vec![(key, value)], reads);
    }

    /// A single update of a list that is not there yet, which most are.
    fn append_one_if(&self, client: &mut Client<'_>, key: u64, seen: &mut Vec<Transaction>) {
        let value = self.new_value();
        let mut request = update(key, value);
        request["ConditionExpression"] = json!("attribute_not_exists(id)");
        let outcome = client.write("UpdateItem", &request);
        note(seen, &outcome, vec![(key, value)], vec![(key, Read::Length(0))]);
    }

    fn new_value(&self) -> u64 {
        self.values.fetch_add(1, Ordering::Relaxed)
    }
}

/// Reads lists at once; tells how long each is.
fn read(
    client: &mut Client<'_>,
    keys: &[u64],
    seen: &mut Vec<Transaction>,
) -> Option<Vec<(u64, usize)>> {
    let items: Vec<_> = keys.iter().map(|key| (TABLE, key_of(*key))).collect();
    let Seen { began, ended, it } = client.transact_get(&items)?;
    let lists = keys.iter().zip(&it).map(|(key, item)| (*key, values_of(item.as_ref())));
    let lists: Vec<(u64, Vec<u64>)> = lists.collect();
    let lengths = lists.iter().map(|(key, list)| (*key, list.len())).collect();
    let reads = lists.into_iter().map(|(key, list)| (key, Read::Values(list)));
    note_read(seen, (began, ended), reads.collect());
    Some(lengths)
}

/// Reads one list by itself.
fn get(client: &mut Client<'_>, key: u64, seen: &mut Vec<Transaction>) {
    let Some(Seen { began, ended, it }) = client.get(TABLE, &key_of(key)) else { return };
    note_read(seen, (began, ended), vec![(key, Read::Values(values_of(it.as_ref())))]);
}

/// Reads lists in a batch, each of which is of a moment of its own.
fn batch_get(client: &mut Client<'_>, keys: &[u64], seen: &mut Vec<Transaction>) {
    let consistent = client.rng.percent(30);
    let asked: Vec<Value> = keys.iter().map(|key| key_of(*key)).collect();
    let request = json!({"RequestItems": {TABLE: {"Keys": asked, "ConsistentRead": consistent}}});
    let Some(Seen { began, ended, it }) = client.read("BatchGetItem", &request) else { return };
    let items = it["Responses"][TABLE].as_array().expect("every table has a list");
    for key in keys {
        let item = items.iter().find(|item| item["id"] == key_of(*key)["id"]);
        note_read(seen, (began, ended), vec![(*key, Read::Values(values_of(item)))]);
    }
}

fn note(
    seen: &mut Vec<Transaction>,
    outcome: &Outcome,
    appends: Vec<(u64, u64)>,
    reads: Vec<(u64, Read)>,
) {
    let fate = match outcome.fate {
        client::Fate::Done(_) => Fate::Done,
        client::Fate::Refused(_) => Fate::Refused,
        client::Fate::Unknown => Fate::Unknown,
    };
    let Outcome { began, ended, .. } = *outcome;
    seen.push(Transaction { began, ended, fate, appends, reads });
}

fn note_read(seen: &mut Vec<Transaction>, (began, ended): (u64, u64), reads: Vec<(u64, Read)>) {
    seen.push(Transaction { began, ended, fate: Fate::Done, appends: Vec::new(), reads });
}

/// One to four of the lists that grow at present.
fn keys(client: &mut Client<'_>) -> Vec<u64> {
    let phase = client.stage.left() / PHASE_TRANSACTIONS;
    let (first, many) = (client.rng.below(LISTS), 1 + client.rng.below(4));
    (first..first + many).map(|list| phase * LISTS + list % LISTS).collect()
}

/// An update that appends.
fn update(key: u64, value: u64) -> Value {
    json!({
        "TableName": TABLE,
        "Key": key_of(key),
        "UpdateExpression": "SET appended = list_append(if_not_exists(appended, :none), :new)",
        "ExpressionAttributeValues": {
            ":none": {"L": []},
            ":new": {"L": [{"N": value.to_string()}]},
        },
    })
}

/// Makes an element hold only if its list is so long.
fn on_condition(element: &mut Value, length: usize) {
    element["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    if length == 0 {
        element["ConditionExpression"] = json!("attribute_not_exists(id)");
    } else {
        element["ConditionExpression"] = json!("size(appended) = :length");
        element["ExpressionAttributeValues"][":length"] = json!({"N": length.to_string()});
    }
}

fn key_of(key: u64) -> Value {
    json!({"id": {"N": key.to_string()}})
}

/// The values of a list, in their order; none if it is not there yet.
fn values_of(item: Option<&Value>) -> Vec<u64> {
    let Some(item) = item else { return Vec::new() };
    let list = item["appended"]["L"].as_array();
    let list = list.unwrap_or_else(|| panic!("not an item of ours: {item}"));
    let value = |value: &Value| value["N"].as_str().and_then(|value| value.parse().ok());
    list.iter().map(|entry| value(entry).expect("a number")).collect()
}

const TABLE: &str = "lists";
/// Lists that grow at the same time.
const LISTS: u64 = 5;
/// How long they grow.
const PHASE_TRANSACTIONS: u64 = 150;
