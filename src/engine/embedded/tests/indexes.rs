//! Index entries, totals, collections and touches of single writes.

use super::*;
use crate::api::{CreateIndex, Throughput};
use crate::fence::Epoch;
use crate::model::{IndexId, IndexProjection, IndexScope, Number};

const LOCAL: IndexId = IndexId::new(1);
const KEYS: IndexId = IndexId::new(2);
const SOME: IndexId = IndexId::new(3);
const ALL: IndexId = IndexId::new(4);

/// A table `t` of `pk` and `sk` with a local index over `l` and global ones over `g` and `h`.
pub(super) fn indexed_table() -> CreateTable {
    let key = |name: &str, kind| KeyAttribute { name: name.into(), kind };
    let [pk, sk] = [key("pk", KeyType::S), key("sk", KeyType::N)];
    let [l, g, h] = [key("l", KeyType::S), key("g", KeyType::S), key("h", KeyType::N)];
    let index = |name: &str, scope, hash, range, projection| CreateIndex {
        name: name.into(),
        scope,
        hash: vec![hash],
        range,
        projection,
        units: None,
        throughput: Throughput::default(),
    };
    let (local, global) = (IndexScope::Local, IndexScope::Global);
    let some = IndexProjection::Include(vec!["p".into()]);
    CreateTable {
        definitions: vec![pk.clone(), sk.clone(), l.clone(), g.clone(), h.clone()],
        hash: pk.clone(),
        range: Some(sk.clone()),
        indexes: vec![
            index("local", local, pk, vec![l], IndexProjection::All),
            index("keys", global, g.clone(), vec![], IndexProjection::KeysOnly),
            index("some", global, g, vec![h.clone()], some),
            index("all", global, h, vec![sk], IndexProjection::All),
        ],
        ..create("t")
    }
}

/// An item of partition `p` and sort key 1.
pub(super) fn thing<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    let mut item = Item::from([("pk", text("p")), ("sk", number("1"))]);
    item.attributes.extend(Item::from(attributes).attributes);
    item
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

impl Db {
    pub(super) async fn put_item(&self, item: &Item) -> Result<Written, Error> {
        let change = Change::Put(item.encode());
        self.change_item(item, change).await
    }

    pub(super) async fn delete_item(&self, item: &Item) -> Result<Written, Error> {
        self.change_item(item, Change::Delete).await
    }

    async fn change_item(&self, item: &Item, change: Change) -> Result<Written, Error> {
        let key = self.item_key(item);
        let mutation = Mutation { key, condition: None, change, origin: Origin::Client };
        self.engine.write(mutation, self.fence.ticket()).await
    }

    pub(super) fn item_key(&self, item: &Item) -> ItemKey {
        let mut buffer = KeyBuffer::default();
        let catalog = self.engine.catalog().load();
        let schema = &catalog.table("t").expect("the table").schema;
        schema.item_key(item, &mut buffer).expect("a key").to_key()
    }

    fn totals(&self, index: IndexId) -> (u64, u64) {
        let catalog = self.engine.catalog().load();
        let table = catalog.table("t").expect("the table");
        if index == IndexId::TABLE {
            table.totals.read()
        } else {
            table.index(index).expect("the index").totals.read()
        }
    }

    fn epoch(&self, index: IndexId, partition: &[u8]) -> Epoch {
        let table = self.engine.catalog().load().table("t").expect("the table").schema.table;
        self.fence.epoch(table, index, partition).expect("nothing is in flight")
    }
}

async fn indexed() -> Db {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.engine.create_table(indexed_table()).await.expect("room");
    db
}

#[tokio::test]
async fn each_index_costs_what_becomes_of_its_entry() {
    let db = indexed().await;
    let long = |length: usize| ("x", text(&"x".repeat(length)));

    let plain = db.put_item(&thing([])).await.expect("room");
    let entered = db.put_item(&thing([("l", text("1")), ("g", text("1"))])).await.expect("room");
    let again = db.put_item(&thing([("g", text("1")), ("l", text("1"))])).await.expect("room");
    let beside =
        db.put_item(&thing([("l", text("1")), ("g", text("1")), long(1_500)])).await.expect("room");
    let moved =
        db.put_item(&thing([("l", text("2")), ("g", text("2")), long(1_500)])).await.expect("room");
    let gone = db.delete_item(&thing([])).await.expect("room");

    assert_eq!(plain.indexes, []);
    assert_eq!(entered.indexes, [(LOCAL, 1), (KEYS, 1)]);
    assert_eq!(again.indexes, []);
    assert_eq!(beside.indexes, [(LOCAL, 2)]);
    assert_eq!(moved.indexes, [(LOCAL, 4), (KEYS, 2)]);
    assert_eq!(gone.indexes, [(LOCAL, 2), (KEYS, 1)]);
}

#[tokio::test]
async fn an_attribute_that_an_index_does_not_hold_leaves_its_entry_alone() {
    let db = indexed().await;
    let keyed = |name, value| {
        thing([("g", text("1")), ("h", number("1")), ("p", text("1")), (name, text(value))])
    };
    db.put_item(&keyed("x", "1")).await.expect("room");

    let unheld = db.put_item(&keyed("x", "2")).await.expect("room");
    let held = thing([("g", text("1")), ("h", number("1")), ("p", text("2")), ("x", text("2"))]);
    let held = db.put_item(&held).await.expect("room");

    assert_eq!(unheld.indexes, [(ALL, 1)]);
    assert_eq!(held.indexes, [(SOME, 1), (ALL, 1)]);
}

#[tokio::test]
async fn totals_of_indexes_count_their_entries() {
    let db = indexed().await;

    db.put_item(&thing([("g", text("1")), ("x", text("12345"))])).await.expect("room");

    // pk 2 + 1, sk 2 + 2, g 1 + 1, x 1 + 5.
    assert_eq!(db.totals(IndexId::TABLE), (1, 15));
    assert_eq!(db.totals(KEYS), (1, 9));
    assert_eq!([LOCAL, SOME, ALL].map(|index| db.totals(index)), [(0, 0); 3]);
    db.delete_item(&thing([])).await.expect("room");
    assert_eq!([IndexId::TABLE, KEYS].map(|index| db.totals(index)), [(0, 0); 2]);
}

#[tokio::test]
async fn a_write_touches_the_partitions_that_it_leaves_and_enters_and_no_others() {
    let db = indexed().await;
    db.put_item(&thing([("g", text("old"))])).await.expect("room");
    let partitions: [(IndexId, &[u8]); 5] =
        [(IndexId::TABLE, b"p"), (KEYS, b"old"), (KEYS, b"new"), (KEYS, b"other"), (ALL, b"old")];
    let table = db.engine.catalog().load().table("t").expect("the table").schema.table;
    let epochs =
        partitions.map(|(index, partition)| (index, partition, db.epoch(index, partition)));
    let stand =
        || epochs.map(|(index, partition, epoch)| db.fence.stands(table, index, partition, epoch));

    db.put_item(&thing([("g", text("old"))])).await.expect("room");
    let unchanged_entry = stand();
    db.put_item(&thing([("g", text("new"))])).await.expect("room");
    let moved_entry = stand();

    assert_eq!(unchanged_entry, [false, true, true, true, true]);
    assert_eq!(moved_entry, [false, false, false, true, true]);
}

#[tokio::test]
async fn a_collection_grows_to_its_limit_and_may_always_shrink() {
    let store = Arc::new(MemoryStore::default());
    let limited = |bytes| Options { collection_bytes_max: bytes, ..Options::default() };
    let db = Db::open_with(&store, &limited(100));
    db.engine.create_table(indexed_table()).await.expect("room");
    let thing = |sk: &str, length: usize| {
        Item::from([("pk", text("p")), ("sk", number(sk)), ("x", text(&"x".repeat(length)))])
    };

    // Each has 8 bytes besides the text.
    let full = db.put_item(&thing("1", 92)).await.expect("it fits");
    let beyond = db.put_item(&thing("1", 93)).await;
    let beside = db.put_item(&thing("2", 0)).await;
    let elsewhere = Item::from([("pk", text("q")), ("sk", number("1"))]);
    let elsewhere = db.put_item(&elsewhere).await.expect("another collection");
    drop(db);
    store.restart();
    let db = Db::open_with(&store, &limited(50));
    let smaller = db.put_item(&thing("1", 91)).await.expect("it shrinks");
    let same = db.put_item(&thing("1", 91)).await.expect("it does not grow");
    let gone = db.delete_item(&thing("1", 0)).await.expect("it shrinks");

    assert_eq!(full.collection_bytes, Some(100));
    assert!(matches!(beyond, Err(Error::CollectionTooLarge { bytes: 101 })), "{beyond:?}");
    assert!(matches!(beside, Err(Error::CollectionTooLarge { bytes: 108 })), "{beside:?}");
    assert_eq!(elsewhere.collection_bytes, Some(7));
    assert_eq!((smaller.collection_bytes, same.collection_bytes), (Some(99), Some(99)));
    assert_eq!(gone.collection_bytes, Some(0));
}

#[tokio::test]
async fn a_table_without_a_local_index_keeps_no_collections() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    let mut table = indexed_table();
    table.indexes.remove(0);
    db.engine.create_table(table).await.expect("room");

    let written = db.put_item(&thing([("l", text("1"))])).await.expect("room");

    assert_eq!(written.collection_bytes, None);
}

#[tokio::test]
async fn an_item_and_its_local_entries_share_the_limit_of_an_item() {
    let db = indexed().await;
    // Besides the text: pk 2 + 1, sk 2 + 2, l 1 + 1, x 1.
    let long = |bytes: usize| thing([("l", text("1")), ("x", text(&"x".repeat(bytes - 10)))]);

    let fits = db.put_item(&long(204_800)).await;
    let beyond = db.put_item(&long(204_801)).await;
    // Its entries in global indexes are not counted.
    let global = [("g", text("1")), ("h", number("1")), ("x", text(&"x".repeat(400_000)))];
    let global = db.put_item(&thing(global)).await;

    assert!(fits.is_ok(), "{fits:?}");
    let Err(Error::Api(error)) = beyond else { panic!("{beyond:?}") };
    assert_eq!(error.message, "Item size has exceeded the maximum allowed size");
    assert!(global.is_ok(), "{global:?}");
}
