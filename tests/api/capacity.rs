//! `ReturnConsumedCapacity`.

use serde_json::{Value, json};

use super::Api;

#[test]
fn reads_cost_half_a_unit_per_4_kib_and_a_whole_one_if_consistent() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "small"}})).ok();
    api.put_user(&json!({"id": {"S": "large"}, "data": {"S": "x".repeat(9_000)}})).ok();
    let get = |id: &str, consistent: bool| {
        json!({
            "TableName": "users", "Key": {"id": {"S": id}},
            "ConsistentRead": consistent, "ReturnConsumedCapacity": "TOTAL",
        })
    };

    for (id, consistent, units) in
        [("small", false, 0.5), ("small", true, 1.0), ("large", false, 1.5), ("large", true, 3.0)]
    {
        // The first may be a miss, the second is a hit; both cost the same.
        for _ in 0..2 {
            let answer = api.call("GetItem", &get(id, consistent)).ok();
            assert_eq!(answer["ConsumedCapacity"], consumed(units), "{id} {consistent}");
        }
    }
}

#[test]
fn an_absent_item_costs_as_much_as_the_smallest() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "nobody"}}, "ReturnConsumedCapacity": "TOTAL",
    });

    assert_eq!(api.call("GetItem", &request).ok(), json!({"ConsumedCapacity": consumed(0.5)}));
}

#[test]
fn writes_cost_a_unit_per_kib_of_the_larger_image() {
    let mut api = Api::with_users();
    let put = |length: usize| {
        let item = json!({"id": {"S": "7"}, "data": {"S": "x".repeat(length)}});
        json!({"TableName": "users", "Item": item, "ReturnConsumedCapacity": "TOTAL"})
    };
    let delete = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "TOTAL",
    });

    assert_eq!(api.call("PutItem", &put(10)).ok()["ConsumedCapacity"], consumed(1.0));
    assert_eq!(api.call("PutItem", &put(2_500)).ok()["ConsumedCapacity"], consumed(3.0));
    assert_eq!(api.call("PutItem", &put(10)).ok()["ConsumedCapacity"], consumed(3.0));
    assert_eq!(api.call("DeleteItem", &delete).ok()["ConsumedCapacity"], consumed(1.0));
    assert_eq!(api.call("DeleteItem", &delete).ok()["ConsumedCapacity"], consumed(1.0));
}

#[test]
fn indexes_also_names_the_table_apart() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "INDEXES",
    });

    assert_eq!(
        api.call("GetItem", &request).ok()["ConsumedCapacity"],
        json!({"TableName": "users", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}})
    );
}

#[test]
fn a_batch_lists_each_table() {
    let mut api = Api::with_users();
    let keys = json!([{"id": {"S": "1"}}, {"id": {"S": "2"}}]);
    let request =
        json!({"RequestItems": {"users": {"Keys": keys}}, "ReturnConsumedCapacity": "TOTAL"});

    let answer = api.call("BatchGetItem", &request).ok();

    assert_eq!(answer["ConsumedCapacity"], json!([consumed(1.0)]));
}

#[test]
fn a_report_names_the_table_as_the_request_did() {
    let mut api = Api::with_users();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users";
    let id = json!({"S": "7"});
    let query = json!({
        "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": id},
    });
    for (operation, mut request) in [
        ("PutItem", json!({"Item": {"id": id}})),
        ("UpdateItem", json!({"Key": {"id": id}})),
        ("GetItem", json!({"Key": {"id": id}})),
        ("DeleteItem", json!({"Key": {"id": id}})),
        ("Query", query),
        ("Scan", json!({})),
    ] {
        request["ReturnConsumedCapacity"] = "TOTAL".into();
        for named in [arn, "users"] {
            request["TableName"] = named.into();

            let answer = api.call(operation, &request).ok();

            assert_eq!(answer["ConsumedCapacity"]["TableName"], named, "{operation}");
        }
    }
}

#[test]
fn none_reports_nothing() {
    let mut api = Api::with_users();
    let request = json!({
        "TableName": "users", "Key": {"id": {"S": "7"}}, "ReturnConsumedCapacity": "NONE",
    });

    assert_eq!(api.call("GetItem", &request).ok(), json!({}));
}

const KIB: usize = 1_024;

#[test]
fn each_write_costs_its_table_and_the_indexes_whose_entries_change() {
    let mut api = Api::empty();
    make_bill(&mut api);
    let key = json!({"p": {"S": "a"}, "s": {"N": "1"}});
    let item = |members: &[(&str, &str)]| {
        let mut item = key.clone();
        for (name, value) in members {
            item[*name] = json!({"S": value});
        }
        json!({"Item": item})
    };
    let update = |text: &str| json!({"Key": key, "UpdateExpression": text});
    let long = "y".repeat(3 * KIB);
    let all = [("l", "l"), ("g", "g"), ("x", "x"), ("y", "y")];
    let of = |table: f64, local: f64, global: f64| bill(None, table, local, global);

    for (at, (operation, request, expected)) in [
        ("DeleteItem", json!({"Key": key}), of(1.0, 0.0, 0.0)),
        ("PutItem", item(&[]), of(1.0, 0.0, 0.0)),
        ("PutItem", item(&all), of(1.0, 1.0, 1.0)),
        ("PutItem", item(&all), of(1.0, 0.0, 0.0)),
        ("UpdateItem", update("SET y = l"), of(1.0, 0.0, 0.0)),
        ("UpdateItem", update("SET x = y"), of(1.0, 0.0, 1.0)),
        ("UpdateItem", update("SET g = y"), of(1.0, 0.0, 2.0)),
        ("UpdateItem", update("SET l = p"), of(1.0, 2.0, 0.0)),
        ("UpdateItem", update("REMOVE l, g"), of(1.0, 1.0, 1.0)),
        ("PutItem", item(&[("y", &long)]), of(4.0, 0.0, 0.0)),
        ("PutItem", item(&[("y", "short")]), of(4.0, 0.0, 0.0)),
        ("PutItem", item(&[("x", &long), ("g", "g")]), of(4.0, 0.0, 4.0)),
        ("UpdateItem", update("SET x = g"), of(4.0, 0.0, 4.0)),
        ("PutItem", item(&all), of(1.0, 1.0, 1.0)),
        ("DeleteItem", json!({"Key": key}), of(1.0, 1.0, 1.0)),
        ("UpdateItem", update("SET g = :g"), of(1.0, 0.0, 1.0)),
        ("DeleteItem", json!({"Key": key}), of(1.0, 0.0, 1.0)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = request;
        if request["UpdateExpression"] == "SET g = :g" {
            request["ExpressionAttributeValues"] = json!({":g": {"S": "g"}});
        }
        assert_eq!(cost_of(&mut api, operation, request), expected, "{at}: {operation}");
    }
}

#[test]
fn each_read_costs_what_it_looked_at_and_what_it_fetched() {
    let mut api = Api::empty();
    make_bill(&mut api);
    for (at, length) in [(1, 5 * KIB), (2, 10), (3, 10)] {
        api.db.put(
            "bill",
            &json!({
                "p": {"S": "a"}, "s": {"N": at.to_string()}, "l": {"S": "l"}, "g": {"S": "g"},
                "y": {"S": "y".repeat(length)},
            }),
        );
    }
    let get = |at: u32, consistent: bool| {
        json!({
            "Key": {"p": {"S": "a"}, "s": {"N": at.to_string()}}, "ConsistentRead": consistent,
            "ProjectionExpression": "p",
        })
    };
    let query = |index: Option<&str>, members: Value| {
        let (name, value) = if index == Some("glo") { ("g", "g") } else { ("p", "a") };
        let mut query = members;
        query["KeyConditionExpression"] = format!("{name} = :v").into();
        query["ExpressionAttributeValues"] = json!({":v": {"S": value}});
        if let Some(index) = index {
            query["IndexName"] = index.into();
        }
        query
    };
    let of = |table: f64, local: f64, global: f64| bill(None, table, local, global);
    let strong = || json!({"ConsistentRead": true});
    let mut nowhere = query(None, strong());
    nowhere["ExpressionAttributeValues"] = json!({":v": {"S": "nowhere"}});
    let mut filtered = query(None, strong());
    filtered["FilterExpression"] = "attribute_exists(nothing)".into();

    for (operation, request, expected) in [
        ("GetItem", get(1, false), of(1.0, 0.0, 0.0)),
        ("GetItem", get(1, true), of(2.0, 0.0, 0.0)),
        ("GetItem", get(2, true), of(1.0, 0.0, 0.0)),
        ("GetItem", get(9, false), of(0.5, 0.0, 0.0)),
        ("GetItem", get(9, true), of(1.0, 0.0, 0.0)),
        // 5 KiB and two small items, rounded up together.
        ("Query", query(None, strong()), of(2.0, 0.0, 0.0)),
        ("Query", query(None, json!({})), of(1.0, 0.0, 0.0)),
        ("Query", query(None, json!({"Select": "COUNT"})), of(1.0, 0.0, 0.0)),
        ("Query", filtered, of(2.0, 0.0, 0.0)),
        ("Query", nowhere, of(1.0, 0.0, 0.0)),
        ("Query", query(None, json!({"Limit": 1})), of(1.0, 0.0, 0.0)),
        ("Scan", json!({}), of(1.0, 0.0, 0.0)),
        ("Scan", strong(), of(2.0, 0.0, 0.0)),
        // The entries of the local index are keys alone.
        ("Query", query(Some("loc"), strong()), of(0.0, 1.0, 0.0)),
        ("Query", query(Some("loc"), json!({})), of(0.0, 0.5, 0.0)),
        // Fetched items are rounded up one by one: 2 units, 1 and 1.
        (
            "Query",
            query(Some("loc"), json!({"Select": "ALL_ATTRIBUTES", "ConsistentRead": true})),
            of(4.0, 1.0, 0.0),
        ),
        ("Query", query(Some("loc"), json!({"Select": "ALL_ATTRIBUTES"})), of(2.0, 0.5, 0.0)),
        ("Query", query(Some("glo"), json!({})), of(0.0, 0.0, 0.5)),
        ("Scan", json!({"IndexName": "glo"}), of(0.0, 0.0, 0.5)),
    ] {
        // The first may be a miss, the second may be a hit; both cost the same.
        for _ in 0..2 {
            let cost = cost_of(&mut api, operation, request.clone());
            assert_eq!(cost, expected, "{operation} {request}");
        }
    }
    let keys = [1, 2, 9].map(|at| get(at, false)["Key"].clone());
    for (consistent, units) in [(false, 2.0), (true, 4.0)] {
        let request = json!({
            "RequestItems": {"bill": {"Keys": keys, "ConsistentRead": consistent}},
            "ReturnConsumedCapacity": "INDEXES",
        });
        let answer = api.call("BatchGetItem", &request).ok();
        assert_eq!(answer["ConsumedCapacity"], json!([of(units, 0.0, 0.0)]), "{consistent}");
    }
    let one = "SELECT y FROM bill WHERE p = 'a' AND s = 1";
    for (text, expected) in [
        (one, of(1.0, 0.0, 0.0)),
        ("SELECT * FROM bill WHERE p = 'a'", of(1.0, 0.0, 0.0)),
        ("SELECT g FROM bill.glo WHERE g = 'g'", of(0.0, 0.0, 0.5)),
        ("SELECT l FROM bill.loc WHERE p = 'a'", of(0.0, 0.5, 0.0)),
    ] {
        let request = json!({"Statement": text, "ReturnConsumedCapacity": "INDEXES"});
        let answer = api.call("ExecuteStatement", &request).ok();
        assert_eq!(answer["ConsumedCapacity"], expected, "{text}");
    }
}

#[test]
fn a_transaction_costs_twice_and_tells_the_kind_at_each_level() {
    let mut api = Api::empty();
    make_bill(&mut api);
    let key = |at: u32| json!({"p": {"S": "a"}, "s": {"N": at.to_string()}});
    let mut item = key(1);
    for (name, value) in [("l", "l".into()), ("g", "g".into()), ("y", "y".repeat(5 * KIB))] {
        item[name] = json!({"S": value});
    }
    let put = json!({
        "TransactItems": [
            {"Put": {"TableName": "bill", "Item": item}},
            {"Delete": {"TableName": "bill", "Key": key(2)}},
        ],
        "ClientRequestToken": "again", "ReturnConsumedCapacity": "INDEXES",
    });
    let check = json!({"TransactItems": [
        {"ConditionCheck": {
            "TableName": "bill", "Key": key(1), "ConditionExpression": "attribute_exists(p)",
        }},
        {"ConditionCheck": {
            "TableName": "bill", "Key": key(3), "ConditionExpression": "attribute_not_exists(p)",
        }},
    ], "ReturnConsumedCapacity": "INDEXES"});
    let gets = json!({"TransactItems": [
        {"Get": {"TableName": "bill", "Key": key(1)}},
        {"Get": {"TableName": "bill", "Key": key(2)}},
    ], "ReturnConsumedCapacity": "INDEXES"});
    let statements = json!({"TransactStatements": [
        {"Statement": "SELECT * FROM bill WHERE p = 'a' AND s = 1"},
    ], "ReturnConsumedCapacity": "INDEXES"});
    let (read, write) = (Some("ReadCapacityUnits"), Some("WriteCapacityUnits"));

    for (operation, request, expected) in [
        // 6 units and 1, twice; each entry 1, twice.
        ("TransactWriteItems", &put, bill(write, 14.0, 2.0, 2.0)),
        // The same token again: the two items are read.
        ("TransactWriteItems", &put, bill(read, 6.0, 0.0, 0.0)),
        ("TransactWriteItems", &check, bill(write, 14.0, 0.0, 0.0)),
        ("TransactGetItems", &gets, bill(read, 6.0, 0.0, 0.0)),
        ("ExecuteTransaction", &statements, bill(read, 4.0, 0.0, 0.0)),
    ] {
        let answer = api.call(operation, request).ok();
        assert_eq!(answer["ConsumedCapacity"], json!([expected]), "{operation}");
    }
}

#[test]
fn a_batch_of_writes_rounds_each_alone_and_sums_by_index() {
    let mut api = Api::empty();
    make_bill(&mut api);
    let put = |at: u32, length: usize| {
        let y = "y".repeat(length);
        json!({"PutRequest": {"Item": {
            "p": {"S": "a"}, "s": {"N": at.to_string()}, "l": {"S": "l"}, "g": {"S": "g"},
            "y": {"S": y},
        }}})
    };
    let request = json!({
        "RequestItems": {"bill": [put(1, KIB), put(2, KIB), put(3, 10)]},
        "ReturnConsumedCapacity": "INDEXES",
    });

    let answer = api.call("BatchWriteItem", &request).ok();

    assert_eq!(answer["ConsumedCapacity"], json!([bill(None, 5.0, 3.0, 3.0)]));
}

/// A table whose entries are small: a local index `loc` by `l` has the keys, a global one `glo` by
/// `g` the keys and `x`.
fn make_bill(api: &mut Api) {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let definition = |(name, kind)| json!({"AttributeName": name, "AttributeType": kind});
    let definitions = [("p", "S"), ("s", "N"), ("l", "S"), ("g", "S")].map(definition);
    api.db.create_table_with(&json!({
        "TableName": "bill",
        "AttributeDefinitions": definitions,
        "KeySchema": [key("p", "HASH"), key("s", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "loc", "KeySchema": [key("p", "HASH"), key("l", "RANGE")],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "glo", "KeySchema": [key("g", "HASH")],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
        }],
        "BillingMode": "PAY_PER_REQUEST",
    }));
}

/// What an operation on `bill` reports.
fn cost_of(api: &mut Api, operation: &str, mut request: Value) -> Value {
    request["TableName"] = "bill".into();
    request["ReturnConsumedCapacity"] = "INDEXES".into();
    api.call(operation, &request).ok()["ConsumedCapacity"].take()
}

/// The report of these units; an index that cost nothing is not in it.
fn bill(kind: Option<&str>, table: f64, local: f64, global: f64) -> Value {
    let part = |units: f64| {
        let mut part = json!({"CapacityUnits": units});
        if let Some(kind) = kind {
            part[kind] = units.into();
        }
        part
    };
    let mut report = part(table + local + global);
    report["TableName"] = "bill".into();
    report["Table"] = part(table);
    for (member, name, units) in
        [("LocalSecondaryIndexes", "loc", local), ("GlobalSecondaryIndexes", "glo", global)]
    {
        if units > 0.0 {
            report[member] = json!({name: part(units)});
        }
    }
    report
}

fn consumed(units: f64) -> Value {
    json!({"TableName": "users", "CapacityUnits": units})
}
