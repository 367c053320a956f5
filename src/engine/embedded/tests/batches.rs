//! What the writer makes of outcomes that callers evaluated.

use tokio::sync::oneshot::Receiver;

use super::super::attempt::{Attempt, Otherwise};
use super::super::batch::{Evaluated, Ground};
use super::super::evaluate::Outcome;
use super::super::queued::{Queued, Reply, Work};
use super::super::writer::{Command, WriterTable};
use super::super::{rows, waiting};
use super::gate::Gated;
use super::*;
use crate::expr::{Condition, Path};
use crate::fence::CommitNumber;
use crate::model::{IndexId, TableId};
use crate::store::CommitError;

/// A batch of its own over an engine's table `t`, which holds `a` with the value `0`.
struct Bench {
    db: Db,
    store: Arc<MemoryStore>,
    tables: HashMap<TableId, WriterTable, ahash::RandomState>,
    table: Arc<Table>,
    version: CommitNumber,
}

impl Bench {
    async fn open() -> Self {
        let store = Arc::new(MemoryStore::default());
        let db = Db::open(&store);
        let id = db.create("t").await.expect("room").schema.table;
        db.put("a", "0").await.expect("room");
        let table = db.engine.catalog().load().table("t").cloned().expect("it was made");
        let space = store.space(&rows::table_space(id)).expect("it was made");
        let snapshot = store.snapshot().expect("open");
        let row = snapshot.get(space, &rows::item_row(&db.key("t", "a"))).expect("read");
        let version = rows::version_of(id, row.as_deref()).expect("sound").expect("there");
        let known = Arc::clone(&table);
        let kept = WriterTable { space, table: known, building: None, cleared: None, log: None };
        let tables = [(id, kept)];
        Self { tables: tables.into_iter().collect(), db, store, table, version }
    }

    fn batch(&self, mutations: Vec<Queued>) -> Evaluated {
        let snapshot = self.store.snapshot().expect("open");
        let ground = Ground {
            tables: &self.tables,
            snapshot: &*snapshot,
            collection_bytes_max: u64::MAX,
            system: self.db.engine.system,
            now_ms: 0,
            tokens_from_ms: 0,
        };
        let mut batch = Evaluated::after(self.version.get());
        for queued in mutations {
            batch.add(queued, &ground);
        }
        batch
    }

    /// A put of `value` that its caller evaluated to `outcome`.
    fn put(
        &self,
        value: &str,
        outcome: &str,
        version: Option<CommitNumber>,
        otherwise: Otherwise,
    ) -> (Queued, Receiver<Result<Reply, Error>>) {
        let attempt = Attempt {
            table: Arc::clone(&self.table),
            version,
            before: version.map_or(Image::Absent, |_| image("a", "0")),
            outcome: Outcome { after: image("a", outcome), entries: Vec::new() },
            otherwise,
        };
        self.queued(value, Some(attempt))
    }

    fn queued(
        &self,
        value: &str,
        attempt: Option<Attempt>,
    ) -> (Queued, Receiver<Result<Reply, Error>>) {
        let change = Change::Put(item("a", value).encode());
        let mutation = Mutation {
            key: self.db.key("t", "a"),
            condition: None,
            change,
            origin: Origin::Client,
        };
        let (reply, answer) = oneshot::channel();
        let ticket = self.db.fence.ticket();
        let (mutation, since) = (Arc::new(mutation), Duration::ZERO);
        let work = Work::One(mutation, attempt);
        (Queued { work, ticket, reply, since }, answer)
    }
}

fn image(key: &str, value: &str) -> Image {
    Image::Item(item(key, value).encode())
}

/// The values before and after; none if the mutation was sent back.
fn told(mut answer: Receiver<Result<Reply, Error>>) -> Option<[Option<String>; 2]> {
    values_of(answer.try_recv().expect("answered").expect("not refused"))
}

fn values_of(reply: Reply) -> Option<[Option<String>; 2]> {
    match reply {
        Reply::Written(written) => Some([&written.before, &written.after].map(value_of)),
        Reply::SentBack(_) => None,
        Reply::Transacted(_) => panic!("it was one mutation"),
    }
}

#[tokio::test]
async fn an_outcome_of_the_version_that_is_there_is_taken_as_it_is() {
    let bench = Bench::open().await;
    // The two differ, as no evaluation would have it: that shows which of them was taken.
    let version = Some(bench.version);
    let (queued, answer) = bench.put("mutation", "outcome", version, Otherwise::Evaluate);

    waiting::succeed(bench.batch(vec![queued]).into_parts().0);

    assert_eq!(told(answer), Some([some("0"), some("outcome")]));
}

#[tokio::test]
async fn a_mutation_whose_item_changed_is_sent_back_or_evaluated() {
    let bench = Bench::open().await;
    let other = Some(CommitNumber::new(bench.version.get() - 1));
    for version in [other, None] {
        let (back, sent_back) = bench.put("1", "outcome", version, Otherwise::SendBack);
        let (stays, evaluated) = bench.put("2", "outcome", version, Otherwise::Evaluate);

        waiting::succeed(bench.batch(vec![back, stays]).into_parts().0);

        assert_eq!(told(sent_back), None);
        assert_eq!(told(evaluated), Some([some("0"), some("2")]));
    }
}

#[tokio::test]
async fn versions_are_compared_over_what_the_batch_changes_so_far() {
    let bench = Bench::open().await;
    let version = Some(bench.version);
    let (first, first_told) = bench.put("1", "1", version, Otherwise::SendBack);
    let (second, second_told) = bench.put("2", "2", version, Otherwise::SendBack);
    let (third, third_told) = bench.put("3", "outcome", version, Otherwise::Evaluate);
    let (fourth, fourth_told) = bench.queued("4", None);

    waiting::succeed(bench.batch(vec![first, second, third, fourth]).into_parts().0);

    assert_eq!(told(first_told), Some([some("0"), some("1")]));
    assert_eq!(told(second_told), None);
    assert_eq!(told(third_told), Some([some("1"), some("3")]));
    assert_eq!(told(fourth_told), Some([some("3"), some("4")]));
    assert_eq!(bench.db.cached("a"), value("4"));
}

#[tokio::test]
async fn an_outcome_under_another_schema_is_not_taken() {
    let bench = Bench::open().await;
    let (mut queued, answer) = bench.put("1", "1", Some(bench.version), Otherwise::SendBack);
    let mut table = Table::clone(&bench.table);
    Arc::make_mut(&mut table.schema).range =
        Some(KeyAttribute { name: "sk".into(), kind: KeyType::S });
    let Work::One(_, Some(attempt)) = &mut queued.work else { panic!("one, evaluated") };
    attempt.table = Arc::new(table);

    waiting::succeed(bench.batch(vec![queued]).into_parts().0);

    assert_eq!(told(answer), None);
}

#[tokio::test]
async fn a_mutation_that_is_sent_back_or_refused_opens_nothing() {
    let bench = Bench::open().await;
    let removed = bench.db.map.removed.load(Ordering::SeqCst);
    let (back, _) = bench.put("1", "1", None, Otherwise::SendBack);
    let (mut gone, mut refused) = bench.queued("1", None);
    to_other_table(&mut gone);

    let batch = bench.batch(vec![back, gone]);

    assert!(batch.changes_nothing());
    waiting::succeed(batch.into_parts().0);
    assert!(matches!(refused.try_recv(), Ok(Err(Error::NoTable { .. }))));
    assert_eq!(bench.db.map.removed.load(Ordering::SeqCst), removed);
}

#[tokio::test]
async fn a_refusal_waits_for_the_commit_and_fails_with_it() {
    let bench = Bench::open().await;
    let (write, mut write_told) = bench.queued("1", None);
    let (mut gone, mut gone_told) = bench.queued("1", None);
    to_other_table(&mut gone);

    let batch = bench.batch(vec![write, gone]);
    let nobody = [write_told.try_recv().is_err(), gone_told.try_recv().is_err()];
    let error = CommitError::SyncFailed { detail: "injected".into() };
    waiting::lose(batch.into_parts().0, &Error::CommitFailed(Arc::new(error)));

    assert_eq!(nobody, [true, true]);
    for mut told in [write_told, gone_told] {
        assert!(matches!(told.try_recv(), Ok(Err(Error::CommitFailed(_)))));
    }
}

#[tokio::test]
async fn an_outcome_from_before_a_reopening_is_judged_by_what_turned_up() {
    for (then, judged) in
        [(Afterwards::Gone, Some([some("0"), some("outcome")])), (Afterwards::There, None)]
    {
        let bench = Bench::open().await;
        let (queued, _) =
            bench.put("mutation", "outcome", Some(bench.version), Otherwise::SendBack);

        bench.store.faults().fill_disk(then);
        let lost = bench.db.put("a", "lost").await;
        bench.store.faults().empty_disk();
        // It makes the writer look at the store, which is reopened then.
        bench.db.create("other").await.expect("there is room again");
        let engine = &bench.db.engine;
        let claim = engine.claim(1).expect("room");
        let reply = engine.ask(|reply| Command::Write(Queued { reply, ..queued }, claim)).await;

        assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
        assert_eq!(values_of(reply.expect("writes are taken again")), judged, "{then:?}");
    }
}

/// Sees, at the moment of the first answer, whether every ticket is closed.
struct AtAnswer {
    fence: Arc<Fence>,
    place: (TableId, Vec<u8>),
    closed: Mutex<Option<bool>>,
}

impl std::task::Wake for AtAnswer {
    fn wake(self: Arc<Self>) {
        let (table, partition) = &self.place;
        // A partition has an epoch only while no ticket that touches it is open.
        let closed = self.fence.epoch(*table, IndexId::TABLE, partition).is_some();
        self.closed.lock().expect("no panic").get_or_insert(closed);
    }
}

type Ending = fn(Vec<waiting::Waiting>, &Error);

// Failures closed and answered one after the other, so whoever was told first could still meet
// the open tickets of the others.
#[tokio::test]
async fn every_ticket_is_closed_before_anybody_is_answered() {
    let bench = Bench::open().await;
    let refused =
        || Error::CommitRefused(Arc::new(CommitError::SyncFailed { detail: String::new() }));
    let ends: [(&str, Ending); 3] = [
        ("succeed", |waiting, _| waiting::succeed(waiting)),
        ("refuse", waiting::refuse),
        ("lose", waiting::lose),
    ];
    for (name, end) in ends {
        let (first, mut told) = bench.queued("1", None);
        let (second, _) = bench.queued("2", None);
        let waiting = bench.batch(vec![first, second]).into_parts().0;
        let key = bench.db.key("t", "a");
        let seen = Arc::new(AtAnswer {
            fence: Arc::clone(&bench.db.fence),
            place: (key.table(), key.partition().to_vec()),
            closed: Mutex::default(),
        });
        let waker = Arc::clone(&seen).into();
        let mut context = std::task::Context::from_waker(&waker);
        assert!(std::pin::Pin::new(&mut told).poll(&mut context).is_pending());

        end(waiting, &refused());

        assert_eq!(*seen.closed.lock().expect("no panic"), Some(true), "{name}");
    }
}

#[tokio::test]
async fn a_batch_counts_the_bytes_that_its_mutations_make_and_take_away() {
    let bench = Bench::open().await;
    let bytes_of = |value: &str| item("a", value).encode().stored().len();
    let (evaluated, _) =
        bench.put("", &"x".repeat(1_000), Some(bench.version), Otherwise::SendBack);
    let (plain, _) = bench.queued("12", None);

    let batch = bench.batch(vec![evaluated, plain]);

    let between = bytes_of(&"x".repeat(1_000));
    assert_eq!(batch.bytes(), bytes_of("0") + between + between + bytes_of("12"));
}

/// Commits one write and queues the others behind it; gives how many batches those took.
async fn batches_of(db: &Db, store: &Gated, mut writes: Vec<Pending<'_, Written>>) -> usize {
    let commits = store.commits();
    store.hold_commits();
    begin(&mut writes[0]).await;
    until(|| store.commits() == commits + 1).await;
    for write in &mut writes[1..] {
        begin(write).await;
    }
    store.let_commits_go();
    let written = all(writes).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert!(db.engine.writable().is_ok());
    store.commits() - commits - 1
}

async fn with_batches_of_bytes(batch_bytes_max: usize) -> (Db, Arc<Gated>) {
    let store = Arc::new(Gated::default());
    let db = Db::open_with(&store, &Options { batch_bytes_max, ..Options::default() });
    db.create("t").await.expect("room");
    (db, store)
}

fn change<'a>(db: &'a Db, key: &str, change: Change) -> Pending<'a, Written> {
    let mutation =
        Mutation { key: db.key("t", key), condition: None, change, origin: Origin::Client };
    db.engine.write(mutation, db.fence.ticket())
}

const KEYS: [&str; 7] = ["0", "1", "2", "3", "4", "5", "6"];

#[tokio::test]
async fn a_batch_ends_with_the_write_that_fills_it() {
    let item_bytes = item("a", "1").encode().stored().len();
    for (batch_bytes_max, batches) in [(2 * item_bytes, 3), (2 * item_bytes + 1, 2)] {
        let (db, store) = with_batches_of_bytes(batch_bytes_max).await;
        let put = |key: &str| Change::Put(item(key, "1").encode());
        let puts = KEYS.map(|key| change(&db, key, put(key)));

        assert_eq!(batches_of(&db, &store, puts.into()).await, batches);
    }
}

// Deletes counted nothing, so a thousand items of 400 KB went in one batch. They count what they
// take away.
#[tokio::test]
async fn a_batch_ends_with_the_delete_that_fills_it() {
    let item_bytes = item("a", "1").encode().stored().len();
    let (db, store) = with_batches_of_bytes(2 * item_bytes).await;
    for key in KEYS {
        db.put(key, "1").await.expect("room");
    }

    let deletes = KEYS.map(|key| change(&db, key, Change::Delete));

    assert_eq!(batches_of(&db, &store, deletes.into()).await, 3);
}

// Up to a thousand mutations whose callers had lost twice were evaluated in one batch, each of
// which may take long: whoever was in it with them waited for all. One ends the batch now.
#[tokio::test]
async fn a_batch_ends_with_a_mutation_that_the_writer_evaluates() {
    let (db, store) = with_batches_of_bytes(usize::MAX).await;
    let table = db.engine.catalog().load().table("t").cloned().expect("it was made");
    let put = |key: &str| Change::Put(item(key, "1").encode());
    let lost = |key: &str| -> Pending<'_, Written> {
        let mutation = Mutation {
            key: db.key("t", key),
            condition: None,
            change: put(key),
            origin: Origin::Client,
        };
        let attempt = Attempt {
            table: Arc::clone(&table),
            // There is no item.
            version: Some(CommitNumber::new(77)),
            before: image(key, "0"),
            outcome: Outcome { after: image(key, "outcome"), entries: Vec::new() },
            otherwise: Otherwise::Evaluate,
        };
        let (mutation, ticket) = (Arc::new(mutation), db.fence.ticket());
        let claim = db.engine.claim(1).expect("room");
        let queued = |reply| {
            let (attempt, since) = (Some(attempt), Duration::ZERO);
            Queued { work: Work::One(mutation, attempt), ticket, reply, since }
        };
        let asked = db.engine.ask(|reply| Command::Write(queued(reply), claim));
        Box::pin(async {
            match asked.await? {
                Reply::Written(written) => Ok(*written),
                Reply::SentBack(_) => panic!("it was to be evaluated"),
                Reply::Transacted(_) => panic!("it was one mutation"),
            }
        })
    };

    let plain = |key| change(&db, key, put(key));
    let writes = vec![plain("0"), lost("1"), plain("2"), lost("3"), plain("4"), plain("5")];

    assert_eq!(batches_of(&db, &store, writes).await, 3);
    assert_eq!(db.get("3").await, some("1"));
}

// A queue of 8,192 mutations could hold as many items of 400 KB, several times over. Bytes are
// bounded too.
#[tokio::test]
async fn a_queue_that_holds_enough_bytes_takes_no_more_until_the_writer_took_them() {
    let store = Arc::new(Gated::default());
    let item_bytes = item("a", "1").encode().stored().len();
    let options = Options { queue_bytes_max: 2 * item_bytes, ..Options::default() };
    let db = Db::open_with(&store, &options);
    db.create("t").await.expect("room");
    let write = |key: &str, condition: Option<Condition>| {
        let change = Change::Put(item(key, "1").encode());
        let condition = condition.map(Arc::new);
        let mutation =
            Mutation { key: db.key("t", key), condition, change, origin: Origin::Client };
        db.engine.write(mutation, db.fence.ticket())
    };
    let commits = store.commits();

    // The first is taken at once, so that it holds nothing.
    store.hold_commits();
    let mut writes = vec![write("0", None), write("1", None), write("2", None)];
    begin(&mut writes[0]).await;
    until(|| store.commits() == commits + 1).await;
    for write in &mut writes[1..] {
        begin(write).await;
    }
    let refused = write("3", None).await;
    let refused_too = write("4", Some(Condition::NotExists(Path::attribute("pk")))).await;
    store.let_commits_go();
    let written = all(writes).await;
    let again = write("3", None).await;

    assert!(matches!(refused, Err(Error::QueueFull { .. })), "{refused:?}");
    assert!(matches!(refused_too, Err(Error::QueueFull { .. })), "{refused_too:?}");
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert!(again.is_ok(), "{again:?}");
}

/// Makes it one of a table that the batch does not know.
fn to_other_table(queued: &mut Queued) {
    let Work::One(mutation, _) = &mut queued.work else { panic!("one mutation") };
    *mutation = Arc::new(Mutation { key: other_table_key(), ..Mutation::clone(mutation) });
}

fn other_table_key() -> ItemKey {
    let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
    let table = TableId::new(77);
    key_of(&TableSchema { table, hash, range: None, indexes: Vec::new() }, "a")
}
