//! Writes that go to the upstream past a hearth in front of it: how soon they are seen, what stays
//! cached meanwhile, and what becomes of a table whose stream is lost.
//!
//! Not here: writes through the front (`tests/upstream/`), how a stream is read
//! (`src/engine/upstream/stream/`).

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::{
    Asked, Connection, Db, Launch, OK, REFUSED, Scrape, Server, Stopwatch, count, figure, scratch,
    service, wait_until,
};

/// A front, and the hearth behind it.
struct Tiers {
    back: Server,
    front: Server,
    launch: Launch,
    data: [tempfile::TempDir; 2],
}

impl Tiers {
    /// Both, with a table `users` of this stream that the front has looked at.
    fn with(view: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let data = [scratch(), scratch()];
        let back = Launch::on(data[0].path()).env("HEARTH__STORAGE__ENGINE", "memory").start();
        back.db().create_table_with(&users(view));
        let launch = Launch::on(data[1].path()).arg("--upstream").arg(back.endpoint());
        let launch = [
            ("HEARTH__UPSTREAM__CREDENTIALS", "anonymous"),
            ("HEARTH__UPSTREAM__STREAM_POLL_MS", POLL_MS),
            ("HEARTH__UPSTREAM__DESCRIBE_INTERVAL_MS", "100"),
        ]
        .iter()
        .chain(settings)
        .fold(launch, |launch, (name, value)| launch.env(name, value));
        let front = launch.start();
        front.db().get("users", &key("nobody"));
        Self { back, front, launch, data }
    }

    /// The same, once the front follows the stream.
    fn coherent(view: &str) -> Self {
        let tiers = Self::with(Some(view), &[]);
        tiers.wait_for("coherent");
        tiers
    }

    fn wait_for(&self, state: &str) {
        wait_until(&format!("the table to be {state}"), || self.is(state).then_some(()));
    }

    fn is(&self, state: &str) -> bool {
        let labels = [("table", "users"), ("state", state)];
        Scrape::of(self.front.admin()).sum("hearth_table_coherence", &labels) == 1
    }

    fn records(&self, result: &str) -> u64 {
        let labels = [("table", "users"), ("result", result)];
        Scrape::of(self.front.admin()).sum("hearth_stream_records_total", &labels)
    }

    /// Waits until the front has read everything that was written until now.
    fn catch_up(&self) {
        let now_s = hearth::clock::Clock::system().unix_ms() / 1_000;
        wait_until("all that was written to be read", || {
            let seen = Scrape::of(self.front.admin());
            let seen = seen.sum("hearth_stream_seen_timestamp_seconds", &[("table", "users")]);
            (seen > now_s).then_some(())
        });
    }

    /// What `/cache/tables` tells of the table.
    fn told(&self) -> Value {
        let token = std::fs::read_to_string(self.data[1].path().join("admin-token"));
        let token = token.expect("the front made one");
        let mut connection = Connection::open(self.front.admin()).expect("it accepts connections");
        let request = format!(
            "GET /cache/tables HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            token.trim()
        );
        connection.send(request.as_bytes()).expect("it is sent");
        let answer = connection.receive().expect("it is answered");
        let mut answer: Value = serde_json::from_slice(&answer.body).expect("it is JSON");
        answer["tables"][0].take()
    }
}

#[test]
fn what_is_written_past_the_front_is_seen_there_once_it_was_read() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    let (mut back, mut front) = (tiers.back.db(), tiers.front.db());
    assert_eq!(front.get("users", &key("a")), None);
    assert_eq!(source(&mut front, "a"), "hit", "an absence is cached, too");

    for round in 0..3 {
        back.put("users", &item("a", "home", round));
        tiers.catch_up();

        assert_eq!(front.get("users", &key("a")), Some(item("a", "home", round)));
        assert_eq!(source(&mut front, "a"), "hit");
    }
    back.call("DeleteItem", &json!({"TableName": "users", "Key": key("a")})).ok();
    tiers.catch_up();

    assert_eq!(front.get("users", &key("a")), None);
    assert_eq!(tiers.records("invalidated"), 4);
}

#[test]
fn how_soon_a_write_past_the_front_is_seen_is_told() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    let (mut back, mut front) = (tiers.back.db(), tiers.front.db());
    let mut took: Vec<Duration> = Vec::new();

    for round in 0..count("HEARTH_PAST_WRITES", 50) {
        let round = u32::try_from(round).expect("a few");
        let new = item("a", "home", round);
        front.get("users", &key("a"));
        back.put("users", &new);
        let watch = Stopwatch::start();
        wait_until("the write to be seen", || {
            (front.get("users", &key("a")).as_ref() == Some(&new)).then_some(())
        });
        took.push(watch.elapsed());
    }

    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_millis();
    figure(&format!(
        "writes={} poll_ms={POLL_MS} seen_after_ms p50={} p99={} max={}",
        took.len(),
        at(50),
        at(99),
        at(100)
    ));
}

#[test]
fn the_echo_of_a_write_through_the_front_leaves_its_entry_where_it_is() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    let mut front = tiers.front.db();

    front.put("users", &item("a", "home", 1));
    let update = json!({
        "TableName": "users", "Key": key("b"),
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    });
    front.call("UpdateItem", &update).ok();
    front.call("DeleteItem", &json!({"TableName": "users", "Key": key("b")})).ok();
    wait_until("the echoes", || {
        (tiers.records("own") + tiers.records("invalidated") == 3).then_some(())
    });

    assert_eq!(source(&mut front, "a"), "hit");
    assert!(tiers.records("own") >= 2, "the put, and the delete or both of the other key");
}

#[test]
fn pages_of_the_table_and_of_a_global_index_follow_what_is_written_past_the_front() {
    for view in ["NEW_AND_OLD_IMAGES", "KEYS_ONLY"] {
        let tiers = Tiers::coherent(view);
        let (mut back, mut front) = (tiers.back.db(), tiers.front.db());
        back.put("users", &item("a", "home", 1));
        tiers.catch_up();
        let found = |front: &mut Db| {
            ["home", "away"].map(|place| front.read_all("Query", &in_place(place)).len())
        };
        assert_eq!(found(&mut front), [1, 0], "{view}");
        assert_eq!(front.read_all("Query", &by_id("a")), [item("a", "home", 1)], "{view}");
        assert_eq!(front.explain("Query", &in_place("home")).1, "hit", "{view}");
        assert_eq!(front.explain("Query", &by_id("a")).1, "hit", "{view}");

        back.put("users", &item("a", "away", 2));
        tiers.catch_up();

        assert_eq!(found(&mut front), [0, 1], "{view}");
        assert_eq!(front.read_all("Query", &by_id("a")), [item("a", "away", 2)], "{view}");
    }
}

#[test]
fn a_stream_that_is_disabled_ends_the_trust_and_a_new_one_brings_it_back() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    let (mut back, mut front) = (tiers.back.db(), tiers.front.db());
    back.put("users", &item("a", "home", 1));
    front.get("users", &key("a"));

    stream(&mut back, &json!({"StreamEnabled": false}));
    tiers.wait_for("ttl");

    let told = tiers.told();
    assert_eq!(told["why"], "it has no stream");
    assert_eq!(told["policy"]["item_ttl_ms"], 300_000);
    assert!(tiers.front.stderr().contains("its stream was disabled"), "{}", tiers.front.stderr());
    assert_ne!(source(&mut front, "a"), "hit", "what was cached is forgotten");
    stream(&mut back, &json!({"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}));
    tiers.wait_for("coherent");
    back.put("users", &item("a", "home", 2));
    tiers.catch_up();
    assert_eq!(front.get("users", &key("a")), Some(item("a", "home", 2)));
    let told = tiers.told();
    assert_eq!((&told["stream"]["view"], &told["why"]), (&json!("KEYS_ONLY"), &Value::Null));
    assert_eq!(told["policy"]["item_ttl_ms"], 0, "without limit");
}

#[test]
fn a_table_that_was_deleted_and_made_again_is_another() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    let (mut back, mut front) = (tiers.back.db(), tiers.front.db());
    back.put("users", &item("a", "home", 1));
    assert_eq!(front.get("users", &key("a")), Some(item("a", "home", 1)));
    let stream = tiers.told()["stream"]["arn"].clone();

    back.call("DeleteTable", &json!({"TableName": "users"})).ok();
    wait_until("the table to be gone", || {
        let described = back.call("DescribeTable", &json!({"TableName": "users"}));
        (described.status != 200).then_some(())
    });
    back.create_table_with(&users(Some("NEW_AND_OLD_IMAGES")));

    wait_until("the new table to be known", || {
        (front.call("GetItem", &json!({"TableName": "users", "Key": key("a")})).body == json!({}))
            .then_some(())
    });
    wait_until("its stream to be followed", || {
        let told = tiers.told();
        (told["coherence"] == "coherent" && told["stream"]["arn"] != stream).then_some(())
    });
    back.put("users", &item("a", "home", 2));
    tiers.catch_up();
    assert_eq!(front.get("users", &key("a")), Some(item("a", "home", 2)));
}

#[test]
fn the_stream_of_a_table_that_is_deleted_is_no_stream_that_was_lost() {
    // Only the stream shows that the table is gone.
    let settings = [("HEARTH__UPSTREAM__DESCRIBE_INTERVAL_MS", "3600000")];
    let tiers = Tiers::with(Some("NEW_AND_OLD_IMAGES"), &settings);
    tiers.wait_for("coherent");
    let mut back = tiers.back.db();

    back.call("DeleteTable", &json!({"TableName": "users"})).ok();
    wait_until("the table to be forgotten", || {
        let states = Scrape::of(tiers.front.admin());
        (states.sum("hearth_table_coherence", &[("table", "users")]) == 0).then_some(())
    });

    let said = tiers.front.stderr();
    assert!(!said.contains("what was cached of a table is forgotten"), "{said}");
    let made_again = || {
        let described = back.call("DescribeTable", &json!({"TableName": "users"}));
        (described.status != 200).then_some(())
    };
    wait_until("the table to be gone", made_again);
    tiers.front.db().create_table_with(&users(Some("NEW_AND_OLD_IMAGES")));
    tiers.wait_for("coherent");
    let losses = Scrape::of(tiers.front.admin());
    assert_eq!(losses.sum("hearth_stream_losses_total", &[("table", "users")]), 0);
    // One that is lost counts as before.
    stream(&mut back, &json!({"StreamEnabled": false}));
    wait_until("the loss to be counted", || {
        let losses = Scrape::of(tiers.front.admin());
        (losses.sum("hearth_stream_losses_total", &[("table", "users")]) == 1).then_some(())
    });
}

#[test]
fn the_stream_of_a_table_that_is_gone_by_then_is_not_said_not_to_be_turned_on() {
    let (is_gone, data) = (Arc::new(AtomicBool::new(false)), scratch());
    let gone = Arc::clone(&is_gone);
    let no_table = r#"{"__type":"x#ResourceNotFoundException","message":"not found"}"#;
    let url = service(move |asked| match asked {
        Asked::Operation("ListTables") => (OK, r#"{"TableNames":["users"]}"#),
        Asked::Operation("DescribeTable") if !gone.load(Ordering::SeqCst) => (OK, DESCRIPTION),
        Asked::Operation("DescribeTable") => (REFUSED, no_table),
        Asked::Operation("UpdateTable") => {
            gone.store(true, Ordering::SeqCst);
            (REFUSED, no_table)
        }
        Asked::Operation(_) | Asked::Path(_) => (REFUSED, VALIDATION),
    });
    let launch = Launch::on(data.path()).arg("--upstream").arg(url);
    let launch = launch.env("HEARTH__UPSTREAM__CREDENTIALS", "anonymous");
    let front = launch.env("HEARTH__CACHE__STREAM", "enable").start();

    wait_until("the table to be forgotten", || {
        let states = Scrape::of(front.admin());
        let known = states.sum("hearth_table_coherence", &[("table", "users")]);
        (is_gone.load(Ordering::SeqCst) && known == 0).then_some(())
    });

    let said = front.stderr();
    assert!(!said.contains("cannot be turned on"), "{said}");
}

const DESCRIPTION: &str = r#"{"Table":{"TableName":"users","TableStatus":"ACTIVE","TableId":"a",
    "TableArn":"arn:aws:dynamodb:us-east-1:1:table/users","CreationDateTime":1,
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
    "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}}"#;
const VALIDATION: &str = r#"{"__type":"x#ValidationException","message":"no"}"#;

#[test]
fn a_stream_is_turned_on_where_that_is_asked_for() {
    let tiers = Tiers::with(None, &[("HEARTH__CACHE__STREAM", "enable")]);

    tiers.wait_for("coherent");

    let described = tiers.back.db().call("DescribeTable", &json!({"TableName": "users"})).ok();
    let expected = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    assert_eq!(described["Table"]["StreamSpecification"], expected);
}

#[test]
fn the_tables_are_listed_with_how_far_they_may_be_trusted() {
    let tiers = Tiers::coherent("NEW_AND_OLD_IMAGES");
    tiers.front.db().put("users", &item("a", "home", 1));

    let listed = Launch::with(&["tables"])
        .arg("--admin")
        .arg(format!("http://{}", tiers.front.admin()))
        .arg("--token-file")
        .arg(tiers.data[1].path().join("admin-token"))
        .run();

    assert!(listed.status.success(), "{listed:?}");
    let line = listed.stdout.lines().nth(1).expect("a line for the table");
    let words: Vec<&str> =
        line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
    // The absence that was looked for before the table was coherent is forgotten.
    assert_eq!(&words[..6], ["users", "1", "no limit", "use", "NEW_AND_OLD_IMAGES", "coherent"]);
}

#[test]
fn what_may_be_read_from_a_copy_that_lags_keeps_a_time_to_live() {
    let tiers = Tiers::with(Some("KEYS_ONLY"), &[("HEARTH__UPSTREAM__FILLS", "eventual")]);

    tiers.wait_for("coherent");

    assert_eq!(tiers.told()["policy"]["item_ttl_ms"], 300_000);
}

#[test]
fn the_place_in_a_stream_outlives_the_process() {
    let tiers = Tiers::coherent("KEYS_ONLY");
    tiers.back.db().put("users", &item("a", "home", 1));
    tiers.catch_up();
    let file = tiers.data[1].path().join("state/stream-cursors");
    wait_until("the place to be written down", || {
        std::fs::read_to_string(&file).ok().filter(|text| text.contains("/stream/"))
    });
    let Tiers { back, front, launch, data } = tiers;
    front.kill();
    back.db().put("users", &item("a", "home", 2));

    let tiers = Tiers { front: launch.start(), back, launch, data };

    assert_eq!(tiers.front.db().get("users", &key("a")), Some(item("a", "home", 2)));
    wait_until("the record of meanwhile to be read", || {
        (tiers.records("invalidated") + tiers.records("own") == 1).then_some(())
    });
    tiers.wait_for("coherent");
}

#[test]
fn a_stream_that_is_not_to_be_used_is_left_alone() {
    let tiers = Tiers::with(Some("KEYS_ONLY"), &[("HEARTH__CACHE__STREAM", "off")]);

    tiers.wait_for("ttl");

    wait_until("the table to be looked at", || {
        (tiers.told()["why"] == "its stream is not used (stream = \"off\")").then_some(())
    });
}

#[test]
fn a_table_whose_stream_gives_no_answer_is_trusted_no_more_and_recovers_by_itself() {
    for (choice, state) in [("ttl", "incoherent"), ("bypass", "bypassed")] {
        let settings = [
            ("HEARTH__UPSTREAM__MAX_LAG_MS", "300"),
            ("HEARTH__UPSTREAM__INCOHERENT", choice),
            ("HEARTH__UPSTREAM__TRY_TIMEOUT_MS", "100"),
            ("HEARTH__UPSTREAM__DEADLINE_MS", "200"),
        ];
        let tiers = Tiers::with(Some("KEYS_ONLY"), &settings);
        tiers.wait_for("coherent");

        tiers.back.signal("STOP");
        tiers.wait_for(state);
        let told = tiers.told();
        tiers.back.signal("CONT");
        tiers.wait_for("coherent");

        let why = told["why"].as_str().expect("it says why");
        assert!(why.contains("max_lag_ms"), "{why}");
        assert_eq!(told["policy"]["bypass"], json!(choice == "bypass"));
        assert_eq!(told["lag_ms"], Value::Null);
        assert_eq!(tiers.told()["policy"]["bypass"], json!(false));
        tiers.back.db().put("users", &item("a", "home", 1));
        tiers.catch_up();
        assert!(tiers.front.db().get("users", &key("a")).is_some());
    }
}

#[test]
fn after_an_unclean_end_what_may_still_land_is_waited_for() {
    let tiers = Tiers::with(Some("KEYS_ONLY"), &[("HEARTH__CACHE__STREAM", "off")]);
    let ttl = |tiers: &Tiers| {
        tiers.front.db().get("users", &key("a"));
        tiers.told()["policy"]["item_ttl_ms"].clone()
    };
    assert_eq!(ttl(&tiers), 300_000);

    let Tiers { back, front, launch, data } = tiers;
    front.kill();
    let tiers = Tiers { front: launch.start(), back, launch, data };
    let after_kill = ttl(&tiers);
    let said = tiers.front.stderr();
    let Tiers { back, front, launch, data } = tiers;
    front.signal("TERM");
    assert!(front.exit().status.success());
    let tiers = Tiers { front: launch.start(), back, launch, data };
    let still = ttl(&tiers);
    let said_still = tiers.front.stderr();

    assert_eq!(after_kill, 1_000);
    assert_eq!(still, 1_000, "it has not been waited for long enough");
    for said in [said, said_still] {
        let words = "as it did not end cleanly, or did while some had no answer";
        assert!(said.contains(words), "the second end was a clean one: {said}");
    }
}

#[test]
fn after_a_clean_end_nothing_is_waited_for() {
    let tiers = Tiers::with(None, &[]);
    tiers.front.db().put("users", &item("a", "home", 1));
    let Tiers { back, front, launch, data } = tiers;

    front.signal("TERM");
    assert!(front.exit().status.success());
    let tiers = Tiers { front: launch.start(), back, launch, data };

    tiers.front.db().get("users", &key("a"));
    assert_eq!(tiers.told()["policy"]["item_ttl_ms"], 300_000);
}

/// Turns a table's stream on or off, and waits until it is so.
fn stream(back: &mut Db, specification: &Value) {
    let update = json!({"TableName": "users", "StreamSpecification": specification});
    back.call("UpdateTable", &update).ok();
    wait_until("the table to be changed", || {
        let described = back.call("DescribeTable", &json!({"TableName": "users"})).ok();
        (described["Table"]["TableStatus"] == "ACTIVE").then_some(())
    });
}

/// What a read of one item is told.
fn source(db: &mut Db, id: &str) -> String {
    db.explain("GetItem", &json!({"TableName": "users", "Key": key(id)})).1
}

fn key(id: &str) -> Value {
    json!({"id": {"S": id}})
}

fn item(id: &str, place: &str, n: u32) -> Value {
    json!({"id": {"S": id}, "place": {"S": place}, "n": {"N": n.to_string()}})
}

fn by_id(id: &str) -> Value {
    json!({
        "TableName": "users",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": id}},
    })
}

fn in_place(place: &str) -> Value {
    json!({
        "TableName": "users", "IndexName": "by-place",
        "KeyConditionExpression": "place = :place",
        "ExpressionAttributeValues": {":place": {"S": place}},
    })
}

fn users(view: Option<&str>) -> Value {
    let mut create = json!({
        "TableName": "users",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "place", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-place",
            "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if let Some(view) = view {
        create["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view});
    }
    create
}

const POLL_MS: &str = "20";
