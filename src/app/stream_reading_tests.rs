//! The stream of a table of an upstream, which is a hearth here, as hearth reads it: what comes, in
//! which order, and what can no longer be read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::background_tests::called;
use super::start;
use super::upstream_reads_tests::serve;
use crate::api::Consistency;
use crate::clock::Clock;
use crate::config::{Config, EngineKind};
use crate::engine::upstream::client::{Client, Environment, Options as ClientOptions, Source};
use crate::engine::upstream::stream::{Lost, ReadRecord, StreamReader};
use crate::engine::upstream::{self, UpstreamEngine};
use crate::model::AttributeValue;
use crate::task::Drain;

const HOUR: Duration = Duration::from_hours(1);

/// A service with a table `tab`, by a clock of its own.
struct Service {
    parts: start::Parts,
    engine: UpstreamEngine,
    arn: String,
    drain: Drain,
}

impl Service {
    async fn open() -> Self {
        let mut config = Config::default();
        config.storage.engine = EngineKind::Memory;
        let clock = Clock::manual(1_800_000_000_000);
        let parts = start::open_by(&config, clock).expect("tables in memory open");
        let made = called(&parts, "CreateTable", create()).await;
        let arn = made["TableDescription"]["LatestStreamArn"].as_str().expect("it has a stream");
        let drain = Drain::default();
        let endpoint = serve(&parts, &config, &drain).await;
        let options = ClientOptions {
            endpoints: vec![endpoint],
            credentials: Source::Anonymous,
            ..ClientOptions::default()
        };
        let metrics = || Arc::clone(&parts.metrics);
        let client = Client::new(&options, &Environment::default(), metrics(), Clock::system(), 1);
        let client = client.expect("it can be asked");
        let (fills, deadline) = (Consistency::Strong, Duration::from_mins(1));
        let options = upstream::Options { fills, deadline, seed: 1 };
        let engine = UpstreamEngine::new(client, options, metrics(), Clock::system());
        Self { engine, arn: arn.to_owned(), drain, parts }
    }

    async fn put(&self, id: &str, v: u32) {
        let item = json!({"id": {"S": id}, "v": {"N": v.to_string()}});
        called(&self.parts, "PutItem", json!({"TableName": "tab", "Item": item})).await;
    }

    /// A reader that goes on from these records of shards.
    fn resume(&self, cursors: HashMap<String, String>) -> StreamReader {
        self.engine.read_stream(&self.arn, Duration::from_millis(5), cursors)
    }

    /// A reader that has asked every shard once.
    async fn begin(&self) -> StreamReader {
        let mut reader = self.resume(HashMap::new());
        while reader.seen().is_none() {
            next(&mut reader).await.expect("it is read");
        }
        reader
    }

    fn pass(&self, span: Duration) {
        self.parts.clock.advance(span);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.drain.begin();
    }
}

#[tokio::test]
async fn reading_begins_behind_what_was_written_before() {
    let service = Service::open().await;
    service.put("a", 1).await;
    let mut reader = service.begin().await;
    service.put("a", 2).await;
    service.put("b", 3).await;

    let records = records(&mut reader, 2).await;

    assert_eq!(told(&records), ["a 2", "b 3"]);
    assert!(records.iter().all(|record| record.before.is_some() == (told_one(record) == "a 2")));
    while !reader.is_at_end() {
        assert!(next(&mut reader).await.expect("it is read").is_empty());
    }
}

#[tokio::test]
async fn a_shard_that_ends_hands_over_to_its_children_without_a_gap_or_a_repetition() {
    let service = Service::open().await;
    let mut reader = service.begin().await;

    for v in 1..=3 {
        service.put("a", v).await;
        assert_eq!(told(&records(&mut reader, 1).await), [format!("a {v}")]);
        service.put("a", 10 * v).await;
        // The shard is closed, and the next record is its child's.
        service.pass(4 * HOUR + Duration::from_mins(1));
        service.put("a", 100 * v).await;

        let expected = [format!("a {}", 10 * v), format!("a {}", 100 * v)];
        assert_eq!(told(&records(&mut reader, 2).await), expected);
    }

    while !reader.is_at_end() {
        assert!(next(&mut reader).await.expect("it is read").is_empty());
    }
}

#[tokio::test]
async fn a_place_that_expired_is_found_again_if_a_record_tells_it() {
    let service = Service::open().await;
    let mut reader = service.begin().await;
    service.put("a", 1).await;
    records(&mut reader, 1).await;

    service.pass(Duration::from_mins(16));
    service.put("a", 2).await;

    assert_eq!(told(&records(&mut reader, 1).await), ["a 2"]);
}

#[tokio::test]
async fn a_place_that_expired_before_any_record_is_lost() {
    let service = Service::open().await;
    let mut reader = service.begin().await;

    service.pass(Duration::from_mins(16));

    assert_eq!(lost(&mut reader).await, Lost::Gap);
}

#[tokio::test]
async fn a_reader_goes_on_from_where_another_was() {
    let service = Service::open().await;
    let mut reader = service.begin().await;
    service.put("a", 1).await;
    records(&mut reader, 1).await;
    let owned = |(shard, number): (&str, &str)| (shard.to_owned(), number.to_owned());
    let cursors: HashMap<String, String> = reader.cursors().map(owned).collect();
    drop(reader);
    service.put("a", 2).await;

    let mut reader = service.resume(cursors.clone());

    assert_eq!(told(&records(&mut reader, 1).await), ["a 2"]);
    service.pass(27 * HOUR);
    service.put("a", 3).await;
    service.pass(HOUR);
    service.put("a", 4).await;
    let mut late = service.resume(cursors);
    // The shard itself is over by then, and what it had is dropped.
    while late.seen().is_none() {
        next(&mut late).await.expect("newer shards are read");
    }
    assert_eq!(lost(&mut reader).await, Lost::Trimmed);
}

#[tokio::test]
async fn a_number_that_the_service_does_not_know_is_a_gap() {
    let service = Service::open().await;
    let mut reader = service.begin().await;
    service.put("a", 1).await;
    records(&mut reader, 1).await;
    let cursors = reader.cursors().map(|(shard, _)| (shard.to_owned(), "17".to_owned())).collect();

    assert_eq!(lost(&mut service.resume(cursors)).await, Lost::Gap);
}

#[tokio::test]
async fn a_stream_that_is_disabled_and_one_that_is_not_there_are_told_as_that() {
    let service = Service::open().await;
    let mut reader = service.begin().await;
    let disable = json!({"TableName": "tab", "StreamSpecification": {"StreamEnabled": false}});
    called(&service.parts, "UpdateTable", disable).await;

    assert_eq!(lost(&mut reader).await, Lost::Disabled);
    let none = format!("{}0", service.arn);
    let mut reader = service.engine.read_stream(&none, Duration::from_millis(5), HashMap::new());
    assert_eq!(lost(&mut reader).await, Lost::Gone);
}

#[tokio::test]
async fn a_service_that_is_silent_is_asked_again_and_what_is_known_stays() {
    let service = Service::open().await;
    let mut reader = service.begin().await;
    let seen = reader.seen();

    service.drain.begin();
    while reader.trouble().is_none() {
        // It gives no answer for as long as there is none.
        let limit = Duration::from_millis(20);
        drop(tokio::time::timeout(limit, reader.next()).await);
    }

    assert!(reader.seen() >= seen);
    assert!(!reader.trouble().expect("there is some").is_empty());
}

/// What comes next, within a time that no test takes.
async fn next(reader: &mut StreamReader) -> Result<Vec<ReadRecord>, Lost> {
    let read = tokio::time::timeout(Duration::from_mins(1), reader.next()).await;
    read.expect("it comes").map(|read| read.records)
}

/// So many records.
async fn records(reader: &mut StreamReader, count: usize) -> Vec<ReadRecord> {
    let mut records = Vec::new();
    while records.len() < count {
        records.extend(next(reader).await.expect("it is read"));
    }
    records
}

/// Why it is read no further.
async fn lost(reader: &mut StreamReader) -> Lost {
    loop {
        if let Err(lost) = next(reader).await {
            return lost;
        }
    }
}

fn told(records: &[ReadRecord]) -> Vec<String> {
    records.iter().map(told_one).collect()
}

fn told_one(record: &ReadRecord) -> String {
    let [(_, AttributeValue::S(id))] = &record.keys[..] else { panic!("{record:?}") };
    let after = record.after.as_ref().expect("it is there").view();
    let AttributeValue::N(v) = after.attribute("v").expect("it has one").to_value() else {
        panic!("{record:?}")
    };
    format!("{id} {v}")
}

fn create() -> Value {
    json!({
        "TableName": "tab",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    })
}
