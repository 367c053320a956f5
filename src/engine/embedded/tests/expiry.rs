//! Items found by when they expire, and what settings leave to be done.

use super::super::rows;
use super::gate::Gated;
use super::indexes::{number, text};
use super::*;
use crate::api::{ApiError, TimeToLiveSpecification};
use crate::expr::{Comparator, Condition, Operand, Path};
use crate::store::{ChunkLimit, Direction, KeyRange};

/// Enables the time to live by this attribute.
pub(super) fn enabled(attribute: &str) -> Alteration {
    Alteration::TimeToLive(TimeToLiveSpecification { enabled: true, attribute: attribute.into() })
}

fn disabled(attribute: &str) -> Alteration {
    Alteration::TimeToLive(TimeToLiveSpecification { enabled: false, attribute: attribute.into() })
}

/// An item that expires at `until`.
fn timed(key: &str, until: u64) -> Change {
    let until = number(&until.to_string());
    Change::Put(Item::from([("pk", text(key)), ("v", text("1")), ("until", until)]).encode())
}

impl Db {
    /// The seconds and keys of items of `t` that expire before `end`, some behind another.
    async fn expiring(
        &self,
        end: u64,
        after: Option<Expired>,
        limit: usize,
    ) -> Result<Vec<Expired>, Error> {
        let table = self.table().schema.table;
        let read = ExpiredRead { table, seconds: 0..end, after, limit };
        self.engine.expired(read).await
    }

    /// Those that expire before `end`, by their seconds and partition keys.
    async fn expiring_keys(&self, end: u64) -> Vec<(u64, String)> {
        let found = self.expiring(end, None, 10_000).await.expect("reads go on");
        let told = |Expired { second, key }: Expired| {
            (second, String::from_utf8(key.partition().to_vec()).expect("a text"))
        };
        found.into_iter().map(told).collect()
    }

    async fn tend(&self) -> Result<Tended, Error> {
        self.engine.tend_expiries(self.table().schema.table).await
    }

    /// Does all there is to do; gives the number of parts.
    async fn tend_all(&self) -> usize {
        let mut parts = 1;
        while self.tend().await.expect("room") == Tended::More {
            parts += 1;
        }
        parts
    }

    async fn put_timed(&self, key: &str, until: u64) {
        self.write(key, timed(key, until)).await.expect("room");
    }
}

fn found(pairs: &[(u64, &str)]) -> Vec<(u64, String)> {
    pairs.iter().map(|(second, key)| (*second, (*key).to_owned())).collect()
}

/// The rows of kind 4 in the space of `t`, whatever they are of.
fn expiry_rows(store: &dyn Store, db: &Db) -> usize {
    let space = store.space(&rows::table_space(db.table().schema.table)).expect("it was made");
    rows_in(store, space, &[4])
}

fn rows_in(store: &dyn Store, space: SpaceId, prefix: &[u8]) -> usize {
    let snapshot = store.snapshot().expect("open");
    let limit = ChunkLimit::rows(usize::MAX);
    let range = KeyRange::prefix(prefix);
    snapshot.range(space, &range, Direction::Forward, limit).expect("readable").rows.len()
}

async fn db() -> (Arc<MemoryStore>, Db) {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    (store, db)
}

#[tokio::test]
async fn items_are_found_in_the_order_in_which_they_expire() {
    let (store, db) = db().await;
    db.alter(enabled("until")).await.expect("room");
    for (key, until) in [("c", 300), ("a", 20), ("d", 20), ("b", 70_000), ("e", 300)] {
        db.put_timed(key, until).await;
    }
    db.put("none", "1").await.expect("room");

    db.put_timed("e", 5).await;
    db.put("d", "no time").await.expect("room");
    db.delete("c").await.expect("room");
    db.put_timed("c", 301).await;

    assert_eq!(db.expiring_keys(301).await, found(&[(5, "e"), (20, "a")]));
    let all = found(&[(5, "e"), (20, "a"), (301, "c"), (70_000, "b")]);
    assert_eq!(db.expiring_keys(u64::MAX).await, all);
    let first = db.expiring(u64::MAX, None, 2).await.expect("reads");
    let rest = db.expiring(u64::MAX, first.last().cloned(), 2).await.expect("reads");
    assert_eq!([&first[..], &rest].concat(), db.expiring(u64::MAX, None, 9).await.expect("reads"));
    assert_eq!(db.expiring(20, first.last().cloned(), 2).await.expect("reads"), []);
    assert_eq!(expiry_rows(&*store, &db), 4);
    drop(db);
    store.restart();
    assert_eq!(Db::open(&store).expiring_keys(u64::MAX).await, all);
}

#[tokio::test]
async fn items_from_before_are_found_once_they_were_looked_at() {
    let (_, db) = db().await;
    for place in 0..1_200 {
        db.put_timed(&format!("k{place}"), 10_000 + place).await;
    }
    assert_eq!(db.expiring_keys(u64::MAX).await, []);

    db.alter(enabled("until")).await.expect("room");
    db.put_timed("new", 1).await;
    assert_eq!(db.expiring_keys(u64::MAX).await, found(&[(1, "new")]));
    let parts = db.tend_all().await;

    assert_eq!((parts, db.expiring_keys(u64::MAX).await.len()), (3, 1_201));
    assert!(db.table().time_to_live.complete);
    assert_eq!(db.tend().await.expect("nothing to do"), Tended::Done);
}

#[tokio::test]
async fn looking_goes_on_where_a_restart_cut_it_off() {
    let (store, db) = db().await;
    for place in 0..1_200 {
        db.put_timed(&format!("k{place}"), 10_000 + place).await;
    }
    db.alter(enabled("until")).await.expect("room");
    assert_eq!(db.tend().await.expect("room"), Tended::More);
    drop(db);
    store.restart();

    let db = Db::open(&store);
    let before = db.expiring_keys(u64::MAX).await.len();
    let parts = db.tend_all().await;

    assert_eq!((before, parts, db.expiring_keys(u64::MAX).await.len()), (500, 2, 1_200));
    drop(db);
    store.restart();
    assert!(Db::open(&store).table().time_to_live.complete);
}

#[tokio::test]
async fn a_write_between_look_and_batch_is_what_counts() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    for (key, until) in [("moved", 10), ("gone", 11), ("stays", 12), ("untimed", 13)] {
        db.put_timed(key, until).await;
    }
    db.alter(enabled("until")).await.expect("room");

    store.close_gate();
    let mut tended = db.engine.tend_expiries(db.table().schema.table);
    assert!(!begin(&mut tended).await);
    until(|| store.waiting() > 0).await;
    db.put_timed("moved", 99).await;
    db.delete("gone").await.expect("room");
    db.put("untimed", "1").await.expect("room");
    store.open_gate();

    assert_eq!(tended.await.expect("room"), Tended::Done);
    assert_eq!(db.expiring_keys(u64::MAX).await, found(&[(12, "stays"), (99, "moved")]));
}

#[tokio::test]
async fn what_was_looked_up_for_another_setting_does_nothing() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    db.put_timed("a", 10).await;
    db.alter(enabled("until")).await.expect("room");

    store.close_gate();
    let mut tended = db.engine.tend_expiries(db.table().schema.table);
    assert!(!begin(&mut tended).await);
    until(|| store.waiting() > 0).await;
    db.alter(disabled("until")).await.expect("room");
    db.alter(enabled("v")).await.expect("room");
    store.open_gate();

    assert_eq!(tended.await.expect("room"), Tended::More);
    assert!(!db.table().time_to_live.complete);
    db.tend_all().await;
    assert_eq!(db.expiring_keys(u64::MAX).await, []);
}

#[tokio::test]
async fn disabling_takes_the_rows_away_and_another_attribute_does_not_see_them() {
    let (store, db) = db().await;
    db.alter(enabled("until")).await.expect("room");
    for place in 0..700 {
        db.put_timed(&format!("k{place}"), place).await;
    }

    db.alter(disabled("until")).await.expect("room");
    assert_eq!(db.expiring_keys(u64::MAX).await, []);
    assert_eq!(db.tend().await.expect("room"), Tended::More);
    assert_eq!(expiry_rows(&*store, &db), 200);
    db.alter(enabled("at")).await.expect("room");
    let item = Item::from([("pk", text("x")), ("v", text("1")), ("at", number("7"))]);
    db.write("x", Change::Put(item.encode())).await.expect("room");
    db.delete("k0").await.expect("room");

    assert_eq!(db.expiring_keys(u64::MAX).await, found(&[(7, "x")]));
    db.tend_all().await;
    assert_eq!(db.expiring_keys(u64::MAX).await, found(&[(7, "x")]));
    assert_eq!(expiry_rows(&*store, &db), 1);
    let setting = db.table().time_to_live.clone();
    assert_eq!((setting.number, setting.complete, setting.cleared), (2, true, true));
}

#[tokio::test]
async fn a_lost_part_is_done_again() {
    for then in [Afterwards::There, Afterwards::Gone] {
        let (store, db) = db().await;
        for place in 0..600 {
            db.put_timed(&format!("k{place}"), place).await;
        }
        db.alter(enabled("until")).await.expect("room");
        store.faults().fail_write(1, then);

        let lost = db.tend().await;

        assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
        until(|| db.engine.writable().is_ok()).await;
        let parts = db.tend_all().await;
        assert_eq!(parts, if then == Afterwards::There { 1 } else { 2 });
        assert_eq!(db.expiring_keys(u64::MAX).await.len(), 600);
    }
}

#[tokio::test]
async fn a_dropped_table_leaves_no_cursor_behind() {
    let (store, db) = db().await;
    for place in 0..600 {
        db.put_timed(&format!("k{place}"), place).await;
    }
    db.alter(enabled("until")).await.expect("room");
    db.tend().await.expect("room");
    let system = store.space(&rows::system_space()).expect("there");
    assert_eq!(rows_in(&*store, system, b"expiry-cursor/"), 1);
    let id = db.table().schema.table;

    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it is there");

    assert_eq!(rows_in(&*store, system, b"expiry-cursor/"), 0);
    let late = db.engine.tend_expiries(id).await;
    assert!(matches!(late, Err(Error::NoTable { .. })), "{late:?}");
    let read = ExpiredRead { table: id, seconds: 0..9, after: None, limit: 1 };
    let late = db.engine.expired(read).await;
    assert!(matches!(late, Err(Error::NoTable { .. })), "{late:?}");
}

/// A delete for an item's age is judged by the item that the writer finds.
#[tokio::test]
async fn a_refreshed_item_is_not_deleted_for_what_it_said_before() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    db.put_timed("a", 10).await;
    let says = |second: &str| {
        let until = Operand::Path(Path::attribute("until"));
        Condition::Compare(until, Comparator::Equal, Operand::Value(number(second)))
    };
    let delete = |second: &str| {
        let condition = Some(Arc::new(says(second)));
        let origin = Origin::TimeToLive;
        Mutation { key: db.key("t", "a"), condition, change: Change::Delete, origin }
    };

    store.close_gate();
    let mut late = db.engine.write(delete("10"), db.fence.ticket());
    assert!(!begin(&mut late).await);
    until(|| store.waiting() > 0).await;
    db.put_timed("a", 20).await;
    store.open_gate();

    let late = late.await;
    assert!(matches!(late, Err(Error::ConditionFailed { .. })), "{late:?}");
    assert_eq!(db.get("a").await, some("1"));
    db.engine.write(delete("20"), db.fence.ticket()).await.expect("it still says so");
    assert_eq!((db.get("a").await, db.cached("a")), (None, Cached::Absence));
}

#[tokio::test]
async fn a_setting_that_is_there_already_is_refused() {
    let (_, db) = db().await;
    let told = |result: Result<Arc<Table>, Error>| match result {
        Err(Error::Api(ApiError { message, .. })) => message,
        other => panic!("{:?}", other.map(|table| table.name.clone())),
    };

    assert_eq!(told(db.alter(disabled("until")).await), "TimeToLive is already disabled");
    db.alter(enabled("until")).await.expect("room");
    assert_eq!(told(db.alter(enabled("until")).await), "TimeToLive is already enabled");
    assert_eq!(
        told(db.alter(disabled("at")).await),
        "TimeToLive is active on a different AttributeName: current AttributeName is until"
    );
    assert_eq!(db.table().time_to_live.attribute.as_deref(), Some("until"));
}
