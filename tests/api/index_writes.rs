//! What writes do to local and global indexes: entries, sizes and what they cost.
//!
//! Not here: reading indexes (`query_indexes.rs`, `scan.rs`).

use serde_json::{Value, json};

use super::Api;
use super::orders::{order, order_key};

impl Api {
    /// What the write of an order cost, in full.
    fn cost(&mut self, operation: &str, mut request: Value) -> Value {
        request["ReturnConsumedCapacity"] = "INDEXES".into();
        self.ask(operation, &request).ok()["ConsumedCapacity"].clone()
    }

    /// What an update of the first order of ada cost.
    fn cost_of(&mut self, expression: &str, values: &Value) -> Value {
        self.cost("UpdateItem", update(expression, values))
    }

    /// How many entries an index of `orders` has.
    fn entries(&mut self, index: &str) -> Value {
        self.ask("Scan", &json!({"IndexName": index})).ok()["Count"].clone()
    }

    /// How many items and bytes `orders` and its indexes by date, state and place have.
    fn totals(&mut self) -> Value {
        let described = self.call("DescribeTable", &json!({"TableName": "orders"})).ok();
        let table = &described["Table"];
        let index = |map: &str, name: &str| {
            let indexes = table[map].as_array().expect("a list");
            let index = indexes.iter().find(|index| index["IndexName"] == name);
            let index = index.expect("it was made with the table");
            json!([index["ItemCount"], index["IndexSizeBytes"]])
        };
        json!([
            [table["ItemCount"], table["TableSizeBytes"]],
            index("LocalSecondaryIndexes", "by_date"),
            index("GlobalSecondaryIndexes", "by_state"),
            index("GlobalSecondaryIndexes", "by_place"),
        ])
    }
}

/// The request for an update of the first order of ada.
fn update(expression: &str, values: &Value) -> Value {
    let mut request = json!({
        "Key": order_key("ada", "1"), "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#date": "date", "#state": "state", "#hour": "hour"},
    });
    let names = request["ExpressionAttributeNames"].as_object_mut().expect("names");
    names.retain(|name, _| expression.contains(name));
    if names.is_empty() {
        request.as_object_mut().expect("members").remove("ExpressionAttributeNames");
    }
    if *values != json!({}) {
        request["ExpressionAttributeValues"] = values.clone();
    }
    request
}

/// A report of these units; an index that cost nothing is not in it.
fn report(table: f64, by_date: f64, by_state: f64, by_place: f64) -> Value {
    let part = |units: f64| json!({"CapacityUnits": units});
    let mut report = json!({
        "TableName": "orders", "CapacityUnits": table + by_date + by_state + by_place,
        "Table": part(table),
    });
    for (map, index, units) in [
        ("LocalSecondaryIndexes", "by_date", by_date),
        ("GlobalSecondaryIndexes", "by_state", by_state),
        ("GlobalSecondaryIndexes", "by_place", by_place),
    ] {
        if units > 0.0 {
            report[map][index] = part(units);
        }
    }
    report
}

#[test]
fn an_update_costs_what_it_changes_in_each_index() {
    let mut api = Api::with_orders();
    api.db.put("orders", &order("ada", 1));
    let text = json!({":v": {"S": "other"}});
    for (change, values, units) in [
        ("SET price = :v", &json!({":v": {"N": "11"}}), [1.0, 0.0, 0.0, 0.0]),
        ("SET note = note", &json!({}), [1.0, 0.0, 0.0, 0.0]),
        ("SET note = :v", &text, [1.0, 0.0, 1.0, 0.0]),
        ("SET #state = :v", &text, [1.0, 0.0, 2.0, 0.0]),
        ("SET #date = :v", &text, [1.0, 2.0, 2.0, 0.0]),
        ("SET country = :v, city = :v", &text, [1.0, 0.0, 0.0, 0.0]),
        ("SET #hour = :v", &json!({":v": {"N": "9"}}), [1.0, 0.0, 0.0, 1.0]),
        ("SET price = :v", &json!({":v": {"N": "12"}}), [1.0, 0.0, 0.0, 1.0]),
        ("SET #hour = :v", &json!({":v": {"N": "9.0"}}), [1.0, 0.0, 0.0, 0.0]),
        ("SET #hour = :v", &json!({":v": {"N": "10"}}), [1.0, 0.0, 0.0, 2.0]),
        ("REMOVE #state", &json!({}), [1.0, 0.0, 1.0, 1.0]),
        ("REMOVE #date", &json!({}), [1.0, 1.0, 0.0, 1.0]),
        ("REMOVE note", &json!({}), [1.0, 0.0, 0.0, 0.0]),
    ] {
        let [table, by_date, by_state, by_place] = units;

        let cost = api.cost_of(change, values);

        assert_eq!(cost, report(table, by_date, by_state, by_place), "{change} {values}");
    }
}

#[test]
fn a_put_and_a_delete_cost_what_they_change_in_each_index() {
    let mut api = Api::with_orders();
    let put = |item: &Value| json!({"Item": item});
    let mut dearer = order("ada", 1);
    dearer["price"] = json!({"N": "11"});
    let bare = order_key("ada", "1");
    let delete = json!({"Key": order_key("ada", "1")});

    assert_eq!(api.cost("PutItem", put(&order("ada", 1))), report(1.0, 1.0, 1.0, 0.0));
    assert_eq!(api.cost("PutItem", put(&order("ada", 1))), report(1.0, 0.0, 0.0, 0.0));
    assert_eq!(api.cost("PutItem", put(&dearer)), report(1.0, 0.0, 0.0, 0.0));
    assert_eq!(api.cost("PutItem", put(&bare)), report(1.0, 1.0, 1.0, 0.0));
    assert_eq!(api.cost("DeleteItem", delete.clone()), report(1.0, 0.0, 0.0, 0.0));
    assert_eq!(api.cost("DeleteItem", delete.clone()), report(1.0, 0.0, 0.0, 0.0));
    api.db.put("orders", &order("ada", 1));
    assert_eq!(api.cost("DeleteItem", delete), report(1.0, 1.0, 1.0, 0.0));
}

#[test]
fn each_part_is_rounded_by_itself_and_a_change_costs_the_larger_entry() {
    let mut api = Api::with_orders();
    let note = |length: usize| json!({":v": {"S": "x".repeat(length)}});
    api.db.put("orders", &order("ada", 1));

    assert_eq!(api.cost_of("SET note = :v", &note(2500)), report(3.0, 0.0, 3.0, 0.0));
    assert_eq!(api.cost_of("SET note = :v", &note(10)), report(3.0, 0.0, 3.0, 0.0));
    assert_eq!(api.cost_of("SET note = :v", &note(1500)), report(2.0, 0.0, 2.0, 0.0));
    // The old entry and the new one.
    let moved = json!({":v": {"S": "x".repeat(1500)}, ":s": {"S": "shut"}});
    assert_eq!(api.cost_of("SET #state = :s, note = :v", &moved), report(2.0, 0.0, 4.0, 0.0));
    let shorter = json!({":v": {"S": "x"}, ":s": {"S": "open"}});
    assert_eq!(api.cost_of("SET #state = :s, note = :v", &shorter), report(2.0, 0.0, 3.0, 0.0));
}

#[test]
fn the_total_has_the_indexes_in_it() {
    let mut api = Api::with_orders();
    let mut request = json!({"Item": order("ada", 1), "ReturnConsumedCapacity": "TOTAL"});

    let total = api.ask("PutItem", &request).ok();
    request["ReturnConsumedCapacity"] = "NONE".into();
    let none = api.ask("PutItem", &request).ok();

    let expected = json!({"TableName": "orders", "CapacityUnits": 3.0});
    assert_eq!(total, json!({"ConsumedCapacity": expected}));
    assert_eq!(none, json!({}));
}

#[test]
fn an_item_is_in_an_index_while_it_has_all_of_its_keys() {
    let mut api = Api::with_orders();
    api.db.put("orders", &order_key("ada", "1"));
    let text = json!({":v": {"S": "x"}});
    for (change, values, counts) in [
        ("SET country = :v", &text, [0, 0, 0]),
        ("SET city = :v", &text, [0, 0, 0]),
        ("SET #hour = :v", &json!({":v": {"N": "1"}}), [0, 0, 0]),
        ("SET #date = :v", &text, [1, 0, 1]),
        ("SET #state = :v", &text, [1, 1, 1]),
        ("REMOVE city", &json!({}), [1, 1, 0]),
        ("REMOVE #date", &json!({}), [0, 0, 0]),
    ] {
        api.ask("UpdateItem", &update(change, values)).ok();

        let entries = ["by_date", "by_state", "by_place"].map(|index| api.entries(index));
        assert_eq!(entries, counts.map(Value::from), "{change}");
    }
}

#[test]
fn a_refused_write_leaves_the_entries() {
    let mut api = Api::with_orders();
    api.db.put("orders", &order("ada", 1));
    let shut = json!({":v": {"S": "shut"}, ":n": {"N": "0"}});
    let mut request = update("SET #state = :v", &shut);
    request["ConditionExpression"] = "price = :n".into();

    api.ask("UpdateItem", &request)
        .assert_refused("ConditionalCheckFailedException", "The conditional request failed");
    api.ask("UpdateItem", &update("SET #state = price", &json!({}))).assert_invalid(
        "The update expression attempted to update the secondary index key to unsupported type",
    );

    let entry = api.ask("Scan", &json!({"IndexName": "by_state"})).ok();
    assert_eq!(entry["Items"][0]["state"], json!({"S": "open"}));
    assert_eq!(entry["Count"], 1);
}

#[test]
fn writes_of_a_table_with_a_local_index_tell_of_their_collection() {
    let mut api = Api::with_orders();
    let size = |mut request: Value| {
        request["ReturnItemCollectionMetrics"] = "SIZE".into();
        request
    };
    let expected = json!({"ItemCollectionMetrics": {
        "ItemCollectionKey": {"customer": {"S": "ada"}}, "SizeEstimateRangeGB": [0.0, 1.0],
    }});

    for (operation, request) in [
        ("PutItem", json!({"Item": order("ada", 1)})),
        ("UpdateItem", update("REMOVE price", &json!({}))),
        ("DeleteItem", json!({"Key": order_key("ada", "1")})),
    ] {
        assert_eq!(api.ask(operation, &size(request.clone())).ok(), expected, "{operation}");
        assert_eq!(api.ask(operation, &request).ok(), json!({}), "{operation}");
    }
}

#[test]
fn a_table_without_local_indexes_has_no_collections() {
    let mut api = Api::with_users();
    let key = json!({"id": {"S": "7"}});
    for (operation, member) in [("PutItem", "Item"), ("UpdateItem", "Key"), ("DeleteItem", "Key")] {
        let request =
            json!({"TableName": "users", (member): key, "ReturnItemCollectionMetrics": "SIZE"});

        assert_eq!(api.call(operation, &request).ok(), json!({}), "{operation}");
    }
}

#[test]
fn counts_and_sizes_are_exact_after_each_write() {
    let mut api = Api::with_orders();
    let place = json!({":v": {"S": "nl"}, ":n": {"N": "1"}});

    // Names and values: customer 11, number 8, date 11, state 9, note 10, price 7.
    api.db.put("orders", &order("ada", 1));
    assert_eq!(api.totals(), json!([[1, 56], [1, 30], [1, 49], [0, 0]]));

    // Only in the table.
    api.db.put("orders", &order_key("ada", "2"));
    assert_eq!(api.totals(), json!([[2, 75], [1, 30], [1, 49], [0, 0]]));

    // country 9, city 6, hour 6: all of it is in by_place.
    api.ask("UpdateItem", &update("SET country = :v, city = :v, #hour = :n", &place)).ok();
    assert_eq!(api.totals(), json!([[2, 96], [1, 30], [1, 49], [1, 77]]));

    // Moved within an index, and changed in others.
    let longer = json!({":v": {"S": "2026-01-01"}});
    api.ask("UpdateItem", &update("SET #date = :v", &longer)).ok();
    assert_eq!(api.totals(), json!([[2, 99], [1, 33], [1, 52], [1, 80]]));

    api.ask("UpdateItem", &update("REMOVE #state", &json!({}))).ok();
    assert_eq!(api.totals(), json!([[2, 90], [1, 33], [0, 0], [1, 71]]));

    for number in ["1", "2"] {
        api.ask("DeleteItem", &json!({"Key": order_key("ada", number)})).ok();
    }
    assert_eq!(api.totals(), json!([[0, 0], [0, 0], [0, 0], [0, 0]]));
}
