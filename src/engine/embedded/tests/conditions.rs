//! Writes whose outcome depends on the item that is there.

use super::gate::Gated;
use super::indexes::{indexed_table, number, text, thing};
use super::*;
use crate::expr::{Action, Comparator, Condition, Operand, Path, Step, Sum, Term, Update};
use crate::model::{IndexKeyError, ItemBytes, ValueRef};
use crate::task;

impl Db {
    /// Changes an item of `t` if the condition holds.
    fn change(
        &self,
        key: &str,
        condition: Option<Condition>,
        change: Change,
    ) -> Pending<'_, Written> {
        let mutation = Mutation {
            key: self.key("t", key),
            condition: condition.map(Arc::new),
            change,
            origin: Origin::Client,
        };
        self.engine.write(mutation, self.fence.ticket())
    }

    /// The number `n` of an item of `t`; zero if there is none.
    async fn count(&self, key: &str) -> u64 {
        let image = self.engine.read(self.key("t", key)).await.expect("reads go on");
        count_of(&image)
    }
}

fn count_of(image: &Image) -> u64 {
    let Image::Item(item) = image else { return 0 };
    match item.view().attribute("n").map(ValueRef::to_value) {
        Some(AttributeValue::N(number)) => number.to_string().parse().expect("a count"),
        other => panic!("{other:?}"),
    }
}

fn put(key: &str, value: &str) -> Change {
    Change::Put(item(key, value).encode())
}

fn absent() -> Condition {
    Condition::NotExists(Path::attribute("pk"))
}

/// An update of the item of that key, which makes it.
fn update(key: &str, actions: Vec<Action>) -> Change {
    Change::Update { update: Arc::new(Update { actions }), key: key_item(key), makes: true }
}

fn key_item(key: &str) -> ItemBytes {
    Item::from([("pk", text(key))]).encode().item()
}

fn set(name: &str, value: AttributeValue) -> Action {
    Action::Set(Path::attribute(name), Sum::Term(Term::Value(value)))
}

fn add_one() -> Vec<Action> {
    vec![Action::Add(Path::attribute("n"), number("1"))]
}

#[tokio::test]
async fn a_condition_that_fails_tells_what_is_there_and_opens_nothing() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");
    db.change("a", Some(absent()), put("a", "1")).await.expect("there is none");
    let removed = db.map.removed.load(Ordering::SeqCst);

    let refused = db.change("a", Some(absent()), put("a", "2")).await;
    let there = Condition::Exists(Path::attribute("pk"));
    let none = db.change("b", Some(there), Change::Delete).await;

    let Err(Error::ConditionFailed { found }) = refused else { panic!("{refused:?}") };
    assert_eq!(value_of(&found), some("1"));
    assert!(matches!(none, Err(Error::ConditionFailed { found: Image::Absent })), "{none:?}");
    assert_eq!(db.map.removed.load(Ordering::SeqCst), removed);
    assert_eq!(db.cached("a"), value("1"));
}

#[tokio::test]
async fn an_update_makes_an_item_of_its_key_unless_it_may_not() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");

    let made = db.change("a", None, update("a", vec![set("v", text("1"))])).await.expect("room");
    let nothing = Change::Update { update: Arc::default(), key: key_item("b"), makes: false };
    let nothing = db.change("b", None, nothing).await.expect("room");

    assert_eq!((value_of(&made.before), value_of(&made.after)), (None, some("1")));
    assert_eq!((db.get("a").await, db.cached("a")), (some("1"), value("1")));
    assert!(matches!(nothing.after, Image::Absent));
    assert_eq!((db.get("b").await, db.cached("b")), (None, Cached::Nothing));
}

#[tokio::test]
async fn an_update_that_cannot_be_applied_leaves_nothing() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.create("t").await.expect("room");
    let below = Path { attribute: "m".into(), steps: vec![Step::Name("x".into())] };
    let below = Action::Set(below, Sum::Term(Term::Value(text("1"))));
    let long = "x".repeat(409_600);

    let no_parent = db.change("a", None, update("a", vec![below])).await;
    let too_large = db.change("a", None, update("a", vec![set("v", text(&long))])).await;

    for (refused, sentence) in [
        (no_parent, "The document path provided in the update expression is invalid for update"),
        (too_large, "Item size to update has exceeded the maximum allowed size"),
    ] {
        let Err(Error::Api(error)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.message, sentence);
    }
    assert_eq!((db.get("a").await, db.cached("a")), (None, Cached::Nothing));
}

#[tokio::test]
async fn only_the_index_keys_that_an_update_changes_are_judged() {
    let db = Db::open(&Arc::<MemoryStore>::default());
    db.engine.create_table(indexed_table()).await.expect("room");
    let key = thing([]);
    let change = |action| {
        let update = Arc::new(Update { actions: vec![action] });
        let change = Change::Update { update, key: key.encode().item(), makes: true };
        let mutation =
            Mutation { key: db.item_key(&key), condition: None, change, origin: Origin::Client };
        db.engine.write(mutation, db.fence.ticket())
    };
    // No request could write this one.
    db.put_item(&thing([("g", number("1"))])).await.expect("room");

    let beside = change(set("x", text("1"))).await;
    let mistyped = change(set("h", text("1"))).await;
    let mended = change(set("g", text("1"))).await.expect("it is a text now");

    assert!(beside.is_ok(), "{beside:?}");
    let Err(Error::IndexKey(error)) = mistyped else { panic!("{mistyped:?}") };
    assert!(matches!(error, IndexKeyError::Mismatch { .. }), "{error:?}");
    assert_eq!(mended.indexes.len(), 1);
}

#[tokio::test]
async fn a_write_is_done_while_another_is_still_being_evaluated() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    store.close_gate();

    let mut held = db.change("a", Some(absent()), put("a", "1"));
    assert!(!begin(&mut held).await);
    until(|| store.waiting() == 1).await;
    let mut others = 0;
    for key in ["b", "c"] {
        db.put(key, "1").await.expect("room");
        others += 1;
    }
    let still_held = !begin(&mut held).await;
    store.open_gate();

    assert_eq!((others, still_held), (2, true));
    assert_eq!(value_of(&held.await.expect("there is none").after), some("1"));
}

#[tokio::test]
async fn an_update_of_an_item_that_changed_meanwhile_is_evaluated_again() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    let reads = store.reads();
    store.close_gate();

    let mut writes: Vec<_> = (0..8).map(|_| db.change("a", None, update("a", add_one()))).collect();
    for write in &mut writes {
        begin(write).await;
    }
    until(|| store.waiting() == 8).await;
    store.open_gate();
    let written = all(writes).await;
    let mut seen: Vec<_> =
        written.into_iter().map(|write| count_of(&write.expect("room").after)).collect();

    seen.sort_unstable();
    assert_eq!(seen, (1..=8).collect::<Vec<_>>());
    // All saw the same version first, and one of them came first.
    let reads = store.reads() - reads;
    assert!((8 + 7..=8 * 3).contains(&reads), "{reads} reads");
}

#[tokio::test]
async fn a_write_that_is_sent_back_too_often_is_evaluated_by_the_writer() {
    let store = Arc::new(Gated::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    let reads = store.reads();

    store.close_gate();
    let mut loser = db.change("a", None, update("a", add_one()));
    for round in 1..=3 {
        until_begun(&mut loser, || store.waiting() == 1).await;
        // Whatever the loser read, it is another one by now.
        let image = Item::from([("pk", text("a")), ("n", number(&(round * 10).to_string()))]);
        db.change("a", None, Change::Put(image.encode())).await.expect("room");
        store.open_gate();
        until(|| store.waiting() == 0).await;
        store.close_gate();
        assert_eq!(store.reads() - reads, round, "each evaluation reads the item once");
    }

    assert_eq!(count_of(&loser.await.expect("room").after), 31);
    assert_eq!(store.reads() - reads, 3);
}

/// Polls until the condition holds.
async fn until_begun<T>(pending: &mut Pending<'_, T>, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            assert!(!begin(pending).await, "it is done already");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("what a test waits for comes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_is_lost() {
    let db = Arc::new(Db::open(&Arc::<MemoryStore>::default()));
    db.create("t").await.expect("room");

    let callers = (0..20).map(|_| {
        let db = Arc::clone(&db);
        task::spawn("caller", async move {
            for _ in 0..25 {
                db.change("sum", None, update("sum", add_one())).await.expect("room");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("it ends");
    }

    assert_eq!(db.count("sum").await, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_optimistic_write_overwrites_what_it_did_not_see() {
    let db = Arc::new(Db::open(&Arc::<MemoryStore>::default()));
    db.create("t").await.expect("room");
    let step = |seen: u64| {
        let next = number(&(seen + 1).to_string());
        let condition = if seen == 0 {
            absent()
        } else {
            let [n, seen] =
                [Operand::Path(Path::attribute("n")), Operand::Value(number(&seen.to_string()))];
            Condition::Compare(n, Comparator::Equal, seen)
        };
        (condition, update("a", vec![set("n", next)]))
    };

    let callers = (0..10).map(|_| {
        let db = Arc::clone(&db);
        task::spawn("caller", async move {
            let mut seen = 0;
            for _ in 0..10 {
                loop {
                    let (condition, change) = step(seen);
                    match db.change("a", Some(condition), change).await {
                        Ok(written) => break seen = count_of(&written.after),
                        Err(Error::ConditionFailed { found }) => seen = count_of(&found),
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("it ends");
    }

    assert_eq!(db.count("a").await, 100);
}
