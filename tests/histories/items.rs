//! The table of every history, and its items.
//!
//! Must hold: all of an item follows from its key and its value, so that half an item is seen.
//! Keys take turns between two partitions of the table, and are in the order of their numbers
//! there. Values are even or odd, which is the partition of an index; so an item moves between the
//! two when a value follows one of the other parity.
//! Not here: which pages show which items (`pages.rs`).

use serde_json::{Value, json};

/// The table with a local index, a global index of one partition and one between whose partitions
/// items move.
pub(crate) fn table() -> Value {
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let all = json!({"ProjectionType": "ALL"});
    json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            attribute("part", "S"), attribute("id", "S"), attribute("everything", "S"),
            attribute("parity", "N"), attribute("value", "N"),
        ],
        "KeySchema": [key("part", "HASH"), key("id", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "by-value",
            "KeySchema": [key("part", "HASH"), key("value", "RANGE")],
            "Projection": all,
        }],
        "GlobalSecondaryIndexes": [
            {"IndexName": "everything", "KeySchema": [key("everything", "HASH")], "Projection": all},
            {
                "IndexName": "parity",
                "KeySchema": [key("parity", "HASH"), key("value", "RANGE")],
                "Projection": all,
            },
        ],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// The partition of a key.
pub(crate) fn part_of(key: u64) -> u64 {
    key % 2
}

/// The partition as the table's key has it.
pub(crate) fn part_value(part: u64) -> Value {
    json!({"S": format!("part-{part}")})
}

/// The key as a request has it.
pub(crate) fn key_of(key: u64) -> Value {
    json!({"part": part_value(part_of(key)), "id": {"S": format!("key-{key:02}")}})
}

/// The item of that key and value.
pub(crate) fn item_of(key: u64, value: u64) -> Value {
    let mut item = key_of(key);
    item["value"] = json!({"N": value.to_string()});
    item["copy"] = json!({"S": value.to_string()});
    item["parity"] = json!({"N": (value % 2).to_string()});
    item["everything"] = json!({"S": "yes"});
    item
}

/// The key's number in an item or a key of it.
pub(crate) fn number_of(item: &Value) -> u64 {
    let number = item["id"]["S"].as_str().and_then(|id| id.strip_prefix("key-"));
    let number = number.and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("not an item of ours: {item}"))
}

/// The value that an item holds, which is there as a whole.
pub(crate) fn value_of(item: &Value) -> u64 {
    let value = projected_value_of(item);
    assert_eq!(*item, item_of(number_of(item), value), "half an item");
    value
}

/// The value in a projection of an item.
pub(crate) fn projected_value_of(item: &Value) -> u64 {
    let value = item["value"]["N"].as_str().and_then(|value| value.parse().ok());
    value.unwrap_or_else(|| panic!("not an item of ours: {item}"))
}

/// The table's name.
pub(crate) const TABLE: &str = "histories";
