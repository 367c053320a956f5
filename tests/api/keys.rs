//! Keys, in whatever operation carries one.

use serde_json::{Value, json};

use super::Api;

#[test]
fn a_key_that_does_not_match_the_schema_is_refused() {
    let mut api = Api::with_events();
    let keys = [
        json!({}),
        json!({"room": {"S": "a"}}),
        json!({"at": {"N": "1"}}),
        json!({"room": {"S": "a"}, "on": {"N": "1"}}),
        json!({"room": {"S": "a"}, "at": {"S": "1"}}),
        json!({"room": {"N": "1"}, "at": {"N": "1"}}),
        json!({"room": {"S": "a"}, "at": {"N": "1"}, "more": {"S": "x"}}),
        json!({"room": {"M": {}}, "at": {"N": "1"}}),
    ];

    for key in keys {
        for operation in ["GetItem", "DeleteItem"] {
            api.call(operation, &json!({"TableName": "events", "Key": key}))
                .assert_invalid("The provided key element does not match the schema");
        }
    }
}

#[test]
fn an_empty_text_is_no_key() {
    let mut api = Api::with_users();
    let message = "One or more parameter values are not valid. The AttributeValue for a key \
                   attribute cannot contain an empty string value. Key: id";

    for operation in ["GetItem", "DeleteItem"] {
        api.call(operation, &json!({"TableName": "users", "Key": {"id": {"S": ""}}}))
            .assert_invalid(message);
    }
    api.put_user(&json!({"id": {"S": ""}})).assert_invalid(message);
    let batch = json!({"RequestItems": {"users": {"Keys": [{"id": {"S": ""}}]}}});
    api.call("BatchGetItem", &batch).assert_invalid(message);
}

#[test]
fn an_empty_binary_is_no_key() {
    let mut api = Api::empty();
    create(&mut api, "B", None);

    api.call("GetItem", &json!({"TableName": "bytes", "Key": {"id": {"B": ""}}})).assert_invalid(
        "One or more parameter values are not valid. The AttributeValue for a key attribute \
         cannot contain an empty binary value. Key: id",
    );
}

#[test]
fn a_hash_key_is_2048_bytes_at_most() {
    let mut api = Api::with_users();
    let message = "One or more parameter values were invalid: Size of hashkey has exceeded the \
                   maximum size limit of2048 bytes";

    api.put_user(&json!({"id": {"S": "x".repeat(2_048)}})).ok();
    assert!(api.user(&"x".repeat(2_048)).is_some());
    api.put_user(&json!({"id": {"S": "x".repeat(2_049)}})).assert_invalid(message);
    let key = json!({"id": {"S": "x".repeat(2_049)}});
    api.call("GetItem", &json!({"TableName": "users", "Key": key})).assert_invalid(message);
    // Bytes count, not characters.
    api.put_user(&json!({"id": {"S": "é".repeat(1_025)}})).assert_invalid(message);
}

#[test]
fn a_range_key_is_1024_bytes_at_most() {
    let mut api = Api::empty();
    create(&mut api, "S", Some("S"));
    let put = |length: usize| {
        let item = json!({"id": {"S": "a"}, "at": {"S": "x".repeat(length)}});
        json!({"TableName": "bytes", "Item": item})
    };

    api.call("PutItem", &put(1_024)).ok();
    api.call("PutItem", &put(1_025)).assert_invalid(
        "One or more parameter values were invalid: Aggregated size of all range keys has \
         exceeded the size limit of 1024 bytes",
    );
}

#[test]
fn numbers_that_are_equal_are_one_key() {
    let mut api = Api::with_events();
    let event = |at: &str| json!({"room": {"S": "a"}, "at": {"N": at}});
    api.db.put("events", &event("100"));

    for at in ["100", "100.0", "1e2", "+100", "0100", "1000E-1"] {
        assert_eq!(api.db.get("events", &event(at)), Some(event("100")), "{at}");
    }
}

#[test]
fn keys_of_every_type_keep_their_items_apart() {
    let values: [(&str, Vec<Value>); 3] = [
        (
            "S",
            ["a", "A", "ä", "a\u{0}", "a\u{0}b", "ab", "\u{1F600}"].map(|s| json!({"S": s})).into(),
        ),
        ("N", ["0", "1", "-1", "1.5", "1e100", "-1e-100", "10"].map(|n| json!({"N": n})).into()),
        ("B", ["AA==", "AAA=", "/w==", "AQ=="].map(|b| json!({"B": b})).into()),
    ];

    for (kind, keys) in values {
        let mut api = Api::empty();
        create(&mut api, kind, None);
        for (index, key) in keys.iter().enumerate() {
            let item = json!({"id": key, "index": {"N": index.to_string()}});
            api.db.put("bytes", &item);
        }
        for (index, key) in keys.iter().enumerate() {
            let held = api.db.get("bytes", &json!({"id": key})).expect("it was put");
            assert_eq!(held["index"]["N"], index.to_string(), "{key}");
        }
    }
}

/// The table `bytes` with a hash key `id` of that type, and perhaps a range key `at`.
fn create(api: &mut Api, hash: &str, range: Option<&str>) {
    let mut definitions = vec![json!({"AttributeName": "id", "AttributeType": hash})];
    let mut schema = vec![json!({"AttributeName": "id", "KeyType": "HASH"})];
    if let Some(kind) = range {
        definitions.push(json!({"AttributeName": "at", "AttributeType": kind}));
        schema.push(json!({"AttributeName": "at", "KeyType": "RANGE"}));
    }
    api.db.create_table_with(&json!({
        "TableName": "bytes", "AttributeDefinitions": definitions, "KeySchema": schema,
        "BillingMode": "PAY_PER_REQUEST",
    }));
}
