//! Reads from an upstream, which is a hearth here, against reads of the very engine behind it: the
//! same items and pages, whatever is asked for.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::background_tests::{called, until};
use super::listeners::Addresses;
use super::{admin_token, start};
use crate::api::{Consistency, ErrorCode, Order, TableDescription};
use crate::clock::Clock;
use crate::config::{Config, EngineKind};
use crate::engine::upstream::client::{Ask, Options as ClientOptions};
use crate::engine::upstream::client::{Client, Effect, Environment, Fate, Source};
use crate::engine::upstream::{self, Reader, incarnation, table_of};
use crate::engine::{
    Catalog, Error, ItemSource, Page, PageAnswer, PageRead, Position, Scope, SortRange, SortTest,
    Table, TableReader as _,
};
use crate::expr::{
    Comparator, Condition, Operand, Path, Placeholders, Projection, parse_projection,
};
use crate::model::{
    AttributeValue, Image, IndexId, IndexKey, IndexSchema, Item, ItemBytes, ItemKey, KeyAttribute,
    KeyBuffer, KeyType, Number, Segment, TableSchema,
};
use crate::server::{Http, Listener, Surroundings};
use crate::task::{self, Drain};
use crate::wire::json::client::table;

/// A service, and two ways to read it.
struct World {
    parts: start::Parts,
    reader: Reader,
    /// As the reader knows the service.
    catalog: Catalog,
    drain: Drain,
}

/// Choices that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % count
    }

    fn choice<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

impl World {
    async fn open() -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        let parts = start::open(&config).expect("tables in memory open");
        called(&parts, "CreateTable", create()).await;
        let serves = || parts.engine.catalog().load().serving("tab").is_some();
        until(serves).await;
        let drain = Drain::default();
        let endpoint = serve(&parts, &config, &drain).await;
        let client = client(&parts, endpoint);
        let embedded = parts.engine.catalog().load().table("tab").expect("it is there").clone();
        let described = described(&client).await;
        assert_eq!(incarnation(&described), embedded.uuid);
        let metrics = parts.metrics.table("tab");
        let table = table_of(described, embedded.schema.table, None, metrics);
        assert_eq!(table.schema, embedded.schema);
        let catalog = Catalog::new([Arc::new(table)], []);
        let reader = reader(&parts, client, Consistency::Strong);
        Self { parts, reader, catalog, drain }
    }

    fn table(&self) -> &Arc<Table> {
        self.catalog.table("tab").expect("it is there")
    }

    async fn put(&self, items: &[Item]) {
        for items in items.chunks(10) {
            let puts = items.iter().map(|item| json!({ "PutRequest": { "Item": as_json(item) } }));
            let batch = json!({ "RequestItems": { "tab": puts.collect::<Vec<Value>>() } });
            let answer = called(&self.parts, "BatchWriteItem", batch).await;
            assert_eq!(answer["UnprocessedItems"], json!({}));
        }
    }

    fn key(&self, item: &Item) -> ItemKey {
        let mut buffer = KeyBuffer::default();
        self.table().schema.item_key(item, &mut buffer).expect("it has a key").to_key()
    }

    /// Where a page ended, so that the next begins there.
    fn position(&self, index: Option<&IndexSchema>, last: &ItemBytes) -> Position {
        let mut buffer = KeyBuffer::default();
        let item = self.table().schema.key_of_stored(last.view(), &mut buffer);
        let item = item.expect("it has a key").to_key();
        Position { item, entry: index.and_then(|index| index.key_of(last.view())) }
    }

    /// Pages through what is asked for by both ways, and compares each page; how many there were.
    async fn compare(&self, read: PageRead) -> usize {
        let schema = &self.table().schema;
        let index = schema.index_of(read.index);
        let mut after = None;
        for pages in 1.. {
            let read = PageRead { after: after.take(), ..read.clone() };
            let near = self.parts.engine.page(read.clone()).await.expect("a page");
            let far = self.reader.page(&self.catalog, read.clone()).await;
            let far = far.unwrap_or_else(|error| panic!("{read:?}: {error:?}"));
            let place = |page: &Page| page.last.as_ref().map(|last| self.position(index, last));
            assert_eq!(far.items, near.items, "{read:?}");
            assert_eq!((far.count, far.scanned), (near.count, near.scanned), "{read:?}");
            assert_eq!(place(&far), place(&near), "{read:?}");
            assert_eq!(far.row_bytes, charged(near.row_bytes), "{read:?}");
            let fetched: u64 = near.fetched_bytes.iter().map(|bytes| charged(*bytes)).sum();
            assert_eq!(far.fetched_bytes.iter().sum::<u64>(), fetched, "{read:?}");
            after = place(&near);
            if after.is_none() {
                return pages;
            }
        }
        unreachable!("pages come to an end")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.drain.begin();
    }
}

/// The bytes that a read of so many is charged for.
fn charged(bytes: u64) -> u64 {
    bytes.div_ceil(4096).max(1) * 4096
}

/// Serves the tables over HTTP; where.
pub(super) async fn serve(parts: &start::Parts, config: &Config, drain: &Drain) -> String {
    let limits = Arc::new(ArcSwap::from_pointee(start::limits(config)));
    let proxies = parts.core().proxies;
    let made = admin_token::make(config);
    let access = start::access(config, &made, &proxies).expect("no credentials");
    let surroundings = Surroundings {
        limits: Arc::clone(&limits),
        metrics: Arc::clone(&parts.metrics),
        clock: parts.clock.clone(),
        drain: drain.clone(),
    };
    let any = "127.0.0.1:0".parse().expect("an address");
    let listener = Listener::bind(any, "DynamoDB", None, surroundings).await.expect("a port");
    let http = listener.address();
    let addresses = Addresses { http, https: None, dax: None, daxs: None, admin: http };
    let data = Http::new(
        proxies,
        Arc::clone(&parts.metrics),
        Arc::new(ArcSwap::from_pointee(access)),
        limits,
        start::cluster(config, &addresses, parts.clock.unix_ms()),
        start::wording(config),
        parts.clock.clone(),
    );
    task::spawn("http", data.serve(listener));
    format!("http://{http}")
}

fn client(parts: &start::Parts, endpoint: String) -> Client {
    let (endpoints, credentials) = (vec![endpoint], Source::Anonymous);
    let options = ClientOptions { endpoints, credentials, ..ClientOptions::default() };
    let metrics = Arc::clone(&parts.metrics);
    let client = Client::new(&options, &Environment::default(), metrics, Clock::system(), 1);
    client.expect("it can be asked")
}

fn reader(parts: &start::Parts, client: Client, fills: Consistency) -> Reader {
    let options = upstream::Options { fills, deadline: Duration::from_mins(1), seed: 1 };
    Reader::new(client, options, Arc::clone(&parts.metrics), parts.clock.clone())
}

async fn described(client: &Client) -> TableDescription {
    let target = "DynamoDB_20120810.DescribeTable".into();
    let ask = Ask { target, body: br#"{"TableName":"tab"}"#[..].into(), effect: Effect::Reads };
    table(&client.send(ask).await.expect("an answer")).expect("a description")
}

/// Keyed by (pk, sk). A local index by (pk, r) holds the keys; `some` is by (g; n) and holds v, `all`
/// by (g, b; r, n) and holds everything.
fn create() -> Value {
    let defined = |name: &str, kind: &str| json!({ "AttributeName": name, "AttributeType": kind });
    let keys = |hash: &[&str], range: &[&str]| {
        let element = |role: &'static str| move |name: &&str| json!({ "AttributeName": name, "KeyType": role });
        let elements = hash.iter().map(element("HASH")).chain(range.iter().map(element("RANGE")));
        elements.collect::<Vec<Value>>()
    };
    json!({
        "TableName": "tab",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            defined("pk", "S"), defined("sk", "N"), defined("r", "S"), defined("g", "S"),
            defined("b", "B"), defined("n", "N"),
        ],
        "KeySchema": keys(&["pk"], &["sk"]),
        "LocalSecondaryIndexes": [{
            "IndexName": "loc", "KeySchema": keys(&["pk"], &["r"]),
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "some", "KeySchema": keys(&["g"], &["n"]),
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"] },
        }, {
            "IndexName": "all", "KeySchema": keys(&["g", "b"], &["r", "n"]),
            "Projection": { "ProjectionType": "ALL" },
        }],
    })
}

fn as_json(item: &Item) -> Value {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number.to_string() }),
        AttributeValue::B(bytes) => {
            json!({ "B": STANDARD.encode(bytes) })
        }
        AttributeValue::L(numbers) => json!({ "L": vec![json!({ "NULL": true }); numbers.len()] }),
        other => panic!("{other:?} is not drawn"),
    };
    item.attributes.iter().map(|(name, given)| (name.clone(), value(given))).collect()
}

fn number(number: usize) -> AttributeValue {
    AttributeValue::N(Number::parse(&number.to_string()).expect("a number"))
}

/// Few values of each key attribute, so that reads find many items; most items are in all indexes.
fn items(dice: &mut Dice, count: usize) -> Vec<Item> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    (0..count)
        .map(|at| {
            let mut item = Item::from([
                ("pk", text(dice.choice(&["p", "q", "é\u{0}x"]))),
                ("sk", number(at)),
                ("v", number(dice.below(10))),
                ("w", text(&"w".repeat(dice.below(9_000)))),
                ("l", AttributeValue::L(vec![AttributeValue::Null; dice.below(4)])),
            ]);
            for (name, value) in [
                ("r", text(dice.choice(&["a", "ab", "a\u{0}", "b", "é"]))),
                ("g", text(dice.choice(&["g", "h"]))),
                (
                    "b",
                    AttributeValue::B(dice.choice(&[&b"\0"[..], b"\0\x01", b"x"]).to_vec().into()),
                ),
                ("n", number(dice.below(5))),
            ] {
                if !dice.is_one_in(8) {
                    item.attributes.push((name.to_owned(), value));
                }
            }
            item
        })
        .collect()
}

/// A read of anything that a request could ask for.
fn any_read(dice: &mut Dice, schema: &TableSchema, items: &[Item]) -> PageRead {
    let index = match dice.below(4) {
        0 => None,
        at => Some(&schema.indexes[at - 1]),
    };
    let (source, filter, projection, answer) = any_selection(dice, index);
    PageRead {
        table: schema.table,
        index: index.map_or(IndexId::TABLE, |index| index.id),
        scope: any_scope(dice, schema, index, items),
        order: dice.choice(&[Order::Ascending, Order::Descending]),
        after: None,
        limit: (!dice.is_one_in(3)).then(|| 1 + dice.below(20)),
        source,
        filter,
        projection,
        answer,
        consistency: Consistency::Eventual,
    }
}

type Selection = (ItemSource, Option<Arc<Condition>>, Option<Projection>, PageAnswer);

/// What is answered, and where it comes from: as the proxy finds it for requests that it takes.
fn any_selection(dice: &mut Dice, index: Option<&IndexSchema>) -> Selection {
    let over = |bound| {
        let path = Operand::Path(Path::attribute("v"));
        Arc::new(Condition::Compare(path, Comparator::Greater, Operand::Value(number(bound))))
    };
    let filter = dice.is_one_in(2).then(|| over(dice.below(10)));
    let named = |text: &str| {
        let mut none = Placeholders::new(None, None).expect("no maps");
        Some(parse_projection(text, &mut none).expect("a projection"))
    };
    if dice.is_one_in(5) {
        let is_local = index.is_some_and(IndexSchema::is_local);
        let fetches = is_local && filter.is_some();
        let source = if fetches { ItemSource::Table } else { ItemSource::Rows };
        return (source, filter, None, PageAnswer::Count);
    }
    let (source, projection) = match index {
        None => (ItemSource::Rows, dice.choice(&[None, named("v, l[1]"), named("pk, w")])),
        Some(index) if index.is_local() => {
            let held = named("pk, sk, r");
            let fetched = dice.choice(&[None, named("v, l[0]"), held.clone()]);
            match filter {
                None if fetched == held => (ItemSource::Rows, held),
                None if dice.is_one_in(2) => (ItemSource::Rows, None),
                // What is named and not held is fetched; so is all, if that is asked for.
                Some(_) | None => (ItemSource::Table, fetched),
            }
        }
        Some(index) if index.name == "some" => {
            (ItemSource::Rows, dice.choice(&[None, named("v, n"), named("pk")]))
        }
        Some(_) => (ItemSource::Rows, dice.choice(&[None, named("l[1], w"), named("g")])),
    };
    (source, filter, projection, PageAnswer::Items)
}

fn any_scope(
    dice: &mut Dice,
    schema: &TableSchema,
    index: Option<&IndexSchema>,
    items: &[Item],
) -> Scope {
    match dice.below(8) {
        0 => return Scope::Everything,
        1 => {
            let total = 1 + dice.below(4);
            let number = u32::try_from(dice.below(total)).expect("few");
            return Scope::Segment(Segment { number, total: u32::try_from(total).expect("few") });
        }
        _ => {}
    }
    let (hash, range) = match index {
        None => (std::slice::from_ref(&schema.hash), schema.range.as_slice()),
        Some(index) => (&index.hash[..], &index.range[..]),
    };
    let bytes = |dice: &mut Dice, key: &KeyAttribute| loop {
        if let Some(value) = items[dice.below(items.len())].attribute(&key.name) {
            break key.bytes_of(value).expect("of its type").to_vec();
        }
    };
    let parts: Vec<Vec<u8>> = hash.iter().map(|key| bytes(dice, key)).collect();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let equal: Vec<Vec<u8>> =
        range[..dice.below(range.len() + 1)].iter().map(|key| bytes(dice, key)).collect();
    let next = match range.get(equal.len()) {
        None => SortTest::Any,
        Some(key) => {
            let (one, other) = (bytes(dice, key), bytes(dice, key));
            let (low, high) = if one <= other { (one, other) } else { (other, one) };
            match dice.below(7) {
                0 => SortTest::Less(low),
                1 => SortTest::LessOrEqual(low),
                2 => SortTest::Greater(low),
                3 => SortTest::GreaterOrEqual(low),
                4 => SortTest::Between(low, high),
                5 if key.kind != KeyType::N => SortTest::BeginsWith(low),
                _ => SortTest::Any,
            }
        }
    };
    let sort = SortRange { equal, next };
    Scope::Partition { partition: IndexKey::partition_of(&parts), sort }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_those_of_the_engine_behind_the_service() {
    let world = World::open().await;
    let dice = &mut Dice(7);
    let items = items(dice, 150);
    world.put(&items).await;
    let schema = &world.table().schema;
    let (mut pages, mut reads) = (0, 0);

    while reads < 400 {
        let read = any_read(dice, schema, &items);
        // A scan has one order.
        let is_scan = !matches!(read.scope, Scope::Partition { .. });
        let order = if is_scan { Order::Ascending } else { read.order };
        pages += world.compare(PageRead { order, ..read }).await;
        reads += 1;
    }

    assert!(pages > 2 * reads, "{pages} pages of {reads} reads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_read_in_their_order_whether_there_are_items_or_not() {
    let world = World::open().await;
    let dice = &mut Dice(11);
    let items = items(dice, 230);
    world.put(&items).await;
    let absent = |at| Item::from([("pk", AttributeValue::S("none".into())), ("sk", number(at))]);
    let mut keys: Vec<ItemKey> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        keys.push(world.key(item));
        if dice.is_one_in(3) {
            keys.push(world.key(&absent(at)));
        }
        if dice.is_one_in(5) {
            keys.push(keys[dice.below(keys.len())].clone());
        }
    }

    let far = world.reader.read_many(&world.catalog, &keys, Consistency::Eventual).await;
    let near = world.parts.engine.read_many(keys.clone()).await.expect("they are read");

    let far = far.expect("they are read");
    assert_eq!(far.iter().flatten().count(), keys.len());
    for ((far, near), key) in far.iter().flatten().zip(near.iter().flatten()).zip(&keys) {
        assert!(is_same(far, near), "{key:?}: {far:?} and {near:?}");
    }
    for (key, near) in keys.iter().zip(near.iter().flatten()).take(20) {
        let one = world.reader.read(&world.catalog, key, Consistency::Strong).await;
        assert!(is_same(&one.expect("it is read"), near), "{key:?}");
    }
}

/// DynamoDB answers 16 MB of a batch at most; the rest is asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_batch_leaves_unread_is_asked_for_again() {
    let world = World::open().await;
    let large = |at| {
        let text = AttributeValue::S("x".repeat(380 << 10));
        Item::from([("pk", AttributeValue::S("p".into())), ("sk", number(at)), ("w", text)])
    };
    let items: Vec<Item> = (0..60).map(large).collect();
    world.put(&items).await;
    let keys: Vec<ItemKey> = items.iter().map(|item| world.key(item)).collect();

    let read = world.reader.read_many(&world.catalog, &keys, Consistency::Eventual).await;

    let read = read.expect("they are read");
    assert_eq!(read.iter().flatten().count(), 60);
    for (image, item) in read.iter().flatten().zip(&items) {
        assert!(is_same(image, &Image::Item(item.encode())));
    }
    let batches = world.parts.metrics.render();
    let asked = "hearth_requests_total{operation=\"BatchGetItem\"";
    let asked = batches.lines().find(|line| line.starts_with(asked)).expect("it is counted");
    assert!(!asked.ends_with(" 1"), "{asked}");
}

fn is_same(one: &Image, other: &Image) -> bool {
    match (one, other) {
        (Image::Item(one), Image::Item(other)) => one.stored() == other.stored(),
        (Image::Absent, Image::Absent) => true,
        (Image::Item(_), Image::Absent) | (Image::Absent, Image::Item(_)) => false,
    }
}

#[tokio::test]
async fn what_the_service_refuses_is_told_as_it_came_and_its_silence_as_an_upstreams() {
    let world = World::open().await;
    let key = world.key(&items(&mut Dice(1), 1)[0]);
    let unreachable = reader(
        &world.parts,
        client(&world.parts, "http://127.0.0.1:1".into()),
        Consistency::Strong,
    );
    called(&world.parts, "DeleteTable", json!({ "TableName": "tab" })).await;
    let gone = || world.parts.engine.catalog().load().table("tab").is_none();
    until(gone).await;

    let refused = world.reader.read(&world.catalog, &key, Consistency::Eventual).await;
    let silent = unreachable.read(&world.catalog, &key, Consistency::Eventual).await;
    let unknown = world.reader.read(&Catalog::default(), &key, Consistency::Eventual).await;

    let Err(Error::Api(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.code, ErrorCode::ResourceNotFound);
    let passed = refused.passed.expect("it came from the service");
    assert_eq!(passed.status, 400);
    assert!(passed.body.ends_with(b"\"message\":\"Requested resource not found\"}"));
    let Err(Error::Upstream(failure)) = silent else { panic!("{silent:?}") };
    assert_eq!(failure.fate, Fate::NotDone);
    assert!(matches!(unknown, Err(Error::NoTable { .. })), "{unknown:?}");
}
