//! `BatchGetItem`.

use serde_json::{Value, json};

use super::{Api, NOT_NULL, member, one};

#[test]
fn items_found_are_returned_and_missing_ones_left_out() {
    let mut api = Api::with_users();
    for id in ["1", "2"] {
        api.put_user(&json!({"id": {"S": id}})).ok();
    }

    let answer = api.call("BatchGetItem", &batch("users", &["1", "2", "3"])).ok();

    let mut ids: Vec<_> = answer["Responses"]["users"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["id"]["S"].as_str().expect("a text").to_owned())
        .collect();
    ids.sort();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(answer["UnprocessedKeys"], json!({}));
}

#[test]
fn nothing_found_is_an_empty_list() {
    let mut api = Api::with_users();

    let answer = api.call("BatchGetItem", &batch("users", &["1"])).ok();

    assert_eq!(answer, json!({"Responses": {"users": []}, "UnprocessedKeys": {}}));
}

#[test]
fn several_tables_with_different_options_are_read() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    api.put_user(&json!({"id": {"S": "1"}})).ok();
    api.db.put("groups", &json!({"id": {"S": "1"}, "of": {"S": "groups"}}));

    let answer = api.call(
        "BatchGetItem",
        &json!({"RequestItems": {
            "users": {"Keys": [{"id": {"S": "1"}}], "ConsistentRead": true},
            "groups": {"Keys": [{"id": {"S": "1"}}]},
        }}),
    );

    assert_eq!(
        answer.ok(),
        json!({
            "Responses": {
                "users": [{"id": {"S": "1"}}],
                "groups": [{"id": {"S": "1"}, "of": {"S": "groups"}}],
            },
            "UnprocessedKeys": {},
        })
    );
}

#[test]
fn an_answer_names_the_table_as_the_request_did() {
    // Seen: items of a table that was named by its ARN came under its name, where a client that
    // looks for the ARN finds none. Now requests keep what they said.
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "1"}})).ok();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    let mut request = batch(arn, &["1"]);
    request["ReturnConsumedCapacity"] = "TOTAL".into();

    let answer = api.call("BatchGetItem", &request).ok();

    assert_eq!(answer["Responses"], json!({(arn): [{"id": {"S": "1"}}]}));
    assert_eq!(answer["ConsumedCapacity"], json!([{"TableName": arn, "CapacityUnits": 0.5}]));
}

#[test]
fn request_items_are_required() {
    let mut api = Api::empty();

    api.call("BatchGetItem", &json!({})).assert_invalid(&one(&member(
        "null",
        "requestItems",
        NOT_NULL,
    )));
    api.call("BatchGetItem", &json!({"RequestItems": {}}))
        .assert_invalid("The requestItems parameter is required for BatchGetItem");
}

#[test]
fn keys_are_required() {
    let mut api = Api::with_users();

    api.call("BatchGetItem", &json!({"RequestItems": {"users": {}}}))
        .assert_invalid(&one(&member("null", "requestItems.users.member.keys", NOT_NULL)));
    api.call("BatchGetItem", &json!({"RequestItems": {"users": {"Keys": []}}})).assert_invalid(
        &one(&member(
            "'[]'",
            "requestItems.users.member.keys",
            "Member must have length greater than or equal to 1",
        )),
    );
}

#[test]
fn a_hundred_keys_are_read_and_one_more_is_refused() {
    let mut api = Api::with_users();
    let ids: Vec<String> = (0..101).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();

    api.call("BatchGetItem", &batch("users", &ids[..100])).ok();
    let refusal = api.call("BatchGetItem", &batch("users", &ids)).refusal();

    assert_eq!((refusal.status, refusal.code.as_str()), (400, "ValidationException"));
    assert!(
        refusal.message.ends_with(
            "at 'RequestItems.users.member.Keys' failed to satisfy constraint: \
             Member must have length less than or equal to 100"
        ),
        "{refusal:?}"
    );
}

#[test]
fn more_than_a_hundred_keys_over_all_tables_are_refused() {
    let mut api = Api::with_users();
    api.db.create_table("groups");
    let keys = |many| (0..many).map(|id| json!({"id": {"S": id.to_string()}})).collect::<Vec<_>>();

    api.call(
        "BatchGetItem",
        &json!({"RequestItems": {"users": {"Keys": keys(60)}, "groups": {"Keys": keys(41)}}}),
    )
    .assert_invalid("Too many items requested for the BatchGetItem call");
}

#[test]
fn a_key_given_twice_is_refused() {
    let mut api = Api::with_users();

    api.call("BatchGetItem", &batch("users", &["1", "2", "1"]))
        .assert_invalid("Provided list of item keys contains duplicates");
}

#[test]
fn a_number_given_twice_in_different_words_is_refused() {
    let mut api = Api::with_events();
    let keys: Vec<_> =
        ["1", "1.0"].iter().map(|at| json!({"room": {"S": "a"}, "at": {"N": at}})).collect();

    api.call("BatchGetItem", &json!({"RequestItems": {"events": {"Keys": keys}}}))
        .assert_invalid("Provided list of item keys contains duplicates");
}

#[test]
fn one_absent_table_refuses_the_whole_call() {
    let mut api = Api::with_users();
    let key = json!([{"id": {"S": "1"}}]);

    api.call(
        "BatchGetItem",
        &json!({"RequestItems": {"users": {"Keys": key}, "nowhere": {"Keys": key}}}),
    )
    .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    let mut api = Api::with_users();
    let request = json!({"RequestItems": {"users": {"Keys": [{"id": {"N": "1"}}]}}});

    api.call("BatchGetItem", &request)
        .assert_invalid("The provided key element does not match the schema");
}

#[test]
fn a_key_that_does_not_fit_is_told_before_a_path_below_a_key() {
    // A batch told the path first, where GetItem tells the key first; both now look at keys first.
    let mut api = Api::with_users();
    let table = json!({"Keys": [{"id": {"N": "1"}}], "ProjectionExpression": "id.part"});
    let batch = json!({"RequestItems": {"users": table}});
    let get =
        json!({"TableName": "users", "Key": {"id": {"N": "1"}}, "ProjectionExpression": "id.part"});

    for (operation, request) in [("BatchGetItem", batch), ("GetItem", get)] {
        api.call(operation, &request)
            .assert_invalid("The provided key element does not match the schema");
    }
}

#[test]
fn an_answer_stops_at_16_mib_and_the_rest_can_be_asked_for_again() {
    let mut api = Api::with_users();
    let ids: Vec<String> = (0..60).map(|id| id.to_string()).collect();
    for id in &ids {
        api.put_user(&json!({"id": {"S": id}, "data": {"S": "x".repeat(400_000)}})).ok();
    }
    let keys: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}})).collect();
    let mut request = json!({"users": {"Keys": keys, "ConsistentRead": true}});
    let mut found = Vec::new();

    for _ in 0..3 {
        let answer = api.call("BatchGetItem", &json!({"RequestItems": request})).ok();
        let items = answer["Responses"]["users"].as_array().expect("a list");
        assert!(items.len() <= 42, "{} items in one answer", items.len());
        found.extend(items.iter().map(|item| item["id"]["S"].as_str().expect("ours").to_owned()));
        request = answer["UnprocessedKeys"].clone();
        if request == json!({}) {
            break;
        }
        assert_eq!(request["users"]["ConsistentRead"], true, "options are copied");
    }

    found.sort();
    let mut all = ids;
    all.sort();
    assert_eq!(found, all);
}

fn batch(table: &str, ids: &[&str]) -> Value {
    let keys: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}})).collect();
    json!({"RequestItems": {table: {"Keys": keys}}})
}
