//! An index made under load, with kill -9 in the middle: no entry is missing, none is there twice.
//!
//! Writers change items all the while. The server is killed while the index is being filled, goes
//! on with it after the start, and once the index is full it must hold what the items say.
//!
//!     HEARTH_BACKFILLS=20 cargo test --profile ci --test backfill

mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use support::{Db, Launch, Rng, Server, scratch, wait_until};

#[test]
fn an_index_made_under_load_and_kills_has_each_entry_once() {
    let (rounds, seed) = (support::count("HEARTH_BACKFILLS", 3), support::seed());
    let data = scratch();
    let launch = Launch::on(data.path());
    let mut chance = Rng::new(seed, WRITERS);
    let mut resumed = 0;
    let mut compared = 0;
    fill(&launch.start());

    for round in 0..rounds {
        let when = format!("round {round}, seed {seed}");
        let server = launch.start();
        server.db().call("UpdateTable", &make_index()).ok();
        kill_under_load(server, seed ^ round, 1 + chance.below(60));

        let server = launch.start();
        resumed += u64::from(index_status(&mut server.db()).as_deref() == Some("CREATING"));
        write_until_full(&server, seed ^ round ^ 1);

        compared += check_index(&mut server.db(), &when);
        server.db().call("UpdateTable", &drop_index()).ok();
        wait_until("the index to be gone", || {
            index_status(&mut server.db()).is_none().then_some(())
        });
        server.kill();
    }

    assert!(resumed > 0, "each index was full before the kill, seed {seed}");
    support::figure(&format!(
        "backfills={rounds} seed={seed} killed_while_filling={resumed} \
         entries_compared={compared} missing=0 doubled=0"
    ));
}

/// Lets writers write, kills the server after so many acknowledgements, and waits for them.
fn kill_under_load(server: Server, seed: u64, acknowledgements: u64) {
    under_load(server.http(), seed, |acknowledged| {
        wait_until("the writes before the kill", || {
            (acknowledged.load(Ordering::Relaxed) >= acknowledgements).then_some(())
        });
        server.kill();
    });
}

/// Writes on while the index is filled.
fn write_until_full(server: &Server, seed: u64) {
    let mut db = server.db();
    under_load(server.http(), seed, |_| {
        wait_until("the index to be full", || {
            (index_status(&mut db).as_deref() == Some("ACTIVE")).then_some(())
        });
    });
}

/// Lets writers write for as long as something else is done, which is told how many of their
/// writes were acknowledged.
fn under_load(address: SocketAddr, seed: u64, done: impl FnOnce(&AtomicU64)) {
    let (acknowledged, ends) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (acknowledged, ends) = (&acknowledged, &ends);
            scope.spawn(move || write(address, Rng::new(seed, writer), acknowledged, ends));
        }
        done(&acknowledged);
        ends.store(true, Ordering::Relaxed);
    });
}

/// Changes random items until it is told to end or the connection breaks.
fn write(address: SocketAddr, mut rng: Rng, acknowledged: &AtomicU64, ends: &AtomicBool) {
    let Ok(mut db) = Db::try_connect(address) else { return };
    while !ends.load(Ordering::Relaxed) {
        let id = rng.below(ITEMS).to_string();
        let key = json!({"id": {"S": id}});
        let (operation, request) = match rng.below(4) {
            0 => ("DeleteItem", json!({"TableName": TABLE, "Key": key})),
            1 => {
                ("PutItem", json!({"TableName": TABLE, "Item": {"id": {"S": id}, "n": {"N": "0"}}}))
            }
            _ => (
                "UpdateItem",
                json!({
                    "TableName": TABLE,
                    "Key": key,
                    "UpdateExpression": "SET grp = :g ADD n :one",
                    "ExpressionAttributeValues":
                        {":g": {"S": group(rng.below(GROUPS))}, ":one": {"N": "1"}},
                }),
            ),
        };
        match db.try_call(operation, &request) {
            Ok(answer) => drop(answer.ok()),
            Err(_) => return,
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes the table with its items, most of which are in a group.
fn fill(server: &Server) {
    let mut db = server.db();
    db.create_table(TABLE);
    let ids: Vec<u64> = (0..ITEMS).collect();
    for some in ids.chunks(25) {
        let put = |id: &u64| {
            let mut item = json!({"id": {"S": id.to_string()}, "n": {"N": "0"}});
            if !id.is_multiple_of(5) {
                item["grp"] = json!({"S": group(id % GROUPS)});
            }
            json!({"PutRequest": {"Item": item}})
        };
        let puts: Vec<Value> = some.iter().map(put).collect();
        db.call("BatchWriteItem", &json!({"RequestItems": {TABLE: puts}})).ok();
    }
}

/// Holds the index against the items, and its count against both; tells how many entries it has.
fn check_index(db: &mut Db, when: &str) -> usize {
    let mut grouped = BTreeMap::new();
    for item in db.scan_all(&json!({"TableName": TABLE})) {
        if item.get("grp").is_some() {
            grouped.insert(item["id"]["S"].to_string(), item);
        }
    }
    let entries = db.scan_all(&json!({"TableName": TABLE, "IndexName": INDEX}));
    let counted = describe(db)["GlobalSecondaryIndexes"][0]["ItemCount"].clone();

    assert_eq!(entries.len(), grouped.len(), "{when}: entries");
    assert_eq!(counted, json!(grouped.len()), "{when}: the count");
    for entry in entries {
        let id = entry["id"]["S"].to_string();
        assert_eq!(Some(&entry), grouped.get(&id), "{when}: {id}");
    }
    grouped.len()
}

/// What the index is doing; none if there is none.
fn index_status(db: &mut Db) -> Option<String> {
    let table = describe(db);
    table["GlobalSecondaryIndexes"][0]["IndexStatus"].as_str().map(str::to_owned)
}

fn describe(db: &mut Db) -> Value {
    db.call("DescribeTable", &json!({"TableName": TABLE})).ok()["Table"].take()
}

fn make_index() -> Value {
    json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "grp", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": INDEX,
            "KeySchema": [
                {"AttributeName": "grp", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }}],
    })
}

fn drop_index() -> Value {
    let delete = json!([{"Delete": {"IndexName": INDEX}}]);
    json!({"TableName": TABLE, "GlobalSecondaryIndexUpdates": delete})
}

fn group(number: u64) -> String {
    format!("group-{number}")
}

const TABLE: &str = "backfilled";
const INDEX: &str = "by-group";
const WRITERS: u64 = 4;
const ITEMS: u64 = 20_000;
const GROUPS: u64 = 50;
