//! `OnDemandThroughput` and `WarmThroughput`: of new tables and indexes, and changed.

use serde_json::{Value, json};

use super::Api;
use super::update_table::{active, bought, index_units, refused, units, update};

const P: &str = "One or more parameter values were invalid: ";

#[test]
fn a_new_table_has_its_maxima_and_what_it_can_take_at_once() {
    let mut api = Api::empty();
    let created = api.call("CreateTable", &asking(&json!({}))).ok();

    let table = active(&mut api);

    assert_eq!(created["TableDescription"]["WarmThroughput"], warm(12_001, 4_000));
    assert_eq!(table["OnDemandThroughput"], json!({"MaxReadRequestUnits": 7}));
    assert_eq!(table["WarmThroughput"], warm(12_001, 4_000));
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["OnDemandThroughput"], json!({"MaxWriteRequestUnits": 9}));
    assert_eq!(index["WarmThroughput"], warm(12_000, 5_000));
}

#[test]
fn a_table_that_asks_for_nothing_is_told_what_it_must_take() {
    let mut api = Api::with_users();
    let table = active(&mut api);
    assert_eq!(table["WarmThroughput"], warm(12_000, 4_000));
    assert!(table.get("OnDemandThroughput").is_none(), "{table}");

    let mut api = bought();
    let table = active(&mut api);
    assert_eq!(table["WarmThroughput"], warm(5, 6));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["WarmThroughput"], warm(3, 4));
}

#[test]
fn what_a_new_table_cannot_have_is_refused() {
    let mut api = Api::empty();
    let page = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/\
                on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
    let outside = |member: &str, whose: &str| {
        format!(
            "{P}Requested {member} for OnDemandThroughput for {whose} is outside of valid range"
        )
    };
    for value in [0, -1, -2] {
        let request = asking(&json!({"OnDemandThroughput": {"MaxReadRequestUnits": value}}));
        let message = outside("MaxReadRequestUnits", "table");
        api.call("CreateTable", &request).assert_invalid(&message);
        let request = of_index(&json!({"OnDemandThroughput": {"MaxWriteRequestUnits": value}}));
        let message = outside("MaxWriteRequestUnits", "index : glo");
        api.call("CreateTable", &request).assert_invalid(&message);
    }
    let request = asking(&json!({"WarmThroughput": {"ReadUnitsPerSecond": 11_999}}));
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial \
         throughput for OnDemand. See: {page}"
    ));
    let request = of_index(&json!({"WarmThroughput": {"WriteUnitsPerSecond": 3_999}}));
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Requested WriteUnitsPerSecond for WarmThroughput for index glo is lower than initial \
         throughput for OnDemand. See: {page}"
    ));
    let mut request = asking(&json!({
        "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(5, 5),
    }));
    api.call("CreateTable", &request)
        .assert_invalid(&format!("{P}ProvisionedThroughput is not specified for index: glo"));
    request["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = units(5, 5);
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}MaxWriteRequestUnits for OnDemandThroughput for index: glo cannot be specified when \
         table BillingMode is PROVISIONED."
    ));
    request["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] = Value::Null;
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode \
         is PROVISIONED."
    ));
    request["OnDemandThroughput"] = Value::Null;
    request["WarmThroughput"] = json!({"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 4});
    api.call("CreateTable", &request).assert_invalid(&format!(
        "{P}Requested WriteUnitsPerSecond for WarmThroughput for table is lower than \
         WriteCapacityUnits of ProvisionedThroughput"
    ));
    assert_eq!(api.call("ListTables", &json!({})).ok(), json!({"TableNames": []}));
}

#[test]
fn maxima_change_one_by_one_and_hold_over_a_restart() {
    let mut api = Api::empty();
    api.call("CreateTable", &asking(&json!({}))).ok();

    let changed = update(&mut api, &maxima(None, Some(500)));
    assert_eq!(changed["TableStatus"], "ACTIVE");
    let both = json!({"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 500});
    assert_eq!(changed["OnDemandThroughput"], both);
    update(
        &mut api,
        &json!({"GlobalSecondaryIndexUpdates": [{"Update": {
            "IndexName": "glo", "OnDemandThroughput": {"MaxReadRequestUnits": 3},
        }}]}),
    );
    api.restart();

    let table = active(&mut api);
    assert_eq!(table["OnDemandThroughput"], both);
    assert_eq!(table["WarmThroughput"], warm(12_001, 4_000));
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(
        index["OnDemandThroughput"],
        json!({"MaxReadRequestUnits": 3, "MaxWriteRequestUnits": 9})
    );
    assert_eq!(index["WarmThroughput"], warm(12_000, 5_000));
    update(&mut api, &maxima(Some(-1), None));
    assert_eq!(active(&mut api)["OnDemandThroughput"], json!({"MaxWriteRequestUnits": 500}));
    update(&mut api, &maxima(Some(-1), Some(-1)));
    assert!(active(&mut api).get("OnDemandThroughput").is_none());
}

#[test]
fn another_billing_mode_drops_the_maxima_and_keeps_what_is_warm() {
    let mut api = Api::empty();
    api.call("CreateTable", &asking(&json!({}))).ok();

    update(
        &mut api,
        &json!({
            "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(13_000, 1),
            "GlobalSecondaryIndexUpdates": [index_units("glo", 1, 1)],
        }),
    );
    let table = active(&mut api);
    assert!(table.get("OnDemandThroughput").is_none(), "{table}");
    assert_eq!(table["WarmThroughput"], warm(13_000, 4_000));
    let index = &table["GlobalSecondaryIndexes"][0];
    assert!(index.get("OnDemandThroughput").is_none(), "{index}");
    assert_eq!(index["WarmThroughput"], warm(12_000, 5_000));
    let told = "cannot be specified when the table BillingMode is PROVISIONED";
    let change = maxima(Some(1), None);
    refused(&mut api, &change, &format!("{P}MaxReadRequestUnits for OnDemandThroughput {told}"));
    let change = json!({"GlobalSecondaryIndexUpdates": [{"Update": {
        "IndexName": "glo", "OnDemandThroughput": {"MaxReadRequestUnits": 3},
    }}]});
    refused(
        &mut api,
        &change,
        &format!("{P}MaxReadRequestUnits for OnDemandThroughput for index : glo {told}"),
    );

    let mut back = maxima(Some(70), None);
    back["BillingMode"] = "PAY_PER_REQUEST".into();
    update(&mut api, &back);
    let table = active(&mut api);
    assert_eq!(table["OnDemandThroughput"], json!({"MaxReadRequestUnits": 70}));
    assert!(table["GlobalSecondaryIndexes"][0].get("OnDemandThroughput").is_none());
}

#[test]
fn warm_throughput_rises_alone_and_never_falls() {
    let mut api = Api::empty();
    api.call("CreateTable", &asking(&json!({}))).ok();

    let change = json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_500}});
    let warming = update(&mut api, &change);

    assert_eq!(warming["TableStatus"], "ACTIVE");
    let mut before = warm(12_001, 4_000);
    before["Status"] = "UPDATING".into();
    assert_eq!(warming["WarmThroughput"], before);
    assert_eq!(active(&mut api)["WarmThroughput"], warm(12_500, 4_000));
    update(&mut api, &change);
    let lower = |member: &str, whose: &str| {
        format!(
            "{P}Requested {member} for WarmThroughput for {whose} is lower than current \
             WarmThroughput, decreasing WarmThroughput is not supported"
        )
    };
    refused(
        &mut api,
        &json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_499}}),
        &lower("ReadUnitsPerSecond", "table"),
    );
    refused(
        &mut api,
        &json!({"WarmThroughput": {"WriteUnitsPerSecond": -1}}),
        &lower("WriteUnitsPerSecond", "table"),
    );
    let index = |warm: Value| {
        json!({"GlobalSecondaryIndexUpdates": [
            {"Update": {"IndexName": "glo", "WarmThroughput": warm}},
        ]})
    };
    refused(
        &mut api,
        &index(json!({"WriteUnitsPerSecond": 4_999})),
        &lower("WriteUnitsPerSecond", "index glo"),
    );
    let warming = update(&mut api, &index(json!({"WriteUnitsPerSecond": 5_001})));
    let shown = &warming["GlobalSecondaryIndexes"][0];
    assert_eq!(
        (&shown["IndexStatus"], &warming["TableStatus"]),
        (&json!("ACTIVE"), &json!("ACTIVE"))
    );
    assert_eq!(shown["WarmThroughput"]["Status"], "UPDATING");
    assert_eq!(shown["WarmThroughput"]["WriteUnitsPerSecond"], 5_000);
    let shown = active(&mut api)["GlobalSecondaryIndexes"][0].clone();
    assert_eq!(shown["WarmThroughput"], warm(12_000, 5_001));
}

#[test]
fn units_that_are_lowered_leave_what_is_warm() {
    let mut api = bought();

    update(&mut api, &json!({"ProvisionedThroughput": units(50, 6)}));
    update(&mut api, &json!({"ProvisionedThroughput": units(1, 2)}));

    let table = active(&mut api);
    assert_eq!(table["WarmThroughput"], warm(50, 6));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["WarmThroughput"], warm(3, 4));
    api.restart();
    assert_eq!(active(&mut api)["WarmThroughput"], warm(50, 6));
}

#[test]
fn an_empty_structure_asks_for_nothing() {
    let mut api = Api::with_users();
    let nothing = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
                   GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required";
    refused(&mut api, &json!({"WarmThroughput": {}}), nothing);
    refused(&mut api, &json!({"OnDemandThroughput": {}}), nothing);
    update(&mut api, &json!({"WarmThroughput": {}, "DeletionProtectionEnabled": false}));
    let mut api = Api::empty();
    let mut request = asking(&json!({"OnDemandThroughput": {}, "WarmThroughput": {}}));
    request["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] = json!({});
    request["GlobalSecondaryIndexes"][0]["WarmThroughput"] = json!({});
    api.call("CreateTable", &request).ok();

    let table = active(&mut api);

    assert_eq!(table["WarmThroughput"], warm(12_000, 4_000));
    assert!(table.get("OnDemandThroughput").is_none(), "{table}");
    let index = |update: Value| {
        let mut update = update;
        update["IndexName"] = "glo".into();
        json!({"GlobalSecondaryIndexUpdates": [{"Update": update}]})
    };
    refused(
        &mut api,
        &index(json!({"WarmThroughput": {}})),
        &format!(
            "{P}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond \
             specified for index: glo"
        ),
    );
    let only = "can be to OnDemandThroughput, WarmThroughput";
    for update in [json!({}), json!({"OnDemandThroughput": {}})] {
        refused(
            &mut api,
            &index(update),
            &format!(
                "{P}The only Updates for index: glo when TableThroughputMode is PAY_PER_REQUEST \
                 {only}"
            ),
        );
    }
}

#[test]
fn an_index_that_comes_later_has_its_own() {
    let mut api = Api::with_users();

    update(
        &mut api,
        &json!({
            "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
            "GlobalSecondaryIndexUpdates": [{"Create": {
                "IndexName": "late",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "OnDemandThroughput": {"MaxReadRequestUnits": 5},
                "WarmThroughput": {"ReadUnitsPerSecond": 20_000},
            }}],
        }),
    );

    let table = active(&mut api);
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["OnDemandThroughput"], json!({"MaxReadRequestUnits": 5}));
    assert_eq!(index["WarmThroughput"], warm(20_000, 4_000));
}

/// A request for `users` with a global index `glo`, both of which ask for something; `other` members
/// take the place of these.
fn asking(other: &Value) -> Value {
    let mut request = json!({
        "TableName": "users",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "glo",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "OnDemandThroughput": {"MaxWriteRequestUnits": 9},
            "WarmThroughput": {"WriteUnitsPerSecond": 5_000},
        }],
        "BillingMode": "PAY_PER_REQUEST",
        "OnDemandThroughput": {"MaxReadRequestUnits": 7},
        "WarmThroughput": {"ReadUnitsPerSecond": 12_001},
    });
    for (name, value) in other.as_object().expect("members") {
        request[name] = value.clone();
    }
    if other.get("ProvisionedThroughput").is_some() {
        request["WarmThroughput"] = Value::Null;
    }
    request
}

/// The same with other members of the index.
fn of_index(other: &Value) -> Value {
    let mut request = asking(&json!({}));
    for (name, value) in other.as_object().expect("members") {
        request["GlobalSecondaryIndexes"][0][name] = value.clone();
    }
    request
}

fn maxima(read: Option<i64>, write: Option<i64>) -> Value {
    let mut maxima = json!({});
    for (name, value) in [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)] {
        if let Some(value) = value {
            maxima[name] = value.into();
        }
    }
    json!({"OnDemandThroughput": maxima})
}

fn warm(read: u64, write: u64) -> Value {
    json!({"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": "ACTIVE"})
}
