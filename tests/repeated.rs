//! The short way of a Query that comes again in the same bytes: when it is taken, and when it is not.
//!
//! Proxy, fence, caches and the embedded engine over the store in memory, in this process.
//!
//! Not here: that both ways answer and count alike (`tests/api/repeated_queries.rs`).
#![cfg(not(feature = "shuttle"))]

#[path = "support/wired.rs"]
mod wired;

use std::time::Duration;

use hearth::api::Operation;
use hearth::cache::{self, Policy};
use hearth::engine::TableReader as _;
use hearth::engine::embedded::EmbeddedEngine;
use hearth::proxy::{NamedPolicies, REPEATED_BODY_BYTES_MAX};
use wired::Wired;

struct World(Wired<EmbeddedEngine>);

impl World {
    /// The table `users` with an item, and a query of it that is remembered.
    async fn new() -> Self {
        let deadline = Duration::from_secs(30);
        let world = Self(Wired::new(&cache::Options::default(), deadline, |engine| engine));
        world.0.create_table("users").await;
        world.put("7").await;
        world.learn(QUERY).await;
        assert_eq!(world.found(QUERY), Some(1));
        world
    }

    async fn ask(&self, operation: Operation, body: &str) {
        self.0.ask(operation, body.as_bytes()).await.expect("it is answered");
    }

    async fn put(&self, id: &str) {
        let put = format!(r#"{{"TableName": "users", "Item": {{"id": {{"S": "{id}"}}}}}}"#);
        self.ask(Operation::PutItem, &put).await;
    }

    /// Asks twice: a miss, and a hit that is remembered.
    async fn learn(&self, body: &str) {
        for _ in 0..2 {
            self.0.ask_and_remember(body.as_bytes()).await.expect("it is answered");
        }
    }

    /// How many items the short way finds; none if it is not taken.
    fn found(&self, body: &str) -> Option<usize> {
        let output = self.0.proxy.repeated(body.as_bytes(), self.0.clock.monotonic())?;
        Some(output.page.found().count)
    }

    /// Gives all tables a policy.
    fn set_policy(&self, default: Policy) {
        self.0.proxy.set_policies(NamedPolicies { default, tables: Vec::new() });
    }
}

#[tokio::test]
async fn it_is_not_taken_after_a_write_to_the_partition_until_the_new_page_is_there() {
    let world = World::new().await;

    world.put("7").await;
    let written = world.found(QUERY);
    world.learn(QUERY).await;

    assert_eq!((written, world.found(QUERY)), (None, Some(1)));
    world.put("8").await;
    assert_eq!(world.found(QUERY), Some(1), "a write to another partition");
}

#[tokio::test]
async fn it_is_not_taken_where_a_policy_goes_past_the_cache() {
    let world = World::new().await;

    world.set_policy(Policy { bypass: true, ..Policy::default() });
    let bypassed = world.found(QUERY);
    world.set_policy(Policy::default());
    world.learn(QUERY).await;

    assert_eq!((bypassed, world.found(QUERY)), (None, Some(1)));
}

#[tokio::test]
async fn it_is_not_taken_to_a_table_that_was_deleted_and_made_again() {
    let world = World::new().await;

    world.ask(Operation::DeleteTable, r#"{"TableName": "users"}"#).await;
    let gone = async {
        while world.0.engine.catalog().load().table("users").is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("the table goes");
    let deleted = world.found(QUERY);
    world.0.create_table("users").await;
    let made = world.found(QUERY);
    world.learn(QUERY).await;

    assert_eq!((deleted, made, world.found(QUERY)), (None, None, Some(0)));
}

#[tokio::test]
async fn bytes_that_were_not_remembered_do_not_take_it() {
    let world = World::new().await;
    let long = format!("{QUERY}{}", " ".repeat(REPEATED_BODY_BYTES_MAX));

    world.learn(&long).await;

    assert_eq!(world.found(&format!("{QUERY} ")), None);
    assert_eq!(world.found(&long), None, "it is too long");
}

const QUERY: &str = r#"{"TableName": "users", "KeyConditionExpression": "id = :id",
    "ExpressionAttributeValues": {":id": {"S": "7"}}}"#;
