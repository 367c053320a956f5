//! Tables that are altered, and stores of other formats.

use super::*;
use crate::api::{BillingMode, CapacityChange, TableChange, Units};
use crate::engine::embedded::rows;
use crate::store::Batch;

fn units(read: u64, write: u64) -> Alteration {
    let units = Some(Units { read, write });
    let mode = Some(BillingMode::Provisioned);
    let change = CapacityChange { mode, units, ..CapacityChange::default() };
    Alteration::Settings(TableChange::Capacity(change))
}

fn tag(key: &str) -> Alteration {
    Alteration::Tag(vec![(key.to_owned(), "v".to_owned())])
}

impl Db {
    pub(super) async fn alter(&self, alteration: Alteration) -> Result<Arc<Table>, Error> {
        self.engine.alter_table(TableName::new("t").expect("a name"), alteration).await
    }

    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(self.engine.catalog().load().table("t").expect("it was made"))
    }
}

#[tokio::test]
async fn an_altered_table_keeps_its_items_and_counts_on() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    let made = db.create("t").await.expect("room");
    db.put("a", "1").await.expect("room");

    let shown = db.alter(units(5, 6)).await.expect("it fits");
    db.put("b", "1").await.expect("room");

    assert_eq!((shown.status, shown.billing), (TableStatus::Updating, Billing::OnDemand));
    let table = db.table();
    assert_eq!(table.status, TableStatus::Active);
    assert_eq!(table.billing, Billing::Provisioned { read: 5, write: 6 });
    assert_eq!((table.schema.table, table.totals.read().0), (made.schema.table, 2));
    assert!(Arc::ptr_eq(&table.metrics, &made.metrics));
    db.alter(tag("a")).await.expect("room");
    drop(db);
    store.restart();

    let table = Db::open(&store).table();
    assert_eq!(table.billing, Billing::Provisioned { read: 5, write: 6 });
    assert_eq!(table.on_demand_since_ms, Some(1_000));
    assert_eq!((table.tags.len(), table.totals.read().0), (1, 2));
}

#[tokio::test]
async fn a_refused_alteration_changes_nothing() {
    let db = Db::open(&Arc::new(MemoryStore::default()));
    db.create("t").await.expect("room");

    let many = (0..51).map(|number| (number.to_string(), String::new())).collect();
    let refused = db.alter(Alteration::Tag(many)).await;

    assert!(matches!(refused, Err(Error::Api(_))));
    assert!(db.table().tags.is_empty());
    let absent = TableName::new("other").expect("a name");
    let refused = db.engine.alter_table(absent, tag("a")).await;
    assert!(matches!(refused, Err(Error::NoTable { .. })));
}

/// What a store of format 1 held of a table `t` with one item of 9 bytes.
fn store_of_format(format: u64) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::default());
    let system = store.create_space(&rows::system_space()).expect("room");
    store.create_space(&rows::table_space(crate::model::TableId::new(1))).expect("room");
    let definition = br#"{"name":"t","uuid":"u-1","created_ms":17,"attributes":[["pk","S"]],"keys":["pk"],"provisioned":null,"deletion_protection":false}"#;
    let mut batch = Batch::new();
    for (key, value) in [
        (&b"table/\0\0\0\0\0\0\0\x01"[..], &definition[..]),
        (b"totals/\0\0\0\0\0\0\0\x01", b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x09"),
        (b"next-table", b"\0\0\0\0\0\0\0\x02"),
        (b"commit", b"\0\0\0\0\0\0\0\x01"),
        (b"format", &format.to_be_bytes()),
    ] {
        batch.put(system, key.to_vec().into(), value.to_vec().into());
    }
    store.commit(batch, SyncMode::Sync).expect("room");
    store
}

fn format_of(store: &MemoryStore) -> Option<u64> {
    let system = store.space(&rows::system_space()).expect("it is there");
    let snapshot = store.snapshot().expect("it is open");
    let value = snapshot.get(system, &rows::system_row("format")).expect("it is read");
    rows::number_of(&value?)
}

#[tokio::test]
async fn a_store_of_format_1_becomes_the_present_one_with_the_first_change_of_a_table() {
    let store = store_of_format(1);
    let db = Db::open(&store);
    let table = db.table();
    assert_eq!((table.uuid.as_str(), table.totals.read()), ("u-1", (1, 9)));
    assert_eq!(table.on_demand_since_ms, Some(17));

    db.put("a", "1").await.expect("room");
    assert_eq!(format_of(&store), Some(1));
    db.alter(tag("a")).await.expect("room");

    assert_eq!(format_of(&store), Some(FORMAT));
    drop(db);
    store.restart();
    assert_eq!(Db::open(&store).table().tags.len(), 1);
}

#[test]
fn a_store_of_a_later_format_is_refused() {
    let store: Arc<dyn Store> = store_of_format(FORMAT + 1);
    let hooks = Hooks { forget_all: Box::new(|| {}), give_up: Box::new(|error| panic!("{error}")) };
    let metrics = Metrics::new(crate::metrics::Options::default());

    let options = Options::default();
    let opened = EmbeddedEngine::open(store, &options, hooks, &metrics, Clock::manual(1));

    let refused = opened.err().expect("it is of a later version");
    assert!(matches!(refused, Error::NewerFormat { found, known: FORMAT } if found > FORMAT));
}
