//! Members of the wrong JSON type: `SerializationException`, in the service's words.

use serde_json::{Value, json};

use super::Api;

#[test]
fn members_of_the_wrong_type_are_told() {
    let mut api = Api::with_users();
    let key = json!({"id": {"S": "7"}});
    let map = "Unrecognized collection type java.util.Map<java.lang.String, \
               com.amazonaws.dynamodb.v20120810.AttributeValue>";
    let start = "Start of structure or map found where not expected";
    let cases: Vec<(&str, Value, &str)> = vec![
        ("TableName", json!(1), "NUMBER_VALUE cannot be converted to String"),
        ("TableName", json!(1.5), "DECIMAL_VALUE cannot be converted to String"),
        ("TableName", json!(true), "TRUE_VALUE cannot be converted to String"),
        ("TableName", json!(false), "FALSE_VALUE cannot be converted to String"),
        ("TableName", json!([]), "Unrecognized collection type class java.lang.String"),
        ("TableName", json!({}), start),
        ("ConsistentRead", json!(1), "NUMBER_VALUE cannot be converted to Boolean"),
        ("ConsistentRead", json!("perhaps"), "Unexpected token received from parser"),
        ("ConsistentRead", json!([]), "Unrecognized collection type class java.lang.Boolean"),
        ("ConsistentRead", json!({}), start),
        ("Key", json!("7"), "Unexpected field type"),
        ("Key", json!(7), "Unexpected field type"),
        ("Key", json!([]), map),
        ("Key", json!({"id": "7"}), "Unexpected value type in payload"),
        ("Key", json!({"id": {"S": 7}}), "NUMBER_VALUE cannot be converted to String"),
        ("Key", json!({"id": {"N": 7}}), "NUMBER_VALUE cannot be converted to String"),
        ("Key", json!({"id": {"S": {}}}), start),
        ("Key", json!({"id": {"BOOL": 1}}), "NUMBER_VALUE cannot be converted to Boolean"),
        ("Key", json!({"id": {"SS": "a"}}), "Unexpected field type"),
        ("Key", json!({"id": {"L": {}}}), start),
        ("Key", json!({"id": {"M": []}}), map),
    ];

    for (name, value, message) in cases {
        let mut request = json!({"TableName": "users", "Key": key});
        request[name] = value;
        api.call("GetItem", &request).assert_refused("SerializationException", message);
    }
}

#[test]
fn blobs_of_the_wrong_form_are_told() {
    let mut api = Api::with_users();
    let cases = [
        (json!(1), "only base-64-encoded strings are convertible to bytes"),
        (json!(true), "only base-64-encoded strings are convertible to bytes"),
        (json!([]), "Unrecognized collection type class java.nio.ByteBuffer"),
        (json!("YQ="), "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        (json!("YR=="), "Invalid last non-pad Base64 character dectected"),
    ];

    for (blob, message) in cases {
        api.put_user(&json!({"id": {"S": "7"}, "b": {"B": blob}}))
            .assert_refused("SerializationException", message);
    }
}

#[test]
fn booleans_may_be_words() {
    let mut api = Api::with_users();

    for word in ["true", "TRUE", "1", "yes", "false", "0", "No"] {
        let request =
            json!({"TableName": "users", "Key": {"id": {"S": "7"}}, "ConsistentRead": word});
        assert_eq!(api.call("GetItem", &request).ok(), json!({}), "{word}");
    }
}

#[test]
fn integers_are_not_words() {
    let mut api = Api::empty();

    api.call("ListTables", &json!({"Limit": "10"}))
        .assert_refused("SerializationException", "STRING_VALUE cannot be converted to Integer");
    api.call("ListTables", &json!({"Limit": true}))
        .assert_refused("SerializationException", "TRUE_VALUE cannot be converted to Integer");
}

#[test]
fn members_given_twice_are_refused() {
    let mut api = Api::with_users();
    let bodies = [
        r#"{"TableName":"users","TableName":"users","Key":{"id":{"S":"7"}}}"#,
        r#"{"TableName":"users","Key":{"id":{"S":"7"},"id":{"S":"8"}}}"#,
        r#"{"TableName":"users","Key":{"id":{"S":"7","S":"8"}}}"#,
    ];

    for body in bodies {
        let refusal = api.db.call_raw("GetItem", body.as_bytes()).refusal();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "SerializationException"));
    }
}

#[test]
fn wrong_types_come_before_missing_members() {
    let mut api = Api::empty();

    api.call("PutItem", &json!({"ReturnValues": 1}))
        .assert_refused("SerializationException", "NUMBER_VALUE cannot be converted to String");
}

#[test]
fn names_are_case_sensitive() {
    let mut api = Api::empty();

    api.call("DescribeTable", &json!({"tableName": "users"}))
        .assert_invalid("The parameter 'TableName' is required but was not present in the request");
}
