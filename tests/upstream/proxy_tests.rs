//! Each fault of the proxy as a plain client sees it, and what the server behind makes of it.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fault_proxy::{Fault, FaultProxy, Odds, Times};
use crate::support::{Answer, Connection, Db, Launch, PATIENCE, Response, Rng, Server, scratch};

/// A server, and a proxy that does one thing to all requests for items or records.
struct Scene {
    back: Server,
    proxy: FaultProxy,
    fault: Fault,
    _data: tempfile::TempDir,
}

impl Scene {
    fn of(fault: Fault) -> Self {
        Self::within(fault, Times::default())
    }

    fn within(fault: Fault, times: Times) -> Self {
        let data = scratch();
        let back = Launch::on(data.path()).env("HEARTH__STORAGE__ENGINE", "memory").start();
        back.db().create_table_with(&json!({
            "TableName": "users",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"},
        }));
        let many = 10_000;
        let odds = if Fault::OF_RECORDS.contains(&fault) {
            Odds::none().on_records(&[fault], many)
        } else {
            Odds::none().on_data(&[fault], many)
        };
        let proxy = FaultProxy::before(back.http(), odds, times, Rng::new(7, 0));
        Self { back, proxy, fault, _data: data }
    }

    /// Puts through the proxy, with nothing made of the answer.
    fn put(&self) -> io::Result<Response> {
        self.put_within(PATIENCE)
    }

    fn put_within(&self, limit: Duration) -> io::Result<Response> {
        let mut connection = Connection::open(self.proxy.address())?;
        connection.answer_within(limit)?;
        let put = json!({"TableName": "users", "Item": ada()});
        connection.send_operation("PutItem", put.to_string().as_bytes())?;
        connection.receive()
    }

    /// Whether the item is at the server behind.
    fn is_put(&self) -> bool {
        self.back.db().get("users", &json!({"id": {"S": "ada"}})).is_some()
    }

    /// Asserts that the fault was counted once, and no other one.
    #[track_caller]
    fn assert_counted(&self) {
        for fault in Fault::ALL {
            let expected = u64::from(fault == self.fault);
            assert_eq!(self.proxy.counts().of(fault), expected, "{fault:?}");
        }
    }

    /// Asserts an answer of this status, and whether the request was carried out all the same.
    #[track_caller]
    fn assert_answered(&self, status: u16, is_put: bool) -> Response {
        let answer = self.put().expect("it is answered");
        assert_eq!((answer.status, self.is_put()), (status, is_put));
        self.assert_counted();
        answer
    }

    /// Asserts that the connection broke, and whether the request was carried out all the same.
    #[track_caller]
    fn assert_broken(&self, is_put: bool) {
        let broken = self.put().map(|answer| answer.status);
        assert!(broken.is_err(), "answered {broken:?}");
        assert_eq!(self.is_put(), is_put);
        self.assert_counted();
    }

    /// An iterator at the beginning of the table's stream.
    fn iterator(&self) -> String {
        let mut db = self.back.db();
        let described = db.call("DescribeTable", &json!({"TableName": "users"})).ok();
        let arn = &described["Table"]["LatestStreamArn"];
        let stream = db.call_streams("DescribeStream", &json!({"StreamArn": arn})).ok();
        let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
        let from = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let answer = db.call_streams("GetShardIterator", &from).ok();
        answer["ShardIterator"].as_str().expect("a text").to_owned()
    }
}

#[test]
fn without_a_fault_all_is_passed_on() {
    let scene = Scene::of(Fault::Delay);
    scene.proxy.set_odds(Odds::none());
    let mut db = Db::connect(scene.proxy.address());

    db.put("users", &ada());

    assert_eq!(db.get("users", &json!({"id": {"S": "ada"}})), Some(ada()));
    assert!(Fault::ALL.iter().all(|fault| scene.proxy.counts().of(*fault) == 0));
}

#[test]
fn a_delayed_request_is_carried_out_and_answered() {
    Scene::of(Fault::Delay).assert_answered(200, true);
}

#[test]
fn what_is_not_of_items_meets_no_fault() {
    let scene = Scene::of(Fault::ResetBefore);

    let described =
        Db::connect(scene.proxy.address()).call("DescribeTable", &json!({"TableName": "users"}));

    assert_eq!(described.ok()["Table"]["TableName"], "users");
}

#[test]
fn a_throttled_request_is_refused_and_not_carried_out() {
    let scene = Scene::of(Fault::Throttle);

    let answer = scene.assert_answered(400, false);

    let code = Answer::of(&answer).expect("it is JSON").refusal().code;
    let codes = ["ProvisionedThroughputExceededException", "ThrottlingException"];
    assert!(codes.contains(&code.as_str()), "{code}");
}

#[test]
fn a_request_fails_before_or_after_it_is_carried_out() {
    Scene::of(Fault::FailBefore).assert_answered(500, false);
    Scene::of(Fault::FailAfter).assert_answered(500, true);
}

#[test]
fn a_service_is_unavailable_before_or_after_it_carried_out_the_request() {
    let answer = Scene::of(Fault::UnavailableBefore).assert_answered(503, false);
    Scene::of(Fault::UnavailableAfter).assert_answered(503, true);

    assert!(answer.text().starts_with("<html>"), "{}", answer.text());
}

#[test]
fn a_connection_is_reset_before_or_after_the_request_is_carried_out() {
    Scene::of(Fault::ResetBefore).assert_broken(false);
    Scene::of(Fault::ResetAfter).assert_broken(true);
}

#[test]
fn a_request_is_carried_out_after_its_connection_was_reset() {
    let scene = Scene::of(Fault::LateAfterReset);

    assert!(scene.put().is_err());
    scene.proxy.settle();

    assert!(scene.is_put());
    assert_eq!(scene.proxy.tardy(), 0);
    scene.assert_counted();
}

#[test]
fn a_request_is_carried_out_after_its_client_gave_up() {
    let scene = Scene::of(Fault::LateAfterSilence);

    let answer = scene.put_within(Duration::from_millis(20));
    scene.proxy.settle();

    assert!(answer.is_err());
    assert!(scene.is_put());
    scene.assert_counted();
}

#[test]
fn a_request_that_would_land_too_late_is_not_carried_out() {
    let times = Times { land: Duration::ZERO, ..Times::default() };
    let scene = Scene::within(Fault::LateAfterReset, times);

    assert!(scene.put().is_err());
    scene.proxy.settle();

    assert!(!scene.is_put());
    assert_eq!(scene.proxy.tardy(), 0);
}

#[test]
fn a_write_that_is_carried_out_too_late_is_counted_as_tardy() {
    let times = Times { land: Duration::ZERO, ..Times::default() };
    let scene = Scene::within(Fault::Delay, times);

    scene.put().expect("it is answered");

    assert!(scene.is_put());
    assert_eq!(scene.proxy.tardy(), 1);
}

#[test]
fn a_truncated_answer_ends_in_its_body() {
    let scene = Scene::of(Fault::Truncate);

    let broken = scene.put().map(|answer| answer.status);

    assert_eq!(broken.expect_err("it is not whole").kind(), io::ErrorKind::UnexpectedEof);
    assert!(scene.is_put());
    scene.assert_counted();
}

#[test]
fn a_corrupt_answer_has_the_check_sum_of_the_right_one() {
    let scene = Scene::of(Fault::Corrupt);

    let answer = scene.assert_answered(200, true);

    let crc = answer.header("x-amz-crc32").expect("it is passed on");
    assert_eq!(crc, crc32fast::hash(b"{}").to_string());
    assert_ne!(answer.body, b"{}");
}

#[test]
fn an_answer_that_trickles_is_whole_at_last() {
    let answer = Scene::of(Fault::Trickle).assert_answered(200, true);

    assert_eq!(answer.body, b"{}");
}

#[test]
fn an_answer_that_drips_is_not_whole_when_its_client_gives_up() {
    let scene = Scene::of(Fault::Drip);

    let answer = scene.put_within(Duration::from_millis(200));

    assert!(answer.is_err());
    assert!(scene.is_put());
    scene.assert_counted();
}

#[test]
fn records_come_twice() {
    let scene = Scene::of(Fault::RepeatRecords);
    scene.back.db().put("users", &ada());
    let iterator = scene.iterator();

    let answer = poll(&scene, &iterator);

    assert_eq!(answer["Records"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["Records"][0], answer["Records"][1]);
    scene.assert_counted();
}

#[test]
fn records_that_are_kept_back_come_with_the_same_iterator() {
    let scene = Scene::of(Fault::WithholdRecords);
    scene.back.db().put("users", &ada());
    let iterator = scene.iterator();

    let first = poll(&scene, &iterator);
    scene.proxy.set_odds(Odds::none());
    let mut polls = 1;
    let found = loop {
        let answer = poll(&scene, &iterator);
        if answer["Records"] != json!([]) {
            break answer;
        }
        assert_eq!(answer["NextShardIterator"], json!(iterator));
        polls += 1;
    };

    assert_eq!(first, json!({"Records": [], "NextShardIterator": iterator}));
    assert!((1..=3).contains(&polls), "after {polls} polls");
    assert_eq!(found["Records"].as_array().map(Vec::len), Some(1));
    scene.proxy.release_records();
    scene.assert_counted();
}

fn poll(scene: &Scene, iterator: &str) -> Value {
    let mut db = Db::connect(scene.proxy.address());
    db.call_streams("GetRecords", &json!({"ShardIterator": iterator})).ok()
}

fn ada() -> Value {
    json!({"id": {"S": "ada"}, "born": {"N": "1815"}})
}
