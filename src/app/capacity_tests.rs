//! Tables that are held to their capacity, of a whole proxy over tables in memory, by a clock of the
//! test's own.

use std::time::Duration;

use serde_json::{Value, json};

use super::background_tests::{asked, called, metric};
use super::*;
use crate::api::{ApiError, ErrorCode};
use crate::config::{CapacityMode, EngineKind};

struct Rig {
    parts: start::Parts,
}

impl Rig {
    /// A table `tab` of the key `id` with 2 read and 3 write units, and an index `by_kind` that has
    /// all, with 1 and 1.
    async fn open() -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        config.capacity.mode = CapacityMode::Enforce;
        let clock = Clock::manual(1_700_000_000_000);
        let parts = start::open_by(&config, clock).expect("tables in memory open");
        let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
        let create = json!({
            "TableName": "tab",
            "AttributeDefinitions": [
                { "AttributeName": "id", "AttributeType": "S" },
                { "AttributeName": "kind", "AttributeType": "S" },
            ],
            "KeySchema": key("id"),
            "ProvisionedThroughput": units(2, 3),
            "GlobalSecondaryIndexes": [{
                "IndexName": "by_kind",
                "KeySchema": key("kind"),
                "Projection": { "ProjectionType": "ALL" },
                "ProvisionedThroughput": units(1, 1),
            }],
        });
        called(&parts, "CreateTable", create).await;
        Self { parts }
    }

    fn advance(&self, by: Duration) {
        self.parts.clock.advance(by);
    }

    async fn call(&self, operation: &str, mut body: Value) -> Result<Value, ApiError> {
        body["TableName"] = "tab".into();
        asked(&self.parts, operation, &body).await
    }

    /// Puts an item of exactly so many KiB.
    async fn put(&self, id: &str, kib: usize) -> Result<Value, ApiError> {
        let length = kib * 1024 - "id".len() - id.len() - "d".len();
        let item = json!({ "id": { "S": id }, "d": { "S": "x".repeat(length) } });
        self.call("PutItem", json!({ "Item": item })).await
    }

    /// Puts small items until one is refused, and says how many were not.
    async fn puts(&self) -> usize {
        let mut count = 0;
        while self.put("small", 1).await.is_ok() {
            count += 1;
        }
        count
    }

    async fn get(&self, id: &str) -> Result<Value, ApiError> {
        let key = json!({ "id": { "S": id } });
        self.call("GetItem", json!({ "Key": key, "ConsistentRead": true })).await
    }

    async fn get_in_transaction(&self, id: &str) -> Result<Value, ApiError> {
        let get = json!({ "TableName": "tab", "Key": { "id": { "S": id } } });
        asked(&self.parts, "TransactGetItems", &json!({ "TransactItems": [{ "Get": get }] })).await
    }

    async fn update(&self, change: Value) {
        self.call("UpdateTable", change).await.expect("it can be changed");
    }

    /// Uses up the 900 units that writes have at first.
    async fn use_up_writes(&self) {
        for id in ["a", "b", "c"] {
            self.put(id, 300).await.expect("there are units left");
        }
    }
}

fn units(read: u64, write: u64) -> Value {
    json!({ "ReadCapacityUnits": read, "WriteCapacityUnits": write })
}

const INSTANT: Duration = Duration::from_micros(1);

#[tokio::test]
async fn units_come_in_by_the_clock() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;

    let refused = rig.put("d", 1).await.expect_err("nothing is left");
    assert_eq!(refused.code, ErrorCode::ProvisionedThroughputExceeded);
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.puts().await, 3);
    rig.advance(Duration::from_secs(2));
    rig.put("d", 30).await.expect("there are units, if not as many");
    rig.advance(Duration::from_secs(8));
    assert_eq!(rig.puts().await, 0, "they only just made up for it");
    rig.advance(INSTANT);
    assert_eq!(rig.puts().await, 1);
    rig.advance(Duration::from_hours(1));
    assert_eq!(rig.puts().await, 900);
    let series = "hearth_throttle_events_total{table=\"tab\",kind=\"write\",cause=";
    assert_eq!(metric(&rig.parts, &format!("{series}\"table_provisioned\"}} ")), 5);
    assert_eq!(metric(&rig.parts, &format!("{series}\"index_provisioned\"}} ")), 0);
}

#[tokio::test]
async fn other_units_hold_at_once() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;

    rig.advance(Duration::from_secs(1));
    rig.update(json!({ "ProvisionedThroughput": units(2, 10) })).await;
    assert_eq!(rig.puts().await, 3, "those of the second before");
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.puts().await, 10);
    rig.advance(Duration::from_hours(1));
    rig.update(json!({ "ProvisionedThroughput": units(2, 1) })).await;
    assert_eq!(rig.puts().await, 300, "no more than 300 seconds of the new ones");
}

#[tokio::test]
async fn what_is_charged_on_demand_has_no_limit_but_its_maximum() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;

    rig.update(json!({ "BillingMode": "PAY_PER_REQUEST" })).await;
    for _ in 0..5 {
        rig.put("a", 300).await.expect("there is no limit");
    }
    rig.update(json!({ "OnDemandThroughput": { "MaxWriteRequestUnits": 7 } })).await;
    rig.advance(Duration::from_secs(1));
    let (first, second) = (rig.puts().await, rig.put("a", 1).await);
    assert!(first > 0);
    assert_eq!(second.expect_err("it has a maximum").code, ErrorCode::Throttling);
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.puts().await, 7);
    rig.update(json!({ "OnDemandThroughput": { "MaxWriteRequestUnits": -1 } })).await;
    for _ in 0..5 {
        rig.put("a", 300).await.expect("there is no limit");
    }
}

#[tokio::test]
async fn hits_draw_nothing_and_go_on_when_nothing_is_left() {
    let rig = Rig::open().await;
    rig.put("a", 300).await.expect("there are units left");
    rig.get("a").await.expect("there are units left");

    // Of 600 units each of the first four takes 150, the hits between them nothing.
    for _ in 0..4 {
        rig.get_in_transaction("a").await.expect("there are units left");
        for _ in 0..20 {
            rig.get("a").await.expect("a hit");
        }
    }
    let refused = rig.get_in_transaction("a").await.expect_err("nothing is left");
    assert_eq!(refused.code, ErrorCode::TransactionCanceled);
    rig.get("a").await.expect("a hit");
    let refused = rig.get("nobody").await.expect_err("a miss");
    assert_eq!(refused.code, ErrorCode::ProvisionedThroughputExceeded);
    rig.advance(Duration::from_mins(2));
    rig.get("nobody").await.expect("there are units again");
    rig.get("nobody").await.expect("its absence is a hit");
}

#[tokio::test]
async fn a_write_that_failed_gives_back_what_it_took_ahead() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;
    rig.advance(Duration::from_secs(1));

    for _ in 0..20 {
        let add = json!({
            "Key": { "id": { "S": "a" } }, "UpdateExpression": "SET d = d + :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        });
        let refused = rig.call("UpdateItem", add).await.expect_err("it is no number");
        assert_eq!(refused.code, ErrorCode::Validation);
    }

    assert_eq!(rig.puts().await, 3);
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_charged() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;
    rig.advance(Duration::from_secs(1));

    let item = json!({ "id": { "S": "a" } });
    let put = json!({ "Item": item, "ConditionExpression": "attribute_not_exists(id)" });
    let refused = rig.call("PutItem", put).await.expect_err("it is there");

    assert_eq!(refused.code, ErrorCode::ConditionalCheckFailed);
    // The item that was found has 300 KiB, and there were 3 units.
    rig.advance(Duration::from_secs(99));
    assert_eq!(rig.puts().await, 0);
    rig.advance(INSTANT);
    assert_eq!(rig.puts().await, 1);
}

#[tokio::test]
async fn expired_items_are_deleted_when_nothing_is_left() {
    let rig = Rig::open().await;
    let specification = json!({ "Enabled": true, "AttributeName": "until" });
    rig.call("UpdateTimeToLive", json!({ "TimeToLiveSpecification": specification }))
        .await
        .expect("it can be enabled");
    let item = json!({ "id": { "S": "old" }, "until": { "N": "1699999999" } });
    rig.call("PutItem", json!({ "Item": item })).await.expect("there are units left");
    rig.use_up_writes().await;
    assert_eq!(rig.puts().await, 0);

    let mut sweeper = Sweeper::new(Arc::clone(&rig.parts.proxy));
    sweeper.sweep().await;

    let deleted = metric(&rig.parts, "hearth_time_to_live_deleted_items_total{table=\"tab\"} ");
    assert_eq!(deleted, 1);
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.puts().await, 2, "the sweep drew nothing: 3 units less the one of the old item");
}

#[tokio::test]
async fn only_what_is_enforced_is_throttled_and_what_is_off_is_not_shown() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;
    assert_eq!(rig.puts().await, 0);
    let mut config = Config::default();
    let consumed = "hearth_consumed_capacity_units_total{table=\"tab\",kind=\"write\"} 900\n";

    start::set_capacity(&config, &rig.parts.proxy, &rig.parts.metrics);
    assert!(rig.parts.metrics.render().contains(consumed));
    rig.put("a", 300).await.expect("nothing is enforced");

    config.capacity.mode = CapacityMode::Off;
    start::set_capacity(&config, &rig.parts.proxy, &rig.parts.metrics);
    rig.put("a", 300).await.expect("nothing is enforced");
    assert!(!rig.parts.metrics.render().contains("hearth_consumed_capacity_units_total"));
    let get = json!({ "Key": { "id": { "S": "a" } }, "ReturnConsumedCapacity": "TOTAL" });
    let answer = rig.call("GetItem", get).await.expect("nothing is enforced");
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], 37.5);
}
