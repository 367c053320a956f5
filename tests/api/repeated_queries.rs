//! Queries that come again in the very same bytes: the short way answers, counts and forgets as the
//! long one does.
//!
//! A query is kept on its first hit, so that the third of the same bytes takes the short way.
//! Not here: pages themselves (`cached_pages.rs`).

use std::fs;

use serde_json::{Value, json};

use super::Api;
use super::orders::{in_state, numbers, order, orders_of};
use super::support::{Launch, Scrape, scratch, wait_until};

impl Api {
    /// Asks `orders` three times, so that the last one takes the short way; tells its answer.
    fn thrice(&mut self, request: &Value) -> Value {
        let answers: Vec<Value> = (0..3).map(|_| self.ask("Query", request).ok()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        answers[2].clone()
    }

    fn counted(&self, metric: &str, labels: &[(&str, &str)]) -> u64 {
        let server = self.server.as_ref().expect("it runs");
        Scrape::of(server.admin()).sum(metric, labels)
    }
}

#[test]
fn each_of_them_is_counted_as_a_request_and_as_a_hit() {
    let mut api = Api::with_eight_orders();
    for _ in 0..3 {
        api.thrice(&orders_of("ada", &json!({})));
    }

    let looked_up = |result| {
        let labels = [("cache", "query"), ("table", "orders"), ("result", result)];
        api.counted("hearth_cache_requests_total", &labels)
    };
    let requests =
        [("operation", "Query"), ("table", "orders"), ("outcome", "ok"), ("protocol", "http")];
    assert_eq!((looked_up("hit"), looked_up("miss")), (8, 1));
    assert_eq!(api.counted("hearth_requests_total", &requests), 9);
}

#[test]
fn a_write_to_the_partition_is_seen_by_the_next_one() {
    let mut api = Api::with_eight_orders();
    for request in
        [orders_of("ada", &json!({})), orders_of("ada", &json!({"IndexName": "by_date"}))]
    {
        api.thrice(&request);
    }
    api.thrice(&in_state("done", &json!({})));

    api.db.put("orders", &order("ada", 6));

    let whole = api.ask("Query", &orders_of("ada", &json!({}))).ok();
    assert_eq!(numbers(&whole), ["1", "2", "3", "4", "5", "6"]);
    let by_date = api.ask("Query", &orders_of("ada", &json!({"IndexName": "by_date"}))).ok();
    assert_eq!(by_date["Count"], 6);
    assert_eq!(api.ask("Query", &in_state("done", &json!({}))).ok()["Count"], 4);
    assert_eq!(numbers(&api.thrice(&orders_of("ada", &json!({})))).len(), 6);
}

#[test]
fn bytes_that_differ_a_little_are_another_query() {
    let mut api = Api::with_eight_orders();
    assert_eq!(api.thrice(&orders_of("ada", &json!({})))["Count"], 5);
    assert_eq!(api.thrice(&orders_of("bob", &json!({})))["Count"], 3);

    for (more, count) in [
        (json!({"Limit": 2}), 2),
        (json!({"FilterExpression": "price > :customer"}), 0),
        (json!({"ScanIndexForward": false}), 5),
    ] {
        assert_eq!(api.thrice(&orders_of("ada", &more))["Count"], count, "{more}");
    }
}

#[test]
fn capacity_is_told_each_time_to_those_who_ask() {
    let mut api = Api::with_eight_orders();
    let plain = api.thrice(&orders_of("ada", &json!({})));
    let none = api.thrice(&orders_of("ada", &json!({"ReturnConsumedCapacity": "NONE"})));
    let total = api.thrice(&orders_of("ada", &json!({"ReturnConsumedCapacity": "TOTAL"})));
    let indexes = api.thrice(&orders_of("ada", &json!({"ReturnConsumedCapacity": "INDEXES"})));

    assert_eq!(plain.get("ConsumedCapacity"), None);
    assert_eq!(none.get("ConsumedCapacity"), None);
    assert_eq!(total["ConsumedCapacity"]["CapacityUnits"], 0.5);
    assert_eq!(indexes["ConsumedCapacity"]["Table"]["CapacityUnits"], 0.5);
}

#[test]
fn a_consistent_one_goes_past_the_pages_each_time() {
    let mut api = Api::with_eight_orders();
    api.thrice(&orders_of("ada", &json!({"ConsistentRead": true})));

    let labels = [("cache", "query"), ("result", "bypass")];
    assert_eq!(api.counted("hearth_cache_requests_total", &labels), 3);
}

#[test]
fn the_body_of_a_query_is_no_scan() {
    let mut api = Api::with_eight_orders();
    let request = orders_of("ada", &json!({}));
    api.thrice(&request);

    let refused = api.ask("Scan", &request);

    assert_eq!(refused.refusal().code, "ValidationException");
    assert_eq!(api.ask("Scan", &json!({})).ok()["Count"], 8);
    assert_eq!(api.ask("Query", &json!({})).refusal().code, "ValidationException");
}

#[test]
fn a_table_that_is_gone_or_made_again_answers_for_itself() {
    let mut api = Api::with_users();
    let table = json!({"TableName": "users"});
    let query = json!({
        "TableName": "users",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "7"}},
    });
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    for _ in 0..3 {
        assert_eq!(api.call("Query", &query).ok()["Count"], 1);
    }

    api.call("DeleteTable", &table).ok();
    let gone = wait_until("the table to go", || {
        let answer = api.call("Query", &query);
        (answer.status == 400).then_some(answer)
    });
    // A table of another key by the same name.
    let key = |member: &str, kind: &str| json!([{"AttributeName": "name", member: kind}]);
    api.db.create_table_with(&json!({
        "TableName": "users", "AttributeDefinitions": key("AttributeType", "S"),
        "KeySchema": key("KeyType", "HASH"), "BillingMode": "PAY_PER_REQUEST",
    }));
    let other = api.call("Query", &query);

    assert_eq!(gone.refusal().code, "ResourceNotFoundException");
    assert_eq!(other.refusal().code, "ValidationException");
}

#[test]
fn an_altered_table_answers_as_before() {
    let mut api = Api::with_eight_orders();
    let before = api.thrice(&orders_of("ada", &json!({})));

    api.ask("UpdateTable", &json!({"DeletionProtectionEnabled": true})).ok();

    assert_eq!(api.thrice(&orders_of("ada", &json!({}))), before);
}

#[test]
fn policies_hold_from_their_reload_on() {
    let data = scratch();
    let file = data.path().join("hearth.toml");
    fs::write(&file, "[cache]\naudit_one_in = 1\n").expect("the directory is writable");
    let server = Launch::on(&data.path().join("tables")).arg("--config").arg(&file).start();
    let mut db = server.db();
    db.create_table("users");
    db.put("users", &json!({"id": {"S": "7"}}));
    let query = json!({
        "TableName": "users",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "7"}},
    });
    for _ in 0..5 {
        db.call("Query", &query).ok();
    }
    let audits = |result| {
        let labels = [("cache", "query"), ("result", result)];
        Scrape::of(server.admin()).sum("hearth_cache_audits_total", &labels)
    };
    wait_until("four audits", || (audits("equal") == 4).then_some(()));
    assert_eq!(db.explain("Query", &query).1, "hit");

    fs::write(&file, "[cache.tables.users]\nquery_cache = \"off\"\n").expect("it is writable");
    server.signal("HUP");
    wait_until("the reload", || server.stderr().contains("reloaded").then_some(()));

    assert_eq!(db.explain("Query", &query).1, "bypass; why=policy");
    assert_eq!(db.call("Query", &query).ok()["Count"], 1);
}
