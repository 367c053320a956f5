//! The engine over a store in memory that can be told to fail.

mod alterations;
mod backups;
mod batches;
mod conditions;
mod expiry;
mod gate;
mod indexes;
mod random_writes;
mod resource_policies;
mod settling;
mod streams;
mod transactions;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use super::*;
use crate::api::{Billing, EncryptionKey, TableStatus, Throughput};
use crate::engine::{Change, Origin};
use crate::fence::{Entries, Fence};
use crate::model::{AttributeValue, Item, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema};
use crate::store::memory::{Afterwards, Faults, MemoryStore};
use crate::store::{FreeSpace, SpaceName, SyncMode};

/// A cache map that shows what the fence did to it.
#[derive(Default)]
struct Map {
    images: Mutex<HashMap<ItemKey, Image>>,
    removed: AtomicU64,
}

impl Entries for Map {
    fn remove(&self, key: &ItemKey) {
        self.removed.fetch_add(1, Ordering::SeqCst);
        self.images.lock().expect("no panic").remove(key);
    }

    fn install(&self, key: &ItemKey, image: Image) {
        self.images.lock().expect("no panic").insert(key.clone(), image);
    }
}

struct Db {
    engine: EmbeddedEngine,
    fence: Arc<Fence>,
    map: Arc<Map>,
    forgotten: Arc<AtomicU64>,
    clock: Clock,
}

impl Db {
    fn open<S: Store + 'static>(store: &Arc<S>) -> Self {
        Self::open_with(store, &Options { reserve_bytes: Some(0), ..Options::default() })
    }

    fn open_with<S: Store + 'static>(store: &Arc<S>, options: &Options) -> Self {
        let map = Arc::new(Map::default());
        let entries: Arc<dyn Entries> = Arc::<Map>::clone(&map);
        let forgotten = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&forgotten);
        let hooks = Hooks {
            forget_all: Box::new(move || {
                counter.fetch_add(1, Ordering::SeqCst);
            }),
            give_up: Box::new(|error| panic!("{error}")),
        };
        let metrics = Metrics::new(crate::metrics::Options::default());
        let store: Arc<dyn Store> = Arc::<S>::clone(store);
        let clock = Clock::manual(1_000);
        let engine = EmbeddedEngine::open(store, options, hooks, &metrics, clock.clone());
        // Seeds, so that partitions which share a word do so in every run.
        let hash = ahash::RandomState::with_seeds(1, 2, 3, 4);
        let fence = Fence::new(entries, crate::fence::Options { hash, ..Default::default() });
        Self { engine: engine.expect("a sound store"), fence, map, forgotten, clock }
    }

    async fn create(&self, name: &str) -> Result<Arc<Table>, Error> {
        self.engine.create_table(create(name)).await
    }

    fn key(&self, table: &str, key: &str) -> ItemKey {
        let catalog = self.engine.catalog().load();
        key_of(&catalog.table(table).expect("the table").schema, key)
    }

    async fn put(&self, key: &str, value: &str) -> Result<Option<String>, Error> {
        let change = Change::Put(item(key, value).encode());
        self.write(key, change).await
    }

    async fn delete(&self, key: &str) -> Result<Option<String>, Error> {
        self.write(key, Change::Delete).await
    }

    /// Writes to the table `t`; gives the value before.
    async fn write(&self, key: &str, change: Change) -> Result<Option<String>, Error> {
        let mutation =
            Mutation { key: self.key("t", key), condition: None, change, origin: Origin::Client };
        let written = self.engine.write(mutation, self.fence.ticket()).await?;
        Ok(value_of(&written.before))
    }

    async fn get(&self, key: &str) -> Option<String> {
        value_of(&self.engine.read(self.key("t", key)).await.expect("reads go on"))
    }

    fn cached(&self, key: &str) -> Cached {
        let images = self.map.images.lock().expect("no panic");
        images.get(&self.key("t", key)).map_or(Cached::Nothing, |image| match value_of(image) {
            Some(value) => Cached::Value(value),
            None => Cached::Absence,
        })
    }
}

/// What the cache has of a key.
#[derive(Debug, Eq, PartialEq)]
enum Cached {
    Nothing,
    Absence,
    Value(String),
}

fn value(text: &str) -> Cached {
    Cached::Value(text.to_owned())
}

fn create(name: &str) -> CreateTable {
    let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
    CreateTable {
        name: TableName::new(name).expect("a name"),
        definitions: vec![hash.clone()],
        hash,
        range: None,
        billing: Billing::OnDemand,
        throughput: Throughput::default().raised_for(Billing::OnDemand),
        deletion_protection: false,
        indexes: Vec::new(),
        class: None,
        tags: Vec::new(),
        stream: None,
        encryption: EncryptionKey::Owned,
        policy: None,
    }
}

fn key_of(schema: &TableSchema, key: &str) -> ItemKey {
    let mut buffer = KeyBuffer::default();
    schema.key_of_values(KeyValue::S(key), None, &mut buffer).expect("a key").to_key()
}

fn item(key: &str, value: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.into());
    Item::from([("pk", text(key)), ("v", text(value))])
}

fn value_of(image: &Image) -> Option<String> {
    let Image::Item(image) = image else { return None };
    match image.view().attribute("v").expect("every item has one").to_value() {
        AttributeValue::S(text) => Some(text),
        other => panic!("{other:?}"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads well where an absence could stand")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Polls once: what is to be queued or read is then on its way.
async fn begin<T>(pending: &mut Pending<'_, T>) -> bool {
    std::future::poll_fn(|context| Poll::Ready(pending.as_mut().poll(context).is_ready())).await
}

async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("what a test waits for comes");
}

/// When a test that waits for something has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Carries out all of them side by side.
async fn all<T>(mut pending: Vec<Pending<'_, T>>) -> Vec<Result<T, Error>> {
    let mut answers: Vec<_> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (pending, answer) in pending.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(result) = pending.as_mut().poll(context)
            {
                *answer = Some(result);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn writes_are_read_and_cached_and_tell_what_was_before() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");

    assert_eq!(db.put("a", "1").await.expect("room"), None);
    assert_eq!(db.put("a", "2").await.expect("room"), some("1"));
    assert_eq!((db.get("a").await, db.cached("a")), (some("2"), value("2")));
    assert_eq!(db.delete("a").await.expect("room"), some("2"));
    assert_eq!((db.get("a").await, db.cached("a")), (None, Cached::Absence));
}

#[tokio::test]
async fn a_delete_of_nothing_opens_nothing() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");

    assert_eq!(db.delete("a").await.expect("room"), None);

    assert_eq!(db.map.removed.load(Ordering::SeqCst), 0);
    assert_eq!(db.cached("a"), Cached::Nothing);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_the_cache_exact() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");
    db.put("a", "1").await.expect("room");

    let change = Change::Put(item("a", "2").encode());
    let mutation =
        Mutation { key: db.key("t", "a"), condition: None, change, origin: Origin::Client };
    let mut write = db.engine.write(mutation, db.fence.ticket());
    begin(&mut write).await;
    drop(write);
    // The queue keeps its order, so this write is answered after the one that nobody waits for.
    db.put("b", "1").await.expect("room");

    assert_eq!((db.get("a").await, db.cached("a")), (some("2"), value("2")));
}

#[tokio::test]
async fn totals_are_exact_and_kept() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    for (key, value) in [("a", "1"), ("b", "12"), ("a", "123"), ("c", "")] {
        db.put(key, value).await.expect("room");
    }
    db.delete("b").await.expect("room");
    drop(db);
    store.restart();

    let db = Db::open(&store);

    let catalog = db.engine.catalog().load();
    let description = catalog.table("t").expect("kept").describe(1_000);
    // Names "pk" and "v", a key of one byte, and the values "123" and "".
    assert_eq!((description.items, description.bytes), (2, (4 + 3) + 4));
}

#[tokio::test]
async fn a_table_made_again_shares_nothing_with_the_old_one() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    let first = db.create("t").await.expect("room");
    assert_eq!(first.status, TableStatus::Creating);
    db.put("a", "1").await.expect("room");
    let old_key = db.key("t", "a");

    let dropped = db.engine.delete_table(first.name.clone()).await.expect("it is there");
    let second = db.create("t").await.expect("room");

    assert_eq!(dropped.status, TableStatus::Deleting);
    assert_ne!(first.schema.table, second.schema.table);
    assert_ne!(first.uuid, second.uuid);
    assert_eq!(db.get("a").await, None);
    let late =
        Mutation { key: old_key, condition: None, change: Change::Delete, origin: Origin::Client };
    let late = db.engine.write(late, db.fence.ticket()).await;
    assert!(matches!(late, Err(Error::NoTable { .. })), "{late:?}");
    assert!(matches!(db.create("t").await, Err(Error::TableExists { .. })));
    drop(db);
    store.restart();
    let third = Db::open(&store).create("u").await.expect("room");
    assert!(third.schema.table > second.schema.table);
}

#[tokio::test]
async fn a_space_that_no_table_names_is_dropped_at_opening() {
    let store = Arc::new(MemoryStore::default());
    let orphan = SpaceName::new("table.77").expect("a name");
    store.create_space(&orphan).expect("room");

    let db = Db::open(&store);
    db.create("t").await.expect("room");

    assert_eq!(store.space(&orphan), None);
    assert_eq!(store.spaces().len(), 2);
}

#[tokio::test]
async fn below_the_reserve_writes_are_refused_and_nothing_is_evicted() {
    let store = Arc::new(MemoryStore::default());
    let options = Options { reserve_bytes: Some(1_000), ..Options::default() };
    let db = Db::open_with(&store, &options);
    db.create("t").await.expect("room");
    db.put("a", "1").await.expect("room");
    let removed = db.map.removed.load(Ordering::SeqCst);

    store.faults().set_free(FreeSpace { free_bytes: 999, total_bytes: 10_000 });
    let refused = db.put("a", "2").await;

    assert!(matches!(refused, Err(Error::ReadOnly(ReadOnly::Reserve))), "{refused:?}");
    assert_eq!(db.engine.writable(), Err(ReadOnly::Reserve));
    assert_eq!(db.map.removed.load(Ordering::SeqCst), removed);
    assert_eq!((db.get("a").await, db.cached("a")), (some("1"), value("1")));
    store.faults().set_free(FreeSpace { free_bytes: 1_000, total_bytes: 10_000 });
    // A write could still join the batch of the one that was refused; this looks anew.
    db.create("u").await.expect("room");
    assert_eq!(db.put("a", "2").await.expect("room"), some("1"));
}

#[tokio::test]
async fn a_full_disk_is_left_behind_without_a_restart() {
    for then in [Afterwards::There, Afterwards::Gone] {
        let store = Arc::new(MemoryStore::default());
        let db = Db::open(&store);
        db.create("t").await.expect("room");
        db.put("a", "1").await.expect("room");

        store.faults().fill_disk(then);
        let lost = db.put("a", "2").await;
        assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
        assert_eq!((db.get("a").await, db.cached("a")), (some("1"), Cached::Nothing));
        let refused = db.put("a", "3").await;
        assert!(matches!(refused, Err(Error::ReadOnly(ReadOnly::DiskFull))), "{refused:?}");

        store.faults().empty_disk();
        let mut refusals = 0;
        let before = loop {
            match db.put("a", "4").await {
                Ok(before) => break before,
                Err(error) => assert!(matches!(error, Error::ReadOnly(_)), "{error:?}"),
            }
            refusals += 1;
            assert!(refusals < 1_000_000, "it goes on by itself");
            tokio::task::yield_now().await;
        };

        let expected = if then == Afterwards::There { some("2") } else { some("1") };
        assert_eq!(before, expected);
        assert_eq!(db.forgotten.load(Ordering::SeqCst), 1);
        assert_eq!(db.cached("a"), value("4"));
    }
}

#[tokio::test]
async fn a_reopening_that_finds_the_store_held_is_tried_again() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    store.faults().fail_write(1, Afterwards::Gone);
    store.faults().hold_store(3);

    let lost = db.put("a", "1").await;

    assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
    let mut refusals = 0;
    // Each time the writer looks whether it can go on.
    while let Err(refused) = db.create("u").await {
        assert!(matches!(refused, Error::ReadOnly(ReadOnly::DiskFull)), "{refused:?}");
        refusals += 1;
        assert!(refusals < 10, "it goes on by itself");
        // No pause is longer.
        db.clock.advance(Duration::from_mins(1));
    }
    assert!(refusals > 0);
    assert_eq!(db.put("a", "2").await.expect("room"), None);
    assert_eq!(db.forgotten.load(Ordering::SeqCst), 1);
}

/// A fixed script of writes; gives what was acknowledged of each key, and what may also be there.
async fn script(db: &Db) -> HashMap<String, (Option<String>, Vec<Option<String>>)> {
    let mut known: HashMap<String, (Option<String>, Vec<Option<String>>)> = HashMap::new();
    for step in 0..20 {
        let (key, value) = (format!("k{}", step % 4), format!("v{step}"));
        let deletes = step % 5 == 4;
        let wrote = if deletes { db.delete(&key).await } else { db.put(&key, &value).await };
        let after = (!deletes).then_some(value);
        let (acknowledged, possible) = known.entry(key).or_default();
        match wrote {
            Ok(_) => (*acknowledged, *possible) = (after, Vec::new()),
            Err(Error::CommitFailed(_)) => possible.push(after),
            Err(Error::ReadOnly(ReadOnly::SyncFailed)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    known
}

#[tokio::test]
async fn whichever_sync_fails_no_acknowledged_write_is_lost() {
    for then in [Afterwards::There, Afterwards::Gone] {
        for k in 1..=24 {
            let store = Arc::new(MemoryStore::default());
            let db = Db::open(&store);
            db.create("t").await.expect("room");
            let faults: Faults = store.faults();
            faults.fail_sync(k, then);

            let known = script(&db).await;
            let failed = db.engine.writable().is_err();
            for (key, (acknowledged, _)) in &known {
                assert_eq!(db.get(key).await, *acknowledged, "reads go on, sync {k}");
            }
            drop(db);
            store.restart();

            assert_eq!(failed, k <= 20, "each step syncs once, sync {k}");
            let db = Db::open(&store);
            for (key, (acknowledged, possible)) in known {
                let found = db.get(&key).await;
                let fits = found == acknowledged || possible.contains(&found);
                assert!(fits, "{key} is {found:?}, was {acknowledged:?} or {possible:?}, sync {k}");
            }
        }
    }
}
