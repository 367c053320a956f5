//! What a client that asks is told of the item cache.

use serde_json::json;

use super::Api;

#[test]
fn reads_are_told_whether_they_were_hits_and_why_not() {
    let mut api = Api::with_users();
    let get = |id: &str| json!({"TableName": "users", "Key": {"id": {"S": id}}});
    api.put_user(&json!({"id": {"S": "7"}, "name": {"S": "Ada"}})).ok();

    let (_, written) = api.db.explain("GetItem", &get("7"));
    let (_, unknown) = api.db.explain("GetItem", &get("8"));
    let (_, absent) = api.db.explain("GetItem", &get("8"));

    assert_eq!([written, unknown, absent], ["hit", "miss; why=never-seen", "hit"]);
}

#[test]
fn a_projection_and_a_consistent_read_are_hits_too() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}, "name": {"S": "Ada"}})).ok();
    let get = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ConsistentRead": true,
        "ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "name"},
    });

    let (answer, told) = api.db.explain("GetItem", &get);

    assert_eq!(told, "hit");
    assert_eq!(answer, json!({"Item": {"name": {"S": "Ada"}}}));
}

#[test]
fn a_batch_is_told_how_many_of_its_keys_were_hits() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "1"}})).ok();
    api.user("2");
    let keys: Vec<_> = (1..=4).map(|id| json!({"id": {"S": id.to_string()}})).collect();

    let batch = json!({"RequestItems": {"users": {"Keys": keys}}});
    let (_, first) = api.db.explain("BatchGetItem", &batch);
    let (_, second) = api.db.explain("BatchGetItem", &batch);

    assert_eq!([first, second], ["hit=2 miss=2 bypass=0", "hit=4 miss=0 bypass=0"]);
}

#[test]
fn an_item_that_is_written_all_the_time_is_a_hit_between_writes() {
    let mut api = Api::with_users();
    let get = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});
    for count in 0..20 {
        let item = json!({"id": {"S": "7"}, "count": {"N": count.to_string()}});
        api.put_user(&item).ok();

        let (answer, told) = api.db.explain("GetItem", &get);

        assert_eq!((&answer["Item"], told.as_str()), (&item, "hit"));
    }
}

#[test]
fn who_does_not_ask_is_not_told() {
    let mut api = Api::with_users();
    let get = json!({"TableName": "users", "Key": {"id": {"S": "7"}}}).to_string();
    for _ in 0..2 {
        let connection = api.db.connection();
        connection.send_operation("GetItem", get.as_bytes()).expect("it is sent");
        let response = connection.receive().expect("it is answered");

        assert_eq!(response.header("x-hearth-cache"), None);
    }
}
