//! Attributes of a `PutItem` that key an index but cannot, and items too large for their indexes.
//!
//! Not here: the same in updates (`update_refusals.rs`) and batches (`batch_write_item.rs`).

use serde_json::{Value, json};

use super::orders::{order, order_key};
use super::{Answer, Api, shelved};

/// Puts the first order of ada, with these attributes instead.
fn put_with(api: &mut Api, attributes: &[(&str, Value)]) -> Answer {
    let mut item = order("ada", 1);
    for (name, value) in attributes {
        item[name] = value.clone();
    }
    api.ask("PutItem", &json!({"Item": item}))
}

fn text(text: &str) -> Value {
    json!({"S": text})
}

fn mismatch(name: &str, expected: &str, actual: &str, index: &str) -> String {
    format!(
        "One or more parameter values were invalid: Type mismatch for Index Key {name} \
         Expected: {expected} Actual: {actual} IndexName: {index}"
    )
}

#[test]
fn an_index_key_of_another_type_is_named_with_its_index() {
    let mut api = Api::with_orders();
    for (name, value, message) in [
        ("hour", text("9"), mismatch("hour", "N", "S", "by_place")),
        ("state", json!({"N": "1"}), mismatch("state", "S", "N", "by_state")),
        ("state", json!({"NULL": true}), mismatch("state", "S", "NULL", "by_state")),
        ("state", json!({"M": {}}), mismatch("state", "S", "M", "by_state")),
        ("state", json!({"SS": ["a"]}), mismatch("state", "S", "SS", "by_state")),
        // Of several indexes that it keys, the first by name.
        ("date", json!({"BOOL": true}), mismatch("date", "S", "BOOL", "by_date")),
    ] {
        put_with(&mut api, &[(name, value)]).assert_invalid(&message);
    }
    assert_eq!(api.db.get("orders", &order_key("ada", "1")), None);
}

#[test]
fn keys_of_the_table_come_before_those_of_its_indexes() {
    let mut api = Api::with_orders();

    put_with(&mut api, &[("state", json!({"N": "1"})), ("number", text("1"))]).assert_invalid(
        "One or more parameter values were invalid: \
         Type mismatch for key number expected: N actual: S",
    );
}

#[test]
fn an_empty_index_key_is_named_with_its_index() {
    let mut api = Api::with_orders();

    put_with(&mut api, &[("city", text(""))]).assert_invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key \
         is not supported. The AttributeValue for a key attribute cannot contain an empty string \
         value. IndexName: by_place, IndexKey: city",
    );
    assert_eq!(api.db.get("orders", &order_key("ada", "1")), None);
}

#[test]
fn an_index_key_is_as_short_as_a_key() {
    let mut api = Api::with_orders();
    let long = |bytes: usize| text(&"x".repeat(bytes));

    put_with(&mut api, &[("state", long(2049))]).assert_invalid(
        "One or more parameter values were invalid: \
         Size of hashkey has exceeded the maximum size limit of2048 bytes",
    );
    put_with(&mut api, &[("date", long(1025))]).assert_invalid(
        "One or more parameter values were invalid: \
         Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );
    put_with(&mut api, &[("state", long(2048)), ("date", long(1024))]).ok();
}

#[test]
fn an_attribute_that_keys_an_index_is_checked_though_the_item_is_not_in_it() {
    let mut api = Api::with_orders();
    let mut item = order_key("ada", "1");
    item["hour"] = text("9");

    api.ask("PutItem", &json!({"Item": item}))
        .assert_invalid(&mismatch("hour", "N", "S", "by_place"));
}

#[test]
fn an_item_fits_together_with_its_local_entries() {
    let mut api = Api::with_shelves();
    // Names and values: shelf 6, at 4, colour 9, and the text and its name; all of it twice.
    let item = |bytes: usize| {
        let mut item = shelved("a", 1);
        item["colour"] = text("red");
        item["d"] = text(&"x".repeat(bytes - 20));
        item
    };
    let put = |item: &Value| json!({"TableName": "shelves", "Item": item});

    api.call("PutItem", &put(&item(204_801)))
        .assert_invalid("Item size has exceeded the maximum allowed size");
    assert_eq!(api.db.get("shelves", &shelved("a", 1)), None);

    api.call("PutItem", &put(&item(204_800))).ok();
    assert_eq!(api.db.get("shelves", &shelved("a", 1)), Some(item(204_800)));
}
