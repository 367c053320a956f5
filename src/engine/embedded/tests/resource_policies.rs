//! Policies of tables and streams, with commits that fail and a clock that is put back.

use super::*;
use crate::api::{PolicyDocument, StreamView};

impl Db {
    /// With the table `t`, which has a stream; the ARNs of both.
    async fn with_stream(store: &Arc<MemoryStore>) -> (Self, [String; 2]) {
        let db = Self::open(store);
        let stream = Some(StreamView::KeysOnly);
        db.engine.create_table(CreateTable { stream, ..create("t") }).await.expect("room");
        let catalog = db.engine.catalog().load_full();
        let table = catalog.table("t").expect("it was made");
        let stream = table.stream.as_ref().expect("it has one").arn.clone();
        let arns = [table.arn.clone(), stream];
        (db, arns)
    }

    async fn put_policy(&self, arn: &str, text: &str) -> Result<u64, Error> {
        let resource = PolicyResource::of(arn.to_owned()).expect("an ARN");
        let change = ResourcePolicyChange::Put(PolicyDocument::canonical(text.to_owned()));
        let put = self.engine.change_resource_policy(resource, change, None).await?;
        Ok(put.expect("it was put").revision_ms)
    }

    async fn delete_policy(&self, arn: &str) {
        let resource = PolicyResource::of(arn.to_owned()).expect("an ARN");
        let change = ResourcePolicyChange::Delete;
        let deleted = self.engine.change_resource_policy(resource, change, None).await;
        assert!(deleted.expect("room").is_some(), "there was one");
    }

    /// What the policies of table and stream say.
    fn policies(&self) -> [Option<String>; 2] {
        let catalog = self.engine.catalog().load();
        let table = catalog.table("t").and_then(|table| table.policy.clone());
        let stream = catalog.streams_after(None).next().and_then(|stream| stream.policy.clone());
        [table, stream].map(|policy| policy.map(|policy| policy.document.as_str().to_owned()))
    }
}

#[tokio::test]
async fn a_policy_whose_sync_failed_is_not_shown_and_there_or_gone_after_a_restart() {
    for then in [Afterwards::There, Afterwards::Gone] {
        for place in [0, 1] {
            let store = Arc::new(MemoryStore::default());
            let (db, arns) = Db::with_stream(&store).await;
            db.put_policy(&arns[place], "old").await.expect("room");
            store.faults().fail_sync(1, then);

            let failed = db.put_policy(&arns[place], "new").await;

            assert!(matches!(failed, Err(Error::CommitFailed(_))), "{failed:?}");
            assert_eq!(db.policies()[place], some("old"));
            let refused = db.put_policy(&arns[place], "newer").await;
            assert!(matches!(refused, Err(Error::ReadOnly(_))), "{refused:?}");
            drop(db);
            store.restart();
            let found = Db::open(&store).policies()[place].clone();
            assert_eq!(found, if then == Afterwards::There { some("new") } else { some("old") });
        }
    }
}

#[tokio::test]
async fn revisions_grow_whatever_the_clock_does_and_over_restarts_and_deletions() {
    let store = Arc::new(MemoryStore::default());
    let (db, [table, stream]) = Db::with_stream(&store).await;
    db.clock.set_unix_ms(5_000);

    let first = db.put_policy(&table, "a").await.expect("room");
    let of_stream = db.put_policy(&stream, "a").await.expect("room");
    db.clock.set_unix_ms(4_000);
    let second = db.put_policy(&table, "b").await.expect("room");
    drop(db);
    store.restart();
    // Its clock stands at 1,000.
    let db = Db::open(&store);
    let third = db.put_policy(&table, "c").await.expect("room");
    db.delete_policy(&table).await;
    drop(db);
    store.restart();
    let db = Db::open(&store);
    let fourth = db.put_policy(&table, "d").await.expect("room");
    db.engine.delete_table(TableName::new("t").expect("a name")).await.expect("it is idle");
    drop(db);
    store.restart();
    let db = Db::open(&store);
    let policy = Some(PolicyDocument::canonical("e".to_owned()));
    let made = db.engine.create_table(CreateTable { policy, ..create("t") }).await.expect("room");
    let fifth = made.policy.as_ref().expect("it has one").revision_ms;
    db.delete_policy(&table).await;
    let sixth = db.put_policy(&table, "f").await.expect("room");

    assert_eq!(first, 5_000);
    let all = [first, of_stream, second, third, fourth, fifth, sixth];
    assert!(all.is_sorted_by(|earlier, later| earlier < later), "{all:?}");
}
