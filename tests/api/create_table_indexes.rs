//! `CreateTable` with local and global secondary indexes.

use serde_json::{Value, json};

use super::support::wait_until;
use super::{Api, NOT_NULL, member, one};

const P: &str = "One or more parameter values were invalid: ";

#[test]
fn indexes_are_described_in_full() {
    let mut api = Api::empty();
    let mut request = request(&["pk", "sk", "a", "b"]);
    request["LocalSecondaryIndexes"] =
        json!([index("loc", &[("pk", "HASH"), ("a", "RANGE")], &include(&["x", "y"])),]);
    request["GlobalSecondaryIndexes"] = json!([
        index("glo", &[("a", "HASH"), ("pk", "RANGE")], &all()),
        index("key", &[("b", "HASH")], &json!({"ProjectionType": "KEYS_ONLY"})),
    ]);

    let created = api.call("CreateTable", &request).ok();

    let created = &created["TableDescription"];
    assert_eq!(created["TableStatus"], "CREATING");
    assert_eq!(created["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    assert!(created["LocalSecondaryIndexes"][0].get("IndexStatus").is_none());
    let table = wait_until("the table to be active", || {
        let table = api.call("DescribeTable", &json!({"TableName": "orders"})).ok();
        (table["Table"]["TableStatus"] == "ACTIVE").then_some(table)
    });
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/";
    assert_eq!(
        table["Table"]["LocalSecondaryIndexes"],
        json!([{
            "IndexName": "loc",
            "KeySchema": keys(&[("pk", "HASH"), ("a", "RANGE")]),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]},
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": format!("{arn}loc"),
        }])
    );
    let global = |name: &str, schema: &[(&str, &str)], projection: &str| {
        json!({
            "IndexName": name,
            "KeySchema": keys(schema),
            "Projection": {"ProjectionType": projection},
            "IndexStatus": "ACTIVE",
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0,
            },
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": format!("{arn}{name}"),
            "WarmThroughput": {
                "ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE",
            },
        })
    };
    assert_eq!(
        table["Table"]["GlobalSecondaryIndexes"],
        json!([
            global("glo", &[("a", "HASH"), ("pk", "RANGE")], "ALL"),
            global("key", &[("b", "HASH")], "KEYS_ONLY"),
        ])
    );
}

#[test]
fn global_indexes_of_a_provisioned_table_have_units_of_their_own() {
    let mut api = Api::empty();
    let mut request = provisioned(&["pk", "sk", "a"]);
    let mut global = index("glo", &[("a", "HASH")], &all());
    global["ProvisionedThroughput"] = units(3, 4);
    request["GlobalSecondaryIndexes"] = json!([global]);

    let created = api.call("CreateTable", &request).ok();

    let index = &created["TableDescription"]["GlobalSecondaryIndexes"][0];
    assert_eq!(
        index["ProvisionedThroughput"],
        json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
    );
    assert_eq!(index["WarmThroughput"]["ReadUnitsPerSecond"], 3);
}

#[test]
fn a_dropped_table_shows_no_global_indexes_any_more() {
    let mut api = Api::empty();
    let mut request = request(&["pk", "sk", "a"]);
    request["LocalSecondaryIndexes"] =
        json!([index("loc", &[("pk", "HASH"), ("a", "RANGE")], &all())]);
    request["GlobalSecondaryIndexes"] = json!([index("glo", &[("a", "HASH")], &all())]);
    api.db.create_table_with(&request);

    let dropped = api.call("DeleteTable", &json!({"TableName": "orders"})).ok();

    let table = &dropped["TableDescription"];
    assert!(table.get("GlobalSecondaryIndexes").is_none(), "{table}");
    assert_eq!(table["LocalSecondaryIndexes"][0]["IndexName"], "loc");
}

#[test]
fn indexes_survive_a_restart() {
    let data = super::scratch();
    let launch = super::Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    let mut request = request(&["pk", "sk", "a", "b"]);
    request["LocalSecondaryIndexes"] =
        json!([index("loc", &[("pk", "HASH"), ("a", "RANGE")], &include(&["x"]))]);
    request["GlobalSecondaryIndexes"] =
        json!([index("glo", &[("a", "HASH"), ("b", "HASH"), ("sk", "RANGE")], &all())]);
    request["Tags"] = json!([{"Key": "team", "Value": "a"}]);
    request["TableClass"] = json!("STANDARD_INFREQUENT_ACCESS");
    db.create_table_with(&request);
    let before = db.call("DescribeTable", &json!({"TableName": "orders"})).ok();
    server.kill();

    let server = launch.start();

    let after = server.db().call("DescribeTable", &json!({"TableName": "orders"})).ok();
    assert_eq!(after, before);
    assert_eq!(
        after["Table"]["TableClassSummary"],
        json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"})
    );
}

#[test]
fn local_indexes_share_the_tables_partition_key() {
    let mut api = Api::empty();
    let local = |schema: &[(&str, &str)]| {
        let mut request = request(&["pk", "sk", "a"]);
        request["LocalSecondaryIndexes"] = json!([index("loc", schema, &all())]);
        request
    };
    let mut no_sort_key = local(&[("pk", "HASH"), ("a", "RANGE")]);
    no_sort_key["KeySchema"] = keys(&[("pk", "HASH")]);
    for (request, message) in [
        (
            no_sort_key,
            format!(
                "{P}Table KeySchema does not have a range key, which is required when specifying \
                 a LocalSecondaryIndex"
            ),
        ),
        (
            local(&[("pk", "HASH"), ("zz", "RANGE")]),
            format!(
                "{P}Some index key attributes are not defined in AttributeDefinitions. Keys: \
                 [pk, zz], AttributeDefinitions: [pk, sk, a]"
            ),
        ),
        (
            local(&[("pk", "HASH"), ("pk", "RANGE")]),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
                .into(),
        ),
        (
            local(&[("pk", "RANGE"), ("a", "HASH")]),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type".into(),
        ),
        (
            local(&[("pk", "HASH"), ("a", "HASH")]),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type".into(),
        ),
        (
            local(&[("pk", "HASH")]),
            format!("{P}Index KeySchema does not have a range key for index: loc"),
        ),
        (
            local(&[("sk", "HASH"), ("a", "RANGE")]),
            format!(
                "{P}Index KeySchema does not have the same leading hash key as table KeySchema \
                 for index: loc. index hash key: sk, table hash key: pk"
            ),
        ),
    ] {
        api.call("CreateTable", &request).assert_invalid(&message);
    }
    let repeats_the_sort_key = local(&[("pk", "HASH"), ("sk", "RANGE")]);
    api.call("CreateTable", &repeats_the_sort_key).assert_invalid(&format!(
        "{P}Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, a], keys used: \
         [pk, sk]"
    ));
    let mut repeats_the_sort_key = repeats_the_sort_key;
    repeats_the_sort_key["AttributeDefinitions"] = definitions(&["pk", "sk"]);
    api.call("CreateTable", &repeats_the_sort_key).ok();
}

#[test]
fn projections_are_checked() {
    let mut api = Api::empty();
    let names: Vec<String> = (0..21).map(|number| format!("n{number}")).collect();
    for (projection, message) in [
        (json!({}), format!("{P}Unknown ProjectionType: null")),
        (
            json!({"ProjectionType": "ALL", "NonKeyAttributes": ["x"]}),
            format!("{P}ProjectionType is ALL, but NonKeyAttributes is specified"),
        ),
        (
            json!({"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["x"]}),
            format!("{P}ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified"),
        ),
        (
            json!({"ProjectionType": "INCLUDE"}),
            format!("{P}ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        ),
        (
            include(&names),
            one(&member(
                &format!("'[{}]'", names.join(", ")),
                "globalSecondaryIndexes.1.member.projection.nonKeyAttributes",
                "Member must have length less than or equal to 20",
            )),
        ),
    ] {
        let mut request = request(&["pk", "sk", "a"]);
        request["GlobalSecondaryIndexes"] = json!([index("glo", &[("a", "HASH")], &projection)]);
        api.call("CreateTable", &request).assert_invalid(&message);
    }
    let mut request = request(&["pk", "sk", "a"]);
    request["GlobalSecondaryIndexes"] = (0..6)
        .map(|number| index(&format!("glo{number}"), &[("a", "HASH")], &include(&names[..20])))
        .collect();
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Number of NonKeyAttributes over all indexes exceeds the per-table limit of 100"
    ));
    request["GlobalSecondaryIndexes"].as_array_mut().expect("a list").pop();
    api.call("CreateTable", &request).ok();
}

#[test]
fn an_index_has_a_name_of_its_own_and_a_projection() {
    let mut api = Api::empty();
    let mut request = request(&["pk", "sk", "a"]);
    request["LocalSecondaryIndexes"] =
        json!([index("same", &[("pk", "HASH"), ("a", "RANGE")], &all())]);
    request["GlobalSecondaryIndexes"] = json!([index("same", &[("a", "HASH")], &all())]);

    api.call("CreateTable", &request).assert_invalid(&format!("{P}Duplicate index name: same"));
    request["GlobalSecondaryIndexes"][0]["IndexName"] = json!("other");
    request["GlobalSecondaryIndexes"][0]["Projection"] = Value::Null;
    api.call("CreateTable", &request).assert_invalid(&one(&member(
        "null",
        "globalSecondaryIndexes.1.member.projection",
        NOT_NULL,
    )));
}

#[test]
fn there_are_5_local_and_20_global_indexes_at_most() {
    let mut api = Api::empty();
    let mut request = request(&["pk", "sk", "a"]);
    let local = |number| index(&format!("loc{number}"), &[("pk", "HASH"), ("a", "RANGE")], &all());
    let global = |number| index(&format!("glo{number}"), &[("a", "HASH")], &all());

    request["LocalSecondaryIndexes"] = (0..6).map(local).collect();
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Number of LocalSecondaryIndexes exceeds per-table limit of 5"
    ));
    request["LocalSecondaryIndexes"] = (0..5).map(local).collect();
    request["GlobalSecondaryIndexes"] = (0..21).map(global).collect();
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}GlobalSecondaryIndex count exceeds the per-table limit of 20"
    ));
    request["GlobalSecondaryIndexes"] = (0..20).map(global).collect();
    api.call("CreateTable", &request).ok();
    for (member, name) in [("LocalSecondaryIndexes", "local"), ("GlobalSecondaryIndexes", "global")]
    {
        let mut empty = self::request(&["pk", "sk"]);
        empty["TableName"] = json!(name);
        empty[member] = json!([]);
        api.call("CreateTable", &empty).assert_invalid(&format!("{P}List of {member} is empty"));
    }
}

#[test]
fn units_of_global_indexes_follow_the_billing_mode() {
    let mut api = Api::empty();
    let mut with_units = index("glo", &[("a", "HASH")], &all());
    with_units["ProvisionedThroughput"] = units(1, 1);

    let mut on_demand = request(&["pk", "sk", "a"]);
    on_demand["GlobalSecondaryIndexes"] = json!([with_units]);
    api.call("CreateTable", &on_demand).assert_invalid(&format!(
        "{P}ProvisionedThroughput should not be specified for index: glo when BillingMode is \
         PAY_PER_REQUEST"
    ));
    let mut bought = provisioned(&["pk", "sk", "a"]);
    bought["GlobalSecondaryIndexes"] = json!([index("glo", &[("a", "HASH")], &all())]);
    api.call("CreateTable", &bought)
        .assert_invalid(&format!("{P}ProvisionedThroughput is not specified for index: glo"));
}

#[test]
fn keys_of_a_global_index_have_up_to_4_attributes_of_each_role() {
    let mut api = Api::empty();
    let names = ["pk", "sk", "a", "b", "c", "d", "e", "f", "g", "h"];
    let global = |name: &str, schema: &[(&str, &str)]| {
        let mut request = request(&names);
        request["TableName"] = json!(name);
        request["GlobalSecondaryIndexes"] = json!([index("glo", schema, &all())]);
        request
    };
    let too_many = |role: &str| {
        format!("{P}The KeySchema exceeds the maximum allowed number of {role} key attributes")
    };
    let five = |role: &'static str| ["a", "b", "c", "d", "e"].map(|name| (name, role));
    let after = [("f", "HASH"), ("a", "RANGE"), ("b", "HASH")];
    let mut behind_one_hash = vec![("f", "HASH")];
    behind_one_hash.extend(five("RANGE"));
    for (schema, message) in [
        (&five("HASH")[..], too_many("HASH")),
        (&behind_one_hash, too_many("RANGE")),
        (
            &after,
            format!(
                "{P}All HASH key attributes must precede RANGE key attributes in the KeySchema"
            ),
        ),
        (
            &[("a", "HASH"), ("a", "HASH")],
            "The KeySchema contains multiple key attributes with the same name".into(),
        ),
        (
            &[("a", "HASH"), ("a", "RANGE")],
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
                .into(),
        ),
    ] {
        api.call("CreateTable", &global("orders", schema)).assert_invalid(&message);
    }
    let full: Vec<(&str, &str)> = names[2..6]
        .iter()
        .map(|name| (*name, "HASH"))
        .chain(names[6..].iter().map(|name| (*name, "RANGE")))
        .collect();
    let created = api.call("CreateTable", &global("full", &full)).ok();
    let described = &created["TableDescription"]["GlobalSecondaryIndexes"][0]["KeySchema"];
    assert_eq!(*described, keys(&full));
}

#[test]
fn every_definition_keys_something() {
    let mut api = Api::empty();
    let mut request = request(&["pk", "sk", "a", "q"]);
    request["GlobalSecondaryIndexes"] = json!([index("glo", &[("a", "HASH")], &all())]);

    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, a, q], keys \
         used: [pk, sk, a]"
    ));
}

/// A good request for a table on demand whose key is the texts `pk` and `sk`; other attributes
/// that are defined are for indexes to use.
fn request(defined: &[&str]) -> Value {
    json!({
        "TableName": "orders",
        "AttributeDefinitions": definitions(defined),
        "KeySchema": keys(&[("pk", "HASH"), ("sk", "RANGE")]),
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// The same for a table that is charged by units.
fn provisioned(defined: &[&str]) -> Value {
    let mut request = request(defined);
    request["BillingMode"] = json!("PROVISIONED");
    request["ProvisionedThroughput"] = units(1, 1);
    request
}

fn index(name: &str, schema: &[(&str, &str)], projection: &Value) -> Value {
    json!({"IndexName": name, "KeySchema": keys(schema), "Projection": projection})
}

fn all() -> Value {
    json!({"ProjectionType": "ALL"})
}

fn include<T: AsRef<str>>(names: &[T]) -> Value {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names})
}

fn units(read: u64, write: u64) -> Value {
    json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
}

fn definitions(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect()
}

fn keys(attributes: &[(&str, &str)]) -> Value {
    attributes.iter().map(|(name, role)| json!({"AttributeName": name, "KeyType": role})).collect()
}
