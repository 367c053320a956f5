//! `capacity.mode = "enforce"`: what each operation answers when a table or a global index has used
//! up its capacity.
//!
//! Each test uses up far more than there is, so that what comes in by the second makes no difference.

use hearth::api::Operation;
use serde_json::{Value, json};

use super::support::{Answer, DaxClient, Launch, Scrape, scratch};
use super::update_table::{units, update};
use super::{Api, shelved};

const TABLE_USED_UP: &str = "The level of configured provisioned throughput for the table was \
    exceeded. Consider increasing your provisioning level with the UpdateTable API.";
const INDEX_USED_UP: &str = "The level of configured provisioned throughput for one or more global \
    secondary indexes of the table was exceeded. Consider increasing your provisioning level for \
    the under-provisioned global secondary indexes with the UpdateTable API";
const MAXIMUM: &str =
    "Throughput exceeds the maximum OnDemandThroughput configured on table or index";
const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
const EXCEEDED: &str = "ProvisionedThroughputExceededException";

#[test]
fn writes_of_single_items_are_refused_with_their_reason() {
    let mut api = provisioned();
    use_up_writes(&mut api);
    let id = json!({"id": {"S": "7"}});
    let set = json!({"Key": id, "UpdateExpression": "REMOVE a"});

    for (operation, request) in [
        ("PutItem", json!({"Item": id})),
        ("UpdateItem", set),
        ("DeleteItem", json!({"Key": id})),
        ("ExecuteStatement", statement("INSERT INTO users VALUE {'id': '7'}")),
        ("ExecuteStatement", statement("UPDATE users SET a = 1 WHERE id = 'big0'")),
        ("ExecuteStatement", statement("DELETE FROM users WHERE id = 'big0'")),
    ] {
        let answer = call(&mut api, operation, request);
        let reason = ("TableWriteProvisionedThroughputExceeded", ARN);
        assert_throttled(&answer, EXCEEDED, TABLE_USED_UP, &[reason]);
    }
    assert_eq!(api.user("7"), None, "nothing was written");
}

#[test]
fn hits_go_on_and_misses_are_refused() {
    let mut api = provisioned();
    use_up_writes(&mut api);
    api.user("big0").expect("it is there");
    assert_eq!(api.user("nobody"), None);
    use_up_reads(&mut api);

    // The cache knows the one and that there is no other.
    api.user("big0").expect("a hit");
    assert_eq!(api.user("nobody"), None);
    let key = json!({"id": {"S": "else"}});
    let reason = ("TableReadProvisionedThroughputExceeded", ARN);
    for (operation, request) in [
        ("GetItem", json!({"Key": key})),
        ("Query", of_id("else")),
        ("Scan", json!({})),
        ("ExecuteStatement", statement("SELECT * FROM users WHERE id = 'else'")),
        ("ExecuteStatement", statement("SELECT * FROM users")),
    ] {
        let answer = call(&mut api, operation, request);
        assert_throttled(&answer, EXCEEDED, TABLE_USED_UP, &[reason]);
    }
}

#[test]
fn a_local_index_shares_the_capacity_of_its_table() {
    let mut api = enforcing();
    api.make_shelves();
    let mut request = json!({"TableName": "shelves"});
    request["OnDemandThroughput"] = json!({"MaxReadRequestUnits": 1});
    api.call("UpdateTable", &request).ok();
    let items: Vec<Value> = (0..8).map(|at| filled(shelved("a", at))).collect();
    for item in &items {
        api.db.put("shelves", item);
    }
    let gets = (0..8).map(|at| json!({"Get": {"TableName": "shelves", "Key": shelved("a", at)}}));
    api.call("TransactGetItems", &json!({"TransactItems": gets.collect::<Vec<_>>()})).ok();

    let query = json!({
        "TableName": "shelves", "IndexName": "by_colour",
        "KeyConditionExpression": "shelf = :s",
        "ExpressionAttributeValues": {":s": {"S": "b"}},
    });
    let answer = api.call("Query", &query);

    let arn = ARN.replace("users", "shelves");
    let reason = ("TableReadMaxOnDemandThroughputExceeded", arn.as_str());
    assert_throttled(&answer, "ThrottlingException", MAXIMUM, &[reason]);
}

#[test]
fn a_global_index_has_capacity_of_its_own() {
    let mut api = provisioned();
    let glo = format!("{ARN}/index/glo");
    let query = |g: &str| {
        json!({
            "IndexName": "glo", "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": g}},
        })
    };
    // So many that the table's are there again at once.
    update(&mut api, &json!({"ProvisionedThroughput": units(1_000, 100_000_000_000)}));
    use_up_writes_of_both(&mut api);

    // The table has plenty, the index nothing.
    let reason = ("IndexWriteProvisionedThroughputExceeded", glo.as_str());
    let key = json!({"id": {"S": "big0"}});
    for (operation, request) in [
        ("PutItem", json!({"Item": {"id": {"S": "7"}}})),
        ("DeleteItem", json!({"Key": key})),
        ("UpdateItem", json!({"Key": key, "UpdateExpression": "REMOVE g"})),
    ] {
        let answer = call(&mut api, operation, request);
        assert_throttled(&answer, EXCEEDED, INDEX_USED_UP, &[reason]);
    }
    let plain = json!({"Key": key, "UpdateExpression": "REMOVE note"});
    call(&mut api, "UpdateItem", plain).ok();

    // Pages of its entries, 143 units each, use up what it has for reads; the table's are left. No
    // page is one that the cache has.
    for limit in [8, 9, 10] {
        call(&mut api, "Scan", json!({"IndexName": "glo", "Limit": limit})).ok();
    }
    let reason = ("IndexReadProvisionedThroughputExceeded", glo.as_str());
    let answer = call(&mut api, "Query", query("y"));
    assert_throttled(&answer, EXCEEDED, INDEX_USED_UP, &[reason]);
    call(&mut api, "Scan", json!({"Limit": 1})).ok();
}

#[test]
fn everything_that_lacks_capacity_is_told_and_the_table_first() {
    let mut api = provisioned();
    use_up_writes_of_both(&mut api);

    let answer = api.put_user(&json!({"id": {"S": "7"}}));

    let glo = format!("{ARN}/index/glo");
    let reasons = [
        ("TableWriteProvisionedThroughputExceeded", ARN),
        ("IndexWriteProvisionedThroughputExceeded", glo.as_str()),
    ];
    assert_throttled(&answer, EXCEEDED, TABLE_USED_UP, &reasons);
    let scrape = Scrape::of(api.server.as_ref().expect("it runs").admin());
    for cause in ["table_provisioned", "index_provisioned"] {
        let labels = [("table", "users"), ("kind", "write"), ("cause", cause)];
        assert_eq!(scrape.sum("hearth_throttle_events_total", &labels), 1, "{cause}");
    }
}

#[test]
fn a_transaction_that_comes_again_is_told_that_it_was_done() {
    let mut api = provisioned();
    let request = |token: &str| {
        json!({
            "ClientRequestToken": token, "ReturnConsumedCapacity": "TOTAL",
            "TransactItems": [{"Put": {"TableName": "users", "Item": {"id": {"S": "7"}}}}],
        })
    };
    api.call("TransactWriteItems", &request("one")).ok();
    use_up_writes(&mut api);

    let again = api.call("TransactWriteItems", &request("one")).ok();
    let other = api.call("TransactWriteItems", &request("other"));

    assert_eq!(again["ConsumedCapacity"][0]["ReadCapacityUnits"], 2.0);
    assert_eq!(other.refusal().code, "TransactionCanceledException");
}

#[test]
fn what_a_batch_has_no_capacity_for_is_unprocessed() {
    let mut api = provisioned();
    api.db.create_table("free");
    use_up_writes(&mut api);
    api.user("big0").expect("it is there");
    use_up_reads(&mut api);
    let put = |id: &str| json!({"PutRequest": {"Item": {"id": {"S": id}}}});

    let written = json!({"RequestItems": {"users": [put("1"), put("2")], "free": [put("3")]}});
    let written = api.call("BatchWriteItem", &written).ok();
    assert_eq!(written["UnprocessedItems"], json!({"users": [put("1"), put("2")]}));
    let none = json!({"RequestItems": {"users": [put("1"), put("2")]}});
    let reason = ("TableWriteProvisionedThroughputExceeded", ARN);
    let answer = api.call("BatchWriteItem", &none);
    assert_throttled(&answer, EXCEEDED, TABLE_USED_UP, &[reason]);

    let key = |id: &str| json!({"id": {"S": id}});
    let read = |ids: &[&str]| {
        let keys: Vec<Value> = ids.iter().map(|id| key(id)).collect();
        json!({"RequestItems": {"users": {"Keys": keys}}, "ReturnConsumedCapacity": "TOTAL"})
    };
    let found = api.call("BatchGetItem", &read(&["else", "big0", "other"])).ok();
    assert_eq!(found["Responses"]["users"].as_array().map(Vec::len), Some(1), "the hit");
    assert_eq!(found["UnprocessedKeys"], json!({"users": {"Keys": [key("else"), key("other")]}}));
    assert_eq!(found["ConsumedCapacity"][0]["CapacityUnits"], 48.0);
    let reason = ("TableReadProvisionedThroughputExceeded", ARN);
    let answer = api.call("BatchGetItem", &read(&["else", "other"]));
    assert_throttled(&answer, EXCEEDED, TABLE_USED_UP, &[reason]);
    let mixed = json!({"RequestItems": {
        "users": {"Keys": [key("else")]}, "free": {"Keys": [key("3")]},
    }});
    let found = api.call("BatchGetItem", &mixed).ok();
    assert_eq!(found["Responses"]["free"], json!([key("3")]));
    assert_eq!(found["UnprocessedKeys"], json!({"users": {"Keys": [key("else")]}}));
}

#[test]
fn a_batch_is_admitted_key_by_key() {
    let mut api = provisioned();
    let ids: Vec<String> = (0..100).map(|id| id.to_string()).collect();
    // Of 300 units 200 and 96 go.
    for half in [1_u64, 2] {
        let keys: Vec<Value> =
            ids.iter().map(|id| json!({"id": {"S": format!("{half}-{id}")}})).collect();
        let gets = keys.iter().map(|key| json!({"Get": {"TableName": "users", "Key": key}}));
        let gets: Vec<Value> = gets.take(if half == 1 { 100 } else { 48 }).collect();
        api.call("TransactGetItems", &json!({"TransactItems": gets})).ok();
    }
    let keys: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}})).collect();
    let batch = json!({"RequestItems": {"users": {"Keys": keys, "ConsistentRead": true}}});

    let found = api.call("BatchGetItem", &batch).ok();

    let left = found["UnprocessedKeys"]["users"]["Keys"].as_array().map_or(0, Vec::len);
    // 4 units were left; a few more may have come in, which would be a matter of time.
    assert!((1..=96).contains(&left), "{left} of 100 were left");
    assert_eq!(found["UnprocessedKeys"]["users"]["ConsistentRead"], true);
}

#[test]
fn a_transaction_is_cancelled_and_says_which_elements_lack_capacity() {
    let mut api = provisioned();
    api.db.create_table("free");
    use_up_writes(&mut api);
    use_up_reads(&mut api);
    let used_up = json!({"Code": "ProvisionedThroughputExceeded", "Message": TABLE_USED_UP});
    let item = json!({"id": {"S": "7"}});

    let writes = json!({"TransactItems": [
        {"Put": {"TableName": "free", "Item": item}},
        {"Put": {"TableName": "users", "Item": item}},
    ]});
    let reads = json!({"TransactItems": [
        {"Get": {"TableName": "users", "Key": item}},
        {"Get": {"TableName": "free", "Key": item}},
    ]});
    let statements = json!({"TransactStatements": [
        {"Statement": "INSERT INTO free VALUE {'id': '7'}"},
        {"Statement": "INSERT INTO users VALUE {'id': '7'}"},
    ]});
    let none = json!({"Code": "None"});
    for (operation, request, codes, reasons) in [
        ("TransactWriteItems", writes, "None, ProvisionedThroughputExceeded", [&none, &used_up]),
        ("TransactGetItems", reads, "ProvisionedThroughputExceeded, None", [&used_up, &none]),
        (
            "ExecuteTransaction",
            statements,
            "None, ProvisionedThroughputExceeded",
            [&none, &used_up],
        ),
    ] {
        let answer = api.call(operation, &request);
        assert_eq!(answer.refusal().code, "TransactionCanceledException");
        assert_eq!(
            answer.body["Message"],
            format!(
                "Transaction cancelled, please refer cancellation reasons for specific reasons \
                 [{codes}]"
            )
        );
        assert_eq!(answer.body["CancellationReasons"], json!(reasons), "{operation}");
    }
    assert_eq!(api.db.get("free", &item), None);
    let maximum = json!({"TableName": "free", "OnDemandThroughput": {"MaxWriteRequestUnits": 1}});
    api.call("UpdateTable", &maximum).ok();
    let big = (0..8).map(|at| filled(json!({"id": {"S": at.to_string()}})));
    let big = big.map(|item| json!({"Put": {"TableName": "free", "Item": item}}));
    api.call("TransactWriteItems", &json!({"TransactItems": big.collect::<Vec<_>>()})).ok();
    let put = json!({"TransactItems": [{"Put": {"TableName": "free", "Item": item}}]});
    let answer = api.call("TransactWriteItems", &put);
    assert_eq!(
        answer.body["CancellationReasons"],
        json!([{"Code": "ThrottlingError", "Message": MAXIMUM}])
    );
}

#[test]
fn a_statement_of_a_batch_tells_it_in_its_place() {
    let mut api = provisioned();
    api.db.create_table("free");
    use_up_writes(&mut api);
    let request = json!({"Statements": [
        {"Statement": "INSERT INTO users VALUE {'id': '7'}"},
        {"Statement": "INSERT INTO free VALUE {'id': '7'}"},
    ]});

    let answer = api.call("BatchExecuteStatement", &request).ok();

    let error = json!({"Code": "ProvisionedThroughputExceeded", "Message": TABLE_USED_UP});
    assert_eq!(
        answer["Responses"],
        json!([{"TableName": "users", "Error": error}, {"TableName": "free"}])
    );
}

#[test]
fn clients_of_dax_are_refused_alike() {
    let mut api = provisioned();
    use_up_writes(&mut api);
    let server = api.server.as_ref().expect("it runs");
    let mut dax = DaxClient::connect(server.dax());
    let put = json!({"TableName": "users", "Item": {"id": {"S": "7"}}});

    let refused = dax.call(Operation::PutItem, &put).expect_err("nothing is left");

    assert_eq!(refused, (EXCEEDED.to_owned(), TABLE_USED_UP.to_owned()));
}

#[test]
fn what_is_throttled_is_counted() {
    let mut api = provisioned();
    use_up_writes(&mut api);
    for _ in 0..3 {
        api.put_user(&json!({"id": {"S": "7"}})).refusal();
    }

    let scrape = Scrape::of(api.server.as_ref().expect("it runs").admin());

    let of_table = |labels: &[(&str, &str)]| {
        let labels: Vec<_> = [("table", "users")].iter().chain(labels).copied().collect();
        scrape.sum("hearth_throttle_events_total", &labels)
    };
    assert_eq!(of_table(&[("kind", "write"), ("cause", "table_provisioned")]), 3);
    assert_eq!(of_table(&[]), 3);
    let outcome = [("table", "users"), ("outcome", "throttled")];
    assert_eq!(scrape.sum("hearth_requests_total", &outcome), 3);
}

#[test]
fn a_table_that_is_not_held_to_its_units_is_never_throttled() {
    let mut api = Api::empty();
    make_users(&mut api);
    use_up_writes(&mut api);
    use_up_reads(&mut api);

    api.put_user(&json!({"id": {"S": "7"}})).ok();
    call(&mut api, "Scan", json!({})).ok();
}

/// A server that holds its clients to capacity.
fn enforcing() -> Api {
    let data = scratch();
    let server = Launch::on(data.path()).env("HEARTH__CAPACITY__MODE", "enforce").start();
    Api { db: server.db(), server: Some(server), data }
}

/// The same with the table `users` of 1 and 1 units and its index `glo` of 1 and 1, which has `id`,
/// `g` and `data`.
fn provisioned() -> Api {
    let mut api = enforcing();
    make_users(&mut api);
    api
}

fn make_users(api: &mut Api) {
    api.db.create_table_with(&json!({
        "TableName": "users",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": units(1, 1),
        "GlobalSecondaryIndexes": [{
            "IndexName": "glo",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["data"]},
            "ProvisionedThroughput": units(1, 1),
        }],
    }));
}

/// Writes eight items of 381 units each, twice as many in a transaction, of the 300 that there are.
fn use_up_writes(api: &mut Api) {
    let puts = (0..8).map(|at| {
        let item = filled(json!({"id": {"S": format!("big{at}")}}));
        json!({"Put": {"TableName": "users", "Item": item}})
    });
    api.call("TransactWriteItems", &json!({"TransactItems": puts.collect::<Vec<_>>()})).ok();
}

/// The same with entries of the index `glo`, which cost as much again, of the 300 that it has.
fn use_up_writes_of_both(api: &mut Api) {
    let puts = (0..8).map(|at| {
        let mut item = filled(json!({"id": {"S": format!("big{at}")}}));
        item["g"] = json!({"S": "x"});
        json!({"Put": {"TableName": "users", "Item": item}})
    });
    api.call("TransactWriteItems", &json!({"TransactItems": puts.collect::<Vec<_>>()})).ok();
}

/// Reads these, 192 units each, of the 300 that there are.
fn use_up_reads(api: &mut Api) {
    let gets = (0..8).map(|at| {
        let key = json!({"id": {"S": format!("big{at}")}});
        json!({"Get": {"TableName": "users", "Key": key}})
    });
    api.call("TransactGetItems", &json!({"TransactItems": gets.collect::<Vec<_>>()})).ok();
}

/// The item with 390,000 bytes more.
fn filled(mut item: Value) -> Value {
    item["data"] = json!({"S": "x".repeat(390_000)});
    item
}

fn call(api: &mut Api, operation: &str, mut request: Value) -> Answer {
    if request.get("Statement").is_none() {
        request["TableName"] = "users".into();
    }
    api.call(operation, &request)
}

fn statement(text: &str) -> Value {
    json!({"Statement": text})
}

fn of_id(id: &str) -> Value {
    json!({
        "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": id}},
    })
}

#[track_caller]
fn assert_throttled(answer: &Answer, code: &str, message: &str, reasons: &[(&str, &str)]) {
    answer.assert_refused(code, message);
    let member = if code == EXCEEDED { "ThrottlingReasons" } else { "throttlingReasons" };
    let told: Vec<Value> = reasons
        .iter()
        .map(|(reason, resource)| json!({"reason": reason, "resource": resource}))
        .collect();
    assert_eq!(answer.body[member], json!(told));
}
