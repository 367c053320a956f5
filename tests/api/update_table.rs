//! `UpdateTable`.

use serde_json::{Value, json};

use super::support::wait_until;
use super::{Api, member, one};

const P: &str = "One or more parameter values were invalid: ";

#[test]
fn deletion_protection_is_there_at_once() {
    let mut api = Api::with_users();

    let protected = update(&mut api, &json!({"DeletionProtectionEnabled": true}));

    assert_eq!(protected["TableStatus"], "ACTIVE");
    assert_eq!(protected["DeletionProtectionEnabled"], true);
    api.call("DeleteTable", &json!({"TableName": "users"})).assert_invalid(
        "Resource cannot be deleted as it is currently protected against deletion. Disable \
         deletion protection first.",
    );
    update(&mut api, &json!({"DeletionProtectionEnabled": true}));
    update(&mut api, &json!({"DeletionProtectionEnabled": false}));
    api.call("DeleteTable", &json!({"TableName": "users"})).ok();
}

#[test]
fn new_units_are_shown_once_the_table_is_active_again() {
    let mut api = bought();

    let updating = update(&mut api, &json!({"ProvisionedThroughput": units(7, 8)}));

    assert_eq!(updating["TableStatus"], "UPDATING");
    assert_eq!(
        updating["ProvisionedThroughput"],
        json!({"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
    );
    let table = active(&mut api);
    let throughput = &table["ProvisionedThroughput"];
    assert_eq!(
        (&throughput["ReadCapacityUnits"], &throughput["WriteCapacityUnits"]),
        (&json!(7), &json!(8))
    );
    assert!(throughput["LastIncreaseDateTime"].is_f64(), "{throughput}");
    assert!(throughput.get("LastDecreaseDateTime").is_none(), "{throughput}");
    assert!(table.get("BillingModeSummary").is_none(), "{table}");
}

#[test]
fn units_of_an_index_change_alone() {
    let mut api = bought();

    let change = json!({"GlobalSecondaryIndexUpdates": [index_units("glo", 1, 9)]});
    let updating = update(&mut api, &change);

    let index = &updating["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&updating["TableStatus"], &index["IndexStatus"]),
        (&json!("UPDATING"), &json!("UPDATING"))
    );
    assert_eq!(index["ProvisionedThroughput"]["WriteCapacityUnits"], 4);
    let table = active(&mut api);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["IndexStatus"], "ACTIVE");
    let throughput = &index["ProvisionedThroughput"];
    assert_eq!(throughput["ReadCapacityUnits"], 1);
    assert_eq!(throughput["WriteCapacityUnits"], 9);
    assert_eq!(throughput["NumberOfDecreasesToday"], 1);
    assert!(throughput["LastIncreaseDateTime"].is_f64(), "{throughput}");
    assert!(throughput["LastDecreaseDateTime"].is_f64(), "{throughput}");
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
}

#[test]
fn a_table_is_charged_on_demand_and_by_units_again() {
    let mut api = bought();

    let updating = update(&mut api, &json!({"BillingMode": "PAY_PER_REQUEST"}));

    assert_eq!(updating["TableStatus"], "UPDATING");
    assert_eq!(updating["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
    let table = active(&mut api);
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    let since = table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"].clone();
    assert!(since.is_f64(), "{table}");
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    let again = update(&mut api, &json!({"BillingMode": "PAY_PER_REQUEST"}));
    assert_eq!(again["TableStatus"], "ACTIVE");

    let mut change = json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 2)});
    refused(
        &mut api,
        &change,
        &format!("{P}ProvisionedThroughput must be specified for index: glo"),
    );
    change["GlobalSecondaryIndexUpdates"] = json!([index_units("glo", 3, 3)]);
    update(&mut api, &change);

    let table = active(&mut api);
    assert_eq!(
        table["BillingModeSummary"],
        json!({"BillingMode": "PROVISIONED", "LastUpdateToPayPerRequestDateTime": since})
    );
    assert_eq!(table["ProvisionedThroughput"]["WriteCapacityUnits"], 2);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["ProvisionedThroughput"]["ReadCapacityUnits"], 3);
}

#[test]
fn the_class_is_shown_once_the_table_is_active_again() {
    let mut api = Api::with_users();

    let updating = update(&mut api, &json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"}));

    assert_eq!(updating["TableStatus"], "UPDATING");
    assert!(updating.get("TableClassSummary").is_none(), "{updating}");
    let summary = active(&mut api)["TableClassSummary"].clone();
    assert_eq!(summary["TableClass"], "STANDARD_INFREQUENT_ACCESS");
    assert!(summary["LastUpdateDateTime"].is_f64(), "{summary}");
}

#[test]
fn changes_leave_items_and_survive_a_restart() {
    let data = super::scratch();
    let launch = super::Launch::on(data.path());
    let server = launch.start();
    let mut db = server.db();
    db.create_table("users");
    db.put("users", &json!({"id": {"S": "7"}}));
    for change in [
        json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(5, 5)}),
        json!({"ProvisionedThroughput": units(4, 6)}),
        json!({"TableClass": "STANDARD"}),
        json!({"DeletionProtectionEnabled": true}),
    ] {
        db.call("UpdateTable", &of_users(&change)).ok();
    }
    let before = db.call("DescribeTable", &json!({"TableName": "users"})).ok();
    assert_eq!(before["Table"]["ItemCount"], 1);
    assert_eq!(db.get("users", &json!({"id": {"S": "7"}})), Some(json!({"id": {"S": "7"}})));
    server.kill();

    let server = launch.start();

    let mut db = server.db();
    assert_eq!(db.call("DescribeTable", &json!({"TableName": "users"})).ok(), before);
    assert!(db.get("users", &json!({"id": {"S": "7"}})).is_some());
}

#[test]
fn four_decreases_of_a_day_are_free() {
    let mut api = bought();
    for read in [4, 3, 2, 1] {
        update(&mut api, &json!({"ProvisionedThroughput": units(read, 6)}));
    }

    let fifth = json!({"ProvisionedThroughput": units(1, 5)});
    let refusal = api.call("UpdateTable", &of_users(&fifth)).refusal();

    assert_eq!(refusal.code, "LimitExceededException");
    let told = "Subscriber limit exceeded: Provisioned throughput decreases are limited within a \
                given UTC day. After the first 4 decreases, each subsequent decrease in the same \
                UTC day can be performed at most once every 3600 seconds. Number of decreases \
                today: 4. Last decrease at ";
    assert!(refusal.message.starts_with(told), "{refusal:?}");
    let throughput = active(&mut api)["ProvisionedThroughput"].clone();
    assert_eq!(throughput["NumberOfDecreasesToday"], 4);
    assert_eq!(throughput["WriteCapacityUnits"], 6);
    update(&mut api, &json!({"ProvisionedThroughput": units(2, 6)}));
    update(&mut api, &json!({"GlobalSecondaryIndexUpdates": [index_units("glo", 3, 3)]}));
}

#[test]
fn a_change_that_says_nothing_new_is_refused() {
    let mut api = bought();
    let unchanged = |what: &str, kind: &str, read: u64, write: u64| {
        format!(
            "The provisioned throughput for the {what} will not change. The requested value equals \
             the current value. Current ReadCapacityUnits provisioned for the {kind}: {read}. \
             Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the \
             {kind}: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB \
             Developer Guide for current limits and how to request higher limits."
        )
    };
    let nothing = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
                   GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required";

    for change in [
        json!({}),
        json!({"GlobalSecondaryIndexUpdates": []}),
        json!({"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}]}),
    ] {
        refused(&mut api, &change, nothing);
    }
    refused(
        &mut api,
        &json!({"ProvisionedThroughput": units(5, 6)}),
        &unchanged("table", "table", 5, 6),
    );
    refused(
        &mut api,
        &json!({
            "ProvisionedThroughput": units(9, 9),
            "GlobalSecondaryIndexUpdates": [index_units("glo", 3, 4)],
        }),
        &unchanged("index glo", "index", 3, 4),
    );
    assert_eq!(active(&mut api)["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
}

#[test]
fn what_does_not_fit_is_refused_in_the_services_order() {
    let mut api = bought();
    let too_much = 1_000_000_000_001_u64;
    let neither = format!(
        "{P}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is \
         PAY_PER_REQUEST"
    );
    for (change, message) in [
        (
            json!({"BillingMode": "PROVISIONED"}),
            format!("{P}ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
        ),
        (
            json!({"ProvisionedThroughput": units(too_much, 1)}),
            format!("Given value {too_much} for ReadCapacityUnits is out of bounds"),
        ),
        (
            json!({"GlobalSecondaryIndexUpdates": [{}]}),
            format!(
                "{P}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                 GlobalSecondaryIndexUpdate.Delete must not be null"
            ),
        ),
        (
            json!({"GlobalSecondaryIndexUpdates": [
                index_units("glo", 1, 1), {"Delete": {"IndexName": "glo"}},
            ]}),
            format!(
                "{P}Only one global secondary index update per index is allowed simultaneously. \
                 Index: glo"
            ),
        ),
        (
            json!({"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": units(1, 1)}),
            neither.clone(),
        ),
        (
            json!({"BillingMode": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexUpdates": [index_units("glo", 1, 1)]}),
            neither.clone(),
        ),
        (
            json!({"GlobalSecondaryIndexUpdates": [index_units("glo", too_much, 1)]}),
            "This operation cannot be performed with given input values. Please contact DynamoDB \
             service team for more info: Action Blocked: IndexUpdate"
                .into(),
        ),
    ] {
        refused(&mut api, &change, &message);
    }
    let unknown = json!({"GlobalSecondaryIndexUpdates": [index_units("other", 1, 1)]});
    api.call("UpdateTable", &of_users(&unknown)).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Index: other not found",
    );
    let mut on_demand = Api::with_users();
    refused(&mut on_demand, &json!({"ProvisionedThroughput": units(1, 1)}), &neither);
}

#[test]
fn one_call_makes_one_change() {
    let mut api = bought();
    let alone = |what: &str| format!("{P}{what} must be the only operation in the request");
    for (change, message) in [
        (
            json!({"DeletionProtectionEnabled": true, "BillingMode": "PAY_PER_REQUEST"}),
            alone("DeletionProtection modification"),
        ),
        (
            json!({"DeletionProtectionEnabled": true, "TableClass": "STANDARD"}),
            alone("TableClass modification"),
        ),
        (
            json!({"SSESpecification": {"Enabled": true}, "TableClass": "STANDARD"}),
            alone("Server-Side Encryption modification"),
        ),
        (
            json!({"WarmThroughput": {"ReadUnitsPerSecond": 1}, "BillingMode": "PAY_PER_REQUEST"}),
            alone("WarmThroughput"),
        ),
        (
            json!({"OnDemandThroughput": {"MaxReadRequestUnits": 1},
                "StreamSpecification": {"StreamEnabled": true}}),
            format!(
                "{P}OnDemandThroughput can only be combined with BillingMode in an UpdateTable \
                 request"
            ),
        ),
        (
            json!({"ProvisionedThroughput": units(1, 1),
                "StreamSpecification": {"StreamEnabled": true}}),
            format!("{P}You cannot modify stream status while updating table IOPS"),
        ),
        (
            json!({"ProvisionedThroughput": units(1, 1),
                "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "glo"}}]}),
            format!("{P}You cannot create or delete index while updating table IOPS"),
        ),
    ] {
        refused(&mut api, &change, &message);
    }
    let table = active(&mut api);
    assert_eq!(table["DeletionProtectionEnabled"], false);
    assert_eq!(table["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
}

#[test]
fn members_are_constrained_before_the_table_is_looked_up() {
    let mut api = Api::empty();

    api.call("UpdateTable", &json!({}))
        .assert_invalid("The parameter 'TableName' is required but was not present in the request");
    api.call("UpdateTable", &json!({"TableName": "ab"})).assert_invalid(
        "TableName must be at least 3 characters long and at most 255 characters long",
    );
    refused(
        &mut api,
        &json!({"ProvisionedThroughput": units(0, 1)}),
        &one(&member(
            "'0'",
            "provisionedThroughput.readCapacityUnits",
            "Member must have value greater than or equal to 1",
        )),
    );
    refused(
        &mut api,
        &json!({"GlobalSecondaryIndexUpdates": [index_units("gl", 1, 1)]}),
        &one(&member(
            "'gl'",
            "globalSecondaryIndexUpdates.1.member.update.indexName",
            "Member must have length greater than or equal to 3",
        )),
    );
    let change = of_users(&json!({"BillingMode": "PAY_PER_REQUEST"}));
    api.call("UpdateTable", &change).assert_refused(
        "ResourceNotFoundException",
        "Requested resource not found: Table: users not found",
    );
}

/// With the provisioned table `users` of 5 and 6 units, whose index `glo` has 3 and 4.
pub(super) fn bought() -> Api {
    let mut api = Api::empty();
    api.db.create_table_with(&json!({
        "TableName": "users",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": units(5, 6),
        "GlobalSecondaryIndexes": [{
            "IndexName": "glo",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": units(3, 4),
        }],
    }));
    api
}

/// Makes a change of `users`; gives the description in the answer.
#[track_caller]
pub(super) fn update(api: &mut Api, change: &Value) -> Value {
    let mut answer = api.call("UpdateTable", &of_users(change)).ok();
    answer["TableDescription"].take()
}

#[track_caller]
pub(super) fn refused(api: &mut Api, change: &Value, message: &str) {
    api.call("UpdateTable", &of_users(change)).assert_invalid(message);
}

/// The description of `users` once it is active.
pub(super) fn active(api: &mut Api) -> Value {
    wait_until("the table to be active", || {
        let mut answer = api.call("DescribeTable", &json!({"TableName": "users"})).ok();
        let table = answer["Table"].take();
        (table["TableStatus"] == "ACTIVE").then_some(table)
    })
}

pub(super) fn of_users(change: &Value) -> Value {
    let mut request = change.clone();
    request["TableName"] = json!("users");
    request
}

pub(super) fn index_units(name: &str, read: u64, write: u64) -> Value {
    json!({"Update": {"IndexName": name, "ProvisionedThroughput": units(read, write)}})
}

pub(super) fn units(read: u64, write: u64) -> Value {
    json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
}
