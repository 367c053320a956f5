//! A store that stalls: writes that cannot be taken are throttled at once, those that were taken get
//! an answer by their deadline, and nobody waits for the store.
//!
//! The real proxy and engine in one process, over a store whose commits wait at a gate.
//!
//! Must hold: no answer here depends on the gate being opened.
//! Not here: syncs that fail (`tests/failing_sync.rs`), a full disk (`tests/disk_full.rs`).
#![cfg(not(feature = "shuttle"))]

#[path = "stall/gate.rs"]
mod gate;
#[path = "support/wired.rs"]
mod wired;

use std::convert::identity;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::join_all;
use gate::Gated;
use hearth::api::{ApiError, ErrorCode, Operation, Response};
use hearth::cache;
use hearth::engine::embedded::{self, EmbeddedEngine};
use serde_json::{Value, json};
use wired::Wired;

#[tokio::test]
async fn writes_beyond_a_stalled_stores_queue_are_throttled_at_once() {
    let world = World::new(Duration::from_hours(1)).await;
    world.put(0).await.expect("the store commits");

    let gate = world.store.hold_commits();
    let mut at_once = Context::from_waker(Waker::noop());
    let mut first = Box::pin(world.put(0));
    assert!(first.as_mut().poll(&mut at_once).is_pending());
    // The writer fetches all that waits for it: it must have the first one before others are sent.
    gate.reached();
    let mut throttled = 0;
    let mut taken = vec![first];
    for number in 1..=QUEUED_MAX + MORE {
        let mut write = Box::pin(world.put(number));
        match write.as_mut().poll(&mut at_once) {
            Poll::Ready(answer) => {
                assert_eq!(answer.expect_err("it is full").code, ErrorCode::Throttling);
                throttled += 1;
            }
            Poll::Pending => taken.push(write),
        }
    }
    let read = world.get(0).await;
    drop(gate);
    let written = join_all(taken).await;

    assert_eq!(throttled, MORE);
    assert!(read.is_ok(), "{read:?}");
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    world.put(0).await.expect("the store commits again");
}

#[tokio::test]
async fn a_write_that_a_stalled_store_has_is_answered_by_its_deadline() {
    let world = World::new(Duration::from_secs(10)).await;
    world.put(0).await.expect("the store commits");

    let gate = world.store.hold_commits();
    let unknown = world.put(1).await;
    drop(gate);
    let read = world.get(1).await;

    // It may have happened, which a throttling error would deny.
    assert_eq!(unknown.expect_err("nobody knows").code, ErrorCode::InternalServerError);
    assert!(read.is_ok(), "{read:?}");
}

struct World {
    wired: Wired<EmbeddedEngine>,
    store: Arc<Gated>,
}

impl World {
    async fn new(write_deadline: Duration) -> Self {
        let store = Arc::new(Gated::default());
        let engine = embedded::Options {
            queue_mutations_max: QUEUED_MAX,
            write_deadline,
            ..embedded::Options::default()
        };
        let (shared, options) = (Arc::<Gated>::clone(&store), cache::Options::default());
        let wired = Wired::over(shared, engine, &options, Duration::from_secs(30), identity);
        wired.create_table(TABLE).await;
        Self { wired, store }
    }

    async fn put(&self, number: usize) -> Result<Response, ApiError> {
        let item = json!({"id": {"S": number.to_string()}});
        self.call(Operation::PutItem, &json!({"TableName": TABLE, "Item": item})).await
    }

    async fn get(&self, number: usize) -> Result<Response, ApiError> {
        let key = json!({"id": {"S": number.to_string()}});
        self.call(Operation::GetItem, &json!({"TableName": TABLE, "Key": key})).await
    }

    async fn call(&self, operation: Operation, request: &Value) -> Result<Response, ApiError> {
        let request = request.to_string();
        let call = self.wired.ask(operation, request.as_bytes());
        // Far beyond every deadline: a wait without an end shall fail the test, not hold it up.
        tokio::time::timeout(Duration::from_mins(1), call).await.expect("every call ends")
    }
}

const TABLE: &str = "things";
const QUEUED_MAX: usize = 8;
const MORE: usize = 5;
