//! What is served past its time while the engine gives no answer, and what is not.
//!
//! The real proxy, caches, fence and engine in one process, by a clock of the test's; between proxy
//! and engine the answers of reads can be lost. Items and pages live for a second, and may be
//! served half a second longer.
#![cfg(not(feature = "shuttle"))]

#[path = "support/watched.rs"]
mod watched;
#[path = "support/wired.rs"]
mod wired;

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use hearth::api::Operation::{self, BatchGetItem, GetItem, Query};
use hearth::api::{ApiError, ErrorCode};
use hearth::cache::{self, Policy};
use hearth::clock::Clock;
use hearth::engine::upstream::client::{Failure, Fate, Fault, Told, What};
use hearth::engine::{Error, TableReader as _};
use hearth::model::{AttributeValue, Item, ItemKey, KeyBuffer};
use hearth::proxy::{NamedPolicies, Trace};
use hearth::wire::json::{Context, encode};
use serde_json::{Value, json};
use tokio::sync::oneshot::Receiver;
use watched::Watched;
use wired::Wired;

struct World(Wired<Watched>);

/// An answer, and what its header would tell of the caches to who did not ask.
type Heard = Result<(Value, Option<String>), ApiError>;

impl World {
    /// A table with the item `1`, which was read by GetItem and Query when the clock began.
    async fn new(max_stale: Duration) -> Self {
        let deadline = Duration::from_secs(10);
        let options = cache::Options::default();
        let world = Self(Wired::by(Clock::manual(0), &options, deadline, Watched::new));
        world.0.create_table(TABLE).await;
        let ttl = Some(TTL);
        let default = Policy {
            item_ttl: ttl,
            absence_ttl: ttl,
            query_ttl: ttl,
            max_stale,
            ..Policy::default()
        };
        world.0.proxy.set_policies(NamedPolicies { default, tables: Vec::new() });
        world.put("1", "old").await;
        for operation in [GetItem, Query] {
            assert_eq!(value(world.read(operation).await), ("old".to_owned(), None));
        }
        world
    }

    /// The same, past the time of what is cached, and with an engine whose answers are lost.
    async fn lost(max_stale: Duration) -> Self {
        let world = Self::new(max_stale).await;
        world.0.clock.advance(TTL);
        world.lose();
        world
    }

    fn lose(&self) {
        self.0.engine.set_outage(Some(outage()));
    }

    async fn put(&self, id: &str, value: &str) {
        let put = json!({"TableName": TABLE, "Item": {"id": {"S": id}, "v": {"S": value}}});
        self.ask(Operation::PutItem, &put).await.expect("writes go through");
    }

    async fn read(&self, operation: Operation) -> Heard {
        let id = json!({"S": "1"});
        let request = match operation {
            Query => json!({"TableName": TABLE, "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": id}}),
            _ => json!({"TableName": TABLE, "Key": {"id": id}}),
        };
        self.ask(operation, &request).await
    }

    async fn batch(&self, ids: &[&str]) -> Heard {
        let keys: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}})).collect();
        self.ask(BatchGetItem, &json!({"RequestItems": {TABLE: {"Keys": keys}}})).await
    }

    async fn ask(&self, operation: Operation, request: &Value) -> Heard {
        let mut trace = Trace::counting();
        let body = request.to_string();
        let answer = self.0.ask_and_hear(operation, body.as_bytes(), &mut trace).await?;
        let body = encode(&answer, Context { host: "localhost" }).body;
        let answer = serde_json::from_slice(&body).expect("an answer is JSON");
        Ok((answer, trace.explanation()))
    }

    fn engine_reads(&self) -> u64 {
        self.0.engine.reads.load(Ordering::SeqCst)
    }

    fn stale_answers(&self, cache: &str) -> u64 {
        self.0.metrics.show_upstream();
        let page = self.0.metrics.render();
        let series =
            format!("hearth_cache_stale_answers_total{{cache=\"{cache}\",table=\"{TABLE}\"}} ");
        let count = page.lines().find_map(|line| line.strip_prefix(&series));
        count.expect("it is on the page").parse().expect("a count")
    }

    fn key(&self) -> ItemKey {
        let catalog = self.0.engine.catalog().load();
        let schema = &catalog.serving(TABLE).expect("it was made").schema;
        let item = Item::from([("id", AttributeValue::S("1".into()))]);
        schema.item_key(&item, &mut KeyBuffer::default()).expect("it has the key").to_key()
    }
}

/// As it is told that nobody answers.
fn outage() -> Error {
    let fault = Fault { what: What::Down, why: "nobody is there".into() };
    Error::Upstream(Failure { fate: Fate::NotDone, told: Told::Failed(fault) })
}

/// The item's value, and what is told of the caches.
#[track_caller]
fn value(heard: Heard) -> (String, Option<String>) {
    let (answer, told) = heard.expect("it is answered");
    let item = answer.get("Item").unwrap_or(&answer["Items"][0]);
    (item["v"]["S"].as_str().unwrap_or_default().to_owned(), told)
}

/// Waits until a read is held at the gate.
async fn asked(is_held: Receiver<()>) {
    let held = tokio::time::timeout(Duration::from_mins(1), is_held).await;
    held.expect("the engine is asked").expect("the gate is there");
}

#[track_caller]
fn assert_stale(heard: Heard) {
    assert_eq!(value(heard), ("old".to_owned(), Some("stale".to_owned())));
}

#[track_caller]
fn assert_unavailable(heard: Heard) {
    let error = heard.expect_err("there is no answer");
    assert_eq!(error.code, ErrorCode::ServiceUnavailable);
    assert_eq!(error.message, "The service is currently unavailable");
    assert!(error.cause.is_none(), "that nobody is there is told once, not for each request");
}

#[tokio::test]
async fn items_and_pages_are_served_past_their_time_for_so_long_and_no_longer() {
    for (operation, cache) in [(GetItem, "item"), (Query, "query")] {
        let world = World::lost(MAX_STALE).await;

        assert_stale(world.read(operation).await);
        world.0.clock.advance(MAX_STALE.saturating_sub(MS));
        assert_stale(world.read(operation).await);
        world.0.clock.advance(MS);
        assert_unavailable(world.read(operation).await);

        assert_eq!(world.stale_answers(cache), 2, "{operation:?}");
    }
}

#[tokio::test]
async fn each_reader_asks_the_engine_first_and_is_answered_by_it_once_it_is_back() {
    for operation in [GetItem, Query] {
        let world = World::lost(MAX_STALE).await;
        let before = world.engine_reads();

        assert_stale(world.read(operation).await);
        assert_stale(world.read(operation).await);
        assert_eq!(world.engine_reads(), before + 2);
        world.0.engine.set_outage(None);

        assert_eq!(value(world.read(operation).await), ("old".to_owned(), None));
        assert_eq!(world.engine_reads(), before + 3);
    }
}

#[tokio::test]
async fn nothing_is_served_past_its_time_where_the_table_does_not_allow_it() {
    for operation in [GetItem, Query] {
        let world = World::lost(Duration::ZERO).await;

        assert_unavailable(world.read(operation).await);
    }
}

#[tokio::test]
async fn what_the_engine_refuses_is_refused_whatever_is_cached() {
    for operation in [GetItem, Query] {
        let world = World::lost(MAX_STALE).await;
        world.0.engine.set_outage(Some(Error::Damaged { table: 1 }));

        let refused = world.read(operation).await.expect_err("the engine has an answer");

        assert_eq!(refused.code, ErrorCode::InternalServerError);
        world.lose();
        assert_stale(world.read(operation).await);
    }
}

#[tokio::test]
async fn a_write_takes_away_what_is_past_its_time() {
    for operation in [GetItem, Query] {
        let world = World::lost(MAX_STALE).await;
        let mut ticket = world.0.fence.ticket();
        ticket.open(&world.key());
        let schema = world.0.engine.catalog().load().serving(TABLE).expect("it is").schema.clone();
        ticket.touch(schema.table, hearth::model::IndexId::TABLE, world.key().partition());

        assert_unavailable(world.read(operation).await);
        ticket.close();

        assert_unavailable(world.read(operation).await);
    }
}

#[tokio::test]
async fn a_write_during_the_read_that_gets_no_answer_takes_it_away() {
    for operation in [GetItem, Query] {
        let world = World::lost(MAX_STALE).await;
        let (is_held, open) = world.0.engine.hold_next();

        let (heard, ()) = tokio::join!(world.read(operation), async {
            asked(is_held).await;
            world.put("1", "new").await;
            open.send(()).expect("the read waits");
        });

        assert_unavailable(heard);
        // The write left the item, and no page.
        if operation == GetItem {
            assert_eq!(value(world.read(GetItem).await), ("new".to_owned(), None));
        }
    }
}

#[tokio::test]
async fn a_flush_before_or_during_the_read_takes_it_away() {
    for operation in [GetItem, Query] {
        let before = World::lost(MAX_STALE).await;
        before.0.rules.forget_all();
        assert_unavailable(before.read(operation).await);

        let during = World::lost(MAX_STALE).await;
        let (is_held, open) = during.0.engine.hold_next();
        let (heard, ()) = tokio::join!(during.read(operation), async {
            asked(is_held).await;
            during.0.rules.forget(during.key().table());
            open.send(()).expect("the read waits");
        });
        assert_unavailable(heard);
    }
}

#[tokio::test]
async fn many_readers_at_once_are_answered_by_the_one_that_asked_in_vain() {
    for (operation, cache) in [(GetItem, "item"), (Query, "query")] {
        let world = World::lost(MAX_STALE).await;
        let before = world.engine_reads();
        let (is_held, open) = world.0.engine.hold_next();

        let readers = join_all((0..MANY).map(|_| world.read(operation)));
        let (heard, ()) = tokio::join!(readers, async {
            asked(is_held).await;
            tokio::task::yield_now().await;
            open.send(()).expect("the read waits");
        });

        heard.into_iter().for_each(assert_stale);
        assert_eq!(world.engine_reads(), before + 1, "{operation:?}");
        assert_eq!(world.stale_answers(cache), MANY);
    }
}

#[tokio::test]
async fn a_reader_who_gives_up_leaves_what_is_past_its_time() {
    for operation in [GetItem, Query] {
        let world = World::lost(MAX_STALE).await;
        let (is_held, _open) = world.0.engine.hold_next();

        tokio::select! {
            biased;
            _ = world.read(operation) => unreachable!("its answer is held"),
            () = asked(is_held) => {}
        }

        assert_stale(world.read(operation).await);
    }
}

#[tokio::test]
async fn a_batch_has_what_is_known_and_leaves_the_rest() {
    let world = World::new(MAX_STALE).await;
    world.put("2", "other").await;
    world.0.clock.advance(TTL);
    world.put("3", "hit").await;
    world.lose();

    let (answer, told) = world.batch(&["1", "3", "none"]).await.expect("a part is known");

    let found: Vec<&Value> = answer["Responses"][TABLE].as_array().expect("items").iter().collect();
    let values: Vec<&str> = found.iter().filter_map(|item| item["v"]["S"].as_str()).collect();
    assert_eq!((values, told.as_deref()), (vec!["old", "hit"], Some("stale")));
    let left = &answer["UnprocessedKeys"][TABLE]["Keys"];
    assert_eq!(*left, json!([{"id": {"S": "none"}}]));
    assert_eq!(world.stale_answers("item"), 1);
    assert_unavailable(world.batch(&["none", "nobody"]).await);
}

#[tokio::test]
async fn who_asks_for_a_consistent_read_is_served_nothing_past_its_time() {
    let world = World::lost(MAX_STALE).await;
    let get = json!({"TableName": TABLE, "Key": {"id": {"S": "1"}}, "ConsistentRead": true});
    let keys = json!({"Keys": [{"id": {"S": "1"}}], "ConsistentRead": true});
    let batch = json!({"RequestItems": {TABLE: keys}});

    assert_unavailable(world.ask(GetItem, &get).await);
    assert_unavailable(world.ask(BatchGetItem, &batch).await);
    let (is_held, open) = world.0.engine.hold_next();
    let (eventual, strong, ()) = tokio::join!(
        world.read(GetItem),
        async {
            tokio::task::yield_now().await;
            world.ask(GetItem, &get).await
        },
        async {
            asked(is_held).await;
            tokio::task::yield_now().await;
            open.send(()).expect("the read waits");
        }
    );

    assert_stale(eventual);
    assert_unavailable(strong);
    assert_eq!(world.stale_answers("item"), 1);
}

#[tokio::test]
async fn a_read_that_is_too_slow_is_no_answer_either() {
    let deadline = Duration::from_millis(50);
    let options = cache::Options::default();
    let wired = Wired::by(Clock::manual(0), &options, deadline, Watched::new);
    let world = World(wired);
    world.0.create_table(TABLE).await;
    let default = Policy {
        item_ttl: Some(TTL),
        query_ttl: Some(TTL),
        max_stale: MAX_STALE,
        ..Policy::default()
    };
    world.0.proxy.set_policies(NamedPolicies { default, tables: Vec::new() });
    world.put("1", "old").await;
    for operation in [GetItem, Query] {
        world.read(operation).await.expect("the engine answers");
    }
    world.0.clock.advance(TTL);
    let permits = world.0.rules.fills(world.key().table()).expect("the table has a policy");
    let all = permits.available_permits().try_into().expect("a few");
    let _permits = permits.acquire_many_owned(all).await.expect("they are never closed");

    let readers =
        (0..MANY).map(|number| world.read([GetItem, Query][usize::from(number % 2 == 0)]));

    join_all(readers).await.into_iter().for_each(assert_stale);
}

const TABLE: &str = "things";
const TTL: Duration = Duration::from_secs(1);
const MAX_STALE: Duration = Duration::from_millis(500);
const MS: Duration = Duration::from_millis(1);
const MANY: u64 = 200;
