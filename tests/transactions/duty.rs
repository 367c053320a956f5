//! Pairs of which one is always on duty, though each only knows of the other by a check.
//!
//! Who goes off duty changes an item of its own and checks the other's. If two did so at once and
//! neither check saw the other's change (write skew), nobody would be left. Some check a version
//! that they read before, in place of the duty itself.
//!
//! Must hold: each write adds one to the version of its item, so that lost ones show at the end.
//! Not here: how often what happened (`history.rs`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, Fate, Outcome, Reason, Seen};
use crate::history::Work;
use crate::support::Db;

/// Pairs in one table.
pub(crate) struct Duty;

/// How often one client wrote which item: for certain, and perhaps besides.
#[derive(Default)]
pub(crate) struct Writes(BTreeMap<Person, (u64, u64)>);

/// One of a pair.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Person {
    pair: u64,
    side: u64,
}

/// What an item says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct State {
    on_duty: bool,
    version: u64,
}

impl Work for Duty {
    type Seen = Writes;

    fn tables(&self) -> Vec<Value> {
        vec![json!({
            "TableName": TABLE,
            "AttributeDefinitions": [
                {"AttributeName": "pair", "AttributeType": "N"},
                {"AttributeName": "side", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "pair", "KeyType": "HASH"},
                {"AttributeName": "side", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        })]
    }

    fn fill(&self, db: &mut Db) {
        for person in everybody() {
            db.put(TABLE, &item_of(person, State { on_duty: true, version: 0 }));
        }
    }

    fn step(&self, client: &mut Client<'_>, writes: &mut Writes) -> Result<(), String> {
        let person = Person { pair: client.rng.below(PAIRS), side: client.rng.below(2) };
        match client.rng.below(20) {
            0..=4 => look_at_all(client),
            5..=6 => take_turns(client, person, writes),
            7..=11 => go_off_if_read(client, person, writes),
            _ => {
                if client.rng.percent(85) {
                    come_back(client, person, writes);
                } else if let Some(seen) = client.get(TABLE, &person.key()) {
                    state_of(person, &seen.it.expect("nobody is deleted"));
                }
                go_off(client, person, writes)
            }
        }
    }

    fn check(&self, seen: Vec<Writes>, db: &mut Db) -> Result<(), String> {
        let mut all = Writes::default();
        for (person, (done, perhaps)) in seen.into_iter().flat_map(|writes| writes.0) {
            let sum = all.0.entry(person).or_default();
            *sum = (sum.0 + done, sum.1 + perhaps);
        }
        let mut states = Vec::new();
        for person in everybody() {
            let item = db.get(TABLE, &person.key()).expect("nobody is deleted");
            let state = state_of(person, &item);
            let (done, perhaps) = all.0.get(&person).copied().unwrap_or_default();
            if !(done..=done + perhaps).contains(&state.version) {
                return Err(format!(
                    "{person:?} ends as {state:?} after {done} writes, and perhaps {perhaps} more"
                ));
            }
            states.push((person, state));
        }
        check_pairs(&states)
    }
}

/// Goes off duty if the other is on it.
fn go_off(client: &mut Client<'_>, person: Person, writes: &mut Writes) -> Result<(), String> {
    let off = change(person, false);
    let other = person.other();
    let check = json!({"ConditionCheck": {
        "TableName": TABLE,
        "Key": other.key(),
        "ConditionExpression": "duty = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": true}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }});
    let elements = if client.rng.percent(50) { [off, check] } else { [check, off] };
    let token = token(client);
    let outcome = client.transact_write(&elements, token.as_deref());
    writes.note(&outcome, &[person]);
    if let Fate::Refused(reasons) = &outcome.fate {
        let told = reasons.iter().find_map(|reason| match reason {
            Reason::Fails(item) => item.as_ref(),
            Reason::Holds => None,
        });
        if let Some(item) = told.filter(|item| state_of(other, item).on_duty) {
            return Err(format!("{person:?} must stay although {other:?} is on duty: {item}"));
        }
    }
    Ok(())
}

/// Goes off duty if the other was on it when both were read, and nobody changed either since.
fn go_off_if_read(
    client: &mut Client<'_>,
    person: Person,
    writes: &mut Writes,
) -> Result<(), String> {
    let both = [person, person.other()];
    let Some(states) = read(client, &both)? else { return Ok(()) };
    let [own, other] = [states[0].1, states[1].1];
    let next = State { on_duty: !other.on_duty, version: own.version + 1 };
    let unchanged = |state: State| json!({":read": {"N": state.version.to_string()}});
    let elements = [
        json!({"Put": {
            "TableName": TABLE,
            "Item": item_of(person, next),
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": unchanged(own),
        }}),
        json!({"ConditionCheck": {
            "TableName": TABLE,
            "Key": both[1].key(),
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": unchanged(other),
        }}),
    ];
    let token = token(client);
    let outcome = client.transact_write(&elements, token.as_deref());
    writes.note(&outcome, &[person]);
    Ok(())
}

/// One goes on duty and the other off it, at once.
fn take_turns(client: &mut Client<'_>, person: Person, writes: &mut Writes) -> Result<(), String> {
    let elements = [change(person, false), change(person.other(), true)];
    let outcome = client.transact_write(&elements, None);
    writes.note(&outcome, &[person, person.other()]);
    match outcome.fate {
        Fate::Refused(reasons) => Err(format!("refused without a condition: {reasons:?}")),
        Fate::Done(_) | Fate::Unknown => Ok(()),
    }
}

/// Comes back on duty, by a single write.
fn come_back(client: &mut Client<'_>, person: Person, writes: &mut Writes) {
    let mut update = change(person, true)["Update"].take();
    update["ReturnValues"] = json!("NONE");
    let outcome = client.write("UpdateItem", &update);
    writes.note(&outcome, &[person]);
}

fn look_at_all(client: &mut Client<'_>) -> Result<(), String> {
    let everybody: Vec<_> = everybody().collect();
    read(client, &everybody).map(drop)
}

fn read(
    client: &mut Client<'_>,
    people: &[Person],
) -> Result<Option<Vec<(Person, State)>>, String> {
    let items: Vec<_> = people.iter().map(|person| (TABLE, person.key())).collect();
    let Some(Seen { it, .. }) = client.transact_get(&items) else { return Ok(None) };
    let states = people.iter().zip(&it).map(|(person, item)| {
        (*person, state_of(*person, item.as_ref().expect("nobody is deleted")))
    });
    let states: Vec<_> = states.collect();
    check_pairs(&states)?;
    Ok(Some(states))
}

/// One of each pair is on duty, of all that were seen at once.
fn check_pairs(states: &[(Person, State)]) -> Result<(), String> {
    for (person, state) in states {
        let other = states.iter().find(|(it, _)| *it == person.other());
        if !state.on_duty && other.is_some_and(|(_, other)| !other.on_duty) {
            return Err(format!("nobody of pair {} is on duty: {states:?}", person.pair));
        }
    }
    Ok(())
}

impl Writes {
    fn note(&mut self, outcome: &Outcome, people: &[Person]) {
        for person in people {
            let (done, perhaps) = self.0.entry(*person).or_default();
            match outcome.fate {
                Fate::Done(_) => *done += 1,
                Fate::Refused(_) => {}
                Fate::Unknown => *perhaps += 1,
            }
        }
    }
}

impl Person {
    fn other(self) -> Self {
        Self { pair: self.pair, side: 1 - self.side }
    }

    fn key(self) -> Value {
        json!({"pair": {"N": self.pair.to_string()}, "side": {"N": self.side.to_string()}})
    }
}

/// The element that puts somebody on duty or off it.
fn change(person: Person, on_duty: bool) -> Value {
    json!({"Update": {
        "TableName": TABLE,
        "Key": person.key(),
        "UpdateExpression": "SET duty = :duty, version = version + :one",
        "ExpressionAttributeValues": {":duty": {"BOOL": on_duty}, ":one": {"N": "1"}},
    }})
}

fn token(client: &mut Client<'_>) -> Option<String> {
    client.rng.percent(30).then(|| format!("duty-{}", client.stage.tick()))
}

fn everybody() -> impl Iterator<Item = Person> {
    (0..PAIRS).flat_map(|pair| (0..2).map(move |side| Person { pair, side }))
}

fn item_of(person: Person, state: State) -> Value {
    let mut item = person.key();
    item["duty"] = json!({"BOOL": state.on_duty});
    item["version"] = json!({"N": state.version.to_string()});
    item
}

/// What an item says, which is there as a whole.
fn state_of(person: Person, item: &Value) -> State {
    let version = item["version"]["N"].as_str().and_then(|version| version.parse().ok());
    let state = State {
        on_duty: item["duty"]["BOOL"] == json!(true),
        version: version.unwrap_or_else(|| panic!("no version in {item}")),
    };
    assert_eq!(*item, item_of(person, state), "half an item");
    state
}

const TABLE: &str = "duty";
const PAIRS: u64 = 3;
