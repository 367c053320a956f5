//! Many readers who miss at once: how often the engine is read, and how often at a time.
//!
//! Proxy, fence, caches and the embedded engine over the store in memory, in this process; the
//! engine is watched at the trait through which the proxy reads it.

#[path = "support/watched.rs"]
mod watched;
#[path = "support/wired.rs"]
mod wired;

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use hearth::api::Operation;
use hearth::cache::{self, Policy};
use hearth::proxy::NamedPolicies;
use watched::Watched;
use wired::Wired;

struct World(Wired<Watched>);

impl World {
    async fn new() -> Self {
        let deadline = Duration::from_secs(30);
        let wired = Wired::new(&cache::Options::default(), deadline, Watched::new);
        wired.create_table("users").await;
        Self(wired)
    }

    async fn get(&self, id: u64) {
        let get = format!(r#"{{"TableName": "users", "Key": {{"id": {{"S": "{id}"}}}}}}"#);
        self.ask(Operation::GetItem, &get).await;
    }

    async fn ask(&self, operation: Operation, body: &str) {
        self.0.ask(operation, body.as_bytes()).await.expect("it is answered");
    }

    fn reads(&self) -> u64 {
        self.0.engine.reads.load(Ordering::SeqCst)
    }

    fn lookups(&self, cache: &str, result: &str) -> Option<u64> {
        let page = self.0.metrics.render();
        let series = format!(
            "hearth_cache_requests_total{{cache=\"{cache}\",table=\"users\",result=\"{result}\"}} "
        );
        page.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_of_one_key_are_one_read() {
    let world = World::new().await;

    join_all((0..MANY).map(|_| world.get(7))).await;

    assert_eq!(world.reads(), 1);
    assert_eq!(world.lookups("item", "miss"), Some(1));
    assert_eq!(world.lookups("item", "absent_hit"), Some(MANY - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_of_one_query_are_one_read() {
    let world = World::new().await;
    let query = r#"{"TableName": "users", "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "7"}}}"#;

    join_all((0..MANY).map(|_| world.ask(Operation::Query, query))).await;

    assert_eq!(world.reads(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn misses_of_many_keys_read_no_more_at_once_than_the_policy_allows() {
    let world = World::new().await;
    let default = Policy { fills_max: 3, ..Policy::default() };
    world.0.proxy.set_policies(NamedPolicies { default, tables: Vec::new() });

    join_all((0..1_000).map(|number| world.get(number))).await;

    assert_eq!(world.reads(), 1_000);
    assert_eq!(world.0.engine.most.load(Ordering::SeqCst), 3);
}

const MANY: u64 = 10_000;
