//! Items whose time to live is over, of a whole proxy over tables in memory, by a clock of the
//! test's own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::background_tests::{called, metric, until};
use super::*;
use crate::api::Consistency;
use crate::config::EngineKind;
use crate::engine::TableReader as _;
use crate::model::KeyValue;

struct Rig {
    parts: Arc<start::Parts>,
    sweeper: Sweeper,
}

/// 2023-11-14, 22:13:20.
const START_S: u64 = 1_700_000_000;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
const FIVE_YEARS_S: u64 = 5 * 365 * DAY_S;

impl Rig {
    /// A table `tab` of the key `id`, whose items expire by `until`; an index `by_kind` has all.
    async fn open() -> Self {
        let rig = Self::open_with(|_| {}).await;
        rig.enable().await;
        rig
    }

    /// The same before the time to live is enabled.
    async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        config.ttl.deletes_per_second = 1_000_000;
        change(&mut config);
        let clock = Clock::manual(START_S * 1_000);
        let parts = Arc::new(start::open_by(&config, clock).expect("tables in memory open"));
        let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
        let create = json!({
            "TableName": "tab",
            "AttributeDefinitions": [
                { "AttributeName": "id", "AttributeType": "S" },
                { "AttributeName": "kind", "AttributeType": "S" },
            ],
            "KeySchema": key("id"),
            "GlobalSecondaryIndexes": [{
                "IndexName": "by_kind",
                "KeySchema": key("kind"),
                "Projection": { "ProjectionType": "ALL" },
            }],
            "BillingMode": "PAY_PER_REQUEST",
        });
        called(&parts, "CreateTable", create).await;
        let sweeper = Sweeper::new(Arc::clone(&parts.proxy));
        Self { parts, sweeper }
    }

    async fn enable(&self) {
        self.time_to_live(true).await;
    }

    async fn time_to_live(&self, enabled: bool) {
        let specification = json!({ "Enabled": enabled, "AttributeName": "until" });
        let update = json!({ "TableName": "tab", "TimeToLiveSpecification": specification });
        called(&self.parts, "UpdateTimeToLive", update).await;
    }

    /// Puts an item that says this of when it expires.
    async fn put_saying(&self, id: &str, until: Value) {
        let item = json!({ "id": { "S": id }, "kind": { "S": "k" }, "until": until });
        called(&self.parts, "PutItem", json!({ "TableName": "tab", "Item": item })).await;
    }

    async fn put(&self, id: &str, until_s: u64) {
        self.put_saying(id, json!({ "N": until_s.to_string() })).await;
    }

    async fn sweep(&mut self) {
        self.sweeper.sweep().await;
    }

    /// The ids of the items that are there, in order.
    async fn ids(&self) -> Vec<String> {
        let found = called(&self.parts, "Scan", json!({ "TableName": "tab" })).await;
        ids_of(&found)
    }

    /// The ids of the items that the index has, in order.
    async fn ids_in_index(&self) -> Vec<String> {
        let query = json!({
            "TableName": "tab",
            "IndexName": "by_kind",
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": { ":kind": { "S": "k" } },
        });
        ids_of(&called(&self.parts, "Query", query).await)
    }

    async fn get(&self, id: &str) -> Value {
        let key = json!({ "id": { "S": id } });
        called(&self.parts, "GetItem", json!({ "TableName": "tab", "Key": key })).await
    }

    /// Whether the cache has the item; none if it knows nothing of the key.
    fn cached(&self, id: &str) -> Option<bool> {
        let now = self.parts.clock.monotonic();
        let key = [("id", KeyValue::S(id))];
        let hit = self.parts.proxy.hit("tab", &key, Consistency::Eventual, now)?;
        Some(hit.item.is_some())
    }

    fn metric(&self, name: &str) -> u64 {
        metric(&self.parts, &format!("hearth_time_to_live_{name} "))
    }

    fn deleted(&self) -> u64 {
        self.metric("deleted_items_total{table=\"tab\"}")
    }

    fn set_time(&self, seconds: u64) {
        self.parts.clock.set_unix_ms(seconds * 1_000);
    }

    fn pass(&self, seconds: u64) {
        self.parts.clock.advance(Duration::from_secs(seconds));
    }
}

fn ids_of(page: &Value) -> Vec<String> {
    let items = page["Items"].as_array().expect("items").iter();
    let mut ids: Vec<String> =
        items.map(|item| item["id"]["S"].as_str().expect("an id").to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn what_expired_is_read_until_it_is_swept_and_goes_with_what_the_caches_have() {
    let mut rig = Rig::open().await;
    rig.put("old", START_S - 10).await;
    rig.put("new", START_S + 10).await;
    for _ in 0..2 {
        assert_eq!(rig.get("old").await["Item"]["id"], json!({ "S": "old" }));
        assert_eq!(rig.ids().await, ["new", "old"]);
        assert_eq!(rig.ids_in_index().await, ["new", "old"]);
    }
    assert_eq!(rig.cached("old"), Some(true));

    rig.sweep().await;

    assert_eq!(rig.cached("old"), Some(false));
    assert_eq!(rig.get("old").await, json!({}));
    assert_eq!(rig.ids().await, ["new"]);
    assert_eq!(rig.ids_in_index().await, ["new"]);
    assert_eq!((rig.deleted(), rig.metric("lag_seconds")), (1, 0));
    let written = "hearth_consumed_capacity_units_total{table=\"tab\",kind=\"write\"} ";
    // Two puts of an item and of its entry; deletes for age cost nothing.
    assert_eq!(metric(&rig.parts, written), 4);
    rig.put("old", START_S + 20).await;
    assert_eq!(rig.ids().await, ["new", "old"]);
    assert_eq!(rig.cached("old"), Some(true));
}

#[tokio::test]
async fn only_whole_seconds_of_the_last_five_years_expire() {
    let mut rig = Rig::open().await;
    let number = |text: String| json!({ "N": text });
    let past = (START_S - 1).to_string();
    for (id, until) in [
        ("gone: a second ago", number(past.clone())),
        ("gone: with zeros", number(format!("{past}.000"))),
        ("gone: nearly five years", number((START_S - FIVE_YEARS_S).to_string())),
        ("now", number(START_S.to_string())),
        ("later", number((START_S + 1).to_string())),
        ("more than five years", number((START_S - FIVE_YEARS_S - 1).to_string())),
        ("zero", number("0".into())),
        ("negative", number("-1".into())),
        ("a fraction", number(format!("{past}.5"))),
        ("milliseconds", number((START_S * 1_000).to_string())),
        ("text", json!({ "S": past })),
        ("nested", json!({ "M": { "until": { "N": past } } })),
        ("a set", json!({ "NS": [past] })),
    ] {
        rig.put_saying(id, until).await;
    }

    rig.sweep().await;

    let left = rig.ids().await;
    assert_eq!((rig.deleted(), left.len()), (3, 10));
    assert!(left.iter().all(|id| !id.starts_with("gone")), "{left:?}");
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_deletes_nothing_before_that_has_stood() {
    let mut rig = Rig::open().await;
    for hours in 0..24 {
        rig.put(&format!("{hours:02}"), START_S + hours * HOUR_S + 1).await;
    }
    rig.sweep().await;
    assert_eq!(rig.deleted(), 0);

    rig.set_time(START_S + DAY_S);
    rig.sweep().await;
    assert_eq!((rig.deleted(), rig.metric("clock_doubted")), (0, 1));
    // Meanwhile items expire as if the clock had not moved.
    rig.pass(30 * 60);
    rig.sweep().await;
    assert_eq!(rig.ids().await.first().map(String::as_str), Some("01"));
    rig.pass(30 * 60 - 1);
    rig.sweep().await;
    assert_eq!((rig.deleted(), rig.metric("clock_doubted")), (1, 1));

    rig.pass(1);
    rig.sweep().await;

    assert_eq!((rig.deleted(), rig.metric("clock_doubted")), (24, 0));
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_and_back_deletes_nothing() {
    let mut rig = Rig::open().await;
    rig.put("tomorrow", START_S + DAY_S - 1).await;

    for _ in 0..3 {
        rig.set_time(START_S + DAY_S);
        rig.sweep().await;
        rig.pass(50 * 60);
        rig.sweep().await;
        rig.set_time(START_S);
        rig.sweep().await;
        assert_eq!((rig.deleted(), rig.metric("clock_doubted")), (0, 0));
    }
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_back_deletes_nothing_that_is_not_over_by_it() {
    let mut rig = Rig::open().await;
    rig.set_time(START_S - DAY_S);
    rig.put("an hour ago", START_S - HOUR_S).await;
    rig.put("long ago", START_S - 2 * DAY_S).await;

    rig.sweep().await;
    assert_eq!(rig.ids().await, ["an hour ago"]);
    assert_eq!(rig.metric("clock_doubted"), 1);
    rig.pass(2 * HOUR_S);
    rig.sweep().await;
    assert_eq!((rig.deleted(), rig.metric("clock_doubted")), (1, 0));

    // Set right again, it is a day ahead: that has to stand, too.
    rig.set_time(START_S + 2 * HOUR_S);
    rig.sweep().await;
    assert_eq!(rig.deleted(), 1);
    rig.pass(HOUR_S);
    rig.sweep().await;
    assert_eq!(rig.deleted(), 2);
}

#[tokio::test]
async fn a_clock_that_is_wrong_at_the_start_deletes_no_faster_than_the_rate() {
    let mut rig = Rig::open_with(|config| config.ttl.deletes_per_second = 200).await;
    rig.enable().await;
    for place in 0..100 {
        rig.put(&format!("{place}"), START_S - 1 - place).await;
    }
    let clock = Clock::system();
    let began = clock.monotonic();

    rig.sweep().await;

    // Twenty at a time, five times, a tenth of a second between.
    let took = clock.monotonic().saturating_sub(began);
    assert!(took >= Duration::from_millis(390), "{took:?}");
    assert_eq!(rig.deleted(), 100);
}

#[tokio::test]
async fn the_lag_is_the_age_of_what_the_sweep_leaves() {
    let rig = Rig::open_with(|config| config.ttl.deletes_per_second = 20).await;
    rig.enable().await;
    for place in 0..20 {
        rig.put(&format!("{place:02}"), START_S - 100 + place).await;
    }

    let Rig { parts, mut sweeper } = rig;
    let sweep = async move { sweeper.sweep().await };
    let swept = task::spawn("sweep", sweep);
    until(|| metric(&parts, "hearth_time_to_live_lag_seconds ") > 0).await;

    let lag = metric(&parts, "hearth_time_to_live_lag_seconds ");
    assert!((81..=100).contains(&lag), "{lag}");
    swept.await.expect("it ends");
    assert_eq!(metric(&parts, "hearth_time_to_live_lag_seconds "), 0);
}

#[tokio::test]
async fn items_from_before_it_was_enabled_expire_too_and_none_once_it_is_disabled() {
    let mut rig = Rig::open_with(|_| {}).await;
    for place in 0..1_100 {
        rig.put(&format!("{place}"), START_S - 1 - place).await;
    }
    let parts = Arc::clone(&rig.parts);
    let setting = || {
        let catalog = parts.engine.catalog().load();
        catalog.table("tab").expect("it is there").time_to_live.clone()
    };
    task::spawn("tender", Arc::clone(&parts.proxy).tend_tables());
    rig.sweep().await;
    assert_eq!(rig.deleted(), 0);

    rig.enable().await;
    until(|| setting().complete).await;
    rig.sweep().await;
    assert_eq!(rig.deleted(), 1_100);

    rig.put("kept", START_S - 1).await;
    rig.time_to_live(false).await;
    rig.sweep().await;
    until(|| setting().cleared).await;
    rig.sweep().await;
    assert_eq!(rig.ids().await, ["kept"]);
}

/// A full queue refuses most of a hundred deletes at once: they are made up for.
#[tokio::test]
async fn deletes_that_found_no_room_are_tried_again() {
    let mut rig = Rig::open_with(|config| config.storage.queue_mutations_max = 1).await;
    rig.enable().await;
    for place in 0..300 {
        rig.put(&format!("{place}"), START_S - 1 - place).await;
    }

    for _ in 0..300 {
        rig.sweep().await;
        let left = rig.ids().await.len();
        assert_eq!(rig.deleted(), 300 - left as u64);
        assert_eq!(rig.metric("lag_seconds") > 0, left > 0);
        if left == 0 {
            return;
        }
    }
    panic!("each sweep deletes at least one");
}

#[tokio::test]
async fn a_rate_of_none_deletes_nothing_until_it_is_raised() {
    let mut rig = Rig::open_with(|config| config.ttl.deletes_per_second = 0).await;
    rig.enable().await;
    rig.put("old", START_S - 1).await;

    rig.sweep().await;
    assert_eq!(rig.deleted(), 0);
    rig.parts.proxy.set_sweeping(start::sweeping(&Config::default()));
    rig.sweep().await;

    assert_eq!(rig.deleted(), 1);
}

#[tokio::test]
async fn the_drain_ends_a_sweep() {
    let rig = Rig::open_with(|config| config.ttl.deletes_per_second = 1).await;
    rig.enable().await;
    for place in 0..100 {
        rig.put(&format!("{place}"), START_S - 1).await;
    }

    let running = task::spawn("sweeper", rig.sweeper.run());
    until(|| metric(&rig.parts, "hearth_time_to_live_deleted_items_total{table=\"tab\"} ") > 0)
        .await;
    rig.parts.proxy.stop_background();

    running.await.expect("it ends");
    let deleted = metric(&rig.parts, "hearth_time_to_live_deleted_items_total{table=\"tab\"} ");
    assert!(deleted < 100, "{deleted}");
}

/// Clients put items that have expired and give them more time, while sweeps go on: what was given
/// more time is never deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_item_that_was_given_more_time_is_never_deleted() {
    let mut rig = Rig::open().await;
    let (refreshed, lost) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let clients = (0..4_u64).map(|client| {
        let (parts, refreshed, lost) =
            (Arc::clone(&rig.parts), Arc::clone(&refreshed), Arc::clone(&lost));
        task::spawn("client", async move {
            for round in 0..400_u64 {
                let key = json!({ "id": { "S": format!("c{client}") } });
                let until = |second: u64| json!({ "N": second.to_string() });
                let mut item = key.clone();
                item["until"] = until(START_S - 1 - round % 7);
                called(&parts, "PutItem", json!({ "TableName": "tab", "Item": item })).await;
                for _ in 0..(round * 7 + client * 3) % 40 {
                    tokio::task::yield_now().await;
                }
                // An update makes an item that is gone; what it was tells which of both happened.
                let update = json!({
                    "TableName": "tab",
                    "Key": key,
                    "UpdateExpression": "SET #until = :until, seen = :round",
                    "ExpressionAttributeNames": { "#until": "until" },
                    "ExpressionAttributeValues": {
                        ":until": until(START_S + 100),
                        ":round": until(round),
                    },
                    "ReturnValues": "ALL_OLD",
                });
                let old = called(&parts, "UpdateItem", update).await;
                let was_there = old.get("Attributes").is_some();
                (if was_there { &refreshed } else { &lost }).fetch_add(1, Ordering::SeqCst);
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                for consistent in [false, true] {
                    let get =
                        json!({ "TableName": "tab", "Key": key, "ConsistentRead": consistent });
                    let found = called(&parts, "GetItem", get).await;
                    assert_eq!(found["Item"]["seen"], until(round), "client {client}");
                }
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    while !clients.iter().all(tokio::task::JoinHandle::is_finished) {
        rig.sweep().await;
        tokio::task::yield_now().await;
    }
    for client in clients {
        client.await.expect("a client ends");
    }

    let (refreshed, lost) = (refreshed.load(Ordering::SeqCst), lost.load(Ordering::SeqCst));
    assert_eq!((refreshed + lost, rig.deleted()), (1_600, lost));
    assert!(refreshed > 0 && lost > 0, "{refreshed} refreshed, {lost} deleted before");
}
