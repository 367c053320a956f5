//! What these credentials may do with a table, action by action.
//!
//! A service looks at permissions before it looks at the key of an item. So each question has a key
//! without attributes, which no item can have: it is refused either way, and how tells.
//!
//! Must hold: no item is read, but one that a Scan counts, and none is written.
//! Not here: what is made of it (`cli/doctor/`).

use super::ability::{Ability, hear};
use crate::api::TableDescription;
use crate::engine::upstream::client::{Client, Failure};
use crate::wire::json::client as border;

/// One action of IAM, and what it is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Action {
    /// As policies name it.
    pub name: &'static str,
    /// What hearth does by it.
    pub purpose: &'static str,
    /// Whether hearth is of no use without it.
    pub is_needed: bool,
    /// What it is allowed on, behind the resource of the table.
    pub below: &'static str,
}

/// Whether an action is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// The action.
    pub action: Action,
    /// Whether it is.
    pub ability: Ability,
}

/// Tries each action that hearth may need on a table that was described.
pub async fn permissions(client: &Client, table: &TableDescription) -> Vec<Permission> {
    let mut actions = Vec::new();
    for (action, target, body) in TRIED {
        let body = body.replace("TABLE", table.name.as_str());
        let ability = Ability::of(&hear(client, target, body).await);
        actions.push(Permission { action, ability });
    }
    actions
}

/// Reads at the end of a stream, one step after the other for as long as they are allowed.
pub async fn stream_permissions(client: &Client, arn: &str) -> Vec<Permission> {
    let mut actions = Vec::new();
    let mut tell = |action, end: &Result<_, Failure>| {
        actions.push(Permission { action, ability: Ability::of(end) });
    };
    // ARNs and ids of shards need no escapes, of whatever service they are.
    let body = format!(r#"{{"StreamArn":"{arn}","Limit":1}}"#);
    let described = hear(client, "DynamoDBStreams_20120810.DescribeStream", body).await;
    tell(DESCRIBE_STREAM, &described);
    let stream = described.ok().and_then(|answer| border::stream(&answer).ok());
    let Some(shard) = stream.and_then(|stream| stream.shards.into_iter().next()) else {
        return actions;
    };
    let body =
        format!(r#"{{"StreamArn":"{arn}","ShardId":"{}","ShardIteratorType":"LATEST"}}"#, shard.id);
    let sought = hear(client, "DynamoDBStreams_20120810.GetShardIterator", body).await;
    tell(SEEK, &sought);
    let Some(iterator) = sought.ok().and_then(|answer| border::iterator(&answer).ok()) else {
        return actions;
    };
    let body = format!(r#"{{"ShardIterator":"{iterator}","Limit":1}}"#);
    let read = hear(client, "DynamoDBStreams_20120810.GetRecords", body).await;
    tell(READ_STREAM, &read);
    actions
}

const fn action(name: &'static str, purpose: &'static str) -> Action {
    Action { name, purpose, is_needed: false, below: "" }
}

const fn of_stream(name: &'static str) -> Action {
    Action { below: "/stream/*", ..action(name, "writes that do not come through hearth") }
}

const DESCRIBE_STREAM: Action = of_stream("dynamodb:DescribeStream");
const SEEK: Action = of_stream("dynamodb:GetShardIterator");
const READ_STREAM: Action = of_stream("dynamodb:GetRecords");

type Tried = (Action, &'static str, &'static str);

const TRIED: [Tried; 10] = [
    (
        Action { is_needed: true, ..action("dynamodb:GetItem", "reads of items") },
        "DynamoDB_20120810.GetItem",
        r#"{"TableName":"TABLE","Key":{}}"#,
    ),
    (
        action("dynamodb:BatchGetItem", "reads of several items"),
        "DynamoDB_20120810.BatchGetItem",
        r#"{"RequestItems":{"TABLE":{"Keys":[{}]}}}"#,
    ),
    (
        action("dynamodb:Query", "queries"),
        "DynamoDB_20120810.Query",
        r##"{"TableName":"TABLE","KeyConditionExpression":"#k = :v","ExpressionAttributeNames":{"#k":"hearth-doctor"},"ExpressionAttributeValues":{":v":{"S":"-"}}}"##,
    ),
    (
        action("dynamodb:Scan", "scans"),
        "DynamoDB_20120810.Scan",
        r#"{"TableName":"TABLE","Limit":1,"Select":"COUNT"}"#,
    ),
    (
        action("dynamodb:PutItem", "puts, and puts in transactions"),
        "DynamoDB_20120810.PutItem",
        r#"{"TableName":"TABLE","Item":{}}"#,
    ),
    (
        action("dynamodb:UpdateItem", "updates, and updates in transactions"),
        "DynamoDB_20120810.UpdateItem",
        r#"{"TableName":"TABLE","Key":{}}"#,
    ),
    (
        action("dynamodb:DeleteItem", "deletes, and deletes in transactions"),
        "DynamoDB_20120810.DeleteItem",
        r#"{"TableName":"TABLE","Key":{}}"#,
    ),
    (
        action("dynamodb:BatchWriteItem", "writes of several items"),
        "DynamoDB_20120810.BatchWriteItem",
        r#"{"RequestItems":{"TABLE":[{"DeleteRequest":{"Key":{}}}]}}"#,
    ),
    (
        action("dynamodb:ConditionCheckItem", "conditions in transactions"),
        "DynamoDB_20120810.TransactWriteItems",
        r##"{"TransactItems":[{"ConditionCheck":{"TableName":"TABLE","Key":{},"ConditionExpression":"attribute_exists(#k)","ExpressionAttributeNames":{"#k":"hearth-doctor"}}}]}"##,
    ),
    (
        action("dynamodb:DescribeTimeToLive", "descriptions that are passed on"),
        "DynamoDB_20120810.DescribeTimeToLive",
        r#"{"TableName":"TABLE"}"#,
    ),
];
