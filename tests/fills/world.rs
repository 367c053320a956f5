//! The proxy over a gated engine in memory, and one item of one table.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hearth::api::{ApiError, Operation, Response};
use hearth::cache::{self, Rules};
use hearth::engine::TableReader as _;
use hearth::fence::WriteTicket;
use hearth::model::{AttributeValue, Item, ItemKey, KeyBuffer};
use hearth::wire::json::{Context, encode};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use crate::watched::Watched;
use crate::wired::Wired;

/// Everything between a request and the store.
pub(crate) struct World {
    pub(crate) rules: Arc<Rules>,
    wired: Wired<Watched>,
}

impl World {
    /// An empty table and empty caches.
    pub(crate) async fn new() -> Self {
        // So long does a test take that waits for a load which waits for the test.
        let deadline = Duration::from_secs(2);
        let wired = Wired::new(&cache::Options::default(), deadline, Watched::new);
        wired.create_table(TABLE).await;
        Self { rules: Arc::clone(&wired.rules), wired }
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
        let (is_held, open) = self.wired.engine.hold_next();
        let rest = async {
            is_held.await.expect("the engine is asked");
            meanwhile.await;
            open.send(()).expect("the read waits");
        };
        tokio::join!(self.read(operation), rest).0
    }

    /// Takes the item out of the item cache.
    pub(crate) fn evict(&self) {
        self.wired.items.evict(&self.key());
    }

    /// A write of the item that has begun, and of which nothing will be known.
    pub(crate) fn open_write(&self) -> WriteTicket {
        let mut ticket = self.wired.fence.ticket();
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
        self.wired.engine.reads.load(Ordering::SeqCst)
    }

    fn key(&self) -> ItemKey {
        let catalog = self.wired.engine.catalog().load();
        let schema = &catalog.serving(TABLE).expect("it was made").schema;
        let item = Item::from([("id", AttributeValue::S("1".into()))]);
        schema.item_key(&item, &mut KeyBuffer::default()).expect("it has the key").to_key()
    }

    async fn asked(&self, operation: Operation, request: &Value) -> Result<Response, ApiError> {
        self.wired.ask(operation, request.to_string().as_bytes()).await
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
