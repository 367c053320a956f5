//! Cached pages of queries and scans: what makes one a hit, and what a write does to it.

use serde_json::{Value, json};

use super::Api;
use super::orders::{in_state, numbers, order, order_key, orders_of};

impl Api {
    /// What the page cache says of a request to `orders`, with its answer.
    fn explained(&mut self, operation: &str, request: &Value) -> (Value, String) {
        let mut request = request.clone();
        request["TableName"] = "orders".into();
        self.db.explain(operation, &request)
    }

    /// The same without the answer.
    fn told(&mut self, operation: &str, request: &Value) -> String {
        self.explained(operation, request).1
    }

    /// Asks once, so that the page is cached.
    fn warm(&mut self, operation: &str, request: &Value) {
        self.told(operation, request);
        assert_eq!(self.told(operation, request), "hit", "{request}");
    }

    fn update(&mut self, customer: &str, number: &str, expression: &str, value: &str) {
        self.ask(
            "UpdateItem",
            &json!({
                "Key": order_key(customer, number),
                "UpdateExpression": expression,
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": {":value": {"S": value}},
            }),
        )
        .ok();
    }
}

#[test]
fn a_repeated_query_or_scan_is_a_hit_with_the_same_answer() {
    let mut api = Api::with_eight_orders();
    for (operation, request) in [
        ("Query", orders_of("ada", &json!({}))),
        ("Query", orders_of("ada", &json!({"Limit": 2, "ReturnConsumedCapacity": "TOTAL"}))),
        ("Query", orders_of("ada", &json!({"IndexName": "by_date", "Select": "ALL_ATTRIBUTES"}))),
        ("Query", in_state("open", &json!({"Select": "COUNT"}))),
        ("Scan", json!({"ReturnConsumedCapacity": "INDEXES"})),
        ("Scan", json!({"IndexName": "by_place"})),
        ("Scan", json!({"TotalSegments": 2, "Segment": 1})),
    ] {
        let (first, miss) = api.explained(operation, &request);
        let (second, hit) = api.explained(operation, &request);

        assert_eq!((miss.as_str(), hit.as_str()), ("miss; why=never-seen", "hit"), "{request}");
        assert_eq!(first, second, "{request}");
    }
}

#[test]
fn equal_requests_written_differently_share_a_page() {
    let mut api = Api::with_eight_orders();
    let first = json!({
        "KeyConditionExpression": "customer = :c AND #n BETWEEN :one AND :three",
        "FilterExpression": "price > :p AND attribute_exists(note)",
        "ProjectionExpression": "note, price",
        "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {
            ":c": {"S": "ada"}, ":one": {"N": "1"}, ":three": {"N": "3"}, ":p": {"N": "5"},
        },
    });
    let second = json!({
        "KeyConditionExpression": "(#key BETWEEN :a AND :b) AND (#cust = :who)",
        "FilterExpression": "(#p>:five) and attribute_exists(#note)",
        "ProjectionExpression": "#p,#note",
        "ScanIndexForward": true,
        "Select": "SPECIFIC_ATTRIBUTES",
        "ReturnConsumedCapacity": "TOTAL",
        "ExpressionAttributeNames": {
            "#key": "number", "#cust": "customer", "#p": "price", "#note": "note",
        },
        "ExpressionAttributeValues": {
            ":who": {"S": "ada"}, ":a": {"N": "1.0"}, ":b": {"N": "3e0"}, ":five": {"N": "5.00"},
        },
    });

    let (miss, _) = api.explained("Query", &first);
    let (hit, told) = api.explained("Query", &second);

    assert_eq!(told, "hit");
    assert_eq!(miss["Items"], hit["Items"]);
    assert_eq!(hit["ConsumedCapacity"]["CapacityUnits"], 0.5);
}

#[test]
fn a_request_that_differs_is_another_page() {
    let mut api = Api::with_eight_orders();
    api.warm("Query", &orders_of("ada", &json!({})));
    for more in [
        json!({"ScanIndexForward": false}),
        json!({"Limit": 5}),
        json!({"Select": "COUNT"}),
        json!({"IndexName": "by_date"}),
        json!({"ProjectionExpression": "note"}),
        json!({"FilterExpression": "price > :customer"}),
        json!({"ExclusiveStartKey": order_key("ada", "1")}),
    ] {
        assert_eq!(api.told("Query", &orders_of("ada", &more)), "miss; why=never-seen", "{more}");
    }
    assert_eq!(api.told("Query", &orders_of("bob", &json!({}))), "miss; why=never-seen");
}

#[test]
fn a_write_ends_the_pages_of_its_partition_and_no_others() {
    let mut api = Api::with_eight_orders();
    let of = |customer: &str| orders_of(customer, &json!({}));
    let by_date = orders_of("ada", &json!({"IndexName": "by_date"}));
    for customer in ["ada", "bob"] {
        api.warm("Query", &of(customer));
    }
    api.warm("Query", &by_date);
    api.warm("Scan", &json!({}));

    api.db.put("orders", &order("ada", 6));

    let (page, told) = api.explained("Query", &of("ada"));
    assert_eq!(told, "miss; why=written");
    assert_eq!(numbers(&page), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(api.told("Query", &by_date), "miss; why=written");
    assert_eq!(api.told("Scan", &json!({})), "miss; why=written");
    assert_eq!(api.told("Query", &of("bob")), "hit");
}

#[test]
fn an_item_that_moves_in_an_index_ends_the_pages_that_it_leaves_and_enters() {
    let mut api = Api::with_eight_orders();
    for state in ["open", "done", "lost"] {
        api.warm("Query", &in_state(state, &json!({})));
    }

    api.update("ada", "1", "SET #state = :value", "done");

    let (open, open_told) = api.explained("Query", &in_state("open", &json!({})));
    let (done, done_told) = api.explained("Query", &in_state("done", &json!({})));
    assert_eq!(
        (open_told.as_str(), done_told.as_str()),
        ("miss; why=written", "miss; why=written")
    );
    assert_eq!((open["Count"].as_u64(), done["Count"].as_u64()), (Some(4), Some(4)));
    assert_eq!(api.told("Query", &in_state("lost", &json!({}))), "hit");
}

#[test]
fn a_write_that_an_index_does_not_see_leaves_its_pages() {
    let mut api = Api::with_eight_orders();
    api.warm("Query", &in_state("open", &json!({})));

    // `by_state` holds keys and `note`.
    let mut changed = order("ada", 1);
    changed["price"] = json!({"N": "11"});
    api.db.put("orders", &changed);

    assert_eq!(api.told("Query", &in_state("open", &json!({}))), "hit");
}

#[test]
fn a_write_that_changes_nothing_ends_no_page() {
    let mut api = Api::with_eight_orders();
    api.warm("Query", &orders_of("ada", &json!({})));

    let refused = api.ask(
        "DeleteItem",
        &json!({"Key": order_key("ada", "1"), "ConditionExpression": "attribute_not_exists(note)"}),
    );
    let absent = api.ask("DeleteItem", &json!({"Key": order_key("ada", "99")}));

    refused.assert_refused("ConditionalCheckFailedException", "The conditional request failed");
    absent.ok();
    assert_eq!(api.told("Query", &orders_of("ada", &json!({}))), "hit");
}

#[test]
fn a_consistent_query_goes_past_the_pages() {
    let mut api = Api::with_eight_orders();
    let consistent = orders_of("ada", &json!({"ConsistentRead": true}));
    api.warm("Query", &orders_of("ada", &json!({})));

    assert_eq!(api.told("Query", &consistent), "bypass; why=consistent-read");
    assert_eq!(api.told("Scan", &json!({"ConsistentRead": true})), "bypass; why=consistent-read");
}

#[test]
fn a_table_made_again_has_no_pages_of_the_one_before() {
    let mut api = Api::with_users();
    let scan = json!({"TableName": "users"});
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    assert_eq!(api.call("Scan", &scan).ok()["Count"], 1);

    api.call("DeleteTable", &scan).ok();
    api.db.create_table("users");

    let (page, told) = api.db.explain("Scan", &scan);
    assert_eq!((page["Count"].as_u64(), told.as_str()), (Some(0), "miss; why=never-seen"));
}

#[test]
fn the_whole_items_of_a_page_are_hits_one_by_one() {
    let mut api = Api::with_eight_orders();
    let get = |number: &str| json!({"TableName": "orders", "Key": order_key("ada", number)});
    // What was put is cached; a batch of writes is, too. A new process has nothing.
    api.restart();
    api.told("Query", &orders_of("ada", &json!({"Limit": 2})));

    let (item, told) = api.db.explain("GetItem", &get("1"));
    let (_, other) = api.db.explain("GetItem", &get("3"));

    assert_eq!((item["Item"].clone(), told.as_str()), (order("ada", 1), "hit"));
    assert_eq!(other, "miss; why=never-seen");
}

#[test]
fn parts_of_items_fill_no_items() {
    let mut api = Api::with_eight_orders();
    api.restart();
    // With its key, so that only the projection says that it is a part.
    let part = json!({
        "ProjectionExpression": "customer, #n, note", "ExpressionAttributeNames": {"#n": "number"},
    });
    api.told("Query", &orders_of("ada", &part));
    api.told("Query", &in_state("open", &json!({})));
    api.told("Query", &orders_of("ada", &json!({"IndexName": "by_date"})));

    let get = json!({"TableName": "orders", "Key": order_key("ada", "1")});
    let (item, told) = api.db.explain("GetItem", &get);

    assert_eq!((item["Item"].clone(), told.as_str()), (order("ada", 1), "miss; why=never-seen"));
}
