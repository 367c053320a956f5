//! `Query` of a table: ranges, order, pages, filters, projections and counts.
//!
//! Not here: indexes (`query_indexes.rs`), refusals (`query_refusals.rs`), the older parameters
//! (`legacy_queries.rs`).

use serde_json::{Value, json};

use super::Api;
use super::orders::{numbers, numbers_of, order, order_key, orders_of};

#[test]
fn a_partition_is_read_in_the_order_of_its_numbers_both_ways() {
    let mut api = Api::with_orders();
    for number in ["10", "-1.5", "2", "1e2", "0"] {
        api.db.put("orders", &order_key("ada", number));
    }
    api.db.put("orders", &order_key("bob", "1"));

    let forward = api.ask("Query", &orders_of("ada", &json!({}))).ok();
    let backward = orders_of("ada", &json!({"ScanIndexForward": false}));
    let backward = api.ask("Query", &backward).ok();

    assert_eq!(numbers(&forward), ["-1.5", "0", "2", "10", "100"]);
    assert_eq!(numbers(&backward), ["100", "10", "2", "0", "-1.5"]);
    assert_eq!((&forward["Count"], &forward["ScannedCount"]), (&json!(5), &json!(5)));
    assert_eq!(forward.get("LastEvaluatedKey"), None);
    assert_eq!(forward.get("ConsumedCapacity"), None);
}

#[test]
fn each_test_of_a_sort_key_reads_its_part() {
    let mut api = Api::with_eight_orders();
    for (condition, expected) in [
        ("= :a", &["2"][..]),
        ("< :a", &["1"]),
        ("<= :a", &["1", "2"]),
        ("> :a", &["3", "4", "5"]),
        (">= :a", &["2", "3", "4", "5"]),
        ("BETWEEN :a AND :b", &["2", "3", "4"]),
    ] {
        let mut values = json!({":customer": {"S": "ada"}, ":a": {"N": "2.0"}});
        if condition.contains(":b") {
            values[":b"] = json!({"N": "4"});
        }
        let request = |text: String| {
            json!({
                "KeyConditionExpression": text,
                "ExpressionAttributeNames": {"#n": "number"},
                "ExpressionAttributeValues": values,
            })
        };

        let written = request(format!("customer = :customer AND #n {condition}"));
        let turned = request(format!("(#n {condition}) AND customer = :customer"));

        assert_eq!(numbers(&api.ask("Query", &written).ok()), expected, "{condition}");
        assert_eq!(numbers(&api.ask("Query", &turned).ok()), expected, "{condition}");
    }
}

#[test]
fn bytes_are_ordered_unsigned_and_read_by_their_beginning() {
    let mut api = Api::empty();
    api.db.create_table_with(&json!({
        "TableName": "blobs",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "B"},
            {"AttributeName": "sk", "AttributeType": "B"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }));
    // 00, 00 00, 7F, FF, FF 00, FF FF
    let sorted = ["AA==", "AAA=", "fw==", "/w==", "/wA=", "//8="];
    for sk in ["/w==", "AAA=", "//8=", "AA==", "fw==", "/wA="] {
        api.db.put("blobs", &json!({"pk": {"B": "AA=="}, "sk": {"B": sk}}));
    }
    let mut read = |condition: &str, values: Value| {
        let request = json!({
            "TableName": "blobs",
            "KeyConditionExpression": format!("pk = :p{condition}"),
            "ExpressionAttributeValues": values,
        });
        let answer = api.call("Query", &request).ok();
        let items = answer["Items"].as_array().expect("a list").clone();
        items.iter().map(|item| item["sk"]["B"].as_str().expect("bytes").to_owned()).collect()
    };

    let all: Vec<String> = read("", json!({":p": {"B": "AA=="}}));
    let of_ff: Vec<String> =
        read(" AND begins_with(sk, :s)", json!({":p": {"B": "AA=="}, ":s": {"B": "/w=="}}));

    assert_eq!(all, sorted);
    assert_eq!(of_ff, sorted[3..]);
}

#[test]
fn pages_read_to_the_end_are_one_read() {
    let mut api = Api::with_eight_orders();
    for forward in [true, false] {
        let whole = orders_of("ada", &json!({"ScanIndexForward": forward}));
        let whole = api.ask("Query", &whole).ok();
        for limit in 1..=6 {
            let paged = orders_of("ada", &json!({"ScanIndexForward": forward, "Limit": limit}));

            let items = api.all_pages("Query", &paged);

            assert_eq!(json!(items), whole["Items"], "forward {forward}, {limit} a page");
        }
    }
}

#[test]
fn a_page_cut_by_its_limit_names_the_item_looked_at_last() {
    let mut api = Api::with_eight_orders();

    let first = api.ask("Query", &orders_of("ada", &json!({"Limit": 2}))).ok();
    let exact = api.ask("Query", &orders_of("ada", &json!({"Limit": 5}))).ok();
    let behind = orders_of("ada", &json!({"ExclusiveStartKey": exact["LastEvaluatedKey"]}));

    assert_eq!(first["LastEvaluatedKey"], order_key("ada", "2"));
    // Whether anything follows is not looked at.
    assert_eq!(exact["LastEvaluatedKey"], order_key("ada", "5"));
    assert_eq!(api.ask("Query", &behind).ok(), json!({"Items": [], "Count": 0, "ScannedCount": 0}));
}

#[test]
fn a_start_key_need_not_name_an_item() {
    let mut api = Api::with_eight_orders();
    let behind = |number: &str, forward: bool| {
        let start = order_key("ada", number);
        orders_of("ada", &json!({"ExclusiveStartKey": start, "ScanIndexForward": forward}))
    };

    assert_eq!(numbers(&api.ask("Query", &behind("2.5", true)).ok()), ["3", "4", "5"]);
    assert_eq!(numbers(&api.ask("Query", &behind("2.5", false)).ok()), ["2", "1"]);
    assert_eq!(numbers(&api.ask("Query", &behind("2.0", true)).ok()), ["3", "4", "5"]);
}

#[test]
fn a_limit_counts_items_before_the_filter() {
    let mut api = Api::with_eight_orders();
    let filtered = |limit: u32| {
        orders_of(
            "ada",
            &json!({
                "FilterExpression": "price >= :price",
                "ExpressionAttributeValues": {":price": {"N": "30"}},
                "Limit": limit,
            }),
        )
    };

    let first = api.ask("Query", &filtered(2)).ok();
    let all = api.all_pages("Query", &filtered(2));

    assert_eq!(
        first,
        json!({
            "Items": [], "Count": 0, "ScannedCount": 2, "LastEvaluatedKey": order_key("ada", "2"),
        })
    );
    assert_eq!(numbers_of(&all), ["3", "4", "5"]);
}

#[test]
fn a_projection_answers_what_it_names_of_what_the_filter_left() {
    let mut api = Api::with_eight_orders();
    let request = orders_of(
        "ada",
        &json!({
            "FilterExpression": "#state = :state",
            "ProjectionExpression": "note, nothing",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":state": {"S": "done"}},
        }),
    );

    let answer = api.ask("Query", &request).ok();

    let expected = json!([{"note": {"S": "note 2"}}, {"note": {"S": "note 4"}}]);
    assert_eq!(answer, json!({"Items": expected, "Count": 2, "ScannedCount": 5}));
}

#[test]
fn a_count_has_no_items() {
    let mut api = Api::with_eight_orders();
    let request = orders_of(
        "ada",
        &json!({
            "Select": "COUNT",
            "FilterExpression": "price > :price",
            "ExpressionAttributeValues": {":price": {"N": "20"}},
        }),
    );

    assert_eq!(api.ask("Query", &request).ok(), json!({"Count": 3, "ScannedCount": 5}));
}

#[test]
fn a_page_ends_with_the_item_that_brings_it_to_1_mib() {
    let mut api = Api::with_orders();
    for number in 1..=4 {
        let mut item = order_key("ada", &number.to_string());
        item["data"] = json!({"S": "x".repeat(399 * 1024)});
        api.db.put("orders", &item);
    }

    let first = api.ask("Query", &orders_of("ada", &json!({}))).ok();
    let start = &first["LastEvaluatedKey"];
    let second = api.ask("Query", &orders_of("ada", &json!({"ExclusiveStartKey": start}))).ok();

    assert_eq!(numbers(&first), ["1", "2", "3"]);
    assert_eq!(first["LastEvaluatedKey"], order_key("ada", "3"));
    assert_eq!(numbers(&second), ["4"]);
    assert_eq!(second.get("LastEvaluatedKey"), None);
}

#[test]
fn capacity_is_rounded_once_over_what_was_looked_at() {
    let mut api = Api::with_orders();
    for number in 1..=3 {
        let mut item = order_key("ada", &number.to_string());
        // The key attributes take 19 of 3,019 bytes.
        item["data"] = json!({"S": "x".repeat(2996)});
        api.db.put("orders", &item);
    }
    let mut units = |more: Value| {
        let mut request = orders_of("ada", &more);
        request["ReturnConsumedCapacity"] = "INDEXES".into();
        api.ask("Query", &request).ok()["ConsumedCapacity"].clone()
    };
    let of_table = |units: f64| json!({"TableName": "orders", "CapacityUnits": units, "Table": {"CapacityUnits": units}});

    assert_eq!(units(json!({})), of_table(1.5));
    assert_eq!(units(json!({"ConsistentRead": true})), of_table(3.0));
    assert_eq!(units(json!({"Select": "COUNT"})), of_table(1.5));
    assert_eq!(units(json!({"FilterExpression": "attribute_exists(nothing)"})), of_table(1.5));
    assert_eq!(units(json!({"ExclusiveStartKey": order_key("ada", "9")})), of_table(0.5));
}

#[test]
fn the_last_key_of_a_page_has_its_numbers_in_plain_form() {
    let mut api = Api::with_orders();
    api.db.put("orders", &order_key("ada", "+01.50e1"));

    let answer = api.ask("Query", &orders_of("ada", &json!({"Limit": 1}))).ok();

    assert_eq!(answer["LastEvaluatedKey"], order_key("ada", "15"));
}

#[test]
fn a_query_sees_the_write_before_it() {
    let mut api = Api::with_orders();
    for number in 1..=20 {
        api.db.put("orders", &order("ada", number));
        let answer = api.ask("Query", &orders_of("ada", &json!({"Select": "COUNT"}))).ok();
        assert_eq!(answer["Count"], number);
    }
}
