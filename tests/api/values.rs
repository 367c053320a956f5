//! Attribute values: what comes back, and what is refused with which words.

use serde_json::{Value, json};

use super::Api;

#[test]
fn every_type_comes_back_as_it_was() {
    let mut api = Api::with_users();
    let item = json!({
        "id": {"S": "7"},
        "text": {"S": "grüße \u{1F600} \"quoted\" \\ \u{0} \u{7f}"},
        "empty": {"S": ""},
        "number": {"N": "-12.5"},
        "bytes": {"B": "AAEC/w=="},
        "no_bytes": {"B": ""},
        "yes": {"BOOL": true},
        "no": {"BOOL": false},
        "nothing": {"NULL": true},
        "texts": {"SS": ["", "a", "b"]},
        "numbers": {"NS": ["-1", "2", "10"]},
        "blobs": {"BS": ["AA==", "AQ=="]},
        "list": {"L": [{"S": "x"}, {"L": []}, {"M": {}}, {"NULL": true}]},
        "map": {"M": {"a": {"M": {"b": {"L": [{"N": "1"}]}}}}},
        "name with spaces and ünïcode": {"S": "x"},
    });

    api.put_user(&item).ok();

    assert_eq!(api.user("7"), Some(item.clone()));
    assert_eq!(api.user("7"), Some(item), "from the cache too");
}

#[test]
fn sets_come_back_in_the_order_of_their_values() {
    let mut api = Api::with_users();

    api.put_user(&json!({
        "id": {"S": "7"}, "s": {"SS": ["b", "a", "C"]}, "n": {"NS": ["10", "9", "-1"]},
    }))
    .ok();

    let held = api.user("7").expect("it was put");
    assert_eq!(held["s"], json!({"SS": ["C", "a", "b"]}));
    assert_eq!(held["n"], json!({"NS": ["-1", "9", "10"]}));
}

#[test]
fn faulty_values_are_told_in_the_services_words() {
    let mut api = Api::with_users();
    let invalid = "One or more parameter values were invalid: ";
    let empty =
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
    let several = "Supplied AttributeValue has more than one datatypes set, must contain exactly \
                   one of the supported datatypes";
    let cases: [(Value, String); 12] = [
        (json!({}), empty.into()),
        (json!({"X": "a"}), empty.into()),
        (json!({"s": "a"}), empty.into()),
        (
            json!({"NULL": false}),
            format!("{invalid}Null attribute value types must have the value of true"),
        ),
        (json!({"SS": []}), format!("{invalid}An string set  may not be empty")),
        (json!({"NS": []}), format!("{invalid}An number set  may not be empty")),
        (json!({"BS": []}), format!("{invalid}Binary sets should not be empty")),
        (
            json!({"SS": ["a", "b", "a"]}),
            format!("{invalid}Input collection [a, b, a] contains duplicates."),
        ),
        (json!({"NS": ["1", "1.0"]}), "Input collection contains duplicates".into()),
        (
            json!({"BS": ["YQ==", "YQ=="]}),
            format!("{invalid}Input collection [YQ==, YQ==]of type BS contains duplicates."),
        ),
        (json!({"S": "a", "N": "1"}), several.into()),
        (json!({"S": "a", "SS": ["b"]}), several.into()),
    ];

    for (value, message) in cases {
        for nested in [
            value.clone(),
            json!({"L": [{"S": "x"}, value]}),
            json!({"M": {"m": {"M": {"n": value}}}}),
        ] {
            api.put_user(&json!({"id": {"S": "7"}, "a": nested})).assert_invalid(&message);
        }
    }
    assert_eq!(api.user("7"), None);
}

#[test]
fn a_faulty_value_in_a_key_is_told_in_the_same_words() {
    let mut api = Api::with_users();

    for operation in ["GetItem", "DeleteItem"] {
        let request = json!({"TableName": "users", "Key": {"id": {"SS": ["a", "a"]}}});
        api.call(operation, &request).assert_invalid(
            "One or more parameter values were invalid: \
             Input collection [a, a] contains duplicates.",
        );
    }
}

#[test]
fn an_empty_name_is_refused() {
    let mut api = Api::with_users();

    let refusal = api.put_user(&json!({"id": {"S": "7"}, "": {"S": "x"}})).refusal();

    assert_eq!(refusal.code, "ValidationException");
    assert!(refusal.message.to_lowercase().contains("empty attribute name"), "{refusal:?}");
}

#[test]
fn values_nest_31_containers_deep_and_no_deeper() {
    let mut api = Api::with_users();
    let lists = |depth| (0..depth).fold(json!({"S": "x"}), |value, _| json!({"L": [value]}));
    let maps = |depth| (0..depth).fold(json!({"S": "x"}), |value, _| json!({"M": {"m": value}}));

    for deep in [lists(31), maps(31)] {
        api.put_user(&json!({"id": {"S": "7"}, "deep": deep})).ok();
        assert_eq!(api.user("7").expect("it was put")["deep"], deep);
    }
    for deeper in [lists(32), maps(32)] {
        api.put_user(&json!({"id": {"S": "7"}, "deep": deeper})).assert_invalid(
            "Nesting Levels have exceeded supported limits: \
             Attributes in the item have nested levels beyond supported limit",
        );
    }
}

#[test]
fn the_first_faulty_attribute_is_told() {
    let mut api = Api::with_users();
    let body = br#"{"TableName":"users","Item":{"id":{"S":"7"},"b":{"SS":[]},"a":{"NS":[]}}}"#;

    api.db.call_raw("PutItem", body).assert_invalid(
        "One or more parameter values were invalid: An string set  may not be empty",
    );
}
