//! Pages over the store in memory: where each ends, what is counted, fetched, filtered and left.

#[path = "pages_list_tests.rs"]
mod list;

use std::sync::Arc;
use std::time::Duration;

use super::super::reader::Reader;
use super::super::state::State;
use super::*;
use crate::api::Consistency;
use crate::clock::Clock;
use crate::engine::{Position, Scope, SortRange, SortTest};
use crate::expr::{Comparator, Condition, Operand, Path, Projection};
use crate::metrics::Metrics;
use crate::model::{
    AttributeValue, IndexId, IndexKey, IndexProjection, IndexSchema, IndexScope, Item, ItemKey,
    KeyAttribute, KeyBuffer, KeyType, Number, TableId, TableSchema,
};
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Store as _, SyncMode};

/// A table with a local index over (pk, r) and a global one over (g; r, n).
struct Db {
    store: Arc<MemoryStore>,
    state: Arc<State>,
    space: SpaceId,
    schema: TableSchema,
    reader: Reader,
}

const LOCAL: IndexId = IndexId::new(1);
const GLOBAL: IndexId = IndexId::new(2);

impl Db {
    fn new() -> Self {
        let key = |name: &str, kind| KeyAttribute { name: name.into(), kind };
        let index = |id, scope, hash: &str, range: &[KeyAttribute]| IndexSchema {
            id,
            name: format!("index{}", id.get()),
            scope,
            hash: vec![key(hash, KeyType::S)],
            range: range.to_vec(),
            projection: IndexProjection::KeysOnly,
        };
        let (r, n) = (key("r", KeyType::S), key("n", KeyType::N));
        let schema = TableSchema {
            table: TableId::new(7),
            hash: key("pk", KeyType::S),
            range: Some(key("sk", KeyType::S)),
            indexes: vec![
                index(LOCAL, IndexScope::Local, "pk", std::slice::from_ref(&r)),
                index(GLOBAL, IndexScope::Global, "g", &[r, n]),
            ],
        };
        let store = Arc::new(MemoryStore::new());
        let state = Arc::new(State::default());
        let space = store.create_space(&rows::table_space(schema.table)).expect("room");
        state.set_space(schema.table, Some(space));
        let deadline = Duration::from_secs(5);
        let reader = Reader::new(
            Arc::<MemoryStore>::clone(&store),
            Arc::clone(&state),
            2,
            deadline,
            Metrics::new(crate::metrics::Options::default()),
            Clock::system(),
        );
        Self { store, state, space, schema, reader }
    }

    /// Writes items with their entries, as the writer does.
    fn write(&self, items: &[Item]) {
        let mut batch = Batch::new();
        for item in items {
            let (key, image) = (self.key(item), item.encode());
            batch.put(self.space, rows::item_row(&key), rows::item_value(1, &image));
            for index in &self.schema.indexes {
                let Some(entry) = index.key_of(image.view()) else { continue };
                let value = index.entry(&self.schema, &image.item());
                let row = index_rows::entry_row(index.id, &entry, &key);
                batch.put(self.space, row, index_rows::entry_value(1, &value));
            }
        }
        self.store.commit(batch, SyncMode::Sync).expect("room");
    }

    fn key(&self, item: &Item) -> ItemKey {
        self.schema.item_key(item, &mut KeyBuffer::default()).expect("a key").to_key()
    }

    fn entry(&self, index: IndexId, item: &Item) -> Option<IndexKey> {
        let index = self.schema.indexes.iter().find(|schema| schema.id == index)?;
        index.key_of(item.encode().view())
    }

    fn position(&self, index: IndexId, item: &Item) -> Position {
        Position { item: self.key(item), entry: self.entry(index, item) }
    }

    fn whole(&self, index: IndexId) -> PageRead {
        PageRead {
            table: self.schema.table,
            index,
            scope: Scope::Everything,
            order: Order::Ascending,
            after: None,
            limit: None,
            source: ItemSource::Rows,
            filter: None,
            projection: None,
            answer: PageAnswer::Items,
            consistency: Consistency::Eventual,
        }
    }

    fn page(&self, read: PageRead) -> Page {
        block_on(self.reader.page(read)).expect("sound rows")
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().expect("a runtime").block_on(future)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// An item of that key whose size is `bytes`, in both indexes: in one as (`pk`, `sk`).
fn sized(pk: &str, sk: &str, bytes: usize) -> Item {
    let names = "pk".len() + "sk".len() + "r".len() + "v".len();
    let payload = "x".repeat(bytes - names - pk.len() - 2 * sk.len());
    Item::from([("pk", text(pk)), ("sk", text(sk)), ("r", text(sk)), ("v", text(&payload))])
}

fn name(item: &ItemBytes) -> (String, String) {
    let text = |name| match item.view().attribute(name).expect("a key").to_value() {
        AttributeValue::S(text) => text,
        other => panic!("{other:?}"),
    };
    (text("pk"), text("sk"))
}

fn partition(partition: &str, next: SortTest) -> Scope {
    let sort = SortRange { equal: Vec::new(), next };
    Scope::Partition { partition: partition.into(), sort }
}

#[test]
fn a_page_ends_before_the_next_item_once_it_has_a_mebibyte() {
    let quarter = 1 << 18;
    for (bytes, items, expected) in [
        (quarter, 4, (4, None)),
        (quarter, 5, (4, Some("4"))),
        // Four are one byte each below the line, so the fifth crosses it.
        (quarter - 1, 5, (5, None)),
        (quarter - 1, 6, (5, Some("5"))),
    ] {
        let db = Db::new();
        let items: Vec<_> = (1..=items).map(|n| sized("p", &n.to_string(), bytes)).collect();
        db.write(&items);

        let scope = partition("p", SortTest::Any);
        let page = db.page(PageRead { scope, ..db.whole(IndexId::TABLE) });

        let last = page.last.as_ref().map(|last| name(last).1);
        assert_eq!((page.scanned, last.as_deref()), expected, "{bytes}");
        assert_eq!(page.row_bytes, (page.scanned * bytes) as u64);
    }
}

#[test]
fn a_page_of_many_chunks_misses_nothing() {
    let db = Db::new();
    let items: Vec<_> = (1_000..2_500).map(|n| sized("p", &n.to_string(), 600)).collect();
    db.write(&items);

    for order in [Order::Ascending, Order::Descending] {
        let scope = partition("p", SortTest::Greater(b"1099".to_vec()));
        let page = db.page(PageRead { scope, order, ..db.whole(IndexId::TABLE) });

        let after_1099 = items[100..].iter().map(|item| name(&item.encode().item()));
        let mut expected: Vec<_> = after_1099.collect();
        if order == Order::Descending {
            expected.reverse();
        }
        assert_eq!(page.items.iter().map(name).collect::<Vec<_>>(), expected);
        assert_eq!(page.last, None);
    }
}

#[test]
fn a_limit_equal_to_the_number_of_items_gives_a_last_key_and_then_an_empty_page() {
    let db = Db::new();
    let items = ["1", "2", "3"].map(|sk| sized("p", sk, 100));
    db.write(&items);
    let read = PageRead { limit: Some(3), ..db.whole(LOCAL) };

    let page = db.page(read.clone());
    let after = Some(db.position(LOCAL, &items[2]));
    let end = db.page(PageRead { after, ..read });

    assert_eq!((page.scanned, page.last.is_some()), (3, true));
    assert_eq!((end.items.len(), end.count, end.scanned, end.last), (0, 0, 0, None));
}

#[test]
fn items_that_are_fetched_for_entries_count_toward_the_page() {
    let db = Db::new();
    // An entry has pk, sk and r: 5 bytes of names and 3 of values; an item is 399 KB.
    let items: Vec<_> = (1..=4).map(|n| sized("p", &n.to_string(), 408_576)).collect();
    db.write(&items);
    let scope = partition("p", SortTest::Any);
    let read = PageRead { scope, source: ItemSource::Table, ..db.whole(LOCAL) };

    let page = db.page(read.clone());
    let after = Some(db.position(LOCAL, &items[2]));
    let rest = db.page(PageRead { after, answer: PageAnswer::Count, ..read });

    assert_eq!((page.scanned, page.row_bytes), (3, 3 * 8));
    assert_eq!(page.fetched_bytes, [408_576; 3]);
    let stored = items[..3].iter().map(|item| item.encode().item());
    assert_eq!(page.items, stored.collect::<Vec<_>>());
    let last = page.last.expect("a fourth follows");
    assert_eq!((last.view().size(), name(&last).1.as_str()), (8, "3"));
    assert_eq!((rest.count, rest.items.len(), rest.fetched_bytes), (1, 0, vec![408_576]));
    assert_eq!(rest.last, None);
}

/// That an attribute of the item is `x`.
fn is_x(name: &str) -> Arc<Condition> {
    let path = Operand::Path(Path::attribute(name.to_owned()));
    let x = Operand::Value(text("x"));
    Arc::new(Condition::Compare(path, Comparator::Equal, x))
}

#[test]
fn a_filter_drops_items_after_they_were_counted() {
    let db = Db::new();
    let of = |sk: &str, v: &str| Item::from([("pk", text("p")), ("sk", text(sk)), ("v", text(v))]);
    db.write(&[of("1", "x"), of("2", "y"), of("3", "x"), of("4", "y"), of("5", "x")]);
    let read = PageRead { filter: Some(is_x("v")), ..db.whole(IndexId::TABLE) };

    let page = db.page(PageRead { limit: Some(4), ..read.clone() });
    let counted = db.page(PageRead { answer: PageAnswer::Count, ..read });

    let found: Vec<_> = page.items.iter().map(|item| name(item).1).collect();
    assert_eq!((found, page.count, page.scanned), (vec!["1".into(), "3".into()], 2, 4));
    assert_eq!(page.row_bytes, 4 * 8);
    assert_eq!(page.last.as_ref().map(|last| name(last).1).as_deref(), Some("4"));
    assert_eq!((counted.items.len(), counted.count, counted.scanned), (0, 3, 5));
}

#[test]
fn a_filter_that_looks_at_much_ends_the_page_early() {
    let db = Db::new();
    let of = |sk: u32| {
        let keys = [("pk", text("p")), ("sk", text(&format!("{sk:02}"))), ("v", text("b"))];
        Item::from(keys)
    };
    db.write(&(0..30).map(of).collect::<Vec<_>>());
    let long = Operand::Value(text(&"a".repeat(20 << 20)));
    let in_long = Condition::Contains(long, Operand::Path(Path::attribute("v")));
    let read = PageRead { filter: Some(Arc::new(in_long)), ..db.whole(IndexId::TABLE) };

    let page = db.page(read.clone());
    let last = page.last.expect("the range did not end");
    let attributes = last.view().attributes();
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_value())).collect();
    let after = db.position(IndexId::TABLE, &Item { attributes });
    let rest = db.page(PageRead { after: Some(after), ..read });

    assert_eq!((page.scanned, page.count), (13, 0));
    assert_eq!(rest.scanned, 13);
}

#[test]
fn items_that_are_long_in_json_end_the_page_early() {
    let db = Db::new();
    let number = AttributeValue::N(Number::parse("1e125").expect("a number"));
    let of = |sk: u32| {
        let numbers = AttributeValue::L(vec![number.clone(); 40_000]);
        Item::from([("pk", text("p")), ("sk", text(&format!("{sk:02}"))), ("v", numbers)])
    };
    db.write(&(0..6).map(of).collect::<Vec<_>>());
    let read = db.whole(IndexId::TABLE);

    let page = db.page(read.clone());
    let counted = db.page(PageRead { answer: PageAnswer::Count, ..read });

    // At most 5.6 MB of JSON each, of 120 KB.
    assert_eq!((page.items.len(), page.last.is_some()), (3, true));
    assert_eq!((counted.count, counted.last), (6, None));
}

#[test]
fn what_is_fetched_is_filtered_and_projected() {
    let db = Db::new();
    let items = [("1", "x"), ("2", "y")].map(|(sk, v)| {
        let keys = [("pk", text("p")), ("sk", text(sk)), ("r", text("r"))];
        Item {
            attributes: Item::from(keys)
                .attributes
                .into_iter()
                .chain([("v".into(), text(v))])
                .collect(),
        }
    });
    db.write(&items);
    let projection = Some(Projection::of_attributes(["v".to_owned(), "sk".to_owned()]));
    let read = PageRead { filter: Some(is_x("v")), projection, ..db.whole(LOCAL) };

    let fetched = db.page(PageRead { source: ItemSource::Table, ..read.clone() });
    let from_rows = db.page(PageRead { filter: Some(is_x("pk")), ..read });

    let stored = Item::from([("sk", text("1")), ("v", text("x"))]).encode();
    assert_eq!((fetched.count, fetched.scanned), (1, 2));
    assert_eq!(fetched.items, [stored.item()]);
    assert_eq!((from_rows.count, from_rows.scanned), (0, 2));
}

#[test]
fn a_small_limit_reads_as_many_rows_and_a_full_page_one_more() {
    let db = Db::new();
    let read = PageRead { limit: Some(2), ..db.whole(IndexId::TABLE) };
    db.write(&["1", "2", "3"].map(|sk| sized("p", sk, 100)));
    let snapshot = db.store.snapshot().expect("open");
    let reading = |scanned, bytes| {
        let mut reading = Reading::new(&*snapshot, db.space, &read);
        reading.page.scanned = scanned;
        reading.bytes = bytes;
        reading
    };
    let rows = |reading: Reading<'_>| {
        let chunk = reading.chunk(&range(&read), CHUNK_BYTES_MIN);
        chunk.unwrap_or_else(|_| panic!("the store is sound")).rows.len()
    };

    assert_eq!(rows(reading(0, 0)), 2);
    assert_eq!(rows(reading(1, 0)), 1);
    assert_eq!(rows(reading(0, PAGE_BYTES_MAX - 1)), 1);
    assert_eq!(rows(reading(0, PAGE_BYTES_MAX)), 1);
}

// A page that raced the deletion of its table was empty and the last one: whoever paged through
// the table took that for its end. It is refused now, like any later request.
#[test]
fn a_table_that_goes_while_it_is_read_is_not_at_its_end() {
    let db = Db::new();
    db.write(&[sized("p", "1", 100), sized("p", "2", 100)]);
    let first = db.page(PageRead { limit: Some(1), ..db.whole(IndexId::TABLE) });
    let after = Some(db.position(IndexId::TABLE, &sized("p", "1", 100)));
    let rest = || db.reader.page(PageRead { after: after.clone(), ..db.whole(IndexId::TABLE) });

    db.store.drop_space(&rows::table_space(db.schema.table)).expect("it is there");
    let going = block_on(rest());
    db.state.set_space(db.schema.table, None);
    let gone = block_on(rest());

    assert!(first.last.is_some());
    assert!(matches!(going, Err(Error::NoTable { .. })), "{going:?}");
    assert!(matches!(gone, Err(Error::NoTable { .. })), "{gone:?}");
}

#[test]
fn a_damaged_row_is_an_error_that_names_the_table() {
    let item = sized("p", "1", 100);
    let position = Db::new().position(LOCAL, &item);
    let (own, entry) = (rows::item_row(&position.item), index_rows::position_row(LOCAL, &position));
    for (row, value) in [(&own, "short"), (&own, ""), (&entry, "a commit, then no item")] {
        let db = Db::new();
        db.write(std::slice::from_ref(&item));
        let mut batch = Batch::new();
        match value {
            "" => batch.delete(db.space, row.clone()),
            value => batch.put(db.space, row.clone(), Bytes::from(value)),
        }
        db.store.commit(batch, SyncMode::Sync).expect("room");

        let read = PageRead { source: ItemSource::Table, ..db.whole(LOCAL) };
        let page = block_on(db.reader.page(read));

        assert!(matches!(page, Err(Error::Damaged { table: 7 })), "{value}: {page:?}");
    }
}
