//! Reading streams of an engine over a store in memory, by a clock of the test's own.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::api::{
    Billing, ControlCode, CreateTable, DescribeStream, EncryptionKey, GetRecords, GetShardIterator,
    ListStreams, SequenceNumber, ShardStart, StreamRecord, StreamView, TableName, Throughput,
};
use crate::clock::Clock;
use crate::engine::embedded::{EmbeddedEngine, Hooks, Options, StreamOptions};
use crate::engine::{Change, Mutation, Origin, TableEngine as _, TableReader as _};
use crate::fence::{self, Entries, Fence};
use crate::metrics::{self, Metrics};
use crate::model::{
    AttributeValue, Image, Item, ItemKey, KeyAttribute, KeyBuffer, KeyType, KeyValue,
};
use crate::store::memory::MemoryStore;

struct NoEntries;

impl Entries for NoEntries {
    fn remove(&self, _key: &ItemKey) {}

    fn install(&self, _key: &ItemKey, _image: Image) {}
}

struct World {
    engine: EmbeddedEngine,
    fence: Arc<Fence>,
    clock: Clock,
}

impl World {
    /// With the tables `one` and `two`, which have a stream each.
    async fn new(shards: usize) -> Self {
        let clock = Clock::manual(1_664_806_406_123);
        let hooks =
            Hooks { forget_all: Box::new(|| {}), give_up: Box::new(|error| panic!("{error}")) };
        let streams = StreamOptions { shards, ..StreamOptions::default() };
        let options = Options { reserve_bytes: Some(0), streams, ..Options::default() };
        let metrics = Metrics::new(metrics::Options::default());
        let store = Arc::<MemoryStore>::default();
        let engine = EmbeddedEngine::open(store, &options, hooks, &metrics, clock.clone());
        let options = fence::Options { words: 16, ..fence::Options::default() };
        let fence = Fence::new(Arc::new(NoEntries), options);
        let world = Self { engine: engine.expect("an empty store is sound"), fence, clock };
        for name in ["one", "two"] {
            world.engine.create_table(create(name)).await.expect("room");
        }
        world
    }

    async fn put(&self, table: &str, id: &str) {
        let catalog = self.engine.catalog().load_full();
        let schema = &catalog.table(table).expect("the table").schema;
        let mut buffer = KeyBuffer::default();
        let key = schema.key_of_values(KeyValue::S(id), None, &mut buffer).expect("a key").to_key();
        let item = Item::from([("id", AttributeValue::S(id.into()))]);
        let change = Change::Put(item.encode());
        let mutation = Mutation { key, condition: None, change, origin: Origin::Client };
        self.engine.write(mutation, self.fence.ticket()).await.expect("room");
    }

    fn arn(&self, table: &str) -> String {
        let catalog = self.engine.catalog().load_full();
        catalog
            .table(table)
            .and_then(|table| table.stream.clone())
            .expect("it has a stream")
            .arn
            .clone()
    }

    fn shards(&self, table: &str) -> Vec<String> {
        let request = describe_of(&self.arn(table));
        let catalog = self.engine.catalog().load();
        let described = describe(&catalog, &request).expect("it is there");
        described.shards.into_iter().map(|shard| shard.id).collect()
    }

    fn trimmed(&self) -> SequenceNumber {
        let catalog = self.engine.catalog().load();
        catalog.stream(&self.arn("one")).expect("it is there").trimmed
    }

    async fn iterator(&self, shard: &str, start: ShardStart) -> Result<String, ApiError> {
        let (arn, shard) = (self.arn("one"), shard.to_owned());
        let request = GetShardIterator { arn, shard, start };
        shard_iterator(&self.engine, &request, self.clock.unix_ms()).await
    }

    async fn records(
        &self,
        iterator: &str,
    ) -> Result<(Vec<StreamRecord>, Option<String>), ApiError> {
        let request = GetRecords { iterator: iterator.to_owned(), limit: None };
        let output = records(&self.engine, &request, self.clock.unix_ms()).await?;
        Ok((output.records, output.next))
    }

    /// The ids of the records at a place.
    async fn ids(&self, shard: &str, start: ShardStart) -> Vec<String> {
        let iterator = self.iterator(shard, start).await.expect("it is there");
        let (records, _) = self.records(&iterator).await.expect("it is fresh");
        let id = |record: &StreamRecord| match &record.keys[..] {
            [(_, AttributeValue::S(id))] => id.clone(),
            other => panic!("{other:?}"),
        };
        records.iter().map(id).collect()
    }
}

fn create(name: &str) -> CreateTable {
    let hash = KeyAttribute { name: "id".into(), kind: KeyType::S };
    CreateTable {
        name: TableName::new(name).expect("a name"),
        definitions: vec![hash.clone()],
        hash,
        range: None,
        indexes: Vec::new(),
        billing: Billing::OnDemand,
        throughput: Throughput::default().raised_for(Billing::OnDemand),
        deletion_protection: false,
        class: None,
        tags: Vec::new(),
        stream: Some(StreamView::NewImage),
        encryption: EncryptionKey::Owned,
        policy: None,
    }
}

fn describe_of(arn: &str) -> DescribeStream {
    DescribeStream { arn: arn.to_owned(), limit: None, after: None, children_of: None }
}

fn refused<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (ErrorCode, String) {
    let error = result.expect_err("it is refused");
    (error.code, error.message)
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn an_iterator_is_good_for_a_quarter_of_an_hour_and_each_answer_has_a_new_one() {
    let world = World::new(1).await;
    let shard = world.shards("one").remove(0);
    let first = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is there");

    world.clock.advance(15 * MINUTE);
    let (none, next) = world.records(&first).await.expect("it is still good");
    let next = next.expect("the shard is open");
    world.put("one", "a").await;
    world.clock.advance(MINUTE);

    assert!(none.is_empty());
    let message = "The provided iterator exceeds the maximum age allowed.".to_owned();
    let too_old = refused(world.records(&first).await);
    assert_eq!(too_old, (ErrorCode::Control(ControlCode::ExpiredIterator), message));
    let (records, _) = world.records(&next).await.expect("it is younger");
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!((record.created_s, record.region.as_str()), (1_664_806_406 + 900, "us-east-1"));
}

#[tokio::test]
async fn reading_begins_where_it_is_asked_to() {
    let world = World::new(1).await;
    let shard = world.shards("one").remove(0);
    for id in ["a", "b", "c"] {
        world.put("one", id).await;
        world.put("two", id).await;
        world.clock.advance(MINUTE);
    }
    let (all, _) = {
        let begin = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is there");
        world.records(&begin).await.expect("it is fresh")
    };
    let numbers: Vec<String> = all.iter().map(|record| record.sequence.to_string()).collect();
    let now_ms = world.clock.unix_ms();

    assert_eq!(world.ids(&shard, ShardStart::TrimHorizon).await, ["a", "b", "c"]);
    assert_eq!(world.ids(&shard, ShardStart::At(numbers[1].clone())).await, ["b", "c"]);
    assert_eq!(world.ids(&shard, ShardStart::After(numbers[1].clone())).await, ["c"]);
    assert!(world.ids(&shard, ShardStart::After(numbers[2].clone())).await.is_empty());
    assert!(world.ids(&shard, ShardStart::Latest).await.is_empty());
    assert_eq!(world.ids(&shard, ShardStart::AtTime(0)).await, ["a", "b", "c"]);
    assert_eq!(world.ids(&shard, ShardStart::AtTime(now_ms - 60_000)).await, ["c"]);
    assert_eq!(world.ids(&shard, ShardStart::AtTime(now_ms - 60_001)).await, ["c"]);
    assert!(world.ids(&shard, ShardStart::AtTime(now_ms)).await.is_empty());
    let future = world.iterator(&shard, ShardStart::AtTime(now_ms + 1)).await;
    assert_eq!(refused(future).0, ErrorCode::Validation);
    let ids: Vec<u128> = all.iter().map(|record| record.id).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    let again = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is there");
    let (again, _) = world.records(&again).await.expect("it is fresh");
    assert!(again.iter().map(|record| record.id).eq(ids), "a record is told from others for good");
}

#[tokio::test]
async fn a_shard_is_named_by_where_it_begins_also_while_it_is_empty() {
    let world = World::new(1).await;
    let shard = world.shards("one").remove(0);
    let catalog = world.engine.catalog().load_full();
    let first = describe(&catalog, &describe_of(&world.arn("one"))).expect("there").shards[0].first;

    assert!(world.ids(&shard, ShardStart::At(first.to_string())).await.is_empty());

    for number in [
        SequenceNumber::new(first.get() - 1).to_string(),
        SequenceNumber::new(first.get() + 100).to_string(),
        "1".repeat(40),
        "x".repeat(21),
    ] {
        for start in [ShardStart::At(number.clone()), ShardStart::After(number.clone())] {
            let (code, message) = refused(world.iterator(&shard, start).await);
            let expected = (ErrorCode::Validation, "Invalid SequenceNumber");
            assert_eq!((code, message.as_str()), expected, "{number}");
        }
    }
}

#[tokio::test]
async fn what_was_trimmed_is_told_and_never_passed_over() {
    let world = World::new(1).await;
    let shard = world.shards("one").remove(0);
    world.put("one", "a").await;
    let begin = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is there");
    let (records, _) = world.records(&begin).await.expect("it is fresh");
    let number = records[0].sequence.to_string();
    let before = world.trimmed();

    // It hands over to another, and is gone a day after that.
    world.clock.advance(23 * HOUR + 59 * MINUTE);
    world.put("one", "b").await;
    let late = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is still there");
    world.clock.advance(2 * HOUR);
    wait(|| world.trimmed() > before).await;

    let expired = refused(world.records(&late).await);
    assert_eq!(expired.0, ErrorCode::Control(ControlCode::ExpiredIterator));
    let at = refused(world.iterator(&shard, ShardStart::At(number)).await);
    let trimmed = "The data you are trying to access has been trimmed".to_owned();
    assert_eq!(at, (ErrorCode::Control(ControlCode::TrimmedDataAccess), trimmed.clone()));
    let place = iterator::read(&begin, 0).expect("sound").1;
    let forged = iterator::told(&world.arn("one"), place, world.clock.unix_ms());
    assert_eq!(
        refused(world.records(&forged).await),
        (ErrorCode::Control(ControlCode::TrimmedDataAccess), trimmed)
    );
    let rest = world.iterator(&shard, ShardStart::TrimHorizon).await.expect("it is there");
    let (records, next) = world.records(&rest).await.expect("it is fresh");
    assert!(records.is_empty() && next.is_none(), "a shard that ended and is drained ends");
}

async fn wait(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(MINUTE, wait).await.expect("what a test waits for comes");
}

#[tokio::test]
async fn streams_and_shards_are_listed_in_pages() {
    let world = World::new(4).await;
    let catalog = world.engine.catalog().load_full();
    let page = |after: Option<String>, table: Option<&str>| {
        let table = table.map(|name| TableName::new(name).expect("a name"));
        let output = list(&catalog, &ListStreams { table, after, limit: Some(1) });
        let arns: Vec<String> = output.streams.into_iter().map(|stream| stream.arn).collect();
        (arns, output.last)
    };
    let (one, two) = (world.arn("one"), world.arn("two"));

    assert_eq!(page(None, None), (vec![one.clone()], Some(one.clone())));
    assert_eq!(page(Some(one.clone()), None), (vec![two.clone()], None));
    assert_eq!(page(None, Some("two")), (vec![two.clone()], None));
    assert_eq!(page(None, Some("three")), (Vec::new(), None));
    assert_eq!(page(Some(two), None), (Vec::new(), None));
    let all = world.shards("one");
    assert_eq!(all.len(), 4);
    let request = DescribeStream { limit: Some(3), ..describe_of(&one) };
    let first = describe(&catalog, &request).expect("it is there");
    assert_eq!((first.shards.len(), first.last_shard.as_ref()), (3, Some(&all[2])));
    let request = DescribeStream { after: first.last_shard, ..request };
    let rest = describe(&catalog, &request).expect("it is there");
    assert_eq!((&rest.shards[0].id, rest.last_shard), (&all[3], None));
}

#[tokio::test]
async fn the_children_of_a_shard_are_found_by_it() {
    let world = World::new(2).await;
    let parents = world.shards("one");
    world.clock.advance(4 * HOUR);
    world.put("one", "a").await;
    let catalog = world.engine.catalog().load_full();
    let children = |id: &str| {
        let children_of = Some(id.to_owned());
        describe(&catalog, &DescribeStream { children_of, ..describe_of(&world.arn("one")) })
    };

    for (parent, place) in parents.iter().zip(2..) {
        let found = children(parent).expect("it is there").shards;
        let [child] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&child.id, child.parent.as_ref()), (&world.shards("one")[place], Some(parent)));
        assert!(child.last.is_none());
    }
    let none = children(&world.shards("one")[3]).expect("it is there");
    assert!(none.shards.is_empty());
    let other = parents[0].replace("shardId-0", "shardId-1");
    let message = "Requested resource not found: Shard does not exist".to_owned();
    assert_eq!(refused(children(&other)), (ErrorCode::ResourceNotFound, message));
}
