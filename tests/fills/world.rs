//! The proxy over a gated engine in memory, and one item of one table.

use std::sync::Arc;
use std::time::Duration;

use hearth::api::{ApiError, Operation, Response};
use hearth::cache::{self, ItemCache, PageCache, Rules};
use hearth::clock::Clock;
use hearth::engine::TableEngine as _;
use hearth::engine::embedded::{self, EmbeddedEngine, Hooks};
use hearth::fence::{self, Fence, WriteTicket};
use hearth::metrics::{self, Metrics};
use hearth::model::{AttributeValue, Item, ItemKey, KeyBuffer};
use hearth::proxy::{Parts, Proxy, Trace};
use hearth::store::memory::MemoryStore;
use hearth::wire::json::{Context, Wording, decode, encode};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use crate::gate::Gated;

/// Everything between a request and the store.
pub(crate) struct World {
    pub(crate) rules: Arc<Rules>,
    proxy: Arc<Proxy>,
    engine: Arc<Gated>,
    cache: Arc<ItemCache>,
    fence: Arc<Fence>,
}

impl World {
    /// An empty table and empty caches.
    pub(crate) async fn new() -> Self {
        let clock = Clock::system();
        let metrics = Metrics::new(metrics::Options::default());
        let rules = Rules::new(Arc::default(), clock.clone());
        let options = cache::Options::default();
        let items = Arc::new(ItemCache::new(&options, Arc::clone(&rules)));
        let pages = Arc::new(PageCache::new(&options, Arc::clone(&rules)));
        let entries: Arc<dyn fence::Entries> = Arc::<ItemCache>::clone(&items);
        let hooks =
            Hooks { forget_all: Box::new(|| {}), give_up: Box::new(|error| panic!("{error}")) };
        let options = embedded::Options { reserve_bytes: Some(0), ..embedded::Options::default() };
        let store = Arc::new(MemoryStore::default());
        let engine = EmbeddedEngine::open(store, &options, hooks, &metrics, clock.clone());
        let engine = Arc::new(Gated::new(engine.expect("an empty store is sound")));
        let fence = Fence::new(entries, fence::Options::default());
        let proxy = Proxy::new(Parts {
            engine: Arc::<Gated>::clone(&engine),
            cache: Arc::clone(&items),
            pages,
            rules: Arc::clone(&rules),
            fence: Arc::clone(&fence),
            metrics,
            clock,
            // So long does a test take that waits for a load which waits for the test.
            read_deadline: Duration::from_secs(2),
        });
        let world = Self { rules, proxy, engine, cache: items, fence };
        let attribute = json!([{"AttributeName": "id", "AttributeType": "S"}]);
        let key = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
        let table = json!({"TableName": TABLE, "AttributeDefinitions": attribute,
            "KeySchema": key, "BillingMode": "PAY_PER_REQUEST"});
        world.call(Operation::CreateTable, &table).await;
        let serves = async {
            while world.engine.catalog().load().serving(TABLE).is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), serves).await.expect("the table serves");
        world
    }

    /// Writes the item.
    pub(crate) async fn put(&self, value: &str) {
        let item = json!({"id": {"S": "1"}, "v": {"S": value}});
        self.call(Operation::PutItem, &json!({"TableName": TABLE, "Item": item})).await;
    }

    /// The item's value by GetItem or Query.
    pub(crate) async fn read(&self, operation: Operation) -> String {
        let id = json!({"S": "1"});
        let request = match operation {
            Operation::Query => json!({"TableName": TABLE, "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": id}}),
            _ => json!({"TableName": TABLE, "Key": {"id": id}}),
        };
        let answer = self.call(operation, &request).await;
        let item = answer.get("Item").unwrap_or(&answer["Items"][0]);
        item["v"]["S"].as_str().unwrap_or_default().to_owned()
    }

    /// The same, while the answer is held between engine and proxy for as long as `meanwhile` is.
    pub(crate) async fn held(
        &self,
        operation: Operation,
        meanwhile: impl Future<Output = ()>,
    ) -> String {
        let (is_held, open) = self.engine.hold_next();
        let rest = async {
            is_held.await.expect("the engine is asked");
            meanwhile.await;
            open.send(()).expect("the read waits");
        };
        tokio::join!(self.read(operation), rest).0
    }

    /// Takes the item out of the item cache.
    pub(crate) fn evict(&self) {
        self.cache.evict(&self.key());
    }

    /// A write of the item that has begun, and of which nothing will be known.
    pub(crate) fn open_write(&self) -> WriteTicket {
        let mut ticket = self.fence.ticket();
        ticket.open(&self.key());
        ticket
    }

    /// Reads the item by BatchGetItem.
    pub(crate) async fn read_batch(&self) {
        self.call(Operation::BatchGetItem, &batch()).await;
    }

    /// Takes all the permits that fills of the table need.
    pub(crate) async fn take_permits(&self) -> OwnedSemaphorePermit {
        let permits = self.rules.fills(self.key().table()).expect("the table has a policy");
        let count = permits.available_permits().try_into().expect("a few");
        permits.acquire_many_owned(count).await.expect("they are never closed")
    }

    /// Why a BatchGetItem of the item is refused.
    pub(crate) async fn batch_refused(&self) -> ApiError {
        self.asked(Operation::BatchGetItem, &batch()).await.expect_err("no answer can come")
    }

    /// How often the engine was read.
    pub(crate) fn engine_reads(&self) -> u64 {
        self.engine.reads()
    }

    fn key(&self) -> ItemKey {
        let catalog = self.engine.catalog().load();
        let schema = &catalog.serving(TABLE).expect("it was made").schema;
        let item = Item::from([("id", AttributeValue::S("1".into()))]);
        schema.item_key(&item, &mut KeyBuffer::default()).expect("it has the key").to_key()
    }

    async fn asked(&self, operation: Operation, request: &Value) -> Result<Response, ApiError> {
        let request = decode(operation, request.to_string().as_bytes(), Wording::Classic);
        let request = request.expect("the test asks what is right");
        let mut trace = Trace::counting();
        Box::pin(self.proxy.call(request, Duration::ZERO, &mut trace)).await
    }

    async fn call(&self, operation: Operation, request: &Value) -> Value {
        let answer = self.asked(operation, request).await;
        let answer = answer.unwrap_or_else(|error| panic!("{operation:?}: {error:?}"));
        let body = encode(&answer, Context { host: "localhost" }).body;
        serde_json::from_slice(&body).expect("an answer is JSON")
    }
}

fn batch() -> Value {
    json!({"RequestItems": {TABLE: {"Keys": [{"id": {"S": "1"}}]}}})
}

const TABLE: &str = "things";
