//! Every operation over HTTP as DynamoDB answers it, with its exact messages.
//!
//! One file per operation, and one each for what operations share: values, keys and numbers, types
//! of members, conditions, projections, indexes, parameters that are not there yet.
//! Not here: SDKs (`tests/sdk_rust.rs`), bytes that are no request (`tests/stranger/`).

mod attribute_updates;
mod backups;
mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod cached_items;
mod cached_pages;
mod cached_policies;
mod capacity;
mod check_order;
mod conditions;
mod control_plane_states;
mod cors;
mod create_table;
mod create_table_indexes;
mod dax_control;
mod delete_item;
mod delete_table;
mod describe_endpoints;
mod describe_limits;
mod describe_table;
mod encryption;
mod envelope;
mod execute_statement;
mod execute_transaction;
mod features;
mod get_item;
mod index_keys;
mod index_writes;
mod keys;
mod later_parameters;
mod legacy_queries;
mod list_tables;
mod member_types;
mod model;
mod numbers;
mod orders;
mod projections;
mod put_item;
mod query;
mod query_indexes;
mod query_refusals;
mod repeated_queries;
mod resource_policies;
mod scan;
mod signatures;
mod statement_writes;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tags;
mod throttling;
mod throughput;
mod time_to_live;
mod transact_get_items;
mod transact_write_items;
mod update_item;
mod update_refusals;
mod update_returns;
mod update_table;
mod update_table_indexes;
mod values;
mod wording;

use serde_json::{Value, json};
use support::{Answer, Db, Launch, Server, scratch};

/// A server of the test's own and a client of it.
struct Api {
    db: Db,
    /// None only while it is started again.
    server: Option<Server>,
    data: tempfile::TempDir,
}

impl Api {
    /// Without tables.
    fn empty() -> Self {
        let data = scratch();
        let server = Launch::on(data.path()).start();
        Self { db: server.db(), server: Some(server), data }
    }

    /// With the table `users`, whose key is the text `id`.
    fn with_users() -> Self {
        let mut api = Self::empty();
        api.db.create_table("users");
        api
    }

    /// With the table `events`, whose key is the text `room` and the number `at`.
    fn with_events() -> Self {
        let mut api = Self::empty();
        api.db.create_table_with(&json!({
            "TableName": "events",
            "AttributeDefinitions": [
                {"AttributeName": "room", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "room", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }));
        api
    }

    /// With the table `shelves`: the key is the text `shelf` and the number `at`, and everything
    /// is once more in a local index by the text `colour`.
    fn with_shelves() -> Self {
        let mut api = Self::empty();
        api.make_shelves();
        api
    }

    fn make_shelves(&mut self) {
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        self.db.create_table_with(&json!({
            "TableName": "shelves",
            "AttributeDefinitions": [
                {"AttributeName": "shelf", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
                {"AttributeName": "colour", "AttributeType": "S"},
            ],
            "KeySchema": [key("shelf", "HASH"), key("at", "RANGE")],
            "LocalSecondaryIndexes": [{
                "IndexName": "by_colour",
                "KeySchema": [key("shelf", "HASH"), key("colour", "RANGE")],
                "Projection": {"ProjectionType": "ALL"},
            }],
            "BillingMode": "PAY_PER_REQUEST",
        }));
    }

    /// Ends the server and starts another on the same data.
    fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.signal("TERM");
            server.exit();
        }
        let server = Launch::on(self.data.path()).start();
        self.db = server.db();
        self.server = Some(server);
    }

    fn call(&mut self, operation: &str, request: &Value) -> Answer {
        self.db.call(operation, request)
    }

    /// Puts into `users`.
    fn put_user(&mut self, item: &Value) -> Answer {
        self.call("PutItem", &json!({"TableName": "users", "Item": item}))
    }

    /// Reads from `users`, past nothing.
    fn user(&mut self, id: &str) -> Option<Value> {
        self.db.get("users", &json!({"id": {"S": id}}))
    }
}

/// The key of an item in `shelves`.
fn shelved(shelf: &str, at: u32) -> Value {
    json!({"shelf": {"S": shelf}, "at": {"N": at.to_string()}})
}

/// A member error as the service words it.
fn member(value: &str, path: &str, constraint: &str) -> String {
    format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}")
}

/// One member error alone.
fn one(error: &str) -> String {
    format!("1 validation error detected: {error}")
}

/// Several member errors together.
fn several(errors: &[String]) -> String {
    format!("{} validation errors detected: {}", errors.len(), errors.join("; "))
}

const NOT_NULL: &str = "Member must not be null";
const NAME_PATTERN: &str = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
