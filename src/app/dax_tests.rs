//! Connections of DAX over streams that take little at a time: of hits nothing is lost, nor said
//! twice.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::FutureExt as _;
use serde_json::json;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufStream, DuplexStream, duplex,
};
use tokio::sync::Notify;

use crate::api::{Operation, Request, Response};
use crate::backup::Shelf;
use crate::cache::{self, Generations, ItemCache, PageCache, Rules};
use crate::clock::Clock;
use crate::engine::embedded::{self, EmbeddedEngine, Hooks};
use crate::fence::{self, Fence};
use crate::metrics::{self, Metrics};
use crate::model::{KeyAttribute, KeyType, TableId, TableSchema};
use crate::proxy::{self, Engine, Proxies, Proxy, Trace};
use crate::server::{Access, Dax, DaxParts, Nodes};
use crate::state::{self, AttributeLists};
use crate::store::memory::MemoryStore;
use crate::task::Drain;
use crate::wire::dax::client::{self, Session};
use crate::wire::json::{self, Wording};

/// A server of one table that has one item, which is in the cache.
struct World {
    dax: Arc<Dax>,
    proxy: Arc<Proxy>,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::system();
        let metrics = Metrics::new(metrics::Options::default());
        let generations = Arc::new(Generations::default());
        let rules = Rules::new(Arc::clone(&generations), clock.clone());
        let caches = cache::Options { enabled: true, bytes: 1 << 20, query_bytes: 1 << 20 };
        let items = Arc::new(ItemCache::new(&caches, Arc::clone(&rules)));
        let pages = Arc::new(PageCache::new(&caches, Arc::clone(&rules)));
        let entries: Arc<dyn fence::Entries> = Arc::<ItemCache>::clone(&items);
        let fence = Fence::new(entries, fence::Options::default());
        let hooks = Hooks {
            forget_all: Box::new(move || generations.raise_all()),
            give_up: Box::new(|error| panic!("{error}")),
        };
        let options = embedded::Options { reserve_bytes: Some(0), ..Default::default() };
        let store = Arc::new(MemoryStore::default());
        let engine = EmbeddedEngine::open(store, &options, hooks, &metrics, clock.clone());
        let proxy = Proxy::new(proxy::Parts {
            engine: Engine::Embedded(Arc::new(engine.expect("an empty store is sound"))),
            cache: items,
            pages,
            rules,
            fence,
            metrics: Arc::clone(&metrics),
            clock: clock.clone(),
            shelf: Shelf::in_memory(),
            read_deadline: Duration::from_secs(5),
        });
        let access = Access::default();
        let dax = Dax::new(DaxParts {
            proxies: Proxies::single(Arc::clone(&proxy)),
            metrics: Arc::clone(&metrics),
            access: Arc::new(ArcSwap::from_pointee(access)),
            limits: Arc::default(),
            lists: Arc::new(AttributeLists::in_memory(state::Limits::default())),
            nodes: Nodes::default(),
            wording: Wording::Classic,
            clock: clock.clone(),
            drain: Drain::default(),
        });
        let world = Self { dax, proxy, metrics, clock };
        world.fill().await;
        world
    }

    async fn fill(&self) {
        let create = json!({
            "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        self.call(request(Operation::CreateTable, &create)).await;
        while self.proxy.schema(TABLE).is_none() {
            tokio::task::yield_now().await;
        }
        let text = "x".repeat(TEXT_BYTES);
        let put = json!({"TableName": TABLE, "Item": {"id": {"S": "a"}, "v": {"S": text}}});
        self.call(request(Operation::PutItem, &put)).await;
        // The first answer makes the id of the names.
        let (mut client, server) = duplex(1 << 20);
        let asked = async {
            client.write_all(&greeted(&get())).await.expect("it is read");
            answer(&mut client).await;
            drop(client);
        };
        tokio::join!(self.dax.serve_stream(server, pending()), asked);
    }

    async fn call(&self, request: Request) -> Response {
        let began = self.clock.monotonic();
        let answer = Box::pin(self.proxy.call(request, began, &mut Trace::of_dax())).await;
        answer.expect("a request that is right")
    }

    fn hits(&self) -> u64 {
        self.metrics.response_bytes.get()
    }
}

/// A getItem of the item.
fn get() -> Vec<u8> {
    let get = request(Operation::GetItem, &json!({"TableName": TABLE, "Key": {"id": {"S": "a"}}}));
    let hash = KeyAttribute { name: "id".to_owned(), kind: KeyType::S };
    let schema = TableSchema { table: TableId::new(1), hash, range: None, indexes: Vec::new() };
    let session = Session { schema: &|_| Some(&schema), id_of: &|_| None };
    client::request(&get, &session).expect("a get names no attributes")
}

fn greeted(request: &[u8]) -> Vec<u8> {
    [&client::preamble("hearth-tests")[..], request].concat()
}

fn request(operation: Operation, body: &serde_json::Value) -> Request {
    let request = json::decode(operation, body.to_string().as_bytes(), Wording::Classic);
    request.expect("a request that is well formed")
}

/// The next answer.
async fn answer(client: &mut DuplexStream) -> Vec<u8> {
    let mut answer = Vec::new();
    while client::length(&answer, 1).expect("an answer of DAX").is_none() {
        let byte =
            tokio::time::timeout(TIMEOUT, client.read_u8()).await.expect("an answer in time");
        answer.push(byte.expect("an answer"));
    }
    answer
}

/// What three hits are answered over a stream, each of which is asked for once the one before came.
async fn three_hits<S>(stream: impl FnOnce(DuplexStream) -> S) -> [Vec<u8>; 3]
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let world = World::new().await;
    let (mut client, server) = duplex(64);
    let mut serving = Box::pin(world.dax.serve_stream(stream(server), pending()));
    let mut answers = [const { Vec::new() }; 3];
    let asked = async {
        client.write_all(&client::preamble("hearth-tests")).await.expect("it is read");
        for place in &mut answers {
            client.write_all(&get()).await.expect("it is read");
            *place = answer(&mut client).await;
        }
    };
    tokio::select! {
        () = &mut serving => panic!("the connection ended"),
        () = asked => {}
    }
    assert!(serving.as_mut().now_or_never().is_none(), "it waits for the next request");
    drop(client);
    serving.await;
    answers
}

#[tokio::test]
async fn a_hit_that_the_stream_takes_bit_by_bit_comes_whole() {
    let [first, second, third] = three_hits(|stream| stream).await;

    assert!(first.len() > TEXT_BYTES && first.ends_with(b"xxx"));
    assert_eq!(second, first);
    assert_eq!(third, first);
}

/// As under TLS.
#[tokio::test]
async fn a_hit_that_stays_in_the_streams_own_buffer_is_sent_on() {
    let [first, second, third] =
        three_hits(|stream| BufStream::with_capacity(4 << 10, 1 << 20, stream)).await;

    assert!(first.len() > TEXT_BYTES && first.ends_with(b"xxx"));
    assert_eq!(second, first);
    assert_eq!(third, first);
}

#[tokio::test]
async fn a_hit_that_is_being_written_is_written_to_its_end_when_the_server_stops() {
    let world = World::new().await;
    let (mut client, server) = duplex(64);
    let (before, stop) = (world.hits(), Notify::new());
    let asked = async {
        client.write_all(&client::preamble("hearth-tests")).await.expect("it is read");
        client.write_all(&get()).await.expect("it is read");
        while world.hits() == before {
            tokio::task::yield_now().await;
        }
        stop.notify_one();
        let answer = answer(&mut client).await;
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.expect("it ends");
        (answer, rest)
    };

    let serving = world.dax.serve_stream(server, stop.notified());
    let ((), (answer, rest)) = tokio::join!(serving, asked);

    assert!(answer.ends_with(b"xxx"));
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_hit_behind_another_request_is_answered_in_its_turn() {
    let world = World::new().await;
    let (mut client, server) = duplex(1 << 20);
    let asked = async {
        let requests = [client::endpoints(), get(), get()].concat();
        client.write_all(&greeted(&requests)).await.expect("it is read");
        let answers =
            [answer(&mut client).await, answer(&mut client).await, answer(&mut client).await];
        drop(client);
        answers
    };

    let ((), [nodes, first, second]) =
        tokio::join!(world.dax.serve_stream(server, pending()), asked);

    assert!(client::nodes(&nodes).is_ok());
    assert!(first.ends_with(b"xxx"));
    assert_eq!(second, first);
}

const TIMEOUT: Duration = Duration::from_secs(30);
const TABLE: &str = "small";
const TEXT_BYTES: usize = 3_000;
