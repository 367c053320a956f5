//! Transactions: all or none, judged by one state, and once for a token.

use super::indexes::{indexed_table, number, text};
use super::random_writes::derived_and_stored;
use super::*;
use crate::engine::{Token, Transacted, Transaction};
use crate::expr::{Condition, Placeholders, parse_condition};

impl Db {
    async fn transact(
        &self,
        changes: Vec<(&str, Change)>,
        token: Option<&str>,
    ) -> Result<Transacted, Error> {
        let mutations = changes.into_iter().map(|(key, change)| Mutation {
            key: self.key("t", key),
            condition: None,
            change,
            origin: Origin::Client,
        });
        let token = token.map(|name| Token { name: name.to_owned(), digest: 1 });
        let transaction = Transaction { mutations: mutations.collect(), token };
        self.engine.transact(transaction, self.fence.ticket()).await
    }
}

fn put(key: &str, value: &str) -> Change {
    Change::Put(item(key, value).encode())
}

fn condition(text: &str) -> Arc<Condition> {
    let mut placeholders = Placeholders::new(None, None).expect("there are none");
    Arc::new(parse_condition(text, &mut placeholders).expect("a condition"))
}

async fn db() -> (Arc<MemoryStore>, Db) {
    let store = Arc::new(MemoryStore::default());
    let db = Db::open(&store);
    db.create("t").await.expect("room");
    (store, db)
}

#[tokio::test]
async fn images_of_all_are_in_the_cache_once_it_is_answered() {
    let (_, db) = db().await;
    db.put("a", "1").await.expect("room");

    let done = db
        .transact(vec![("a", put("a", "2")), ("b", put("b", "3")), ("c", Change::Check)], None)
        .await;

    let Ok(Transacted::Done(written)) = done else { panic!("{done:?}") };
    assert_eq!(value_of(&written[0].before), some("1"));
    assert_eq!(db.get("a").await, some("2"));
    assert_eq!(db.get("b").await, some("3"));
    assert_eq!(db.cached("a"), value("2"));
    assert_eq!(db.cached("b"), value("3"));
    assert_eq!(db.cached("c"), Cached::Nothing);
}

#[tokio::test]
async fn a_refused_one_opens_nothing() {
    let (_, db) = db().await;
    db.put("a", "1").await.expect("room");
    let removed = db.map.removed.load(Ordering::SeqCst);
    let mutation = |key: &str, condition, change| Mutation {
        key: db.key("t", key),
        condition,
        change,
        origin: Origin::Client,
    };
    let mutations = vec![
        mutation("a", None, put("a", "2")),
        mutation("b", Some(condition("attribute_exists(pk)")), put("b", "3")),
    ];

    let refused =
        db.engine.transact(Transaction { mutations, token: None }, db.fence.ticket()).await;

    let Err(Error::Cancelled(refusals)) = refused else { panic!("{refused:?}") };
    assert!(matches!(&refusals[..], [None, Some(Error::ConditionFailed { .. })]));
    assert_eq!(db.get("a").await, some("1"));
    assert_eq!(db.get("b").await, None);
    assert_eq!(db.map.removed.load(Ordering::SeqCst), removed);
}

/// A transaction of unknown fate is carried out once, whether its batch turns up or not.
#[tokio::test]
async fn what_comes_again_after_a_lost_commit_is_done_once() {
    for then in [Afterwards::There, Afterwards::Gone] {
        let (store, db) = db().await;
        db.put("a", "1").await.expect("room");
        let both = || vec![("a", put("a", "2")), ("b", put("b", "3"))];
        store.faults().fail_write(1, then);

        let lost = db.transact(both(), Some("x")).await;
        assert!(matches!(lost, Err(Error::CommitFailed(_))), "{lost:?}");
        assert_eq!((db.cached("a"), db.cached("b")), (Cached::Nothing, Cached::Nothing));
        until(|| db.engine.writable().is_ok()).await;
        let again = db.transact(both(), Some("x")).await.expect("there is room again");

        assert_eq!(matches!(again, Transacted::Before(_)), then == Afterwards::There);
        assert_eq!((db.get("a").await, db.get("b").await), (some("2"), some("3")));
    }
}

/// Whichever read it is, of the caller or of the writer: all that is told of it is that it failed.
#[tokio::test]
async fn a_read_that_fails_leaves_nothing_of_a_transaction() {
    let thing = |sort: &str, local: &str| {
        Item::from([
            ("pk", text("p")),
            ("sk", number(sort)),
            ("l", text(local)),
            ("v", text(local)),
        ])
    };
    let mut reads = 0;
    loop {
        let store = Arc::new(MemoryStore::default());
        let db = Db::open(&store);
        let table = db.engine.create_table(indexed_table()).await.expect("room");
        db.put_item(&thing("1", "old")).await.expect("room");
        let transact = || {
            let mutation = |sort, absent: bool, change: fn(&Item) -> Change| Mutation {
                key: db.item_key(&thing(sort, "new")),
                condition: absent.then(|| condition("attribute_not_exists(pk)")),
                change: change(&thing(sort, "new")),
                origin: Origin::Client,
            };
            let put = |item: &Item| Change::Put(item.encode());
            let mutations = vec![
                mutation("1", false, put),
                mutation("2", true, put),
                mutation("3", true, |_| Change::Check),
            ];
            let token = Some(Token { name: "x".to_owned(), digest: 1 });
            db.engine.transact(Transaction { mutations, token }, db.fence.ticket())
        };
        let values = async || {
            let keys = ["1", "2"].map(|sort| db.item_key(&thing(sort, ""))).to_vec();
            let images = db.engine.read_many(keys).await.expect("reads go on");
            images.iter().flatten().map(value_of).collect::<Vec<_>>()
        };
        let removed = db.map.removed.load(Ordering::SeqCst);
        store.faults().fail_read(reads + 1);

        let first = transact().await;

        store.faults().fail_read(0);
        if first.is_ok() {
            break;
        }
        reads += 1;
        assert!(matches!(first, Err(Error::Store(_))), "read {reads}: {first:?}");
        assert_eq!(values().await, [some("old"), None], "read {reads}");
        assert_eq!(db.map.removed.load(Ordering::SeqCst), removed, "read {reads}");
        let [derived, stored] = derived_and_stored(&*store, &table);
        assert_eq!(derived, stored, "read {reads}");
        let again = transact().await;
        assert!(matches!(again, Ok(Transacted::Done(_))), "read {reads}: {again:?}");
        assert_eq!(values().await, [some("new"), some("new")], "read {reads}");
        let [derived, stored] = derived_and_stored(&*store, &table);
        assert_eq!(derived, stored, "read {reads}");
    }
    // The token, three items for the caller and for the writer, tokens that are over, a collection.
    assert!(reads >= 9, "only {reads} reads failed");
}

#[tokio::test]
async fn a_token_is_remembered_until_its_time_is_over_and_leaves_no_row_behind() {
    let (store, db) = db().await;
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let one = |value: &str| vec![("a", put("a", value))];
    let rows = || {
        let space = store.space(&SpaceName::new("system").expect("a name")).expect("it is there");
        let range = crate::store::KeyRange::prefix(b"token");
        let (forward, limit) =
            (crate::store::Direction::Forward, crate::store::ChunkLimit::rows(100));
        store
            .snapshot()
            .expect("open")
            .range(space, &range, forward, limit)
            .expect("rows")
            .rows
            .len()
    };

    let first = db.transact(one("1"), Some("x")).await.expect("room");
    db.clock.advance(minutes(9));
    let second = db.transact(one("2"), Some("x")).await.expect("room");
    assert!(matches!(first, Transacted::Done(_)));
    let Transacted::Before(images) = second else { panic!("{second:?}") };
    assert_eq!(value_of(&images[0]), some("1"));
    assert_eq!((db.get("a").await, rows()), (some("1"), 2));

    db.clock.advance(minutes(2));
    let third = db.transact(one("3"), Some("x")).await.expect("room");
    assert!(matches!(third, Transacted::Done(_)));
    assert_eq!(db.get("a").await, some("3"));
    db.transact(one("4"), Some("y")).await.expect("room");
    assert_eq!(rows(), 4, "those of both tokens, and none of the first time");

    db.clock.advance(minutes(11));
    db.transact(one("5"), Some("z")).await.expect("room");
    assert_eq!(rows(), 2);
}

#[tokio::test]
async fn transfers_at_once_keep_the_sum() {
    let (_, db) = db().await;
    let (db, keys) = (Arc::new(db), ["a", "b", "c"]);
    for key in keys {
        db.put(key, "100").await.expect("room");
    }
    let transfer = |turn: usize| {
        let db = Arc::clone(&db);
        async move {
            let (from, to) = (keys[turn % 3], keys[(turn + 1 + turn / 3 % 2) % 3]);
            loop {
                let read = |key: &str| db.engine.read(db.key("t", key));
                let (before, after) =
                    (read(from).await.expect("reads"), read(to).await.expect("reads"));
                let number = |image: &Image| value_of(image).expect("it is there").parse::<i64>();
                let (before, after) = (number(&before).expect("one"), number(&after).expect("one"));
                let guarded = |key: &str, old: i64, new: i64| Mutation {
                    key: db.key("t", key),
                    condition: Some(condition_of_value(old)),
                    change: put(key, &new.to_string()),
                    origin: Origin::Client,
                };
                let mutations =
                    vec![guarded(from, before, before - 1), guarded(to, after, after + 1)];
                let transaction = Transaction { mutations, token: None };
                match db.engine.transact(transaction, db.fence.ticket()).await {
                    Ok(_) => break,
                    Err(Error::Cancelled(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };

    futures_util::future::join_all((0..60).map(transfer)).await;

    let mut sum = 0;
    for key in keys {
        let value = db.get(key).await.expect("it is there").parse::<i64>().expect("a number");
        assert_eq!(db.cached(key), Cached::Value(value.to_string()));
        sum += value;
    }
    assert_eq!(sum, 300);
}

fn condition_of_value(value: i64) -> Arc<Condition> {
    let values = vec![(":v".to_owned(), AttributeValue::S(value.to_string()))];
    let mut placeholders = Placeholders::new(None, Some(values)).expect("they are good");
    Arc::new(parse_condition("v = :v", &mut placeholders).expect("a condition"))
}
