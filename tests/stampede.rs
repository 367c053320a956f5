//! Many readers who miss at once: how often the engine is read, and how often at a time.
//!
//! Proxy, fence, caches and the embedded engine over the store in memory, in this process; the
//! engine is watched at the trait through which the proxy reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use hearth::api::{
    CapacityDetail, Consistency, CreateTable, GetItem, Request, Response, TableName, TableRef,
};
use hearth::cache::{self, Generations, ItemCache, PageCache, Policy, Rules};
use hearth::clock::Clock;
use hearth::engine::embedded::{self, EmbeddedEngine, Hooks};
use hearth::engine::{
    Alteration, Catalog, Mutation, Page, PageRead, Pending, ReadOnly, Table, TableEngine, Written,
};
use hearth::fence::{self, Fence, WriteTicket};
use hearth::metrics::{self, Metrics};
use hearth::model::{AttributeValue, Image, ItemKey};
use hearth::proxy::{self, NamedPolicies, Proxy, Trace};
use hearth::store::memory::MemoryStore;
use hearth::wire::json::{self, Wording};

/// An engine whose reads are counted.
struct Watched {
    engine: EmbeddedEngine,
    reads: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Watched {
    /// One read, which begins now and ends when the future does.
    async fn read<T>(&self, read: Pending<'_, T>) -> Result<T, hearth::engine::Error> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let now = 1 + self.now.fetch_add(1, Ordering::SeqCst);
        self.most.fetch_max(now, Ordering::SeqCst);
        let outcome = read.await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

impl TableEngine for Watched {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        self.engine.catalog()
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        Box::pin(self.read(self.engine.read(key)))
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Image>> {
        Box::pin(self.read(self.engine.read_many(keys)))
    }

    fn page(&self, read: PageRead) -> Pending<'_, Page> {
        Box::pin(self.read(self.engine.page(read)))
    }

    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written> {
        self.engine.write(mutation, ticket)
    }

    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>> {
        self.engine.create_table(create)
    }

    fn alter_table(&self, name: TableName, alteration: Alteration) -> Pending<'_, Arc<Table>> {
        self.engine.alter_table(name, alteration)
    }

    fn delete_table(&self, name: TableName) -> Pending<'_, Arc<Table>> {
        self.engine.delete_table(name)
    }

    fn writable(&self) -> Result<(), ReadOnly> {
        self.engine.writable()
    }
}

struct World {
    proxy: Arc<Proxy>,
    engine: Arc<Watched>,
    metrics: Arc<Metrics>,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::system();
        let metrics = Metrics::new(metrics::Options::default());
        let rules = Rules::new(Arc::new(Generations::default()), clock.clone());
        let options = cache::Options::default();
        let cache = Arc::new(ItemCache::new(&options, Arc::clone(&rules)));
        let pages = Arc::new(PageCache::new(&options, Arc::clone(&rules)));
        let entries: Arc<dyn fence::Entries> = Arc::<ItemCache>::clone(&cache);
        let hooks = Hooks { forget_all: Box::new(|| {}), give_up: Box::new(|_| {}) };
        let store = Arc::new(MemoryStore::default());
        let options = embedded::Options { reserve_bytes: Some(0), ..embedded::Options::default() };
        let engine = EmbeddedEngine::open(store, &options, hooks, &metrics, clock.clone());
        let engine = Arc::new(Watched {
            engine: engine.expect("an empty store opens"),
            reads: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let proxy = Proxy::new(proxy::Parts {
            engine: Arc::<Watched>::clone(&engine),
            cache,
            pages,
            rules,
            fence: Fence::new(entries, fence::Options::default()),
            metrics: Arc::clone(&metrics),
            clock,
            read_deadline: Duration::from_secs(30),
        });
        let world = Self { proxy, engine, metrics };
        world.create_table().await;
        world
    }

    async fn create_table(&self) {
        self.json(
            "CreateTable",
            r#"{"TableName": "users", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}"#,
        )
        .await;
        while self.engine.catalog().load().serving("users").is_none() {
            tokio::task::yield_now().await;
        }
    }

    async fn json(&self, operation: &str, body: &str) -> Response {
        let operation = json::operation(&format!("DynamoDB_20120810.{operation}"));
        let operation = operation.expect("an operation");
        let request = json::decode(operation, body.as_bytes(), Wording::Classic);
        self.call(request.expect("a request")).await
    }

    async fn call(&self, request: Request) -> Response {
        let mut trace = Trace::counting();
        let answer = self.proxy.call(request, Duration::ZERO, &mut trace).await;
        answer.expect("it is answered")
    }

    async fn get(&self, id: String) -> Response {
        let get = GetItem {
            table: TableRef::of("users").expect("a name"),
            key: vec![("id".to_owned(), AttributeValue::S(id))],
            consistency: Consistency::Eventual,
            projection: None,
            capacity: CapacityDetail::None,
        };
        self.call(Request::GetItem(get)).await
    }

    fn reads(&self) -> usize {
        self.engine.reads.load(Ordering::SeqCst)
    }

    fn lookups(&self, cache: &str, result: &str) -> Option<usize> {
        let page = self.metrics.render();
        let series = format!(
            "hearth_cache_requests_total{{cache=\"{cache}\",table=\"users\",result=\"{result}\"}} "
        );
        page.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_of_one_key_are_one_read() {
    let world = World::new().await;

    join_all((0..MANY).map(|_| world.get("7".to_owned()))).await;

    assert_eq!(world.reads(), 1);
    assert_eq!(world.lookups("item", "miss"), Some(1));
    assert_eq!(world.lookups("item", "absent_hit"), Some(MANY - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_of_one_query_are_one_read() {
    let world = World::new().await;
    let query = r#"{"TableName": "users", "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "7"}}}"#;

    join_all((0..MANY).map(|_| world.json("Query", query))).await;

    assert_eq!(world.reads(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn misses_of_many_keys_read_no_more_at_once_than_the_policy_allows() {
    let world = World::new().await;
    let default = Policy { fills_max: 3, ..Policy::default() };
    world.proxy.set_policies(NamedPolicies { default, tables: Vec::new() });

    join_all((0..1_000).map(|number| world.get(number.to_string()))).await;

    assert_eq!(world.reads(), 1_000);
    assert_eq!(world.engine.most.load(Ordering::SeqCst), 3);
}

const MANY: usize = 10_000;
