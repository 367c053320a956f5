//! Hot keys, audits, warm-ups and work on indexes of a whole proxy over tables in memory.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::api::{ApiError, Consistency, ErrorCode};
use crate::config::EngineKind;
use crate::engine::{Change, Mutation, Origin, TableEngine as _, TableReader as _};
use crate::fence::{self, Entries, Fence};
use crate::model::{AttributeValue, Image, Item, ItemKey, KeyBuffer, KeyValue, Number};
use crate::proxy::{Trace, WarmEnd, WarmError, WarmProgress};
use crate::wire::json::{Context, Wording, decode, encode, operation};

struct Rig {
    parts: start::Parts,
    /// A fence that the caches know nothing of.
    aside: Arc<Fence>,
}

struct NoEntries;

impl Entries for NoEntries {
    fn remove(&self, _key: &ItemKey) {}

    fn install(&self, _key: &ItemKey, _image: Image) {}
}

impl Rig {
    /// A proxy over one table, `tab` with the key `id`, that audits every hit.
    async fn open(cache_bytes: u64) -> Self {
        let rig = Self::open_quiet(cache_bytes).await;
        rig.start_auditor();
        rig
    }

    /// The same before the auditor begins.
    async fn open_quiet(cache_bytes: u64) -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        config.cache.bytes = cache_bytes;
        config.cache.audit_one_in = 1;
        let parts = start::open(&config).expect("tables in memory open");
        let options = fence::Options { words: 16, ..fence::Options::default() };
        let rig = Self { parts, aside: Fence::new(Arc::new(NoEntries), options) };
        rig.call(
            "CreateTable",
            json!({
                "TableName": "tab",
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
                "BillingMode": "PAY_PER_REQUEST",
            }),
        )
        .await;
        let serves = || rig.parts.engine.catalog().load().serving("tab").is_some();
        until(serves).await;
        rig
    }

    fn start_auditor(&self) {
        task::spawn("auditor", Arc::clone(&self.parts.proxy).audit());
    }

    async fn call(&self, name: &str, body: Value) -> Value {
        called(&self.parts, name, body).await
    }

    /// The code and message of a refusal.
    async fn refused(&self, name: &str, body: Value) -> (ErrorCode, String) {
        let refusal = asked(&self.parts, name, &body).await.expect_err("refused");
        (refusal.code, refusal.message)
    }

    /// The table's description.
    async fn described(&self) -> Value {
        self.call("DescribeTable", json!({ "TableName": "tab" })).await["Table"].take()
    }

    async fn put(&self, id: &str, version: usize) {
        let item = json!({ "id": { "S": id }, "v": { "N": version.to_string() } });
        self.call("PutItem", json!({ "TableName": "tab", "Item": item })).await;
    }

    /// The version of the item; none if there is no item.
    async fn get(&self, id: &str) -> Option<usize> {
        let get = json!({ "TableName": "tab", "Key": { "id": { "S": id } } });
        version(&self.call("GetItem", get).await["Item"])
    }

    async fn query(&self, id: &str) -> Option<usize> {
        let query = json!({
            "TableName": "tab",
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": { ":id": { "S": id } },
        });
        version(&self.call("Query", query).await["Items"][0])
    }

    /// Puts an item without a word to the caches.
    async fn put_aside(&self, id: &str, version: usize, text: &str) {
        let version = AttributeValue::N(Number::parse(&version.to_string()).expect("a number"));
        let id_value = AttributeValue::S(id.into());
        let item = Item::from([
            ("id", id_value),
            ("v", version),
            ("text", AttributeValue::S(text.into())),
        ]);
        let change = Change::Put(item.encode());
        let mutation =
            Mutation { key: self.key(id), condition: None, change, origin: Origin::Client };
        self.parts.engine.write(mutation, self.aside.ticket()).await.expect("a write");
    }

    fn key(&self, id: &str) -> ItemKey {
        let catalog = self.parts.engine.catalog().load();
        let schema = &catalog.table("tab").expect("the table").schema;
        let mut buffer = KeyBuffer::default();
        schema.key_of_values(KeyValue::S(id), None, &mut buffer).expect("a key").to_key()
    }

    fn is_hit(&self, id: &str) -> bool {
        let now = self.parts.clock.monotonic();
        self.parts
            .proxy
            .hit("tab", &[("id", KeyValue::S(id))], Consistency::Eventual, now)
            .is_some()
    }

    fn audits(&self, cache: &str, result: &str) -> u64 {
        let labels = format!("cache=\"{cache}\",result=\"{result}\"");
        self.metric(&format!("hearth_cache_audits_total{{{labels}}} "))
    }

    fn divergences(&self, cache: &str) -> u64 {
        self.metric(&format!("hearth_cache_divergence_total{{cache=\"{cache}\"}} "))
    }

    fn metric(&self, series: &str) -> u64 {
        metric(&self.parts, series)
    }

    fn warming(&self) -> WarmProgress {
        self.parts.proxy.warmings().pop().expect("a warm-up")
    }

    async fn warmed(&self) -> WarmProgress {
        until(|| self.warming().end.is_some()).await;
        self.warming()
    }
}

/// The answer to an operation, which must come.
pub(super) async fn called(parts: &start::Parts, name: &str, body: Value) -> Value {
    let answer = asked(parts, name, &body).await;
    answer.unwrap_or_else(|error| panic!("{name} {body}: {error}"))
}

/// The answer to an operation, or why it is refused.
pub(super) async fn asked(
    parts: &start::Parts,
    name: &str,
    body: &Value,
) -> Result<Value, ApiError> {
    let asked = operation(&format!("DynamoDB_20120810.{name}")).expect("an operation");
    let request = decode(asked, body.to_string().as_bytes(), Wording::Classic)?;
    let mut trace = Trace::counting();
    let answer = parts.proxy.call(request, parts.clock.monotonic(), &mut trace).await?;
    Ok(serde_json::from_slice(&encode(&answer, Context { host: "" }).body).expect("JSON"))
}

/// What the page of metrics has behind the name and labels of a sample.
pub(super) fn metric(parts: &start::Parts, series: &str) -> u64 {
    let page = parts.metrics.render();
    let value = page.lines().find_map(|line| line.strip_prefix(series));
    value.unwrap_or_else(|| panic!("{series} in {page}")).parse().expect("a count")
}

fn version(item: &Value) -> Option<usize> {
    item["v"]["N"].as_str().map(|number| number.parse().expect("a number"))
}

pub(super) async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), wait).await.expect("it comes to hold");
}

const ROOMY: u64 = 16 << 20;

#[tokio::test]
async fn an_item_that_is_not_the_engines_is_found_and_dropped() {
    let rig = Rig::open(ROOMY).await;
    rig.put("a", 1).await;
    rig.put_aside("a", 2, "").await;

    assert_eq!(rig.get("a").await, Some(1), "the planted fault");
    until(|| rig.divergences("item") == 1).await;

    assert_eq!(rig.get("a").await, Some(2));
    assert_eq!(rig.audits("item", "diverged"), 1);
}

#[tokio::test]
async fn an_absence_that_is_not_the_engines_is_found_and_dropped() {
    let rig = Rig::open(ROOMY).await;
    assert_eq!(rig.get("a").await, None);
    rig.put_aside("a", 2, "").await;

    assert_eq!(rig.get("a").await, None, "the planted fault");
    until(|| rig.divergences("item") == 1).await;

    assert_eq!(rig.get("a").await, Some(2));
}

#[tokio::test]
async fn a_page_that_is_not_the_engines_is_found_and_dropped() {
    let rig = Rig::open(ROOMY).await;
    rig.put("a", 1).await;
    assert_eq!(rig.query("a").await, Some(1));
    rig.put_aside("a", 2, "").await;

    assert_eq!(rig.query("a").await, Some(1), "the planted fault");
    until(|| rig.divergences("query") == 1).await;

    assert_eq!(rig.query("a").await, Some(2));
}

/// Of a table that is gone the engine has nothing, while its items leave the cache by eviction.
#[tokio::test]
async fn what_is_left_of_a_dropped_table_is_no_divergence() {
    let rig = Rig::open_quiet(ROOMY).await;
    rig.put("a", 1).await;
    assert!((0..3).all(|_| rig.is_hit("a")), "some of them are drawn");
    rig.call("DeleteTable", json!({ "TableName": "tab" })).await;
    until(|| rig.parts.engine.catalog().load().table("tab").is_none()).await;

    rig.start_auditor();

    until(|| rig.audits("item", "changed") > 0).await;
    assert_eq!(rig.divergences("item"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_busy_table_has_no_divergence() {
    let rig = Arc::new(Rig::open(ROOMY).await);
    let id = |number: usize| format!("k{}", number % 5);
    let clients = (0..8).map(|client| {
        let rig = Arc::clone(&rig);
        task::spawn("client", async move {
            for number in 0..1_500 {
                let id = id(number * (client + 1));
                match number % 8 {
                    0 if client % 2 == 0 => rig.put(&id, number).await,
                    4 if client == 0 => {
                        let key = json!({ "TableName": "tab", "Key": { "id": { "S": id } } });
                        drop(rig.call("DeleteItem", key).await);
                    }
                    1..=3 => drop(rig.query(&id).await),
                    _ => drop(rig.get(&id).await),
                }
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client ends");
    }

    // Now that nobody writes there is something to compare.
    let (items, pages) = (rig.audits("item", "equal"), rig.audits("query", "equal"));
    for number in 0..100 {
        rig.get(&id(number)).await;
        rig.query(&id(number)).await;
    }
    until(|| rig.audits("item", "equal") > items && rig.audits("query", "equal") > pages).await;
    assert_eq!((rig.divergences("item"), rig.divergences("query")), (0, 0));
    assert_eq!((rig.audits("item", "failed"), rig.audits("query", "failed")), (0, 0));
}

#[tokio::test]
async fn the_keys_that_are_asked_for_most_are_reported_by_their_attributes() {
    let rig = Rig::open(ROOMY).await;
    for id in ["hot", "warm"] {
        rig.put(id, 1).await;
    }

    for number in 0..6_400 {
        assert!(rig.is_hit(if number % 4 == 0 { "warm" } else { "hot" }));
    }

    let hot = rig.parts.proxy.hot_keys("tab").expect("the table");
    let ids: Vec<_> = hot.iter().map(|(key, _)| key[0].clone()).collect();
    let attribute = |id: &str| ("id".to_owned(), AttributeValue::S(id.into()));
    assert_eq!(ids, [attribute("hot"), attribute("warm")]);
    assert!((2_000..8_000).contains(&hot[0].1), "{hot:?}");
    assert_eq!(rig.parts.proxy.hot_keys("other"), None);
}

#[tokio::test]
async fn a_warm_up_loads_the_items_of_a_table() {
    let rig = Rig::open(ROOMY).await;
    for number in 0..1_200 {
        rig.put_aside(&number.to_string(), number, "").await;
    }
    rig.put("7", 7).await;

    rig.parts.proxy.warm("tab", 1_000_000, 5_000).expect("it begins");

    let WarmProgress { scanned, loaded, end, .. } = rig.warmed().await;
    assert_eq!((scanned, loaded, end), (1_200, 1_199, Some(WarmEnd::Complete)));
    assert!((0..1_200).all(|number| rig.is_hit(&number.to_string())));
}

#[tokio::test]
async fn a_warm_up_ends_where_it_was_told_to() {
    let rig = Rig::open(ROOMY).await;
    for number in 0..300 {
        rig.put_aside(&number.to_string(), number, "").await;
    }

    rig.parts.proxy.warm("tab", 1_000_000, 120).expect("it begins");

    let WarmProgress { loaded, end, .. } = rig.warmed().await;
    assert_eq!((loaded, end), (120, Some(WarmEnd::ItemsMax)));
}

#[tokio::test]
async fn a_warm_up_pushes_nothing_out() {
    let rig = Rig::open(512 << 10).await;
    let text = "x".repeat(2_000);
    for number in 0..400 {
        rig.put_aside(&number.to_string(), number, &text).await;
    }

    rig.parts.proxy.warm("tab", 1_000_000, 5_000).expect("it begins");

    let WarmProgress { loaded, end, .. } = rig.warmed().await;
    assert_eq!(end, Some(WarmEnd::CacheFull));
    let hits = (0..400).filter(|number| rig.is_hit(&number.to_string())).count();
    assert_eq!(hits as u64, loaded);
    assert!(loaded > 50, "{loaded}");
}

#[tokio::test]
async fn one_warm_up_of_a_table_runs_until_it_is_stopped() {
    let rig = Rig::open(ROOMY).await;
    for number in 0..10 {
        rig.put_aside(&number.to_string(), number, "").await;
    }
    let proxy = &rig.parts.proxy;
    assert_eq!(proxy.warm("other", 1, 1), Err(WarmError::NoTable));
    assert_eq!(proxy.warm("tab", 1, 10), Ok(()));

    assert_eq!(proxy.warm("tab", 1, 10), Err(WarmError::Running));
    assert!(proxy.stop_warming("tab"));
    assert_eq!(rig.warmed().await.end, Some(WarmEnd::Stopped));

    assert!(!proxy.stop_warming("tab"));
    assert_eq!(proxy.warm("tab", 1, 10), Ok(()));
    proxy.stop_background();
    assert_eq!(rig.warmed().await.end, Some(WarmEnd::Stopped));
}

#[tokio::test]
async fn a_dump_brings_back_the_hottest_keys_that_are_still_there() {
    let rig = Rig::open(ROOMY).await;
    for number in 0..40 {
        rig.put(&number.to_string(), number).await;
    }
    for _ in 0..3_200 {
        assert!(rig.is_hit("33"));
    }
    let dump = rig.parts.proxy.dump_hot_keys(10).expect("keys are cached");
    let cold = Rig::open(ROOMY).await;
    cold.put_aside("33", 1, "").await;

    let loaded = cold.parts.proxy.warm_from_dump(&dump, 1).await;

    assert_eq!(loaded, Ok(1));
    assert!(cold.is_hit("33"));
    assert_eq!(cold.parts.proxy.warm_from_dump(&dump, 100).await, Ok(9));
}

/// An `UpdateTable` of `tab` that makes an index of this name over the text `text`.
fn make_index(name: &str) -> Value {
    json!({
        "TableName": "tab",
        "AttributeDefinitions": [{ "AttributeName": "text", "AttributeType": "S" }],
        "GlobalSecondaryIndexUpdates": [{ "Create": {
            "IndexName": name,
            "KeySchema": [{ "AttributeName": "text", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        } }],
    })
}

fn drop_index(name: &str) -> Value {
    let delete = json!([{ "Delete": { "IndexName": name } }]);
    json!({ "TableName": "tab", "GlobalSecondaryIndexUpdates": delete })
}

#[tokio::test]
async fn an_index_is_not_read_before_it_is_full_and_keeps_others_waiting() {
    let rig = Rig::open_quiet(1 << 20).await;
    rig.put_aside("a", 1, "green").await;
    let scan = json!({ "TableName": "tab", "IndexName": "late" });

    let answer = rig.call("UpdateTable", make_index("late")).await;

    let shown = &answer["TableDescription"];
    assert_eq!(shown["TableStatus"], "UPDATING");
    assert_eq!(shown["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    assert!(shown["GlobalSecondaryIndexes"][0].get("Backfilling").is_none(), "{shown}");
    // Nobody works on it yet.
    let table = rig.described().await;
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&table["TableStatus"], &index["IndexStatus"]),
        (&json!("ACTIVE"), &json!("CREATING"))
    );
    assert_eq!((&index["Backfilling"], &index["ItemCount"]), (&json!(true), &json!(0)));
    assert_eq!(
        rig.refused("Scan", scan.clone()).await,
        (
            ErrorCode::Validation,
            "Cannot read from backfilling global secondary index: late".to_owned()
        )
    );
    let select = json!({ "Statement": "SELECT * FROM tab.late" });
    let told = rig.refused("ExecuteStatement", select).await.1;
    assert_eq!(told, "Cannot read from backfilling global secondary index: late");
    let one = "Subscriber limit exceeded: Only 1 online index can be created or deleted \
               simultaneously per table";
    let one = (ErrorCode::LimitExceeded, one.to_owned());
    assert_eq!(rig.refused("UpdateTable", make_index("other")).await, one);
    let in_use = "Attempt to change a resource which is still in use: Cannot delete table while \
                  indexes are being created, updated, or deleted.";
    assert_eq!(
        rig.refused("DeleteTable", json!({ "TableName": "tab" })).await,
        (ErrorCode::ResourceInUse, in_use.to_owned())
    );

    task::spawn("tender", Arc::clone(&rig.parts.proxy).tend_tables());

    let catalog = || Arc::clone(&*rig.parts.engine.catalog().load());
    until(|| catalog().table("tab").is_some_and(|table| !table.has_index_work())).await;
    assert_eq!(rig.call("Scan", scan).await["Items"][0]["id"]["S"], "a");
    let index = &rig.described().await["GlobalSecondaryIndexes"][0];
    assert!(index.get("Backfilling").is_none(), "{index}");
    assert_eq!((&index["IndexStatus"], &index["ItemCount"]), (&json!("ACTIVE"), &json!(1)));
}

#[tokio::test]
async fn an_index_is_dropped_while_it_is_being_filled_and_is_told_of_until_its_rows_are_gone() {
    let rig = Rig::open_quiet(1 << 20).await;
    rig.put_aside("a", 1, "green").await;
    rig.call("UpdateTable", make_index("late")).await;

    let answer = rig.call("UpdateTable", drop_index("late")).await;

    let shown = &answer["TableDescription"]["GlobalSecondaryIndexes"][0];
    assert_eq!((&shown["IndexName"], &shown["IndexStatus"]), (&json!("late"), &json!("DELETING")));
    let absent = "The table does not have the specified index: late".to_owned();
    let scan = json!({ "TableName": "tab", "IndexName": "late" });
    assert_eq!(rig.refused("Scan", scan).await, (ErrorCode::Validation, absent));
    let one = rig.refused("UpdateTable", make_index("late")).await;
    assert_eq!(one.0, ErrorCode::LimitExceeded);
    let told = rig.refused("DeleteTable", json!({ "TableName": "tab" })).await.1;
    assert!(told.contains("Cannot delete table while indexes are being created"), "{told}");

    task::spawn("tender", Arc::clone(&rig.parts.proxy).tend_tables());

    let catalog = || Arc::clone(&*rig.parts.engine.catalog().load());
    until(|| catalog().table("tab").is_some_and(|table| !table.has_index_work())).await;
    let table = rig.described().await;
    assert!(table.get("GlobalSecondaryIndexes").is_none(), "{table}");
    assert_eq!(
        table["AttributeDefinitions"],
        json!([{ "AttributeName": "id", "AttributeType": "S" }])
    );
    rig.call("DeleteTable", json!({ "TableName": "tab" })).await;
}
