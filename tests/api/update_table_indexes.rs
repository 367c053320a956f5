//! `UpdateTable` that makes and drops global secondary indexes of a table with items.

use serde_json::{Value, json};

use super::support::wait_until;
use super::update_table::{of_users, refused, update};
use super::{Api, member, one};

const P: &str = "One or more parameter values were invalid: ";

#[test]
fn a_new_index_has_the_items_that_were_there_and_those_that_come() {
    let mut api = painted(1_200);
    api.put_user(&json!({"id": {"S": "plain"}})).ok();
    api.put_user(&json!({"id": {"S": "odd"}, "colour": {"N": "1"}})).ok();

    let updating = update(&mut api, &create("by_colour", "colour"));
    api.put_user(&user("late", "red")).ok();

    assert_eq!(updating["TableStatus"], "UPDATING");
    let index = &updating["GlobalSecondaryIndexes"][0];
    assert_eq!(index["IndexStatus"], "CREATING");
    let table = settled(&mut api);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!((&index["IndexName"], &index["ItemCount"]), (&json!("by_colour"), &json!(1_201)));
    assert_eq!(
        table["AttributeDefinitions"],
        json!([
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "colour", "AttributeType": "S"},
        ])
    );
    assert_eq!(ids_of(&mut api, "by_colour", "colour", "red").len(), 401);
    assert_eq!(ids_of(&mut api, "by_colour", "colour", "green").len(), 400);
    // From now on the attribute keys an index.
    let request = json!({"TableName": "users", "Item": {"id": {"S": "x"}, "colour": {"N": "1"}}});
    api.call("PutItem", &request).assert_invalid(&format!(
        "{P}Type mismatch for Index Key colour Expected: S Actual: N IndexName: by_colour"
    ));
}

#[test]
fn an_index_is_read_whole_or_not_at_all() {
    let mut api = painted(4_000);
    update(&mut api, &create("by_colour", "colour"));
    let query = of_colour("by_colour", "colour", "red");

    wait_until("the index to be full", || {
        let answer = api.call("Query", &query);
        if answer.status == 200 {
            return Some(answer.body);
        }
        answer.assert_invalid("Cannot read from backfilling global secondary index: by_colour");
        None
    });

    assert_eq!(ids_of(&mut api, "by_colour", "colour", "red").len(), 1_334);
}

#[test]
fn a_dropped_index_is_gone_and_one_of_its_name_begins_anew() {
    let mut api = painted(30);
    update(&mut api, &create("late", "colour"));
    settled(&mut api);

    let updating = update(&mut api, &delete("late"));

    let index = &updating["GlobalSecondaryIndexes"][0];
    assert_eq!((&index["IndexName"], &index["IndexStatus"]), (&json!("late"), &json!("DELETING")));
    let table = settled(&mut api);
    assert!(table.get("GlobalSecondaryIndexes").is_none(), "{table}");
    assert_eq!(
        table["AttributeDefinitions"],
        json!([{"AttributeName": "id", "AttributeType": "S"}])
    );
    api.call("Query", &of_colour("late", "colour", "red"))
        .assert_invalid("The table does not have the specified index: late");
    // The attribute is free again, and so is the name.
    api.put_user(&json!({"id": {"S": "n"}, "colour": {"N": "1"}, "shade": {"S": "dark"}})).ok();
    update(&mut api, &create("late", "shade"));
    settled(&mut api);
    assert_eq!(ids_of(&mut api, "late", "shade", "dark"), ["n"]);
    assert_eq!(ids_of(&mut api, "late", "shade", "red"), [""; 0]);
}

#[test]
fn an_index_and_how_capacity_is_charged_change_in_one_call() {
    let mut api = painted(3);
    let units = json!({"ReadCapacityUnits": 2, "WriteCapacityUnits": 3});
    let mut change = create("by_colour", "colour");
    change["BillingMode"] = json!("PROVISIONED");
    change["GlobalSecondaryIndexUpdates"][0]["Create"]["ProvisionedThroughput"] = units.clone();
    refused(
        &mut api,
        &change,
        &format!("{P}ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
    );
    change["BillingMode"] = json!("PAY_PER_REQUEST");
    refused(
        &mut api,
        &change,
        &format!(
            "{P}ProvisionedThroughput should not be specified for index: by_colour when \
             BillingMode is PAY_PER_REQUEST"
        ),
    );
    update(&mut api, &json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}));

    update(&mut api, &{
        let mut change = create("by_colour", "colour");
        change["GlobalSecondaryIndexUpdates"][0]["Create"]["ProvisionedThroughput"] = units;
        change
    });

    let table = settled(&mut api);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["ProvisionedThroughput"]["WriteCapacityUnits"], 3);
    update(&mut api, &{
        let mut change = delete("by_colour");
        change["BillingMode"] = json!("PAY_PER_REQUEST");
        change
    });
    let table = settled(&mut api);
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert!(table.get("GlobalSecondaryIndexes").is_none(), "{table}");
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut api = painted(3);
    update(&mut api, &create("by_colour", "colour"));
    let before = settled(&mut api);
    let undefined = {
        let mut change = create("other", "shade");
        change["AttributeDefinitions"] = json!([{"AttributeName": "a", "AttributeType": "S"}]);
        change
    };
    let other_type = {
        let mut change = create("other", "colour");
        change["AttributeDefinitions"][0]["AttributeType"] = json!("N");
        change
    };
    let no_projection = {
        let mut change = create("other", "shade");
        change["GlobalSecondaryIndexUpdates"][0]["Create"]["Projection"] = json!({});
        change
    };
    for (change, message) in [
        (
            undefined,
            format!(
                "{P}Some index key attributes are not defined in AttributeDefinitions. Keys: \
                 [shade], AttributeDefinitions: [a]"
            ),
        ),
        (create("by_colour", "shade"), format!("{P}Index already exists: by_colour")),
        (
            other_type,
            format!(
                "{P}Attribute definitions conflict with those of the table for attribute: colour"
            ),
        ),
        (no_projection, format!("{P}Unknown ProjectionType: null")),
        (
            json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "no"}}]}),
            one(&member(
                "'no'",
                "globalSecondaryIndexUpdates.1.member.delete.indexName",
                "Member must have length greater than or equal to 3",
            )),
        ),
    ] {
        refused(&mut api, &change, &message);
    }
    let absent = of_users(&delete("other"));
    api.call("UpdateTable", &absent).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Index: other not found",
    );
    let mut two = delete("by_colour");
    let another = create("other", "shade")["GlobalSecondaryIndexUpdates"][0].clone();
    two["GlobalSecondaryIndexUpdates"].as_array_mut().expect("a list").push(another);
    api.call("UpdateTable", &of_users(&two)).assert_refused(
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously \
         per table",
    );
    assert_eq!(settled(&mut api), before);
}

#[test]
fn a_table_has_twenty_global_indexes_at_most() {
    let mut api = painted(1);
    for number in 0..20 {
        update(&mut api, &create(&format!("index-{number}"), "colour"));
        settled(&mut api);
    }

    let one_more = of_users(&create("index-20", "colour"));

    api.call("UpdateTable", &one_more).assert_refused(
        "LimitExceededException",
        "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20",
    );
    assert_eq!(ids_of(&mut api, "index-19", "colour", "red"), ["0"]);
}

#[test]
fn indexes_that_came_and_went_survive_a_restart() {
    let mut api = painted(30);
    update(&mut api, &create("first", "colour"));
    settled(&mut api);
    update(&mut api, &delete("first"));
    settled(&mut api);
    update(&mut api, &create("second", "colour"));
    let before = settled(&mut api);

    api.restart();

    assert_eq!(settled(&mut api), before);
    api.put_user(&user("late", "red")).ok();
    assert_eq!(ids_of(&mut api, "second", "colour", "red").len(), 11);
}

/// With `users` of so many items, of three colours in turn.
fn painted(count: usize) -> Api {
    let mut api = Api::with_users();
    let users: Vec<Value> = (0..count)
        .map(|number| user(&number.to_string(), ["red", "green", "blue"][number % 3]))
        .collect();
    for some in users.chunks(25) {
        let puts: Vec<Value> =
            some.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
        api.call("BatchWriteItem", &json!({"RequestItems": {"users": puts}})).ok();
    }
    api
}

fn user(id: &str, colour: &str) -> Value {
    json!({"id": {"S": id}, "colour": {"S": colour}, "filling": {"S": "x".repeat(200)}})
}

/// Makes an index that is keyed by this text.
fn create(name: &str, attribute: &str) -> Value {
    json!({
        "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": name,
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }}],
    })
}

fn delete(name: &str) -> Value {
    json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]})
}

fn of_colour(index: &str, attribute: &str, value: &str) -> Value {
    json!({
        "TableName": "users",
        "IndexName": index,
        "KeyConditionExpression": "#a = :v",
        "ExpressionAttributeNames": {"#a": attribute},
        "ExpressionAttributeValues": {":v": {"S": value}},
    })
}

/// The ids that a Query of the index finds.
fn ids_of(api: &mut Api, index: &str, attribute: &str, value: &str) -> Vec<String> {
    let items = api.db.read_all("Query", &of_colour(index, attribute, value));
    items.iter().map(|item| item["id"]["S"].as_str().expect("an id").to_owned()).collect()
}

/// The description of `users` once nothing is on its way.
fn settled(api: &mut Api) -> Value {
    wait_until("the table to settle", || {
        let mut answer = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
        let table = answer["Table"].take();
        let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        let settled = table["TableStatus"] == "ACTIVE"
            && indexes.into_iter().all(|index| index["IndexStatus"] == "ACTIVE");
        settled.then_some(table)
    })
}
