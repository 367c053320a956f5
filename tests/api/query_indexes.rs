//! `Query` of local and global indexes: order, pages, what is answered and what it costs.

use serde_json::{Value, json};

use super::Api;
use super::orders::{in_state, numbers, numbers_of, order, orders_of};

fn by_date(more: &Value) -> Value {
    let mut request = orders_of("ada", more);
    request["IndexName"] = "by_date".into();
    request
}

fn names(item: &Value) -> Vec<String> {
    let mut names: Vec<String> = item.as_object().expect("an item").keys().cloned().collect();
    names.sort_unstable();
    names
}

#[test]
fn each_test_of_a_text_reads_its_part_of_an_index() {
    let mut api = Api::with_eight_orders();
    for (condition, expected) in [
        ("#d = :a", &["2"][..]),
        ("#d < :a", &["1"]),
        ("#d <= :a", &["1", "2"]),
        ("#d > :a", &["3", "4", "5"]),
        ("#d >= :a", &["2", "3", "4", "5"]),
        ("#d BETWEEN :a AND :a", &["2"]),
        ("begins_with(#d, :a)", &["2"]),
    ] {
        let request = by_date(&json!({
            "KeyConditionExpression": format!("customer = :customer AND {condition}"),
            "ExpressionAttributeNames": {"#d": "date"},
            "ExpressionAttributeValues": {":a": {"S": "2026-02"}},
        }));

        assert_eq!(numbers(&api.ask("Query", &request).ok()), expected, "{condition}");
    }
}

#[test]
fn pages_of_entries_with_equal_keys_lose_none() {
    let mut api = Api::with_orders();
    for number in 0..30 {
        let mut item = order(&format!("customer {}", number % 7), number);
        item["state"] = json!({"S": "open"});
        item["date"] = json!({"S": if number % 2 == 0 { "monday" } else { "tuesday" }});
        api.db.put("orders", &item);
    }
    for forward in [true, false] {
        let whole = in_state("open", &json!({"ScanIndexForward": forward}));
        let whole = api.ask("Query", &whole).ok();
        assert_eq!(whole["Count"], 30);
        for limit in [1, 2, 7, 30] {
            let paged = in_state("open", &json!({"ScanIndexForward": forward, "Limit": limit}));

            let items = api.all_pages("Query", &paged);

            assert_eq!(json!(items), whole["Items"], "forward {forward}, {limit} a page");
        }
    }
    let backward = in_state("open", &json!({"ScanIndexForward": false}));
    let mut backward = numbers(&api.ask("Query", &backward).ok());
    backward.reverse();
    assert_eq!(backward, numbers(&api.ask("Query", &in_state("open", &json!({}))).ok()));
}

#[test]
fn the_last_key_of_an_index_has_the_keys_of_table_and_index_once() {
    let mut api = Api::with_eight_orders();

    let local = api.ask("Query", &by_date(&json!({"Limit": 1}))).ok();
    let global = api.ask("Query", &in_state("done", &json!({"Limit": 1}))).ok();

    assert_eq!(
        local["LastEvaluatedKey"],
        json!({"customer": {"S": "ada"}, "number": {"N": "1"}, "date": {"S": "2026-01"}})
    );
    assert_eq!(names(&global["LastEvaluatedKey"]), ["customer", "date", "number", "state"]);
}

#[test]
fn an_index_answers_what_it_holds() {
    let mut api = Api::with_eight_orders();

    for more in [json!({}), json!({"Select": "ALL_PROJECTED_ATTRIBUTES"})] {
        let local = api.ask("Query", &by_date(&more)).ok();
        let global = api.ask("Query", &in_state("open", &more)).ok();

        assert_eq!(names(&local["Items"][0]), ["customer", "date", "number"]);
        assert_eq!(names(&global["Items"][0]), ["customer", "date", "note", "number", "state"]);
    }
}

#[test]
fn a_local_index_fetches_what_it_does_not_hold() {
    let mut api = Api::with_eight_orders();
    let filter = json!({
        "FilterExpression": "price > :p", "ExpressionAttributeValues": {":p": {"N": "30"}},
    });

    let all = api.ask("Query", &by_date(&json!({"Select": "ALL_ATTRIBUTES"}))).ok();
    let part = api.ask("Query", &by_date(&json!({"ProjectionExpression": "price"}))).ok();
    let filtered = api.ask("Query", &by_date(&filter)).ok();

    let whole: Vec<Value> = (1..=5).map(|number| order("ada", number)).collect();
    assert_eq!(all["Items"], json!(whole));
    let prices: Vec<Value> =
        (1..=5).map(|n| json!({"price": {"N": (n * 10).to_string()}})).collect();
    assert_eq!(part["Items"], json!(prices));
    assert_eq!(numbers(&filtered), ["4", "5"]);
    // What the filter alone needed is not answered.
    assert_eq!(names(&filtered["Items"][0]), ["customer", "date", "number"]);
    let pages = api.all_pages("Query", &by_date(&json!({"Select": "ALL_ATTRIBUTES", "Limit": 2})));
    assert_eq!(json!(pages), json!(whole));
}

#[test]
fn a_read_of_an_index_costs_what_it_touches() {
    let mut api = Api::with_orders();
    for number in 1..=3 {
        let mut item = order("ada", number);
        item["data"] = json!({"S": "x".repeat(5000)});
        item["state"] = json!({"S": "open"});
        api.db.put("orders", &item);
    }
    let mut units = |mut request: Value| {
        request["ReturnConsumedCapacity"] = "INDEXES".into();
        api.ask("Query", &request).ok()["ConsumedCapacity"].clone()
    };
    let part = |units: f64| json!({"CapacityUnits": units});
    let report = |total: f64, table: f64, member: &str, index: &str, units: f64| {
        json!({
            "TableName": "orders", "CapacityUnits": total, "Table": part(table),
            (member): {(index): part(units)},
        })
    };
    let local = "LocalSecondaryIndexes";

    assert_eq!(units(by_date(&json!({}))), report(0.5, 0.0, local, "by_date", 0.5));
    assert_eq!(
        units(by_date(&json!({"ConsistentRead": true}))),
        report(1.0, 0.0, local, "by_date", 1.0)
    );
    // Each of the three items takes two units of 4 KB.
    assert_eq!(
        units(by_date(&json!({"Select": "ALL_ATTRIBUTES"}))),
        report(3.5, 3.0, local, "by_date", 0.5)
    );
    assert_eq!(
        units(by_date(&json!({"ProjectionExpression": "note", "ConsistentRead": true}))),
        report(7.0, 6.0, local, "by_date", 1.0)
    );
    assert_eq!(
        units(in_state("open", &json!({}))),
        report(0.5, 0.0, "GlobalSecondaryIndexes", "by_state", 0.5)
    );
}

#[test]
fn a_local_index_can_be_read_consistently() {
    let mut api = Api::with_eight_orders();

    let answer = api.ask("Query", &by_date(&json!({"ConsistentRead": true}))).ok();

    assert_eq!(numbers(&answer), ["1", "2", "3", "4", "5"]);
}

#[test]
fn keys_of_several_attributes_are_used_from_the_left() {
    let mut api = Api::with_orders();
    for (number, (date, hour)) in
        [("monday", "9"), ("monday", "10"), ("monday", "-1"), ("tuesday", "1")]
            .into_iter()
            .enumerate()
    {
        let mut item = order("ada", u32::try_from(number).expect("few"));
        item["country"] = json!({"S": "nl"});
        item["city"] = json!({"S": "delft"});
        item["date"] = json!({"S": date});
        item["hour"] = json!({"N": hour});
        api.db.put("orders", &item);
    }
    let request = |condition: &str, values: &[(&str, Value)]| {
        let mut request = json!({
            "IndexName": "by_place",
            "KeyConditionExpression": format!("city = :city AND country = :country{condition}"),
            "ExpressionAttributeValues": {":country": {"S": "nl"}, ":city": {"S": "delft"}},
        });
        for (name, attribute) in [("#date", "date"), ("#hour", "hour")] {
            if condition.contains(name) {
                request["ExpressionAttributeNames"][name] = attribute.into();
            }
        }
        for (name, value) in values {
            request["ExpressionAttributeValues"][name] = value.clone();
        }
        request
    };
    let monday = (":d", json!({"S": "monday"}));
    let nine = (":h", json!({"N": "9"}));
    let hours = [monday.clone(), nine.clone()];
    let from_nine = request(" AND #date = :d AND #hour >= :h", &hours);

    let all = api.ask("Query", &request("", &[])).ok();
    let of_monday =
        api.ask("Query", &request(" AND #date = :d", std::slice::from_ref(&monday))).ok();
    let late = api.ask("Query", &from_nine).ok();
    let tuesday = request(" AND begins_with(#date, :d)", &[(":d", json!({"S": "t"}))]);

    assert_eq!(numbers(&all), ["2", "0", "1", "3"]);
    assert_eq!(numbers(&of_monday), ["2", "0", "1"]);
    assert_eq!(numbers(&late), ["0", "1"]);
    assert_eq!(numbers(&api.ask("Query", &tuesday).ok()), ["3"]);
    let mut paged = from_nine;
    paged["Limit"] = 1.into();
    assert_eq!(numbers_of(&api.all_pages("Query", &paged)), ["0", "1"]);
    let gap = "RANGE key attributes date must have equality conditions specified in the query \
               because a condition is present on key attribute hour";
    api.ask("Query", &request(" AND #hour = :h", &[nine])).assert_invalid(gap);
    api.ask("Query", &request(" AND #date > :d AND #hour = :h", &hours)).assert_invalid(gap);
    api.ask(
        "Query",
        &json!({
            "IndexName": "by_place",
            "KeyConditionExpression": "country = :c",
            "ExpressionAttributeValues": {":c": {"S": "nl"}},
        }),
    )
    .assert_invalid("Query condition missed key schema element: city");
}

#[test]
fn an_entry_follows_its_item() {
    let mut api = Api::with_eight_orders();

    let mut moved = order("ada", 1);
    moved["state"] = json!({"S": "done"});
    api.db.put("orders", &moved);
    let mut hidden = order("ada", 3);
    hidden.as_object_mut().expect("an item").remove("state");
    api.db.put("orders", &hidden);
    let key = json!({"customer": {"S": "ada"}, "number": {"N": "5"}});
    api.ask("DeleteItem", &json!({"Key": key})).ok();

    let open = api.ask("Query", &in_state("open", &json!({}))).ok();
    let done = api.ask("Query", &in_state("done", &json!({}))).ok();
    assert_eq!(numbers(&open), ["1", "3"]);
    assert_eq!(done["Count"], 4);
    assert_eq!(done["Items"][0]["date"], json!({"S": "2026-01"}));
}
