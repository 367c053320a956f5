//! `UpdateTimeToLive` and `DescribeTimeToLive`, and items whose time to live is over.

use hearth::clock::Clock;
use serde_json::{Value, json};

use super::support::wait_until;
use super::{Answer, Api, Launch, NOT_NULL, member, one, scratch, several};

#[test]
fn it_is_enabled_described_and_disabled() {
    let mut api = Api::with_users();

    assert_eq!(described(&mut api, "users"), json!({"TimeToLiveStatus": "DISABLED"}));
    let asked = json!({"Enabled": true, "AttributeName": "until"});
    let answer = update(&mut api, "users", true, "until").ok();
    assert_eq!(answer, json!({"TimeToLiveSpecification": asked}));
    let enabled = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "until"});
    assert_eq!(described(&mut api, "users"), enabled);
    api.restart();
    assert_eq!(described(&mut api, "users"), enabled);

    let asked = json!({"Enabled": false, "AttributeName": "until"});
    let answer = update(&mut api, "users", false, "until").ok();
    assert_eq!(answer, json!({"TimeToLiveSpecification": asked}));
    assert_eq!(described(&mut api, "users"), json!({"TimeToLiveStatus": "DISABLED"}));
    update(&mut api, "users", true, "at").ok();
    assert_eq!(described(&mut api, "users")["AttributeName"], "at");
    let table = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert!(!table.to_string().contains("TimeToLive"), "{table}");
}

#[test]
fn what_is_so_already_is_refused_and_changes_nothing() {
    let mut api = Api::with_users();

    update(&mut api, "users", false, "until").assert_invalid("TimeToLive is already disabled");
    update(&mut api, "users", true, "until").ok();
    update(&mut api, "users", true, "until").assert_invalid("TimeToLive is already enabled");
    for enabled in [true, false] {
        update(&mut api, "users", enabled, "at").assert_invalid(
            "TimeToLive is active on a different AttributeName: current AttributeName is until",
        );
    }

    assert_eq!(described(&mut api, "users")["AttributeName"], "until");
    update(&mut api, "users", false, "until").ok();
    update(&mut api, "users", false, "at").assert_invalid("TimeToLive is already disabled");
}

#[test]
fn a_table_may_be_named_by_its_arn_and_must_be_there() {
    let mut api = Api::with_users();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";

    update(&mut api, arn, true, "until").ok();
    assert_eq!(described(&mut api, arn)["TimeToLiveStatus"], "ENABLED");

    let message = "Requested resource not found: Table: other not found";
    update(&mut api, "other", true, "until").assert_refused("ResourceNotFoundException", message);
    api.call("DescribeTimeToLive", &json!({"TableName": "other"}))
        .assert_refused("ResourceNotFoundException", message);
}

#[test]
fn members_that_are_missing_or_wrong_are_refused() {
    let mut api = Api::with_users();
    let no_name = "The parameter 'TableName' is required but was not present in the request";
    api.call("DescribeTimeToLive", &json!({})).assert_invalid(no_name);
    api.call("UpdateTimeToLive", &json!({})).assert_invalid(no_name);
    let missing = |path: &str| member("null", path, NOT_NULL);
    let long = "a".repeat(256);

    for (specification, message) in [
        (Value::Null, one(&missing("timeToLiveSpecification"))),
        (
            json!({}),
            several(&[
                missing("timeToLiveSpecification.enabled"),
                missing("timeToLiveSpecification.attributeName"),
            ]),
        ),
        (
            json!({"Enabled": true, "AttributeName": ""}),
            one(&member(
                "''",
                "timeToLiveSpecification.attributeName",
                "Member must have length greater than or equal to 1",
            )),
        ),
        (
            json!({"Enabled": true, "AttributeName": long}),
            one(&member(
                &format!("'{long}'"),
                "timeToLiveSpecification.attributeName",
                "Member must have length less than or equal to 255",
            )),
        ),
    ] {
        let request = json!({"TableName": "users", "TimeToLiveSpecification": specification});
        api.call("UpdateTimeToLive", &request).assert_invalid(&message);
    }
    api.call(
        "UpdateTimeToLive",
        &json!({"TableName": "users", "TimeToLiveSpecification": {"Enabled": "perhaps"}}),
    )
    .assert_refused("SerializationException", "Unexpected token received from parser");
    assert_eq!(described(&mut api, "users"), json!({"TimeToLiveStatus": "DISABLED"}));
    update(&mut api, "users", true, &"a".repeat(255)).ok();
}

#[test]
fn a_key_attribute_may_say_when_items_expire() {
    let mut api = Api::with_events();
    let event = |at: u64| json!({"room": {"S": "r"}, "at": {"N": at.to_string()}});
    api.db.put("events", &event(now_s() - 60));
    api.db.put("events", &event(now_s() + 3_600));

    update(&mut api, "events", true, "at").ok();

    let scan = json!({"TableName": "events"});
    wait_until("the past event to be deleted", || {
        (api.db.scan_all(&scan).len() == 1).then_some(())
    });
}

#[test]
fn an_expired_item_is_read_everywhere_until_it_is_swept() {
    let data = scratch();
    let launch = Launch::on(data.path());
    let paused = launch.clone().env("HEARTH__TTL__DELETES_PER_SECOND", "0").start();
    let mut api = Api { db: paused.db(), server: Some(paused), data };
    api.make_shelves();
    update(&mut api, "shelves", true, "until").ok();
    let old = json!({
        "shelf": {"S": "a"}, "at": {"N": "1"}, "colour": {"S": "red"},
        "until": {"N": (now_s() - 60).to_string()},
    });
    api.db.put("shelves", &old);
    let key = json!({"shelf": old["shelf"], "at": old["at"]});
    let by_colour = json!({
        "TableName": "shelves", "IndexName": "by_colour",
        "KeyConditionExpression": "shelf = :shelf",
        "ExpressionAttributeValues": {":shelf": old["shelf"]},
    });
    let reads = |api: &mut Api| {
        (
            api.db.get("shelves", &key),
            api.db.read_all("Query", &by_colour),
            api.db.scan_all(&json!({"TableName": "shelves"})),
        )
    };

    let all = (Some(old.clone()), vec![old.clone()], vec![old]);
    for _ in 0..3 {
        assert_eq!(reads(&mut api), all);
    }
    api.restart();

    wait_until("the item to be deleted", || {
        (reads(&mut api) == (None, Vec::new(), Vec::new())).then_some(())
    });
}

/// Killed while items from before are looked at, the next process goes on, and deletes all of them.
#[test]
fn items_from_before_expire_after_a_kill_too() {
    let data = scratch();
    let launch = Launch::on(data.path()).env("HEARTH__TTL__SWEEP_INTERVAL_MS", "10");
    let server = launch.start();
    let mut db = server.db();
    db.create_table("users");
    let past = (now_s() - 60).to_string();
    for first in (0..1_500).step_by(25) {
        let put = |id: u32| {
            let item = json!({"id": {"S": id.to_string()}, "until": {"N": past}});
            json!({"PutRequest": {"Item": item}})
        };
        let puts: Vec<Value> = (first..first + 25).map(put).collect();
        db.call("BatchWriteItem", &json!({"RequestItems": {"users": puts}})).ok();
    }
    db.call("UpdateTimeToLive", &request("users", true, "until")).ok();
    server.kill();

    let server = launch.start();
    let mut db = server.db();

    wait_until("all items to be deleted", || {
        db.scan_all(&json!({"TableName": "users", "ConsistentRead": true})).is_empty().then_some(())
    });
    let table = db.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_eq!(table["Table"]["ItemCount"], 0);
}

fn request(table: &str, enabled: bool, attribute: &str) -> Value {
    let specification = json!({"Enabled": enabled, "AttributeName": attribute});
    json!({"TableName": table, "TimeToLiveSpecification": specification})
}

fn update(api: &mut Api, table: &str, enabled: bool, attribute: &str) -> Answer {
    api.call("UpdateTimeToLive", &request(table, enabled, attribute))
}

#[track_caller]
fn described(api: &mut Api, table: &str) -> Value {
    let mut answer = api.call("DescribeTimeToLive", &json!({"TableName": table})).ok();
    answer["TimeToLiveDescription"].take()
}

fn now_s() -> u64 {
    Clock::system().unix_ms() / 1_000
}
