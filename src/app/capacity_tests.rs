//! Tables that are held to their capacity, of a whole proxy over tables in memory, by a clock of the
//! test's own.

use std::time::Duration;

use serde_json::{Value, json};

use super::background_tests::{asked, called, metric};
use super::*;
use crate::api::{ApiError, CapacityKind, Details, ErrorCode, ReasonCode};
use crate::config::{CapacityMode, EngineKind};
use crate::engine::TableReader as _;
use crate::metrics::{self, Metrics};
use crate::store::memory::{Afterwards, Faults, MemoryStore};

struct Rig {
    parts: start::Parts,
    faults: Faults,
}

impl Rig {
    /// A table `tab` of the key `id` with 2 read and 3 write units, and an index `by_kind` that has
    /// all, with 1 and 1.
    async fn open() -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        config.capacity.mode = CapacityMode::Enforce;
        let store = MemoryStore::new();
        let faults = store.faults();
        let metrics = Metrics::new(metrics::Options::default());
        let clock = Clock::manual(1_700_000_000_000);
        let parts = start::open_on(Arc::new(store), &config, metrics, clock);
        let parts = parts.expect("tables in memory open");
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
        Self { parts, faults }
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
        self.call("PutItem", json!({ "Item": item(id, kib) })).await
    }

    /// The same with an entry in the index.
    async fn put_entry(&self, id: &str, kib: usize) -> Result<Value, ApiError> {
        let mut item = item(id, kib - 1);
        item["kind"] = json!({ "S": "k" });
        self.call("PutItem", json!({ "Item": item })).await
    }

    async fn write_in_transaction(
        &self,
        token: Option<&str>,
        puts: &[(&str, &Value)],
    ) -> Result<Value, ApiError> {
        let put =
            |(table, item): &(&str, &Value)| json!({ "Put": { "TableName": table, "Item": item } });
        let mut request = json!({
            "TransactItems": puts.iter().map(put).collect::<Vec<_>>(),
            "ReturnConsumedCapacity": "TOTAL",
        });
        if let Some(token) = token {
            request["ClientRequestToken"] = token.into();
        }
        asked(&self.parts, "TransactWriteItems", &request).await
    }

    fn throttled(&self, kind: &str, cause: &str) -> u64 {
        let labels = format!("table=\"tab\",kind=\"{kind}\",cause=\"{cause}\"");
        metric(&self.parts, &format!("hearth_throttle_events_total{{{labels}}} "))
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

    async fn get_in_transaction(&self, ids: &[&str]) -> Result<Value, ApiError> {
        let get =
            |id: &&str| json!({ "Get": { "TableName": "tab", "Key": { "id": { "S": id } } } });
        let gets: Vec<Value> = ids.iter().map(get).collect();
        asked(&self.parts, "TransactGetItems", &json!({ "TransactItems": gets })).await
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

/// An item of exactly so many KiB.
fn item(id: &str, kib: usize) -> Value {
    let length = kib * 1024 - "id".len() - id.len() - "d".len();
    json!({ "id": { "S": id }, "d": { "S": "x".repeat(length) } })
}

fn codes(refused: &ApiError) -> Vec<ReasonCode> {
    match refused.details.as_deref() {
        Some(Details::Reasons(reasons)) => reasons.iter().map(|reason| reason.code).collect(),
        Some(Details::Item(_) | Details::Throttled(_)) | None => panic!("{refused:?}"),
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
    assert_eq!(rig.throttled("write", "table_provisioned"), 5);
    assert_eq!(rig.throttled("write", "index_provisioned"), 0);
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
        rig.get_in_transaction(&["a"]).await.expect("there are units left");
        for _ in 0..20 {
            rig.get("a").await.expect("a hit");
        }
    }
    let refused = rig.get_in_transaction(&["a"]).await.expect_err("nothing is left");
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
async fn a_put_takes_what_it_writes_ahead_so_that_a_batch_stops_where_nothing_is_left() {
    let rig = Rig::open().await;
    let put = |id: &str| json!({ "PutRequest": { "Item": item(id, 300) } });
    let puts: Vec<Value> = ["a", "b", "c", "d", "e"].iter().map(|id| put(id)).collect();

    let batch = json!({ "RequestItems": { "tab": puts } });
    let answer = asked(&rig.parts, "BatchWriteItem", &batch).await.expect("some are written");

    // 900 units are three of them.
    assert_eq!(answer["UnprocessedItems"], json!({ "tab": [put("d"), put("e")] }));
    assert_eq!(rig.throttled("write", "table_provisioned"), 2);
    rig.advance(INSTANT);
    assert_eq!(rig.puts().await, 1, "nothing more was drawn");
}

#[tokio::test]
async fn a_batch_reads_key_by_key_as_long_as_anything_is_left() {
    let rig = Rig::open().await;
    rig.put("a", 300).await.expect("there are units left");
    for _ in 0..3 {
        rig.get_in_transaction(&["a"]).await.expect("there are units left");
    }
    let absent: Vec<String> = (0..73).map(|at| format!("absent {at}")).collect();
    let absent: Vec<&str> = absent.iter().map(String::as_str).collect();
    rig.get_in_transaction(&absent).await.expect("there are units left");

    // Of 600 units 3 times 150 and 146 are gone.
    let keys: Vec<Value> = (0..100).map(|at| json!({ "id": { "S": at.to_string() } })).collect();
    let wanted = json!({ "tab": { "Keys": keys, "ConsistentRead": true } });
    let found = asked(&rig.parts, "BatchGetItem", &json!({ "RequestItems": wanted })).await;

    let found = found.expect("4 of them are read");
    assert_eq!(found["UnprocessedKeys"]["tab"]["Keys"], json!(keys[4..]));
    assert_eq!(found["UnprocessedKeys"]["tab"]["ConsistentRead"], true);
}

#[tokio::test]
async fn a_transaction_asks_a_table_once_and_may_overdraw_it() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;
    rig.advance(Duration::from_secs(1));
    let puts = [item("1", 1), item("2", 1), item("3", 1)];
    let puts: Vec<(&str, &Value)> = puts.iter().map(|item| ("tab", item)).collect();

    // It costs 6 units, and there are 3.
    rig.write_in_transaction(None, &puts).await.expect("there are units, if not as many");

    let refused = rig.write_in_transaction(None, &puts).await.expect_err("nothing is left");
    assert_eq!(codes(&refused), [ReasonCode::ProvisionedThroughputExceeded; 3]);
    assert_eq!(rig.throttled("write", "table_provisioned"), 3);
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.puts().await, 0, "they only just made up for it");
    rig.advance(INSTANT);
    assert_eq!(rig.puts().await, 1);

    // So it is with reads: of 600 units all are gone, and then 3 missing items cost 2 each.
    rig.get_in_transaction(&["a", "b", "c"]).await.expect("there are units left");
    rig.get_in_transaction(&["a"]).await.expect("there are units left");
    rig.advance(INSTANT);
    rig.get_in_transaction(&["x", "y", "z"]).await.expect("there are units, if not as many");
    let refused = rig.get_in_transaction(&["x", "y"]).await.expect_err("nothing is left");
    assert_eq!(codes(&refused), [ReasonCode::ProvisionedThroughputExceeded; 2]);
}

#[tokio::test]
async fn a_transaction_that_is_refused_leaves_everything_to_others() {
    let rig = Rig::open().await;
    let key = json!([{ "AttributeName": "id", "KeyType": "HASH" }]);
    let create = json!({
        "TableName": "other",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": key, "ProvisionedThroughput": units(1, 1),
    });
    called(&rig.parts, "CreateTable", create).await;
    let (small, large) = (item("1", 1), item("2", 300));
    rig.write_in_transaction(None, &[("other", &large)]).await.expect("there are units left");
    rig.use_up_writes().await;
    rig.advance(Duration::from_secs(1));

    let both = [("tab", &small), ("other", &small)];
    let refused = rig.write_in_transaction(None, &both).await.expect_err("one has nothing left");

    let expected = [ReasonCode::None, ReasonCode::ProvisionedThroughputExceeded];
    assert_eq!(codes(&refused), expected);
    assert_eq!(rig.puts().await, 3);
}

#[tokio::test]
async fn a_transaction_that_was_done_is_told_so_when_nothing_is_left() {
    let rig = Rig::open().await;
    let (large, other) = (item("a", 300), item("b", 1));
    let done = rig.write_in_transaction(Some("t"), &[("tab", &large)]).await;
    assert_eq!(done.expect("it is done")["ConsumedCapacity"][0]["WriteCapacityUnits"], 600.0);
    rig.put("b", 300).await.expect("there are units left");

    // Each is charged as a read: 150 of 600 units, and goes on when there are none.
    for _ in 0..5 {
        let again = rig.write_in_transaction(Some("t"), &[("tab", &large)]).await;
        let again = again.expect("it was done");
        assert_eq!(again["ConsumedCapacity"][0]["ReadCapacityUnits"], 150.0);
    }
    assert_eq!(rig.throttled("write", "table_provisioned"), 0);
    rig.advance(Duration::from_secs(75));
    let refused = rig.get("nobody").await.expect_err("the reads were drawn");
    assert_eq!(refused.code, ErrorCode::ProvisionedThroughputExceeded);
    rig.advance(INSTANT);
    rig.get("nobody").await.expect("no more than these");

    while rig.put("b", 300).await.is_ok() {}
    let mismatch = rig.write_in_transaction(Some("t"), &[("tab", &other)]).await;
    assert_eq!(mismatch.expect_err("another").code, ErrorCode::IdempotentParameterMismatch);
    let fresh = rig.write_in_transaction(Some("new"), &[("tab", &other)]).await;
    let fresh = fresh.expect_err("it was never done");
    assert_eq!(codes(&fresh), [ReasonCode::ProvisionedThroughputExceeded]);
}

#[tokio::test]
async fn a_transaction_that_is_under_way_is_told_so_when_nothing_is_left() {
    let rig = Rig::open().await;
    rig.use_up_writes().await;
    rig.advance(INSTANT);
    let item = item("a", 1);
    let (puts, token) = ([("tab", &item)], Some("t"));

    let first = rig.write_in_transaction(token, &puts);
    let second = rig.write_in_transaction(token, &puts);
    let (first, second) = tokio::join!(first, second);

    first.expect("something is left");
    let second = second.expect_err("the first one is under way, and nothing is left");
    assert_eq!(second.code, ErrorCode::TransactionInProgress);
}

#[tokio::test]
async fn a_write_of_unknown_fate_is_charged_what_it_took() {
    for in_transaction in [false, true] {
        let rig = Rig::open().await;
        rig.put("a", 300).await.expect("there are units left");
        if !in_transaction {
            rig.put("a", 300).await.expect("there are units left");
        }
        // The buckets as they are before the store is opened anew, with other ones.
        let table = rig.parts.engine.catalog().load().serving("tab").expect("it is there").clone();
        rig.faults.fail_write(1, Afterwards::Gone);

        // It takes all that is left: 300 units, or twice that.
        let lost = if in_transaction {
            rig.write_in_transaction(None, &[("tab", &item("b", 300))]).await
        } else {
            rig.put("b", 300).await
        };

        assert_eq!(lost.expect_err("a fault").code, ErrorCode::InternalServerError);
        let (bucket, now) = (table.buckets.of(CapacityKind::Write), rig.parts.clock.monotonic());
        assert!(!bucket.has_some(3, now));
        assert!(bucket.has_some(3, now + INSTANT));
    }
}

#[tokio::test]
async fn a_statement_of_many_reads_draws_what_all_of_them_cost() {
    let rig = Rig::open().await;
    rig.put("a", 300).await.expect("there are units left");
    rig.put("b", 300).await.expect("there are units left");
    let select = json!({
        "Statement": "SELECT id FROM tab WHERE id IN ['a', 'b', 'c']", "ConsistentRead": true,
    });

    // 75 units of each that is there and one of the third, of 600.
    for _ in 0..4 {
        let found = asked(&rig.parts, "ExecuteStatement", &select).await;
        assert_eq!(found.expect("there are units left")["Items"].as_array().map(Vec::len), Some(2));
    }

    let refused = asked(&rig.parts, "ExecuteStatement", &select).await.expect_err("none is left");
    assert_eq!(refused.code, ErrorCode::ProvisionedThroughputExceeded);
    rig.advance(Duration::from_secs(2));
    rig.get("nobody").await.expect_err("4 units only just made up for it");
    rig.advance(INSTANT);
    rig.get("nobody").await.expect("there are units again");
}

#[tokio::test]
async fn each_cause_is_counted_by_itself() {
    let rig = Rig::open().await;
    let counts = || {
        let causes = ["table_provisioned", "index_provisioned", "table_maximum", "index_maximum"];
        causes.map(|cause| rig.throttled("write", cause))
    };
    rig.put_entry("a", 300).await.expect("there are units left");
    rig.put_entry("a", 300).await.expect_err("the index has nothing left");
    assert_eq!(counts(), [0, 1, 0, 0]);

    rig.update(json!({ "BillingMode": "PAY_PER_REQUEST" })).await;
    rig.update(json!({ "OnDemandThroughput": { "MaxWriteRequestUnits": 1 } })).await;
    rig.put_entry("b", 300).await.expect("the table has 300 units, the index no limit");
    rig.put_entry("b", 300).await.expect_err("the table has nothing left");
    assert_eq!(counts(), [0, 1, 1, 0]);

    rig.update(json!({ "GlobalSecondaryIndexUpdates": [{ "Update": {
        "IndexName": "by_kind", "OnDemandThroughput": { "MaxWriteRequestUnits": 1 },
    } }] }))
    .await;
    rig.update(json!({ "OnDemandThroughput": { "MaxWriteRequestUnits": -1 } })).await;
    rig.advance(Duration::from_hours(1));
    rig.put_entry("c", 300).await.expect("the index has 300 units, the table no limit");
    rig.put_entry("c", 300).await.expect_err("the index has nothing left");
    assert_eq!(counts(), [0, 1, 1, 1]);
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
