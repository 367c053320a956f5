//! kill -9 at any moment: the data directory opens again and holds every acknowledged write.
//!
//! Each writer has items of its own and one write in flight, so after a restart an item is either
//! as the last acknowledged write left it or as the one in flight would have. The indexes then hold
//! what follows from the items, no more and no less.
//!
//!     HEARTH_KILLS=500 HEARTH_FIRST_KILLS=1000 cargo test --profile ci --test kill

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Db, Launch, Rng, Server, Stopwatch, scratch, wait_until};

#[test]
fn no_acknowledged_write_is_lost_by_kills_under_load() {
    let (rounds, seed) = (support::count("HEARTH_KILLS", 50), support::seed());
    let data = scratch();
    let launch = Launch::on(data.path());
    let mut writers: Vec<Writer> = (0..WRITERS).map(|number| Writer::new(seed, number)).collect();
    let mut chance = Rng::new(seed, WRITERS);
    let mut slowest_start = Duration::ZERO;
    let mut entries = 0;
    launch.start().db().create_table_with(&table());

    for round in 0..rounds {
        let server = launch.start();
        slowest_start = slowest_start.max(server.ready_after());
        kill_under_load(server, &mut writers, 20 + chance.below(400));

        let server = launch.start();
        let mut db = server.db();
        for writer in &mut writers {
            writer.check_all(&mut db, &format!("round {round}, seed {seed}"));
        }
        entries += check_indexes(&mut db, &format!("round {round}, seed {seed}"));
        server.kill();
    }

    let acknowledged: u64 = writers.iter().map(|writer| writer.acknowledged).sum();
    let resolved: u64 = writers.iter().map(|writer| writer.found_unacknowledged).sum();
    support::figure(&format!(
        "kills={rounds} seed={seed} acknowledged={acknowledged} lost=0 \
         unacknowledged_but_there={resolved} index_entries_compared={entries} slowest_start={slowest_start:.1?}"
    ));
}

#[test]
fn a_kill_right_after_the_first_start_leaves_a_directory_that_opens() {
    let (kills, seed) = (support::count("HEARTH_FIRST_KILLS", 100), support::seed());
    let mut chance = Rng::new(seed, 0);
    let watch = Stopwatch::start();

    for kill in 0..kills {
        let parent = scratch();
        let launch = Launch::on(&parent.path().join("data"));
        let micros = chance.below(20_000);
        launch.start_and_kill_after(Duration::from_micros(micros));

        let started = launch.try_start();

        let server = started.unwrap_or_else(|exit| {
            panic!("kill {kill} after {micros} µs, seed {seed}: does not open: {exit:#?}")
        });
        let mut db = server.db();
        db.create_table(TABLE);
        db.put(TABLE, &json!({"id": {"S": "first"}}));
        assert_eq!(
            db.get(TABLE, &json!({"id": {"S": "first"}})),
            Some(json!({"id": {"S": "first"}}))
        );
    }

    let took = watch.elapsed();
    support::figure(&format!("first_start_kills={kills} seed={seed} unopened=0 took={took:.1?}"));
}

/// Lets all writers write, kills the server after so many acknowledgements, and waits for them.
fn kill_under_load(server: Server, writers: &mut [Writer], acknowledgements: u64) {
    let acknowledged = AtomicU64::new(0);
    let address = server.http();
    // All connect before any writes: the kill may come before a slow thread has begun.
    let connected: Vec<_> =
        writers.iter_mut().map(|writer| (writer, Db::connect(address))).collect();
    thread::scope(|scope| {
        for (writer, db) in connected {
            let acknowledged = &acknowledged;
            scope.spawn(move || writer.write_until_cut(db, acknowledged));
        }
        wait_until("the writers to get on", || {
            (acknowledged.load(Ordering::Relaxed) >= acknowledgements).then_some(())
        });
        server.kill();
    });
}

/// Writes items of its own and knows what each may hold.
struct Writer {
    rng: Rng,
    items: Vec<Item>,
    last: u64,
    acknowledged: u64,
    found_unacknowledged: u64,
}

/// One item: what the last acknowledged write left, and what the write in flight would leave.
struct Item {
    id: String,
    acknowledged: State,
    in_flight: Option<State>,
}

/// What an item may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Absent,
    Value(u64),
}

impl Writer {
    fn new(seed: u64, number: u64) -> Self {
        let item = |index| Item {
            id: format!("writer-{number}-item-{index}"),
            acknowledged: State::Absent,
            in_flight: None,
        };
        Self {
            rng: Rng::new(seed, number),
            items: (0..ITEMS_PER_WRITER).map(item).collect(),
            last: 0,
            acknowledged: 0,
            found_unacknowledged: 0,
        }
    }

    /// One write after the other, until the connection breaks.
    fn write_until_cut(&mut self, mut db: Db, total: &AtomicU64) {
        loop {
            let index = usize::try_from(self.rng.below(ITEMS_PER_WRITER)).expect("it is small");
            let deletes = self.rng.percent(20);
            self.last += 1;
            let after = if deletes { State::Absent } else { State::Value(self.last) };
            let item = &mut self.items[index];
            item.in_flight = Some(after);
            let answer = match after {
                State::Value(value) => {
                    let (operation, request) = write_of(&item.id, value);
                    db.try_call(operation, &request)
                }
                State::Absent => {
                    let request = json!({"TableName": TABLE, "Key": key_of(&item.id)});
                    db.try_call("DeleteItem", &request)
                }
            };
            let Ok(answer) = answer else { return };
            assert_eq!(answer.status, 200, "refused: {}", answer.body);
            item.acknowledged = after;
            item.in_flight = None;
            self.acknowledged += 1;
            total.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads every item and holds it against what it may be; from then on it is known.
    fn check_all(&mut self, db: &mut Db, when: &str) {
        for item in &mut self.items {
            let held = db.get(TABLE, &key_of(&item.id));
            let found = held
                .as_ref()
                .map_or(State::Absent, |held| State::Value(whole_value(&item.id, held)));
            let in_flight = item.in_flight.take();
            if found != item.acknowledged {
                assert_eq!(
                    Some(found),
                    in_flight,
                    "{when}: {} held {:?} when it was acknowledged",
                    item.id,
                    item.acknowledged
                );
                self.found_unacknowledged += 1;
                item.acknowledged = found;
            }
        }
    }
}

/// An item whose parts all follow from its value, some thousand bytes long.
fn item_of(id: &str, value: u64) -> Value {
    let text = value.to_string();
    let mut item = json!({
        "id": {"S": id},
        "part": {"S": "all"},
        "first": {"N": text},
        "filling": {"S": text.repeat(1_000 / text.len())},
        "last": {"L": [{"N": text}, {"S": text}]},
    });
    if is_grouped(value) {
        item["group"] = json!({"S": format!("group-{}", value % 7)});
    }
    item
}

/// Whether an item of that value is in the sparse index.
fn is_grouped(value: u64) -> bool {
    !value.is_multiple_of(3)
}

fn key_of(id: &str) -> Value {
    json!({"part": {"S": "all"}, "id": {"S": id}})
}

/// A write that leaves the item of that value, whole or by an update.
fn write_of(id: &str, value: u64) -> (&'static str, Value) {
    let item = item_of(id, value);
    if value.is_multiple_of(2) {
        return ("PutItem", json!({"TableName": TABLE, "Item": item}));
    }
    let mut values =
        json!({":first": item["first"], ":filling": item["filling"], ":last": item["last"]});
    let group = if is_grouped(value) {
        values[":group"] = item["group"].clone();
        ", #group = :group"
    } else {
        " REMOVE #group"
    };
    let update = format!("SET #first = :first, filling = :filling, #last = :last{group}");
    let request = json!({
        "TableName": TABLE,
        "Key": key_of(id),
        "UpdateExpression": update,
        "ExpressionAttributeNames": {"#first": "first", "#last": "last", "#group": "group"},
        "ExpressionAttributeValues": values,
    });
    ("UpdateItem", request)
}

/// A table with a local index, and a sparse global one that holds the keys alone.
fn table() -> Value {
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            attribute("part", "S"), attribute("id", "S"),
            attribute("first", "N"), attribute("group", "S"),
        ],
        "KeySchema": [key("part", "HASH"), key("id", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "by-value",
            "KeySchema": [key("part", "HASH"), key("first", "RANGE")],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-group",
            "KeySchema": [key("group", "HASH"), key("first", "RANGE")],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// Holds both indexes against the items of the table; tells how many entries there are.
fn check_indexes(db: &mut Db, when: &str) -> usize {
    let items = db.scan_all(&json!({"TableName": TABLE}));
    let by_value = db.scan_all(&json!({"TableName": TABLE, "IndexName": "by-value"}));
    let by_group = db.scan_all(&json!({"TableName": TABLE, "IndexName": "by-group"}));
    let keys_of = |item: &Value| {
        let names = ["part", "id", "first", "group"];
        names.map(|name| (name.to_owned(), item[name].clone())).into_iter().collect::<Value>()
    };
    let grouped = items.iter().filter(|item| item.get("group").is_some()).map(keys_of);

    assert_eq!(sorted(by_value), sorted(items.clone()), "{when}: the local index");
    let entries = by_group.len() + items.len();
    assert_eq!(sorted(by_group), sorted(grouped.collect()), "{when}: the global index");
    entries
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(|item| item["id"]["S"].as_str().unwrap_or_default().to_owned());
    items
}

/// The value of an item, which is there as a whole.
fn whole_value(id: &str, held: &Value) -> u64 {
    let value = held["first"]["N"].as_str().and_then(|text| text.parse().ok());
    let value = value.unwrap_or_else(|| panic!("not an item of ours: {held}"));
    assert_eq!(*held, item_of(id, value), "half an item");
    value
}

const TABLE: &str = "kills";
const WRITERS: u64 = 16;
const ITEMS_PER_WRITER: u64 = 8;
