//! Makes a table at the target as it is at the source: keys, indexes and how capacity is charged.
//!
//! Not here: its stream, its tags, how its items expire, who may use it (`docs/migrate.md`).

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::error::Error;
use super::tables::{Described, Site};
use crate::api::{ErrorCode, Operation};
use crate::engine::upstream::client::Effect;

/// Makes the table that was described.
pub(super) async fn create(target: &Site, source: &Described) -> Result<(), Error> {
    let body = body_of(&source.answer).ok_or_else(|| Error::Refused {
        end: target.end.to_string(),
        why: "the description of the source's table has no keys".to_owned(),
    })?;
    let mut back_off = target.pauses.begin();
    loop {
        match target.end.ask(Operation::CreateTable, body.clone(), Effect::Writes).await {
            Ok(_) => return Ok(()),
            // By the try before, whose answer was lost, or by somebody else: the same is then asked
            // of it as of one that was there.
            Err(failed) if failed.code == Some(ErrorCode::ResourceInUse) => return Ok(()),
            Err(failed) => back_off.after(&target.end, failed).await?,
        }
    }
}

/// The request that makes a table as a DescribeTable answered it.
fn body_of(answer: &[u8]) -> Option<Bytes> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let table = answer.get("Table")?.as_object()?;
    let is_on_demand =
        table.get("BillingModeSummary").and_then(|summary| summary.get("BillingMode"))
            == Some(&json!("PAY_PER_REQUEST"));
    let units = units_of(table).filter(|_| !is_on_demand);

    let mut made = kept(table, &["TableName", "AttributeDefinitions", "KeySchema"])?;
    let billing = if units.is_some() { "PROVISIONED" } else { "PAY_PER_REQUEST" };
    made.insert("BillingMode".to_owned(), json!(billing));
    if let Some(units) = &units {
        made.insert("ProvisionedThroughput".to_owned(), units.clone());
    }
    for (name, is_global) in [("LocalSecondaryIndexes", false), ("GlobalSecondaryIndexes", true)] {
        let Some(indexes) = table.get(name).and_then(Value::as_array) else { continue };
        let index = |index: &Value| {
            let index = index.as_object()?;
            let mut made = kept(index, &["IndexName", "KeySchema", "Projection"])?;
            if let Some(units) = units.as_ref().filter(|_| is_global) {
                let own = units_of(index).unwrap_or_else(|| units.clone());
                made.insert("ProvisionedThroughput".to_owned(), own);
            }
            Some(Value::Object(made))
        };
        let indexes: Vec<Value> = indexes.iter().map(index).collect::<Option<_>>()?;
        if !indexes.is_empty() {
            made.insert(name.to_owned(), Value::Array(indexes));
        }
    }
    Some(Value::Object(made).to_string().into())
}

fn kept(from: &Map<String, Value>, names: &[&str]) -> Option<Map<String, Value>> {
    names.iter().map(|name| Some(((*name).to_owned(), from.get(*name)?.clone()))).collect()
}

/// The units that were bought of a table or index; a description says zeros if none were.
fn units_of(described: &Map<String, Value>) -> Option<Value> {
    let units = described.get("ProvisionedThroughput")?.as_object()?;
    let units = kept(units, &["ReadCapacityUnits", "WriteCapacityUnits"])?;
    units.values().all(|units| units.as_u64() > Some(0)).then_some(Value::Object(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(described: &Value) -> Value {
        let body = body_of(described.to_string().as_bytes()).expect("it has keys");
        serde_json::from_slice(&body).expect("it is JSON")
    }

    #[test]
    fn a_table_on_demand_is_made_with_its_indexes() {
        let keys = json!([{"AttributeName": "id", "KeyType": "HASH"}]);
        let index = json!({
            "IndexName": "by", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"},
        });
        let mut described = index.clone();
        described["IndexStatus"] = json!("ACTIVE");
        described["ProvisionedThroughput"] =
            json!({"ReadCapacityUnits": 0, "WriteCapacityUnits": 0});

        let made = made(&json!({"Table": {
            "TableName": "t", "AttributeDefinitions": [], "KeySchema": keys,
            "TableStatus": "ACTIVE", "ItemCount": 3, "TableArn": "arn",
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "LocalSecondaryIndexes": [described], "GlobalSecondaryIndexes": [described],
        }}));

        assert_eq!(
            made,
            json!({
                "TableName": "t", "AttributeDefinitions": [], "KeySchema": keys,
                "BillingMode": "PAY_PER_REQUEST",
                "LocalSecondaryIndexes": [index], "GlobalSecondaryIndexes": [index],
            })
        );
    }

    #[test]
    fn units_that_were_bought_are_bought_again() {
        let units = json!({"ReadCapacityUnits": 5, "WriteCapacityUnits": 2});
        let mut told = units.clone();
        told["NumberOfDecreasesToday"] = json!(0);

        let made = made(&json!({"Table": {
            "TableName": "t", "AttributeDefinitions": [], "KeySchema": [],
            "ProvisionedThroughput": told,
            "GlobalSecondaryIndexes": [{
                "IndexName": "by", "KeySchema": [], "Projection": {}, "ProvisionedThroughput": told,
            }],
        }}));

        assert_eq!(made["BillingMode"], "PROVISIONED");
        assert_eq!(made["ProvisionedThroughput"], units);
        assert_eq!(made["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"], units);
    }

    #[test]
    fn what_has_no_keys_is_no_table() {
        for answer in ["", "{}", r#"{"Table":{"TableName":"t"}}"#] {
            assert!(body_of(answer.as_bytes()).is_none(), "{answer}");
        }
    }
}
