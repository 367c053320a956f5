//! Parts of items: `ProjectionExpression` and `AttributesToGet` of `GetItem` and `BatchGetItem`.
//!
//! Not here: projections of queries and scans (`query.rs`, `scan.rs`).

use serde_json::{Value, json};

use super::orders::order_key;
use super::{Answer, Api};

impl Api {
    /// With the table `users` and in it [`user`].
    fn with_parts() -> Self {
        let mut api = Self::with_users();
        api.put_user(&user()).ok();
        api
    }

    /// Reads the user 7, with `more` of the request's members.
    fn part_of_user(&mut self, more: &Value) -> Answer {
        let mut request = json!({"TableName": "users", "Key": {"id": {"S": "7"}}});
        extend(&mut request, more);
        self.call("GetItem", &request)
    }

    /// The same in a batch.
    fn part_in_batch(&mut self, more: &Value) -> Answer {
        let mut table = json!({"Keys": [{"id": {"S": "7"}}]});
        extend(&mut table, more);
        self.call("BatchGetItem", &json!({"RequestItems": {"users": table}}))
    }
}

fn user() -> Value {
    json!({
        "id": {"S": "7"},
        "a": {"S": "hello"},
        "l": {"L": [{"S": "e0"}, {"S": "e1"}, {"S": "e2"}, {"M": {"k": {"S": "v"}, "o": {"N": "1"}}}]},
        "m": {"M": {"x": {"S": "mx"}, "y": {"N": "7"}, "z": {"M": {"q": {"S": "deep"}}}}},
        "m.y": {"S": "dotted"},
    })
}

fn extend(request: &mut Value, more: &Value) {
    let more = more.as_object().expect("members").clone();
    request.as_object_mut().expect("members").extend(more);
}

fn projection(expression: &str) -> Value {
    json!({"ProjectionExpression": expression})
}

#[test]
fn exactly_the_named_parts_are_answered() {
    let mut api = Api::with_parts();
    let named = json!({
        "ProjectionExpression": "#d, m.#y", "ExpressionAttributeNames": {"#d": "m.y", "#y": "y"},
    });
    for (members, part) in [
        (projection("a"), json!({"a": {"S": "hello"}})),
        (projection("id, a, nope"), json!({"id": {"S": "7"}, "a": {"S": "hello"}})),
        (
            projection("m.z.q, m.x"),
            json!({"m": {"M": {"x": {"S": "mx"}, "z": {"M": {"q": {"S": "deep"}}}}}}),
        ),
        (projection("l[2], l[0]"), json!({"l": {"L": [{"S": "e0"}, {"S": "e2"}]}})),
        (projection("l[3].o"), json!({"l": {"L": [{"M": {"o": {"N": "1"}}}]}})),
        (projection("nope, m.nope, l[99], a.x"), json!({})),
        (projection("m[0], l.x, a[0]"), json!({})),
        (named, json!({"m": {"M": {"y": {"N": "7"}}}, "m.y": {"S": "dotted"}})),
        (json!({"AttributesToGet": ["a", "nope"]}), json!({"a": {"S": "hello"}})),
        // Names, not paths.
        (json!({"AttributesToGet": ["m.y", "l[0]"]}), json!({"m.y": {"S": "dotted"}})),
        (json!({"AttributesToGet": ["nope"]}), json!({})),
    ] {
        // The first may be a miss, the second is a hit.
        for _ in 0..2 {
            let answer = api.part_of_user(&members).ok();
            assert_eq!(answer, json!({"Item": part}), "{members}");
        }
        let mut strong = members.clone();
        strong["ConsistentRead"] = true.into();
        assert_eq!(api.part_of_user(&strong).ok(), json!({"Item": part}), "{members}");

        let batch = api.part_in_batch(&members).ok();
        assert_eq!(batch["Responses"], json!({"users": [part]}), "{members}");
    }
    assert_eq!(api.user("7"), Some(user()), "the cache has all of it");
}

#[test]
fn an_absent_item_has_no_parts() {
    let mut api = Api::with_users();
    for members in [projection("a"), json!({"AttributesToGet": ["a"]})] {
        assert_eq!(api.part_of_user(&members).ok(), json!({}));
        assert_eq!(api.part_in_batch(&members).ok()["Responses"], json!({"users": []}));
    }
}

#[test]
fn a_part_costs_as_much_as_the_item() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}, "d": {"S": "x".repeat(5_000)}})).ok();
    let mut members = projection("id");
    let consumed = json!({"TableName": "users", "CapacityUnits": 1.0});
    members["ReturnConsumedCapacity"] = "TOTAL".into();

    let answer = api.part_of_user(&members).ok();

    assert_eq!(answer, json!({"Item": {"id": {"S": "7"}}, "ConsumedCapacity": consumed}));
}

#[test]
fn nothing_is_below_a_key() {
    let mut api = Api::with_orders();
    let refused = |key: &str| {
        format!(
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
             allowed: {key}"
        )
    };
    for (path, key) in [
        ("note, customer.x", "Key: customer"),
        ("city[0], #n[0]", "Key: number"),
        ("city[0]", "IndexKey: city"),
        ("#h.x", "IndexKey: hour"),
    ] {
        let mut members = projection(path);
        for (placeholder, name) in [("#n", "number"), ("#h", "hour")] {
            if path.contains(placeholder) {
                members["ExpressionAttributeNames"][placeholder] = name.into();
            }
        }
        let mut get = json!({"Key": order_key("ada", "1")});
        let mut table = json!({"Keys": [order_key("ada", "1")]});
        extend(&mut get, &members);
        extend(&mut table, &members);

        api.ask("GetItem", &get).assert_invalid(&refused(key));
        api.call("BatchGetItem", &json!({"RequestItems": {"orders": table}}))
            .assert_invalid(&refused(key));
    }
    let mut get = projection("customer, city, note");
    extend(&mut get, &json!({"Key": order_key("ada", "1")}));
    assert_eq!(api.ask("GetItem", &get).ok(), json!({}));
}

#[test]
fn wrong_projections_come_before_the_table() {
    let mut api = Api::empty();
    for (members, message) in [
        (projection(""), "Invalid ProjectionExpression: The expression can not be empty;"),
        (
            projection("a,"),
            "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"",
        ),
        (
            projection("a, name"),
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; \
             reserved keyword: name",
        ),
        (
            projection("m, m.x"),
            "Invalid ProjectionExpression: Two document paths overlap with each other; must \
             remove or rewrite one of these paths; path one: [m], path two: [m, x]",
        ),
        (
            projection("#a"),
            "Invalid ProjectionExpression: An expression attribute name used in the document path \
             is not defined; attribute name: #a",
        ),
        (
            json!({"ProjectionExpression": "a", "ExpressionAttributeNames": {"#b": "b"}}),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        ),
        (
            json!({"ExpressionAttributeNames": {"#b": "b"}}),
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            json!({"AttributesToGet": ["a", "b", "a"]}),
            "One or more parameter values were invalid: Duplicate value in attribute name: a",
        ),
        (
            json!({"AttributesToGet": ["a"], "ProjectionExpression": "a"}),
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {AttributesToGet} \
             Expression parameters: {ProjectionExpression}",
        ),
    ] {
        api.part_of_user(&members).assert_invalid(message);
        api.part_in_batch(&members).assert_invalid(message);
    }
}

#[test]
fn tables_of_a_batch_have_projections_of_their_own_but_one_way_of_saying_them() {
    let mut api = Api::with_parts();
    api.db.create_table("groups");
    api.db.put("groups", &user());
    let keys = json!([{"id": {"S": "7"}}]);
    let batch = |users: Value, groups: Value| {
        let mut tables = json!({"users": {"Keys": keys}, "groups": {"Keys": keys}});
        extend(&mut tables["users"], &users);
        extend(&mut tables["groups"], &groups);
        json!({"RequestItems": tables})
    };

    let answer = api.call("BatchGetItem", &batch(projection("a"), projection("m.x"))).ok();
    let whole = api.call("BatchGetItem", &batch(projection("a"), json!({}))).ok();

    let groups = json!([{"m": {"M": {"x": {"S": "mx"}}}}]);
    assert_eq!(answer["Responses"], json!({"users": [{"a": {"S": "hello"}}], "groups": groups}));
    assert_eq!(whole["Responses"]["groups"], json!([user()]));
    let older = json!({"AttributesToGet": ["a"]});
    api.call("BatchGetItem", &batch(projection("a"), older)).assert_invalid(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
    );
}

#[test]
fn unprocessed_keys_keep_their_projection() {
    let mut api = Api::with_users();
    let keys: Vec<Value> = (0..45).map(|id| json!({"id": {"S": id.to_string()}})).collect();
    for key in &keys {
        let mut item = key.clone();
        item["d"] = json!({"S": "x".repeat(400_000)});
        api.put_user(&item).ok();
    }
    for members in [
        json!({"ProjectionExpression": "#i", "ExpressionAttributeNames": {"#i": "id"}}),
        json!({"AttributesToGet": ["id"], "ConsistentRead": true}),
    ] {
        let mut table = json!({"Keys": keys});
        extend(&mut table, &members);
        let request = json!({"RequestItems": {"users": table}});

        // Whole items count, however little of them is answered.
        let first = api.call("BatchGetItem", &request).ok();

        let mut left = first["UnprocessedKeys"]["users"].clone();
        let rest = api.call("BatchGetItem", &json!({"RequestItems": {"users": left}})).ok();
        assert_eq!(rest["UnprocessedKeys"], json!({}));
        let found =
            |answer: &Value| answer["Responses"]["users"].as_array().expect("a list").clone();
        let both = [found(&first), found(&rest)].concat();
        assert_eq!(both.len(), 45, "{members}");
        assert!(both.iter().all(|item| keys.contains(item)), "only the key of each");
        left.as_object_mut().expect("members").remove("Keys");
        assert_eq!(left, members);
    }
}
