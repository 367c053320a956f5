//! Tables as they were at one moment, and tables that are made of them.

use super::indexes::{indexed_table, number, text};
use super::*;
use crate::api::{RestoreOverrides, RestoreSummary};
use crate::engine::{RestoreEnd, RestoreTable, TableSnapshot};
use crate::model::{ItemBytes, ItemImage};
use crate::store::{ChunkLimit, Direction, KeyRange};

impl Db {
    /// With the table `t` of [`indexed_table`] and so many items in it.
    async fn with_things<S: Store + 'static>(store: &Arc<S>, count: usize) -> Self {
        let db = Self::open(store);
        db.engine.create_table(indexed_table()).await.expect("a new table");
        for at in 0..count {
            db.put_item(&thing_at(at, "old")).await.expect("a write");
        }
        db
    }

    async fn open_t(&self) -> TableSnapshot {
        self.engine.snapshot(TableName::new("t").expect("a name")).await.expect("it is there")
    }

    async fn all_of(&self, mut snapshot: TableSnapshot) -> Result<Vec<ItemBytes>, Error> {
        let mut all = Vec::new();
        loop {
            let some = self.engine.items(&mut snapshot).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    async fn begin_restore(&self, description: &Bytes) -> Result<Arc<Table>, Error> {
        self.begin_restore_to("again", description).await
    }

    async fn begin_restore_to(&self, name: &str, description: &Bytes) -> Result<Arc<Table>, Error> {
        let summary = RestoreSummary { backup_arn: "b".into(), table_arn: "t".into(), at_ms: 5 };
        let restore = RestoreTable {
            name: TableName::new(name).expect("a name"),
            description: description.clone(),
            overrides: RestoreOverrides::default(),
            summary,
        };
        self.engine.restore_table(restore).await
    }

    /// Puts all of the items into the table `again`, in pieces, and lets it serve.
    async fn fill(&self, items: &[ItemBytes]) -> Result<(), Error> {
        let Some(id) = self.table_id("again") else { return Err(Error::Stopped) };
        for piece in items.chunks(3) {
            let piece = piece.iter().map(ItemImage::of).collect();
            self.engine.restore_items(id, piece, self.fence.ticket()).await?;
        }
        self.engine.end_restore(id, RestoreEnd::Complete).await
    }

    fn table_id(&self, name: &str) -> Option<TableId> {
        self.engine.catalog().load().table(name).map(|table| table.schema.table)
    }

    fn serves(&self, name: &str) -> bool {
        self.engine.catalog().load().serving(name).is_some()
    }

    /// Totals of a table and of its indexes.
    fn all_totals(&self, name: &str) -> Vec<(u64, u64)> {
        let catalog = self.engine.catalog().load();
        let table = catalog.table(name).expect("it is there");
        let indexes = table.indexes.iter().map(|index| index.totals.read());
        [table.totals.read()].into_iter().chain(indexes).collect()
    }
}

fn thing_at(at: usize, value: &str) -> Item {
    let mut item = Item::from([("pk", text("p")), ("sk", number(&at.to_string()))]);
    let more = Item::from([
        ("l", text(value)),
        ("g", text(&format!("g{}", at % 3))),
        ("h", number("7")),
        ("p", text("projected")),
    ]);
    item.attributes.extend(more.attributes);
    item
}

/// Every row of a table's space without the commit numbers that they begin with.
fn rows_of<S: Store>(store: &S, table: TableId) -> Vec<(Bytes, Bytes)> {
    let space = store.space(&rows::table_space(table)).expect("it is there");
    let snapshot = store.snapshot().expect("it is open");
    let limit = ChunkLimit::rows(usize::MAX);
    let chunk = snapshot.range(space, &KeyRange::all(), Direction::Forward, limit);
    let strip = |(row, value): (Bytes, Bytes)| {
        let is_numbered = value.len() > 8;
        (row, if is_numbered { value.slice(8..) } else { value })
    };
    chunk.expect("it is sound").rows.into_iter().map(strip).collect()
}

#[tokio::test]
async fn a_snapshot_shows_what_was_acknowledged_before_it_and_nothing_after() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 10).await;
    let snapshot = db.open_t().await;
    let totals = (snapshot.items, snapshot.bytes);
    for at in 0..10 {
        db.put_item(&thing_at(at, "new")).await.expect("a write");
    }
    db.delete_item(&thing_at(3, "")).await.expect("a write");

    let items = db.all_of(snapshot).await.expect("it is read");

    assert_eq!(items.len(), 10);
    let old: Vec<ItemBytes> = (0..10).map(|at| thing_at(at, "old").encode().item()).collect();
    assert!(items.iter().all(|item| old.contains(item)));
    let bytes: usize = items.iter().map(|item| item.view().size()).sum();
    assert_eq!(totals, (10, bytes as u64));
}

#[tokio::test]
async fn a_restored_table_has_the_rows_that_the_writes_made() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 10).await;
    let snapshot = db.open_t().await;
    let description = snapshot.description.clone();
    let items = db.all_of(snapshot).await.expect("it is read");

    let made = db.begin_restore(&description).await.expect("a new name");
    assert_eq!(made.status, TableStatus::Creating);
    assert!(!db.serves("again"));
    db.fill(&items).await.expect("all is well");

    assert!(db.serves("again"));
    let [t, again] = ["t", "again"].map(|name| db.table_id(name).expect("it is there"));
    assert_eq!(rows_of(&*store, again), rows_of(&*store, t));
    assert_eq!(db.all_totals("again"), db.all_totals("t"));
    assert_eq!(db.all_totals("t").len(), 5);
}

#[tokio::test]
async fn a_restore_that_any_sync_ends_goes_on_after_the_restart_and_never_serves_half() {
    for then in [Afterwards::There, Afterwards::Gone] {
        // The table, four pieces, and the end.
        for k in 1..=6 {
            let store = Arc::new(MemoryStore::new());
            let db = Db::with_things(&store, 10).await;
            let snapshot = db.open_t().await;
            let description = snapshot.description.clone();
            let items = db.all_of(snapshot).await.expect("it is read");
            store.faults().fail_sync(k, then);

            let begun = db.begin_restore(&description).await;
            let filled = db.fill(&items).await;
            assert!(begun.is_err() || filled.is_err(), "sync {k}");
            assert!(!db.serves("again"), "sync {k}");
            drop(db);
            store.restart();
            let db = Db::open(&store);

            if db.table_id("again").is_none() {
                assert_eq!((k, then), (1, Afterwards::Gone));
                db.begin_restore(&description).await.expect("it is free");
            }
            assert_eq!(db.serves("again"), (k, then) == (6, Afterwards::There), "sync {k}");
            if !db.serves("again") {
                db.fill(&items).await.expect("all is well");
            }
            let [t, again] = ["t", "again"].map(|name| db.table_id(name).expect("it is there"));
            assert_eq!(rows_of(&*store, again), rows_of(&*store, t), "sync {k}");
            assert_eq!(db.all_totals("again"), db.all_totals("t"), "sync {k}");
        }
    }
}

#[tokio::test]
async fn an_abandoned_restore_leaves_nothing() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let snapshot = db.open_t().await;
    let description = snapshot.description.clone();
    drop(snapshot);
    let id = db.begin_restore(&description).await.expect("a new name").schema.table;
    let one = vec![thing_at(1, "old").encode()];
    db.engine.restore_items(id, one, db.fence.ticket()).await.expect("a piece");

    db.engine.end_restore(id, RestoreEnd::Abandoned).await.expect("it goes");

    assert!(db.table_id("again").is_none());
    assert!(store.space(&rows::table_space(id)).is_none());
    // Once more, and of a table that serves, it does nothing.
    db.engine.end_restore(id, RestoreEnd::Abandoned).await.expect("it is gone");
    let t = db.table_id("t").expect("it is there");
    db.engine.end_restore(t, RestoreEnd::Abandoned).await.expect("it stays");
    assert!(db.serves("t"));
    let into_t = db.engine.restore_items(t, Vec::new(), db.fence.ticket()).await;
    assert!(matches!(into_t, Err(Error::NoTable { .. })));
}

#[tokio::test]
async fn an_item_of_another_table_is_damage() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 1).await;
    let description = db.open_t().await.description.clone();
    let id = db.begin_restore(&description).await.expect("a new name").schema.table;

    let foreign = vec![item("k", "v").encode()];
    let refused = db.engine.restore_items(id, foreign, db.fence.ticket()).await;

    assert!(matches!(refused, Err(Error::DamagedBackup)), "{refused:?}");
}

#[tokio::test]
async fn a_reopened_store_ends_the_reading_of_a_snapshot() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let snapshot = db.open_t().await;
    store.faults().fail_write(1, Afterwards::Gone);
    db.put_item(&thing_at(7, "lost")).await.expect_err("no room");
    until(|| db.engine.writable().is_ok()).await;
    db.put_item(&thing_at(7, "new")).await.expect("there is room");

    let refused = db.all_of(snapshot).await;

    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert_eq!(db.all_of(db.open_t().await).await.expect("a new one").len(), 4);
}

#[tokio::test]
async fn a_backup_that_would_go_below_the_reserve_is_refused() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let bytes = db.open_t().await.bytes;
    drop(db);
    store.restart();
    let options = Options { reserve_bytes: Some(1_000), ..Options::default() };
    let db = Db::open_with(&store, &options);
    let free = |free_bytes| store.faults().set_free(FreeSpace { free_bytes, total_bytes: 1 << 40 });
    let open = || db.engine.snapshot(TableName::new("t").expect("a name"));

    free(1_000 + bytes);
    assert!(open().await.is_ok());
    free(999 + bytes);
    assert!(matches!(open().await.err(), Some(Error::NoRoom { .. })));
    // Another one that is under way takes as much.
    free(1_000 + 2 * bytes);
    let other = open().await.expect("both fit");
    assert!(open().await.is_ok());
    free(999 + 2 * bytes);
    assert!(matches!(open().await.err(), Some(Error::NoRoom { .. })));
    drop(other);
    assert!(open().await.is_ok());
    free(999);
    assert!(matches!(open().await.err(), Some(Error::ReadOnly(ReadOnly::Reserve))));
}

#[tokio::test]
async fn a_restore_that_would_go_below_the_reserve_is_refused() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let (description, bytes) = {
        let snapshot = db.open_t().await;
        (snapshot.description.clone(), snapshot.bytes)
    };
    drop(db);
    store.restart();
    let options = Options { reserve_bytes: Some(1_000), ..Options::default() };
    let db = Db::open_with(&store, &options);
    let free = |free_bytes| store.faults().set_free(FreeSpace { free_bytes, total_bytes: 1 << 40 });

    // Four indexes, each of which may have an entry for every item.
    free(999 + 5 * bytes);
    let refused = db.begin_restore(&description).await.err();
    assert!(matches!(refused, Some(Error::NoRoom { .. })), "{refused:?}");
    assert!(db.table_id("again").is_none());
    free(1_000 + 5 * bytes);
    db.begin_restore(&description).await.expect("it fits");
    // Below the reserve it takes no items, and can go.
    free(999);
    let id = db.table_id("again").expect("it is there");
    let one = vec![thing_at(1, "old").encode()];
    let refused = db.engine.restore_items(id, one, db.fence.ticket()).await;
    assert!(matches!(refused, Err(Error::ReadOnly(ReadOnly::Reserve))), "{refused:?}");
    db.engine.end_restore(id, RestoreEnd::Abandoned).await.expect("it goes");
    assert!(db.table_id("again").is_none());
}

#[tokio::test]
async fn what_a_later_version_backed_up_is_refused_as_such() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 1).await;
    let description = db.open_t().await.description.clone();
    let description = std::str::from_utf8(&description).expect("JSON");
    let told = |text: &str| db.engine.described(text.as_bytes()).err();

    assert!(told(description).is_none());
    let present = format!("\"format\":{FORMAT}");
    let later = description.replace(&present, &format!("\"format\":{},\"new\":1", FORMAT + 1));
    assert!(matches!(told(&later), Some(Error::NewerFormat { .. })));
    assert!(matches!(told(&description[1..]), Some(Error::DamagedBackup)));
    assert!(matches!(
        told(&description.replace("\"keys\":[\"pk\"", "\"keys\":[\"pq\"")),
        Some(Error::DamagedBackup)
    ));
}

#[tokio::test]
async fn a_table_that_is_deleted_stays_in_a_snapshot_of_everything_and_goes_behind_it() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let id = db.table_id("t").expect("it is there");
    let everything = db.engine.snapshot_all().await.expect("it is open");

    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it goes");

    let name = rows::table_space(id);
    let of_table = everything.spaces.iter().find(|(space, _)| *space == name);
    let (_, space) = of_table.expect("it was there");
    let limit = ChunkLimit::rows(usize::MAX);
    let chunk = everything.snapshot.range(*space, &KeyRange::all(), Direction::Forward, limit);
    assert!(chunk.expect("it stays").rows.len() >= 3);
    assert!(db.table_id("t").is_none() && store.space(&name).is_some());
    drop(everything);
    // Whatever the writer does next.
    db.create("other").await.expect("a new table");
    until(|| store.space(&name).is_none()).await;
}

#[tokio::test]
async fn the_space_of_a_deleted_table_that_a_full_disk_keeps_goes_once_there_is_room() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 3).await;
    let name = rows::table_space(db.table_id("t").expect("it is there"));
    db.create("other").await.expect("a new table");
    let everything = db.engine.snapshot_all().await.expect("it is open");
    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it goes");
    store.faults().fill_disk(Afterwards::Gone);
    assert!(db.create("lost").await.is_err());

    drop(everything);
    // Each time the writer looks what it can drop.
    assert!(matches!(db.create("refused").await, Err(Error::ReadOnly(ReadOnly::DiskFull))));
    assert!(store.space(&name).is_some());
    store.faults().empty_disk();

    until(|| store.space(&name).is_none()).await;
}

#[tokio::test]
async fn only_so_many_tables_wait_for_their_items_at_a_time() {
    let store = Arc::new(MemoryStore::new());
    let db = Db::with_things(&store, 1).await;
    let description = db.open_t().await.description.clone();
    let mut last = None;
    for number in 0..50 {
        let begun = db.begin_restore_to(&format!("again-{number}"), &description).await;
        last = Some(begun.expect("there is room").schema.table);
    }

    let beyond = db.begin_restore_to("beyond", &description).await;

    assert!(matches!(beyond, Err(Error::TooManyRestores { restores_max: 50 })));
    let last = last.expect("there were some");
    db.engine.end_restore(last, RestoreEnd::Abandoned).await.expect("it goes");
    db.begin_restore_to("beyond", &description).await.expect("there is room again");
}
