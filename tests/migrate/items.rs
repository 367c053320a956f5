//! Tables full of whatever items can be.

use serde_json::{Value, json};

use super::TABLE;
use super::support::Db;

/// A table with a text as its key and `many` small items.
pub(crate) fn fill(db: &mut Db, many: usize) {
    db.create_table(TABLE);
    put_all(db, (0..many).map(|number| item(number, 0)));
}

/// One of the small items, in one of its versions.
pub(crate) fn item(number: usize, version: u64) -> Value {
    json!({"id": {"S": format!("item-{number}")}, "version": {"N": version.to_string()}})
}

/// Puts items in batches.
pub(crate) fn put_all(db: &mut Db, items: impl Iterator<Item = Value>) {
    put_all_into(db, TABLE, items);
}

/// The same into another table.
pub(crate) fn put_all_into(db: &mut Db, table: &str, items: impl Iterator<Item = Value>) {
    let puts: Vec<Value> = items.map(|item| json!({"PutRequest": {"Item": item}})).collect();
    for batch in puts.chunks(25) {
        let written = db.call("BatchWriteItem", &json!({"RequestItems": {table: batch}})).ok();
        assert_eq!(written["UnprocessedItems"], json!({}));
    }
}

/// A table with both keys and indexes.
pub(crate) fn described() -> Value {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let index = |name: &str, hash: &str| {
        json!({
            "IndexName": name,
            "KeySchema": [key(hash, "HASH"), key("by", "RANGE")],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"]},
        })
    };
    json!({
        "TableName": TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "B"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "by", "AttributeType": "S"},
        ],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "LocalSecondaryIndexes": [index("local", "pk")],
        "GlobalSecondaryIndexes": [index("global", "by").as_object().map(|index| {
            let mut index = index.clone();
            index.insert("KeySchema".to_owned(), json!([key("by", "HASH")]));
            index
        })],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// Items of that table with every type of attribute, nested and large.
pub(crate) fn every_kind() -> Vec<Value> {
    let key = |number: &str| json!({"pk": {"B": "AAEC/w=="}, "sk": {"N": number}});
    let with = |number: &str, name: &str, value: Value| {
        let mut item = key(number);
        item[name] = value;
        item
    };
    let mut deep = json!({"S": "bottom"});
    for _ in 0..30 {
        deep = json!({"L": [deep]});
    }
    vec![
        key("0"),
        with("1", "text", json!({"S": ""})),
        with("-1.5", "text", json!({"S": "é\u{1F600}\"\\\n\u{0}"})),
        with("1e100", "number", json!({"N": "-0.00000000000000000000000000000000000001"})),
        with("3", "blob", json!({"B": ""})),
        with("4", "truth", json!({"BOOL": true})),
        with("5", "nothing", json!({"NULL": true})),
        with("6", "texts", json!({"SS": ["b", "a"]})),
        with("7", "numbers", json!({"NS": ["10", "9", "-1"]})),
        with("8", "blobs", json!({"BS": ["/w==", "AA=="]})),
        with("9", "list", json!({"L": [{"S": "1"}, {"N": "1"}, {"L": []}, {"M": {}}]})),
        with("10", "map", json!({"M": {"a": {"M": {"b": {"NULL": true}}}}})),
        with("11", "deep", deep),
        with("12", "by", json!({"S": "indexed"})),
        with("13", "large", json!({"S": "x".repeat(400_000)})),
        with("14", "large", json!({"B": "AAAA".repeat(133_000)})),
    ]
}
