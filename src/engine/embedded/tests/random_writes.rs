//! After any writes, what is kept beside the items is what the items say.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::prelude::*;

use super::super::{entries, evaluate, expiry, index_rows, rows};
use super::expiry::enabled;
use super::indexes::{indexed_table, number, text};
use super::*;
use crate::api::{
    CapacityChange, IndexAction, IndexRequest, IndexesChange, KeyElement, KeyRole, ProjectionType,
    TableChange, ThroughputRequest,
};
use crate::expr::{Action, Path, Sum, Term, Update};
use crate::model::{IndexId, ItemBytes};
use crate::store::{ChunkLimit, Direction, KeyRange};

/// One write of a random history.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(&'static str, u8)>),
    Delete,
    /// Attributes that are set, or removed where there is no value.
    Update(Vec<(&'static str, Option<u8>)>),
}

fn step() -> impl Strategy<Value = (u8, u8, Step)> {
    let names = || proptest::sample::subsequence(vec!["l", "g", "h", "p", "x"], 0..=5);
    let values = || proptest::collection::vec(0_u8..3, 5);
    let put =
        (names(), values()).prop_map(|(names, values)| names.into_iter().zip(values).collect());
    let update = (names(), proptest::collection::vec(proptest::option::of(0_u8..3), 5))
        .prop_map(|(names, values)| names.into_iter().zip(values).collect());
    let step = prop_oneof![
        3 => put.prop_map(Step::Put),
        1 => Just(Step::Delete),
        3 => update.prop_map(Step::Update),
    ];
    (0_u8..2, 0_u8..3, step)
}

fn value_of_attribute(name: &str, value: u8) -> AttributeValue {
    // Long enough that units differ.
    match name {
        "h" => number(&value.to_string()),
        _ => text(&"v".repeat(1 + usize::from(value) * 500)),
    }
}

impl Step {
    fn change(&self, key: &Item) -> Change {
        match self {
            Self::Put(attributes) => {
                let mut item = key.clone();
                let value = |(name, value): &(&str, u8)| {
                    ((*name).to_owned(), value_of_attribute(name, *value))
                };
                item.attributes.extend(attributes.iter().map(value));
                Change::Put(item.encode())
            }
            Self::Delete => Change::Delete,
            Self::Update(attributes) => {
                let action = |(name, value): &(&str, Option<u8>)| {
                    let path = Path::attribute(*name);
                    match value {
                        Some(value) => {
                            let value = Term::Value(value_of_attribute(name, *value));
                            Action::Set(path, Sum::Term(value))
                        }
                        None => Action::Remove(path),
                    }
                };
                let actions = attributes.iter().map(action).collect();
                let key = key.encode().item();
                Change::Update { update: Arc::new(Update { actions }), key, makes: true }
            }
        }
    }
}

/// Rows of a table's space by their kinds, and the totals that the system space has.
#[derive(Debug, PartialEq)]
pub(super) struct Derived {
    entries: BTreeMap<Bytes, Item>,
    collections: BTreeMap<Bytes, u64>,
    expiries: BTreeSet<Bytes>,
    totals: BTreeMap<IndexId, (u64, u64)>,
}

/// What the items of the table say, and what is stored beside them.
pub(super) fn derived_and_stored(store: &dyn Store, table: &Table) -> [Derived; 2] {
    let id = table.schema.table;
    let snapshot = store.snapshot().expect("open");
    let space = store.space(&rows::table_space(id)).expect("the table's");
    let system = store.space(&rows::system_space()).expect("there");
    let all =
        snapshot.range(space, &KeyRange::all(), Direction::Forward, ChunkLimit::rows(usize::MAX));
    let indexes = || [IndexId::TABLE].into_iter().chain(table.indexes.iter().map(|index| index.id));
    let none = || Derived {
        entries: BTreeMap::new(),
        collections: BTreeMap::new(),
        expiries: BTreeSet::new(),
        totals: indexes().map(|index| (index, (0, 0))).collect(),
    };
    let [mut derived, mut stored] = [none(), none()];
    for (row, value) in all.expect("readable").rows {
        match row[0] {
            1 => derive(&mut derived, table, &rows::item_of(id, &value).expect("an item")),
            2 => {
                let entry = rows::item_of(id, &value).expect("an entry");
                drop(stored.entries.insert(row, sorted(&entry)));
            }
            3 => drop(stored.collections.insert(row, rows::number_of(&value).expect("a size"))),
            4 => drop(stored.expiries.insert(row)),
            other => panic!("a row of kind {other}"),
        }
    }
    for index in indexes() {
        let row = match index {
            IndexId::TABLE => rows::totals_row(id),
            index => rows::index_totals_row(id, index),
        };
        let value = snapshot.get(system, &row).expect("readable").expect("there");
        stored.totals.insert(index, rows::totals_of(&value).expect("totals"));
    }
    [derived, stored]
}

fn derive(derived: &mut Derived, table: &Table, item: &ItemBytes) {
    let mut buffer = KeyBuffer::default();
    let key = table.schema.item_key(&sorted(item), &mut buffer).expect("a key").to_key();
    let size = item.view().size() as u64;
    let mut collection = size;
    let mut count = |index: IndexId, size: u64| {
        let totals = derived.totals.get_mut(&index).expect("every index is there");
        *totals = (totals.0 + 1, totals.1 + size);
    };
    count(IndexId::TABLE, size);
    for index in &table.schema.indexes {
        let Some(entry_key) = index.key_of(item.view()) else { continue };
        let entry = index.entry(&table.schema, item);
        let size = entry.view().size() as u64;
        count(index.id, size);
        collection += if index.is_local() { size } else { 0 };
        derived.entries.insert(index_rows::entry_row(index.id, &entry_key, &key), sorted(&entry));
    }
    if let Some(second) = expiry::second_of(&table.time_to_live, item.view()) {
        let row = expiry::row(table.time_to_live.number, second, key.bytes());
        derived.expiries.insert(row);
    }
    let row = index_rows::collection_row(key.partition());
    *derived.collections.entry(row).or_default() += collection;
}

/// The item with its attributes in the order of their names: an entry may keep another one.
fn sorted(item: &ItemBytes) -> Item {
    let attributes = item.view().attributes();
    let mut attributes: Vec<_> =
        attributes.map(|(name, value)| (name.to_owned(), value.to_value())).collect();
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    Item { attributes }
}

/// How many syncs the history takes at least: one for each chunk with a write that leaves an item.
fn syncs_min(history: &[(u8, u8, Step)]) -> usize {
    let leaves = |(_, _, step): &(u8, u8, Step)| match step {
        Step::Put(_) | Step::Update(_) => true,
        Step::Delete => false,
    };
    history.chunks(AT_ONCE).filter(|chunk| chunk.iter().any(leaves)).count()
}

/// Runs a history, several writes at a time; gives the engine's answers.
async fn run(db: &Db, history: &[(u8, u8, Step)]) -> Vec<Result<Written, Error>> {
    let mut answers = Vec::new();
    for some in history.chunks(AT_ONCE) {
        let writes = some.iter().map(|(partition, sort, step)| {
            let key = Item::from([
                ("pk", text(&format!("p{partition}"))),
                ("sk", number(&sort.to_string())),
            ]);
            let change = step.change(&key);
            let mutation = Mutation {
                key: db.item_key(&key),
                condition: None,
                change,
                origin: Origin::Client,
            };
            db.engine.write(mutation, db.fence.ticket())
        });
        answers.extend(all(writes.collect()).await);
    }
    answers
}

fn is_lost(answer: &Result<Written, Error>) -> bool {
    matches!(answer, Err(Error::CommitFailed(_)))
}

/// How many writes of a history are asked for side by side.
const AT_ONCE: usize = 4;

/// Does a piece of work on the table's indexes.
async fn advance(db: &Db) -> Result<Tended, Error> {
    db.engine.tend_indexes(table_of(db).schema.table).await
}

async fn act(db: &Db, action: IndexAction) {
    let key = |name: &str, kind| KeyAttribute { name: name.into(), kind };
    let change = TableChange::Indexes(IndexesChange {
        actions: vec![action],
        definitions: vec![key("x", KeyType::S), key("h", KeyType::N)],
        capacity: CapacityChange::default(),
    });
    let name = TableName::new("t").expect("a name");
    db.engine.alter_table(name, Alteration::Settings(change)).await.expect("it fits");
}

/// An index `late` over `x` and `h`, which holds `p` besides.
fn late() -> IndexAction {
    let element = |name: &str, role| KeyElement { name: name.into(), role };
    IndexAction::Create(IndexRequest {
        name: "late".into(),
        elements: vec![element("x", KeyRole::Hash), element("h", KeyRole::Range)],
        projection: Some(ProjectionType::Include),
        projected: Some(vec!["p".into()]),
        units: None,
        throughput: ThroughputRequest::default(),
    })
}

/// What may come between two pieces of work on an index.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Restart,
    /// The next piece's sync fails, and the process starts again.
    LostPiece(Afterwards),
    /// The next piece finds no room, and the store is reopened in the process.
    NoRoom(Afterwards),
    /// Another setting of the table changes.
    Alteration,
    /// Items change together.
    Transaction,
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        2 => Just(Between::Nothing),
        1 => Just(Between::Restart),
        1 => Just(Between::LostPiece(Afterwards::There)),
        1 => Just(Between::LostPiece(Afterwards::Gone)),
        1 => Just(Between::NoRoom(Afterwards::There)),
        1 => Just(Between::NoRoom(Afterwards::Gone)),
        1 => Just(Between::Alteration),
        1 => Just(Between::Transaction),
    ]
}

/// The engine after that.
async fn go_through(between: Between, db: Db, store: &Arc<MemoryStore>, options: &Options) -> Db {
    match between {
        Between::Nothing => return db,
        Between::Restart => {}
        Between::NoRoom(then) => {
            store.faults().fill_disk(then);
            let lost = advance(&db).await;
            store.faults().empty_disk();
            assert!(matches!(lost, Ok(Tended::Done) | Err(Error::CommitFailed(_))), "{lost:?}");
            // Whatever the writer is asked makes it look at the store.
            db.create(&format!("other-{}", store.last_batch().get())).await.expect("room again");
            return db;
        }
        Between::Alteration => {
            let tag = Alteration::Tag(vec![(store.last_batch().get().to_string(), String::new())]);
            let name = TableName::new("t").expect("a name");
            db.engine.alter_table(name, tag).await.expect("few tags");
            return db;
        }
        Between::Transaction => {
            let put = |partition: &str| {
                let item = Item::from([
                    ("pk", text(partition)),
                    ("sk", number("1")),
                    ("x", text("v")),
                    ("h", number("7")),
                ]);
                let change = Change::Put(item.encode());
                let key = db.item_key(&item);
                Mutation { key, condition: None, change, origin: Origin::Client }
            };
            let transaction = Transaction { mutations: vec![put("p0"), put("p1")], token: None };
            let done = db.engine.transact(transaction, db.fence.ticket()).await;
            assert!(matches!(done, Ok(Transacted::Done(_))), "{done:?}");
            return db;
        }
        Between::LostPiece(then) => {
            store.faults().fail_sync(1, then);
            let lost = advance(&db).await;
            store.faults().fail_sync(u64::MAX, then);
            assert!(matches!(lost, Ok(Tended::Done) | Err(Error::CommitFailed(_))), "{lost:?}");
        }
    }
    drop(db);
    store.restart();
    Db::open_with(store, options)
}

fn table_of(db: &Db) -> Arc<Table> {
    db.engine.catalog().load().table("t").cloned().expect("it was made")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn entries_totals_and_collections_are_those_of_the_items(
        history in proptest::collection::vec(step(), 1..40),
    ) {
        block_on(async {
            let store = Arc::new(MemoryStore::default());
            let db = Db::open(&store);
            db.engine.create_table(indexed_table()).await.expect("room");
            db.alter(enabled("h")).await.expect("room");

            let answers = run(&db, &history).await;

            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            prop_assert_eq!(derived, stored);
            for written in answers {
                let written = written.expect("room");
                let changes = entries::between(
                    &table_of(&db).schema,
                    evaluate::bytes_of(&written.before).as_ref(),
                    evaluate::bytes_of(&written.after).as_ref(),
                );
                let units = changes.iter().map(|change| (change.index, change.units()));
                let units: Vec<_> = units.filter(|(_, units)| *units > 0).collect();
                prop_assert_eq!(written.indexes, units);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_failed_commit_leaves_entries_and_items_together(
        history in proptest::collection::vec(step(), 1..40),
        at in any::<proptest::sample::Index>(),
        there in any::<bool>(),
    ) {
        prop_assume!(syncs_min(&history) > 0);
        let k = 1 + at.index(syncs_min(&history)) as u64;
        block_on(async {
            let store = Arc::new(MemoryStore::default());
            let db = Db::open(&store);
            db.engine.create_table(indexed_table()).await.expect("room");
            db.alter(enabled("h")).await.expect("room");
            let then = if there { Afterwards::There } else { Afterwards::Gone };

            store.faults().fail_sync(k, then);
            let answers = run(&db, &history).await;
            prop_assert!(answers.iter().any(is_lost), "sync {} did not fail", k);
            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            prop_assert_eq!(derived, stored);
            drop(db);
            store.restart();
            let db = Db::open(&store);
            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            let table = table_of(&db);
            let shown: Vec<_> = table.indexes.iter().map(|index| index.totals.read()).collect();
            // Those behind the table's own.
            let kept: Vec<_> = derived.totals.values().skip(1).copied().collect();
            prop_assert_eq!(shown, kept);
            prop_assert_eq!(derived, stored);
            store.faults().fail_sync(u64::MAX, then);
            let again = run(&db, &history).await;
            prop_assert!(again.iter().all(Result::is_ok));
            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            prop_assert_eq!(derived, stored);
            Ok(())
        })?;
    }

    #[test]
    fn a_reopening_in_process_leaves_entries_and_items_together(
        [history, lost, more] in [(); 3].map(|()| proptest::collection::vec(step(), 1..12)),
        there in any::<bool>(),
    ) {
        prop_assume!(syncs_min(&lost) > 0);
        block_on(async {
            let store = Arc::new(MemoryStore::default());
            let db = Db::open(&store);
            db.engine.create_table(indexed_table()).await.expect("room");
            db.alter(enabled("h")).await.expect("room");
            let then = if there { Afterwards::There } else { Afterwards::Gone };

            run(&db, &history).await;
            store.faults().fill_disk(then);
            let answers = run(&db, &lost).await;
            store.faults().empty_disk();
            // It makes the writer look at the store, which is reopened then.
            db.create("other").await.expect("there is room again");

            prop_assert!(answers.iter().any(is_lost));
            prop_assert!(db.forgotten.load(Ordering::SeqCst) > 0);
            let shown = || table_of(&db).indexes.iter().map(|i| i.totals.read()).collect::<Vec<_>>();
            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            let kept: Vec<_> = derived.totals.values().skip(1).copied().collect();
            prop_assert_eq!(shown(), kept);
            prop_assert_eq!(derived, stored);
            let again = run(&db, &more).await;
            prop_assert!(again.iter().all(Result::is_ok));
            let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
            let kept: Vec<_> = derived.totals.values().skip(1).copied().collect();
            prop_assert_eq!(shown(), kept);
            prop_assert_eq!(derived, stored);
            Ok(())
        })?;
    }

    #[test]
    fn an_index_that_comes_and_goes_among_writes_has_what_the_items_say(
        before in proptest::collection::vec(step(), 0..20),
        rounds in proptest::collection::vec(
            (between(), proptest::collection::vec(step(), 0..8)), 1..6,
        ),
        rows_max in 1_usize..4,
        goes in any::<bool>(),
    ) {
        block_on(async {
            let store = Arc::new(MemoryStore::default());
            let index_piece = ChunkLimit::rows(rows_max);
            let options = Options { reserve_bytes: Some(0), index_piece, ..Options::default() };
            let mut db = Db::open_with(&store, &options);
            db.engine.create_table(indexed_table()).await.expect("room");
            run(&db, &before).await;
            let mut actions = vec![late()];
            actions.extend(goes.then(|| IndexAction::Delete("late".into())));

            for action in actions {
                act(&db, action).await;
                for (between, history) in &rounds {
                    let answers = run(&db, history).await;
                    prop_assert!(answers.iter().all(Result::is_ok));
                    db = go_through(*between, db, &store, &options).await;
                    advance(&db).await.expect("room");
                }
                while advance(&db).await.expect("room") == Tended::More {}

                prop_assert!(!table_of(&db).has_index_work());
                let [derived, stored] = derived_and_stored(&*store, &table_of(&db));
                let kept: Vec<_> = derived.totals.values().skip(1).copied().collect();
                let shown = table_of(&db).indexes.iter().map(|i| i.totals.read()).collect::<Vec<_>>();
                prop_assert_eq!(shown, kept);
                prop_assert_eq!(derived, stored);
            }
            let numbers: Vec<u32> = table_of(&db).indexes.iter().map(|i| i.id.get()).collect();
            let expected = if goes { vec![1, 2, 3, 4] } else { vec![1, 2, 3, 4, 5] };
            prop_assert_eq!(numbers, expected);
            Ok(())
        })?;
    }
}
