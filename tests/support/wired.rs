//! hearth without sockets, in this process: proxy, caches, fence, and the embedded engine over the
//! store in memory.
//!
//! Must hold: the parts are put together as `src/app/start.rs` does it.
//! Not here: what the engine is watched with (`watched.rs`), real servers (`server.rs`).
#![allow(dead_code, reason = "each program that has this uses its own part of it")]

use std::sync::Arc;
use std::time::Duration;

use hearth::api::{ApiError, Operation, Response};
use hearth::backup::Shelf;
use hearth::cache::{self, Generations, ItemCache, PageCache, Rules};
use hearth::clock::Clock;
use hearth::engine::TableEngine;
use hearth::engine::embedded::{self, EmbeddedEngine, Hooks};
use hearth::fence::{self, Fence};
use hearth::metrics::{self, Metrics};
use hearth::proxy::{self, Engine, Proxy, Trace};
use hearth::store::Store;
use hearth::store::memory::MemoryStore;
use hearth::wire::json::{self, Wording};

/// The parts, of which the engine is the one that the proxy sees.
pub(crate) struct Wired<E> {
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) engine: Arc<E>,
    pub(crate) items: Arc<ItemCache>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) fence: Arc<Fence>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
}

impl<E: TableEngine + 'static> Wired<E> {
    /// No tables and empty caches; the proxy sees what `seen` makes of the engine.
    pub(crate) fn new(
        options: &cache::Options,
        read_deadline: Duration,
        seen: impl FnOnce(EmbeddedEngine) -> E,
    ) -> Self {
        Self::by(Clock::system(), options, read_deadline, seen)
    }

    /// The same by another clock.
    pub(crate) fn by(
        clock: Clock,
        options: &cache::Options,
        read_deadline: Duration,
        seen: impl FnOnce(EmbeddedEngine) -> E,
    ) -> Self {
        let store = Arc::new(MemoryStore::default());
        Self::wire(store, embedded::Options::default(), clock, options, read_deadline, seen)
    }

    /// The same over that store, with an engine of those options but for its reserve.
    pub(crate) fn over(
        store: Arc<dyn Store>,
        engine: embedded::Options,
        options: &cache::Options,
        read_deadline: Duration,
        seen: impl FnOnce(EmbeddedEngine) -> E,
    ) -> Self {
        Self::wire(store, engine, Clock::system(), options, read_deadline, seen)
    }

    fn wire(
        store: Arc<dyn Store>,
        engine: embedded::Options,
        clock: Clock,
        options: &cache::Options,
        read_deadline: Duration,
        seen: impl FnOnce(EmbeddedEngine) -> E,
    ) -> Self {
        let metrics = Metrics::new(metrics::Options::default());
        let generations = Arc::new(Generations::default());
        let rules = Rules::new(Arc::clone(&generations), clock.clone());
        let items = Arc::new(ItemCache::new(options, Arc::clone(&rules)));
        let pages = Arc::new(PageCache::new(options, Arc::clone(&rules)));
        let entries: Arc<dyn fence::Entries> = Arc::<ItemCache>::clone(&items);
        let fence = Fence::new(entries, fence::Options::default());
        let hooks = Hooks {
            forget_all: Box::new(move || generations.raise_all()),
            give_up: Box::new(|error| panic!("{error}")),
        };
        let options = embedded::Options { reserve_bytes: Some(0), ..engine };
        let engine = EmbeddedEngine::open(store, &options, hooks, &metrics, clock.clone());
        let engine = Arc::new(seen(engine.expect("an empty store is sound")));
        let proxy = Proxy::new(proxy::Parts {
            engine: Engine::Embedded(Arc::<E>::clone(&engine)),
            cache: Arc::clone(&items),
            pages,
            rules: Arc::clone(&rules),
            fence: Arc::clone(&fence),
            metrics: Arc::clone(&metrics),
            clock: clock.clone(),
            shelf: Shelf::in_memory(),
            read_deadline,
        });
        Self { proxy, engine, items, rules, fence, metrics, clock }
    }

    /// Makes a table whose key is the string `id`, and waits until it serves.
    pub(crate) async fn create_table(&self, name: &str) {
        let create = format!(
            r#"{{"TableName": "{name}", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{{"AttributeName": "id", "AttributeType": "S"}}],
                "KeySchema": [{{"AttributeName": "id", "KeyType": "HASH"}}]}}"#
        );
        self.ask(Operation::CreateTable, create.as_bytes()).await.expect("a new name");
        let serves = async {
            while self.engine.catalog().load().serving(name).is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), serves).await.expect("the table serves");
    }

    /// What a Query with this body is answered; if it is a hit, its body is remembered.
    pub(crate) async fn ask_and_remember(&self, body: &[u8]) -> Result<Response, ApiError> {
        let request = json::decode(Operation::Query, body, Wording::Classic);
        let request = request.expect("a request that is well formed");
        let mut trace = Trace::counting().learning();
        let answer = Box::pin(self.proxy.call(request, self.clock.monotonic(), &mut trace)).await;
        self.proxy.remember(body, trace);
        answer
    }

    /// What a request with this body, which must be well formed, is answered.
    pub(crate) async fn ask(
        &self,
        operation: Operation,
        body: &[u8],
    ) -> Result<Response, ApiError> {
        self.ask_and_hear(operation, body, &mut Trace::counting()).await
    }

    /// The same with a trace that learns what the caches had.
    pub(crate) async fn ask_and_hear(
        &self,
        operation: Operation,
        body: &[u8],
        trace: &mut Trace,
    ) -> Result<Response, ApiError> {
        let request = json::decode(operation, body, Wording::Classic);
        let request = request.expect("a request that is well formed");
        Box::pin(self.proxy.call(request, self.clock.monotonic(), trace)).await
    }
}
