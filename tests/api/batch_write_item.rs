//! `BatchWriteItem`.

use serde_json::{Value, json};

use super::orders::{order, order_key};
use super::{Answer, Api, NOT_NULL, member, one, shelved};

impl Api {
    /// Writes a batch of these tables' requests.
    fn write_batch(&mut self, tables: &Value) -> Answer {
        self.call("BatchWriteItem", &json!({"RequestItems": tables}))
    }

    /// How many items a table has.
    fn count(&mut self, table: &str) -> usize {
        self.db.scan_all(&json!({"TableName": table})).len()
    }
}

fn put(item: &Value) -> Value {
    json!({"PutRequest": {"Item": item}})
}

fn delete(key: &Value) -> Value {
    json!({"DeleteRequest": {"Key": key}})
}

fn id(id: &str) -> Value {
    json!({"id": {"S": id}})
}

/// Puts of so many users, from this number on.
fn puts(range: std::ops::Range<u32>) -> Vec<Value> {
    range.map(|number| put(&id(&number.to_string()))).collect()
}

const MISFIT: &str = "The provided key element does not match the schema";
const DUPLICATES: &str = "Provided list of item keys contains duplicates";
const TOO_LARGE: &str = "Item size has exceeded the maximum allowed size";

#[test]
fn items_of_several_tables_are_put_and_deleted() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    api.put_user(&id("old")).ok();
    api.put_user(&json!({"id": {"S": "replaced"}, "a": {"S": "x"}})).ok();
    for cached in ["old", "new", "replaced"] {
        api.user(cached);
    }
    let group = json!({"id": {"S": "1"}, "of": {"S": "groups"}});

    let answer = api.write_batch(&json!({
        "users": [delete(&id("old")), put(&id("new")), put(&id("replaced")), delete(&id("nobody"))],
        "groups": [put(&group)],
    }));

    assert_eq!(answer.ok(), json!({"UnprocessedItems": {}}));
    assert_eq!(api.user("old"), None);
    assert_eq!(api.user("new"), Some(id("new")));
    assert_eq!(api.user("replaced"), Some(id("replaced")));
    assert_eq!(api.db.get("groups", &id("1")), Some(group));
}

#[test]
fn request_items_are_required() {
    let mut api = Api::empty();

    api.call("BatchWriteItem", &json!({})).assert_invalid(&one(&member(
        "null",
        "requestItems",
        NOT_NULL,
    )));
    api.write_batch(&json!({}))
        .assert_invalid("The requestItems parameter is required for BatchWriteItem");
}

#[test]
fn a_table_has_1_to_25_writes() {
    let mut api = Api::with_users();
    let refused = one(&member(
        "'{users=[WriteRequest]}'",
        "requestItems",
        "Map value must satisfy constraint: [Member must have length less than or equal to 25, \
         Member must have length greater than or equal to 1]",
    ));

    api.write_batch(&json!({"users": puts(0..26)})).assert_invalid(&refused);
    api.write_batch(&json!({"users": []})).assert_invalid(&refused);
    assert_eq!(api.count("users"), 0);

    api.write_batch(&json!({"users": puts(0..25)})).ok();
    assert_eq!(api.count("users"), 25);
}

#[test]
fn a_batch_has_25_writes_over_all_tables() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    let refused = "Too many items requested for the BatchWriteItem call";

    api.write_batch(&json!({"users": puts(0..20), "groups": puts(0..6)})).assert_invalid(refused);
    assert_eq!([api.count("users"), api.count("groups")], [0, 0]);

    api.write_batch(&json!({"users": puts(0..20), "groups": puts(0..5)})).ok();
    assert_eq!([api.count("users"), api.count("groups")], [20, 5]);
    // The table is not asked for: it could be absent.
    api.write_batch(&json!({"nowhere": puts(0..20), "groups": puts(0..6)})).assert_invalid(refused);
}

#[test]
fn a_write_puts_or_deletes() {
    let mut api = Api::with_users();
    let both = json!({"PutRequest": {"Item": id("1")}, "DeleteRequest": {"Key": id("1")}});
    for wrong in [json!({}), both] {
        api.write_batch(&json!({"users": [put(&id("0")), wrong]})).assert_invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of \
             the supported datatypes",
        );
    }
    api.write_batch(&json!({"users": [{"PutRequest": {}}]})).assert_invalid(&one(&member(
        "null",
        "requestItems.users.member.1.member.putRequest.item",
        NOT_NULL,
    )));
    assert_eq!(api.count("users"), 0);
}

#[test]
fn one_key_is_written_once() {
    let mut api = Api::with_users();
    for twice in [
        [put(&id("1")), put(&id("1"))],
        [put(&id("1")), delete(&id("1"))],
        [delete(&id("1")), delete(&id("1"))],
    ] {
        api.write_batch(&json!({"users": twice})).assert_invalid(DUPLICATES);
    }
    assert_eq!(api.count("users"), 0);
}

#[test]
fn a_number_in_other_words_is_the_same_key() {
    let mut api = Api::with_events();
    let event = |at: &str| json!({"room": {"S": "a"}, "at": {"N": at}});

    for twice in
        [[put(&event("1")), put(&event("1.0"))], [put(&event("10")), delete(&event("1e1"))]]
    {
        api.write_batch(&json!({"events": twice})).assert_invalid(DUPLICATES);
    }
    assert_eq!(api.count("events"), 0);

    api.write_batch(&json!({"events": [put(&event("1")), put(&event("1.5"))]})).ok();
    assert_eq!(api.count("events"), 2);
}

#[test]
fn tables_may_have_the_same_keys() {
    let mut api = Api::with_users();
    api.db.create_table("groups");

    api.write_batch(&json!({"users": puts(1..2), "groups": puts(1..2)})).ok();

    assert_eq!([api.count("users"), api.count("groups")], [1, 1]);
}

#[test]
fn one_absent_table_refuses_the_whole_call() {
    let mut api = Api::with_users();
    for tables in [
        json!({"users": puts(0..2), "xyz": puts(0..1)}),
        json!({"abc": puts(0..1), "users": puts(0..2)}),
        // Before any key is looked at.
        json!({"users": [put(&json!({})), put(&json!({}))], "xyz": puts(0..1)}),
    ] {
        api.write_batch(&tables)
            .assert_refused("ResourceNotFoundException", "Requested resource not found");
    }
    assert_eq!(api.count("users"), 0);
}

#[test]
fn values_and_sizes_come_before_the_table() {
    let mut api = Api::empty();
    let large = json!({"id": {"S": "7"}, "d": {"S": "x".repeat(409_600)}});
    let empty = json!({"id": {"S": "7"}, "d": {"SS": []}});

    api.write_batch(&json!({"users": [put(&large)]})).assert_invalid(TOO_LARGE);
    api.write_batch(&json!({"users": [put(&empty)]})).assert_invalid(
        "One or more parameter values were invalid: An string set  may not be empty",
    );
    // The first of a request that is wrong.
    api.write_batch(&json!({"users": [put(&empty), put(&large)]})).assert_invalid(
        "One or more parameter values were invalid: An string set  may not be empty",
    );
    api.write_batch(&json!({"users": [put(&large), put(&empty)]})).assert_invalid(TOO_LARGE);
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    let mut api = Api::with_users();
    for wrong in [
        put(&json!({"a": {"S": "x"}})),
        put(&json!({"id": {"N": "1"}})),
        put(&json!({"id": {"NULL": true}})),
        delete(&json!({})),
        delete(&json!({"id": {"N": "1"}})),
        delete(&json!({"id": {"S": "1"}, "a": {"S": "x"}})),
    ] {
        api.write_batch(&json!({"users": [put(&id("0")), wrong]})).assert_invalid(MISFIT);
    }
    let empty = "One or more parameter values are not valid. The AttributeValue for a key \
                 attribute cannot contain an empty string value. Key: id";
    for wrong in [put(&id("")), delete(&id(""))] {
        api.write_batch(&json!({"users": [put(&id("0")), wrong]})).assert_invalid(empty);
    }
    assert_eq!(api.count("users"), 0);
}

#[test]
fn keys_of_a_table_are_checked_before_its_duplicates_and_before_the_next_table() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    let twice = || vec![put(&id("1")), delete(&id("1"))];
    let misfit = put(&json!({"id": {"N": "1"}}));
    let mut both = twice();
    both.push(misfit.clone());

    api.write_batch(&json!({"users": both})).assert_invalid(MISFIT);
    api.write_batch(&json!({"groups": twice(), "users": [misfit.clone()]}))
        .assert_invalid(DUPLICATES);
    api.write_batch(&json!({"groups": [misfit], "users": twice()})).assert_invalid(MISFIT);
    assert_eq!([api.count("users"), api.count("groups")], [0, 0]);
}

#[test]
fn an_index_key_that_does_not_fit_refuses_the_whole_call() {
    let mut api = Api::with_orders();
    let with = |name: &str, value: Value| {
        let mut item = order("ada", 2);
        item[name] = value;
        put(&item)
    };
    for (wrong, message) in [
        (
            with("hour", json!({"S": "9"})),
            "One or more parameter values were invalid: Type mismatch for Index Key hour \
             Expected: N Actual: S IndexName: by_place",
        ),
        (
            with("date", json!({"NULL": true})),
            "One or more parameter values were invalid: Type mismatch for Index Key date \
             Expected: S Actual: NULL IndexName: by_date",
        ),
        (
            with("state", json!({"S": ""})),
            "One or more parameter values are not valid. A value specified for a secondary index \
             key is not supported. The AttributeValue for a key attribute cannot contain an empty \
             string value. IndexName: by_state, IndexKey: state",
        ),
    ] {
        api.write_batch(&json!({"orders": [put(&order("ada", 1)), wrong]})).assert_invalid(message);
    }
    assert_eq!(api.count("orders"), 0);
}

#[test]
fn an_item_too_large_with_its_local_entries_refuses_the_whole_call() {
    // Seen: the small item was written before the engine refused the large one. Now the proxy
    // checks sizes with local entries before any write.
    let mut api = Api::with_shelves();
    let small = shelved("a", 1);
    let mut large = shelved("a", 2);
    large["colour"] = json!({"S": "red"});
    large["d"] = json!({"S": "x".repeat(250_000)});

    api.write_batch(&json!({"shelves": [put(&small), put(&large)]})).assert_invalid(TOO_LARGE);

    assert_eq!(api.count("shelves"), 0);
    // Without the index key there is no entry.
    large.as_object_mut().expect("an item").remove("colour");
    api.write_batch(&json!({"shelves": [put(&small), put(&large)]})).ok();
    assert_eq!(api.count("shelves"), 2);
}

#[test]
fn an_answer_names_the_table_as_the_request_did() {
    let mut api = Api::with_orders();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    let request = json!({
        "RequestItems": {(arn): [put(&order("ada", 1))]},
        "ReturnConsumedCapacity": "TOTAL", "ReturnItemCollectionMetrics": "SIZE",
    });

    let answer = api.call("BatchWriteItem", &request).ok();

    assert_eq!(answer["ConsumedCapacity"][0]["TableName"], arn);
    assert_eq!(answer["ItemCollectionMetrics"][arn].as_array().map(Vec::len), Some(1));
    assert_eq!(api.count("orders"), 1);
    // A table is asked for once, under either.
    let both = json!({(arn): [put(&order("ada", 2))], "orders": [put(&order("ada", 3))]});
    let refusal = api.write_batch(&both).refusal();
    assert_eq!((refusal.status, refusal.code.as_str()), (400, "ValidationException"));
    assert_eq!(api.count("orders"), 1);
}

#[test]
fn each_collection_that_was_written_is_told_once() {
    let mut api = Api::with_orders();
    api.db.create_table("users");
    let tables = json!({
        "orders": [
            put(&order("ada", 1)), put(&order("bob", 1)), delete(&order_key("ada", "2")),
        ],
        "users": puts(0..1),
    });
    let request = json!({"RequestItems": tables, "ReturnItemCollectionMetrics": "SIZE"});

    let mut answer = api.call("BatchWriteItem", &request).ok();

    let collection = |customer: &str| {
        let key = json!({"customer": {"S": customer}});
        json!({"ItemCollectionKey": key, "SizeEstimateRangeGB": [0.0, 1.0]})
    };
    let collections = answer["ItemCollectionMetrics"]["orders"].as_array_mut().expect("a list");
    collections.sort_by_key(|collection| collection["ItemCollectionKey"].to_string());
    assert_eq!(
        answer,
        json!({
            "UnprocessedItems": {},
            "ItemCollectionMetrics": {"orders": [collection("ada"), collection("bob")]},
        })
    );
    let users =
        json!({"RequestItems": {"users": puts(0..1)}, "ReturnItemCollectionMetrics": "SIZE"});
    assert_eq!(api.call("BatchWriteItem", &users).ok(), json!({"UnprocessedItems": {}}));
}

#[test]
fn what_was_consumed_is_told_for_each_table() {
    let mut api = Api::with_orders();
    api.db.create_table("users");
    let large = json!({"id": {"S": "0"}, "d": {"S": "x".repeat(1_500)}});
    api.put_user(&large).ok();
    let mut request = json!({"RequestItems": {
        "orders": [put(&order("ada", 1)), put(&order("ada", 2)), delete(&order_key("bob", "1"))],
        // Each is rounded by itself, and costs what is replaced.
        "users": [put(&id("0")), put(&id("1")), delete(&id("2"))],
    }});
    let mut consumed = |detail: &str| {
        request["ReturnConsumedCapacity"] = detail.into();
        let mut answer = api.call("BatchWriteItem", &request).ok();
        let list = answer["ConsumedCapacity"].as_array_mut().expect("a list");
        list.sort_by_key(|consumed| consumed["TableName"].to_string());
        list.clone()
    };
    let part = |units: f64| json!({"CapacityUnits": units});

    assert_eq!(
        consumed("INDEXES"),
        [
            json!({
                "TableName": "orders", "CapacityUnits": 7.0, "Table": part(3.0),
                "LocalSecondaryIndexes": {"by_date": part(2.0)},
                "GlobalSecondaryIndexes": {"by_state": part(2.0)},
            }),
            json!({"TableName": "users", "CapacityUnits": 4.0, "Table": part(4.0)}),
        ]
    );
    // The same once more changes nothing in an index.
    assert_eq!(
        consumed("TOTAL"),
        [
            json!({"TableName": "orders", "CapacityUnits": 3.0}),
            json!({"TableName": "users", "CapacityUnits": 3.0}),
        ]
    );
}
