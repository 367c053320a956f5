//! Tables whose changes take a while to settle, by a clock of the test's own.

use super::gate::Gated;
use super::*;
use crate::api::{
    BillingMode, CapacityChange, ErrorCode, IndexAction, IndexRequest, IndexesChange, KeyElement,
    KeyRole, ProjectionType, StreamChange, StreamView, TableChange, TableClass, ThroughputRequest,
    TimeToLiveSpecification, TimeToLiveStatus, Units, WarmRequest,
};
use crate::engine::{Setting, Unsettled};

const DELAY: Duration = Duration::from_mins(1);

fn delayed() -> Options {
    Options { reserve_bytes: Some(0), settling: DELAY, ..Options::default() }
}

fn settings(change: TableChange) -> Alteration {
    Alteration::Settings(change)
}

fn class(class: TableClass) -> Alteration {
    settings(TableChange::Class(class))
}

fn provisioned(read: u64) -> CapacityChange {
    let units = Some(Units { read, write: 1 });
    CapacityChange {
        mode: Some(BillingMode::Provisioned),
        units,
        indexes: Vec::new(),
        ..CapacityChange::default()
    }
}

fn time_to_live(enabled: bool) -> Alteration {
    Alteration::TimeToLive(TimeToLiveSpecification { enabled, attribute: "until".into() })
}

fn index(action: IndexAction) -> Alteration {
    let key = KeyAttribute { name: "v".into(), kind: KeyType::S };
    settings(TableChange::Indexes(IndexesChange {
        actions: vec![action],
        definitions: vec![key],
        capacity: CapacityChange::default(),
    }))
}

fn by_value() -> Alteration {
    index(IndexAction::Create(IndexRequest {
        name: "by_v".into(),
        elements: vec![KeyElement { name: "v".into(), role: KeyRole::Hash }],
        projection: Some(ProjectionType::All),
        projected: None,
        units: None,
        throughput: ThroughputRequest::default(),
    }))
}

impl Db {
    fn delayed() -> Self {
        Self::open_with(&Arc::new(MemoryStore::default()), &delayed())
    }

    /// With the table `t`, which has settled.
    async fn with_settled_table() -> Self {
        let db = Self::delayed();
        db.create("t").await.expect("room");
        db.settle("t").await;
        db
    }

    fn status(&self, name: &str) -> Option<TableStatus> {
        self.engine.catalog().load().table(name).map(|table| table.status)
    }

    /// Lets the delay pass, and waits until the table, which has something to settle, has settled.
    async fn settle(&self, name: &str) {
        let settles = || {
            let catalog = self.engine.catalog().load();
            catalog.table(name).is_some_and(|table| !table.settling.is_empty())
        };
        let moment = Duration::from_millis(1);
        self.clock.advance(DELAY.saturating_sub(moment));
        self.alter_other().await;
        assert!(settles(), "a millisecond is left");
        self.clock.advance(moment);
        until(|| !settles()).await;
    }

    /// Has the writer look at the time once.
    async fn alter_other(&self) {
        let absent = TableName::new("absent").expect("a name");
        let tag = Alteration::Tag(Vec::new());
        assert!(self.engine.alter_table(absent, tag).await.is_err());
    }

    async fn refused(&self, alteration: Alteration) -> String {
        let refused = self.alter(alteration).await.err().expect("it must wait");
        let Error::Api(error) = refused else { panic!("{refused}") };
        assert_eq!(error.code, ErrorCode::ResourceInUse, "{error}");
        let beginning = "Attempt to change a resource which is still in use: ";
        error.message.strip_prefix(beginning).expect("all begin so").to_owned()
    }

    async fn drop_refused(&self) -> String {
        let refused = self.engine.delete_table(TableName::new("t").expect("a name")).await;
        refused.err().expect("it must wait").to_string()
    }
}

#[tokio::test]
async fn a_table_that_is_being_made_is_there_and_serves_once_it_has_settled() {
    let db = Db::delayed();

    let shown = db.create("t").await.expect("room");

    assert_eq!(
        (shown.status, db.status("t")),
        (TableStatus::Creating, Some(TableStatus::Creating))
    );
    assert!(db.engine.catalog().load().serving("t").is_none());
    assert!(matches!(db.create("t").await, Err(Error::TableExists { .. })));
    assert_eq!(db.refused(Alteration::Tag(Vec::new())).await, "Table is being created: t");
    assert_eq!(db.refused(time_to_live(true)).await, "Table is being created: t");
    let protection = settings(TableChange::DeletionProtection(true));
    assert_eq!(db.refused(protection).await, "Table is being created: t");
    assert!(db.drop_refused().await.ends_with("Table is being created: t"));

    db.settle("t").await;

    assert_eq!(db.status("t"), Some(TableStatus::Active));
    db.put("a", "1").await.expect("room");
    assert_eq!(db.get("a").await, some("1"));
}

#[tokio::test]
async fn a_table_that_is_dropped_keeps_its_name_until_it_has_settled() {
    let db = Db::with_settled_table().await;
    db.put("a", "1").await.expect("room");
    let name = TableName::new("t").expect("a name");

    let shown = db.engine.delete_table(name.clone()).await.expect("it is idle");

    assert_eq!(
        (shown.status, db.status("t")),
        (TableStatus::Deleting, Some(TableStatus::Deleting))
    );
    assert!(matches!(db.create("t").await, Err(Error::TableExists { .. })));
    assert_eq!(db.refused(class(TableClass::Standard)).await, "Table is being deleted: t");
    let again = db.engine.delete_table(name).await.expect("it is no fault");
    assert_eq!((again.status, &again.uuid), (TableStatus::Deleting, &shown.uuid));
    let catalog = db.engine.catalog().load_full();
    assert!(catalog.serving("t").is_none() && catalog.table_of(shown.schema.table).is_none());

    db.clock.advance(DELAY);
    until(|| db.status("t").is_none()).await;
    assert_ne!(db.create("t").await.expect("the name is free").uuid, shown.uuid);
}

#[tokio::test]
async fn a_table_that_is_dropped_is_there_or_deleting_and_not_gone_in_between() {
    let store = Arc::new(Gated::default());
    let db = Db::open_with(&store, &delayed());
    db.create("t").await.expect("room");
    db.settle("t").await;
    store.hold_drops();

    let mut dropping = db.engine.delete_table(TableName::new("t").expect("a name"));
    assert!(!begin(&mut dropping).await);
    until(|| store.drop_waits()).await;

    assert_eq!(db.status("t"), Some(TableStatus::Deleting));
    store.let_drops_go();
    dropping.await.expect("it is idle");
    assert_eq!(db.status("t"), Some(TableStatus::Deleting));
}

#[tokio::test]
async fn a_setting_shows_as_it_was_until_it_has_settled() {
    let db = Db::with_settled_table().await;
    db.put("a", "1").await.expect("room");

    db.alter(class(TableClass::InfrequentAccess)).await.expect("it is idle");

    let described = db.table().describe(1);
    assert_eq!((described.status, described.class), (TableStatus::Updating, None));
    assert_eq!(db.get("a").await, some("1"), "data is served");
    let progress = "Table: t TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS";
    assert_eq!(
        db.refused(class(TableClass::Standard)).await,
        format!("Can't update table class when a table class update is in progress. {progress}")
    );
    let stream = StreamChange::Enable(StreamView::KeysOnly);
    let stream = settings(TableChange::Stream(stream, CapacityChange::default()));
    assert_eq!(
        db.refused(stream).await,
        format!("Can't change stream status when a table class update is in progress. {progress}")
    );
    let capacity = settings(TableChange::Capacity(provisioned(1)));
    assert_eq!(db.refused(capacity).await, "Table is being updated: t");
    assert!(db.drop_refused().await.ends_with("Table is being updated: t"));
    let shown = db.alter(settings(TableChange::DeletionProtection(true))).await.expect("it may");
    assert_eq!((shown.status, shown.deletion_protection), (TableStatus::Updating, true));
    db.alter(Alteration::Tag(vec![("k".into(), "v".into())])).await.expect("it may");

    db.settle("t").await;

    let described = db.table().describe(1);
    assert_eq!(described.status, TableStatus::Active);
    assert_eq!(described.class.map(|class| class.class), Some(TableClass::InfrequentAccess));
    assert!(described.deletion_protection && db.table().tags.len() == 1);
}

#[tokio::test]
async fn a_table_that_is_being_warmed_is_active_and_is_not_dropped() {
    let db = Db::with_settled_table().await;
    let warm = |read| settings(TableChange::Warm(WarmRequest { read: Some(read), write: None }));
    let described = || db.table().describe(1);

    db.alter(warm(13_000)).await.expect("it is idle");

    let shown = described();
    assert_eq!((shown.status, shown.throughput.is_warming), (TableStatus::Active, true));
    assert_eq!(shown.throughput.warm.read, 12_000);
    assert_eq!(db.refused(warm(14_000)).await, "Table is being updated: t");
    assert!(db.drop_refused().await.ends_with("Table is being updated: t"));

    db.settle("t").await;

    let shown = described();
    assert_eq!((shown.throughput.is_warming, shown.throughput.warm.read), (false, 13_000));
}

#[tokio::test]
async fn a_warm_up_stays_on_its_way_when_another_setting_changes() {
    for other in
        [class(TableClass::InfrequentAccess), settings(TableChange::Capacity(provisioned(5)))]
    {
        let db = Db::with_settled_table().await;
        let warm = WarmRequest { read: Some(13_000), write: None };
        db.alter(settings(TableChange::Warm(warm))).await.expect("it is idle");
        db.alter(other).await.expect("it may");

        let shown = db.table().describe(1);
        assert_eq!(shown.status, TableStatus::Updating);
        assert_eq!((shown.throughput.is_warming, shown.throughput.warm.read), (true, 12_000));

        db.settle("t").await;

        let shown = db.table().describe(1);
        assert_eq!((shown.throughput.is_warming, shown.throughput.warm.read), (false, 13_000));
    }
}

#[tokio::test]
async fn capacity_shows_as_it_was_and_counts_on() {
    let db = Db::with_settled_table().await;

    db.alter(settings(TableChange::Capacity(provisioned(5)))).await.expect("it is idle");

    let described = db.table().describe(1);
    assert_eq!((described.status, described.billing), (TableStatus::Updating, Billing::OnDemand));
    db.settle("t").await;
    let described = db.table().describe(1);
    assert_eq!(described.billing, Billing::Provisioned { read: 5, write: 1 });
    assert_eq!(described.status, TableStatus::Active);
}

#[tokio::test]
async fn work_on_an_index_begins_once_it_has_settled() {
    let db = Db::with_settled_table().await;
    db.put("a", "1").await.expect("room");
    let tend = || db.engine.tend_indexes(db.table().schema.table);

    db.alter(by_value()).await.expect("it is idle");

    assert_eq!(tend().await.expect("it waits"), Tended::Done);
    let described = db.table().describe(1);
    assert_eq!(described.status, TableStatus::Active);
    let index = &described.indexes[0];
    assert_eq!((index.status, index.backfilling), (TableStatus::Creating, false));
    let units = settings(TableChange::Capacity(provisioned(5)));
    assert_eq!(db.refused(units).await, "Table is being updated: t");
    assert!(
        db.drop_refused()
            .await
            .ends_with("Cannot delete table while indexes are being created, updated, or deleted.")
    );
    db.alter(time_to_live(true)).await.expect("it may");

    db.settle("t").await;

    assert!(db.table().describe(1).indexes[0].backfilling);
    let shown = db.alter(class(TableClass::InfrequentAccess)).await.expect("it may");
    for described in [shown.describe(1), db.table().describe(1)] {
        assert_eq!(described.status, TableStatus::Updating);
        assert!(described.indexes[0].backfilling, "whatever else the table is doing");
    }
    while tend().await.expect("room") == Tended::More {}
    let index = &db.table().describe(1).indexes[0];
    assert_eq!((index.status, index.backfilling, index.items), (TableStatus::Active, false, 1));
}

#[tokio::test]
async fn a_time_to_live_says_that_it_is_being_changed_and_is_not_changed_again() {
    let db = Db::with_settled_table().await;
    let described = || {
        let described = db.table().describe_time_to_live();
        (described.status, described.attribute)
    };
    let again = "Time to live has been modified multiple times within a fixed interval";
    let until = Some("until".to_owned());

    db.alter(time_to_live(true)).await.expect("it is off");
    assert_eq!(described(), (TimeToLiveStatus::Enabling, until.clone()));
    assert_eq!(db.status("t"), Some(TableStatus::Active));
    let told = db.alter(time_to_live(true)).await.err().expect("it is on").to_string();
    assert_eq!(told, "TimeToLive is already enabled");
    let told = db.alter(time_to_live(false)).await.err().expect("too soon").to_string();
    assert_eq!(told, again);
    db.settle("t").await;
    assert_eq!(described(), (TimeToLiveStatus::Enabled, until.clone()));

    db.alter(time_to_live(false)).await.expect("it is on");
    assert_eq!(described(), (TimeToLiveStatus::Disabling, until));
    db.settle("t").await;
    assert_eq!(described(), (TimeToLiveStatus::Disabled, None));
}

#[tokio::test]
async fn a_start_finds_everything_settled() {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open_with(&store, &delayed());
    db.create("t").await.expect("room");
    db.create("u").await.expect("room");
    db.settle("t").await;
    db.alter(class(TableClass::InfrequentAccess)).await.expect("it is idle");
    let other = TableName::new("u").expect("a name");
    db.engine.delete_table(other).await.expect("it is idle");
    drop(db);
    store.restart();

    let db = Db::open_with(&store, &delayed());

    assert_eq!((db.status("t"), db.status("u")), (Some(TableStatus::Active), None));
    let class = db.table().describe(1).class.map(|class| class.class);
    assert_eq!(class, Some(TableClass::InfrequentAccess));
}

#[tokio::test]
async fn only_so_many_tables_settle_at_a_time() {
    let options = Options { settling_tables_max: 2, ..delayed() };
    let db = Db::open_with(&Arc::new(MemoryStore::default()), &options);
    let names = ["t", "u", "v"];
    db.create("t").await.expect("room");
    db.create("u").await.expect("room");

    let refused = db.create("v").await.err().expect("two settle").to_string();

    assert_eq!(
        refused,
        "Subscriber limit exceeded: Only 2 tables can be created, updated, or deleted \
         simultaneously"
    );
    db.settle("t").await;
    db.create("v").await.expect("none settles");
    db.alter(class(TableClass::InfrequentAccess)).await.expect("one settles");
    let [t, u, _] = names.map(|name| TableName::new(name).expect("a name"));
    let refused = db.engine.delete_table(u.clone()).await.err().expect("two settle");
    assert!(matches!(&refused, Error::Api(error) if error.code == ErrorCode::LimitExceeded));
    let tag = Alteration::Tag(vec![("k".into(), "v".into())]);
    db.engine.alter_table(u.clone(), tag).await.expect("nothing of it settles");
    let stream = StreamChange::Enable(StreamView::KeysOnly);
    let stream = settings(TableChange::Stream(stream, CapacityChange::default()));
    let refused = db.engine.alter_table(u.clone(), stream.clone()).await.err();
    assert!(matches!(&refused, Some(Error::Api(error)) if error.code == ErrorCode::LimitExceeded));
    db.settle("t").await;
    db.engine.delete_table(u).await.expect("none settles");
    db.engine.alter_table(t, stream).await.expect("one settles");
    let table = db.table();
    let [settling] = &table.settling[..] else { panic!("one change") };
    assert!(matches!(settling.change, Unsettled::Setting(Setting::Stream, _)));
}

#[tokio::test]
async fn there_are_only_so_many_tables() {
    let options = Options { tables_max: 2, reserve_bytes: Some(0), ..Options::default() };
    let db = Db::open_with(&Arc::new(MemoryStore::default()), &options);
    db.create("t").await.expect("one");
    db.create("u").await.expect("two");

    let refused = db.create("v").await;

    assert!(matches!(refused, Err(Error::TooManyTables { tables_max: 2 })));
    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it is idle");
    db.create("v").await.expect("one went");
}
