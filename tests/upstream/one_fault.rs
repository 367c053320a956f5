//! What a front makes of one fault, or of a few in a row.

use serde_json::{Value, json};

use crate::fault_proxy::{Fault, Odds};
use crate::setups::PATIENCE;
use crate::support::{Answer, Db, Server, wait_until};
use crate::tiers::Tiers;

/// Two tiers with the table `users`, whose key is the text `id`.
struct Scene {
    tiers: Tiers,
    _front: Server,
    db: Db,
}

impl Scene {
    fn new() -> Self {
        let tiers = Tiers::start(PATIENCE.iter(), 7);
        tiers.proxy.set_odds(Odds::none());
        let front = tiers.front.start();
        let mut db = front.db();
        db.create_table("users");
        Self { tiers, _front: front, db }
    }

    /// With an item that the front has in its cache.
    fn with_ada(born: u64) -> Self {
        let mut scene = Self::new();
        scene.put(born).ok();
        assert_eq!(scene.born(), Some(born));
        scene
    }

    fn put(&mut self, born: u64) -> Answer {
        let put = json!({"TableName": "users", "Item": ada(born)});
        self.db.call("PutItem", &put)
    }

    /// What the front has of the item.
    fn born(&mut self) -> Option<u64> {
        born(&mut self.db)
    }

    /// What the service has of it.
    fn born_behind(&self) -> Option<u64> {
        born(&mut self.tiers.back.db())
    }

    /// Asserts that the next request with these faults in its way is answered all the same, and that
    /// all of them were met.
    #[track_caller]
    fn assert_overcome(
        &mut self,
        faults: &[Fault],
        operation: &'static str,
        request: &Value,
    ) -> Value {
        self.tiers.proxy.set_next(operation, faults);
        let answer = self.db.call(operation, request).ok();
        for fault in faults {
            assert!(self.tiers.proxy.counts().of(*fault) > 0, "{fault:?} was not met");
        }
        answer
    }
}

#[test]
fn a_read_is_tried_again_whatever_befell_it() {
    for fault in Fault::OF_REQUESTS {
        let mut scene = Scene::new();
        scene.tiers.back.db().put("users", &ada(1815));
        let get = json!({"TableName": "users", "Key": {"id": {"S": "ada"}}});

        let answer = scene.assert_overcome(&[*fault], "GetItem", &get);

        assert_eq!(answer, json!({"Item": ada(1815)}), "{fault:?}");
        assert_eq!(scene.born(), Some(1815), "{fault:?}");
    }
}

#[test]
fn a_write_that_was_refused_for_its_rate_is_tried_again() {
    let mut scene = Scene::with_ada(1815);
    let put = json!({"TableName": "users", "Item": ada(1816)});

    scene.assert_overcome(&[Fault::Throttle, Fault::Delay], "PutItem", &put);

    assert_eq!((scene.born(), scene.born_behind()), (Some(1816), Some(1816)));
}

#[test]
fn a_write_of_unknown_fate_is_told_as_a_failure_and_not_sent_again() {
    let in_doubt = [
        (Fault::FailBefore, 0),
        (Fault::FailAfter, 1),
        (Fault::UnavailableBefore, 0),
        (Fault::UnavailableAfter, 1),
        (Fault::ResetBefore, 0),
        (Fault::ResetAfter, 1),
        (Fault::Truncate, 1),
        (Fault::Corrupt, 1),
        (Fault::Drip, 1),
    ];
    for (fault, times) in in_doubt {
        let mut scene = Scene::with_ada(1815);
        let count = json!({
            "TableName": "users",
            "Key": {"id": {"S": "ada"}},
            "UpdateExpression": "ADD born :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        });
        scene.tiers.proxy.set_next("UpdateItem", &[fault]);

        let refusal = scene.db.call("UpdateItem", &count).refusal();

        assert!(refusal.status >= 500, "{fault:?}: {refusal:?}");
        assert_eq!(scene.born_behind(), Some(1815 + times), "{fault:?}");
        assert_eq!(scene.born(), Some(1815 + times), "{fault:?}");
    }
}

#[test]
fn what_is_read_before_a_late_write_lands_is_not_kept() {
    for late in [Fault::LateAfterReset, Fault::LateAfterSilence] {
        let mut scene = Scene::with_ada(1815);
        scene.tiers.proxy.set_next("PutItem", &[late]);

        let refusal = scene.put(1816).refusal();
        // Either may be: it is on its way.
        scene.born();
        scene.tiers.proxy.settle();

        assert!(refusal.status >= 500, "{late:?}: {refusal:?}");
        assert_eq!(scene.tiers.proxy.tardy(), 0);
        assert_eq!((scene.born(), scene.born_behind()), (Some(1816), Some(1816)), "{late:?}");
    }
}

#[test]
fn a_transaction_is_sent_again_and_carried_out_once() {
    for late in [Fault::LateAfterReset, Fault::LateAfterSilence, Fault::ResetAfter] {
        let mut scene = Scene::with_ada(1815);

        scene.assert_overcome(&[late], "TransactWriteItems", &add_one());
        scene.tiers.proxy.settle();

        assert_eq!((scene.born(), scene.born_behind()), (Some(1816), Some(1816)), "{late:?}");
    }
}

#[test]
fn a_transaction_that_may_land_yet_is_not_told_as_refused() {
    // Its first try is on its way, so that what the others were refused for is not its end.
    let mut scene = Scene::with_ada(1815);
    let throttled = Fault::Throttle;
    let faults = [Fault::LateAfterReset, throttled, throttled, throttled];
    scene.tiers.proxy.set_next("TransactWriteItems", &faults);

    let refusal = scene.db.call("TransactWriteItems", &add_one()).refusal();
    scene.tiers.proxy.settle();

    assert!(refusal.status >= 500, "{refusal:?}");
    assert_eq!((scene.born(), scene.born_behind()), (Some(1816), Some(1816)));
}

#[test]
fn hits_go_on_and_misses_fail_while_the_service_does_not_answer() {
    let mut scene = Scene::with_ada(1815);
    scene.tiers.proxy.set_odds(Odds::none().on_data(&[Fault::ResetBefore], 10_000));

    let hit = scene.born();
    let miss = json!({"TableName": "users", "Key": {"id": {"S": "eve"}}});
    let refusal = scene.db.call("GetItem", &miss).refusal();
    let write = scene.put(1816).refusal();

    assert_eq!(hit, Some(1815));
    assert!(refusal.status >= 500 && write.status >= 500, "{refusal:?} {write:?}");

    scene.tiers.proxy.set_odds(Odds::none());
    wait_until("the service to be asked again", || (scene.put(1817).status == 200).then_some(()));
    assert_eq!(scene.born(), Some(1817));
}

fn born(db: &mut Db) -> Option<u64> {
    let item = db.get("users", &json!({"id": {"S": "ada"}}))?;
    item["born"]["N"].as_str()?.parse().ok()
}

fn ada(born: u64) -> Value {
    json!({"id": {"S": "ada"}, "born": {"N": born.to_string()}})
}

fn add_one() -> Value {
    json!({"TransactItems": [{"Update": {
        "TableName": "users",
        "Key": {"id": {"S": "ada"}},
        "UpdateExpression": "ADD born :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }}]})
}
